"""What happens in a life, by API as offices do it, seen afterwards at the desk and by the citizen."""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.journeys import test_races
from tests.journeys.conftest import Service, somebody

ENTRY = {"register_unit": "25747", "registered_on": "2026-05-13"}


def run(client: httpx.Client, name: str, **given: Any) -> httpx.Response:
    return client.post(f"/operations/{name}", json=given)


def entry() -> dict[str, str]:
    """A place in a register that nobody has taken."""
    return {**ENTRY, "book": "77/2026", "number": secrets.token_hex(6)}


@contextmanager
def desk(service: Service, username: str) -> Iterator[httpx.Client]:
    """A clerk's browser, signed in."""
    clerk = next(c for c in service.demo["clerks"] if c["username"] == username)
    base = f"{service.url}/admin"
    with httpx.Client(base_url=base, timeout=60, follow_redirects=True) as browser:
        browser.get("/login/")
        form = {
            "username": clerk["username"],
            "password": clerk["password"],
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            "next": "/admin/",
        }
        reply = browser.post("/login/", data=form, headers={"Referer": service.url})
        assert reply.status_code == 200
        assert "Bàn làm việc" in reply.text
        yield browser


def findings(browser: httpx.Client, wanted: str, rule: str) -> bool:
    """Whether a finding of a rule about `wanted` comes up, once a look was asked for."""
    check_again(browser)
    return is_found(browser, wanted, rule)


def check_again(browser: httpx.Client) -> None:
    """Ask for a look."""
    token = browser.cookies["csrftoken"]
    browser.post("/findings/again", data={"csrfmiddlewaretoken": token})


def is_found(browser: httpx.Client, wanted: str, rule: str) -> bool:
    """Whether a finding of a rule about `wanted` comes up within a while."""
    for _ in range(60):
        if any(wanted in page for page in found_pages(browser, rule)):
            return True
        time.sleep(0.25)
    return False


def found_pages(browser: httpx.Client, rule: str) -> Iterator[str]:
    """The pages of a rule's findings, one after another."""
    asked = {"rule": rule}
    while asked:
        yield (page := browser.get("/findings/", params=asked).text)
        onward = re.search(r'rel="next" href="[^"]*after=([0-9a-f-]{36})', page)
        asked = {"rule": rule, "after": onward[1]} if onward else {}


def test_a_couple_marries_and_one_dies(service: Service, registrar: httpx.Client) -> None:
    man = {**somebody(), "marital_status": "single"}
    woman = {**somebody(), "sex": "F", "full_name": "Trần Thị Sen", "marital_status": "single"}
    for one in (man, woman):
        assert registrar.post("/people", json=one).status_code == 201
        home = {"kind": "permanent", "unit": "25747", "address": "12 Yersin"}
        given = {**home, "personal_id": one["personal_id"], "valid_from": "2020-01-01"}
        assert registrar.post("/residences", json=given).status_code == 201
    pair = {"husband_id": man["personal_id"], "wife_id": woman["personal_id"]}
    assert run(registrar, "register-marriage", **pair, **entry()).status_code == 200
    assert registrar.get(f"/people/{pair['wife_id']}").json()["marital_status"] == "married"
    died = {"personal_id": pair["husband_id"], "death_date": "2026-05-12", "place": "Tại nhà"}
    assert run(registrar, "register-death", **died, **entry()).status_code == 200

    with desk(service, "thuky") as browser:
        assert findings(browser, pair["wife_id"], "people.widowed")
        (residence,) = registrar.get("/residences", params={"subject": pair["husband_id"]}).json()[
            "items"
        ]
        assert findings(browser, residence["id"], "residences.personal_id.ended")
        page = browser.get(f"/people/{pair['wife_id']}/").text
        assert "vợ hoặc chồng đã chết" in page
        assert "Đăng ký kết hôn" in page  # the operation that married her, in her history
    everything = registrar.get(f"/people/{pair['wife_id']}/everything").json()
    told = {part["collection"]: part["items"] for part in everything["parts"]}
    assert [e["kind"] for e in told["civil-events"]] == ["marriage"]

    # What was found is mended, and leaves the list.
    tag = registrar.get(f"/people/{pair['wife_id']}").headers["ETag"]
    mended = {"marital_status": "widowed", "reason": "Chồng đã mất"}
    reply = registrar.patch(f"/people/{pair['wife_id']}", json=mended, headers={"If-Match": tag})
    assert reply.status_code == 200
    with desk(service, "thuky") as browser:
        token = browser.cookies["csrftoken"]
        browser.post("/findings/again", data={"csrfmiddlewaretoken": token})
        for _ in range(60):
            page = browser.get("/findings/", params={"rule": "people.widowed"}).text
            if pair["wife_id"] not in page:
                break
            time.sleep(0.25)
        assert pair["wife_id"] not in page


@pytest.fixture
def school(service: Service) -> Any:
    with service.signed_in("education") as client:
        yield client


def pupil(client: httpx.Client) -> str:
    code = f"HS9{secrets.randbelow(10**9):09d}"
    given = {"student_code": code, "full_name": "Lê Minh Khôi", "sex": "M"}
    reply = client.post("/students", json={**given, "birth_date": "2008-03-02"})
    assert reply.status_code == 201, reply.text
    return code


def a_school(client: httpx.Client, level: str) -> str:
    code = f"T{secrets.token_hex(4)}"
    given = {"school_code": code, "name": f"THPT {code}", "level": level, "unit": "25747"}
    assert client.post("/schools", json=given).status_code == 201
    return code


def test_a_pupil_moves_in_mid_year_and_graduates(service: Service, school: httpx.Client) -> None:
    code = pupil(school)
    first, second = a_school(school, "upper_secondary"), a_school(school, "upper_secondary")
    year = {"student_code": code, "school_year": "2025-2026"}
    begun = {"school_code": first, "grade": 12, "begins_on": "2025-09-05", "class_name": "12A"}
    assert run(school, "enrol", **year, **begun).status_code == 200
    moved = {"to_school_code": second, "moves_on": "2026-01-12", "class_name": "12B"}
    assert run(school, "move-school", **year, **moved).status_code == 200
    serial = f"B{secrets.randbelow(10**8):08d}"
    done = {"serial": serial, "register_no": f"{serial}/2026", "issued_on": "2026-07-20"}
    reply = run(school, "graduate", **year, **done)
    assert reply.status_code == 200, reply.text
    kept = school.get("/enrolments", params={"student_code": code}).json()["items"]
    assert [(e["school_code"], e["status"]) for e in kept] == [
        (first, "transferred"),
        (second, "completed"),
    ]
    (diploma,) = school.get("/diplomas", params={"serial": serial}).json()["items"]
    assert diploma["issuer"] == f"THPT {second}"
    history = school.get(f"/enrolments/{kept[1]['id']}/history").json()["items"]
    assert [step["operation"] for step in history] == ["graduate", "move-school"]
    with desk(service, "giaovu") as browser:
        assert serial in browser.get("/diplomas/", params={"serial": serial}).text
        assert "Công nhận tốt nghiệp" in browser.get(f"/enrolments/{kept[1]['id']}/").text


def test_one_enrolment_a_year(service: Service, school: httpx.Client) -> None:
    code = pupil(school)
    schools = [a_school(school, "upper_secondary") for _ in range(4)]
    replies = test_races.at_once(
        lambda n: run(
            school,
            "enrol",
            student_code=code,
            school_year="2026-2027",
            school_code=schools[n % 4],
            grade=10,
            begins_on="2026-09-05",
        ),
        writers=64,
    )
    assert Counter(r.status_code for r in replies) == {200: 1, 409: 63}
