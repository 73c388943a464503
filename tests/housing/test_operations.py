"""What a land registration office does, and must find true."""

from __future__ import annotations

import uuid
from fractions import Fraction as Part
from typing import Any

import pytest
from rest_framework.test import APIClient

from housing.models import Certificate, Dwelling, Encumbrance, Parcel, ParcelOrigin, Right
from housing.samples import certificate, dwelling, firm, owner, parcel
from records.access.models import Succession
from records.registry import operations, record_types
from tests.conftest import entries_of, make
from tests.importing import applied, as_csv, rows_of, taken

pytestmark = pytest.mark.django_db
HOUSE = {"property_kind": "dwelling", "property_id": dwelling(1)["dwelling_id"]}
LAND = {"property_kind": "parcel", "property_id": parcel(1)["parcel_id"]}
ONE, TWO, THREE, FIRM = owner(1), owner(2), owner(3), firm(1)


@pytest.fixture(autouse=True)
def _house() -> None:
    make(record_types()["dwellings"], 1)


def right(n: int, share: str, of: dict[str, str] = HOUSE, **values: Any) -> Right:
    given = {**of, "owner_id": owner(n), "share": share, "valid_from": "2015-01-01", **values}
    made = make(record_types()["rights"], n, **given, document_no=None)
    assert isinstance(made, Right)
    return made


def encumbered(kind: str, of: dict[str, str] = HOUSE, **values: Any) -> Encumbrance:
    lasting = {"kind": kind, "valid_from": "2020-01-01", "valid_to": None}
    given = {**lasting, "owner_kind": None, "owner_id": None, **values}
    made = make(record_types()["encumbrances"], 1, **of, **given)
    assert isinstance(made, Encumbrance)
    return made


def run(partner: APIClient, name: str, **given: Any) -> Any:
    return partner.post(f"/api/v1/operations/{name}", given, format="json")


def sell(partner: APIClient, seller: str, buyer: str, **more: Any) -> Any:
    given = {
        **HOUSE,
        "seller_id": seller,
        "buyer_id": buyer,
        "contract_no": "7/2026/HĐMB",
        "transferred_on": "2026-10-01",
        **more,
    }
    return run(partner, "transfer-property", **given)


def held(of: dict[str, str] = HOUSE, on: str = "2026-10-01") -> dict[str, str]:
    """Who owns what of a property on a day."""
    shares: dict[str, Part] = {}
    for right in Right.objects.filter(**of, closed_on=None, valid_from__lte=on):
        if right.valid_to is None or str(right.valid_to) >= on:
            shares[right.owner_id] = shares.get(right.owner_id, Part()) + Part(right.share)
    return {owner_id: str(share) for owner_id, share in shares.items()}


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


def test_a_house_changes_hands(partner: APIClient) -> None:
    right(1, "1/1")
    reply = sell(partner, ONE, FIRM)
    assert reply.status_code == 200, reply.json()
    assert held() == {FIRM: "1"}
    assert held(on="2026-09-30") == {ONE: "1"}
    new = Right.objects.get(owner_id=FIRM)
    assert (new.owner_kind, new.document_no) == ("enterprise", "7/2026/HĐMB")
    subjects = {s for e in entries_of(request_id=reply["Request-Id"]) for s in e["subjects"]}
    assert subjects == {ONE, FIRM}


def test_a_part_is_sold_and_the_rest_goes_on(partner: APIClient) -> None:
    right(1, "2/3")
    right(2, "1/3")
    assert sell(partner, ONE, THREE, share="1/6").status_code == 200
    assert held() == {ONE: "1/2", TWO: "1/3", THREE: "1/6"}
    # On the same day to another, and more to the same.
    assert sell(partner, ONE, FIRM, share="1/4").status_code == 200
    assert sell(partner, ONE, THREE).status_code == 200
    assert held() == {TWO: "1/3", THREE: "5/12", FIRM: "1/4"}
    assert held(on="2026-09-30") == {ONE: "2/3", TWO: "1/3"}


def test_several_rights_of_one_owner_are_taken_from_the_oldest_on(partner: APIClient) -> None:
    right(1, "1/4")
    right(1, "1/4", valid_from="2018-01-01")
    assert sell(partner, ONE, TWO, share="1/3").status_code == 200
    assert held() == {ONE: "1/6", TWO: "1/3"}


