"""Writes: atomic, spoken for, audited; one effect for one key; steps and rules that hold."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from citizens.models import CivilEvent, Person
from citizens.samples import person, residence
from records import changes
from records.access import numbers
from records.access.models import IdempotentCall, Succession
from records.actors import Actor, Occasion
from records.audit import entries
from records.disclosure import disclose
from records.errors import Conflict, Missing, Problem, Refused
from records.registry import States, operations, record_types
from tests.conftest import agree, client_of, entries_of, make

pytestmark = pytest.mark.django_db


def people() -> Any:
    return record_types()["people"]


def test_a_refusal_inside_an_atomic_block_is_still_audited(actor: Actor) -> None:
    """The entry rides on the problem and is written after the rollback."""
    stranger = Actor("partner", "stranger", "", "nobody", "")
    with pytest.raises(Refused) as caught, transaction.atomic():
        disclose(people(), "074085001234", to=stranger, occasion=Occasion("x"))
    assert entries_of(actor_id="stranger") == []
    entries.write_alone(caught.value)
    (entry,) = entries_of(actor_id="stranger")
    assert (entry["outcome"], entry["subjects"]) == ("refused", ["074085001234"])


def test_a_failed_write_leaves_nothing_but_its_audit(partner: APIClient) -> None:
    make(people(), 1)
    reply = partner.post("/api/v1/people", person(1), format="json")
    assert reply.status_code == 409
    assert Person.objects.count() == 1
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["action"], entry["outcome"]) == ("create", "conflict")


def test_one_key_one_effect(partner: APIClient) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = partner.post("/api/v1/people", person(5), format="json", headers=headers)
    again = partner.post("/api/v1/people", person(5), format="json", headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotent-Replay"] == "true"
    assert Person.objects.count() == 1
    kept = IdempotentCall.objects.get()
    assert "full_name" not in str(kept.records)


def test_a_key_serves_one_body_only(partner: APIClient) -> None:
    headers = {"Idempotency-Key": "abc"}
    partner.post("/api/v1/people", person(5), format="json", headers=headers)
    reply = partner.post("/api/v1/people", person(6), format="json", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_reused")


def test_a_failed_call_does_not_use_up_its_key(partner: APIClient) -> None:
    headers = {"Idempotency-Key": "abc"}
    bad = {**person(5), "sex": "X"}
    assert partner.post("/api/v1/people", bad, format="json", headers=headers).status_code == 422
    assert (
        partner.post("/api/v1/people", person(5), format="json", headers=headers).status_code == 201
    )


def test_a_replay_is_authorised_anew(partner: APIClient, agency: Any) -> None:
    headers = {"Idempotency-Key": "abc"}
    assert (
        partner.post("/api/v1/people", person(5), format="json", headers=headers).status_code == 201
    )
    agency.agreement_set.filter(collection="people").update(verbs=["read"])
    assert (
        partner.post("/api/v1/people", person(5), format="json", headers=headers).status_code == 403
    )


def test_writing_stays_within_the_fieldset(agency: Any) -> None:
    record = make(people())
    agree(agency, "people", "contact")
    client = client_of(agency)
    url, match = f"/api/v1/people/{record.personal_id}", {"If-Match": '"1"'}
    change = {"marital_status": "widowed", "reason": "x"}
    reply = client.patch(url, change, format="json", headers=match)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (422, "unknown_field")
    reply = client.patch(url, {"phone": None, "reason": "x"}, format="json", headers=match)
    assert reply.status_code == 200
    assert reply.json()["phone"] is None


def test_a_key_does_not_change_by_an_amendment(partner: APIClient) -> None:
    record = make(people())
    reply = partner.patch(
        f"/api/v1/people/{record.personal_id}",
        {"personal_id": "074085001234", "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (422, "immutable")


def test_nothing_changed_nothing_written(partner: APIClient) -> None:
    record = make(people())
    body = {"phone": record.phone, "reason": "x"}
    url = f"/api/v1/people/{record.personal_id}"
    reply = partner.patch(url, body, format="json", headers={"If-Match": '"1"'})
    assert reply["ETag"] == '"1"'
    assert record.events.count() == 1


def test_a_step_not_allowed_says_which_are(partner: APIClient) -> None:
    record = make(people())
    url = f"/api/v1/people/{record.personal_id}"
    match = {"If-Match": '"1"'}
    reply = partner.patch(url, {"status": "dead", "reason": "x"}, format="json", headers=match)
    assert (reply.status_code, reply.json()["code"]) == (409, "step_by_operation")
    assert reply.json()["operations"] == ["register-death"]
    gone = {"status": "emigrated", "reason": "x"}
    assert partner.patch(url, gone, format="json", headers=match).status_code == 200
    reply = partner.patch(
        url, {"status": "missing", "reason": "x"}, format="json", headers={"If-Match": '"2"'}
    )
    assert (reply.status_code, reply.json()["code"]) == (409, "step_not_allowed")
    assert reply.json()["allowed"] == ["active", "dead"]
    assert reply.json()["by"] == {"dead": ["register-death"]}


def test_what_looks_wrong_warns_and_travels_with_the_record(partner: APIClient) -> None:
    values = {**person(1), "sex": "M"}
    reply = partner.post("/api/v1/people", values, format="json")
    assert reply.status_code == 201
    assert [(w["field"], w["code"]) for w in reply.json()["warnings"]] == [
        ("personal_id", "structure")
    ]
    url = f"/api/v1/people/{values['personal_id']}"
    assert partner.get(url).json()["warnings"] == reply.json()["warnings"]
    mended = {"sex": "F", "reason": "Ghi nhầm"}
    reply = partner.patch(url, mended, format="json", headers={"If-Match": '"1"'})
    assert reply.json()["warnings"] == []


def test_one_permanent_residence_at_a_time(partner: APIClient) -> None:
    assert partner.post("/api/v1/residences", residence(1), format="json").status_code == 201
    later = {**residence(1), "valid_from": "2026-01-01"}
    reply = partner.post("/api/v1/residences", later, format="json")
    assert reply.json()["detail"] == "A person has one permanent residence at a time."
    assert (reply.status_code, reply.json()["code"]) == (409, "overlap")
    beside = {**later, "kind": "temporary"}
    assert partner.post("/api/v1/residences", beside, format="json").status_code == 201


def test_a_period_ends_after_it_begins(partner: APIClient) -> None:
    values = {**residence(1), "valid_to": "2000-01-01"}
    reply = partner.post("/api/v1/residences", values, format="json")
    assert (reply.status_code, reply.json()["code"]) == (422, "range")


def test_a_reference_must_stand(partner: APIClient) -> None:
    values = {
        "student_code": "HS1",
        "school_code": "TH-1",
        "school_year": "2026-2027",
        "grade": 1,
        "valid_from": "2026-09-05",
    }
    reply = partner.post("/api/v1/enrolments", values, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "reference")


def replaced(partner: APIClient, old: str, new: str) -> Any:
    body = {"personal_id": old, "new_personal_id": new, "replaced_on": "2026-02-01"}
    return partner.post("/api/v1/operations/replace-personal-id", body, format="json")


def test_a_replaced_number_still_finds_everything(partner: APIClient) -> None:
    enrolled = make(record_types()["enrolments"], 1)
    old, new = enrolled.student.personal_id, "074215777777"
    make(people(), 1)
    changes.create(
        people(),
        {"personal_id": old, "full_name": "Lê An", "sex": "F", "birth_date": "2016"},
        by=Actor("system", "t", "t"),
        occasion=Occasion("t"),
        reason="x",
    )
    before = partner.get(f"/api/v1/people/{old}").json()
    reply = replaced(partner, old, new)
    assert reply.status_code == 200, reply.json()

    for number in (old, new):
        found = partner.get(f"/api/v1/people/{number}")
        assert found.status_code == 200
        assert found.json() == {
            **before,
            "personal_id": new,
            "version": 2,
            "warnings": found.json()["warnings"],
        }
        assert found["Content-Location"] == f"/api/v1/people/{new}"
        schooling = partner.get(f"/api/v1/enrolments?subject={number}").json()["items"]
        assert [item["id"] for item in schooling] == [str(enrolled.pk)]
        assert schooling[0]["personal_id"] == old
        pupils = partner.get(f"/api/v1/students?personal_id={number}").json()["items"]
        assert [item["student_code"] for item in pupils] == [enrolled.student_id]
    assert (
        partner.post("/api/v1/people/lookup", {"keys": [old]}, format="json").json()["missing"]
        == []
    )

    seen = entries.about(numbers.all_numbers([new]))
    assert {e.record_key for e in seen} >= {old, new}
    steps = partner.get(f"/api/v1/people/{new}/history").json()["items"]
    assert {"field": "personal_id", "before": old, "after": new} in steps[0]["changed"]
    assert steps[0]["operation"] == "replace-personal-id"


def test_a_replaced_number_is_nobodys_again(partner: APIClient) -> None:
    first, second = make(people(), 1), make(people(), 2)
    old, new = first.personal_id, "074185777777"
    assert replaced(partner, old, new).status_code == 200
    reply = partner.post("/api/v1/people", {**person(3), "personal_id": old}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "reused")
    reply = replaced(partner, second.personal_id, old)
    assert (reply.status_code, reply.json()["code"]) == (409, "reused")
    reply = replaced(partner, second.personal_id, new)
    assert (reply.status_code, reply.json()["code"]) == (409, "in_use")
    reply = replaced(partner, old, "074185666666")
    assert (reply.status_code, reply.json()["code"]) == (409, "replaced")
    assert Succession.objects.count() == 1


def test_numbers_chain(partner: APIClient) -> None:
    made = make(people(), 1)
    chain = [made.personal_id, "074185000001", "074185000002", "074185000003"]
    for old, new in itertools.pairwise(chain):
        assert replaced(partner, old, new).status_code == 200
    for number in chain:
        assert set(numbers.all_numbers([number])) == set(chain)
        assert numbers.newest(number) == chain[-1]
        assert partner.get(f"/api/v1/people/{number}").json()["personal_id"] == chain[-1]


def test_an_operation_is_all_or_nothing(partner: APIClient) -> None:
    given = dict(operations()["register-birth"].example)
    reply = partner.post("/api/v1/operations/register-birth", given, format="json")
    assert reply.status_code == 200, reply.json()
    touched = [(r["collection"], r["version"]) for r in reply.json()["records"]]
    assert touched == [("people", 1), ("civil-events", 1)]
    again = {**given, "personal_id": "074326004456"}
    reply = partner.post("/api/v1/operations/register-birth", again, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "duplicate")
    assert Person.objects.count() == 1
    assert CivilEvent.objects.count() == 1


def test_an_operation_needs_its_own_agreement(agency: Any) -> None:
    agree(agency, "people", "full")
    given = dict(operations()["register-birth"].example)
    reply = client_of(agency).post("/api/v1/operations/register-birth", given, format="json")
    assert reply.status_code == 403
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["operation"], entry["outcome"]) == ("register-birth", "refused")
    assert entry["subjects"] == [given["personal_id"]]


def test_an_operation_with_a_key_runs_once(partner: APIClient) -> None:
    given = dict(operations()["register-birth"].example)
    headers = {"Idempotency-Key": "birth-1"}
    url = "/api/v1/operations/register-birth"
    first = partner.post(url, given, format="json", headers=headers)
    again = partner.post(url, given, format="json", headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


def test_every_problem_has_a_status_and_a_code() -> None:
    full = {507}  # RFC 4918: nothing was wrong with the request
    for kind in Problem.__subclasses__():
        assert 400 <= kind.status < 500 or kind.status in full
        assert kind.code != Problem.code


def test_closing_in_the_future_is_refused(actor: Actor, occasion: Occasion) -> None:
    made = make(people())
    with pytest.raises(Problem) as caught:
        changes.close(
            people(),
            made.personal_id,
            on=datetime.date(2190, 1, 1),
            seen=1,
            by=actor,
            occasion=occasion,
            reason="x",
        )
    assert caught.value.faults[0].code == "range"


def test_missing_and_conflict_carry_their_entry(actor: Actor, occasion: Occasion) -> None:
    with pytest.raises(Missing) as missed:
        disclose(people(), "074085001234", to=actor, occasion=occasion)
    assert missed.value.entry is not None
    make(people(), 1)
    with pytest.raises(Conflict) as clashed:
        changes.create(people(), person(1), by=actor, occasion=occasion, reason="x")
    assert clashed.value.entry is not None


def test_history_does_not_tell_why_something_hidden_changed(agency: Any) -> None:
    made = make(people())
    agree(agency, "people", "full")
    agree(agency, "people", "contact")
    client, url = client_of(agency), f"/api/v1/people/{made.personal_id}"
    body = {"religion": "Phật giáo", "reason": "Theo đơn đổi tôn giáo"}
    match = {"If-Match": '"1"'}
    assert (
        client.patch(f"{url}?fieldset=full", body, format="json", headers=match).status_code == 200
    )
    shown = client.get(f"{url}/history?fieldset=contact").json()["items"][0]
    assert (shown["version"], shown["changed"], shown["reason"]) == (2, [], "")
    shown = client.get(f"{url}/history?fieldset=full").json()["items"][0]
    assert shown["reason"] == "Theo đơn đổi tôn giáo"


def test_whoever_died_long_ago_is_recorded_by_hand(partner: APIClient) -> None:
    """An operation takes the step; a record may begin with any status that is initial."""
    dead = {**person(1), "status": "dead"}
    reply = partner.post("/api/v1/people", dead, format="json")
    assert reply.status_code == 201, reply.json()
    assert Person.objects.get().status == "dead"


def test_a_pair_binds_one_step_and_goes_before_its_status() -> None:
    states = States(
        initial=("a",),
        steps={"a": ("b", "c"), "b": ("a", "c")},
        by={"c": ("end",), ("b", "a"): ("resume",), ("b", "c"): ()},
    )
    assert states.takers("a", "b") == ()
    assert states.takers("a", "c") == ("end",)
    assert states.takers("b", "a") == ("resume",)
    assert states.takers("b", "c") == ()


def test_what_a_check_refuses_is_worded(partner: APIClient) -> None:
    made = make(people())
    url, match = f"/api/v1/people/{made.personal_id}", {"If-Match": '"1"'}
    body = {"death_date": "1900", "reason": "x"}
    reply = partner.patch(url, body, format="json", headers=match)
    assert (reply.status_code, reply.json()["code"]) == (422, "range")
    body = {"death_date": made.birth_date[:4], "reason": "x"}
    assert partner.patch(url, body, format="json", headers=match).status_code == 200


def test_a_record_is_not_amended_out_of_the_units_one_may_write(agency: Any) -> None:
    made = make(people(), 1)
    agree(agency, "people", "full", units=[made.residence_unit])
    reply = client_of(agency).patch(
        f"/api/v1/people/{made.personal_id}",
        {"residence_unit": person(2)["residence_unit"], "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert (reply.status_code, reply.json()["code"]) == (403, "not_agreed")
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert (entry["outcome"], entry["subjects"]) == ("refused", [made.personal_id])
    now = Person.objects.get()
    assert (now.residence_unit, now.version) == (made.residence_unit, 1)
    assert now.events.count() == 1
