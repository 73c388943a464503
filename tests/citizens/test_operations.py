"""What a civil-status office does, and must find true."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.models import CivilEvent, Person
from citizens.samples import person
from records.registry import operations, record_types
from tests.conftest import entries_of, make

pytestmark = pytest.mark.django_db


def run(partner: APIClient, name: str, **values: Any) -> Any:
    given = {**operations()[name].example, **values}
    return partner.post(f"/api/v1/operations/{name}", given, format="json")


@pytest.fixture
def parents() -> tuple[str, str]:
    """A woman's and a man's number, both born in the 1950s to 1990s."""
    people = record_types()["people"]
    mother, father = make(people, 1), make(people, 2)
    assert (mother.sex, father.sex) == ("F", "M")
    return mother.personal_id, father.personal_id


def test_a_birth_opens_a_record_and_names_the_parents(
    partner: APIClient, parents: tuple[str, str]
) -> None:
    mother, father = parents
    reply = run(partner, "register-birth", mother_id=mother, father_id=father)
    assert reply.status_code == 200, reply.json()
    child = partner.get("/api/v1/people/074326004455").json()
    assert (child["full_name"], child["status"]) == ("Nguyễn Ngọc Anh", "active")
    assert child["birth_registration_unit"] == "25747"
    event = CivilEvent.objects.get()
    assert (event.kind, event.year, event.mother_id) == ("birth", 2026, mother)
    about = entries_of(request_id=reply["Request-Id"])[1]["subjects"]
    assert about == ["074326004455", mother, father]


@pytest.mark.parametrize(
    ("field", "n", "status", "code"),
    [
        ("mother_id", 2, 409, "impossible_parent"),
        ("father_id", 1, 409, "impossible_parent"),
        ("mother_id", 99, 422, "invalid"),
    ],
)
def test_a_parent_must_be_possible(
    partner: APIClient, parents: tuple[str, str], field: str, n: int, status: int, code: str
) -> None:
    reply = run(partner, "register-birth", **{field: person(n)["personal_id"]})
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_a_parent_is_older_than_the_child(partner: APIClient, parents: tuple[str, str]) -> None:
    reply = run(partner, "register-birth", mother_id=parents[0], birth_date="1940-01-01")
    assert reply.json()["code"] == "impossible_parent"


def test_a_death_ends_the_status_and_enters_the_register(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    reply = run(partner, "register-death", personal_id=made.personal_id)
    assert reply.status_code == 200, reply.json()
    now = partner.get(f"/api/v1/people/{made.personal_id}").json()
    assert (now["status"], now["death_date"]) == ("dead", "2026-05-12")
    event = CivilEvent.objects.get()
    assert (event.kind, event.person_id) == ("death", made.personal_id)
    again = run(partner, "register-death", personal_id=made.personal_id, number="37")
    assert (again.status_code, again.json()["code"]) == (409, "already_dead")


def test_a_death_does_not_come_before_the_birth(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    reply = run(partner, "register-death", personal_id=made.personal_id, death_date="1900")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "death_date"


def test_somebody_unknown_does_not_die(partner: APIClient) -> None:
    reply = run(partner, "register-death", personal_id="074085000000")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["code"] == "reference"


@pytest.mark.parametrize(
    ("name", "on"), [("register-birth", "2026-03-01"), ("register-death", "2026-05-11")]
)
def test_nothing_is_registered_before_it_happens(partner: APIClient, name: str, on: str) -> None:
    made = make(record_types()["people"], 1)
    about = {"personal_id": made.personal_id} if name == "register-death" else {}
    reply = run(partner, name, registered_on=on, **about)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    faults = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert faults == [("registered_on", "range")]
    assert not CivilEvent.objects.exists()
    assert [(p.status, p.version) for p in Person.objects.all()] == [("active", 1)]


@pytest.mark.parametrize("known", ["2026", "2026-05", "2026-05-12"])
def test_a_death_is_registered_on_its_day_as_far_as_that_is_known(
    partner: APIClient, known: str
) -> None:
    made = make(record_types()["people"], 1)
    given = {"personal_id": made.personal_id, "death_date": known}
    reply = run(partner, "register-death", registered_on="2026-05-12", **given)
    assert reply.status_code == 200, reply.json()


def test_a_number_is_not_replaced_before_its_holder_is_born(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    given = {"personal_id": made.personal_id, "new_personal_id": "074185777777"}
    reply = run(partner, "replace-personal-id", replaced_on="1949-12-31", **given)
    assert reply.status_code == 422
    faults = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert faults == [("replaced_on", "range")]
    assert partner.get("/api/v1/people/074185777777").status_code == 404


@pytest.mark.parametrize("collection", ["residences", "civil-events", "students"])
def test_a_number_under_which_something_is_recorded_is_no_new_number(
    partner: APIClient, collection: str
) -> None:
    made, held = make(record_types()["people"], 1), make(record_types()[collection], 2)
    number = getattr(held, record_types()[collection].subjects[0])
    assert number != made.personal_id
    given = {"personal_id": made.personal_id, "new_personal_id": number}
    reply = run(partner, "replace-personal-id", **given)
    assert (reply.status_code, reply.json()["code"]) == (409, "in_use")
    assert reply.json()["collection"] == collection
    assert Person.objects.get().personal_id == made.personal_id
