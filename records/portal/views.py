"""What a citizen sees: what is recorded about them, who looked at it and why, and what they asked.

Each page that shows something is audited, and is in its visitor's own list of visits.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy

from records.access import numbers
from records.access.grants import OWN_DATA_BASIS
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.disclosure import Disclosed, disclose_page
from records.errors import Conflict, Invalid, Malformed, Missing, Problem
from records.everything import disclose_about
from records.portal import accesses, facts, questions
from records.portal.doors import door, page, visitor
from records.portal.references import parsed, reference
from records.registry import RecordType, record_types, registries, title_of

ON_A_CARD = 5
ON_A_PAGE = 20
LATEST = 3
OWN_VISITS = 10
OWN_ENTRIES = 80
_PLACE = gettext_lazy("This address of a page is not whole. Go back to the beginning of the list.")


@door("GET")
def entrance(request: HttpRequest) -> HttpResponse:
    """The address without its slash, as people type it."""
    return redirect("portal")


@door("GET")
def home(request: HttpRequest) -> HttpResponse:
    """What is recorded, registry by registry, and the latest accesses by others."""
    citizen, occasion = visitor(request)
    own = numbers.all_numbers([citizen.id])
    told = disclose_about(None, citizen.id, limit=ON_A_CARD, to=citizen, occasion=occasion)
    by_type = {part.record_type: part for part in told}
    shelves = []
    for label, registry in registries().items():
        here = [t for t in registry.records if _shown_here(t)]
        filled = [by_type[t] for t in here if t in by_type and by_type[t].items]
        shelves.append(
            {
                "label": label,
                "title": title_of(label),
                "kinds": [
                    _kind(part.record_type, part.items, own, more=part.more) for part in filled
                ],
                "empty": [t.title for t in here if not any(p.record_type is t for p in filled)],
            }
        )
    looked = _looked(citizen, occasion, own=False, limit=LATEST)
    return page(
        request,
        "portal/home.html",
        {
            "shelves": [s for s in shelves if s["kinds"] or s["empty"]],
            "latest": _worded(citizen, looked),
            "tab": "home",
        },
    )


@door("GET")
def records_of(request: HttpRequest, collection: str) -> HttpResponse:
    """All records of one collection about the citizen, page by page."""
    citizen, occasion = visitor(request)
    record_type = record_types().get(collection)
    if record_type is None or not _shown_here(record_type):
        raise Missing(_("There is nothing at this address."))
    after = _place_in_list(request, "after")
    seen = disclose_page(record_type, after=after, limit=ON_A_PAGE, to=citizen, occasion=occasion)
    own = numbers.all_numbers([citizen.id])
    return page(
        request,
        "portal/records_of.html",
        {
            "kind": _kind(record_type, seen.items, own, more=seen.last or ""),
            "later": after is not None,
            "tab": "home",
        },
    )


@door("GET")
def looked(request: HttpRequest) -> HttpResponse:
    """The accesses by others, newest first, and the citizen's own visits folded below."""
    citizen, occasion = visitor(request)
    before = entries.LAST
    if "before" in request.GET:
        found = parsed(request.GET["before"])
        if found is None:
            raise Malformed(_PLACE)
        before = found
    rows = _looked(citizen, occasion, own=False, limit=ON_A_PAGE + 1, before=before)
    own = numbers.all_numbers([citizen.id])
    later = "before" in request.GET
    visits = [] if later else accesses.visits(entries.about(own, own=True, limit=OWN_ENTRIES))
    shown = rows[:ON_A_PAGE]
    return page(
        request,
        "portal/looked.html",
        {
            "looks": _worded(citizen, shown),
            "next": reference(shown[-1].at, shown[-1].id) if len(rows) > ON_A_PAGE else "",
            "later": later,
            "visits": visits[:OWN_VISITS],
            "tab": "looked",
        },
    )


