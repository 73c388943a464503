"""What follows from the rest of a record is reckoned by the database; its words stay with the rule."""

from __future__ import annotations

import pytest
from django.db import connection

from records.actors import Occasion, system
from records.history.speaking import speak_for
from records.models import OneAtATime, Reckoned
from records.registry import record_types
from tests.conftest import make
from vehicles.models import Inspection

pytestmark = pytest.mark.django_db


def test_raw_sql_and_copy_are_filled_in_too() -> None:
    chassis_no = make(record_types()["vehicles"], 6).chassis_no  # type: ignore[attr-defined]
    speak_for(system("a script"), "Nhập tệp", Occasion("maintenance"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inspections (certificate_no, chassis_no, inspected_on, result)"
            " VALUES ('A', %s, '2020-05-01', 'passed')",
            [chassis_no],
        )
        columns = "certificate_no, chassis_no, inspected_on, result, next_due_on"
        with cursor.copy(f"COPY inspections ({columns}) FROM STDIN") as copy:
            copy.write_row(["B", chassis_no, "2021-05-01", "passed", None])
            copy.write_row(["C", chassis_no, "2022-05-01", "passed", "2030-01-01"])
    due = Inspection.objects.order_by("certificate_no").values_list("next_due_on", flat=True)
    assert [str(day) for day in due] == ["2023-05-01", "2023-05-01", "2030-01-01"]


def test_an_amendment_is_not_filled_in() -> None:
    """A value that was cleared stays so."""
    made = make(record_types()["inspections"], 1)
    assert made.next_due_on is not None  # type: ignore[attr-defined]
    speak_for(system("a script"), "x", Occasion("maintenance"))
    Inspection.objects.update(next_due_on=None)
    assert Inspection.objects.get().next_due_on is None


def test_a_rule_keeps_its_words_in_every_copy_of_it() -> None:
    for record_type in record_types().values():
        for rule in record_type.model._meta.constraints:
            if isinstance(rule, OneAtATime | Reckoned):
                assert rule.clone().violation_error_message == rule.violation_error_message
    rules = {rule.name: rule for rule in Inspection._meta.constraints}
    words = str(rules["inspections_next_due"].violation_error_message)
    assert words != str(Reckoned(field="x", of=(), sql="", name="x").violation_error_message)
