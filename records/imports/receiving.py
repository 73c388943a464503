"""What somebody does with an import: send a file, apply it, cancel it, undo it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from records.access import grants
from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.errors import Conflict, Fault, Invalid, Missing, Refused
from records.imports import showing, storing
from records.imports.merging import named_in
from records.imports.models import MOVING, Import, Left, Stage
from records.imports.tasks import nudge
from records.imports.working import done_so_far, entry_of, kept, leave, leave_over, moved, written
from records.registry import RecordType, record_types

#: From where an import that has written something may be undone; again, where something was left.
UNDOABLE = (Stage.APPLIED, Stage.FAILED, Stage.CANCELLED, Stage.UNDONE)
#: Others' imports that are shown to a second person.
SHOWN = 20


def admit(
    record_type: RecordType, *, fieldset: str | None, by: Actor, occasion: Occasion
) -> Permit:
    """Leave to send a file of `record_type`. Raises Refused without the leave to create and to amend."""
    entry = Entry(by, occasion, "upload", record_type.collection, fieldset=fieldset or "")
    with entries.attempt(entry):
        return leave(record_type, fieldset, by, occasion)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender says of a file.

    `encoding`: the one it is in, of `ENCODINGS`; blank: what it is in is found out. `mends`: of which
    import it is the mended file; where nothing is said, its name may tell.
    """

    file_name: str
    reason: str = ""
    encoding: str = ""
    mends: str = ""


def begin(
    record_type: RecordType,
    allowed: Permit,
    digest: str,
    size: int,
    sent: Sent,
    *,
    by: Actor,
    occasion: Occasion,
) -> Import:
    """Have a stored file of `record_type` read and checked. Nothing is recorded before `decide`.

    Raises Invalid where it is said to mend what is no import of `by` and of this collection.
    """
    before = _mended(record_type, sent.mends, by) if sent.mends else None
    name = "".join(c if c.isprintable() else "\ufffd" for c in sent.file_name)[-255:] or "?"
    with translation.override(settings.LANGUAGE_CODE):
        # Kept with each change, so not in whatever language the sender reads.
        reason = sent.reason or _("Nhập từ tệp %(name)s") % {"name": name}
    with transaction.atomic():
        job = Import.objects.create(
            collection=record_type.collection,
            fieldset=allowed.fieldset,
            file_name=name,
            size=size,
            digest=digest,
            mends=before,
            by=kept(by, occasion),
            owner=owner_of(by),
            agreement_id=allowed.agreement_id,
            legal_basis=allowed.legal_basis,
            units=list(allowed.units),
            reason=reason,
            encoding=sent.encoding,
        )
        nudge(job.id)
    return job


def _mended(record_type: RecordType, mends: str, by: Actor) -> UUID:
    own = Import.objects.filter(owner=owner_of(by), collection=record_type.collection)
    with suppress(ValueError):
        if found := own.filter(id=UUID(mends)).first():
            return found.id
    text = _("You sent no such import of these records.")
    raise Invalid(faults=[Fault("mends", "reference", text)])


def receive(
    record_type: RecordType,
    chunks: Iterable[bytes],
    *,
    fieldset: str | None = None,
    by: Actor,
    occasion: Occasion,
    **sent: str,
) -> Import:
    """Keep a file of `record_type` and have it read and checked. `sent`: as in `Sent`.

    Raises Refused, TooLarge, Invalid.
    """
    said = Sent(**sent)
    allowed = admit(record_type, fieldset=fieldset, by=by, occasion=occasion)
    digest, size = storing.store(chunks)
    return begin(record_type, allowed, digest, size, said, by=by, occasion=occasion)


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


def own(by: Actor, occasion: Occasion) -> QuerySet[Import]:
    """The imports of `by`, newest first, of collections of which they may send files now."""
    found = Import.objects.filter(owner=owner_of(by), collection__in=open_to(by, occasion))
    return found.order_by("-id")


def is_own(job: Import, by: Actor) -> bool:
    """Whether an import is somebody's own: sent by their agency, or by the clerk."""
    return by.kind == "system" or job.owner == owner_of(by)


def find(job_id: Any, *, by: Actor, occasion: Occasion, inside: bool = False) -> Import:
    """An import of `by`, or one that may be theirs to decide, or to undo, as the second person.

    `inside`: to be shown what its file says. Another's is audited each time. Raises Missing for what is
    not theirs, too; Refused where the leave has ended.
    """
    job = Import.objects.filter(id=job_id).first()
    if job is None or not (is_own(job, by) or _open_to_second(job, by, occasion, inside=inside)):
        raise Missing(_("There is no such import."))
    with entries.attempt(entry_of(job, "upload", by, occasion)):
        record_type = record_types()[job.collection]
        grants.permit(by, record_type, "create", fieldset=job.fieldset, occasion=occasion)
    if not is_own(job, by):
        entries.write(entry_of(job, "read", by, occasion))
    return job


def note_shown(
    job: Import, lines: Collection[int] | None = None, *, by: Actor, occasion: Occasion
) -> None:
    """Audit that `by` is shown rows of another's file, about those whom they name.
    `lines`: which of them; None: all."""
    if is_own(job, by) or not record_types()[job.collection].subjects:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for subjects in named_in(cursor, job, lines):
            entries.write(entry_of(job, "read", by, occasion, subjects=tuple(subjects)))


def needs_second(job: Import) -> bool:
    """Whether somebody else than who sent an import has to decide about it."""
    return record_types()[job.collection].four_eyes


