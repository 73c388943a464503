"""What is killed is taken up where it was, and what kills is found, told and left out."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import DiskFull

from citizens.models import Person
from citizens.samples import personal_id
from records.errors import Problem
from records.imports import (
    applying,
    checking,
    parsing,
    reading,
    receiving,
    running,
    storing,
    tasks,
    working,
)
from records.imports.models import Chunk, Found, Import, Line, Row, Stage
from records.registry import record_types
from tests.conftest import entries_of
from tests.importing import ME, NOW, advanced, applied, as_csv, reported, rows_of, taken

pytestmark = pytest.mark.django_db


class KilledError(BaseException):
    """Ends a try as KILL would: nothing below it catches it, nothing is counted."""


def sent(count: int = 7, **values: Any) -> Import:
    content = as_csv(rows_of(record_types()["people"], range(1, count + 1), **values))
    return receiving.receive(
        record_types()["people"], [content], file_name="x.csv", by=ME, occasion=NOW
    )


def tried(job: Import) -> Import:
    """A try that is killed, or not."""
    with suppress(KilledError):
        running.advance(job.id)
    job.refresh_from_db()
    return job


def until_settled(job: Import, most: int) -> int:
    """Try it as a worker would that is always started again: how many tries were killed."""
    for killed in range(most):
        before = job.interruptions
        tried(job)
        if job.stage in {Stage.READY, Stage.APPLIED, Stage.FAILED}:
            return killed
        assert job.interruptions >= before
    raise AssertionError(job.stage)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The numbers of people of whom the process dies that writes them."""
    numbers: set[str] = set()
    whole = applying._write

    def dies(work: Any, first: int, last: int) -> Any:
        lines = Line.objects.filter(import_id=work.job.id, place__range=(first, last))
        rows = Row.objects.filter(import_id=work.job.id, line__in=[line.line for line in lines])
        if numbers & {cell for row in rows for cell in row.cells}:
            raise KilledError
        return whole(work, first, last)

    monkeypatch.setattr(applying, "_write", dies)
    return numbers


@pytest.mark.parametrize("bad", [(1,), (5,), (7,), (2, 3)])
def test_a_row_that_kills_is_found_and_left_out(
    monkeypatch: pytest.MonkeyPatch, poison: set[str], bad: tuple[int, ...]
) -> None:
    monkeypatch.setattr("records.imports.checking.CHUNK", 4)
    poison |= {personal_id(n) for n in bad}
    job = tried(sent())
    receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    deaths = until_settled(job, 40)
    assert (job.stage, job.counts["created"], job.counts["refused"]) == (
        Stage.APPLIED,
        7 - len(bad),
        len(bad),
    )
    told = Found.objects.filter(import_id=job.id, stage=Stage.APPLYING)
    assert {(f.line, f.code) for f in told} == {(n + 1, "conflict") for n in bad}
    assert set(Person.objects.values_list("personal_id", flat=True)) == {
        personal_id(n) for n in range(1, 8) if n not in bad
    }
    # 5 of the chunk, 2 of its halves of two, 5 of the row alone.
    assert deaths <= 12 * len(bad)
    assert job.interruptions == deaths
    about = [s for e in entries_of(action="import") for s in e["subjects"]]
    assert len(about) == len(set(about)) == 7 - len(bad)


def test_a_chunk_is_tried_at_most_five_times_before_it_is_halved(
    monkeypatch: pytest.MonkeyPatch, poison: set[str]
) -> None:
    monkeypatch.setattr("records.imports.checking.CHUNK", 4)
    poison.add(personal_id(7))
    job = tried(sent(8))
    receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    for _try in range(working.MOST_TRIES):
        tried(job)
        assert Chunk.objects.filter(import_id=job.id).count() == 2
    tried(job)
    assert Chunk.objects.filter(import_id=job.id).count() == 3


def test_a_chance_kill_sets_no_row_aside(poison: set[str]) -> None:
    job = tried(sent())
    receiving.decide(job, without_faulty=False, by=ME, occasion=NOW)
    poison.add(personal_id(3))
    for _try in range(working.MOST_TRIES - 1):
        tried(job)
    poison.clear()
    job = tried(job)
    assert (job.stage, job.counts["created"], job.counts["refused"]) == (Stage.APPLIED, 7, 0)
    assert job.interruptions == working.MOST_TRIES - 1


@pytest.mark.parametrize(("stage", "code"), [("reading", "died"), ("checking", "broken")])
def test_a_stage_that_kills_every_time_fails_after_five_tries(
    monkeypatch: pytest.MonkeyPatch, stage: str, code: str
) -> None:
    def dies(job: Import) -> None:
        raise KilledError

    monkeypatch.setitem(running.STAGES, Stage(stage), dies)
    job = sent()
    assert until_settled(job, 10) == working.MOST_TRIES
    assert (job.stage, job.problem) == (Stage.FAILED, {"code": code, "detail": {}})
    assert not Person.objects.exists()


