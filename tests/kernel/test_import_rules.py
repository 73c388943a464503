"""What is wrong with the rows of a file among each other and with what is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from citizens.models import Person, Residence
from citizens.samples import person, personal_id, residence
from education.models import Enrolment
from education.samples import enrolment
from housing.samples import encumbrance, parcel
from records import changes
from records.access import numbers
from records.access.models import Succession
from records.actors import Actor, Occasion
from records.registry import operations, record_types
from tests.conftest import agree, make
from tests.importing import NOW, applied, as_csv, reported, rows_of, taken

pytestmark = pytest.mark.django_db


def people(*ns: int) -> None:
    for n in ns:
        make(record_types()["people"], n)


def file(collection: str, *rows: dict[str, Any]) -> bytes:
    """A file of rows, each column → value, under the columns' usual labels."""
    record_type = record_types()[collection]
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = [rows_of(record_type, [1], names, **{n: row.get(n) for n in names}) for row in rows]
    return as_csv([table[0][0], *(each[1] for each in table)])


def found(collection: str, *rows: dict[str, Any], **more: Any) -> dict[int, list[tuple[str, str]]]:
    """Line → (field, code) of everything found."""
    told = reported(taken(collection, file(collection, *rows), **more))
    return {
        int(line): sorted(map(tuple, row["codes"]))
        for line, row in told["rows"].items()
        if row["codes"]
    }


def test_the_same_number_twice_is_told_on_each_row_where_they_differ() -> None:
    one, other = person(1), {**person(1), "full_name": "Nguyễn Khác"}
    assert found("people", one, person(2), other) == {
        2: [("personal_id", "duplicate")],
        4: [("personal_id", "duplicate")],
    }
    assert found("people", one, one, one) == {
        3: [("personal_id", "repeated")],
        4: [("personal_id", "repeated")],
    }


def test_a_repeat_is_recorded_once() -> None:
    job = applied(taken("people", file("people", person(1), person(1))))
    assert (job.counts["created"], job.counts["repeated"]) == (1, 1)


def test_needed_values_are_asked_for_only_where_nothing_is_recorded() -> None:
    people(1)
    rows = [{"personal_id": personal_id(n), "phone": "0911111111"} for n in (1, 2)]
    missing = [(name, "missing") for name in ("birth_date", "full_name", "sex")]
    assert found("people", *rows) == {3: missing}


def test_a_reference_is_known_by_old_numbers_too(actor: Actor, occasion: Occasion) -> None:
    people(1)
    old = personal_id(1)
    operation = operations()["replace-personal-id"]
    given = {"personal_id": old, "new_personal_id": "074185777777", "replaced_on": "2026-01-01"}
    changes.run(operation, given, by=actor, occasion=occasion, reason="x")
    assert numbers.newest(old) == "074185777777"
    assert found("residences", residence(1), residence(2)) == {3: [("personal_id", "reference")]}
    # The person themself is not written under a number that was replaced.
    assert found("people", person(1)) == {2: [("personal_id", "conflict")]}


def test_one_permanent_residence_at_a_time_in_the_file_and_beside_what_is_recorded() -> None:
    people(1, 2)
    make(record_types()["residences"], 1)
    home = residence(2)
    moved = {**home, "valid_from": "2024-05-06"}
    assert found("residences", {**residence(1), "valid_from": "2025-05-06"}) == {
        2: [("personal_id", "conflict")]
    }
    assert found("residences", home, moved) == {
        2: [("personal_id", "conflict")],
        3: [("personal_id", "conflict")],
    }
    ended = {**home, "valid_to": "2024-05-05"}
    assert found("residences", ended, {**moved, "valid_to": None}) == {}


def test_a_period_that_the_file_ends_makes_room_for_the_next() -> None:
    people(1)
    make(record_types()["residences"], 1)
    ended = {**residence(1), "valid_to": "2025-05-05"}
    moved = {**residence(1), "valid_from": "2025-05-06", "valid_to": None}
    job = applied(taken("residences", file("residences", moved, ended)))
    assert (job.counts["created"], job.counts["amended"], job.counts["refused"]) == (1, 1, 0)
    assert Residence.objects.count() == 2


def test_an_end_before_the_beginning_is_out_of_range() -> None:
    people(1)
    rows = {**residence(1), "valid_to": "2001-01-01"}
    assert found("residences", rows) == {2: [("valid_to", "range")]}
    dead = {**person(2), "status": "dead", "death_date": "1900"}
    assert found("people", dead) == {2: [("death_date", "range")]}


