"""A list as a file to take away; read back by an import, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.access import grants
from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.disclosure import in_time, permit, permitted, rows_found
from records.errors import Refused, TooBroad
from records.filters import condition
from records.imports.layout import heading
from records.registry import RecordType
from records.rows import META, plan, subjects
from records.search.questions import understood
from records.tables import MOST_IN_XLSX, Book, Cell, Reply, csv_of, sent
from records.wording import as_written

#: Rows that leave together: one transaction, one entry of audit.
BATCH = 1_000


def disclose_all(
    record_type: RecordType,
    *,
    fieldset: str | None = None,
    filters: Mapping[str, str] | None = None,
    subject: str | None = None,
    text: str | None = None,
    most: int = grants.MOST_EXPORTED,
    to: Actor,
    occasion: Occasion,
) -> tuple[tuple[str, ...], Iterator[list[tuple[Any, ...]]]]:
    """Show a whole list, for a file: its columns, and batches of their values.

    Closed records are left out, and a parent's columns: a file holds what may be imported. A batch is
    read and audited in one transaction, under the leave of that moment, before it is handed out; what
    is recorded meanwhile may be among the last. Raises Refused, Malformed, and TooBroad for more
    than `most` rows or those of the permit; the batches raise them, too.
    """
    entry = Entry(to, occasion, "export", record_type.collection, fieldset=fieldset or "")

    def leave() -> Permit:
        with entries.attempt(entry):
            may = permit(record_type, "search", fieldset, to, occasion)
            return permit(record_type, "export", may.fieldset, to, occasion)

    allowed, filters = leave(), filters or {}
    names = tuple(name for name in allowed.fields if name in record_type.writable)
    entry = replace(permitted(entry, allowed), fields=names)
    reading, most = plan(record_type, names), min(most, allowed.rows)
    where = condition(record_type, allowed, filters, subject) & Q(closed_on__isnull=True)
    question = understood(record_type, text, allowed.fields) if text is not None else None
    if question is None:
        with in_time():
            if record_type.model._base_manager.filter(where)[: most + 1].count() > most:
                told = _("More than %(most)s records answer, and no more may leave. Add a filter.")
                raise TooBroad(told % {"most": most}, most=most)

    def batches() -> Iterator[list[tuple[Any, ...]]]:
        after, left, more = None, most, True
        while more:
            now = leave()
            with entries.attempt(entry), transaction.atomic():
                if now != allowed:
                    raise Refused(_("Your agreement has changed meanwhile."))
                size = min(BATCH, left)
                found = rows_found(record_type, reading, where, filters, question, after, size)
                more, left = found.more, left - len(found.rows)
                if found.capped or (more and not left):
                    raise TooBroad(_("Too many answer. Add a word or a filter."))
                about = tuple(s for row in found.rows for s in subjects(reading, row))
                entries.write(replace(entry, subjects=about))
            after = found.rows[-1][0] if more else None
            yield [row[len(META) : len(META) + len(names)] for row in found.rows]

    return names, batches()


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
