"""All about somebody in one look: each part as far as the asker may see it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.samples import person
from education.samples import student
from records.access.models import Agency
from records.actors import Actor, Occasion
from records.everything import disclose_about
from records.registry import record_types
from tests.conftest import agree, client_of, entries_of, make

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def somebody() -> str:
    """A person with a residence, who learns somewhere."""
    types = record_types()
    number: str = person(1)["personal_id"]
    make(types["people"], 1)
    make(types["residences"], 1)
    make(types["students"], 1, personal_id=number)
    make(types["enrolments"], 1)
    return number


def parts(reply: Any) -> dict[str, list[dict[str, Any]]]:
    return {part["collection"]: part["items"] for part in reply.json()["parts"]}


def test_all_that_is_recorded_about_a_number(partner: APIClient, somebody: str) -> None:
    reply = partner.get(f"/api/v1/people/{somebody}/everything")
    assert reply.status_code == 200
    assert reply.json()["record"]["personal_id"] == somebody
    found = parts(reply)
    assert found["residences"][0]["personal_id"] == somebody
    assert found["students"][0]["student_code"] == student(1)["student_code"]
    assert found["enrolments"][0]["student_code"] == student(1)["student_code"]


def test_each_part_says_what_a_list_of_its_collection_says(
    partner: APIClient, somebody: str
) -> None:
    found = parts(partner.get(f"/api/v1/people/{somebody}/everything"))
    for name, items in found.items():
        if items:
            listed = partner.get(f"/api/v1/{name}?subject={somebody}").json()["items"]
            assert listed == items, name


def test_what_the_asker_may_not_see_is_no_part(agency: Agency, somebody: str) -> None:
    agree(agency, "people", "identity")
    agree(agency, "residences", "full", verbs=["read"])
    agree(agency, "students", "summary")
    reply = client_of(agency).get(f"/api/v1/people/{somebody}/everything")
    # Residences may be read by key alone; a summary of pupils does not show whom it is about.
    assert parts(reply) == {}


def test_of_several_fieldsets_a_part_shows_the_widest(agency: Agency, somebody: str) -> None:
    agree(agency, "people", "identity")
    agree(agency, "residences", "full")
    for fieldset in ("summary", "full"):
        agree(agency, "students", fieldset)
    reply = client_of(agency).get(f"/api/v1/people/{somebody}/everything")
    assert [p["fieldset"] for p in reply.json()["parts"]] == ["full", "full"]


def test_queries_do_not_grow_with_collections_or_records(
    partner: APIClient, somebody: str, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.GRANTS_MAX_AGE_SECONDS = 60
    url = f"/api/v1/people/{somebody}/everything"
    partner.get(url)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert partner.get(url).status_code == 200


def test_one_look_is_one_entry_for_each_leave(partner: APIClient, somebody: str) -> None:
    partner.get(f"/api/v1/people/{somebody}/everything")
    looks = entries_of(action="everything")
    told = {name for look in looks for name in look["fields"]}
    assert told >= {"residences:full", "students:full"}
    assert all(somebody in look["subjects"] for look in looks)
    assert len({look["agreement_id"] for look in looks}) == len(looks)
    assert [e["action"] for e in entries_of(collection="people")][-1] == "everything"


def test_a_clerk_s_look_is_one_entry(somebody: str) -> None:
    disclose_about(None, somebody, to=Actor("system", "x", "x"), occasion=Occasion("tests"))
    assert len(entries_of(action="everything")) == 1


def test_a_part_whose_rate_is_used_up_is_left_out(agency: Agency, somebody: str) -> None:
    agree(agency, "people", "identity")
    agree(agency, "residences", "full", per_minute=2)
    client = client_of(agency)
    url = f"/api/v1/people/{somebody}/everything"
    told = [bool(parts(client.get(url)).get("residences")) for _ in range(4)]
    assert told == [True, True, False, False]


def test_somebody_unknown_is_not_found(partner: APIClient) -> None:
    assert partner.get("/api/v1/people/074000000000/everything").status_code == 404


def test_more_is_told(partner: APIClient, somebody: str) -> None:
    reply = partner.get(f"/api/v1/people/{somebody}/everything?limit=1")
    assert {p["collection"]: p["more"] for p in reply.json()["parts"]}["residences"] is False
    for text in ("0", "x", "201"):
        assert partner.get(f"/api/v1/people/{somebody}/everything?limit={text}").status_code == 400
