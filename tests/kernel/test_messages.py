"""Every text that people read is translated, and what is not is found."""

from __future__ import annotations

import pytest
from babel.messages import Catalog
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import translation

from citizens.models import Person
from records.api.problems import body
from records.errors import Stale
from records.management.commands import messages


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
        ("From {a}", "Từ {a}", (), None),
    ],
)
def test_what_is_wrong_is_found(
    text: str, translated: str, flags: tuple[str, ...], fault: str | None
) -> None:
    catalogue = Catalog(locale="vi")
    catalogue.add(text, translated, flags=flags)
    found = list(messages.judged(catalogue))
    assert [f.partition(":")[0] for f in found] == ([fault] if fault else [])


def test_labels_are_vietnamese_in_the_source_and_all_else_english() -> None:
    assert messages.wanted({"Họ và tên", "Sign out"}, "en", Catalog()) == {"Họ và tên"}
    assert messages.wanted({"Họ và tên", "Sign out"}, "vi", Catalog()) == {"Sign out"}


def test_words_and_labels_follow_the_language() -> None:
    request = RequestFactory().get("/")
    label = Person._meta.get_field("full_name").verbose_name
    with translation.override("vi"):
        assert body(Stale(), request)["title"].startswith("Hồ sơ đã thay đổi")
        assert str(label) == "Họ và tên"
    with translation.override("en"):
        assert body(Stale(), request)["title"].startswith("The record has changed")
        assert str(label) == "Full name"
