"""What the traffic police does, and must find true."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from rest_framework.test import APIClient

from records import changes
from records.actors import Occasion, system
from records.registry import operations, record_types
from tests.conftest import entries_of
from tests.kernel.test_desk import a_clerk
from vehicles.models import Plate, Registration, Vehicle
from vehicles.validators import has_five_digits

pytestmark = pytest.mark.django_db
VIN, PLATE = "RL4BF3FE5N9500123", "61K12345"
SELLER, BUYER, FIRM = "074085001234", "074190004321", "3701234562"


def run(partner: APIClient, name: str, **values: Any) -> Any:
    given = {**operations()[name].example, **values}
    body = {key: value for key, value in given.items() if value is not None}
    return partner.post(f"/api/v1/operations/{name}", body, format="json")


def plate(number: str, **values: Any) -> Plate:
    """A plate that is recorded, in the pool unless said otherwise."""
    made = changes.create(
        record_types()["plates"],
        {"plate": number, "colour": "white", "kind": "identified", "status": "pool", **values},
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )
    assert isinstance(made, Plate)
    return made


def code(reply: Any) -> tuple[int, Any]:
    """The status, and the problem's code or the faults."""
    told = reply.json()
    faults = [(e["field"], e["code"]) for e in told.get("errors", ())]
    return reply.status_code, faults or told.get("code")


@pytest.fixture
def registered(partner: APIClient) -> Registration:
    reply = run(partner, "register-vehicle")
    assert reply.status_code == 200, reply.json()
    return Registration.objects.get()


def test_a_vehicle_its_plate_and_registration_in_one_go(partner: APIClient) -> None:
    reply = run(partner, "register-vehicle")
    assert reply.status_code == 200, reply.json()
    assert [r["collection"] for r in reply.json()["records"]] == [
        "vehicles",
        "plates",
        "registrations",
    ]
    issued = Plate.objects.get()
    assert (issued.plate, issued.kind, issued.status, issued.colour) == (
        PLATE,
        "identified",
        "issued",
        "white",
    )
    assert (issued.owner_kind, issued.owner_id) == ("person", SELLER)
    seen = partner.get("/api/v1/registrations/ĐK61-123456").json()
    assert (seen["plate"], seen["chassis_no"], seen["make"]) == (PLATE, VIN, "TOYOTA")
    about = {s for e in entries_of(request_id=reply["Request-Id"]) for s in e["subjects"]}
    assert about == {SELLER}


def test_a_plate_of_the_pool_becomes_its_owner_s(partner: APIClient) -> None:
    plate(PLATE, kind="ordinary")
    assert run(partner, "register-vehicle", use="transport").status_code == 200
    issued = Plate.objects.get()
    assert (issued.status, issued.kind, issued.colour) == ("issued", "identified", "yellow")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"plate": "61-B1 123.45"}, (409, "plate_of_another_class")),
        ({"plate": "61L-1234"}, (409, "plate_of_four_digits")),
        (
            {"plate": "61-B1 1234", "vehicle_class": "motorcycle"},
            (409, "plate_of_four_digits"),
        ),
        ({"plate_colour": "yellow"}, (422, [("plate_colour", "conflict")])),
        ({"use": "transport", "plate_colour": "white"}, (422, [("plate_colour", "conflict")])),
        ({"owner_kind": "enterprise"}, (422, [("owner_id", "format")])),
        ({"registered_on": "2126-01-01"}, (422, [("registered_on", "range")])),
        ({"chassis_no": "1M8GDM9A1KP042788"}, (422, [("chassis_no", "checksum")])),
        ({"plate": None}, (422, [("plate", "missing")])),
    ],
)
def test_a_registration_must_be_possible(partner: APIClient, values: Any, told: Any) -> None:
    assert code(run(partner, "register-vehicle", **values)) == told
    assert not Vehicle.objects.exists()


