"""The uploader's own file back, with a column that says what is wrong: to mend and send again."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from records.errors import Conflict, TooMany
from records.imports import showing, storing
from records.imports.layout import MARK
from records.imports.models import Import
from records.imports.parsing import Unreadable, parse
from records.imports.values import TYPED, Cell, is_serial, text_of
from records.mending import LATER_IN_1904
from records.registry import record_types

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
#: What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
MOST_LINES = 1_048_576
#: More than this is taken as CSV, which is quick.
MOST_IN_XLSX = 100_000
LONGEST_CELL = 32_767
#: How many files a process makes and sends at once: each keeps a thread of the web.
_slots = threading.BoundedSemaphore(2)


def marked(job: Import, ending: str) -> FileResponse:
    """The file as a reply; `ending`: xlsx or csv. Raises Conflict, or TooMany while others are made."""
    if ending == "xlsx" and job.found["rows"] > MOST_IN_XLSX:
        raise Conflict(_("So many rows are given back as CSV: ?format=csv."), code="too_many_rows")
    if not _slots.acquire(blocking=False):
        raise TooMany(headers={"Retry-After": "5"})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "marked"
            if ending == "xlsx":
                as_xlsx(job, path)
            else:
                with path.open("wb") as out:
                    out.writelines(as_csv(job))
            # The open file outlives its folder.
            reply = FileResponse(path.open("rb"), content_type=KINDS[ending])
    except Unreadable as error:
        _slots.release()
        raise Conflict(
            _("The file is not where it was kept. Send it again."), code="file_lost"
        ) from error
    except BaseException:
        _slots.release()
        raise
    reply._resource_closers.append(_slots.release)  # type: ignore[attr-defined]
    name = quote(file_name(job, ending))
    reply["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return reply


def lines(job: Import) -> Iterator[tuple[int, list[Cell], str]]:
    """The file's rows with the words of their faults; between them nothing but blank rows is left out."""
    marks = showing.marks_of(job)
    mark = next(marks, None)
    with parse(storing.path_of(job.digest), encoding=job.encoding) as parsed:
        for rows, _share in parsed.rows(job.found["sheet_index"]):
            for line, cells in rows:
                if line == job.found["first_line"] - 1:
                    yield line, cells, MARK
                    continue
                while mark and mark[0] < line:
                    mark = next(marks, None)
                yield line, cells, mark[1] if mark and mark[0] == line else ""


def as_csv(job: Import) -> Iterator[bytes]:
    """The file as CSV (UTF-8 with BOM, semicolons), in pieces; each row stands in its old line."""
    yield b"\xef\xbb\xbf"
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    width, at = _width(job), 1
    record_type = record_types()[job.collection]
    dated = job.columns if job.found["date1904"] else []
    days = {c["at"]: record_type.value_field(c["field"]) for c in dated}
    for line, cells, mark in lines(job):
        # A record over several lines stays in its line, or later where those before it grew shorter.
        for _blank in range(at, line):
            writer.writerow([])
        at = line + 1
        said = [harmless(text_of(_dated(n, cell, days))) for n, cell in enumerate(cells)]
        if mark:
            said = [*said, *[""] * (width - len(said)), harmless(mark)]
        writer.writerow(said)
        if out.tell() > 1 << 16:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def as_xlsx(job: Import, path: Path) -> None:
    """Write the file as a workbook to `path`: each row in its old place, texts as texts."""
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "date_1904": bool(job.found["date1904"]),
        },
    )
    sheet = book.add_worksheet("Hồ Sơ")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    wrong = book.add_format({"bg_color": "#fde2e2", "text_wrap": True})
    bold = book.add_format({"bold": True})
    width = _width(job)
    sheet.set_column(width, width, 60)
    for line, cells, mark in lines(job):
        if line > MOST_LINES:
            break
        for at, cell in enumerate(cells):
            if cell is not None:
                _write(sheet, line - 1, at, cell, day)
        if mark:
            kind = bold if mark == MARK else wrong
            sheet.write_string(line - 1, width, mark[:LONGEST_CELL], kind)
    book.close()


def _write(sheet: Any, row: int, at: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(row, at, cell)
        return
    text = str(cell)
    if text.startswith(TYPED + "d") and len(text) == len(TYPED) + 11:
        sheet.write_datetime(row, at, datetime.date.fromisoformat(text[2:]), day)
    else:
        sheet.write_string(row, at, text_of(cell)[:LONGEST_CELL])


def _dated(at: int, cell: Cell, days: dict[int, Any]) -> Cell:
    """A cell as CSV may hold it, which cannot say that days are counted from 1904, as in `days`."""
    if at in days and isinstance(cell, int | float) and is_serial(days[at], cell):
        return cell + LATER_IN_1904
    return cell


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA) else text


def _width(job: Import) -> int:
    return int(job.found["width"])


def file_name(job: Import, ending: str) -> str:
    """What the marked file is called."""
    stem = Path(job.file_name).stem or job.collection
    return f"{stem}-loi.{ending}"
