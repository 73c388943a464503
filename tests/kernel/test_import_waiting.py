"""A caller who waits for an import is answered when it moves, and keeps nobody else waiting."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.samples import person
from records.actors import Actor, Occasion
from records.imports import receiving, waiting
from records.imports.models import Import, Stage
from records.registry import record_types
from tests.importing import taken
from tests.kernel.test_import_rules import file

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(actor: Actor, occasion: Occasion) -> str:
    """An import that is still being read."""
    people = record_types()["people"]
    content = file("people", person(1))
    job = receiving.receive(people, [content], file_name="x", by=actor, occasion=occasion)
    return f"/api/v1/imports/{job.id}"


def asked(partner: APIClient, url: str) -> tuple[Any, float]:
    began = time.monotonic()
    return partner.get(url), time.monotonic() - began


def test_the_reply_comes_when_the_time_is_up(partner: APIClient, url: str) -> None:
    reply, seconds = asked(partner, f"{url}?wait=1")
    assert (reply.status_code, reply.json()["stage"]) == (200, "received")
    assert reply["Retry-After"] == "1"
    assert 1 <= seconds < 2


def test_the_reply_comes_when_the_stage_moves(
    partner: APIClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            Import.objects.update(stage=Stage.READING)

    monkeypatch.setattr(waiting.time, "sleep", nap)
    reply, _seconds = asked(partner, f"{url}?wait=60")
    assert (reply.json()["stage"], naps) == ("reading", [0.5, 0.5])


def test_what_nothing_moves_is_told_at_once(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    job = taken("people", file("people", person(1)), by=actor, on=occasion)
    reply, seconds = asked(partner, f"/api/v1/imports/{job.id}?wait=60")
    assert reply.json()["stage"] == "ready"
    assert seconds < 1
    assert "Retry-After" not in reply


def test_where_many_wait_the_next_is_answered_at_once(
    partner: APIClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _each in range(waiting.MOST_WAITING):
        assert waiting._places.acquire(blocking=False)
    try:
        reply, seconds = asked(partner, f"{url}?wait=60")
    finally:
        for _each in range(waiting.MOST_WAITING):
            waiting._places.release()
    assert (reply.status_code, reply["Retry-After"]) == (200, "1")
    assert seconds < 1


@pytest.mark.parametrize("wait", ["", "x", "-1", "61", "1.5", "999", "١"])
def test_a_wait_that_is_none_is_told(partner: APIClient, url: str, wait: str) -> None:
    reply = partner.get(url, {"wait": wait})
    assert (reply.status_code, reply.json()["code"]) == (400, "wait")


def test_whoever_may_no_longer_see_it_is_not_told(
    partner: APIClient, url: str, monkeypatch: pytest.MonkeyPatch, agency: Any
) -> None:
    def nap(_seconds: float) -> None:
        Import.objects.update(owner="partner:other", stage=Stage.READING)

    monkeypatch.setattr(waiting.time, "sleep", nap)
    assert partner.get(f"{url}?wait=5").status_code == 404
