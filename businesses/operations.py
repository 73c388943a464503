"""What the business register's office does in one go."""

from __future__ import annotations

import datetime
from fractions import Fraction as Exact
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from businesses.models import HOUSEHOLDS, OWNERS, UNLIMITED, Branch, Enterprise, Interest, Officer
from businesses.samples import EXAMPLES
from businesses.validators import Vsic
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Date, Email, Name, PersonalId, Phone, Text, UnitCode
from records.owners import EnterpriseCode, OwnerId, OwnerKind
from records.quantities import Fraction, Money
from records.registry import Input, Operation
from records.rules import hold_numbers
from records.units import wording

REGISTERING = "Luật Doanh nghiệp 59/2020/QH14, Điều 26; Nghị định 168/2025/NĐ-CP"
CHANGING = "Luật Doanh nghiệp 59/2020/QH14, Điều 30; Nghị định 168/2025/NĐ-CP"
SUSPENDING = "Luật Doanh nghiệp 59/2020/QH14, Điều 206; Nghị định 168/2025/NĐ-CP"
TRANSFERRING = "Luật Doanh nghiệp 59/2020/QH14, Điều 52, 127, 192; Nghị định 168/2025/NĐ-CP"
DISSOLVING = "Luật Doanh nghiệp 59/2020/QH14, Điều 207, 208; Nghị định 168/2025/NĐ-CP"
#: From when firms register under the classification of Decision 36/2025/QĐ-TTg.
NEW_CLASSIFICATION = datetime.date(2025, 11, 15)
DAY = datetime.timedelta(days=1)
Form, Status, Kind = Enterprise.LegalForm, Enterprise.Status, Interest.Kind
WINDING_UP = (Status.REVOKED, Status.DISSOLVING, Status.IN_BANKRUPTCY, Status.ENDED)
CODE_DIGITS, NAMED = 10, ("", "second_", "third_")


class OfAFirm(Input):
    """Which firm it is about; a household business stands under its owner's number."""

    enterprise_code: Annotated[str, EnterpriseCode(_("Mã số doanh nghiệp"), households=HOUSEHOLDS)]


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


class Suspension(OfAFirm):
    """From which day to which a firm suspends its business."""

    suspended_from: Annotated[datetime.date, Date(_("Tạm ngừng từ ngày"))]
    suspended_until: Annotated[datetime.date, Date(_("Tạm ngừng đến ngày"))]


class Resumption(OfAFirm):
    """From which day a firm does business again."""

    resumes_on: Annotated[datetime.date, Date(_("Ngày tiếp tục kinh doanh"), future=False)]


class NewOffice(OfAFirm):
    """Where the head office is from which day on."""

    head_office_unit: Annotated[str, UnitCode(_("Mã xã trụ sở mới"))]
    head_office_address: Annotated[str, Text(_("Địa chỉ trụ sở mới"))]
    industrial_park: Annotated[str | None, Text(_("Khu công nghiệp"), optional=True)]
    moves_on: Annotated[datetime.date, Date(_("Từ ngày"), future=False)]


class Transfer(OfAFirm):
    """Who passes on which part of the firm, to whom, and when."""

    from_id: Annotated[str, OwnerId(_("Số định danh bên chuyển nhượng"))]
    to_id: Annotated[str, OwnerId(_("Số định danh bên nhận"))]
    share: Annotated[str, Fraction(_("Phần chuyển nhượng, trên toàn bộ doanh nghiệp"))]
    transferred_on: Annotated[datetime.date, Date(_("Ngày chuyển nhượng"), future=False)]


class Dissolution(OfAFirm):
    """The day of the resolution or decision to dissolve."""

    resolved_on: Annotated[datetime.date, Date(_("Ngày nghị quyết, quyết định"), future=False)]


class End(OfAFirm):
    """The day on which a firm ceases to be."""

    ended_on: Annotated[datetime.date, Date(_("Ngày chấm dứt tồn tại"), future=False)]


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
    _appoint(work, code, given.representative_id, given.representative_name, on)
    kind = OWNERS[Form(given.legal_form)][2]
    for owner, share in owners.items():
        _own(work, code, owner, kind, share, on)


