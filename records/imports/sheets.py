"""The child process that reads an office's file: `python -m records.imports.sheets PATH [ENCODING]`.

It limits itself, then says in one line of JSON what the file is and how its sheets begin, hears in
one line which sheet is wanted, and says that sheet's rows, some hundreds to a line. Whatever is
foreseen ends with one line {"error": code, "detail": {…}}. See `records.imports.parsing` for the parent.
"""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from records.imports import opendocument
from records.imports.cells import cell
from records.imports.compound import COMPOUND, Compound
from records.imports.delimited import Delimited
from records.imports.encodings import ENCODINGS, codec_of, in_cells, tell
from records.imports.opendocument import OpenDocument
from records.imports.packages import WORKBOOK, Package
from records.imports.unpacking import GZIP, Archive, Content, gunzipped
from records.imports.wire import (
    BATCH,
    ERROR,
    HEAD,
    LONGEST_MESSAGE,
    Refused,
    Row,
    Source,
)

LIMITS = {
    resource.RLIMIT_AS: 1 << 30,  # bytes
    resource.RLIMIT_CPU: 120,  # seconds
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 0,
}
GRACE = 5  # seconds of CPU between XCPU and KILL
ZIP = (b"PK\3\4", b"PK\5\6", b"PK\7\b")
#: Other zips, by what is in them.
PARTS = {"xl/workbook.bin": "xlsb", "word/document.xml": "docx", "ppt/presentation.xml": "pptx"}
MOST_NAMES = 5
SIGNS = {
    "pdf": rb"%PDF-",
    "gzip": rb"\x1f\x8b",
    "image": rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*|BM.{4}\0{4}|RIFF.{4}WEBP|.{4}ftyp(hei|mif|avi)",
}
HTML = re.compile(r"\s*<(!doctype|!--|html|head|body|meta|style|table|div)\b|.*<html\b", re.DOTALL)


class Workbook:
    """An XLSX file. The sheet asked for last stays in memory."""

    kind = "xlsx"

    def __init__(self, archive: Archive) -> None:
        self._package = Package(archive)
        self.date1904 = self._package.date1904
        self.lines = 0
        self._height = 1
        self._loaded: tuple[int, CalamineSheet] | None = None
        with _calamine():
            self._book = (
                CalamineWorkbook.from_path(archive.content.path)
                if archive.content.path
                else CalamineWorkbook.from_filelike(archive.content.held())
            )
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


def opened(content: Content, chosen: str, *, packed: bool = False) -> Source:
    """The file, as its content says what it is; what is `packed` may not be so twice. Raises Refused."""
    with content.open() as file:
        head = file.read(4096)
    if not head:
        raise Refused("empty")
    if head.startswith(ZIP):
        return _zipped(Archive(content), chosen, packed=packed)
    if head.startswith(COMPOUND):
        return Compound(content)
    if head.startswith(GZIP) and content.path:
        return opened(gunzipped(content.path), chosen, packed=True)
    if kind := _looks_like(head):
        raise Refused("unknown_type", looks_like=kind)
    return Delimited(content, head, chosen)


def _zipped(archive: Archive, chosen: str, *, packed: bool) -> Source:
    """A workbook, which is a zip itself, or the one file that a zip holds."""
    if WORKBOOK in archive.entries:
        return Workbook(archive)
    if opendocument.is_one(archive):
        return OpenDocument(archive)
    if opendocument.KIND in archive.entries:
        raise Refused("unknown_type", looks_like="zip")
    for sign, kind in PARTS.items():
        if sign in archive.entries:
            raise Refused("unknown_type", looks_like=kind)
    files = archive.files()
    if packed or not files:
        raise Refused("unknown_type" if packed else "empty", looks_like="zip")
    if len(files) > 1:
        raise Refused("several_files", files=[name[-100:] for name in files[:MOST_NAMES]])
    return opened(archive.packed(files[0]), chosen, packed=True)


def _looks_like(head: bytes) -> str | None:
    """The kind of a file that begins so; None if it may be a text with delimiters."""
    for kind, sign in SIGNS.items():
        if re.match(sign, head, re.DOTALL):
            return kind
    said = head.decode(codec_of(head) or "utf-8-sig", "ignore").lower()
    if HTML.match(said):
        return "html"
    if said.lstrip().startswith("<?xml"):
        return "xml"
    strange = sum(sign < " " and sign not in "\0\t\n\v\f\r\x1a" for sign in said)
    if 10 * strange > len(said) or 3 * said.count("\0") > len(said):
        return "unknown"
    return None


def converse(
    path: Path, say: Callable[[dict[str, Any]], None], hear: Callable[[], Any], chosen: str = ""
) -> None:
    """Say what the file is, hear which sheet is wanted, say its rows; or what went wrong.

    `chosen`: the encoding that somebody chose; blank: the one that is found.
    """
    try:
        source = opened(Content(path), chosen)
        encoding = _introduce(source, chosen, say)
        if heard := hear():
            _recite(source, heard["sheet"], encoding, say)
    except Refused as refused:
        say({"error": refused.code, "detail": refused.detail})
    except MemoryError:
        say({"error": "too_large", "detail": {"said": "memory"}})


def _introduce(source: Source, chosen: str, say: Callable[[dict[str, Any]], None]) -> str | None:
    """Say what the file is; returns the encoding in which it is read."""
    sheets: list[dict[str, Any]] = [{"name": name, "head": []} for name in source.names()]
    for index in reversed(range(len(sheets))):  # so that the first, mostly wanted, stays loaded
        sheets[index]["head"] = list(islice(source.rows(index), HEAD))
    if not any(sheet["head"] for sheet in sheets):
        raise Refused("empty")
    encoding: str | None
    if isinstance(source, Delimited):
        encoding, readings = source.encoding, source.readings
    else:
        found = in_cells(c for sheet in sheets for _line, cells in sheet["head"] for c in cells)
        encoding, readings = found.encoding, found.readings
        if chosen:
            encoding = chosen if ENCODINGS[chosen].cells else None
    for sheet in sheets:
        sheet["head"] = tell(sheet["head"], encoding)
    about = {"kind": source.kind, "encoding": encoding, "date1904": source.date1904}
    say({**about, "readings": readings, "sheets": sheets})
    return encoding


def _recite(
    source: Source, index: int, encoding: str | None, say: Callable[[dict[str, Any]], None]
) -> None:
    rows = source.rows(index)
    while batch := tell(islice(rows, BATCH), encoding):
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
    converse(Path(sys.argv[1]), _say, _hear, *sys.argv[2:])
