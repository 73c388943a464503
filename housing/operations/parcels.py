"""What becomes of parcels and of their papers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from fractions import Fraction as Part
from itertools import pairwise
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from housing.models import Certificate, Parcel, ParcelOrigin, Right
from housing.operations.steps import (
    CONTESTED,
    Consent,
    carry,
    consented,
    end_before,
    give,
    its_own,
    refuse_if,
    standing_in_the_way,
    still_there,
    wrong,
)
from housing.validators import CertificateSerial, ParcelId
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Invalid
from records.fields import Choice, Date, Text
from records.quantities import Decimal
from records.registry import Input
from records.units import wording


class Split(Input):
    """A parcel, and the two to four that it becomes. `dwellings_on`: on which its dwellings stand."""

    parcel_id: Annotated[str, ParcelId(_("Mã thửa đất"))]
    part_1_id: Annotated[str, ParcelId(_("Mã thửa mới 1"))]
    part_1_area: Annotated[Any, Decimal(_("Diện tích thửa mới 1"))]
    part_2_id: Annotated[str, ParcelId(_("Mã thửa mới 2"))]
    part_2_area: Annotated[Any, Decimal(_("Diện tích thửa mới 2"))]
    part_3_id: Annotated[str | None, ParcelId(_("Mã thửa mới 3"), optional=True)]
    part_3_area: Annotated[Any, Decimal(_("Diện tích thửa mới 3"), optional=True)]
    part_4_id: Annotated[str | None, ParcelId(_("Mã thửa mới 4"), optional=True)]
    part_4_area: Annotated[Any, Decimal(_("Diện tích thửa mới 4"), optional=True)]
    dwellings_on: Annotated[str | None, ParcelId(_("Mã thửa mới có nhà ở"), optional=True)]
    split_on: Annotated[datetime.date, Date(_("Ngày tách thửa"), future=False)]
    consent_no: Consent


class Merger(Input):
    """Two to four parcels, and the one that they become."""

    parcel_1_id: Annotated[str, ParcelId(_("Mã thửa cũ 1"))]
    parcel_2_id: Annotated[str, ParcelId(_("Mã thửa cũ 2"))]
    parcel_3_id: Annotated[str | None, ParcelId(_("Mã thửa cũ 3"), optional=True)]
    parcel_4_id: Annotated[str | None, ParcelId(_("Mã thửa cũ 4"), optional=True)]
    merged_id: Annotated[str, ParcelId(_("Mã thửa mới"))]
    merged_area: Annotated[Any, Decimal(_("Diện tích thửa mới"))]
    merged_on: Annotated[datetime.date, Date(_("Ngày hợp thửa"), future=False)]
    consent_no: Consent


class Replacement(Input):
    """Which paper gives way to which, and why: worn or re-measured (cấp đổi), or lost (cấp lại)."""

    serial: Annotated[str, CertificateSerial(_("Số phát hành giấy cũ"))]
    kind: Annotated[str, Choice(_("Hình thức cấp"), choices=Certificate.REPLACED_BY)]
    new_serial: Annotated[str, CertificateSerial(_("Số phát hành giấy mới"))]
    register_no: Annotated[str | None, Text(_("Số vào sổ cấp GCN"), optional=True)]
    issued_on: Annotated[datetime.date, Date(_("Ngày cấp"), future=False)]


def split_parcel(work: Work, given: Split) -> None:
    """Splits a parcel: the areas add up; every owner's share, every mortgage and note goes on with each
    part.

    Its certificates are recovered; new ones are issued for the parts.
    """
    whole, on = still_there(work.get(Parcel, given.parcel_id, field="parcel_id")), given.split_on
    named = {n: getattr(given, f"part_{n}_id") for n in range(1, 5)}
    parts = {key: getattr(given, f"part_{n}_area") for n, key in named.items() if key}
    if len(parts) < sum(map(bool, named.values())) or None in parts.values():
        raise wrong("part_2_id", "conflict", _("Each part has a number of its own and an area."))
    if given.dwellings_on and given.dwellings_on not in parts:
        raise wrong("dwellings_on", "reference", _("This is none of the new parcels."))
    balanced([whole], parts.values())
    standing = standing_in_the_way(whole, on, None)
    refuse_if(standing, CONTESTED)
    consented(work, standing, given.consent_no)
    fields = {key: f"part_{n}_id" for n, key in named.items()}
    made = [
        new_parcel(work, key, area, {whole: area}, on, ParcelOrigin.Kind.SPLIT, fields[key])
        for key, area in parts.items()
    ]
    close_parcel(work, whole, given.dwellings_on, on, Parcel.Status.SPLIT, "dwellings_on")
    for right in list(Right.until(whole, on).select_for_update()):
        pass_on(work, right, made, on)
        end_before(work, right, on)
    for each in its_own(standing, whole):
        carry(work, each, made, on)


def merge_parcels(work: Work, given: Merger) -> None:
    """Merges parcels of the same owners in the same shares, put to the same use: the areas add up.

    Their certificates are recovered; a new one is issued for the whole.
    """
    named = {n: getattr(given, f"parcel_{n}_id") for n in range(1, 5)}
    fields = {key: f"parcel_{n}_id" for n, key in named.items() if key}
    if len(fields) < sum(map(bool, named.values())):
        raise wrong("parcel_2_id", "duplicate", _("A parcel is named twice."))
    on = given.merged_on
    olds = [still_there(work.get(Parcel, key, field=fields[key])) for key in sorted(fields)]
    balanced(olds, [given.merged_area])
    if any(a.land_use != b.land_use for a, b in pairwise(olds)):
        raise Conflict(_("The parcels are put to different uses."), code="land_use_differs")
    owned = [list(Right.until(old, on).select_for_update()) for old in olds]
    if any(shares(a) != shares(b) for a, b in pairwise(owned)):
        raise Conflict(_("The parcels are not of the same owners."), code="owners_differ")
    standing = [each for old in olds for each in standing_in_the_way(old, on, None)]
    refuse_if(standing, CONTESTED)
    consented(work, standing, given.consent_no)
    areas = {old: old.area for old in olds}
    kind = ParcelOrigin.Kind.MERGER
    whole = new_parcel(work, given.merged_id, given.merged_area, areas, on, kind, "merged_id")
    for old in olds:
        close_parcel(work, old, whole.parcel_id, on, Parcel.Status.MERGED, "merged_id")
    for right in owned[0]:
        pass_on(work, right, [whole], on)
    for right in (r for rights in owned for r in rights):
        end_before(work, right, on)
    for old in olds:
        for each in its_own(standing, old):
            carry(work, each, [whole], on)


def replace_certificate(work: Work, given: Replacement) -> None:
    """Issues a certificate in place of one that is worn or re-measured (cấp đổi), or lost (cấp lại)."""
    old = work.get(Certificate, given.serial, field="serial")
    if old.status not in Certificate.IN_FORCE:
        text = _("This certificate is no longer in force: it was replaced, recovered or cancelled.")
        raise Conflict(text, code="not_in_force")
    if given.issued_on < old.issued_on:
        raise wrong("issued_on", "range", _("A paper is not replaced before it is issued."))
    work.amend(old, {"status": given.kind})
    work.create(
        Certificate,
        {
            "serial": given.new_serial,
            "register_no": given.register_no,
            "issued_on": given.issued_on,
            "parcel_id": old.parcel_id,
            "dwelling_id": old.dwelling_id,
            "replaces": old.serial,
        },
    )


def pass_on(work: Work, right: Right, onto: Iterable[Parcel], on: datetime.date) -> None:
    """Have a right go on with other parcels."""
    first, share = max(on, right.valid_from), Part(right.share)
    for parcel in onto:
        give(work, parcel, right.owner_id, share, first, right.valid_to, right.document_no)


def balanced(olds: Iterable[Parcel], areas: Iterable[Any]) -> None:
    """Raise Conflict where areas before and after are not the same, to the last digit."""
    before, after = sum(old.area for old in olds), sum(areas)
    if before != after:
        text = _("The areas before and after are not the same.")
        raise Conflict(text, code="areas_differ", before=str(before), after=str(after))


def shares(rights: Iterable[Right]) -> dict[str, Part]:
    """The share of each owner, under the number that stands for them today."""
    found: dict[str, Part] = {}
    for right in rights:
        number = numbers.newest(right.owner_id)
        found[number] = found.get(number, Part()) + Part(right.share)
    return found


def new_parcel(
    work: Work,
    key: str,
    area: Any,
    parents: Mapping[Parcel, Any],
    on: datetime.date,
    kind: str,
    field: str,
) -> Parcel:
    """A parcel that comes of others (parent → the area that comes of it), in a commune of that day."""
    if fault := wording.fault(field, key[ParcelId.unit_at], on):
        raise Invalid(faults=[fault])
    like = next(iter(parents))
    same = ("land_use", "tenure", "use_until", "address")
    values = {"parcel_id": key, "area": area, **{n: getattr(like, n) for n in same}}
    made = work.create(Parcel, values)
    for parent, of_it in parents.items():
        origin = {"parcel_id": key, "parent_id": parent.parcel_id, "kind": kind}
        work.create(ParcelOrigin, {**origin, "area": of_it, "happened_on": on})
    return made


def close_parcel(
    work: Work, old: Parcel, dwellings_on: str | None, on: datetime.date, status: str, field: str
) -> None:
    """Close a parcel: its papers are recovered, its dwellings stand on another one."""
    for dwelling in old.dwellings.select_for_update().filter(closed_on=None).order_by("id"):
        if not dwellings_on:
            raise wrong(field, "missing", _("Say on which new parcel the dwellings stand."))
        work.amend(dwelling, {"parcel_id": dwellings_on})
    papers = old.certificates.select_for_update().filter(status__in=Certificate.IN_FORCE)
    for paper in papers.filter(closed_on=None).order_by("id"):
        work.amend(paper, {"status": Certificate.Status.RECOVERED})
    closing = {"status": status, "closed_on": on, "closed_reason": work.reason}
    work.amend(old, closing, action="close")
