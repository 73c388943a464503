"""Where the time of an import goes: what the engine calls, and the database's own functions.

Wall clock, waiting for PostgreSQL included. The timers themselves take a little: each row that is
copied is timed. Imported only once Django is set up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.transaction import Atomic

from benchmarks.clock import Clock
from records.imports import layout, parsing, reading, receiving, running, values
from records.imports.models import Stage

COMMIT = "BEGIN, SAVEPOINT, COMMIT"
#: What a statement begins with or holds, and the stage it counts as; the first that fits.
STATEMENTS = (
    ("SAVEPOINT", COMMIT),
    ("analyze_import_rows", "check: ANALYZE of rows and faults"),
    ("CREATE TEMP TABLE merged", "check: the merged table"),
    ("ANALYZE merged", "check: the merged table"),
    ("CREATE TEMP TABLE", "check: rows that name the same fact"),
    ("INSERT INTO import_line", "check: INSERT INTO import_line"),
    ("INSERT INTO import_chunk", "check: INSERT INTO import_chunk"),
    ("array_agg(DISTINCT subject)", "check: audit"),
    ("WITH found AS", "check: counts"),
    ("INSERT INTO audit_entry", "audit: INSERT"),
    ("FOR UPDATE OF rec", "apply: locking what changes"),
    ('UPDATE "people"', "apply: UPDATE of people"),
    ('INSERT INTO "people"', "apply: INSERT INTO people"),
    ("'stale'", "apply: stale rows"),
    ("SELECT subject FROM", "apply: whom it is about"),
    ("SET CONSTRAINTS", "apply: SET CONSTRAINTS"),
)
OTHER = "other statements"


def statement(_cursor: Any, sql: Any, params: Any = None) -> str:
    """The stage of a statement; a rule's query counts by the code of its fault."""
    if isinstance(params, dict) and "severity" in params:
        return f"check: faults, {params['code']}"
    return next((stage for sign, stage in STATEMENTS if sign in str(sql)), OTHER)


TIMED: tuple[tuple[Any, str, str | Callable[..., str]], ...] = (
    (receiving, "receive", "receive"),
    (parsing._Child, "__init__", "read: the child's start"),
    (parsing._Child, "_listen", "read: waiting for the child"),
    (parsing._Child, "hear", "read: taking its messages apart"),
    (parsing, "_rows", "read: taking its messages apart"),
    (reading, "chosen", "read: header and layout"),
    (layout.Data, "__init__", "read: header and layout"),
    (values.Judge, "__init__", "read: header and layout"),
    (values.Judge, "rows", "read: judging cells"),
    (values.Judge, "_warned", "read: the registry's warnings"),
    (reading, "copied", "read: making the text of a COPY"),
    (reading._Keeping, "flush", "read: COPY into import_row and import_fault"),
    (Atomic, "__enter__", COMMIT),
    (Atomic, "__exit__", COMMIT),
    (CursorWrapper, "execute", statement),
)
REST = {
    Stage.READING: "read: which rows are data; the rest",
    Stage.CHECKING: "check: the rest",
    Stage.APPLYING: "apply: the rest",
}
FUNCTIONS = """
SELECT funcname, calls, total_time FROM pg_stat_user_functions WHERE total_time >= 1 ORDER BY 3 DESC
"""


Figures = dict[str, Any]


def profiled(
    taken_in: Callable[[Path], Figures], run: Callable[[Callable[[Path], Figures]], Figures]
) -> Figures:
    """The figures of `run`, which takes files in, each with its seconds by stage and by function."""
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as link:
        link.execute(f"ALTER DATABASE \"{link.info.dbname}\" SET track_functions = 'all'")
    clock = Clock()

    def one(file: Path) -> Figures:
        clock.spent.clear()
        before = functions(owner)
        found = taken_in(file)
        with connection.cursor() as cursor:  # this session's figures, now and not in a while
            cursor.execute("SELECT pg_stat_force_next_flush()")
        seconds = {stage: took for stage, took in clock.spent.items() if stage}
        rest = found["seconds"]["whole"] - sum(seconds.values())
        after = functions(owner)
        spent = {name: after[name] - before.get(name, 0.0) for name in after}
        return {**found, "stages": {**seconds, "outside the stages": rest}, "functions": spent}

    with ExitStack() as stack:
        for holder, name, stage in TIMED:
            replaced = clock.timed(stage, getattr(holder, name))
            stack.enter_context(mock.patch.object(holder, name, replaced))
        stages = {stage: clock.timed(REST[stage], running.STAGES[stage]) for stage in REST}
        stack.enter_context(mock.patch.dict(running.STAGES, stages))
        return run(one)


def functions(owner: str) -> dict[str, float]:
    """The seconds of each function of the database so far, what it calls included."""
    with psycopg.connect(owner, autocommit=True) as link:
        found: dict[str, float] = {}
        for name, _calls, milliseconds in link.execute(FUNCTIONS).fetchall():
            known = name.startswith("pgtrigger_")
            shown = f"history ({name.split('_')[1]})" if known else name
            found[shown] = found.get(shown, 0.0) + milliseconds / 1000
    return found
