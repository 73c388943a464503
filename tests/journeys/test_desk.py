"""Clerks at the desk in a real browser: by the keyboard alone, with an office's file, without script."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records.registry import record_types
from tests.importing import as_csv, rows_of
from tests.journeys import browsing
from tests.journeys.browsing import PHONE, WIDE, fits, follow, judge, visit
from tests.journeys.conftest import Service, somebody

FILES = Path(__file__).parent.parent / "data" / "imports"
DIRTY = FILES / "people_dirty.xlsx"
PATIENCE = 40_000
FOCUSED = "() => [document.activeElement.id, document.activeElement.innerText]"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browsing.chromium() as browser:
        yield browser


def account(service: Service, name: str) -> tuple[str, str]:
    clerk = next(c for c in service.demo["clerks"] if c["username"] == name)
    return clerk["username"], clerk["password"]


def sign_in(service: Service, page: Any, name: str = "thuky", path: str = "") -> None:
    """Sign in with the mouse, and come out at `path` of the desk."""
    page.goto(f"{service.url}/admin/{path}")
    username, password = account(service, name)
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator(".sign-in button").click()
    page.wait_for_url(f"{service.url}/admin/{path}")


def tab_to(page: Any, wanted: str) -> None:
    """Press Tab until what has that id or those words has the focus."""
    for _ in range(120):
        if wanted in page.evaluate(FOCUSED):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {wanted} on {page.url}")


def send(page: Any, service: Service, file: Path) -> str:
    """Upload a file of people; the address of its import."""
    page.goto(f"{service.url}/admin/imports/")
    page.locator("#collection").select_option("people")
    page.locator("#file").set_input_files(file)
    page.locator("form.entry button").click()
    page.wait_for_url("**/imports/*-*/")
    return str(page.url)


def test_a_clerk_finds_amends_and_is_remembered_by_the_keyboard_alone(
    service: Service, chromium: Any
) -> None:
    with service.signed_in("civil-status") as client:
        person = {**somebody(), "full_name": "Đặng Thị Ngọc Sương"}
        assert client.post("/people", json=person).status_code == 201
    with visit(chromium, size=WIDE, at=service.url) as page:
        page.goto(f"{service.url}/admin/")
        username, password = account(service, "thuky")
        page.wait_for_selector("[name=username]:focus")
        page.keyboard.type(username)
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        page.wait_for_selector("#q:focus")
        page.keyboard.type("suong dang ngoc")
        page.keyboard.press("Enter")
        page.wait_for_selector("tbody")
        tab_to(page, person["personal_id"])
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:text('Đặng Thị Ngọc Sương')")
        tab_to(page, "Sửa hồ sơ")
        page.keyboard.press("Enter")
        page.wait_for_selector("#id_phone")
        tab_to(page, "id_phone")
        page.keyboard.type("0987654321")
        tab_to(page, "id_reason")
        page.keyboard.type("Theo đơn đề nghị ngày 12/11/2026")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        step = page.locator(".steps > li").first
        for word in (
            "Thư ký hộ tịch",
            "Theo đơn đề nghị ngày 12/11/2026",
            "Số điện thoại",
            "0987654321",
        ):
            step.get_by_text(word).first.wait_for()
        assert "Ai đã xem" in page.content()


def test_an_office_s_file_goes_its_whole_way_on_the_desk(
    service: Service, chromium: Any, tmp_path: Path
) -> None:
    expected = json.loads(Path(f"{DIRTY}.expected.json").read_text(encoding="utf-8"))
    faulty = expected["counts"]["error"]
    with visit(chromium, size=WIDE, at=service.url) as page:
        sign_in(service, page)
        job = send(page, service, DIRTY)
        page.reload()
        page.wait_for_selector(".tag.ready", timeout=PATIENCE)
        assert page.locator(".tiles .error strong").inner_text() == str(faulty)
        follow(page.locator(".tiles .error a"))
        first = next(n for n, row in expected["rows"].items() if row["verdict"] == "error")
        assert page.locator(".row.error h2").first.inner_text().startswith(f"Dòng {first}")
        follow(page.locator(".crumbs a"))
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Tệp của tôi kèm cột Lỗi").click()
        waiting.value.save_as(tmp_path / "marked.xlsx")
        with zipfile.ZipFile(tmp_path / "marked.xlsx") as book:
            assert any("Lỗi".encode() in book.read(n) for n in book.namelist() if "xl/" in n)
        button = page.get_by_role("button", name="vào hồ sơ")
        going = int("".join(c for c in button.inner_text() if c.isdigit()))
        assert going > 0
        follow(button)
        page.wait_for_selector(".tag.applied", timeout=PATIENCE)
        done = sum(int(each.inner_text()) for each in page.locator(".tiles .done strong").all())
        assert done == going
        good = next(row for row in expected["rows"].values() if row["verdict"] == "ok")
        page.goto(f"{service.url}/admin/people/{good['values']['personal_id']}/")
        assert page.locator(".steps > li").first.get_by_text("people_dirty.xlsx").is_visible()
        page.goto(job)
        follow(page.get_by_role("link", name="Hoàn tác lần nhập này"))
        judge(page)
        page.get_by_label("Lý do").fill("Gửi nhầm tệp")
        follow(page.get_by_role("button", name="Hoàn tác lần nhập này"))
        page.wait_for_selector(".tag.undone", timeout=PATIENCE)
        assert page.url == job
        judge(page)
        page.goto(f"{service.url}/admin/people/{good['values']['personal_id']}/")
        assert page.locator(".steps > li").first.get_by_text("Gửi nhầm tệp").is_visible()


def test_a_question_goes_from_the_portal_to_the_desk_and_back(
    service: Service, chromium: Any
) -> None:
    citizen = service.demo["citizens"][1]
    with service.signed_in("bank") as client:
        assert client.get(f"/people/{citizen['personal_id']}").status_code == 200
    with visit(chromium, at=service.url) as portal:
        portal.goto(citizen["sign_in_url"])
        portal.goto(f"{service.url}/portal/looked")
        card = portal.locator("article").first
        for word in ("Ngân hàng Sài Gòn Mẫu", "Nhận biết khách hàng"):
            assert word in card.inner_text()
        follow(card.get_by_role("link", name="Hỏi về lượt xem này"))
        portal.get_by_role("textbox").fill("Ai đã cho ngân hàng xem hồ sơ của tôi?")
        follow(portal.locator("main button"))
        asked = portal.url
        with visit(chromium, size=WIDE, at=service.url) as desk:
            sign_in(service, desk)
            follow(desk.get_by_role("link", name="Ai đã cho ngân hàng xem hồ sơ của tôi?"))
            assert "Ngân hàng Sài Gòn Mẫu" in desk.content()
            desk.get_by_label("Câu trả lời").fill("Bạn đã mở tài khoản ngày 02/11/2026.")
            follow(desk.get_by_role("button", name="Trả lời"))
            desk.wait_for_url(f"{service.url}/admin/")
            assert desk.get_by_text("Ai đã cho ngân hàng xem").count() == 0
        portal.goto(asked)
        assert portal.get_by_text("Bạn đã mở tài khoản ngày 02/11/2026.").is_visible()


def pages(service: Service, job: str) -> Iterator[str]:
    """One page of each kind that a clerk opens."""
    key = service.demo["citizens"][0]["personal_id"]
    yield from ("", "?q=nguyen", "people/?residence_unit=25747")
    yield from ("residences/?unit=25747", "people/?birth_date=x", "people/new/")
    yield from (f"people/{key}/{page}" for page in ("", "history/", "amend/", "close/"))
    yield from ("operations/register-birth/", "imports/", "nothing/")
    yield from (job, *(f"{job}rows/?kind={kind}&after=265" for kind in ("error", "warning", "new")))
    yield "password_change/"


ADMINISTRATOR_S = ("", "access/agency/", "access/agreement/", "access/agreement/add/", "auth/user/")


@pytest.mark.parametrize(("language", "size"), [("vi", PHONE), ("en", WIDE)], ids=["vi", "en"])
def test_every_page_is_for_everybody(
    service: Service, chromium: Any, language: str, size: dict[str, int]
) -> None:
    def seen(page: Any) -> None:
        judge(page)
        page.set_viewport_size(PHONE)
        fits(page)
        page.set_viewport_size(size)

    with visit(chromium, language, size, at=service.url) as page:
        page.goto(f"{service.url}/admin/")
        seen(page)
        sign_in(service, page)
        job = send(page, service, DIRTY).removeprefix(f"{service.url}/admin/")
        page.wait_for_selector(".tag.ready", timeout=PATIENCE)
        for path in pages(service, job):
            page.goto(f"{service.url}/admin/{path}")
            for fold in page.locator("#content summary").all()[:3]:
                fold.click()
            seen(page)
        page.goto(f"{service.url}/admin/people/new/")
        follow(page.locator("form.entry button"))
        assert page.locator(".field.wrong").count() > 3
        seen(page)
    with visit(chromium, language, size, at=service.url) as page:
        sign_in(service, page, "quantri")
        for path in ADMINISTRATOR_S:
            page.goto(f"{service.url}/admin/{path}")
            seen(page)
        page.goto(f"{service.url}/admin/access/agreement/")
        follow(page.locator("#result_list tbody a").first)
        seen(page)


def test_all_of_it_works_without_script(service: Service, chromium: Any, tmp_path: Path) -> None:
    file = tmp_path / "Không mã lệnh.csv"
    file.write_bytes(as_csv(rows_of(record_types()["people"], range(710_001, 710_004))))
    key = service.demo["citizens"][2]["personal_id"]
    with visit(chromium, size=WIDE, at=service.url, script=False) as page:
        sign_in(service, page, path=f"people/{key}/")
        name = page.locator("h1").inner_text()
        page.goto(f"{service.url}/admin/")
        page.locator("#q").fill(name)
        follow(page.locator(".search button"))
        follow(page.get_by_role("link", name=key))
        follow(page.get_by_role("link", name="Sửa hồ sơ"))
        page.locator("#id_email").fill("moi@example.vn")
        page.locator("#id_reason").fill("Bổ sung thư điện tử")
        follow(page.get_by_role("button", name="Lưu thay đổi"))
        assert "Bổ sung thư điện tử" in page.locator(".steps > li").first.inner_text()
        job = send(page, service, file)
        page.wait_for_selector(".tag.ready", timeout=PATIENCE)
        follow(page.get_by_role("button", name="Ghi 3 dòng vào hồ sơ"))
        page.wait_for_selector(".tag.applied", timeout=PATIENCE)
        assert page.url == job
        assert page.locator(".tiles .done strong").first.inner_text() == "3"
