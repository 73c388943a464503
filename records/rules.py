"""What a broken rule says, in words: the 409 or 422 that a caller can act on."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy as _

from records.access import numbers
from records.errors import Conflict, Fault, Invalid
from records.fields import PersonalId
from records.models import UNDONE, OneAtATime, Reckoned, Record
from records.owners import EnterpriseCode, OwnerId
from records.registry import Input, Operation, RecordType, Warned, record_types, type_of
from records.units import wording

#: Fields that hold somebody's number.
NUMBERS = (PersonalId, OwnerId, EnterpriseCode)
#: What Django calls a fault, in the words of the import contract.
CODES = {
    "null": "missing",
    "blank": "missing",
    "invalid_choice": "choice",
    "invalid": "format",
    "max_length": "format",
}


def fault_of(name: str, error: ValidationError) -> Fault:
    """A single value's fault, as the import contract words it."""
    first = error.error_list[0]
    code = CODES.get(first.code or "", first.code or "format")
    text = gettext("This is not one of the choices.") if code == "choice" else first.messages[0]
    return Fault(name, code, text)


@contextmanager
def worded(record_type: RecordType | None) -> Iterator[None]:
    """Turn a broken rule of the database into the 409 or 422 that says so; anything else is a bug."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise conflict_of(record_type, error) from error
    except DataError as error:
        raise Invalid from error


def unknown_units(
    record_type: RecordType, record: Record, names: Collection[str], *, wrong: Collection[str]
) -> Iterator[Fault]:
    """The faults of those of the columns `names` that name a unit which is not listed.

    The record's own unit must have held on the day `unit_on`, where the type declares one; so it is
    judged again when that day is written. `wrong`: columns that have a fault already.
    """
    places = {n: getattr(record_type.value_field(n), "unit_at", None) for n in names}
    judged = {n for n, at in places.items() if at}
    if record_type.unit and record_type.unit_on in names:
        judged.add(record_type.unit)
    for name in judged - set(wrong):
        on = None
        if name == record_type.unit and record_type.unit_on:
            on = getattr(record, record_type.path(record_type.unit_on))
        value = getattr(record, record_type.path(name))
        day = on if isinstance(on, datetime.date) else None
        if value and (fault := wording.fault(name, value[places.get(name) or slice(None)], day)):
            yield fault


def alone_under_every_number(record_type: RecordType, record: Record) -> None:
    """Raise Conflict where a rule of one at a time is broken under another number of the same person.

    The database compares numbers as they are written; somebody whose number was replaced has two. Writers
    about one person wait for each other here.
    """
    for rule in record_type.model._meta.constraints:
        if not isinstance(rule, OneAtATime):
            continue
        for subject in set(rule.fields_given) & set(record_type.subjects):
            given = getattr(record, record_type.path(subject))
            hold_numbers(given)
            if (newest := numbers.newest(given)) != given:
                hold_numbers(newest)
            others = [n for n in numbers.all_numbers([given]) if n != given]
            if not others:
                continue
            same = {f: getattr(record, f) for f in rule.fields_given if f != subject}
            found = record_type.model._base_manager.filter(
                **same, **{f"{record_type.path(subject)}__in": others}
            ).filter(rule.condition)
            held: Any = record
            days = models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=held.valid_from)
            if held.valid_to is not None:
                days &= models.Q(valid_from__lte=held.valid_to)
            itself = record_type.model._base_manager.filter(pk=record.pk).filter(rule.condition)
            if itself.exists() and found.filter(days).exists():
                raise Conflict(rule.violation_error_message or "", code="overlap")


def brought_back(record_type: RecordType, record: Record) -> bool:
    """Whether a new record was recorded before, by an import that was undone: then that one is opened
    again, and says what the new one says. Raises as `worded`."""
    paths = {name: record_type.path(name) for name in record_type.writable}
    same = {paths[name]: getattr(record, paths[name]) for name in record_type.identity}
    undone = record_type.model._base_manager.filter(**same, source__startswith=UNDONE)
    gone = undone.select_for_update().values_list("pk", flat=True).first()
    if gone is None:
        return False
    record.pk = gone
    written = [record_type.columns[name].name for name in paths if name != record_type.key]
    kept = ["source", "warnings", "closed_on", "closed_reason"]
    with worded(record_type):
        record.save(force_update=True, update_fields=[*written, *kept])
    return True


def reckonings(record_type: RecordType) -> tuple[Reckoned, ...]:
    """The rules by which a column follows from others."""
    rules = record_type.model._meta.constraints
    return tuple(rule for rule in rules if isinstance(rule, Reckoned))


def warned(record_type: RecordType, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """What looks wrong in a record of these values, all of its columns, as it is kept with the record: so
    not in whatever language the writer happens to read."""
    with translation.override(settings.LANGUAGE_CODE):
        found = chain(*(warn(values) for warn in record_type.warns), _unlike(record_type, values))
        return [asdict(each) for each in found]


def _unlike(record_type: RecordType, values: Mapping[str, Any]) -> Iterator[Warned]:
    """What a record says otherwise than follows from the rest of it."""
    for rule in reckonings(record_type):
        given = values.get(rule.field)
        if given is None:
            continue
        said = ", ".join(["%s"] * len(rule.of))
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT "{rule.name}"({said})', [values[column] for column in rule.of])
            (follows,) = cursor.fetchone()
        if follows is not None and str(follows) != str(given):
            yield Warned(rule.field, "structure", str(rule.violation_error_message))


def hold_numbers(*given: str) -> None:
    """Have other writers about the holders of these numbers wait until this transaction ends."""
    with connection.cursor() as cursor:
        for number in sorted(given):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [number])


def subjects_of(record: Record) -> tuple[str, ...]:
    """The numbers of those whom a record is about, as it stands in the database."""
    record_type = type_of(type(record))
    if not record_type.subjects:
        return ()
    paths = [record_type.path(subject) for subject in record_type.subjects]
    row = record_type.model._base_manager.filter(pk=record.pk).values_list(*paths).first()
    return tuple(s for s in row or () if s)


def concerned(record_type: RecordType, key: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The numbers of those whom a write that failed was about: the record's, and those it named."""
    found: list[Any] = [values.get(s) for s in record_type.subjects if "__" not in s]
    if key:
        target = record_type.value_field(record_type.key)
        with suppress(ValidationError):
            where = {record_type.path(record_type.key): target.clean(key, None)}
            record = record_type.model._base_manager.filter(**where).first()
            found += subjects_of(record) if record else ()
    for head, _sep, tail in (s.partition("__") for s in record_type.subjects if "__" in s):
        parent = record_type.model._meta.get_field(head)
        assert isinstance(parent, models.ForeignKey)
        named = values.get(str(parent.column))
        if isinstance(named, str) and named.isprintable():
            about = type_of(parent.related_model).path(tail)
            rows = parent.related_model._base_manager
            found += rows.filter(**{parent.target_field.attname: named}).values_list(
                about, flat=True
            )
    return tuple(n[:20] for n in found if isinstance(n, str) and n.isdecimal())


