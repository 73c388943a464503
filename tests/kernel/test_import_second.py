"""Imports that take a second pair of eyes: who sees them, who decides; and who stopped one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from citizens.models import CivilEvent
from citizens.samples import civil_event, person
from records.actors import Actor, Occasion
from records.errors import Conflict, Missing, Refused
from records.imports import checking, receiving, running
from records.imports.models import Import, Stage
from records.registry import record_types
from tests.conftest import client_of, entries_of, make
from tests.importing import ME, MISTAKEN, NOW, SECOND, advanced, applied, taken, undone
from tests.kernel.test_desk import a_clerk
from tests.kernel.test_import_rules import file

pytestmark = pytest.mark.django_db
DESK = Occasion("record-keeping")


def clerk(user: User) -> Actor:
    return Actor("clerk", user.username, user.first_name)


def events(*ns: int, by: Actor = ME, on: Occasion = NOW, **values: Any) -> Import:
    """An import of civil events, read and checked."""
    for n in ns:
        make(record_types()["people"], n)
    rows = [{**civil_event(n), **values} for n in ns]
    return taken("civil-events", file("civil-events", *rows), by=by, on=on)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_sent_a_file_does_not_decide_about_it() -> None:
    job = events(1, 2)
    with pytest.raises(Refused) as told:
        receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    assert told.value.code == "second_person"
    assert told.value.entry
    assert (told.value.entry.action, told.value.entry.outcome) == ("import", "refused")
    job = applied(job, by=SECOND)
    assert job.counts["created"] == 2
    with pytest.raises(Refused):
        receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    assert undone(job, by=SECOND).counts["closed"] == 2
    (event,) = entries_of(action="undo")
    assert event["actor_id"] == SECOND.id


def test_a_type_that_asks_for_no_second_person_takes_one() -> None:
    job = taken("people", file("people", {"personal_id": "074085001234", "full_name": "An"}))
    assert not receiving.needs_second(job)
    assert receiving.may_decide(job, ME)


def test_another_clerk_finds_it_on_the_first_page_and_decides() -> None:
    sender, second = a_clerk("gui"), a_clerk("hai")
    job = events(1, 2, by=clerk(sender), on=DESK)
    mine, other = browser(sender), browser(second)
    url = f"/admin/imports/{job.id}/"
    for page in ("/admin/", "/admin/imports/"):
        assert "Thư ký" in other.get(page).content.decode()
        assert url in other.get(page).content.decode()
    assert [e["actor_id"] for e in entries_of(action="read", record_key=str(job.id))] == []
    assert 'apply"' not in mine.get(url).content.decode()
    assert mine.post(f"{url}apply").status_code == 403
    assert 'apply"' in other.get(url).content.decode()
    seen = entries_of(action="read", record_key=str(job.id))
    assert {e["actor_id"] for e in seen} == {"hai"}
    assert other.post(f"{url}apply").status_code == 302
    advanced(job)
    assert CivilEvent.objects.count() == 2
    assert url in other.get("/admin/imports/").content.decode()
    assert url not in other.get("/admin/").content.decode()
    assert mine.get(f"{url}undo/").content.decode().count("<textarea") == 0
    assert mine.post(f"{url}undo/", {"reason": MISTAKEN}).status_code == 403
    page = other.get(f"{url}undo/")
    assert page.context["would"] == {"closed": 2, "restored": 0, "changed": 0}
    assert other.post(f"{url}undo/", {"reason": " "}).status_code == 422
    assert other.post(f"{url}undo/", {"reason": MISTAKEN}).status_code == 302
    assert advanced(job).stage == Stage.UNDONE
    assert MISTAKEN in other.get(url).content.decode()


@pytest.mark.parametrize("verbs", [["read", "search"], ["create"], ["create", "amend"]])
def test_only_a_clerk_who_could_write_it_all_sees_another_s(verbs: list[str]) -> None:
    sender = a_clerk("gui")
    second = clerk(a_clerk("hai", verbs=verbs))
    job = events(1, by=clerk(sender), on=DESK)
    if verbs == ["create", "amend"]:
        assert receiving.find(job.id, by=second, occasion=DESK) == job
        assert receiving.for_second(second, DESK) == [job]
        return
    with pytest.raises(Missing):
        receiving.find(job.id, by=second, occasion=DESK)
    assert receiving.for_second(second, DESK) == []


def test_a_clerk_of_one_unit_sees_another_s_of_that_unit_only() -> None:
    whole, here = clerk(a_clerk("tinh")), clerk(a_clerk("xa", unit="25747"))
    there = clerk(a_clerk("khac", unit="25750"))
    wide = events(1, by=whole, on=DESK)
    narrow = events(2, by=here, on=DESK, register_unit="25747")
    assert narrow.counts["error"] == 0
    assert receiving.for_second(here, DESK) == []
    assert receiving.for_second(there, DESK) == []
    assert receiving.for_second(whole, DESK) == [narrow]
    with pytest.raises(Missing):
        receiving.find(wide.id, by=here, occasion=DESK)
    assert applied(narrow, by=whole, on=DESK).counts["created"] == 1


def test_another_s_file_is_audited_with_whom_it_names() -> None:
    sender, second = a_clerk("gui"), a_clerk("hai")
    job = events(1, 2, by=clerk(sender), on=DESK)
    url = f"/admin/imports/{job.id}/"
    browser(sender).get(f"{url}rows/?kind=new")
    assert entries_of(action="read", record_key=str(job.id)) == []
    other = browser(second)
    for page in ("rows/?kind=new", "file?format=csv"):
        before = len(entries_of(action="read", record_key=str(job.id)))
        assert other.get(f"{url}{page}").status_code == 200, page
        seen = entries_of(action="read", record_key=str(job.id))[before:]
        named = {subject for entry in seen for subject in entry["subjects"]}
        assert named >= {civil_event(n)["person_id"] for n in (1, 2)}, page


def test_a_decided_import_is_open_to_who_decided_and_to_who_may_undo_it() -> None:
    sender, second, third = (clerk(a_clerk(name)) for name in ("gui", "hai", "ba"))
    job = applied(events(1, by=sender, on=DESK), by=second, on=DESK)
    assert receiving.find(job.id, by=second, occasion=DESK, inside=True) == job
    assert receiving.find(job.id, by=third, occasion=DESK) == job
    (seen,) = entries_of(action="read", actor_id="ba")
    assert seen["record_key"] == str(job.id)
    with pytest.raises(Missing):
        receiving.find(job.id, by=third, occasion=DESK, inside=True)
    Import.objects.filter(id=job.id).update(stage=Stage.APPLYING)
    with pytest.raises(Missing):
        receiving.find(job.id, by=third, occasion=DESK)
    Import.objects.filter(id=job.id).update(stage=Stage.APPLIED)
    assert undone(job, by=third, on=DESK).stage == Stage.UNDONE
    assert receiving.find(job.id, by=third, occasion=DESK, inside=True).id == job.id


def test_another_s_import_is_shown_only_once_it_waits_for_a_decision() -> None:
    sender, second = clerk(a_clerk("gui")), clerk(a_clerk("hai"))
    job = events(1, by=sender, on=DESK)
    for stage in (Stage.RECEIVED, Stage.READING, Stage.CHECKING, Stage.FAILED):
        Import.objects.filter(id=job.id).update(stage=stage)
        with pytest.raises(Missing):
            receiving.find(job.id, by=second, occasion=DESK)
    people = taken("people", file("people", {"personal_id": "1"}), by=sender, on=DESK)
    with pytest.raises(Missing):
        receiving.find(people.id, by=second, occasion=DESK)


def test_an_agency_s_import_is_decided_by_its_other_client_or_a_clerk(
    partner: APIClient, agency: Any, actor: Actor, occasion: Occasion
) -> None:
    job = events(1, by=actor, on=occasion)
    url = f"/api/v1/imports/{job.id}"
    assert partner.get(url).json()["needs_second"] is True
    reply = partner.post(f"{url}/apply", {}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "second_person")
    stranger = type(agency).objects.create(code="other", name="Cơ quan khác")
    assert client_of(stranger).get(url).status_code in {403, 404}
    assert receiving.for_second(clerk(a_clerk("hai")), DESK) == [job]
    other = client_of(agency, called="second")
    assert other.post(f"{url}/apply", {}, format="json").status_code == 202
    assert advanced(job).counts["created"] == 1
    reply = partner.post(f"{url}/undo", {"reason": MISTAKEN}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "second_person")
    assert other.post(f"{url}/undo", {"reason": MISTAKEN}, format="json").status_code == 202


def test_stopping_an_import_is_audited_at_both_doors(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    user = a_clerk()
    job, second = events(1, by=actor, on=occasion), events(2, by=clerk(user), on=DESK)
    assert partner.post(f"/api/v1/imports/{job.id}/cancel").json()["stage"] == "cancelled"
    assert partner.post(f"/api/v1/imports/{job.id}/cancel").status_code == 200
    assert browser(user).post(f"/admin/imports/{second.id}/cancel").status_code == 302
    told = [
        (e["record_key"], e["actor_id"], e["outcome"], e["collection"], e["fieldset"])
        for e in entries_of(action="cancel")
    ]
    assert told == [
        (str(job.id), actor.id, "done", "civil-events", "full"),
        (str(second.id), user.username, "done", "civil-events", "full"),
    ]


@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.READING, Stage.CHECKING, Stage.READY])
def test_an_import_is_stopped_at_any_stage(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    record_type = record_types()["people"]
    content = file("people", person(1))
    job = receiving.receive(record_type, [content], file_name="x", by=ME, occasion=NOW)

    def stop() -> None:
        found = Import.objects.get(id=job.id)
        assert found.stage == stage
        receiving.cancel(found, by=ME, occasion=NOW)

    def stopped(whole: Any) -> Any:
        def first(*args: Any, **more: Any) -> Any:
            stop()
            return whole(*args, **more)

        return first

    if stage == Stage.RECEIVED:
        stop()
    elif stage == Stage.READING:
        monkeypatch.setattr(running, "read", stopped(running.read))
    elif stage == Stage.CHECKING:
        monkeypatch.setattr(checking, "_analyze", stopped(checking._analyze))
        monkeypatch.setattr(checking, "_lines", None)  # is not reached
    job = advanced(job)
    if stage == Stage.READY:
        stop()
        job.refresh_from_db()
    assert (job.stage, len(entries_of(action="cancel"))) == (Stage.CANCELLED, 1)
    assert job.ended_at
    running.advance(job.id)
    assert Import.objects.get(id=job.id).stage == Stage.CANCELLED
    with pytest.raises(Conflict):
        receiving.decide(job, without_faulty=True, by=ME, occasion=NOW)
