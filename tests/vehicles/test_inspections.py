"""Until when an inspection is good follows from class, age and use, whichever door it comes through."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from records.registry import record_types
from tests.conftest import make
from tests.importing import applied, as_csv, taken
from tests.kernel.test_desk import a_clerk, filled
from vehicles.models import Inspection, Registration, Vehicle
from vehicles.samples import vehicle

pytestmark = pytest.mark.django_db


def a_vehicle(kind: str, made: int | None, seats: int | None = 5, use: str = "private") -> str:
    """A vehicle registered since 2010 for a use: its chassis number."""
    of = {"vehicle_class": kind, "production_year": made, "seats": seats}
    found = make(record_types()["vehicles"], 1, **of)
    make(record_types()["registrations"], 1, use=use, valid_from="2010-01-01")
    assert isinstance(found, Vehicle)
    return found.chassis_no


def values(chassis_no: str, **more: Any) -> dict[str, Any]:
    given = {"certificate_no": "KĐ-1", "chassis_no": chassis_no, "inspected_on": "2025-03-15"}
    return {**given, "result": "passed", **more}


@pytest.mark.parametrize(
    ("kind", "made", "seats", "use", "due"),
    [
        ("car", 2024, 5, "private", "2028-03-15"),
        ("car", 2018, 5, "private", "2027-03-15"),
        ("car", 2005, 9, "private", "2026-03-15"),
        ("car", 2004, 5, "private", "2025-09-15"),
        ("car", 2024, 5, "transport", "2027-03-15"),
        ("car", 2020, 5, "transport", "2026-03-15"),
        ("car", 2019, None, "transport", "2025-09-15"),
        ("bus", 2023, 29, "transport", "2027-03-15"),
        ("truck", 2020, 3, "private", "2026-03-15"),
        ("special_purpose", 2010, 3, "private", "2025-09-15"),
        ("bus", 2009, 29, "transport", "2025-06-15"),
        ("car", 2009, 16, "private", "2025-06-15"),
        ("motorcycle", 2020, 2, "private", None),
        ("car", None, 5, "private", None),
    ],
)
def test_the_cycle(
    partner: APIClient, kind: str, made: int | None, seats: int | None, use: str, due: str | None
) -> None:
    body = values(a_vehicle(kind, made, seats, use))
    reply = partner.post("/api/v1/inspections", body, format="json")
    assert (reply.status_code, reply.json()["next_due_on"]) == (201, due), reply.json()


def test_a_second_one_has_no_first_cycle(partner: APIClient) -> None:
    chassis_no = a_vehicle("car", 2024)
    partner.post("/api/v1/inspections", values(chassis_no), format="json")
    body = values(chassis_no, certificate_no="KĐ-2", inspected_on="2026-03-15")
    reply = partner.post("/api/v1/inspections", body, format="json")
    assert reply.json()["next_due_on"] == "2028-03-15"


def test_one_that_failed_is_good_for_nothing(partner: APIClient) -> None:
    body = values(a_vehicle("car", 2018), result="failed")
    reply = partner.post("/api/v1/inspections", body, format="json")
    assert (reply.json()["next_due_on"], reply.json()["warnings"]) == (None, [])


def through_api(given: dict[str, Any], partner: APIClient) -> None:
    reply = partner.post("/api/v1/inspections", given, format="json")
    assert reply.status_code == 201, reply.json()


def through_desk(given: dict[str, Any], _partner: APIClient) -> None:
    clerk = Client()
    clerk.force_login(a_clerk())
    page = clerk.get("/admin/inspections/new/")
    reply = clerk.post("/admin/inspections/new/", filled(page, **given, reason="Kiểm định"))
    assert reply.status_code == 302


def through_import(given: dict[str, Any], _partner: APIClient) -> None:
    job = applied(taken("inspections", as_csv([list(given), list(given.values())])))
    assert job.counts["created"] == 1


@pytest.mark.parametrize("door", [through_api, through_desk, through_import])
@pytest.mark.parametrize(
    ("given", "due", "warned"),
    [
        ({}, "2027-03-15", []),
        ({"next_due_on": "2027-03-15"}, "2027-03-15", []),
        ({"next_due_on": "2027-03-14"}, "2027-03-14", [("next_due_on", "structure")]),
    ],
)
def test_it_is_reckoned_where_left_empty_and_warned_of_where_another_is_given(
    partner: APIClient, door: Any, given: Any, due: str, warned: Any
) -> None:
    door(values(a_vehicle("car", 2018), **given), partner)
    made = Inspection.objects.get()
    assert str(made.next_due_on) == due
    assert [(w["field"], w["code"]) for w in made.warnings] == warned
    held = Registration.objects.get()
    assert (made.owner_kind, made.owner_id) == ("person", held.owner_id)
    (event,) = Inspection.events.rel.related_model.objects.all()  # type: ignore[attr-defined]
    assert (str(event.next_due_on), event.owner_id) == (due, held.owner_id)


def test_a_day_of_a_file_is_taken_and_kept_with_a_warning(partner: APIClient) -> None:
    through_api(values(a_vehicle("car", 2018)), partner)
    rows = [["certificate_no", "next_due_on"], ["KĐ-1", "01/01/2027"]]
    job = taken("inspections", as_csv(rows))
    assert (job.counts["warning"], job.counts["changed"]) == (0, 1)
    applied(job)
    made = Inspection.objects.get()
    assert str(made.next_due_on) == "2027-01-01"
    assert [(w["field"], w["code"]) for w in made.warnings] == [("next_due_on", "structure")]
    again = {"next_due_on": "2027-03-15", "reason": "Đối chiếu"}
    partner.patch("/api/v1/inspections/KĐ-1", again, format="json", headers={"If-Match": '"2"'})
    made.refresh_from_db()
    assert made.warnings == []


def test_expired_is_said_when_shown_and_not_stored(partner: APIClient) -> None:
    chassis_no = a_vehicle("car", 2004)
    through_api(values(chassis_no), partner)
    seen = partner.get("/api/v1/inspections/KĐ-1").json()
    assert seen["next_due_on"] == "2025-09-15"
    assert [(w["field"], w["code"]) for w in seen["warnings"]] == [("next_due_on", "expired")]
    assert Inspection.objects.get().warnings == []
    through_api(values(chassis_no, certificate_no="KĐ-2", inspected_on="2026-11-01"), partner)
    listed = partner.get("/api/v1/inspections", {"chassis_no": chassis_no}).json()["items"]
    told = {item["certificate_no"]: [w["code"] for w in item["warnings"]] for item in listed}
    assert told == {"KĐ-1": ["expired"], "KĐ-2": []}


def test_the_owner_of_the_day_is_whom_it_is_about(partner: APIClient) -> None:
    through_api(values(a_vehicle("car", 2018)), partner)
    owner = Registration.objects.get().owner_id
    listed = partner.get("/api/v1/inspections", {"owner_id": owner}).json()["items"]
    assert [item["certificate_no"] for item in listed] == ["KĐ-1"]
    assert vehicle(1)["chassis_no"] == listed[0]["chassis_no"]
