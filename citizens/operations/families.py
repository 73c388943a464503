"""Who belongs to whom: marriage, guardianship, adoption."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from citizens.models import CivilEvent, Person, Sex
from citizens.operations.steps import IN_FORCE, Registered, dead_by, enter, event, living, parents
from citizens.validators import whole_years
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Date, Name, PersonalId

#: In whole years (Law 52/2014/QH13, art. 8; Law 52/2010/QH12, art. 14).
TO_MARRY = {Sex.MALE: 20, Sex.FEMALE: 18}
OF_AGE, OLDER_THAN_ADOPTED = 18, 20
#: Below which age a child is adopted, by anybody and by kin (Law 52/2010/QH12, art. 8).
ADOPTED_BELOW, ADOPTED_BY_KIN_BELOW = 16, 18


class Kinship(TextChoices):
    """Kin who may adopt an older child, and need not be 20 years older (art. 8.2, 14.3)."""

    STEP_PARENT = "step_parent", _("Cha dượng, mẹ kế")
    AUNT_UNCLE = "aunt_uncle", _("Cô, cậu, dì, chú, bác ruột")


class Wedding(Registered):
    """Who marries whom."""

    husband_id: Annotated[str, PersonalId(_("Số định danh chồng"))]
    wife_id: Annotated[str, PersonalId(_("Số định danh vợ"))]


class Divorce(Wedding):
    """Who parts from whom, by a court's decision that is in force since a day."""

    decided_on: Annotated[datetime.date, Date(_("Ngày quyết định có hiệu lực"), future=False)]


class Ward(Registered):
    """Who is whose guardian."""

    ward_id: Annotated[str, PersonalId(_("Số định danh người được giám hộ"))]
    guardian_id: Annotated[str, PersonalId(_("Số định danh người giám hộ"))]


class Adoption(Registered):
    """Who takes a child for their own; the child may take another name."""

    child_id: Annotated[str, PersonalId(_("Số định danh con nuôi"))]
    mother_id: Annotated[str | None, PersonalId(_("Số định danh mẹ nuôi"), optional=True)]
    father_id: Annotated[str | None, PersonalId(_("Số định danh cha nuôi"), optional=True)]
    kinship: Annotated[
        str | None,
        Choice(_("Người nhận nuôi là họ hàng"), choices=Kinship.choices, optional=True),
    ]
    full_name: Annotated[str | None, Name(_("Họ và tên mới"), optional=True)]


class EndedAdoption(Registered):
    """Whose adoption ends, by a court's decision."""

    child_id: Annotated[str, PersonalId(_("Số định danh con nuôi"))]


def register_marriage(work: Work, given: Wedding) -> None:
    """Registers a marriage between two living, unmarried people: a man of 20, a woman of 18 or older.

    A marriage in force with somebody who lives stands in the way; one that a death ended becomes `ended`.
    """
    for field, number, sex in (
        ("husband_id", given.husband_id, Sex.MALE),
        ("wife_id", given.wife_id, Sex.FEMALE),
    ):
        one = living(work, number, field)
        if one.sex != sex or whole_years(one.birth_date, given.registered_on) < TO_MARRY[sex]:
            text = _("A man marries from 20 years on, a woman from 18.")
            raise Conflict(text, code="cannot_marry", field=field)
        before = _weddings(one.personal_id)
        if one.marital_status == Person.MaritalStatus.MARRIED or not all(
            _over(wedding, number, given.registered_on) for wedding in before
        ):
            raise Conflict(_("This person is married already."), code="married", field=field)
        for wedding in before:
            work.amend(wedding, {"status": CivilEvent.Status.ENDED})
        work.amend(one, {"marital_status": Person.MaritalStatus.MARRIED})
    wed = given.registered_on.isoformat()
    who = {"person_id": given.husband_id, "spouse_id": given.wife_id}
    enter(work, given, CivilEvent.Kind.MARRIAGE, wed, **who)


def _weddings(number: str) -> list[CivilEvent]:
    """The marriages in force of somebody, on either side and under any of their numbers, locked."""
    own = numbers.all_numbers([number])
    found = CivilEvent.objects.select_for_update().filter(
        Q(person_id__in=own) | Q(spouse_id__in=own),
        kind=CivilEvent.Kind.MARRIAGE,
        status__in=IN_FORCE,
        closed_on=None,
    )
    return list(found.order_by("id"))


def _over(wedding: CivilEvent, number: str, on: datetime.date) -> bool:
    """Whether death has ended somebody's marriage by a day: not where it is known to come later."""
    own = numbers.all_numbers([number])
    other: Any = wedding.spouse_id if wedding.person_id in own else wedding.person_id
    if other is None:
        return False
    gone = Person.objects.filter(
        personal_id__in=numbers.all_numbers([other]), status=Person.Status.DEAD, closed_on=None
    ).first()
    if gone is None:
        return False
    died = gone.death_date or ""
    return died <= on.isoformat()[: len(died)]


def _wedding(one: str, other: str) -> CivilEvent | None:
    """The marriage in force of two, whichever of them the register names first."""
    return event(CivilEvent.Kind.MARRIAGE, person_id=one, spouse_id=other) or event(
        CivilEvent.Kind.MARRIAGE, person_id=other, spouse_id=one
    )


