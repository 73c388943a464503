"""A firm by API as its office does it, seen afterwards at the desk, by its leader and by anybody."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from records.mending import check_digit
from records.registry import operations
from tests.journeys import browsing, test_races
from tests.journeys.browsing import PHONE, WIDE, follow, visit
from tests.journeys.conftest import Service, somebody
from tests.journeys.test_lives import check_again, desk, is_found, run
from tests.journeys.test_portal import judge


@pytest.fixture
def office(service: Service) -> Iterator[httpx.Client]:
    """The business register's office, signed in."""
    with service.signed_in("business") as client:
        yield client


def a_code() -> str:
    """A firm's code that nobody has."""
    while True:
        begins = f"37{secrets.randbelow(10**7):07d}"
        if len(digit := check_digit(begins)) == 1:
            return begins + digit


def registered(office: httpx.Client, **values: Any) -> tuple[str, str]:
    """A new firm of two members, its code and name."""
    code = a_code()
    name = f"Công ty TNHH Hành trình {secrets.token_hex(4)}"
    given = {**operations()["register-enterprise"].example, "enterprise_code": code, "name": name}
    reply = office.post("/operations/register-enterprise", json={**given, **values})
    assert reply.status_code == 200, reply.text
    return code, name


def test_a_firm_suspended_resumed_represented_anew_and_dissolved(
    service: Service, office: httpx.Client
) -> None:
    code, name = registered(office)
    firm = {"enterprise_code": code}
    period = {"suspended_from": "2026-07-01", "suspended_until": "2026-12-31"}
    assert run(office, "suspend-enterprise", **firm, **period).status_code == 200
    assert office.get(f"/enterprises/{code}").json()["status"] == "suspended"
    assert run(office, "resume-enterprise", **firm, resumes_on="2026-10-01").status_code == 200
    new = {"personal_id": "074190004321", "full_name": "Trần Thị Hạnh", "changes_on": "2026-10-05"}
    assert run(office, "change-representative", **firm, **new).status_code == 200

    early = run(office, "end-enterprise", **firm, ended_on="2026-11-01")
    assert (early.status_code, early.json()["code"]) == (409, "step_not_allowed")
    assert early.json()["allowed"] == [
        "suspended", "not_at_address", "revoked", "dissolving", "in_bankruptcy"
    ]  # fmt: skip

    # Anybody, without signing in.
    with httpx.Client(base_url=f"{service.url}/api/v1/public", timeout=30) as anybody:
        seen = anybody.get(f"/enterprises/{code}")
        assert seen.status_code == 200, seen.text
        assert seen.json()["representatives"] == ["Trần Thị Hạnh"]
        assert not {"phone", "charter_capital", "founded_on"} & set(seen.json())
        found = anybody.get("/enterprises", params={"q": name.lower()}).json()["items"]
        assert [one["enterprise_code"] for one in found] == [code]

    assert run(office, "begin-dissolution", **firm, resolved_on="2026-10-15").status_code == 200
    assert run(office, "end-enterprise", **firm, ended_on="2026-11-01").status_code == 200
    steps = office.get(f"/enterprises/{code}/history").json()["items"]
    assert [step["operation"] for step in steps] == [
        "end-enterprise", "begin-dissolution", "resume-enterprise", "suspend-enterprise",
        "register-enterprise",
    ]  # fmt: skip
    officers = office.get("/officers", params={"enterprise_code": code}).json()["items"]
    assert [(o["personal_id"], o["valid_to"]) for o in officers] == [
        ("074085001234", "2026-10-04"),
        ("074190004321", "2026-11-01"),
    ]
    with desk(service, "dangky") as browser:
        page = browser.get(f"/enterprises/{code}/").text
        for said in (name, "Đã giải thể, phá sản, chấm dứt tồn tại", "Chấm dứt tồn tại"):
            assert said in page
        assert code in browser.get("/officers/", params={"enterprise_code": code}).text
    looks = service.sql(
        "SELECT actor_kind, action, purpose, operation FROM audit_entry e"
        " JOIN audit_subject s ON s.entry_id = e.id AND s.at = e.at"
        " WHERE s.subject = %s AND e.outcome = 'done' ORDER BY e.at, e.id",
        [code],
    )
    assert ("public", "read", "public-information", "") in looks
    assert ("partner", "amend", "business-registration", "change-representative") in looks


