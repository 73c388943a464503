"""Every page of the desk: it answers, it is audited where it reads, and it speaks Vietnamese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from records.access.models import Agency, Agreement, Client as System, ClientKey, Purpose, Role
from records.actors import Actor, Occasion
from records.desk.site import site
from records.imports.models import Import
from records.portal.models import Question
from records.registry import record_types, registries
from tests.conftest import agree, entries_of, key_of, make
from tests.importing import applied, as_csv, rows_of, taken
from tests.kernel.test_desk import EVERYTHING, PASSWORD

pytestmark = pytest.mark.django_db

# Pages that show nothing of any record: empty forms, counts, one's own files (comparing is audited).
SHOW_NO_RECORD = re.compile(
    r"index|app_list|login|logout|password_change.*|jsi18n|imports|import(-.*)?|new-.*|run-.*|view_on_site"
)
ENGLISH = frozenset(
    {
        *(
            "the",
            "and",
            "add",
            "change",
            "delete",
            "save",
            "search",
            "home",
            "view",
            "history",
            "page",
        ),
        *(
            "select",
            "this",
            "field",
            "error",
            "please",
            "user",
            "password",
            "required",
            "show",
            "filter",
        ),
        *("clear", "today", "new", "welcome", "other", "another", "continue", "editing", "results"),
        *(
            "you",
            "your",
            "with",
            "from",
            "have",
            "has",
            "are",
            "were",
            "been",
            "will",
            "would",
            "could",
        ),
        *("only", "all", "any", "name", "date", "value", "number", "label", "choose", "yes"),
    }
)


def boss() -> User:
    user = User.objects.create_superuser("quantri", password=PASSWORD, first_name="Quản trị")
    for registry in registries():
        Role.objects.create(user=user, registry=registry, verbs=EVERYTHING)
    return user


def patterns() -> Iterator[tuple[str, Any]]:
    """Name and pattern of each address of the desk, the admin's own among them."""

    def within(found: list[Any]) -> Iterator[tuple[str, Any]]:
        for each in found:
            if isinstance(each, URLResolver):
                yield from within(each.url_patterns)
            elif isinstance(each, URLPattern) and each.name:
                yield each.name, each

    yield from within(site.get_urls())


def arguments(name: str, job: Import, kept: dict[str, Any]) -> list[list[Any]]:
    """What an address is tried with."""
    kind, _, collection = name.partition("-")
    if kind in {"one", "amend", "close", "history"} and collection in record_types():
        record_type = record_types()[collection]
        key = key_of(record_type, record_type.model._base_manager.first())  # type: ignore[arg-type]
        return [[key.replace("/", "~")]]
    if name in {"import", "import-rows", "import-file"}:
        return [[job.id]]
    if name in {"import-undo", "import-left"}:
        return [[kept["written"].id]]
    if name == "import-decide":
        return [[job.id, "nothing"]]
    if name == "app_list":
        return [["access"], ["auth"]]
    if name == "question":
        return [[kept["question"].pk]]
    if name == "view_on_site":
        return []
    for table, one in kept.items():
        if name.startswith(f"{table}_") and not name.endswith(("_add", "_changelist")):
            return [[one.pk]]
    return [[]]


@pytest.fixture
def kept(agency: Agency) -> dict[str, Any]:
    """One of each thing that administrators keep."""
    system = System.objects.create(agency=agency, client_id="he-thong", name="Hệ thống")
    key = ClientKey.objects.create(client=system, kid="k1", jwk={"kty": "OKP"})
    agreement = agree(agency, "people", "identity")
    user = boss()
    return {
        "access_agency": agency,
        "access_client": system,
        "access_clientkey": key,
        "access_agreement": agreement,
        "access_purpose": Purpose.objects.first(),
        "access_role": Role.objects.first(),
        "auth_user": user,
        "question": Question.objects.create(
            number="074085001234",
            access_at=timezone.now(),
            entry_id=uuid4(),
            actor_kind="partner",
            agency_name="Thuế",
            collection="people",
            text="Vì sao?",
        ),
    }


def visible(page: Any) -> str:
    """The words of a page as somebody sees them."""
    text = re.sub(
        r"<(script|style|textarea)[^>]*>.*?</\1>", " ", page.content.decode(), flags=re.DOTALL
    )
    return unescape(re.sub(r"<[^>]+>", " ", text))


