"""What a text typed into a search box asks: words of a name, or a number known by its shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from records.errors import Malformed
from records.fields import Text
from records.registry import RecordType

MOST_WORDS = 10
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Question:
    """`words` of a name as they are searched; or a `number`, and the columns that may hold it."""

    words: tuple[str, ...] = ()
    number: str = ""
    columns: tuple[str, ...] = ()


def understood(record_type: RecordType, text: str, shown: Sequence[str]) -> Question:
    """What `text` asks of a record type, using only columns that are `shown`.

    Raises Malformed for what cannot be searched: no letter or digit, too long, too many words, or
    nothing here to search.
    """
    searchable = [name for name in record_type.search if name in shown]
    if not searchable:
        raise Malformed(_("These records cannot be searched by text."), code="unknown_filter")
    if len(text) > LONGEST:
        raise _unreadable(_("Search for at most 200 characters."))
    number = re.sub(r"[\s.\-]", "", text)
    columns = tuple(name for name in searchable if _takes(record_type, name, number))
    if not columns:
        # A number that has signs inside, in the form that its field gives it.
        for name in searchable:
            meant = record_type.value_field(name).mend(text.strip())[0]  # type: ignore[attr-defined]
            if _takes(record_type, name, meant):
                return Question(number=meant, columns=(name,))
    if columns and any(c.isdigit() for c in number):
        return Question(number=number, columns=columns)
    if number.isdigit():
        raise _unreadable(_("No number that is recorded here has this shape."))
    words = fold(text).split()
    if not words:
        raise _unreadable(_("Type at least one letter or digit to search for."))
    if len(words) > MOST_WORDS:
        raise _unreadable(_("Search for at most ten words."))
    if all(_shaped(record_type, name) for name in searchable):
        raise Malformed(_("These records cannot be searched by text."), code="unknown_filter")
    return Question(words=tuple(words))


def fold(text: str) -> str:
    """A text as the database folds names; the one definition is SQL's."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT fold(%s)", [clean])
        folded: str = cursor.fetchone()[0]
        return folded


def _unreadable(words: object) -> Malformed:
    return Malformed(words, code="query")  # type: ignore[arg-type]


def _shaped(record_type: RecordType, name: str) -> bool:
    """Whether a column holds numbers of a shape, and not names."""
    field = record_type.value_field(name)
    return isinstance(field, Text) and bool(field.shape)


def _takes(record_type: RecordType, name: str, number: str) -> bool:
    if not _shaped(record_type, name):
        return False
    try:
        record_type.value_field(name).clean(number, None)
    except ValidationError:
        return False
    return True
