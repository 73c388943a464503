"""What somebody does with an import: send a file, apply it, cancel it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from records.access import grants
from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.errors import Conflict, Fault, Invalid, Missing, Refused
from records.imports import storing
from records.imports.models import MOVING, Import, Stage
from records.imports.showing import encodings_of
from records.imports.tasks import nudge
from records.imports.working import done_so_far, kept, leave, moved
from records.registry import RecordType, record_types


def admit(
    record_type: RecordType, *, fieldset: str | None, by: Actor, occasion: Occasion
) -> Permit:
    """Leave to send a file of `record_type`. Raises Refused without the leave to create and to amend."""
    entry = Entry(by, occasion, "upload", record_type.collection, fieldset=fieldset or "")
    with entries.attempt(entry):
        return leave(record_type, fieldset, by, occasion)


def begin(
    record_type: RecordType,
    allowed: Permit,
    digest: str,
    size: int,
    *,
    file_name: str,
    by: Actor,
    occasion: Occasion,
    reason: str = "",
    encoding: str = "",
) -> Import:
    """Have a stored file of `record_type` read and checked. Nothing is recorded before `decide`.

    `encoding`: the one it is in, of `ENCODINGS`; blank: what it is in is found out.
    """
    name = "".join(c if c.isprintable() else "\ufffd" for c in file_name)[-255:] or "?"
    with translation.override(settings.LANGUAGE_CODE):
        # Kept with each change, so not in whatever language the sender reads.
        reason = reason or _("Nhập từ tệp %(name)s") % {"name": name}
    with transaction.atomic():
        job = Import.objects.create(
            collection=record_type.collection,
            fieldset=allowed.fieldset,
            file_name=name,
            size=size,
            digest=digest,
            by=kept(by, occasion),
            owner=owner_of(by),
            agreement_id=allowed.agreement_id,
            legal_basis=allowed.legal_basis,
            units=list(allowed.units),
            reason=reason,
            encoding=encoding,
        )
        nudge(job.id)
    return job


def receive(
    record_type: RecordType,
    chunks: Iterable[bytes],
    *,
    file_name: str,
    fieldset: str | None = None,
    by: Actor,
    occasion: Occasion,
    reason: str = "",
    encoding: str = "",
) -> Import:
    """Keep a file of `record_type` and have it read and checked. Raises Refused, TooLarge."""
    allowed = admit(record_type, fieldset=fieldset, by=by, occasion=occasion)
    digest, size = storing.store(chunks)
    return begin(
        record_type,
        allowed,
        digest,
        size,
        file_name=file_name,
        by=by,
        occasion=occasion,
        reason=reason,
        encoding=encoding,
    )


def open_to(by: Actor, occasion: Occasion) -> list[str]:
    """The collections of which somebody may send files now."""
    found = []
    for record_type in record_types().values():
        for name in record_type.fieldsets:
            with suppress(Refused):
                grants.permit(by, record_type, "create", fieldset=name, occasion=occasion)
                found.append(record_type.collection)
                break
    return found


def owner_of(by: Actor) -> str:
    """Whose an import is: an agency's, or a clerk's own."""
    return f"{by.kind}:{by.agency or by.id}"


def find(job_id: Any, *, by: Actor, occasion: Occasion) -> Import:
    """An import of `by`. Raises Missing for another's, too; Refused where the leave has ended."""
    found = Import.objects.filter(id=job_id)
    if by.kind != "system":
        found = found.filter(owner=owner_of(by))
    job = found.first()
    if job is None:
        raise Missing(_("There is no such import."))
    with entries.attempt(Entry(by, occasion, "upload", job.collection, str(job.id))):
        record_type = record_types()[job.collection]
        grants.permit(by, record_type, "create", fieldset=job.fieldset, occasion=occasion)
    return job


def decide(job: Import, *, without_faulty: bool, by: Actor, occasion: Occasion) -> Import:
    """Have a checked import written. `without_faulty`: its faulty rows are left out.

    Raises Conflict where it is not ready, or has faulty rows and these were not given up; Refused.
    """
    if job.stage in {Stage.APPLYING, Stage.APPLIED}:
        return job
    if job.stage != Stage.READY:
        raise Conflict(
            _("This import cannot be applied now."), code="not_ready", stage=str(job.stage)
        )
    if job.counts.get("error") and not without_faulty:
        raise Conflict(
            _("Some rows are faulty. Mend them, or apply without them: without_faulty."),
            code="faulty_rows",
            faulty=job.counts["error"],
        )
    record_type = record_types()[job.collection]
    with entries.attempt(Entry(by, occasion, "import", job.collection, str(job.id))):
        leave(record_type, job.fieldset, by, occasion)
    decided = kept(by, occasion)
    _move(job, (Stage.READY,), Stage.APPLYING, decided_by=decided)
    return job


def may_read_again(job: Import) -> bool:
    """Whether another encoding may be chosen: the file was opened, and nothing was decided yet."""
    waits = job.stage == Stage.READY or (job.stage == Stage.FAILED and not job.counts)
    return waits and "kind" in job.found


def read_again(job: Import, encoding: str, *, by: Actor, occasion: Occasion) -> Import:
    """Have a file read in another encoding, which must be one of `showing.encodings_of`.

    Raises Invalid for another one, Conflict where the import has gone on, Refused.
    """
    if not may_read_again(job):
        raise Conflict(
            _("This file cannot be read again now."), code="not_ready", stage=str(job.stage)
        )
    if encoding not in encodings_of(job):
        raise Invalid(
            faults=[Fault("encoding", "choice", _("Name an encoding that fits the file."))]
        )
    record_type = record_types()[job.collection]
    with entries.attempt(Entry(by, occasion, "upload", job.collection, str(job.id))):
        leave(record_type, job.fieldset, by, occasion)
    anew: dict[str, Any] = {
        "problem": None,
        "ended_at": None,
        "counts": {},
        "columns": [],
        "found": {},
    }
    _move(job, (Stage.READY, Stage.FAILED), Stage.READING, encoding=encoding, **anew)
    return job


def cancel(job: Import) -> Import:
    """Stop an import; what it has written stays. Raises Conflict where it has ended."""
    if job.stage == Stage.CANCELLED:
        return job
    applying = job.stage == Stage.APPLYING
    _move(job, (*MOVING, Stage.READY), Stage.CANCELLED, ended_at=Now())
    if applying:
        job.counts |= done_so_far(job)
        job.save(update_fields=["counts"])
    return job


def _move(job: Import, out_of: tuple[Stage, ...], to: Stage, **more: Any) -> None:
    with transaction.atomic():
        done = moved(job, out_of, to, **more)
        if done and to in MOVING:
            nudge(job.id)
    if not done and job.stage != to:
        raise Conflict(
            _("This import has gone on meanwhile."), code="not_ready", stage=str(job.stage)
        )
