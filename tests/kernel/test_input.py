"""Whatever comes in, the answer is a 4xx with a stable code and words that say what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings as limits, strategies as st
from rest_framework.test import APIClient

from citizens.samples import person
from records.registry import record_types
from tests.conftest import make

pytestmark = pytest.mark.django_db
JSON = "application/json"


def is_problem(reply: Any, *statuses: int) -> dict[str, Any]:
    """The problem document of a reply, which must have one of `statuses`."""
    assert reply.status_code in statuses, (reply.status_code, reply.content[:300])
    assert reply["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(reply.content)
    assert document.keys() >= {"type", "title", "status", "detail", "code", "instance"}
    assert document["status"] == reply.status_code
    assert document["code"]
    assert document["detail"]
    return document


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"", (422,)),
        (b"{", (400,)),
        (b"[]", (400,)),
        (b"null", (400,)),
        (b'"x"', (400,)),
        (b"1e999", (400,)),
        (b"NaN", (400,)),
        (b"\xff\xfe", (400,)),
        (b'{"full_name": "\\ud800"}', (400,)),
        (b"[" * 100_000, (400,)),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, (400,)),
        (b'{"full_name": "a\\u0000b"}', (422,)),
        (b'{"full_name": 7}', (422,)),
        (b'{"full_name": ["An"]}', (422,)),
        (b'{"full_name": {"a": 1}}', (422,)),
        (b'{"full_name": true}', (422,)),
        (b'{"no_such_field": 1}', (422,)),
        (b'{"id": "x", "version": 9}', (422,)),
        (b'{"reason": 7}', (422,)),
        (b'{"reason": ""}', (422,)),
        (b"{}", (422,)),
        (json.dumps({**person(1), "birth_date": 10**400}).encode(), (400,)),
        (json.dumps({**person(1), "birth_date": 10**18}).encode(), (422,)),
        (json.dumps({**person(1), "status": "x"}).encode(), (422,)),
        (json.dumps({**person(1), "full_name": "x" * 300}).encode(), (422,)),
        (b'{"full_name": "' + b"x" * 10_000_000 + b'"}', (413,)),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else "",
)
def test_bodies(partner: APIClient, body: bytes, statuses: tuple[int, ...]) -> None:
    reply = partner.generic("POST", "/api/v1/people", body, content_type=JSON)
    is_problem(reply, *statuses)


def test_every_fault_of_a_body_is_told_at_once(partner: APIClient) -> None:
    body = {"personal_id": "7", "sex": "X", "birth_date": "1985-02-31", "phone": "1"}
    faults = is_problem(partner.post("/api/v1/people", body, format="json"), 422)["errors"]
    assert {(f["field"], f["code"]) for f in faults} == {
        ("personal_id", "format"),
        ("full_name", "missing"),
        ("sex", "choice"),
        ("birth_date", "format"),
        ("phone", "format"),
    }


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x"]
)
def test_other_formats(partner: APIClient, kind: str) -> None:
    is_problem(partner.generic("POST", "/api/v1/people", b"x", content_type=kind), 415)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "limit=1e3",
        "limit=%D9%A3",
        "limit=99999999999999999999",
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "cursor=%F0%9F%98%80",
        "fieldset=x",
        "fieldset=%00",
        "fieldset=full&fieldset=full",
        "status=",
        "status=x",
        "status=%00",
        "status=active&status=dead",
        "birth_date=%ED%A0%80",
        "birth_date=99999999999999",
        "phone=%F0%9F%98%80",
        "subject=x",
        "subject=%00",
        "subject=",
        "subject=" + "9" * 400,
        "no_such=1",
        "id=1",
        "personal_id__startswith=0",
        "ordering=phone",
        "q=" + "nguyen " * 500,
    ],
)
def test_queries(partner: APIClient, query: str) -> None:
    is_problem(partner.get(f"/api/v1/people?{query}"), 400, 403)


@pytest.mark.parametrize(
    "as_of",
    [
        "x",
        "",
        "2026-13-01",
        "2026-01-01T25:00",
        "%00",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00%2B14:00",
        "20260101T99",
    ],
)
def test_instants(partner: APIClient, as_of: str) -> None:
    made = make(record_types()["people"])
    is_problem(partner.get(f"/api/v1/people/{made.personal_id}?as_of={as_of}"), 400)


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Access-Purpose", "", 400),
        ("Access-Purpose", "Có dấu", 400),
        ("Access-Purpose", "x" * 500, 400),
        ("Access-Purpose", "other", 403),
        ("Case-Reference", "x" * 500, 400),
        ("Case-Reference", "\x00", 400),
        ("Accept", "text/html", 200),
        ("Accept-Language", "xx;q=zz,,", 200),
        ("If-None-Match", "x\x00", 200),
        ("X-Forwarded-For", "1.2.3.4", 200),
    ],
)
def test_headers(partner: APIClient, name: str, value: str, status: int) -> None:
    made = make(record_types()["people"])
    reply = partner.get(f"/api/v1/people/{made.personal_id}", headers={name: value})
    assert reply.status_code == status, reply.content
    if status != 200:
        is_problem(reply, status)


@pytest.mark.parametrize(
    "tag", ["", "1", 'W/"1"', '"1", "2"', "*", '"x"', '"' + "9" * 30 + '"', '"１"']
)
def test_versions(partner: APIClient, tag: str) -> None:
    made = make(record_types()["people"])
    url = f"/api/v1/people/{made.personal_id}"
    body = {"phone": "0911111111", "reason": "x"}
    is_problem(partner.patch(url, body, format="json", headers={"If-Match": tag}), 400)


@pytest.mark.parametrize("key", ["", "x" * 201, "có dấu", "a b", "\x00"])
def test_idempotency_keys(partner: APIClient, key: str) -> None:
    headers = {"Idempotency-Key": key}
    is_problem(partner.post("/api/v1/people", person(5), format="json", headers=headers), 400)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/people/",
        "/api/v1/people/a%2Fb",
        "/api/v1/nothing",
        "/api/v1/people/1/x",
        "/x",
        "/%00",
        "/api/v1/%FF",
    ],
)
def test_addresses_that_are_not(partner: APIClient, path: str) -> None:
    is_problem(partner.get(path), 404)


def test_methods_that_are_not(partner: APIClient) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        assert partner.generic(method, "/api/v1/people/074085001234").status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"keys": []},
        {"keys": "x"},
        {"keys": [7]},
        {"keys": ["x"] * 101},
        {"keys": ["x"], "y": 1},
        {"keys": [None]},
    ],
)
def test_lookups(partner: APIClient, body: Any) -> None:
    is_problem(partner.post("/api/v1/people/lookup", body, format="json"), 422)


def test_words_come_in_the_language_asked_for(partner: APIClient) -> None:
    url = "/api/v1/people/074085001234"
    english = is_problem(partner.get(url), 404)
    vietnamese = is_problem(partner.get(url, headers={"Accept-Language": "vi"}), 404)
    default = is_problem(partner.get(url, headers={"Accept-Language": "fr"}), 404)
    assert english["detail"] == "There is no such record."
    assert vietnamese["detail"] == default["detail"] != english["detail"]
    assert vietnamese["code"] == english["code"]


def test_a_bug_says_nothing_of_itself(partner: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret 074085001234")

    monkeypatch.setattr("records.api.views.disclose", broken)
    partner.raise_request_exception = False
    document = is_problem(partner.get("/api/v1/people/074085001234"), 500)
    assert "secret" not in json.dumps(document)
    assert document["code"] == "failed"


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@limits(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.dictionaries(st.sampled_from([*person(1), "reason", "x"]), ANY, max_size=6))
def test_any_values_in_a_body(partner: APIClient, values: dict[str, Any]) -> None:
    reply = partner.post("/api/v1/people", {**person(3), **values}, format="json")
    assert reply.status_code in {201, 400, 409, 413, 422}, reply.content


@limits(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(segment=st.text(min_size=1, max_size=30).filter(lambda s: s not in {".", ".."}))
def test_any_text_as_a_key(partner: APIClient, segment: str) -> None:
    from urllib.parse import quote  # noqa: PLC0415

    raw = quote(segment.encode("utf-8", "surrogatepass"), safe="")
    reply = partner.get(f"/api/v1/people/{raw}")
    assert reply.status_code in {200, 404, 405}, reply.content


def test_a_host_that_is_not_ours() -> None:
    reply = Browser().get("/", headers={"host": "evil.example"})
    is_problem(reply, 400)


@pytest.mark.parametrize(
    "cookie",
    ["a\x00b", '"a\\000bcdefgh"', "\xff" * 32, "é" * 32, "'; --" * 8, "x" * 8_000, "", '"'],
)
def test_cookies(cookie: str) -> None:
    said = "; ".join(f"{n}={cookie}" for n in ("sessionid", "csrftoken", "django_language"))
    browser = Browser(headers={"host": "127.0.0.1", "cookie": said})
    page = browser.get("/portal/")
    assert page.status_code == 200
    assert not page.wsgi_request.session.get("citizen")
