"""All that is recorded about one person or firm: each part as far as the asker may see it.

However many collections there are, it is one statement that reads, and one that is audited.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.functions import Cast

from records.access import numbers
from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.disclosure import Disclosed, disclose, permit
from records.errors import Malformed, Refused
from records.filters import about_any, bounds
from records.registry import RecordType, record_types
from records.rows import META, Plan, plan, shown, subjects

EVERYTHING = "everything"
MOST = 50


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one collection about somebody, the newest first. `more`: there are others."""

    record_type: RecordType
    fieldset: str
    items: list[Disclosed]
    more: bool


def has_everything(record_type: RecordType) -> bool:
    """Whether a collection's keys are the numbers of those whom records are about."""
    return record_type.key in record_type.subjects


def disclose_everything(
    record_type: RecordType,
    key: str,
    *,
    fieldset: str | None = None,
    limit: int = 20,
    spend: Callable[[RecordType], bool] | None = None,
    to: Actor,
    occasion: Occasion,
) -> tuple[Disclosed, list[Part]]:
    """Show the record of a person or firm, and what else is recorded about them under any number.

    `fieldset`: of the record itself; of each other collection the widest that the asker may see. Raises
    Refused, Missing.
    """
    with transaction.atomic():
        seen = disclose(record_type, key, fieldset=fieldset, to=to, occasion=occasion)
        return seen, disclose_about(
            record_type, seen.key, limit=limit, spend=spend, to=to, occasion=occasion
        )


def disclose_about(
    of: RecordType | None,
    number: str,
    *,
    limit: int = 20,
    spend: Callable[[RecordType], bool] | None = None,
    to: Actor,
    occasion: Occasion,
) -> list[Part]:
    """Show what is recorded about whoever has, or had, a number. `of`: the collection left out.

    A collection that the asker may not search, or that does not show whom it is about, is left out, as
    is one of which `spend` says that its rate is used up.
    """
    size = max(1, min(limit, MOST))
    known = tuple(numbers.all_numbers([number]))
    # A citizen sees what is about themselves, whoever is asked about.
    own = tuple(numbers.all_numbers([to.id])) if to.kind == "citizen" else ()
    asked = {
        found.collection: (found, allowed)
        for found in record_types().values()
        if found is not of
        and found.subjects
        and (allowed := _leave(found, own, to, occasion))
        and (spend is None or spend(found))
    }
    with transaction.atomic():
        rows = _rows(asked, known, size)
        parts, about = [], {}
        for name, (found, allowed) in asked.items():
            reading, most = plan(found, allowed.fields), min(size, allowed.rows)
            lines = [_typed(found, reading, line) for line in rows.get(name, ())]
            about[name] = tuple(s for row in lines[:most] for s in subjects(reading, row))
            items = [Disclosed(found, row[0], row[1], shown(reading, row)) for row in lines[:most]]
            parts.append(Part(found, allowed.fieldset, items, len(lines) > most))
        _audit(of, number, asked, about, to, occasion)
    return parts


def _leave(
    record_type: RecordType, own: tuple[str, ...], to: Actor, occasion: Occasion
) -> Permit | None:
    """Leave to search a collection, with the widest fieldset that is open; None where there is none."""
    try:
        allowed = permit(record_type, "search", None, to, occasion, own=own)
    except Malformed as several:
        names: Sequence[str] = several.more.get("fieldsets", ())
        if not names:
            raise
        name = max(names, key=lambda each: len(record_type.fieldsets[each]))
        allowed = permit(record_type, "search", name, to, occasion, own=own)
    except Refused:
        return None
    shows = set(record_type.subjects) <= set(allowed.fields)
    return allowed if shows or allowed.only_about else None


def _rows(
    asked: Mapping[str, tuple[RecordType, Permit]], known: Sequence[str], size: int
) -> dict[str, list[list[Any]]]:
    """Collection → its rows, in the columns of their plans: one statement for all collections."""
    queries = []
    for name, (found, allowed) in asked.items():
        paths = plan(found, allowed.fields).paths
        where = about_any(found, known) & bounds(found, allowed)
        line = Func(
            *(_plain(found, path) for path in paths),
            function="jsonb_build_array",
            output_field=JSONField(),
        )
        query = found.model._base_manager.filter(where).order_by("-id")
        named = query.annotate(part=Value(name, output_field=TextField()), line=line)
        queries.append(named.values_list("part", "line")[: min(size, allowed.rows) + 1])
    if not queries:
        return {}
    rows: dict[str, list[list[Any]]] = {}
    first, *others = queries
    for name, line in first.union(*others, all=True) if others else first:
        rows.setdefault(name, []).append(line)
    return rows


def _plain(record_type: RecordType, path: str) -> Any:
    """A column as JSON can carry it whole."""
    exact = isinstance(_field(record_type, path), models.DecimalField)
    return Cast(F(path), TextField()) if exact else F(path)


def _field(record_type: RecordType, path: str) -> models.Field[Any, Any]:
    head, _, tail = path.partition("__")
    model: Any = record_type.model
    if tail:
        model = model._meta.get_field(head).related_model
    found = next(f for f in model._meta.concrete_fields if f.attname == (tail or head))
    return found.target_field if isinstance(found, models.ForeignKey) else found


def _typed(record_type: RecordType, reading: Plan, line: list[Any]) -> tuple[Any, ...]:
    """A row as the database's driver would have given it."""
    return tuple(
        value if value is None or path in META[3:] else _value(_field(record_type, path), value)
        for path, value in zip(reading.paths, line, strict=True)
    )


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return datetime.date.fromisoformat(value)
    if isinstance(field, models.UUIDField):
        return UUID(value)
    return field.to_python(value) if isinstance(field, models.DecimalField) else value


def _audit(
    of: RecordType | None,
    number: str,
    asked: Mapping[str, tuple[RecordType, Permit]],
    about: Mapping[str, tuple[str, ...]],
    to: Actor,
    occasion: Occasion,
) -> None:
    """One entry for each leave that was used: which collections were looked through, in which fieldset
    (`collection:fieldset`), about whom."""
    by_leave: dict[tuple[UUID | None, str], list[str]] = {}
    for name, (_found, allowed) in asked.items():
        by_leave.setdefault((allowed.agreement_id, allowed.legal_basis), []).append(name)
    entry = Entry(to, occasion, EVERYTHING, of.collection if of else "", number)
    entries.write_all(
        [
            replace(
                entry,
                fields=tuple(f"{name}:{asked[name][1].fieldset}" for name in names),
                agreement_id=agreement,
                legal_basis=basis,
                subjects=(number, *(s for name in names for s in about[name])),
            )
            for (agreement, basis), names in by_leave.items()
        ]
    )
