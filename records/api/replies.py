"""What replies look like."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from records.disclosure import Disclosed
from records.history.reading import Change
from records.models import Record
from records.registry import RecordType, type_of
from records.search.finding import Found
from records.units.snapshot import Link

ROOT = "/api/v1"


def address(record_type: RecordType, key: Any) -> str:
    """The address of a record."""
    return f"{ROOT}/{record_type.collection}/{quote(str(key).replace('/', '~'), safe='~')}"


def one(seen: Disclosed, status: int = 200) -> Response:
    """The reply that shows one record."""
    headers = {"ETag": seen.etag, "Content-Location": address(seen.record_type, seen.key)}
    return Response(seen.values, status=status, headers=headers)


def key_of(record: Record) -> str:
    """A record's key, as text."""
    record_type = type_of(type(record))
    return str(getattr(record, record_type.path(record_type.key)))


def units_of(sources: tuple[Link, ...]) -> list[dict[str, Any]]:
    """Under which units the records of a unit are filed, and how much of each is that unit now."""
    return [
        {
            "code": link.unit.code,
            "name": link.unit.full_name,
            "valid_from": link.unit.valid_from,
            "valid_to": link.unit.valid_to,
            "extent": link.extent,
        }
        for link in sources
    ]


def search_of(found: Found) -> dict[str, Any]:
    """What a page says of its search: how many of its last items only resemble what was asked, and
    whether there are more than can be sorted."""
    told: dict[str, Any] = {"near": found.near, "capped": found.capped}
    if found.capped:
        told["hint"] = _("More than 1,000 answer: add a word.")
    return told


def step_of(step: Change) -> dict[str, Any]:
    """One step of a history, as it is shown."""
    return {
        "version": step.version,
        "at": step.at,
        "event": step.event,
        "by": step.by,
        "reason": step.reason,
        "operation": step.operation or None,
        "import": step.import_id or None,
        "changed": [
            {"field": name, "before": before, "after": now}
            for name, (before, now) in step.changed.items()
        ],
    }