def test_an_owner_is_known_by_an_old_number(partner: APIClient) -> None:
    right(1, "1/1")
    new = "074185777777"
    known = {"kind": "person", "old": ONE, "new": new, "on": "2026-01-01"}
    Succession.objects.create(**known, request_id=uuid.uuid4())
    assert sell(partner, new, TWO, share="1/2").status_code == 200
    assert held() == {ONE: "1/2", TWO: "1/2"}


def test_what_one_has_not_one_cannot_sell(partner: APIClient) -> None:
    right(1, "1/3")
    assert code(sell(partner, TWO, THREE)) == (409, "not_owner")
    over = sell(partner, ONE, TWO, share="1/2")
    assert (code(over), over.json()["owned"]) == ((409, "more_than_owned"), "1/3")
    early = sell(partner, ONE, TWO, transferred_on="2014-12-31")
    assert code(early) == (409, "not_owner")
    for wrong, field in (
        ({"buyer_id": ONE}, "buyer_id"),
        ({"transferred_on": "2199-01-01"}, "transferred_on"),
        ({"property_id": "NO-1"}, "property_id"),
        ({"share": "0/3"}, "share"),
    ):
        reply = sell(partner, ONE, **{"buyer": TWO, **wrong})
        assert reply.status_code == 422, wrong
        assert [e["field"] for e in reply.json()["errors"]] == [field]
    assert held() == {ONE: "1/3"}


def test_a_refused_sale_is_audited_about_both(partner: APIClient) -> None:
    right(1, "1/3")
    reply = sell(partner, TWO, FIRM)
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert {TWO, FIRM} <= set(entry["subjects"])


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("seizure", "seized"),
        ("dispute", "disputed"),
        ("inheritance_pending", "inheritance_pending"),
        ("mortgage", "mortgaged"),
        ("planning_note", ""),
    ],
)
def test_what_stands_in_the_way_of_a_sale(partner: APIClient, kind: str, problem: str) -> None:
    right(1, "1/1")
    standing = encumbered(kind)
    reply = sell(partner, ONE, TWO)
    assert code(reply) == ((409, problem) if problem else (200, ""))
    if problem:
        Encumbrance.objects.filter(pk=standing.pk)
        url = f"/api/v1/encumbrances/{standing.pk}"
        ending = {"valid_to": "2026-09-30", "reason": "Quyết định giải tỏa"}
        tag = {"If-Match": '"1"'}
        assert partner.patch(url, ending, format="json", headers=tag).status_code == 200
        assert sell(partner, ONE, TWO).status_code == 200


def test_consent_lets_a_mortgaged_house_be_sold_and_the_mortgage_goes_on(
    partner: APIClient,
) -> None:
    right(1, "1/1")
    standing = encumbered("mortgage")
    assert sell(partner, ONE, TWO, consent_no="12/NHM-ĐY").status_code == 200
    standing.refresh_from_db()
    assert (standing.consent_no, standing.valid_to) == ("12/NHM-ĐY", None)


def test_a_mortgage_of_one_part_is_no_matter_of_the_others(partner: APIClient) -> None:
    for n in (1, 2, 3):
        right(n, "1/3")
    given = {**HOUSE, "holder_id": FIRM, "contract_no": "5/HĐTC"}
    reply = run(partner, "mortgage-property", **given, owner_id=ONE, registered_on="2026-03-02")
    assert reply.status_code == 200, reply.json()
    assert sell(partner, TWO, THREE).status_code == 200
    assert code(sell(partner, ONE, THREE)) == (409, "mortgaged")
    assert sell(partner, ONE, THREE, share="1/6", consent_no="1/ĐY").status_code == 200
    mortgages = Encumbrance.objects.filter(document_no="5/HĐTC", valid_to=None)
    assert {m.owner_id for m in mortgages} == {ONE, THREE}
    release = {**HOUSE, "contract_no": "5/HĐTC", "released_on": "2026-10-15"}
    assert run(partner, "release-mortgage", **release).status_code == 200
    assert code(run(partner, "release-mortgage", **{**release, "contract_no": "6"})) == (
        409,
        "not_mortgaged",
    )
    assert code(sell(partner, ONE, TWO, transferred_on="2026-10-15")) == (409, "mortgaged")
    assert sell(partner, ONE, TWO, transferred_on="2026-10-16").status_code == 200
    assert held(on="2026-10-16") == {TWO: "1/6", THREE: "5/6"}


