"""The child process that reads an office's file: `python -m records.imports.sheets PATH`.

It limits itself, then says in one line of JSON what the file is and how its sheets begin, hears in
one line which sheet is wanted, and says that sheet's rows, some hundreds to a line. Whatever is
foreseen ends with one line {"error": code, "detail": {…}}. See `records.imports.parsing` for the parent.
"""

from __future__ import annotations

import datetime
import math
import mmap
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import orjson
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from records.imports.delimited import Delimited, codec
from records.imports.packages import Package
from records.imports.wire import (
    BATCH,
    DATE,
    ERROR,
    HEAD,
    LONGEST_MESSAGE,
    Cell,
    Refused,
    Row,
    Source,
    text,
)

LIMITS = {
    resource.RLIMIT_AS: 1 << 30,  # bytes
    resource.RLIMIT_CPU: 120,  # seconds
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 0,
}
GRACE = 5  # seconds of CPU between XCPU and KILL
LONGEST_CELL = 32_767  # characters; Excel's own limit
SECOND = datetime.timedelta(seconds=1)

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE2
ZIP = (b"PK\3\4", b"PK\5\6", b"PK\7\b")
SIGNS = {
    "pdf": rb"%PDF-",
    "gzip": rb"\x1f\x8b",
    "image": rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*|BM.{4}\0{4}|RIFF.{4}WEBP|.{4}ftyp(hei|mif|avi)",
}
HTML = re.compile(r"\s*<(!doctype|!--|html|head|body|meta|style|table|div)\b|.*<html\b", re.DOTALL)


class Workbook:
    """An XLSX file. The sheet asked for last stays in memory."""

    kind = "xlsx"
    encoding: str | None = None

    def __init__(self, path: Path) -> None:
        self._package = Package(path)
        self.date1904 = self._package.date1904
        self.lines = 0
        self._height = 1
        self._loaded: tuple[int, CalamineSheet] | None = None
        with _calamine():
            self._book = CalamineWorkbook.from_path(path)
        found = self._book.sheets_metadata
        if len(found) != len(self._package.sheets):
            raise Refused("damaged", said="sheets")
        self._places = [n for n, sheet in enumerate(found) if sheet.typ == SheetTypeEnum.WorkSheet]

    def names(self) -> list[str]:
        return [self._book.sheet_names[place] for place in self._places]

    def share(self) -> float:
        return self.lines / self._height

    def rows(self, index: int) -> Iterator[Row]:
        place = self._places[index]
        sheet, errors = self._sheet(place), self._package.errors(place)
        self.lines, self._height = 0, sheet.end[0] + 1 if sheet.end else 1
        before = sheet.start[1] if sheet.start else 0  # rows begin with the first column in use
        for line, values in enumerate(_values(sheet), start=1):
            self.lines = line
            cells = [None] * before + [cell(value) for value in values]
            for column, said in errors.get(line, {}).items():
                cells[column - 1] = ERROR + said
            if any(value is not None for value in cells):
                yield line, cells

    def _sheet(self, place: int) -> CalamineSheet:
        if self._loaded is None or self._loaded[0] != place:
            self._loaded = None  # two at once may be too much
            with _calamine():
                self._loaded = place, self._book.get_sheet_by_index(place)
        return self._loaded[1]


@contextmanager
def _calamine() -> Iterator[None]:
    """Whatever it raises, also as a panic, says that the file is damaged."""
    try:
        yield
    except (MemoryError, GeneratorExit):
        raise
    except BaseException as error:
        raise Refused("damaged", said=type(error).__name__) from error


