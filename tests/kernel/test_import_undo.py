"""An import is taken back where nobody changed its records since; what is left is told, and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from rest_framework.test import APIClient

from citizens.models import Person, Residence
from citizens.samples import person, personal_id, residence
from records import changes
from records.access.models import Agreement
from records.actors import Actor, Occasion
from records.errors import Conflict, Invalid, Refused
from records.imports import applying, receiving, running, undoing
from records.imports.models import Import, Left, Row, Stage
from records.imports.showing import left_of
from records.registry import record_types
from tests.conftest import agree, entries_of, make
from tests.importing import (
    ME,
    MISTAKEN,
    NOW,
    advanced,
    applied,
    as_csv,
    rows_of,
    taken,
    undone,
)
from tests.kernel.test_import_rules import file

pytestmark = pytest.mark.django_db


def people(count: int = 5) -> Import:
    """An import that recorded so many people."""
    return applied(taken("people", as_csv(rows_of(record_types()["people"], range(1, count + 1)))))


def amend(n: int, **values: Any) -> None:
    record = Person.objects.get(personal_id=personal_id(n))
    changes.amend(
        record_types()["people"],
        personal_id(n),
        values,
        seen=record.version,
        by=ME,
        occasion=NOW,
        reason="x",
    )


def test_what_somebody_changed_since_is_left_and_told(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    rows = rows_of(record_types()["people"], (1, 2, 3))
    job = taken("people", as_csv(rows), by=actor, on=occasion)
    job = applied(job, by=actor, on=occasion)
    amend(2, phone="0911111111")
    url = f"/api/v1/imports/{job.id}"
    reply = partner.post(f"{url}/undo", {}, format="json")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "reason")
    reply = partner.post(f"{url}/undo", {"reason": MISTAKEN}, format="json")
    assert (reply.status_code, reply.json()["stage"]) == (202, "undoing")
    advanced(job)
    told = partner.get(url).json()
    assert told["stage"] == "undone"
    assert [told["counts"][k] for k in ("closed", "restored", "left")] == [2, 0, 1]
    (left,) = partner.get(f"{url}/left").json()["items"]
    assert (left["line"], left["key"], left["code"]) == (3, personal_id(2), "changed")
    assert left["by"] == "system"
    assert left["at"]
    assert "record_id" not in left
    step = partner.get(f"/api/v1/people/{personal_id(1)}/history").json()["items"][0]
    assert (step["operation"], step["import"]) == ("undo-import", str(job.id))
    assert step["reason"] == MISTAKEN
    (entry,) = entries_of(action="undo")
    assert set(entry["subjects"]) == {personal_id(n) for n in (1, 2, 3)}
    assert entry["agreement_id"]


def test_what_is_left_is_read_by_pages(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    rows = rows_of(record_types()["people"], (1, 2, 3))
    job = applied(taken("people", as_csv(rows), by=actor, on=occasion), by=actor, on=occasion)
    for n in (1, 2, 3):
        amend(n, phone="0911111111")
    undone(job, by=actor, on=occasion)
    first = partner.get(f"/api/v1/imports/{job.id}/left?limit=2").json()
    second = partner.get(first["next"]).json()
    keys = [each["key"] for each in (*first["items"], *second["items"])]
    assert sorted(keys) == sorted(personal_id(n) for n in (1, 2, 3))
    assert second["next"] is None


def test_what_others_refer_to_is_left_until_they_do_not() -> None:
    job = people(2)
    later = applied(taken("residences", file("residences", residence(1))))
    job = undone(job)
    assert [job.counts[k] for k in ("closed", "left")] == [1, 1]
    (left,) = left_of(job)
    assert (left["line"], left["code"], left["by"]) == (2, "referred", "residences")
    assert Person.objects.get(personal_id=personal_id(1)).closed_on is None
    undone(later)
    job = undone(job)
    assert [job.counts[k] for k in ("closed", "left")] == [2, 0]
    assert not Left.objects.filter(import_id=job.id).exists()
    before = Person.objects.get(personal_id=personal_id(1)).version
    assert undone(job).stage == Stage.UNDONE
    assert Person.objects.get(personal_id=personal_id(1)).version == before


def test_who_refers_is_told_to_those_who_may_search_there(
    partner: APIClient, agency: Any, actor: Actor, occasion: Occasion
) -> None:
    rows = as_csv(rows_of(record_types()["people"], (1,)))
    job = applied(taken("people", rows, by=actor, on=occasion), by=actor, on=occasion)
    make(record_types()["residences"], 1)
    undone(job, by=actor, on=occasion)
    url = f"/api/v1/imports/{job.id}/left"
    before = len(entries_of(action="read", record_key=str(job.id)))
    (told,) = partner.get(url).json()["items"]
    assert (told["code"], told["by"]) == ("referred", "residences")
    (entry,) = entries_of(action="read", record_key=str(job.id))[before:]
    assert set(entry["subjects"]) == {personal_id(1)}
    Agreement.objects.filter(agency=agency, collection="residences").update(verbs=["read"])
    (told,) = partner.get(url).json()["items"]
    assert (told["code"], told["by"]) == ("referred", None)


def test_a_second_click_leaves_what_was_noted_since_the_first() -> None:
    job = people(1)
    late = Import.objects.get(id=job.id)
    receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    person_ = Person.objects.get(personal_id=personal_id(1))
    Left.objects.create(import_id=job.id, record_id=person_.id, key="x", why="changed")
    receiving.undo(late, reason=MISTAKEN, by=ME, occasion=NOW)
    assert Left.objects.filter(import_id=job.id).count() == 1


def test_what_a_later_import_changed_and_gave_back_is_unchanged() -> None:
    first = people(2)
    rows = rows_of(record_types()["people"], (1,), ["personal_id", "full_name", "phone"])
    rows[1][2] = "0911111111"
    second = applied(taken("people", as_csv(rows)))
    assert second.counts["amended"] == 1
    assert undoing.forecast(first) == {"closed": 1, "restored": 0, "changed": 1}
    assert undone(second).counts["restored"] == 1
    assert undoing.forecast(first) == {"closed": 2, "restored": 0, "changed": 0}
    job = undone(first)
    assert [job.counts[k] for k in ("closed", "restored", "left")] == [2, 0, 0]
    assert undone(second).counts["restored"] == 1


def test_a_rule_in_the_way_leaves_one_record_and_not_its_chunk() -> None:
    for n in (1, 2, 3):
        make(record_types()["people"], n)
        make(record_types()["residences"], n, valid_from="2020-01-01", valid_to=None)
    ends = [
        {**residence(n), "valid_from": "2020-01-01", "valid_to": "2021-12-31"} for n in (1, 2, 3)
    ]
    job = applied(taken("residences", file("residences", *ends)))
    assert job.counts["amended"] == 3
    make(record_types()["residences"], 2, valid_from="2022-01-01", valid_to=None)
    job = undone(job)
    assert [job.counts[k] for k in ("restored", "left")] == [2, 1]
    (left,) = left_of(job)
    assert (left["line"], left["code"]) == (3, "conflict")
    assert "một nơi thường trú" in left["detail"]
    assert (
        Residence.objects.get(personal_id=personal_id(2), valid_from="2020-01-01").valid_to
        is not None
    )


def test_periods_that_one_import_ended_and_began_go_back_together() -> None:
    make(record_types()["people"], 1)
    make(record_types()["residences"], 1, valid_from="2020-01-01", valid_to=None)
    rows = [
        {**residence(1), "valid_from": "2020-01-01", "valid_to": "2021-12-31"},
        {**residence(1), "valid_from": "2022-01-01", "valid_to": None, "address": "12 Yersin"},
    ]
    job = applied(taken("residences", file("residences", *rows)))
    assert (job.counts["amended"], job.counts["created"]) == (1, 1)
    job = undone(job)
    assert [job.counts[k] for k in ("closed", "restored", "left")] == [1, 1, 0]
    assert Residence.objects.get(closed_on=None).valid_to is None


def test_an_undoing_that_was_stopped_goes_on_where_it_stood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(undoing, "CHUNK", 2)
    job = people(7)
    amend(4, phone="0911111111")
    receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    whole, calls = undoing._some, []

    def dies(*args: Any, **more: Any) -> Any:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(args)
        return whole(*args, **more)

    monkeypatch.setattr(undoing, "_some", dies)
    with pytest.raises(KeyboardInterrupt):
        running.advance(job.id)
    monkeypatch.setattr(undoing, "_some", whole)
    taken_back = Person.objects.exclude(closed_on=None).count()
    assert 0 < taken_back < 6
    job = advanced(job)
    assert [job.counts[k] for k in ("closed", "left")] == [6, 1]
    assert Person.objects.get(closed_on=None).personal_id == personal_id(4)
    kept = record_types()["people"].events._base_manager.filter(
        pgh_context__operation="undo-import"
    )
    assert kept.count() == 6
    assert len(entries_of(action="undo")) == 4


def test_an_undoing_that_was_cancelled_is_taken_up_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(undoing, "CHUNK", 2)
    job = people(5)
    receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    whole, calls = undoing._some, []

    def cancelled(*args: Any, **more: Any) -> Any:
        if calls:
            receiving.cancel(Import.objects.get(id=job.id), by=ME, occasion=NOW)
        calls.append(args)
        return whole(*args, **more)

    monkeypatch.setattr(undoing, "_some", cancelled)
    job = advanced(job)
    assert job.stage == Stage.CANCELLED
    assert [job.counts[k] for k in ("created", "closed", "left")] == [5, 2, 0]
    assert Person.objects.exclude(closed_on=None).count() == 2
    monkeypatch.setattr(undoing, "_some", whole)
    job = undone(job)
    assert (job.stage, job.counts["closed"]) == (Stage.UNDONE, 5)


@pytest.mark.parametrize("chunks", [0, 2])
def test_what_a_cancelled_import_wrote_is_undone(
    monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    monkeypatch.setattr("records.imports.checking.CHUNK", 2)
    job = taken("people", as_csv(rows_of(record_types()["people"], range(1, 6))))
    receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    whole, calls = applying._chunk, []

    def cancelled(*args: Any) -> None:
        if len(calls) == chunks:
            receiving.cancel(Import.objects.get(id=job.id), by=ME, occasion=NOW)
        calls.append(args)
        whole(*args)

    monkeypatch.setattr(applying, "_chunk", cancelled)
    job = advanced(job)
    assert (job.stage, job.counts["created"]) == (Stage.CANCELLED, 2 * chunks)
    if chunks:
        assert undone(job).counts["closed"] == 4
        return
    with pytest.raises(Conflict) as told:
        receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    assert told.value.code == "nothing_written"


def test_a_failed_import_is_undone_and_a_failed_undoing_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = people(3)
    Import.objects.filter(id=job.id).update(
        stage=Stage.FAILED, problem={"code": "broken", "detail": {}}
    )
    job.refresh_from_db()
    whole = undoing._take_back

    def broken(*_args: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(undoing, "_take_back", broken)
    receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    assert job.problem is None
    for _try in range(running.MOST_TRIES):
        with pytest.raises(ZeroDivisionError):
            running.advance(job.id)
    job.refresh_from_db()
    assert (job.stage, job.problem and job.problem["code"]) == (Stage.FAILED, "broken")
    monkeypatch.setattr(undoing, "_take_back", whole)
    assert undone(job).counts["closed"] == 3


def test_a_refused_record_is_tried_again_after_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = people(4)
    whole, calls = undoing._take_back, []

    def refused_at_first(work: Any, allowed: Any, low: int, high: int) -> int:
        calls.append((low, high))
        if len(calls) <= 3:
            raise IntegrityError
        return whole(work, allowed, low, high)

    monkeypatch.setattr(undoing, "_take_back", refused_at_first)
    job = undone(job)
    assert [job.counts[k] for k in ("closed", "left")] == [4, 0]
    assert calls[-1] == calls[2]


@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.READING, Stage.READY, Stage.APPLYING])
def test_what_still_goes_on_is_not_undone(stage: Stage) -> None:
    job = taken("people", file("people", person(1)))
    Import.objects.filter(id=job.id).update(stage=stage)
    job.refresh_from_db()
    with pytest.raises(Conflict) as told:
        receiving.undo(job, reason=MISTAKEN, by=ME, occasion=NOW)
    assert told.value.code == "not_ready"


def test_undoing_takes_a_reason_and_today_s_leave(agency: Any) -> None:
    agree(agency, "people", "full", verbs=["create", "amend"])
    scopes = frozenset({"people:full"})
    by = Actor("partner", "client-test-agency", "x", agency.code, agency.name, scopes)
    on = Occasion("test-purpose")
    job = applied(taken("people", file("people", person(1)), by=by, on=on), by=by, on=on)
    with pytest.raises(Invalid):
        receiving.undo(job, reason="", by=by, occasion=on)
    Agreement.objects.update(verbs=["create"])
    with pytest.raises(Refused) as told:
        receiving.undo(job, reason=MISTAKEN, by=by, occasion=on)
    assert told.value.entry
    assert (told.value.entry.action, told.value.entry.outcome) == ("undo", "refused")
    assert Person.objects.get().closed_on is None


def test_a_record_brought_back_says_what_the_row_says_and_nothing_older() -> None:
    undone(applied(taken("people", file("people", {**person(1), "phone": "0911111111"}))))
    fewer = {k: v for k, v in person(1).items() if k in {"personal_id", "full_name"}}
    told = taken("people", file("people", fewer))
    assert told.counts["error"] == 1
    whole = {k: v for k, v in person(1).items() if k != "phone"}
    job = taken("people", file("people", whole))
    assert (job.counts["new"], job.counts["error"]) == (1, 0)
    applied(job)
    record = Person.objects.get()
    assert (record.phone, record.closed_on, record.version) == (None, None, 3)


def test_a_record_that_somebody_closed_is_not_brought_back() -> None:
    job = people(1)
    record = Person.objects.get()
    changes.close(
        record_types()["people"],
        record.personal_id,
        on=record.recorded_at.date(),
        seen=1,
        by=ME,
        occasion=NOW,
        reason=MISTAKEN,
    )
    job = undone(job)
    assert [job.counts[k] for k in ("closed", "left")] == [0, 1]
    again = taken("people", file("people", {**person(1), "phone": "0911111111"}))
    assert again.counts["error"] == 1


def test_lines_are_told_while_the_rows_are_kept() -> None:
    job = people(2)
    amend(1, phone="0911111111")
    Row.objects.filter(import_id=job.id).delete()
    job = undone(job)
    (left,) = left_of(job)
    assert (left["line"], left["key"]) == (None, personal_id(1))


def test_the_forecast_is_what_comes() -> None:
    make(record_types()["people"], 1)
    rows = rows_of(record_types()["people"], (1, 2, 3), phone="0911111111")
    job = applied(taken("people", as_csv(rows)))
    amend(3, phone="0922222222")
    assert undoing.forecast(job) == {"closed": 1, "restored": 1, "changed": 1}
    undone(job)
    assert undoing.forecast(job) == {"closed": 0, "restored": 0, "changed": 1}


def test_the_command_undoes(capsys: Any) -> None:
    job = people(2)
    amend(1, phone="0911111111")
    call_command("undo_import", str(job.id), reason=MISTAKEN, here=True)
    said = capsys.readouterr().out
    assert '"closed": 1' in said
    assert personal_id(1) in said


def test_what_was_undone_is_recorded_by_hand_again() -> None:
    undone(applied(taken("people", file("people", {**person(1), "phone": "0911111111"}))))
    values = {k: v for k, v in person(1).items() if k != "phone"}
    made = changes.create(
        record_types()["people"], values, by=ME, occasion=NOW, reason="Có giấy khai sinh"
    )
    record = Person.objects.get()
    assert record.pk == made.pk
    assert (record.phone, record.closed_on, record.closed_reason) == (None, None, None)
    assert (record.version, made.version, record.source) == (3, 3, "system:tests")
