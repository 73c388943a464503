"""How a fieldset is read: one statement for its columns and its subjects, rows as values."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.access import numbers
from records.errors import Missing
from records.models import in_force
from records.registry import RecordType, record_types, shown_as
from records.units import snapshot as units, wording

META = ("id", "version", "closed_on", "warnings")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a fieldset is read: the columns shown, and one statement that finds a record by its key.

    `about`: where a row holds its subjects. `unit`: the column of the record's unit and where a row holds
    it; None: the fieldset shows no unit. `unit_on`: the column of a day on which that unit held, which
    a row holds last; empty: there is none. `lapsing`: the shown days after which something has expired.
    """

    names: tuple[str, ...]
    shown: tuple[str, ...]
    paths: tuple[str, ...]
    by_key: str
    about: slice
    unit: tuple[str, int] | None
    unit_on: tuple[str, ...]
    lapsing: tuple[str, ...]


@lru_cache(maxsize=1000)
def plan(record_type: RecordType, names: tuple[str, ...]) -> Plan:
    """The plan for reading the columns `names` of a record type, with its subjects."""
    wanted = [record_type.path(name) for name in names]
    subjects = [record_type.path(subject) for subject in record_type.subjects]
    unit: tuple[str, int] | None = None
    unit_on: tuple[str, ...] = ()
    if record_type.unit in names:
        unit = (record_type.unit, len(META) + names.index(record_type.unit))
        unit_on = (record_type.unit_on,) if record_type.unit_on else ()
    paths = (*META, *wanted, *subjects, *(record_type.path(name) for name in unit_on))
    about = slice(len(META) + len(wanted), len(META) + len(wanted) + len(subjects))
    key = record_type.columns[record_type.key].attname
    query = record_type.model._base_manager.filter(**{key: _ANY[key == "id"]}).values_list(*paths)
    statement, parameters = query.query.sql_with_params()
    assert len(parameters) == 1
    called = tuple(shown_as(name) for name in names)
    lapsing = tuple(
        shown_as(name) for name in names if getattr(record_type.field(name), "lapses", False)
    )
    return Plan(names, called, paths, statement, about, unit, unit_on, lapsing)


_ANY = ("0", UUID(int=0))


def find(record_type: RecordType, reading: Plan, key: str) -> tuple[Any, ...] | None:
    """The row of a key, or of the number that stands for it; None where there is none.

    A closed record whose number another one stands for was the same person's: theirs is found.

    Raises Missing, worded, for a key of a shape that no key has.
    """
    target = record_type.value_field(record_type.key)
    try:
        value = target.clean(key, None) if key else ""
    except ValidationError as error:
        raise Missing(error.messages[0]) from error
    with connection.cursor() as cursor:
        cursor.execute(reading.by_key, [value])
        row: tuple[Any, ...] | None = cursor.fetchone()
        if _gone(row) and record_type.key in record_type.subjects:
            now = numbers.newest(value)
            if now != value:
                cursor.execute(reading.by_key, [now])
                row = cursor.fetchone()
    return row


def _gone(row: tuple[Any, ...] | None) -> bool:
    return row is None or row[META.index("closed_on")] is not None


def find_many(
    record_type: RecordType, reading: Plan, keys: Sequence[str]
) -> dict[str, tuple[Any, ...] | None]:
    """The rows of many keys, as `find` finds one; a key of an impossible shape finds nothing."""
    target = record_type.value_field(record_type.key)
    clean: dict[str, Any] = {}
    for key in dict.fromkeys(keys):
        try:
            clean[key] = target.clean(key, None) if key else None
        except ValidationError:
            clean[key] = None
    path = record_type.path(record_type.key)
    at = len(META) + reading.names.index(record_type.key)
    query = record_type.model._base_manager.filter(
        **{f"{path}__in": [value for value in clean.values() if value is not None]}
    )
    rows = {row[at]: row for row in query.values_list(*reading.paths)}
    numbered = record_type.key in record_type.subjects
    return {
        key: find(record_type, reading, key)
        if numbered and value is not None and _gone(rows.get(value))
        else rows.get(value)
        for key, value in clean.items()
    }


