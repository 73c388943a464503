"""What is recorded, in the words of official forms."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from records import wording
from records.disclosure import Disclosed
from records.fields import UnitCode
from records.registry import ByKind, RecordType, shown_as
from records.units.snapshot import Known, snapshot


@dataclass(frozen=True, slots=True)
class Fact:
    """One filled field. `beside`: what a code stands for; `recorded`: kept in Vietnamese, as it is."""

    label: Any
    value: Any
    beside: str = ""
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """One record. `closed_on`: the day on which it was closed, in words."""

    facts: list[Fact]
    closed_on: str


def told(
    record_type: RecordType,
    seen: Disclosed,
    fieldset: str | None = None,
    own: Collection[str] = (),
) -> Told:
    """A record's filled fields, in the order of the fieldset, which is the portal's if none is named;
    then what other records say of it, as far as it is shown. `own`: the reader's numbers; that a record
    is about them is not told again."""
    found, known = [], _of_the_reader(record_type, seen, own)
    for name in record_type.fieldsets[fieldset or record_type.portal or ""]:
        value, field = seen.values[shown_as(name)], record_type.field(name)
        if value is not None and name not in known and not isinstance(field, models.UUIDField):
            found.append(fact(field, value, _held_on(record_type, name, seen)))
    for name, held in (record_type.open.held if record_type.open else {}).items():
        if names := seen.values.get(name):
            found.append(Fact(held.label, ", ".join(names)))
    return Told(found, wording.day(seen.values["closed_on"]))


def _of_the_reader(record_type: RecordType, seen: Disclosed, own: Collection[str]) -> set[str]:
    """The columns that say only that a record is about the reader; of the reader's own record none."""
    if record_type.key in record_type.subjects:
        return set()
    about = {s for s in record_type.subjects if seen.values.get(shown_as(s)) in own}
    kinds = (record_type.references.get(name) for name in about)
    return about | {kind.column for kind in kinds if isinstance(kind, ByKind)}


def fact(field: models.Field[Any, Any], value: Any, on: datetime.date | None) -> Fact:
    """A value as people here write it. `on`: a day on which a unit's code held."""
    if isinstance(field, UnitCode):
        return Fact(field.verbose_name, value, place(value, on))
    words = wording.of_field(field, value)
    return Fact(field.verbose_name, words, recorded=words is value)


def place(code: str, on: datetime.date | None) -> str:
    """The name of the unit a code stands for, and what became of it where that is known."""
    units = snapshot()
    unit = units.at(code, on) or units.at(code)
    if unit is None:
        return ""
    name = _with_parent(unit, on)
    if unit.valid_to is None or unit.valid_to >= units.day:
        return name
    became = [link.unit.full_name for link in units.becomes(code, on or unit.valid_from)]
    if not became or became == [unit.full_name]:
        return name
    now = _("now %(units)s") if len(became) == 1 else _("now divided among %(units)s")
    return f"{name} ({now % {'units': ', '.join(became)}})"


def _with_parent(unit: Known, on: datetime.date | None) -> str:
    parent = snapshot().at(unit.parent_code, on or unit.valid_to) if unit.parent_code else None
    return f"{unit.full_name}, {parent.full_name}" if parent else unit.full_name


def _held_on(record_type: RecordType, name: str, seen: Disclosed) -> datetime.date | None:
    if name != record_type.unit or record_type.unit_on is None:
        return None
    on = seen.values.get(record_type.unit_on)
    return on if isinstance(on, datetime.date) else None
