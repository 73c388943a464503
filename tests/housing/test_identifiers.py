"""The listed numbers of parcels and certificates have the same verdict at every door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from housing.samples import certificate, parcel
from records.registry import record_types
from tests.conftest import make
from tests.importing import as_csv, rows_of, taken
from tests.kernel.test_desk import a_clerk, filled

pytestmark = pytest.mark.django_db
LISTED = Path(__file__).parent.parent / "kernel" / "identifiers.jsonl"
CASES = [
    case
    for case in map(json.loads, LISTED.read_text(encoding="utf-8").splitlines())
    if case["kind"] in {"parcel", "certificate"}
]
NORMAL = {case["value"]: case.get("normalized", case["value"]) for case in CASES}
NEEDS = {"parcel": [], "certificate": ["parcels", "dwellings"]}
each = pytest.mark.parametrize("case", CASES, ids=[c["value"] or "empty" for c in CASES])


def meant(case: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The collection and column that a number is of, and a record that has it."""
    if case["kind"] == "certificate":
        return "certificates", "serial", {**certificate(1), "serial": case["value"]}
    name = "parcel_id" if "/" in case["value"] else "national_id"
    return "parcels", name, {**parcel(1), name: case["value"]}


@pytest.fixture(autouse=True)
def _parents(case: dict[str, Any]) -> None:
    for collection in NEEDS[case["kind"]]:
        make(record_types()[collection], 1)


@each
def test_through_the_api(partner: APIClient, case: dict[str, Any]) -> None:
    collection, name, values = meant(case)
    reply = partner.post(f"/api/v1/{collection}", values, format="json")
    assert (reply.status_code == 201) is case["valid"], (case["why"], reply.json())
    if case["valid"]:
        assert reply.json()[name] == NORMAL[case["value"]]
    else:
        assert [e["field"] for e in reply.json()["errors"]] == [name]
        assert reply.json()["errors"][0]["code"] in {"format", "missing", "range"}


@each
def test_through_an_import(case: dict[str, Any]) -> None:
    collection, name, values = meant(case)
    rows = rows_of(record_types()[collection], [1], **{name: values[name]})
    counts = taken(collection, as_csv(rows)).counts
    expected = "ok" if case["valid"] else "warning" if "normalized" in case else "error"
    assert counts[expected] == 1, (case["why"], counts)


@each
def test_through_the_desk_s_form(case: dict[str, Any]) -> None:
    collection, name, values = meant(case)
    desk, url = Client(), f"/admin/{collection}/new/"
    desk.force_login(a_clerk())
    typed = {k: str(v) for k, v in values.items() if v is not None}
    reply = desk.post(url, filled(desk.get(url), **typed, reason="Theo đơn"))
    taken_in = case["valid"] or "normalized" in case
    assert (reply.status_code == 302) is taken_in, case["why"]
    held = record_types()[collection].model._base_manager.filter(**{name: NORMAL[case["value"]]})
    assert held.exists() is taken_in
