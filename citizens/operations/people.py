"""A person comes, goes, is called and numbered otherwise, and lives elsewhere."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from citizens.models import CivilEvent, Person, Residence, Sex
from citizens.operations.steps import Registered, enter, living, parents
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Code, Date, Name, PartialDate, PersonalId, Text, UnitCode
from records.registry import Input


class Birth(Registered):
    """A birth certificate's facts."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    full_name: Annotated[str, Name(_("Họ và tên"))]
    sex: Annotated[str, Choice(_("Giới tính"), choices=Sex.choices)]
    birth_date: Annotated[datetime.date, Date(_("Ngày sinh"), future=False)]
    birth_place: Annotated[str | None, Text(_("Nơi sinh"), optional=True)]
    birth_place_unit: Annotated[str | None, UnitCode(_("Mã xã nơi sinh"), optional=True)]
    nationality: Annotated[str | None, Text(_("Quốc tịch"), optional=True)]
    mother_id: Annotated[str | None, PersonalId(_("Số định danh mẹ"), optional=True)]
    father_id: Annotated[str | None, PersonalId(_("Số định danh cha"), optional=True)]


class Death(Registered):
    """A death certificate's facts."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    death_date: Annotated[str, PartialDate(_("Ngày chết"))]
    place: Annotated[str | None, Text(_("Nơi chết"), optional=True)]


class NewName(Registered):
    """Somebody's name from now on."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    full_name: Annotated[str, Name(_("Họ và tên mới"))]


class Removal(Input):
    """Who lives where from now on."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    moves_on: Annotated[datetime.date, Date(_("Thường trú từ ngày"), future=False)]
    unit: Annotated[str, UnitCode(_("Mã xã"))]
    address: Annotated[str, Text(_("Địa chỉ"))]
    household_no: Annotated[str | None, Code(_("Số hồ sơ cư trú"), optional=True)]
    relation_to_head: Annotated[str | None, Text(_("Quan hệ với chủ hộ"), optional=True)]


class NewNumber(Input):
    """A number cancelled and established anew."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cũ"))]
    new_personal_id: Annotated[str, PersonalId(_("Số định danh mới"))]
    replaced_on: Annotated[datetime.date, Date(_("Từ ngày"), future=False)]


def register_birth(work: Work, given: Birth) -> None:
    """Registers a birth: opens the child's record and enters the birth in the register.

    A parent who is named must be recorded here, be of the right sex and be older than the child; a mother
    must have lived to bear it.
    """
    born = given.birth_date.isoformat()
    for parent in parents(work, given.mother_id, given.father_id, born):
        died = parent.death_date
        # A father may die before his child is born.
        if parent.sex == Sex.FEMALE and died and died < born[: len(died)]:
            text = _("A mother does not die before the birth.")
            raise Conflict(text, code="dead", field="mother_id")
    person = {
        "personal_id": given.personal_id,
        "full_name": given.full_name,
        "sex": given.sex,
        "birth_date": born,
        "birth_place": given.birth_place,
        "birth_place_unit": given.birth_place_unit,
        "birth_registration_unit": given.register_unit,
        "nationality": given.nationality,
    }
    work.create(Person, person)
    enter(
        work,
        given,
        CivilEvent.Kind.BIRTH,
        born,
        place=given.birth_place,
        person_id=given.personal_id,
        mother_id=given.mother_id,
        father_id=given.father_id,
    )


def register_death(work: Work, given: Death) -> None:
    """Registers a death: closes the person's status for good and enters the death in the register.

    What else the death ends (residence, marriage, offices held) becomes work for those who decide it.
    """
    person = work.get(Person, given.personal_id)
    if person.status == Person.Status.DEAD:
        raise Conflict(_("This person's death is registered already."), code="already_dead")
    if given.death_date < person.birth_date[: len(given.death_date)]:
        text = _("A death does not come before the birth.")
        raise Invalid(faults=[Fault("death_date", "range", text)])
    work.amend(person, {"status": Person.Status.DEAD, "death_date": given.death_date})
    died, number = given.death_date, person.personal_id
    enter(work, given, CivilEvent.Kind.DEATH, died, place=given.place, person_id=number)


def change_name(work: Work, given: NewName) -> None:
    """Changes somebody's name; the register and the record's history keep the former one."""
    person = living(work, given.personal_id, "personal_id")
    former = person.full_name
    if given.full_name == former:
        text = _("This is the name already.")
        raise Invalid(faults=[Fault("full_name", "conflict", text)])
    work.amend(person, {"full_name": given.full_name})
    who = {"person_id": person.personal_id, "former_name": former}
    enter(work, given, CivilEvent.Kind.NAME_CHANGE, given.registered_on.isoformat(), **who)


def replace_personal_id(work: Work, given: NewNumber) -> None:
    """Gives a person a new number. Records and audit keep the old one and are found by both."""
    person = work.get(Person, given.personal_id)
    if person.personal_id != given.personal_id:
        raise Conflict(_("This number has been replaced already."), code="replaced")
    if given.new_personal_id == given.personal_id:
        text = _("The new number is the old one.")
        raise Invalid(faults=[Fault("new_personal_id", "format", text)])
    if given.replaced_on.isoformat() < person.birth_date:
        text = _("A number is not replaced before its holder is born.")
        raise Invalid(faults=[Fault("replaced_on", "range", text)])
    work.replace_key(person, given.new_personal_id, on=given.replaced_on, kind="person")


def move_residence(work: Work, given: Removal) -> None:
    """Registers a permanent residence: the one before ends the day before, if there was any.

    The person's own record says from now on where they live.
    """
    person = living(work, given.personal_id, "personal_id")
    if given.moves_on.isoformat()[: len(person.birth_date)] < person.birth_date:
        text = _("Nobody lives anywhere before they are born.")
        raise Invalid(faults=[Fault("moves_on", "range", text)])
    here = (given.unit, given.address, given.household_no)
    home: Any
    for home in _homes(person, given.moves_on):
        if home.valid_from >= given.moves_on:
            text = _("A permanent residence is recorded from that day or a later one.")
            raise Conflict(text, code="later_residence", field="moves_on")
        if home.valid_to is None and (home.unit, home.address, home.household_no) == here:
            text = _("This person lives there already.")
            raise Conflict(text, code="lives_there", field="address")
        work.amend(home, {"valid_to": given.moves_on - datetime.timedelta(days=1)})
    begun = {
        "personal_id": person.personal_id,
        "kind": Residence.Kind.PERMANENT,
        "unit": given.unit,
        "address": given.address,
        "household_no": given.household_no,
        "relation_to_head": given.relation_to_head,
        "valid_from": given.moves_on,
    }
    work.create(Residence, begun)
    work.amend(person, {"residence_unit": given.unit, "residence_address": given.address})


def _homes(person: Person, on: datetime.date) -> list[Residence]:
    """The permanent residences that hold on a day or later, under any of a person's numbers, locked."""
    known = Residence.objects.select_for_update().filter(
        personal_id__in=numbers.all_numbers([person.personal_id]),
        kind=Residence.Kind.PERMANENT,
        closed_on=None,
    )
    return list(known.exclude(valid_to__lt=on).order_by("valid_from"))
