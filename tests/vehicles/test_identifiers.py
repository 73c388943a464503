"""Plates and chassis numbers get one verdict, through whichever door they come."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from records.registry import record_types, samples
from tests.importing import applied, as_csv, rows_of, taken

pytestmark = pytest.mark.django_db


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
