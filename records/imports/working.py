"""What every stage needs: who is at work, a sign of life, and the move to the next stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from records.access import grants
from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit.entries import Entry
from records.errors import Refused
from records.imports.models import Chunk, Import, Left, Stage
from records.models import UNDONE
from records.registry import RecordType, record_types

#: What history calls an undoing.
UNDO = "undo-import"

#: How often what is cut short is tried: a stage that does not get on, or a chunk of `apply`.
MOST_TRIES = 5


class HaltedError(Exception):
    """The import was cancelled, or is somebody else's by now: stop, and write nothing more."""


def beat(job: Import, **progress: Any) -> None:
    """Say that the work on `job` goes on, and how far it is. Raises HaltedError where it must not.

    What gets on is at its first try, unless `tries` says otherwise.
    """
    found = Import.objects.filter(id=job.id, stage=job.stage)
    if not found.update(**{"beat_at": Now(), "tries": 1, **progress}):
        raise HaltedError


def unhurried(cursor: Any) -> None:
    """Have the running transaction commit without waiting for the disk.

    A crash may undo it, whole and with its mark of being done, so that it is done again. Whoever saw it
    made it durable, because an entry of audit waits for all that was written before; so does the next
    stage.
    """
    cursor.execute("SET LOCAL synchronous_commit = off")


def stand(job: Import) -> None:
    """Raise HaltedError where `job` was taken elsewhere meanwhile; for long work that cannot `beat`."""
    if not Import.objects.filter(id=job.id, stage=job.stage).exists():
        raise HaltedError


def moved(job: Import, out_of: Iterable[str], to: Stage, **more: Any) -> bool:
    """Whether `job` stood in one of the stages `out_of`, and so was taken to another one."""
    now = {"stage_began_at": Now(), "beat_at": Now(), "tries": 0, "rows_done": 0, "share": 0}
    found = Import.objects.filter(id=job.id, stage__in=[*out_of])
    done = found.update(stage=to, **now, **more)
    job.refresh_from_db()
    return bool(done)


def move(job: Import, to: Stage, **more: Any) -> None:
    """Take `job` to another stage. Raises HaltedError where it stands elsewhere by now."""
    if not moved(job, [job.stage], to, **more):
        raise HaltedError


def leave(record_type: RecordType, fieldset: str | None, by: Actor, occasion: Occasion) -> Permit:
    """Leave to create and to amend, which an import takes. Raises Refused."""
    allowed = grants.permit(by, record_type, "create", fieldset=fieldset, occasion=occasion)
    return grants.permit(by, record_type, "amend", fieldset=allowed.fieldset, occasion=occasion)


def leave_over(job: Import, by: Actor, occasion: Occasion) -> Permit:
    """Today's leave to write what a checked import holds. Raises Refused where it does not reach that."""
    allowed = leave(record_types()[job.collection], job.fieldset, by, occasion)
    if allowed.units and not (job.units and set(job.units) <= set(allowed.units)):
        raise Refused(_("Your agreement has changed since the file was checked."))
    return allowed


def entry_of(
    job: Import,
    action: str,
    by: Actor,
    occasion: Occasion,
    allowed: Permit | None = None,
    subjects: tuple[str, ...] = (),
) -> Entry:
    """What audit keeps of an act on an import. `allowed`: the leave of today that allows it; None: the
    file's own, with which it was sent."""
    return Entry(
        by,
        occasion,
        action,
        job.collection,
        str(job.id),
        fieldset=job.fieldset,
        fields=tuple(column["field"] for column in job.columns),
        agreement_id=allowed.agreement_id if allowed else job.agreement_id,
        legal_basis=allowed.legal_basis if allowed else job.legal_basis,
        subjects=subjects,
    )


def written(job: Import) -> int:
    """How many records an import has made or amended."""
    return int(job.counts.get("created", 0) + job.counts.get("amended", 0))


def done_so_far(job: Import) -> dict[str, int]:
    """What an import has written: records created and amended, rows stale and refused; and what its
    undoing did with them: closed, restored, left."""
    counts: dict[str, int] = {}
    if job.decided_by:
        found = Chunk.objects.filter(import_id=job.id).values_list(
            "created", "changed", "stale", "refused"
        )
        sums = [sum(column) for column in zip(*found, strict=True)] or [0, 0, 0, 0]
        counts = dict(zip(("created", "amended", "stale", "refused"), sums, strict=True))
    if job.undone_by:
        events = (
            record_types()[job.collection]
            .events._base_manager.annotate(
                job=KT("pgh_context__import_id"), act=KT("pgh_context__operation")
            )
            .filter(pgh_context__has_key="import_id", job=str(job.id), act=UNDO)
        )
        closed = events.filter(source=f"{UNDONE}{job.id}").count()
        counts |= {"closed": closed, "restored": events.count() - closed}
        counts["left"] = Left.objects.filter(import_id=job.id).count()
    return counts


@contextmanager
def alone(job_id: UUID) -> Iterator[bool]:
    """Whether this process has the import for itself, until it ends or its connection does."""
    key = f"import {job_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 2))", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 2))", [key])


def kept(by: Actor, occasion: Occasion) -> dict[str, Any]:
    """Who acts and on what occasion, as an import keeps it."""
    said = asdict(by) | {"scopes": sorted(by.scopes)}
    return said | {
        "purpose": occasion.purpose,
        "case_reference": occasion.case_reference,
        "address": occasion.address,
        "request_id": str(occasion.request_id),
    }


def who(kept: dict[str, Any]) -> tuple[Actor, Occasion]:
    """Who acts and on what occasion, as `kept` keeps it."""
    said = dict(kept)
    occasion = Occasion(
        said.pop("purpose"),
        said.pop("case_reference"),
        said.pop("address"),
        UUID(said.pop("request_id")),
    )
    return Actor(**{**said, "scopes": frozenset(said["scopes"])}), occasion
