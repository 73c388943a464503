"""What a page says and in which language, for tests that read it as people do."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "rect", "path", "hr", "img"}


class Page(HTMLParser):
    """A page's texts as (language, text), and its links and fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.inside: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or (self.inside[-1][1] if self.inside else "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        for name in ("aria-label", "title", "placeholder", "alt"):
            if given.get(name):
                self.texts.append((language, given[name] or ""))
        if tag not in VOID:
            self.inside.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.inside.pop()[0] == tag, "every element is closed where it was opened"

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.texts.append((self.inside[-1][1] if self.inside else "", text))

    @property
    def said(self) -> str:
        return " ".join(text for _language, text in self.texts)
