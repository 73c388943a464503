"""The clerks' desk: who may, what a form does, and what happens when something is wrong."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from citizens.models import Person, Residence
from citizens.samples import person, personal_id, residence
from records.access.models import Role, Verb
from records.actors import Actor, Occasion
from records.audit import entries
from records.desk.door import fresh_once
from records.imports.models import Import
from records.portal import questions
from records.registry import record_types, registries
from tests.conftest import entries_of, make
from tests.importing import advanced, as_csv, rows_of

pytestmark = pytest.mark.django_db
EVERYTHING = [verb.value for verb in Verb]
PASSWORD = "mật khẩu đủ dài để thử"


@cache
def hashed(password: str) -> str:
    """Hashed once: that it takes long is meant for whoever tries many."""
    return make_password(password)


def a_clerk(name: str = "thuky", *, unit: str = "", verbs: list[str] | None = None) -> User:
    user = User.objects.create(
        username=name, password=hashed(PASSWORD), first_name="Thư ký", is_staff=True
    )
    for registry in registries():
        Role.objects.create(user=user, registry=registry, verbs=verbs or EVERYTHING, unit=unit)
    return user


@pytest.fixture
def desk() -> Client:
    """A clerk who may do everything, signed in."""
    client = Client()
    client.force_login(a_clerk())
    return client


def people(n: int = 1, **values: Any) -> Any:
    return make(record_types()["people"], n, **values)


def filled(page: Any, **typed: Any) -> dict[str, str]:
    """What a page's form sends: as it came, and what was typed."""
    sent = {}
    for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", page.content.decode()):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and "csrf" not in name[1]:
            sent[name[1]] = value[1].replace("&amp;", "&") if value else ""
    form = page.context["form"]
    for name in form.fields:
        sent[name] = str(form[name].value() or "")
    return {**sent, **typed}


URL = f"/admin/people/{personal_id(1)}/"


def test_nobody_reads_without_signing_in() -> None:
    people()
    for url in ("/admin/", "/admin/people/", URL, f"{URL}amend/", "/admin/imports/"):
        reply = Client().get(url)
        assert (reply.status_code, reply["Location"].split("?")[0]) == (302, "/admin/login/")


def test_a_user_without_a_role_has_no_desk() -> None:
    User.objects.create_user("ai do", password=PASSWORD, is_staff=True)
    client = Client()
    client.login(username="ai do", password=PASSWORD)
    assert client.get("/admin/").status_code == 302


