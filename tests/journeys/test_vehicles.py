"""A vehicle changes hands by API, seen afterwards at the desk, by the citizen, in history and audit;
and many want one plate."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.journeys import test_races
from tests.journeys.conftest import Service
from tests.journeys.test_lives import desk, run
from vehicles.samples import vin

FIRM = "3701234562"


@pytest.fixture
def police(service: Service) -> Iterator[httpx.Client]:
    """The traffic police, signed in."""
    with service.signed_in("traffic-police") as client:
        yield client


def a_plate(series: str = "H") -> str:
    return f"61{series}{secrets.randbelow(99_999) + 1:05d}"


def papers(**values: Any) -> dict[str, Any]:
    """A new car's papers, for a plate and certificate that nobody has."""
    given = {
        "chassis_no": vin("RL4", 1_000_000 + secrets.randbelow(8_000_000)),
        "vehicle_class": "car",
        "make": "TOYOTA",
        "production_year": 2024,
        "seats": 5,
        "plate": a_plate(),
        "certificate_no": f"ĐK61-{secrets.token_hex(6)}",
        "owner_kind": "enterprise",
        "owner_id": FIRM,
        "use": "private",
        "registered_on": "2025-03-02",
    }
    return {**given, **values}


def test_a_vehicle_sold_by_a_person_to_a_firm(service: Service, police: httpx.Client) -> None:
    citizen = service.demo["citizens"][1]
    seller = {"owner_kind": "person", "owner_id": citizen["personal_id"]}
    car = papers(**seller, owner_name=citizen["full_name"])
    assert run(police, "register-vehicle", **car).status_code == 200
    sale = {
        "chassis_no": car["chassis_no"],
        "certificate_no": f"ĐK61-{secrets.token_hex(6)}",
        "owner_kind": "enterprise",
        "owner_id": FIRM,
        "owner_name": "Công ty TNHH Vận tải Bình Minh",
        "use": "transport",
        "plate": a_plate("C"),
        "transferred_on": "2026-06-15",
    }
    reply = run(police, "transfer-vehicle", **sale)
    assert reply.status_code == 200, reply.text
    told = Counter(r["collection"] for r in reply.json()["records"])
    assert told == {"registrations": 2, "plates": 2}

    held = police.get("/registrations", params={"chassis_no": car["chassis_no"]}).json()["items"]
    assert [(r["plate"], r["status"], r["valid_to"]) for r in held] == [
        (car["plate"], "transferred", "2026-06-14"),
        (sale["plate"], "recorded", None),
    ]
    kept = police.get(f"/plates/{car['plate']}").json()
    assert (kept["status"], kept["owner_id"], kept["bound_until"]) == (
        "recovered",
        citizen["personal_id"],
        "2031-06-15",
    )
    steps = police.get(f"/plates/{car['plate']}/history").json()["items"]
    assert [s["operation"] for s in steps] == ["transfer-vehicle", "register-vehicle"]

    inspected = {"certificate_no": f"KĐ-{secrets.token_hex(6)}", "inspected_on": "2026-07-01"}
    given = {**inspected, "chassis_no": car["chassis_no"], "result": "passed"}
    reply = police.post("/inspections", json=given)
    assert reply.status_code == 201, reply.text
    # Two years old, in transport business since the sale, never inspected before.
    told = reply.json()
    assert (told["next_due_on"], told["owner_id"]) == ("2028-07-01", FIRM)

    with desk(service, "dangkyxe") as browser:
        page = browser.get(f"/plates/{car['plate']}/").text
        assert "Đã thu hồi" in page
        assert "Sang tên xe" in page
        assert sale["plate"] in browser.get(f"/registrations/{sale['certificate_no']}/").text
        found = browser.get("/", params={"q": "binh minh van tai"}).text
        assert sale["certificate_no"] in found
    with httpx.Client(timeout=30, follow_redirects=True) as phone:
        phone.get(citizen["sign_in_url"])
        plates = phone.get(f"{service.url}/portal/records/plates").text
        assert car["plate"] in plates
        assert "15/06/2031" in plates
        vehicles = phone.get(f"{service.url}/portal/records/registrations").text
        assert car["certificate_no"] in vehicles
        assert sale["certificate_no"] not in vehicles
        assert "Phòng Cảnh sát giao thông" in phone.get(f"{service.url}/portal/looked").text
    entries = service.sql(
        "SELECT DISTINCT s.subject FROM audit_entry e"
        " JOIN audit_subject s ON s.entry_id = e.id AND s.at = e.at"
        " WHERE e.operation = 'transfer-vehicle' AND e.agency = 'traffic-police'"
        " AND e.outcome = 'done' AND e.record_key = ANY(%s)",
        [[car["plate"], sale["plate"], car["certificate_no"], sale["certificate_no"]]],
    )
    assert {subject for (subject,) in entries} == {citizen["personal_id"], FIRM}


@pytest.mark.parametrize("known", [True, False], ids=["in the pool", "not recorded yet"])
def test_one_plate_one_vehicle(police: httpx.Client, known: bool) -> None:
    """64 register a vehicle of their own under one plate."""
    plate = a_plate("K")
    if known:
        given = {"plate": plate, "colour": "white", "kind": "ordinary", "status": "pool"}
        assert police.post("/plates", json=given).status_code == 201
    tried = [papers(plate=plate) for _ in range(64)]
    replies = test_races.at_once(lambda n: run(police, "register-vehicle", **tried[n]), writers=64)
    assert Counter(r.status_code for r in replies) == {200: 1, 409: 63}
    won = next(n for n, reply in enumerate(replies) if reply.status_code == 200)
    (held,) = police.get("/registrations", params={"plate": plate}).json()["items"]
    assert held["certificate_no"] == tried[won]["certificate_no"]
    # Nothing is left of those that lost.
    lost = [each["chassis_no"] for n, each in enumerate(tried) if n != won]
    missing = police.post("/vehicles/lookup", json={"keys": lost}).json()["missing"]
    assert set(missing) == set(lost)


def test_one_plate_one_registration(police: httpx.Client) -> None:
    """64 record a registration, by no operation, each of its own vehicle, under one plate."""
    plate = a_plate("L")
    given = {"plate": plate, "colour": "white", "kind": "identified", "status": "issued"}
    assert police.post("/plates", json=given).status_code == 201
    tried = [papers(plate=plate) for _ in range(64)]
    for each in tried:
        car = {n: each[n] for n in ("chassis_no", "vehicle_class", "make")}
        assert police.post("/vehicles", json=car).status_code == 201
    names = ("chassis_no", "plate", "certificate_no", "owner_kind", "owner_id")
    replies = test_races.at_once(
        lambda n: police.post(
            "/registrations",
            json={
                **{name: tried[n][name] for name in names},
                "valid_from": f"2025-01-{n % 28 + 1:02d}",
            },
        ),
        writers=64,
    )
    assert Counter(r.status_code for r in replies) == {201: 1, 409: 63}
    assert {r.json()["code"] for r in replies if r.status_code == 409} == {"overlap"}
    held = police.get("/registrations", params={"plate": plate}).json()["items"]
    assert len(held) == 1