@pytest.mark.parametrize(
    ("number", "vehicle_class", "today"),
    [
        ("61B11234", "car", True),
        ("61B11234", "motorcycle", False),
        ("61B112345", "motorcycle", True),
        ("61LD01234", "car", True),
        ("61L1234", "car", False),
        ("TC3386", "car", True),
        ("80011NG01", "car", True),
    ],
)
def test_five_digits_of_today(number: str, vehicle_class: str, today: bool) -> None:
    assert has_five_digits(number, vehicle_class) is today


def test_a_certificate_s_number_is_any_text(partner: APIClient) -> None:
    number = "ĐK 61 số 7/2026 (bản 2) 100%?#"
    assert run(partner, "register-vehicle", certificate_no=number).status_code == 200
    url = f"/api/v1/registrations/{quote(number.replace('/', '~'), safe='~')}"
    assert partner.get(url).json()["certificate_no"] == number
    assert partner.get(f"{url}/history").status_code == 200
    clerk = Client()
    clerk.force_login(a_clerk())
    listed = clerk.get("/admin/registrations/").content.decode()
    link = next(found for found in re.findall('href="([^"]*)"', listed) if "%C4%90K" in found)
    assert number in unescape(clerk.get(unescape(link)).content.decode())
    for page in ("history/", "amend/", "close/"):
        assert clerk.get(unescape(link) + page).status_code == 200


@pytest.mark.parametrize("status", ["issued", "lost", "damaged", "cancelled"])
def test_a_plate_that_is_taken(partner: APIClient, status: str) -> None:
    plate(PLATE, status=status)
    assert code(run(partner, "register-vehicle")) == (409, "plate_taken")


def test_a_registered_vehicle_is_transferred_and_not_registered(
    partner: APIClient, registered: Registration
) -> None:
    again = run(partner, "register-vehicle", plate="61K-999.99", certificate_no="ĐK61-2")
    assert code(again) == (409, "registered")


def test_a_sale_from_a_person_to_a_firm(partner: APIClient, registered: Registration) -> None:
    reply = run(partner, "transfer-vehicle")
    assert reply.status_code == 200, reply.json()
    old, new = Registration.objects.order_by("valid_from")
    assert (old.status, str(old.valid_to)) == ("transferred", "2026-06-14")
    assert (new.owner_kind, new.owner_id, new.use) == ("enterprise", FIRM, "transport")
    assert (new.plate_id, new.plate.colour, new.plate.owner_id) == ("61K67890", "yellow", FIRM)
    kept = Plate.objects.get(plate=PLATE)
    assert (kept.status, kept.owner_id, str(kept.bound_until)) == (
        "recovered",
        SELLER,
        "2031-06-15",
    )
    about = {s for e in entries_of(request_id=reply["Request-Id"]) for s in e["subjects"]}
    assert about == {SELLER, FIRM}


def test_a_kept_plate_is_for_its_owner_alone(partner: APIClient, registered: Registration) -> None:
    assert run(partner, "transfer-vehicle").status_code == 200
    other = {"chassis_no": "RLLV1ABC5P1000456", "certificate_no": "ĐK61-3"}
    asked = {**other, "owner_id": BUYER, "registered_on": "2026-07-01"}
    assert code(run(partner, "register-vehicle", **asked)) == (409, "plate_kept")
    own = {**other, "registered_on": "2026-07-01"}
    assert run(partner, "register-vehicle", **own).status_code == 200
    back = Plate.objects.get(plate=PLATE)
    assert (back.status, back.owner_id, back.bound_until) == ("issued", SELLER, None)


def test_a_plate_kept_for_five_years_is_anybody_s_after(partner: APIClient) -> None:
    kept = {"status": "recovered", "owner_kind": "person", "owner_id": BUYER}
    plate(PLATE, **kept, bound_until="2026-03-02")
    assert code(run(partner, "register-vehicle")) == (409, "plate_kept")
    assert run(partner, "register-vehicle", registered_on="2026-03-03").status_code == 200
    assert Plate.objects.get().owner_id == SELLER


