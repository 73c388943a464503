"""The citizen's portal: only one's own, in plain words, in two languages, whatever is sent."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from rest_framework.test import APIClient

from records import changes
from records.actors import Occasion, system
from records.audit import entries
from records.management.commands import messages
from records.portal.models import Question
from records.portal.references import parsed, reference
from records.registry import record_types
from tests.conftest import PURPOSE, entries_of, make
from tests.kernel.reading_pages import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Browser]


def sign_in(number: str, language: str = "vi", **more: Any) -> Browser:
    """A browser in which the citizen of that number is signed in."""
    browser = Browser(headers={"host": "127.0.0.1", "accept-language": language}, **more)
    session = browser.session
    session["citizen"] = number
    session.save()
    browser.cookies["sessionid"] = session.session_key
    return browser


@pytest.fixture
def person() -> Any:
    return make(record_types()["people"], 1)


@pytest.fixture
def citizen(person: Any) -> Browser:
    return sign_in(person.personal_id)


def read(browser: Browser, path: str, status: int = 200) -> Page:
    reply = browser.get(path)
    assert reply.status_code == status, reply.content.decode()
    return Page(reply.content.decode())


def seen_by(partner: APIClient, number: str, times: int = 1) -> str:
    """Have a partner read a person; returns the reference of the last access."""
    for _ in range(times):
        assert partner.get(f"/api/v1/people/{number}").status_code == 200
    last = entries.about([number], own=False, limit=1)[0]
    return reference(last.at, last.id)


def live(number: str, count: int) -> None:
    """Record where somebody lived, so many times."""
    for n in range(count):
        changes.create(
            record_types()["residences"],
            {
                "personal_id": number,
                "kind": "temporary",
                "unit": "25750",
                "address": f"{n + 1} Yersin",
                "valid_from": f"{1990 + n}-03-09",
                "valid_to": f"{1990 + n}-12-31",
            },
            by=system("tests"),
            occasion=Occasion("tests"),
            reason="sample",
        )


def test_records_speak_as_forms_do(citizen: Browser, person: Any) -> None:
    live(person.personal_id, 1)
    page = read(citizen, "/portal/")
    for word in ("Thông tin cá nhân", "Họ và tên", "Đã kết hôn", "Nữ", "09/03/1990", "Tạm trú"):
        assert word in page.said
    # In 1990 the code meant a ward of Thủ Dầu Một, which went to another one.
    assert "25750 Phường Phú Hòa, Thành phố Thủ Dầu Một (nay là Phường Phú Lợi)" in page.said
    assert "Chưa ghi nhận thông tin nào về bạn trong mục: Hồ sơ học sinh" in page.said
    assert str(person.pk) not in page.said


def test_a_long_list_goes_on_page_by_page(citizen: Browser, person: Any) -> None:
    live(person.personal_id, 26)
    page = read(citizen, "/portal/")
    assert "26 Yersin" in page.said  # the newest come first
    assert "20 Yersin" not in page.said
    assert "/portal/records/residences" in page.links
    first = read(citizen, "/portal/records/residences")
    assert "20 Yersin" in first.said
    (further,) = [link for link in first.links if "after=" in link]
    second = read(citizen, further)
    assert "20 Yersin" not in second.said
    assert "26 Yersin" in second.said
    assert not [link for link in second.links if "after=" in link]


def test_records_and_accesses_under_an_older_number(partner: APIClient, person: Any) -> None:
    old, new = person.personal_id, "074185777777"
    seen_by(partner, old)
    body = {"personal_id": old, "new_personal_id": new, "replaced_on": "2026-02-01"}
    assert partner.post("/api/v1/operations/replace-personal-id", body, format="json").data
    live(old, 1)
    citizen = sign_in(new)
    assert "1 Yersin" in read(citizen, "/portal/").said
    page = read(citizen, "/portal/looked")
    assert page.said.count("Xem hồ sơ về bạn") == 1
    assert "Xác lập lại số định danh cá nhân" in page.said


def test_who_when_what_why_and_by_which_law(
    partner: APIClient, citizen: Browser, person: Any
) -> None:
    partner.get(f"/api/v1/people/{person.personal_id}", headers={"Case-Reference": "TT-2026/7"})
    partner.patch(f"/api/v1/people/{person.personal_id}", {}, headers={"If-Match": '"9"'})
    page = read(citizen, "/portal/looked")
    for word in (
        "Cơ quan thử nghiệm",
        "Xem hồ sơ về bạn",
        "21 thông tin",
        "Họ và tên, Tên gọi khác",
        "Thử nghiệm",
        "Luật Thử nghiệm, Điều 1",
        "TT-2026/7",
        "Hệ thống Hồ Sơ",
    ):
        assert word in page.said
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7)))  # noqa: TID251
    assert f"Ngày {now:%d/%m/%Y}" in page.said


@pytest.mark.parametrize("outcome", [*entries.OUTCOMES.values(), "of a time to come"])
@pytest.mark.parametrize("action", ["read", "compare", "import", "of a time to come"])
def test_every_act_has_words(citizen: Browser, person: Any, action: str, outcome: str) -> None:
    written(person.personal_id, action=action, outcome=outcome, collection="gone", fields="{x,y}")
    page = read(citizen, "/portal/looked")
    assert "of a time to come" not in page.said
    assert "Không" in page.said or "Bị từ chối" in page.said


def written(number: str, **values: Any) -> str:
    """An entry of audit about somebody, made by hand; returns its reference."""
    row = {
        "request_id": uuid.uuid4(),
        "actor_kind": "partner",
        "actor_id": "x",
        "actor_name": "x",
        "agency": "police",
        "agency_name": "Công an Thành phố",
        "purpose": PURPOSE,
        "legal_basis": "",
        "case_reference": "",
        "action": "read",
        "operation": "",
        "collection": "people",
        "record_key": number,
        "fieldset": "",
        "fields": "{}",
        "outcome": "done",
        **values,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_entry ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})"
            " RETURNING at, id",
            list(row.values()),
        )
        at, entry = cursor.fetchone()
        cursor.execute("INSERT INTO audit_subject VALUES (%s, %s, 1, %s)", [at, entry, number])
    return reference(at, entry)


@pytest.mark.parametrize(
    ("kind", "office", "said"),
    [
        ("clerk", "Phường Thủ Dầu Một", "Phường Thủ Dầu Một"),
        ("clerk", "", "Cơ quan quản lý hồ sơ"),
        ("system", "", "Hệ thống Hồ Sơ"),
        ("partner", "Công an Thành phố", "Công an Thành phố"),
    ],
)
def test_offices_are_named_and_their_people_are_not(
    citizen: Browser, person: Any, kind: str, office: str, said: str
) -> None:
    written(
        person.personal_id,
        actor_kind=kind,
        agency_name=office,
        actor_name="Trần Thị Nêu Tên",
        purpose="record-keeping",
    )
    page = read(citizen, "/portal/looked")
    assert page.texts[page.texts.index(("vi", said)) + 1][1].count(":") == 1
    assert "Quản lý hồ sơ" in page.said
    assert "Nêu Tên" not in page.said


def test_what_stands_under_a_lawful_delay_is_not_told(citizen: Browser, person: Any) -> None:
    later = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)
    hidden = written(person.personal_id, visible_after=later)
    past = written(person.personal_id, agency_name="Thuế", visible_after="2020-01-01")
    page = read(citizen, "/portal/looked")
    assert "Công an" not in page.said
    assert "Thuế" in page.said
    read(citizen, f"/portal/looked/{past}")
    read(citizen, f"/portal/looked/{hidden}", status=404)
    reply = citizen.post(f"/portal/looked/{hidden}", {"text": "Ai đã xem?"})
    assert reply.status_code == 404
    assert not Question.objects.exists()


def test_accesses_go_on_page_by_page_and_none_is_lost(
    partner: APIClient, citizen: Browser, person: Any
) -> None:
    seen_by(partner, person.personal_id, times=43)
    found, path = [], "/portal/looked"
    while path:
        page = read(citizen, path)
        found += [link for link in page.links if link.startswith("/portal/looked/")]
        path = next((link for link in page.links if "before=" in link), "")
    assert len(found) == len(set(found)) == 44


def test_own_visits_are_folded_and_told_once_each(citizen: Browser, person: Any) -> None:
    read(citizen, "/portal/")
    read(citizen, "/portal/questions")
    page = read(citizen, "/portal/looked")
    looks, _fold, visits = page.said.partition("Những lần bạn tự xem gần đây")
    assert "Danh sách ai đã xem dữ liệu" not in looks
    assert visits.count("Thông tin cá nhân") == 1
    assert visits.count("Câu hỏi của bạn") == 1


def test_another_citizen_who_sees_one_in_their_own_records_is_told_without_a_name(
    citizen: Browser, person: Any
) -> None:
    mother = make(record_types()["people"], 3)
    make(record_types()["civil-events"], 1, mother_id=mother.personal_id)
    read(sign_in(mother.personal_id), "/portal/")
    page = read(citizen, "/portal/looked")
    assert "Một công dân khác, khi xem hồ sơ của chính họ" in page.said
    assert mother.personal_id not in page.said
    assert mother.full_name not in page.said


def test_each_page_is_audited_before_it_leaves(citizen: Browser, person: Any) -> None:
    for path in ("/portal/", "/portal/looked", "/portal/questions", "/portal/records/people"):
        before = len(entries_of(actor_kind="citizen"))
        read(citizen, path)
        new = entries_of(actor_kind="citizen")[before:]
        assert {(e["actor_id"], e["purpose"]) for e in new} == {(person.personal_id, "own-data")}


@pytest.mark.parametrize(
    "path", ["/portal/", "/portal/looked", "/portal/questions", "/portal/records/people"]
)
def test_nobody_signed_in_sees_nothing_but_how_to(path: str) -> None:
    page = read(Browser(headers={"host": "127.0.0.1", "accept-language": "vi"}), path)
    assert "Bạn chưa đăng nhập" in page.said
    assert "Cách đăng nhập" in page.said
    assert not entries_of(actor_kind="citizen")


def test_somebody_elses_access_is_not_found_and_the_try_is_audited(
    partner: APIClient, citizen: Browser, person: Any
) -> None:
    other = make(record_types()["people"], 2)
    theirs = seen_by(partner, other.personal_id)
    unknown = reference(datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC), uuid.uuid4())
    pages = []
    for ref in (theirs, unknown):
        pages += [citizen.get(f"/portal/looked/{ref}"), citizen.post(f"/portal/looked/{ref}")]
    told = {Page(page.content.decode()).said for page in pages}
    assert [page.status_code for page in pages] == [404] * 4
    assert len(told) == 1, "somebody else's and nobody's are told alike"
    assert "Không có lượt xem nào như vậy" in told.pop()
    tries = [(e["action"], e["record_key"]) for e in entries_of(outcome="missing")]
    assert tries == [("read", theirs), ("ask", theirs), ("read", unknown), ("ask", unknown)]
    assert {tuple(e["subjects"]) for e in entries_of(outcome="missing")} == {(person.personal_id,)}


ODD = ["", "x", "1-x", "%00", "-1", "9" * 40, f"{'9' * 17}-{'f' * 32}", f"{'9' * 18}-{'0' * 32}"]


@pytest.mark.parametrize("odd", [*ODD, "é", "'; --", "../..", f"٣-{'0' * 32}"])
def test_odd_words_in_addresses_are_answered_with_words(citizen: Browser, odd: str) -> None:
    for path in (f"/portal/looked?before={odd}", f"/portal/questions?before={odd}"):
        assert citizen.get(path).status_code in {200, 400}
    for path in (f"/portal/records/people?after={odd}", f"/portal/records/{odd}"):
        assert citizen.get(path).status_code in {400, 404}
    for reply in (citizen.get(f"/portal/looked/{odd}"), citizen.post(f"/portal/looked/{odd}")):
        assert reply.status_code in {200, 404, 405}
        assert "Hồ sơ của tôi" in reply.content.decode()


def test_a_reference_is_read_as_it_was_written() -> None:
    at, entry = datetime.datetime(2026, 11, 24, 9, 8, 7, 654321, datetime.UTC), uuid.uuid4()
    assert parsed(reference(at, entry)) == (at, entry)
    assert parsed("x" + reference(at, entry)) is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/portal/sign-out", 405),
        ("post", "/portal/", 405),
        ("post", "/portal/looked", 405),
        ("put", "/portal/questions", 405),
        ("get", "/portal/nothing", 404),
        ("get", "/portal/records/schools", 404),
        ("get", "/portal/records/audit_entry", 404),
    ],
)
def test_wrong_turns_are_answered_with_a_page(
    citizen: Browser, method: str, path: str, status: int
) -> None:
    reply = getattr(citizen, method)(path)
    assert reply.status_code == status
    page = Page(reply.content.decode())
    assert "/portal/" in page.links
    assert "API" not in page.said


def test_what_is_too_large_is_answered_with_a_page(partner: APIClient, person: Any) -> None:
    ref = seen_by(partner, person.personal_id)
    citizen = sign_in(person.personal_id, enforce_csrf_checks=True)
    citizen.get("/portal/")
    for body in ({"text": "á" * 2_000_000}, {f"x{n}": "" for n in range(1_500)}):
        reply = citizen.post(f"/portal/looked/{ref}", body)
        assert reply.status_code in {400, 413}
        assert "Hồ sơ của tôi" in reply.content.decode()


def test_a_bug_is_told_with_its_number(citizen: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.portal.views._looked", lambda *_args, **_more: 1 / 0)
    citizen.raise_request_exception = False
    reply = citizen.get("/portal/looked")
    assert reply.status_code == 500
    assert reply["Request-Id"] in reply.content.decode()
    assert "Lỗi từ phía hệ thống" in reply.content.decode()


def test_the_other_language_keeps_the_page(citizen: Browser, person: Any) -> None:
    path = f"/portal/looked?before={reference(entries.LAST[0].replace(year=5000), uuid.uuid4())}"
    text = citizen.get(path).content.decode()
    assert f'name="next" value="{path}"' in text
    reply = citizen.post("/i18n/setlang/", {"language": "en", "next": path})
    assert reply["Location"] == path
    assert '<html lang="en">' in citizen.get(path).content.decode()


def pages_of(partner: APIClient, person: Any, language: str) -> list[Page]:
    """Every template of the portal, in one language."""
    citizen = sign_in(person.personal_id, language)
    live(person.personal_id, 7)
    make(record_types()["civil-events"], 1)
    other = seen_by(partner, person.personal_id)
    asked = seen_by(partner, person.personal_id)
    partner.get(f"/api/v1/people/{person.personal_id}/history")
    partner.get(f"/api/v1/people/{person.personal_id}", headers={"Access-Purpose": "other"})
    assert citizen.post(f"/portal/looked/{asked}", {"text": "?"}).status_code == 302
    paths = ["", "looked", "questions", "records/residences", "records/x", "looked/x"]
    found = [citizen.get(f"/portal/{path}") for path in paths]
    found += [citizen.get(f"/portal/looked/{ref}") for ref in (other, asked)]
    found += [
        citizen.post(f"/portal/looked/{other}", {"text": t}) for t in ("", "\x00", "a" * 2001)
    ]
    found += [citizen.post(f"/portal/looked/{asked}", {"text": "!"})]
    citizen.cookies.pop("sessionid")
    found += [citizen.get("/portal/"), citizen.post(f"/portal/looked/{other}", {"text": "!"})]
    found += [citizen.get("/portal/sign-in/x")]
    return [Page(reply.content.decode()) for reply in found]


def test_the_vietnamese_pages_hold_no_english_of_ours(partner: APIClient, person: Any) -> None:
    english = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in messages.load("vi")
        if message.id
    }
    for page in pages_of(partner, person, "vi"):
        for language, text in page.texts:
            assert text == "English" or language == "vi"
            assert text not in english or text == "English"
            for said in english:
                assert len(said.split()) < 3 or said not in text


def test_the_english_pages_mark_what_is_vietnamese(partner: APIClient, person: Any) -> None:
    for page in pages_of(partner, person, "en"):
        for language, text in page.texts:
            plain = text.replace("Hồ Sơ", "")
            assert language == "vi" or not messages.VIETNAMESE.search(plain), text
