"""What is wrong with a unit code, in words that say what to use instead."""

from __future__ import annotations

import datetime

from django.utils import formats
from django.utils.translation import gettext as _

from records.errors import Fault
from records.units.snapshot import Known, Link, snapshot

#: What stands in the files for a beginning that is not known.
START_UNKNOWN = datetime.date(1900, 1, 1)


def fault(name: str, code: str, on: datetime.date | None = None) -> Fault | None:
    """The fault of a field that names a unit; None where the code held on that day.

    `on` None: where it held on any day.
    """
    if snapshot().at(code, on) is not None:
        return None
    text = not_then(code, on) if on and snapshot().at(code) else never(code)
    return Fault(name, "unknown_unit", text)


def never(code: str) -> str:
    """Words for a code that no unit ever had."""
    text = _("No unit ever had the code %(code)s. All units are listed at /api/v1/units.")
    return text % {"code": code}


def not_then(code: str, on: datetime.date) -> str:
    """Words for a code that meant no unit on a day: when it did, and what became of it."""
    units = snapshot().units[code]
    held = [_held(unit) for unit in units]
    told = _("No unit had the code %(code)s on %(on)s.") % {"code": code, "on": on}
    ended = [unit for unit in units if unit.valid_to and unit.valid_to < on]
    became = snapshot().becomes(code, ended[-1].valid_from) if ended else ()
    if became:
        names = ", ".join(named(link.unit) for link in became)
        held.append(_("What became of it: %(units)s.") % {"units": names})
    return " ".join([told, *held])


def split(code: str, became: tuple[Link, ...]) -> str:
    """Words for a record filed under a unit that was split."""
    unit = snapshot().ended(code)
    text = _("%(unit)s was split on %(on)s. It must be decided to which unit this belongs.")
    return text % {
        "unit": unit.full_name if unit else code,
        "on": formats.date_format(became[0].on, "SHORT_DATE_FORMAT"),
    }


def named(unit: Known) -> str:
    """A unit as people know it, with its code."""
    return f"{unit.full_name} ({unit.code})"


def _held(unit: Known) -> str:
    told = {"unit": unit.full_name, "since": unit.valid_from, "until": unit.valid_to}
    if unit.valid_to is None:
        text = _("%(unit)s has had it since %(since)s.")
    elif unit.valid_from == START_UNKNOWN:
        text = _("%(unit)s had it until %(until)s.")
    else:
        text = _("%(unit)s had it from %(since)s to %(until)s.")
    return text % told
