"""Writes the list of units into the database: COPY into a temporary table, then one upsert each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from records.units.files import CHANGES, UNITS, Listed
from records.units.models import Unit, UnitChange, UnitList

UPSERT = """
INSERT INTO {table} AS held ({columns}) SELECT {columns} FROM {given} ORDER BY {key}
ON CONFLICT ({key}) DO UPDATE SET {assigned}
WHERE ({old}) IS DISTINCT FROM ({new})
RETURNING xmax = 0
"""
Progress = Callable[[str, int, int], None]


class Counts(NamedTuple):
    """What a load did to one table."""

    new: int
    changed: int
    unchanged: int


def loaded(checksum: str) -> bool:
    """Whether the list with this checksum is what the database holds."""
    return UnitList.objects.filter(checksum=checksum).exists()


def load(listed: Listed, checksum: str, progress: Progress) -> tuple[Counts, Counts]:
    """Write units and changes, all or nothing, and raise the version where that changes anything.

    Rows are never taken away.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Several hosts may start at the same time; the second finds nothing left to do.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('load_units'))")
        units = _upsert(Unit, UNITS, ("code", "valid_from"), listed.units.values(), progress)
        changes = _upsert(
            UnitChange,
            CHANGES,
            ("old_code", "old_valid_from", "new_code", "new_valid_from"),
            listed.changes.values(),
            progress,
        )
        held = UnitList.objects.first() or UnitList(version=0)
        held.version += any(counts.new or counts.changed for counts in (units, changes))
        held.checksum = checksum
        held.save()
    return units, changes


def _upsert(
    model: type[models.Model],
    names: tuple[str, ...],
    key: tuple[str, ...],
    rows: Collection[dict[str, Any]],
    progress: Progress,
) -> Counts:
    table, given = model._meta.db_table, f"{model._meta.db_table}_given"
    columns = ", ".join(names)
    rest = [name for name in names if name not in key]
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {given} ON COMMIT DROP AS"
            f" SELECT {columns} FROM {table} WITH NO DATA"
        )
        with cursor.copy(f"COPY {given} ({columns}) FROM STDIN") as copy:
            for n, row in enumerate(rows, start=1):
                copy.write_row([row[name] for name in names])
                progress(model._meta.db_table, n, len(rows))
        cursor.execute(
            UPSERT.format(
                table=table,
                given=given,
                columns=columns,
                key=", ".join(key),
                assigned=", ".join(f"{name} = EXCLUDED.{name}" for name in rest),
                old=", ".join(f"held.{name}" for name in rest),
                new=", ".join(f"EXCLUDED.{name}" for name in rest),
            )
        )
        news = [new for (new,) in cursor.fetchall()]
        cursor.execute(f"DROP TABLE {given}")
    return Counts(sum(news), len(news) - sum(news), len(rows) - len(news))
