"""The zip that a workbook is, looked through in the child process before anything else reads it."""

from __future__ import annotations

import posixpath
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from records.imports.wire import COLUMNS, Refused

ENTRIES = 10_000
INFLATED = 700 << 20  # bytes, of all entries together
RATIO, RATIO_FROM = 200, 50 << 20  # inflated to stored; counts from so many inflated bytes on
PIECE = 64 << 10
FILLED = {"v", "is"}  # what a cell holds, if anything
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
LOCAL_HEADER = struct.Struct("<4s22xHH")
#: What a broken file brings about: ValueError for a number that is none, LookupError for an encoding.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    ValueError,
)

Attributes = dict[str, str]
Entries = dict[str, zipfile.ZipInfo]


class Package:
    """What a workbook says and calamine does not pass on.

    Raises Refused for a zip that is no workbook, is broken, or is made to do harm.
    """

    def __init__(self, path: Path) -> None:
        self.date1904 = False
        self.sheets: list[str] = []  # the relation of each, chart sheets too
        self._parts: dict[str, str] = {}  # what a relation leads to
        self._errors: dict[str, dict[tuple[int, int], list[str]]] = {}
        try:
            with zipfile.ZipFile(path) as archive, path.open("rb") as file:
                self._look_through(file, _entries(archive), path.stat().st_size)
        except BROKEN as error:
            raise Refused("damaged", said=type(error).__name__) from error

    def errors(self, index: int) -> dict[int, dict[int, str]]:
        """The cells of error type of the n-th sheet: {line: {column: "#N/A"}}, both from 1."""
        found: dict[int, dict[int, str]] = {}
        part = self._parts.get(self.sheets[index], "")
        for (line, column), said in self._errors.get(part, {}).items():
            found.setdefault(line, {})[column] = "".join(said).strip()
        return found

    def _look_through(self, file: BinaryIO, entries: Entries, size: int) -> None:
        """Inflate every entry once, counting; first those that say which parts are worksheets."""
        inflated = 0
        for name in sorted(entries, key=lambda name: name not in {WORKBOOK, RELATIONS}):
            xml = self._parser(name) if name.endswith((".xml", ".rels")) else None
            for piece in _inflated(file, entries[name]):
                inflated += len(piece)
                if inflated > min(INFLATED, max(RATIO_FROM, RATIO * size)):
                    raise Refused("too_large", inflated=inflated, size=size)
                if xml:
                    xml.Parse(piece, False)
            if xml:
                xml.Parse(b"", True)

    def _parser(self, name: str) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_declarations
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
            self._parts[attributes.get("Id", "")] = _plain(posixpath.normpath(target)[1:])


def _entries(archive: zipfile.ZipFile) -> Entries:
    """A workbook's entries by their plain names. Raises Refused."""
    found = archive.infolist()
    if len(found) > ENTRIES:
        raise Refused("too_large", entries=len(found))
    if any(info.flag_bits & 1 for info in found):
        raise Refused("encrypted")
    entries = {_plain(info.orig_filename): info for info in found}
    if WORKBOOK not in entries:
        raise Refused("unknown_type", looks_like=_looks_like(archive, entries))
    for name, info in entries.items():
        if {"", ".."} & set(name.removesuffix("/").split("/")) or set(name) & set("\0:"):
            raise Refused("damaged", said="name")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Refused("damaged", said="link")
    if len(entries) != len(found):
        raise Refused("damaged", said="two of one name")
    return entries


def _plain(name: str) -> str:
    """A name as calamine looks for it: with slashes, in either case."""
    return name.replace("\\", "/").lower()


def _looks_like(archive: zipfile.ZipFile, entries: Entries) -> str:
    if "xl/workbook.bin" in entries:
        return "xlsb"
    if "word/document.xml" in entries:
        return "docx"
    if kind := entries.get("mimetype"):
        with archive.open(kind) as said:
            if said.read(100).endswith(b"opendocument.spreadsheet"):
                return "ods"
    return "zip"


def _inflated(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry's content in pieces, up to its true end: zipfile would stop at the size declared."""
    file.seek(info.header_offset)
    sign, name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    file.seek(name + extra, 1)
    if sign != b"PK\3\4":
        raise zipfile.BadZipFile
    stored = _stored(file, info.compress_size)
    if info.compress_type == zipfile.ZIP_DEFLATED:
        stored = _deflated(stored)
    elif info.compress_type != zipfile.ZIP_STORED:
        raise NotImplementedError
    size = checksum = 0
    for piece in stored:
        size, checksum = size + len(piece), zlib.crc32(piece, checksum)
        yield piece
    if (size, checksum) != (info.file_size, info.CRC):
        raise zipfile.BadZipFile


def _stored(file: BinaryIO, left: int) -> Iterator[bytes]:
    while piece := file.read(min(left, PIECE)):
        left -= len(piece)
        yield piece


def _deflated(stored: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in stored:
        left = piece
        while left and not inflate.eof:
            yield inflate.decompress(left, PIECE)
            left = inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof:
        raise zipfile.BadZipFile


def _refuse_declarations(*_said: object) -> None:
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
