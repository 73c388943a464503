"""A citizen with a phone: signs in, sees who looked and why, asks, is answered; read by axe too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from tests.journeys import browsing
from tests.journeys.browsing import PHONE, WIDE, follow, visit
from tests.journeys.conftest import Service

MOST_BYTES, MOST_REQUESTS = 60_000, 5
LEAST_TARGET = 44
SMALL = """least => [...document.querySelectorAll("a, button, summary, textarea")]
  .filter(each => each.checkVisibility() && !each.closest(".alert p") && !each.matches(".skip"))
  .filter(each => each.getBoundingClientRect().height < least)
  .map(each => each.outerHTML)"""
ASK = {"vi": "Hỏi về lượt xem này", "en": "Ask about this access"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browsing.chromium() as browser:
        yield browser


def judge(page: Any) -> None:
    """What axe finds serious, what scrolls sideways, what is too small for a finger."""
    browsing.judge(page)
    assert page.evaluate(SMALL, LEAST_TARGET) == [], page.url


def manage(service: Service, code: str) -> str:
    """What a line of Python says inside the service's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "BROKER"))}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=settings.BASE_DIR,
        env={**kept, "HOSO_HOME": str(service.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def look(service: Service, agency: str, number: str, times: int = 1) -> None:
    with service.signed_in(agency) as client:
        for _ in range(times):
            assert client.get(f"/people/{number}").status_code == 200


def test_a_citizen_sees_who_looked_asks_and_is_answered(service: Service, chromium: Any) -> None:
    citizen = service.demo["citizens"][1]
    with visit(chromium) as page:
        page.goto(citizen["sign_in_url"])
        assert page.get_by_role("heading", name="Thông tin cá nhân").is_visible()
        assert page.get_by_text(citizen["full_name"], exact=True).first.is_visible()

        look(service, "bank", citizen["personal_id"])
        follow(page.get_by_role("link", name="Ai đã xem", exact=True))
        card = page.locator("article").first
        for word in ("Ngân hàng Sài Gòn Mẫu", "Nhận biết khách hàng", "Luật Phòng, chống rửa tiền"):
            assert word in card.inner_text()
        follow(card.get_by_role("link", name=ASK["vi"]))
        page.get_by_label("Bạn muốn biết điều gì?").fill("Tôi chưa từng đến ngân hàng này. Vì sao?")
        follow(page.get_by_role("button", name="Gửi câu hỏi"))
        assert page.get_by_text("Chưa có trả lời").is_visible()
        asked = page.url

        manage(
            service,
            "from records.actors import Actor, Occasion\n"
            "from records.portal import questions\n"
            "for one in questions.open_questions(5):\n"
            "    questions.answer(one.id, 'Người khác đã khai nhầm số của bạn.',"
            " by=Actor('clerk', 'thuky', 'Thư ký hộ tịch'), occasion=Occasion('own-data'))",
        )
        page.reload()
        assert page.get_by_text("Người khác đã khai nhầm số của bạn.").is_visible()
        follow(page.get_by_role("link", name="Câu hỏi của tôi"))
        assert page.get_by_text("Người khác đã khai nhầm số của bạn.").is_visible()

        follow(page.get_by_role("button", name="English"))
        assert page.get_by_role("heading", name="My questions").is_visible()
        follow(page.get_by_role("button", name="Sign out"))
        page.get_by_role("heading", name="You are signed out").wait_for()
        page.goto(asked)
        assert page.get_by_role("heading", name="You are signed out").is_visible()


@pytest.mark.parametrize(
    ("language", "size"),
    [("vi", PHONE), ("en", PHONE), ("vi", WIDE)],
    ids=["vi-phone", "en-phone", "vi-desk"],
)
def test_every_page_is_for_everybody(
    service: Service, chromium: Any, language: str, size: dict[str, int]
) -> None:
    citizen = service.demo["citizens"][0]
    for agency in ("education", "bank", "civil-status"):
        look(service, agency, citizen["personal_id"])
    with visit(chromium, language, size) as page:
        portal = f"{service.url}/portal/"
        page.goto(portal)
        judge(page)
        page.goto(f"{portal}sign-in/no-such-link")
        judge(page)
        page.goto(citizen["sign_in_url"])
        judge(page)
        for path in ("records/residences", "records/no-such", "questions", "looked"):
            page.goto(portal + path)
            judge(page)
        for fold in page.locator("summary").all():
            fold.click()
        judge(page)
        page.goto(portal + "looked")
        follow(page.get_by_role("link", name=ASK[language]).first)
        judge(page)
        follow(page.locator("main button"))
        assert page.get_by_role("alert").is_visible()
        judge(page)
        page.get_by_role("textbox").fill("Vì sao?")
        follow(page.locator("main button"))
        judge(page)
        page.goto(portal + "questions")
        judge(page)
        page.goto(portal + "looked")
        follow(page.get_by_role("link", name=ASK[language]).first)
        page.get_by_role("textbox").fill("Một câu tôi đã viết")
        page.context.clear_cookies(name="sessionid")
        follow(page.locator("main button"))
        assert page.get_by_role("textbox").input_value() == "Một câu tôi đã viết"
        judge(page)


def test_a_page_is_light(service: Service, chromium: Any) -> None:
    citizen = service.demo["citizens"][2]
    look(service, "civil-status", citizen["personal_id"], times=30)
    for path in ("", "looked", "questions"):
        with visit(chromium) as page:
            page.goto(citizen["sign_in_url"])
            cookies = page.context.cookies()
        with visit(chromium) as page:
            page.context.add_cookies(cookies)
            replies: list[Any] = []
            page.on("response", lambda reply, into=replies: into.append(reply))
            page.goto(f"{service.url}/portal/{path}", wait_until="networkidle")
            assert all(re.match(re.escape(service.url), reply.url) for reply in replies)
            assert 2 <= len(replies) <= MOST_REQUESTS, [reply.url for reply in replies]
            assert sum(len(reply.body()) for reply in replies) <= MOST_BYTES, path


def test_the_keyboard_goes_to_the_content_and_through_it(service: Service, chromium: Any) -> None:
    with visit(chromium) as page:
        page.goto(service.demo["citizens"][0]["sign_in_url"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
