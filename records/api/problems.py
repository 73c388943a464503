"""Every anticipated failure as `application/problem+json` (RFC 9457), in the language asked for."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from psycopg import errors as pg
from rest_framework import exceptions
from rest_framework.response import Response

from records.audit import entries
from records.errors import Conflict, Malformed, Missing, Problem, TooBroad, TooLarge

CONTENT_TYPE = "application/problem+json"
#: Left where it is expected: another writer holds the record, or the search ran too long.
BUSY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)


class NotAllowed(Problem):
    status, code, title = 405, "method_not_allowed", _("This cannot be done to this address.")


class NotUnderstood(Problem):
    status, code, title = 415, "unsupported_media_type", _("Send application/json.")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's exception handler: an anticipated failure's reply, or None for a bug.

    The entry that a problem carries is written here, after the rollback, in a transaction of its own.
    """
    problem = anticipated(error)
    if problem is None:
        return None
    entries.write_alone(problem)
    request = context["request"]
    return Response(
        body(problem, request._request),
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def anticipated(error: Exception) -> Problem | None:
    """The problem that an exception of Django's, REST framework's or the database's stands for."""
    match error:
        case Problem():
            return error
        case Http404() | exceptions.NotFound():
            return Missing(_("There is nothing at this address."))
        case exceptions.MethodNotAllowed():
            return NotAllowed()
        case exceptions.UnsupportedMediaType():
            return NotUnderstood()
        case RequestDataTooBig():
            return TooLarge()
        case exceptions.APIException() | SuspiciousOperation():
            return Malformed()
        case OperationalError():
            if isinstance(error.__cause__, pg.QueryCanceled):
                return TooBroad()
            if isinstance(error.__cause__, BUSY):
                return Conflict(
                    _("Somebody else is changing this. Try again."),
                    code="busy",
                    headers={"Retry-After": "1"},
                )
    return None


def body(problem: Problem, request: HttpRequest) -> dict[str, Any]:
    """The members of a problem document; `code` is stable, `instance` is the request's id."""
    document: dict[str, Any] = {
        "type": f"urn:ho-so:problem:{problem.code}",
        "title": force_str(type(problem).title),
        "status": problem.status,
        "detail": force_str(problem.detail),
        "code": problem.code,
        "instance": f"urn:uuid:{getattr(request, 'request_id', '')}",
        **problem.more,
    }
    if problem.faults:
        document["errors"] = [
            {"field": f.field, "code": f.code, "detail": force_str(f.detail)}
            for f in problem.faults
        ]
    return document


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """A problem outside REST framework's views."""
    return HttpResponse(
        orjson.dumps(body(problem, request), default=str),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`: an address that does not exist."""
    return answer(Missing(_("There is nothing at this address.")), request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: what Django itself refuses to read."""
    return answer(anticipated(exception) or Malformed(), request)


def failed(request: HttpRequest) -> HttpResponse:
    """`handler500`: a bug. It says nothing of itself but the number under which it was logged."""
    return answer(
        Problem(_("Something went wrong here. Tell us the number of this request."), code="failed"),
        request,
    )
