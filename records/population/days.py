"""Days as plain numbers: a population handles millions, and a number costs a fifth of a date."""

from __future__ import annotations

import datetime

_ZERO = datetime.date(1850, 1, 1).toordinal()
_LAST = datetime.date(2060, 1, 1).toordinal()
_TEXT = tuple(datetime.date.fromordinal(n).isoformat() for n in range(_ZERO, _LAST))
_YEAR = tuple(int(text[:4]) for text in _TEXT)


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """The number of a day."""
    return datetime.date(year, month, of_month).toordinal()


def iso(number: int) -> str:
    """2025-07-01."""
    return _TEXT[number - _ZERO]


def year_of(number: int) -> int:
    return _YEAR[number - _ZERO]


#: The day on which the made-up population is told: nothing in it happens later.
TODAY = day(2026, 11, 1)
#: From here on communes stand in no district, and there are 34 provinces (Resolution 202/2025/QH15).
NEW_UNITS = day(2025, 7, 1)
#: Personal ids were given from here on; who died before has none.
FIRST_NUMBERS = day(2016, 1, 1)
#: Household registers of the south begin here.
FIRST_REGISTERS = day(1976, 4, 1)
YEAR = 365.25
