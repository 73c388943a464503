"""What was: shown within the bounds that held then, and audited about whoever it was about."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from citizens.samples import UNITS, person
from records.access import grants
from records.actors import Actor, Occasion
from records.disclosure import disclose, disclose_history
from records.errors import Missing
from records.models import Record
from records.registry import operations, record_types
from tests.conftest import agree, client_of, entries_of, make, url_of

pytestmark = pytest.mark.django_db
FIRST, SECOND = person(1)["personal_id"], person(2)["personal_id"]


def amend(partner: APIClient, record: Record, collection: str, **values: Any) -> str:
    """Amend a record at version 1. Returns an instant before that."""
    before = timezone.now().isoformat()
    reply = partner.patch(
        url_of(record_types()[collection], record),
        {**values, "reason": "Cải chính"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 200, reply.json()
    return before


def get(partner: APIClient, record: Record, collection: str, tail: str = "", **query: str) -> Any:
    return partner.get(url_of(record_types()[collection], record, tail), query)


def audited_about(reply: Any) -> list[str]:
    assert reply.status_code == 200, reply.json()
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert entry["outcome"] == "done"
    return entry["subjects"]  # type: ignore[no-any-return]


def test_the_past_of_a_record_that_changed_hands_is_audited_about_both(
    partner: APIClient,
) -> None:
    home = make(record_types()["residences"], 1)
    before = amend(partner, home, "residences", personal_id=SECOND)
    assert audited_about(get(partner, home, "residences")) == [SECOND]
    then = get(partner, home, "residences", as_of=before)
    assert then.json()["personal_id"] == FIRST
    assert audited_about(then) == [SECOND, FIRST]
    steps = get(partner, home, "residences", "/history")
    assert audited_about(steps) == [SECOND, FIRST]
    # The newest step alone tells whom the record was about before it.
    newest = get(partner, home, "residences", "/history", limit="1")
    assert [step["version"] for step in newest.json()["items"]] == [2]
    assert audited_about(newest) == [SECOND, FIRST]


def test_the_past_is_audited_about_whoever_the_parent_named_then(partner: APIClient) -> None:
    enrolled = make(record_types()["enrolments"], 1)
    old = enrolled.student.personal_id
    before = amend(partner, enrolled.student, "students", personal_id=SECOND)
    then = get(partner, enrolled, "enrolments", as_of=before)
    assert then.json()["personal_id"] == old
    assert audited_about(then) == [SECOND, old]


def test_a_permit_for_a_unit_does_not_reach_what_was_in_another(
    partner: APIClient, agency: Any
) -> None:
    made = make(record_types()["people"], 1)
    before = amend(partner, made, "people", residence_unit=UNITS[2])
    agency.agreement_set.filter(collection="people").update(units=[UNITS[2]])
    bound = client_of(agency)
    assert get(bound, made, "people").status_code == 200
    reply = get(bound, made, "people", as_of=before)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert entries_of(request_id=reply["Request-Id"])[0]["outcome"] == "missing"
    after = get(bound, made, "people", as_of=timezone.now().isoformat())
    assert after.json()["residence_unit"] == UNITS[2]
    (step,) = get(bound, made, "people", "/history").json()["items"]
    assert (step["version"], step["event"]) == (2, "changed")
    assert UNITS[1] not in str(step)


def test_a_unit_binds_the_past_where_the_fieldset_does_not_show_it(
    partner: APIClient, agency: Any
) -> None:
    made = make(record_types()["people"], 1)
    before = amend(partner, made, "people", residence_unit=UNITS[2])
    agree(agency, "people", "identity", units=[UNITS[2]])
    bound = client_of(agency, scope="people:identity")
    assert get(bound, made, "people", as_of=before).status_code == 404
    after = get(bound, made, "people", as_of=timezone.now().isoformat())
    assert after.status_code == 200
    assert "residence_unit" not in after.json()
    steps = get(bound, made, "people", "/history").json()["items"]
    assert [step["version"] for step in steps] == [2]


def test_a_citizen_does_not_see_whose_their_record_was_before(partner: APIClient) -> None:
    residences = record_types()["residences"]
    home = make(residences, 1)
    before = timezone.now()
    amend(partner, home, "residences", personal_id=SECOND)
    occasion = Occasion(grants.OWN_DATA)
    now, then = Actor("citizen", SECOND, ""), Actor("citizen", FIRST, "")
    with pytest.raises(Missing):
        disclose(residences, str(home.pk), to=now, occasion=occasion, as_of=before)
    steps, _more = disclose_history(residences, str(home.pk), to=now, occasion=occasion)
    assert [step.version for step in steps] == [2]
    assert FIRST not in str(steps)
    assert entries_of(action="history")[0]["subjects"] == [SECOND]
    with pytest.raises(Missing):
        disclose_history(residences, str(home.pk), to=then, occasion=occasion)


def test_history_does_not_tell_by_what_something_hidden_changed(
    partner: APIClient, agency: Any
) -> None:
    made = make(record_types()["people"], 1)
    given = {**operations()["register-death"].example, "personal_id": made.personal_id}
    reply = partner.post("/api/v1/operations/register-death", given, format="json")
    assert reply.status_code == 200, reply.json()
    agree(agency, "people", "contact")
    client = client_of(agency)
    shown = get(client, made, "people", "/history", fieldset="contact").json()["items"][0]
    assert (shown["version"], shown["operation"], shown["reason"]) == (2, None, "")
    shown = get(client, made, "people", "/history", fieldset="full").json()["items"][0]
    assert shown["operation"] == "register-death"


def test_as_of_shows_a_parent_as_it_was_then(partner: APIClient) -> None:
    enrolled = make(record_types()["enrolments"], 1)
    was = enrolled.student.full_name
    before = amend(partner, enrolled.student, "students", full_name="Trần Đổi Tên")
    assert get(partner, enrolled, "enrolments").json()["full_name"] == "Trần Đổi Tên"
    then = get(partner, enrolled, "enrolments", as_of=before)
    assert then.json()["full_name"] == was


def test_what_was_has_no_version_to_write_against(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    moment = timezone.now().isoformat()
    assert "ETag" in get(partner, made, "people")
    then = get(partner, made, "people", as_of=moment)
    assert then.status_code == 200
    assert "ETag" not in then
    seen = {"If-None-Match": '"1"'}
    url = url_of(record_types()["people"], made)
    then = partner.get(url, {"as_of": moment, "fieldset": "full"}, headers=seen)
    assert then.status_code == 200
