"""What a civil-status office does in one go."""

from __future__ import annotations

import datetime
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from citizens.models import CivilEvent, Person, Sex
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Code, Date, Name, PartialDate, PersonalId, Text, UnitCode
from records.registry import Input, Operation

BIRTH_BASIS = "Luật Hộ tịch 60/2014/QH13, Điều 13-16"
DEATH_BASIS = "Luật Hộ tịch 60/2014/QH13, Điều 32-34"
NUMBER_BASIS = "Nghị định 70/2024/NĐ-CP, Điều 11"


class Birth(Input):
    """A birth certificate's facts and where it stands in the register."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    full_name: Annotated[str, Name(_("Họ và tên"))]
    sex: Annotated[str, Choice(_("Giới tính"), choices=Sex.choices)]
    birth_date: Annotated[datetime.date, Date(_("Ngày sinh"), future=False)]
    birth_place: Annotated[str | None, Text(_("Nơi sinh"), optional=True)]
    birth_place_unit: Annotated[str | None, UnitCode(_("Mã xã nơi sinh"), optional=True)]
    nationality: Annotated[str | None, Text(_("Quốc tịch"), optional=True)]
    mother_id: Annotated[str | None, PersonalId(_("Số định danh mẹ"), optional=True)]
    father_id: Annotated[str | None, PersonalId(_("Số định danh cha"), optional=True)]
    register_unit: Annotated[str, UnitCode(_("Mã xã nơi đăng ký"))]
    book: Annotated[str, Code(_("Quyển số"))]
    number: Annotated[str, Code(_("Số đăng ký"))]
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]


class Death(Input):
    """A death certificate's facts and where it stands in the register."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    death_date: Annotated[str, PartialDate(_("Ngày chết"))]
    place: Annotated[str | None, Text(_("Nơi chết"), optional=True)]
    register_unit: Annotated[str, UnitCode(_("Mã xã nơi đăng ký"))]
    book: Annotated[str, Code(_("Quyển số"))]
    number: Annotated[str, Code(_("Số đăng ký"))]
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]


class NewNumber(Input):
    """A number cancelled and established anew."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cũ"))]
    new_personal_id: Annotated[str, PersonalId(_("Số định danh mới"))]
    replaced_on: Annotated[datetime.date, Date(_("Từ ngày"), future=False)]


def register_birth(work: Work, given: Birth) -> None:
    """Registers a birth: opens the child's record and enters the birth in the register.

    A parent who is named must be recorded here, be of the right sex and be older than the child.
    """
    born = given.birth_date.isoformat()
    for field, number, sex in (
        ("mother_id", given.mother_id, Sex.FEMALE),
        ("father_id", given.father_id, Sex.MALE),
    ):
        if number is None:
            continue
        parent = work.get(Person, number, field=field)
        if parent.sex != sex or parent.birth_date >= born:
            raise Conflict(
                _("A mother is a woman, a father a man, and both are older than the child."),
                code="impossible_parent",
                field=field,
            )
    _registered_after(given.registered_on, born)
    work.create(
        Person,
        {
            "personal_id": given.personal_id,
            "full_name": given.full_name,
            "sex": given.sex,
            "birth_date": born,
            "birth_place": given.birth_place,
            "birth_place_unit": given.birth_place_unit,
            "birth_registration_unit": given.register_unit,
            "nationality": given.nationality,
        },
    )
    work.create(
        CivilEvent,
        {
            "kind": CivilEvent.Kind.BIRTH,
            "register_unit": given.register_unit,
            "year": given.registered_on.year,
            "book": given.book,
            "number": given.number,
            "registered_on": given.registered_on,
            "happened_on": born,
            "place": given.birth_place,
            "person_id": given.personal_id,
            "mother_id": given.mother_id,
            "father_id": given.father_id,
        },
    )


def _registered_after(on: datetime.date, happened: str) -> None:
    """Raise Invalid for an entry in the register from before what it registers."""
    if on.isoformat()[: len(happened)] < happened:
        text = _("Nothing is registered before it happens.")
        raise Invalid(faults=[Fault("registered_on", "range", text)])


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
    _registered_after(given.registered_on, given.death_date)
    work.amend(person, {"status": Person.Status.DEAD, "death_date": given.death_date})
    work.create(
        CivilEvent,
        {
            "kind": CivilEvent.Kind.DEATH,
            "register_unit": given.register_unit,
            "year": given.registered_on.year,
            "book": given.book,
            "number": given.number,
            "registered_on": given.registered_on,
            "happened_on": given.death_date,
            "place": given.place,
            "person_id": person.personal_id,
        },
    )


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


OPERATIONS = (
    Operation(
        run=register_birth,
        title=_("Đăng ký khai sinh"),
        legal_basis=BIRTH_BASIS,
        input=Birth,
        example={
            "personal_id": "074326004455",
            "full_name": "Nguyễn Ngọc Anh",
            "sex": "F",
            "birth_date": "2026-03-02",
            "birth_place": "Bệnh viện Đa khoa tỉnh Bình Dương",
            "register_unit": "25747",
            "book": "01/2026",
            "number": "117",
            "registered_on": "2026-03-09",
        },
    ),
    Operation(
        run=register_death,
        title=_("Đăng ký khai tử"),
        legal_basis=DEATH_BASIS,
        input=Death,
        example={
            "personal_id": "074045000018",
            "death_date": "2026-05-12",
            "place": "Tại nhà",
            "register_unit": "25747",
            "book": "01/2026",
            "number": "36",
            "registered_on": "2026-05-13",
        },
    ),
    Operation(
        run=replace_personal_id,
        title=_("Xác lập lại số định danh cá nhân"),
        legal_basis=NUMBER_BASIS,
        input=NewNumber,
        example={
            "personal_id": "074185004321",
            "new_personal_id": "074085004321",
            "replaced_on": "2026-02-01",
        },
    ),
)
