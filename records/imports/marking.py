"""The uploader's own file back, with a column that says what is wrong: to mend and send again."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from records.imports import showing, storing
from records.imports.layout import MARK
from records.imports.models import Import
from records.imports.parsing import parse
from records.imports.values import TYPED, Cell, text_of
from records.registry import record_types

#: What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
MOST_LINES = 1_048_576


def lines(job: Import) -> Iterator[tuple[int, list[Cell], str]]:
    """The file's rows with the words of their faults; between them nothing but blank rows is left out."""
    marks = showing.marks_of(job)
    mark = next(marks, None)
    with parse(storing.path_of(job.digest)) as parsed:
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
    for line, cells, mark in lines(job):
        # A record over several lines stays in its line, or later where those before it grew shorter.
        for _blank in range(at, line):
            writer.writerow([])
        at = line + 1
        said = [harmless(text_of(cell)) for cell in cells]
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
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
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
            sheet.write_string(line - 1, width, mark, bold if mark == MARK else wrong)
    book.close()


def _write(sheet: Any, row: int, at: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(row, at, cell)
        return
    text = str(cell)
    if text.startswith(TYPED + "d") and len(text) == len(TYPED) + 11:
        sheet.write_datetime(row, at, datetime.date.fromisoformat(text[2:]), day)
    else:
        sheet.write_string(row, at, text_of(cell))


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA) else text


def _width(job: Import) -> int:
    return int(job.found["width"])


def file_name(job: Import, ending: str) -> str:
    """What the marked file is called."""
    collection = record_types()[job.collection].collection
    stem = Path(job.file_name).stem or collection
    return f"{stem}-loi.{ending}"
