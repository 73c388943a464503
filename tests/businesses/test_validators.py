"""Kinds of value of the business register, and what looks wrong in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from businesses.samples import code, enterprise
from businesses.validators import BranchCode, Vsic
from records import changes
from records.actors import Occasion, system
from records.findings import looking
from records.findings.models import Finding
from records.history.speaking import speak_for
from records.mending import check_digit
from records.registry import record_types
from tests.conftest import make
from tests.importing import applied, as_csv, reported, rows_of, taken

ENTERPRISES, BRANCHES = record_types()["enterprises"], record_types()["branches"]


@pytest.mark.parametrize(
    ("written", "meant", "mended"),
    [
        ("2511", "2511", False),
        ("111", "0111", True),
        ("25", "25", False),
        ("25.11", "25.11", False),
        ("25110", "25110", False),
        ("", "", False),
    ],
)
def test_a_class_of_industry(written: str, meant: str, mended: bool) -> None:
    assert Vsic.mend(written) == (meant, mended)


@pytest.mark.parametrize(
    ("written", "meant", "mended"),
    [
        ("3701234562-001", "3701234562-001", False),
        ("3701234562001", "3701234562-001", True),
        ("37 0123456 2-001", "3701234562-001", True),
        ("3701234562 - 001", "3701234562-001", True),
        ("0100233488-002", "0100233488-002", False),
        ("100233488-002", "0100233488-002", True),
        ("100233488002", "0100233488-002", True),
        ("3701234562-01", "3701234562-01", False),
        ("370123456-2001", "370123456-2001", False),
        ("3701234562", "3701234562", False),
        ("3701234562-1000", "3701234562-1000", False),
    ],
)
def test_a_branchs_code_as_offices_write_it(written: str, meant: str, mended: bool) -> None:
    assert BranchCode.mend(written) == (meant, mended)


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("3701234562-001", None),
        ("3701234562-999", None),
        ("3701234562-000", "format"),
        ("3701234562-1000", "format"),
        ("3701234562-01", "format"),
        ("3702134562-001", "checksum"),
        ("3700000000-001", "format"),
        ("3701000170-001", "checksum"),
        ("3701234562", "format"),
    ],
)
def test_a_branchs_code(value: str, wrong: str | None) -> None:
    if wrong is None:
        assert BranchCode().clean(value, None) == value
        return
    with pytest.raises(ValidationError) as raised:
        BranchCode().clean(value, None)
    assert raised.value.code == wrong


@pytest.mark.django_db
def test_any_class_and_any_park_is_taken_without_a_warning() -> None:
    values = {"main_industry": "4520", "vsic_version": "2025", "industrial_park": "KCN Không Có"}
    rows = rows_of(ENTERPRISES, [1], **values)
    assert reported(taken("enterprises", as_csv(rows)))["rows"]["2"]["codes"] == []


def test_samples_are_different_and_check() -> None:
    made = [code(n) for n in range(3000)]
    assert len(set(made)) == len(made)
    assert all(check_digit(each) == each[9] for each in made)


def written(table: str, columns: dict[str, Any]) -> None:
    """Write past every judge, as a bulk load might."""
    speak_for(system("tests"), "sample", Occasion("tests"))
    names = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",
            list(columns.values()),
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"branch_code": "3701234562-000"},
        {"branch_code": f"{code(2)}-001"},
        {"kind": "shop"},
        {"status": "active "},
    ],
)
def test_the_database_has_the_same_wall(wrong: dict[str, str]) -> None:
    make(ENTERPRISES, 1)
    good = {
        "branch_code": f"{code(1)}-001", "enterprise_code": code(1), "name": "x", "kind": "branch",
        "unit": "25747", "address": "x", "status": "active",
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        written("branches", {**good, **wrong})
    written("branches", good)


@pytest.mark.django_db
def test_only_a_household_stands_under_a_person_in_the_database_too() -> None:
    made = {**enterprise(1), "enterprise_code": "074085001234"}
    with pytest.raises(IntegrityError):
        written("enterprises", made)
    written("enterprises", {**made, "legal_form": "household_business"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("collection", "values", "field", "what"),
    [
        ("branches", {"branch_code": "3701234562-000"}, "branch_code", "format"),
        ("branches", {"branch_code": "3702134562-001"}, "branch_code", "checksum"),
        ("officers", {"personal_id": "1"}, "personal_id", "format"),
        ("officers", {"office": "Thủ quỹ"}, "office", "choice"),
        ("officers", {"enterprise_code": "3702134562"}, "enterprise_code", "checksum"),
        ("interests", {"owner_id": code(7)}, "owner_id", "format"),
        ("interests", {"owner_kind": "enterprise"}, "owner_id", "format"),
        ("interests", {"share": "0"}, "share", "range"),
        ("interests", {"share": "5/4"}, "share", "range"),
        ("interests", {"share": "33,33%"}, "share", "format"),
    ],
)
def test_what_is_wrong_in_a_row_of_a_file(
    collection: str, values: dict[str, str], field: str, what: str
) -> None:
    make(ENTERPRISES, 1)
    rows = rows_of(record_types()[collection], [1], **values)
    found = reported(taken(collection, as_csv(rows)))
    assert [field, what] in found["rows"]["2"]["codes"]
    assert found["rows"]["2"]["verdict"] == "error"


@pytest.mark.django_db
def test_what_belongs_to_no_firm() -> None:
    for collection in ("branches", "officers", "interests"):
        found = reported(taken(collection, as_csv(rows_of(record_types()[collection], [1]))))
        assert found["rows"]["2"]["codes"] == [["enterprise_code", "reference"]], collection


@pytest.mark.django_db
def test_words_and_mended_values_of_officers_and_interests() -> None:
    make(ENTERPRISES, 1)
    officers = [
        ["MST", "CCCD", "Họ tên", "Chức danh", "Ngày bổ nhiệm", "Ngày miễn nhiệm"],
        [code(1), "074085001234", "Nguyễn An", "Chủ tịch công ty", "1/2/2020", ""],
        [code(1), "74085001234", "Nguyễn An", "người đại diện theo pháp luật", "1/2/2020", ""],
        [code(1), "074085001234", "Nguyễn An", "Tổng giám đốc", "1/3/2020", ""],
        [code(1), "074085001234", "Nguyễn An", "Giám đốc", "1/4/2020", ""],
        [code(1), "074085001234", "Nguyễn An", "Kế toán trưởng", "1/2/2020", "1/1/2020"],
    ]
    found = reported(taken("officers", as_csv(officers)))["rows"]
    assert found["2"]["values"]["office"] == "chairperson"
    assert ["personal_id", "repaired"] in found["3"]["codes"]
    assert found["3"]["values"]["office"] == "legal_representative"
    # The same office twice at once.
    assert [c[1] for c in found["4"]["codes"]] == ["conflict"]
    assert [c[1] for c in found["5"]["codes"]] == ["conflict"]
    assert [c[1] for c in found["6"]["codes"]] == ["range"]
    make(ENTERPRISES, 3)
    bank = {**enterprise(4), "enterprise_code": "0100233488"}
    changes.create(ENTERPRISES, bank, by=system("t"), occasion=Occasion("t"), reason="x")
    interests = [
        ["Mã số thuế", "Loại thành viên", "Số CCCD/MST", "Tư cách", "Tỷ lệ", "Ngày góp vốn"],
        [code(1), "Cá nhân", "074085001234", "Thành viên góp vốn", "1/3", "1/2/2020"],
        [code(1), "Tổ chức", "100233488", "Thành viên góp vốn", "25%", "1/2/2020"],
        [code(1), "Doanh nghiệp", code(3), "Cổ đông sáng lập", "5/12", "1/2/2020"],
    ]
    job = taken("interests", as_csv(interests))
    found = reported(job)["rows"]
    assert ["owner_id", "repaired"] in found["3"]["codes"]
    assert ["share", "repaired"] in found["3"]["codes"]
    assert found["3"]["values"]["owner_id"] == "0100233488"
    assert found["4"]["values"]["share"] == "5/12"
    applied(job)
    one_more = [interests[0], [code(1), "Cá nhân", "074190004321", "Cổ đông", "1/1000", "1/1/2021"]]
    over = reported(taken("interests", as_csv(one_more)))["rows"]["2"]
    assert over["codes"] == [["share", "conflict"]]


@pytest.mark.django_db
def test_two_firms_of_one_name_are_shown_as_alike(partner: APIClient) -> None:
    values = {**enterprise(2), "name": enterprise(1)["name"].upper()}
    make(ENTERPRISES, 1)
    changes.create(ENTERPRISES, values, by=system("t"), occasion=Occasion("t"), reason="x")
    alike = partner.get(f"/api/v1/enterprises/{code(1)}/similar").json()["items"]
    assert [(one["enterprise_code"], one["reasons"]) for one in alike] == [(code(2), ["name"])]


@pytest.mark.django_db
def test_what_is_looked_for_nightly() -> None:
    make(ENTERPRISES, 1)
    make(record_types()["officers"], 2)
    over = {**enterprise(3), "status": "suspended", "suspended_until": "2026-01-31"}
    over["suspended_from"] = "2026-01-01"
    changes.create(ENTERPRISES, over, by=system("t"), occasion=Occasion("t"), reason="x")
    looking.look()
    found = Finding.objects.filter(collection="enterprises", ended_at=None)
    told = {(f.rule, f.record_key) for f in found if f.rule.partition(".")[2] in CHECKS}
    assert told == {
        ("enterprises.represented", code(1)),
        ("enterprises.suspension-over", code(3)),
    }


CHECKS = {"represented", "suspension-over"}
