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


@pytest.fixture
def couple(partner: APIClient) -> dict[str, str]:
    """A man and a woman of age who are not married."""
    people = record_types()["people"]
    man, woman = make(people, 2, marital_status="single"), make(people, 1, marital_status="single")
    return {"husband_id": man.personal_id, "wife_id": woman.personal_id}


def status_of(*numbers: str) -> list[str | None]:
    return [Person.objects.get(personal_id=n).marital_status for n in numbers]


def test_two_marry_and_part(partner: APIClient, couple: dict[str, str]) -> None:
    reply = run(partner, "register-marriage", **couple)
    assert reply.status_code == 200, reply.json()
    assert status_of(*couple.values()) == ["married", "married"]
    assert run(partner, "register-marriage", number="37", **couple).json()["code"] == "married"
    before = run(partner, "register-divorce", **couple, decided_on="2026-05-01")
    assert (before.status_code, before.json()["errors"][0]["code"]) == (422, "range")
    reply = run(
        partner,
        "register-divorce",
        **couple,
        decided_on="2026-06-04",
        registered_on="2026-06-10",
    )
    assert reply.status_code == 200, reply.json()
    assert status_of(*couple.values()) == ["divorced", "divorced"]
    kinds = CivilEvent.objects.values_list("kind", "status")
    assert sorted(kinds) == [("divorce", "registered"), ("marriage", "ended")]
    again = run(partner, "register-divorce", **couple, decided_on="2026-06-04", number="38")
    assert again.json()["code"] == "not_married"
    assert run(partner, "register-marriage", number="39", **couple).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"birth_date": "2010-01-01"}, "cannot_marry"),
        ({"birth_date": "2006"}, "cannot_marry"),
        ({"marital_status": "married"}, "married"),
        ({"sex": "F"}, "cannot_marry"),
    ],
)
def test_who_cannot_marry(
    partner: APIClient, couple: dict[str, str], change: dict[str, str], code: str
) -> None:
    reply = partner.patch(
        f"/api/v1/people/{couple['husband_id']}",
        {**change, "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 200, reply.json()
    reply = run(partner, "register-marriage", **couple)
    assert (reply.status_code, reply.json()["code"]) == (409, code)
    assert not CivilEvent.objects.exists()


def test_the_dead_do_not_marry(partner: APIClient, couple: dict[str, str]) -> None:
    died = {"death_date": "2026-05-01", "personal_id": couple["wife_id"]}
    assert run(partner, "register-death", **died).status_code == 200
    assert run(partner, "register-marriage", number="37", **couple).json()["code"] == "dead"


def test_a_name_changes_and_the_register_keeps_the_former_one(
    partner: APIClient, couple: dict[str, str]
) -> None:
    number = couple["husband_id"]
    former = Person.objects.get(personal_id=number).full_name
    reply = run(partner, "change-name", personal_id=number, full_name="Nguyễn Hoài Nam")
    assert reply.status_code == 200
    assert Person.objects.get(personal_id=number).full_name == "Nguyễn Hoài Nam"
    assert CivilEvent.objects.get().former_name == former
    again = run(
        partner, "change-name", personal_id=number, full_name="Nguyễn Hoài Nam", number="40"
    )
    assert again.json()["errors"][0]["code"] == "conflict"


def test_a_guardian_comes_and_goes(partner: APIClient, couple: dict[str, str]) -> None:
    child = make(record_types()["people"], 4, birth_date="2016-03-01").personal_id
    pair = {"ward_id": child, "guardian_id": couple["wife_id"]}
    assert run(partner, "begin-guardianship", **pair).status_code == 200
    other = {"ward_id": child, "guardian_id": couple["husband_id"]}
    assert run(partner, "begin-guardianship", **other, number="41").json()["code"] == "guarded"
    assert run(partner, "end-guardianship", **other, number="42").json()["code"] == "not_guarded"
    assert run(partner, "end-guardianship", **pair, number="43").status_code == 200
    assert run(partner, "begin-guardianship", **other, number="44").status_code == 200
    young = {"ward_id": couple["wife_id"], "guardian_id": child}
    assert run(partner, "begin-guardianship", **young, number="45").json()["code"] == "cannot_guard"


def test_a_child_is_adopted_under_a_new_name(partner: APIClient, couple: dict[str, str]) -> None:
    child = make(record_types()["people"], 4, birth_date="2016-03-01")
    given = {"child_id": child.personal_id, "mother_id": couple["wife_id"]}
    reply = run(partner, "register-adoption", **given, full_name="Lê Bình An")
    assert reply.status_code == 200, reply.json()
    event = CivilEvent.objects.get()
    assert (event.former_name, event.mother_id) == (child.full_name, couple["wife_id"])
    assert Person.objects.get(pk=child.pk).full_name == "Lê Bình An"
    again = run(partner, "register-adoption", **given, number="46")
    assert again.json()["code"] == "adopted"
    assert run(partner, "end-adoption", child_id=child.personal_id, number="47").status_code == 200
    assert run(partner, "register-adoption", **given, number="48").status_code == 200


def test_an_adopting_parent_is_twenty_years_older(
    partner: APIClient, couple: dict[str, str]
) -> None:
    mother = Person.objects.get(personal_id=couple["wife_id"])
    near = f"{int(mother.birth_date[:4]) + 19}-01-01"
    child = make(record_types()["people"], 4, birth_date=near).personal_id
    reply = run(partner, "register-adoption", child_id=child, mother_id=couple["wife_id"])
    assert reply.json()["code"] == "impossible_parent"
    reply = run(partner, "register-adoption", child_id=child, mother_id=None, number="49")
    assert reply.json()["errors"][0]["code"] == "missing"
