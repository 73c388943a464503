"""What can be wrong with the rows of a file among each other and with what is recorded, a rule a query.

Each rule is a code, the field it is told about, a query of (line, raw) over the table `merged`, and
words. Rules come in the order of the contract: where a field has an error, no later one is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from records.imports.clashes import Rule, clashes, words_of
from records.imports.merging import GONE, condition_sql, quoted
from records.imports.models import Import
from records.imports.values import WARNINGS, in_languages
from records.imports.working import stand
from records.owners import ENTERPRISE
from records.registry import ByKind, RecordType, record_types

#: After how many seconds it is asked whether the import was cancelled meanwhile.
PATIENCE = 1


def find_all(cursor: Any, job: Import, record_type: RecordType, fields: list[str]) -> None:
    """Note every fault of the rows of `job`, which stand in `merged`."""
    check = Check(cursor, job, record_type, fields)
    rules = (
        _missing(check),
        _kinds(check),
        _of_one_row(check, "missing", "range"),
        _doubles(check),
        *(_references(check, name) for name in fields),
        _of_one_row(check, "conflict"),
        _steps(check),
        clashes(cursor, job.id, record_type),
    )
    looked = 0.0
    for code, name, lines, detail in chain(*rules):
        if time.monotonic() - looked > PATIENCE:
            stand(job)
            looked = time.monotonic()
        check.find(code, name, lines, detail)


class Check:
    """The faults of one import on their way into the database."""

    def __init__(
        self, cursor: Any, job: Import, record_type: RecordType, fields: list[str]
    ) -> None:
        self.cursor, self.job, self.record_type, self.fields = cursor, job, record_type, fields

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


def _missing(check: Check) -> Iterator[Rule]:
    for name in check.record_type.needed_in_files:
        yield (
            "missing",
            name,
            f'SELECT line, NULL FROM merged WHERE "{name}" IS NULL AND record_id IS NULL',
            _("This is needed."),
        )


def _kinds(check: Check) -> Iterator[Rule]:
    """Values that are not what another column says they are: the file lacks that one or leaves it blank,
    so that what is recorded says it."""
    record_type = check.record_type
    for name in check.fields:
        field: Any = record_type.value_field(name)
        if getattr(field, "beside", "") in record_type.columns:
            holds = field.check_sql().replace("{c}", f'"{name}"')
            yield (
                "format" if field.shape else "choice",
                name,
                f'SELECT line, "{name}" FROM merged WHERE NOT ({holds})',
                field.among(None).explain,
            )


def _of_one_row(check: Check, *codes: str) -> Iterator[Rule]:
    """The model's rules about one row, asked of every row that can be read in all that a rule names."""
    record_type = check.record_type
    for rule in record_type.model._meta.constraints:
        code = rule.violation_error_code or ""
        code = code if code in {"missing", "range"} else "conflict"
        if code not in codes or not isinstance(rule, models.CheckConstraint):
            continue
        condition = condition_sql(record_type.model, rule.condition)
        named = _named(record_type, condition)
        wrong = (
            f"SELECT line, NULL FROM merged WHERE NOT ({condition}) AND NOT EXISTS"
            " (SELECT FROM import_fault AS found WHERE found.import_id = %(job)s"
            " AND found.line = merged.line AND found.severity = 'error'"
            f" AND found.field IN ({', '.join(repr(name) for name in named)}))"
        )
        if code == "missing":
            for name in named:
                yield code, name, f'{wrong} AND "{name}" IS NULL', words_of(rule)
        else:
            yield code, named[0], wrong, words_of(rule)


def _named(record_type: RecordType, condition: str) -> list[str]:
    """The fields that a rule names, in its order; of a broken one it is told about the first."""
    places = {condition.find(f'"{name}"'): name for name in record_type.writable}
    return [name for place, name in sorted(places.items()) if place >= 0]


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
        rule = _reference(check, name, of_kind, meant)
        key = of_kind[0][0].columns[of_kind[0][1]]
        if not kind and getattr(key, "households", None):
            # Twelve digits are a firm's only where a household business is recorded under them.
            shape = f'{rule[2]} AND length("{name}") = 12'
            yield "format", name, shape, ENTERPRISE.explain
        yield rule


def _kind_of(record_type: RecordType, name: str) -> str:
    said = record_type.references[name]
    assert isinstance(said, ByKind)
    return said.column


def _reference(check: Check, name: str, targets: list[tuple[RecordType, str]], meant: str) -> Rule:
    """The rule that one of `targets` is recorded under the key in `name`, for rows that mean them."""
    record_type = check.record_type
    nowhere = [
        f'NOT EXISTS (SELECT FROM {quoted(target)} AS rec WHERE rec."{key}" = merged."{name}"'
        f" AND NOT {GONE})"
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
    # What is recorded already was taken without: to say it again is no fault.
    told = " AND outcome <> 'unchanged'" if ours else ""
    return (
        "reference" if ours else "foreign_reference",
        name,
        (
            f'SELECT line, "{name}"::text FROM merged WHERE "{name}" IS NOT NULL'
            f"{told}{meant} AND {' AND '.join(nowhere)}"
        ),
        _("This is not recorded here.")
        if ours
        else _("This person or firm is not recorded in our registries."),
    )


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
    # A list says where a record stands now: the steps between, an operation's too, were taken meanwhile.
    allowed = [
        f"'{old} {new}'"
        for old in record_type.states.steps
        for new in record_type.states.reached(old)
    ]
    yield (
        "conflict",
        "status",
        (
            f"SELECT line, rec.status || ' → ' || merged.status FROM merged"
            f" JOIN {quoted(record_type)} AS rec ON rec.id = record_id WHERE merged.status <> rec.status"
            f" AND rec.status || ' ' || merged.status NOT IN ({', '.join(allowed) or 'NULL'})"
        ),
        _("No steps lead from the recorded status to this one."),
    )
