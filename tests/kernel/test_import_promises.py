"""What an import promises: nothing lost, nothing shown or written beyond the leave, no look unseen."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from rest_framework.test import APIClient

from citizens.models import Person
from citizens.samples import person, personal_id, residence
from education.models import Enrolment
from records.access.models import Agreement
from records.actors import Actor, Occasion
from records.errors import Refused
from records.imports import applying, marking, receiving, running, storing
from records.imports.models import Import, Row, Stage
from records.imports.twice import twice_encoded
from records.imports.values import judge_of
from records.registry import record_types
from tests.conftest import PURPOSE, agree, client_of, entries_of, make
from tests.importing import advanced, applied, as_csv, reported, rows_of, taken
from tests.kernel.test_import_rules import file, found

pytestmark = pytest.mark.django_db
OCCASION = Occasion(PURPOSE)


def agent(agency: Any, **more: Any) -> Actor:
    agree(agency, "people", "full", verbs=["create", "amend"], **more)
    scopes = frozenset({"people:full"})
    return Actor("partner", "client-test-agency", "x", agency.code, agency.name, scopes)


def test_a_bound_agency_is_shown_nothing_of_other_units(agency: Any) -> None:
    by = agent(agency, units=["25747"])
    make(record_types()["people"], 1, residence_unit="25747")
    make(record_types()["people"], 2, residence_unit="25750")
    rows = [{"personal_id": personal_id(n), "phone": "0911111111"} for n in (1, 2)]
    job = taken("people", file("people", *rows), by=by, on=OCCASION)
    client = client_of(agency)
    shown = client.get(f"/api/v1/imports/{job.id}/rows").json()["items"]
    assert [bool(row.get("changes")) for row in shown] == [True, False]
    applied(job, by=by, on=OCCASION)
    later = client.get(f"/api/v1/imports/{job.id}/rows").json()["items"]
    assert not any(row.get("changes") for row in later)


def test_a_bound_agency_writes_nothing_without_its_unit(agency: Any) -> None:
    by = agent(agency, units=["25747"])
    make(record_types()["people"], 2, residence_unit=None)
    new = {k: v for k, v in person(1).items() if k != "residence_unit"}
    old = {"personal_id": personal_id(2), "full_name": "Khác"}
    for row in (new, old):
        told = found("people", row, by=by, on=OCCASION)
        assert told == {2: [("residence_unit", "conflict")]}


def test_an_agreement_that_changed_meanwhile_ends_the_import(agency: Any) -> None:
    by = agent(agency)
    job = taken("people", as_csv(rows_of(record_types()["people"], (1, 2))), by=by, on=OCCASION)
    receiving.decide(job, without_faulty=False, by=by, occasion=OCCASION)
    Agreement.objects.update(units=["25747"])
    job = advanced(job)
    assert (job.stage, job.problem and job.problem["code"]) == (Stage.FAILED, "refused")
    assert not Person.objects.exists()
    (entry,) = entries_of(action="import", outcome="refused")
    assert entry["record_key"] == str(job.id)


def test_an_agreement_that_changed_before_the_decision_leaves_it_open(agency: Any) -> None:
    by = agent(agency)
    job = taken("people", as_csv(rows_of(record_types()["people"], (1, 2))), by=by, on=OCCASION)
    Agreement.objects.update(units=["25747"])
    with pytest.raises(Refused):
        receiving.decide(job, without_faulty=False, by=by, occasion=OCCASION)
    job.refresh_from_db()
    assert job.stage == Stage.READY


def test_rows_read_again_in_part_are_read_again_whole() -> None:
    job = taken("people", as_csv(rows_of(record_types()["people"], range(1, 8))))
    Row.objects.filter(import_id=job.id, line__gt=4).delete()
    assert applied(job).counts["created"] == 7


def test_an_identical_repeat_does_not_clash_with_itself() -> None:
    make(record_types()["people"], 1)
    assert found("residences", residence(1), residence(1)) == {3: [("personal_id", "repeated")]}


def test_a_faulty_row_is_no_model_for_its_repeat() -> None:
    faulty, blank = {**person(1), "phone": "abc"}, {**person(1), "phone": None}
    told = found("people", faulty, blank)
    assert ("personal_id", "duplicate") in told[2]
    assert told[3] == [("personal_id", "duplicate")]


def test_a_warning_that_rests_on_other_columns_stays() -> None:
    odd = {**person(1), "sex": "M"}
    applied(taken("people", file("people", odd)))
    before = Person.objects.get().warnings
    assert [w["code"] for w in before] == ["structure"]
    partial = {"personal_id": personal_id(1), "phone": "0987654321"}
    assert applied(taken("people", file("people", partial))).counts["amended"] == 1
    assert Person.objects.get().warnings == before


def test_a_stop_half_way_says_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.imports.checking.CHUNK", 2)
    job = taken("people", as_csv(rows_of(record_types()["people"], range(1, 8))))
    whole = applying._chunk

    def fails(work: Any, chunk: Any) -> None:
        if chunk.first > 4:
            raise ZeroDivisionError
        whole(work, chunk)

    monkeypatch.setattr(applying, "_chunk", fails)
    for _try in range(running.MOST_TRIES):
        with pytest.raises(ZeroDivisionError):
            applied(job) if job.stage == Stage.READY else advanced(job)
        job.refresh_from_db()
    assert job.stage == Stage.FAILED
    assert job.counts["created"] == Person.objects.count() == 4


def test_ten_thousand_periods_of_one_person_are_checked_at_once() -> None:
    make(record_types()["people"], 1)
    rows = [
        {**residence(1), "valid_from": f"{1900 + n // 12}-{n % 12 + 1:02d}-01", "kind": "permanent"}
        for n in range(1_400)
    ]
    job = taken("residences", file("residences", *rows))
    assert job.counts["error"] == 1_400


def test_looking_somebody_up_by_a_file_is_seen_by_them() -> None:
    taken("residences", file("residences", residence(5)))
    (entry,) = entries_of(action="compare")
    assert entry["subjects"] == [personal_id(5)]


def test_two_pupils_who_swap_are_both_written() -> None:
    make(record_types()["enrolments"], 1)
    first: Any = Enrolment.objects.get()
    schools = record_types()["schools"].model._base_manager
    other = make(record_types()["schools"], 9)
    if getattr(other, "school_code") == first.school_id:  # noqa: B009
        other = make(record_types()["schools"], 10)
    make(
        record_types()["enrolments"],
        1,
        school_code=getattr(other, "school_code"),  # noqa: B009
        status="transferred",
    )
    assert schools.count() >= 2
    rows = [
        {
            "student_code": e.student_id,
            "school_code": e.school_id,
            "school_year": e.school_year,
            "status": "transferred" if e.status == "studying" else "studying",
        }
        for e in Enrolment.objects.all()
    ]
    job = applied(taken("enrolments", file("enrolments", *rows)))
    assert (job.counts["amended"], job.counts["refused"], job.counts["error"]) == (2, 0, 0)


@pytest.mark.parametrize("text", ["LÊ TÚ", "HÀ Nam", "BÌNH", "Vũ An", "Nguyễn"])
def test_utf8_read_as_windows_1252_is_known(text: str) -> None:
    twice = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode("utf-8"))
    assert twice_encoded(twice)
    assert not twice_encoded(text)


def test_what_only_looks_like_it_is_taken_as_it_is() -> None:
    book = record_types()["civil-events"].columns["book"]
    year = record_types()["civil-events"].columns["year"]
    number = record_types()["people"].columns["personal_id"]
    born = record_types()["people"].columns["birth_date"]
    assert judge_of(book, date1904=False)("\x00d2020-01-01").code == "unreadable"
    assert judge_of(book, date1904=False)("6E1").value == "6E1"
    assert judge_of(year, date1904=False)("1_999").code == "format"
    assert judge_of(number, date1904=False)(74157000001.5).code == "format"
    assert judge_of(born, date1904=True)(1957).value == "1957"
    assert judge_of(born, date1904=True)(20000).value == "1958-10-04"
    long = judge_of(record_types()["people"].columns["birth_place"], date1904=False)("x" * 300)
    assert long.code == "format"


def test_a_workbook_of_1904_comes_back_with_its_own_days() -> None:
    out = io.BytesIO()
    rows: list[list[Any]] = rows_of(record_types()["people"], (1, 2))
    rows[1][rows[0].index("Ngày sinh")] = 20000
    rows[2][rows[0].index("Giới tính")] = "x"
    with xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True}) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    job = taken("people", out.getvalue())
    told = reported(job)["rows"]["2"]["values"]["birth_date"]
    assert told == "1958-10-04"
    for ending in ("xlsx", "csv"):
        reply = marking.marked(job, ending)
        content = b"".join(reply.streaming_content)  # type: ignore[arg-type]
        for close in reply._resource_closers:  # type: ignore[attr-defined]
            close()
        again = taken("people", content)
        assert reported(again)["rows"]["2"]["values"]["birth_date"] == told


def test_a_file_that_is_gone_is_told(partner: APIClient, actor: Actor, occasion: Occasion) -> None:
    job = taken("people", as_csv(rows_of(record_types()["people"], (8, 9))), by=actor, on=occasion)
    storing.path_of(job.digest).unlink()
    for ending in ("xlsx", "csv"):
        reply = partner.get(f"/api/v1/imports/{job.id}/file?format={ending}")
        assert (reply.status_code, reply.json()["code"]) == (409, "file_lost")
    Import.objects.filter(id=job.id).update(stage=Stage.READING)
    job = advanced(job)
    assert job.problem == {"code": "file_lost", "detail": {}}


def test_a_row_below_a_total_is_told_and_not_skipped() -> None:
    rows = rows_of(record_types()["people"], (1, 2, 3))
    rows.insert(3, ["Tổng cộng: 2 người"])
    rows[4][0] = ""
    told = reported(taken("people", as_csv(rows)))
    assert told["counts"]["skipped"] == 0
    assert ["personal_id", "missing"] in told["rows"]["5"]["codes"]


def test_two_files_in_one_call_are_one_too_many(partner: APIClient) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    body = part % (b"collection", b"", b"people")
    body += (part % (b"file", b'; filename="x.csv"', b"a;b")) * 2 + b"--b--\r\n"
    reply = partner.generic(
        "POST", "/api/v1/imports", body, content_type="multipart/form-data; boundary=b"
    )
    assert [e["field"] for e in reply.json()["errors"]] == ["file"]