def shown(reading: Plan, row: tuple[Any, ...]) -> dict[str, Any]:
    """What a row of `reading` shows: the fieldset, its version, whether it is closed, its warnings."""
    start = len(META)
    values = dict(zip(reading.shown, row[start : start + len(reading.shown)], strict=True))
    values["version"], values["closed_on"] = row[1], row[2]
    values["warnings"] = _warnings(reading, row[3])
    if reading.unit is not None:
        column, at = reading.unit
        values["warnings"] += _undecided(column, row[at], row[-1] if reading.unit_on else None)
    return _with_expired(reading, values)


def subjects(reading: Plan, row: tuple[Any, ...]) -> tuple[str, ...]:
    """The numbers of those a row is about, in the order of the declaration."""
    return tuple(s for s in row[reading.about] if s)


def held_today(
    record_type: RecordType, ids: Sequence[UUID]
) -> tuple[dict[UUID, dict[str, list[Any]]], tuple[str, ...]]:
    """What other records say today of those of these ids (`Open.held`): id → shown name → values; and the
    numbers of those whom these other records are about."""
    assert record_type.open is not None
    today = timezone.localdate()
    found: dict[UUID, dict[str, list[Any]]] = {
        each: {name: [] for name in record_type.open.held} for each in ids
    }
    about: list[str] = []
    for name, held in record_type.open.held.items():
        told = record_types()[held.collection]
        refers = held.refers(record_type)
        paths = [told.path(subject) for subject in told.subjects]
        rows = told.model._base_manager.filter(
            held.when, in_force(today), **{f"{refers}__pk__in": ids}
        ).order_by("valid_from", "id")
        for each, value, *numbers_ in rows.values_list(
            f"{refers}__pk", told.path(held.column), *paths
        ):
            found[each][name].append(value)
            about += [str(number) for number in numbers_ if number]
    return found, tuple(about)


def shown_past(reading: Plan, was: dict[str, Any]) -> dict[str, Any]:
    """What `history.reading.as_of` found, as `shown` shows it; `was` holds `unit_on` too."""
    values = {show: was[show] for show in reading.shown}
    values["version"], values["closed_on"] = was["version"], was["closed_on"]
    values["warnings"] = _warnings(reading, was["warnings"])
    if reading.unit is not None:
        column, on = reading.unit[0], was[reading.unit_on[0]] if reading.unit_on else None
        values["warnings"] += _undecided(column, was[column], on)
    return _with_expired(reading, values)


def _warnings(reading: Plan, kept: Any) -> list[dict[str, Any]]:
    """The warnings of the fields shown; a raw statement hands jsonb over as text."""
    if kept == "[]":
        return []
    found = orjson.loads(kept) if isinstance(kept, str) else kept
    return [warned for warned in found if warned["field"] in reading.shown]


def _with_expired(reading: Plan, values: dict[str, Any]) -> dict[str, Any]:
    """`values`, with a warning for each day after which something has expired: no record says so."""
    passed = [n for n in reading.lapsing if values[n] and values[n] < timezone.localdate()]
    detail = _("This day has passed: what it says has expired.")
    values["warnings"] += [{"field": n, "code": "expired", "detail": str(detail)} for n in passed]
    return values


def _undecided(column: str, code: str | None, on: datetime.date | None) -> Sequence[dict[str, Any]]:
    """What a record says that is filed under a unit which went to several: somebody must decide."""
    links = units.snapshot().undecided(code, on) if code else ()
    if not code or not links:
        return ()
    return [
        {
            "field": column,
            "code": "unit_split",
            "detail": wording.split(code, links),
            "candidates": [
                {"code": link.unit.code, "name": link.unit.full_name, "default": link.default}
                for link in links
            ],
        }
    ]
