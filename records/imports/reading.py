"""Stage `read`: the stored file becomes rows in normal form, and everything wrong with a cell is found.

A child process opens the file; this side judges cells and streams rows and findings by COPY, a batch
a transaction. Reading again gives the same rows, and goes on behind those that are there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from records.errors import Problem
from records.imports import storing
from records.imports.endings import fold
from records.imports.layout import Data, Layout, find_header, labels
from records.imports.marking import mended_of
from records.imports.models import Found, Import, Row, Stage
from records.imports.parsing import Parsed, Unreadable, parse
from records.imports.values import WARNINGS, Finding, Judge
from records.imports.working import beat, unhurried
from records.registry import RecordType, record_types

BATCH = 5_000
LONGEST_RAW = 500
#: What would end a value or a row of COPY.
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


#: What a sheet is called that says how another is filled in, folded.
GUIDE = re.compile(r"(huong dan|ghi chu|chu thich|chu giai|danh muc|vi du|guide|readme)\b")


class Unfit(Problem):
    """The file as a whole cannot be taken; `code` says why, `more` names what."""

    status, code, title = 422, "unfit", _("The file cannot be taken.")


def read(job: Import, *, again: bool = False) -> None:
    """Read the file of `job`. `again`: only the rows, which a crash emptied. Raises Unfit, Unreadable."""
    record_type = record_types()[job.collection]
    with _opened(job) as parsed:
        job.found |= _about(parsed)
        job.save(update_fields=["found"])
        index, layout = chosen(record_type, parsed, job.fieldset)
        needed = [name for name in record_type.identity if name != "id"]
        data = Data(layout, needed)
        judge = Judge(
            record_type,
            [(field, at) for field, _header, at in layout.columns],
            date1904=parsed.date1904,
        )
        columns = [
            {"field": field, "header": header, "at": at} for field, header, at in layout.columns
        ]
        keep = _Keeping(job, columns, again=again)
        for rows, share in parsed.rows(index):
            taken = [row for row in data.take(rows) if not keep.has(row[0])]
            judged = judge.rows([cells for _line, cells in taken])
            for (line, _cells), (values, found) in zip(taken, judged, strict=True):
                keep.add(line, values, found)
            keep.flush(share, at_least=BATCH)
        keep.flush(1.0)
        keep.verify()
        if not keep.count:
            raise Unfit(code="no_rows")
        job.found |= {
            "sheet": parsed.sheets[index].name,
            "sheet_index": index,
            "first_line": layout.first,
            "width": data.width,
            "mark": layout.mark,
            "rows": keep.count,
            "extra_columns": list(layout.extra),
            "skipped_rows": data.skipped,
        }
        if layout.mark is not None and job.mends is None:
            job.mends = mended_of(job)
        job.save(update_fields=["found", "mends"])


def _opened(job: Import) -> Parsed:
    """The file, in the encoding that was chosen. Raises Unreadable; how the file might read is kept."""
    try:
        return parse(storing.path_of(job.digest), encoding=job.encoding)
    except Unreadable as unreadable:
        if readings := unreadable.detail.pop("readings", None):
            job.found |= {"kind": "csv", "readings": readings}
            job.save(update_fields=["found"])
        raise


def _about(parsed: Parsed) -> dict[str, Any]:
    return {
        "kind": parsed.kind,
        "encoding": parsed.encoding,
        "readings": parsed.readings,
        "date1904": parsed.date1904,
    }


def chosen(record_type: RecordType, parsed: Parsed, fieldset: str) -> tuple[int, Layout]:
    """The sheet that has a header for the collection, and its layout. Raises Unfit."""
    known = labels(record_type, record_type.writable)
    fits = [
        (index, layout)
        for index, sheet in enumerate(parsed.sheets)
        if (layout := find_header(sheet.head, known))
    ]
    if not fits:
        raise Unfit(code="no_header", columns=_called(record_type, record_type.needed_in_files))
    # Of what may be lacking, a file without the column says that it is.
    sure = [n for n in record_type.identity if not record_type.columns[n].null]
    if len(fits) > 1:
        fits = _likely(fits, parsed, sure)
    if len(fits) > 1:
        raise Unfit(code="several_sheets", sheets=[parsed.sheets[i].name for i, _layout in fits])
    index, layout = fits[0]
    if layout.repeated:
        raise Unfit(code="repeated_columns", columns=list(layout.repeated))
    present = {field for field, _header, _at in layout.columns}
    if absent := [n for n in sure if n not in present]:
        raise Unfit(code="missing_columns", columns=_called(record_type, absent))
    allowed = record_type.fieldsets[fieldset]
    if outside := [header for field, header, _at in layout.columns if field not in allowed]:
        raise Unfit(code="columns_not_agreed", columns=outside)
    return index, layout


def _likely(
    fits: list[tuple[int, Layout]], parsed: Parsed, sure: Sequence[str]
) -> list[tuple[int, Layout]]:
    """Those of several sheets that hold rows of the collection: not what guides, or lists some words."""

    def guides(index: int, _layout: Layout) -> bool:
        return bool(GUIDE.match(fold(parsed.sheets[index].name)))

    def names_no_record(_index: int, layout: Layout) -> bool:
        return not {field for field, _header, _at in layout.columns} >= set(sure)

    def is_empty(index: int, layout: Layout) -> bool:
        lines = [line for line, _cells in parsed.sheets[index].head]
        return not lines or lines[-1] < layout.first

    for beside in (names_no_record, is_empty, guides):
        fits = [fit for fit in fits if not beside(*fit)] or fits
    return fits


def _called(record_type: RecordType, names: Sequence[str]) -> list[str]:
    return [str(record_type.field(name).verbose_name) for name in names]


class _Keeping:
    """Rows and findings on their way into the database, behind those that an earlier try left there."""

    def __init__(self, job: Import, columns: list[dict[str, Any]], *, again: bool) -> None:
        self.job, self.again = job, again
        self.key = str(job.id)
        self.rows: list[str] = []
        self.found: list[tuple[Any, ...]] = []
        self.count = 0
        with transaction.atomic():
            there = Row.objects.filter(import_id=job.id)
            if job.columns != columns:
                there.delete()
            self.last: int = there.aggregate(last=Max("line"))["last"] or 0
            if not again:
                left = Found.objects.filter(import_id=job.id, stage=Stage.READING)
                left.filter(line__gt=self.last).delete()
            beat(job, columns=columns, tries=F("tries"))
        job.columns = columns

    def has(self, line: int) -> bool:
        """Whether a row is there already, with what was found in it."""
        if line > self.last:
            return False
        self.count += 1
        return True

    def verify(self) -> None:
        """Let go of rows that an earlier try did not leave whole. Raises RuntimeError."""
        there = Row.objects.filter(import_id=self.job.id)
        if self.last and there.count() != self.count:
            there.delete()
            raise RuntimeError(f"rows of {self.job.id} are missing up to {self.last}")

    def add(self, line: int, cells: Sequence[str | None], found: list[Finding]) -> None:
        self.rows.append(f"{self.key}\t{line}\t{copied(cells)}\n")
        self.count += 1
        if self.again:
            return
        for name, code, detail, raw in found:
            severity = "warning" if code in WARNINGS else "error"
            told = (name, code, severity, Stage.READING.value, Jsonb(detail), raw[:LONGEST_RAW])
            self.found.append((self.job.id, line, *told))

    def flush(self, share: float, *, at_least: int = 0) -> None:
        if len(self.rows) < at_least:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            unhurried(cursor)
            _copy(cursor, "import_row (import_id, line, cells)", "".join(self.rows))
            _copy(
                cursor,
                "import_fault (import_id, line, field, code, severity, stage, detail, raw)",
                self.found,
            )
            if self.again:
                # Where nothing is won, a crash that comes back is not forgotten.
                beat(self.job, tries=F("tries"))
            else:
                beat(self.job, rows_done=self.count, share=share)
        self.rows, self.found = [], []


def _copy(cursor: Any, into: str, rows: str | list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        if isinstance(rows, str):
            copy.write(rows)
        else:
            for row in rows:
                copy.write_row(row)


def copied(cells: Sequence[str | None]) -> str:
    """Cells as COPY reads an array of texts. By hand, because psycopg takes four times as long."""
    said = ",".join(["NULL" if cell is None else f'"{cell}"' for cell in cells])
    quotes = 2 * (len(cells) - cells.count(None))
    if said.count('"') != quotes or "\\" in said or not said.isprintable():
        whole = (c and c.replace("\\", r"\\").replace('"', r"\"") for c in cells)
        said = ",".join("NULL" if cell is None else f'"{cell}"' for cell in whole)
        said = said.translate(ESCAPES)
    return f"{{{said}}}"
