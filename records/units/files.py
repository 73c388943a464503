"""The files of units and changes: the project's own list, and the dated patches that came after it."""

from __future__ import annotations

import csv
import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models

from records.errors import Invalid
from records.units.models import Unit, UnitChange

DATA = Path(__file__).parent / "data"
UNITS = tuple(f.name for f in Unit._meta.concrete_fields if f.name != "id")
CHANGES = tuple(f.name for f in UnitChange._meta.concrete_fields if f.name != "id")
YES = {"yes": True, "no": False}
PATCH = re.compile(r"\d{4}-\d{2}-\d{2}[\w-]*\.(units|changes)\.csv", re.ASCII)
NEXT = datetime.timedelta(days=1)


class Key(NamedTuple):
    """A unit."""

    code: str
    valid_from: datetime.date


@dataclass
class Listed:
    """What files say: rows by unit, and by old and new unit. A later file's row replaces an earlier's."""

    units: dict[Key, dict[str, Any]] = field(default_factory=dict)
    changes: dict[tuple[Key, Key], dict[str, Any]] = field(default_factory=dict)

    def take(self, file: Path) -> None:
        """Add a file's rows. Raises Invalid with the file and line of what cannot be read."""
        seen: set[Any] = set()
        changes = file.name.endswith("changes.csv")
        rows = _rows(file, UnitChange, CHANGES) if changes else _rows(file, Unit, UNITS)
        for row in rows:
            key = (_old(row), _new(row)) if changes else Key(row["code"], row["valid_from"])
            if key in seen:
                raise Invalid(f"{file.name}: {row} stands there twice")
            seen.add(key)
            kept: dict[Any, dict[str, Any]] = self.changes if changes else self.units
            kept[key] = row


def files(folder: Path) -> list[Path]:
    """A folder's files in the order they count: the list itself, then its patches by date."""
    patches = sorted((folder / "patches").glob("*.csv"), key=by_date)
    return [folder / "units.csv", folder / "unit_changes.csv", *patches]


def by_date(patch: Path) -> tuple[str, bool, str]:
    """What patches are sorted by. Raises Invalid for one that is not called by its date."""
    if not PATCH.fullmatch(patch.name):
        raise Invalid(f"{patch.name}: a patch is called by its date, like 2026-04-30.units.csv")
    return patch.name[:10], patch.name.endswith("changes.csv"), patch.name


def checksum(found: Iterable[Path]) -> str:
    """One text for the names and contents of files."""
    seen = hashlib.sha256()
    for file in found:
        seen.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return seen.hexdigest()


def read(found: Iterable[Path]) -> Listed:
    """What files say together. Raises Invalid where they cannot be read or contradict each other."""
    listed = Listed()
    for file in found:
        listed.take(file)
    if wrong := list(_contradictions(listed)):
        more = f" (and {len(wrong) - 5} more)" if len(wrong) > 5 else ""
        raise Invalid("; ".join(wrong[:5]) + more)
    return listed


def _rows(
    file: Path, model: type[models.Model], names: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines, strict=True)
            if tuple(table.fieldnames or ()) != names:
                raise Invalid(f"{file.name}: the columns are {', '.join(names)}")
            yield from _judged(file, model, table)
    except (OSError, UnicodeError, csv.Error) as error:
        raise Invalid(f"{file.name}: {error}") from error


def _judged(
    file: Path, model: type[models.Model], table: csv.DictReader[str]
) -> Iterator[dict[str, Any]]:
    judges = {name: _judge(model._meta.get_field(name)) for name in table.fieldnames or ()}
    for row in table:
        try:
            if len(row) != len(judges) or None in row.values():
                raise ValidationError("another number of cells than the header")
            yield {name: judges[name](text) for name, text in row.items()}
        except (ValidationError, KeyError) as error:
            said = (
                error.messages[0] if isinstance(error, ValidationError) else f"{error}: yes or no"
            )
            raise Invalid(f"{file.name}, line {table.line_num}: {said}") from error


def _judge(judge: Any) -> Any:
    """How a column's text becomes its value; the few different texts of a column are judged once."""
    if isinstance(judge, models.BooleanField):
        return YES.__getitem__
    known: dict[str, Any] = {}

    def value(text: str) -> Any:
        if text not in known:
            known[text] = judge.clean(text, None) if text or not judge.null else None
        return known[text]

    return value


def _old(row: dict[str, Any]) -> Key:
    return Key(row["old_code"], row["old_valid_from"])


def _new(row: dict[str, Any]) -> Key:
    return Key(row["new_code"], row["new_valid_from"])


def _contradictions(listed: Listed) -> Iterator[str]:
    """What no list of units can say, in words."""
    units = listed.units
    by_code: dict[str, list[dict[str, Any]]] = {}
    for _key, row in sorted(units.items()):
        by_code.setdefault(row["code"], []).append(row)
        if row["valid_to"] and row["valid_to"] < row["valid_from"]:
            yield f"{row['code']} ends on {row['valid_to']}, before it begins"
    for code, rows in by_code.items():
        for one, other in pairwise(rows):
            if one["valid_to"] is None or one["valid_to"] >= other["valid_from"]:
                yield f"{code} begins again on {other['valid_from']} and has not ended before"
        if any(row["parent_code"] and row["parent_code"] not in by_code for row in rows):
            yield f"{code} has a parent that is not listed"
    for (old, new), row in listed.changes.items():
        on = row["effective_on"]
        what = f"{old.code} became {new.code} on {on}"
        if old not in units or new not in units:
            yield f"{what}: one of the two is not listed"
        elif units[old]["valid_to"] != on - NEXT:
            yield f"{what}: {old.code} does not end the day before"
        elif not (new.valid_from <= on and (units[new]["valid_to"] or on) >= on):
            yield f"{what}: {new.code} does not hold on that day"
    yield from _defaults(listed)


def _defaults(listed: Listed) -> Iterator[str]:
    """Of what a unit was split into, one is the default; a unit that went whole went to one."""
    into: dict[Key, list[dict[str, Any]]] = {}
    for (old, _new_key), row in listed.changes.items():
        into.setdefault(old, []).append(row)
    for old, rows in into.items():
        if sum(row["is_default"] for row in rows) != 1:
            yield f"{old.code} (from {old.valid_from}) needs one default successor"
        if len(rows) > 1 and any(row["extent"] == "full" for row in rows):
            yield f"{old.code} (from {old.valid_from}) cannot go whole to one of several"
        if len({row["effective_on"] for row in rows}) > 1:
            yield f"{old.code} (from {old.valid_from}) ends once"
