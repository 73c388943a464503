"""Looks for what disagrees: each rule a transaction; what no longer does is over."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from records.findings.models import Finding
from records.findings.rules import Rule, rules
from records.imports.merging import subjects_sql

log = logging.getLogger(__name__)
#: After how long a rule is given up; the others are asked all the same.
LONGEST = "30min"


def look(tell: Callable[[str, int, int], None] | None = None) -> bool:
    """Ask every rule. `tell` hears of each: its name, how many are new, how many are over.

    Returns False, and does nothing, where another process is at it. Raises RuntimeError at the end where
    rules could not be asked.
    """
    failed: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('findings', 2))")
        if not cursor.fetchone()[0]:
            return False
    try:
        for rule in rules().values():
            try:
                new, over = _ask(rule)
            except DatabaseError:
                # The others are asked all the same.
                log.exception("the rule %s could not be asked", rule.name)
                failed.append(rule.name)
                continue
            if tell:
                tell(rule.name, new, over)
        Finding.objects.filter(ended_at=None).exclude(rule__in=rules()).update(ended_at=Now())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended('findings', 2))")
    if failed:
        raise RuntimeError(f"rules that could not be asked: {', '.join(failed)}")
    return True


def _ask(rule: Rule) -> tuple[int, int]:
    table, record_type = rule.record_type.model._meta.db_table, rule.record_type
    unit = f'rec."{record_type.unit}"' if record_type.unit else "NULL"
    about = subjects_sql(record_type, f'(SELECT * FROM "{table}" JOIN wrong USING (id))', "rec.id")
    named = (
        f"SELECT id, array_agg(DISTINCT subject) AS subjects FROM ({about}) AS about GROUP BY id"
    )
    given = {"rule": rule.name, "collection": record_type.collection}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
        cursor.execute(
            f"""
            CREATE TEMP TABLE wrong ON COMMIT DROP AS
            SELECT id, min(said::text)::jsonb AS said FROM ({rule.query}) AS found GROUP BY id
            """
        )
        cursor.execute("ANALYZE wrong")
        cursor.execute(
            f"""
            INSERT INTO finding (rule, collection, record_id, record_key, unit, subjects, said)
            SELECT %(rule)s, %(collection)s, rec.id, rec."{record_type.key}"::text, {unit},
              coalesce(named.subjects, '{{}}'), wrong.said
            FROM wrong JOIN "{table}" AS rec USING (id)
            LEFT JOIN ({named if about else "SELECT NULL::uuid AS id, NULL::text[] AS subjects"})
              AS named USING (id)
            ORDER BY rec.id
            ON CONFLICT (rule, record_id) WHERE ended_at IS NULL DO UPDATE
            SET unit = excluded.unit, subjects = excluded.subjects, said = excluded.said,
              record_key = excluded.record_key
            WHERE (finding.unit, finding.subjects, finding.said, finding.record_key)
              IS DISTINCT FROM (excluded.unit, excluded.subjects, excluded.said, excluded.record_key)
            RETURNING xmax = 0
            """,
            given,
        )
        new = sum(first for (first,) in cursor.fetchall())
        cursor.execute(
            """
            UPDATE finding SET ended_at = now() WHERE rule = %(rule)s AND ended_at IS NULL
            AND NOT EXISTS (SELECT FROM wrong WHERE wrong.id = record_id)
            """,
            given,
        )
        over = cursor.rowcount
        cursor.execute("DROP TABLE wrong")
    return new, over
