"""Plates and chassis numbers get one verdict, through whichever door they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from records.registry import RecordType, record_types, samples
from tests.importing import applied, as_csv, rows_of, taken
from tests.kernel.test_desk import a_clerk, filled

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parent.parent / "data" / "identifiers.jsonl"
WHERE = {"plate": ("plates", "plate"), "vin": ("vehicles", "chassis_no")}


def cases() -> Iterator[Any]:
    for line in FILE.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if said["kind"] in WHERE:
            yield pytest.param(said, id=f"{said['kind']}: {said['why']}")


@pytest.fixture(params=cases())
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    said: dict[str, Any] = request.param
    return said


@pytest.fixture
def record_type_of(case: dict[str, Any]) -> RecordType:
    return record_types()[WHERE[case["kind"]][0]]


def warned(case: dict[str, Any]) -> bool:
    """Whether a value is taken with a warning: a VIN whose check digit fails where it need not be."""
    return bool(case["valid"]) and case.get("check_digit_ok") is False


def recorded(record_type: RecordType, case: dict[str, Any]) -> bool:
    """Whether the normal form stands in the registry, and nothing else; with its warning."""
    found = record_type.model._base_manager.all()
    if not found:
        return False
    (one,) = found
    assert getattr(one, record_type.key) == case.get("normalized", case["value"])
    assert [w["code"] for w in one.warnings if w["code"] == "structure"] == (
        ["structure"] * warned(case)
    )
    return True


def test_through_the_api(
    partner: APIClient, case: dict[str, Any], record_type_of: RecordType
) -> None:
    collection, field = WHERE[case["kind"]]
    body = {**samples(collection)(1), field: case["value"]}
    reply = partner.post(f"/api/v1/{collection}", body, format="json")
    assert reply.status_code == (201 if case["valid"] else 422), reply.json()
    assert recorded(record_type_of, case) is case["valid"]
    if not case["valid"]:
        (fault,) = reply.json()["errors"]
        digit = case.get("check_digit_ok") is False
        code = "missing" if not case["value"] else "checksum" if digit else "format"
        assert (fault["field"], fault["code"]) == (field, code)


def test_through_the_desk_s_form(case: dict[str, Any], record_type_of: RecordType) -> None:
    collection, field = WHERE[case["kind"]]
    clerk = Client()
    clerk.force_login(a_clerk())
    url = reverse(f"admin:new-{collection}")
    typed = {name: str(value) for name, value in samples(collection)(1).items()}
    typed |= {field: case["value"], "reason": "Từ giấy tờ"}
    sent = filled(clerk.get(url), **typed)
    reply = clerk.post(url, sent)
    assert reply.status_code == (302 if case["valid"] else 422)
    assert recorded(record_type_of, case) is case["valid"]


def test_through_an_import(case: dict[str, Any], record_type_of: RecordType) -> None:
    collection, field = WHERE[case["kind"]]
    job = taken(collection, as_csv(rows_of(record_type_of, [1], **{field: case["value"]})))
    assert job.counts["error"] == (not case["valid"])
    applied(job)
    assert recorded(record_type_of, case) is case["valid"]


@pytest.mark.parametrize(
    ("written", "plain", "repaired"),
    [
        ("61-B1 123.45", "61B112345", False),
        ("61-B1 1234", "61B11234", False),
        ("61C1-123.45", "61C112345", False),
        ("61-AA 123.45", "61AA12345", False),
        ("61MĐ1-123.45", "61MĐ112345", False),
        ("50LD-012.34", "50LD01234", False),
        ("61RM-001.23", "61RM00123", False),
        ("51-KT 1234", "51KT1234", False),
        ("29TĐ-123.45", "29TĐ12345", False),
        ("TC-33-86", "TC3386", False),
        ("51-631-NN-22", "51631NN22", False),
        ("61 - b1 123 45", "61B112345", True),
        ("80 011 ng 01", "80011NG01", True),
        ("tc 3386", "TC3386", True),
    ],
)
def test_every_official_spelling_means_one_plate(written: str, plain: str, repaired: bool) -> None:
    record_type = record_types()["plates"]
    rows = rows_of(record_type, [1], plate=written, colour="red" if plain[0] == "T" else "white")
    job = applied(taken("plates", as_csv(rows)))
    assert job.counts["created"] == 1
    held = record_type.model._base_manager.get()
    assert held.plate == plain  # type: ignore[attr-defined]
    assert [w["code"] for w in held.warnings] == ["foreign_reference"] + ["repaired"] * repaired


def test_one_plate_is_found_however_it_is_written(partner: APIClient) -> None:
    body = {**samples("plates")(1), "plate": "61-B1 123.45"}
    assert partner.post("/api/v1/plates", body, format="json").status_code == 201
    for written in ("61B112345", "61-b1 123.45", "61B1-123.45"):
        assert partner.get(f"/api/v1/plates/{written}").json()["plate"] == "61B112345"
    reply = partner.post("/api/v1/plates", {**body, "plate": "61b112345"}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "duplicate")


@pytest.mark.parametrize("shorter", ["C507945596", "RLHPC2683520", "DCG6"])
def test_a_chassis_number_that_is_no_vin(partner: APIClient, shorter: str) -> None:
    body = {**samples("vehicles")(1), "chassis_no": shorter}
    reply = partner.post("/api/v1/vehicles", body, format="json")
    assert (reply.status_code, reply.json()["chassis_no"]) == (201, shorter)
    assert reply.json()["warnings"] == []
