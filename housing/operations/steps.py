"""What the operations are made of: who has what, what stands in the way, and how it goes on."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from fractions import Fraction as Part
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext_lazy as _

from housing.models import Dwelling, Encumbrance, Parcel, PropertyKind, Right, property_of
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Key, Text
from records.owners import kind_of
from records.registry import Input

CONTESTED = (Encumbrance.Kind.SEIZURE, Encumbrance.Kind.DISPUTE)
DAY = datetime.timedelta(days=1)

Consent = Annotated[str | None, Text(_("Số văn bản đồng ý của bên nhận thế chấp"), optional=True)]


class OfWhat(Input):
    """A parcel or a dwelling."""

    property_kind: Annotated[str, Choice(_("Loại tài sản"), choices=PropertyKind.choices)]
    property_id: Annotated[str, Key(_("Mã tài sản"))]


P = TypeVar("P", Parcel, Dwelling)
T = TypeVar("T", Right, Encumbrance)
NOT_OWNER = _("This is not owned on that day by whom the contract names.")
BLOCKED: dict[str, tuple[str, Any]] = {
    Encumbrance.Kind.SEIZURE: ("seized", _("This is seized: nobody may dispose of it.")),
    Encumbrance.Kind.DISPUTE: ("disputed", _("This is in dispute: nobody may dispose of it.")),
    Encumbrance.Kind.INHERITANCE_PENDING: (
        "inheritance_pending",
        _("The heirs have not divided this yet. Register the inheritance first."),
    ),
}


def wrong(field: str, code: str, text: Any) -> Invalid:
    return Invalid(faults=[Fault(field, code, text)])


def the_property(work: Work, given: OfWhat) -> Parcel | Dwelling:
    """What an input names, locked, so that whoever else disposes of it waits."""
    if given.property_kind == PropertyKind.PARCEL:
        return still_there(work.get(Parcel, given.property_id, field="property_id"))
    return still_there(work.get(Dwelling, given.property_id, field="property_id"))


def still_there(found: P) -> P:
    """The property itself. Raises Conflict where it is no more."""
    if found.closed_on or found.status not in {Parcel.Status.ACTIVE, Dwelling.Status.STANDING}:
        text = _("This property is no more: it was split, merged, taken down or closed.")
        raise Conflict(text, code="closed")
    return found


def refuse_same(number: str, numbers_of_one: Sequence[str], field: str) -> None:
    if number in numbers_of_one:
        raise wrong(field, "conflict", _("Both sides are the same."))


def standing_in_the_way(
    found: Parcel | Dwelling, on: datetime.date, owners: Sequence[str] | None
) -> list[Encumbrance]:
    """What stands in the way from a day on, locked: of the whole, or of what `owners` have.

    Land and what stands on it go together: a dwelling's parcel counts, and a parcel's dwellings.
    """
    standing = Dwelling.Status.STANDING
    others: Iterable[Parcel | Dwelling] = (
        found.dwellings.filter(status=standing, closed_on=None)
        if isinstance(found, Parcel)
        else [found.parcel]
    )
    known = Encumbrance.until(found, on)
    for other in others:
        known |= Encumbrance.until(other, on)
    locked = known.select_for_update().order_by("id")
    return [e for e in locked if owners is None or not e.owner_id or e.owner_id in owners]


def its_own(standing: Iterable[Encumbrance], found: Parcel | Dwelling) -> list[Encumbrance]:
    """What of it is recorded of the property itself, and goes on or ends with it."""
    which = property_of(found)
    return [e for e in standing if all(getattr(e, name) == is_ for name, is_ in which.items())]


def refuse_if(standing: Sequence[Encumbrance], kinds: Iterable[str]) -> None:
    """Raise Conflict for the first encumbrance of one of `kinds`."""
    for each in standing:
        if each.kind in kinds:
            code, text = BLOCKED[each.kind]
            raise Conflict(text, code=code, document_no=each.document_no)


def consented(work: Work, standing: Sequence[Encumbrance], consent_no: str | None) -> None:
    """Note the consent of who holds a mortgage. Raises Conflict where there is none."""
    for each in standing:
        if each.kind == Encumbrance.Kind.MORTGAGE:
            if not consent_no:
                text = _("This is mortgaged: who holds the mortgage must consent in writing.")
                raise Conflict(text, code="mortgaged", document_no=each.document_no)
            work.amend(each, {"consent_no": consent_no})


def end_before(work: Work, fact: T, on: datetime.date) -> None:
    """End a fact the day before; one that would not have held a day is closed."""
    if fact.valid_from < on:
        work.amend(fact, {"valid_to": on - DAY})
    else:
        work.close(fact, on=on)


def take(
    work: Work,
    found: Parcel | Dwelling,
    owners: Sequence[str],
    share: str | None,
    on: datetime.date,
) -> tuple[Part, datetime.date | None, Part]:
    """Take a share (None: all) from an owner: what was taken, its last day, and what is left.

    Raises Conflict where the owner has none or less.
    """
    rights = Right.holding(found, on).filter(owner_id__in=owners)
    held = list(rights.select_for_update().order_by("valid_from", "id"))
    if not held:
        raise Conflict(NOT_OWNER, code="not_owner")
    whole = sum((Part(r.share) for r in held), Part())
    taken = Part(share) if share else whole
    if taken > whole:
        text = _("The owner has less than that.")
        raise Conflict(text, code="more_than_owned", owned=str(whole))
    wanted, last_days = taken, []
    for right in held:
        part, ends = min(wanted, Part(right.share)), right.valid_to
        if not part:
            break
        wanted -= part
        last_days += [ends] if ends else []
        rest = Part(right.share) - part
        if rest and right.valid_from == on:
            work.amend(right, {"share": str(rest)})
            continue
        end_before(work, right, on)
        if rest:
            give(work, found, right.owner_id, rest, on, ends, right.document_no)
    return taken, min(last_days, default=None), whole - taken


def give(
    work: Work,
    found: Parcel | Dwelling,
    owner_id: str,
    share: Part,
    on: datetime.date,
    ends: datetime.date | None,
    document_no: str | None,
) -> None:
    """Give an owner a share from a day on; one got on the same day already grows by it."""
    same = Right.of(found).filter(owner_id=owner_id, valid_from=on, closed_on=None)
    if got := same.select_for_update().first():
        work.amend(got, {"share": str(Part(got.share) + share)})
        return
    work.create(
        Right,
        {
            **property_of(found),
            "owner_kind": kind_of(owner_id),
            "owner_id": owner_id,
            "share": str(share),
            "document_no": document_no,
            "valid_from": on,
            "valid_to": ends,
        },
    )


def follow(
    work: Work,
    standing: Sequence[Encumbrance],
    found: Parcel | Dwelling,
    on: datetime.date,
    owner_id: str,
    left: Part,
) -> None:
    """Mortgages of an owner's part go on with whoever gets of it; with the owner too, if any is left."""
    for each in its_own(standing, found):
        if each.kind == Encumbrance.Kind.MORTGAGE and each.owner_id:
            carry(work, each, [found], on, owner_id=owner_id, ends=not left)


