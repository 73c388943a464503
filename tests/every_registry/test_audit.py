"""No audit, no data: for every record type, every look and every try leaves an entry."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from records.access.grants import widest
from records.models import Record
from records.registry import RecordType, samples, type_of
from tests.conftest import (
    agree,
    an_amendment,
    client_of,
    entries_of,
    key_of,
    make,
    parents_of,
    url_of,
)

pytestmark = pytest.mark.django_db


def subjects(record_type: RecordType, record: Record) -> list[str]:
    paths = [record_type.path(s) for s in record_type.subjects]
    row = (
        record_type.model._base_manager.filter(pk=record.pk).values_list(*paths).first()
        if paths
        else ()
    )
    return [s for s in row if s]


def test_a_read_is_audited_with_its_subjects(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    reply = partner.get(url_of(record_type, record), headers={"Case-Reference": "HS-7"})
    entry = entries_of(request_id=reply["Request-Id"])
    assert len(entry) == 1
    told = entry[0]
    assert (told["action"], told["outcome"], told["collection"]) == (
        "read",
        "done",
        record_type.collection,
    )
    assert told["record_id"] == record.pk
    assert told["agency"] == "test-agency"
    assert told["purpose"] == "test-purpose"
    assert told["legal_basis"] == "Luật Thử nghiệm, Điều 1"
    assert told["case_reference"] == "HS-7"
    assert tuple(told["fields"]) == record_type.fieldsets[widest(record_type.fieldsets)]
    assert told["subjects"] == subjects(record_type, record)


def test_a_list_is_an_access_to_each_one_shown(partner: APIClient, record_type: RecordType) -> None:
    made = [make(record_type, n) for n in (1, 2, 3)]
    reply = partner.get(url_of(record_type))
    expected = [s for r in made for s in subjects(record_type, r)]
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert entry["action"] == "search"
    assert entry["subjects"] == list(dict.fromkeys(expected))


def test_a_change_is_audited_by_field_names(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    name, value = an_amendment(record_type)
    reply = partner.patch(
        url_of(record_type, record),
        {name: value, "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    change, look = entries_of(request_id=reply["Request-Id"])
    assert (change["action"], change["fields"]) == ("amend", [name])
    assert change["subjects"] == subjects(record_type, record)
    assert look["action"] == "read"


def test_a_refusal_is_audited(agency: Any, record_type: RecordType, record: Record) -> None:
    agree(agency, "no-such-collection", "full")
    reply = client_of(agency).get(url_of(record_type, record))
    assert (reply.status_code, reply.json()["code"]) == (403, "not_agreed")
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["outcome"], entry["action"]) == ("refused", "read")


def test_a_purpose_that_was_not_agreed_is_refused_and_audited(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    reply = partner.get(url_of(record_type, record), headers={"Access-Purpose": "curiosity"})
    assert (reply.status_code, reply.json()["code"]) == (403, "purpose_not_agreed")
    assert reply.json()["purposes"] == ["test-purpose"]
    assert entries_of(request_id=reply["Request-Id"])[0]["outcome"] == "refused"


def test_a_miss_is_audited_about_the_number_asked_for(
    partner: APIClient, record_type: RecordType
) -> None:
    key = samples(record_type.collection)(555).get(record_type.key)
    key = key or "01999999-0000-7000-8000-000000000000"
    reply = partner.get(f"{url_of(record_type)}/{key.replace('/', '~')}")
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert entry["outcome"] == "missing"
    expected = [key] if record_type.key in record_type.subjects else []
    assert entry["subjects"] == expected


def named(record_type: RecordType, values: dict[str, Any]) -> list[str]:
    """The numbers that a body names, itself or through a record it refers to."""
    found = [values[s] for s in record_type.subjects if s in values]
    for head, _sep, tail in (s.partition("__") for s in record_type.subjects if "__" in s):
        parent = type_of(record_type.model._meta.get_field(head).related_model)
        found += parent.model._base_manager.values_list(parent.path(tail), flat=True)
    return found


def test_an_invalid_creation_is_audited_about_whom_it_names(
    partner: APIClient, record_type: RecordType
) -> None:
    values = {**samples(record_type.collection)(7), "status": "x"}
    reply = partner.post(url_of(record_type), values, format="json")
    assert reply.status_code == 422
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["action"], entry["outcome"]) == ("create", "invalid")
    assert entry["subjects"] == named(record_type, values)


def test_an_invalid_amendment_is_audited_about_the_number_it_is_of(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    reply = partner.patch(
        url_of(record_type, record),
        {"status": "x", "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 422
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["action"], entry["outcome"]) == ("amend", "invalid")
    assert entry["record_key"] == key_of(record_type, record)
    if record_type.key in record_type.subjects:
        assert entry["subjects"] == [key_of(record_type, record)]


def test_a_conflicting_creation_is_audited_about_whom_it_names(
    partner: APIClient, record_type: RecordType
) -> None:
    parents_of(record_type, 7)
    values = samples(record_type.collection)(7)
    partner.post(url_of(record_type), values, format="json")
    reply = partner.post(url_of(record_type), values, format="json")
    assert reply.status_code == 409
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["action"], entry["outcome"]) == ("create", "conflict")
    assert entry["subjects"] == named(record_type, values)


def test_verbs_are_granted_one_by_one(agency: Any, record_type: RecordType, record: Record) -> None:
    name = widest(record_type.fieldsets)
    agree(agency, record_type.collection, name, verbs=["read"])
    client = client_of(agency)
    url = url_of(record_type, record)
    assert client.get(url).status_code == 200
    assert client.get(url_of(record_type)).status_code == 403
    assert client.get(f"{url}/history").status_code == 403
    assert client.get(url, {"as_of": "2026-01-01"}).status_code == 403
    change = {"reason": "x"}
    match = {"If-Match": '"1"'}
    assert client.patch(url, change, format="json", headers=match).status_code == 403
    assert client.post(f"{url}/close", change, format="json", headers=match).status_code == 403
    values = samples(record_type.collection)(9)
    assert client.post(url_of(record_type), values, format="json").status_code == 403


def test_a_warm_read_is_one_select_and_one_audit_insert(
    partner: APIClient,
    record_type: RecordType,
    record: Record,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = url_of(record_type, record)
    partner.get(url)
    monkeypatch.setattr(settings, "GRANTS_MAX_AGE_SECONDS", 3600)
    partner.get(url)
    with django_assert_num_queries(4) as counted:
        assert partner.get(url).status_code == 200
    words = [q["sql"].split(maxsplit=1)[0] for q in counted.captured_queries]
    assert words == ["SAVEPOINT", "SELECT", "WITH", "RELEASE"]
