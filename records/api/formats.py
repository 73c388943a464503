"""JSON in, JSON out; never more than `settings.MAX_BODY_BYTES`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from records.errors import Malformed, TooLarge
from records.quantities import plain


class JSON(BaseParser):
    """Strict JSON (RFC 8259): UTF-8, no NaN, no lone surrogate, no bottomless nesting."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            raise TooLarge
        try:
            return orjson.loads(body)
        except ValueError as error:
            raise Malformed(
                _("The body is not valid JSON: %(why)s") % {"why": str(error)[:200]},
                code="malformed_json",
            ) from error


class ToJSON(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise | Decimal):
        return plain(value)
    raise TypeError(type(value).__name__)


class JSONOnly(BaseContentNegotiation):
    """There is one format; whatever a client would rather have, it gets that (RFC 9110, 12.5.1)."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return parsers[0] if given in {"", "application/json"} else None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type