def test_who_leads_and_owns_sees_it_in_the_portal(service: Service, office: httpx.Client) -> None:
    citizen = service.demo["citizens"][2]
    number = citizen["personal_id"]
    leads = {"representative_id": number, "representative_name": citizen["full_name"]}
    code, name = registered(office, **leads, owner_id=number)
    with httpx.Client(follow_redirects=True, timeout=30) as phone:
        page = phone.get(citizen["sign_in_url"])
        for said in (name, "Người đại diện theo pháp luật", "3/5"):
            assert said in page.text
        looked = phone.get(f"{service.url}/portal/looked").text
        assert "Phòng Đăng ký kinh doanh, Sở Tài chính" in looked
    told = office.get(f"/enterprises/{code}/everything").json()
    assert told["record"]["enterprise_code"] == code
    assert {"officers", "interests"} <= {
        part["collection"] for part in told["parts"] if part["items"]
    }


def test_nobody_represents_an_active_firm(service: Service, office: httpx.Client) -> None:
    code, _name = registered(office)
    (officer,) = office.get("/officers", params={"enterprise_code": code}).json()["items"]
    gone = {"valid_to": "2026-06-30", "reason": "Thôi giữ chức"}
    reply = office.patch(f"/officers/{officer['id']}", json=gone, headers={"If-Match": '"1"'})
    assert reply.status_code == 200
    with desk(service, "dangky") as browser:
        with psycopg.connect(service.owner_url) as another:  # at it already, and past this firm
            another.execute("SELECT pg_advisory_lock(hashtextextended('findings', 2))")
            check_again(browser)
            time.sleep(1)
        assert is_found(browser, code, "enterprises.represented")


def test_the_last_free_part_has_one_owner(service: Service, office: httpx.Client) -> None:
    code, _name = registered(
        office, legal_form="joint_stock_company", share="1/2", second_share="1/4",
        third_owner_id="074190004321", third_share="1/8",
    )  # fmt: skip
    last = {"enterprise_code": code, "owner_kind": "person", "kind": "shareholder", "share": "1/8"}
    replies = test_races.at_once(
        lambda _n: office.post(
            "/interests",
            json={**last, "owner_id": somebody()["personal_id"], "valid_from": "2026-04-01"},
        ),
        writers=64,
    )
    assert Counter(r.status_code for r in replies) == {201: 1, 409: 63}
    assert {r.json()["code"] for r in replies if r.status_code == 409} == {"over_whole"}


def test_one_code_one_firm(service: Service, office: httpx.Client) -> None:
    code, example = a_code(), operations()["register-enterprise"].example
    replies = test_races.at_once(
        lambda n: office.post(
            "/operations/register-enterprise",
            json={**example, "enterprise_code": code, "name": f"Công ty Cùng Mã {code} {n % 3}"},
        ),
        writers=64,
    )
    assert Counter(r.status_code for r in replies) == {200: 1, 409: 63}
    assert service.sql("SELECT count(*) FROM officers WHERE enterprise_code = %s", [code]) == [(1,)]


@pytest.mark.parametrize(("size", "language"), [(PHONE, "vi"), (WIDE, "en")])
def test_anybody_looks_a_firm_up_in_a_browser(
    service: Service, office: httpx.Client, size: dict[str, int], language: str
) -> None:
    code, name = registered(office)
    with (
        browsing.chromium() as chromium,
        visit(chromium, language, size, at=service.url) as page,
    ):
        page.goto(f"{service.url}/")
        follow(page.locator("a[href='/portal/public']"))
        judge(page)
        page.locator("#q-enterprises").fill(name)
        follow(page.locator("form[role=search] button"))
        judge(page)
        for said in (name, code, "Nguyễn Minh Khang"):
            assert page.get_by_text(said).first.is_visible()
        page.locator("#q-enterprises").fill("???")
        follow(page.locator("form[role=search] button"))
        assert page.locator(".wrong").is_visible()
        judge(page)
        page.goto(f"{service.url}/portal/public/diplomas/check")
        page.locator("[name=serial]").fill("B00000000")
        page.locator("[name=holder_name]").fill("Không Có Ai")
        follow(page.locator("main form button"))
        assert page.locator(".verdict .bad").is_visible()
        judge(page)
