"""A firm's beginning, who represents it, and where its head office is."""

from __future__ import annotations

import datetime
from fractions import Fraction as Exact
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from businesses.models import OWNERS, UNLIMITED, Enterprise, Interest
from businesses.operations.interests import own
from businesses.operations.steps import (
    CODE_DIGITS,
    Form,
    OfAFirm,
    Status,
    answers_alone,
    appoint,
    end_before,
    nobody_follows,
    since_founded,
    standing,
    wrong,
)
from businesses.validators import Vsic
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Invalid
from records.fields import Choice, Date, Email, Name, PersonalId, Phone, Text, UnitCode
from records.owners import OwnerId
from records.quantities import Fraction, Money
from records.rules import hold_numbers
from records.units import wording

#: From when firms register under the classification of Decision 36/2025/QĐ-TTg.
NEW_CLASSIFICATION = datetime.date(2025, 11, 15)
NAMED = ("", "second_", "third_")
OWNER_REPRESENTS = _("The owner of an enterprise of this form represents it.")


class Registration(OfAFirm):
    """What a firm registers with its representative and up to three owners; more are interests."""

    name: Annotated[str, Text(_("Tên doanh nghiệp"))]
    foreign_name: Annotated[str | None, Text(_("Tên nước ngoài"), optional=True)]
    short_name: Annotated[str | None, Text(_("Tên viết tắt"), optional=True)]
    legal_form: Annotated[str, Choice(_("Loại hình doanh nghiệp"), choices=Form.choices)]
    head_office_unit: Annotated[str, UnitCode(_("Mã xã trụ sở"))]
    head_office_address: Annotated[str, Text(_("Địa chỉ trụ sở chính"))]
    industrial_park: Annotated[str | None, Text(_("Khu công nghiệp"), optional=True)]
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]
    charter_capital: Annotated[int | None, Money(_("Vốn điều lệ"), optional=True)]
    main_industry: Annotated[str | None, Vsic(_("Mã ngành chính"), optional=True)]
    phone: Annotated[str | None, Phone(_("Điện thoại"), optional=True)]
    email: Annotated[str | None, Email(_("Thư điện tử"), optional=True)]
    representative_id: Annotated[str, PersonalId(_("Số định danh người đại diện"))]
    representative_name: Annotated[str, Name(_("Họ và tên người đại diện"))]
    owner_id: Annotated[str, OwnerId(_("Số định danh chủ sở hữu"))]
    share: Annotated[str, Fraction(_("Tỷ lệ góp vốn"))]
    second_owner_id: Annotated[str | None, OwnerId(_("Số định danh chủ thứ hai"), optional=True)]
    second_share: Annotated[str | None, Fraction(_("Tỷ lệ của chủ thứ hai"), optional=True)]
    third_owner_id: Annotated[str | None, OwnerId(_("Số định danh chủ thứ ba"), optional=True)]
    third_share: Annotated[str | None, Fraction(_("Tỷ lệ của chủ thứ ba"), optional=True)]


OF_THE_FIRM = tuple(name for name in Registration.fields if hasattr(Enterprise, name))


class Successor(OfAFirm):
    """Who represents the firm from which day on, in whose place."""

    leaving_id: Annotated[str | None, PersonalId(_("Số định danh người thôi"), optional=True)]
    personal_id: Annotated[str, PersonalId(_("Số định danh người đại diện mới"))]
    full_name: Annotated[str, Name(_("Họ và tên người đại diện mới"))]
    changes_on: Annotated[datetime.date, Date(_("Từ ngày"), future=False)]


class NewOffice(OfAFirm):
    """Where the head office is from which day on."""

    head_office_unit: Annotated[str, UnitCode(_("Mã xã trụ sở mới"))]
    head_office_address: Annotated[str, Text(_("Địa chỉ trụ sở mới"))]
    industrial_park: Annotated[str | None, Text(_("Khu công nghiệp"), optional=True)]
    moves_on: Annotated[datetime.date, Date(_("Từ ngày"), future=False)]


