"""What the child that reads a file and its parent agree on: cells, rows, and how reading fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

#: Nothing, a text, a number; or a typed cell: a text that begins with one of the two signs below.
Cell = str | int | float | None
#: A line as an editor or spreadsheet numbers it, and the row's cells from the first column on.
Row = tuple[int, list[Cell]]

DATE = "\0d"  # then 1985-06-02 or 1985-06-02T14:30:00; no text of a file holds a NUL
ERROR = "\0e"  # then #N/A and the like
HEAD = 60  # rows that show what a sheet is
BATCH = 500  # rows of one message
COLUMNS = 1_000
LONGEST_MESSAGE = 64 << 20  # bytes


class Refused(Exception):  # noqa: N818
    """A file that cannot be read: a code of the contract, and what helps to find the place."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Source(Protocol):
    """A file that is read. Rows may be asked for again; only the latest are counted."""

    kind: str
    date1904: bool
    lines: int  # the last line read so far

    def names(self) -> list[str]:
        """The sheets' names in the file's order."""
        ...

    def rows(self, index: int) -> Iterator[Row]:
        """A sheet's rows that are not blank, from the first on. Raises Refused."""
        ...

    def share(self) -> float:
        """The part of the sheet that is read, 0 to 1."""
        ...


def text(value: str) -> str | None:
    """A text as it goes over the wire: verbatim, without NUL; None if there is nothing to see."""
    if not value or value.isspace():
        return None
    return value.replace("\0", "\ufffd")
