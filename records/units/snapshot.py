"""Which unit a code meant on a day, what became of it, and what it was made of, without a query.

A process keeps all units, asks for the newest version at most once a minute, and so sees what
`load_units` did within a minute. Changes that take effect later than today count from their day on.
"""

from __future__ import annotations

import datetime
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from records.units.models import Extent, Unit, UnitChange, UnitList


class Known(NamedTuple):
    """A unit for as long as it held: what one code meant from a day to a day."""

    code: str
    level: str
    name: str
    full_name: str
    kind: str
    parent_code: str | None
    valid_from: datetime.date
    valid_to: datetime.date | None
    resolution: str | None

    def holds_on(self, day: datetime.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Step(NamedTuple):
    """One change: into which unit, how much of the old one, and whether in doubt."""

    into: Known
    extent: str
    default: bool
    on: datetime.date


class Link(NamedTuple):
    """A unit at the far end of one change or of several that followed each other.

    `extent`: how much of the older unit went into the newer one. `default`: whether the older one's
    records belong there in doubt. `on`: the day the older one ended, plus one.
    """

    unit: Known
    extent: str
    default: bool
    on: datetime.date


@dataclass(frozen=True)
class Snapshot:
    """All units as of `day`, and the changes in effect by then."""

    version: int = -1
    day: datetime.date = datetime.date.min
    units: Mapping[str, tuple[Known, ...]] = field(default_factory=dict)
    ahead: Mapping[Known, tuple[Step, ...]] = field(default_factory=dict)
    behind: Mapping[Known, tuple[Known, ...]] = field(default_factory=dict)

    def at(self, code: str, on: datetime.date | None = None) -> Known | None:
        """The unit that `code` meant on a day; without one, the newest that has begun."""
        known = self.units.get(code, ())
        if on is not None:
            return next((unit for unit in known if unit.holds_on(on)), None)
        begun = [unit for unit in known if unit.valid_from <= self.day]
        return next(reversed(begun or known), None)

    def ended(self, code: str, on: datetime.date | None = None) -> Known | None:
        """The unit that `code` meant on a day; without one, the newest that something followed."""
        if on is not None:
            return self.at(code, on)
        followed = [unit for unit in self.units.get(code, ()) if unit in self.ahead]
        return followed[-1] if followed else self.at(code)

    def becomes(self, code: str, on: datetime.date | None = None) -> tuple[Link, ...]:
        """Today's successors of the unit that `ended` finds, the default one first; none: none."""
        unit = self.ended(code, on)
        return self._successors(unit) if unit else ()

    def was(self, code: str, on: datetime.date | None = None) -> tuple[Link, ...]:
        """All that the unit that `at` finds was made of, over every change, the newest first."""
        unit = self.at(code, on)
        if unit is None:
            return ()
        found = _reached(unit, lambda u: self.behind.get(u, ()))
        links = [self._link(old, old, unit) for old in found]
        return tuple(sorted(links, key=lambda link: (-link.on.toordinal(), link.unit.code)))

    def sources(self, code: str) -> tuple[Link, ...]:
        """The newest unit of a code and all that it was made of: under what its records are filed."""
        unit = self.at(code)
        if unit is None:
            return ()
        return (Link(unit, Extent.FULL, default=True, on=unit.valid_from), *self.was(code))

    def filed_under(self, code: str) -> frozenset[str]:
        """The codes under which records of the newest unit of a code may be filed."""
        return frozenset(link.unit.code for link in self.sources(code))

    def undecided(self, code: str, on: datetime.date | None = None) -> tuple[Link, ...]:
        """Between which of today's units a record under `code` must be decided; none: nothing to do.

        `on`: a day on which the code held. Without one, any unit of that code may be meant.
        """
        split = self._splits.get(code)
        if split is None:
            return ()
        if on is not None:
            return next((links for unit, links in split if unit.holds_on(on)), ())
        found = {link.unit: link for _unit, links in split for link in links}
        now = self.at(code, self.day)
        if now and now not in found:
            found[now] = Link(now, Extent.FULL, default=False, on=now.valid_from)
        return tuple(found.values())

    @cached_property
    def _splits(self) -> dict[str, list[tuple[Known, tuple[Link, ...]]]]:
        """The units that went to several of today's, by code: a small part of all."""
        found: dict[str, list[tuple[Known, tuple[Link, ...]]]] = {}
        for unit in self.ahead:
            links = self._successors(unit)
            if len(links) > 1:
                found.setdefault(unit.code, []).append((unit, links))
        return found

    @cached_property
    def folded(self) -> dict[Known, str]:
        """Each unit's full name as it is searched by."""
        return {unit: fold(unit.full_name) for known in self.units.values() for unit in known}

    def _successors(self, unit: Known) -> tuple[Link, ...]:
        reached = _reached(unit, lambda u: [step.into for step in self.ahead.get(u, ())])
        links = [self._link(new, unit, new) for new in reached if new not in self.ahead]
        return tuple(sorted(links, key=lambda link: (not link.default, link.unit.code)))

    def _link(self, shown: Known, old: Known, new: Known) -> Link:
        way = self._way(old, new)
        assert way is not None
        whole, default = way
        extent = Extent.FULL if whole else Extent.PART
        return Link(shown, extent, default, self.ahead[old][0].on)

    def _way(self, old: Known, new: Known) -> tuple[bool, bool] | None:
        """Whether all of `old` went into `new`, and whether it goes there in doubt; None: no way."""
        if old == new:
            return True, True
        steps = self.ahead.get(old, ())
        ways = [(step, self._way(step.into, new)) for step in steps]
        there = [(step, way) for step, way in ways if way is not None]
        if not there:
            return None
        whole = len(there) == len(steps) and all(way[0] for _step, way in there)
        if len(steps) == 1:
            whole = whole and steps[0].extent == Extent.FULL
        return whole, any(step.default and way[1] for step, way in there)


def _reached(start: Known, following: Callable[[Known], Iterable[Known]]) -> list[Known]:
    """Every unit reached from one, each once, itself left out."""
    found: dict[Known, None] = {}
    waiting = [*following(start)]
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found[unit] = None
            waiting += following(unit)
    return list(found)


def fold(text: str) -> str:
    """A name without marks, case and signs: `Phú Hoà`, `PHU HÒA` and NFD alike are `phu hoa`."""
    plain = unicodedata.normalize("NFD", text).translate(_D)
    bare = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return re.sub("[^a-z0-9]+", " ", bare).strip()


_D = str.maketrans("ĐđÐð", "dddd")
_lock = threading.Lock()
_snapshot = Snapshot()
_asked = float("-inf")


def snapshot() -> Snapshot:
    """The units, not older than `settings.UNITS_MAX_AGE_SECONDS`."""
    global _snapshot, _asked  # noqa: PLW0603
    now = time.monotonic()
    if now - _asked < settings.UNITS_MAX_AGE_SECONDS:
        return _snapshot
    with _lock:
        version = UnitList.objects.values_list("version", flat=True).first() or 0
        today = timezone.localdate()
        if (version, today) != (_snapshot.version, _snapshot.day):
            _snapshot = _load(version, today)
        _asked = now
        return _snapshot


def forget() -> None:
    """Drop this process's snapshot; the next question reads anew."""
    global _snapshot, _asked
    _snapshot, _asked = Snapshot(), float("-inf")


def _load(version: int, today: datetime.date) -> Snapshot:
    # Changes first: whatever a load adds meanwhile, the units they name are there.
    changes = list(
        UnitChange.objects.filter(effective_on__lte=today).order_by("id").values_list(
            "old_code", "old_valid_from", "new_code", "new_valid_from",
            "extent", "is_default", "effective_on",
        )
    )  # fmt: skip
    units: dict[str, list[Known]] = {}
    by_key: dict[tuple[str, datetime.date], Known] = {}
    for row in Unit.objects.order_by("code", "valid_from").values_list(*Known._fields):
        known = Known(*row)
        units.setdefault(known.code, []).append(known)
        by_key[known.code, known.valid_from] = known
    ahead: dict[Known, list[Step]] = {}
    behind: dict[Known, list[Known]] = {}
    for old_code, old_from, new_code, new_from, extent, default, on in changes:
        old, new = by_key[old_code, old_from], by_key[new_code, new_from]
        ahead.setdefault(old, []).append(Step(new, extent, default, on))
        behind.setdefault(new, []).append(old)
    return Snapshot(
        version,
        today,
        {code: tuple(known) for code, known in units.items()},
        {old: tuple(steps) for old, steps in ahead.items()},
        {new: tuple(olds) for new, olds in behind.items()},
    )
