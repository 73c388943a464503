"""The first page of the desk: one search box over all registries, what waits, and how much there is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from records import disclosure
from records.access import numbers
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.desk import door, findings
from records.desk.imports import summary
from records.desk.lists import Column, columns_of, line_of
from records.errors import Invalid, Malformed, Missing, Refused
from records.imports import receiving
from records.imports.models import MOVING, Import, Stage
from records.portal import accesses, questions
from records.portal.models import Question
from records.registry import RecordType, record_types
from records.units.snapshot import snapshot

HITS = 10
SHOWN_IMPORTS = 5
LATELY = timedelta(days=7)
UNITS = 12
QUESTIONS = 50
#: Up to how many rows are counted one by one; above, the database's own estimate is told.
COUNTED = 200_000
COUNTS_KEPT = 60.0


def index(request: HttpRequest, by: Actor, occasion: Occasion) -> HttpResponseBase:
    """The front page; with `?q=`, what was found in every collection that the clerk may search."""
    text = request.GET.get("q", "").strip()
    found, refusal = searched(text, by, occasion) if text else ([], "")
    return door.show(
        request,
        "front",
        _("Bàn làm việc"),
        q=text,
        found=found,
        refusal=refusal,
        imports=[summary(job) for job in own_imports(by, occasion)],
        others=[summary(job) for job in receiving.for_second(by, occasion)[:SHOWN_IMPORTS]],
        counts=[counted(t) for t in door.open_to(by)],
        units=units_of(by),
        questions=waiting(by),
        findings=findings.counted(by, occasion),
        may_import=bool(door.open_to(by, "create")),
    )


def own_imports(by: Actor, occasion: Occasion) -> list[Import]:
    """What a clerk should know of their imports: those that wait or are under way, then ended lately."""
    own = receiving.own(by, occasion)
    lately = models.Q(received_at__gte=timezone.now() - LATELY) | models.Q(
        ended_at__gte=timezone.now() - LATELY
    )
    waits = models.Q(stage__in=[Stage.READY, *MOVING])
    ended = models.Case(models.When(waits, then=0), default=1)
    return list(own.filter(lately | waits).order_by(ended, "-id")[:SHOWN_IMPORTS])


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found in one collection."""

    record_type: RecordType
    columns: list[Column]
    lines: list[Any]
    more: bool
    capped: bool


def searched(text: str, by: Actor, occasion: Occasion) -> tuple[list[Hits], str]:
    """What is found by a text in each collection; and why nothing could be searched, in words."""
    found, refusal = [], ""
    for record_type in door.open_to(by):
        if not record_type.search:
            continue
        try:
            seen = disclosure.disclose_page(
                record_type, text=text, limit=HITS, to=by, occasion=occasion
            )
        except Malformed as problem:
            refusal = str(problem.detail)
            continue
        except Refused:
            continue
        assert seen.found is not None
        if seen.items:
            columns = columns_of(record_type)
            lines = [line_of(record_type, columns, item) for item in seen.items]
            capped = seen.found.capped
            found.append(Hits(record_type, columns, lines, seen.last is not None, capped))
    return found, "" if found else refusal


@dataclass(frozen=True, slots=True)
class Counted:
    """How many records a collection has; `exact` or by the database's estimate."""

    record_type: RecordType
    number: int
    exact: bool


_counts: dict[str, tuple[float, Counted]] = {}


def counted(record_type: RecordType) -> Counted:
    """How many records there are, not older than a minute."""
    kept = _counts.get(record_type.collection)
    if kept and time.monotonic() - kept[0] < COUNTS_KEPT:
        return kept[1]
    table = record_type.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [f'"{table}"'])
        number = int(cursor.fetchone()[0])
        exact = number < COUNTED
        if exact:
            number = record_type.model._base_manager.count()
    found = Counted(record_type, number, exact)
    _counts[record_type.collection] = (time.monotonic(), found)
    return found


def units_of(by: Actor) -> dict[str, Any] | None:
    """The units under which most records of the first collection with units are filed: counted, or as the
    database's statistics know them where counting would take long."""
    record_type = next((t for t in door.open_to(by) if t.unit), None)
    if record_type is None or record_type.unit is None:
        return None
    whole = counted(record_type)
    if whole.exact:
        path = record_type.path(record_type.unit)
        rows = record_type.model._base_manager.exclude(**{path: None}).values_list(path)
        shares = list(rows.annotate(n=Count("pk")).order_by("-n", path)[:UNITS])
    else:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT most_common_vals::text::text[], most_common_freqs FROM pg_stats"
                " WHERE tablename = %s AND attname = %s",
                [record_type.model._meta.db_table, record_type.unit],
            )
            row: Any = cursor.fetchone() or ([], [])
        pairs = list(zip(row[0] or [], row[1] or [], strict=True))[:UNITS]
        shares = [(code, round(share * whole.number)) for code, share in pairs]
    if not shares:
        return None
    lines = []
    for code, number in shares:
        unit = snapshot().at(code)
        lines.append({"code": code, "name": unit.full_name if unit else code, "number": number})
    return {"record_type": record_type, "lines": lines, "most": shares[0][1], "exact": whole.exact}


def waiting(by: Actor) -> list[Question]:
    """The citizens' questions that wait for an answer of a clerk's registries, the oldest first."""
    own = [t.collection for t in door.open_to(by, "read")]
    others = [name for name in record_types() if name not in own]
    return questions.open_questions(QUESTIONS, without=others) if own else []


def _theirs(by: Actor, asked: Question) -> bool:
    """Whether a question is a clerk's to answer: about their registries, or about none."""
    own = {t.collection for t in door.open_to(by, "read")}
    return bool(own) and (asked.collection in own or asked.collection not in record_types())


def question(
    request: HttpRequest, by: Actor, occasion: Occasion, question: UUID
) -> HttpResponseBase:
    """A citizen's question about an access, and the place for its answer. Reading it is audited."""
    asked = Question.objects.filter(pk=question).first()
    if asked is None or not _theirs(by, asked):
        raise Missing(_("There is no such question."))
    fault, typed = "", request.POST.get("text", "")
    if request.method == "POST":
        try:
            questions.answer(asked.id, typed, by=by, occasion=occasion)
        except Invalid as problem:
            entries.write_alone(problem)
            fault = str(problem.detail)
        else:
            return redirect("admin:index")
    told = Entry(by, occasion, "read", "questions", str(asked.id), subjects=(asked.number,))
    entries.write(told)
    known = record_types().get(asked.collection)
    own = numbers.all_numbers([asked.number])
    seen = entries.one_about(own, asked.access_at, asked.entry_id)
    return door.show(
        request,
        "question",
        _("Question of a citizen"),
        status=422 if fault else 200,
        asked=asked,
        seen=seen,
        why=accesses.why(seen.purpose, accesses.purposes()).text if seen else "",
        what=known.model._meta.verbose_name if known else asked.collection,
        fault=fault,
        typed=typed,
    )
