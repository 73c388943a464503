"""Codes of firms, each with the same verdict through API, desk form and import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from businesses.samples import branch, enterprise
from records import changes
from records.actors import Occasion, system
from records.registry import RecordType, record_types
from tests.importing import as_csv, reported, rows_of, taken
from tests.kernel.test_desk import a_clerk, filled

CASES = [
    case
    for line in (Path(__file__).parent.parent / "kernel" / "identifiers.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
    if (case := json.loads(line))["kind"] == "enterprise_code"
]
PLACES: dict[str, tuple[str, Any]] = {
    "enterprises": ("enterprise_code", enterprise),
    "branches": ("branch_code", branch),
}
#: Where a code belongs, and all others where it must be refused.
TRIED = [
    pytest.param(case, name, id=f"{name}:{case['value']}")
    for case in CASES
    for name in PLACES
    if not case["valid"] or ("-" in case["value"]) == (name == "branches")
]


def prepared(case: dict[str, Any], collection: str) -> tuple[RecordType, dict[str, Any], str]:
    """A record's type, its values under the code, and the code's normal form."""
    key, make = PLACES[collection]
    meant = case.get("normalized", case["value"])
    values = {**make(1), key: case["value"]}
    if collection == "branches":
        parent = meant[:10] if case["valid"] else enterprise(1)["enterprise_code"]
        values["enterprise_code"] = parent
        changes.create(
            record_types()["enterprises"],
            {**enterprise(1), "enterprise_code": parent},
            by=system("tests"),
            occasion=Occasion("tests"),
            reason="sample",
        )
    return record_types()[collection], values, meant


def recorded(record_type: RecordType) -> list[str]:
    return list(record_type.model._base_manager.values_list(record_type.key, flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(("case", "collection"), TRIED)
def test_through_the_api(partner: APIClient, case: dict[str, Any], collection: str) -> None:
    record_type, values, meant = prepared(case, collection)
    reply = partner.post(f"/api/v1/{collection}", values, format="json")
    # A number is taken as it stands or not at all: who mends it is the office that sends a file.
    taken_as_it_is = case["valid"] and meant == case["value"]
    assert (reply.status_code == 201) is taken_as_it_is, (case["why"], reply.json())
    if not taken_as_it_is:
        (error,) = reply.json()["errors"]
        assert (reply.status_code, error["field"]) == (422, record_type.key)
        assert error["code"] in {"format", "checksum"}


@pytest.mark.django_db
@pytest.mark.parametrize(("case", "collection"), TRIED)
def test_through_the_desks_form(case: dict[str, Any], collection: str) -> None:
    record_type, values, meant = prepared(case, collection)
    desk = Client()
    desk.force_login(a_clerk())
    url = f"/admin/{collection}/new/"
    typed = {n: "" if v is None else str(v) for n, v in values.items()}
    if "founded_on" in typed:
        typed["founded_on"] = "/".join(reversed(typed["founded_on"].split("-")))
    reply = desk.post(url, {**filled(desk.get(url)), **typed, "reason": "Thử"}, follow=True)
    assert reply.status_code < 500
    assert (meant in recorded(record_type)) is case["valid"], case["why"]
    if not case["valid"]:
        assert record_type.key in reply.context["form"].errors


@pytest.mark.django_db
@pytest.mark.parametrize(("case", "collection"), TRIED)
def test_through_an_import(case: dict[str, Any], collection: str) -> None:
    record_type, values, meant = prepared(case, collection)
    content = as_csv(rows_of(record_type, [1], **values))
    row = reported(taken(collection, content))["rows"]["2"]
    assert (row["verdict"] != "error") is case["valid"], (case["why"], row)
    if case["valid"]:
        assert row["values"][record_type.key] == meant
        assert ([record_type.key, "repaired"] in row["codes"]) is (meant != case["value"])
    else:
        assert {code for field, code in row["codes"] if field == record_type.key} <= {
            "format",
            "checksum",
            "unreadable",
        }
