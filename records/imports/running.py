"""Takes an import from stage to stage: whoever runs this, it goes on where it stood."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from records.audit import entries
from records.errors import Problem
from records.imports.applying import apply
from records.imports.checking import check
from records.imports.models import Import, Row, Stage
from records.imports.parsing import Unreadable
from records.imports.reading import read
from records.imports.undoing import undo
from records.imports.working import HaltedError, alone, done_so_far, move

log = logging.getLogger(__name__)
#: How often a stage that fails for a reason nobody foresaw is tried.
MOST_TRIES = 5


def advance(job_id: UUID) -> None:
    """Do what the import of `job_id` is waiting for, until it needs a decision or has ended.

    Does nothing where another process is at it. What nobody foresaw is raised: the sweep tries again.
    """
    with alone(job_id) as mine, suppress(HaltedError):
        if not mine:
            return
        job = Import.objects.filter(id=job_id).first()
        while job and job.stage in STAGES:
            try:
                STAGES[Stage(job.stage)](job)
            except HaltedError:
                raise
            except Unreadable as unreadable:
                _fail(job, unreadable.code, unreadable.detail, unreadable)
            except Problem as problem:
                _fail(job, problem.code, problem.more, problem)
            except Exception:
                _tried(job)
                raise


def _receive(job: Import) -> None:
    move(job, Stage.READING)


def _read(job: Import) -> None:
    read(job)
    move(job, Stage.CHECKING)


def _check(job: Import) -> None:
    _rows_again(job)
    counts = check(job)
    move(job, Stage.READY, counts=counts)


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


def _fail(job: Import, code: str, detail: dict[str, Any], error: Exception) -> None:
    log.info("import %s failed: %s %s", job.id, code, detail, exc_info=error)
    if isinstance(error, Problem):
        entries.write_alone(error)
    _end(job, {"code": code, "detail": detail})


def _end(job: Import, problem: dict[str, Any]) -> None:
    counts = {**job.counts, **done_so_far(job)}
    move(job, Stage.FAILED, problem=problem, counts=counts, ended_at=Now())


def _tried(job: Import) -> None:
    """Count a try that failed; the last one fails the import."""
    if connection.connection is None or connection.connection.closed:
        return
    Import.objects.filter(id=job.id, stage=job.stage).update(tries=F("tries") + 1)
    job.refresh_from_db()
    if job.tries >= MOST_TRIES:
        _end(job, {"code": "broken", "detail": {}})
