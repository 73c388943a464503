"""Imports through the API: send a file, see what it would do, apply, cancel or undo it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records.access import rates
from records.api import cursors, values
from records.api.formats import JSONOnly
from records.api.replies import ROOT
from records.api.views import Door, caller
from records.errors import Conflict, Fault, Invalid, Malformed, TooLarge
from records.imports import marking, receiving, showing, storing, waiting
from records.imports.encodings import ENCODINGS
from records.imports.models import MOVING, Import, Stage
from records.imports.receiving import Sent
from records.registry import record_types
from records.tables import KINDS, Reply

#: The parts of a form that brings a file.
KNOWN = frozenset({"collection", "fieldset", "reason", "encoding", "mends", "file"})
#: What a multipart body may hold around its file.
AROUND = 100_000


class FormsToo(JSONOnly):
    """JSON, or a form with a file."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return MultiPartParser() if given == "multipart/form-data" else None


class ImportDoor(Door):
    """What the routes of imports share: leave to create, and imports of the caller's own agency."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        APIView.initial(self, request, *args, **kwargs)
        self.budget = rates.spend(caller(request).agency, "imports", agreed=600)

    def find(self, request: Request, job_id: UUID) -> Import:
        """The caller's import. Raises Missing, Refused."""
        return receiving.find(job_id, by=caller(request), occasion=values.occasion(request))

    def told(self, request: Request, job: Import, status: int = 200) -> Response:
        """The reply that tells how an import stands; with samples of what it would change."""
        said = state_of(job)
        if job.stage == Stage.READY and job.counts.get("changed"):
            # What is recorded is shown at the rate of its own collection.
            rates.spend(caller(request).agency, job.collection)
            with transaction.atomic():
                rows = showing.rows_of(job, verdict="changed", limit=showing.SAMPLES)
                shown = showing.diffs_of(
                    job, rows, to=caller(request), occasion=values.occasion(request)
                )
            said["samples"] = [row_of(row) for row in shown]
        reply = Response(said, status=status)
        if job.stage in MOVING:
            reply["Retry-After"] = "1"
        return reply


class ImportsView(ImportDoor):
    """The caller's imports, newest first; a new one."""

    verbs: ClassVar[dict[str, str]] = {"GET": "create", "POST": "create"}
    content_negotiation_class: type[BaseContentNegotiation] = FormsToo
    parser_classes = (MultiPartParser,)

    def get(self, request: Request) -> Response:
        asked = values.query(request, frozenset({"limit", "cursor"}))
        actor, occasion = caller(request), values.occasion(request)
        question = {"imports": receiving.owner_of(actor)}
        limit, found = values.limit(asked.get("limit")), receiving.own(actor, occasion)
        if "cursor" in asked:
            found = found.filter(id__lt=UUID(cursors.load(asked["cursor"], question)))
        some = list(found[: limit + 1])
        following = None
        if len(some) > limit:
            onward = {"limit": limit, "cursor": cursors.dump(some[limit - 1].id, question)}
            following = f"{ROOT}/imports?{urlencode(onward)}"
        return Response(
            {"items": [state_of(job, listed=True) for job in some[:limit]], "next": following}
        )

    def post(self, request: Request) -> Response:
        values.query(request, frozenset())
        occasion = values.occasion(request)
        refuse_too_large(request)
        form: dict[str, Any] = dict(request.data.items())  # type: ignore[union-attr]
        file = request.FILES.get("file")
        record_type = record_types().get(form.get("collection", ""))
        faults = [
            Fault(name[:100], "unknown_field", _("There is no such field here."))
            for name in sorted(set(form) - KNOWN)
        ]
        if record_type is None:
            faults.append(Fault("collection", "choice", _("Name collections that exist.")))
        encoding = form.get("encoding") or ""
        if encoding and encoding not in ENCODINGS:
            text = _("Name one of these: %(names)s.") % {"names": ", ".join(ENCODINGS)}
            faults.append(Fault("encoding", "choice", text))
        if not isinstance(file, UploadedFile) or len(request.FILES.getlist("file")) != 1:
            faults.append(Fault("file", "missing", _("Send one file in the part called file.")))
        if faults or record_type is None or file is None:
            raise Invalid(faults=faults)
        reason = values.reason({"reason": form.get("reason") or None}, required=False)
        fieldset, actor, name = form.get("fieldset") or None, caller(request), file.name or ""
        allowed = receiving.admit(record_type, fieldset=fieldset, by=actor, occasion=occasion)
        digest, size = storing.store(file.chunks())

        def effect() -> tuple[int, list[list[Any]]]:
            sent = Sent(name, reason, encoding, form.get("mends") or "")
            job = receiving.begin(
                record_type, allowed, digest, size, sent, by=actor, occasion=occasion
            )
            return 202, [["imports", str(job.id), 1]]

        def reply(status: int, records: list[list[Any]]) -> Response:
            job = Import.objects.get(id=records[0][1])
            told = self.told(request, job, status)
            told["Location"] = f"{ROOT}/imports/{job.id}"
            return told

        said = {**{k: v for k, v in form.items() if isinstance(v, str)}, "file": digest}
        return self.once(request, effect, reply, said=said)


