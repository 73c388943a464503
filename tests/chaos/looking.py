"""What an import left behind, in a form in which two runs of one file are the same or are not."""

from __future__ import annotations

from typing import Any

from records.registry import record_types
from tests.journeys.conftest import Service

#: Each is one digest and one count. What differs between two runs of anything, such as an id or an hour,
#: is left out; a record is known by its number.
DIGEST = """
SELECT count(*), md5(coalesce(string_agg(md5(it::text), '' ORDER BY it::text), '')) FROM ({}) AS it
"""
EVENTS = """
SELECT rec.personal_id, event.pgh_label, event.version FROM people_event AS event
JOIN people AS rec ON rec.id = event.pgh_obj_id WHERE event.pgh_context->>'import_id' = %(job)s
"""
ABOUT = """
SELECT entry.action, about.subject FROM audit_entry AS entry
JOIN audit_subject AS about ON about.entry_id = entry.id AND about.at = entry.at
WHERE entry.record_key = %(job)s AND entry.outcome = 'done'
"""
FOUND = """
SELECT line, field, code, severity, stage, detail, raw FROM import_fault WHERE import_id = %(job)s::uuid
"""
LINES = "SELECT line, place, seen, outcome FROM import_line WHERE import_id = %(job)s::uuid"
ROWS = "SELECT line, cells FROM import_row WHERE import_id = %(job)s::uuid"


def records() -> str:
    """Every person, in all that the record says of them, and what it warns of."""
    people = record_types()["people"]
    names = [people.columns[name].column for name in people.writable]
    kept = ["version", "warnings", "closed_on", "folded", "sort_key"]
    columns = ", ".join(f'"{name}"' for name in (*names, *kept))
    return f"SELECT {columns}, source LIKE 'import:%%' AS imported FROM people"


def left(service: Service, job: str) -> dict[str, list[Any]]:
    """By what it is: how many, and the digest of all."""
    asked = {
        "records": records(),
        "history": EVENTS,
        "audit": ABOUT,
        "faults": FOUND,
        "lines": LINES,
        "rows": ROWS,
    }
    return {
        name: list(service.sql(DIGEST.format(query), {"job": job})[0])
        for name, query in asked.items()
    }


def promises(service: Service, job: str, counts: dict[str, int]) -> list[str]:
    """What is not as it must be, whatever another run did: in words."""
    told = {"job": job}
    written = counts["created"] + counts["amended"]

    def ask(query: str) -> Any:
        return service.sql(query, told)[0][0]

    wrong = []
    if (found := ask(f"SELECT count(*) FROM ({EVENTS}) AS it")) != written:
        wrong.append(f"{written} changes have {found} events")
    if found := ask(
        f"SELECT count(*) FROM (SELECT FROM ({EVENTS}) AS it GROUP BY personal_id"
        " HAVING count(*) > 1) AS twice"
    ):
        wrong.append(f"{found} records have more than one event")
    about = f"FROM ({ABOUT}) AS it WHERE action = 'import'"
    if (found := ask(f"SELECT count(*) {about}")) != written:
        wrong.append(f"{written} changes have {found} subjects in the audit")
    if (found := ask(f"SELECT count(DISTINCT subject) {about}")) != written:
        wrong.append(f"the audit names {found} people for {written} changes")
    if found := ask(
        "SELECT count(*) FROM import_chunk WHERE import_id = %(job)s::uuid AND ended_at IS NULL"
    ):
        wrong.append(f"{found} chunks did not end")
    return wrong
