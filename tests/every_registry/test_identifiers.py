"""Each listed identifier gets one verdict, through whichever door it comes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from records.registry import RecordType, record_types, samples
from tests.conftest import make, parents_of
from tests.importing import applied, as_csv, reported, shown, taken
from tests.kernel.test_desk import a_clerk, filled

pytestmark = pytest.mark.django_db
LISTED = Path(__file__).parent.parent / "data" / "identifiers.jsonl"
Case = dict[str, Any]
#: With what a value may be refused.
CODES = {
    "personal_id": {"format", "missing"},
    "enterprise_code": {"format", "checksum"},
    "parcel": {"format", "missing", "range"},
    "certificate": {"format", "missing", "range"},
}
#: Of which kinds the desk mends what is typed; of all it mends blanks at the ends and wide digits.
MENDED_AT_THE_DESK = {"parcel", "certificate"}


def placed() -> Iterator[tuple[tuple[str, str], Case]]:
    """Each listed identifier, with the collection and the field it is of."""
    for case in map(json.loads, LISTED.read_text(encoding="utf-8").splitlines()):
        match case["kind"], case["value"]:
            case "personal_id", _:
                yield ("people", "personal_id"), case
            case "enterprise_code", value:
                for at in [("enterprises", "enterprise_code"), ("branches", "branch_code")]:
                    if not case["valid"] or ("-" in value) == (at[0] == "branches"):
                        yield at, case
            case "plate", _:
                yield ("plates", "plate"), case
            case "vin", _:
                yield ("vehicles", "chassis_no"), case
            case "parcel", value:
                yield ("parcels", "parcel_id" if "/" in value else "national_id"), case
            case "certificate", _:
                yield ("certificates", "serial"), case


AT: dict[tuple[str, str], list[Case]] = {}
for _where, _case in placed():
    AT.setdefault(_where, []).append(_case)


def normal(case: Case) -> str:
    return str(case.get("normalized", case["value"]))


def refused_with(case: Case) -> set[str]:
    if case["kind"] in CODES:
        return CODES[case["kind"]]
    digit = case.get("check_digit_ok") is False
    return {"missing" if not case["value"] else "checksum" if digit else "format"}


def warned(case: Case) -> bool:
    """Whether a value is taken with a warning: a VIN whose check digit fails where it need not be."""
    return bool(case["valid"]) and case.get("check_digit_ok") is False


@pytest.fixture(params=AT, ids="-".join)
def at(request: pytest.FixtureRequest) -> tuple[str, str]:
    where: tuple[str, str] = request.param
    return where


@pytest.fixture
def record_type_of(at: tuple[str, str]) -> RecordType:
    """The collection, to whose records everything else they need is recorded."""
    record_type = record_types()[at[0]]
    parents_of(record_type, 1)
    if record_type.collection == "branches":
        for case in AT[at]:
            if case["valid"]:
                make(record_types()["enterprises"], 9, enterprise_code=case["value"][:10])
    return record_type


def values_of(case: Case, at: tuple[str, str]) -> dict[str, Any]:
    """The first sample under the identifier."""
    values = {**samples(at[0])(1), at[1]: case["value"]}
    if at[0] == "branches" and case["valid"]:
        values["enterprise_code"] = case["value"][:10]
    return values


def recorded(record_type: RecordType, field: str) -> dict[str, list[str]]:
    """What the collection holds in a field, with the codes of its warnings about the structure."""
    return {
        getattr(one, field): [w["code"] for w in one.warnings if w["code"] == "structure"]
        for one in record_type.model._base_manager.all()
    }


@contextmanager
def tried() -> Iterator[None]:
    """What is recorded within is not afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_through_the_api(
    partner: APIClient, at: tuple[str, str], record_type_of: RecordType
) -> None:
    collection, field = at
    for case in AT[at]:
        with tried():
            reply = partner.post(f"/api/v1/{collection}", values_of(case, at), format="json")
            # Blanks within a code are mended where a clerk sees what becomes of them.
            as_it_stands = case["valid"] and (case["kind"], " " in case["value"]) != (
                "enterprise_code",
                True,
            )
            if as_it_stands:
                assert reply.status_code == 201, (case["why"], reply.json())
                assert reply.json()[field] == normal(case)
                found = recorded(record_type_of, field)[normal(case)]
                assert case["kind"] == "personal_id" or found == ["structure"] * warned(case)
            else:
                assert reply.status_code == 422, case["why"]
                (fault,) = reply.json()["errors"]
                assert fault["field"] == field
                assert fault["code"] in refused_with(case), case["why"]


