"""Looks for what disagrees: each rule a transaction; what no longer does is over."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models.functions import Now

from records.findings.models import Finding
from records.findings.rules import Rule, rules
from records.imports.merging import subjects_sql

#: After how long a rule is given up; the others are asked all the same.
LONGEST = "30min"


def look(tell: Callable[[str, int, int], None] | None = None) -> bool:
    """Ask every rule. `tell` hears of each: its name, how many are new, how many are over.

    Returns False, and does nothing, where another process is at it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('findings', 2))")
        if not cursor.fetchone()[0]:
            return False
    try:
        for rule in rules().values():
            new, over = _ask(rule)
            if tell:
                tell(rule.name, new, over)
        Finding.objects.filter(ended_at=None).exclude(rule__in=rules()).update(ended_at=Now())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended('findings', 2))")
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
        cursor.execute(
            f"""
            INSERT INTO finding (rule, collection, record_id, record_key, unit, subjects, said)
            SELECT %(rule)s, %(collection)s, rec.id, rec."{record_type.key}"::text, {unit},
              coalesce(named.subjects, '{{}}'), wrong.said
            FROM wrong JOIN "{table}" AS rec USING (id)
            LEFT JOIN ({named if about else "SELECT NULL::uuid AS id, NULL::text[] AS subjects"})
              AS named USING (id)
            ORDER BY rec.id
            ON CONFLICT (rule, record_id) WHERE ended_at IS NULL DO NOTHING
            """,
            given,
        )
        new = cursor.rowcount
        cursor.execute(
            """
            UPDATE finding SET ended_at = now() WHERE rule = %(rule)s AND ended_at IS NULL
            AND record_id NOT IN (SELECT id FROM wrong)
            """,
            given,
        )
        over = cursor.rowcount
        cursor.execute("DROP TABLE wrong")
    return new, over
