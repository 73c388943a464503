"""Reading an office's file: a child process reads it under limits, and is asked for its rows here."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from django.conf import settings

from records.imports.wire import LONGEST_MESSAGE, Cell, Row

__all__ = ["Cell", "Parsed", "Row", "Sheet", "Unreadable", "parse"]

CHILD = (sys.executable, "-m", "records.imports.sheets")
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}
LAST_WORDS = 2048  # bytes of the child's stderr
PIECE = 1 << 18
#: How far the child may read ahead, in bytes: some batches, or it and we would only wait for each other.
AHEAD = 1 << 20
#: What Rust says before it aborts, which is how calamine runs out of memory.
OUT_OF_MEMORY = b"memory allocation of"

log = logging.getLogger(__name__)


class Unreadable(Exception):  # noqa: N818
    """A file that cannot be read: the child's code and what helps to find the place in the file.

    `empty`, `unknown_type` (looks_like), `several_files` (files), `encoding` (line, readings),
    `too_large`, `damaged`, `encrypted`, `unclosed_quote` (line); `died` (signal, status or seconds) if
    the child gave no answer.
    """

    def __init__(self, code: str, detail: dict[str, Any]) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def killed(self) -> bool:
        """Whether a signal ended the child, and not for using up its time: another may come through."""
        return self.detail.get("signal") not in {None, signal.SIGXCPU}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name ("" in a CSV file) and its first rows that are not blank."""

    name: str
    head: list[Row]


def parse(path: Path, *, encoding: str = "", seconds: float = 300) -> Parsed:
    """Begin to read a file. It is a context manager: no child outlives it. Raises Unreadable.

    `encoding`: the one that somebody chose, of `encodings.ENCODINGS`; blank: the one that is found.
    `seconds` is how long the child may be waited for in all; what the caller does between batches
    does not count.
    """
    if not path.is_file():
        raise Unreadable("file_lost", {})
    child = _Child(path, encoding, seconds)
    try:
        return Parsed(child)
    except BaseException:
        child.end()
        raise


class Parsed:
    """A file that is being read.

    `kind` is csv, xlsx, xls or ods; `encoding` one of `encodings.ENCODINGS` (None for a workbook that is
    Unicode, as it should be), `readings` how the file reads in it and in others (`encodings.Found`);
    `date1904` the workbook's epoch.
    """

    def __init__(self, child: _Child) -> None:
        self._child = child
        said = child.hear()
        with child.talking_sense():
            self.kind: str = said["kind"]
            self.encoding: str | None = said["encoding"]
            self.readings: list[dict[str, Any]] = said["readings"]
            self.date1904: bool = said["date1904"]
            self.sheets = [Sheet(each["name"], _rows(each["head"])) for each in said["sheets"]]
        #: The last line of the sheet; known when all rows were read.
        self.lines: int | None = None

    def rows(self, index: int) -> Iterator[tuple[list[Row], float]]:
        """A sheet's rows that are not blank, in batches, and the part of it read (0 to 1). Once.

        Raises Unreadable, also after some batches.
        """
        self._child.say({"sheet": range(len(self.sheets))[index]})
        while "end" not in (said := self._child.hear()):
            with self._child.talking_sense():
                batch = _rows(said["rows"]), float(said["share"])
            yield batch
        with self._child.talking_sense():
            self.lines = said["lines"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.end()


class _Child:
    """The process that reads a file: it is told things and says things, each a line of JSON."""

    def __init__(self, path: Path, encoding: str, seconds: float) -> None:
        self._seconds = self._left = seconds
        self._said = bytearray()
        self._last_words = b""
        self._process = subprocess.Popen(  # noqa: S603 our own program
            [*CHILD, path.resolve(), encoding],
            cwd=settings.BASE_DIR,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pipesize=AHEAD,
        )
        self._in, self._out, self._err = (
            pipe
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)
            if pipe
        )
        self._pipes = selectors.DefaultSelector()
        self._pipes.register(self._out, selectors.EVENT_READ)
        self._pipes.register(self._err, selectors.EVENT_READ)

    def say(self, message: dict[str, Any]) -> None:
        with suppress(BrokenPipeError):  # whoever listens next learns why
            self._in.write(orjson.dumps(message) + b"\n")

    def hear(self) -> dict[str, Any]:
        """Its next message. Raises Unreadable."""
        with self.talking_sense():
            message: dict[str, Any] = orjson.loads(self._line())
            code, detail = message.get("error"), message.get("detail", {})
        if code is not None:
            raise Unreadable(code, detail)
        return message

    @contextmanager
    def talking_sense(self) -> Iterator[None]:
        """What it said is taken apart inside. Raises Unreadable where it is not what was agreed."""
        try:
            yield
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._died(said="rubbish") from error

    def end(self) -> None:
        """Be rid of it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._pipes.close()
        for pipe in (self._in, self._out, self._err):
            pipe.close()

    def _line(self) -> bytes:
        searched = 0
        while (end := self._said.find(b"\n", searched)) < 0:
            searched = len(self._said)
            if searched > LONGEST_MESSAGE:
                raise self._died(said="rubbish")
            self._listen()
        line = bytes(self._said[:end])
        del self._said[: end + 1]
        return line

    def _listen(self) -> None:
        """Wait until it has said more. Raises Unreadable if it has said all, or for too long nothing."""
        began = time.monotonic()
        ready = self._pipes.select(max(self._left, 0))
        self._left -= time.monotonic() - began
        if not ready or self._left <= 0:
            raise self._died(seconds=self._seconds)
        for key, _events in ready:
            piece = os.read(key.fd, PIECE)
            if key.fileobj is self._out:
                self._said += piece
                if not piece:
                    raise self._died()
            else:
                self._last_words = (self._last_words + piece)[-LAST_WORDS:]
                if not piece:
                    self._pipes.unregister(self._err)

    def _died(self, **why: Any) -> Unreadable:
        """The reason, after its end and with its last words in the log."""
        if not why:
            with suppress(subprocess.TimeoutExpired):
                status = self._process.wait(1)
                why = {"signal": -status} if status < 0 else {"status": status}
        self._process.kill()
        self._process.wait()
        os.set_blocking(self._err.fileno(), False)
        self._last_words = (self._last_words + (self._err.read() or b""))[-LAST_WORDS:]
        log.warning("the child reading a file died: %s: %r", why, self._last_words)
        if OUT_OF_MEMORY in self._last_words:
            return Unreadable("too_large", {"said": "memory"})
        return Unreadable("died", why)


def _rows(said: list[list[Any]]) -> list[Row]:
    return [(line, cells) for line, cells in said]