def test_signing_in_leads_where_one_wanted_to_go() -> None:
    a_clerk()
    people()
    client = Client()
    page = client.get(URL, follow=True)
    assert "Cán bộ đăng nhập" in page.content.decode()
    given = {"username": "thuky", "password": "falsch", "next": URL}
    wrong = client.post("/admin/login/", given)
    assert "errorlist" in wrong.content.decode()
    reply = client.post("/admin/login/", {**given, "password": PASSWORD})
    assert (reply.status_code, reply["Location"]) == (302, URL)
    away = {**given, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert Client().post("/admin/login/", away)["Location"] == "/admin/"


def test_one_box_searches_every_registry(desk: Client) -> None:
    people(full_name="Nguyễn Thị Ánh Tuyết")
    make(record_types()["students"], 2, full_name="Nguyễn Ánh Dương")
    text = desk.get("/admin/", {"q": "anh nguyen"}).content.decode()
    assert "Nguyễn Thị Ánh Tuyết" in text
    assert "Nguyễn Ánh Dương" in text
    told = {e["collection"] for e in entries_of(action="search", actor_id="thuky")}
    assert {"people", "students"} <= told
    assert "Không tìm thấy" in desk.get("/admin/", {"q": "zzz"}).content.decode()
    assert desk.get("/admin/", {"q": "…"}).status_code == 200


def test_a_record_s_page_is_audited_and_shows_what_belongs_to_it(desk: Client) -> None:
    people()
    make(record_types()["residences"], 1)
    text = desk.get(URL).content.decode()
    for word in (person(1)["full_name"], "Nơi cư trú", "Lịch sử", "Ai đã xem", "Phường"):
        assert word in text
    told = [e for e in entries_of(actor_id="thuky") if personal_id(1) in e["subjects"]]
    assert {e["action"] for e in told} >= {"read", "everything", "history", "looked"}
    assert {e["purpose"] for e in told} == {"record-keeping"}


def test_an_amendment_needs_a_reason_and_writes_only_what_was_typed(desk: Client) -> None:
    people()
    page = desk.get(f"{URL}amend/")
    refused = desk.post(f"{URL}amend/", filled(page, full_name="Nguyễn Thị Mới"))
    assert refused.status_code == 422
    assert "Nguyễn Thị Mới" in refused.content.decode()
    sent = filled(page, full_name="Nguyễn Thị Mới", reason="Cải chính theo giấy khai sinh")
    reply = desk.post(f"{URL}amend/", sent)
    assert (reply.status_code, reply["Location"]) == (302, URL)
    saved = Person.objects.get()
    assert (saved.full_name, saved.version) == ("Nguyễn Thị Mới", 2)
    event: Any = record_types()["people"].events._base_manager.latest("pgh_id")
    assert event.pgh_context["reason"] == "Cải chính theo giấy khai sinh"
    assert event.pgh_context["actor_kind"] == "clerk"
    (entry,) = entries_of(action="amend", outcome="done")
    assert entry["fields"] == ["full_name"]


def test_a_form_sent_twice_takes_effect_once(desk: Client) -> None:
    people()
    sent = filled(desk.get(f"{URL}amend/"), phone="0987654321", reason="Theo đơn")
    replies = [desk.post(f"{URL}amend/", sent) for _again in range(2)]
    assert [r.status_code for r in replies] == [302, 302]
    assert Person.objects.get().version == 2


def test_what_changed_meanwhile_is_shown_beside_what_was_typed(desk: Client) -> None:
    people()
    first = filled(desk.get(f"{URL}amend/"), phone="0987654321", reason="Theo đơn")
    other = filled(desk.get(f"{URL}amend/"), email="moi@example.vn", reason="Bổ sung")
    desk.post(f"{URL}amend/", other)
    page = desk.post(f"{URL}amend/", first)
    assert page.status_code == 412
    text = page.content.decode()
    assert "moi@example.vn" in text
    assert 'value="0987654321"' in text
    reply = desk.post(f"{URL}amend/", filled(page))
    assert reply.status_code == 302, reply.content.decode()
    saved = Person.objects.get()
    assert (saved.phone, saved.email, saved.version) == ("0987654321", "moi@example.vn", 3)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"birth_date": "31/02/1990"}, "birth_date"),
        ({"birth_date": "01/01/2090"}, "birth_date"),
        ({"phone": "12"}, "phone"),
        ({"full_name": ""}, "full_name"),
        ({"residence_unit": "99999"}, "residence_unit"),
        ({"full_name": "Nguyễn\x00An"}, "full_name"),
        ({"full_name": "x" * 5000}, "full_name"),
        ({"sex": "X"}, "sex"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field(
    desk: Client, typed: dict[str, str], words: str
) -> None:
    people()
    sent = filled(desk.get(f"{URL}amend/"), reason="thử", **typed)
    reply = desk.post(f"{URL}amend/", sent)
    assert reply.status_code == 422
    assert words in reply.context["form"].errors
    assert Person.objects.get().version == 1


def test_a_form_tells_all_that_is_wrong_with_it_at_once(desk: Client) -> None:
    people()
    page = desk.get(f"{URL}amend/")
    assert person(1)["residence_unit"] not in str(page.context["form"]["residence_unit"].help_text)
    assert "Phường" in page.context["form"]["residence_unit"].help_text
    sent = filled(page, birth_date="31/02/1990", residence_unit="99999", reason=" ")
    reply = desk.post(f"{URL}amend/", sent)
    errors = reply.context["form"].errors
    assert set(errors) == {"birth_date", "residence_unit", "reason"}
    assert "02/06/1985" in errors["birth_date"][0]
    assert "/api/" not in errors["residence_unit"][0]
    assert Person.objects.get().version == 1
    assert not entries_of(action="amend", outcome="done")


def test_an_office_is_kept_in_one_language_whatever_its_clerk_reads(desk: Client) -> None:
    someone = people()
    desk.get(URL, headers={"accept-language": "en"})
    assert {look.agency_name for look in entries.about([someone.personal_id])} == {
        "Cơ quan quản lý hồ sơ",
        "",
    }


def test_days_are_typed_and_shown_as_people_here_write_them(desk: Client) -> None:
    page = desk.get("/admin/people/new/")
    typed = {**person(2), "birth_date": "2/6/1985", "reason": "Mới"}
    reply = desk.post("/admin/people/new/", filled(page, **typed))
    assert reply.status_code == 302, reply.context["form"].errors
    assert Person.objects.get().birth_date == "1985-06-02"
    assert "02/06/1985" in desk.get(reply["Location"]).content.decode()


def test_lost_zeros_are_not_made_up_for_people_who_type(desk: Client) -> None:
    page = desk.get("/admin/people/new/")
    typed = {**person(2), "personal_id": "74157000001", "reason": "Mới"}
    reply = desk.post("/admin/people/new/", filled(page, **typed))
    assert "personal_id" in reply.context["form"].errors
    spaced = f"{personal_id(2)[:3]} {personal_id(2)[3:]}"
    assert desk.post("/admin/people/new/", {**typed, "personal_id": spaced}).status_code == 302


def test_closing_keeps_the_record_and_ends_its_forms(desk: Client) -> None:
    people()
    sent = filled(desk.get(f"{URL}close/"), reason="Ghi nhận nhầm")
    assert desk.post(f"{URL}close/", sent).status_code == 302
    assert Person.objects.get().closed_on is not None
    text = desk.get(URL).content.decode()
    assert "Đã đóng" in text
    assert f"{URL}amend/" not in text


def test_an_operation_is_a_form(desk: Client) -> None:
    people()
    page = desk.get("/admin/operations/register-death/")
    assert "Luật Hộ tịch" in page.content.decode()
    typed = {
        "personal_id": personal_id(1),
        "death_date": "12/05/2026",
        "register_unit": "25747",
        "book": "01/2026",
        "number": "36",
        "registered_on": "13/05/2026",
    }
    wrong = desk.post(page.request["PATH_INFO"], filled(page, **typed, place="\x00"))
    assert wrong.status_code == 422
    reply = desk.post(page.request["PATH_INFO"], filled(page, **typed))
    assert (reply.status_code, reply["Location"]) == (302, URL), reply.content.decode()
    assert Person.objects.get().status == "dead"


def test_what_was_typed_outlives_the_session() -> None:
    a_clerk()
    people()
    client = Client()
    client.login(username="thuky", password=PASSWORD)
    sent = filled(client.get(f"{URL}amend/"), phone="0987654321", reason="Theo đơn")
    client.logout()
    page = client.post(f"{URL}amend/", sent)
    assert page.status_code == 403
    assert "Phiên làm việc đã hết" in page.content.decode()
    assert Person.objects.get().version == 1
    typed = page.context["typed"]
    given = {"username": "thuky", "password": PASSWORD, "next": page.context["next"]}
    page = client.post("/admin/login/", {**typed, **given})
    assert page.context["action"] == f"{URL}amend/"
    assert client.post(page.context["action"], page.context["fields"]).status_code == 302
    assert Person.objects.get().phone == "0987654321"


def test_a_clerk_of_one_unit_sees_and_writes_that_one_only() -> None:
    client = Client()
    client.force_login(a_clerk("phuong", unit="25747"))
    people(1, residence_unit="25747")
    people(2, residence_unit="25750")
    assert client.get(URL).status_code == 200
    away = client.get(f"/admin/people/{personal_id(2)}/")
    assert away.status_code == 404
    (entry,) = entries_of(outcome="missing", actor_id="phuong")
    assert entry["subjects"] == [personal_id(2)]
    assert person(2)["full_name"] not in client.get("/admin/people/").content.decode()


def test_a_clerk_who_may_only_read_has_no_forms() -> None:
    client = Client()
    client.force_login(a_clerk("doc", verbs=["read", "search"]))
    people()
    text = client.get(URL).content.decode()
    assert "amend/" not in text
    page = client.get("/admin/residences/new/")
    sent = filled(page, **residence(1), reason="thử")
    reply = client.post("/admin/residences/new/", sent)
    assert reply.status_code == 403
    assert not Residence.objects.exists()
    assert entries_of(action="create", outcome="refused", actor_id="doc")


def test_lists_filter_and_page_without_a_count(desk: Client) -> None:
    for n in range(1, 56):
        people(n)
    page = desk.get("/admin/people/")
    assert len(page.context["lines"]) == 50
    onward = desk.get(f"/admin/people/?{page.context['onward']}")
    assert len(onward.context["lines"]) == 5
    unit = person(1)["residence_unit"]
    filtered = desk.get("/admin/people/", {"residence_unit": unit})
    assert filtered.context["lines"]
    assert filtered.context["units"]
    born = "/".join(reversed(person(1)["birth_date"].split("-")))
    assert len(desk.get("/admin/people/", {"birth_date": born}).context["lines"]) == 1
    for odd in ({"birth_date": "x"}, {"cursor": "x"}, {"residence_unit": "x"}, {"q": "a" * 999}):
        assert desk.get("/admin/people/", odd).status_code == 400


def test_a_file_goes_its_way_on_one_page(desk: Client) -> None:
    rows = rows_of(record_types()["people"], range(1, 6))
    rows[2][0] = "không rõ"

    def send(once: str) -> Any:
        file = SimpleUploadedFile("Nhân khẩu.csv", as_csv(rows))
        body = {"collection": "people", "file": file, "once": once}
        return desk.post("/admin/imports/", body)

    once = fresh_once()
    reply, again = send(once), send(once)
    assert reply.status_code == 302
    assert reply["Location"] == again["Location"]
    url = reply["Location"]
    page = desk.get(url)
    assert page["Refresh"] == "1"
    job = advanced(Import.objects.get())
    page = desk.get(url)
    assert "Refresh" not in page
    text = page.content.decode()
    assert "1 dòng có lỗi" in text
    assert "Ghi 4 dòng vào hồ sơ" in text
    faults = desk.get(f"{url}rows/?kind=error").content.decode()
    assert "không rõ" in faults
    assert "12 chữ số" in faults
    assert b"".join(desk.get(f"{url}file").streaming_content)[:2] == b"PK"
    assert desk.get(f"{url}apply").status_code == 404
    assert desk.post(f"{url}apply").status_code == 409
    assert desk.post(f"{url}apply", {"without_faulty": "1"}).status_code == 302
    advanced(job)
    assert Person.objects.count() == 4
    assert "Đã ghi xong" in desk.get("/admin/imports/").content.decode()
    stranger = Client()
    stranger.force_login(a_clerk("khac"))
    assert stranger.get(url).status_code == 404


def test_an_upload_of_nothing_says_what_is_needed(desk: Client) -> None:
    reply = desk.post("/admin/imports/", {"once": fresh_once()})
    assert reply.status_code == 422
    text = reply.content.decode()
    assert "Hãy chọn loại hồ sơ" in text
    assert "Hãy chọn một tệp" in text


@pytest.mark.parametrize("path", ["nothing/", "people/x/", "operations/nothing/", "imports/x/"])
def test_what_is_not_there_is_a_page(desk: Client, path: str) -> None:
    assert desk.get(f"/admin/{path}").status_code == 404


def test_a_citizen_s_question_waits_on_the_first_page_and_is_answered_once(
    desk: Client, partner: APIClient
) -> None:
    someone = people()
    partner.get(f"/api/v1/people/{someone.personal_id}")
    look = entries.about([someone.personal_id])[0]
    citizen = Actor("citizen", someone.personal_id, "")
    asked = questions.ask(look.at, look.id, "Vì sao?", by=citizen, occasion=Occasion("own-data"))
    assert "Vì sao?" in desk.get("/admin/").content.decode()
    url = f"/admin/questions/{asked.id}/"
    assert desk.post(url, {"text": " "}).status_code == 422
    assert desk.post(url, {"text": "Để quản lý thuế."})["Location"] == "/admin/"
    again = desk.post(url, {"text": "Lần nữa"})
    assert again.status_code == 409
    assert "Để quản lý thuế." in desk.get(url).content.decode()
    assert "Vì sao?" not in desk.get("/admin/").content.decode()
    told = entries_of(collection="questions", actor_id="thuky")
    assert {(e["action"], e["outcome"]) for e in told} >= {("read", "done"), ("answer", "done")}
