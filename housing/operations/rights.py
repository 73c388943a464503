"""Whose it is, and what is borrowed on it."""

from __future__ import annotations

import datetime
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from housing.models import Encumbrance, Right, property_of
from housing.operations.steps import (
    BLOCKED,
    CONTESTED,
    NOT_OWNER,
    Consent,
    OfWhat,
    consented,
    end_before,
    follow,
    give,
    its_own,
    refuse_if,
    refuse_same,
    standing_in_the_way,
    take,
    the_property,
)
from records.access import numbers
from records.changes import Work
from records.errors import Conflict
from records.fields import Date, PersonalId, Text
from records.owners import EnterpriseCode, OwnerId, kind_of
from records.quantities import Fraction

Contract = Annotated[str, Text(_("Số hợp đồng"))]


class Transfer(OfWhat):
    """Who sells or gives what to whom. `share`: of the whole; empty: all that the seller has."""

    seller_id: Annotated[str, OwnerId(_("Số định danh bên chuyển quyền"))]
    buyer_id: Annotated[str, OwnerId(_("Số định danh bên nhận quyền"))]
    share: Annotated[str | None, Fraction(_("Phần chuyển quyền"), optional=True)]
    contract_no: Contract
    transferred_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]
    consent_no: Consent


class Inheritance(OfWhat):
    """Who inherits what from whom. `share`: of the whole; empty: all that is left."""

    deceased_id: Annotated[str, PersonalId(_("Số định danh người để lại di sản"))]
    heir_id: Annotated[str, PersonalId(_("Số định danh người thừa kế"))]
    share: Annotated[str | None, Fraction(_("Phần được thừa kế"), optional=True)]
    document_no: Annotated[str, Text(_("Số văn bản thừa kế"))]
    inherited_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]


class Mortgage(OfWhat):
    """What is mortgaged to whom. `owner_id`: whose part; empty: the whole."""

    owner_id: Annotated[str | None, OwnerId(_("Số định danh bên thế chấp"), optional=True)]
    holder_id: Annotated[str, EnterpriseCode(_("Mã số bên nhận thế chấp"))]
    contract_no: Contract
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]


class Release(OfWhat):
    """Which mortgage ends, and its last day."""

    contract_no: Contract
    released_on: Annotated[datetime.date, Date(_("Ngày xóa đăng ký"), future=False)]


def transfer_property(work: Work, given: Transfer) -> None:
    """Transfers a property or a part of it: the seller's right ends, the buyer's begins, what is left
    goes on.

    Seizure, dispute and an inheritance not yet divided stand in the way; so does a mortgage without the
    written consent of who holds it. With it the mortgage goes on.
    """
    sold, on = the_property(work, given), given.transferred_on
    sellers = numbers.all_numbers([given.seller_id])
    refuse_same(given.buyer_id, sellers, "buyer_id")
    standing = standing_in_the_way(sold, on, sellers)
    refuse_if(standing, BLOCKED)
    consented(work, standing, given.consent_no)
    share, ends, left = take(work, sold, sellers, given.share, on)
    give(work, sold, given.buyer_id, share, on, ends, given.contract_no)
    follow(work, standing, sold, on, given.buyer_id, left)


def inherit_property(work: Work, given: Inheritance) -> None:
    """Passes on what somebody left behind. An estate that is wholly divided is no longer pending.

    Seizure and dispute stand in the way; a mortgage goes on with the heir.
    """
    found, on = the_property(work, given), given.inherited_on
    deceased = numbers.all_numbers([given.deceased_id])
    refuse_same(given.heir_id, deceased, "heir_id")
    standing = standing_in_the_way(found, on, deceased)
    refuse_if(standing, CONTESTED)
    share, ends, left = take(work, found, deceased, given.share, on)
    give(work, found, given.heir_id, share, on, ends, given.document_no)
    follow(work, standing, found, on, given.heir_id, left)
    for each in its_own(standing, found):
        if each.kind == Encumbrance.Kind.INHERITANCE_PENDING and not left:
            end_before(work, each, on)


def mortgage_property(work: Work, given: Mortgage) -> None:
    """Registers a mortgage of a property, or of one owner's part of it.

    Seizure, dispute and an inheritance not yet divided stand in the way. Where all is one owner's, it is
    of that owner's part.
    """
    found, on = the_property(work, given), given.registered_on
    owners = numbers.all_numbers([given.owner_id]) if given.owner_id else None
    refuse_if(standing_in_the_way(found, on, owners), BLOCKED)
    held = [r.owner_id for r in Right.holding(found, on)]
    if not (held if owners is None else set(held) & set(owners)):
        raise Conflict(NOT_OWNER, code="not_owner")
    owner_id = given.owner_id or (held[0] if len(set(held)) == 1 else None)
    work.create(
        Encumbrance,
        {
            **property_of(found),
            "kind": Encumbrance.Kind.MORTGAGE,
            "document_no": given.contract_no,
            "holder_id": given.holder_id,
            "owner_kind": kind_of(owner_id) if owner_id else None,
            "owner_id": owner_id,
            "valid_from": on,
        },
    )


def release_mortgage(work: Work, given: Release) -> None:
    """Ends a mortgage; from the next day on it stands in nobody's way."""
    found = the_property(work, given)
    known = Encumbrance.holding(found, given.released_on).filter(
        kind=Encumbrance.Kind.MORTGAGE, document_no=given.contract_no
    )
    ending = list(known.select_for_update().order_by("id"))
    if not ending:
        raise Conflict(_("No such mortgage holds on that day."), code="not_mortgaged")
    for each in ending:
        work.amend(each, {"valid_to": given.released_on})
