"""What holds for every collection whose records name an administrative unit."""

from __future__ import annotations

import datetime

import pytest
from rest_framework.test import APIClient

from records.registry import RecordType, samples
from records.units.snapshot import snapshot
from tests.conftest import key_of, make, url_of

pytestmark = pytest.mark.django_db


def test_records_are_found_by_today_s_unit_and_by_a_listed_one_only(
    partner: APIClient, record_type: RecordType
) -> None:
    column = record_type.unit
    if column is None:
        pytest.skip("names no unit")
    record = make(record_type)
    sample = samples(record_type.collection)(1)
    filed = sample[column]
    day = sample[record_type.unit_on] if record_type.unit_on else None
    on = datetime.date.fromisoformat(day) if day else None
    today = [link.unit.code for link in snapshot().becomes(filed, on)] or [filed]
    for code in today:
        page = partner.get(f"{url_of(record_type)}?{column}={code}").json()
        assert key_of(record_type, record) in {item[record_type.key] for item in page["items"]}
        assert filed in {unit["code"] for unit in page["units"]}
    reply = partner.get(f"{url_of(record_type)}?{column}=99999")
    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_unit")
    seen = partner.get(url_of(record_type, record)).json()
    split = [w for w in seen["warnings"] if w["code"] == "unit_split"]
    assert bool(split) is bool(snapshot().undecided(filed, on))
    body = {**samples(record_type.collection)(2), column: "99999"}
    reply = partner.post(url_of(record_type), body, format="json")
    faults = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert (reply.status_code, faults) == (422, [(column, "unknown_unit")])
