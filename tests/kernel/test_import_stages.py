"""How an import goes from stage to stage, whatever happens to it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from citizens.models import Person
from records.actors import Actor
from records.errors import Conflict
from records.imports import applying, receiving, running, tasks
from records.imports.models import Chunk, Found, Import, Row, Stage
from records.registry import record_types
from tests.conftest import agree
from tests.importing import (
    ME,
    NOW,
    advanced,
    applied,
    as_csv,
    as_xlsx,
    reported,
    rows_of,
    taken,
)

pytestmark = pytest.mark.django_db


def people(count: int = 5) -> list[list[str]]:
    return rows_of(record_types()["people"], range(1, count + 1))


def two_sheets() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in ("Nam", "Nữ"):
            page = book.add_worksheet(name)
            for at, row in enumerate(people(2)):
                page.write_row(at, 0, row)
    return out.getvalue()


HEADER = people(1)[0]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"%PDF-1.7 not a table", "unknown_type"),
        (b"PK\x03\x04 cut short", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "unknown_type"),
        ("một;hai;ba\r\n1;2;3\r\n".encode(), "no_header"),
        (as_csv([HEADER]), "no_rows"),
        (as_csv([["Họ và tên", "Giới tính"], ["An", "Nam"]]), "missing_columns"),
        (as_csv([[*HEADER, "Số CCCD"], [*people(1)[1], "1"]]), "repeated_columns"),
        (two_sheets(), "several_sheets"),
        (b'Ho va ten;So CCCD\r\n"An;1\r\nBinh;2\r\n', "unclosed_quote"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(
    partner: APIClient, content: bytes, code: str, actor: Any, occasion: Any
) -> None:
    job = taken("people", content, by=actor, on=occasion)
    assert (job.stage, job.problem and job.problem["code"]) == (Stage.FAILED, code)
    told = partner.get(f"/api/v1/imports/{job.id}", headers={"Accept-Language": "vi"}).json()
    assert told["problem"]["code"] == code
    assert "%(" not in told["problem"]["detail"]
    reply = partner.get(f"/api/v1/imports/{job.id}/file")
    assert (reply.status_code, reply.json()["code"]) == (409, "not_ready")


def test_a_column_that_is_not_agreed_on_refuses_the_file(agency: Any, occasion: Any) -> None:
    agree(agency, "people", "contact")
    by = Actor("partner", "c", "x", agency.code, agency.name, frozenset({"people:contact"}))
    job = taken("people", as_csv(people()), by=by, on=occasion)
    assert job.problem is not None
    assert job.problem["code"] == "columns_not_agreed"
    assert "Giới tính" in job.problem["detail"]["columns"]


def test_a_file_over_the_size_is_refused_before_it_is_kept(
    partner: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "IMPORT_MOST_BYTES", 1_000)
    for size in (2_000, 500_000):
        body = {"collection": "people", "file": SimpleUploadedFile("x.csv", b"x" * size)}
        reply = partner.post("/api/v1/imports", body, format="multipart")
        assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"collection": "people"}, "file"),
        ({"collection": "nothing", "file": SimpleUploadedFile("x.csv", b"x")}, "collection"),
        ({"file": SimpleUploadedFile("x.csv", b"x")}, "collection"),
        (
            {"collection": "people", "file": SimpleUploadedFile("x.csv", b"x"), "more": "1"},
            "more",
        ),
    ],
)
def test_a_form_that_lacks_something_says_what(
    partner: APIClient, body: dict[str, Any], field: str
) -> None:
    reply = partner.post("/api/v1/imports", body, format="multipart")
    assert reply.status_code == 422
    assert [e["field"] for e in reply.json()["errors"]] == [field]
    assert partner.post("/api/v1/imports", {}, format="json").status_code == 415


def test_the_same_call_twice_begins_one_import(partner: APIClient) -> None:
    def send(content: bytes) -> Any:
        body = {"collection": "people", "file": SimpleUploadedFile("x.csv", content)}
        key = {"Idempotency-Key": "once"}
        return partner.post("/api/v1/imports", body, format="multipart", headers=key)

    one, other = as_csv(people(1)), as_csv(people(2))
    first, again = send(one), send(one)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert send(other).json()["code"] == "idempotency_key_reused"
    assert Import.objects.count() == 1


def test_the_same_file_is_recognised(partner: APIClient, actor: Any, occasion: Any) -> None:
    first, second = (
        taken("people", as_csv(people()), by=actor, on=occasion) for _again in range(2)
    )
    assert partner.get(f"/api/v1/imports/{first.id}").json()["same_file"] is None
    assert partner.get(f"/api/v1/imports/{second.id}").json()["same_file"] == str(first.id)


def test_rows_that_a_crash_emptied_are_read_again() -> None:
    job = taken("people", as_csv(people()))
    before = Found.objects.filter(import_id=job.id).count()
    Row.objects.filter(import_id=job.id).delete()
    assert applied(job).counts["created"] == 5
    assert Found.objects.filter(import_id=job.id).count() == before
    assert Row.objects.filter(import_id=job.id).count() == 5


def test_what_was_applied_before_a_stop_is_not_applied_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("records.imports.checking.CHUNK", 2)
    job = taken("people", as_csv(people()))
    assert Chunk.objects.filter(import_id=job.id).count() == 3
    receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    whole, calls = applying._chunk, []

    def dies(*args: Any) -> None:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(whole(*args))

    monkeypatch.setattr(applying, "_chunk", dies)
    with pytest.raises(KeyboardInterrupt):
        running.advance(job.id)
    assert Person.objects.count() == 4
    monkeypatch.setattr(applying, "_chunk", whole)
    job = advanced(job)
    assert (job.stage, job.counts["created"]) == (Stage.APPLIED, 5)
    assert record_types()["people"].events._base_manager.count() == 5


def test_a_cancelled_import_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.imports.checking.CHUNK", 2)
    job = taken("people", as_csv(people()))
    receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    whole = applying._chunk

    def cancelled(work: Any, chunk: Any) -> None:
        if chunk.first > 1:
            receiving.cancel(Import.objects.get(id=job.id), by=ME, occasion=NOW)
        whole(work, chunk)

    monkeypatch.setattr(applying, "_chunk", cancelled)
    job = advanced(job)
    assert job.stage == Stage.CANCELLED
    assert Person.objects.count() == 2
    with pytest.raises(Conflict):
        receiving.decide(job, without_faulty=True, by=ME, occasion=NOW)


def test_what_nobody_foresaw_fails_after_five_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    job = receiving.receive(
        record_types()["people"], [as_csv(people())], file_name="x", by=ME, occasion=NOW
    )

    def broken(_job: Import) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(running.STAGES, Stage.READING, broken)
    for _try in range(running.MOST_TRIES):
        with pytest.raises(ZeroDivisionError):
            running.advance(job.id)
    job.refresh_from_db()
    assert (job.stage, job.problem) == (Stage.FAILED, {"code": "broken", "detail": {}})


def test_the_sweep_nudges_what_stalled_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks, "_send", sent.append)
    stalled, fresh = (
        receiving.receive(
            record_types()["people"], [as_csv(people())], file_name="x", by=ME, occasion=NOW
        )
        for _each in range(2)
    )
    ended = taken("people", as_csv(people()))
    Import.objects.exclude(id=fresh.id).update(beat_at=timezone.now() - timedelta(minutes=1))
    sent.clear()
    tasks.sweep()
    assert sent == [stalled.id]
    assert ended.stage == Stage.READY


def test_rows_of_old_imports_are_forgotten_and_their_faults_kept() -> None:
    rows = people()
    rows[1][0] = "x"
    job = applied(taken("people", as_csv(rows)))
    Import.objects.update(ended_at=timezone.now() - timedelta(days=31))
    tasks.forget_rows()
    assert not Row.objects.exists()
    assert reported(job)["rows"]["2"]["codes"] == [["personal_id", "format"]]


def test_what_nobody_decided_about_for_long_is_cancelled() -> None:
    old, fresh = taken("people", as_csv(people())), taken("people", as_csv(people()))
    Import.objects.filter(id=old.id).update(stage_began_at=timezone.now() - timedelta(days=31))
    tasks.forget_rows()
    assert set(Row.objects.values_list("import_id", flat=True)) == {fresh.id}
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.stage, fresh.stage) == (Stage.CANCELLED, Stage.READY)
    assert old.ended_at


def test_the_command_takes_a_file_in_and_reports(tmp_path: Any, capsys: Any) -> None:
    path, out = tmp_path / "Danh sách.xlsx", tmp_path / "out.json"
    rows = people()
    rows[2][0] = ""
    path.write_bytes(as_xlsx(rows))
    call_command(
        "import_file",
        str(path),
        collection="people",
        apply=True,
        without_faulty=True,
        report=str(out),
        here=True,
    )
    assert '"created": 4' in capsys.readouterr().out
    assert '"counts": {"ok": 4, "warning": 0, "error": 1' in out.read_text()
    with pytest.raises(CommandError, match="faulty"):
        call_command("import_file", str(path), collection="people", apply=True, here=True)
    for wrong in ({"collection": "nothing"}, {"collection": "people", "file": "nowhere.csv"}):
        with pytest.raises(CommandError):
            call_command("import_file", wrong.pop("file", str(path)), **wrong)
