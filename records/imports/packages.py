"""What a workbook (XLSX) says and calamine does not pass on, looked for before anything else reads it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from xml.parsers import expat

from records.imports.unpacking import Archive, plain, whole
from records.imports.wire import COLUMNS, Refused

FILLED = {"v", "is"}  # what a cell holds, if anything
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"

Attributes = dict[str, str]


class Package:
    """What a workbook says and calamine does not pass on.

    Raises Refused for one that is broken, or made to do harm.
    """

    def __init__(self, archive: Archive) -> None:
        self.date1904 = False
        self.sheets: list[str] = []  # the relation of each, chart sheets too
        self._parts: dict[str, str] = {}  # what a relation leads to
        self._errors: dict[str, dict[tuple[int, int], list[str]]] = {}
        with whole():
            self._look_through(archive)

    def errors(self, index: int) -> dict[int, dict[int, str]]:
        """The cells of error type of the n-th sheet: {line: {column: "#N/A"}}, both from 1."""
        found: dict[int, dict[int, str]] = {}
        part = self._parts.get(self.sheets[index], "")
        for (line, column), said in self._errors.get(part, {}).items():
            found.setdefault(line, {})[column] = "".join(said).strip()
        return found

    def _look_through(self, archive: Archive) -> None:
        """Inflate every entry once, counting; first those that say which parts are worksheets."""
        bound = archive.bound()
        for name in sorted(archive.entries, key=lambda name: name not in {WORKBOOK, RELATIONS}):
            xml = self._parser(name) if name.endswith((".xml", ".rels")) else None
            for piece in archive.pieces(name, bound):
                if xml:
                    xml.Parse(piece, False)
            if xml:
                xml.Parse(b"", True)

    def _parser(self, name: str) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = refuse_declarations
        if name == WORKBOOK:
            parser.StartElementHandler = self._workbook
        elif name == RELATIONS:
            parser.StartElementHandler = self._relation
        elif name in self._parts.values():
            parser.StartElementHandler = _cells(parser, self._errors.setdefault(name, {}))
        return parser

    def _workbook(self, name: str, attributes: Attributes) -> None:
        if LOCAL[name] == "workbookPr":
            self.date1904 = attributes.get("date1904") in {"1", "true"}
        elif LOCAL[name] == "sheet":
            relation = [value for key, value in attributes.items() if LOCAL[key] == "id"]
            self.sheets.append("".join(relation))

    def _relation(self, name: str, attributes: Attributes) -> None:
        if LOCAL[name] == "Relationship":
            target = posixpath.join("/xl", attributes.get("Target", ""))
            self._parts[attributes.get("Id", "")] = plain(posixpath.normpath(target)[1:])


def refuse_declarations(*_said: object) -> None:
    """What a parser calls for a declaration of entities, which no spreadsheet needs."""
    raise Refused("damaged", said="declaration")


def _cells(
    parser: expat.XMLParserType, errors: dict[tuple[int, int], list[str]]
) -> Callable[[str, Attributes], None]:
    """What a worksheet's parser calls for each element: collects what its error cells say.

    A cell without an address stands after the one before it. Raises Refused for too many columns:
    calamine would hold every cell of the rectangle around the outermost ones.
    """
    line = column = 0
    error = heard = False

    def element(name: str, attributes: Attributes) -> None:
        nonlocal line, column, error, heard
        if heard:
            parser.CharacterDataHandler, heard = None, False
        kind = LOCAL[name]
        if kind == "c":
            error = attributes.get("t") == "e"
            if address := attributes.get("r"):
                letters = address.rstrip("0123456789")
                column = COLUMN[letters]
                if error:
                    line = int(address[len(letters) :])
            else:
                column += 1
        elif kind in FILLED:
            if column > COLUMNS:
                raise Refused("too_large", columns=column)
            if error:
                heard = True
                parser.CharacterDataHandler = errors.setdefault((line, column), []).append
        elif kind == "row":
            line, column = int(attributes.get("r", line + 1)), 0

    return element


class _Local(dict[str, str]):
    """Names without the prefix of their namespace."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


class _Column(dict[str, int]):
    """Columns by their letters, A is 1. Raises ValueError for what are none."""

    def __missing__(self, letters: str) -> int:
        if not 1 <= len(letters) <= 3:
            raise ValueError(letters)
        column = 0
        for letter in letters:
            column = column * 26 + int(letter, 36) - 9
        self[letters] = column
        return column


LOCAL, COLUMN = _Local(), _Column()
