"""Homes and land change hands by API with the land office's token; every door tells it afterwards."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Service
from tests.journeys.test_races import at_once

FIRM, BANK = "0100047516", "0100112437"
WRITERS = 64


@pytest.fixture
def office(service: Service) -> Iterator[httpx.Client]:
    """The land registration office, signed in."""
    with service.signed_in("land") as client:
        yield client


def new_parcel(office: httpx.Client, area: str = "120.5") -> str:
    key = f"25747/{secrets.randbelow(90_000) + 1}/{secrets.randbelow(900_000) + 1}"
    values = {"parcel_id": key, "area": area, "land_use": "ODT", "address": "Phường Thủ Dầu Một"}
    reply = office.post("/parcels", json=values)
    assert reply.status_code == 201, reply.text
    return key


def new_house(office: httpx.Client, parcel_id: str) -> str:
    key = f"NO-25747-{secrets.token_hex(6)}"
    values = {"dwelling_id": key, "parcel_id": parcel_id, "kind": "detached_house", "floors": 2}
    assert office.post("/dwellings", json=values).status_code == 201
    return key


def give(office: httpx.Client, of: dict[str, str], owner_id: str, share: str) -> httpx.Response:
    kind = "person" if len(owner_id) == 12 else "enterprise"
    values = {**of, "owner_kind": kind, "owner_id": owner_id, "share": share}
    return office.post("/rights", json={**values, "valid_from": "2019-05-20"})


def run(office: httpx.Client, name: str, of: dict[str, str], **given: Any) -> httpx.Response:
    return office.post(f"/operations/{name}", json={**of, **given})


def sell(
    office: httpx.Client, of: dict[str, str], seller: str, buyer: str, on: str, **more: Any
) -> httpx.Response:
    given = {"seller_id": seller, "buyer_id": buyer, "contract_no": "7/2026/HĐMB", **more}
    return run(office, "transfer-property", of, transferred_on=on, **given)


def rights_of(office: httpx.Client, of: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.get(
        "/rights", params={"property_id": of["property_id"], "limit": 200}
    ).json()["items"]
    return found


def held(office: httpx.Client, of: dict[str, str], on: str) -> dict[str, str]:
    """Who owns what of a property on a day."""
    return {
        r["owner_id"]: r["share"]
        for r in rights_of(office, of)
        if r["closed_on"] is None and r["valid_from"] <= on <= (r["valid_to"] or "9999")
    }


def at_the_desk(service: Service, path: str) -> str:
    """A page as the land registrar sees it."""
    clerk = next(c for c in service.demo["clerks"] if c["username"] == "diachinh")
    with httpx.Client(base_url=service.url, follow_redirects=True, timeout=30) as desk:
        form = desk.get("/admin/login/").text
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token
        given = {k: clerk[k] for k in ("username", "password")}
        given |= {"csrfmiddlewaretoken": token[1], "next": path}
        page = desk.post("/admin/login/", data=given, headers={"Referer": service.url})
        assert page.status_code == 200, page.text
        return page.text


def on_the_phone(citizen: dict[str, Any], service: Service) -> str:
    """What a citizen sees of their rights."""
    with httpx.Client(follow_redirects=True, timeout=30) as phone:
        home = phone.get(citizen["sign_in_url"])
        assert home.status_code == 200
        return home.text + phone.get(f"{service.url}/portal/records/rights").text


def test_a_house_in_three_thirds_one_mortgaged_released_and_sold(
    service: Service, office: httpx.Client
) -> None:
    citizens = service.demo["citizens"]
    an, binh, chi = (c["personal_id"] for c in citizens)
    house = {"property_kind": "dwelling", "property_id": new_house(office, new_parcel(office))}
    for owner in (an, binh, chi):
        assert give(office, house, owner, "1/3").status_code == 201
    over = give(office, house, FIRM, "1/100")
    assert (over.status_code, over.json()["code"]) == (409, "over_whole")

    contract = f"{secrets.token_hex(4)}/HĐTC"
    mortgaged = run(
        office,
        "mortgage-property",
        house,
        owner_id=an,
        holder_id=BANK,
        contract_no=contract,
        registered_on="2026-02-02",
    )
    assert mortgaged.status_code == 200, mortgaged.text
    refused = sell(office, house, an, FIRM, "2026-05-01")
    assert (refused.status_code, refused.json()["code"]) == (409, "mortgaged")
    assert sell(office, house, binh, chi, "2026-05-01").status_code == 200
    with service.signed_in("bank") as bank:
        query = {"property_id": house["property_id"], "fieldset": "check"}
        (seen,) = bank.get("/encumbrances", params=query).json()["items"]
        assert (seen["kind"], seen["valid_to"]) == ("mortgage", None)
        assert "owner_id" not in seen

    release = {"contract_no": contract, "released_on": "2026-08-31"}
    assert run(office, "release-mortgage", house, **release).status_code == 200
    sold = sell(office, house, an, FIRM, "2026-09-01")
    assert sold.status_code == 200, sold.text
    now = [r for r in rights_of(office, house) if r["valid_to"] is None]
    assert sorted((r["owner_id"], r["share"]) for r in now) == sorted(
        [(chi, "1/3"), (chi, "1/3"), (FIRM, "1/3")]
    )

    ended = next(r for r in rights_of(office, house) if r["owner_id"] == an)
    assert ended["valid_to"] == "2026-08-31"
    steps = office.get(f"/rights/{ended['id']}/history").json()["items"]
    assert [step["operation"] for step in steps] == ["transfer-property", None]
    page = at_the_desk(service, f"/admin/rights/{ended['id']}/")
    assert house["property_id"] in page
    assert "31/08/2026" in page
    assert house["property_id"] in on_the_phone(citizens[2], service)
    told = service.sql(
        "SELECT DISTINCT e.action, e.operation FROM audit_entry e JOIN audit_subject s"
        " ON s.entry_id = e.id AND s.at = e.at WHERE s.subject = %s AND e.outcome = 'done'"
        " AND e.agency = 'land' AND e.operation <> ''",
        [an],
    )
    assert {operation for _action, operation in told} == {
        "mortgage-property",
        "release-mortgage",
        "transfer-property",
    }


def test_a_parcel_is_split_and_one_half_sold(service: Service, office: httpx.Client) -> None:
    citizen = service.demo["citizens"][1]
    owner, key = citizen["personal_id"], new_parcel(office)
    whole = {"property_kind": "parcel", "property_id": key}
    assert give(office, whole, owner, "1/1").status_code == 201
    sheet = f"25747/{secrets.randbelow(90_000) + 1}"
    first, second = f"{sheet}/901", f"{sheet}/902"
    given = {
        "parcel_id": key,
        "part_1_id": first,
        "part_1_area": "60.2",
        "part_2_id": second,
        "part_2_area": "60.2",
        "split_on": "2026-03-16",
    }
    unbalanced = office.post("/operations/split-parcel", json=given)
    assert (unbalanced.status_code, unbalanced.json()["code"]) == (409, "areas_differ")
    given["part_2_area"] = "60.3"
    split = office.post("/operations/split-parcel", json=given)
    assert split.status_code == 200, split.text

    half = {"property_kind": "parcel", "property_id": second}
    sold = sell(office, half, owner, FIRM, "2026-04-01")
    assert sold.status_code == 200, sold.text
    assert held(office, half, "2026-04-01") == {FIRM: "1/1"}
    assert held(office, {**half, "property_id": first}, "2026-04-01") == {owner: "1/1"}
    assert held(office, whole, "2026-03-15") == {owner: "1/1"}
    assert held(office, whole, "2026-03-16") == {}

    old = office.get(f"/parcels/{key.replace('/', '~')}").json()
    assert (old["status"], old["closed_on"]) == ("split", "2026-03-16")
    origins = office.get("/parcel-origins", params={"parent_id": key}).json()["items"]
    assert {(o["parcel_id"], o["area"]) for o in origins} == {(first, "60.2"), (second, "60.3")}
    steps = office.get(f"/parcels/{key.replace('/', '~')}/history").json()["items"]
    assert [step["operation"] for step in steps] == ["split-parcel", None]
    page = at_the_desk(service, f"/admin/parcels/{key.replace('/', '~')}/")
    assert "Đã tách thửa" in page
    assert first in on_the_phone(citizen, service)


@pytest.mark.parametrize(("taken", "fitting"), [("", 6), ("5/6", 1)])
def test_many_want_the_last_free_share(
    service: Service, office: httpx.Client, taken: str, fitting: int
) -> None:
    of = {"property_kind": "parcel", "property_id": new_parcel(office)}
    if taken:
        assert give(office, of, "074085999999", taken).status_code == 201
    replies = at_once(lambda n: give(office, of, f"0740850000{n:02d}", "1/6"), WRITERS)
    assert Counter(r.status_code for r in replies) == {201: fitting, 409: WRITERS - fitting}
    assert {r.json()["code"] for r in replies if r.status_code == 409} == {"over_whole"}
    rights = held(office, of, "2026-01-01")
    assert sum(map(Fraction, rights.values())) == 1


def test_many_buy_of_one_owner(service: Service, office: httpx.Client) -> None:
    of = {"property_kind": "parcel", "property_id": new_parcel(office)}
    owner = "074085999999"
    assert give(office, of, owner, "1/1").status_code == 201
    replies = at_once(
        lambda n: sell(office, of, owner, f"0740850000{n:02d}", "2026-05-01", share="1/6"), WRITERS
    )
    assert Counter(r.status_code for r in replies) == {200: 6, 409: WRITERS - 6}
    refused = {r.json()["code"] for r in replies if r.status_code == 409}
    assert refused <= {"not_owner", "more_than_owned"}
    rights = held(office, of, "2026-05-01")
    assert set(rights.values()) == {"1/6"}
    assert len(rights) == 6
