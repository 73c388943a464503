"""Files of other offices: what the contract says of rows that no sample file shows."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from businesses.samples import enterprise, interest, officer
from housing.models import Parcel
from housing.samples import dwelling, parcel, right
from records.imports.values import Judged, judge_of
from records.registry import record_types
from tests.conftest import make
from tests.importing import applied, reported, taken
from tests.kernel.test_import_rules import file, found
from vehicles.samples import inspection, plate, registration

pytestmark = pytest.mark.django_db


def recorded(collection: str, *ns: int) -> None:
    for n in ns:
        make(record_types()[collection], n)


def judged(collection: str, name: str, cell: Any, **epoch: bool) -> Judged:
    field = record_types()[collection].value_field(name)
    return judge_of(field, date1904=epoch.get("date1904", False))(cell)


def firm(n: int, **values: Any) -> dict[str, Any]:
    """The values of an enterprise's row, with the columns that files have."""
    return {k: v for k, v in enterprise(n).items() if k != "vsic_version"} | values


def bare(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_every_fault_of_a_row_is_told_at_once() -> None:
    recorded("registrations", 1)
    recorded("vehicles", 2)
    row = {
        **registration(2),
        "certificate_no": "ĐK61-000009",
        "plate": registration(1)["plate"],
        "owner_kind": "enterprise",
        "owner_id": "3701234560",
        "valid_to": "2001-01-01",
    }
    assert found("registrations", row) == {2: [("owner_id", "checksum"), ("valid_to", "range")]}
    assert found("registrations", {**row, "valid_to": None}) == {
        2: [("owner_id", "checksum"), ("plate", "conflict")]
    }
    twice = found("registrations", row, {**row, "owner_name": "Khác"})
    faults = [("certificate_no", "duplicate"), ("owner_id", "checksum"), ("valid_to", "range")]
    assert twice == {2: faults, 3: faults}


def test_a_rule_is_not_asked_of_what_could_not_be_read() -> None:
    row = {**plate(1), "owner_kind": "khác"}
    assert found("plates", row) == {2: [("owner_kind", "choice")]}
    recorded("registrations", 1)
    recorded("plates", 2)
    again = {**registration(1), "certificate_no": "B", "plate": plate(2)["plate"]}
    assert found("registrations", {**again, "valid_from": "hôm qua"}) == {
        2: [("valid_from", "format")]
    }


def test_rows_clash_in_whatever_order_they_stand() -> None:
    recorded("vehicles", 1, 3, 4)
    recorded("plates", 1, 3, 4)
    one, other = registration(1), registration(3)
    # The second has the vehicle of the first and the plate of the third.
    between = {**one, "certificate_no": "B", "plate": other["plate"]}
    third, lone = {**other, "certificate_no": "C"}, registration(4)
    expected = {
        one["certificate_no"]: ["chassis_no"],
        "B": ["chassis_no", "plate"],
        "C": ["plate"],
    }
    for rows in permutations([one, between, third, lone]):
        told = {
            rows[line - 2]["certificate_no"]: [name for name, code in codes if code == "conflict"]
            for line, codes in found("registrations", *rows).items()
        }
        assert {no: names for no, names in told.items() if names} == expected


def test_a_refused_row_counts_for_no_other_and_is_told_where_it_clashes_with_what_is_recorded() -> (
    None
):
    recorded("parcels", 2)
    half = {**right(2), "share": "1/2", "document_no": None}
    refused = {**half, "owner_kind": "enterprise", "owner_id": "3701234560", "share": "3/4"}
    codes = found("rights", half, refused)
    assert codes[3] == [("owner_id", "checksum")]
    assert ("share", "conflict") not in codes[2]
    applied(taken("rights", file("rights", half)))
    over = [("owner_id", "checksum"), ("share", "conflict")]
    assert found("rights", refused) == {2: over}
    # Its own record is no other, and another refused row counts as little.
    own = {**half, "document_no": "x" * 300}
    assert found("rights", own, refused)[2] == [("document_no", "format")]
    quarter = {**refused, "share": "1/4"}
    assert found("rights", quarter, {**quarter, "valid_from": "2019-01-01"}) == {
        2: [("owner_id", "checksum")],
        3: [("owner_id", "checksum")],
    }


def test_a_clash_with_what_stood_there_before_is_told_on_the_new_row() -> None:
    recorded("registrations", 1)
    recorded("parcels", 2)
    recorded("plates", 2)
    held = registration(1)
    new = {**held, "certificate_no": "B", "plate": plate(2)["plate"]}
    clash = {3: ["chassis_no"]}

    def told(collection: str, *rows: dict[str, Any]) -> dict[int, list[str]]:
        codes = found(collection, *rows)
        names = {
            line: [n for n, code in each if code == "conflict"] for line, each in codes.items()
        }
        return {line: each for line, each in names.items() if each}

    # The list comes again, as it was, with another address, and with an end that leaves them together.
    for again in (held, {**held, "owner_address": "Mới"}, {**held, "valid_to": "2026-12-31"}):
        assert told("registrations", again, new) == clash
    ended = {**held, "valid_to": "2025-12-31"}
    assert told("registrations", ended, {**new, "valid_from": "2026-01-01"}) == {}
    early = {**held, "valid_from": "2020-01-01", "certificate_no": "C", "valid_to": "2021-01-01"}
    half = {**right(2), "share": "1/2"}
    applied(taken("registrations", file("registrations", early)))
    applied(taken("rights", file("rights", half)))
    longer = {**early, "valid_to": "2025-12-31"}
    assert told("registrations", longer) == {2: ["chassis_no", "plate"]}
    most = {**half, "owner_id": "074085001234", "share": "2/3"}
    assert told("rights", half, most) == {3: ["share"]}
    assert told("rights", {**half, "valid_to": "2030-01-01"}, most) == {3: ["share"]}
    assert told("rights", {**half, "share": "3/4"}, most) == {2: ["share"], 3: ["share"]}


def test_a_second_upload_shows_the_same_warnings() -> None:
    row = firm(1, phone="0274 0000001")
    rows = file("officers", officer(1))
    recorded("enterprises", 1)
    applied(taken("officers", rows))
    again = taken("officers", rows)
    assert again.counts["unchanged"] == 1
    assert reported(again)["rows"]["2"]["codes"] == [["personal_id", "foreign_reference"]]
    assert found("enterprises", row) == {2: [("phone", "repaired")]}


def test_a_household_business_is_known_by_its_record() -> None:
    household = firm(1, enterprise_code="074085001234", legal_form="household_business")
    applied(taken("enterprises", file("enterprises", household)))
    for without in (bare(household, "legal_form"), {**household, "legal_form": None}):
        other = {**without, "enterprise_code": "074085001235", "legal_form": None}
        assert found("enterprises", bare(without, "phone")) == {}
        assert found("enterprises", other) == {
            2: [("enterprise_code", "format"), ("legal_form", "missing")]
        }
    became = {**household, "legal_form": "joint_stock_company"}
    assert found("enterprises", became) == {2: [("enterprise_code", "format")]}
    unsaid = {**household, "enterprise_code": "074085001235", "legal_form": "nhà nước"}
    assert found("enterprises", unsaid) == {
        2: [("enterprise_code", "format"), ("legal_form", "choice")]
    }


def test_twelve_digits_are_a_firm_s_where_a_household_business_has_them() -> None:
    household = firm(1, enterprise_code="074085001234", legal_form="household_business")
    applied(taken("enterprises", file("enterprises", household)))
    row = {**interest(1), "enterprise_code": "074085001234"}
    assert found("interests", row) == {2: [("owner_id", "foreign_reference")]}
    assert ("enterprise_code", "format") in found(
        "interests", {**row, "enterprise_code": "074085001235"}
    )[2]
    assert ("enterprise_code", "reference") in found("interests", interest(2))[2]


def test_an_owner_is_of_the_kind_that_is_recorded_where_the_file_says_none() -> None:
    recorded("registrations", 1)
    row = {"certificate_no": registration(1)["certificate_no"], "owner_id": "3701234562"}
    assert found("registrations", row) == {2: [("owner_id", "format")]}
    person = {**row, "owner_id": "074085001234"}
    assert found("registrations", person) == {2: [("owner_id", "foreign_reference")]}


def test_an_owner_without_a_kind_misses_it() -> None:
    for owner in ("074085001234", "3701234562"):
        row = bare({**plate(1), "owner_id": owner}, "owner_kind")
        assert found("plates", row) == {2: [("owner_kind", "missing")]}


def test_a_plate_that_was_won_waits_in_the_pool_for_its_owner() -> None:
    row = {**plate(1), "kind": "auctioned", "status": "pool"}
    assert found("plates", row) == {2: [("owner_id", "foreign_reference")]}
    assert applied(taken("plates", file("plates", row))).counts["created"] == 1


@pytest.mark.parametrize(
    ("collection", "was", "now", "code"),
    [
        ("enterprises", "active", "suspended", None),
        ("enterprises", "active", "ended", None),
        ("enterprises", "suspended", "ended", None),
        ("enterprises", "ended", "active", "conflict"),
        ("plates", "issued", "pool", None),
        ("plates", "pool", "recovered", None),
        ("plates", "cancelled", "issued", "conflict"),
        ("certificates", "issued", "replaced", None),
        ("certificates", "replaced", "issued", "conflict"),
    ],
)
def test_a_list_says_where_a_record_stands_now(
    collection: str, was: str, now: str, code: str | None
) -> None:
    made = make(record_types()[collection], 1, status=was)
    key = record_types()[collection].key
    row = {key: getattr(made, key), "status": now}
    assert found(collection, row) == ({2: [("status", code)]} if code else {})


def test_a_day_with_a_time_is_that_day() -> None:
    repaired = Judged("2023-03-15", "repaired", {}, "45000.5")
    assert judged("vehicles", "production_year", 45000.5).code == "format"
    assert judged("enterprises", "founded_on", 45000.5) == repaired
    assert judged("enterprises", "founded_on", "45000,5").value == "2023-03-15"
    assert judged("enterprises", "founded_on", 43538.5, date1904=True).value == "2023-03-15"
    assert judged("enterprises", "founded_on", "\x00d2023-03-15T12:00:00") == Judged("2023-03-15")


@pytest.mark.parametrize(
    ("collection", "name", "code"),
    [
        ("rights", "share", "format"),
        ("vehicles", "production_year", "format"),
        ("vehicles", "seats", "format"),
        ("vehicles", "fuel", "choice"),
        ("parcels", "parcel_id", "format"),
        ("parcels", "area", "format"),
        ("enterprises", "charter_capital", "format"),
        # Any text might have been meant: it is lost.
        ("certificates", "register_no", "unreadable"),
        ("inspections", "certificate_no", "unreadable"),
    ],
)
def test_a_date_that_a_spreadsheet_made_is_no_value(collection: str, name: str, code: str) -> None:
    told = judged(collection, name, "\x00d2026-01-02")
    assert (told.value, told.code, told.raw) == (None, code, "2026-01-02")


def test_numbers_have_as_many_digits_as_were_written() -> None:
    assert judged("parcels", "area", "120,125").value == "120.125"
    assert judged("parcels", "area", 400 / 3).value == "133.333333333333"
    assert judged("parcels", "area", 0.1 + 0.2).value == "0.3"
    assert judged("parcels", "area", 0.0000125).value == "0.0000125"
    assert judged("parcels", "area", 1e20).code == "range"
    assert judged("parcels", "area", "1" + "0" * 400).code == "range"
    assert judged("enterprises", "charter_capital", "9" * 30).code == "range"
    assert judged("enterprises", "charter_capital", "9." + ".".join(["999"] * 9)).code == "range"
    assert judged("vehicles", "seats", "9" * 30).code == "range"
    job = applied(taken("parcels", file("parcels", {**parcel(1), "area": "120,125"})))
    assert job.counts["created"] == 1
    assert str(Parcel.objects.get().area) == "120.125"
    again = taken("parcels", file("parcels", {**parcel(1), "area": "120,125"}))
    assert again.counts["unchanged"] == 1


def test_what_a_key_refers_to_is_recorded_or_not() -> None:
    assert found("dwellings", {**dwelling(1), "parcel_id": "99999/1/1"}) == {
        2: [("parcel_id", "reference")]
    }


def test_a_next_inspection_is_taken_as_the_paper_has_it() -> None:
    recorded("vehicles", 1)
    row = {**inspection(1), "next_due_on": "2025-08-02"}
    job = taken("inspections", file("inspections", row))
    assert job.counts["ok"] == 1
    applied(job)
    made: Any = record_types()["inspections"].model._base_manager.get()
    assert [(w["field"], w["code"]) for w in made.warnings] == [("next_due_on", "structure")]
