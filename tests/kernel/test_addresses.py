"""A key in an address: quoted on the way out, found on the way back."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from rest_framework.test import APIClient

from education.samples import school
from tests.conftest import entries_of

pytestmark = pytest.mark.django_db


def create(partner: APIClient, code: str) -> Any:
    values = {**school(1), "school_code": code}
    return partner.post("/api/v1/schools", values, format="json")


@pytest.mark.parametrize(
    ("code", "address"),
    [("TH-Đ1", "/api/v1/schools/TH-%C4%901"), ("TH/đ_2.a", "/api/v1/schools/TH~%C4%91_2.a")],
)
def test_a_key_with_a_vietnamese_letter_has_an_address_that_resolves(
    partner: APIClient, code: str, address: str
) -> None:
    created = create(partner, code)
    assert created.status_code == 201, created.json()
    assert created["Location"] == created["Content-Location"] == address
    reply = partner.get(unquote(address))
    assert (reply.status_code, reply.json()["school_code"]) == (200, code)
    assert partner.get(address).json() == reply.json() == created.json()
    assert entries_of(request_id=reply["Request-Id"])[0]["record_key"] == code


def test_the_next_page_of_such_a_records_history_has_an_address_too(partner: APIClient) -> None:
    created = create(partner, "TH-Đ1")
    body = {"name": "Tiểu học Đông Hòa", "reason": "Đổi tên"}
    reply = partner.patch(
        created["Location"], body, format="json", headers={"If-Match": created["ETag"]}
    )
    assert reply.status_code == 200, reply.json()
    page = partner.get(f"{created['Location']}/history?limit=1").json()
    assert page["next"].isascii()
    following = partner.get(page["next"]).json()
    assert [step["version"] for step in (*page["items"], *following["items"])] == [2, 1]


def test_an_address_of_the_service_is_no_key(partner: APIClient) -> None:
    for word in ("lookup", "export"):
        reply = create(partner, word)
        assert reply.status_code == 422
        assert [e["field"] for e in reply.json()["errors"]] == ["school_code"]
