"""How parts of a firm change hands."""

from __future__ import annotations

import datetime
from fractions import Fraction as Exact
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from businesses.models import OWNERS, Enterprise, Interest
from businesses.operations.steps import (
    CODE_DIGITS,
    Form,
    Kind,
    OfAFirm,
    answers_alone,
    appoint,
    end_before,
    nobody_follows,
    standing,
    wrong,
)
from records.access import numbers
from records.changes import Work
from records.errors import Conflict
from records.fields import Date, Name
from records.owners import OwnerId, OwnerKind
from records.quantities import Fraction


class Transfer(OfAFirm):
    """Who passes on which part of the firm, to whom, and when."""

    from_id: Annotated[str, OwnerId(_("Số định danh bên chuyển nhượng"))]
    to_id: Annotated[str, OwnerId(_("Số định danh bên nhận"))]
    share: Annotated[str, Fraction(_("Phần chuyển nhượng, trên toàn bộ doanh nghiệp"))]
    transferred_on: Annotated[datetime.date, Date(_("Ngày chuyển nhượng"), future=False)]
    to_name: Annotated[
        str | None, Name(_("Họ và tên người mua doanh nghiệp tư nhân"), optional=True)
    ]


def transfer_interest(work: Work, given: Transfer) -> None:
    """Passes a part of a firm, or all that somebody has of it, on to another owner.

    What has one owner by its form is passed on whole; another form comes first otherwise. There
    must be as many owners afterwards as the form has. Who buys a private enterprise represents it
    from that day.
    """
    firm, on = standing(work, given.enterprise_code), given.transferred_on
    code = firm.enterprise_code
    if given.from_id == given.to_id:
        raise wrong("to_id", "conflict", _("Both sides are the same."))
    if len(code) != CODE_DIGITS:
        text = _("A household business stands under its owner's number and is not passed on.")
        raise Conflict(text, code="bound_to_owner")
    sellers, buyers = numbers.all_numbers([given.from_id]), numbers.all_numbers([given.to_id])
    held = firm.held(Interest, on, owner_id__in=sellers)
    if not held:
        raise wrong("from_id", "reference", _("This owner has no part of it on that day."))
    if len(held) > 1:
        raise Conflict(_("This owner has parts of several kinds."), code="several_kinds")
    part, whole = Exact(given.share), Exact(held[0].share)
    if part > whole:
        text = _("The owner has less of it than this.")
        raise Conflict(text, code="more_than_held", field="share", held=held[0].share)
    if OWNERS[Form(firm.legal_form)][1] == 1 and part != whole:
        text = _("An enterprise of this form has one owner: it is passed on whole.")
        raise Conflict(text, code="one_owner", field="share")
    answers_alone(firm.legal_form, held[0].kind, given.to_id, "to_id", beside=code)
    end_before(work, held[0], on, "transferred_on")
    if rest := whole - part:
        own(work, code, held[0].owner_id, held[0].kind, rest, on)
    # Who buys a founder's shares does not become a founder by it.
    founder = held[0].kind == Kind.FOUNDING_SHAREHOLDER
    kind = Kind.SHAREHOLDER if founder else Kind(held[0].kind)
    for other in firm.held(Interest, on, owner_id__in=buyers, kind=kind):
        end_before(work, other, on, "transferred_on")
        part += Exact(other.share)
    own(work, code, given.to_id, kind, part, on)
    if firm.legal_form == Form.PRIVATE_ENTERPRISE:
        _represent(work, firm, given, set(buyers))
    _as_many_as_its_form(firm, on)


def _represent(work: Work, firm: Enterprise, given: Transfer, buyers: set[str]) -> None:
    """Have who bought a private enterprise represent it in the old owner's place (art. 190)."""
    on = given.transferred_on
    if not given.to_name:
        text = _("Who buys a private enterprise represents it. Give their name.")
        raise wrong("to_name", "missing", text)
    nobody_follows(firm, on)
    there = firm.represented(on)
    for officer in there:
        if officer.personal_id not in buyers:
            end_before(work, officer, on, "transferred_on")
    if not buyers & {officer.personal_id for officer in there}:
        appoint(work, firm.enterprise_code, given.to_id, given.to_name, on)


def _as_many_as_its_form(firm: Enterprise, on: datetime.date) -> None:
    """Raise Conflict where a firm has more or fewer owners than its form, as far as all are recorded."""
    least, most, kind = OWNERS[Form(firm.legal_form)]
    held = firm.held(Interest, on)
    only = kind == Kind.GENERAL_PARTNER
    owners = {one.owner_id for one in held if not only or one.kind == kind}
    few = len(owners) < least and sum(Exact(one.share) for one in held) == 1
    if few or (most and len(owners) > most):
        text = _("An enterprise of this form has another number of owners.")
        raise Conflict(text, code="number_of_owners", least=least, most=most)


def own(work: Work, code: str, owner: str, kind: str, part: Exact, on: datetime.date) -> None:
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
