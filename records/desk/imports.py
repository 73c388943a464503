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
from records.desk.forms import blame, form_of
from records.desk.lists import ACTORS, NAMES, url_of
from records.errors import Conflict, Fault, Invalid, Malformed, Missing
from records.imports import marking, receiving, showing, templates, undoing
from records.imports.models import MOVING, Import, Outcome, Stage
from records.imports.working import written
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
    others = [] if before else receiving.for_second(by, occasion)
    decided = [] if before else receiving.for_second(by, occasion, decided=True)
    found = receiving.own(by, occasion)
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
        others=[summary(job) for job in [*others, *decided]],
        onward=str(some[PAGE - 1].id) if len(some) > PAGE else "",
        mends=_mended(by, request.POST.get("mends") or request.GET.get("mends", "")),
        once=door.fresh_once(),
        megabytes=settings.IMPORT_MOST_BYTES // 1_000_000,
    )


def _mended(by: Actor, said: str) -> Import | None:
    """The import whose file is sent again, mended."""
    try:
        return Import.objects.filter(id=UUID(said), owner=receiving.owner_of(by)).first()
    except ValueError:
        return None


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
            mends=request.POST.get("mends", ""),
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
        "ready": job.stage == Stage.READY,
        "sender": job.by["name"],
    }


def one(request: HttpRequest, by: Actor, occasion: Occasion, job: UUID) -> HttpResponseBase:
    """An import, live: the page asks for itself again while the worker is at it."""
    found = receiving.find(job, by=by, occasion=occasion)
    record_type = record_types()[found.collection]
    samples, faults = [], []
    if found.stage == Stage.READY:
        first = showing.rows_of(found, verdict="error", limit=FIRST_FAULTS)
        receiving.note_shown(found, [row["line"] for row in first], by=by, occasion=occasion)
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
        done=[(found.counts[k], DONE_TITLES[k]) for k in DONE_TITLES if found.counts.get(k)],
        may_decide=receiving.may_decide(found, by),
        others=not receiving.sent_by(found, by),
        undoable=found.stage in receiving.UNDOABLE
        and written(found) > 0
        and (found.stage != Stage.UNDONE or found.counts["left"]),
        going=found.counts.get("new", 0) + found.counts.get("changed", 0),
        same=showing.same_file(found),
        reading=reading_of(found),
        mends=Import.objects.filter(id=found.mends).first() if found.mends else None,
        kept_out=showing.kept_out(found),
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
    found = receiving.find(job, by=by, occasion=occasion, inside=True)
    checked(found)
    record_type = record_types()[found.collection]
    kind = request.GET.get("kind", "error")
    after = request.GET.get("after", "0")
    if kind not in KINDS or not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Missing
    some = showing.rows_of(found, verdict=kind, after=int(after), limit=PAGE + 1)
    shown = showing.diffs_of(found, some[:PAGE], to=by, occasion=occasion)
    receiving.note_shown(found, [row["line"] for row in shown], by=by, occasion=occasion)
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
    """The file with the column *Lỗi*, or its faulty rows alone."""
    found = receiving.find(job, by=by, occasion=occasion, inside=True)
    checked(found)
    only = request.GET.get("only") == "faulty"
    receiving.note_shown(found, by=by, occasion=occasion)
    return marking.marked(found, _ending(request), only_faulty=only)


def template(request: HttpRequest, by: Actor, occasion: Occasion) -> HttpResponseBase:
    """An empty file of a collection, to fill in."""
    record_type = record_types().get(request.GET.get("collection", ""))
    if record_type is None:
        raise Missing(_("Hãy chọn loại hồ sơ."))
    allowed = receiving.admit(record_type, fieldset=None, by=by, occasion=occasion)
    return templates.template(record_type, allowed.fields, _ending(request))


def _ending(request: HttpRequest) -> str:
    return "csv" if request.GET.get("format") == "csv" else "xlsx"


def decide(
    request: HttpRequest, by: Actor, occasion: Occasion, job: UUID, decision: str
) -> HttpResponse:
    """Apply, cancel, or read in another encoding, by a button. To undo has a page of its own."""
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
        receiving.cancel(found, by=by, occasion=occasion)
    return redirect(reverse("admin:import", args=[found.id]))


def undo(request: HttpRequest, by: Actor, occasion: Occasion, job: UUID) -> HttpResponseBase:
    """The decision to undo an import: what it would close, restore and leave, and why it is done."""
    found = receiving.find(job, by=by, occasion=occasion)
    form = form_of({}, reason=True)(request.POST or None)
    if request.method == "POST":
        try:
            reason = " ".join(request.POST.get("reason", "").split())[:1000]
            receiving.undo(found, reason=reason, by=by, occasion=occasion)
            return redirect("admin:import", job=found.id)
        except Invalid as problem:
            blame(form, problem)
    if found.stage not in receiving.UNDOABLE or not written(found):
        raise Conflict(_("This import cannot be undone now."), code="not_ready")
    return door.show(
        request,
        "import_undo",
        _("Hoàn tác lần nhập"),
        status=422 if form.errors else 200,
        job=found,
        form=form,
        would=undoing.forecast(found),
        may_decide=receiving.may_decide(found, by),
    )


def left(request: HttpRequest, by: Actor, occasion: Occasion, job: UUID) -> HttpResponseBase:
    """The records that the undoing of an import left as they are, each with why."""
    found = receiving.find(job, by=by, occasion=occasion, inside=True)
    try:
        after = UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError as error:
        raise Malformed from error
    record_type = record_types()[found.collection]
    some = showing.left_of(found, after=after, limit=PAGE + 1, to=by, occasion=occasion)
    kept = [
        {
            **one,
            "url": url_of(record_type, one["key"]),
            "who": ACTORS.get(one["by"])
            or (record_types()[one["by"]].model._meta.verbose_name if one["by"] else ""),
        }
        for one in some[:PAGE]
    ]
    return door.show(
        request,
        "import_left",
        _("Hồ sơ không hoàn tác được"),
        job=found,
        by_id=record_type.key == "id",
        left=kept,
        onward=str(kept[-1]["record_id"]) if len(some) > PAGE else "",
    )


KIND_TITLES: dict[str, Any] = {
    "error": gettext_lazy("Dòng có lỗi"),
    "warning": gettext_lazy("Dòng có cảnh báo"),
    "stale": gettext_lazy("Dòng cần xem lại"),
    **{str(outcome.value): outcome.label for outcome in Outcome},
}
#: What was done, in the order it is told.
DONE_TITLES: dict[str, Any] = {
    "created": gettext_lazy("recorded"),
    "amended": gettext_lazy("amended"),
    "closed": gettext_lazy("closed again"),
    "restored": gettext_lazy("restored"),
}
