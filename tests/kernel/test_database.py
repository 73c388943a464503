"""The walls that stand in the database itself, tried as the roles that might lean on them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from records import database
from records.actors import Actor, Occasion
from records.audit import partitions
from records.models import Record
from records.registry import RecordType, record_types, samples
from tests.conftest import make

pytestmark = pytest.mark.django_db
KEPT = ["audit_entry", "audit_subject", "access_succession", "people_event", "enrolments_event"]


def refused(statement: str) -> str:
    """Run a statement as the service's role and return why it was refused."""
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return str(caught.value)


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {t} SET {c} = {c}",
        "DELETE FROM {t}",
        "TRUNCATE {t}",
        "DROP TABLE {t}",
        "ALTER TABLE {t} DISABLE TRIGGER ALL",
        "CREATE TRIGGER x BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION never()",
    ],
)
def test_the_service_cannot_change_what_is_kept(table: str, statement: str) -> None:
    column = {"access_succession": "old"}.get(table, "pgh_label" if "event" in table else "at")
    why = refused(statement.format(t=table, c=column))
    assert "permission denied" in why or "must be owner" in why


def test_the_service_cannot_make_or_touch_a_partition() -> None:
    month = partitions.months(partitions.timezone.now().date(), 1)[0]
    name = f"audit_entry_{month:%Y_%m}"
    assert "permission denied" in refused(f"DELETE FROM {name}")
    assert "permission denied" in refused(f"TRUNCATE {name}")
    for made in (
        "CREATE TABLE x PARTITION OF audit_entry FOR VALUES FROM ('2031-01-01') TO ('2031-02-01')",
    ):
        why = refused(made)
        assert "permission denied" in why or "must be owner" in why


def test_the_service_cannot_delete_a_record(record_type: RecordType, record: Record) -> None:
    assert "permission denied" in refused(f"DELETE FROM {record_type.model._meta.db_table}")
    assert "permission denied" in refused(f"TRUNCATE {record_type.model._meta.db_table} CASCADE")


def test_the_service_cannot_switch_history_off(actor: Actor, occasion: Occasion) -> None:
    people = record_types()["people"]
    record = make(people)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true) FROM pg_trigger"
            " WHERE tgrelid = 'people'::regclass AND tgname LIKE 'pgtrigger%%'"
        )
        assert "update" in cursor.fetchone()[0]
        cursor.execute("UPDATE people SET phone = '0999999999' WHERE id = %s", [record.pk])
        cursor.execute("SELECT count(*) FROM people_event WHERE pgh_obj_id = %s", [record.pk])
        assert cursor.fetchone() == (2,)
    assert "permission denied" in refused("SET session_replication_role = replica")


def test_the_running_role_is_weak_enough() -> None:
    assert database.too_powerful() == []


@pytest.fixture
def owner(owner_url: str, django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner, rolled back in the end."""
    with psycopg.connect(owner_url) as connected:
        connected.execute("SELECT set_config('pghistory.context_metadata', '{}', true)")
        yield connected
        connected.rollback()


@pytest.mark.parametrize("table", KEPT)
def test_not_even_the_owner_changes_what_is_kept(owner: psycopg.Connection, table: str) -> None:
    with pytest.raises(psycopg.Error, match="never happens"):
        owner.execute(f"TRUNCATE {table} CASCADE")


def test_not_even_the_owner_truncates_a_month(owner: psycopg.Connection) -> None:
    month = partitions.months(partitions.timezone.now().date(), 1)[0]
    with pytest.raises(psycopg.Error, match="never happens"):
        owner.execute(f"TRUNCATE audit_entry_{month:%Y_%m}")


def test_not_even_the_owner_edits_an_entry(owner: psycopg.Connection) -> None:
    owner.execute(
        "INSERT INTO audit_entry (request_id, actor_kind, actor_id, actor_name, agency, agency_name,"
        " purpose, legal_basis, case_reference, action, operation, collection, record_key, fieldset,"
        " fields, outcome) VALUES (uuid7(), 'system', '', '', '', '', '', '', '', 'read', '', '', '',"
        " '', '{}', 'done')"
    )
    with pytest.raises(psycopg.Error, match=r"UPDATE of audit_entry_\d{4}_\d\d never happens"):
        owner.execute("UPDATE audit_entry SET purpose = 'other'")


def test_not_even_the_owner_deletes_a_record(owner: psycopg.Connection) -> None:
    owner.execute(
        "INSERT INTO people (personal_id, full_name, sex, birth_date)"
        " VALUES ('074085009999', 'Lê An', 'M', '1985')"
    )
    with pytest.raises(psycopg.Error, match="DELETE of people never happens"):
        owner.execute("DELETE FROM people")


@pytest.mark.parametrize("statement", ["UPDATE {t} SET {c} = {c}", "DELETE FROM {t}"])
def test_not_even_the_owner_rewrites_what_a_record_said(
    owner: psycopg.Connection, record_type: RecordType, statement: str
) -> None:
    for each in record_types().values():
        values = samples(each.collection)(1)
        columns = ", ".join(f'"{name}"' for name in values)
        holes = ", ".join(["%s"] * len(values))
        owner.execute(
            f"INSERT INTO {each.model._meta.db_table} ({columns}) VALUES ({holes})",
            list(values.values()),
        )
    table = record_type.events._meta.db_table
    with pytest.raises(psycopg.Error, match=f"of {table} never happens") as caught:
        owner.execute(statement.format(t=table, c="pgh_label"))
    assert caught.value.sqlstate == "HS002"


@pytest.mark.parametrize("statement", ["UPDATE {t} SET {c} = {c}", "DELETE FROM {t}"])
def test_not_even_the_owner_unsays_that_a_number_was_replaced(
    owner: psycopg.Connection, statement: str
) -> None:
    owner.execute(
        'INSERT INTO access_succession (kind, old, new, "on", request_id)'
        " VALUES ('person', '074085000001', '074085000002', '2026-02-01', uuid7())"
    )
    with pytest.raises(psycopg.Error, match="of access_succession never happens") as caught:
        owner.execute(statement.format(t="access_succession", c="new"))
    assert caught.value.sqlstate == "HS002"


def test_partitions_are_made_two_years_ahead() -> None:
    assert partitions.alarms() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass")
        assert cursor.fetchone() == (partitions.AHEAD + 2,)


def test_every_entry_lands_in_its_month(partner: object) -> None:
    people = record_types()["people"]
    partner.get(f"/api/v1/people/{make(people).personal_id}")  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry_default")
        assert cursor.fetchone() == (0,)


def test_uuid7_grows_with_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid7(), pg_sleep(0.002), uuid7() FROM generate_series(1, 50)")
        rows = cursor.fetchall()
    assert all(first < second for first, _, second in rows)
    assert {first.version for first, _, _ in rows} == {7}
    assert len({first for first, _, _ in rows}) == 50


@pytest.mark.parametrize(
    ("value", "day"),
    [("1985", "1985-01-01"), ("1985-06", "1985-06-01"), ("1985-06-02", "1985-06-02")],
)
def test_first_day(value: str, day: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_day(%s)::text", [value])
        assert cursor.fetchone() == (day,)
