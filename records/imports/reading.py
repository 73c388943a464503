"""Stage `read`: the stored file becomes rows in normal form, and everything wrong with a cell is found.

A child process opens the file; this side judges cells and streams rows and findings by COPY, a batch
a transaction. Reading again gives the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from records.errors import Problem
from records.imports import storing
from records.imports.layout import Data, Layout, find_header, labels
from records.imports.models import Found, Import, Row, Stage
from records.imports.parsing import Parsed, parse
from records.imports.values import WARNINGS, Finding, Judge
from records.imports.working import beat
from records.registry import RecordType, record_types

BATCH = 5_000
LONGEST_RAW = 500
#: What would end a value or a row of COPY.
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
FOUND = "import_id, line, field, code, severity, stage, detail, raw"


class Unfit(Problem):
    """The file as a whole cannot be taken; `code` says why, `more` names what."""

    status, code, title = 422, "unfit", _("The file cannot be taken.")


def read(job: Import, *, again: bool = False) -> None:
    """Read the file of `job`. `again`: only the rows, which a crash emptied. Raises Unfit, Unreadable."""
    record_type = record_types()[job.collection]
    with transaction.atomic():
        Row.objects.filter(import_id=job.id).delete()
        if not again:
            Found.objects.filter(import_id=job.id, stage=Stage.READING).delete()
    with parse(storing.path_of(job.digest)) as parsed:
        index, layout = chosen(record_type, parsed, job.fieldset)
        needed = [name for name in record_type.identity if name != "id"]
        data = Data(layout, needed)
        judge = Judge(
            record_type,
            [(field, at) for field, _header, at in layout.columns],
            date1904=parsed.date1904,
        )
        keep = _Keeping(job, again=again)
        for rows, share in parsed.rows(index):
            taken = list(data.take(rows))
            judged = judge.rows([cells for _line, cells in taken])
            for (line, _cells), (values, found) in zip(taken, judged, strict=True):
                keep.add(line, values, found)
            keep.flush(share, at_least=BATCH)
        keep.flush(1.0)
        if not keep.count:
            raise Unfit(code="no_rows")
        job.columns = [
            {"field": field, "header": header, "at": at} for field, header, at in layout.columns
        ]
        job.found = {
            "kind": parsed.kind,
            "encoding": parsed.encoding,
            "sheet": parsed.sheets[index].name,
            "sheet_index": index,
            "first_line": layout.first,
            "width": data.width,
            "rows": keep.count,
            "date1904": parsed.date1904,
            "extra_columns": list(layout.extra),
            "skipped_rows": data.skipped,
        }
        job.save(update_fields=["columns", "found"])


def chosen(record_type: RecordType, parsed: Parsed, fieldset: str) -> tuple[int, Layout]:
    """The sheet that has a header for the collection, and its layout. Raises Unfit."""
    known = labels(record_type, record_type.writable)
    fits = [
        (index, layout)
        for index, sheet in enumerate(parsed.sheets)
        if (layout := find_header(sheet.head, known))
    ]
    if not fits:
        raise Unfit(code="no_header", columns=_called(record_type, record_type.needed))
    if len(fits) > 1:
        raise Unfit(code="several_sheets", sheets=[parsed.sheets[i].name for i, _layout in fits])
    index, layout = fits[0]
    if layout.repeated:
        raise Unfit(code="repeated_columns", columns=list(layout.repeated))
    present = {field for field, _header, _at in layout.columns}
    if absent := [n for n in record_type.identity if n not in present]:
        raise Unfit(code="missing_columns", columns=_called(record_type, absent))
    allowed = record_type.fieldsets[fieldset]
    if outside := [header for field, header, _at in layout.columns if field not in allowed]:
        raise Unfit(code="columns_not_agreed", columns=outside)
    return index, layout


def _called(record_type: RecordType, names: Sequence[str]) -> list[str]:
    return [str(record_type.field(name).verbose_name) for name in names]


class _Keeping:
    """Rows and findings on their way into the database."""

    def __init__(self, job: Import, *, again: bool) -> None:
        self.job, self.again = job, again
        self.rows: list[str] = []
        self.found: list[tuple[Any, ...]] = []
        self.count = 0

    def add(self, line: int, cells: Sequence[str | None], found: list[Finding]) -> None:
        self.rows.append(f"{self.job.id}\t{line}\t{copied(cells)}\n")
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
            with cursor.copy("COPY import_row (import_id, line, cells) FROM STDIN") as copy:
                copy.write("".join(self.rows))
            if self.found:
                with cursor.copy(f"COPY import_fault ({FOUND}) FROM STDIN") as copy:
                    for each in self.found:
                        copy.write_row(each)
            beat(self.job, rows_done=self.count, share=share)
        self.rows, self.found = [], []


def copied(cells: Sequence[str | None]) -> str:
    """Cells as COPY reads an array of texts. By hand, because psycopg takes four times as long."""
    said = ",".join(["NULL" if cell is None else f'"{cell}"' for cell in cells])
    quotes = 2 * (len(cells) - cells.count(None))
    if said.count('"') != quotes or "\\" in said or not said.isprintable():
        whole = (c and c.replace("\\", r"\\").replace('"', r"\"") for c in cells)
        said = ",".join("NULL" if cell is None else f'"{cell}"' for cell in whole)
        said = said.translate(ESCAPES)
    return f"{{{said}}}"
