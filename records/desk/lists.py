"""Collections and records, as a clerk reads them: lists without a count, and one record whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from records import disclosure
from records.access import numbers
from records.access.grants import widest
from records.actors import Actor, Occasion
from records.api import cursors
from records.audit import entries
from records.audit.entries import Entry
from records.desk import door
from records.desk.forms import blame, filter_form, filters_in
from records.disclosure import Disclosed
from records.errors import Malformed
from records.everything import disclose_about
from records.exporting import exported
from records.findings.models import Finding
from records.findings.rules import in_words
from records.history.reading import Change
from records.imports.working import UNDO
from records.portal import accesses
from records.registry import RecordType, shown_as
from records.wording import day, label, said

ACTORS = {
    "partner": gettext_lazy("Cơ quan"),
    "public": gettext_lazy("Người dân, không đăng nhập"),
    "clerk": gettext_lazy("Cán bộ"),
    "citizen": gettext_lazy("Chính người dân"),
    "system": gettext_lazy("Hệ thống"),
}
#: The columns by which people know whom or what a record is about.
NAMES = ("full_name", "name", "student__full_name")
PAGE = 50
RELATED = 5
STEPS = 20
#: How many looks are read, and how many lines they are told in.
LOOKS = 1000
LOOK_LINES = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its name in a record's values, and what it is called."""

    name: str
    title: Any


@dataclass(frozen=True, slots=True)
class Line:
    """A record in a list. `cells`: title and value in the order of the columns; the first leads to it."""

    url: str
    cells: list[Any]
    closed: bool
    warned: bool


def columns_of(record_type: RecordType, *, without: Sequence[str] = ()) -> list[Column]:
    """What a list shows: the first fieldset and the unit. `without`: what all its records have alike."""
    names = next(iter(record_type.fieldsets.values()))
    shown = [n for n in names if n not in {"id", *without}]
    if record_type.unit and record_type.unit not in shown:
        shown.append(record_type.unit)
    return [Column(name, label(record_type, name)) for name in shown]


def line_of(record_type: RecordType, columns: Sequence[Column], item: Disclosed) -> Line:
    """A record as a line of a list."""
    return Line(
        url_of(record_type, item.key),
        [
            {"title": c.title, "said": said(record_type, c.name, item.values.get(shown_as(c.name)))}
            for c in columns
        ],
        item.values["closed_on"] is not None,
        bool(item.values["warnings"]),
    )


def url_of(record_type: RecordType, key: str, page: str = "one") -> str:
    """The address of a record at the desk; in a URL `~` stands for `/`."""
    return reverse(f"admin:{page}-{record_type.collection}", args=[key.replace("/", "~")])


def listed(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType
) -> HttpResponseBase:
    """A page of a collection: searched, filtered, in the order of names or of recording."""
    text = request.GET.get("q", "").strip()
    form = filter_form(record_type, request.GET)
    filters = filters_in(record_type, form)
    question = {"desk": record_type.collection, "q": text, **filters}
    cursor = request.GET.get("cursor")
    try:
        page = disclosure.disclose_page(
            record_type,
            filters=filters,
            text=text or None,
            after=UUID(cursors.load(cursor, question)) if cursor else None,
            limit=PAGE,
            to=by,
            occasion=occasion,
        )
    except Malformed as problem:
        if not problem.faults:
            raise
        entries.write_alone(problem)
        blame(form, problem)
        return door.show(
            request,
            "list",
            record_type.model._meta.verbose_name,
            status=problem.status,
            record_type=record_type,
            q=text,
            form=form,
            filtered=True,
            began=True,
        )
    columns = columns_of(record_type)
    asked = {k: v for k, v in request.GET.items() if k != "cursor" and v}
    takes = page.items and door.may(by, record_type, "export")
    onward = urlencode({**asked, "cursor": cursors.dump(page.last, question)}) if page.last else ""
    return door.show(
        request,
        "list",
        record_type.model._meta.verbose_name,
        record_type=record_type,
        columns=columns,
        lines=[line_of(record_type, columns, item) for item in page.items],
        near=page.found.near if page.found and text else 0,
        capped=page.found.capped if page.found and text else False,
        units=page.units,
        q=text,
        form=form,
        filtered=bool(filters),
        onward=onward,
        began=not cursor,
        first=urlencode(asked),
        export=reverse(f"admin:export-{record_type.collection}") if takes else "",
        new=reverse(f"admin:new-{record_type.collection}")
        if door.may(by, record_type, "create")
        else "",
    )


