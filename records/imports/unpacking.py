"""What stands packed in a file, inflated as a stream, and never more of it than is bearable."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from xml.parsers import expat

from records.imports.wire import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ENTRIES = 10_000
INFLATED = 700 << 20  # bytes, of all that is packed together
RATIO, RATIO_FROM = 200, 50 << 20  # inflated to stored; counts from so many inflated bytes on
HELD = 100 << 20  # bytes of a packed workbook, which must be held at once
PIECE = 64 << 10
MEMBERS = 1_000  # of a gzip file: even an empty one takes time
LOCAL_HEADER = struct.Struct("<4s22xHH")
GZIP = b"\x1f\x8b"
#: What macOS puts beside each file.
BESIDE = "__macosx/"
#: What a broken file brings about: ValueError for a number that is none, ArithmeticError for one too
#: large, LookupError for an encoding.
BROKEN = (
    ArithmeticError,
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


@contextmanager
def whole() -> Iterator[None]:
    """Whatever a broken file brings about inside says that it is damaged. Raises Refused."""
    try:
        yield
    except BROKEN as error:
        raise Refused("damaged", said=type(error).__name__) from error


class Content:
    """A file, or what is packed in one; it may be read more than once."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path

    def open(self) -> BinaryIO:
        """It, from its first byte on."""
        assert self.path
        return self.path.open("rb")

    def held(self) -> BinaryIO:
        """It, where a reader may go back and forth."""
        return self.open()


class Packed(Content):
    """What is packed; `pieces` begins to inflate it anew."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self.path = None
        self._pieces = pieces
        self._content: bytes | None = None

    def open(self) -> BinaryIO:
        return cast("BinaryIO", io.BufferedReader(_Stream(self._pieces()), PIECE))

    def held(self) -> BinaryIO:
        if self._content is None:
            with self.open() as file:
                self._content = file.read(HELD + 1)
        if len(self._content) > HELD:
            raise Refused("too_large", inflated=len(self._content))
        return io.BytesIO(self._content)


class _Stream(io.RawIOBase):
    """Pieces as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left, self._at = pieces, b"", 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._left:
            try:
                self._left = next(self._pieces)
            except StopIteration:
                return 0
        view = memoryview(buffer).cast("B")
        some, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(some)] = some
        self._at += len(some)
        return len(some)


class Bound:
    """How much may be inflated of a file of so many bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._inflated = 0

    def count(self, piece: bytes) -> bytes:
        """The piece. Raises Refused where it is one too many."""
        self._inflated += len(piece)
        if self._inflated > min(INFLATED, max(RATIO_FROM, RATIO * self._size)):
            raise Refused("too_large", inflated=self._inflated, size=self._size)
        return piece


def gunzipped(path: Path) -> Packed:
    """What a gzip file holds (RFC 1952): its members one after another, with nothing behind them."""

    def pieces() -> Iterator[bytes]:
        bound = Bound(path.stat().st_size)
        with whole(), path.open("rb") as file:
            stored, left, members = _stored(file, path.stat().st_size), b"", 0
            while left or (left := next(stored, b"")):
                members += 1
                if members > MEMBERS:
                    raise Refused("too_large", members=members)
                inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
                while not inflate.eof:
                    if not left and not (left := next(stored, b"")):
                        raise EOFError
                    yield bound.count(inflate.decompress(left, PIECE))
                    left = inflate.unconsumed_tail
                left = inflate.unused_data
                while left.strip(b"\0") == b"" and (more := next(stored, b"")):
                    left = more
                if not left.strip(b"\0"):  # blocks of tapes are filled up with zeros
                    return

    return Packed(pieces)


class Archive:
    """A zip's entries by their plain names; `size`: the bytes of the zip. Raises Refused."""

    def __init__(self, content: Content) -> None:
        self.content = content
        with whole(), content.held() as file, zipfile.ZipFile(file) as archive:
            self.size = file.seek(0, io.SEEK_END)
            self.entries = _entries(archive)

    def files(self) -> list[str]:
        """The names of its files, without folders and what macOS adds."""
        return [n for n in self.entries if not n.endswith("/") and not n.startswith(BESIDE)]

    def bound(self) -> Bound:
        return Bound(self.size)

    def pieces(self, name: str, bound: Bound) -> Iterator[bytes]:
        """An entry inflated, up to its true end: zipfile would stop at the size declared."""
        with whole(), self.content.held() as file:
            for piece in _inflated(file, self.entries[name]):
                yield bound.count(piece)

    def packed(self, name: str) -> Packed:
        """An entry as a file of its own."""
        return Packed(lambda: self.pieces(name, self.bound()))

    def begins(self, name: str) -> bytes:
        """How an entry begins."""
        return next(self.pieces(name, self.bound()), b"")


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    found = archive.infolist()
    if len(found) > ENTRIES:
        raise Refused("too_large", entries=len(found))
    if any(info.flag_bits & 1 for info in found):
        raise Refused("encrypted")
    entries = {plain(info.orig_filename): info for info in found}
    for name, info in entries.items():
        if {"", ".."} & set(name.removesuffix("/").split("/")) or set(name) & set("\0:"):
            raise Refused("damaged", said="name")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Refused("damaged", said="link")
    if len(entries) != len(found):
        raise Refused("damaged", said="two of one name")
    return entries


def plain(name: str) -> str:
    """A name as calamine looks for it: with slashes, in either case."""
    return name.replace("\\", "/").lower()


def _inflated(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
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