def change_representative(work: Work, given: Successor) -> None:
    """Puts a new legal representative in the place of one who leaves the day before.

    Where several are in force, the one who leaves is named; where none is, the new one is appointed only.
    """
    firm = _standing(work, given.enterprise_code)
    there = firm.represented(given.changes_on)
    if {officer.personal_id for officer in there} & set(numbers.all_numbers([given.personal_id])):
        text = _("This person represents the enterprise already.")
        raise Conflict(text, code="represents_already", field="personal_id")
    if given.leaving_id:
        leaving = numbers.all_numbers([given.leaving_id])
        there = [officer for officer in there if officer.personal_id in leaving]
        if not there:
            raise _wrong("leaving_id", "reference", _("This person does not represent it then."))
    if len(there) > 1:
        raise _wrong("leaving_id", "missing", _("Several represent it. Name the one who leaves."))
    for officer in there:
        _end_before(work, officer, given.changes_on, "changes_on")
    _appoint(work, firm.enterprise_code, given.personal_id, given.full_name, given.changes_on)


def suspend_enterprise(work: Work, given: Suspension) -> None:
    """Suspends a firm's business, its branches with it; or prolongs it by one more notice.

    A notice is for a year at most, and comes three working days before; several may follow each other.
    """
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    begins, ends = given.suspended_from, given.suspended_until
    if ends < begins:
        raise _wrong("suspended_until", "range", _("The last day lies before the first."))
    # The same day of the next year, or the first of March, is a day too late.
    if (ends.year, ends.month, ends.day) >= (begins.year + 1, begins.month, begins.day):
        raise _wrong("suspended_until", "range", _("One notice suspends for a year at most."))
    _since_founded(firm, begins, "suspended_from")
    if firm.status == Status.SUSPENDED and firm.suspended_until:
        if begins <= firm.suspended_until:
            text = _("The enterprise is suspended on this day already.")
            raise Conflict(text, code="suspended_already", until=str(firm.suspended_until))
        # Without a gap it is one suspension that goes on.
        if begins == firm.suspended_until + DAY and firm.suspended_from:
            begins = firm.suspended_from
    values = {"suspended_from": begins, "suspended_until": ends, "status": Status.SUSPENDED}
    work.amend(firm, values)
    for branch in firm.branches(Branch.Status.ACTIVE):
        work.amend(branch, {"status": Branch.Status.SUSPENDED})


def resume_enterprise(work: Work, given: Resumption) -> None:
    """Has a suspended firm do business again, its branches with it; somebody must represent it."""
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    if firm.status != Status.SUSPENDED:
        raise Conflict(_("This enterprise is not suspended."), code="not_suspended")
    if firm.suspended_from and given.resumes_on <= firm.suspended_from:
        raise _wrong("resumes_on", "range", _("The suspension did not last a day until then."))
    if not firm.represented(given.resumes_on):
        text = _("An active enterprise has a legal representative. Appoint one first.")
        raise Conflict(text, code="not_represented")
    last = given.resumes_on - DAY
    ends = min(firm.suspended_until or last, last) if firm.suspended_from else None
    work.amend(firm, {"suspended_until": ends, "status": Status.ACTIVE})
    for branch in firm.branches(Branch.Status.SUSPENDED):
        work.amend(branch, {"status": Branch.Status.ACTIVE})


def move_head_office(work: Work, given: NewOffice) -> None:
    """Moves a firm's head office to another address, in a unit that exists on that day."""
    firm = _standing(work, given.enterprise_code)
    if fault := wording.fault("head_office_unit", given.head_office_unit, given.moves_on):
        raise Invalid(faults=[fault])
    _since_founded(firm, given.moves_on, "moves_on")
    new = (given.head_office_unit, given.head_office_address)
    if new == (firm.head_office_unit, firm.head_office_address):
        raise Conflict(_("The head office is there already."), code="there_already")
    names = ("head_office_unit", "head_office_address", "industrial_park")
    work.amend(firm, {name: getattr(given, name) for name in names})


