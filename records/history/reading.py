"""What a record said at a moment, and how it came to say something else."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from records.errors import Malformed
from records.registry import RecordType, shown_as


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a record's history. `changed`: column → (before, after).

    `by`: what kind of actor, of what agency; `who`: their name, for the office itself. `subjects`: the
    numbers of whom the record was about before and after, as far as it names them itself. `import_id`:
    of the import that this step is of.
    """

    id: int
    version: int
    at: datetime.datetime
    event: str
    by: dict[str, Any]
    who: str
    reason: str
    operation: str
    import_id: str
    changed: dict[str, tuple[Any, Any]]
    subjects: tuple[str, ...]


def settled() -> datetime.datetime:
    """The newest instant about which nothing can change any more.

    An event is stamped when its row is written and seen when its transaction commits; so an instant
    is settled once every write that began before it has ended. A write whose beginning this role may
    not see unsettles everything until it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least(clock_timestamp(), min(coalesce(xact_start, '1000-01-01')))"
            " FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_xid IS NOT NULL AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        moment: datetime.datetime = cursor.fetchone()[0]
        return moment


def refuse_unsettled(moment: datetime.datetime) -> None:
    """Raise Malformed `unsettled` for an instant about which a running write may still speak."""
    if moment > settled():
        raise Malformed(
            _("This instant is not settled yet. Ask for an earlier one, or leave as_of out."),
            code="unsettled",
        )


def as_of(
    record_type: RecordType, record_id: UUID, moment: datetime.datetime, names: Sequence[str]
) -> dict[str, Any] | None:
    """The columns `names` (a parent's too) and `version` as they stood at `moment`; None: not yet.

    `moment` must be settled.
    """
    row = (
        record_type.events._base_manager.filter(pgh_obj_id=record_id, pgh_created_at__lte=moment)
        .order_by("-pgh_created_at", "-pgh_id")
        .values()
        .first()
    )
    if row is None:
        return None
    values = {name: row[record_type.path(name)] for name in names if "__" not in name}
    values["version"], values["closed_on"] = row["version"], row["closed_on"]
    values["warnings"] = row["warnings"]
    for name in names:
        if "__" in name:
            values[shown_as(name)] = _parents(record_type, name, row, moment)
    return values


def _parents(
    record_type: RecordType, name: str, row: dict[str, Any], moment: datetime.datetime
) -> Any:
    head, _sep, column = name.partition("__")
    key = record_type.model._meta.get_field(head)
    assert isinstance(key, models.ForeignKey)
    parent = key.related_model
    assert isinstance(parent, type)
    events = parent._meta.get_field("events").related_model
    assert isinstance(events, type)
    found = parent._base_manager.filter(**{key.target_field.name: row[key.attname]})
    return (
        events._base_manager.filter(pgh_obj_id=found.values("pk")[:1], pgh_created_at__lte=moment)
        .order_by("-pgh_created_at", "-pgh_id")
        .values_list(column, flat=True)
        .first()
    )


def changes(
    record_type: RecordType,
    record_id: UUID,
    names: Sequence[str],
    *,
    within: models.Q,
    before: int | None = None,
    limit: int = 50,
) -> list[Change]:
    """A record's steps, newest first, told in the columns `names` only; at most `limit`.

    `within`: which states may be shown. `before` is the `id` that the page before ended with.
    """
    own = [name for name in names if "__" not in name]
    found = record_type.events._base_manager.filter(within, pgh_obj_id=record_id)
    if before is not None:
        found = found.filter(pgh_id__lt=before)
    rows = list(found.order_by("-pgh_created_at", "-pgh_id").values()[: limit + 1])
    return [
        _change(record_type, own, row, rows[i + 1] if i + 1 < len(rows) else None)
        for i, row in enumerate(rows[:limit])
    ]


def _change(
    record_type: RecordType, names: list[str], row: dict[str, Any], older: dict[str, Any] | None
) -> Change:
    context = row["pgh_context"]
    paths = {name: record_type.path(name) for name in (*names, "closed_on")}
    changed = {
        name: (older[path] if older else None, row[path])
        for name, path in paths.items()
        if row[path] != (older[path] if older else None)
    }
    return Change(
        id=row["pgh_id"],
        version=row["version"],
        at=row["pgh_created_at"],
        event="created" if older is None and row["pgh_label"] == "insert" else "changed",
        by={
            "kind": context["actor_kind"],
            "agency": context["agency"] or None,
            "agency_name": context["agency_name"] or None,
        },
        who=context["actor_name"],
        # Why, or by what, something changed that is not shown could tell what it was.
        reason=context["reason"] if changed else "",
        operation=context.get("operation", "") if changed else "",
        import_id=context.get("import_id", "") if changed else "",
        changed=changed,
        subjects=_subjects(record_type, row, older or {}),
    )


def _subjects(record_type: RecordType, *rows: dict[str, Any]) -> tuple[str, ...]:
    own = [record_type.path(s) for s in record_type.subjects if "__" not in s]
    return tuple(row[path] for row in rows for path in own if row.get(path))
