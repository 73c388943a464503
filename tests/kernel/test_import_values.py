"""What single cells of an office's file stand for, by the contract of import files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from education.samples import diploma, enrolment
from housing.samples import certificate
from records import fields
from records.imports.values import WORD, Judge, judge_of, settled_by
from records.registry import RecordType, record_types
from tests.conftest import make
from tests.importing import reported, taken
from tests.kernel.test_import_rules import file, found
from vehicles.samples import plate


def judged(collection: str, name: str, cell: Any, *, date1904: bool = False) -> tuple[Any, str]:
    """The value and the code of a cell."""
    made = judge_of(record_types()[collection].value_field(name), date1904=date1904)(cell)
    return made.value, made.code


@given(
    st.from_regex(f"{WORD}(?: {WORD})*", fullmatch=True), st.sampled_from(["full_name", "hometown"])
)
def test_what_is_not_looked_at_would_be_found_in_order(cell: str, name: str) -> None:
    field = record_types()["people"].value_field(name)
    settled = settled_by(field)
    assert settled
    assert bool(settled(cell)) is (len(cell) <= field.max_length)
    if settled(cell):
        assert judged("people", name, cell) == (cell, "")


@pytest.mark.parametrize(
    "cell", ["Nguyá»…n", "xÃ ", "NguyÃªn", "A  B", " A", "A ", "Hoa\u0300", "", "a" * 256]
)
def test_what_must_be_looked_at_is(cell: str) -> None:
    settled = settled_by(fields.Text())
    assert settled
    assert not settled(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Nguyễn Văn A 2", ("Nguyễn Văn A 2", "")),
        ("Trần B (Tèo); con ông C & bà D_1", ("Trần B (Tèo); con ông C & bà D_1", "")),
        ("H’Hen Niê", ("H'Hen Niê", "")),
        ("H`Hen Niê", ("H'Hen Niê", "")),
        ("José Ñáñez-É", ("José Ñáñez-É", "")),
        ("NGUYỄN  VĂN\nA", ("NGUYỄN VĂN A", "")),
        ("Nguy?n", (None, "unreadable")),
        ("Nguyễn \ufffdn", (None, "unreadable")),
        ("Nguyá»…n Văn", (None, "unreadable")),
        ("Иван", (None, "format")),
        ("Nguyễn 王", (None, "format")),
    ],
)
def test_a_name_is_taken_as_text_is(cell: str, expected: tuple[Any, str]) -> None:
    for collection, name in (("people", "full_name"), ("registrations", "owner_name")):
        assert judged(collection, name, cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("\0d1985-06-02", ("1985-06-02", "")),
        ("\0d1985-06-02T14:30:00", ("1985-06-02", "")),
        ("2/6/1985", ("1985-06-02", "")),
        ("1985-06-02", ("1985-06-02", "")),
        ("02-06-1985", ("1985-06-02", "repaired")),
        ("02.06.1985", ("1985-06-02", "repaired")),
        (31200, ("1985-06-02", "repaired")),
        ("31200", ("1985-06-02", "repaired")),
        (9000, ("1924-08-21", "repaired")),
        (1985, ("1985", "")),
        ("1985", ("1985", "")),
        (2100, (None, "range")),
        ("5/1985", ("1985-05", "")),
        ("00/00/1985", ("1985", "repaired")),
        ("../05/1985", ("1985-05", "repaired")),
        ("…/…/1985", ("1985", "repaired")),
        ("31/02/1990", (None, "format")),
        ("5/5/85", (None, "format")),
        ("13/1985", (None, "format")),
        ("02/06/1950 (ÂL)", (None, "format")),
        ("12/3/1950 âm lịch", (None, "format")),
        ("02/06/2190", (None, "range")),
        ("\0e#N/A", (None, "unreadable")),
        ("#VALUE!", (None, "unreadable")),
    ],
)
def test_a_day_of_birth(cell: Any, expected: tuple[Any, str]) -> None:
    assert judged("people", "birth_date", cell) == expected


@pytest.mark.parametrize("cell", [29738, "29738", " 29738 "])
def test_a_number_of_days_counts_from_1904_where_the_workbook_does(cell: Any) -> None:
    for collection, name in (("people", "birth_date"), ("residences", "valid_from")):
        field = record_types()[collection].value_field(name)
        made = judge_of(field, date1904=True)(cell)
        assert (made.value, made.code, made.raw) == ("1985-06-02", "repaired", str(cell))
    assert judged("people", "birth_date", "1985", date1904=True) == ("1985", "")
    assert judged("people", "personal_id", "29738", date1904=True)[1] == "format"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("collection", "sample"),
    [("enrolments", enrolment), ("plates", plate), ("certificates", certificate)],
)
def test_a_list_says_the_status_that_a_form_assumes(collection: str, sample: Any) -> None:
    values = sample(1)
    blank = {**values, "status": None}
    lacking = {name: value for name, value in values.items() if name != "status"}
    for row in (blank, lacking):
        assert ("status", "missing") in found(collection, row)[2]
    make(record_types()[collection], 1)
    for row in (blank, lacking):
        told = reported(taken(collection, file(collection, row)))["rows"]["2"]
        assert told["verdict"] != "error", told


@pytest.mark.django_db
def test_what_is_looked_for_nightly_is_no_fault_of_a_row() -> None:
    for collection in ("students", "schools"):
        make(record_types()[collection], 1)
    begins = {**enrolment(1), "valid_from": "2015-09-05", "valid_to": None}
    assert ("valid_from", "structure") not in found("enrolments", begins).get(2, [])
    late = {**diploma(1), "level": "upper_secondary", "issued_on": "2026-06-20"}
    late["issuer"] = "Sở Giáo dục và Đào tạo tỉnh Bình Dương"
    assert ("issuer", "structure") not in found("diplomas", late).get(2, [])


def test_what_may_be_empty_is_cleared_and_nothing_else(record_type: RecordType) -> None:
    names = record_type.writable
    judge = Judge(record_type, [(name, at) for at, name in enumerate(names)], date1904=False)
    ((values, found),) = judge.rows([["(xóa)"] * len(names)])
    needed = {name for name in names if not record_type.columns[name].null}
    assert {(one.field, one.code) for one in found} == {(name, "missing") for name in needed}
    assert {name for name, value in zip(names, values, strict=True) if value == ""} == (
        {*names} - needed
    )
