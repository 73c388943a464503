"""What a plate may be, and the walls that the database has for plates and chassis numbers."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from records.actors import Occasion, system
from records.history.speaking import speak_for
from records.registry import samples
from vehicles.validators import fits, reads_as, years_after


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        ("61A12345", {"car", "motorcycle"}),
        ("61B11234", {"car", "motorcycle"}),
        ("61A01234", {"car"}),
        ("61A1234", {"car"}),
        ("61B112345", {"motorcycle"}),
        ("61AA1234", {"motorcycle"}),
        ("61LD01234", set()),
        ("61R00123", set()),
        ("80011NG01", set()),
        ("TC3386", set()),
    ],
)
def test_a_plate_reads_as(number: str, kinds: set[str]) -> None:
    assert reads_as(number) == kinds


def test_a_plate_that_reads_two_ways_is_settled_by_the_vehicle() -> None:
    assert fits("61B11234", "car")
    assert fits("61B11234", "motorcycle")
    assert not fits("61B112345", "bus")
    assert not fits("61A01234", "moped")
    assert fits("61R00123", "trailer")


def test_five_years_after_a_leap_day() -> None:
    assert years_after(datetime.date(2024, 2, 29), 5) == datetime.date(2029, 2, 28)
    assert years_after(datetime.date(2024, 3, 1), 5) == datetime.date(2029, 3, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("collection", "column", "wrong"),
    [
        ("plates", "plate", "61A-123.45"),
        ("plates", "plate", "42A12345"),
        ("plates", "plate", "61A00000"),
        ("vehicles", "chassis_no", "1M8GDM9A1KP042788"),
        ("vehicles", "chassis_no", "RL4BF3FEXN950012B"),
        ("vehicles", "chassis_no", "1M8GDM9AXKP04278"),
    ],
)
def test_the_database_holds_the_same_wall(collection: str, column: str, wrong: str) -> None:
    values = {**samples(collection)(1), column: wrong}
    speak_for(system("a script"), "x", Occasion("maintenance"))
    names = ", ".join(f'"{name}"' for name in values)
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(
            f"INSERT INTO {collection} ({names}) VALUES ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )
