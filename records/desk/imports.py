"""Imports at the desk: send a file, watch it, see what it would do, decide. Works without script."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from records.actors import Actor, Occasion
from records.api.imports import checked, refuse_too_large
from records.desk import door
from records.desk.lists import NAMES
from records.errors import Fault, Invalid, Malformed, Missing
from records.imports import marking, receiving, showing
from records.imports.models import MOVING, Import, Outcome, Stage
from records.registry import RecordType, record_types
from records.wording import label, said

PAGE = 50
FIRST_FAULTS = 3
KINDS = ("error", "warning", "new", "changed", "unchanged", "stale")


def uploads(request: HttpRequest, by: Actor, occasion: Occasion) -> HttpResponseBase:
    """The clerk's imports, newest first, and the form for a new one."""
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            job = _received(request, by, occasion)
            return redirect("admin:import", job=job.id)
        except Invalid as problem:
            faults = list(problem.faults)
    before = request.GET.get("before", "")
    found = Import.objects.filter(owner=receiving.owner_of(by)).order_by("-id")
    if before:
        try:
            found = found.filter(id__lt=UUID(before))
        except ValueError as error:
            raise Malformed from error
    some = list(found[: PAGE + 1])
    return door.show(
        request,
        "imports",
        _("Nhập từ tệp"),
        status=422 if faults else 200,
        faults=faults,
        collections=door.open_to(by, "create"),
        chosen=request.POST.get("collection") or request.GET.get("collection", ""),
        imports=[summary(job) for job in some[:PAGE]],
        onward=str(some[PAGE - 1].id) if len(some) > PAGE else "",
        once=door.fresh_once(),
        megabytes=settings.IMPORT_MOST_BYTES // 1_000_000,
    )


def _received(request: HttpRequest, by: Actor, occasion: Occasion) -> Import:
    refuse_too_large(request)
    record_type = record_types().get(request.POST.get("collection", ""))
    file = request.FILES.get("file")
    faults = []
    if record_type is None:
        faults.append(Fault("collection", "choice", _("Hãy chọn loại hồ sơ.")))
    if not isinstance(file, UploadedFile):
        faults.append(Fault("file", "missing", _("Hãy chọn một tệp.")))
    if record_type is None or not isinstance(file, UploadedFile):
        raise Invalid(faults=faults)

    def effect() -> list[list[Any]]:
        job = receiving.receive(
            record_type,
            file.chunks(),
            file_name=file.name or "",
            by=by,
            occasion=occasion,
            reason=" ".join(request.POST.get("reason", "").split())[:1000],
        )
        return [["imports", str(job.id), 1]]

    return Import.objects.get(id=door.once(request, by, effect)[0][1])


def summary(job: Import) -> dict[str, Any]:
    """An import in a list."""
    return {
        "job": job,
        "what": record_types()[job.collection].model._meta.verbose_name,
        "stage": Stage(job.stage).label,
        "progress": showing.progress_of(job),
        "problem": showing.problem_of(job),
        "moving": job.stage in MOVING,
    }


def one(request: HttpRequest, by: Actor, occasion: Occasion, job: UUID) -> HttpResponseBase:
    """An import, live: the page asks for itself again while the worker is at it."""
    found = receiving.find(job, by=by, occasion=occasion)
    record_type = record_types()[found.collection]
    samples, faults = [], []
    if found.stage == Stage.READY:
        first = showing.rows_of(found, verdict="error", limit=FIRST_FAULTS)
        faults = [told(record_type, row) for row in first]
        rows_ = showing.rows_of(found, verdict="changed", limit=showing.SAMPLES)
        samples = [
            told(record_type, row)
            for row in showing.diffs_of(found, rows_, to=by, occasion=occasion)
        ]
    reply = door.show(
        request,
        "import",
        found.file_name,
        **summary(found),
        record_type=record_type,
        columns=[
            {"header": c["header"], "title": label(record_type, c["field"])} for c in found.columns
        ],
        warnings=showing.file_warnings(found),
        counts=found.counts,
        kinds=[(k, KIND_TITLES[k]) for k in KINDS if found.counts.get(k)],
        ready=found.stage == Stage.READY,
        applied=found.stage == Stage.APPLIED,
        going=found.counts.get("new", 0) + found.counts.get("changed", 0),
        same=showing.same_file(found),
        reading=reading_of(found),
        samples=samples,
        first_faults=faults,
    )
    if found.stage in MOVING:
        reply["Refresh"] = "1"
    return reply


def reading_of(job: Import) -> dict[str, Any]:
    """How a file was read: its encoding, samples in it and in others, and what may be chosen."""
    found = showing.read_as(job)
    titles = showing.ENCODING_TITLES
    read_in = found["encoding"] or ("utf-8" if found["readings"] else None)
    told = [{**each, "title": titles[each["encoding"]]} for each in found["readings"]]
    return {
        **found,
        "title": titles.get(found["encoding"]),
        "suggested": titles.get(found["suggested"]),
        "sample": next((each for each in told if each["encoding"] == read_in), None),
        "others": [each for each in told if each["encoding"] != read_in],
        "choices": [
            (name, titles[name], name == (found["suggested"] or read_in))
            for name in showing.encodings_of(job)
        ]
        if receiving.may_read_again(job)
        else [],
    }


def rows(request: HttpRequest, by: Actor, occasion: Occasion, job: UUID) -> HttpResponseBase:
    """Rows of an import of one kind, with what was found in each."""
    found = receiving.find(job, by=by, occasion=occasion)
    checked(found)
    record_type = record_types()[found.collection]
    kind = request.GET.get("kind", "error")
    after = request.GET.get("after", "0")
    if kind not in KINDS or not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Missing
    some = showing.rows_of(found, verdict=kind, after=int(after), limit=PAGE + 1)
    shown = showing.diffs_of(found, some[:PAGE], to=by, occasion=occasion)
    return door.show(
        request,
        "import_rows",
        KIND_TITLES[kind],
        job=found,
        kind=kind,
        kinds=[(k, KIND_TITLES[k]) for k in KINDS if found.counts.get(k)],
        rows=[told(record_type, row) for row in shown],
        onward=shown[-1]["line"] if len(some) > PAGE else "",
    )


def told(record_type: RecordType, row: dict[str, Any]) -> dict[str, Any]:
    """A row in words."""
    changes = row.get("changes", {})
    known = [row["values"].get(n) for n in (*NAMES, *record_type.identity[:1])]
    return {
        **row,
        "who": " · ".join(dict.fromkeys(str(each) for each in known if each)),
        "says": [
            (label(record_type, n), said(record_type, n, v) if v else _("(xóa)"))
            for n, v in row["values"].items()
        ],
        "faults": [{**f, "title": label(record_type, f["field"])} for f in row["faults"]],
        "diffs": [
            (label(record_type, n), said(record_type, n, before), said(record_type, n, after))
            for n, (before, after) in changes.items()
        ],
    }


def marked(request: HttpRequest, by: Actor, occasion: Occasion, job: UUID) -> HttpResponseBase:
    """The clerk's own file with the column *Lỗi*."""
    found = receiving.find(job, by=by, occasion=occasion)
    checked(found)
    return marking.marked(found, "csv" if request.GET.get("format") == "csv" else "xlsx")


def decide(
    request: HttpRequest, by: Actor, occasion: Occasion, job: UUID, decision: str
) -> HttpResponse:
    """Apply, cancel, or read in another encoding, by a button."""
    found = receiving.find(job, by=by, occasion=occasion)
    if request.method != "POST" or decision not in {"apply", "cancel", "read"}:
        raise Missing
    if decision == "read":
        encoding = request.POST.get("encoding", "")
        receiving.read_again(found, encoding, by=by, occasion=occasion)
    elif decision == "apply":
        without = request.POST.get("without_faulty") == "1"
        receiving.decide(found, without_faulty=without, by=by, occasion=occasion)
    else:
        receiving.cancel(found)
    return redirect(reverse("admin:import", args=[found.id]))


KIND_TITLES: dict[str, Any] = {
    "error": gettext_lazy("Dòng có lỗi"),
    "warning": gettext_lazy("Dòng có cảnh báo"),
    "stale": gettext_lazy("Dòng cần xem lại"),
    **{str(outcome.value): outcome.label for outcome in Outcome},
}
