"""What can be wrong with the rows of a file among each other and with what is recorded, a rule a query.

Each rule is a code, the field it is told about, a query of (line, raw) over the table `merged`, and
words. Rules come in the order of the contract: where a field has an error, no later one is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from records.imports.merging import GONE, condition_sql, quoted
from records.imports.models import Import
from records.imports.values import WARNINGS, in_languages
from records.imports.working import stand
from records.models import Reckoned, WithinWhole
from records.registry import ByKind, RecordType, record_types


def find_all(cursor: Any, job: Import, record_type: RecordType, fields: list[str]) -> None:
    """Note every fault of the rows of `job`, which stand in `merged`."""
    check = Check(cursor, job, record_type, fields)
    for code, name, lines, detail in chain(_shapes(check), _rules(check), _steps(check)):
        stand(job)
        check.find(code, name, lines, detail)


class Check:
    """The faults of one import on their way into the database."""

    def __init__(
        self, cursor: Any, job: Import, record_type: RecordType, fields: list[str]
    ) -> None:
        self.cursor, self.job, self.record_type, self.fields = cursor, job, record_type, fields
        #: The rows in which nothing was found that keeps them out; of repeats the first.
        self.good = (
            "(SELECT * FROM merged WHERE NOT EXISTS (SELECT FROM import_fault AS found"
            " WHERE found.import_id = %(job)s AND found.line = merged.line"
            " AND (found.severity = 'error' OR found.code = 'repeated')))"
        )

    def find(self, code: str, name: str, lines: str, detail: Any) -> None:
        """Note `code` for a field in the rows that `lines` finds, where nothing graver stands."""
        warning = code in WARNINGS
        self.cursor.execute(
            f"""
            INSERT INTO import_fault (import_id, line, field, code, severity, stage, detail, raw)
            SELECT DISTINCT %(job)s::uuid, line, %(field)s, %(code)s, %(severity)s, 'checking',
              %(detail)s::jsonb, coalesce(raw, '')
            FROM ({lines}) AS wrong (line, raw)
            WHERE NOT EXISTS (SELECT FROM import_fault AS graver
              WHERE graver.import_id = %(job)s AND graver.line = wrong.line
              AND graver.field = %(field)s AND graver.severity = 'error')
            ON CONFLICT DO NOTHING
            """,
            {
                "job": self.job.id,
                "units": self.job.units,
                "field": name,
                "code": code,
                "severity": "warning" if warning else "error",
                "detail": Jsonb(in_languages(detail)),
            },
        )


Rule = tuple[str, str, str, Any]


def _shapes(check: Check) -> Iterator[Rule]:
    """Missing values, rows that speak of the same fact, references to what is nowhere."""
    record_type = check.record_type
    for name in record_type.needed_in_files:
        yield (
            "missing",
            name,
            f'SELECT line, NULL FROM merged WHERE "{name}" IS NULL AND record_id IS NULL',
            _("This is needed."),
        )
    yield from _doubles(check)
    for name in check.fields:
        yield from _references(check, name)


def _doubles(check: Check) -> Iterator[Rule]:
    columns = check.record_type.columns
    needed = [name for name in check.record_type.identity if not columns[name].null]
    # What a fact may lack is the same where both lack it.
    identity = ", ".join(
        f'"{name}"' if name in needed else f"coalesce(\"{name}\"::text, '')"
        for name in check.record_type.identity
    )
    known = " AND ".join(f'"{name}" IS NOT NULL' for name in needed)
    check.cursor.execute(
        f"""
        CREATE TEMP TABLE doubles ON COMMIT DROP AS
        SELECT line, first_value(line) OVER same AS first, says, first_value(says) OVER same AS said,
          dense_rank() OVER (ORDER BY {identity}) AS fact
        FROM (SELECT merged.*, (row.cells, (
                -- A cell that cannot be read is no blank one: what was found there counts as its content.
                SELECT array_agg(found.field || found.code || found.raw ORDER BY found.field)
                FROM import_fault AS found WHERE found.import_id = %(job)s
                AND found.line = merged.line AND found.severity = 'error'))::text AS says
              FROM merged JOIN import_row AS row
              ON row.import_id = %(job)s AND row.line = merged.line
              WHERE ({identity}) IN (SELECT {identity} FROM merged WHERE {known}
                                     GROUP BY {identity} HAVING count(*) > 1)) AS several
        WINDOW same AS (PARTITION BY {identity} ORDER BY line)
        """,
        {"job": check.job.id},
    )
    check.cursor.execute(
        """
        CREATE TEMP TABLE unlike ON COMMIT DROP AS
        SELECT DISTINCT fact FROM doubles WHERE says IS DISTINCT FROM said
        """
    )
    name = check.record_type.identity[0]
    yield (
        "duplicate",
        name,
        "SELECT line, NULL FROM doubles WHERE fact IN (SELECT fact FROM unlike)",
        _("The same stands in this file more than once, and the rows differ. Keep one."),
    )
    yield (
        "repeated",
        name,
        (
            "SELECT line, first::text FROM doubles WHERE line > first"
            " AND fact NOT IN (SELECT fact FROM unlike)"
        ),
        _("This row repeats an earlier one, which counts."),
    )


def _references(check: Check, name: str) -> Iterator[Rule]:
    record_type = check.record_type
    field = record_type.columns[name]
    types = record_types()
    targets: list[tuple[str, RecordType, str]] = []
    if isinstance(field, models.ForeignKey):
        parent = next(t for t in types.values() if t.model is field.related_model)
        targets = [("", parent, str(field.target_field.column))]
    else:
        pointed = record_type.pointed_at(name)
        targets = [(kind, types[c], types[c].key) for kind, c in pointed if c in types]
    for kind in dict.fromkeys(kind for kind, _target, _key in targets):
        of_kind = [(target, key) for said, target, key in targets if said == kind]
        meant = f" AND merged.\"{_kind_of(record_type, name)}\" = '{kind}'" if kind else ""
        yield _reference(check, name, of_kind, meant)


def _kind_of(record_type: RecordType, name: str) -> str:
    said = record_type.references[name]
    assert isinstance(said, ByKind)
    return said.column


def _reference(check: Check, name: str, targets: list[tuple[RecordType, str]], meant: str) -> Rule:
    """The rule that one of `targets` is recorded under the key in `name`, for rows that mean them."""
    record_type = check.record_type
    nowhere = [
        f'NOT EXISTS (SELECT FROM {quoted(target)} AS held WHERE held."{key}" = merged."{name}")'
        for target, key in targets
    ]
    if any(key in target.subjects for target, key in targets):
        # Somebody is known by the numbers they had, too.
        nowhere.append(f'NOT EXISTS (SELECT FROM standing_succession WHERE old = merged."{name}")')
    if any(target is record_type for target, _key in targets):
        nowhere.append(
            f'NOT EXISTS (SELECT FROM merged AS here WHERE here."{record_type.key}" = merged."{name}")'
        )
    ours = any(
        target.model._meta.app_label == record_type.model._meta.app_label
        for target, _key in targets
    )
    return (
        "reference" if ours else "foreign_reference",
        name,
        (
            f'SELECT line, "{name}"::text FROM merged WHERE "{name}" IS NOT NULL'
            f" AND outcome <> 'unchanged'{meant} AND {' AND '.join(nowhere)}"
        ),
        _("This is not recorded here.")
        if ours
        else _("This person or firm is not recorded in our registries."),
    )


def _rules(check: Check) -> Iterator[Rule]:
    """The model's own constraints, over the rows and what is recorded and not named in the file."""
    record_type = check.record_type
    model, table = record_type.model, quoted(record_type)
    identity = ", ".join(f'"{name}"' for name in record_type.identity)
    others = (
        f"(SELECT * FROM {table} AS rec WHERE id NOT IN (SELECT record_id FROM {check.good} AS row"
        f" WHERE record_id IS NOT NULL) AND NOT ({GONE} AND ({identity}) IN"
        f" (SELECT {identity} FROM {check.good} AS row WHERE record_id IS NULL)))"
    )
    rules: list[Any] = [*model._meta.constraints]
    rules += [
        models.UniqueConstraint(fields=[f.name], name=f.name)
        for f in model._meta.concrete_fields
        if f.unique and not f.primary_key
    ]
    for rule in rules:
        code = {"range": "range"}.get(rule.violation_error_code or "", "conflict")
        words = rule.violation_error_message
        if words == rule.default_violation_error_message:
            words = _("This disagrees with what is recorded.")
        if isinstance(rule, models.CheckConstraint):
            condition = condition_sql(model, rule.condition)
            yield (
                code,
                _named(record_type, condition),
                f"SELECT line, NULL FROM {check.good} AS row WHERE NOT ({condition})",
                words,
            )
            continue
        if isinstance(rule, models.UniqueConstraint):
            columns = [_column(model, name) for name in rule.fields]
            if set(columns) == set(record_type.identity):
                continue
            equal, overlap = columns, ""
        elif isinstance(rule, ExclusionConstraint):
            fields = getattr(rule, "fields_given", ())
            equal = [_column(model, name) for name in fields]
            overlap = f" AND {_days('a')} && {_days('b')}"
        elif isinstance(rule, WithinWhole):
            yield "conflict", rule.share, _over(rule, check.good, others), words
            continue
        elif isinstance(rule, Reckoned):
            yield (
                "structure",
                rule.field,
                (
                    f'SELECT line, "{rule.field}"::text FROM {check.good} AS row'
                    f" WHERE outcome <> 'unchanged' AND \"{rule.field}\" <> {rule.call('row')}"
                ),
                words,
            )
            continue
        else:
            continue
        condition = condition_sql(model, rule.condition)
        same = " AND ".join(f'a."{name}" = b."{name}"' for name in equal)
        # What is not said is not the same as what another row does not say either.
        condition = " AND ".join([f"({condition})", *(f'"{name}" IS NOT NULL' for name in equal)])
        ours = f"(SELECT * FROM {check.good} AS row WHERE {condition})"
        held = f"(SELECT * FROM {others} AS row WHERE {condition})"
        keys = ", ".join(f'"{name}"' for name in equal)
        yield (
            "conflict",
            equal[0],
            (
                f"SELECT line, NULL FROM ({_clashing(ours, keys, over_time=bool(overlap))}) AS clashing"
                f" UNION SELECT a.line, NULL FROM {ours} AS a"
                f" WHERE EXISTS (SELECT FROM {held} AS b WHERE {same}{overlap})"
            ),
            words,
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


def _over(rule: WithinWhole, ours: str, others: str) -> str:
    """The rows that hold at a moment at which the shares, with those recorded, pass the whole."""
    whole = ", ".join(f'"{name}"' for name in rule.of)
    held = f'{whole}, "{rule.share}" AS share, valid_from, valid_to'
    return f"""
      WITH ours AS MATERIALIZED (SELECT line, {held} FROM {ours} AS row
        WHERE closed_on IS NULL AND (valid_to IS NULL OR valid_to >= valid_from)),
      held AS (SELECT {held} FROM ours UNION ALL SELECT {held} FROM {others} AS row
        WHERE closed_on IS NULL AND ({whole}) IN (SELECT {whole} FROM ours)),
      step AS (SELECT {whole}, share, 1 AS sign, valid_from AS at FROM held UNION ALL
        SELECT {whole}, share, -1, valid_to + 1 FROM held WHERE valid_to IS NOT NULL),
      total AS (SELECT {whole}, at,
        sum_shares(share, sign) OVER (PARTITION BY {whole} ORDER BY at) AS sum FROM step)
      SELECT DISTINCT line, ours.share FROM total JOIN ours USING ({whole})
      WHERE sum[1] > sum[2] AND at >= valid_from AND (valid_to IS NULL OR at <= valid_to)
    """


def _days(alias: str) -> str:
    begins, ends = f"{alias}.valid_from", f"{alias}.valid_to"
    return f"CASE WHEN {ends} < {begins} THEN 'empty' ELSE daterange({begins}, {ends}, '[]') END"


def _column(model: type[models.Model], name: str) -> str:
    return str(next(f.column for f in model._meta.concrete_fields if f.name == name))


def _named(record_type: RecordType, condition: str) -> str:
    """The field that a broken rule is told about: the first one it names."""
    places = {condition.find(f'"{name}"'): name for name in record_type.writable}
    return next(name for place, name in sorted(places.items()) if place >= 0)


def _steps(check: Check) -> Iterator[Rule]:
    """What a record's own life forbids: closed, a step not allowed, a number given away."""
    record_type, key = check.record_type, check.record_type.identity[0]
    yield (
        "conflict",
        key,
        "SELECT line, NULL FROM merged WHERE ended IS NOT NULL AND outcome = 'changed'",
        _("This record is closed. Closed records do not change."),
    )
    if record_type.identity == (record_type.key,) and record_type.key in record_type.subjects:
        yield (
            "conflict",
            key,
            (
                f'SELECT line, new FROM merged JOIN standing_succession ON old = "{key}"'
                " WHERE record_id IS NULL"
            ),
            _("This number was replaced by another one. Write the new number."),
        )
    if record_type.states and "status" in check.fields:
        yield from _states(check)
    if check.job.units and record_type.unit:
        unit = record_type.unit
        yield (
            "conflict",
            unit,
            (
                f"SELECT line, NULL FROM merged LEFT JOIN {quoted(record_type)} AS rec"
                f' ON rec.id = record_id WHERE (merged."{unit}" = ANY(%(units)s)) IS NOT TRUE'
                f' OR (record_id IS NOT NULL AND (rec."{unit}" = ANY(%(units)s)) IS NOT TRUE)'
            ),
            _("You may not record for this unit."),
        )


def _states(check: Check) -> Iterator[Rule]:
    record_type = check.record_type
    assert record_type.states is not None
    first = ", ".join(f"'{s}'" for s in record_type.states.initial)
    yield (
        "conflict",
        "status",
        f"SELECT line, status FROM merged WHERE record_id IS NULL AND status NOT IN ({first})",
        _("No record begins with this status."),
    )
    allowed = [
        f"'{old} {new}'"
        for old, after in record_type.states.steps.items()
        for new in after
        if not record_type.states.takers(old, new)
    ]
    yield (
        "conflict",
        "status",
        (
            f"SELECT line, rec.status || ' → ' || merged.status FROM merged"
            f" JOIN {quoted(record_type)} AS rec ON rec.id = record_id WHERE merged.status <> rec.status"
            f" AND rec.status || ' ' || merged.status NOT IN ({', '.join(allowed) or 'NULL'})"
        ),
        _("The status cannot go from there to here by an import."),
    )
