"""Records in people's words: what a field is called, and a value as it is written here."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from records.fields import Choice, Date, PartialDate, UnitCode
from records.mending import literal
from records.quantities import Decimal, Money, plain
from records.registry import RecordType
from records.tables import Cell
from records.units.snapshot import snapshot


def label(record_type: RecordType | None, name: str) -> Any:
    """What a field is called; its own name where no model has it any more: audit outlives models."""
    if record_type and record_type.open and name in record_type.open.held:
        return record_type.open.held[name].label
    try:
        return record_type.field(name).verbose_name if record_type else name
    except (KeyError, StopIteration, FieldDoesNotExist):
        return name


def said(record_type: RecordType, name: str, value: Any) -> Any:
    """A column's value in words: a choice by its word, a day as dd/mm/yyyy, a unit with its name."""
    if value is None:
        return ""
    try:
        return of_field(record_type.field(name), value)
    except (KeyError, StopIteration, FieldDoesNotExist):
        return value


def day(value: Any) -> str:
    """A day as dd/mm/yyyy, or what is known of it; empty for none."""
    return "/".join(reversed(str(value).split("-"))) if value else ""


def of_field(field: models.Field[Any, Any], value: Any) -> Any:
    """A field's value in words."""
    if isinstance(field, Choice):
        return dict(field.flatchoices).get(value, value)
    if isinstance(field, PartialDate | models.DateField):
        return day(value)
    if isinstance(field, UnitCode):
        known = snapshot().at(str(value), None)
        return f"{value} · {known.full_name}" if known else value
    if isinstance(field, Money | Decimal):
        return amount(value)
    return value


def amount(value: Any) -> str:
    """A number as it is written here: 1.250,5."""
    whole, _point, part = plain(value).partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{part}" if part else "")


def as_written(field: models.Field[Any, Any]) -> Callable[[Any], Cell]:
    """How a field's values stand in a file that an import reads back: a choice by its word in the
    language asked for, where a file may say that, else by its code; a day as a day; the rest as it is."""
    if isinstance(field, Choice):
        words = {
            code: str(word) if field.mend(str(word)) == (code, False) else code
            for code, word in field.flatchoices
        }
        return lambda value: words.get(value, value)
    if isinstance(field, PartialDate):
        return lambda value: value and _partial(value)
    if isinstance(field, models.IntegerField | Decimal | Date):
        return lambda value: value
    return lambda value: value if value is None else literal(value)


def _partial(value: str) -> str | datetime.date:
    return datetime.date.fromisoformat(value) if len(value) == len("1985-06-02") else day(value)
