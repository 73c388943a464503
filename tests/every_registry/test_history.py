"""What every record says of its past."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from records.actors import Occasion, system
from records.history.speaking import speak_for
from records.models import Record
from records.registry import RecordType, samples
from tests.conftest import an_amendment, parents_of, url_of

pytestmark = pytest.mark.django_db


def amended(
    partner: APIClient, record_type: RecordType, record: Record
) -> tuple[str, object, object]:
    """Amend one column by the API. Returns its name, and what it said before and after."""
    name, value = an_amendment(record_type)
    before = partner.get(url_of(record_type, record)).json()[name]
    reply = partner.patch(
        url_of(record_type, record),
        {name: value, "reason": "Cải chính theo đơn"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 200, reply.json()
    return name, before, value


def test_history_tells_who_why_before_and_after(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    name, before, after = amended(partner, record_type, record)
    steps = partner.get(url_of(record_type, record, "/history")).json()["items"]
    assert [step["version"] for step in steps] == [2, 1]
    assert steps[0]["changed"] == [{"field": name, "before": before, "after": after}]
    assert steps[0]["reason"] == "Cải chính theo đơn"
    assert steps[0]["by"]["agency"] == "test-agency"
    assert steps[1]["event"] == "created"


def test_history_is_paged(partner: APIClient, record_type: RecordType, record: Record) -> None:
    amended(partner, record_type, record)
    first = partner.get(url_of(record_type, record, "/history?limit=1")).json()
    second = partner.get(first["next"]).json()
    assert [s["version"] for s in (*first["items"], *second["items"])] == [2, 1]
    assert second["items"][0]["event"] == "created"
    assert second["next"] is None


def test_as_of_reads_what_stood_then(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    url = url_of(record_type, record)
    first = partner.get(url).json()
    moment = timezone.now()
    amended(partner, record_type, record)
    then = partner.get(url, {"as_of": moment.isoformat()}).json()
    assert then == first
    long_ago = partner.get(url, {"as_of": "2001-01-01"})
    assert (long_ago.status_code, long_ago.json()["code"]) == (404, "not_found")
    later = (timezone.now() + datetime.timedelta(hours=1)).isoformat()
    assert partner.get(url, {"as_of": later}).json()["code"] == "unsettled"


def test_raw_sql_leaves_history_with_who_and_why(record_type: RecordType, record: Record) -> None:
    name, value = an_amendment(record_type)
    speak_for(system("a script"), "Sửa hàng loạt", Occasion("maintenance"))
    table, events = record_type.model._meta.db_table, record_type.events._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "{name}" = %s WHERE id = %s', [value, record.pk])
        cursor.execute(
            f"SELECT \"{name}\"::text, pgh_context->>'actor_id', pgh_context->>'reason'"
            f" FROM {events} WHERE pgh_obj_id = %s ORDER BY pgh_id DESC LIMIT 1",
            [record.pk],
        )
        assert cursor.fetchone() == (str(value), "a script", "Sửa hàng loạt")


def test_raw_sql_raises_the_version_whatever_it_says(
    record_type: RecordType, record: Record
) -> None:
    name, value = an_amendment(record_type)
    speak_for(system("a script"), "Sửa hàng loạt", Occasion("maintenance"))
    table = record_type.model._meta.db_table
    for said, expected in (("", 2), (", version = 1", 3), (", version = 9", 4)):
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE {table} SET "{name}" = %s{said} WHERE id = %s RETURNING version',
                [value, record.pk],
            )
            assert cursor.fetchone() == (expected,)
    newest = record_type.events._base_manager.filter(pgh_obj_id=record.pk).latest("pgh_id")
    assert newest.version == 4  # type: ignore[attr-defined]


def test_copy_leaves_history_with_who_and_why(record_type: RecordType, db: None) -> None:
    parents_of(record_type, 77)
    values = samples(record_type.collection)(77)
    speak_for(system("an import"), "Nhập tệp", Occasion("import"), import_id="42")
    names = ", ".join(f'"{name}"' for name in values)
    table, events = record_type.model._meta.db_table, record_type.events._meta.db_table
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            copy.write_row(list(values.values()))
        cursor.execute(
            f"SELECT pgh_context->>'actor_id', pgh_context->>'reason' FROM {events}"
            " WHERE pgh_context->>'import_id' = '42'"
        )
        assert cursor.fetchall() == [("an import", "Nhập tệp")]


def test_a_change_without_who_is_refused(record_type: RecordType, record: Record) -> None:
    table = record_type.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', '', true)")
        with pytest.raises(DatabaseError, match="must say who"), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET version = version + 1")
