"""Where the time of one request goes: each stage timed in this process, without a server or load.

Times are wall clock, waiting for PostgreSQL included, and exclusive: what a stage calls that is a
stage of its own counts there only. Imported only once Django is set up.
"""

from __future__ import annotations

import io
import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any
from unittest import mock

from django.core.wsgi import get_wsgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.transaction import Atomic
from rest_framework.response import Response

from benchmarks import stock, urls
from benchmarks.clock import Clock
from benchmarks.load import Contestant
from records import disclosure
from records.access import rates, tokens
from records.api.views import RecordView
from records.audit import entries

REST = "middleware and routes"
SQL = "statements (BEGIN goes with the first)"
# What is timed, and the stage it counts as.
TIMED: tuple[tuple[Any, str, str], ...] = (
    (BaseDatabaseWrapper, "connect", "a connection from the pool, and back"),
    (BaseDatabaseWrapper, "close", "a connection from the pool, and back"),
    (Atomic, "__enter__", "opening and committing the transaction"),
    (Atomic, "__exit__", "opening and committing the transaction"),
    (CursorWrapper, "execute", SQL),
    (RecordView, "dispatch", "REST framework's view"),
    (stock.People, "dispatch", "REST framework's view"),
    (tokens, "actor_of", "token"),
    (stock.Token, "authenticate", "token"),
    (rates, "spend", "rate"),
    (disclosure, "permit", "agreement"),
    (stock.Agreed, "has_permission", "agreement"),
    (RecordView, "get", "the view's own lines"),
    (urls.urlpatterns[0], "callback", "the view's own lines"),
    (disclosure, "disclose", "disclosure: judging the key, row to values"),
    (disclosure, "find", "disclosure: judging the key, row to values"),
    (entries, "write", "audit: the parameters"),
    (stock.People, "retrieve", "the ORM: a person, two audit models"),
    (stock.People, "get_serializer", "serializer"),
    (stock.PersonSerializer, "to_representation", "serializer"),
    (Response, "render", "rendering"),
)


BLOCK = 10


def environ(contestant: Contestant, key: str) -> dict[str, Any]:
    """Return a WSGI environment of the same request as the load's."""
    path, _mark, query = contestant.path.format(key=key).partition("?")
    made = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
    }
    for line in contestant.head.split("\r\n")[1:]:
        name, _colon, value = line.partition(": ")
        made["HTTP_" + name.upper().replace("-", "_")] = value
    return made


def one(application: Any, contestant: Contestant, key: str) -> tuple[float, float]:
    """Answer one request; return its wall and CPU seconds."""
    said: list[str] = []
    given = environ(contestant, key)
    began, cpu = time.perf_counter(), time.thread_time()
    reply = application(given, lambda status, _headers: said.append(status))
    body = b"".join(reply)
    reply.close()
    took, cpu = time.perf_counter() - began, time.thread_time() - cpu
    assert said == ["200 OK"], body
    return took, cpu


def _patched(clock: Clock) -> ExitStack:
    stack = ExitStack()
    for owner, name, stage in TIMED:
        replaced = clock.timed(stage, getattr(owner, name))
        stack.enter_context(mock.patch.object(owner, name, replaced))
        if owner is disclosure and name == "disclose":  # the view has its own name for it
            stack.enter_context(mock.patch("records.api.views.disclose", replaced))
    return stack


def measure(
    contestants: list[Contestant], keys: Iterator[str], requests: int
) -> dict[str, dict[str, Any]]:
    """Return for each contestant the medians per request, in µs.

    `whole` and `cpu` (this process's alone) are taken without the timers, `stages` with them; each
    contestant in turn, a few requests at a time, so that what disturbs one disturbs all.
    """
    application, clock = get_wsgi_application(), Clock()
    timed = clock.timed(REST, one)
    plain: dict[str, list[tuple[float, float]]] = defaultdict(list)
    stages: dict[str, list[dict[str, float]]] = defaultdict(list)
    for turn, contestant in itertools.product(range(-5, requests // BLOCK), contestants):
        its = [one(application, contestant, next(keys)) for _ in range(BLOCK)]
        if turn < 0:  # only warms up
            continue
        plain[contestant.name] += its
        with _patched(clock):
            for _ in range(BLOCK):
                clock.spent = defaultdict(float)
                timed(application, contestant, next(keys))
                stages[contestant.name].append(clock.spent)
    return {
        name: {
            "whole": _micro(took for took, _ in plain[name]),
            "cpu": _micro(cpu for _, cpu in plain[name]),
            "stages": {
                stage: _micro(spent.get(stage, 0.0) for spent in stages[name])
                for stage in dict.fromkeys([REST, *(stage for *_, stage in TIMED)])
            },
        }
        for name in plain
    }


def _micro(seconds: Iterable[float]) -> float:
    return round(statistics.median(seconds) * 1e6, 1)
