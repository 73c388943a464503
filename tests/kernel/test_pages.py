"""What is open to all, and the citizen's door."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from records.audit import partitions
from records.registry import record_types
from tests.conftest import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return Browser(headers={"host": "127.0.0.1", "accept-language": "vi"})


def test_the_front_page_names_the_registries_and_the_doors(browser: Browser) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    text = page.content.decode()
    assert 'lang="vi"' in text
    assert "Công dân" in text
    assert "/api/docs/" in text


@pytest.mark.parametrize("path", ["/", "/api/docs/", "/portal/"])
def test_no_page_asks_anything_of_the_outside(browser: Browser, path: str) -> None:
    page = browser.get(path)
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert not re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", page.content.decode())
    assert "<script>" not in page.content.decode()
    assert "style=" not in page.content.decode()


def test_the_description_is_served_as_committed(browser: Browser) -> None:
    reply = browser.get("/api/v1/openapi.yaml")
    assert b"".join(reply.streaming_content).startswith(b"openapi: 3.1")  # type: ignore[attr-defined]


def test_well_and_ready(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser.get("/healthz").content == b"ok\n"
    assert browser.get("/readyz").json() == {"ready": True, "wrong": []}
    monkeypatch.setattr(partitions, "alarms", lambda: ["no partition"])
    reply = browser.get("/readyz")
    assert (reply.status_code, reply.json()["wrong"]) == (503, ["no partition"])


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The sign-in link of sample person 1, in a demonstration."""
    own = make(record_types()["people"], 1)
    citizen = {"personal_id": own.personal_id, "sign_in_url": "http://x/portal/sign-in/tOkEn"}
    (tmp_path / "demo.json").write_text(json.dumps({"citizens": [citizen]}), encoding="utf-8")
    monkeypatch.setattr(settings, "HOSO_HOME", tmp_path)
    monkeypatch.setattr(settings, "HOSO_DEMO", True)
    return "/portal/sign-in/tOkEn"


def test_a_citizen_sees_their_records_and_who_looked(
    browser: Browser, partner: Any, link: str
) -> None:
    own, other = make(record_types()["people"], 1), make(record_types()["people"], 2)
    make(record_types()["residences"], 1)
    partner.get(f"/api/v1/people/{own.personal_id}")
    assert browser.get(link).status_code == 302
    page = browser.get("/portal/").content.decode()
    assert own.full_name in page
    assert own.personal_id in page
    assert "Thường trú" in page
    assert other.personal_id not in page
    assert "Cơ quan thử nghiệm" in page
    page = browser.get("/portal/looked").content.decode()
    assert "Cơ quan thử nghiệm" in page
    assert "Luật Thử nghiệm, Điều 1" in page
    browser.post("/portal/sign-out")
    assert own.full_name not in browser.get("/portal/").content.decode()


def test_only_a_known_link_signs_in_and_only_in_a_demonstration(
    browser: Browser, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = make(record_types()["people"], 1)
    for token in (own.personal_id, "x", "%00", "tOkEnn"):
        assert browser.get(f"/portal/sign-in/{token}").status_code == 403
    monkeypatch.setattr(settings, "HOSO_DEMO", False)
    assert browser.get(link).status_code == 403
    page = browser.get(f"/portal/?personal_id={own.personal_id}").content.decode()
    assert own.full_name not in page


def test_a_form_from_elsewhere_is_answered_with_a_page(link: str) -> None:
    browser = Browser(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    browser.get(link)
    page = browser.post("/portal/sign-out", headers={"accept-language": "vi"})
    assert page.status_code == 403
    text = page.content.decode()
    assert 'lang="vi"' in text
    assert "Biểu mẫu này không còn dùng được" in text
    assert browser.session["citizen"], "and nobody is signed out"


def test_a_page_that_takes_too_long_says_so(
    browser: Browser, owner_url: str, django_db_setup: None
) -> None:
    session = browser.session
    session["citizen"] = "074085001234"
    session.save()
    with psycopg.connect(owner_url) as owner, connection.cursor() as cursor:
        owner.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = '1s'")
        browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        page = browser.get("/portal/")
        owner.rollback()
    assert page.status_code == 422
    assert 'href="/portal/"' in page.content.decode()
