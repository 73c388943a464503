"""Two records of one person or firm: brought together under one number, and told apart again.

Nothing that was written under the other number is rewritten: a `Succession` leads from it to the one
that stays, and a `Separation` takes that back.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.access import numbers
from records.access.models import Separation, Succession
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Date, Text
from records.models import OneAtATime, Record
from records.registry import Input, Operation, RecordType, record_types, type_of
from records.rules import hold_numbers


def operations(
    model: type[Record],
    number: type[Text],
    *,
    kind: str,
    titles: tuple[Any, Any],
    legal_basis: str,
    example: dict[str, Any],
) -> tuple[Operation, Operation]:
    """The operations that bring two records of a collection together, and tell them apart again.

    `number`: the field of its keys; `example`: `dropped`, `kept`, `merged_on`.
    """
    dropped = Annotated[str, number(_("Số bỏ đi"))]
    into: dict[str, Any] = {
        "dropped": dropped,
        "kept": Annotated[str, number(_("Số giữ lại"))],
        "merged_on": Annotated[datetime.date, Date(_("Từ ngày"), future=False)],
    }

    def together(work: Work, given: Any) -> None:
        """Brings two records of one together: one is closed, and its number leads to the other."""
        merge(work, model, given.dropped, given.kept, on=given.merged_on, kind=kind)

    def apart(work: Work, given: Any) -> None:
        """Takes a merge back: they are two after all; the closed record is open again."""
        separate(work, model, given.dropped, field="dropped")

    table = model._meta.db_table
    together.__name__, apart.__name__ = f"merge_{table}", f"separate_{table}"
    both, one = (
        type("Numbers", (Input,), {"__annotations__": a}) for a in (into, {"dropped": dropped})
    )
    first, second = titles
    return (
        Operation(run=together, title=first, legal_basis=legal_basis, input=both, example=example),
        Operation(
            run=apart,
            title=second,
            legal_basis=legal_basis,
            input=one,
            example={"dropped": example["dropped"]},
        ),
    )


def merge(
    work: Work, given: type[Record], dropped: str, kept: str, *, on: datetime.date, kind: str
) -> None:
    """Close the record of the number `dropped`; from `on` the number `kept` stands for it.

    Raises Conflict where either is closed, where the two were told apart before, or where something holds
    under both that only one can have at a time.
    """
    record_type = type_of(given)
    hold_numbers(dropped, kept)
    other = work.get(given, dropped, field="dropped")
    stays = work.get(given, kept, field="kept")
    if other.pk == stays.pk:
        text = _("These are one record already.")
        raise Invalid(faults=[Fault("dropped", "conflict", text)])
    if other.closed_on or stays.closed_on:
        raise Conflict(_("A closed record is not brought together with another."), code="closed")
    if Succession.objects.filter(old=dropped).exists():
        raise Conflict(_("These records were told apart before."), code="told_apart")
    for found in record_types().values():
        _refuse_two_at_once(found, dropped, kept)
    work.close(other, on=on)
    old, new = (str(getattr(one, record_type.path(record_type.key))) for one in (other, stays))
    request = work.occasion.request_id
    Succession.objects.create(kind=kind, old=old, new=new, on=on, request_id=request)


def separate(work: Work, given: type[Record], number: str, *, field: str) -> None:
    """Take a merge back: the record of `number` is open again. Raises Conflict where it is not merged."""
    record_type = type_of(given)
    hold_numbers(number)
    where: dict[str, Any] = {record_type.path(record_type.key): number}
    record = given._base_manager.select_for_update().filter(**where).first()
    merged = Succession.objects.filter(old=number, separation=None).first()
    if record is None or merged is None:
        text = _("This number is not merged into another one.")
        raise Conflict(text, code="not_merged", field=field)
    work.held.append(record)
    Separation.objects.create(succession=merged, request_id=work.occasion.request_id)
    work.reopen(record)


def _refuse_two_at_once(record_type: RecordType, dropped: str, kept: str) -> None:
    """Raise Conflict where a rule of one at a time would be broken by the two being one."""
    for rule in record_type.model._meta.constraints:
        if not isinstance(rule, OneAtATime):
            continue
        for subject in set(rule.fields_given) & set(record_type.subjects):
            path = record_type.path(subject)
            held = [
                record_type.model._base_manager.filter(
                    rule.condition or models.Q(),
                    **{f"{path}__in": numbers.all_numbers([number])},
                )
                for number in (dropped, kept)
            ]
            others = [f for f in rule.fields_given if f != subject]
            if any(_meet(one, two, others) for one in held[0] for two in held[1]):
                raise Conflict(
                    rule.violation_error_message or "",
                    code="overlap",
                    collection=record_type.collection,
                )


def _meet(one: Any, two: Any, fields: list[str]) -> bool:
    """Whether two records that agree in `fields` hold on a day in common."""
    if any(getattr(one, f) != getattr(two, f) for f in fields):
        return False
    last = datetime.date.max
    return bool(
        one.valid_from <= (two.valid_to or last) and two.valid_from <= (one.valid_to or last)
    )
