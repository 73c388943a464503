"""The numbers a person or firm has had: one subject, looked up by all of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

CHAIN = """
WITH RECURSIVE chain (number) AS (
  SELECT unnest(%s::text[])
  UNION
  SELECT found.number FROM chain, LATERAL (
    SELECT new AS number FROM standing_succession WHERE old = chain.number
    UNION ALL
    SELECT old FROM standing_succession WHERE new = chain.number
  ) AS found
)
SELECT number FROM chain
"""

NEWEST = """
WITH RECURSIVE chain (number, step) AS (
  SELECT %s::text, 0
  UNION ALL
  SELECT new, step + 1 FROM chain JOIN standing_succession ON old = chain.number
)
SELECT number FROM chain ORDER BY step DESC LIMIT 1
"""


def all_numbers(numbers: Iterable[str]) -> list[str]:
    """Every number that whoever has or had one of `numbers` has or had, those given first."""
    given = list(numbers)
    with connection.cursor() as cursor:
        cursor.execute(CHAIN, [given])
        return list(dict.fromkeys([*given, *(number for (number,) in cursor.fetchall())]))


def newest(number: str) -> str:
    """The number that stands for `number` today; the same where none replaced it."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [number])
        found: str = cursor.fetchone()[0]
        return found
