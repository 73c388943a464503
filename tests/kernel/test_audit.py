"""What audit keeps of a try that failed, and what a citizen is told of the looks at them."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.samples import civil_event, person
from records.access import grants, numbers
from records.actors import Actor, Occasion
from records.audit import entries
from records.disclosure import disclose
from records.registry import operations, record_types
from tests.conftest import agree, client_of, entries_of, make

pytestmark = pytest.mark.django_db


def only_entry(reply: Any) -> dict[str, Any]:
    """The one entry that a call left."""
    (entry,) = entries_of(request_id=reply["Request-Id"])
    return entry


def test_an_invalid_operation_is_audited_about_all_it_names(partner: APIClient) -> None:
    mother = person(1)["personal_id"]
    given = {**operations()["register-birth"].example, "mother_id": mother, "sex": "X"}
    reply = partner.post("/api/v1/operations/register-birth", given, format="json")
    assert reply.status_code == 422
    entry = only_entry(reply)
    assert (entry["action"], entry["outcome"]) == ("run", "invalid")
    assert entry["subjects"] == [given["personal_id"], mother]


def test_a_field_outside_the_fieldset_is_an_audited_try(agency: Any) -> None:
    made = make(record_types()["people"])
    agree(agency, "people", "contact")
    reply = client_of(agency).patch(
        f"/api/v1/people/{made.personal_id}",
        {"religion": "Phật giáo", "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 422
    entry = only_entry(reply)
    assert (entry["action"], entry["outcome"]) == ("amend", "invalid")
    assert entry["subjects"] == [made.personal_id]


def test_a_conflict_is_audited_about_everybody_the_body_names(partner: APIClient) -> None:
    mother, father = person(3)["personal_id"], person(4)["personal_id"]
    values = {**civil_event(1), "mother_id": mother, "father_id": father}
    assert partner.post("/api/v1/civil-events", values, format="json").status_code == 201
    reply = partner.post("/api/v1/civil-events", values, format="json")
    assert reply.status_code == 409
    entry = only_entry(reply)
    assert (entry["action"], entry["outcome"]) == ("create", "conflict")
    assert entry["subjects"] == [values["person_id"], mother, father]


@pytest.mark.parametrize("more", [{}, {"collections": ["people"]}])
def test_a_search_without_an_agreement_is_audited(agency: Any, more: dict[str, Any]) -> None:
    agree(agency, "no-such-collection", "full")
    reply = client_of(agency).post("/api/v1/search", {"q": "Nguyễn", **more}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "not_agreed")
    entry = only_entry(reply)
    assert (entry["action"], entry["outcome"]) == ("search", "refused")
    assert (entry["agency"], entry["collection"]) == ("test-agency", "people")


def visit(number: str) -> None:
    """A citizen's look at their own record."""
    citizen, occasion = Actor("citizen", number, ""), Occasion(grants.OWN_DATA)
    disclose(record_types()["people"], number, to=citizen, occasion=occasion)


def test_own_visits_do_not_push_others_off_the_page(partner: APIClient) -> None:
    made = make(record_types()["people"])
    partner.get(f"/api/v1/people/{made.personal_id}")
    for _ in range(3):
        visit(made.personal_id)
    looked = entries.about([made.personal_id], limit=2)
    assert [seen.actor_kind for seen in looked] == ["citizen", "citizen"]
    looked = entries.about([made.personal_id], limit=2, own=False)
    assert [(seen.actor_kind, seen.action) for seen in looked] == [
        ("partner", "read"),
        ("system", "create"),
    ]


def test_a_look_at_two_numbers_of_one_person_is_told_once(partner: APIClient) -> None:
    old, new = make(record_types()["people"]).personal_id, "074185777777"
    body = {"personal_id": old, "new_personal_id": new, "replaced_on": "2026-02-01"}
    reply = partner.post("/api/v1/operations/replace-personal-id", body, format="json")
    assert reply.status_code == 200, reply.json()
    assert only_entry(reply)["subjects"] == [old, new]
    looked = entries.about(numbers.all_numbers([new]))
    assert [seen.action for seen in looked] == ["amend", "create"]
    assert [seen.action for seen in entries.about([old, new], limit=1)] == ["amend"]
