"""A replaced number: what is recorded under the old one binds who has the new one."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.models import Residence
from citizens.samples import residence
from records.registry import record_types
from tests.conftest import make

pytestmark = pytest.mark.django_db
NEW = "074185777777"


@pytest.fixture
def moved(partner: APIClient) -> dict[str, Any]:
    """A permanent residence under a number that was replaced by NEW since."""
    values = residence(1)
    make(record_types()["people"], 1)
    make(record_types()["residences"], 1)
    body = {"personal_id": values["personal_id"], "new_personal_id": NEW}
    body["replaced_on"] = "2026-02-01"
    reply = partner.post("/api/v1/operations/replace-personal-id", body, format="json")
    assert reply.status_code == 200, reply.json()
    return values


def record(partner: APIClient, values: dict[str, Any], **more: Any) -> Any:
    given = {**values, "personal_id": NEW, **more}
    return partner.post("/api/v1/residences", given, format="json")


def test_one_permanent_residence_at_a_time_under_all_numbers(
    partner: APIClient, moved: dict[str, Any]
) -> None:
    reply = record(partner, moved, valid_from="2026-03-01")
    assert (reply.status_code, reply.json()["code"]) == (409, "overlap")
    assert Residence.objects.count() == 1
    before = record(partner, moved, valid_from="2009-01-01", valid_to="2009-12-31")
    assert before.status_code == 201, before.json()


def test_an_amendment_makes_no_second_permanent_residence_under_another_number(
    partner: APIClient, moved: dict[str, Any]
) -> None:
    beside = record(partner, moved, kind="temporary", valid_from="2026-03-01")
    assert beside.status_code == 201, beside.json()
    reply = partner.patch(
        beside["Location"],
        {"kind": "permanent", "reason": "x"},
        format="json",
        headers={"If-Match": beside["ETag"]},
    )
    assert (reply.status_code, reply.json()["code"]) == (409, "overlap")
    assert Residence.objects.filter(kind="permanent").count() == 1


def test_a_residence_that_ended_under_the_old_number_makes_way_for_the_next(
    partner: APIClient, moved: dict[str, Any]
) -> None:
    old = Residence.objects.get()
    reply = partner.patch(
        f"/api/v1/residences/{old.pk}",
        {"valid_to": "2026-02-28", "reason": "Chuyển đi"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 200, reply.json()
    assert record(partner, moved, valid_from="2026-02-28").status_code == 409
    assert record(partner, moved, valid_from="2026-03-01").status_code == 201
