"""What anybody may look up or have confirmed without signing in, as the law opens it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from records import disclosure, verifying
from records.access import rates
from records.access.grants import PUBLIC_ROWS
from records.actors import PUBLIC
from records.api import values
from records.errors import Invalid, Malformed, Missing
from records.portal import facts
from records.portal.doors import door, page
from records.registry import RecordType, record_types


@door("GET")
def public(request: HttpRequest) -> HttpResponse:
    """What there is to look up and to check."""
    return _shown(request)


@door("GET")
def lookup(request: HttpRequest, collection: str) -> HttpResponse:
    """The few records that a name or a number finds."""
    record_type = record_types().get(collection)
    if record_type is None or record_type.open is None:
        raise Missing(_("There is nothing at this address."))
    text = request.GET.get("q", "").strip()
    if not text:
        return _shown(request, record_type, {"typed": ""})
    rates.spend_openly(values.address(request), collection)
    try:
        seen = disclosure.disclose_page(
            record_type,
            text=text,
            limit=PUBLIC_ROWS,
            to=PUBLIC,
            occasion=values.open_occasion(request),
        )
    except Malformed as problem:
        told = {"typed": text, "wrong": problem.detail}
        return _shown(request, record_type, told, status=problem.status)
    fieldset = record_type.open.fieldset
    found = [facts.told(record_type, one, fieldset) for one in seen.items]
    more = seen.last is not None
    return _shown(request, record_type, {"typed": text, "found": found, "more": more})


@door("GET", "POST")
def check(request: HttpRequest, collection: str) -> HttpResponse:
    """Whether a paper is good: yes or no."""
    record_type = record_types().get(collection)
    if record_type is None or record_type.verifiable is None:
        raise Missing(_("There is nothing at this address."))
    if request.method == "GET":
        return _shown(request, record_type, {"given": {}})
    rates.spend_openly(values.address(request), collection)
    given = {name: request.POST.get(name, "") for name in record_type.verifiable.columns}
    told: dict[str, Any] = {"given": given}
    try:
        told["valid"] = verifying.verify(
            record_type, given, to=PUBLIC, occasion=values.open_occasion(request)
        )
    except Invalid as problem:
        told["faults"] = {fault.field: fault.detail for fault in problem.faults}
        return _shown(request, record_type, told, status=problem.status)
    return _shown(request, record_type, told)


def _shown(
    request: HttpRequest,
    asked: RecordType | None = None,
    told: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of forms, with what came of the one that was sent."""
    sections: list[dict[str, Any]] = []
    for record_type in record_types().values():
        if asked is not None and record_type is not asked:
            continue
        here = told or {}
        section = {
            "collection": record_type.collection,
            "title": record_type.model._meta.verbose_name,
        }
        if record_type.open and "given" not in here:
            sections.append({**section, **here, "law": record_type.open.legal_basis})
        if record_type.verifiable and "typed" not in here:
            boxes = [_box(record_type, name, here) for name in record_type.verifiable.columns]
            law = record_type.verifiable.legal_basis
            sections.append({**section, **here, "boxes": boxes, "law": law})
    context = {"sections": sections, "alone": asked is not None, "law": ""}
    return page(request, "portal/public.html", context, status=status)


def _box(record_type: RecordType, name: str, here: dict[str, Any]) -> dict[str, Any]:
    """One box of a form to check a paper."""
    field: Any = record_type.value_field(name)
    return {
        "name": name,
        "label": record_type.field(name).verbose_name,
        "typed": here.get("given", {}).get(name, ""),
        "wrong": here.get("faults", {}).get(name, ""),
        "example": next(iter(getattr(field, "examples", ())), ""),
    }
