"""Rows of a text with delimiters (CSV), read as a stream in the child process."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from records.imports.encodings import ENCODINGS, codec_of, in_text
from records.imports.unpacking import Content
from records.imports.wire import COLUMNS, HEAD, Cell, Refused, Row, text

DELIMITERS = ",;\t"
LONGEST_FIELD = 100_000
LONGEST_LINE = 10_000_000  # characters; what csv would have to hold at once
SEPARATOR = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)
#: A lone surrogate, which no decoded text holds: here stood bytes that are no text.
UNREADABLE = "\udc80"


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Leave a mark where bytes are no text. A lone surrogate is only a letter that got lost."""
    assert isinstance(error, UnicodeDecodeError)
    lost = not error.encoding.startswith("utf-16") or error.reason != "truncated data"
    return "\ufffd" if lost else UNREADABLE, error.end


codecs.register_error("records.imports.mark", _mark)


class Delimited:
    """A CSV file of one sheet without a name, in the encoding `chosen`, or the one that is found.

    Raises Refused where it is in none that is clear.
    """

    kind = "csv"
    date1904 = False

    def __init__(self, content: Content, head: bytes, chosen: str) -> None:
        self.lines = 0
        self._content = content
        found = in_text(head, content.open, chosen)
        self.readings, self._size = found.readings, found.size
        encoding = chosen or found.encoding
        if encoding is None:
            raise Refused("encoding", line=found.line, readings=found.readings)
        self.encoding = encoding
        self._codec = ENCODINGS[encoding].codec
        if encoding == "utf-16":
            self._codec = codec_of(head) or "utf-16-le"
        elif ENCODINGS[encoding].cells and found.codec:
            self._codec = found.codec
        said = SEPARATOR.fullmatch(next(self._lines(), ""))
        self._skipped = 1 if said else 0
        self._delimiter = said[1] if said else max(DELIMITERS, key=self._steadiness)

    def names(self) -> list[str]:
        return [""]

    def share(self) -> float:
        return min(1.0, self._file.tell() / max(1, self._size))

    def rows(self, index: int) -> Iterator[Row]:
        for line, fields in self._records(self._delimiter):
            if len(fields) > COLUMNS:
                raise Refused("too_large", line=line, columns=len(fields))
            cells: list[Cell] = [text(field) for field in fields]
            if any(cell is not None for cell in cells):
                yield line, cells

    def _records(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Each record and the line where it begins. Raises Refused."""
        csv.field_size_limit(LONGEST_FIELD)
        lines = islice(self._lines(), self._skipped, None)
        records = csv.reader(lines, delimiter=delimiter, strict=True)
        line = 1 + self._skipped
        try:
            for fields in records:
                yield line, fields
                line = self.lines + 1
        except csv.Error as error:
            if self.lines == line and "field limit" in str(error):
                raise Refused("too_large", line=line, characters=LONGEST_FIELD) from error
            raise Refused("unclosed_quote", line=line) from error

    def _lines(self) -> Iterator[str]:
        """The file's lines from the first on, each with its end. Raises Refused."""
        self.lines = 0
        with (
            self._content.open() as self._file,
            io.TextIOWrapper(
                self._file, self._codec, errors="records.imports.mark", newline=""
            ) as decoded,
        ):
            while line := decoded.readline(LONGEST_LINE + 1):
                self.lines += 1
                if UNREADABLE in line:
                    raise Refused("encoding", line=self.lines)
                if len(line) > LONGEST_LINE:
                    raise Refused("too_large", line=self.lines, characters=LONGEST_LINE)
                yield line.replace("\0", "\ufffd")

    def _steadiness(self, delimiter: str) -> tuple[int, int]:
        """How many of the first records have the same number of fields, above 1; and that number."""
        widths: Counter[int] = Counter()
        try:
            for _line, fields in islice(self._records(delimiter), HEAD):
                widths[len(fields)] += 1
        except Refused:
            pass  # whoever reads the rows is told
        return max(((n, width) for width, n in widths.items() if width > 1), default=(0, 0))
