"""The uploader's own file back, with a column that says what is wrong: to mend and send again."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from records import tables
from records.errors import Conflict
from records.imports import showing, storing
from records.imports.layout import MARK
from records.imports.models import Import
from records.imports.parsing import Unreadable, parse
from records.imports.values import TYPED, Cell, serial_of, text_of
from records.mending import LATER_IN_1904
from records.registry import record_types
from records.tables import Book, csv_of

MOST_LINES = 1_048_576
#: A file of so many rows is given back in a moment.
SMALL = 1_000
#: How a marked file is called: by its own name and the end of its import's id. It may be kept twice.
NAMED = re.compile(r"(.+?)-loi-([0-9a-f]{8})( ?\(\d+\))?", re.DOTALL)

Line = tuple[int, list[Cell], str]


def marked(job: Import, ending: str, *, only_faulty: bool = False) -> tables.Reply:
    """The file as a reply; `ending`: xlsx or csv. `only_faulty`: its header and the rows kept out alone.

    Raises Conflict, or TooMany while others are made.
    """
    rows = showing.kept_out(job) if only_faulty else job.found["rows"]
    if ending == "xlsx" and rows > tables.MOST_IN_XLSX:
        raise Conflict(_("So many rows are given back as CSV: ?format=csv."), code="too_many_rows")
    try:
        return tables.sent(
            _name(job),
            ending,
            as_csv=lambda: csv_of(_as_texts(job, only_faulty=only_faulty)),
            as_xlsx=lambda path: _as_xlsx(job, path, only_faulty=only_faulty),
            small=job.found["rows"] <= SMALL,
        )
    except Unreadable as error:
        raise Conflict(
            _("The file is not where it was kept. Send it again."), code="file_lost"
        ) from error


def mended_of(job: Import) -> UUID | None:
    """Of which import a file that came back is the mended one, by its name; None: it does not tell."""
    known = NAMED.fullmatch(Path(job.file_name).stem)
    if known is None:
        return None
    earlier = Import.objects.filter(owner=job.owner, collection=job.collection, id__lt=job.id)
    found: UUID | None = earlier.filter(id__endswith=known[2]).values_list("id", flat=True).last()
    return found


def _lines(job: Import, *, only_faulty: bool) -> Iterator[Line]:
    """The file's rows with the words of their faults; between them nothing but blank rows is left out.

    `only_faulty`: what stands down to the header, and the rows kept out, without gaps below it.
    """
    first, old = job.found["first_line"], job.found.get("mark")
    marks = showing.marks_of(job, only_faulty=only_faulty)
    mark, next_line = next(marks, None), first
    with parse(storing.path_of(job.digest), encoding=job.encoding) as parsed:
        for rows, _share in parsed.rows(job.found["sheet_index"]):
            for line, cells in rows:
                if old is not None and old < len(cells):
                    cells[old] = None
                while mark and mark[0] < line:
                    mark = next(marks, None)
                said = mark[1] if mark and mark[0] == line else ""
                if line < first:
                    yield line, cells, MARK if line == first - 1 else ""
                elif not only_faulty:
                    yield line, cells, said
                elif said:
                    yield next_line, cells, said
                    next_line += 1


def _as_texts(job: Import, *, only_faulty: bool) -> Iterator[list[str]]:
    """The file's rows for CSV, each in its old line."""
    width, at = _place(job), 1
    record_type = record_types()[job.collection]
    dated = job.columns if job.found["date1904"] else []
    days = {c["at"]: record_type.value_field(c["field"]) for c in dated}
    for line, cells, mark in _lines(job, only_faulty=only_faulty):
        # A record over several lines stays in its line, or later where those before it grew shorter.
        for _blank in range(at, line):
            yield []
        at = line + 1
        said = [text_of(_dated(n, cell, days)) for n, cell in enumerate(cells)]
        if mark:
            said += [""] * (width + 1 - len(said))
            said[width] = mark
        yield said


def _as_xlsx(job: Import, path: Path, *, only_faulty: bool) -> None:
    """Write the file as a workbook to `path`: each row in its old place, texts as texts."""
    with Book(path, date_1904=bool(job.found["date1904"])) as book:
        sheet, width = book.sheet(), _place(job)
        sheet.set_column(width, width, 60)
        for line, cells, mark in _lines(job, only_faulty=only_faulty):
            if line > MOST_LINES:
                break
            for at, cell in enumerate(cells):
                book.write(sheet, line - 1, at, _typed(cell))
            if mark:
                look = book.bold if mark == MARK else book.wrong
                book.write(sheet, line - 1, width, mark, look)


def _typed(cell: Cell) -> tables.Cell:
    if isinstance(cell, str) and cell.startswith(TYPED + "d") and len(cell) == len(TYPED) + 11:
        return datetime.date.fromisoformat(cell[2:])
    return text_of(cell) if isinstance(cell, str) else cell


def _dated(at: int, cell: Cell, days: dict[int, Any]) -> Cell:
    """A cell as CSV may hold it, which cannot say that days are counted from 1904, as in `days`."""
    serial = serial_of(days[at], cell) if at in days else None
    return cell if serial is None else serial + LATER_IN_1904


def _place(job: Import) -> int:
    """In which column the faults stand: where they stood before, else behind all others."""
    old: int | None = job.found.get("mark")
    return int(job.found["width"]) if old is None else old


def _name(job: Import) -> str:
    stem = Path(job.file_name).stem or job.collection
    known = NAMED.fullmatch(stem)
    return f"{known[1] if known else stem}-loi-{job.id.hex[-8:]}"