@door("GET", "POST")
def access(request: HttpRequest, ref: str) -> HttpResponse:
    """One access: what is known of it, what the citizen asked, and the form to ask."""
    citizen, occasion = visitor(request)
    tried = Entry(
        citizen,
        occasion,
        "ask" if request.method == "POST" else "read",
        "audit",
        ref,
        legal_basis=OWN_DATA_BASIS,
        subjects=(citizen.id,),
    )
    own = numbers.all_numbers([citizen.id])
    with entries.attempt(tried), transaction.atomic():
        found = parsed(ref)
        seen = entries.one_about(own, *found) if found else None
        if seen is None:
            raise Missing(_("There is no such access to your data."))
        if request.method == "GET":
            entries.write(tried)
    typed, problem = "", None
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            questions.ask(seen.at, seen.id, typed, by=citizen, occasion=occasion)
        except (Invalid, Conflict) as error:
            entries.write_alone(error)
            problem = error
        else:
            return redirect("access", ref=ref)
    (look,) = _worded(citizen, [seen])
    context = {"look": look, "typed": typed, "problem": problem, "tab": "looked"}
    return page(request, "portal/access.html", context, status=_status(problem))


@door("GET")
def my_questions(request: HttpRequest) -> HttpResponse:
    """What the citizen asked and was answered, newest first."""
    citizen, occasion = visitor(request)
    before = _place_in_list(request, "before")
    own = numbers.all_numbers([citizen.id])
    with transaction.atomic():
        found = questions.questions_of(own, before=before, limit=ON_A_PAGE + 1)
        entries.write(_reading(citizen, occasion, questions.QUESTIONS))
    shown = found[:ON_A_PAGE]
    return page(
        request,
        "portal/questions.html",
        {
            "asked": [
                {
                    "question": question,
                    "who": accesses.who(question.actor_kind, question.agency_name or "", own=False),
                    "what": accesses.titled(question.collection),
                    "reference": reference(question.access_at, question.entry_id),
                }
                for question in shown
            ],
            "next": shown[-1].id if len(found) > ON_A_PAGE else "",
            "later": before is not None,
            "tab": "questions",
        },
    )


def _shown_here(record_type: RecordType) -> bool:
    return bool(record_type.portal and record_type.subjects)


def _kind(
    record_type: RecordType, items: list[Disclosed], own: list[str], *, more: Any
) -> dict[str, Any]:
    """One collection's records on a page, for whoever has the numbers `own`."""
    return {
        "title": record_type.title,
        "collection": record_type.collection,
        "records": [facts.told(record_type, one, own=own) for one in items],
        "next": more,
    }


def _looked(
    citizen: Actor, occasion: Occasion, *, own: bool, limit: int, before: Any = entries.LAST
) -> list[entries.Seen]:
    """Accesses to the citizen's data; looking at them is one."""
    with transaction.atomic():
        known = numbers.all_numbers([citizen.id])
        rows = entries.about(known, own=own, limit=limit, before=before)
        entries.write(_reading(citizen, occasion, "audit"))
    return rows


def _reading(citizen: Actor, occasion: Occasion, collection: str) -> Entry:
    return Entry(
        citizen,
        occasion,
        "read",
        collection,
        legal_basis=OWN_DATA_BASIS,
        subjects=(citizen.id,),
    )


def _worded(citizen: Actor, rows: list[entries.Seen]) -> list[accesses.Access]:
    """Accesses in words, with what the citizen asked about them."""
    purposes = accesses.purposes()
    own = numbers.all_numbers([citizen.id])
    asked = questions.questions_about(own, [row.id for row in rows])
    return [accesses.access(row, purposes, asked.get(row.id)) for row in rows]


def _place_in_list(request: HttpRequest, name: str) -> UUID | None:
    """The id that a page of a list begins after. Raises Malformed for what is none."""
    if name not in request.GET:
        return None
    try:
        return UUID(request.GET[name])
    except ValueError as error:
        raise Malformed(_PLACE) from error


def _status(problem: Problem | None) -> int:
    return problem.status if problem else 200