def register_enterprise(work: Work, given: Registration) -> None:
    """Registers a firm with its legal representative and owners.

    No other firm that still exists may have the name; the owners are as many as the legal form has, with
    the whole between them where all are named; nobody owns two firms of unlimited liability.
    """
    hold_numbers(given.name.casefold())
    if given.legal_form != Form.HOUSEHOLD_BUSINESS and Enterprise.called(given.name).exists():
        text = _("Another enterprise has this name.")
        raise Conflict(text, code="name_taken", field="name")
    owners, code, on = _owners(given), given.enterprise_code, given.registered_on
    work.create(
        Enterprise,
        {
            **{name: getattr(given, name) for name in OF_THE_FIRM},
            "founded_on": on,
            "vsic_version": "2025" if on >= NEW_CLASSIFICATION else "2018",
            "status": Status.ACTIVE,
        },
    )
    appoint(work, code, given.representative_id, given.representative_name, on)
    kind = OWNERS[Form(given.legal_form)][2]
    for owner, share in owners.items():
        own(work, code, owner, kind, share, on)


def change_representative(work: Work, given: Successor) -> None:
    """Puts a new legal representative in the place of one who leaves the day before.

    Where several are in force, the one who leaves is named; where none is, the new one is appointed only.
    A business of unlimited liability is represented by its owner.
    """
    firm = standing(work, given.enterprise_code)
    since_founded(firm, given.changes_on, "changes_on")
    nobody_follows(firm, given.changes_on)
    there, comes = firm.represented(given.changes_on), set(numbers.all_numbers([given.personal_id]))
    if firm.legal_form in UNLIMITED:
        held = firm.held(Interest, given.changes_on)
        if not comes & {firm.enterprise_code, *(one.owner_id for one in held)}:
            raise Conflict(OWNER_REPRESENTS, code="owner_represents", field="personal_id")
    if {officer.personal_id for officer in there} & comes:
        text = _("This person represents the enterprise already.")
        raise Conflict(text, code="represents_already", field="personal_id")
    if given.leaving_id:
        leaving = numbers.all_numbers([given.leaving_id])
        there = [officer for officer in there if officer.personal_id in leaving]
        if not there:
            raise wrong("leaving_id", "reference", _("This person does not represent it then."))
    if len(there) > 1:
        raise wrong("leaving_id", "missing", _("Several represent it. Name the one who leaves."))
    for officer in there:
        end_before(work, officer, given.changes_on, "changes_on")
    appoint(work, firm.enterprise_code, given.personal_id, given.full_name, given.changes_on)


def move_head_office(work: Work, given: NewOffice) -> None:
    """Moves a firm's head office to another address, in a unit that exists on that day."""
    firm = standing(work, given.enterprise_code)
    if fault := wording.fault("head_office_unit", given.head_office_unit, given.moves_on):
        raise Invalid(faults=[fault])
    since_founded(firm, given.moves_on, "moves_on")
    new = (given.head_office_unit, given.head_office_address)
    if new == (firm.head_office_unit, firm.head_office_address):
        raise Conflict(_("The head office is there already."), code="there_already")
    names = ("head_office_unit", "head_office_address", "industrial_park")
    work.amend(firm, {name: getattr(given, name) for name in names})


def _owners(given: Registration) -> dict[str, Exact]:
    """Owner → part. Raises Invalid, Conflict where these cannot be the owners of this form."""
    owners: dict[str, Exact] = {}
    for named in NAMED:
        owner, share = (getattr(given, f"{named}{said}") for said in ("owner_id", "share"))
        if bool(owner) != bool(share):
            lacks = f"{named}owner_id" if share else f"{named}share"
            raise wrong(lacks, "missing", _("Name an owner and their part together."))
        if owner in owners:
            raise wrong(f"{named}owner_id", "duplicate", _("This owner is named twice."))
        if owner:
            owners[owner] = Exact(share)
    least, most, kind = OWNERS[Form(given.legal_form)]
    if len(owners) < least or (most and len(owners) > most):
        text = _("An enterprise of this form has another number of owners.")
        raise Conflict(text, code="number_of_owners", least=least, most=most)
    together = sum(owners.values())
    if together > 1 or (together < 1 and len(owners) < len(NAMED)):
        text = _("The parts of all owners together make the whole.")
        raise Conflict(text, code="not_the_whole", field="share")
    for field in (f"{named}owner_id" for named in NAMED):
        if owner := getattr(given, field):
            answers_alone(given.legal_form, kind, owner, field)
    code = given.enterprise_code
    if len(code) != CODE_DIGITS and code not in numbers.all_numbers([given.owner_id]):
        text = _("A household business stands under its owner's number.")
        raise Conflict(text, code="not_the_owners_number", field="enterprise_code")
    if given.legal_form in UNLIMITED and given.representative_id != given.owner_id:
        raise Conflict(OWNER_REPRESENTS, code="owner_represents", field="representative_id")
    return owners
