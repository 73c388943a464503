"""Files made from samples, and imports taken as far as they go without a worker."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from records.actors import Actor, Occasion, system
from records.fields import Choice, Date, PartialDate
from records.imports import receiving, running, showing
from records.imports.models import Import
from records.registry import RecordType, record_types, samples

ME, SECOND, NOW = system("tests"), system("second"), Occasion("import")
MISTAKEN = "Gửi nhầm tệp"


def shown(record_type: RecordType, name: str, value: Any) -> str:
    """A value as an office writes it."""
    field = record_type.value_field(name)
    if value is None:
        return ""
    if isinstance(field, Choice):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, Date | PartialDate):
        return "/".join(reversed(str(value).split("-")))
    return str(value)


def rows_of(
    record_type: RecordType, ns: Sequence[int], names: Sequence[str] | None = None, **values: Any
) -> list[list[str]]:
    """A header and the n-th samples below it; `values` in place of the samples' own."""
    made = [{**samples(record_type.collection)(n), **values} for n in ns]
    names = names or list(made[0])
    header = [str(record_type.field(name).verbose_name) for name in names]
    return [header, *([shown(record_type, n, one.get(n)) for n in names] for one in made)]


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ";") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Sequence[Any]], sheet: str = "Danh sách") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return out.getvalue()


def taken(
    collection: str, content: bytes | Path, *, name: str = "", by: Actor = ME, on: Occasion = NOW
) -> Import:
    """A file received, read and checked."""
    if isinstance(content, Path):
        name, content = content.name, content.read_bytes()
    job = receiving.receive(
        record_types()[collection], [content], file_name=name or "tep.csv", by=by, occasion=on
    )
    return advanced(job)


def applied(job: Import, *, by: Actor | None = None, on: Occasion = NOW) -> Import:
    """A checked import, applied without its faulty rows."""
    receiving.decide(job, without_faulty=True, by=by or decider(job), occasion=on)
    return advanced(job)


def undone(job: Import, *, by: Actor | None = None, on: Occasion = NOW) -> Import:
    """An import, undone."""
    receiving.undo(job, reason=MISTAKEN, by=by or decider(job), occasion=on)
    return advanced(job)


def decider(job: Import) -> Actor:
    """Who decides where nobody is named: the sender, or a second person where four eyes are asked for."""
    return SECOND if receiving.needs_second(job) else ME


def advanced(job: Import) -> Import:
    running.advance(job.id)
    job.refresh_from_db()
    return job


def reported(job: Import) -> dict[str, Any]:
    out = io.StringIO()
    showing.report(job, out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found
