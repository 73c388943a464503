"""What Django itself refuses, as each door's callers read it: people a page, others a problem."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from records.api import problems
from records.desk import door
from records.errors import Missing, Problem, Refused


def _page(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    if request.path.startswith("/admin/"):
        return door.told(request, problem)
    if request.path.startswith("/portal/"):
        return render(request, "portal/problem.html", {"problem": problem}, status=problem.status)
    return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    problem = problems.anticipated(exception)
    page = _page(request, problem) if problem else None
    return page or problems.bad_request(request, exception)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    return _page(request, Refused()) or problems.answer(Refused(), request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    problem = Missing(_("There is nothing at this address."))
    return _page(request, problem) or problems.not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """`handler500`: a bug; the page asks nothing of the database, which may be why."""
    if request.path.startswith(("/admin/", "/portal/")):
        number = getattr(request, "request_id", "")
        return render(request, "desk/failed.html", {"number": number}, status=500)
    return problems.failed(request)
