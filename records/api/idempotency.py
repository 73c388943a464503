"""A POST sent twice takes effect once: its row commits with the effect, and keeps no reply body."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from records.access.models import IdempotentCall
from records.actors import Actor
from records.errors import Conflict, Invalid, Malformed

KEY = re.compile(r"[\x21-\x7e]{1,200}")


def key_of(request: HttpRequest) -> str | None:
    """The Idempotency-Key, or None. Raises Malformed."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise Malformed(
            _("Idempotency-Key is 1 to 200 visible ASCII characters."), code="idempotency_key"
        )
    return key


def fingerprint(request: HttpRequest, body: Any) -> bytes:
    """What makes two calls the same: method, address, the version seen, and body."""
    said = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    seen = request.headers.get("If-Match", "")
    head = f"{request.method} {request.get_full_path()}\n{seen}\n"
    return hashlib.sha256(head.encode() + said).digest()


def once(
    actor: Actor, key: str, print_: bytes, effect: Callable[[], tuple[int, list[list[Any]]]]
) -> tuple[int, list[list[Any]], bool]:
    """What `effect` returns, which takes place once for a key: the status and the records touched, and
    whether they are of an earlier call. In the running transaction. Raises what `earlier` raises.
    """
    before = earlier(actor, key, print_)
    if before is not None:
        return before.status, before.records, True
    status, records = effect()
    keep(actor, key, print_, status, records)
    return status, records, False


def earlier(actor: Actor, key: str, print_: bytes) -> IdempotentCall | None:
    """The call that used `key` before, or None; holds the key until the running transaction ends.

    Raises Conflict while another call with the key is under way, Invalid for a key used otherwise.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor.id}\n{key}"]
        )
        if not cursor.fetchone()[0]:
            raise Conflict(
                _("A call with this Idempotency-Key is under way."),
                code="in_flight",
                headers={"Retry-After": "1"},
            )
    found = IdempotentCall.objects.filter(client_id=actor.id, key=key).first()
    if found and bytes(found.fingerprint) != print_:
        raise Invalid(
            _("This Idempotency-Key was used for another call. Take a new one."),
            code="idempotency_key_reused",
        )
    return found


def keep(actor: Actor, key: str, print_: bytes, status: int, records: list[list[Any]]) -> None:
    """Remember what the running transaction did: `records` are [collection, key, version]."""
    IdempotentCall.objects.create(
        client_id=actor.id, key=key, fingerprint=print_, status=status, records=records
    )
