"""A number for each request: in the reply, in audit, in history and in every log line."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the request an id of our own making, and say it in `Request-Id`."""

    def numbered(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4()  # type: ignore[attr-defined]
        _current.set(str(request.request_id))  # type: ignore[attr-defined]
        response = get_response(request)
        response["Request-Id"] = str(request.request_id)  # type: ignore[attr-defined]
        return response

    return numbered


class RequestIdFilter(logging.Filter):
    """Puts the running request's id on log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _current.get()
        return True
