"""What a school office does, and must find true."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from education.models import Diploma, Enrolment
from education.samples import school
from records.registry import operations, record_types, samples
from tests.conftest import entries_of, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolled() -> Enrolment:
    for n in (2, 3):
        make(record_types()["schools"], n)
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
    reply = move(partner, enrolled, 3, "2026-11-02", class_name="2B")
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
    assert move(partner, enrolled, 3, "2026-11-02", class_name="2B").status_code == 200
    back = move(partner, enrolled, 1, "2026-12-01", class_name="2C")
    assert back.status_code == 200, back.json()
    now = Enrolment.objects.get(status="studying")
    assert (now.pk, now.class_name, now.valid_to) == (enrolled.pk, "2C", None)


@pytest.mark.parametrize(
    ("to", "on", "status", "code"),
    [
        (1, "2026-11-02", 422, "conflict"),
        (3, "2026-09-05", 422, "range"),
        (3, "2026-06-30", 422, "range"),
        (3, "2027-09-01", 422, "range"),
        (4, "2026-11-02", 422, "reference"),
        (2, "2026-11-02", 409, "grade_not_taught"),
    ],
)
def test_a_move_must_be_possible(
    partner: APIClient, enrolled: Enrolment, to: int, on: str, status: int, code: str
) -> None:
    reply = move(partner, enrolled, to, on)
    assert reply.status_code == status
    said = reply.json()
    assert (said["errors"][0]["code"] if status == 422 else said["code"]) == code
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


def run(partner: APIClient, name: str, **values: Any) -> Any:
    given = {**operations()[name].example, **values}
    return partner.post(f"/api/v1/operations/{name}", given, format="json")


def test_a_pupil_enrols_once_a_year_where_the_grade_is_taught(partner: APIClient) -> None:
    types = record_types()
    code = make(types["students"], 1).student_code
    primary, other, upper = (make(types["schools"], n).school_code for n in (0, 1, 4))
    given = {"student_code": code, "school_code": primary}
    assert run(partner, "enrol", **given, grade=6).json()["code"] == "grade_not_taught"
    assert run(partner, "enrol", **given).status_code == 200
    again = run(partner, "enrol", student_code=code, school_code=other)
    assert (again.status_code, again.json()["code"]) == (409, "overlap")
    refused = run(partner, "enrol", student_code=code, school_code=upper, grade=3)
    assert refused.json()["code"] == "grade_not_taught"


@pytest.mark.parametrize(
    ("on", "status"),
    [("2026-06-30", 422), ("2026-07-01", 200), ("2027-08-31", 200), ("2027-09-01", 422)],
)
def test_who_enrols_begins_within_the_school_year(partner: APIClient, on: str, status: int) -> None:
    types = record_types()
    code = make(types["students"], 1).student_code
    given = {"student_code": code, "school_code": make(types["schools"], 0).school_code}
    reply = run(partner, "enrol", **given, begins_on=on)
    assert reply.status_code == status, reply.json()
    if status == 422:
        assert [(e["field"], e["code"]) for e in reply.json()["errors"]] == [("begins_on", "range")]


@pytest.mark.parametrize(
    ("begun", "on", "last"),
    [
        ("2026-09-05", "2027-09-05", "2027-05-31"),
        ("2026-09-05", "2027-07-01", "2027-05-31"),
        ("2027-06-10", "2027-09-05", "2027-06-10"),
    ],
)
def test_who_enrols_anew_has_completed_the_year_before(
    partner: APIClient, begun: str, on: str, last: str
) -> None:
    old: Any = make(record_types()["enrolments"], 1, valid_from=begun)
    given = {"student_code": old.student_id, "school_code": old.school_id, "grade": 3}
    reply = run(partner, "enrol", **given, school_year="2027-2028", begins_on=on)
    assert reply.status_code == 200, reply.json()
    old.refresh_from_db()
    assert (old.status, str(old.valid_to)) == ("completed", last)
    assert Enrolment.objects.get(status="studying").school_year == "2027-2028"


@pytest.mark.parametrize(
    ("learning", "training", "absences", "allowed"),
    [
        ("Chưa hoàn thành", "Tốt", 0, True),
        ("Hoàn thành", "Tốt", 46, True),
        ("Hoàn thành", "Cần cố gắng", 0, True),
        ("Hoàn thành", "Đạt", 45, False),
    ],
)
def test_who_did_not_go_up_repeats_the_grade(
    partner: APIClient,
    enrolled: Enrolment,
    learning: str,
    training: str,
    absences: int,
    allowed: bool,
) -> None:
    said = {"learning": learning, "training": training, "absences": absences}
    make(record_types()["results"], 1, school_year=enrolled.school_year, **said)
    reply = run(
        partner,
        "repeat-year",
        student_code=enrolled.student_id,
        school_year=enrolled.school_year,
        begins_on="2027-09-05",
    )
    if not allowed:
        assert (reply.status_code, reply.json()["code"]) == (409, "goes_up")
        return
    assert reply.status_code == 200, reply.json()
    old, new = Enrolment.objects.order_by("valid_from")
    assert (old.status, str(old.valid_to)) == ("completed", "2027-05-31")
    assert (new.school_year, new.grade, new.status) == ("2027-2028", old.grade, "studying")


@pytest.fixture
def last_grade() -> Enrolment:
    """A pupil in the twelfth grade of 2025-2026."""
    types = record_types()
    school_code = make(types["schools"], 4).school_code
    made = make(
        types["enrolments"],
        1,
        school_code=school_code,
        school_year="2025-2026",
        grade=12,
        valid_from="2025-09-05",
    )
    assert isinstance(made, Enrolment)
    return made


def test_a_diploma_ends_school_and_the_school_issues_it(
    partner: APIClient, last_grade: Enrolment
) -> None:
    given = {"student_code": last_grade.student_id}
    reply = run(partner, "graduate", **given)
    assert reply.status_code == 200, reply.json()
    last_grade.refresh_from_db()
    assert last_grade.status == "completed"
    diploma = Diploma.objects.get()
    assert diploma.issuer == last_grade.school.name
    assert diploma.holder_id == last_grade.student.personal_id
    assert run(partner, "graduate", **given).json()["code"] == "not_in_last_grade"
    named = {"serial": diploma.serial, "issuer": diploma.issuer, "level": diploma.level}
    reply = run(partner, "correct-diploma", **named, holder_name="Trần Bảo Ngọc Anh")
    assert reply.status_code == 200, reply.json()
    diploma.refresh_from_db()
    assert (diploma.status, diploma.holder_name) == ("corrected", "Trần Bảo Ngọc Anh")
    assert run(partner, "withdraw-diploma", **named).status_code == 200
    again = run(partner, "withdraw-diploma", **named)
    assert (again.status_code, again.json()["code"]) == (409, "not_in_force")
    refused = run(partner, "correct-diploma", **named)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_force")
    assert run(partner, "withdraw-diploma", serial="X1").json()["errors"][0]["code"] == "reference"


def test_before_2026_the_department_issued_it(partner: APIClient, last_grade: Enrolment) -> None:
    given = {"student_code": last_grade.student_id, "issued_on": "2025-12-30"}
    assert run(partner, "graduate", **given).json()["errors"][0]["field"] == "issuer"
    assert run(partner, "graduate", **given, issuer="Sở GDĐT").status_code == 200
    diploma = Diploma.objects.get()
    # The year that ends in 2026, whenever the diploma is dated.
    assert (diploma.issuer, diploma.graduation_year) == ("Sở GDĐT", 2026)


@pytest.mark.parametrize(("learning", "status"), [("Chưa đạt", 409), ("Đạt", 200)])
def test_who_did_not_pass_does_not_graduate(
    partner: APIClient, last_grade: Enrolment, learning: str, status: int
) -> None:
    said = {"scheme": "22/2021", "learning": learning, "training": "Tốt"}
    make(record_types()["results"], 1, school_year=last_grade.school_year, **said)
    reply = run(partner, "graduate", student_code=last_grade.student_id)
    assert reply.status_code == status, reply.json()
    if status == 409:
        assert reply.json()["code"] == "not_passed"
        assert not Diploma.objects.exists()


def test_no_lower_secondary_diploma_since_2026(partner: APIClient) -> None:
    given = {**samples("diplomas")(1), "level": "lower_secondary", "issued_on": "2026-01-01"}
    reply = partner.post("/api/v1/diplomas", given, format="json")
    assert (reply.status_code, reply.json()["code"]) == (422, "no_such_diploma")
    reply = partner.post("/api/v1/diplomas", {**given, "issued_on": "2025-12-31"}, format="json")
    assert reply.status_code == 201, reply.json()


@pytest.mark.parametrize(
    ("scheme", "learning", "status"),
    [("22/2021", "Đạt", 201), ("22/2021", "Giỏi", 422), ("58/2011", "Giỏi", 201)],
)
def test_a_result_is_in_its_circular_s_words(
    partner: APIClient, scheme: str, learning: str, status: int
) -> None:
    make(record_types()["students"], 1)
    given = {**samples("results")(1), "scheme": scheme, "learning": learning, "training": "Tốt"}
    reply = partner.post("/api/v1/results", given, format="json")
    assert reply.status_code == status, reply.json()
    if status == 422:
        assert [(e["field"], e["code"]) for e in reply.json()["errors"]] == [("learning", "choice")]
