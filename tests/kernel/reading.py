"""Files that an office may send, and all that the child which reads them says."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from records.imports import sheets

NAMES = "Họ và tên"
DAY = datetime.date(1985, 6, 2)
Parts = Callable[[str, bytes], bytes | None]


def converse(path: Path, sheet: int = 0, chosen: str = "") -> list[dict[str, Any]]:
    """All that the child says of a file."""
    said: list[dict[str, Any]] = []
    sheets.converse(path, said.append, lambda: {"sheet": sheet}, chosen)
    return said


def rows(path: Path, sheet: int = 0, chosen: str = "") -> list[Any]:
    """A sheet's rows; the file is readable to its end."""
    said = converse(path, sheet, chosen)
    assert "end" in said[-1], said[-1]
    return [row for message in said[1:-1] for row in message["rows"]]


def refused(path: Path) -> tuple[str, dict[str, Any]]:
    """Why a file cannot be read; how it might read is left out."""
    said = converse(path)[-1]
    return said["error"], {k: v for k, v in said["detail"].items() if k != "readings"}


def written(folder: Path, content: bytes) -> Path:
    """A file whose name says nothing."""
    path = folder / "file"
    path.write_bytes(content)
    return path


def a_book(folder: Path) -> Path:
    """Sheets, one of them hidden, one empty, and a chart; the first begins at C5."""
    path = folder / "book.xlsx"
    made = xlsxwriter.Workbook(path)
    first, hidden = made.add_worksheet("A & B's"), made.add_worksheet("Ẩn")
    chart = made.add_chart({"type": "line"})
    made.add_worksheet("Trống")
    hidden.hide()
    hidden.write_row(0, 0, ["x", 1])
    chart.add_series({"values": "='Ẩn'!$B$1:$B$2"})
    made.add_chartsheet("Chart").set_chart(chart)
    made.add_worksheet("Cuối").write(1, 1, "y")
    date, moment, hours = (
        made.add_format({"num_format": form})
        for form in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm", "[h]:mm:ss")
    )
    clock = made.add_format({"num_format": "hh:mm:ss"})
    first.write_row(4, 2, [NAMES, "STT", "#N/A", " \xa0 "])
    first.write_row(6, 2, [79091001234, 1.5, True, False, 0.1, -3, 1e15, 1e300])
    first.write_datetime(7, 2, DAY, date)
    first.write_number(7, 3, 31200 + 14.5 / 24, date)
    first.write_number(7, 4, 31200.5 - 1e-9, moment)
    first.write_number(7, 5, 0.75, clock)
    first.write_number(7, 6, 1.5, hours)
    first.write_number(7, 7, -0.5, hours)
    first.write_number(7, 8, 31201 - 1e-9, moment)
    first.write_formula(9, 3, "=NA()", None, "#N/A")
    first.write_formula(9, 5, "=1/0", None, "#DIV/0!")
    first.write(12, 30, None, date)
    made.close()
    return path


def rezipped(path: Path, change: Parts, more: dict[str, bytes] | None = None) -> Path:
    """The same workbook with its parts changed, or left out, and more of them."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, part in (more or {}).items():
            new.writestr(name, part)
    return changed


def same(name: str, part: bytes) -> bytes:
    return part


def with_cells(path: Path, data: str) -> Path:
    """The workbook with other rows in its first sheet, which has a footer, and none in the others."""
    footer = "<headerFooter><oddFooter>p. 1</oddFooter></headerFooter>"
    cells = f"<sheetData>{data}</sheetData>{footer}".encode()

    def change(name: str, part: bytes) -> bytes:
        new = cells if name.endswith("sheet1.xml") else b"<sheetData/>"
        return re.sub(rb"<sheetData>.*</sheetData>", lambda _: new, part, flags=re.DOTALL)

    return rezipped(path, change)
