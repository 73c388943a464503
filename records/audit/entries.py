"""One entry for each look and each change; one row for each person or firm it was about."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from records.actors import Actor, Occasion
from records.errors import Conflict, Invalid, Missing, Problem, Refused, Stale

# An entry's outcome for each anticipated failure; a failure that is none of these was not an attempt.
# An invalid value is one: what is wrong with it may tell what is recorded.
OUTCOMES: dict[type[Problem], str] = {
    Refused: "refused",
    Missing: "missing",
    Conflict: "conflict",
    Stale: "stale",
    Invalid: "invalid",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What audit keeps of one act: field names, never values.

    `subjects` are the numbers of the people and firms it was about, in order; `outcome` is `done`,
    or what came instead.
    """

    actor: Actor
    occasion: Occasion
    action: str
    collection: str
    record_key: str = ""
    record_id: UUID | None = None
    fieldset: str = ""
    fields: tuple[str, ...] = ()
    operation: str = ""
    agreement_id: UUID | None = None
    legal_basis: str = ""
    subjects: tuple[str, ...] = ()
    outcome: str = "done"


INSERT = """
WITH entry AS (
  INSERT INTO audit_entry (request_id, actor_kind, actor_id, actor_name, agency, agency_name,
    agreement_id, purpose, legal_basis, case_reference, action, operation, collection, record_id,
    record_key, fieldset, fields, outcome, address)
  VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
  RETURNING at, id
)
INSERT INTO audit_subject (at, entry_id, ord, subject)
SELECT entry.at, entry.id, given.ord, given.subject
FROM entry, unnest(%s::text[]) WITH ORDINALITY AS given (subject, ord)
"""


INSERT_ALL = """
WITH given AS (
  SELECT * FROM jsonb_to_recordset(%(given)s) AS g (agreement_id uuid, legal_basis text, fields text[],
    subjects text[])
), entry AS (
  INSERT INTO audit_entry (request_id, actor_kind, actor_id, actor_name, agency, agency_name,
    agreement_id, purpose, legal_basis, case_reference, action, operation, collection, record_id,
    record_key, fieldset, fields, outcome, address)
  SELECT %(request_id)s, %(kind)s, %(id)s, %(name)s, %(agency)s, %(agency_name)s, given.agreement_id,
    %(purpose)s, given.legal_basis, %(case_reference)s, %(action)s, '', %(collection)s, NULL::uuid,
    %(record_key)s, '', given.fields, 'done', %(address)s
  FROM given RETURNING at, id, agreement_id, legal_basis
)
INSERT INTO audit_subject (at, entry_id, ord, subject)
SELECT entry.at, entry.id, said.ord, said.subject FROM entry JOIN given
  ON given.agreement_id IS NOT DISTINCT FROM entry.agreement_id
  AND given.legal_basis = entry.legal_basis,
  unnest(given.subjects) WITH ORDINALITY AS said (subject, ord)
"""


def write_all(several: Sequence[Entry]) -> None:
    """Write the entries of one look under several leaves, each another one, in one statement."""
    if not several:
        return
    actor, occasion, entry = several[0].actor, several[0].occasion, several[0]
    given = [
        {
            "agreement_id": each.agreement_id and str(each.agreement_id),
            "legal_basis": each.legal_basis,
            "fields": each.fields,
            "subjects": list(dict.fromkeys(each.subjects)),
        }
        for each in several
    ]
    said: dict[str, Any] = {"given": Jsonb(given)}
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT_ALL,
            said
            | {
                "request_id": occasion.request_id,
                "kind": actor.kind,
                "id": actor.id,
                "name": actor.name,
                "agency": actor.agency,
                "agency_name": actor.agency_name,
                "purpose": occasion.purpose,
                "case_reference": occasion.case_reference,
                "action": entry.action,
                "collection": entry.collection,
                "record_key": printable(entry.record_key),
                "address": occasion.address,
            },
        )


