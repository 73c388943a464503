"""The values that readers of spreadsheets hand over, as they go over the wire."""

from __future__ import annotations

import datetime
import math
from typing import Any

from records.imports.wire import DATE, Cell, Refused, text

LONGEST_CELL = 32_767  # characters; Excel's own limit
SECOND = datetime.timedelta(seconds=1)


def cell(value: Any) -> Cell:
    """A value as it goes over the wire. Raises Refused."""
    if isinstance(value, str):
        if len(value) > LONGEST_CELL:
            raise Refused("too_large", characters=len(value))
        return text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (float, int)):
        return number(value)
    if isinstance(value, datetime.datetime):
        if value.microsecond >= 500_000 and value.year < datetime.MAXYEAR:
            value += SECOND  # Excel holds fractions of a day: 14:30 may be a little less
        return f"{DATE}{value.isoformat(timespec='seconds').removesuffix('T00:00:00')}"
    if isinstance(value, datetime.date):
        return f"{DATE}{value.isoformat()}"
    if isinstance(value, datetime.time):
        value = datetime.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    seconds = round(value.total_seconds())
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def number(value: float) -> Cell:
    """A number; a whole one without its point."""
    if not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) and abs(value) < 2**63 else value