def test_through_the_desk_s_form(at: tuple[str, str], record_type_of: RecordType) -> None:
    collection, field = at
    desk, url = Client(), f"/admin/{collection}/new/"
    desk.force_login(a_clerk())
    empty = filled(desk.get(url), reason="Theo giấy tờ")
    for case in AT[at]:
        typed = {k: str(v) for k, v in values_of(case, at).items() if v is not None}
        with tried():
            reply = desk.post(url, {**empty, **typed})
            plain = unicodedata.normalize("NFKC", case["value"]).strip()
            mended = case["kind"] in MENDED_AT_THE_DESK or normal(case) == plain
            taken_in = case["valid"] or ("normalized" in case and mended)
            assert reply.status_code == (302 if taken_in else 422), case["why"]
            assert (normal(case) in recorded(record_type_of, field)) is taken_in, case["why"]
            if not taken_in:
                assert field in reply.context["form"].errors


def test_through_an_import(at: tuple[str, str], record_type_of: RecordType) -> None:
    collection, field = at
    for cases in apart(AT[at]):
        made = [{**samples(collection)(n), **own(c, at)} for n, c in enumerate(cases, 1)]
        for n in range(1, 1 + len(cases)):
            parents_of(record_type_of, n)
        header = [str(record_type_of.field(name).verbose_name) for name in made[0]]
        rows = [[shown(record_type_of, name, v) for name, v in one.items()] for one in made]
        with tried():
            job = taken(collection, as_csv([header, *rows]))
            verdicts = reported(job)["rows"]
            for line, case in enumerate(cases, 2):
                row = verdicts[str(line)]
                codes = {code for name, code in row["codes"] if name == field}
                taken_in = case["valid"] or "normalized" in case
                assert (row["verdict"] != "error") is taken_in, (case["why"], row)
                if taken_in:
                    assert row["values"][field] == normal(case)
                    # A personal id is compared with the sample's sex and birth besides.
                    assert case["kind"] == "personal_id" or ("structure" in codes) is warned(case)
                else:
                    assert codes <= {*refused_with(case), "unreadable"}
                    assert codes
                if case["kind"] == "enterprise_code" and taken_in:
                    assert ("repaired" in codes) is (normal(case) != case["value"])
                if case["kind"] in {"parcel", "certificate"} and taken_in:
                    assert row["verdict"] == ("ok" if case["valid"] else "warning")
            applied(job)
            assert set(recorded(record_type_of, field)) == {
                normal(c) for c in cases if c["valid"] or "normalized" in c
            }


def own(case: Case, at: tuple[str, str]) -> dict[str, Any]:
    """The identifier, and what must go with it, in a row of its own."""
    names = ("enterprise_code", at[1]) if at[0] == "branches" else (at[1],)
    return {name: values_of(case, at)[name] for name in names}


def apart(cases: list[Case]) -> Iterator[list[Case]]:
    """Cases in as many files as needed for no identifier to stand in one file twice."""
    left = cases
    while left:
        first = {normal(case): case for case in reversed(left)}
        yield list(first.values())
        left = [case for case in left if first[normal(case)] is not case]


def test_all_that_is_listed_is_tried() -> None:
    assert {case["kind"] for cases in AT.values() for case in cases} >= {
        "personal_id", "enterprise_code", "plate", "vin", "parcel", "certificate"
    }  # fmt: skip
