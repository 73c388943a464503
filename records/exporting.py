"""A list as a file to take away; read back by an import, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from django.utils import timezone

from records.actors import Actor, Occasion
from records.disclosure import disclose_all
from records.imports.layout import heading
from records.registry import RecordType
from records.tables import MOST_IN_XLSX, Book, Cell, Reply, csv_of, sent
from records.wording import as_written


def exported(
    record_type: RecordType,
    ending: str,
    *,
    fieldset: str | None = None,
    filters: Mapping[str, str] | None = None,
    subject: str | None = None,
    text: str | None = None,
    to: Actor,
    occasion: Occasion,
) -> Reply:
    """What `disclose_all` shows, as a reply; `ending`: xlsx or csv. Headers are labels in the language
    asked for. Raises what `disclose_all` raises; TooMany while others are made."""
    names, batches = disclose_all(
        record_type,
        fieldset=fieldset,
        filters=filters,
        subject=subject,
        text=text,
        **({"most": MOST_IN_XLSX} if ending == "xlsx" else {}),
        to=to,
        occasion=occasion,
    )
    header = [heading(record_type, name) for name in names]
    write = [as_written(record_type.value_field(name)) for name in names]

    def rows() -> Iterator[list[Cell]]:
        # What the beginning raises is an answer still, and no file that breaks off.
        first = next(batches)
        yield [*header]
        for batch in chain([first], batches):
            for row in batch:
                yield [say(value) for say, value in zip(write, row, strict=True)]

    def as_xlsx(path: Path) -> None:
        with Book(path) as book:
            lines = rows()
            next(lines)
            sheet = book.sheet_under(header)
            for line, row in enumerate(lines, start=1):
                for at, cell in enumerate(row):
                    book.write(sheet, line, at, cell, book.text)

    name = f"{record_type.collection}-{timezone.localdate()}"
    return sent(name, ending, as_csv=lambda: csv_of(rows()), as_xlsx=as_xlsx)
