"""A person is recorded, amended, looked at and dies; history, audit and the portal tell it."""

from __future__ import annotations

import datetime
import time
from typing import Any

import httpx
from django.utils import timezone

from tests.journeys.conftest import Service, somebody


def test_a_life(service: Service, registrar: httpx.Client) -> None:
    values = somebody()
    key = values["personal_id"]
    created = registrar.post("/people", json=values, headers={"Idempotency-Key": key})
    assert created.status_code == 201, created.text
    assert created.headers["Location"] == f"/api/v1/people/{key}"
    assert created.json()["warnings"] == []

    before = timezone.now()
    amended = registrar.patch(
        f"/people/{key}",
        json={"phone": "0912345678", "reason": "Công dân khai bổ sung"},
        headers={"If-Match": created.headers["ETag"]},
    )
    assert amended.status_code == 200, amended.text
    assert amended.headers["ETag"] == '"2"'

    then = until_settled(registrar, key, before)
    assert then["phone"] is None
    assert then["version"] == 1

    with service.signed_in("tax") as tax:
        seen = tax.get(f"/people/{key}?fieldset=identity", headers={"Case-Reference": "TT-2026/7"})
        assert set(seen.json()) - {"version", "closed_on", "warnings"} == {
            "personal_id",
            "full_name",
            "sex",
            "birth_date",
            "status",
        }
        assert tax.get("/schools").status_code == 403

    died = registrar.post(
        "/operations/register-death",
        json={
            "personal_id": key,
            "death_date": "2026-10-01",
            "register_unit": "25747",
            "book": f"{key}",
            "number": "1",
            "registered_on": "2026-10-02",
        },
    )
    assert died.status_code == 200, died.text
    assert [r["collection"] for r in died.json()["records"]] == ["people", "civil-events"]

    steps = registrar.get(f"/people/{key}/history").json()["items"]
    told = [(s["version"], s["reason"], s["operation"]) for s in steps]
    assert told == [
        (3, "Đăng ký khai tử", "register-death"),
        (2, "Công dân khai bổ sung", None),
        (1, "", None),
    ]
    assert {c["field"] for c in steps[0]["changed"]} == {"status", "death_date"}
    events = registrar.get(f"/civil-events?subject={key}").json()["items"]
    assert [event["kind"] for event in events] == ["death"]

    entries = service.sql(
        "SELECT agency, action, operation, case_reference FROM audit_entry e"
        " JOIN audit_subject s ON s.entry_id = e.id AND s.at = e.at WHERE s.subject = %s"
        " AND e.outcome = 'done' ORDER BY e.at, e.id",
        [key],
    )
    assert [e[:3] for e in entries if e[1] in {"create", "amend"}] == [
        ("civil-status", "create", ""),
        ("civil-status", "amend", ""),
        ("civil-status", "amend", "register-death"),
        ("civil-status", "create", "register-death"),
    ]
    assert ("tax", "read", "", "TT-2026/7") in entries


def until_settled(client: httpx.Client, key: str, moment: datetime.datetime) -> dict[str, Any]:
    """A record as of `moment`, asked for until no running write is older."""
    for _ in range(50):
        reply = client.get(f"/people/{key}", params={"as_of": moment.isoformat()})
        if reply.status_code == 200:
            found: dict[str, Any] = reply.json()
            return found
        assert reply.json()["code"] == "unsettled"
        time.sleep(0.1)
    raise AssertionError("never settled")


def test_a_citizen_reads_within_seconds_who_looked(service: Service) -> None:
    citizen = service.demo["citizens"][0]
    with service.signed_in("bank") as bank:
        assert bank.get(f"/people/{citizen['personal_id']}").status_code == 200
    with httpx.Client(follow_redirects=True) as phone:
        page = phone.get(citizen["sign_in_url"])
        assert page.status_code == 200
        assert citizen["full_name"] in page.text
        page = phone.get(f"{service.url}/portal/looked")
        assert "Ngân hàng Sài Gòn Mẫu" in page.text
        assert "Luật Phòng, chống rửa tiền" in page.text
        assert len(page.content) < 60_000
