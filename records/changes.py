"""The only writes on somebody's behalf: judged, spoken for, audited, all in one transaction.

Whatever writes goes through `Work`: a single create, amend or close as much as an operation that
touches many records. Imports use its set-based twin.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.access import grants, numbers
from records.access.grants import Permit
from records.access.models import Succession
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.disclosure import permit
from records.errors import Conflict, Fault, Invalid, Missing, Refused, Stale
from records.history.speaking import speak_for
from records.models import Record
from records.registry import Operation, RecordType, type_of
from records.rules import (
    alone_under_every_number,
    brought_back,
    concerned,
    fault_of,
    hold_numbers,
    judged,
    numbers_in,
    reckonings,
    refuse_in_use,
    subjects_of,
    unknown_units,
    warned,
    worded,
)

R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class Touched:
    """A record that an act changed: how, in which columns, and whom it was and is about."""

    record: Record
    record_type: RecordType
    action: str
    fields: tuple[str, ...]
    subjects: tuple[str, ...]


class Work:
    """One act: what somebody changes in one go. Every change is kept with who, why and what touched."""

    def __init__(self, by: Actor, occasion: Occasion, reason: str, operation: str = "") -> None:
        self.by, self.occasion, self.reason, self.operation = by, occasion, reason, operation
        self.touched: list[Touched] = []
        self.held: list[Record] = []

    def get(self, model: type[R], key: str, *, field: str = "personal_id") -> R:
        """The record of a key, locked until the act ends; a person's by any number they have had.

        `field` names the input's field in the fault. Raises Invalid `reference` where there is none.
        """
        record_type = type_of(model)
        found = _held(record_type, key)
        if found is None:
            raise Invalid(faults=[Fault(field, "reference", _("This is not recorded here."))])
        self.held.append(found)
        return cast("R", found)

    def create(self, model: type[R], values: Mapping[str, Any]) -> R:
        """A new record from column → value. Raises Invalid, Conflict."""
        record_type = type_of(model)
        record = model(**{record_type.path(name): value for name, value in values.items()})
        record.source = f"{self.by.kind}:{self.by.agency or self.by.id}"[:255]
        self._judge(record_type, record, set(record_type.writable))
        if record_type.states and record.status not in record_type.states.initial:
            _refuse_step(None, record.status, record_type.states.initial)
        if not brought_back(record_type, record):
            with worded(record_type):
                record.save(force_insert=True)
        alone_under_every_number(record_type, record)
        reckoned = [rule.field for rule in reckonings(record_type)]
        record.refresh_from_db(fields=["id", "version", "recorded_at", *reckoned])
        self._touch(record_type, record, "create", tuple(values), ())
        return record

    def amend(self, record: R, values: Mapping[str, Any], *, action: str = "amend") -> R:
        """Change columns of a record that this act has locked. Raises Invalid, Conflict.

        Nothing is written where no value differs.
        """
        record_type = type_of(type(record))
        if record.closed_on is not None:
            raise Conflict(_("This record is closed. Closed records do not change."), code="closed")
        before = {name: getattr(record, record_type.path(name)) for name in values}
        was, subjects = record.status, subjects_of(record)
        for name, value in values.items():
            setattr(record, record_type.path(name), value)
        self._judge(record_type, record, set(values))
        changed = tuple(n for n in values if getattr(record, record_type.path(n)) != before[n])
        if not changed:
            return record
        if record.status != was:
            self._step(record_type, was, record.status)
        self._save(record_type, record, changed)
        self._touch(record_type, record, action, changed, subjects)
        return record

    def close(self, record: R, *, on: datetime.date, reason: str = "") -> R:
        """Close a record that this act has locked. `on`: not later than today. Raises Conflict."""
        values = {"closed_on": on, "closed_reason": reason or self.reason}
        return self.amend(record, values, action="close")

    def reopen(self, record: Record) -> Record:
        """Open a closed record that this act has locked again. Raises Conflict."""
        before = subjects_of(record)
        record.closed_on, record.closed_reason = cast("Any", (None, None))
        self._save(type_of(type(record)), record, ("closed_on", "closed_reason"))
        self._touch(type_of(type(record)), record, "reopen", ("closed_on",), before)
        return record

    def replace_key(self, record: R, new: str, *, on: datetime.date, kind: str) -> R:
        """Give a person or firm a new number from `on`. What was written under the old one stays so.

        Raises Conflict where the new number is, or ever was, another's, or anything stands under it.
        """
        record_type = type_of(type(record))
        old = getattr(record, record_type.key)
        hold_numbers(old, new)
        refuse_in_use(new)
        with worded(record_type):
            Succession.objects.create(
                kind=kind, old=old, new=new, on=on, request_id=self.occasion.request_id
            )
        return self.amend(record, {record_type.key: new})

    def _judge(self, record_type: RecordType, record: Record, names: set[str]) -> None:
        """Normalise the columns `names` in place, and word everything that is wrong with them."""
        faults = []

        def held(name: str) -> Any:
            return getattr(record, record_type.columns[name].attname)

        for name in self._with_beside(record_type, names):
            field = record_type.columns[name]
            judge = record_type.judge(name, held)
            raw = held(name)
            if field.null and raw in (None, ""):
                setattr(record, field.attname, None)
                continue
            if raw in (None, ""):
                faults.append(Fault(name, "missing", _("This is needed.")))
                continue
            try:
                setattr(record, field.attname, judge.clean(raw, None))
            except ValidationError as error:
                faults.append(fault_of(name, error))
        faults += unknown_units(record_type, record, names, wrong={f.field for f in faults})
        if faults:
            raise Invalid(faults=sorted(faults, key=lambda f: f.field))
        values = {n: getattr(record, f.attname) for n, f in record_type.columns.items()}
        record.warnings = warned(record_type, values)

    @staticmethod
    def _with_beside(record_type: RecordType, names: set[str]) -> set[str]:
        """`names`, and the columns that must look otherwise where one of these says otherwise."""
        besides = {
            n: getattr(record_type.value_field(n), "beside", "") for n in record_type.writable
        }
        return names | {name for name, beside in besides.items() if beside in names}

    def _step(self, record_type: RecordType, old: str, new: str) -> None:
        states = record_type.states
        if states is None:
            return
        allowed = states.steps.get(old, ())
        if new not in allowed:
            bound = {to: list(by) for to in allowed if (by := states.takers(old, to))}
            _refuse_step(old, new, allowed, by=bound)
        by = states.takers(old, new)
        if by and self.operation not in by and self.by.kind != "system":
            raise Conflict(
                _("Only an operation may take this step."), code="step_by_operation", operations=by
            )

    def _save(self, record_type: RecordType, record: Record, changed: tuple[str, ...]) -> None:
        paths = [record_type.path(name) for name in changed]
        values = {path: getattr(record, path) for path in (*paths, "warnings")}
        found = record_type.model._base_manager.filter(pk=record.pk, version=record.version)
        with worded(record_type):
            if not found.update(**values):
                raise Stale
        # The database counts versions, whoever writes.
        record.version += 1
        alone_under_every_number(record_type, record)

    def _touch(
        self,
        record_type: RecordType,
        record: Record,
        action: str,
        fields: tuple[str, ...],
        before: tuple[str, ...],
    ) -> None:
        subjects = tuple(dict.fromkeys((*before, *subjects_of(record))))
        self.touched.append(Touched(record, record_type, action, fields, subjects))

    def write_audit(self, allowed: Permit) -> None:
        """One entry for each change, in the transaction of the changes."""
        for done in self.touched:
            entries.write(
                Entry(
                    self.by,
                    self.occasion,
                    done.action,
                    done.record_type.collection,
                    str(getattr(done.record, done.record_type.path(done.record_type.key))),
                    record_id=done.record.pk,
                    fieldset="" if self.operation else allowed.fieldset,
                    fields=done.fields,
                    operation=self.operation,
                    agreement_id=allowed.agreement_id,
                    legal_basis=allowed.legal_basis,
                    subjects=done.subjects,
                )
            )


def create(
    record_type: RecordType,
    values: Mapping[str, Any],
    *,
    fieldset: str | None = None,
    by: Actor,
    occasion: Occasion,
    reason: str,
) -> Record:
    """Record something new. `values`: column → value, within the fieldset.

    Raises Refused, Invalid, Conflict.
    """
    with _act(record_type, "create", "", fieldset, by, occasion, reason, values) as (work, allowed):
        record = work.create(record_type.model, values)
        if not _in_units(record_type, record, allowed):
            raise Refused(_("You may not record for this unit."), code="not_agreed")
        return record


def amend(
    record_type: RecordType,
    key: str,
    values: Mapping[str, Any],
    *,
    seen: int,
    fieldset: str | None = None,
    by: Actor,
    occasion: Occasion,
    reason: str,
) -> Record:
    """Change a record that the caller saw at version `seen`. Raises Refused, Missing, Stale, Invalid,
    Conflict."""
    with _act(record_type, "amend", key, fieldset, by, occasion, reason, values) as (work, allowed):
        if record_type.key in values:
            text = _("A key does not change by an amendment.")
            raise Invalid(faults=[Fault(record_type.key, "immutable", text)])
        record = work.amend(_locked(record_type, key, seen, allowed), values)
        if not _in_units(record_type, record, allowed):
            raise Refused(_("You may not record for this unit."), code="not_agreed")
        return record


def close(
    record_type: RecordType,
    key: str,
    *,
    on: datetime.date,
    seen: int,
    fieldset: str | None = None,
    by: Actor,
    occasion: Occasion,
    reason: str,
) -> Record:
    """Close a record that the caller saw at version `seen`, from the day `on`. Raises as `amend`."""
    with _act(record_type, "close", key, fieldset, by, occasion, reason, {}) as (work, allowed):
        if on > timezone.localdate():
            text = _("This date has not come yet.")
            raise Invalid(faults=[Fault("closed_on", "range", text)])
        return work.close(_locked(record_type, key, seen, allowed), on=on)


def run(
    operation: Operation, values: Mapping[str, Any], *, by: Actor, occasion: Occasion, reason: str
) -> list[Touched]:
    """Run an operation with input name → value; everything it changes commits, or nothing.

    Returns what it touched. Raises Refused, Invalid, Conflict, Stale.
    """
    about = tuple(numbers_in(operation, values))
    entry = Entry(by, occasion, "run", grants.OPERATIONS, operation=operation.name, subjects=about)
    work = Work(by, occasion, reason, operation.name)
    with entries.attempt(entry, lambda: [s for r in work.held for s in subjects_of(r)]):
        allowed = grants.permit_operation(by, operation.name, operation.legal_basis, occasion)
        given = judged(operation.input, values)
        with transaction.atomic():
            speak_for(by, reason, occasion, operation=operation.name)
            operation.run(work, given)
            _check_now()
            work.write_audit(allowed)
        return work.touched


@contextmanager
def _act(
    record_type: RecordType,
    verb: str,
    key: str,
    fieldset: str | None,
    by: Actor,
    occasion: Occasion,
    reason: str,
    values: Mapping[str, Any],
) -> Iterator[tuple[Work, Permit]]:
    """One permitted act over one record, from leave to commit."""
    about: tuple[str, ...] = (key[:20],) if key and record_type.key in record_type.subjects else ()
    entry = Entry(
        by, occasion, verb, record_type.collection, key, fieldset=fieldset or "", subjects=about
    )
    with entries.attempt(entry, lambda: concerned(record_type, key, values)):
        allowed = permit(record_type, verb, fieldset, by, occasion)
        outside = set(values) - (set(allowed.fields) & set(record_type.writable))
        if outside:
            text = _("There is no such field here.")
            raise Invalid(faults=[Fault(name, "unknown_field", text) for name in sorted(outside)])
        work = Work(by, occasion, reason)
        with transaction.atomic():
            speak_for(by, reason, occasion)
            yield work, allowed
            _check_now()
            work.write_audit(allowed)


def _locked(record_type: RecordType, key: str, seen: int, allowed: Permit) -> Record:
    target = record_type.value_field(record_type.key)
    try:
        value = target.clean(key, None)
    except ValidationError as error:
        raise Missing(error.messages[0]) from error
    record = _held(record_type, value)
    if record is None or not _in_units(record_type, record, allowed):
        raise Missing
    if record.version != seen:
        raise Stale(current=record.version, headers={"ETag": f'"{record.version}"'})
    return record


def _held(record_type: RecordType, key: Any) -> Record | None:
    """The record of a key, locked; a person's by any number: asked for again once the lock is had,
    because the number may be replaced while this waits."""
    path = record_type.path(record_type.key)
    rows = record_type.model._base_manager.select_for_update()
    found = rows.filter(**{path: key}).first()
    if record_type.key in record_type.subjects and (found is None or found.closed_on):
        found = rows.filter(**{path: numbers.newest(key)}).first()
    return found


def _in_units(record_type: RecordType, record: Record, allowed: Permit) -> bool:
    if not allowed.units:
        return True
    assert record_type.unit is not None
    return getattr(record, record_type.path(record_type.unit)) in allowed.units


def _check_now() -> None:
    """Have foreign keys judged here and not at commit, where nobody could word what they say."""
    with worded(None), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _refuse_step(old: str | None, new: str, allowed: tuple[str, ...], **more: Any) -> None:
    """`by`, of those allowed: status → the operations that alone may set it."""
    raise Conflict(
        _("The status cannot go from here to there. Allowed are those listed."),
        code="step_not_allowed",
        step=[old, new],
        allowed=list(allowed),
        **more,
    )
