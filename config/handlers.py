"""What Django itself refuses, as each door's callers read it: people a page, others a problem."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from records.api import problems
from records.desk import door
from records.errors import Missing, Refused
from records.portal import doors


def _of_the_desk(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/") and hasattr(request, "user")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    problem = problems.anticipated(exception)
    if problem and _of_the_desk(request):
        return door.told(request, problem)
    return doors.bad_request(request, exception)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    if _of_the_desk(request):
        return door.told(request, Refused())
    return problems.answer(Refused(), request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    if _of_the_desk(request):
        return door.told(request, Missing(_("There is nothing at this address.")))
    return doors.not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """`handler500`: a bug; the page asks nothing of the database, which may be why."""
    if _of_the_desk(request):
        number = getattr(request, "request_id", "")
        return render(request, "desk/failed.html", {"number": number}, status=500)
    return doors.failed(request)
