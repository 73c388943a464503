"""What a citizen sees: what is recorded about them, and who looked at it and why.

Who the citizen is comes from the session alone, never from an address, a form or a cookie's text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import OperationalError, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from records.access import numbers
from records.access.grants import OWN_DATA
from records.access.models import Purpose
from records.actors import Actor, Occasion
from records.api.problems import anticipated
from records.audit import entries
from records.disclosure import Disclosed, disclose_page
from records.errors import Problem, Refused
from records.fields import Choice, PartialDate
from records.registry import RecordType, record_types, shown_as

SESSION_KEY = "citizen"


def answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose anticipated failures become a page that says what to do, and their audit entry."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (Problem, OperationalError) as error:
            problem = anticipated(error)
            if problem is None:
                raise
            entries.write_alone(problem)
            return render(
                request, "portal/problem.html", {"problem": problem}, status=problem.status
            )

    return door


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: a form that this service did not hand out, or handed out too long ago."""
    problem = Refused(_("This form is no longer good. Open the page again and send it once more."))
    return render(request, "portal/problem.html", {"problem": problem}, status=403)


@require_GET
@never_cache
def demo_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign a made-up citizen in by their link in demo.json; only in a demonstration."""
    number = demo_citizens().get(token) if settings.HOSO_DEMO else None
    if number is None:
        return render(request, "portal/signed_out.html", {"refused": True}, status=403)
    request.session.cycle_key()
    request.session[SESSION_KEY] = number
    return redirect("portal")


def demo_citizens() -> dict[str, str]:
    """The demonstration's citizens: the last part of a sign-in link → personal id."""
    book = Path(settings.HOSO_HOME) / "demo.json"
    told = json.loads(book.read_text(encoding="utf-8")) if book.exists() else {}
    return {
        citizen["sign_in_url"].rpartition("/")[2]: citizen["personal_id"]
        for citizen in told.get("citizens", [])
    }


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    request.session.flush()
    return redirect("portal")


@require_GET
@never_cache
@answered
def home(request: HttpRequest) -> HttpResponse:
    """A card for each record about the citizen, and the latest accesses to them."""
    number = request.session.get(SESSION_KEY)
    if number is None:
        return render(request, "portal/signed_out.html")
    citizen = Actor("citizen", number, "")
    occasion = Occasion(OWN_DATA, request_id=request.request_id)  # type: ignore[attr-defined]
    cards = [
        {"title": record_type.model._meta.verbose_name, "facts": facts(record_type, seen)}
        for record_type in record_types().values()
        if record_type.portal and record_type.subjects
        for seen in disclose_page(record_type, to=citizen, occasion=occasion).items
    ]
    looked = entries.about(numbers.all_numbers([number]), by_others=True)
    purposes = dict(Purpose.objects.values_list("code", "title"))
    return render(
        request,
        "portal/home.html",
        {"cards": cards, "looked": [told(row, purposes) for row in looked]},
    )


def facts(record_type: RecordType, seen: Disclosed) -> list[tuple[Any, Any]]:
    """A record's filled fields as (label, value in words), in the fieldset's order."""
    assert record_type.portal is not None
    found = []
    for name in record_type.fieldsets[record_type.portal]:
        value, field = seen.values[shown_as(name)], record_type.field(name)
        if value is None or isinstance(field, models.UUIDField):
            continue
        words = dict(field.flatchoices) if isinstance(field, Choice) else {}
        found.append((field.verbose_name, words.get(value, in_words(field, value))))
    return found


def in_words(field: models.Field[Any, Any], value: Any) -> Any:
    """A value as people here write it: days as dd/mm/yyyy, or what is known of them."""
    if isinstance(field, PartialDate | models.DateField):
        return "/".join(reversed(str(value).split("-")))
    return value


def label(record_type: RecordType | None, name: str) -> Any:
    """What a field is called; its own name where no model has it any more: audit outlives models."""
    try:
        return record_type.field(name).verbose_name if record_type else name
    except (KeyError, StopIteration, FieldDoesNotExist):
        return name


def told(row: entries.Seen, purposes: dict[str, str]) -> dict[str, Any]:
    """One access in plain words: who, when, what, why, by which law."""
    record_type = record_types().get(row.collection)
    names = [label(record_type, name) for name in row.fields]
    return {
        "at": row.at,
        "who": row.agency_name or _("This service"),
        "what": record_type.model._meta.verbose_name if record_type else row.operation,
        "fields": names,
        "why": purposes.get(row.purpose, row.purpose),
        "law": row.legal_basis,
        "outcome": row.outcome,
        "action": row.action,
    }