def test_the_buyer_s_own_plate_where_none_is_named(
    partner: APIClient, registered: Registration
) -> None:
    to = {"owner_kind": "person", "owner_id": BUYER, "plate": None, "use": "private"}
    assert code(run(partner, "transfer-vehicle", **to)) == (422, [("plate", "missing")])
    plate(
        "61K55555",
        status="recovered",
        owner_kind="person",
        owner_id=BUYER,
        bound_until="2029-01-01",
    )
    assert run(partner, "transfer-vehicle", **to).status_code == 200
    now = Registration.objects.get(valid_to=None)
    assert (now.plate_id, now.plate.status, now.plate.bound_until) == ("61K55555", "issued", None)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"owner_kind": "person", "owner_id": SELLER}, (409, "same_owner")),
        ({"plate": PLATE}, (409, "plate_stays")),
        ({"transferred_on": "2026-03-02"}, (422, [("transferred_on", "range")])),
        ({"chassis_no": "RLLV1ABC5P1000456"}, (422, [("chassis_no", "reference")])),
        ({"owner_id": "3701234561"}, (422, [("owner_id", "checksum")])),
        ({"certificate_no": "ĐK61-123456"}, (409, "duplicate")),
    ],
)
def test_a_sale_must_be_possible(
    partner: APIClient, registered: Registration, values: Any, told: Any
) -> None:
    assert code(run(partner, "transfer-vehicle", **values)) == told
    assert Registration.objects.get().status == "recorded"
    assert Plate.objects.get().status == "issued"


def test_a_plate_won_at_auction_may_go_with_the_vehicle(partner: APIClient) -> None:
    plate(PLATE, kind="auctioned")
    assert run(partner, "register-vehicle").status_code == 200
    assert run(partner, "transfer-vehicle", plate=PLATE).status_code == 200
    gone = Plate.objects.get()
    assert (gone.kind, gone.status, gone.owner_id, gone.colour) == (
        "auctioned",
        "issued",
        FIRM,
        "yellow",
    )


def test_a_plate_comes_back_and_the_vehicle_is_registered_anew(
    partner: APIClient, registered: Registration
) -> None:
    assert run(partner, "recover-plate").status_code == 200
    registered.refresh_from_db()
    assert (registered.status, registered.recovery_ground, str(registered.valid_to)) == (
        "recovered",
        "transfer",
        "2026-06-14",
    )
    assert code(run(partner, "recover-plate")) == (409, "not_issued")
    new = {"owner_id": BUYER, "plate": "61K-222.22", "certificate_no": "ĐK61-9"}
    reply = run(partner, "register-vehicle", **new, colour="Đen", registered_on="2026-07-01")
    assert reply.status_code == 200, reply.json()
    assert Vehicle.objects.get().colour == "Đen"


def test_an_ordinary_plate_that_comes_back_is_nobody_s(
    partner: APIClient, registered: Registration
) -> None:
    old = plate("61L1234", kind="ordinary", status="issued", owner_kind="person", owner_id=BUYER)
    body = {"plate": old.plate, "recovered_on": "2026-06-15"}
    assert run(partner, "recover-plate", **body).status_code == 200
    old.refresh_from_db()
    assert (old.status, old.owner_id, old.bound_until) == ("recovered", None, None)