def carry(
    work: Work,
    each: Encumbrance,
    onto: Sequence[Parcel | Dwelling],
    on: datetime.date,
    *,
    owner_id: str | None = None,
    ends: bool = True,
) -> None:
    """Have an encumbrance go on with other properties or, given `owner_id`, with another owner.

    Where the same one is there already, it lasts as long as the longer of both.
    """
    first, last = max(on, each.valid_from), each.valid_to
    owner = owner_id or each.owner_id
    if ends:
        end_before(work, each, on)
    same = {"kind": each.kind, "document_no": each.document_no, "holder_id": each.holder_id}
    # Without a number two may be two: only what could not be kept beside the other is the same.
    begun = "valid_from__lte" if each.document_no else "valid_from"
    for found in onto:
        there = Encumbrance.until(found, first).filter(**same, owner_id=owner, **{begun: first})
        if got := there.select_for_update().first():
            if got.valid_to and (last is None or last > got.valid_to):
                work.amend(got, {"valid_to": last})
            continue
        work.create(
            Encumbrance,
            {
                **property_of(found),
                "kind": each.kind,
                "document_no": each.document_no,
                "holder_id": each.holder_id,
                "owner_kind": kind_of(owner) if owner else None,
                "owner_id": owner,
                "consent_no": each.consent_no,
                "valid_from": first,
                "valid_to": last,
            },
        )
