"""What a broken rule says, in words: the 409 or 422 that a caller can act on."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext, gettext_lazy as _

from records.errors import Conflict, Fault, Invalid
from records.fields import UnitCode
from records.models import Record
from records.registry import RecordType, record_types
from records.units import wording

#: What Django calls a fault, in the words of the import contract.
CODES = {"null": "missing", "blank": "missing", "invalid_choice": "choice", "invalid": "format"}


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
        raise _conflict(record_type, error) from error
    except DataError as error:
        raise Invalid from error


def unknown_units(
    record_type: RecordType, record: Record, names: Collection[str], *, wrong: Collection[str]
) -> Iterator[Fault]:
    """The faults of those of the columns `names` that name a unit which is not listed.

    The record's own unit must have held on the day `unit_on`, where the type declares one; so it is
    judged again when that day is written. `wrong`: columns that have a fault already.
    """
    judged = {n for n in names if isinstance(record_type.value_field(n), UnitCode)}
    if record_type.unit and record_type.unit_on in names:
        judged.add(record_type.unit)
    for name in judged - set(wrong):
        on = None
        if name == record_type.unit and record_type.unit_on:
            on = getattr(record, record_type.path(record_type.unit_on))
        code = getattr(record, record_type.path(name))
        day = on if isinstance(on, datetime.date) else None
        if code and (fault := wording.fault(name, code, day)):
            yield fault


def _conflict(record_type: RecordType | None, error: IntegrityError) -> Conflict | Invalid:
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