def test_into_transport_business_and_out_again(
    partner: APIClient, registered: Registration
) -> None:
    assert run(partner, "change-plate-colour").status_code == 200
    assert Plate.objects.get().colour == "yellow"
    assert code(run(partner, "change-plate-colour")) == (409, "same_use")
    back = {"use": "private", "certificate_no": "ĐK61-8", "changed_on": "2026-09-01"}
    assert run(partner, "change-plate-colour", **back).status_code == 200
    assert Plate.objects.get().colour == "white"
    held = Registration.objects.order_by("valid_from")
    assert [(r.status, r.use, r.owner_name) for r in held] == [
        ("replaced", "private", "Nguyễn Văn An"),
        ("replaced", "transport", "Nguyễn Văn An"),
        ("recorded", "private", "Nguyễn Văn An"),
    ]
    steps = partner.get(f"/api/v1/plates/{PLATE}/history").json()["items"]
    told = [c for step in steps for c in step["changed"] if c["field"] == "colour"]
    assert [(c["before"], c["after"]) for c in told[:2]] == [
        ("yellow", "white"),
        ("white", "yellow"),
    ]


def test_blue_plates_are_not_for_transport_business(partner: APIClient) -> None:
    assert run(partner, "register-vehicle", plate_colour="blue").status_code == 200
    assert code(run(partner, "change-plate-colour")) == (409, "colour_fixed")


@pytest.mark.parametrize(
    ("ground", "status", "again"), [("destroyed", "scrapped", 409), ("stolen", "usable", 200)]
)
def test_a_vehicle_is_registered_no_longer(
    partner: APIClient, registered: Registration, ground: str, status: str, again: int
) -> None:
    assert run(partner, "deregister-vehicle", ground=ground).status_code == 200
    registered.refresh_from_db()
    assert (registered.status, registered.recovery_ground) == ("recovered", ground)
    assert Vehicle.objects.get().status == status
    kept = Plate.objects.get()
    assert (kept.status, str(kept.bound_until)) == ("recovered", "2031-06-15")
    assert code(run(partner, "deregister-vehicle")) == (409, "not_registered")
    anew = {"certificate_no": "ĐK61-7", "registered_on": "2026-08-01"}
    assert run(partner, "register-vehicle", **anew).status_code == again


def test_a_step_that_is_not_allowed_says_which_are(
    partner: APIClient, registered: Registration
) -> None:
    url, seen = f"/api/v1/plates/{PLATE}", {"If-Match": '"1"'}
    body = {"status": "recovered", "reason": "x"}
    reply = partner.patch(url, body, format="json", headers=seen)
    assert code(reply) == (409, "step_by_operation")
    assert "recover-plate" in reply.json()["operations"]
    reply = partner.patch(url, {**body, "status": "pool"}, format="json", headers=seen)
    assert code(reply) == (409, "step_not_allowed")
    assert set(reply.json()["allowed"]) == {"recovered", "lost", "damaged", "cancelled"}


def test_a_kept_plate_does_not_go_to_the_pool(partner: APIClient, registered: Registration) -> None:
    assert run(partner, "recover-plate").status_code == 200
    url = f"/api/v1/plates/{PLATE}"
    tag = partner.get(url)["ETag"]
    body = {"status": "pool", "reason": "x"}
    reply = partner.patch(url, body, format="json", headers={"If-Match": tag})
    assert reply.status_code == 422
    assert "kept for its owner" in reply.json()["detail"]


def test_one_in_force_per_vehicle_and_per_plate(
    partner: APIClient, registered: Registration
) -> None:
    plate("61K88888")
    values = {
        "certificate_no": "ĐK61-5",
        "chassis_no": VIN,
        "plate": "61K88888",
        "owner_kind": "person",
        "owner_id": BUYER,
        "valid_from": "2026-05-01",
    }
    reply = partner.post("/api/v1/registrations", values, format="json")
    assert code(reply) == (409, "overlap")
    assert "vehicle is registered" in reply.json()["detail"]
    other = {"chassis_no": "RLLV1ABC5P1000456", "vehicle_class": "car", "make": "VINFAST"}
    assert partner.post("/api/v1/vehicles", other, format="json").status_code == 201
    values |= {"chassis_no": other["chassis_no"], "plate": PLATE}
    reply = partner.post("/api/v1/registrations", values, format="json")
    assert code(reply) == (409, "overlap")
    assert "bears this plate" in reply.json()["detail"]
