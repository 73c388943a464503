"""A POST sent twice with one key: one effect, and each answer permitted and audited by itself."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.models import CivilEvent, Person
from citizens.samples import person
from records.registry import operations, record_types
from tests.conftest import entries_of, make

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "once"}


def register_birth(partner: APIClient) -> Any:
    given = {
        **operations()["register-birth"].example,
        "mother_id": make(record_types()["people"], 1).personal_id,
    }
    return partner.post("/api/v1/operations/register-birth", given, format="json", headers=KEY)


def rows_and_events() -> list[int]:
    models = (Person, record_types()["people"].events)
    models += (CivilEvent, record_types()["civil-events"].events)
    return [model._base_manager.count() for model in models]


def test_an_operation_sent_twice_has_one_effect(partner: APIClient) -> None:
    first = register_birth(partner)
    assert first.status_code == 200, first.json()
    assert rows_and_events() == [2, 2, 1, 1]
    again = register_birth(partner)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert rows_and_events() == [2, 2, 1, 1]


def test_an_operations_replay_is_audited_about_whom_it_touched(partner: APIClient) -> None:
    register_birth(partner)
    (entry,) = entries_of(request_id=register_birth(partner)["Request-Id"])
    assert (entry["action"], entry["operation"]) == ("run", "register-birth")
    assert (entry["outcome"], entry["legal_basis"]) == ("done", "Luật Thử nghiệm, Điều 1")
    child = operations()["register-birth"].example["personal_id"]
    assert entry["subjects"] == [child, person(1)["personal_id"]]


def test_an_operations_replay_after_its_agreement_is_refused_and_audited(
    partner: APIClient, agency: Any
) -> None:
    assert register_birth(partner).status_code == 200
    agency.agreement_set.filter(fieldset="register-birth").delete()
    reply = register_birth(partner)
    assert (reply.status_code, reply.json()["code"]) == (403, "not_agreed")
    assert "Idempotent-Replay" not in reply
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["operation"], entry["outcome"]) == ("register-birth", "refused")
    assert operations()["register-birth"].example["personal_id"] in entry["subjects"]


def test_closing_with_another_version_is_another_call(partner: APIClient) -> None:
    made = make(record_types()["people"])
    url, body = f"/api/v1/people/{made.personal_id}/close", {"reason": "Ghi nhận nhầm"}

    def close(seen: str) -> Any:
        return partner.post(url, body, format="json", headers={**KEY, "If-Match": seen})

    assert close('"1"').status_code == 200
    again = close('"1"')
    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
    reply = close('"2"')
    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_reused")
