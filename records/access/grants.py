"""May this actor do this, on this occasion? Deny by default.

A process keeps a snapshot of agencies, clients and agreements, and asks for the newest version at
most once a second: a suspension bites within a second, and a warm read costs no query.
"""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.access.models import Agency, Agreement, Client, ClientKey, Role
from records.actors import Actor, Occasion
from records.errors import Malformed, Refused
from records.registry import RecordType, registries

OPERATIONS = "operations"
OWN_DATA = "own-data"
RECORD_KEEPING = "record-keeping"
PUBLIC_INFORMATION = "public-information"
#: How many records the public is shown at once: to look one up, not to copy all.
PUBLIC_ROWS = 20
MOST_SHOWN = 200
#: How many rows a file may hold that somebody of our own takes away.
MOST_EXPORTED = 1_000_000
OWN_DATA_BASIS = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 4"
CLERKS_BASIS = "Luật Căn cước 26/2023/QH15; Luật Hộ tịch 60/2014/QH13"


@dataclass(frozen=True, slots=True)
class Agreed:
    """One agreement, as the snapshot holds it. `purposes`: code → legal basis."""

    id: UUID
    collection: str
    fieldset: str
    verbs: frozenset[str]
    purposes: Mapping[str, str]
    units: tuple[str, ...]
    rows: int
    per_minute: int
    valid_from: datetime.date
    valid_to: datetime.date | None

    @property
    def scope(self) -> str:
        return f"{self.collection}:{self.fieldset}"

    def holds_on(self, day: datetime.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Partner:
    """A client that may sign in. `keys`: its public JWKs that stand."""

    client_id: str
    name: str
    agency: str
    agency_name: str
    keys: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    version: int = -1
    partners: Mapping[str, Partner] = field(default_factory=dict)
    agreements: Mapping[str, tuple[Agreed, ...]] = field(default_factory=dict)
    roles: Mapping[str, tuple[tuple[str, frozenset[str], str], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to do one thing: these fields, for this reason, about these people and units only.

    `units`, `only_about` and `where` empty: no such bound. `held`: what else is shown of what other
    records say (`Open.held`).
    """

    fieldset: str
    fields: tuple[str, ...]
    legal_basis: str
    agreement_id: UUID | None = None
    units: tuple[str, ...] = ()
    rows: int = MOST_SHOWN
    only_about: tuple[str, ...] = ()
    where: Q = field(default_factory=Q)
    held: tuple[str, ...] = ()


_lock = threading.Lock()
_snapshot = Snapshot()
_asked = float("-inf")


def snapshot() -> Snapshot:
    """Who may do what, not older than `settings.GRANTS_MAX_AGE_SECONDS`."""
    global _snapshot, _asked  # noqa: PLW0603
    now = time.monotonic()
    if now - _asked < settings.GRANTS_MAX_AGE_SECONDS:
        return _snapshot
    with _lock:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM access_grantsversion")
            version = cursor.fetchone()[0]
        if version != _snapshot.version:
            _snapshot = _load(version)
        _asked = now
        return _snapshot


def forget() -> None:
    """Drop this process's snapshot; the next question reads anew."""
    global _snapshot, _asked
    _snapshot, _asked = Snapshot(), float("-inf")


def _load(version: int) -> Snapshot:
    agencies = {a.pk: a for a in Agency.objects.filter(suspended=False)}
    keys: dict[int, list[dict[str, Any]]] = {}
    for key in ClientKey.objects.filter(revoked=False):
        keys.setdefault(key.client_id, []).append({**key.jwk, "kid": key.kid})
    partners = {
        c.client_id: Partner(
            c.client_id,
            c.name,
            agencies[c.agency_id].code,
            agencies[c.agency_id].name,
            tuple(keys.get(c.pk, ())),
        )
        for c in Client.objects.filter(active=True, agency_id__in=agencies)
    }
    agreements: dict[str, list[Agreed]] = {}
    held = Agreement.objects.filter(agency_id__in=agencies).order_by("valid_from", "id")
    for a in held.prefetch_related("purposes"):
        agreements.setdefault(agencies[a.agency_id].code, []).append(
            Agreed(
                a.id,
                a.collection,
                a.fieldset,
                frozenset(a.verbs),
                {p.code: p.legal_basis for p in a.purposes.all()},
                tuple(a.units),
                a.rows,
                a.per_minute,
                a.valid_from,
                a.valid_to,
            )
        )
    roles: dict[str, list[tuple[str, frozenset[str], str]]] = {}
    for role in Role.objects.filter(user__is_active=True).select_related("user"):
        roles.setdefault(role.user.get_username(), []).append(
            (role.registry, frozenset(role.verbs), role.unit)
        )
    return Snapshot(
        version,
        partners,
        {code: tuple(found) for code, found in agreements.items()},
        {name: tuple(found) for name, found in roles.items()},
    )


def agreed_with(agency: str) -> list[Agreed]:
    """The agreements that hold today with `agency` (its code)."""
    today = timezone.localdate()
    return [a for a in snapshot().agreements.get(agency, ()) if a.holds_on(today)]


def permit(
    actor: Actor,
    record_type: RecordType,
    verb: str,
    *,
    fieldset: str | None,
    occasion: Occasion,
    numbers: tuple[str, ...] = (),
) -> Permit:
    """Leave for `actor` to do `verb` with a fieldset of a record type.

    `fieldset` None: the only one that the actor may. `numbers`: all numbers of a citizen. Raises
    Refused where nothing allows it, Malformed where a fieldset must be named.
    """
    match actor.kind:
        case "partner":
            found = _agreed(actor, record_type.collection, verb, fieldset, occasion)
            return Permit(
                found.fieldset,
                record_type.fieldsets[found.fieldset],
                found.purposes[occasion.purpose],
                found.id,
                _within(record_type, found.units),
                found.rows,
            )
        case "citizen":
            if (
                record_type.portal
                and record_type.subjects
                and verb in {"read", "search", "history"}
                and fieldset in {None, record_type.portal}
            ):
                return Permit(
                    record_type.portal,
                    record_type.fieldsets[record_type.portal],
                    OWN_DATA_BASIS,
                    only_about=numbers or (actor.id,),
                )
        case "clerk":
            registry = record_type.model._meta.app_label
            may = [
                r for r in snapshot().roles.get(actor.id, ()) if r[0] == registry and verb in r[1]
            ]
            name = fieldset or widest(record_type.fieldsets)
            if may and name in record_type.fieldsets:
                units = () if any(not r[2] for r in may) else tuple(r[2] for r in may)
                return Permit(
                    name,
                    record_type.fieldsets[name],
                    CLERKS_BASIS,
                    units=_within(record_type, units),
                    rows=_rows(verb),
                )
        case "system":
            name = fieldset or widest(record_type.fieldsets)
            return Permit(name, record_type.fieldsets[name], "", rows=_rows(verb))
        case "public":
            shown, asked = record_type.open, record_type.verifiable
            if shown and verb in {"read", "search"} and fieldset in {None, shown.fieldset}:
                return Permit(
                    shown.fieldset,
                    record_type.fieldsets[shown.fieldset],
                    shown.legal_basis,
                    rows=PUBLIC_ROWS,
                    where=shown.only & Q(closed_on=None),
                    held=tuple(shown.held),
                )
            if asked and verb == "check":
                return Permit("", asked.columns, asked.legal_basis)
    raise Refused(code="not_agreed")


def _rows(verb: str) -> int:
    return MOST_EXPORTED if verb == "export" else MOST_SHOWN


def permit_operation(actor: Actor, name: str, legal_basis: str, occasion: Occasion) -> Permit:
    """Leave for `actor` to run the operation `name`. Raises Refused.

    What is bound to units gives none: an operation touches records of many.
    """
    if actor.kind == "system":
        return Permit(name, (), legal_basis)
    if actor.kind == "partner":
        found = _agreed(actor, OPERATIONS, "run", name, occasion)
        if found.units:
            raise Refused(code="not_agreed")
        return Permit(name, (), found.purposes[occasion.purpose], found.id)
    if actor.kind == "clerk":
        registry = next(
            label for label, r in registries().items() if any(o.name == name for o in r.operations)
        )
        roles = snapshot().roles.get(actor.id, ())
        if any(r[0] == registry and "run" in r[1] and not r[2] for r in roles):
            return Permit(name, (), legal_basis)
    raise Refused(code="not_agreed")


def widest(fieldsets: Mapping[str, tuple[str, ...]]) -> str:
    """The name of the fieldset with the most fields."""
    return max(fieldsets, key=lambda name: len(fieldsets[name]))


def _agreed(
    actor: Actor, collection: str, verb: str, fieldset: str | None, occasion: Occasion
) -> Agreed:
    may = [
        a
        for a in agreed_with(actor.agency)
        if a.collection == collection
        and verb in a.verbs
        and a.scope in actor.scopes
        and fieldset in {None, a.fieldset}
    ]
    if not may:
        raise Refused(_("No agreement with your agency allows this."), code="not_agreed")
    for_this = [a for a in may if occasion.purpose in a.purposes]
    if not for_this:
        raise Refused(
            _(
                "Your agreement does not name this purpose. Send one of its purposes in Access-Purpose."
            ),
            code="purpose_not_agreed",
            purposes=_sorted(p for a in may for p in a.purposes),
        )
    if len({a.fieldset for a in for_this}) > 1:
        raise Malformed(
            _("Several fieldsets are open to you. Name one with ?fieldset=."),
            code="fieldset_required",
            fieldsets=_sorted(a.fieldset for a in for_this),
        )
    return for_this[0]


def _within(record_type: RecordType, units: tuple[str, ...]) -> tuple[str, ...]:
    """The units a permit is bound to. Raises Refused where the records name no unit to bind by."""
    if units and record_type.unit is None:
        raise Refused(code="not_agreed")
    return units


def _sorted(words: Iterable[str]) -> list[str]:
    return sorted(set(words))
