"""The audit tables' months: made ahead by the owner, because the running service may not."""

from __future__ import annotations

import datetime
import itertools

from django.db import connections
from django.utils import timezone

TABLES = ("audit_entry", "audit_subject")
AHEAD = 24


def months(start: datetime.date, count: int) -> list[datetime.date]:
    """The first days of `count` months, beginning with the month of `start`."""
    first = start.year * 12 + start.month - 1
    return [datetime.date(n // 12, n % 12 + 1, 1) for n in range(first, first + count)]


def prepare(using: str, *, ahead: int = AHEAD) -> list[str]:
    """Make this month's partition and those of the next `ahead` months. Returns the names made.

    Needs the owner's connection. A month of which rows stand in DEFAULT already cannot be made:
    PostgreSQL refuses it, and `readyz` has warned two months before.
    """
    starts = months(timezone.now().astimezone(datetime.UTC).date(), ahead + 2)
    made = []
    with connections[using].cursor() as cursor:
        for table in TABLES:
            for start, end in itertools.pairwise(starts):
                name = f"{table}_{start:%Y_%m}"
                cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
                if cursor.fetchone()[0]:
                    cursor.execute(
                        f"CREATE TABLE {name} PARTITION OF {table}"
                        f" FOR VALUES FROM ('{start}T00:00:00Z') TO ('{end}T00:00:00Z')"
                    )
                    made.append(name)
    return made


def alarms() -> list[str]:
    """What is wrong with the partitions, in words for the operator; empty when all is well."""
    found = []
    later = months(timezone.now().astimezone(datetime.UTC).date(), 3)[-1]
    with connections["default"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table}_default)")
            if cursor.fetchone()[0]:
                found.append(f"{table}_default holds rows: a month had no partition")
            cursor.execute("SELECT to_regclass(%s) IS NULL", [f"{table}_{later:%Y_%m}"])
            if cursor.fetchone()[0]:
                found.append(f"{table}: no partition for {later:%Y-%m}; run prepare_partitions")
    return found
