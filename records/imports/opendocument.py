"""An ODS file (OpenDocument 1.3, part 3, section 9), read as a stream of its one XML part.

calamine reads ODS too, but holds a sheet at once, stumbles over blanks between cells, and loses line
breaks and what error cells say.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from xml.parsers import expat

from records.imports.cells import LONGEST_CELL, cell, number
from records.imports.packages import Attributes, refuse_declarations
from records.imports.unpacking import Archive, whole
from records.imports.wire import COLUMNS, ERROR, Cell, Refused, Row

CONTENT, MANIFEST, KIND = "content.xml", "meta-inf/manifest.xml", "mimetype"
ENCRYPTED = "encrypted-package"
SIGN = b"application/vnd.oasis.opendocument.spreadsheet"
SHEETS, LINES = 100, 1_048_576
REPEATED = 5_000_000  # cells that stand in the file once and count as many
TIME = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d*)?S)?")

OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
TABLE, OFFICE, TEXT = f"{OASIS}table:1.0 ", f"{OASIS}office:1.0 ", f"{OASIS}text:1.0 "
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
CELLS = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}
BLANKS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}


def is_one(archive: Archive) -> bool:
    """Whether a zip says that it is an ODS file. Raises Refused for one with a password."""
    if KIND not in archive.entries or not archive.begins(KIND).startswith(SIGN):
        return False
    if ENCRYPTED in archive.entries:
        raise Refused("encrypted")
    return CONTENT in archive.entries


class OpenDocument:
    """An ODS file. Raises Refused for one that is broken, locked, or made to do harm."""

    kind = "ods"

    def __init__(self, archive: Archive) -> None:
        self.lines = 0
        self._archive, self._read, self._size = archive, 0, archive.entries[CONTENT].file_size
        bound = archive.bound()
        reader = _Reader(None)
        with whole():
            for name in sorted(archive.entries, key=lambda name: name != MANIFEST):
                xml = _parser() if name.endswith(".xml") else None
                if name == MANIFEST and xml:
                    xml.StartElementHandler = _locked
                if name == CONTENT and xml:
                    reader.listen(xml)
                for piece in archive.pieces(name, bound):
                    if xml:
                        xml.Parse(piece, False)
                if xml:
                    xml.Parse(b"", True)
        self.date1904 = reader.date1904
        self._names = reader.names

    def names(self) -> list[str]:
        return self._names

    def share(self) -> float:
        return min(1.0, self._read / max(1, self._size))

    def rows(self, index: int) -> Iterator[Row]:
        self.lines = self._read = 0
        reader, xml = _Reader(index), _parser()
        reader.listen(xml)
        with whole():
            for piece in self._archive.pieces(CONTENT, self._archive.bound()):
                self._read += len(piece)
                xml.Parse(piece, False)
                for line, times, cells in reader.rows:
                    for n in range(times):
                        self.lines = line + n
                        yield line + n, cells
                reader.rows.clear()
                if reader.done:
                    return


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_declarations
    return parser


def _locked(name: str, _attributes: Attributes) -> None:
    if name.endswith(" encryption-data"):
        raise Refused("encrypted")


class _Reader:
    """What a parser tells: the sheets' names, and the rows of the one that is `wanted`.

    `rows`: those found since they were last taken: (line, how often, cells).
    """

    def __init__(self, wanted: int | None) -> None:
        self.names: list[str] = []
        self.rows: list[tuple[int, int, list[Cell]]] = []
        self.date1904 = self.done = False
        self._wanted = wanted
        self._tables = self._asides = self._paragraphs = self._repeated = 0
        self._line, self._times, self._cells = 0, 1, list[Cell]()
        self._column = 0
        self._cell: Attributes | None = None
        self._said: list[str] | None = None  # of the cell's paragraphs; None: they do not count
        self._length = 0

    def listen(self, parser: expat.XMLParserType) -> None:
        """Have the parser tell this."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._heard

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == f"{TABLE}table":
            self._tables += 1
            if self._tables == 1:
                self._begin(attributes.get(f"{TABLE}name", ""))
        elif name == f"{TABLE}null-date":
            self.date1904 = attributes.get(f"{TABLE}date-value") == "1904-01-01"
        elif self._tables == 1 and len(self.names) - 1 == self._wanted:
            self._inside(name, attributes)

    def _begin(self, sheet: str) -> None:
        self.names.append(sheet)
        if len(self.names) > SHEETS:
            raise Refused("too_large", sheets=len(self.names))
        self._line = 0

    def _inside(self, name: str, attributes: Attributes) -> None:
        if name == f"{TABLE}table-row":
            self._times = _count(attributes, f"{TABLE}number-rows-repeated")
            self._cells, self._column = [], 0
        elif name in CELLS:
            self._cell, self._paragraphs, self._length = attributes, 0, 0
            # What a merged cell covers is not what somebody sees.
            self._said = [] if name == f"{TABLE}table-cell" else None
        elif name == f"{OFFICE}annotation":
            self._asides += 1
        elif name == f"{TEXT}p":
            self._paragraphs += 1
            if self._paragraphs > 1:
                self._heard("\n")
        elif name == f"{TEXT}s":
            self._heard(" " * min(_count(attributes, f"{TEXT}c"), LONGEST_CELL))
        elif name in BLANKS:
            self._heard(BLANKS[name])

    def _heard(self, said: str) -> None:
        if self._said is None or self._asides or not self._paragraphs:
            return
        self._length += len(said)
        if self._length > LONGEST_CELL:
            raise Refused("too_large", characters=self._length)
        self._said.append(said)

    def _end(self, name: str) -> None:
        if name == f"{TABLE}table":
            self.done = self._tables == 1 and len(self.names) - 1 == self._wanted
            self._tables -= 1
        elif self._tables != 1 or len(self.names) - 1 != self._wanted:
            return
        elif name == f"{OFFICE}annotation":
            self._asides -= 1
            self._paragraphs = 0
        elif name in CELLS and self._cell is not None:
            self._keep(self._cell)
            self._cell = self._said = None
        elif name == f"{TABLE}table-row":
            if self._cells:
                self._filled(self._times * len(self._cells) if self._times > 1 else 0)
                self.rows.append((self._line + 1, self._times, self._cells))
                if self._line + self._times > LINES:
                    raise Refused("too_large", line=self._line + self._times)
            self._line += self._times

    def _keep(self, attributes: Attributes) -> None:
        times = _count(attributes, f"{TABLE}number-columns-repeated")
        value = None if self._said is None else _value(attributes, "".join(self._said))
        if value is not None:
            if self._column + times > COLUMNS:
                raise Refused("too_large", columns=self._column + times)
            self._filled(times - 1)
            self._cells += [None] * (self._column - len(self._cells)) + [value] * times
        self._column += times

    def _filled(self, more: int) -> None:
        """Count cells that stand in the file once and count as many."""
        self._repeated += more
        if self._repeated > REPEATED:
            raise Refused("too_large", repeated=self._repeated)


