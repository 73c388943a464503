"""How many calls a minute: exact over all web processes, at less than a query a call.

A process leases an eighth of what is left of the minute, at least one call, from one row; so leases
shrink as the minute's budget does, and no more than the limit ever passes.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from records.access.grants import agreed_with
from records.errors import TooMany

#: What an agency may try a minute where nothing is agreed: refusals are bounded too.
UNAGREED = 60
#: How many calls a minute one address may make without signing in, to one collection.
OPEN = 30
#: Budgets of more callers than this are cleared of those of minutes past.
MANY = 10_000

TAKE = """
INSERT INTO access_lease AS lease (bucket, minute, taken, share)
VALUES (%(bucket)s, %(minute)s, %(first)s, %(first)s)
ON CONFLICT (bucket, minute) DO UPDATE
SET taken = lease.taken + greatest(1, (%(limit)s - lease.taken) / 8),
    share = greatest(1, (%(limit)s - lease.taken) / 8)
WHERE lease.taken < %(limit)s
RETURNING taken, share
"""


@dataclass(slots=True)
class Budget:
    """What is left of a minute, as this process knows it. `resets_in`: seconds."""

    limit: int
    minute: int
    taken: int = 0
    leased: int = 0
    policy: str = "agreement"

    @property
    def left(self) -> int:
        return max(0, self.limit - self.taken) + self.leased

    @property
    def resets_in(self) -> int:
        return max(1, 60 - int(time.time()) % 60)

    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w=60',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.resets_in}',
        }


_budgets: dict[str, Budget] = {}
_lock = threading.Lock()


def spend(agency: str, collection: str, *, agreed: int = 0) -> Budget:
    """Take one call of `agency` to `collection` from this minute. Raises TooMany when none is left.

    `agreed`: the limit of what no agreement gives one of its own.
    """
    rates = [a.per_minute for a in agreed_with(agency) if a.collection == collection]
    limit = max(rates, default=agreed or UNAGREED)
    # A limit that changes begins anew: what was taken under another one says nothing about it.
    words = _("Your agency has used up this minute's calls.")
    return _take(f"{agency}/{collection}/{limit}", Budget(limit, 0), words)


def spend_openly(address: str | None, collection: str) -> Budget:
    """Take one call of whoever is at `address`, and has not signed in. Raises TooMany.

    An address of IPv6 stands for its network of 64 bits, all of which one caller has.
    """
    bucket = f"open:{_caller(address)}/{collection}/{OPEN}"
    words = _("You have asked too often. Wait a minute, then go on.")
    return _take(bucket, Budget(OPEN, 0, policy="open"), words)


def _caller(address: str | None) -> str:
    if address is None:
        return "-"
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        plain = found.ipv4_mapped
        return str(plain or ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def _take(bucket: str, whole: Budget, words: Any) -> Budget:
    """Take one call from a bucket's minute, of which `whole` is the beginning."""
    minute = int(time.time() // 60)
    with _lock:
        if len(_budgets) > MANY:
            for past in [b for b, known in _budgets.items() if known.minute != minute]:
                del _budgets[past]
        budget = _budgets.get(bucket)
        if budget is None or budget.minute != minute:
            budget = _budgets[bucket] = replace(whole, minute=minute)
        if not budget.leased and budget.taken < budget.limit:
            _lease(bucket, budget)
        if not budget.leased:
            raise TooMany(words, headers={"Retry-After": str(budget.resets_in), **budget.headers()})
        budget.leased -= 1
        return replace(budget)


def _lease(bucket: str, budget: Budget) -> None:
    first = max(1, budget.limit // 8)
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {"bucket": bucket, "minute": budget.minute, "first": first, "limit": budget.limit},
        )
        row = cursor.fetchone()
    budget.taken, budget.leased = row or (budget.limit, 0)