def register_divorce(work: Work, given: Divorce) -> None:
    """Enters a court's divorce: the marriage in the register ends, and both are divorced.

    Both lived when it came into force; who has died since stays as they died.
    """
    wedding = _wedding(given.husband_id, given.wife_id)
    if wedding is None:
        text = _("No marriage of these two is in force here.")
        raise Conflict(text, code="not_married")
    if given.decided_on < wedding.registered_on:
        text = _("A divorce does not come before the marriage.")
        raise Invalid(faults=[Fault("decided_on", "range", text)])
    work.amend(wedding, {"status": CivilEvent.Status.ENDED})
    for field, number in (("husband_id", given.husband_id), ("wife_id", given.wife_id)):
        one = work.get(Person, number, field=field)
        if dead_by(one, given.decided_on):
            text = _("This marriage was over: one of the two had died.")
            raise Conflict(text, code="dead", field=field)
        if one.status != Person.Status.DEAD:
            work.amend(one, {"marital_status": Person.MaritalStatus.DIVORCED})
    who = {"person_id": given.husband_id, "spouse_id": given.wife_id}
    enter(work, given, CivilEvent.Kind.DIVORCE, given.decided_on.isoformat(), **who)


def begin_guardianship(work: Work, given: Ward) -> None:
    """Registers a guardian: a living person of age, for a living person who has no guardian."""
    ward, guardian = (
        living(work, given.ward_id, "ward_id"),
        living(work, given.guardian_id, "guardian_id"),
    )
    if ward == guardian or whole_years(guardian.birth_date, given.registered_on) < OF_AGE:
        text = _("A guardian is somebody else, of age.")
        raise Conflict(text, code="cannot_guard", field="guardian_id")
    if event(CivilEvent.Kind.GUARDIANSHIP, person_id=given.ward_id):
        raise Conflict(_("This person has a guardian."), code="guarded", field="ward_id")
    who = {"person_id": given.ward_id, "guardian_id": given.guardian_id}
    enter(work, given, CivilEvent.Kind.GUARDIANSHIP, given.registered_on.isoformat(), **who)


def end_guardianship(work: Work, given: Ward) -> None:
    """Registers that somebody is no longer the guardian of somebody."""
    held = event(
        CivilEvent.Kind.GUARDIANSHIP, person_id=given.ward_id, guardian_id=given.guardian_id
    )
    if held is None:
        raise Conflict(_("This guardianship is not in force here."), code="not_guarded")
    work.amend(held, {"status": CivilEvent.Status.ENDED})
    who = {"person_id": given.ward_id, "guardian_id": given.guardian_id}
    enter(work, given, CivilEvent.Kind.GUARDIANSHIP_END, given.registered_on.isoformat(), **who)


def register_adoption(work: Work, given: Adoption) -> None:
    """Registers an adoption of a child below 16 by one person or a married couple, each 20 years older.

    A step-parent, aunt or uncle may adopt a child below 18, and need only be older.
    """
    child = living(work, given.child_id, "child_id")
    below = ADOPTED_BY_KIN_BELOW if given.kinship else ADOPTED_BELOW
    if whole_years(child.birth_date, given.registered_on) >= below:
        text = _("A child is adopted below 16; by a step-parent, an aunt or an uncle below 18.")
        raise Conflict(text, code="too_old", field="child_id")
    older = 0 if given.kinship else OLDER_THAN_ADOPTED
    adopting = parents(work, given.mother_id, given.father_id, child.birth_date, older=older)
    if not adopting or any(p.status == Person.Status.DEAD for p in adopting):
        text = _("Name a living mother or father who adopts.")
        raise Invalid(faults=[Fault("mother_id", "missing", text)])
    if given.mother_id and given.father_id and not _wedding(given.father_id, given.mother_id):
        text = _("Two who adopt together are married to each other.")
        raise Conflict(text, code="not_married", field="father_id")
    if event(CivilEvent.Kind.ADOPTION, person_id=given.child_id):
        raise Conflict(_("This child is adopted already."), code="adopted", field="child_id")
    former = None
    if given.full_name and given.full_name != child.full_name:
        former = child.full_name
        work.amend(child, {"full_name": given.full_name})
    who = {"person_id": given.child_id, "mother_id": given.mother_id, "father_id": given.father_id}
    adopted = given.registered_on.isoformat()
    enter(work, given, CivilEvent.Kind.ADOPTION, adopted, former_name=former, **who)


def end_adoption(work: Work, given: EndedAdoption) -> None:
    """Enters a court's decision that ends an adoption."""
    held = event(CivilEvent.Kind.ADOPTION, person_id=given.child_id)
    if held is None:
        raise Conflict(_("No adoption of this child is in force here."), code="not_adopted")
    work.amend(held, {"status": CivilEvent.Status.ENDED})
    who = {"person_id": given.child_id, "mother_id": held.mother_id, "father_id": held.father_id}
    enter(work, given, CivilEvent.Kind.ADOPTION_END, given.registered_on.isoformat(), **who)
