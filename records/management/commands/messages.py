"""Keeps locale/ in step with the source, or says where it is not."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
# Vietnamese words stand in the source for labels; their English is in locale/en. All else is written
# in English, and its Vietnamese is in locale/vi.
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9àáãèéìíòóõùúýÀÁÃÈÉÌÍÒÓÕÙÚÝĩũĨŨ]")
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")
# Words of the packages we stand on that people read here, which those do not have in Vietnamese.
THIRD_PARTY = "third-party"
WRITTEN = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)


class Command(BaseCommand):
    help = "Brings locale/*.po up to date with the source; with --check, fails where it is not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = set(source())
        english = load("en")
        wrong = []
        for language in ("en", "vi"):
            old = load(language)
            new = updated(old, wanted(found, language, english))
            text = written(new)
            if not options["check"]:
                path(language).parent.mkdir(parents=True, exist_ok=True)
                path(language).write_bytes(text)
            elif not path(language).exists() or path(language).read_bytes() != text:
                wrong.append(f"locale/{language} is not up to date: run manage.py messages")
            wrong += [f"locale/{language}: {fault}" for fault in judged(new)]
        if wrong and options["check"]:
            raise CommandError("\n".join(wrong))
        self.stdout.write("\n".join(wrong) or "messages are complete")


def path(language: str) -> Path:
    """The catalogue of a language."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    """A language's catalogue as it stands; empty where there is none."""
    if not path(language).exists():
        return Catalog(locale=language)
    return read_po(io.BytesIO(path(language).read_bytes()), locale=language)


def source() -> Iterator[str]:
    """Every text that the code and the templates hand to gettext."""
    for folder in ("records", "config", *settings.REGISTRIES):
        for file in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if "migrations" in file.parts or file.suffix not in {".py", ".html"}:
                continue
            text = file.read_text(encoding="utf-8")
            if file.suffix == ".html":
                text = templatize(text)
            for _line, message, _comments, _context in extract(
                "python", io.BytesIO(text.encode()), keywords=KEYWORDS
            ):
                yield message if isinstance(message, str) else message[0]


def wanted(found: set[str], language: str, english: Catalog) -> set[str]:
    """Those texts whose translation belongs into a language's catalogue."""
    labels = {text for text in found if VIETNAMESE.search(text) or english.get(text)}
    return labels if language == "en" else found - labels


def updated(old: Catalog, texts: set[str]) -> Catalog:
    """A catalogue of exactly `texts` and of the third-party section, with what `old` says of them."""
    new = Catalog(locale=old.locale, header_comment="", fuzzy=False, project="Hồ Sơ", version="1")
    new.creation_date = new.revision_date = WRITTEN
    new.last_translator = new.language_team = "Hồ Sơ"
    for text in sorted(texts):
        known = old.get(text)
        new.add(text, known.string if known else "", flags=known.flags if known else ())
    for message in old:
        if message.id and THIRD_PARTY in message.user_comments:
            new.add(message.id, message.string, user_comments=[THIRD_PARTY])
    return new


def written(catalogue: Catalog) -> bytes:
    """A catalogue's file, the same for the same content."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, no_location=True, sort_output=True)
    return re.sub(rb'"Generated-By: [^"]*"\n', b"", out.getvalue())


def judged(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue's messages, each in a line."""
    for message in catalogue:
        if message.id:
            yield from _judged(message)


def _judged(message: Message) -> Iterator[str]:
    if not message.string:
        yield f"not translated: {message.id!r}"
    elif message.fuzzy:
        yield f"fuzzy: {message.id!r}"
    elif sorted(PLACEHOLDER.findall(str(message.id))) != sorted(
        PLACEHOLDER.findall(str(message.string))
    ):
        yield f"other placeholders: {message.id!r}"
