"""Files as they came, each under the hash of its content: the same file is kept once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from records.errors import TooLarge


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


def store(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a file; returns its digest and its size in bytes. Raises TooLarge.

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
