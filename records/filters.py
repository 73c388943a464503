"""What a list is narrowed by: filters on what is shown, whom it is about, and a permit's bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from records.access import numbers
from records.access.grants import Permit
from records.errors import Fault, Malformed
from records.fields import PersonalId, UnitCode
from records.registry import RecordType
from records.rows import Plan
from records.units import snapshot as units, wording
from records.units.snapshot import Link


def condition(
    record_type: RecordType, allowed: Permit, filters: Mapping[str, str], subject: str | None
) -> Q:
    """The condition of a list: filters (column → text) and `subject`, within a permit's bounds.

    Raises Malformed for what is no filter here, or not shown.
    """
    where = Q()
    shown_names = set(allowed.fields)
    for name, text in filters.items():
        if name not in record_type.filters or name not in shown_names:
            raise Malformed(
                _("There is no such filter here."),
                code="unknown_filter",
                filters=sorted(set(record_type.filters) & shown_names),
            )
        judge = record_type.value_field(name)
        try:
            value = judge.to_python(text)
            judge.run_validators(value)
            judge.validate(value, None)
        except ValidationError as error:
            raise Malformed(
                code="filter", faults=[Fault(name, "format", error.messages[0])]
            ) from error
        path = record_type.path(name)
        if isinstance(judge, PersonalId):
            where &= Q(**{f"{path}__in": numbers.all_numbers([value])})
        elif isinstance(judge, UnitCode) and value:
            if fault := wording.fault(name, value):
                raise Malformed(fault.detail, code=fault.code, faults=[fault])
            where &= Q(**{f"{path}__in": sorted(units.snapshot().filed_under(value))})
        else:
            where &= Q(**{path: value})
    if subject is not None:
        where &= _about(record_type, allowed, subject)
    return where & bounds(record_type, allowed)


def bounds(record_type: RecordType, allowed: Permit) -> Q:
    """The condition of what a permit lets be seen: records about certain people, of certain units."""
    where = allowed.where
    if allowed.only_about:
        where &= about_any(record_type, allowed.only_about)
    if allowed.units:
        assert record_type.unit is not None
        where &= Q(**{f"{record_type.path(record_type.unit)}__in": allowed.units})
    return where


def sources(record_type: RecordType, filters: Mapping[str, str]) -> tuple[Link, ...] | None:
    """Under which units the records of the unit asked for are filed; None where none was."""
    asked = [
        code for n, code in filters.items() if code and isinstance(record_type.field(n), UnitCode)
    ]
    return tuple(s for code in asked for s in units.snapshot().sources(code)) if asked else None


def _about(record_type: RecordType, allowed: Permit, subject: str) -> Q:
    if not record_type.subjects or not set(record_type.subjects) <= set(allowed.fields):
        raise Malformed(
            _("These records cannot be searched by whom they are about."), code="unknown_filter"
        )
    if not (subject.isascii() and subject.replace("-", "").isdigit() and len(subject) <= 14):
        raise Malformed(
            code="filter", faults=[Fault("subject", "format", _("A number is needed."))]
        )
    return about_any(record_type, numbers.all_numbers([subject]))


def about_any(record_type: RecordType, known: Sequence[str]) -> Q:
    """The condition of a record about whoever has one of these numbers."""
    found = Q()
    for path in record_type.subjects:
        found |= Q(**{f"{record_type.path(path)}__in": list(known)})
    return found


def listed(
    record_type: RecordType,
    reading: Plan,
    where: Q,
    parts: Sequence[Q],
    after: UUID | None,
    most: int,
) -> list[tuple[Any, ...]]:
    """Rows in the order of their ids, which is the order in which they were recorded.

    `parts`: what `where` is made up of, each with an index in that order; they are merged as they are
    read. Together they would be read to the end, or the whole table would.
    """
    if after is not None:
        where &= Q(id__gt=after)
    query = record_type.model._base_manager.filter(where).order_by("id")
    first, *others = [query.filter(part).values_list(*reading.paths)[:most] for part in parts]
    if not others:
        return list(first)
    return list(first.union(*others, all=True).order_by("id")[:most])


def parts(record_type: RecordType, filters: Mapping[str, str]) -> list[Q]:
    """A filter by unit as one condition for each code that its records are filed under."""
    for name, code in filters.items():
        if code and isinstance(record_type.field(name), UnitCode):
            path, codes = record_type.path(name), units.snapshot().filed_under(code)
            return [Q(**{path: filed}) for filed in sorted(codes)]
    return [Q()]


def bounds_of_states(record_type: RecordType, allowed: Permit) -> Q:
    """The condition of a record's past states that a permit's bounds let be seen, as far as a state
    names its subjects and its unit itself."""
    where = Q()
    own = [s for s in record_type.subjects if "__" not in s]
    if allowed.only_about and own:
        found = Q()
        for name in own:
            found |= Q(**{f"{record_type.path(name)}__in": allowed.only_about})
        where &= found
    if allowed.units:
        assert record_type.unit is not None
        where &= Q(**{f"{record_type.path(record_type.unit)}__in": allowed.units})
    return where
