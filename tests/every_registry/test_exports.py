"""A list of any collection leaves as a file, and comes back as it left."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import models
from django.utils import translation
from openpyxl import load_workbook
from rest_framework.test import APIClient

from records import changes
from records.access.models import Agreement
from records.actors import Actor, Occasion, system
from records.fields import Choice, Date, Name, PartialDate, Text, UnitCode
from records.imports.models import Stage
from records.registry import ByKind, RecordType, shown_as
from tests.conftest import agree, client_of, entries_of, in_turn, key_of, make, url_of
from tests.importing import applied, as_csv, rows_of, taken

pytestmark = pytest.mark.django_db
ODD = (
    "=1+1",
    "-5",
    "+84 912",
    "@SUM(A1)",
    "＝1",
    "'=1",
    "''-x",
    "'a",
    "(xóa)",
    "(XOÁ)",
    "'(xóa)",
    'nói "thế"; rồi, thôi',
    "_x0041_",
    "0012",
    "1E5",
    "74085001234.0",
    "Ðặng",
)
NAMES = ("-An", "Nguyễn Văn A", "O'Brien", "Y")
PARTIAL = ("1985", "1985-06", "1985-06-02", "1899-12-31", "1900-02-28")


def odd(record_type: RecordType, n: int) -> dict[str, Any]:
    """Values that a spreadsheet, or a hasty reader, would take for something else."""
    besides = {getattr(record_type.columns[n], "beside", "") for n in record_type.writable}
    kinds = {r.column for r in record_type.references.values() if isinstance(r, ByKind)}
    fixed = {*record_type.identity, *record_type.references, record_type.key, "status"}
    fixed |= besides | kinds
    made: dict[str, Any] = {}
    for name in record_type.writable:
        field = record_type.columns[name]
        judged_beside = getattr(field, "beside", "")
        if name in fixed or judged_beside or isinstance(field, models.ForeignKey | UnitCode):
            continue
        if field.null and n % 5 == 4:
            made[name] = None
        elif isinstance(field, Choice):
            made[name] = field.flatchoices[n % len(field.flatchoices)][0]
        elif isinstance(field, PartialDate):
            made[name] = None if field.null else PARTIAL[n % len(PARTIAL)]
        elif isinstance(field, Name):
            made[name] = NAMES[n % len(NAMES)]
        elif isinstance(field, Text) and not field.shape:
            made[name] = ODD[n % len(ODD)]
    return made


@pytest.fixture
def recorded(db: None, record_type: RecordType) -> int:
    for n in range(len(ODD)):
        make(record_type, n + 1, **odd(record_type, n))
    return len(ODD)


def content(reply: Any) -> bytes:
    assert reply.status_code == 200, reply.content
    return b"".join(reply.streaming_content)


def export(
    partner: APIClient, record_type: RecordType, language: str = "vi", **asked: str
) -> bytes:
    reply = partner.get(
        f"{url_of(record_type)}/export", asked, headers={"Accept-Language": language}
    )
    return content(reply)


def test_what_left_comes_back_unchanged_and_no_cell_of_it_is_run(
    partner: APIClient,
    record_type: RecordType,
    recorded: int,
    actor: Actor,
    occasion: Occasion,
) -> None:
    names = [n for n in record_type.fieldsets["full"] if n in record_type.writable]
    left = {
        ending: export(partner, record_type, language, format=ending)
        for ending, language in (("csv", "vi"), ("xlsx", "en"))
    }
    for whole in left.values():
        job = taken(record_type.collection, whole, by=actor, on=occasion)
        assert job.stage == Stage.READY, job.problem
        assert (job.counts["unchanged"], job.counts["error"]) == (recorded, 0), job.counts
        assert job.found["extra_columns"] == []
        assert [column["field"] for column in job.columns] == names
    said = left["csv"].decode()
    assert said.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(said[1:]), delimiter=";"))
    assert len(rows) == recorded + 1
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "＝"))]
    book = load_workbook(io.BytesIO(left["xlsx"]))
    cells = [c for row in book.active.iter_rows(min_row=2) for c in row if c.value is not None]  # type: ignore[union-attr]
    assert {c.data_type for c in cells} <= {"s", "n", "d"}
    for c in cells:
        field = record_type.value_field(names[c.column - 1])
        if c.data_type == "n":
            number = isinstance(field, models.IntegerField | models.DecimalField)
            assert number, "a zero in front is lost"
        if c.data_type == "d":
            assert isinstance(field, Date | PartialDate)


def test_taking_away_is_an_access_to_each(
    partner: APIClient, record_type: RecordType, recorded: int, agency: Any
) -> None:
    export(partner, record_type)
    (entry,) = entries_of(action="export", outcome="done")
    about = [record_type.path(s) for s in record_type.subjects]
    held = record_type.model._base_manager.values_list(*about) if about else ()
    assert set(entry["subjects"]) == {s for row in held for s in row if s}
    assert (entry["agency"], entry["collection"]) == (agency.code, record_type.collection)
    assert set(map(shown_as, entry["fields"])) <= set(record_type.writable)


@pytest.mark.parametrize("verbs", [["read", "search", "create"], ["export"]])
def test_searching_alone_does_not_take_away(
    agency: Any, record_type: RecordType, verbs: list[str]
) -> None:
    make(record_type)
    agree(agency, record_type.collection, "full", verbs=verbs)
    reply = client_of(agency).get(f"{url_of(record_type)}/export")
    assert (reply.status_code, reply.json()["code"]) == (403, "not_agreed")
    (entry,) = entries_of(action="export")
    assert entry["outcome"] == "refused"


def test_only_the_fieldset_leaves(agency: Any, record_type: RecordType) -> None:
    make(record_type)
    name, names = next(iter(record_type.fieldsets.items()))
    agree(agency, record_type.collection, name)
    said = export(client_of(agency), record_type, format="csv").decode().splitlines()
    assert len(said) == 2
    assert len(said[0].split(";")) == len([n for n in names if n in record_type.writable])


def test_more_than_is_agreed_does_not_leave(partner: APIClient, record_type: RecordType) -> None:
    for n in (1, 2, 3):
        make(record_type, n)
    Agreement.objects.filter(collection=record_type.collection).update(rows=2)
    reply = partner.get(f"{url_of(record_type)}/export")
    assert (reply.status_code, reply.json()["code"], reply.json()["most"]) == (422, "too_broad", 2)
    assert not entries_of(action="export")


def test_filters_narrow_it_and_closed_records_stay(
    partner: APIClient, record_type: RecordType, occasion: Occasion
) -> None:
    one, two = make(record_type, 1), make(record_type, 2)
    name = record_type.filters[0]
    said = getattr(one, record_type.path(name))
    rows = export(partner, record_type, format="csv", **{name: str(said)}).decode().splitlines()
    held = record_type.model._base_manager.filter(**{record_type.path(name): said}).count()
    assert len(rows) == held + 1
    there = len(export(partner, record_type, format="csv").decode().splitlines())
    changes.close(
        record_type,
        key_of(record_type, two),
        on=two.recorded_at.date(),
        seen=1,
        by=system("tests"),
        occasion=occasion,
        reason="x",
    )
    assert len(export(partner, record_type, format="csv").decode().splitlines()) == there - 1
    for wrong in ({"limit": "3"}, {"nothing": "1"}, {"format": "ods"}):
        assert partner.get(f"{url_of(record_type)}/export", wrong).status_code == 400


def test_a_template_says_what_it_takes_and_is_taken_when_filled(
    partner: APIClient, record_type: RecordType, actor: Actor, occasion: Occasion
) -> None:
    ending, language = in_turn(record_type, ("xlsx", "vi"), ("csv", "en"))
    asked = {"collection": record_type.collection, "format": ending}
    reply = partner.get("/api/v1/imports/template", asked, headers={"Accept-Language": language})
    empty = content(reply)
    job = taken(record_type.collection, empty, by=actor, on=occasion)
    assert (job.stage, job.problem and job.problem["code"]) == (Stage.FAILED, "no_rows")
    names = [n for n in record_type.fieldsets["full"] if n in record_type.writable]
    with translation.override("vi"):
        _header, row = rows_of(record_type, [1], names)
    for n in range(1, 5):
        make(record_type, n)
    if ending == "csv":
        header = next(csv.reader(io.StringIO(empty.decode("utf-8-sig")), delimiter=";"))
        filled = as_csv([header, row])
    else:
        book: Any = load_workbook(io.BytesIO(empty))
        header = [cell.value for cell in book.worksheets[0][1]]
        guide = list(book.worksheets[1].iter_rows(values_only=True))
        assert [line[0] for line in guide[1:]] == [said.removesuffix(" *") for said in header]
        assert all(line[2] for line in guide)
        book.worksheets[0].append(row)
        out = io.BytesIO()
        book.save(out)
        filled = out.getvalue()
    needed = [name for name, said in zip(names, header, strict=True) if said.endswith(" *")]
    assert set(record_type.needed) <= set(needed)
    job = taken(record_type.collection, filled, by=actor, on=occasion)
    assert job.stage == Stage.READY, job.problem
    assert (job.counts["error"], job.found["extra_columns"]) == (0, [])
    assert len(job.columns) == len(names)


def test_a_mended_file_takes_only_what_was_not_taken(
    partner: APIClient, record_type: RecordType, actor: Actor, occasion: Occasion
) -> None:
    for n in (1, 2, 3):
        make(record_type, n)
    rows = rows_of(record_type, (1, 2, 3))
    good = rows[3][0]
    rows[3][0] = ""
    job = applied(taken(record_type.collection, as_csv(rows), name="a.csv", by=actor, on=occasion))
    for only, unchanged in (("", 3), ("faulty", 1)):
        asked = {"format": "xlsx", **({"only": only} if only else {})}
        reply = partner.get(f"/api/v1/imports/{job.id}/file", asked)
        name = reply["Content-Disposition"].rpartition("'")[2]
        book: Any = load_workbook(io.BytesIO(content(reply)))
        sheet = book.active
        assert sheet.cell(sheet.max_row, len(rows[0]) + 1).value
        sheet.cell(sheet.max_row, 1).value = good
        out = io.BytesIO()
        book.save(out)
        again = taken(record_type.collection, out.getvalue(), name=name, by=actor, on=occasion)
        assert (again.counts["unchanged"], again.counts["error"]) == (unchanged, 0)
        assert again.mends == job.id
        assert again.found["extra_columns"] == []