def export(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType
) -> HttpResponseBase:
    """The whole of a list as a file."""
    return exported(
        record_type,
        "csv" if request.GET.get("format") == "csv" else "xlsx",
        filters=filters_in(record_type, filter_form(record_type, request.GET)),
        text=request.GET.get("q", "").strip() or None,
        to=by,
        occasion=occasion,
    )


def one(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType, key: str
) -> HttpResponseBase:
    """A record: what it says, what belongs to it, how it came to say so, and who looked."""
    seen = disclosure.disclose(record_type, key.replace("~", "/"), to=by, occasion=occasion)
    names = record_type.fieldsets[widest(record_type.fieldsets)]
    subjects = subjects_of(record_type, seen)
    steps: list[Change] = []
    if door.may(by, record_type, "history"):
        steps, _more = disclosure.disclose_history(
            record_type, seen.key, limit=STEPS, to=by, occasion=occasion
        )
    open_ = seen.values["closed_on"] is None
    return door.show(
        request,
        "record",
        title_of(record_type, seen),
        record_type=record_type,
        seen=seen,
        facts=[
            {
                "title": label(record_type, name),
                "value": said(record_type, name, seen.values[shown_as(name)]),
                "warnings": [w for w in seen.values["warnings"] if w["field"] == shown_as(name)],
            }
            for name in names
            if name != "id"
        ],
        closed_on=day(seen.values["closed_on"]),
        findings=[
            worded(record_type, found)
            for found in Finding.objects.filter(record_id=seen.id, ended_at=None).order_by("pk")
        ],
        related=related(record_type, seen, subjects, by, occasion),
        steps=[told(record_type, step) for step in steps],
        looks=looks(record_type, seen, subjects, by, occasion),
        amend=url_of(record_type, seen.key, "amend")
        if open_ and door.may(by, record_type, "amend")
        else "",
        close=url_of(record_type, seen.key, "close")
        if open_ and door.may(by, record_type, "close")
        else "",
        history=url_of(record_type, seen.key, "history"),
    )


def worded(record_type: RecordType, found: Finding) -> dict[str, Any]:
    """What a finding says about a record."""
    title, name, value = in_words(found.rule, found.said)
    return {
        "title": title,
        "field": label(record_type, name) if name else "",
        "value": said(record_type, name, value) if name else value,
        "since": found.found_at,
    }


def history(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType, key: str
) -> HttpResponseBase:
    """All the steps of a record, newest first, a page at a time."""
    question = {"desk-history": record_type.collection, "key": key}
    cursor = request.GET.get("cursor")
    found = key.replace("~", "/")
    steps, last = disclosure.disclose_history(
        record_type,
        found,
        before=int(cursors.load(cursor, question)) if cursor else None,
        limit=PAGE,
        to=by,
        occasion=occasion,
    )
    return door.show(
        request,
        "history",
        _("Lịch sử"),
        record_type=record_type,
        record=url_of(record_type, found),
        key=found,
        steps=[told(record_type, step) for step in steps],
        onward=urlencode({"cursor": cursors.dump(last, question)}) if last else "",
    )


def title_of(record_type: RecordType, seen: Disclosed) -> str:
    """What a record's page is called: a name where it has one, else its number."""
    for name in NAMES:
        if seen.values.get(shown_as(name)):
            return str(seen.values[shown_as(name)])
    shown = [c for c in columns_of(record_type)[:2] if seen.values.get(shown_as(c.name))]
    said_ = [str(said(record_type, c.name, seen.values[shown_as(c.name)])) for c in shown]
    return " · ".join(said_) or str(record_type.model._meta.verbose_name)


