"""Keeps locale/ in step with the source, or says where it is not."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in LAZY},
    "gettext_noop": None,
}
# Vietnamese words stand in the source for labels; their English is in locale/en. All else is written
# in English, and its Vietnamese is in locale/vi.
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9àáãèéìíòóõùúýÀÁÃÈÉÌÍÒÓÕÙÚÝĩũĨŨ]")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-zA-Z%]|\{[^{}]*\}")
# Words of the packages we stand on that people read here, which those do not have in Vietnamese.
THIRD_PARTY = "third-party"
HEADER = f"""\
# Kept by `manage.py messages`: it adds what is new in the source, untranslated, and drops what is
# gone. A Vietnamese label without Vietnamese letters ("Nam") is moved to locale/en by hand.
# Entries marked "{THIRD_PARTY}", at the end, are other packages' words; they are kept by hand."""
WRITTEN = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)


@dataclass(frozen=True, order=True, slots=True)
class Said:
    """A text handed to gettext, with its plural and its context where it has them."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        """What Babel calls it."""
        return (self.text, self.plural) if self.plural else self.text


class Command(BaseCommand):
    help = "Brings locale/*.po up to date with the source; with --check, fails where it is not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = set(source())
        english = load("en")
        wrong = []
        for language in ("en", "vi"):
            new = updated(load(language), wanted(found, language, english))
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


def source() -> Iterator[Said]:
    """Every text that the code and the templates hand to gettext."""
    for folder in ("records", "config", *settings.REGISTRIES):
        for file in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if "migrations" not in file.parts and file.suffix in {".py", ".html"}:
                text = file.read_text(encoding="utf-8")
                yield from extracted(templatize(text) if file.suffix == ".html" else text)


def extracted(code: str) -> Iterator[Said]:
    """The texts that a piece of Python hands to gettext."""
    for _line, message, _comments, context in extract(
        "python", io.BytesIO(code.encode()), keywords=KEYWORDS
    ):
        text, *plural = (message,) if isinstance(message, str) else message
        yield Said(text, plural[0] if plural else "", context or "")


def wanted(found: set[Said], language: str, english: Catalog) -> set[Said]:
    """Those texts whose translation belongs into a language's catalogue."""
    labels = {
        said
        for said in found
        if VIETNAMESE.search(said.text) or english.get(said.text, said.context or None)
    }
    return labels if language == "en" else found - labels


def updated(old: Catalog, texts: Iterable[Said]) -> Catalog:
    """A catalogue of exactly `texts` and of the third-party section, with what `old` says of them."""
    new = Catalog(
        locale=old.locale,
        header_comment=HEADER,
        fuzzy=False,
        project="Hồ Sơ",
        version="1",
        msgid_bugs_address="Hồ Sơ",
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        last_translator="Hồ Sơ",
        language_team="Hồ Sơ",
    )
    for said in sorted(texts):
        known = old.get(said.text, said.context or None)
        if known is None or known.pluralizable != bool(said.plural):
            new.add(said.id, "", context=said.context or None)
        else:
            _keep(new, known, said.id, [c for c in known.user_comments if c != THIRD_PARTY])
    for message in sorted(old):
        if (
            THIRD_PARTY in message.user_comments
            and new.get(_first(message), message.context) is None
        ):
            _keep(new, message, message.id, message.user_comments)
    return new


def _keep(new: Catalog, known: Message, said: Any, comments: list[str]) -> None:
    flags = {"fuzzy"} & known.flags
    new.add(said, known.string, flags=flags, user_comments=comments, context=known.context)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def written(catalogue: Catalog) -> bytes:
    """A catalogue's file, the same for the same content."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, no_location=True)
    return re.sub(rb'"Generated-By: [^"]*"\n', b"", out.getvalue())


def judged(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue's messages, each in a line."""
    for message in catalogue:
        if message.id:
            yield from _judged(message, catalogue.num_plurals)


def _judged(message: Message, plurals: int) -> Iterator[str]:
    ids = (message.id,) if isinstance(message.id, str) else message.id
    strings = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    holders = [sorted(PLACEHOLDER.findall(text)) for text in ids]
    said = [sorted(PLACEHOLDER.findall(text)) for text in strings]
    if not all(strings) or len(strings) != (plurals if message.pluralizable else 1):
        yield f"not translated: {ids[0]!r}"
    elif message.fuzzy:
        yield f"fuzzy: {ids[0]!r}"
    elif any(h not in holders for h in said) or said[-1] != holders[-1]:
        yield f"other placeholders: {ids[0]!r}"
