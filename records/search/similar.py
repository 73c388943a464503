"""Records that may speak of the same person or thing: equal in something that is seldom shared."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from records.registry import RecordType
from records.rows import META, Plan

#: The most records that one reason may bring.
MOST = 50


def similar(
    record_type: RecordType, record_id: UUID, reading: Plan, where: Q
) -> list[tuple[tuple[Any, ...], list[str]]]:
    """Rows of `reading` that resemble a record, each with the columns that agree, most reasons first.

    A reason (`RecordType.similar`) counts only where all its columns are shown; a name counts as
    folded. Bounded: MOST rows a reason.
    """
    model = record_type.model
    found: dict[UUID, tuple[tuple[Any, ...], list[str]]] = {}
    for columns in record_type.similar:
        if not set(columns) <= set(reading.names):
            continue
        compared = {_compared(record_type, name): name for name in columns}
        mine = model._base_manager.filter(pk=record_id).values(*compared).first()
        if mine is None or None in mine.values():
            continue
        alike = model._base_manager.filter(where, **mine).exclude(pk=record_id)
        for row in alike.values_list(*reading.paths)[:MOST]:
            _row, reasons = found.setdefault(row[META.index("id")], (row, []))
            reasons += [name for name in columns if name not in reasons]
    return sorted(found.values(), key=lambda pair: -len(pair[1]))[:MOST]


def _compared(record_type: RecordType, name: str) -> str:
    """The path by which a column is compared: names by what they are searched by."""
    return "folded" if name == record_type.search[0] else record_type.path(name)
