"""Single values: what is taken, what is refused, and that the database agrees."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.utils import DataError
from hypothesis import given, settings as limits, strategies as st

from records import fields, owners, quantities
from records.actors import Occasion, system
from records.history.speaking import speak_for

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "identifiers.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
PERSONAL_IDS = [case for case in CASES if case["kind"] == "personal_id"]


def judged(field: Any, value: Any) -> Any:
    """A value in its normal form, or the code of its fault."""
    try:
        return field.clean(value, None)
    except ValidationError as error:
        return {"fault": error.error_list[0].code}


@pytest.mark.parametrize("case", PERSONAL_IDS, ids=[c["value"] or "empty" for c in PERSONAL_IDS])
def test_personal_ids_as_listed(case: dict[str, Any]) -> None:
    got = judged(fields.PersonalId(), case["value"])
    assert (got == case["value"]) is case["valid"], case["why"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", PERSONAL_IDS, ids=[c["value"] or "empty" for c in PERSONAL_IDS])
def test_personal_ids_in_the_database_as_listed(case: dict[str, Any]) -> None:
    speak_for(system("tests"), "x", Occasion("tests"))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO people (personal_id, full_name, sex, birth_date)"
                " VALUES (%s, 'An', 'F', '1985')",
                [case["value"]],
            )
        taken = True
    except (IntegrityError, DataError):
        taken = False
    assert taken is case["valid"]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (fields.Text(), "  Bình\u00a0 Dương\u200b\n", "Bình Dương"),
        (fields.Text(), "Thủ Dâ\u0300u Một", "Thủ Dầu Một"),
        (fields.Text(), "a\x00b", {"fault": "format"}),
        (fields.Text(), "\ud800", {"fault": "format"}),
        (fields.Name(), "H’Hen Niê", "H'Hen Niê"),
        (fields.Name(), "Y Bhăm", "Y Bhăm"),
        (fields.Name(), "NGUYỄN VĂN A", "NGUYỄN VĂN A"),
        (fields.Name(), "Ðặng An", "Đặng An"),
        (fields.Name(), "Иван", {"fault": "format"}),
        (fields.Name(), "Nguy?n", {"fault": "format"}),
        (fields.PartialDate(), "1985", "1985"),
        (fields.PartialDate(), "1985-06", "1985-06"),
        (fields.PartialDate(), "1985-02-31", {"fault": "format"}),
        (fields.PartialDate(), "1985-13", {"fault": "format"}),
        (fields.PartialDate(), "85", {"fault": "format"}),
        (fields.PartialDate(), "1799", {"fault": "range"}),
        (fields.PartialDate(), "2190", {"fault": "range"}),
        (fields.PartialDate(future=True), "2190", "2190"),
        (fields.PartialDate(), "1985\n", {"fault": "format"}),
        (fields.UnitCode(), "00004", "00004"),
        (fields.UnitCode(), "4", {"fault": "format"}),
        (fields.UnitCode(), "２５７４７", {"fault": "format"}),
        (fields.Phone(), "0912345678", "0912345678"),
        (fields.Phone(), "912345678", {"fault": "format"}),
        (fields.Email(), "a@b.vn", "a@b.vn"),
        (fields.Email(), "a@b", {"fault": "format"}),
        (fields.Email(), "a b@c.vn", {"fault": "format"}),
        (fields.SchoolYear(), "2025-2026", "2025-2026"),
        (fields.SchoolYear(), "2025-2027", {"fault": "format"}),
        (fields.Code(), "HS/1.2-3", "HS/1.2-3"),
        (fields.Code(), "a b", {"fault": "format"}),
        (fields.Code(), "a~b", {"fault": "format"}),
        (fields.Key(), "  ĐK 61  số 7/2026 ", "ĐK 61 số 7/2026"),
        (fields.Key(), "a~b", {"fault": "format"}),
        *((fields.Key(), word, {"fault": "format"}) for word in (".", "..", "lookup", "export")),
        (fields.Key(), "...", "..."),
        (fields.Key(), "x" * 256, {"fault": "max_length"}),
        (fields.Date(), "2026-02-30", {"fault": "format"}),
        (fields.Date(), "2026-2-3", {"fault": "format"}),
        (fields.Date(future=False), "2190-01-01", {"fault": "range"}),
        (quantities.Integer(least=1, most=12), 13, {"fault": "range"}),
        (quantities.Year(), "2015", 2015),
        (quantities.Year(), "15", {"fault": "format"}),
        (quantities.Year(), 1799, {"fault": "range"}),
        (quantities.Year(), 2190, {"fault": "range"}),
        (quantities.Money(), "1200000000", 1_200_000_000),
        (quantities.Money(), "1.200", {"fault": "format"}),
        (quantities.Money(), -1, {"fault": "range"}),
        (quantities.Decimal(), "120.50", Decimal("120.5")),
        (quantities.Decimal(), "1200", Decimal(1200)),
        (quantities.Decimal(), "0", {"fault": "range"}),
        (quantities.Decimal(), "-1.5", {"fault": "range"}),
        (quantities.Decimal(), "1.234", Decimal("1.234")),
        (quantities.Decimal(), "0." + "3" * 16, {"fault": "format"}),
        (quantities.Decimal(), "1e5", {"fault": "format"}),
        (quantities.Decimal(), "9" * 19, {"fault": "range"}),
        (quantities.Decimal(), "1" + "0" * 4999, {"fault": "range"}),
        (quantities.Integer(), "9" * 5000, {"fault": "range"}),
        (quantities.Money(), "9" * 19, {"fault": "range"}),
        (quantities.Money(), "1" + "0" * 15, 10**15),
        (quantities.Money(), "1" + "0" * 14 + "10", {"fault": "range"}),
        (quantities.Fraction(), f"{10**12}/{3 * 10**12}", "1/3"),
        (quantities.Fraction(), f"1/{10**12}", {"fault": "range"}),
        (quantities.Fraction(), "2/6", "1/3"),
        (quantities.Fraction(), "1", "1/1"),
        (quantities.Fraction(), "5/4", {"fault": "range"}),
        (quantities.Fraction(), "-1/4", {"fault": "range"}),
        (quantities.Fraction(), "0", {"fault": "range"}),
        (quantities.Fraction(), "1/0", {"fault": "format"}),
        (quantities.Fraction(), "02-Jan", {"fault": "format"}),
        (owners.EnterpriseCode(), "3701234562", "3701234562"),
        (owners.EnterpriseCode(), "3702134562", {"fault": "checksum"}),
        (owners.EnterpriseCode(), "3700000000", {"fault": "format"}),
        (owners.EnterpriseCode(), "074085001234", {"fault": "format"}),
        (owners.EnterpriseCode(households=("legal_form", "h")), "074085001234", "074085001234"),
        (owners.EnterpriseCode(households=("form", "h")).among("x"), "1" * 12, {"fault": "format"}),
        (owners.OwnerId(), "074085001234", "074085001234"),
        (owners.OwnerId().among("enterprise"), "074085001234", {"fault": "format"}),
        (owners.OwnerId().among("person"), "3701234562", {"fault": "format"}),
    ],
)
def test_values(field: Any, value: Any, expected: Any) -> None:
    assert judged(field, value) == expected


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (quantities.Money(), "1.200.000.000", ("1200000000", False)),
        (quantities.Money(), "1,200,000,000", ("1200000000", True)),
        (quantities.Money(), "1.200.000 đồng", ("1200000", True)),
        (quantities.Money(), "1,2 tỷ", ("1,2 tỷ", False)),
        (quantities.Money(), "-2.000", ("-2000", False)),
        (quantities.Decimal(), "120,5", ("120.5", False)),
        (quantities.Decimal(), "1.250,5", ("1250.5", False)),
        (quantities.Decimal(), "1.250", ("1250", False)),
        (quantities.Decimal(), "120,5 m2", ("120.5", True)),
        (quantities.Decimal(), "1,250.5", ("1,250.5", False)),
        (quantities.Decimal(), "0.125", ("0.125", False)),
        (quantities.Decimal(), "0.5", ("0.5", False)),
        (quantities.Decimal(), "0,125", ("0.125", False)),
        (quantities.Decimal(), "120 đồng", ("120 đồng", False)),
        (quantities.Money(), "0.125", ("0.125", False)),
        (quantities.Money(), "1200.00", ("1200.00", False)),
        (quantities.Money(), "1.200 m2", ("1.200 m2", False)),
        (quantities.Integer(), "2.000", ("2.000", False)),
        (quantities.Year(), "2015.0", ("2015.0", False)),
        (quantities.Fraction(), "1 / 2", ("1 / 2", False)),
        (fields.PersonalId(), "074.085.001.000", ("074085001000", True)),
        (fields.PersonalId(), "074-085 001.234", ("074085001234", True)),
        (fields.PersonalId(), "74085001234.0", ("074085001234", True)),
        (fields.PersonalId(), "74085001234.00", ("74085001234.00", False)),
        (fields.PersonalId(), "'074085001234", ("074085001234", True)),
        (fields.PersonalId(), "074085001234.", ("074085001234.", False)),
        (fields.OldIdNumber(), "280.123.000", ("280123000", True)),
        (fields.OldIdNumber(), "80 123 456", ("080123456", True)),
        (fields.OldIdNumber(), "280-123-456", ("280-123-456", False)),
        (fields.OldIdNumber(), "28012345.0", ("28012345.0", False)),
        (fields.Phone(), "0912.345.000", ("0912345000", True)),
        (fields.Phone(), "912 345 678", ("0912345678", True)),
        (fields.Phone(), "+84 912 345 678", ("0912345678", True)),
        (fields.Phone(), "0912-345-678", ("0912-345-678", False)),
        (fields.Phone(), "0084912345678", ("0084912345678", False)),
        (fields.UnitCode(), "4", ("00004", True)),
        (fields.UnitCode(), "25.747", ("25.747", False)),
        (fields.UnitCode(), "2574 7", ("2574 7", False)),
        (fields.SchoolYear(), "2025/2026", ("2025/2026", False)),
        (fields.SchoolYear(), "2025 - 2026", ("2025 - 2026", False)),
        (fields.Date(), "2/3/2026", ("2026-03-02", False)),
        (fields.Date(), "02.03.2026", ("2026-03-02", True)),
        (fields.Date(), "45000", ("2023-03-15", True)),
        (fields.Date(), "45000.0", ("2023-03-15", True)),
        (fields.Date(), "45000,75", ("2023-03-15", True)),
        (fields.Date(), "2026-3-2", ("2026-3-2", False)),
        (owners.EnterpriseCode(), "3794164788.0", ("3794164788", True)),
        (owners.EnterpriseCode(), "379-4164788", ("379-4164788", False)),
        (quantities.Fraction(), "50%", ("1/2", True)),
        (quantities.Fraction(), "12,5 %", ("1/8", True)),
        (quantities.Fraction(), "33,33%", ("33,33%", False)),
        (quantities.Fraction(), "37,25%", ("149/400", True)),
        (owners.EnterpriseCode(), "390446333", ("0390446333", True)),
        (owners.EnterpriseCode(), "390446334", ("390446334", False)),
        (owners.EnterpriseCode(), "37 9416478 8", ("3794164788", True)),
        (owners.EnterpriseCode(), "3791752414-01", ("3791752414-01", False)),
        (owners.OwnerId(), "74092863840", ("074092863840", True)),
        (owners.OwnerId(), "3701234562", ("3701234562", False)),
    ],
)
def test_what_an_office_writes(field: Any, text: str, expected: tuple[str, bool]) -> None:
    assert field.mend(text) == expected


@limits(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = judged(fields.Text(null=True, blank=True), text)
    if isinstance(once, str):
        assert judged(fields.Text(), once) == once


@limits(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=14), st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}", fullmatch=True)))
def test_any_text_is_a_partial_date_or_a_fault(text: str) -> None:
    got = judged(fields.PartialDate(null=True, blank=True), text)
    assert got is None or got == text or isinstance(got, dict)
