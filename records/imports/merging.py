"""SQL of a record type, made from its model: what a row of a file would make of the record it means."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.sql import Query

from records.imports.models import Import
from records.models import UNDONE
from records.registry import RecordType, record_types

#: Subjects in one entry of audit, whose places are small numbers.
SUBJECTS = 10_000
#: SQL: that `rec` was made by an import and undone.
GONE = f"(rec.source IS NOT NULL AND starts_with(rec.source, '{UNDONE}'))"


@dataclass(frozen=True, slots=True)
class Merge:
    """The expressions for a record type and the fields of a file, over `row` (its cells) and `rec`.

    `given`: column → what the row says of it, NULL where nothing. `fresh`: column → what a new record
    says. `merged`: column → what the record would say. `same`: that both speak of the same fact.
    `changes`: that the record would say something else.
    """

    table: str
    given: dict[str, str]
    fresh: dict[str, str]
    merged: dict[str, str]
    same: str
    changes: str


def merge_of(record_type: RecordType, fields: Sequence[str]) -> Merge:
    """The expressions for a file that has `fields`, in this order."""
    given, fresh, merged, differs = {}, {}, {}, []
    for name in record_type.writable:
        held = f'rec."{name}"'
        default = _default(record_type, name)
        if name not in fields:
            merged[name] = f"coalesce({held}, {default})" if default else held
            continue
        cell = f"row.cells[{fields.index(name) + 1}]"
        kind = db_type(record_type, name)
        given[name] = f"nullif({cell}, '')::{kind}"
        cleared = f"CASE WHEN {cell} = '' THEN NULL ELSE coalesce({given[name]}, %s) END"
        fresh[name] = cleared % default if default else given[name]
        merged[name] = cleared % (f"{held}, {default}" if default else held)
        if name not in record_type.identity:
            differs.append(f"({cell} IS NOT NULL AND {given[name]} IS DISTINCT FROM {held})")
    return Merge(
        quoted(record_type),
        given,
        fresh,
        merged,
        " AND ".join(
            _same(record_type, name, given.get(name, "NULL")) for name in record_type.identity
        ),
        " OR ".join(differs) or "false",
    )


def _same(record_type: RecordType, name: str, given: str) -> str:
    equal = f'rec."{name}" = {given}'
    if not record_type.columns[name].null:
        return equal
    return f'({equal} OR rec."{name}" IS NULL AND {given} IS NULL)'


def quoted(record_type: RecordType) -> str:
    """The table's name, for SQL."""
    return connection.ops.quote_name(record_type.model._meta.db_table)


def db_type(record_type: RecordType, name: str) -> str:
    """The database's type of a column."""
    found = record_type.value_field(name).db_type(connection)
    assert found is not None
    return found


def _default(record_type: RecordType, name: str) -> str:
    field = record_type.columns[name]
    if not field.has_default() or name in record_type.stated:
        return ""
    return "'" + str(field.get_default()).replace("'", "''") + "'"


def condition_sql(model: type[models.Model], condition: Any) -> str:
    """A condition of a constraint as SQL over unqualified columns, as `Meta.constraints` makes it."""
    if condition is None:
        return "true"
    query = Query(model=model, alias_cols=False)
    where = query.build_where(condition)
    sql, params = query.get_compiler(connection=connection).compile(where)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        said = str(sql % tuple(editor.quote_value(p) for p in params))
    # It stands inside queries that have parameters of their own.
    return said.replace("%", "%%")


def subjects_among(cursor: Any, record_type: RecordType, ids: list[UUID]) -> list[str]:
    """The numbers of those whom the records of these ids are about."""
    about = subjects_sql(record_type, quoted(record_type), "rec.id")
    if not about or not ids:
        return []
    cursor.execute(f"SELECT subject FROM ({about}) AS about WHERE id = ANY(%s)", [ids])
    return [subject for (subject,) in cursor.fetchall()]


def subjects_sql(record_type: RecordType, rows: str, key: str) -> str:
    """A query of (id, subject): whom each of `rows` is about, which have the record type's columns.

    `rows`: a table; `key`: what identifies a row `rec` of it. Empty where records are about nobody.
    """
    joins, columns = [], []
    for path in record_type.subjects:
        head, _, tail = path.partition("__")
        if not tail:
            columns.append(f'rec."{head}"')
            continue
        link = record_type.model._meta.get_field(head)
        assert isinstance(link, models.ForeignKey)
        parent = link.related_model._meta.db_table
        joins.append(
            f'LEFT JOIN "{parent}" AS "{head}" ON "{head}"."{link.target_field.column}"'
            f' = rec."{link.column}"'
        )
        columns.append(f'"{head}"."{tail}"')
    if not columns:
        return ""
    said = ", ".join(f"({column}::text)" for column in columns)
    return (
        f"SELECT {key} AS id, said.subject FROM {rows} AS rec {' '.join(joins)}"
        f" CROSS JOIN LATERAL (VALUES {said}) AS said (subject) WHERE said.subject IS NOT NULL"
    )


def named_in(cursor: Any, job: Import, lines: Collection[int] | None = None) -> Iterator[list[str]]:
    """Whom the rows of a file name, as far as they are kept, in groups that one entry of audit may hold.
    `lines`: of which rows; None: of all."""
    record_type = record_types()[job.collection]
    given = merge_of(record_type, [column["field"] for column in job.columns]).given
    columns = ", ".join(
        f'{given.get(name, "NULL::" + db_type(record_type, name))} AS "{name}"'
        for name in record_type.writable
    )
    rows = (
        f"(SELECT row.line, {columns} FROM import_row AS row WHERE row.import_id = %(job)s"
        " AND (%(lines)s::int[] IS NULL OR row.line = ANY(%(lines)s)))"
    )
    about = subjects_sql(record_type, rows, "rec.line")
    if not about:
        return
    cursor.execute(
        f"SELECT DISTINCT subject FROM ({about}) AS named ORDER BY subject",
        {"job": job.id, "lines": None if lines is None else list(lines)},
    )
    while some := cursor.fetchmany(SUBJECTS):
        yield [subject for (subject,) in some]
