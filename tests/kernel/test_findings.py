"""What disagrees across registries is found, told to its office, and over when it no longer does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from citizens.models import Residence
from citizens.samples import person, personal_id
from education.models import Enrolment
from records import changes
from records.actors import Occasion, system
from records.findings import looking
from records.findings.looking import look
from records.findings.models import Finding
from records.findings.rules import Rule, rules
from records.models import Record
from records.registry import operations, record_types, type_of
from tests.conftest import entries_of, make
from tests.kernel.test_desk import a_clerk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    """A clerk who may do everything, signed in."""
    client = Client()
    client.force_login(a_clerk())
    return client


def found(rule: str) -> list[str]:
    look()
    open_ = Finding.objects.filter(rule=rule, ended_at=None)
    return sorted(open_.values_list("record_key", flat=True))


def amended(record: Record, **values: Any) -> None:
    record.refresh_from_db()
    changes.amend(
        type_of(type(record)),
        str(record.pk),
        values,
        seen=record.version,
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )


def dies(n: int) -> None:
    changes.run(
        operations()["register-death"],
        {
            "personal_id": personal_id(n),
            "death_date": "2026-05-12",
            "register_unit": "25747",
            "book": "01/2026",
            "number": str(n),
            "registered_on": "2026-05-13",
        },
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )


def test_every_rule_s_query_runs() -> None:
    assert len(rules()) > 3
    with connection.cursor() as cursor:
        for rule in rules().values():
            cursor.execute(f"SELECT id, said FROM ({rule.query}) AS found LIMIT 0")


def test_a_rule_that_fails_does_not_keep_the_others_from_being_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(record_types()["people"], 1)
    residence: Any = make(record_types()["residences"], 1)
    dies(1)
    broken = Rule("people.broken", record_types()["people"], "x", "SELECT 1/0 AS id, '{}' AS said")
    monkeypatch.setattr(looking, "rules", lambda: {"people.broken": broken, **rules()})
    with pytest.raises(RuntimeError, match=r"people\.broken"):
        look()
    assert Finding.objects.get(rule="residences.personal_id.ended").record_id == residence.pk


def test_a_finding_goes_with_its_record_to_another_office() -> None:
    make(record_types()["people"], 1)
    residence: Any = make(record_types()["residences"], 1)
    dies(1)
    look()
    other = "25771" if residence.unit != "25771" else "25747"
    amended(residence, unit=other)
    look()
    (one,) = Finding.objects.filter(record_id=residence.pk, rule="residences.personal_id.ended")
    assert one.unit == other


def test_samples_agree_with_each_other() -> None:
    for record_type in record_types().values():
        make(record_type, 1)
    assert look()


def test_a_residence_of_somebody_dead_is_found_and_over_when_it_ends() -> None:
    make(record_types()["people"], 1)
    residence: Any = make(record_types()["residences"], 1)
    rule = "residences.personal_id.ended"
    assert found(rule) == []
    dies(1)
    assert found(rule) == [str(residence.pk)]
    assert found(rule) == [str(residence.pk)]  # once, however often it is looked for
    one = Finding.objects.get(rule=rule)
    assert (one.subjects, one.unit) == ([personal_id(1)], residence.unit)
    amended(residence, valid_to="2026-05-12")
    assert found(rule) == []
    one.refresh_from_db()
    assert one.ended_at is not None


def test_a_pupil_who_died_is_found_through_the_enrolment() -> None:
    make(record_types()["people"], 1)
    make(record_types()["students"], 1, personal_id=personal_id(1))
    enrolment = make(record_types()["enrolments"], 1)
    dies(1)
    assert found("enrolments.personal_id.ended") == [str(enrolment.pk)]
    amended(enrolment, status="dropped_out")
    assert found("enrolments.personal_id.ended") == []


def test_who_is_not_recorded_is_found_and_an_older_number_is_not() -> None:
    make(record_types()["people"], 1)
    residence: Any = Residence.objects.get(pk=make(record_types()["residences"], 1).pk)
    changes.run(
        operations()["replace-personal-id"],
        {
            "personal_id": personal_id(1),
            "new_personal_id": "074199000777",
            "replaced_on": "2026-02-01",
        },
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )
    assert found("residences.personal_id.missing") == []
    other = make(record_types()["residences"], 2)
    assert found("residences.personal_id.missing") == [str(other.pk)]
    assert str(residence.pk) not in found("residences.personal_id.ended")


def test_a_closed_school_with_pupils() -> None:
    enrolment = make(record_types()["enrolments"], 1)
    school = Enrolment.objects.get(pk=enrolment.pk).school
    changes.amend(
        record_types()["schools"],
        school.school_code,
        {"status": "closed"},
        seen=1,
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )
    assert found("enrolments.school_code.ended") == [str(enrolment.pk)]


def test_the_person_and_where_they_live_disagree(desk: Client) -> None:
    record = make(record_types()["people"], 1)
    make(record_types()["residences"], 1)
    held = Residence.objects.get(personal_id=personal_id(1))
    changes.amend(
        record_types()["people"],
        personal_id(1),
        {"residence_unit": "25771" if held.unit != "25771" else "25747"},
        seen=record.version,
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )
    assert found("people.residence") == [personal_id(1)]
    assert "Việc cần rà soát" in desk.get("/admin/findings/").content.decode()
    assert personal_id(1) in desk.get("/admin/findings/").content.decode()
    told = entries_of(actor_id="thuky", collection="findings")
    assert told
    assert told[-1]["subjects"] == [personal_id(1)]
    page = desk.get(f"/admin/people/{personal_id(1)}/").content.decode()
    assert "khác với nơi thường trú" in page
    assert person(1)["full_name"] in page


def test_a_clerk_of_another_unit_does_not_see_it(desk: Client) -> None:
    make(record_types()["people"], 1)
    residence: Any = make(record_types()["residences"], 1)
    dies(1)
    look()
    assert str(residence.pk) in desk.get("/admin/findings/").content.decode()
    other = Client()
    other.force_login(a_clerk("xa", unit="25771" if residence.unit != "25771" else "25747"))
    assert str(residence.pk) not in other.get("/admin/findings/").content.decode()
    assert desk.get("/admin/findings/?after=x").status_code == 400


def test_a_pupil_who_begins_in_no_year_of_the_school_year() -> None:
    enrolment = make(record_types()["enrolments"], 1)
    assert found("enrolments.school-year") == []
    year: Any = getattr(enrolment, "school_year")  # noqa: B009
    amended(enrolment, valid_from=f"{int(year[:4]) - 2}-09-05")
    assert found("enrolments.school-year") == [str(enrolment.pk)]


def test_a_diploma_that_no_school_issued() -> None:
    some = {"level": "upper_secondary", "issued_on": "2026-06-20"}
    make(record_types()["diplomas"], 1, **some, issuer="Trường THPT Dầu Tiếng")
    late = make(record_types()["diplomas"], 2, **some, issuer="Sở Giáo dục và Đào tạo")
    make(record_types()["diplomas"], 3, **{**some, "issued_on": "2025-06-20"}, issuer="Sở Giáo dục")
    assert found("diplomas.issuer") == [str(late.pk)]
