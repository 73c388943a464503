"""Takes the README's pictures of a running service: `script/screenshots` (see there)."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.journeys.browsing import BROWSER
from tests.journeys.conftest import Service, served

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DIRTY = ROOT / "tests" / "data" / "imports" / "people_dirty.xlsx"
WIDE, MIDDLE, PHONE = (1280, 860), (1000, 700), (360, 720)
MOST_BYTES = 300_000


@contextlib.contextmanager
def running() -> Iterator[Service]:
    """A service of its own with sample data, which leaves nothing behind."""
    with (
        tempfile.TemporaryDirectory(prefix="hoso-pictures-") as folder,
        served(Path(folder)) as service,
    ):
        yield service


def look(service: Service, agency: str) -> None:
    """Have an agency read the first citizen, by the API."""
    with service.signed_in(agency) as client:
        client.get(f"/people/{service.demo['citizens'][0]['personal_id']}").raise_for_status()


def page_of(browser: Any, size: tuple[int, int]) -> Any:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi")
    return context.new_page()


def take(page: Any, name: str) -> None:
    path = HERE / f"{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size <= MOST_BYTES, path
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


def citizen_s(service: Service, browser: Any) -> None:
    """The start page and the portal; leaves a question for the desk."""
    page = page_of(browser, MIDDLE)
    page.goto(service.url)
    take(page, "front")
    page = page_of(browser, PHONE)
    page.goto(service.demo["citizens"][0]["sign_in_url"])
    page.get_by_role("heading", name="Thông tin cá nhân").evaluate("it => it.scrollIntoView()")
    take(page, "portal")
    for agency in ("education", "civil-status", "bank"):
        look(service, agency)
    page.goto(f"{service.url}/portal/looked")
    take(page, "portal-looked")
    page.get_by_role("link", name="Hỏi về lượt xem này").first.click()
    page.get_by_role("textbox").fill(
        "Tôi chưa từng đến ngân hàng này. Vì sao họ xem hồ sơ của tôi?"
    )
    page.locator("main button").click()


def clerk_s(service: Service, browser: Any) -> None:
    """The desk: an office's file that was checked, a record that was amended, the first page."""
    clerk = service.demo["clerks"][0]
    page = page_of(browser, WIDE)
    page.goto(f"{service.url}/admin/")
    page.locator("[name=username]").fill(clerk["username"])
    page.locator("[name=password]").fill(clerk["password"])
    page.locator(".sign-in button").click()
    page.goto(f"{service.url}/admin/imports/")
    page.locator("#collection").select_option("people")
    page.locator("#file").set_input_files(DIRTY)
    page.locator("#reason").fill("Bổ sung nhân khẩu theo danh sách của phường")
    page.locator("form.entry button").click()
    page.wait_for_selector(".tag.ready")
    take(page, "desk-import")
    key = service.demo["citizens"][0]["personal_id"]
    page.goto(f"{service.url}/admin/people/{key}/amend/")
    page.locator("#id_phone").fill("0987654321")
    page.locator("#id_reason").fill("Theo đơn đề nghị ngày 12/11/2026")
    page.locator(".entry .acts button").click()
    page.wait_for_selector(".facts")
    take(page, "desk-record")
    page.goto(f"{service.url}/admin/")
    take(page, "desk")


def main() -> None:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 told in words where absent
    except ImportError:
        sys.exit("playwright is not installed here: script/bootstrap dev")
    if not BROWSER.exists():
        sys.exit(f"There is no {BROWSER}. Install it with: sudo apt-get install chromium")
    with running() as service, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        citizen_s(service, browser)
        clerk_s(service, browser)
        browser.close()


if __name__ == "__main__":
    main()
