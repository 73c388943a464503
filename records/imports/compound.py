"""What Excel wrote until 2007 (XLS): streams in an OLE2 folder, read by xlrd."""

from __future__ import annotations

import mmap
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import xlrd
from xlrd.xldate import xldate_as_datetime

from records.imports.cells import cell
from records.imports.unpacking import Content
from records.imports.wire import COLUMNS, ERROR, Cell, Refused, Row

#: In the header: the sector that lists the streams.
DIRECTORY = struct.Struct("<48xI")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE2


class Compound:
    """An XLS file. Raises Refused for another OLE2 file, and one that is broken or locked."""

    kind = "xls"

    def __init__(self, content: Content) -> None:
        with content.held() as file:
            given = file.read() if content.path is None else mapped(file.fileno())
        _look_at(given)
        self.lines, self._height = 0, 1
        with _xlrd():
            # What it prints must not come between what this process says.
            self._book = xlrd.open_workbook(
                file_contents=given, logfile=sys.stderr, on_demand=True, ragged_rows=True
            )
        self.date1904 = self._book.datemode == 1

    def names(self) -> list[str]:
        return list(self._book.sheet_names())

    def share(self) -> float:
        return self.lines / self._height

    def rows(self, index: int) -> Iterator[Row]:
        with _xlrd():
            sheet = self._book.sheet_by_index(index)
        self.lines, self._height = 0, max(1, sheet.nrows)
        for line in range(sheet.nrows):
            self.lines = line + 1
            if sheet.row_len(line) > COLUMNS:
                raise Refused("too_large", columns=sheet.row_len(line))
            with _xlrd():
                cells = [
                    self._cell(kind, value)
                    for kind, value in zip(
                        sheet.row_types(line), sheet.row_values(line), strict=True
                    )
                ]
            if any(value is not None for value in cells):
                yield line + 1, cells

    def _cell(self, kind: int, value: Any) -> Cell:
        if kind == xlrd.XL_CELL_DATE:
            try:
                moment = xldate_as_datetime(value, self._book.datemode)
            except (OverflowError, ValueError):
                return cell(value)  # a number that no calendar has
            return cell(moment.time() if 0 <= value < 1 else moment)
        if kind == xlrd.XL_CELL_BOOLEAN:
            return cell(bool(value))
        if kind == xlrd.XL_CELL_ERROR:
            return ERROR + str(xlrd.error_text_from_code.get(value, "#N/A"))
        return cell(value)


def mapped(descriptor: int) -> mmap.mmap:
    """A file's content, not read before it is looked at."""
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def _look_at(content: bytes | mmap.mmap) -> None:
    def holds(stream: str) -> bool:
        return content.find(stream.encode("utf-16-le").ljust(64, b"\0")) >= 0

    if holds("EncryptedPackage"):
        raise Refused("encrypted")
    if len(content) < DIRECTORY.size or len(content) <= 512 * (
        1 + DIRECTORY.unpack_from(content)[0]
    ):
        raise Refused("damaged", said="cut")
    if not holds("Workbook") and not holds("Book"):
        raise Refused("unknown_type", looks_like="unknown")


@contextmanager
def _xlrd() -> Iterator[None]:
    """Whatever it raises says that the file is damaged: it trusts what it reads."""
    try:
        yield
    except (MemoryError, GeneratorExit, Refused):
        raise
    except Exception as error:
        if "encrypted" in str(error):
            raise Refused("encrypted") from error
        raise Refused("damaged", said=type(error).__name__) from error