def test_a_pupil_studies_at_one_school_a_year() -> None:
    make(record_types()["enrolments"], 1)
    make(record_types()["schools"], 2)
    other = Enrolment.objects.get().school_id
    now = enrolment(1)
    elsewhere = next(c for c in ("TH-001", "TH-002", "TH-003", "TH-004", "TH-005") if c != other)
    if not record_types()["schools"].model._base_manager.filter(school_code=elsewhere).exists():
        elsewhere = str(make(record_types()["schools"], 3).school_code)  # type: ignore[attr-defined]
    second = {**now, "school_code": elsewhere}
    assert (2, [("student_code", "conflict")]) in found("enrolments", second).items()


def test_a_status_is_one_that_steps_lead_to() -> None:
    people(1)
    applied(taken("people", file("people", {"personal_id": personal_id(1), "status": "emigrated"})))
    # Somebody came back and is away again; and may have died.
    for status in ("absent", "dead"):
        assert found("people", {"personal_id": personal_id(1), "status": status}) == {}
    applied(taken("people", file("people", {"personal_id": personal_id(1), "status": "dead"})))
    back = {"personal_id": personal_id(1), "status": "active"}
    assert found("people", back) == {2: [("status", "conflict")]}


def test_a_partner_bound_to_a_unit_imports_for_it_only(agency: Any, occasion: Occasion) -> None:
    agree(agency, "people", "full", units=["25747"])
    scopes = frozenset({"people:full"})
    by = Actor("partner", "client-test-agency", "x", agency.code, agency.name, scopes)
    here = {**person(1), "residence_unit": "25747"}
    there = {**person(2), "residence_unit": "25750"}
    told = found("people", here, there, by=by, on=occasion)
    assert told == {3: [("residence_unit", "conflict")]}


def test_warnings_stay_with_the_record_until_it_is_mended() -> None:
    row = {**person(1), "personal_id": personal_id(1).lstrip("0"), "sex": "M"}
    applied(taken("people", file("people", row)))
    kept = Person.objects.get().warnings
    assert [(w["field"], w["code"]) for w in kept] == [
        ("personal_id", "repaired"),
        ("personal_id", "structure"),
    ]
    assert kept[0]["detail"] == personal_id(1).lstrip("0")
    mended = {"personal_id": personal_id(1), "sex": "F"}
    applied(taken("people", file("people", mended)))
    assert Person.objects.get().warnings == []


def test_what_the_database_alone_refuses_is_narrowed_down_to_its_row() -> None:
    job = taken("people", file("people", *(person(n) for n in range(1, 8))))
    # Between check and apply, the number of one row is given away.
    Succession.objects.create(
        kind="person",
        old=personal_id(4),
        new="074185777777",
        on="2026-01-01",
        request_id=NOW.request_id,
    )
    job = applied(job)
    assert (job.counts["created"], job.counts["refused"]) == (6, 1)
    (row,) = [r for r in reported(job)["rows"].values() if r["verdict"] == "error"]
    assert row["codes"] == [["personal_id", "conflict"]]


def test_what_a_fact_may_lack_tells_it_from_others_and_two_that_lack_it_are_the_same() -> None:
    make(record_types()["dwellings"], 1)
    make(record_types()["parcels"], 1)
    numbered = encumbrance(1)
    plain = {name: value for name, value in numbered.items() if name != "document_no"}
    several = [{**plain, "document_no": None}, numbered]
    job = applied(taken("encumbrances", file("encumbrances", *several)))
    assert (job.counts["created"], job.counts["stale"]) == (2, 0)
    again = taken("encumbrances", file("encumbrances", *several))
    assert again.counts["unchanged"] == 2
    told = found("encumbrances", *several, several[0])
    assert {line for line, codes in told.items() if ("property_kind", "repeated") in codes} == {4}


def test_two_that_do_not_say_a_thing_do_not_say_the_same() -> None:
    rows = [{**parcel(n), "national_id": None} for n in (1, 2)]
    assert found("parcels", *rows) == {}
    same = [{**parcel(n), "national_id": parcel(1)["national_id"]} for n in (1, 2)]
    clash = [("national_id", "conflict")]
    assert found("parcels", *same) == {2: clash, 3: clash}


def test_a_key_that_names_a_commune_names_a_listed_one() -> None:
    wrong = {**parcel(1), "parcel_id": "99999/1/1"}
    assert found("parcels", wrong) == {2: [("parcel_id", "unknown_unit")]}
