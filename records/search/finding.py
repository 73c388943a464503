"""Finds records by names without accents, in any order, with a slip; and by numbers.

Common names are read in the order of the list until the page is full; rare ones come from the index of
words and pairs of words, at most CAP of them, and are sorted then. Either way reads little more than it
shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
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
#: As how many known words an unknown one is also searched, and how many a beginning stands for.
NEAR = 8
BEGUN = 24
#: As how many different names one question is searched at most.
WAYS = 64
#: Where fewer than this many are found, names one slip away are added.
FEW = 20

Row = tuple[Any, ...]
Placed = tuple[str, UUID]


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
        numbered = query.filter(_numbered(record_type, question)).order_by("id")
        return Found(list(numbered.values_list(*reading.paths)[:limit]))
    words = known(record_type.collection)
    asked = list(dict.fromkeys(question.words))
    listed: list[Row] = []
    if not where and words.share_of_all(asked) * READ_AHEAD >= PAGES_AHEAD * limit:
        listed = _in_order(_after(query, table, after), reading, words, asked, limit + 1)
        if len(listed) > limit:
            return Found(listed[:limit], more=True)
    placed = _meant_places(query, table, meant(words, asked))
    capped = len(placed) > CAP
    if capped and after is not None and listed:
        return Found(listed)
    placed = _placed_after(placed[:CAP], after)
    rows = _rows(query, reading, placed[:limit])
    if len(placed) > limit or after is not None or len(placed) >= FEW:
        return Found(rows, len(placed) > limit, capped)
    there = set(placed)
    near = [p for p in _indexed(query, table, nearly(words, asked), 10 * FEW) if p not in there]
    near = near[: limit - len(rows)]
    return Found([*rows, *_rows(query, reading, near)], near=len(near))


def _meant_places(query: QuerySet[Any], table: str, ways: Sequence[Sequence[str]]) -> list[Placed]:
    """At most CAP + 1 places: of what was typed as it stands, then of what else may be meant.

    One after the other, because a beginning may stand for words that half of all names hold.
    """
    placed = _indexed(query, table, ways[:1], CAP + 1)
    if len(placed) <= CAP:
        placed = sorted({*placed, *_indexed(query, table, ways[1:], CAP + 1)})[: CAP + 1]
    return placed


def meant(words: Words, asked: Sequence[str]) -> list[list[str]]:
    """The names that may be meant: the last word also as a beginning, an unknown word also as the
    known words one slip away."""
    choices = []
    for i, word in enumerate(asked):
        may = [word]
        if _begins(words, asked, i):
            may += words.beginning_with(word, BEGUN)
        if len(may) == 1 and word not in words.share:
            may += words.near(word, NEAR)
        choices.append(may)
    return [list(way) for way in islice(product(*choices), WAYS)]


def nearly(words: Words, asked: Sequence[str]) -> list[list[str]]:
    """The names in which one of the words asked for is another one, one slip away."""
    ways = []
    for i, word in enumerate(asked):
        others = [*asked[:i], *asked[i + 1 :]]
        if all(other in words.share for other in others):
            ways += [[near, *others] for near in words.near(word, NEAR)]
    return ways[:WAYS]


def _begins(words: Words, asked: Sequence[str], i: int) -> bool:
    """Whether a word is also taken as a beginning: the last one, unless it is a short word itself."""
    return i == len(asked) - 1 and not (len(asked[i]) <= 2 and asked[i] in words.share)


def _terms(words: Sequence[str]) -> list[str]:
    """What a name of these words is indexed by, as SQL's `name_terms` says: the pairs, if any."""
    said = sorted(set(words))
    return [f"{a} {b}" for a, b in combinations(said, 2)] or said


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
    ahead = query.order_by("sort_key", "id").values_list("folded", *reading.paths)[:READ_AHEAD]
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
        return [row[1:] for row in cursor.fetchall()]


def _indexed(
    query: QuerySet[Any], table: str, ways: Sequence[Sequence[str]], most: int
) -> list[Placed]:
    """The places in the list of at most `most` records that are named in one of these ways."""
    if not ways:
        return []
    held = [f'name_terms("{table}"."folded") @> %s::text[]'] * len(ways)
    parameters = [_terms(way) for way in ways]
    found = query.extra(where=[" OR ".join(held)], params=parameters)  # noqa: S610
    with connection.cursor() as cursor:
        # The planner would rather read the whole table for words that are common apart and rare
        # together; the index of words is never much slower.
        cursor.execute(PLANNER, ["off", "off"])
        placed = list(found.values_list("sort_key", "id")[:most])
        cursor.execute(PLANNER, ["on", "on"])
    return sorted(placed)


# With little memory a bitmap forgets rows and remembers pages, and every row of them is judged anew.
PLANNER = (
    "SELECT set_config('enable_seqscan', %s, true), set_config('enable_indexscan', %s, true),"
    " set_config('work_mem', '64MB', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)


def _placed_after(placed: list[Placed], after: UUID | None) -> list[Placed]:
    """Those that come after `after`, which was itself among them."""
    if after is None:
        return placed
    at = next((i for i, (_key, who) in enumerate(placed) if who == after), None)
    return placed[at + 1 :] if at is not None else []


def _rows(query: QuerySet[Any], reading: Plan, placed: Sequence[Placed]) -> list[Row]:
    """The rows of these places, in their order."""
    ids = [who for _key, who in placed]
    at = META.index("id")
    rows = {row[at]: row for row in query.filter(pk__in=ids).values_list(*reading.paths)}
    return [rows[who] for who in ids if who in rows]