class ImportView(ImportDoor):
    """One import: how far it is, what it found; with `wait`, once it has moved on."""

    verbs: ClassVar[dict[str, str]] = {"GET": "create"}

    def get(self, request: Request, job: UUID) -> Response:
        asked = values.query(request, frozenset({"wait"})).get("wait")
        found = self.find(request, job)
        if asked is not None:
            if not re.fullmatch(r"[0-9]{1,2}", asked) or int(asked) > waiting.LONGEST:
                raise Malformed(
                    _("wait is a number of seconds, up to 60."), code="wait", most=waiting.LONGEST
                )
            waiting.until_moved(found, int(asked))
            # Whoever may see it may have changed meanwhile, too.
            found = self.find(request, job)
        return self.told(request, found)


class RowsView(ImportDoor):
    """The rows of a checked import, each with what was found and what it would do."""

    verbs: ClassVar[dict[str, str]] = {"GET": "create"}
    #: Which rows, where the query says nothing; only these may be asked for.
    verdicts: ClassVar[tuple[str, ...]] = tuple(showing.VERDICTS)
    part = "rows"

    def get(self, request: Request, job: UUID) -> Response:
        asked = values.query(request, frozenset({"verdict", "limit", "cursor"}))
        found = self.find(request, job)
        verdict = asked.get("verdict")
        if verdict is not None and verdict not in self.verdicts:
            raise Malformed(code="verdict", verdicts=list(self.verdicts))
        checked(found)
        question = {self.part: str(job), "verdict": verdict}
        limit = values.limit(asked.get("limit"))
        after = int(cursors.load(asked["cursor"], question)) if "cursor" in asked else 0
        if found.stage == Stage.READY:
            rates.spend(caller(request).agency, found.collection)
        with transaction.atomic():
            rows = self.rows(found, verdict, after, limit + 1)
            shown = showing.diffs_of(
                found, rows[:limit], to=caller(request), occasion=values.occasion(request)
            )
        following = None
        if len(rows) > limit:
            onward = {k: v for k, v in asked.items() if k != "cursor"}
            onward["cursor"] = cursors.dump(rows[limit - 1]["line"], question)
            following = f"{ROOT}/imports/{job}/{self.part}?{urlencode(onward)}"
        return Response({"items": [row_of(row) for row in shown], "next": following})

    def rows(self, job: Import, verdict: str | None, after: int, limit: int) -> list[Any]:
        """The rows of the page, and one more."""
        return showing.rows_of(job, verdict=verdict, after=after, limit=limit)


class FaultsView(RowsView):
    """The rows of an import that have faults: those that are kept out, or all with a warning."""

    verdicts: ClassVar[tuple[str, ...]] = ("error", "warning", "stale")
    part = "faults"

    def rows(self, job: Import, verdict: str | None, after: int, limit: int) -> list[Any]:
        return showing.rows_of(job, verdict=verdict or "faulty", after=after, limit=limit)


class MarkedView(ImportDoor):
    """The uploader's own file with a column of faults, to mend and send again."""

    verbs: ClassVar[dict[str, str]] = {"GET": "create"}

    def get(self, request: Request, job: UUID) -> Reply:
        asked = values.query(request, frozenset({"format", "only"}))
        found = self.find(request, job)
        checked(found)
        if asked.get("only", "faulty") != "faulty":
            raise Malformed(code="only", known=["faulty"])
        return marking.marked(found, ending_of(asked), only_faulty="only" in asked)


class ApplyView(ImportDoor):
    """The decision to record what was found good."""

    verbs: ClassVar[dict[str, str]] = {"POST": "create"}

    def post(self, request: Request, job: UUID) -> Response:
        values.query(request, frozenset())
        body = values.members(request.data or {})
        without = body.get("without_faulty", False)
        if set(body) - {"without_faulty"} or not isinstance(without, bool):
            text = _("Send without_faulty: true or false.")
            raise Invalid(faults=[Fault("without_faulty", "format", text)])
        found = receiving.decide(
            self.find(request, job),
            without_faulty=without,
            by=caller(request),
            occasion=values.occasion(request),
        )
        return self.told(request, found, 202)