def subjects_of(record_type: RecordType, seen: Disclosed) -> list[str]:
    """The numbers of those whom a record is about, as far as it shows them."""
    found = [seen.values.get(shown_as(s)) for s in record_type.subjects]
    return list(dict.fromkeys(str(s) for s in found if s))


@dataclass(frozen=True, slots=True)
class Related:
    """Records of another collection that belong to a record."""

    record_type: RecordType
    columns: list[Column]
    lines: list[Line]
    onward: str


def related(
    record_type: RecordType, seen: Disclosed, subjects: list[str], by: Actor, occasion: Occasion
) -> list[Related]:
    """What is recorded about the same people, and under this record, as far as the clerk may search."""
    found, under = [], set()
    for other in door.open_to(by):
        parents = [
            str(f.column)
            for f in other.model._meta.concrete_fields
            if isinstance(f, models.ForeignKey) and f.related_model is record_type.model
        ]
        if not parents or parents[0] not in other.filters:
            continue
        under.add(other)
        narrowed = {parents[0]: seen.key}
        page = disclosure.disclose_page(
            other, filters=narrowed, limit=RELATED, to=by, occasion=occasion
        )
        onward = urlencode(narrowed) if page.last else ""
        found.append(_related(other, page.items, parents, subjects, onward))
    if subjects:
        parts = disclose_about(record_type, subjects[0], limit=RELATED, to=by, occasion=occasion)
        found += [
            _related(part.record_type, part.items, [], subjects, "")
            for part in parts
            if part.record_type not in under
        ]
    return [each for each in found if each.lines]


def _related(
    record_type: RecordType,
    items: list[Disclosed],
    parents: Sequence[str],
    subjects: Sequence[str],
    onward: str,
) -> Related:
    """The records `items`, without the columns that say what all of them have alike."""
    columns = columns_of(record_type, without=[*parents, *alike(record_type, items, subjects)])
    return Related(record_type, columns, [line_of(record_type, columns, i) for i in items], onward)


def alike(
    record_type: RecordType, items: Sequence[Disclosed], subjects: Sequence[str]
) -> list[str]:
    """The columns of subjects in which all of `items` name one of `subjects`."""
    return [
        s
        for s in record_type.subjects
        if all(item.values.get(shown_as(s)) in subjects for item in items)
    ]


def told(record_type: RecordType, step: Change) -> dict[str, Any]:
    """A step of a history in words."""
    return {
        "at": step.at,
        "who": ACTORS["system"] if step.by.get("kind") == "system" else step.who,
        "office": step.by.get("agency_name") or "",
        "reason": step.reason,
        "undone": step.operation == UNDO,
        "version": step.version,
        "first": step.event == "created",
        "changed": [
            (
                label(record_type, name),
                said(record_type, name, before),
                said(record_type, name, now),
            )
            for name, (before, now) in step.changed.items()
            if name != "id"
        ],
    }


def looks(
    record_type: RecordType, seen: Disclosed, subjects: list[str], by: Actor, occasion: Occasion
) -> list[dict[str, Any]]:
    """Who looked at the data of those whom a record is about, newest first. Reading it is audited."""
    if not subjects:
        return []
    found = entries.about(numbers.all_numbers(subjects), limit=LOOKS)
    entries.write(
        Entry(
            by,
            occasion,
            "looked",
            record_type.collection,
            seen.key,
            record_id=seen.id,
            subjects=tuple(subjects),
        )
    )
    # Several looks of one office on one day are told together.
    purposes = accesses.purposes()
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for look in found:
        who = look.agency_name or ACTORS[look.actor_kind]
        same = (who, look.purpose, timezone.localdate(look.at))
        why = accesses.why(look.purpose, purposes).text
        told.setdefault(same, {"at": look.at, "who": who, "why": why, "times": 0})
        told[same]["times"] += 1
    return list(told.values())[:LOOK_LINES]
