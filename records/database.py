"""What the database holds to by itself: each role's rights, and triggers no migration can forget.

Laid after every migrate from the declarations, and again whenever partitions are made; safe to run
twice. A trigger of ours is plain SQL, because the running role could switch pgtrigger's off.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from records.audit import partitions
from records.registry import RecordType, record_types

# Written once, never changed: SELECT and INSERT are all that the running service may.
KEPT = ("audit_entry", "audit_subject", "access_succession", "access_separation")
# Rows that are answered, and never taken away.
ANSWERED = ("portal_question",)
DEFAULTS = tuple(f"{table}_default" for table in partitions.TABLES)


def after_migrate(*, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Make partitions, lay guards and grant rights. Does nothing until every table exists."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(to_regclass(t) IS NOT NULL) FROM unnest(%s::text[]) t", [tables()]
        )
        if not cursor.fetchone()[0]:
            return
    partitions.prepare(using)
    lay_guards(using)
    grant_rights(using)


def tables() -> list[str]:
    """The tables that are kept whole: audit, questions, the records and their history."""
    return [*KEPT, *ANSWERED, *record_tables(), *event_tables()]


def record_tables() -> list[str]:
    return [t.model._meta.db_table for t in record_types().values()]


def event_tables() -> list[str]:
    return [t.events._meta.db_table for t in record_types().values()]


def lay_guards(using: str) -> None:
    """Triggers that refuse what must never happen, for the owner too.

    A parent's TRUNCATE trigger does not cover its partitions, so each partition has its own.
    """
    with connections[using].cursor() as cursor:
        for table in [*tables(), *_partitions(cursor)]:
            _trigger(cursor, table, "never_truncated", "BEFORE TRUNCATE", "STATEMENT", "never")
        for table in (*KEPT, *event_tables()):
            _trigger(cursor, table, "never_changed", "BEFORE UPDATE OR DELETE", "ROW", "never")
        for table in (*record_tables(), *ANSWERED):
            _trigger(cursor, table, "never_deleted", "BEFORE DELETE", "ROW", "never")
        for table in record_tables():
            _trigger(cursor, table, "counts_versions", "BEFORE UPDATE", "ROW", "counts_versions")
            _trigger(
                cursor, table, "must_speak", "BEFORE INSERT OR UPDATE", "STATEMENT", "must_speak"
            )
        for record_type in record_types().values():
            if record_type.named:
                _words_trigger(cursor, record_type)
        # pgtrigger lets a session switch its triggers off by a setting; history is not optional.
        cursor.execute("SELECT to_regprocedure('_pgtrigger_should_ignore(name)') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name)"
                " RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'"
            )


def _partitions(cursor: CursorWrapper) -> Iterator[str]:
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent IN ('audit_entry'::regclass, 'audit_subject'::regclass)"
    )
    yield from [name for (name,) in cursor.fetchall()]


def _trigger(
    cursor: CursorWrapper, table: str, name: str, when: str, level: str, function: str
) -> None:
    cursor.execute(
        f'CREATE OR REPLACE TRIGGER {name} {when} ON "{table}"'
        f" FOR EACH {level} EXECUTE FUNCTION {function}()"
    )


def _words_trigger(cursor: CursorWrapper, record_type: RecordType) -> None:
    """Note each new word of names: what a mistyped word is compared with."""
    for event in ("INSERT", "UPDATE"):
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER note_words_{event.lower()} AFTER {event}"
            f' ON "{record_type.model._meta.db_table}" REFERENCING NEW TABLE AS written'
            f" FOR EACH STATEMENT EXECUTE FUNCTION note_words('{record_type.collection}')"
        )


def grant_rights(using: str) -> None:
    """Give the running service's role what it needs and nothing more, all in one transaction."""
    user = str(settings.DATABASES["default"]["USER"])
    if user == connections[using].settings_dict["USER"]:
        return
    role = sql.Identifier(user)
    models = apps.get_models(include_auto_created=True)
    # pghistory's own tables are not used: an event holds its own context.
    ours = {m._meta.db_table for m in models if m._meta.app_label != "pghistory"}
    once = set(KEPT) | set(event_tables())
    records = set(record_tables()) | set(ANSWERED)
    free = ours - once - records
    with connections[using].cursor() as cursor:
        every = sql.SQL("ALL TABLES IN SCHEMA public")
        statements = [
            sql.SQL("REVOKE ALL ON {} FROM {}").format(every, role),
            sql.SQL("GRANT SELECT, INSERT ON {} TO {}").format(_list(once), role),
            sql.SQL("GRANT SELECT, INSERT, UPDATE ON {} TO {}").format(_list(records), role),
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(_list(free), role),
            # Its rows are an alarm in readyz.
            sql.SQL("GRANT SELECT ON {} TO {}").format(_list(set(DEFAULTS)), role),
            sql.SQL("GRANT SELECT ON django_migrations, standing_succession TO {}").format(role),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        ]
        cursor.execute(sql.SQL("; ").join(statements).as_string(cursor.connection))
        # To see when others' writes began (history.reading.settled); only some owners may grant it.
        grant = sql.SQL("GRANT pg_read_all_stats TO {}").format(role)
        with contextlib.suppress(ProgrammingError), transaction.atomic(using=using):
            cursor.execute(grant.as_string(cursor.connection))


def _list(names: set[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in sorted(names))


def too_powerful() -> list[str]:
    """What the running role may do that it must not, in words; empty when all is well."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT t FROM unnest(%s::text[]) AS t"
            " WHERE has_table_privilege(t, 'UPDATE, DELETE, TRUNCATE')"
            " OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = t::regclass), 'MEMBER')",
            [[*KEPT, *event_tables()]],
        )
        return [f"the running role may change {table}" for (table,) in cursor.fetchall()]