class ReadView(ImportDoor):
    """The choice of the encoding in which a file is read again."""

    verbs: ClassVar[dict[str, str]] = {"POST": "create"}

    def post(self, request: Request, job: UUID) -> Response:
        values.query(request, frozenset())
        body = values.members(request.data or {})
        encoding = body.get("encoding")
        if set(body) != {"encoding"} or not isinstance(encoding, str):
            text = _("Name one of these: %(names)s.") % {"names": ", ".join(ENCODINGS)}
            raise Invalid(faults=[Fault("encoding", "choice", text)])
        found = receiving.read_again(
            self.find(request, job),
            encoding,
            by=caller(request),
            occasion=values.occasion(request),
        )
        return self.told(request, found, 202)


class CancelView(ImportDoor):
    """The end of an import that has not ended; what it has recorded stays."""

    verbs: ClassVar[dict[str, str]] = {"POST": "create"}

    def post(self, request: Request, job: UUID) -> Response:
        values.query(request, frozenset())
        if values.members(request.data or {}):
            raise Invalid(faults=[Fault("body", "unknown_field", _("Send no body."))])
        found = self.find(request, job)
        receiving.cancel(found, by=caller(request), occasion=values.occasion(request))
        return self.told(request, found)


class UndoView(ImportDoor):
    """The decision to take back what an import recorded, where nobody changed it since."""

    verbs: ClassVar[dict[str, str]] = {"POST": "create"}

    def post(self, request: Request, job: UUID) -> Response:
        values.query(request, frozenset())
        body = dict(values.members(request.data or {}))
        reason = values.reason(body, required=True)
        if body:
            text = _("There is no such field here.")
            raise Invalid(faults=[Fault(name, "unknown_field", text) for name in sorted(body)])
        found = self.find(request, job)
        receiving.undo(found, reason=reason, by=caller(request), occasion=values.occasion(request))
        return self.told(request, found, 202)


class LeftView(ImportDoor):
    """The records that the undoing of an import left as they are, each with why."""

    verbs: ClassVar[dict[str, str]] = {"GET": "create"}

    def get(self, request: Request, job: UUID) -> Response:
        asked = values.query(request, frozenset({"limit", "cursor"}))
        found, question = self.find(request, job), {"left": str(job)}
        limit = values.limit(asked.get("limit"))
        after = UUID(cursors.load(asked["cursor"], question)) if "cursor" in asked else None
        actor, occasion = caller(request), values.occasion(request)
        some = showing.left_of(found, after=after, limit=limit + 1, to=actor, occasion=occasion)
        following = None
        if len(some) > limit:
            cursor = cursors.dump(some[limit - 1]["record_id"], question)
            onward = urlencode({"limit": limit, "cursor": cursor})
            following = f"{ROOT}/imports/{job}/left?{onward}"
        return Response({"items": [row_of(row) for row in some[:limit]], "next": following})


def ending_of(asked: Mapping[str, str]) -> str:
    """In which kind of file something is asked for: xlsx or csv. Raises Malformed."""
    ending = asked.get("format", "xlsx")
    if ending not in KINDS:
        raise Malformed(code="format", formats=list(KINDS))
    return ending


def refuse_too_large(request: HttpRequest | Request) -> None:
    """Raise TooLarge for an upload that says so itself, before any of it is read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.IMPORT_MOST_BYTES + AROUND:
        raise TooLarge(most=settings.IMPORT_MOST_BYTES)


def checked(job: Import) -> None:
    """Raise Conflict for an import of which nothing can be shown yet, or ever."""
    if not job.counts:
        raise Conflict(_("This import has not been checked."), code="not_ready", stage=job.stage)


def state_of(job: Import, *, listed: bool = False) -> dict[str, Any]:
    """How an import stands; in a list nobody asks whether its file came before."""
    progress = showing.progress_of(job)
    read_as = showing.read_as(job)
    if listed:
        del read_as["readings"]
    return {
        "id": job.id,
        "collection": job.collection,
        "fieldset": job.fieldset,
        "file": {"name": job.file_name, "size": job.size, "sha256": job.digest},
        "received_at": job.received_at,
        "ended_at": job.ended_at,
        "stage": job.stage,
        "problem": showing.problem_of(job),
        "read_as": read_as,
        "columns": [{"field": c["field"], "header": c["header"]} for c in job.columns],
        "file_warnings": showing.file_warnings(job),
        "counts": job.counts,
        "needs_second": receiving.needs_second(job),
        "progress": {
            "rows": progress.rows,
            "share": progress.share,
            "rows_per_second": progress.rate,
            "seconds": progress.seconds,
            "seconds_left": progress.seconds_left,
            "interruptions": progress.interruptions,
        },
        "mends": job.mends,
        "same_file": None if listed else showing.same_file(job),
    }


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is shown: without what finds its record."""
    return {name: value for name, value in row.items() if name != "record_id"}