def transfer_interest(work: Work, given: Transfer) -> None:
    """Passes a part of a firm, or all that somebody has of it, on to another owner.

    What has one owner by its form is passed on whole; another form comes first otherwise.
    """
    firm, on = _standing(work, given.enterprise_code), given.transferred_on
    code = firm.enterprise_code
    if given.from_id == given.to_id:
        raise _wrong("to_id", "conflict", _("Both sides are the same."))
    if len(code) != CODE_DIGITS:
        text = _("A household business stands under its owner's number and is not passed on.")
        raise Conflict(text, code="bound_to_owner")
    sellers, buyers = numbers.all_numbers([given.from_id]), numbers.all_numbers([given.to_id])
    held = firm.held(Interest, on, owner_id__in=sellers)
    if not held:
        raise _wrong("from_id", "reference", _("This owner has no part of it on that day."))
    if len(held) > 1:
        raise Conflict(_("This owner has parts of several kinds."), code="several_kinds")
    part, whole = Exact(given.share), Exact(held[0].share)
    if part > whole:
        text = _("The owner has less of it than this.")
        raise Conflict(text, code="more_than_held", field="share", held=held[0].share)
    if OWNERS[Form(firm.legal_form)][1] == 1:
        if part != whole:
            text = _("An enterprise of this form has one owner: it is passed on whole.")
            raise Conflict(text, code="one_owner", field="share")
        _answers_alone(firm.legal_form, given.to_id, "to_id")
    _end_before(work, held[0], on, "transferred_on")
    if rest := whole - part:
        _own(work, code, held[0].owner_id, held[0].kind, rest, on)
    # Who buys a founder's shares does not become a founder by it.
    founder = held[0].kind == Kind.FOUNDING_SHAREHOLDER
    kind = Kind.SHAREHOLDER if founder else Kind(held[0].kind)
    for other in firm.held(Interest, on, owner_id__in=buyers, kind=kind):
        _end_before(work, other, on, "transferred_on")
        part += Exact(other.share)
    _own(work, code, given.to_id, kind, part, on)


def begin_dissolution(work: Work, given: Dissolution) -> None:
    """Enters that a firm is being dissolved: by its owners' resolution, or because it was revoked."""
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    _since_founded(firm, given.resolved_on, "resolved_on")
    work.amend(firm, {"status": Status.DISSOLVING})


def end_enterprise(work: Work, given: End) -> None:
    """Enters that a firm is no more, after its dissolution or bankruptcy.

    Its branches must have ended before; its officers' and owners' times end with it.
    """
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    _since_founded(firm, given.ended_on, "ended_on")
    if left := firm.branches(Branch.Status.ACTIVE, Branch.Status.SUSPENDED):
        text = _("Branches must end before their enterprise does.")
        raise Conflict(text, code="branches_stand", branches=[b.branch_code for b in left])
    work.amend(firm, {"status": Status.ENDED})
    for record in firm.outlasting(given.ended_on):
        if record.valid_from > given.ended_on:
            work.close(record, on=given.ended_on)
        else:
            work.amend(record, {"valid_to": given.ended_on})


def _owners(given: Registration) -> dict[str, Exact]:
    """Owner → part. Raises Invalid, Conflict where these cannot be the owners of this form."""
    owners: dict[str, Exact] = {}
    for named in NAMED:
        owner, share = (getattr(given, f"{named}{said}") for said in ("owner_id", "share"))
        if bool(owner) != bool(share):
            lacks = f"{named}owner_id" if share else f"{named}share"
            raise _wrong(lacks, "missing", _("Name an owner and their part together."))
        if owner in owners:
            raise _wrong(f"{named}owner_id", "duplicate", _("This owner is named twice."))
        if owner:
            owners[owner] = Exact(share)
    least, most, _kind = OWNERS[Form(given.legal_form)]
    if len(owners) < least or (most and len(owners) > most):
        text = _("An enterprise of this form has another number of owners.")
        raise Conflict(text, code="number_of_owners", least=least, most=most)
    together = sum(owners.values())
    if together > 1 or (together < 1 and len(owners) < len(NAMED)):
        text = _("The parts of all owners together make the whole.")
        raise Conflict(text, code="not_the_whole", field="share")
    if given.legal_form in UNLIMITED:
        _answers_alone(given.legal_form, given.owner_id, "owner_id")
        if given.representative_id != given.owner_id:
            text = _("The owner of an enterprise of this form represents it.")
            raise Conflict(text, code="owner_represents", field="representative_id")
    return owners


