"""The answer to anybody who holds a paper and asks whether it is good: yes or no, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from records.access import grants
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.errors import Fault, Invalid
from records.fields import Fold, Text
from records.registry import RecordType
from records.rules import fault_of

#: How many records may share the value that is looked up by.
MOST = 50


def verify(
    record_type: RecordType, given: Mapping[str, Any], *, to: Actor, occasion: Occasion
) -> bool:
    """Whether a record says all of `given` (column → text) and is good (`RecordType.verifiable`).

    One statement and one entry of audit whatever the answer is, about all whose papers have the value
    that is looked up by: a no tells nothing of which part was wrong. Raises Refused, Invalid.
    """
    entry = Entry(to, occasion, "check", record_type.collection)
    with entries.attempt(entry):
        allowed = grants.permit(to, record_type, "check", fieldset=None, occasion=occasion)
    asked = record_type.verifiable
    assert asked is not None
    values = _judged(record_type, asked.columns, given)
    first, *others = asked.columns
    good = models.Q(closed_on__isnull=True)
    if asked.valid:
        good &= models.Q(status__in=asked.valid)
    for name in others:
        good &= _says(record_type, name, values[name])
    agrees = models.ExpressionWrapper(good, output_field=models.BooleanField())
    subjects = [record_type.path(subject) for subject in record_type.subjects]
    rows = record_type.model._base_manager.filter(**{record_type.path(first): values[first]})
    with transaction.atomic():
        found = list(
            rows.annotate(agrees=agrees)
            .order_by("-agrees")
            .values_list("agrees", "id", record_type.path(record_type.key), *subjects)[:MOST]
        )
        only = found[0] if len(found) == 1 else (None, None, "")
        entries.write(
            replace(
                entry,
                record_id=only[1],
                record_key=str(only[2]),
                fields=allowed.fields,
                legal_basis=allowed.legal_basis,
                subjects=tuple(s for row in found for s in row[3:] if s),
            )
        )
    return any(row[0] for row in found)


def _judged(
    record_type: RecordType, names: tuple[str, ...], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Each value in its normal form. Raises Invalid with every fault."""
    faults, values = [], {}
    for name in names:
        field: Any = record_type.judge(name, given.get)
        raw = given.get(name)
        if not isinstance(raw, str) or not raw.strip():
            faults.append(Fault(name, "missing", _("This is needed.")))
            continue
        try:
            values[name] = field.clean(field.mend(raw.strip())[0], None)
        except ValidationError as error:
            faults.append(fault_of(name, error))
    if faults:
        raise Invalid(faults=faults)
    return values


def _says(record_type: RecordType, name: str, value: Any) -> models.Q:
    field, path = record_type.value_field(name), record_type.path(name)
    if isinstance(field, Text) and not field.shape:
        return models.Q(Exact(Fold(models.F(path)), Fold(models.Value(value))))
    return models.Q(**{path: value})
