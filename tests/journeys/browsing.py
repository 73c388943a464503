"""What people's browsers do in tests: pages that break no policy, judged by axe and by their width."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSER = Path("/usr/bin/chromium")
PHONE, WIDE = {"width": 360, "height": 740}, {"width": 1440, "height": 900}
# Preloading writes the page's styles into it, which the content policy forbids and the console tells.
AXE = {"preload": False, "resultTypes": ["violations"]}
# What a page that is left for another one, or for a download, was still fetching.
LEFT = "net::ERR_ABORTED"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    if not BROWSER.exists():
        pytest.skip(f"there is no {BROWSER}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visit(
    browser: Any,
    language: str = "vi",
    size: dict[str, int] = PHONE,
    *,
    at: str = "",
    script: bool = True,
) -> Iterator[Any]:
    """A fresh browser page in which nothing may break the content policy or fail to load, or be asked
    for elsewhere than `at`."""
    context = browser.new_context(viewport=size, locale=language, java_script_enabled=script)
    page, wrong = context.new_page(), []
    page.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda ask: ask.failure == LEFT or wrong.append(ask.url))
    page.on("request", lambda ask: ask.url.startswith(at) or wrong.append(ask.url))
    yield page
    context.close()
    assert not wrong, wrong


def follow(link: Any) -> None:
    """Click what leads to another page and wait for it: else the old page, or none yet, is looked at."""
    with link.page.expect_navigation():
        link.click()


def judge(page: Any) -> None:
    """What axe finds serious, and what scrolls sideways."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 absent without a browser

    found = Axe().run(page, options=AXE).response["violations"]
    bad = [
        (v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in {"serious", "critical"}
    ]
    assert not bad, (page.url, bad)
    fits(page)


def fits(page: Any) -> None:
    """Nothing scrolls sideways."""
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
