"""What is open to all: no token, a bounded rate, audited; a plain yes or no to who holds a paper."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import path
from django.utils import timezone
from rest_framework.test import APIClient, APIRequestFactory

from businesses.registry import enterprises
from businesses.samples import code, enterprise, leader
from education.registry import students
from records import changes, checks, verifying
from records.access import grants, rates
from records.actors import PUBLIC, Occasion, system
from records.api import opened
from records.errors import Invalid, Refused
from records.portal import opened as pages
from records.registry import HeldToday, Open, RecordType, Verifiable, record_types
from tests.conftest import entries_of, make
from tests.kernel.reading_pages import Page
from tests.kernel.test_portal import read, sign_in

pytestmark = pytest.mark.django_db
FIRMS = "/api/v1/public/enterprises"
NOW = Occasion("public-information")
DIPLOMA_LIKE = replace(
    students,
    verifiable=Verifiable(
        columns=("student_code", "full_name"), legal_basis="Luật Thử nghiệm", valid=("recorded",)
    ),
)


@pytest.fixture
def anybody() -> APIClient:
    """Somebody without a token."""
    return APIClient(headers={"Accept-Language": "en"})


@pytest.fixture
def firm() -> Any:
    """The first sample firm, with its representative."""
    make(record_types()["officers"], 1)
    return make(record_types()["enterprises"], 1)


def officer(n: int, name: str, begins: str, ends: str | None = None, office: str = "") -> None:
    changes.create(
        record_types()["officers"],
        {
            "enterprise_code": code(n),
            "personal_id": leader(n + len(name) + 40)[0],
            "full_name": name,
            "office": office or "legal_representative",
            "valid_from": begins,
            "valid_to": ends,
        },
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="sample",
    )


def test_what_the_law_makes_public(anybody: APIClient, firm: Any) -> None:
    tomorrow = str(timezone.localdate() + datetime.timedelta(days=1))
    officer(1, "Đã Thôi", "2010-01-01", "2011-01-01")
    officer(1, "Chưa Đến", tomorrow)
    officer(1, "Kế Toán", "2010-01-01", office="chief_accountant")
    reply = anybody.get(f"{FIRMS}/{firm.enterprise_code}")
    assert reply.status_code == 200, reply.json()
    shown = reply.json()
    assert set(shown) == {*enterprises.fieldsets["public"], "representatives"}
    assert shown["name"] == firm.name
    assert shown["representatives"] == [leader(1)[1]]
    assert reply["RateLimit-Policy"] == '"open";q=30;w=60'
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["actor_kind"], entry["actor_id"], entry["action"]) == ("public", "", "read")
    assert (entry["purpose"], entry["outcome"]) == ("public-information", "done")
    assert "168/2025" in entry["legal_basis"]
    assert set(entry["fields"]) == {*enterprises.fieldsets["public"], "representatives"}
    assert entry["subjects"] == [firm.enterprise_code, leader(1)[0]]
    assert str(entry["address"]).startswith("127.0.0.1")


def test_what_is_not_public(anybody: APIClient) -> None:
    number = leader(7)[0]
    values = {"enterprise_code": number, "legal_form": "household_business", "name": "Hộ Bảy"}
    made = {**enterprise(7), **values}
    changes.create(enterprises, made, by=system("tests"), occasion=NOW, reason="sample")
    missing = anybody.get(f"{FIRMS}/{number}")
    assert missing.status_code == 404
    (entry,) = entries_of(request_id=missing["Request-Id"])
    assert (entry["outcome"], entry["subjects"]) == ("missing", [number])
    assert anybody.get(FIRMS, {"q": "Hộ Bảy"}).json()["items"] == []
    assert anybody.get(FIRMS, {"q": number}).json()["items"] == []
    assert anybody.get("/api/v1/public/people").status_code == 404
    assert anybody.get(f"/api/v1/public/people/{number}").status_code == 404
    with pytest.raises(Refused):
        grants.permit(PUBLIC, record_types()["people"], "read", fieldset=None, occasion=NOW)
    with pytest.raises(Refused):
        grants.permit(PUBLIC, enterprises, "read", fieldset="full", occasion=NOW)
    with pytest.raises(Refused):
        grants.permit(PUBLIC, enterprises, "history", fieldset=None, occasion=NOW)


def test_what_was_recorded_by_mistake_is_not_public(anybody: APIClient, firm: Any) -> None:
    by = {"by": system("tests"), "occasion": NOW, "reason": "Ghi nhầm"}
    day = timezone.localdate()
    changes.close(enterprises, firm.enterprise_code, on=day, seen=firm.version, **by)
    assert anybody.get(f"{FIRMS}/{firm.enterprise_code}").status_code == 404
    assert anybody.get(FIRMS, {"q": firm.enterprise_code}).json()["items"] == []


def test_found_by_a_name_or_the_exact_code(anybody: APIClient, firm: Any) -> None:
    for said in (firm.name, firm.name.lower(), firm.enterprise_code):
        reply = anybody.get(FIRMS, {"q": said})
        assert reply.status_code == 200, reply.json()
        (found,) = reply.json()["items"]
        assert found["enterprise_code"] == firm.enterprise_code
        assert found["representatives"] == [leader(1)[1]]
        (entry,) = entries_of(request_id=reply["Request-Id"])
        assert (entry["action"], entry["subjects"]) == (
            "search",
            [firm.enterprise_code, leader(1)[0]],
        )
    assert anybody.get(FIRMS, {"q": firm.enterprise_code[:9]}).status_code == 400


def test_there_is_no_list_of_all(anybody: APIClient) -> None:
    assert anybody.get(FIRMS).status_code == 400
    for more in ({"status": "active"}, {"limit": "200"}, {"fieldset": "full"}, {"cursor": "x"}):
        assert anybody.get(FIRMS, {"q": "a", **more}).status_code == 400
    for n in range(22):
        values = {**enterprise(n), "name": f"Công ty Rất Giống {n}"}
        changes.create(enterprises, values, by=system("tests"), occasion=NOW, reason="sample")
    found = anybody.get(FIRMS, {"q": "rat giong"}).json()
    assert (len(found["items"]), found["more"]) == (20, True)


def test_so_many_calls_a_minute_from_one_address(
    firm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_000.0)
    url = f"{FIRMS}/{firm.enterprise_code}"
    here, there = APIClient(REMOTE_ADDR="10.1.1.1"), APIClient(REMOTE_ADDR="10.1.1.2")
    statuses = [here.get(url).status_code for _ in range(rates.OPEN + 3)]
    assert statuses == [200] * rates.OPEN + [429] * 3
    refused = here.get(url)
    assert refused.json()["code"] == "too_many"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert there.get(url).status_code == 200
    page = Browser(REMOTE_ADDR="10.1.1.1").get("/portal/public/enterprises", {"q": "gom su"})
    assert (page.status_code, page["Retry-After"]) == (429, refused["Retry-After"])


def test_a_network_of_ipv6_is_one_caller(db: None) -> None:
    for n in range(rates.OPEN):
        rates.spend_openly(f"2001:db8::{n:x}", "enterprises")
    with pytest.raises(rates.TooMany):
        rates.spend_openly("2001:db8:0:0:ffff::1", "enterprises")
    rates.spend_openly("2001:db8:0:1::1", "enterprises")
    for _ in range(rates.OPEN):
        rates.spend_openly("::ffff:10.2.2.2", "enterprises")
    with pytest.raises(rates.TooMany):
        rates.spend_openly("10.2.2.2", "enterprises")


def test_budgets_of_minutes_past_are_forgotten(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MANY", 10)
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_000.0)
    for n in range(20):
        rates.spend_openly(f"10.3.0.{n}", "enterprises")
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_060.0)
    rates.spend_openly("10.3.0.1", "enterprises")
    assert len(rates._budgets) == 1


def test_behind_a_proxy_its_word_counts(firm: Any, settings: Any) -> None:
    url = f"{FIRMS}/{firm.enterprise_code}"
    for behind, seen in ((True, "192.0.2.9"), (False, "127.0.0.1")):
        settings.BEHIND_PROXY = behind
        reply = APIClient().get(url, headers={"X-Forwarded-For": "203.0.113.7, 192.0.2.9"})
        (entry,) = entries_of(request_id=reply["Request-Id"])
        assert str(entry["address"]).startswith(seen)


def verified(number: str, name: str) -> bool:
    given = {"student_code": number, "full_name": name}
    return verifying.verify(DIPLOMA_LIKE, given, to=PUBLIC, occasion=NOW)


def test_a_paper_is_good_or_not() -> None:
    record = make(students, 3)
    held, name = record.student_code, record.full_name
    assert verified(held, name)
    assert verified(f" {held} ", name.upper())
    assert verified(held, "y bham  nie")
    for wrong in ((held, "Y Bhăm"), (held, "Ai Khác"), ("HS99999999", name)):
        assert not verified(*wrong)
    changes.close(
        students,
        held,
        on=timezone.localdate(),
        seen=record.version,
        by=system("tests"),
        occasion=NOW,
        reason="sample",
    )
    assert not verified(held, name)


def test_a_status_that_is_not_good() -> None:
    record = make(students, 3)
    asked = Verifiable(columns=("student_code",), legal_basis="x", valid=("withdrawn",))
    given = {"student_code": record.student_code}
    strict = replace(students, verifiable=asked)
    assert not verifying.verify(strict, given, to=PUBLIC, occasion=NOW)
    strict = replace(students, verifiable=replace(asked, valid=()))
    assert verifying.verify(strict, given, to=PUBLIC, occasion=NOW)


def test_the_holder_sees_each_try_whatever_the_answer_was() -> None:
    record = make(students, 3)
    for name in (record.full_name, "Ai Khác"):
        verified(record.student_code, name)
    verified("HS99999999", "Ai Khác")
    first, second, nobody = entries_of(action="check")
    for entry in (first, second):
        assert (entry["actor_kind"], entry["outcome"]) == ("public", "done")
        assert (entry["record_id"], entry["record_key"]) == (record.pk, record.student_code)
        assert entry["subjects"] == [record.personal_id]
        assert (entry["legal_basis"], entry["fields"]) == (
            "Luật Thử nghiệm",
            ["student_code", "full_name"],
        )
    assert (nobody["subjects"], nobody["record_id"]) == ([], None)
    looked = read(sign_in(record.personal_id, "en"), "/portal/looked")
    assert "Asking whether a paper of yours is good" in looked.said


def test_what_is_sent_to_be_checked() -> None:
    record = make(students, 3)
    view = opened.CheckView.as_view(record_type=DIPLOMA_LIKE)

    def ask(body: Any) -> Any:
        request = APIRequestFactory().post("/", body, format="json")
        request.request_id = NOW.request_id  # type: ignore[attr-defined]
        reply = view(request)
        reply.render()
        return reply

    good = {"student_code": record.student_code, "full_name": record.full_name}
    assert (ask(good).status_code, ask(good).data) == (200, {"valid": True})
    assert ask({**good, "full_name": "Ai Khác"}).data == {"valid": False}
    for body, field, what in (
        ({"student_code": "x"}, "full_name", "missing"),
        ({**good, "student_code": "a b~"}, "student_code", "format"),
        ({**good, "student_code": 7}, "student_code", "format"),
        ({**good, "full_name": None}, "full_name", "format"),
        ({**good, "more": "x"}, "more", "unknown_field"),
    ):
        reply = ask(body)
        assert reply.status_code == 422
        assert [(e["field"], e["code"]) for e in reply.data["errors"]] == [(field, what)]
    assert ask([]).status_code == 400
    with pytest.raises(Invalid):
        verifying.verify(DIPLOMA_LIKE, {}, to=PUBLIC, occasion=NOW)
    with pytest.raises(Refused):
        verifying.verify(students, good, to=PUBLIC, occasion=NOW)


def held(collection: str, column: str) -> Open:
    told = {"x": HeldToday(collection, column, "x")}
    return Open(fieldset="public", legal_basis="", held=told)


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"open": Open(fieldset="no_such", legal_basis="")}, "E017"),
        ({"search": ("name",), "open": Open(fieldset="nameless", legal_basis="")}, "E017"),
        ({"open": held("no-such", "full_name")}, "E018"),
        ({"open": held("officers", "no_such")}, "E018"),
        ({"open": held("residences", "address")}, "E018"),
        ({"verifiable": Verifiable(columns=("no_such",), legal_basis="")}, "E002"),
        ({"verifiable": Verifiable(columns=("phone", "name"), legal_basis="")}, "E019"),
        (
            {"verifiable": Verifiable(columns=("name",), legal_basis="", valid=("no_such",))},
            "E019",
        ),
    ],
)
def test_a_wrong_declaration(change: dict[str, Any], number: str) -> None:
    fieldsets = {**enterprises.fieldsets, "nameless": ("enterprise_code", "status")}
    wrong = replace(enterprises, fieldsets=fieldsets, **change)
    assert f"records.{number}" in [error.id for error in checks.judge(wrong)]


def test_a_door_that_no_declaration_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    people = record_types()["people"]
    for given, wrong in (
        (opened.ShownView.as_view(record_type=enterprises), []),
        (opened.ShownView.as_view(record_type=people), ["records.E020"]),
        (opened.CheckView.as_view(record_type=enterprises), ["records.E020"]),
        (opened.CheckView.as_view(record_type=DIPLOMA_LIKE), []),
    ):

        class Resolver:
            url_patterns = [path("public", given)]

        resolver: Callable[[], Any] = Resolver
        monkeypatch.setattr(checks, "get_resolver", resolver)
        assert [error.id for error in checks.routes(None)] == wrong


def test_the_page_anybody_opens(firm: Any) -> None:
    browser = Browser(headers={"host": "127.0.0.1", "accept-language": "en"})
    assert "Name or number" in read(browser, "/portal/public").said
    found = read(browser, f"/portal/public/enterprises?q={firm.enterprise_code}")
    for said in (firm.name, firm.enterprise_code, leader(1)[1], "Found: 1"):
        assert said in found.said
    assert firm.phone not in found.said
    assert (
        "Type at least one letter or digit"
        in read(browser, "/portal/public/enterprises?q=%2E%2E", 400).said
    )
    for address in ("people", "people?q=an", "no-such", "enterprises/check"):
        assert browser.get(f"/portal/public/{address}").status_code == 404
    assert browser.post("/portal/public/enterprises").status_code == 405


def test_the_page_that_says_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    record = make(students, 3)
    types: dict[str, RecordType] = {**record_types(), "students": DIPLOMA_LIKE}
    monkeypatch.setattr(pages, "record_types", lambda: types)
    browser = Browser(headers={"host": "127.0.0.1", "accept-language": "en"})

    def ask(name: str) -> tuple[int, str]:
        form = {"student_code": record.student_code, "full_name": name}
        reply = browser.post("/portal/public/students/check", form)
        return reply.status_code, Page(reply.content.decode()).said

    assert "Check" in read(browser, "/portal/public/students/check").said
    assert "Such a paper is recorded" in ask(record.full_name)[1]
    assert "No good paper" in ask("Ai Khác")[1]
    status, text = ask("")
    assert (status, "This is needed." in text) == (422, True)
