"""What the operations are made of: where an event stands, and whom it may name."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from citizens.models import CivilEvent, Person, Sex
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Code, Date, UnitCode
from records.registry import Input

IN_FORCE = (CivilEvent.Status.REGISTERED, CivilEvent.Status.CORRECTED)


class Registered(Input):
    """Where an event stands in a register of civil status."""

    register_unit: Annotated[str, UnitCode(_("Mã xã nơi đăng ký"))]
    book: Annotated[str, Code(_("Quyển số"))]
    number: Annotated[str, Code(_("Số đăng ký"))]
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]


def enter(work: Work, given: Registered, kind: str, happened: str | None, **more: Any) -> None:
    """Enter an event in its register. Raises Invalid for one registered before it happened."""
    if happened and given.registered_on.isoformat()[: len(happened)] < happened:
        text = _("Nothing is registered before it happens.")
        raise Invalid(faults=[Fault("registered_on", "range", text)])
    entry = {
        "register_unit": given.register_unit,
        "year": given.registered_on.year,
        "book": given.book,
        "number": given.number,
        "registered_on": given.registered_on,
    }
    work.create(CivilEvent, {"kind": kind, **entry, "happened_on": happened, **more})


def event(kind: str, **who: str) -> CivilEvent | None:
    """The newest event of a kind in force that names these people, under any of their numbers."""
    found = CivilEvent.objects.select_for_update().filter(
        kind=kind, status__in=IN_FORCE, closed_on=None
    )
    for column, number in who.items():
        found = found.filter(**{f"{column}__in": numbers.all_numbers([number])})
    return found.order_by("-registered_on").first()


def dead_by(person: Person, on: datetime.date) -> bool:
    """Whether somebody was surely dead at a day's end, as far as the day of the death is known."""
    died = person.death_date
    return bool(died) and died + "-12-31"[len(died) - 4 :] <= on.isoformat()


def living(work: Work, number: str, field: str) -> Person:
    person = work.get(Person, number, field=field)
    if person.status == Person.Status.DEAD:
        raise Conflict(_("This person is dead."), code="dead", field=field)
    return person


def parents(
    work: Work, mother: str | None, father: str | None, born: str, *, older: int = 0
) -> list[Person]:
    """The parents who are named. Raises Conflict where they are of the wrong sex or too young."""
    found = []
    for field, number, sex in (
        ("mother_id", mother, Sex.FEMALE),
        ("father_id", father, Sex.MALE),
    ):
        if number is None:
            continue
        parent = work.get(Person, number, field=field)
        least = f"{int(born[:4]) - older:04d}{born[4:]}"
        if parent.sex != sex or parent.birth_date >= least[: len(parent.birth_date)]:
            raise Conflict(
                _("A mother is a woman, a father a man, and both are older than the child."),
                code="impossible_parent",
                field=field,
            )
        found.append(parent)
    return found
