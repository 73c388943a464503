"""Who may: tokens, scopes, agreements, units, suspension, rates."""

from __future__ import annotations

import datetime
import json
import time
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey
from rest_framework.test import APIClient

from records.access import grants, rates, tokens
from records.access.models import Agency, Client, ClientKey, UsedAssertion
from records.access.tasks import forget_expired
from records.actors import Actor, Occasion
from records.disclosure import disclose, disclose_page
from records.errors import Missing, Refused, TooMany, Unauthenticated
from records.registry import record_types
from tests.conftest import PURPOSE, agree, client_of, entries_of, make

pytestmark = pytest.mark.django_db
TOKEN_URL = "/oauth/token"
AUDIENCE = f"{settings.HOSO_BASE_URL}/oauth/token"


@pytest.fixture
def key(agency: Agency) -> OKPKey:
    """A client's private key, its public half registered."""
    made = OKPKey.generate_key("Ed25519", {"kid": "k1"}, private=True)
    client = Client.objects.create(agency=agency, client_id="machine", name="Máy")
    ClientKey.objects.create(client=client, kid="k1", jwk=made.as_dict(private=False))
    agree(agency, "people", "identity")
    agree(agency, "people", "full")
    return made


def assertion(key: Any, *, alg: str = "EdDSA", header: Any = None, **claims: Any) -> str:
    now = int(time.time())
    body = {
        "iss": "machine",
        "sub": "machine",
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 50,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    body = {name: value for name, value in body.items() if value is not None}
    # jwt.encode() writes no lone surrogate; an attacker does.
    protected = {"alg": alg, "kid": "k1", **(header or {})}
    return jws.serialize_compact(protected, json.dumps(body), key, algorithms=[alg])


def ask(proof: str, **form: Any) -> Any:
    return Browser().post(
        TOKEN_URL,
        {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": proof,
            **form,
        },
        headers={"host": "127.0.0.1"},
    )


def test_a_client_proves_itself_by_its_own_key(key: OKPKey) -> None:
    reply = ask(assertion(key))
    assert reply.status_code == 200, reply.json()
    assert reply.json()["expires_in"] == 300
    assert set(reply.json()["scope"].split()) == {"people:full", "people:identity"}
    assert "no-store" in reply["Cache-Control"]
    actor = tokens.actor_of(reply.json()["access_token"])
    assert (actor.kind, actor.id, actor.agency) == ("partner", "machine", "test-agency")


def test_scopes_are_cut_to_those_asked_for_and_agreed(key: OKPKey) -> None:
    reply = ask(assertion(key), scope="people:identity schools:full")
    assert reply.json()["scope"] == "people:identity"


def test_a_p256_key_serves_too(key: OKPKey) -> None:
    made = ECKey.generate_key("P-256", {"kid": "k2"}, private=True)
    client = Client.objects.get(client_id="machine")
    ClientKey.objects.create(client=client, kid="k2", jwk=made.as_dict(private=False))
    assert ask(assertion(made, alg="ES256", header={"kid": "k2"})).status_code == 200


def test_an_assertion_is_good_once(key: OKPKey) -> None:
    proof = assertion(key)
    assert ask(proof).status_code == 200
    assert ask(proof).status_code == 400


def test_an_assertion_is_good_once_whatever_its_jti_holds(key: OKPKey) -> None:
    for jti in ("\ud800", "\x00", "x" * 10_000):
        proof = assertion(key, jti=jti)
        assert [ask(proof).status_code for _ in range(2)] == [200, 400]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) + 3600},
        {"exp": int(time.time()) - 60, "iat": int(time.time()) - 100},
        {"iat": int(time.time()) + 600, "exp": int(time.time()) + 630},
        {"aud": "https://elsewhere.example"},
        {"iss": "somebody"},
        {"sub": "nobody", "iss": "nobody"},
        {"sub": 7},
        {"sub": "\ud800", "iss": "\ud800"},
        {"jti": None},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"exp": [1]},
    ],
    ids="-".join,
)
def test_a_wrong_assertion_is_refused(key: OKPKey, claims: dict[str, Any]) -> None:
    reply = ask(assertion(key, **claims))
    assert reply.status_code in {400, 401}
    assert reply.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "proof",
    [
        "",
        "x",
        "a.b.c",
        "..",
        "é.é.é",
        "eyJhbGciOiJub25lIn0.e30.",
        "\x00",
        "eyJhbGciOiJFZERTQSJ9.W10.AA",
    ],
)
def test_nonsense_in_place_of_an_assertion_is_refused(key: OKPKey, proof: str) -> None:
    assert ask(proof).status_code in {400, 401}


