"""The only reads on somebody's behalf. No audit, no data: both commit together, before the reply.

A reading selects the fieldset's columns and the subjects in one statement, and writes one audit
entry; values leave as values, without models or serializers between.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from psycopg import errors as pg

from records.access import grants, numbers
from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.errors import Fault, Invalid, Missing, TooBroad
from records.filters import bounds_of_states, condition, listed, parts, sources
from records.history import reading as past
from records.registry import Operation, RecordType, record_types, shown_as
from records.rows import Plan, find, find_many, held_today, plan, shown, shown_past, subjects
from records.search.finding import Found, find_page
from records.search.questions import Question, understood
from records.search.similar import similar
from records.units.snapshot import Link

MOST_ROWS = 200
MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One record as the caller may see it. `values`: shown name → value."""

    record_type: RecordType
    id: UUID
    version: int
    values: dict[str, Any]

    @property
    def etag(self) -> str:
        return f'"{self.version}"'

    @property
    def key(self) -> str:
        return str(self.values[self.record_type.key])


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in the order they were recorded. `last`: the id to go on after; None: no more.

    `units`: where a filter names a unit, under which units its records are filed; else None.
    """

    items: list[Disclosed]
    last: UUID | None
    fieldset: str
    found: Found | None = None
    units: tuple[Link, ...] | None = None


def disclose(
    record_type: RecordType,
    key: str,
    *,
    fieldset: str | None = None,
    to: Actor,
    occasion: Occasion,
    verb: str = "read",
    as_of: datetime.datetime | None = None,
) -> Disclosed:
    """Show one record to `to`, as it is or was at `as_of`; found by any number it has had.

    `verb`: under which leave; what an amendment did is shown under the leave to amend.
    Raises Refused, Missing, or Malformed for an instant that is not settled.
    """
    action = "as_of" if as_of else "read"
    entry = Entry(to, occasion, action, record_type.collection, key, fieldset=fieldset or "")
    with entries.attempt(_about_key(record_type, entry, key)):
        allowed = permit(record_type, "history" if as_of else verb, fieldset, to, occasion)
        entry = permitted(entry, allowed)
    with entries.attempt(_about_key(record_type, entry, key)), transaction.atomic():
        if as_of:
            past.refuse_unsettled(as_of)
        reading = plan(record_type, allowed.fields)
        row = find(record_type, reading, key)
        if row is None or not visible(record_type, reading, row, allowed):
            raise Missing
        if as_of:
            bounds = (record_type.unit,) if record_type.unit else ()
            names = (*allowed.fields, *reading.unit_on, *record_type.subjects, *bounds)
            was = past.as_of(record_type, row[0], as_of, names)
            if was is None:
                raise Missing(_("This record did not exist then."))
            then = tuple(was[shown_as(s)] for s in record_type.subjects if was[shown_as(s)])
            if not _visible_then(record_type, was, then, allowed):
                raise Missing
            values = shown_past(reading, was)
            seen = Disclosed(record_type, row[0], was["version"], values)
        else:
            then = ()
            seen = Disclosed(record_type, row[0], row[1], shown(reading, row))
        # Who it was about then is concerned as much as who it is about now.
        about = (*subjects(reading, row), *then)
        if allowed.held:
            held, others = held_today(record_type, [row[0]])
            seen.values.update(held[row[0]])
            about = (*about, *others)
        entries.write(replace(entry, record_id=row[0], subjects=about))
    return seen


def disclose_many(
    record_type: RecordType,
    keys: Sequence[str],
    *,
    fieldset: str | None = None,
    to: Actor,
    occasion: Occasion,
) -> dict[str, Disclosed]:
    """Show the records of up to 100 exact keys, by the key asked for; one audit entry for all.

    A key that finds nothing is left out. Raises Refused, Invalid.
    """
    entry = Entry(to, occasion, "lookup", record_type.collection, fieldset=fieldset or "")
    with entries.attempt(entry):
        allowed = permit(record_type, "read", fieldset, to, occasion)
        entry = permitted(entry, allowed)
    if not 0 < len(keys) <= min(MOST_KEYS, allowed.rows):
        raise Invalid(faults=[Fault("keys", "range", _("Send 1 to 100 keys."))])
    reading = plan(record_type, allowed.fields)
    found: dict[str, Disclosed] = {}
    about: list[str] = []
    with transaction.atomic():
        for key, row in find_many(record_type, reading, keys).items():
            if row is None or not visible(record_type, reading, row, allowed):
                about += _about_key(record_type, entry, key).subjects
                continue
            found[key] = Disclosed(record_type, row[0], row[1], shown(reading, row))
            about += subjects(reading, row)
        entries.write(replace(entry, subjects=tuple(about)))
    return found


def disclose_page(
    record_type: RecordType,
    *,
    fieldset: str | None = None,
    filters: Mapping[str, str] | None = None,
    subject: str | None = None,
    text: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
    to: Actor,
    occasion: Occasion,
) -> Page:
    """Show records in the order of their ids, each one seen audited as an access to its subjects.

    `filters`: column → value; only declared filters, and only on what the fieldset shows. `subject`:
    a number of a person or firm; the records about them under any of their numbers. `text`: what a
    search box holds; then the order is that of names. Raises Refused, Malformed, TooBroad.
    """
    entry = Entry(to, occasion, "search", record_type.collection, fieldset=fieldset or "")
    with entries.attempt(entry):
        allowed = permit(record_type, "search", fieldset, to, occasion)
        entry = permitted(entry, allowed)
    reading = plan(record_type, allowed.fields)
    size = max(1, min(limit, MOST_ROWS, allowed.rows))
    where = condition(record_type, allowed, filters or {}, subject)
    question = understood(record_type, text, allowed.fields) if text is not None else None
    with entries.attempt(entry), transaction.atomic():
        found = rows_found(record_type, reading, where, filters or {}, question, after, size)
        about = tuple(s for row in found.rows for s in subjects(reading, row))
        ids = [row[0] for row in found.rows] if allowed.held else []
        held, others = held_today(record_type, ids) if ids else ({}, ())
        entries.write(replace(entry, subjects=(*about, *others)))
    items = [
        Disclosed(record_type, row[0], row[1], {**shown(reading, row), **held.get(row[0], {})})
        for row in found.rows
    ]
    last = found.rows[-1][0] if found.more else None
    return Page(items, last, allowed.fieldset, found, sources(record_type, filters or {}))


def rows_found(
    record_type: RecordType,
    reading: Plan,
    where: Q,
    filters: Mapping[str, str],
    question: Question | None,
    after: UUID | None,
    size: int,
) -> Found:
    """Rows of a list after the id `after`, at most `size`. Raises TooBroad."""
    with in_time():
        if question is not None:
            return find_page(record_type, reading, question, where, after=after, limit=size)
        rows = listed(record_type, reading, where, parts(record_type, filters), after, size + 1)
        return Found(rows[:size], more=len(rows) > size)


@contextmanager
def in_time() -> Iterator[None]:
    """What takes too long finds too much. Raises TooBroad."""
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, pg.QueryCanceled):
            raise TooBroad from error
        raise


def disclose_run(
    operation: Operation, records: Sequence[Sequence[Any]], *, to: Actor, occasion: Occasion
) -> None:
    """Leave to be told again what an operation touched: `records` are [collection, key, version].

    Audited as a look at each. Raises Refused.
    """
    entry = Entry(to, occasion, "run", grants.OPERATIONS, operation=operation.name)
    about: list[str] = []
    for name, key, _version in records:
        record_type = record_types()[name]
        reading = plan(record_type, (record_type.key,))
        row = find(record_type, reading, key)
        about += subjects(reading, row) if row else ()
    entry = replace(entry, subjects=tuple(about))
    with entries.attempt(entry):
        allowed = grants.permit_operation(to, operation.name, operation.legal_basis, occasion)
    entries.write(permitted(entry, allowed))


def disclose_similar(
    record_type: RecordType,
    key: str,
    *,
    fieldset: str | None = None,
    to: Actor,
    occasion: Occasion,
) -> list[tuple[Disclosed, list[str]]]:
    """Show the records that may speak of the same person or thing as one record, with the columns that
    agree; each is an access to its subjects. Raises Refused, Missing."""
    entry = Entry(to, occasion, "similar", record_type.collection, key, fieldset=fieldset or "")
    with entries.attempt(_about_key(record_type, entry, key)):
        allowed = permit(record_type, "search", fieldset, to, occasion)
        entry = permitted(entry, allowed)
    with entries.attempt(_about_key(record_type, entry, key)), transaction.atomic():
        reading = plan(record_type, allowed.fields)
        row = find(record_type, reading, key)
        if row is None or not visible(record_type, reading, row, allowed):
            raise Missing
        alike = similar(record_type, row[0], reading, condition(record_type, allowed, {}, None))
        about = [
            s for each in (row, *(r for r, _reasons in alike)) for s in subjects(reading, each)
        ]
        entries.write(replace(entry, record_id=row[0], subjects=tuple(about)))
    return [
        (Disclosed(record_type, r[0], r[1], shown(reading, r)), reasons) for r, reasons in alike
    ]


def disclose_history(
    record_type: RecordType,
    key: str,
    *,
    fieldset: str | None = None,
    before: int | None = None,
    limit: int = 50,
    to: Actor,
    occasion: Occasion,
) -> tuple[list[past.Change], int | None]:
    """Show how a record came to say what it says: its steps, newest first, in the fieldset's columns.

    Returns the steps, and the event to go on before (None: no more). Raises Refused, Missing.
    """
    entry = Entry(to, occasion, "history", record_type.collection, key, fieldset=fieldset or "")
    with entries.attempt(_about_key(record_type, entry, key)):
        allowed = permit(record_type, "history", fieldset, to, occasion)
        entry = permitted(entry, allowed)
    with entries.attempt(_about_key(record_type, entry, key)), transaction.atomic():
        reading = plan(record_type, allowed.fields)
        row = find(record_type, reading, key)
        if row is None or not visible(record_type, reading, row, allowed):
            raise Missing
        size = max(1, min(limit, MOST_ROWS))
        within = bounds_of_states(record_type, allowed)
        steps = past.changes(
            record_type, row[0], allowed.fields, within=within, before=before, limit=size + 1
        )
        about = (*subjects(reading, row), *(s for step in steps[:size] for s in step.subjects))
        entries.write(replace(entry, record_id=row[0], subjects=about))
    more = len(steps) > size
    return steps[:size], steps[size - 1].id if more else None


def permit(
    record_type: RecordType,
    verb: str,
    fieldset: str | None,
    to: Actor,
    occasion: Occasion,
    *,
    own: tuple[str, ...] = (),
) -> Permit:
    """Leave for `to`, as `access.grants` gives it; a citizen's with all numbers they have had: `own`."""
    if to.kind == "citizen" and not own:
        own = tuple(numbers.all_numbers([to.id]))
    return grants.permit(to, record_type, verb, fieldset=fieldset, occasion=occasion, numbers=own)


