"""Files as they came, each under the hash of its content: the same file is kept once."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from records.errors import Problem, TooLarge


class NoRoom(Problem):
    """The disk is full."""

    status, code = 507, "no_room"
    title = _("There is no room left on the disk here. Make room, then send the file again.")


def _keep_names(folder: Path) -> None:
    """Have the disk know a folder's names, not only its files' contents."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def path_of(digest: str) -> Path:
    """Where the file of a digest (SHA-256, hex) is."""
    return Path(settings.IMPORT_FILES) / digest[:2] / digest


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom from error
        raise


@_room()
def store(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a file; returns its digest and its size in bytes. Raises TooLarge, NoRoom.

    It is whole and on the disk before it has its name, whenever the power goes.
    """
    folder = Path(settings.IMPORT_FILES)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    descriptor, name = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.IMPORT_MOST_BYTES:
                    raise TooLarge(most=settings.IMPORT_MOST_BYTES)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        found = path_of(digest.hexdigest())
        found.parent.mkdir(exist_ok=True, mode=0o700)
        Path(name).rename(found)
        _keep_names(found.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size