def test_what_is_contested_or_not_owned_is_not_mortgaged(partner: APIClient) -> None:
    given = {**HOUSE, "holder_id": FIRM, "contract_no": "5", "registered_on": "2026-03-02"}
    assert code(run(partner, "mortgage-property", **given)) == (409, "not_owner")
    right(1, "1/1")
    assert code(run(partner, "mortgage-property", **given, owner_id=TWO)) == (409, "not_owner")
    assert run(partner, "mortgage-property", **given).status_code == 200
    assert Encumbrance.objects.get(document_no="5").owner_id == ONE
    encumbered("seizure")
    assert code(run(partner, "mortgage-property", **given)) == (409, "seized")


def test_an_estate_not_yet_divided_is_not_mortgaged(partner: APIClient) -> None:
    right(1, "1/1")
    encumbered("inheritance_pending")
    given = {**HOUSE, "holder_id": FIRM, "contract_no": "5", "registered_on": "2026-03-02"}
    assert code(run(partner, "mortgage-property", **given)) == (409, "inheritance_pending")


def test_a_file_that_names_no_owner_is_of_the_whole() -> None:
    mortgage = record_types()["encumbrances"]
    encumbered("mortgage", document_no="5", holder_id=FIRM, owner_kind="person", owner_id=ONE)
    names = ("property_kind", "property_id", "kind", "document_no", "holder_id", "valid_from")
    file = as_csv(rows_of(mortgage, [1], names, **HOUSE, document_no="5", holder_id=FIRM))
    assert taken("encumbrances", file).counts["new"] == 1
    applied(taken("encumbrances", file))
    assert {e.owner_id for e in Encumbrance.objects.all()} == {ONE, None}
    assert taken("encumbrances", file).counts["unchanged"] == 1


def test_two_owners_mortgage_under_one_contract_on_one_day(partner: APIClient) -> None:
    right(1, "1/2")
    right(2, "1/2")
    given = {**HOUSE, "holder_id": FIRM, "contract_no": "5", "registered_on": "2026-03-02"}
    for owner_id in (ONE, TWO):
        reply = run(partner, "mortgage-property", **given, owner_id=owner_id)
        assert reply.status_code == 200, reply.json()
    assert code(run(partner, "mortgage-property", **given, owner_id=ONE))[0] == 409


def test_a_mortgaged_part_is_sold_in_parts_on_one_day_and_the_parcel_split(
    partner: APIClient,
) -> None:
    right(1, "1/1", LAND)
    encumbered("mortgage", LAND, document_no="5", holder_id=FIRM, owner_kind="person", owner_id=ONE)
    for buyer, share in ((TWO, "1/4"), (TWO, "1/4"), (THREE, "1/4")):
        reply = sell(partner, ONE, buyer, **LAND, share=share, consent_no="1/ĐY")
        assert reply.status_code == 200, reply.json()
    reply = split(partner, split_on="2026-10-15", consent_no="2/ĐY")
    assert reply.status_code == 200, reply.json()
    going_on = Encumbrance.objects.filter(valid_to=None, closed_on=None)
    assert sorted((e.property_id, e.owner_id) for e in going_on) == sorted(
        (part(n)["property_id"], who) for n in (1, 2) for who in (ONE, TWO, THREE)
    )


@pytest.mark.parametrize(("of", "sold"), [(LAND, HOUSE), (HOUSE, LAND)])
def test_land_and_what_stands_on_it_go_together(
    partner: APIClient, of: dict[str, str], sold: dict[str, str]
) -> None:
    right(1, "1/1", sold)
    encumbered("mortgage", of, document_no="5", owner_kind="person", owner_id=ONE)
    assert code(sell(partner, ONE, TWO, **sold)) == (409, "mortgaged")
    assert sell(partner, ONE, TWO, **sold, consent_no="1/ĐY").status_code == 200
    mortgage = Encumbrance.objects.get()
    assert (mortgage.property_id, mortgage.owner_id) == (of["property_id"], ONE)
    encumbered("seizure", of)
    assert code(sell(partner, TWO, THREE, **sold)) == (409, "seized")


def test_heirs_divide_an_estate(partner: APIClient) -> None:
    right(1, "2/3")
    right(2, "1/3")
    pending = encumbered("inheritance_pending")
    given = {**HOUSE, "deceased_id": ONE, "document_no": "8/VBTK", "inherited_on": "2026-09-01"}
    half = run(partner, "inherit-property", **given, heir_id=TWO, share="1/3")
    assert half.status_code == 200, half.json()
    pending.refresh_from_db()
    assert pending.valid_to is None
    assert run(partner, "inherit-property", **given, heir_id=THREE).status_code == 200
    assert held(on="2026-09-01") == {TWO: "2/3", THREE: "1/3"}
    pending.refresh_from_db()
    assert str(pending.valid_to) == "2026-08-31"
    encumbered("dispute", valid_from="2026-10-01")
    again = {**given, "deceased_id": TWO, "heir_id": THREE, "inherited_on": "2026-10-02"}
    assert code(run(partner, "inherit-property", **again)) == (409, "disputed")


