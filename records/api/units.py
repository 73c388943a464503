"""Administrative units, open to all: reference data, in which nobody is named."""

from __future__ import annotations

import datetime
import re
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records.api import cursors, values
from records.api.replies import ROOT
from records.errors import Fault, Malformed, Missing
from records.fields import Date, Text
from records.units import wording
from records.units.models import Level
from records.units.snapshot import Known, Link, fold, snapshot

CODE = re.compile("[0-9]{2}|[0-9]{3}|[0-9]{5}", re.ASCII)
NAME = Text(max_length=100)
DAY = Date()


class NoUnit(Missing):
    """A code that never was, or not on the day asked for."""

    code, title = "unknown_unit", _("There is no such unit.")


class OpenView(APIView):
    """Open to all, on purpose. Described by hand, in unit_shapes."""

    authentication_classes = ()
    permission_classes = ()
    metadata_class = None
    schema = None


class UnitsView(OpenView):
    """The units in force on a day, in the order of their codes."""

    def get(self, request: Request) -> Response:
        asked = values.query(
            request, frozenset({"level", "parent", "on", "name", "limit", "cursor"})
        )
        on = day(asked) or snapshot().day
        limit = values.limit(asked.get("limit"))
        question = {"units": {k: v for k, v in asked.items() if k not in {"limit", "cursor"}}}
        cursor = asked.get("cursor")
        after = cursors.load(cursor, question) if cursor is not None else ""
        found = matching(asked, on, after, limit + 1)
        following, headers = None, {}
        if len(found) > limit:
            again = {k: v for k, v in asked.items() if k != "cursor"}
            onward = urlencode({**again, "cursor": cursors.dump(found[limit - 1].code, question)})
            following = f"{ROOT}/units?{onward}"
            headers["Link"] = f'<{following}>; rel="next"'
        items = [shown(unit) for unit in found[:limit]]
        return public(request, {"items": items, "next": following}, headers)


class UnitView(OpenView):
    """What a code meant on a day; without one, the newest unit of that code."""

    def get(self, request: Request, code: str) -> Response:
        asked = values.query(request, frozenset({"on"}))
        return public(request, shown(unit_of(code, day(asked))))


class BecomesView(OpenView):
    """Today's successors of a unit; without a day, of the newest of that code that has any."""

    def get(self, request: Request, code: str) -> Response:
        on = day(values.query(request, frozenset({"on"})))
        unit_of(code, on)
        unit = snapshot().ended(code, on)
        assert unit is not None
        return public(request, linked(unit, snapshot().becomes(code, on)))


class WasView(OpenView):
    """All that a unit was made of; without a day, the newest unit of that code."""

    def get(self, request: Request, code: str) -> Response:
        on = day(values.query(request, frozenset({"on"})))
        return public(request, linked(unit_of(code, on), snapshot().was(code, on)))


def day(asked: dict[str, str]) -> datetime.date | None:
    """The day asked for, if one is. Raises Malformed."""
    if "on" not in asked:
        return None
    found: datetime.date = judged("on", DAY, asked["on"])
    return found


def judged(name: str, field: Any, text: str) -> Any:
    """A parameter's value. Raises Malformed."""
    try:
        return field.clean(text, None)
    except ValidationError as error:
        fault = Fault(name, "format", error.messages[0])
        raise Malformed(fault.detail, code="filter", faults=[fault]) from error


def unit_of(code: str, on: datetime.date | None) -> Known:
    """The unit that a code meant. Raises Malformed, or Missing with what the code did mean."""
    if not CODE.fullmatch(code):
        text = _("A unit's code is 2, 3 or 5 digits: 79, 718, 25747.")
        raise Malformed(text, code="unit_code", faults=[Fault("code", "format", text)])
    if unit := snapshot().at(code, on):
        return unit
    if on is None or snapshot().at(code) is None:
        raise NoUnit(wording.never(code))
    raise NoUnit(
        wording.not_then(code, on),
        code="unit_not_then",
        held=[shown(unit) for unit in snapshot().units[code]],
        becomes=[link_shown(link) for link in snapshot().becomes(code)],
    )


def matching(asked: dict[str, str], on: datetime.date, after: str, most: int) -> list[Known]:
    """The first `most` units after a code that answer the question. Raises Malformed."""
    level, parent = asked.get("level"), asked.get("parent")
    if level is not None and level not in Level.values:
        text = _("A level is one of: province, district, commune.")
        raise Malformed(text, code="filter", faults=[Fault("level", "choice", text)])
    if parent is not None:
        try:
            unit_of(parent, on)
        except Missing as problem:
            fault = Fault("parent", problem.code, problem.detail)
            raise Malformed(fault.detail, code=problem.code, faults=[fault]) from problem
    part = named(asked)
    found = []
    for code, units in sorted(snapshot().units.items()):
        unit = next((u for u in units if u.holds_on(on)), None) if code > after else None
        if (
            unit
            and level in {None, unit.level}
            and parent in {None, unit.parent_code}
            and part in snapshot().folded[unit]
        ):
            found.append(unit)
            if len(found) == most:
                break
    return found


def named(asked: dict[str, str]) -> str:
    """The folded part of a name that is asked for; empty where none is. Raises Malformed."""
    if "name" not in asked:
        return ""
    part = fold(judged("name", NAME, asked["name"]))
    if not part:
        text = _("A name has at least one letter or digit.")
        raise Malformed(text, code="filter", faults=[Fault("name", "format", text)])
    return part


def shown(unit: Known) -> dict[str, Any]:
    """A unit, as it is shown."""
    return unit._asdict()


def link_shown(link: Link) -> dict[str, Any]:
    """A unit at the end of changes, and how it hangs together with the one asked for."""
    return {
        **shown(link.unit),
        "extent": link.extent,
        "default": link.default,
        "effective_on": link.on,
    }


def linked(unit: Known, links: tuple[Link, ...]) -> dict[str, Any]:
    """Which unit was meant, and those that hang together with it."""
    return {"unit": shown(unit), "items": [link_shown(link) for link in links]}


def public(request: Request, body: Any, headers: dict[str, str] | None = None) -> Response:
    """A reply that anybody may keep for an hour; 304 where the caller has it already."""
    known = snapshot()
    # Weak: the same units, whatever a signed cursor looks like this time.
    etag = f'W/"{known.version}-{known.day:%Y%m%d}"'
    keep = {"ETag": etag, "Cache-Control": "public, max-age=3600", **(headers or {})}
    if etag in re.split(r"\s*,\s*", request.headers.get("If-None-Match", "").strip()):
        return Response(status=304, headers=keep)
    return Response(body, headers=keep)