def _count(attributes: Attributes, name: str) -> int:
    count = int(attributes.get(name, 1))
    if count < 1:
        raise ValueError(count)
    return count


def _value(attributes: Attributes, said: str) -> Cell:
    kind = attributes.get(f"{OFFICE}value-type", "string")
    if attributes.get(f"{CALC}value-type") == "error":
        return ERROR + said.strip()
    if kind in {"float", "percentage", "currency"}:
        return number(float(attributes[f"{OFFICE}value"]))
    if kind == "boolean":
        return cell(attributes[f"{OFFICE}boolean-value"] == "true")
    if kind == "date":
        return _date(attributes[f"{OFFICE}date-value"], said)
    if kind == "time" and (found := TIME.fullmatch(attributes[f"{OFFICE}time-value"])):
        sign, *counts = found.groups()
        days, hours, minutes, seconds = (int(count or 0) for count in counts)
        span = datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return cell(-span if sign else span)
    return cell(attributes.get(f"{OFFICE}string-value", said))


def _date(written: str, said: str) -> Cell:
    """A date cell; one before the year 1 or after 9999 as it is shown."""
    try:
        if len(written) == len("1985-06-02"):
            return cell(datetime.date.fromisoformat(written))
        return cell(datetime.datetime.fromisoformat(written).replace(tzinfo=None))
    except ValueError:
        return cell(said)