def split(partner: APIClient, **more: Any) -> Any:
    """The first parcel, of 81.2 m², in two."""
    given = {
        "parcel_id": LAND["property_id"],
        "part_1_id": "25747/12/901",
        "part_1_area": "40",
        "part_2_id": "25747/12/902",
        "part_2_area": "41.2",
        "dwellings_on": "25747/12/901",
        "split_on": "2026-06-15",
        **more,
    }
    return run(partner, "split-parcel", **given)


def part(n: int) -> dict[str, str]:
    return {"property_kind": "parcel", "property_id": f"25747/12/90{n}"}


def test_a_parcel_is_split_and_one_part_sold(partner: APIClient) -> None:
    assert parcel(1)["area"] == "81.2"
    make(record_types()["certificates"], 1)
    right(1, "1/2", LAND)
    right(2, "1/2", LAND)
    encumbered("mortgage", LAND)
    assert code(split(partner)) == (409, "mortgaged")
    reply = split(partner, consent_no="3/ĐY")
    assert reply.status_code == 200, reply.json()
    old = Parcel.objects.get(parcel_id=LAND["property_id"])
    assert (old.status, str(old.closed_on)) == ("split", "2026-06-15")
    assert held(LAND) == {}
    assert held(LAND, on="2026-06-14") == {ONE: "1/2", TWO: "1/2"}
    assert held(part(1)) == held(part(2)) == {ONE: "1/2", TWO: "1/2"}
    origins = {(o.parent_id, o.parcel_id, str(o.area)) for o in ParcelOrigin.objects.all()}
    assert origins == {
        (old.parcel_id, "25747/12/901", "40"),
        (old.parcel_id, "25747/12/902", "41.2"),
    }
    assert Dwelling.objects.get(dwelling_id=HOUSE["property_id"]).parcel_id == "25747/12/901"
    assert Certificate.objects.get().status == "recovered"
    going_on = Encumbrance.objects.filter(valid_to=None, closed_on=None)
    assert {e.property_id for e in going_on} == {"25747/12/901", "25747/12/902"}
    sold = sell(partner, ONE, THREE, **part(2), consent_no="4/ĐY")
    assert sold.status_code == 200, sold.json()
    assert held(part(2)) == {THREE: "1/2", TWO: "1/2"}
    assert code(sell(partner, ONE, TWO, **LAND)) == (409, "closed")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"part_2_area": "41.1"}, (409, "areas_differ")),
        ({"part_3_id": "25747/12/903", "part_3_area": "0.1"}, (409, "areas_differ")),
        ({"part_2_id": "25747/12/901"}, (422, "part_2_id")),
        ({"part_3_id": "25747/12/903"}, (422, "part_2_id")),
        ({"dwellings_on": None}, (422, "dwellings_on")),
        ({"dwellings_on": "25747/12/903"}, (422, "dwellings_on")),
        # A ward that ended on 30 June 2025; one that never was.
        ({"part_2_id": "25741/12/902"}, (422, "part_2_id")),
        ({"part_2_id": "99999/12/902"}, (422, "part_2_id")),
        ({"part_2_id": parcel(2)["parcel_id"]}, (409, "duplicate")),
        ({"parcel_id": "25747/9/9"}, (422, "parcel_id")),
    ],
    ids=str,
)
def test_a_split_that_cannot_be(
    partner: APIClient, given: dict[str, Any], expected: tuple[int, str]
) -> None:
    make(record_types()["parcels"], 2)
    reply = split(partner, **given)
    told = reply.json()
    said = told["errors"][0]["field"] if reply.status_code == 422 else told["code"]
    assert (reply.status_code, said) == expected, told
    assert Parcel.objects.count() == 2
    assert Parcel.objects.get(parcel_id=LAND["property_id"]).status == "active"


@pytest.mark.parametrize(("kind", "problem"), [("seizure", "seized"), ("dispute", "disputed")])
def test_what_is_contested_is_not_split(partner: APIClient, kind: str, problem: str) -> None:
    encumbered(kind, LAND)
    assert code(split(partner)) == (409, problem)


