"""Who stands at the clerks' door, and what they are told when something cannot be done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache

from records.access import grants
from records.actors import Actor, Occasion
from records.api import idempotency
from records.api.problems import anticipated
from records.audit import entries
from records.errors import Problem
from records.registry import RecordType, record_types
from records.units.snapshot import snapshot as units

View = Callable[..., HttpResponseBase]
#: The name of the hidden field that makes a form sent twice take effect once.
ONCE = "once"
#: status → what the page of a problem is called, where the problem's own words are a sentence.
HEADINGS: dict[int, Any] = {
    400: gettext_lazy("The request cannot be read"),
    403: gettext_lazy("This is not open to you"),
    404: gettext_lazy("Not found"),
    409: gettext_lazy("Already settled otherwise"),
}


def clerk(request: HttpRequest) -> Actor:
    """The clerk who is signed in, as audit and history name them."""
    user: Any = request.user
    name = user.get_full_name() or user.get_username()
    return Actor("clerk", user.get_username(), name, agency_name=office_of(user.get_username()))


def office_of(username: str) -> str:
    """Where a clerk works, in words: the unit they are bound to, or the province's office."""
    bound = {unit for _registry, _verbs, unit in grants.snapshot().roles.get(username, ())}
    if bound and "" not in bound:
        known = [units().at(code) for code in sorted(bound)]
        return ", ".join(unit.full_name for unit in known if unit)
    with translation.override(settings.LANGUAGE_CODE):  # it is kept, and read by others
        return str(_("Cơ quan quản lý hồ sơ"))


def occasion(request: HttpRequest) -> Occasion:
    """Why a clerk acts: the keeping of records is their work."""
    address = request.META.get("REMOTE_ADDR") or None
    return Occasion(grants.RECORD_KEEPING, "", address, request.request_id)  # type: ignore[attr-defined]


def page(view: View) -> View:
    """A page of the desk: called with who and why; an anticipated failure becomes a page that says what
    to do, and writes its audit entry."""

    @wraps(view)
    @never_cache
    def door(request: HttpRequest, **given: Any) -> HttpResponseBase:
        try:
            return view(request, clerk(request), occasion(request), **given)
        except (Problem, OperationalError) as error:
            problem = anticipated(error)
            if problem is None:
                raise
            entries.write_alone(problem)
            return told(request, problem)

    return door


def told(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The page of a problem."""
    title = HEADINGS.get(problem.status, problem.title)
    return show(request, "problem", title, status=problem.status, problem=problem)


def show(
    request: HttpRequest, template: str, title: Any, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the desk in the admin's frame."""
    from records.desk.site import site  # noqa: PLC0415 the site knows its views

    frame = site.each_context(request)
    return render(
        request, f"desk/{template}.html", {**frame, "title": title, **context}, status=status
    )


def may(by: Actor, record_type: RecordType, verb: str) -> bool:
    """Whether a clerk may do something with a collection at all; asks, and leaves no trace."""
    registry = record_type.model._meta.app_label
    return any(
        name == registry and verb in verbs and (not unit or record_type.unit)
        for name, verbs, unit in grants.snapshot().roles.get(by.id, ())
    )


def may_run(by: Actor, registry: str) -> bool:
    """Whether a clerk may run a registry's operations, which touch records of many units."""
    roles = grants.snapshot().roles.get(by.id, ())
    return any(name == registry and "run" in verbs and not unit for name, verbs, unit in roles)


def open_to(by: Actor, verb: str = "search") -> list[RecordType]:
    """The collections in which a clerk may do something, in menu order."""
    return [t for t in record_types().values() if may(by, t, verb)]


def fresh_once() -> str:
    """A new value for the hidden field `ONCE`."""
    return str(uuid.uuid4())


def once(request: HttpRequest, by: Actor, effect: Callable[[], list[list[Any]]]) -> list[list[Any]]:
    """Have a form's effect take place once, however often it is sent.

    `effect` returns the records touched as [collection, key, version]; so does this. Raises Conflict
    while the same form is under way, Invalid for one that was sent with other contents.
    """
    key = request.POST.get(ONCE, "")
    with transaction.atomic():
        if not idempotency.KEY.fullmatch(key):
            return effect()
        said = {k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken"}
        print_ = idempotency.fingerprint(request, said)
        _status, records, _repeated = idempotency.once(by, key, print_, lambda: (200, effect()))
        return records
