"""Takes an import from stage to stage: whoever runs this, it goes on where it stood.

A try is counted before it is made, because whoever is killed counts nothing afterwards: so neither a
file that kills its reader nor a bug is tried for ever. Rows that kill are found by `applying` itself.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from psycopg import Error, errors

from records.audit import entries
from records.errors import Problem
from records.imports.applying import apply
from records.imports.checking import check
from records.imports.models import Import, Row, Stage
from records.imports.parsing import Unreadable
from records.imports.reading import read
from records.imports.undoing import undo
from records.imports.working import MOST_TRIES, HaltedError, alone, beat, done_so_far, move

log = logging.getLogger(__name__)
#: How many tries may be cut short, whatever they got done, before an import is given up.
MOST_INTERRUPTIONS = 100
#: PostgreSQL's class of what it is short of: room, memory, connections. That is not the file's fault.
SHORT = "53"


def advance(job_id: UUID) -> None:
    """Do what the import of `job_id` is waiting for, until it needs a decision or has ended.

    Does nothing where another process is at it. Raises what cut the try short: it is made again.
    """
    with alone(job_id) as mine, suppress(HaltedError):
        if not mine:
            return
        job = Import.objects.filter(id=job_id).first()
        if job and job.stage == Stage.READY:
            _restore(job)
        while job and job.stage in STAGES:
            try:
                _begin(job)
                STAGES[Stage(job.stage)](job)
            except HaltedError:
                raise
            except Unreadable as unreadable:
                if unreadable.killed and not _spent(job, unreadable):
                    raise
                _fail(job, unreadable.code, unreadable.detail, unreadable)
            except Problem as problem:
                _fail(job, problem.code, problem.more, problem)
            except Exception as error:
                log.warning("import %s: a try was cut short", job.id, exc_info=error)
                if _spent(job, error):
                    _end(job, {"code": _why(error), "detail": {}})
                raise


def _begin(job: Import) -> None:
    """Count a try of the stage before it is made. Raises HaltedError after too many."""
    job.refresh_from_db()
    if _spent(job):
        log.warning("import %s: its process was killed in every try", job.id)
        _end(job, {"code": "died" if job.stage == Stage.READING else "broken", "detail": {}})
        raise HaltedError
    again = int(job.tries > 0)
    beat(job, tries=F("tries") + 1, interruptions=F("interruptions") + again)
    if again:
        log.warning("import %s: %s is tried again, after %s", job.id, job.stage, job.tries)


def _receive(job: Import) -> None:
    move(job, Stage.READING)


def _read(job: Import) -> None:
    read(job)
    move(job, Stage.CHECKING)


def _check(job: Import) -> None:
    _rows_again(job)
    check(job)


def _apply(job: Import) -> None:
    _rows_again(job)
    apply(job)
    move(job, Stage.APPLIED, counts={**job.counts, **done_so_far(job)}, ended_at=Now())


def _undo(job: Import) -> None:
    undo(job)
    move(job, Stage.UNDONE, counts={**job.counts, **done_so_far(job)}, ended_at=Now())


STAGES = {
    Stage.RECEIVED: _receive,
    Stage.READING: _read,
    Stage.CHECKING: _check,
    Stage.APPLYING: _apply,
    Stage.UNDOING: _undo,
}


def _rows_again(job: Import) -> None:
    """Read the file once more where a crash of the database emptied the rows, or cut that short."""
    if Row.objects.filter(import_id=job.id).count() != job.found["rows"]:
        read(job, again=True)


def _restore(job: Import) -> None:
    """Have the rows shown again that a crash emptied while the import waits for its decision."""
    with suppress(HaltedError):
        if job.tries < MOST_TRIES:
            beat(job, tries=F("tries") + 1)
            _rows_again(job)
            beat(job, tries=0)
    job.refresh_from_db()


def _fail(job: Import, code: str, detail: dict[str, Any], error: Exception) -> None:
    log.info("import %s failed: %s %s", job.id, code, detail, exc_info=error)
    if isinstance(error, Problem):
        entries.write_alone(error)
    _end(job, {"code": code, "detail": detail})


def _end(job: Import, problem: dict[str, Any]) -> None:
    counts = {**job.counts, **done_so_far(job)}
    move(job, Stage.FAILED, problem=problem, counts=counts, ended_at=Now())


def _spent(job: Import, error: Exception | None = None) -> bool:
    """Whether there were enough tries, the last of which ended with `error`, or with its process.

    What the database was short of is held against nobody; nor, in `apply`, a process that was killed.
    """
    if connection.connection is None or connection.connection.closed:
        return False
    if (_state(error) or "").startswith(SHORT):
        Import.objects.filter(id=job.id, stage=job.stage).update(tries=1)
    job.refresh_from_db()
    stuck = job.tries >= MOST_TRIES and (error is not None or job.stage != Stage.APPLYING)
    return job.stage in STAGES and (stuck or job.interruptions >= MOST_INTERRUPTIONS)


def _state(error: Exception | None) -> str | None:
    cause = error and error.__cause__
    return cause.sqlstate if isinstance(cause, Error) else None


def _why(error: Exception) -> str:
    return "no_room" if _state(error) == errors.DiskFull.sqlstate else "broken"