def merge(partner: APIClient, **more: Any) -> Any:
    given = {
        "parcel_1_id": "25747/12/902",
        "parcel_2_id": "25747/12/901",
        "merged_id": "25747/12/903",
        "merged_area": "81.2",
        "merged_on": "2026-09-15",
        **more,
    }
    return run(partner, "merge-parcels", **given)


def test_what_was_split_is_merged_again(partner: APIClient) -> None:
    right(1, "1/2", LAND)
    right(2, "1/2", LAND)
    encumbered("planning_note", LAND)
    assert split(partner).status_code == 200
    assert code(merge(partner, merged_area="81.3")) == (409, "areas_differ")
    assert merge(partner, parcel_2_id="25747/12/902").status_code == 422
    reply = merge(partner)
    assert reply.status_code == 200, reply.json()
    assert held(part(3)) == {ONE: "1/2", TWO: "1/2"}
    assert held(part(1)) == held(part(2)) == {}
    assert {p.status for p in Parcel.objects.exclude(closed_on=None)} == {"split", "merged"}
    parents = ParcelOrigin.objects.filter(parcel_id="25747/12/903")
    assert {(o.parent_id, str(o.area), o.kind) for o in parents} == {
        ("25747/12/901", "40", "merger"),
        ("25747/12/902", "41.2", "merger"),
    }
    assert Dwelling.objects.get(dwelling_id=HOUSE["property_id"]).parcel_id == "25747/12/903"
    assert Encumbrance.objects.get(valid_to=None).property_id == "25747/12/903"


def test_what_is_encumbered_twice_is_so_after_a_merger(partner: APIClient) -> None:
    right(1, "1/1", LAND)
    assert split(partner).status_code == 200
    bank = firm(2)
    for n, holder in ((1, FIRM), (2, FIRM), (2, bank)):
        encumbered("mortgage", part(n), document_no="5", holder_id=holder, owner_id=None)
    for n, last in ((1, "2027-12-31"), (2, None)):
        encumbered("planning_note", part(n), document_no=None, valid_to=last)
    reply = merge(partner, consent_no="1/ĐY")
    assert reply.status_code == 200, reply.json()
    whole = Encumbrance.objects.filter(**part(3)).order_by("kind", "holder_id")
    assert {(e.kind, e.holder_id) for e in whole if e.kind == "mortgage"} == {
        ("mortgage", FIRM),
        ("mortgage", bank),
    }
    assert [e.valid_to for e in whole] == [None] * 3


def test_only_parcels_of_the_same_owners_are_merged(partner: APIClient) -> None:
    right(1, "1/1", LAND)
    assert split(partner).status_code == 200
    assert sell(partner, ONE, TWO, **part(2), transferred_on="2026-08-01").status_code == 200
    assert code(merge(partner)) == (409, "owners_differ")


def replaced(partner: APIClient, **more: Any) -> Any:
    given = {
        "serial": certificate(1)["serial"],
        "kind": "replaced",
        "new_serial": "AA 01234567",
        "issued_on": "2026-07-20",
        **more,
    }
    return run(partner, "replace-certificate", **given)


@pytest.mark.parametrize("kind", ["replaced", "reissued"])
def test_a_certificate_is_replaced(partner: APIClient, kind: str) -> None:
    make(record_types()["certificates"], 1)
    assert replaced(partner, issued_on="2001-01-01").status_code == 422
    assert replaced(partner, kind=kind).status_code == 200
    old = Certificate.objects.get(serial=certificate(1)["serial"])
    new = Certificate.objects.get(serial="AA01234567")
    assert (old.status, new.status, new.replaces) == (kind, "issued", old.serial)
    assert (new.parcel_id, new.dwelling_id) == (old.parcel_id, old.dwelling_id)
    assert code(replaced(partner, new_serial="AA76543210")) == (409, "not_in_force")
    # Only the operation may say so.
    url = f"/api/v1/certificates/{new.serial}"
    body = {"status": kind, "reason": "x"}
    by_hand = partner.patch(url, body, format="json", headers={"If-Match": '"1"'})
    assert code(by_hand) == (409, "step_by_operation")


def test_every_operation_has_an_example_of_its_input() -> None:
    for operation in operations().values():
        if operation.run.__module__.startswith("housing."):
            assert set(operation.example) <= set(operation.input.fields)
            needed = {n for n, f in operation.input.fields.items() if not f.null}
            assert needed <= set(operation.example)