def test_what_was_read_before_a_kill_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    monkeypatch.setattr("records.imports.sheets.BATCH", 2)
    rows = rows_of(record_types()["people"], range(1, 1_203))
    rows[3][0] = rows[700][0] = "x"
    as_it_is = reported(taken("people", as_csv(rows)))
    judged: list[int] = []
    whole = reading._Keeping.add

    def dies(keep: Any, line: int, *judgement: Any) -> None:
        judged.append(line)
        if len(judged) == 600:
            raise KilledError
        whole(keep, line, *judgement)

    monkeypatch.setattr(reading._Keeping, "add", dies)
    job = receiving.receive(
        record_types()["people"], [as_csv(rows)], file_name="x.csv", by=ME, occasion=NOW
    )
    assert tried(job).stage == Stage.READING
    there = Row.objects.filter(import_id=job.id).count()
    assert 0 < there < 600
    # Found behind the last row: as where the database lost its rows, and not what was found.
    Found.objects.create(
        import_id=job.id, line=9_999, field="phone", code="format", stage=Stage.READING
    )
    assert tried(job).stage == Stage.READY
    assert judged[600:] == list(range(there + 2, 1_204))
    assert reported(job) == as_it_is
    assert job.interruptions == 1


@pytest.mark.parametrize("lost", [{}, {"line__lt": 9}], ids=["all", "some"])
def test_rows_lost_while_reading_are_read_anew(
    monkeypatch: pytest.MonkeyPatch, lost: dict[str, int]
) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    rows = rows_of(record_types()["people"], range(1, 1_203))
    rows[3][0] = "x"
    as_it_is = reported(taken("people", as_csv(rows)))
    job = receiving.receive(
        record_types()["people"], [as_csv(rows)], file_name="x.csv", by=ME, occasion=NOW
    )
    whole = reading._Keeping.flush

    def dies(keep: Any, *given: Any, **more: Any) -> None:
        whole(keep, *given, **more)
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(reading._Keeping, "flush", dies)
        tried(job)
    assert Row.objects.filter(import_id=job.id, **lost).delete()[0]
    if lost:
        with pytest.raises(RuntimeError):
            running.advance(job.id)
    assert reported(advanced(job)) == as_it_is


def test_rows_lost_while_it_waits_are_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job, other = (taken("people", as_csv(rows_of(record_types()["people"], (n,)))) for n in (1, 2))
    as_it_was = reported(job)
    Row.objects.filter(import_id=job.id).delete()
    assert reported(job) != as_it_was
    Import.objects.update(beat_at=timezone.now() - timedelta(minutes=1))
    nudged: list[Any] = []
    monkeypatch.setattr(tasks, "_send", nudged.append)
    tasks.sweep()
    assert nudged == [job.id]
    assert reported(advanced(job)) == as_it_was
    assert (job.stage, job.tries) == (Stage.READY, 0)
    Row.objects.filter(import_id=other.id).delete()
    storing.path_of(other.digest).unlink()
    for _try in range(working.MOST_TRIES):
        with pytest.raises(parsing.Unreadable):
            running.advance(other.id)
    assert advanced(other).stage == Stage.READY


def test_a_reader_that_is_killed_once_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = (sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    with monkeypatch.context() as patched:
        patched.setattr(parsing, "CHILD", dead)
        job = sent()
        with pytest.raises(parsing.Unreadable):
            running.advance(job.id)
    job = advanced(job)
    assert (job.stage, job.interruptions) == (Stage.READY, 1)


@pytest.mark.parametrize(
    ("number", "tries"), [(signal.SIGKILL, 5), (signal.SIGSEGV, 5), (signal.SIGXCPU, 1)]
)
def test_a_reader_that_dies_every_time_fails_the_import(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, tries: int
) -> None:
    dead = (sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(number)})")
    monkeypatch.setattr(parsing, "CHILD", dead)
    job = sent()
    for _try in range(tries - 1):
        with pytest.raises(parsing.Unreadable):
            running.advance(job.id)
    job = advanced(job)
    assert (job.stage, job.problem) == (
        Stage.FAILED,
        {"code": "died", "detail": {"signal": int(number)}},
    )


def full(*_args: Any) -> None:
    raise OperationalError from DiskFull()


def test_a_full_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    job = sent()
    with monkeypatch.context() as patched:
        patched.setattr(reading, "_copy", full)
        for _try in range(2 * working.MOST_TRIES):
            with pytest.raises(OperationalError):
                running.advance(job.id)
    assert advanced(job).stage == Stage.READY


def test_a_disk_that_stays_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    job = sent()
    monkeypatch.setattr(reading, "_copy", full)
    monkeypatch.setattr(running, "MOST_INTERRUPTIONS", 3)
    for _try in range(4):
        with pytest.raises(OperationalError):
            running.advance(job.id)
    job.refresh_from_db()
    assert (job.stage, job.problem) == (Stage.FAILED, {"code": "no_room", "detail": {}})


def test_a_file_for_which_there_is_no_room_is_a_typed_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem) as caught:
        storing.store([b"a;b"])
    assert (caught.value.status, caught.value.code) == (507, "no_room")


def test_the_check_of_a_worker_that_lost_its_lock_is_void(monkeypatch: pytest.MonkeyPatch) -> None:
    job = sent()
    whole = checking.counted

    def overtaken(cursor: Any, mine: Import) -> dict[str, int]:
        Import.objects.filter(id=job.id).update(stage=Stage.CANCELLED)
        return whole(cursor, mine)

    monkeypatch.setattr(checking, "counted", overtaken)
    job = advanced(job)
    assert not Chunk.objects.filter(import_id=job.id).exists()
    assert not Line.objects.filter(import_id=job.id).exists()


def test_nothing_is_counted_where_nothing_dies() -> None:
    job = applied(taken("people", as_csv(rows_of(record_types()["people"], range(1, 8)))))
    assert (job.stage, job.interruptions) == (Stage.APPLIED, 0)
