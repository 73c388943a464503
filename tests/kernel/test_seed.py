"""`manage.py seed`: every row of a made-up population would be taken from anybody."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models

from citizens.models import CivilEvent, Person, Residence
from education.models import Enrolment, School, Student
from records.management.commands import seed
from records.population import Population
from records.registry import RecordType, record_types
from records.rules import unknown_units
from tests.conftest import entries_of
from vehicles.models import Inspection, Plate, Registration, Vehicle

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PEOPLE = 2_000
SAMPLE = 200


def run(*args: str, people: int = PEOPLE) -> str:
    out = io.StringIO()
    call_command("seed", "--people", str(people), *args, stdout=out)
    return out.getvalue()


def judged(record_type: RecordType, row: dict[str, Any]) -> list[Any]:
    """What is wrong with, or looks wrong in, a row, as `changes` would judge it."""
    wrong: list[Any] = []
    values = dict(row)
    for name, field in record_type.columns.items():
        if name not in values or (field.null and values[name] is None):
            continue
        try:
            values[name] = record_type.value_field(name).clean(values[name], None)
            if isinstance(values[name], str) and values[name] != row[name]:
                wrong.append((name, row[name], "is not in its normal form"))
        except ValidationError as error:
            wrong.append((name, row[name], error))
    record = record_type.model(**{record_type.path(name): values[name] for name in row})
    wrong += unknown_units(record_type, record, set(row), wrong=())
    values = {name: values.get(name) for name in record_type.columns}
    return wrong + [w for warns in record_type.warns for w in warns(values)]


def test_a_population_with_all_that_is_held_of_it() -> None:
    said = run()
    made = [record_types()[name].model for name in seed.chosen(None)]
    counts: dict[Any, int] = {m: m._base_manager.count() for m in made}
    assert counts[Person] == PEOPLE
    assert 1.2 < counts[Residence] / PEOPLE < 2.2
    assert 0.7 < counts[CivilEvent] / PEOPLE < 1.5
    assert 0.1 < counts[Student] / PEOPLE < 0.25
    assert counts[School] >= 4
    assert 0.3 < counts[Vehicle] / PEOPLE < 0.6
    seeded = [record_types()[name].model for name in seed.chosen(None)]
    assert f"{sum(m._base_manager.count() for m in seeded):,} rows" in said
    for name in seed.chosen(None):
        found = record_types()[name].model._base_manager
        assert not found.exclude(source="seed").exists()
        events = record_types()[name].events._base_manager
        assert events.count() == found.count()
        assert events.first().pgh_context["purpose"] == "sample-data"
    _children_go_to_school_once()
    _what_is_referred_to_is_there()
    _who_owns_a_vehicle_is_alive_and_has_its_plate()
    with pytest.raises(CommandError, match=r"people, residences.*HOSO_SEED=0"):
        run()


def _children_go_to_school_once() -> None:
    now = Enrolment.objects.filter(school_year="2026-2027")
    assert now.count() == Student.objects.count()
    assert set(now.values_list("status", flat=True)) == {"studying"}
    past = Enrolment.objects.exclude(school_year="2026-2027")
    assert past.exists()
    assert set(past.values_list("status", flat=True)) == {"completed"}
    levels = {"primary": range(1, 6), "lower_secondary": range(6, 10)}
    for grade, level in Enrolment.objects.values_list("grade", "school__level"):
        assert grade in levels.get(level, range(10, 13))


def _what_is_referred_to_is_there() -> None:
    known = set(Person.objects.values_list("personal_id", flat=True))
    for model, columns in (
        (Residence, ["personal_id"]),
        (CivilEvent, ["person_id", "spouse_id", "mother_id", "father_id"]),
        (Student, ["personal_id"]),
    ):
        for column in columns:
            filled = model._base_manager.exclude(**{f"{column}__isnull": True})
            assert set(filled.values_list(column, flat=True)) <= known
    dead = Person.objects.filter(status="dead")
    assert dead.exclude(death_date__isnull=True).count() == dead.count() > 0
    deaths = CivilEvent.objects.filter(kind="death").values_list("person_id", flat=True)
    assert set(deaths) == set(dead.values_list("personal_id", flat=True))


def _who_owns_a_vehicle_is_alive_and_has_its_plate() -> None:
    held = Registration.objects.filter(valid_to=None)
    assert held.count() == Vehicle.objects.count()
    alive = set(Person.objects.exclude(status="dead").values_list("personal_id", flat=True))
    persons = Registration.objects.filter(owner_kind="person")
    assert set(persons.values_list("owner_id", flat=True)) <= alive
    assert not held.exclude(plate__status="issued", plate__owner_id=models.F("owner_id")).exists()
    kept = Plate.objects.filter(status="recovered", bound_until__isnull=False)
    assert set(kept.values_list("owner_id", flat=True)) <= alive
    assert kept.exists()
    assert not Inspection.objects.filter(next_due_on=None).exists()
    assert not Inspection.objects.filter(owner_id=None).exists()


def test_every_row_stands_before_the_fields_and_warns_of_nothing(record_type: RecordType) -> None:
    made = seed.chosen(None).get(record_type.collection)
    if made is None:
        pytest.skip("this registry makes up nothing")
    rows = list(made.rows(Population(PEOPLE)[0]))
    for row in rows[:: max(1, len(rows) // SAMPLE)]:
        assert judged(record_type, dict(zip(made.columns, row, strict=True))) == []


def test_a_part_of_the_collections() -> None:
    run("--collections", "schools,students", people=200)
    assert Student.objects.exists()
    assert not Person.objects.exists()
    (entry,) = entries_of(actor_id="seed", collection="students")
    assert (entry["action"], entry["subjects"]) == ("create", [])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--people", "0"), "1 to 10,000,000"),
        (("--people", "10000001"), "1 to 10,000,000"),
        (("--people", "10", "--collections", "people,horses"), "horses"),
    ],
)
def test_what_cannot_be_is_refused(args: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("seed", *args)


def test_a_row_that_the_database_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = seed.Seed(
        ("school_code", "name", "level", "unit"), lambda _: iter([("A", "B", "c", "1")])
    )
    monkeypatch.setattr(seed, "chosen", lambda _: {"schools": broken})
    with pytest.raises(CommandError, match="schools, neighbourhood 0"):
        run()


def test_what_is_made_up_fills_all_that_must_be_filled() -> None:
    assert "people" in seed.chosen(None)
    for name, made in seed.chosen(None).items():
        columns = record_types()[name].columns
        needed = {c for c, f in columns.items() if _needed(f)}
        assert needed <= set(made.columns) <= set(columns)


def _needed(field: models.Field) -> bool:
    return not field.null and field.db_default is models.NOT_PROVIDED


@pytest.mark.parametrize(("seconds", "text"), [(3, "0:03"), (95, "1:35"), (3_661, "1:01:01")])
def test_the_time_left(seconds: int, text: str) -> None:
    assert seed.clock(seconds) == text