def test_another_key_or_kid_does_not_serve(key: OKPKey) -> None:
    other = OKPKey.generate_key("Ed25519", {"kid": "k1"}, private=True)
    assert ask(assertion(other)).status_code == 400
    assert ask(assertion(key, header={"kid": "k9"})).status_code == 400
    secret = OctKey.import_key(str(key.as_dict(private=False)["x"]).ljust(64, "="))
    assert ask(assertion(secret, alg="HS256")).status_code == 400
    ClientKey.objects.update(revoked=True)
    assert ask(assertion(key)).status_code == 400


def forged(**changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": settings.HOSO_BASE_URL,
        "sub": "machine",
        "client_id": "machine",
        "aud": tokens.audience(),
        "iat": now,
        "exp": now + 300,
        "jti": "j",
        "scope": "people:full",
        **changes,
    }
    typ = claims.pop("typ", "at+jwt")
    signer = claims.pop("key", None) or tokens._key()
    return jwt.encode({"alg": "Ed25519", "typ": typ}, claims, signer, algorithms=["Ed25519"])


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"iss": "other"},
        {"typ": "JWT"},
        {"exp": int(time.time()) - 30},
        {"client_id": "stranger"},
        {"key": OKPKey.generate_key("Ed25519", private=True)},
    ],
    ids=lambda c: next(iter(c)),
)
def test_a_token_is_ours_for_this_and_still_good(key: OKPKey, changes: dict[str, Any]) -> None:
    assert tokens.actor_of(forged()).id == "machine"
    with pytest.raises(Unauthenticated):
        tokens.actor_of(forged(**changes))


def test_no_token_no_answer() -> None:
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer x"},
    ):
        reply = APIClient(headers=headers).get("/api/v1/people")
        assert reply.status_code == 401
        assert reply["WWW-Authenticate"].startswith("Bearer")
        assert reply["Content-Type"] == "application/problem+json"


def test_suspension_bites_at_once(key: OKPKey, agency: Agency) -> None:
    person = make(record_types()["people"])
    client = client_of(agency, scope="people:identity")
    assert client.get(f"/api/v1/people/{person.personal_id}").status_code == 200
    Agency.objects.update(suspended=True)
    reply = client.get(f"/api/v1/people/{person.personal_id}")
    assert (reply.status_code, reply.json()["code"]) == (401, "suspended")


