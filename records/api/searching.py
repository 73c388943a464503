"""Searching over everything the caller may search, and for records that resemble one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records import disclosure
from records.access import rates
from records.actors import Actor, Occasion
from records.api import values
from records.api.replies import search_of
from records.api.views import Door, caller, key_from
from records.errors import Fault, Invalid, Malformed, Problem, Refused, TooMany
from records.everything import MOST, disclose_everything
from records.registry import RecordType, record_types

MOST_HITS = 50


class SimilarView(Door):
    """Records that may speak of the same person or thing as one record."""

    verbs: ClassVar[dict[str, str]] = {"GET": "search"}

    def get(self, request: Request, key: str) -> Response:
        asked = values.query(request, frozenset({"fieldset"}))
        alike = disclosure.disclose_similar(
            self.record_type,
            key_from(key),
            fieldset=asked.get("fieldset"),
            to=caller(request),
            occasion=values.occasion(request),
        )
        return Response({"items": [{"reasons": why, **seen.values} for seen, why in alike]})


def within_rate(by: Actor, record_type: RecordType) -> bool:
    """Whether a call to a collection is left in this minute; it is spent."""
    try:
        rates.spend(by.agency, record_type.collection)
    except TooMany:
        return False
    return True


class EverythingView(Door):
    """A person or firm, and all that the caller may see about them, whatever the collection."""

    verbs: ClassVar[dict[str, str]] = {"GET": "read"}

    def get(self, request: Request, key: str) -> Response:
        asked = values.query(request, frozenset({"fieldset", "limit"}))
        seen, parts = disclose_everything(
            self.record_type,
            key_from(key),
            fieldset=asked.get("fieldset"),
            limit=min(values.limit(asked.get("limit", "20")), MOST),
            spend=lambda part: within_rate(caller(request), part),
            to=caller(request),
            occasion=values.occasion(request),
        )
        told = [
            {
                "collection": part.record_type.collection,
                "fieldset": part.fieldset,
                "items": [item.values for item in part.items],
                "more": part.more,
            }
            for part in parts
        ]
        return Response({"record": seen.values, "parts": told})


class SearchView(Door):
    """One search box over all collections that the caller may search, each hit an audited access."""

    verbs: ClassVar[dict[str, str]] = {"POST": "search"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Each collection that is searched spends of its own minute instead.
        APIView.initial(self, request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        values.query(request, frozenset())
        occasion = values.occasion(request)
        text, named, limit = wanted(values.members(request.data))
        actor, results = caller(request), {}
        refusal: Problem | None = None
        for record_type in named or record_types().values():
            try:
                results[record_type.collection] = hits(record_type, text, limit, actor, occasion)
            except (Refused, Malformed) as problem:
                if named:
                    raise
                # Why nothing at all was found is told by the best reason: a text nobody can search
                # before a collection that is not agreed on.
                if refusal is None or isinstance(problem, Malformed):
                    refusal = problem
        if not results and refusal is not None:
            raise refusal
        return Response({"results": results})


def wanted(body: dict[str, Any]) -> tuple[str, list[RecordType], int]:
    """The text, the collections named (none: all), and how many hits of each. Raises Invalid."""
    text, names, limit = body.get("q"), body.get("collections", []), body.get("limit", 10)
    faults = [
        Fault(name[:100], "unknown_field", _("There is no such field here."))
        for name in sorted(set(body) - {"q", "collections", "limit"})
    ]
    if not isinstance(text, str):
        faults.append(Fault("q", "format", _("This needs a JSON string.")))
    types = record_types()
    if not isinstance(names, list) or not all(isinstance(n, str) and n in types for n in names):
        faults.append(Fault("collections", "choice", _("Name collections that exist.")))
    if type(limit) is not int or not 1 <= limit <= MOST_HITS:
        faults.append(Fault("limit", "range", _("1 to 50.")))
    if faults:
        raise Invalid(faults=faults)
    return str(text), [types[name] for name in dict.fromkeys(names)], int(limit)


def hits(
    record_type: RecordType, text: str, limit: int, actor: Actor, occasion: Occasion
) -> dict[str, Any]:
    """The hits of one collection, in the least fieldset that the caller may search it by.

    Raises Refused where there is none, Malformed where the text cannot be searched here.
    """
    refusal: Problem = Refused(code="not_agreed")
    fieldsets = sorted(record_type.fieldsets, key=lambda name: len(record_type.fieldsets[name]))
    rates.spend(actor.agency, record_type.collection)
    for name in fieldsets:
        try:
            page = disclosure.disclose_page(
                record_type, fieldset=name, text=text, limit=limit, to=actor, occasion=occasion
            )
        except (Refused, Malformed) as problem:
            # The one that says why; a refusal carries the entry of what was tried.
            if isinstance(problem, Malformed) or refusal.entry is None:
                refusal = problem
            continue
        assert page.found is not None
        items = [item.values for item in page.items]
        return {"items": items, "more": page.last is not None, "search": search_of(page.found)}
    raise refusal
