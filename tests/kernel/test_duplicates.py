"""Two records of one person: brought together under one number, and told apart again."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.models import Person
from citizens.samples import person, residence
from records.access import numbers
from records.registry import record_types
from tests.conftest import entries_of, make

pytestmark = pytest.mark.django_db
DROPPED, KEPT = person(1)["personal_id"], person(3)["personal_id"]


@pytest.fixture(autouse=True)
def _both() -> None:
    make(record_types()["people"], 1)
    make(record_types()["people"], 3)


def merge(partner: APIClient, dropped: str = DROPPED, kept: str = KEPT) -> Any:
    given = {"dropped": dropped, "kept": kept, "merged_on": "2026-02-01"}
    return partner.post("/api/v1/operations/merge-people", given, format="json")


def separate(partner: APIClient, dropped: str = DROPPED) -> Any:
    url = "/api/v1/operations/separate-people"
    return partner.post(url, {"dropped": dropped}, format="json")


def test_one_number_leads_to_the_other_and_nothing_is_rewritten(partner: APIClient) -> None:
    make(record_types()["residences"], 1)
    assert merge(partner).status_code == 200
    for number in (DROPPED, KEPT):
        assert partner.get(f"/api/v1/people/{number}").json()["personal_id"] == KEPT
        listed = partner.get(f"/api/v1/residences?subject={number}").json()["items"]
        assert [item["personal_id"] for item in listed] == [DROPPED]
    looked = partner.post("/api/v1/people/lookup", {"keys": [DROPPED, KEPT]}, format="json").json()
    assert [item["personal_id"] for item in looked["items"]] == [KEPT, KEPT]
    closed = Person.objects.get(personal_id=DROPPED)
    assert closed.closed_on is not None


def test_told_apart_again_both_are_as_they_were(partner: APIClient) -> None:
    merge(partner)
    reply = separate(partner)
    assert reply.status_code == 200, reply.json()
    shown = partner.get(f"/api/v1/people/{DROPPED}").json()
    assert (shown["personal_id"], shown["closed_on"]) == (DROPPED, None)
    assert numbers.all_numbers([KEPT]) == [KEPT]
    assert numbers.newest(DROPPED) == DROPPED
    steps = partner.get(f"/api/v1/people/{DROPPED}/history").json()["items"]
    assert [step["operation"] for step in steps] == ["separate-people", "merge-people", None]
    assert [e["action"] for e in entries_of(operation="separate-people")] == ["reopen"]
    assert separate(partner).json()["code"] == "not_merged"
    assert merge(partner).json()["code"] == "told_apart"
    assert merge(partner, KEPT, DROPPED).status_code == 200


def test_what_cannot_be_brought_together(partner: APIClient) -> None:
    assert merge(partner, DROPPED, DROPPED).status_code == 422
    assert merge(partner, DROPPED, person(9)["personal_id"]).status_code == 422
    make(record_types()["residences"], 1)
    make(record_types()["residences"], 3)
    assert residence(1)["kind"] == "permanent"
    reply = merge(partner)
    assert (reply.status_code, reply.json()["code"]) == (409, "overlap")
    assert reply.json()["collection"] == "residences"
    assert Person.objects.filter(closed_on=None).count() == 2


def test_a_dropped_number_is_nobody_else_s(partner: APIClient) -> None:
    merge(partner)
    reply = partner.post("/api/v1/people", person(1), format="json")
    assert reply.status_code == 409
    assert merge(partner).status_code in {409, 422}