def sent_by(job: Import, by: Actor) -> bool:
    """Whether somebody sent an import themselves: this clerk, this client of an agency."""
    return (job.by["kind"], job.by["id"]) == (by.kind, by.id)


def may_decide(job: Import, by: Actor) -> bool:
    """Whether an import, as far as four eyes are asked for it, is somebody's to apply and to undo."""
    return not (needs_second(job) and sent_by(job, by))


def for_second(by: Actor, occasion: Occasion, *, decided: bool = False) -> list[Import]:
    """The imports of others that a clerk may decide about as the second person, the oldest first; or,
    the newest first, those they `decided` about."""
    types = [name for name, record_type in record_types().items() if record_type.four_eyes]
    found = Import.objects.filter(collection__in=types).exclude(owner=owner_of(by))
    if decided:
        theirs = {"decided_by__kind": by.kind, "decided_by__id": by.id}
        some = found.filter(**theirs).order_by("-id")
    else:
        some = found.filter(stage=Stage.READY).order_by("id")
    return [job for job in some[:SHOWN] if _open_to_second(job, by, occasion)]


def _open_to_second(job: Import, by: Actor, occasion: Occasion, *, inside: bool = False) -> bool:
    """Whether another's import is a clerk's to decide about: checked, of a type that asks for four eyes,
    and within what the clerk may write.

    Once it is decided, it is open to who decided, and to whoever may undo it; what is `inside`, only to
    those who decided about it.
    """
    if by.kind != "clerk" or not needs_second(job):
        return False
    if job.stage != Stage.READY:
        decided = [said for said in (job.decided_by, job.undone_by) if said]
        theirs = any((said["kind"], said["id"]) == (by.kind, by.id) for said in decided)
        undoable = job.stage in UNDOABLE and job.decided_by and written(job) and not inside
        if not (theirs or undoable):
            return False
    with suppress(Refused):
        leave_over(job, by, occasion)
        return True
    return False


def _refuse_sender(job: Import, by: Actor) -> None:
    """Raise Refused where four eyes are asked for, and only two have seen the file."""
    if not may_decide(job, by):
        raise Refused(
            _("Whoever sent this file does not decide about it. Another person with leave has to."),
            code="second_person",
        )


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
    with entries.attempt(entry_of(job, "import", by, occasion)):
        leave_over(job, by, occasion)
        _refuse_sender(job, by)
    _move(job, (Stage.READY,), Stage.APPLYING, decided_by=kept(by, occasion))
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
    if encoding not in showing.encodings_of(job):
        raise Invalid(
            faults=[Fault("encoding", "choice", _("Name an encoding that fits the file."))]
        )
    with entries.attempt(entry_of(job, "upload", by, occasion)):
        leave_over(job, by, occasion)
    anew: dict[str, Any] = {
        "problem": None,
        "decided_by": None,
        "ended_at": None,
        "counts": {},
        "columns": [],
        "found": {},
    }
    _move(job, (Stage.READY, Stage.FAILED), Stage.READING, encoding=encoding, **anew)
    if job.encoding != encoding:
        # Somebody else chose another one first.
        raise _gone_on(job)
    return job


def cancel(job: Import, *, by: Actor, occasion: Occasion) -> Import:
    """Stop an import, at whatever it is; what it has written or taken back stays so.

    Raises Conflict where it has ended.
    """
    if job.stage == Stage.CANCELLED:
        return job
    entry = entry_of(job, "cancel", by, occasion)
    with entries.attempt(entry), transaction.atomic():
        _move(job, (*MOVING, Stage.READY), Stage.CANCELLED, ended_at=Now())
        job.counts |= done_so_far(job)
        job.save(update_fields=["counts"])
        entries.write(entry)
    return job


def undo(job: Import, *, reason: str, by: Actor, occasion: Occasion) -> Import:
    """Have what an import wrote taken back, or tried again what an earlier undoing had to leave.

    `reason`: kept with each change. Raises Conflict where nothing was written or it still goes on,
    Invalid without a reason, Refused.
    """
    if job.stage == Stage.UNDOING or (job.stage == Stage.UNDONE and not job.counts["left"]):
        return job
    if job.stage not in UNDOABLE:
        raise Conflict(
            _("This import cannot be undone now."), code="not_ready", stage=str(job.stage)
        )
    if not written(job):
        raise Conflict(_("This import has recorded nothing."), code="nothing_written")
    if not reason:
        text = _("Say why: this is kept with the change.")
        raise Invalid(faults=[Fault("reason", "missing", text)])
    with entries.attempt(entry_of(job, "undo", by, occasion)):
        leave_over(job, by, occasion)
        _refuse_sender(job, by)
    undone = {"undone_by": kept(by, occasion), "undo_reason": reason, "interruptions": 0}
    with transaction.atomic():
        # A second click must not take away what the worker has noted since the first.
        if _move(job, UNDOABLE, Stage.UNDOING, problem=None, ended_at=None, **undone):
            Left.objects.filter(import_id=job.id).delete()
    return job


def _move(job: Import, out_of: tuple[Stage, ...], to: Stage, **more: Any) -> bool:
    """Whether this moved it; False: somebody else did so just before. Raises Conflict."""
    with transaction.atomic():
        done = moved(job, out_of, to, **more)
        if done and to in MOVING:
            nudge(job.id)
    if not done and job.stage != to:
        raise _gone_on(job)
    return done


def _gone_on(job: Import) -> Conflict:
    text = _("This import has gone on meanwhile.")
    return Conflict(text, code="not_ready", stage=str(job.stage))