def test_a_snapshot_is_kept_for_a_while_and_asks_for_the_version_then(
    agency: Agency, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants.snapshot()
    with django_assert_num_queries(1):
        grants.snapshot()
    monkeypatch.setattr(settings, "GRANTS_MAX_AGE_SECONDS", 60)
    grants.snapshot()
    with django_assert_num_queries(0):
        grants.snapshot()


def test_an_agreement_holds_from_its_first_day_to_its_last(agency: Agency) -> None:
    person = make(record_types()["people"])
    agreement = agree(agency, "people", "identity")
    client = client_of(agency)
    url = f"/api/v1/people/{person.personal_id}"
    today = timezone.localdate()
    for first, last, status in (
        (today, today, 200),
        (today + datetime.timedelta(1), None, 403),
        (datetime.date(2020, 1, 1), today - datetime.timedelta(1), 403),
    ):
        agreement.valid_from, agreement.valid_to = first, last
        agreement.save()
        assert client.get(url).status_code == status


def test_a_token_without_the_scope_may_not(agency: Agency) -> None:
    person = make(record_types()["people"])
    agree(agency, "people", "identity")
    agree(agency, "people", "full")
    client = client_of(agency, scope="people:identity")
    url = f"/api/v1/people/{person.personal_id}"
    assert client.get(url, {"fieldset": "full"}).status_code == 403
    assert client.get(url).json().keys() >= {"personal_id", "full_name"}
    assert "phone" not in client.get(url).json()


def test_several_fieldsets_must_be_told_apart(agency: Agency) -> None:
    person = make(record_types()["people"])
    agree(agency, "people", "identity")
    agree(agency, "people", "contact")
    reply = client_of(agency).get(f"/api/v1/people/{person.personal_id}")
    assert (reply.status_code, reply.json()["code"]) == (400, "fieldset_required")
    assert reply.json()["fieldsets"] == ["contact", "identity"]


def test_filters_work_on_what_is_shown_only(agency: Agency) -> None:
    make(record_types()["people"])
    agree(agency, "people", "identity")
    client = client_of(agency)
    assert client.get("/api/v1/people?status=active").status_code == 200
    for hidden in ("phone=0900000001", "residence_unit=25747", "religion=x", "id=1", "version=1"):
        reply = client.get(f"/api/v1/people?{hidden}")
        assert (reply.status_code, reply.json()["code"]) == (400, "unknown_filter")


def test_a_subject_is_searched_only_where_the_link_is_shown(agency: Agency) -> None:
    make(record_types()["enrolments"])
    agree(agency, "enrolments", "summary")
    reply = client_of(agency).get("/api/v1/enrolments?subject=074215899999")
    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_filter")


def test_an_agreement_may_be_bound_to_units(agency: Agency) -> None:
    people = record_types()["people"]
    here, there = make(people, 1), make(people, 2)
    agree(agency, "people", "full", units=[here.residence_unit])
    client = client_of(agency)
    assert client.get(f"/api/v1/people/{here.personal_id}").status_code == 200
    assert client.get(f"/api/v1/people/{there.personal_id}").status_code == 404
    assert [i["personal_id"] for i in client.get("/api/v1/people").json()["items"]] == [
        here.personal_id
    ]
    keys = {"keys": [here.personal_id, there.personal_id]}
    assert client.post("/api/v1/people/lookup", keys, format="json").json()["missing"] == [
        there.personal_id
    ]
    change = {"phone": "0911111111", "reason": "x"}
    match = {"If-Match": '"1"'}
    url = f"/api/v1/people/{there.personal_id}"
    assert client.patch(url, change, format="json", headers=match).status_code == 404
    body = {"full_name": "An", "sex": "M", "birth_date": "1990", "personal_id": "074090000001"}
    assert client.post("/api/v1/people", body, format="json").status_code == 403


def test_units_bind_nothing_that_names_no_unit(agency: Agency) -> None:
    student = make(record_types()["students"])
    agree(agency, "students", "full", units=["25747"])
    assert client_of(agency).get(f"/api/v1/students/{student.student_code}").status_code == 403


def test_a_citizen_sees_their_own_under_every_number_and_nobody_elses() -> None:
    people = record_types()["people"]
    own, other = make(people, 1), make(people, 2)
    citizen, occasion = Actor("citizen", own.personal_id, ""), Occasion(grants.OWN_DATA)
    assert disclose(people, own.personal_id, to=citizen, occasion=occasion).key == own.personal_id
    with pytest.raises(Missing):
        disclose(people, other.personal_id, to=citizen, occasion=occasion)
    page = disclose_page(people, to=citizen, occasion=occasion)
    assert [seen.key for seen in page.items] == [own.personal_id]
    with pytest.raises(Refused):
        disclose(people, own.personal_id, fieldset="identity", to=citizen, occasion=occasion)
    with pytest.raises(Refused):
        disclose(people, own.personal_id, to=citizen, occasion=occasion, verb="amend")


def test_a_clerk_sees_their_registry_and_unit(django_user_model: Any) -> None:
    from records.access.models import Role  # noqa: PLC0415

    people = record_types()["people"]
    here, there = make(people, 1), make(people, 2)
    user = django_user_model.objects.create_user("thuky")
    Role.objects.create(user=user, registry="citizens", verbs=["read"], unit=here.residence_unit)
    clerk, occasion = Actor("clerk", "thuky", "Thư ký"), Occasion("public-service")
    assert disclose(people, here.personal_id, to=clerk, occasion=occasion)
    with pytest.raises(Missing):
        disclose(people, there.personal_id, to=clerk, occasion=occasion)
    school = make(record_types()["schools"])
    with pytest.raises(Refused):
        disclose(record_types()["schools"], school.school_code, to=clerk, occasion=occasion)


def test_the_rate_is_exact_to_the_last_call(agency: Agency) -> None:
    agree(agency, "schools", "full", per_minute=23)
    client = client_of(agency)
    while time.time() % 60 > 55:
        time.sleep(0.5)
    statuses = [client.get("/api/v1/schools").status_code for _ in range(30)]
    assert statuses == [200] * 23 + [429] * 7
    reply = client.get("/api/v1/schools")
    assert int(reply["Retry-After"]) <= 60
    assert "r=0" in reply["RateLimit"]


def test_two_processes_share_one_budget(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(agency, "schools", "full", per_minute=40)
    while time.time() % 60 > 55:
        time.sleep(0.5)
    passed = 0
    ours: list[dict[str, Any]] = [{}, {}]
    for n in range(100):
        monkeypatch.setattr(rates, "_budgets", ours[n % 2])
        try:
            rates.spend(agency.code, "schools")
            passed += 1
        except TooMany:
            pass
    assert passed == 40


def test_what_expired_is_forgotten(key: OKPKey) -> None:
    assert ask(assertion(key)).status_code == 200
    UsedAssertion.objects.update(expires_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    forget_expired()
    assert not UsedAssertion.objects.exists()


def test_purposes_are_written_into_audit_with_their_law(agency: Agency) -> None:
    agree(agency, "schools", "full")
    page = disclose_page(
        record_types()["schools"],
        to=Actor("partner", "c", "", agency.code, agency.name, frozenset({"schools:full"})),
        occasion=Occasion(PURPOSE),
    )
    assert page.fieldset == "full"
    (entry,) = entries_of(agency=agency.code)
    assert (entry["purpose"], entry["legal_basis"]) == (PURPOSE, "Luật Thử nghiệm, Điều 1")
