"""Finds records by names without accents, in any order, with a slip; and by numbers.

Common names are read in the order of the list until the page is full; rare ones come from the index of
words, at most CAP of them, and are sorted then. Either way reads little more than it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from records.access import numbers
from records.fields import PersonalId
from records.registry import RecordType
from records.rows import META, Plan
from records.search.questions import Question
from records.search.words import Words, known

CAP = 1_000
#: How many records may be read in the order of the list before the index is asked after all.
READ_AHEAD = 20_000
#: The list is read in its own order where so many pages are expected among READ_AHEAD records.
PAGES_AHEAD = 3
#: As how many known words an unknown one is also searched.
NEAR = 8
#: Where fewer than this many are found, names one slip away are added.
FEW = 20

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows in the order of the list.

    `more`: a further page. `capped`: more than CAP answer, of which CAP are shown. `near`: how many of
    the last rows only resemble what was asked.
    """

    rows: list[Row]
    more: bool = False
    capped: bool = False
    near: int = 0


def find_page(
    record_type: RecordType,
    reading: Plan,
    question: Question,
    where: Q,
    *,
    after: UUID | None,
    limit: int,
) -> Found:
    """At most `limit` rows of `reading` that answer `question` within `where`, after the id `after`."""
    table = record_type.model._meta.db_table
    query = record_type.model._base_manager.filter(where)
    if question.number:
        rows = _sorted(query.filter(_numbered(record_type, question)), reading, limit)
        return Found(rows[:limit])
    words = known(record_type.collection)
    listed: list[Row] = []
    if not where and words.share_of_all(question.words) * READ_AHEAD >= PAGES_AHEAD * limit:
        listed = _in_order(_after(query, table, after), reading, words, question.words, limit + 1)
        if len(listed) > limit:
            return Found(listed[:limit], more=True)
    rows = _indexed(query, table, reading, meant(words, question.words), CAP + 1)
    capped = len(rows) > CAP
    if capped and after is not None and listed:
        return Found(listed)
    rows = _page_after(query, rows[:CAP], after)
    if len(rows) > limit or after is not None or len(rows) >= FEW:
        return Found(rows[:limit], len(rows) > limit, capped)
    return _with_near(query, table, reading, words, question.words, rows, limit)


def meant(words: Words, asked: Sequence[str]) -> str:
    """The tsquery of what was typed: an unknown word also as the known words one slip away."""
    parts = []
    for i, word in enumerate(asked):
        may = [f"{word}:*" if _begins(words, asked, i) else word]
        if word not in words.share and not (i == len(asked) - 1 and words.begun_by(word)):
            may += words.near(word, NEAR)
        parts.append(f"({' | '.join(may)})")
    return " & ".join(parts)


def nearly(words: Words, asked: Sequence[str]) -> str:
    """The tsquery of names in which one of the words asked for is another, one slip away."""
    ways = []
    for i, word in enumerate(asked):
        others = [*asked[:i], *asked[i + 1 :]]
        near = words.near(word, NEAR)
        if near and all(other in words.share for other in others):
            ways.append(" & ".join([f"({' | '.join(near)})", *others]))
    return " | ".join(f"({way})" for way in ways)


def _begins(words: Words, asked: Sequence[str], i: int) -> bool:
    """Whether a word is also taken as a beginning: the last one, unless it is a short word itself."""
    return i == len(asked) - 1 and not (len(asked[i]) <= 2 and asked[i] in words.share)


def _paths(reading: Plan) -> tuple[str, ...]:
    return ("sort_key", "folded", *reading.paths)


def _sorted(query: QuerySet[Any], reading: Plan, limit: int) -> list[Row]:
    return list(query.order_by("id").values_list(*reading.paths)[:limit])


def _numbered(record_type: RecordType, question: Question) -> Q:
    found = Q()
    for name in question.columns:
        held = [question.number]
        if isinstance(record_type.value_field(name), PersonalId):
            held = numbers.all_numbers(held)
        found |= Q(**{f"{record_type.path(name)}__in": held})
    return found


def _after(query: QuerySet[Any], table: str, after: UUID | None) -> QuerySet[Any]:
    if after is None:
        return query
    place = (
        f'("{table}".sort_key, "{table}".id) > ((SELECT sort_key FROM "{table}" WHERE id = %s), %s)'
    )
    return query.extra(where=[place], params=[after, after])  # noqa: S610


def _in_order(
    query: QuerySet[Any], reading: Plan, words: Words, asked: Sequence[str], most: int
) -> list[Row]:
    """The first `most` rows that hold all words, among the next READ_AHEAD of the list."""
    ahead = query.order_by("sort_key", "id").values_list(*_paths(reading))[:READ_AHEAD]
    statement, parameters = ahead.query.sql_with_params()
    holds = [
        f"% {word}%" if _begins(words, asked, i) else f"% {word} %" for i, word in enumerate(asked)
    ]
    said = " AND ".join("' ' || folded || ' ' LIKE %s" for _hold in holds)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({statement}) AS ahead WHERE {said} LIMIT %s",
            [*parameters, *holds, most],
        )
        return [row[2:] for row in cursor.fetchall()]


def _indexed(query: QuerySet[Any], table: str, reading: Plan, tsquery: str, most: int) -> list[Row]:
    """At most `most` rows by the index of words, in the order of the list."""
    vector = f"to_tsvector('simple'::regconfig, COALESCE(\"{table}\".\"folded\", ''))"
    found = query.extra(where=[f"{vector} @@ to_tsquery('simple', %s)"], params=[tsquery])  # noqa: S610
    with connection.cursor() as cursor:
        # The planner would rather read the whole table for words that are common apart and rare
        # together; the index of words is never much slower.
        cursor.execute(PLANNER, ["off", "off"])
        rows = list(found.values_list(*_paths(reading))[:most])
        cursor.execute(PLANNER, ["on", "on"])
    at = 2 + META.index("id")
    rows.sort(key=lambda row: (row[0], row[at]))
    return [row[2:] for row in rows]


PLANNER = "SELECT set_config('enable_seqscan', %s, true), set_config('enable_indexscan', %s, true)"


def _page_after(query: QuerySet[Any], rows: list[Row], after: UUID | None) -> list[Row]:
    """Those rows that come after `after`, which was itself among them."""
    if after is None:
        return rows
    at = META.index("id")
    place = next((i for i, row in enumerate(rows) if row[at] == after), None)
    return rows[place + 1 :] if place is not None else []


def _with_near(
    query: QuerySet[Any],
    table: str,
    reading: Plan,
    words: Words,
    asked: Sequence[str],
    rows: list[Row],
    limit: int,
) -> Found:
    tsquery = nearly(words, asked)
    if not tsquery:
        return Found(rows)
    at = META.index("id")
    there = {row[at] for row in rows}
    near = [
        row for row in _indexed(query, table, reading, tsquery, 10 * FEW) if row[at] not in there
    ]
    near = near[: limit - len(rows)]
    return Found([*rows, *near], near=len(near))
