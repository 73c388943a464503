"""What every record type can do through the API, from its declaration alone."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from records.access.grants import widest
from records.models import Record
from records.registry import RecordType, samples, shown_as
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


def test_get_shows_the_fieldset_and_no_more(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    reply = partner.get(url_of(record_type, record))
    assert reply.status_code == 200, reply.json()
    names = {shown_as(n) for n in record_type.fieldsets[widest(record_type.fieldsets)]}
    assert set(reply.json()) == names | {"version", "closed_on", "warnings"}
    assert reply["ETag"] == '"1"'
    assert "Authorization" in reply["Vary"]
    assert reply["Request-Id"]
    assert "RateLimit" in reply


def test_each_fieldset_can_be_granted_alone(
    agency: Any, record_type: RecordType, record: Record
) -> None:
    for name, names in record_type.fieldsets.items():
        agree(agency, record_type.collection, name, verbs=["read"])
        reply = client_of(agency, scope=f"{record_type.collection}:{name}").get(
            url_of(record_type, record)
        )
        assert set(reply.json()) - {"version", "closed_on", "warnings"} == set(map(shown_as, names))


def test_an_unchanged_record_is_304_and_audited(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    url, seen = url_of(record_type, record), {"If-None-Match": '"1"'}
    assert partner.get(url, headers=seen).status_code == 200, "which fields is not said"
    entries = len(entries_of(action="read", outcome="done"))
    reply = partner.get(f"{url}?fieldset=full", headers=seen)
    assert reply.status_code == 304
    assert reply.content == b""
    assert len(entries_of(action="read", outcome="done")) == entries + 1


def test_create(partner: APIClient, record_type: RecordType) -> None:
    parents_of(record_type, 7)
    values = samples(record_type.collection)(7)
    reply = partner.post(url_of(record_type), values, format="json")
    assert reply.status_code == 201, reply.json()
    assert {k: reply.json()[k] for k in values} == values
    assert partner.get(reply["Location"]).json() == reply.json()


def test_creating_the_same_twice_is_a_worded_conflict(
    partner: APIClient, record_type: RecordType
) -> None:
    parents_of(record_type, 7)
    values = samples(record_type.collection)(7)
    partner.post(url_of(record_type), values, format="json")
    reply = partner.post(url_of(record_type), values, format="json")
    assert reply.status_code == 409
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["code"] in {"duplicate", "overlap"}
    assert reply.json()["detail"]


def test_amend(partner: APIClient, record_type: RecordType, record: Record) -> None:
    name, value = an_amendment(record_type)
    body = {name: value, "reason": "Cải chính"}
    reply = partner.patch(
        url_of(record_type, record), body, format="json", headers={"If-Match": '"1"'}
    )
    assert reply.status_code == 200, reply.json()
    assert reply.json()[name] == value
    assert reply["ETag"] == '"2"'


def test_amending_asks_for_the_version_and_the_reason(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    name, value = an_amendment(record_type)
    url = url_of(record_type, record)
    body = {name: value, "reason": "Cải chính"}
    assert partner.patch(url, body, format="json").status_code == 428
    assert partner.patch(url, body, format="json", headers={"If-Match": '"9"'}).status_code == 412
    reply = partner.patch(url, {name: value}, format="json", headers={"If-Match": '"1"'})
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "reason"


def test_close_keeps_the_record(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    body = {"closed_on": "2026-01-31", "reason": "Ghi nhận nhầm"}
    url = url_of(record_type, record)
    reply = partner.post(f"{url}/close", body, format="json", headers={"If-Match": '"1"'})
    assert reply.status_code == 200, reply.json()
    assert partner.get(url).json()["closed_on"] == "2026-01-31"
    name, value = an_amendment(record_type)
    again = {name: value, "reason": "x"}
    reply = partner.patch(url, again, format="json", headers={"If-Match": '"2"'})
    assert (reply.status_code, reply.json()["code"]) == (409, "closed")


def test_list_pages_by_cursor(partner: APIClient, record_type: RecordType) -> None:
    keys = {key_of(record_type, make(record_type, n)) for n in range(1, 6)}
    seen: list[str] = []
    url: str | None = f"{url_of(record_type)}?limit=2"
    while url:
        page = partner.get(url).json()
        assert len(page["items"]) <= 2
        seen += [item[record_type.key] for item in page["items"]]
        url = page["next"]
    assert len(seen) == len(set(seen))
    assert set(seen) == keys


def test_a_cursor_answers_its_own_question_only(
    partner: APIClient, record_type: RecordType
) -> None:
    for n in range(1, 4):
        make(record_type, n)
    following = partner.get(f"{url_of(record_type)}?limit=1").json()["next"]
    name = record_type.filters[0]
    value = partner.get(f"{url_of(record_type)}?limit=1").json()["items"][0][name]
    reply = partner.get(f"{following}&{name}={value}")
    assert (reply.status_code, reply.json()["code"]) == (400, "cursor")
    reply = partner.get(following.replace("cursor=", "cursor=x"))
    assert (reply.status_code, reply.json()["code"]) == (400, "cursor")


def test_every_filter_filters(partner: APIClient, record_type: RecordType) -> None:
    made = [make(record_type, n) for n in range(1, 5)]
    tried = []
    for name in record_type.filters:
        values = {key_of(record_type, r): getattr(r, record_type.path(name)) for r in made}
        wanted = next((v for v in values.values() if v is not None), None)
        if wanted is None:
            continue
        tried.append(name)
        page = partner.get(f"{url_of(record_type)}?{name}={wanted}").json()
        got = {item[record_type.key] for item in page["items"]}
        assert got == {key for key, value in values.items() if value == wanted}
    assert tried or not record_type.filters


def test_lookup_finds_many_by_exact_key(partner: APIClient, record_type: RecordType) -> None:
    made = [key_of(record_type, make(record_type, n)) for n in (1, 2)]
    asked = [*made, "no such key\x00"]
    reply = partner.post(f"{url_of(record_type)}/lookup", {"keys": asked}, format="json")
    assert reply.status_code == 200, reply.json()
    assert [item["asked"] for item in reply.json()["items"]] == list(dict.fromkeys(made))
    assert reply.json()["missing"] == ["no such key\x00"]


def test_an_unknown_key_is_404_in_one_shape(partner: APIClient, record_type: RecordType) -> None:
    sample = samples(record_type.collection)(999).get(record_type.key)
    never = sample or "01999999-0000-7000-8000-000000000000"
    for key in (never, "%00", "khong-co", "a~b", "x" * 300):
        reply = partner.get(f"{url_of(record_type)}/{key}")
        assert reply.status_code == 404
        assert reply["Content-Type"] == "application/problem+json"
        assert reply.json()["code"] == "not_found"