def test_each_page_answers_is_audited_and_speaks_vietnamese(kept: dict[str, Any]) -> None:
    for record_type in record_types().values():
        make(record_type, 1)
    by, on = Actor("clerk", "quantri", "Quản trị"), Occasion("record-keeping")
    rows = rows_of(record_types()["people"], (1, 2))
    rows[2][0] = "x"
    job = taken("people", as_csv(rows), by=by, on=on)
    again = taken("people", as_csv(rows_of(record_types()["people"], (3, 4))), by=by, on=on)
    kept["written"] = applied(again, by=by, on=on)
    client = Client()
    client.force_login(kept["auth_user"])
    tried = set()
    for name, _pattern in patterns():
        for given in arguments(name, job, kept):
            url = reverse(f"admin:{name}", args=given)
            before = len(entries_of())
            page = client.get(url)
            tried.add(name)
            assert page.status_code in {200, 302, 403, 404, 405}, (url, page.status_code)
            reads = page.status_code == 200 and not SHOW_NO_RECORD.fullmatch(name)
            assert not reads or len(entries_of()) > before, f"{url} reads without an audit row"
            if not page.streaming and "html" in page.get("Content-Type", ""):
                words = set(re.findall(r"\b[A-Za-z]+\b", visible(page)))
                assert not {w for w in words if w.lower() in ENGLISH}, (url, visible(page))
                assert "style=" not in page.content.decode(), url
            if page.streaming:
                assert b"".join(page.streaming_content)
            if name == "logout":
                client.force_login(kept["auth_user"])
    assert len(tried) > 60
    assert any(isinstance(each, ModelAdmin) for each in site._registry.values())


def form(page: Any, **typed: Any) -> dict[str, Any]:
    found = page.context["adminform"].form
    sent = {name: found[name].value() for name in found.fields}
    return {**{k: v for k, v in sent.items() if v is not None}, **typed}


def test_an_agreement_is_made_and_ended_by_an_administrator(kept: dict[str, Any]) -> None:
    client = Client()
    client.force_login(kept["auth_user"])
    url = reverse("admin:access_agreement_add")
    typed = {
        "agency": kept["access_agency"].pk,
        "scope": "residences:full",
        "verbs": ["read"],
        "purposes": [kept["access_purpose"].pk],
        "units": "25747, 25750",
        "valid_from": "01/01/2026",
        "valid_to": "31/12/2026",
    }
    for wrong in (
        {"units": "99999"},
        {"valid_to": "31/12/2020"},
        {"verbs": ["run"]},
        {"scope": "x:y"},
    ):
        page = client.post(url, form(client.get(url), **{**typed, **wrong}))
        assert page.status_code == 200, wrong
    reply = client.post(url, form(client.get(url), **typed))
    assert reply.status_code == 302
    made = Agreement.objects.latest("valid_from")
    assert (made.collection, made.fieldset, made.units) == (
        "residences",
        "full",
        ["25747", "25750"],
    )
    assert str(made.valid_to) == "2026-12-31"
    change = reverse("admin:access_agreement_change", args=[made.pk])
    endless = form(client.get(change), valid_to="")
    assert client.post(change, endless).status_code == 302
    assert Agreement.objects.get(pk=made.pk).valid_to is None
    gone = client.post(reverse("admin:access_agreement_delete", args=[made.pk]), {"post": "yes"})
    assert gone.status_code == 403


@pytest.mark.parametrize(
    "jwk",
    [
        "[]",
        "{}",
        '{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}',  # noqa: E501
        '{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}',
    ],
)
def test_a_key_that_is_no_public_key_is_refused(kept: dict[str, Any], jwk: str) -> None:
    client = Client()
    client.force_login(kept["auth_user"])
    url = reverse("admin:access_clientkey_add")
    typed = {"client": kept["access_client"].pk, "kid": "k2", "jwk": jwk}
    page = client.post(url, form(client.get(url), **typed))
    assert page.status_code == 200
    assert "jwk" in page.context["adminform"].form.errors


def test_administration_is_the_administrators(kept: dict[str, Any]) -> None:
    user = User.objects.create_user("thuky", password=PASSWORD)
    Role.objects.create(user=user, registry="citizens", verbs=EVERYTHING)
    client = Client()
    client.force_login(user)
    assert client.get(reverse("admin:access_agreement_changelist")).status_code == 403
    assert "Quản trị" not in visible(client.get("/admin/"))
