"""Imports by Celery: a task takes an import's id and nothing else, and may run as often as it likes."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from records.actors import Occasion, system
from records.audit import entries
from records.imports import running
from records.imports.models import MOVING, Import, Row, Stage
from records.imports.working import MOST_TRIES, entry_of, moved

log = logging.getLogger(__name__)
#: After how long without a sign of life an import is nudged again, and how long its rows are kept.
STALLED = timedelta(seconds=10)
ROWS_KEPT = timedelta(days=30)


@shared_task(  # type: ignore[untyped-decorator]
    name="records.imports.tasks.advance",
    reject_on_worker_lost=True,
    autoretry_for=(Exception,),
    max_retries=3,
    retry_backoff=1,
)
def advance(job_id: str) -> None:
    """Take an import as far as it goes. A try that was cut short is made again soon; `running` counts."""
    running.advance(UUID(job_id))


def nudge(job_id: UUID) -> None:
    """Have a worker take up an import once the running transaction has committed."""
    transaction.on_commit(lambda: _send(job_id))


def _send(job_id: UUID) -> None:
    try:
        advance.apply_async([str(job_id)], retry=False)
    except OperationalError:
        # The import stands in the database; the sweep nudges again when the broker is back.
        log.warning("import %s waits: the broker does not answer", job_id)


@shared_task(name="records.imports.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Nudge what stalled: its worker died, its nudge was lost, or a crash emptied its rows."""
    late = Import.objects.filter(beat_at__lt=timezone.now() - STALLED)
    emptied = Q(stage=Stage.READY, tries__lt=MOST_TRIES) & ~Exists(
        Row.objects.filter(import_id=OuterRef("id"))
    )
    for job_id in late.filter(Q(stage__in=MOVING) | emptied).values_list("id", flat=True):
        _send(job_id)


@worker_ready.connect  # type: ignore[untyped-decorator]
def take_up(**_more: object) -> None:
    """A worker that has just started takes up what the one before it left."""
    for job_id in Import.objects.filter(stage__in=MOVING).values_list("id", flat=True):
        _send(job_id)


@shared_task(name="records.imports.tasks.forget_rows")  # type: ignore[untyped-decorator]
def forget_rows() -> None:
    """Let go of the rows of imports that ended long ago; their files and faults stay. What nobody decided
    about in all that time is cancelled."""
    long_ago = timezone.now() - ROWS_KEPT
    by, occasion = system("imports"), Occasion("import")
    given_up = []
    for job in Import.objects.filter(stage=Stage.READY, stage_began_at__lt=long_ago):
        with transaction.atomic():
            if moved(job, [Stage.READY], Stage.CANCELLED, ended_at=Now()):
                entries.write(entry_of(job, "cancel", by, occasion))
                given_up.append(job.id)
    ended = Import.objects.filter(Q(ended_at__lt=long_ago) | Q(id__in=given_up))
    Row.objects.filter(Exists(ended.filter(id=OuterRef("import_id")))).delete()