def _answers_alone(form: str, owner: str, field: str) -> None:
    """Raise Invalid, Conflict where `owner` may not own a firm with unlimited liability.

    Nobody owns two, or is a general partner beside (Law 59/2020/QH14, art. 188).
    """
    if form in UNLIMITED and len(owner) == CODE_DIGITS:
        raise _wrong(field, "conflict", _("Only a person can own an enterprise of this form."))
    hold_numbers(*(known := numbers.all_numbers([owner])))
    if form in UNLIMITED and Interest.unlimited(known, timezone.localdate()):
        text = _("This person answers for another business with all they have.")
        raise Conflict(text, code="answers_already", field=field)


def _standing(work: Work, code: str) -> Enterprise:
    """A firm that may still change what is registered. Raises Invalid, Conflict."""
    firm = work.get(Enterprise, code, field="enterprise_code")
    if firm.closed_on or firm.status in WINDING_UP:
        text = _("What is registered of this enterprise changes no more: it is being wound up.")
        raise Conflict(text, code="winding_up", status_of_enterprise=firm.status)
    return firm


def _since_founded(firm: Enterprise, day: datetime.date, field: str) -> None:
    if firm.founded_on and day < firm.founded_on:
        raise _wrong(field, "range", _("This lies before the enterprise was founded."))


def _end_before(work: Work, record: Officer | Interest, on: datetime.date, field: str) -> None:
    """Have a record hold until the day before `on`. Raises Invalid where it had not begun then."""
    if on <= record.valid_from:
        raise _wrong(field, "range", _("What this ends began on this day or later."))
    work.amend(record, {"valid_to": on - DAY})


def _appoint(work: Work, code: str, number: str, name: str, on: datetime.date) -> None:
    work.create(
        Officer,
        {
            "enterprise_code": code,
            "personal_id": number,
            "full_name": name,
            "office": Officer.Office.LEGAL_REPRESENTATIVE,
            "valid_from": on,
        },
    )


def _own(work: Work, code: str, owner: str, kind: str, part: Exact, on: datetime.date) -> None:
    firm = len(owner) == CODE_DIGITS
    work.create(
        Interest,
        {
            "enterprise_code": code,
            "owner_kind": OwnerKind.ENTERPRISE if firm else OwnerKind.PERSON,
            "owner_id": owner,
            "kind": kind,
            "share": f"{part.numerator}/{part.denominator}",
            "valid_from": on,
        },
    )


def _wrong(field: str, code: str, text: Any) -> Invalid:
    return Invalid(faults=[Fault(field, code, text)])


DONE: tuple[tuple[Any, Any, str, type[Input]], ...] = (
    (register_enterprise, _("Đăng ký thành lập doanh nghiệp"), REGISTERING, Registration),
    (change_representative, _("Thay đổi người đại diện theo pháp luật"), CHANGING, Successor),
    (suspend_enterprise, _("Tạm ngừng kinh doanh"), SUSPENDING, Suspension),
    (resume_enterprise, _("Tiếp tục kinh doanh"), SUSPENDING, Resumption),
    (move_head_office, _("Thay đổi địa chỉ trụ sở chính"), CHANGING, NewOffice),
    (transfer_interest, _("Chuyển nhượng phần vốn góp"), TRANSFERRING, Transfer),
    (begin_dissolution, _("Đăng ký giải thể"), DISSOLVING, Dissolution),
    (end_enterprise, _("Chấm dứt tồn tại"), DISSOLVING, End),
)
OPERATIONS = tuple(
    Operation(run=run, title=title, legal_basis=basis, input=given, example=EXAMPLES[run.__name__])
    for run, title, basis, given in DONE
)