def visible(record_type: RecordType, reading: Plan, row: tuple[Any, ...], allowed: Permit) -> bool:
    """Whether a permit's bounds (own records only, certain units only) let this row be seen."""
    if allowed.only_about and not set(subjects(reading, row)) & set(allowed.only_about):
        return False
    bounds = allowed.where
    if allowed.units:
        assert record_type.unit is not None
        bounds &= Q(**{f"{record_type.path(record_type.unit)}__in": allowed.units})
    return not bounds or record_type.model._base_manager.filter(bounds, pk=row[0]).exists()


def _visible_then(
    record_type: RecordType, was: Mapping[str, Any], about: Sequence[str], allowed: Permit
) -> bool:
    """Whether a permit's bounds let be seen what a record said then."""
    if allowed.only_about and not set(about) & set(allowed.only_about):
        return False
    return not allowed.units or was[record_type.unit or ""] in allowed.units


def permitted(entry: Entry, allowed: Permit) -> Entry:
    """An entry under the permit that allows what it tells of."""
    return replace(
        entry,
        fieldset=allowed.fieldset,
        fields=(*allowed.fields, *allowed.held),
        agreement_id=allowed.agreement_id,
        legal_basis=allowed.legal_basis,
    )


def _about_key(record_type: RecordType, entry: Entry, key: str) -> Entry:
    """The entry of a try that found nothing: about whose key it was, where the key is a number."""
    if record_type.key in record_type.subjects and key.isascii() and key.isdigit():
        return replace(entry, subjects=(key[:20],))
    return entry
