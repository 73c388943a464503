"""Rows that break a rule with another row or with what is recorded: two at once, shares above the whole.

Whether rows clash does not depend on their order, nor on which rule is asked first: all are asked of the
same rows. Those that nothing else keeps out are compared with each other and with what is recorded; one
that is refused for another reason counts for no other row, and is told where it clashes with what is
recorded, so that all that is wrong with it is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.utils.translation import gettext_lazy as _

from records.imports.merging import GONE, condition_sql, quoted
from records.models import WithinWhole
from records.registry import RecordType

Rule = tuple[str, str, str, Any]

#: The rows in which nothing was found that keeps them out; of repeats the first.
GOOD = (
    "(SELECT * FROM merged WHERE NOT EXISTS"
    " (SELECT FROM kept_out WHERE kept_out.line = merged.line))"
)


def clashes(cursor: Any, job_id: Any, record_type: RecordType) -> Iterator[Rule]:
    """The rules of a type's model that look at several rows; to be asked once all else was found."""
    cursor.execute(
        """
        CREATE TEMP TABLE kept_out ON COMMIT DROP AS
        SELECT line, array_agg(field) FILTER (WHERE severity = 'error') AS wrong
        FROM import_fault WHERE import_id = %s AND (severity = 'error' OR code = 'repeated')
        GROUP BY line
        """,
        [job_id],
    )
    cursor.execute("ANALYZE kept_out")
    model = record_type.model
    single = [
        models.UniqueConstraint(fields=[f.name], name=f.name)
        for f in model._meta.concrete_fields
        if f.unique and not f.primary_key
    ]
    for rule in [*model._meta.constraints, *single]:
        if isinstance(rule, WithinWhole):
            yield "conflict", rule.share, _over(record_type, rule), words_of(rule)
            continue
        if isinstance(rule, models.UniqueConstraint):
            equal = [_column(model, name) for name in rule.fields]
            over_time = False
        elif isinstance(rule, ExclusionConstraint):
            equal = [_column(model, name) for name in getattr(rule, "fields_given", ())]
            over_time = True
        else:
            continue
        if set(equal) != set(record_type.identity):
            lines = _two_at_once(record_type, rule.condition, equal, over_time=over_time)
            yield "conflict", equal[0], lines, words_of(rule)


def words_of(rule: Any) -> Any:
    """What is said where a rule is broken."""
    if rule.violation_error_message == rule.default_violation_error_message:
        return _("This disagrees with what is recorded.")
    return rule.violation_error_message


def _refused(record_type: RecordType, *conditions: str) -> str:
    """The rows that are refused for something else than the columns named in any of `conditions`."""
    named = [f"'{n}'" for n in record_type.writable if any(f'"{n}"' in c for c in conditions)]
    return (
        "(SELECT merged.* FROM merged JOIN kept_out USING (line)"
        f" WHERE NOT wrong && ARRAY[{', '.join(named)}]::varchar[])"
    )


def _others(record_type: RecordType) -> str:
    """What is recorded and not named by a good row of the file."""
    identity = ", ".join(f'"{name}"' for name in record_type.identity)
    return (
        f"(SELECT * FROM {quoted(record_type)} AS rec"
        f" WHERE id NOT IN (SELECT record_id FROM {GOOD} AS row WHERE record_id IS NOT NULL)"
        f" AND NOT ({GONE} AND ({identity}) IN"
        f" (SELECT {identity} FROM {GOOD} AS row WHERE record_id IS NULL)))"
    )


def _two_at_once(
    record_type: RecordType, meant: Any, equal: Sequence[str], *, over_time: bool
) -> str:
    """The rows that say the same in the columns `equal` as others do; over time, at the same moment.

    `meant`: the condition of those that the rule speaks of.
    """
    condition = condition_sql(record_type.model, meant)
    keys = ", ".join(f'"{name}"' for name in equal)
    same = " AND ".join(f'a."{name}" = b."{name}"' for name in equal)
    period = ""
    if over_time:
        same, period = f"{same} AND {_days('a')} && {_days('b')}", '"valid_from" "valid_to"'
    refused = _refused(record_type, condition, keys, period)
    # What is not said is not the same as what another row does not say either.
    condition = " AND ".join([f"({condition})", *(f'"{name}" IS NOT NULL' for name in equal)])
    ours = f"(SELECT * FROM {GOOD} AS row WHERE {condition})"
    held = f"(SELECT * FROM {_others(record_type)} AS row WHERE {condition})"
    # Whoever stood there before is not told: the record says the same of at least this time.
    within = " AND was.valid_from <= a.valid_from AND coalesce(was.valid_to, 'infinity')"
    within += " >= coalesce(a.valid_to, 'infinity')"
    before = " AND ".join(f'was."{name}" = a."{name}"' for name in equal)
    return (
        f"SELECT a.line, NULL FROM {ours} AS a JOIN ("
        f"{_clashing(ours, keys, over_time=over_time)}"
        f" UNION SELECT a.line FROM {ours} AS a WHERE EXISTS (SELECT FROM {held} AS b WHERE {same})"
        ") AS told USING (line) WHERE NOT EXISTS"
        f" (SELECT FROM (SELECT * FROM {quoted(record_type)} AS rec WHERE {condition}) AS was"
        f" WHERE was.id = a.record_id AND {before}{within if over_time else ''})"
        f" UNION SELECT a.line, NULL FROM (SELECT * FROM {refused} AS row WHERE {condition}) AS a"
        f" WHERE EXISTS (SELECT FROM {held} AS b WHERE {same} AND b.id IS DISTINCT FROM a.record_id)"
    )


