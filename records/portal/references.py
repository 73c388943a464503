"""An access in an address: its moment and its id, as one word that says nothing of anybody."""

from __future__ import annotations

import datetime
import re
from uuid import UUID

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
SHAPE = re.compile("([0-9]{1,17})-([0-9a-f]{32})")


def reference(at: datetime.datetime, entry: UUID) -> str:
    """The word for the access of that moment and id."""
    return f"{(at - EPOCH) // MICROSECOND}-{entry.hex}"


def parsed(text: str) -> tuple[datetime.datetime, UUID] | None:
    """The moment and id that a word stands for; None where it is no such word."""
    found = SHAPE.fullmatch(text)
    if found is None:
        return None
    return EPOCH + int(found[1]) * MICROSECOND, UUID(found[2])