def write(entry: Entry) -> None:
    """Write `entry` and its subjects, in one statement of the running transaction."""
    actor, occasion = entry.actor, entry.occasion
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                occasion.request_id,
                actor.kind,
                actor.id,
                actor.name,
                actor.agency,
                actor.agency_name,
                entry.agreement_id,
                occasion.purpose,
                entry.legal_basis,
                occasion.case_reference,
                entry.action,
                entry.operation,
                entry.collection,
                entry.record_id,
                printable(entry.record_key),
                printable(entry.fieldset),
                list(entry.fields),
                entry.outcome,
                occasion.address,
                list(dict.fromkeys(entry.subjects)),
            ],
        )


def printable(text: str) -> str:
    """What a caller sent in place of a name, as far as a column can hold it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:100])


def write_alone(problem: Problem) -> None:
    """Write the entry that a problem carries in a transaction of its own, after the rollback."""
    if problem.entry is not None:
        with transaction.atomic():
            write(problem.entry)


@contextmanager
def attempt(entry: Entry, about: Callable[[], Sequence[str]] | None = None) -> Iterator[None]:
    """Hang `entry` on an anticipated failure that leaves this block, with its outcome.

    Trying is looking: the door that answers the caller writes the entry after the rollback. `about`: the
    numbers of those whom a failure was about, besides the entry's own.
    """
    try:
        yield
    except Problem as problem:
        outcome = next((word for kind, word in OUTCOMES.items() if isinstance(problem, kind)), None)
        if outcome and problem.entry is None:
            subjects = (*entry.subjects, *(about() if about else ()))
            problem.entry = replace(entry, outcome=outcome, subjects=subjects)
        raise


@dataclass(frozen=True, slots=True)
class Seen:
    """One access to a person's data, as the person may read it."""

    at: datetime.datetime
    id: UUID
    actor_kind: str
    agency: str
    agency_name: str
    purpose: str
    legal_basis: str
    case_reference: str
    action: str
    operation: str
    collection: str
    record_key: str
    fields: list[str]
    outcome: str
    request_id: UUID
    own: bool


# What stands under a lawful delay is left out here and nowhere else. An entry about two numbers of one
# person is one look. `own`: the person's own visit, under any of their numbers.
SEEN = """
SELECT DISTINCT ON (about.at, about.entry_id) entry.at, entry.id, actor_kind, agency, agency_name,
  purpose, legal_basis, case_reference, action, operation, collection, record_key, fields, outcome,
  request_id, (actor_kind = 'citizen' AND actor_id = ANY(%(numbers)s)) AS own
FROM audit_subject AS about
JOIN audit_entry AS entry ON entry.at = about.at AND entry.id = about.entry_id
WHERE about.subject = ANY(%(numbers)s) AND (visible_after IS NULL OR visible_after <= now())
"""
ABOUT = f"""{SEEN}
  AND (about.at, about.entry_id) < (%(at)s, %(id)s)
  AND (%(own)s::boolean IS NULL
    OR (actor_kind = 'citizen' AND actor_id = ANY(%(numbers)s)) = %(own)s)
ORDER BY about.at DESC, about.entry_id DESC
LIMIT %(limit)s
"""
ONE = f"""{SEEN}
  AND (about.at, about.entry_id) = (%(at)s, %(id)s)
"""
LAST = (datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC), UUID(int=2**128 - 1))


def about(
    numbers: Sequence[str],
    *,
    before: tuple[datetime.datetime, UUID] = LAST,
    limit: int = 50,
    own: bool | None = None,
) -> list[Seen]:
    """The accesses to whoever has, or had, one of `numbers`, newest first, at most `limit`.

    `before` is the (at, id) that the page before ended with. `own`: True for the person's own visits
    alone, False for everybody else's, other citizens' among them.
    """
    at, entry = before
    given: dict[str, Any] = {
        "numbers": list(numbers),
        "at": at,
        "id": entry,
        "own": own,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(ABOUT, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [Seen(*row) for row in rows]


def one_about(numbers: Sequence[str], at: datetime.datetime, entry: UUID) -> Seen | None:
    """The access of that moment and id, where it is about one of `numbers` and may be told."""
    with connection.cursor() as cursor:
        cursor.execute(ONE, {"numbers": list(numbers), "at": at, "id": entry})
        row: tuple[Any, ...] | None = cursor.fetchone()
    return Seen(*row) if row else None