def _clashing(ours: str, keys: str, *, over_time: bool) -> str:
    """The rows that clash with another row of the same keys; over time, those whose periods meet.

    In the order of beginnings a period meets another where one before it has not ended, or the next
    has begun: so no row is compared with every other.
    """
    if not over_time:
        counted = f"SELECT line, count(*) OVER (PARTITION BY {keys}) AS n FROM {ours} AS row"
        return f"SELECT line FROM ({counted}) AS counted WHERE n > 1"
    ends = "coalesce(valid_to, 'infinity')"
    return f"""
      SELECT line FROM (
        SELECT line, valid_from, {ends} AS ends,
          max({ends}) OVER (PARTITION BY {keys} ORDER BY valid_from, line
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended,
          lead(valid_from) OVER (PARTITION BY {keys} ORDER BY valid_from, line) AS begins
        FROM {ours} AS row WHERE valid_to IS NULL OR valid_to >= valid_from) AS periods
      WHERE ended >= valid_from OR begins <= ends
    """


def _over(record_type: RecordType, rule: WithinWhole) -> str:
    """The rows that hold at a moment at which the shares, with those recorded, pass the whole."""
    whole = ", ".join(f'"{name}"' for name in rule.of)
    held = f'{whole}, "{rule.share}" AS share, valid_from, valid_to'
    refused = _refused(record_type, whole, f'"{rule.share}" "valid_from" "valid_to"')
    before = " AND ".join(f'was."{name}" = ours."{name}"' for name in rule.of)
    # A refused row is counted by itself: `apart` is its line, and 0 for all good rows together.
    return f"""
      WITH ours AS MATERIALIZED (
        SELECT apart, line, own, record_id, {held}
        FROM (SELECT 0 AS apart, NULL::uuid AS own, * FROM {GOOD} AS row
              UNION ALL SELECT line, record_id, * FROM {refused} AS row) AS row
        WHERE closed_on IS NULL AND (valid_to IS NULL OR valid_to >= valid_from)),
      meant AS (SELECT DISTINCT apart, own, {whole} FROM ours),
      held AS (SELECT apart, {held} FROM ours UNION ALL
        SELECT apart, {held} FROM {_others(record_type)} AS row JOIN meant USING ({whole})
        WHERE closed_on IS NULL AND id IS DISTINCT FROM own),
      step AS (SELECT apart, {whole}, share, 1 AS sign, valid_from AS at FROM held UNION ALL
        SELECT apart, {whole}, share, -1, valid_to + 1 FROM held WHERE valid_to IS NOT NULL),
      total AS (SELECT apart, {whole}, at,
        sum_shares(share, sign) OVER (PARTITION BY apart, {whole} ORDER BY at) AS sum FROM step)
      SELECT DISTINCT line, ours.share FROM total JOIN ours USING (apart, {whole})
      WHERE sum[1] > sum[2] AND at >= valid_from AND (valid_to IS NULL OR at <= valid_to)
        AND NOT EXISTS (SELECT FROM {quoted(record_type)} AS was
          WHERE was.id = record_id AND was.closed_on IS NULL AND {before}
          AND was."{rule.share}" = ours.share
          AND at >= was.valid_from AND (was.valid_to IS NULL OR at <= was.valid_to))
    """


def _days(alias: str) -> str:
    begins, ends = f"{alias}.valid_from", f"{alias}.valid_to"
    return f"CASE WHEN {ends} < {begins} THEN 'empty' ELSE daterange({begins}, {ends}, '[]') END"


def _column(model: type[models.Model], name: str) -> str:
    return str(next(f.column for f in model._meta.concrete_fields if f.name == name))
