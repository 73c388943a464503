"""What a school office does, and must find true."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from education.models import Enrolment
from education.samples import school
from records.registry import record_types
from tests.conftest import entries_of, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolled() -> Enrolment:
    make(record_types()["schools"], 2)
    made = make(record_types()["enrolments"], 1)
    assert isinstance(made, Enrolment)
    return made


def move(partner: APIClient, enrolled: Enrolment, to: int, on: str, **more: Any) -> Any:
    body = {
        "student_code": enrolled.student_id,
        "school_year": enrolled.school_year,
        "to_school_code": school(to)["school_code"],
        "moves_on": on,
        **more,
    }
    return partner.post("/api/v1/operations/move-school", body, format="json")


def test_a_pupil_moves_and_comes_back(partner: APIClient, enrolled: Enrolment) -> None:
    reply = move(partner, enrolled, 2, "2026-11-02", class_name="2B")
    assert reply.status_code == 200, reply.json()
    old, new = Enrolment.objects.order_by("valid_from")
    assert (old.status, str(old.valid_to)) == ("transferred", "2026-11-01")
    assert (new.status, new.grade, new.class_name) == ("studying", old.grade, "2B")
    subjects = {s for e in entries_of(request_id=reply["Request-Id"]) for s in e["subjects"]}
    assert subjects == {enrolled.student.personal_id}

    back = move(partner, enrolled, 1, "2026-12-01")
    assert back.status_code == 200, back.json()
    assert Enrolment.objects.count() == 2
    assert Enrolment.objects.get(status="studying").school_id == enrolled.school_id


def test_one_who_comes_back_may_come_to_another_class(
    partner: APIClient, enrolled: Enrolment
) -> None:
    assert move(partner, enrolled, 2, "2026-11-02", class_name="2B").status_code == 200
    back = move(partner, enrolled, 1, "2026-12-01", class_name="2C")
    assert back.status_code == 200, back.json()
    now = Enrolment.objects.get(status="studying")
    assert (now.pk, now.class_name, now.valid_to) == (enrolled.pk, "2C", None)


@pytest.mark.parametrize(
    ("to", "on", "status"), [(1, "2026-11-02", 422), (2, "2026-09-05", 422), (3, "2026-11-02", 422)]
)
def test_a_move_must_be_possible(
    partner: APIClient, enrolled: Enrolment, to: int, on: str, status: int
) -> None:
    assert move(partner, enrolled, to, on).status_code == status
    assert Enrolment.objects.get().status == "studying"


def test_one_active_enrolment_a_year(partner: APIClient, enrolled: Enrolment) -> None:
    values = {
        "student_code": enrolled.student_id,
        "school_code": school(2)["school_code"],
        "school_year": enrolled.school_year,
        "grade": 2,
        "valid_from": "2026-10-01",
    }
    reply = partner.post("/api/v1/enrolments", values, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "overlap")
    assert (
        partner.post(
            "/api/v1/enrolments", {**values, "status": "completed"}, format="json"
        ).status_code
        == 201
    )
