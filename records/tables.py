"""Tables as files, CSV and XLSX: a row at a time, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext

from records.audit import entries
from records.errors import Problem, TooMany
from records.mending import harmless

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
Cell = str | int | float | decimal.Decimal | datetime.date | None
Reply = FileResponse | StreamingHttpResponse

#: More than this is given as CSV, which is quick and begins at once.
MOST_IN_XLSX = 100_000
LONGEST_CELL = 32_767
#: Before it, spreadsheets count a day that never was (29 February 1900).
FIRST_DAY = datetime.date(1900, 3, 1)
PIECE = 1 << 16
#: After how many seconds a file that is still being sent breaks off.
LONGEST_SENDING = 600
#: How many files a process makes and sends at once: each keeps a thread of the web.
_slots = threading.BoundedSemaphore(2)
log = logging.getLogger(__name__)


def csv_of(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Rows as CSV (UTF-8 with BOM, semicolons), in pieces that end with a row."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write("\ufeff")
    for row in rows:
        writer.writerow([_as_text(cell) for cell in row])
        if out.tell() > PIECE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _as_text(cell: Cell) -> str:
    if isinstance(cell, datetime.date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
    if isinstance(cell, decimal.Decimal):
        return f"{cell:f}".replace(".", ",")
    return "" if cell is None else harmless(str(cell))


class Book:
    """A workbook that is written to `path` row by row, in constant memory. It is a context manager."""

    def __init__(self, path: Path, *, date_1904: bool = False) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "date_1904": date_1904,
            },
        )
        self.day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        #: A text stays one when it is typed anew: no zero is lost.
        self.text = self._book.add_format({"num_format": "@"})
        self.bold = self._book.add_format({"bold": True})
        self.wrong = self._book.add_format({"bg_color": "#fde2e2", "text_wrap": True})
        self.wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name: str = "Hồ Sơ") -> Any:
        """A new sheet, of xlsxwriter."""
        return self._book.add_worksheet(name)

    def sheet_under(self, header: Sequence[str]) -> Any:
        """A new sheet whose first row is a header that stays in sight, over columns of texts."""
        sheet = self.sheet()
        sheet.freeze_panes(1, 0)
        for at, said in enumerate(header):
            sheet.set_column(at, at, max(12, len(said) + 2), self.text)
            self.write(sheet, 0, at, said, self.bold)
        return sheet

    def write(self, sheet: Any, row: int, at: int, cell: Cell, look: Any = None) -> None:
        """Write a cell; a text is a text, whatever it begins with."""
        if cell is None:
            return
        if isinstance(cell, int | float | decimal.Decimal):
            sheet.write_number(row, at, cell)
        elif isinstance(cell, str):
            sheet.write_string(row, at, cell[:LONGEST_CELL], look)
        elif cell < FIRST_DAY:
            sheet.write_string(row, at, _as_text(cell), look)
        else:
            sheet.write_datetime(row, at, cell, self.day)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_why: object) -> None:
        if kind is None:
            self._book.close()


def sent(
    name: str,
    ending: str,
    *,
    as_csv: Callable[[], Iterator[bytes]],
    as_xlsx: Callable[[Path], None],
    small: bool = False,
) -> Reply:
    """A file called `name` as a reply: CSV as it is made, XLSX when it is made. `small`: it is made and
    sent in a moment, and waits for no other. Raises TooMany while others are made, and what making its
    beginning raises."""
    if not small and not _slots.acquire(blocking=False):
        raise TooMany(headers={"Retry-After": "5"})
    try:
        reply = _streamed(as_csv()) if ending == "csv" else _whole(as_xlsx)
    except BaseException:
        if not small:
            _slots.release()
        raise
    if not small:
        reply._resource_closers.append(_slots.release)  # type: ignore[attr-defined,unused-ignore]
    reply["Content-Type"] = KINDS[ending]
    reply["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{ending}')}"
    return reply


def _whole(make: Callable[[Path], None]) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        make(path)
        # The open file outlives its folder.
        return FileResponse(path.open("rb"))


def _streamed(pieces: Iterator[bytes]) -> StreamingHttpResponse:
    first = next(pieces)
    reply = StreamingHttpResponse(_to_the_end(first, pieces))
    reply._resource_closers.append(pieces.close)  # type: ignore[attr-defined]
    return reply


def _to_the_end(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces of a CSV file; where they break off, something that no reader takes for its end.

    A server may end a reply that broke off as it ends a whole one. A quotation mark that is opened and
    never closed is an error to every reader of CSV, and says to people what happened.
    """
    torn = gettext("This file is not whole: it broke off while it was sent. Ask for it again.")
    until = time.monotonic() + LONGEST_SENDING
    try:
        yield first
        for piece in pieces:
            if time.monotonic() > until:
                log.warning("a file broke off: it was sent for too long")
                yield f'"{torn}'.encode()
                return
            yield piece
    except Problem as problem:
        entries.write_alone(problem)
        yield f'"{torn}'.encode()
    except Exception:
        log.exception("a file broke off while it was sent")
        yield f'"{torn}'.encode()
