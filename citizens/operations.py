"""What a civil-status office does in one go."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from citizens.models import CivilEvent, Person, Sex
from citizens.validators import whole_years
from records import duplicates
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Code, Date, Name, PartialDate, PersonalId, Text, UnitCode
from records.registry import Input, Operation

LAW = "Luật Hộ tịch 60/2014/QH13"
ADOPTION_LAW = "Luật Nuôi con nuôi 52/2010/QH12"
NUMBER_BASIS = "Nghị định 70/2024/NĐ-CP, Điều 11"
#: In whole years (Law 52/2014/QH13, art. 8; Law 52/2010/QH12, art. 14).
TO_MARRY = {Sex.MALE: 20, Sex.FEMALE: 18}
OF_AGE, OLDER_THAN_ADOPTED = 18, 20
IN_FORCE = (CivilEvent.Status.REGISTERED, CivilEvent.Status.CORRECTED)


class Registered(Input):
    """Where an event stands in a register of civil status."""

    register_unit: Annotated[str, UnitCode(_("Mã xã nơi đăng ký"))]
    book: Annotated[str, Code(_("Quyển số"))]
    number: Annotated[str, Code(_("Số đăng ký"))]
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]


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


class Wedding(Registered):
    """Who marries whom."""

    husband_id: Annotated[str, PersonalId(_("Số định danh chồng"))]
    wife_id: Annotated[str, PersonalId(_("Số định danh vợ"))]


class Divorce(Wedding):
    """Who parts from whom, by a court's decision that is in force since a day."""

    decided_on: Annotated[datetime.date, Date(_("Ngày quyết định có hiệu lực"), future=False)]


class NewName(Registered):
    """Somebody's name from now on."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cá nhân"))]
    full_name: Annotated[str, Name(_("Họ và tên mới"))]


class Ward(Registered):
    """Who is whose guardian."""

    ward_id: Annotated[str, PersonalId(_("Số định danh người được giám hộ"))]
    guardian_id: Annotated[str, PersonalId(_("Số định danh người giám hộ"))]


class Adoption(Registered):
    """Who takes a child for their own; the child may take another name."""

    child_id: Annotated[str, PersonalId(_("Số định danh con nuôi"))]
    mother_id: Annotated[str | None, PersonalId(_("Số định danh mẹ nuôi"), optional=True)]
    father_id: Annotated[str | None, PersonalId(_("Số định danh cha nuôi"), optional=True)]
    full_name: Annotated[str | None, Name(_("Họ và tên mới"), optional=True)]


class EndedAdoption(Registered):
    """Whose adoption ends, by a court's decision."""

    child_id: Annotated[str, PersonalId(_("Số định danh con nuôi"))]


class NewNumber(Input):
    """A number cancelled and established anew."""

    personal_id: Annotated[str, PersonalId(_("Số định danh cũ"))]
    new_personal_id: Annotated[str, PersonalId(_("Số định danh mới"))]
    replaced_on: Annotated[datetime.date, Date(_("Từ ngày"), future=False)]


def _enter(work: Work, given: Registered, kind: str, happened: str | None, **more: Any) -> None:
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


def _event(kind: str, **who: str) -> CivilEvent | None:
    """The newest event of a kind in force that names these people, under any of their numbers."""
    found = CivilEvent.objects.select_for_update().filter(
        kind=kind, status__in=IN_FORCE, closed_on=None
    )
    for column, number in who.items():
        found = found.filter(**{f"{column}__in": numbers.all_numbers([number])})
    return found.order_by("-registered_on").first()


def _living(work: Work, number: str, field: str) -> Person:
    person = work.get(Person, number, field=field)
    if person.status == Person.Status.DEAD:
        raise Conflict(_("This person is dead."), code="dead", field=field)
    return person


def register_birth(work: Work, given: Birth) -> None:
    """Registers a birth: opens the child's record and enters the birth in the register.

    A parent who is named must be recorded here, be of the right sex and be older than the child.
    """
    born = given.birth_date.isoformat()
    _parents(work, given.mother_id, given.father_id, born)
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
    _enter(
        work,
        given,
        CivilEvent.Kind.BIRTH,
        born,
        place=given.birth_place,
        person_id=given.personal_id,
        mother_id=given.mother_id,
        father_id=given.father_id,
    )