def refuse_in_use(number: str) -> None:
    """Raise Conflict for a number under which something is recorded: it would change hands."""
    for record_type in record_types().values():
        for subject in record_type.subjects:
            if "__" in subject:
                continue
            where = {record_type.path(subject): number}
            if record_type.model._base_manager.filter(**where).exists():
                raise Conflict(
                    _("Something is recorded under the new number already."),
                    code="in_use",
                    collection=record_type.collection,
                )


def numbers_in(operation: Operation, values: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of people and firms that an operation's input names: whom a refused try was about."""
    for name, field in operation.input.fields.items():
        number = values.get(name)
        if isinstance(field, NUMBERS) and isinstance(number, str) and number.isdecimal():
            yield number[:20]


def judged(kind: type[Input], values: Mapping[str, Any]) -> Input:
    """An operation's input, each value in its normal form. Raises Invalid with every fault."""
    faults: list[Fault] = []
    clean: dict[str, Any] = {}
    for name, field in kind.fields.items():
        raw = values.get(name)
        if raw in (None, ""):
            if not field.null:
                faults.append(Fault(name, "missing", _("This is needed.")))
            clean[name] = None
            continue
        try:
            clean[name] = field.clean(raw, None)
        except ValidationError as error:
            faults.append(fault_of(name, error))
            continue
        unit_at = getattr(field, "unit_at", None)
        if unit_at and (fault := wording.fault(name, clean[name][unit_at])):
            faults.append(fault)
    if faults:
        raise Invalid(faults=faults)
    return kind(**clean)


def conflict_of(record_type: RecordType | None, error: Exception) -> Conflict | Invalid:
    """The problem that a refusal of the database (IntegrityError, DataError) stands for."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    state = getattr(diagnosis, "sqlstate", None) or ""
    types = [record_type] if record_type else record_types().values()
    rule = next((c for t in types for c in t.model._meta.constraints if c.name == name), None)
    code, text = RULES.get(state, ("conflict", ""))
    if rule is not None:
        code = getattr(rule, "violation_error_code", None) or code
        if rule.violation_error_message != rule.default_violation_error_message:
            text = rule.violation_error_message
    return Invalid(text, code=code) if state == "23514" else Conflict(text, code=code)


#: What PostgreSQL says of a broken rule that has no words of its own (SQLSTATE class 23).
RULES: dict[str, tuple[str, Any]] = {
    "23505": ("duplicate", _("This is recorded already.")),
    "23503": ("reference", _("This refers to a record that is not here.")),
    "23P01": ("overlap", _("Another record already holds for this time.")),
    "23514": ("invalid", ""),
}
