"""Into the portal and out of it: who the visitor is, and a worded page for whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache

from records.access.grants import OWN_DATA, OWN_DATA_BASIS
from records.actors import Actor, Occasion
from records.api import problems
from records.api.problems import NotAllowed, anticipated
from records.audit import entries
from records.errors import Malformed, Missing, Problem, Refused, TooBroad

SESSION_KEY = "citizen"
SHOWN_DIGITS = 4
_NOT_SO = gettext_lazy("This page does not open in this way. Begin again with your records.")


class SignedOut(Exception):  # noqa: N818
    """Nobody is signed in; the page that says so keeps what was typed."""


def door(*methods: str) -> Callable[..., Callable[..., HttpResponse]]:
    """A view of these methods whose anticipated failures become a page that says what to do.

    The entry that a problem carries is written here, after the rollback.
    """

    def of(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @never_cache
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                page = problem_page(request, NotAllowed(_NOT_SO))
                page["Allow"] = ", ".join(methods)
                return page
            try:
                return view(request, *args, **kwargs)
            except SignedOut:
                return signed_out(request, typed=request.POST.get("text", ""))
            except (Problem, OperationalError) as error:
                problem = anticipated(error)
                if problem is None:
                    raise
                entries.write_alone(problem)
                if isinstance(problem, TooBroad):
                    problem.detail = _("This takes too long just now. Try again in a minute.")
                return problem_page(request, problem)

        return answered

    return of


def visitor(request: HttpRequest) -> tuple[Actor, Occasion]:
    """Who is signed in and on what occasion, from the session alone: never from an address or a form.

    Raises SignedOut.
    """
    number = request.session.get(SESSION_KEY)
    if number is None:
        raise SignedOut
    occasion = Occasion(OWN_DATA, request_id=request.request_id)  # type: ignore[attr-defined]
    return Actor("citizen", number, ""), occasion


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of the portal, with what its frame needs."""
    number = request.session.get(SESSION_KEY) or ""
    frame = {
        "signed_in": bool(number),
        "ends_with": number[-SHOWN_DIGITS:],
        "here": _here(request),
        "demo": settings.HOSO_DEMO,
        "law": OWN_DATA_BASIS,
    }
    return render(request, template, {**frame, **(context or {})}, status=status)


def _here(request: HttpRequest) -> str:
    """Where the other language of this page is: here, unless here only takes forms."""
    match = request.resolver_match
    if request.method in {"GET", "HEAD"} or (match and match.url_name == "access"):
        return request.get_full_path()
    return reverse("portal")


def problem_page(request: HttpRequest, problem: Problem, typed: str = "") -> HttpResponse:
    """A page that says what went wrong and what to do; `typed` is kept for the visitor."""
    context = {"problem": problem, "typed": typed}
    reply = page(request, "portal/problem.html", context, status=problem.status)
    for name, value in problem.headers.items():
        reply[name] = value
    return reply


def signed_out(request: HttpRequest, *, refused: bool = False, typed: str = "") -> HttpResponse:
    """The page for whom nobody knows: how to sign in, and what they had typed."""
    status = 403 if refused or request.method == "POST" else 200
    return page(
        request, "portal/signed_out.html", {"refused": refused, "typed": typed}, status=status
    )


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: a form that this service did not hand out, or handed out too long ago."""
    problem = Refused(_("This form is no longer good. Open the page again and send it once more."))
    # Another site's form must not put its words on a page of ours.
    ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    return problem_page(request, problem, typed=request.POST.get("text", "") if ours else "")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: what Django itself refuses to read."""
    if not _of_the_portal(request):
        return problems.bad_request(request, exception)
    return problem_page(request, anticipated(exception) or Malformed())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`: an address that does not exist."""
    if not _of_the_portal(request):
        return problems.not_found(request, exception)
    return problem_page(request, Missing(_("There is nothing at this address.")))


def failed(request: HttpRequest) -> HttpResponse:
    """`handler500`: a bug. The page asks nothing of the database, which may be what is wrong."""
    if not _of_the_portal(request):
        return problems.failed(request)
    number = getattr(request, "request_id", "")
    return HttpResponse(
        render_to_string("portal/failed.html", {"request_id": number, "here": reverse("portal")}),
        status=500,
    )


def _of_the_portal(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("portal")) and hasattr(request, "session")