def _parents(
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
    _enter(work, given, CivilEvent.Kind.DEATH, died, place=given.place, person_id=number)


def register_marriage(work: Work, given: Wedding) -> None:
    """Registers a marriage between two living, unmarried people: a man of 20, a woman of 18 or older."""
    for field, number, sex in (
        ("husband_id", given.husband_id, Sex.MALE),
        ("wife_id", given.wife_id, Sex.FEMALE),
    ):
        one = _living(work, number, field)
        if one.sex != sex or whole_years(one.birth_date, given.registered_on) < TO_MARRY[sex]:
            text = _("A man marries from 20 years on, a woman from 18.")
            raise Conflict(text, code="cannot_marry", field=field)
        if one.marital_status == Person.MaritalStatus.MARRIED:
            raise Conflict(_("This person is married already."), code="married", field=field)
        work.amend(one, {"marital_status": Person.MaritalStatus.MARRIED})
    wed = given.registered_on.isoformat()
    who = {"person_id": given.husband_id, "spouse_id": given.wife_id}
    _enter(work, given, CivilEvent.Kind.MARRIAGE, wed, **who)


def register_divorce(work: Work, given: Divorce) -> None:
    """Enters a court's divorce: the marriage in the register ends, and both are divorced."""
    wedding = _event(CivilEvent.Kind.MARRIAGE, person_id=given.husband_id, spouse_id=given.wife_id)
    if wedding is None:
        text = _("No marriage of these two is in force here.")
        raise Conflict(text, code="not_married")
    if given.decided_on < wedding.registered_on:
        text = _("A divorce does not come before the marriage.")
        raise Invalid(faults=[Fault("decided_on", "range", text)])
    work.amend(wedding, {"status": CivilEvent.Status.ENDED})
    for field, number in (("husband_id", given.husband_id), ("wife_id", given.wife_id)):
        one = work.get(Person, number, field=field)
        work.amend(one, {"marital_status": Person.MaritalStatus.DIVORCED})
    who = {"person_id": given.husband_id, "spouse_id": given.wife_id}
    _enter(work, given, CivilEvent.Kind.DIVORCE, given.decided_on.isoformat(), **who)


def change_name(work: Work, given: NewName) -> None:
    """Changes somebody's name; the register and the record's history keep the former one."""
    person = _living(work, given.personal_id, "personal_id")
    former = person.full_name
    if given.full_name == former:
        text = _("This is the name already.")
        raise Invalid(faults=[Fault("full_name", "conflict", text)])
    work.amend(person, {"full_name": given.full_name})
    who = {"person_id": person.personal_id, "former_name": former}
    _enter(work, given, CivilEvent.Kind.NAME_CHANGE, given.registered_on.isoformat(), **who)


def begin_guardianship(work: Work, given: Ward) -> None:
    """Registers a guardian: a living person of age, for a living person who has no guardian."""
    ward, guardian = (
        _living(work, given.ward_id, "ward_id"),
        _living(work, given.guardian_id, "guardian_id"),
    )
    if ward == guardian or whole_years(guardian.birth_date, given.registered_on) < OF_AGE:
        text = _("A guardian is somebody else, of age.")
        raise Conflict(text, code="cannot_guard", field="guardian_id")
    if _event(CivilEvent.Kind.GUARDIANSHIP, person_id=given.ward_id):
        raise Conflict(_("This person has a guardian."), code="guarded", field="ward_id")
    who = {"person_id": given.ward_id, "guardian_id": given.guardian_id}
    _enter(work, given, CivilEvent.Kind.GUARDIANSHIP, given.registered_on.isoformat(), **who)


def end_guardianship(work: Work, given: Ward) -> None:
    """Registers that somebody is no longer the guardian of somebody."""
    held = _event(
        CivilEvent.Kind.GUARDIANSHIP, person_id=given.ward_id, guardian_id=given.guardian_id
    )
    if held is None:
        raise Conflict(_("This guardianship is not in force here."), code="not_guarded")
    work.amend(held, {"status": CivilEvent.Status.ENDED})
    who = {"person_id": given.ward_id, "guardian_id": given.guardian_id}
    _enter(work, given, CivilEvent.Kind.GUARDIANSHIP_END, given.registered_on.isoformat(), **who)


def register_adoption(work: Work, given: Adoption) -> None:
    """Registers an adoption by one person or a couple, each at least 20 years older than the child."""
    child = _living(work, given.child_id, "child_id")
    parents = _parents(
        work, given.mother_id, given.father_id, child.birth_date, older=OLDER_THAN_ADOPTED
    )
    if not parents or any(p.status == Person.Status.DEAD for p in parents):
        text = _("Name a living mother or father who adopts.")
        raise Invalid(faults=[Fault("mother_id", "missing", text)])
    if _event(CivilEvent.Kind.ADOPTION, person_id=given.child_id):
        raise Conflict(_("This child is adopted already."), code="adopted", field="child_id")
    former = None
    if given.full_name and given.full_name != child.full_name:
        former = child.full_name
        work.amend(child, {"full_name": given.full_name})
    who = {"person_id": given.child_id, "mother_id": given.mother_id, "father_id": given.father_id}
    adopted = given.registered_on.isoformat()
    _enter(work, given, CivilEvent.Kind.ADOPTION, adopted, former_name=former, **who)


def end_adoption(work: Work, given: EndedAdoption) -> None:
    """Enters a court's decision that ends an adoption."""
    held = _event(CivilEvent.Kind.ADOPTION, person_id=given.child_id)
    if held is None:
        raise Conflict(_("No adoption of this child is in force here."), code="not_adopted")
    work.amend(held, {"status": CivilEvent.Status.ENDED})
    who = {"person_id": given.child_id, "mother_id": held.mother_id, "father_id": held.father_id}
    _enter(work, given, CivilEvent.Kind.ADOPTION_END, given.registered_on.isoformat(), **who)


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


ENTRY = {"register_unit": "25747", "book": "01/2026", "number": "36", "registered_on": "2026-05-13"}


def _civil(run: Any, title: Any, basis: str, given: type[Registered], **example: Any) -> Operation:
    """An operation that enters an event in a register."""
    example = ENTRY | example
    return Operation(run=run, title=title, legal_basis=basis, input=given, example=example)


COUPLE = {"husband_id": "074078000004", "wife_id": "074171000003"}
WARD = {"ward_id": "074316004455", "guardian_id": "074171000003"}
BIRTH = {
    "personal_id": "074326004455",
    "full_name": "Nguyễn Ngọc Anh",
    "sex": "F",
    "birth_date": "2026-03-02",
    "birth_place": "Bệnh viện Đa khoa tỉnh Bình Dương",
}
DEATH = {"personal_id": "074045000018", "death_date": "2026-05-12", "place": "Tại nhà"}
NAME = {"personal_id": "074078000004", "full_name": "Nguyễn Minh Khoa"}
ADOPTED = {"child_id": "074316004455"}


OPERATIONS = (
    _civil(register_birth, _("Đăng ký khai sinh"), f"{LAW}, Điều 13-16", Birth, **BIRTH),
    _civil(register_death, _("Đăng ký khai tử"), f"{LAW}, Điều 32-34", Death, **DEATH),
    _civil(register_marriage, _("Đăng ký kết hôn"), f"{LAW}, Điều 17-18", Wedding, **COUPLE),
    _civil(
        register_divorce,
        _("Ghi vào sổ việc ly hôn"),
        f"{LAW}, Điều 30",
        Divorce,
        decided_on="2026-05-04",
        **COUPLE,
    ),
    _civil(change_name, _("Thay đổi, cải chính họ tên"), f"{LAW}, Điều 26-28", NewName, **NAME),
    _civil(begin_guardianship, _("Đăng ký giám hộ"), f"{LAW}, Điều 19-21", Ward, **WARD),
    _civil(end_guardianship, _("Đăng ký chấm dứt giám hộ"), f"{LAW}, Điều 22-23", Ward, **WARD),
    _civil(
        register_adoption,
        _("Đăng ký việc nuôi con nuôi"),
        f"{ADOPTION_LAW}, Điều 8, 14, 22",
        Adoption,
        mother_id="074171000003",
        **ADOPTED,
    ),
    _civil(
        end_adoption,
        _("Ghi vào sổ việc chấm dứt nuôi con nuôi"),
        f"{ADOPTION_LAW}, Điều 25-27",
        EndedAdoption,
        **ADOPTED,
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
    *duplicates.operations(
        Person,
        PersonalId,
        kind="person",
        titles=(_("Gộp hai hồ sơ của một người"), _("Tách hai hồ sơ đã gộp nhầm")),
        legal_basis=NUMBER_BASIS,
        example={"dropped": "074185004321", "kept": "074085004321", "merged_on": "2026-02-01"},
    ),
)
