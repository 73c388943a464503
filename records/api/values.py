"""What a request says, in Python's types: headers, query, body. Anything unreadable is a Problem."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.access.grants import PUBLIC_INFORMATION
from records.actors import Occasion
from records.errors import Fault, Invalid, Malformed, Unconditional
from records.fields import Text
from records.history.reading import settled

REASON = Text(max_length=1000)
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PRINTABLE = re.compile(r"[\x20-\x7e]{1,100}")
RESERVED = frozenset({"fieldset", "limit", "cursor", "subject", "as_of", "q"})


def occasion(request: HttpRequest) -> Occasion:
    """Why the call is made. Raises Malformed without a readable `Access-Purpose`."""
    purpose = request.headers.get("Access-Purpose", "")
    case = request.headers.get("Case-Reference", "")
    if not WORD.fullmatch(purpose):
        raise Malformed(
            _("Say why in Access-Purpose: one of your agreement's purposes."),
            code="purpose_required",
        )
    if case and not PRINTABLE.fullmatch(case):
        raise Malformed(_("Case-Reference is at most 100 printable ASCII characters."))
    return Occasion(purpose, case, address(request), request.request_id)  # type: ignore[attr-defined]


def open_occasion(request: HttpRequest) -> Occasion:
    """The occasion of whoever reads what is open to all: nobody is asked why."""
    return Occasion(
        PUBLIC_INFORMATION,
        address=address(request),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )


def address(request: HttpRequest) -> str | None:
    """From where the request came; behind a proxy, from where the proxy says it came."""
    said = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        said = request.headers.get("X-Forwarded-For", said).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return None


def query(request: HttpRequest, known: frozenset[str] | None = None) -> dict[str, str]:
    """The query's parameters, each said once. `known`: those that exist here; None: any.

    Raises Malformed.
    """
    found = {}
    for name, said in request.GET.lists():
        if len(said) > 1 or (known is not None and name not in known):
            raise Malformed(
                _("Each query parameter is said once, and only those that exist here."),
                code="unknown_parameter",
                parameters=sorted(known) if known is not None else [],
            )
        found[name] = said[0]
    return found


def limit(text: str | None) -> int:
    """How many rows are asked for: 1 to 200, 50 where nothing is said."""
    if text is None:
        return 50
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 200:
        raise Malformed(code="limit", faults=[Fault("limit", "range", _("1 to 200."))])
    return int(text)


def as_of(text: str | None) -> datetime.datetime | None:
    """The instant asked for: ISO 8601. A day alone is its last moment here; today's is now."""
    if text is None:
        return None
    # A plus that was not escaped arrives as a blank.
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", text)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = datetime.date.fromisoformat(text)
            end = datetime.datetime.combine(day, datetime.time.max)
            moment = timezone.make_aware(end)
            return min(moment, settled()) if day == timezone.localdate() else moment
        moment = datetime.datetime.fromisoformat(text)
        moment = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
        moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(
            code="as_of",
            faults=[Fault("as_of", "format", _("A day (2026-06-30) or an instant is needed."))],
        ) from error
    return moment


def seen_version(request: HttpRequest) -> int:
    """The version that If-Match names. Raises Unconditional, Malformed."""
    tag = request.headers.get("If-Match")
    if tag is None:
        raise Unconditional
    found = re.fullmatch(r'"([0-9]{1,9})"', tag.strip())
    if not found:
        raise Malformed(_('If-Match is one ETag as it was given: "3".'), code="if_match")
    return int(found[1])


def members(body: Any) -> dict[str, Any]:
    """A body that must be a JSON object. Raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed(_("The body is a JSON object."), code="not_an_object")
    return body


def reason(body: dict[str, Any], *, required: bool) -> str:
    """Take `reason` out of a body. Raises Invalid."""
    given = body.pop("reason", None)
    if given is None and not required:
        return ""
    try:
        if not isinstance(given, str) or not given:
            raise ValidationError(_("Say why: this is kept with the change."), code="missing")
        return str(REASON.clean(given, None) or "")
    except ValidationError as error:
        first = error.error_list[0]
        code = "missing" if first.code == "null" else first.code or "format"
        raise Invalid(faults=[Fault("reason", code, first.messages[0])]) from error


def typed(body: Mapping[str, Any], fields: Mapping[str, models.Field[Any, Any]]) -> dict[str, Any]:
    """A body's members, each of the JSON type that its field is written in. Raises Invalid.

    What a value says is judged where it is written, not here.
    """
    faults = []
    for name, value in body.items():
        field = fields.get(name)
        if field is None:
            faults.append(Fault(name[:100], "unknown_field", _("There is no such field here.")))
        elif value is not None and type(value) is not json_type(field):
            text = (
                _("This needs a JSON number.")
                if json_type(field) is int
                else _("This needs a JSON string.")
            )
            faults.append(Fault(name, "format", text))
        elif isinstance(value, int) and abs(value) > 2**53:
            faults.append(Fault(name, "range", _("This number is too large.")))
    if faults:
        raise Invalid(faults=faults)
    return dict(body)


def json_type(field: models.Field[Any, Any]) -> type:
    """The Python type of a field's JSON form."""
    return int if isinstance(field, models.IntegerField) else str


def day(text: str | None, name: str, field: models.Field[Any, Any]) -> datetime.date | None:
    """A body's day, judged by `field`; None where none is said. Raises Invalid."""
    if text is None:
        return None
    try:
        found: datetime.date = field.clean(text, None)
    except ValidationError as error:
        first = error.error_list[0]
        raise Invalid(faults=[Fault(name, first.code or "format", first.messages[0])]) from error
    return found
