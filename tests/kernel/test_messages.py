"""Every text that people read is translated, and what is not is found."""

from __future__ import annotations

import io
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

from citizens.models import Person
from records.api.problems import body
from records.errors import Stale
from records.fields import Choice
from records.management.commands import messages
from records.management.commands.messages import Said
from records.registry import operations, record_types


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """The catalogues as they stand, compiled where that is missing or older."""
    for language in ("en", "vi"):
        source = messages.path(language)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        compiled = io.BytesIO()
        write_mo(compiled, messages.load(language))
        part = target.with_suffix(".part")
        part.write_bytes(compiled.getvalue())
        part.replace(target)
        translation_file_changed(None, target)


def test_the_catalogues_are_complete() -> None:
    call_command("messages", "--check")


@pytest.mark.parametrize(
    ("text", "translated", "flags", "fault"),
    [
        ("Sign out", "Đăng xuất", (), None),
        ("Sign out", "", (), "not translated"),
        ("Sign out", "Đăng xuất", ("fuzzy",), "fuzzy"),
        ("From %(least)d", "Từ %(most)d", (), "other placeholders"),
        ("From %(least)d", "Từ", (), "other placeholders"),
        ("From %(least)d", "Từ %(least)s", (), "other placeholders"),
        ("From {a}", "Từ {a}", (), None),
        ("From {a}", "Từ {b}", (), "other placeholders"),
        ("All", "Cả 100%", (), None),
        (("%(n)d row", "%(n)d rows"), ("%(n)d dòng",), (), None),
        (("%(n)d row", "%(n)d rows"), ("",), (), "not translated"),
        (("One row", "%(n)d rows"), ("Một dòng",), (), "other placeholders"),
    ],
)
def test_what_is_wrong_is_found(
    text: Any, translated: Any, flags: tuple[str, ...], fault: str | None
) -> None:
    catalogue = Catalog(locale="vi")
    catalogue.add(text, translated, flags=flags)
    found = list(messages.judged(catalogue))
    assert [f.partition(":")[0] for f in found] == ([fault] if fault else [])


def test_labels_are_vietnamese_in_the_source_and_all_else_english() -> None:
    found = {Said("Họ và tên"), Said("Nam"), Said("Sign out")}
    english = Catalog(locale="en")
    english.add("Nam", "Male")
    assert messages.wanted(found, "en", english) == {Said("Họ và tên"), Said("Nam")}
    assert messages.wanted(found, "vi", english) == {Said("Sign out")}


def test_code_and_templates_are_read() -> None:
    code = '_("a"); ngettext_lazy("b", "bs", n); pgettext("where", "c")'
    page = '{% load i18n %}{% translate "d" %}{% blocktranslate %}e {{ f }}{% endblocktranslate %}'
    assert set(messages.extracted(code)) == {Said("a"), Said("b", "bs"), Said("c", "", "where")}
    assert set(messages.extracted(templatize(page))) == {Said("d"), Said("e %(f)s")}


def test_an_update_keeps_what_is_said_adds_what_is_new_and_drops_what_is_gone() -> None:
    old = Catalog(locale="vi")
    old.add("Sign out", "Đăng xuất")
    old.add("Gone", "Đã bỏ")
    old.add("Not theirs", "Không có", user_comments=["third-party"])
    new = messages.updated(old, {Said("Sign out"), Said("New"), Said("%d row", "%d rows")})
    assert {m.id: m.string for m in new if m.id} == {
        ("%d row", "%d rows"): ("", ""),
        "New": "",
        "Sign out": "Đăng xuất",
        "Not theirs": "Không có",
    }
    assert messages.written(new).rstrip().endswith('"Không có"'.encode())


def test_a_second_update_changes_nothing() -> None:
    new = messages.updated(messages.load("vi"), [Said("Sign out"), Said("%d row", "%d rows")])
    again = read_po(io.BytesIO(messages.written(new)), locale="vi")
    texts = [Said("%d row", "%d rows"), Said("Sign out")]
    assert messages.written(messages.updated(again, texts)) == messages.written(new)


def test_a_check_tells_every_fault_and_writes_nothing(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "path", lambda language: tmp_path / f"{language}.po")
    with pytest.raises(CommandError) as told:
        call_command("messages", "--check")
    assert "locale/vi: not translated: 'Sign out'" in str(told.value)
    assert "locale/en: not translated: 'Họ và tên'" in str(told.value)
    assert "locale/vi is not up to date" in str(told.value)
    assert not list(tmp_path.iterdir())


def test_words_and_labels_follow_the_language() -> None:
    request = RequestFactory().get("/")
    label = Person._meta.get_field("full_name").verbose_name
    with translation.override("vi"):
        assert body(Stale(), request)["title"].startswith("Hồ sơ đã thay đổi")
        assert str(label) == "Họ và tên"
    with translation.override("en"):
        assert body(Stale(), request)["title"].startswith("The record has changed")
        assert str(label) == "Full name"


@pytest.mark.parametrize(
    ("headers", "words"),
    [({}, "Không có gì"), ({"Accept-Language": "en"}, "There is nothing")],
)
def test_a_problem_is_told_in_the_language_asked_for(headers: Any, words: str) -> None:
    with translation.override("vi"):  # the request leaves its own language on
        told = Client(headers=headers).get("/nowhere").json()
    assert told["detail"].startswith(words)


def test_other_packages_words_are_vietnamese_too() -> None:
    with pytest.raises(ValidationError) as told:
        models.UUIDField().clean("x", None)
    with translation.override("vi"):
        assert told.value.messages[0].startswith("“x” không phải")


def test_every_label_has_english_words() -> None:
    assert settings.LANGUAGE_CODE == "vi"
    fields = [f for t in record_types().values() for f in t.model._meta.concrete_fields]
    fields += [f for o in operations().values() for f in o.input.fields.values()]
    with translation.override("en"):
        labels = [str(f.verbose_name) for f in fields if f.verbose_name]
        labels += [
            str(word)
            for f in fields
            if isinstance(f, Choice)
            for code, word in f.flatchoices
            if code != word  # proper names have no English
        ]
        labels += [str(t.model._meta.verbose_name) for t in record_types().values()]
        labels += [str(o.title) for o in operations().values()]
    assert [label for label in labels if messages.VIETNAMESE.search(label)] == []
