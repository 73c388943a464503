"""Made-up firms agree with themselves: what is in force sums to one, is represented, comes in order."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from businesses.samples import SEEDS
from records.population import Population, iso
from records.population.days import TODAY

AROUND = Population(10_000)[0]


@pytest.fixture(scope="module")
def made() -> dict[str, list[dict[str, Any]]]:
    return {
        name: [dict(zip(seed.columns, row, strict=True)) for row in seed.rows(AROUND)]
        for name, seed in SEEDS.items()
    }


def test_each_firm_is_owned_whole(made: dict[str, list[dict[str, Any]]]) -> None:
    held: dict[str, Fraction] = defaultdict(Fraction)
    for row in made["interests"]:
        held[row["enterprise_code"]] += Fraction(row["share"])
    assert set(held) == {row["enterprise_code"] for row in made["enterprises"]}
    assert set(held.values()) == {1}


def test_each_firm_has_one_representative_a_day(made: dict[str, list[dict[str, Any]]]) -> None:
    times: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in made["officers"]:
        if row["office"] == "legal_representative":
            span = (row["valid_from"], row["valid_to"] or "9999")
            times[row["enterprise_code"]].append(span)
    for firm in made["enterprises"]:
        spans = sorted(times[firm["enterprise_code"]])
        assert spans[0][0] == firm["founded_on"]
        assert all(a[1] < b[0] for a, b in pairwise(spans))
        if firm["status"] == "active":
            assert spans[-1][1] == "9999"
    assert sum(len(spans) > 1 for spans in times.values()) > 3


def test_dates_come_in_order(made: dict[str, list[dict[str, Any]]]) -> None:
    founded = {row["enterprise_code"]: row["founded_on"] for row in made["enterprises"]}
    for name in ("officers", "interests"):
        for row in made[name]:
            assert founded[row["enterprise_code"]] <= row["valid_from"] <= iso(TODAY)
            assert row["valid_to"] is None or row["valid_from"] <= row["valid_to"] <= iso(TODAY)
    for row in made["enterprises"]:
        assert (row["suspended_from"] is not None) is (row["status"] == "suspended")
        if row["suspended_from"]:
            assert row["founded_on"] < row["suspended_from"] <= iso(TODAY)
            assert row["suspended_until"] >= iso(TODAY)


def test_statuses_are_in_proportion(made: dict[str, list[dict[str, Any]]]) -> None:
    firms = made["enterprises"]
    active = sum(row["status"] == "active" for row in firms)
    assert 0.7 < active / len(firms) < 0.95
    assert {row["status"] for row in firms} >= {"active", "suspended", "not_at_address", "ended"}
    assert len({row["name"] for row in firms}) > 0.99 * len(firms)
    assert any(row["owner_kind"] == "enterprise" for row in made["interests"])
    assert made["branches"]