def _values(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """The values of each line from the first on, of the columns in use."""
    with _calamine():
        yield from sheet.iter_rows()


def cell(value: Any) -> Cell:
    """A value of calamine as it goes over the wire. Raises Refused."""
    if isinstance(value, str):
        if len(value) > LONGEST_CELL:
            raise Refused("too_large", characters=len(value))
        return text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (float, int)):
        return _number(value)
    if isinstance(value, datetime.datetime):
        if value.microsecond >= 500_000 and value.year < datetime.MAXYEAR:
            value += SECOND  # Excel holds fractions of a day: 14:30 may be a little less
        return f"{DATE}{value.isoformat(timespec='seconds').removesuffix('T00:00:00')}"
    if isinstance(value, datetime.date):
        return f"{DATE}{value.isoformat()}"
    if isinstance(value, datetime.time):
        value = datetime.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    seconds = round(value.total_seconds())
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _number(value: float) -> Cell:
    if not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) and abs(value) < 2**63 else value


def opened(path: Path) -> Source:
    """The file, as its content says what it is. Raises Refused."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused("empty")
    if head.startswith(ZIP):
        return Workbook(path)
    if head.startswith(COMPOUND):
        return _compound(path)
    if kind := _looks_like(head):
        raise Refused("unknown_type", looks_like=kind)
    return Delimited(path, codec(head))


def _compound(path: Path) -> NoReturn:
    """What Excel wrote until 2007, and what it wraps a workbook in that has a password."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

        def holds(stream: str) -> bool:
            return content.find(stream.encode("utf-16-le").ljust(64, b"\0")) >= 0

        if holds("EncryptedPackage"):
            raise Refused("encrypted")
        xls = holds("Workbook") or holds("Book")
        raise Refused("unknown_type", looks_like="xls" if xls else "unknown")


def _looks_like(head: bytes) -> str | None:
    """The kind of a file that begins so; None if it may be a text with delimiters."""
    for kind, sign in SIGNS.items():
        if re.match(sign, head, re.DOTALL):
            return kind
    said = head.decode(codec(head), "ignore").lower()
    if HTML.match(said):
        return "html"
    if said.lstrip().startswith("<?xml"):
        return "xml"
    strange = sum(sign < " " and sign not in "\0\t\n\v\f\r\x1a" for sign in said)
    if 10 * strange > len(said) or 3 * said.count("\0") > len(said):
        return "unknown"
    return None


def converse(path: Path, say: Callable[[dict[str, Any]], None], hear: Callable[[], Any]) -> None:
    """Say what the file is, hear which sheet is wanted, say its rows; or what went wrong."""
    try:
        source = opened(path)
        _introduce(source, say)
        if heard := hear():
            _recite(source, heard["sheet"], say)
    except Refused as refused:
        say({"error": refused.code, "detail": refused.detail})
    except MemoryError:
        say({"error": "too_large", "detail": {"said": "memory"}})


def _introduce(source: Source, say: Callable[[dict[str, Any]], None]) -> None:
    sheets: list[dict[str, Any]] = [{"name": name, "head": []} for name in source.names()]
    for index in reversed(range(len(sheets))):  # so that the first, mostly wanted, stays loaded
        sheets[index]["head"] = list(islice(source.rows(index), HEAD))
    if not any(sheet["head"] for sheet in sheets):
        raise Refused("empty")
    about = {"kind": source.kind, "encoding": source.encoding, "date1904": source.date1904}
    say({**about, "sheets": sheets})


def _recite(source: Source, index: int, say: Callable[[dict[str, Any]], None]) -> None:
    rows = source.rows(index)
    while batch := list(islice(rows, BATCH)):
        say({"rows": batch, "share": source.share() if len(batch) == BATCH else 1.0})
    say({"end": True, "lines": source.lines})


def _say(message: dict[str, Any]) -> None:
    line = orjson.dumps(message)
    if len(line) > LONGEST_MESSAGE:
        raise Refused("too_large", bytes=len(line))
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _hear() -> Any:
    line = sys.stdin.buffer.readline()
    return orjson.loads(line) if line else None


def limit() -> None:
    """Set this process's own limits, below those it was given."""
    for what, most in LIMITS.items():
        _soft, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # By XCPU, which says why, and not by KILL, which anybody sends.
        more = GRACE if what == resource.RLIMIT_CPU and least == most else 0
        resource.setrlimit(what, (least, least + more))


if __name__ == "__main__":
    limit()
    converse(Path(sys.argv[1]), _say, _hear)
