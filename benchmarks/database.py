"""A database of the benchmark's own, and what is in it. Imported only once Django is set up."""

from __future__ import annotations

import datetime

from django.core.management import call_command
from django.db import connection, connections, transaction

from citizens.samples import person
from records.access import grants, tokens
from records.access.models import Agency, Agreement, Client, Purpose
from records.actors import Occasion, system
from records.history.speaking import speak_for

CHUNK = 10_000  # a statement may take ten seconds


def fill(people: int, purposes: list[str]) -> None:
    """Migrate as the owner; load so many people as the service's role; agree on the purposes."""
    call_command("migrate", database="owner", verbosity=0)
    for first in range(1, people + 1, CHUNK):
        load(range(first, min(first + CHUNK, people + 1)))
    agree(purposes)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connections["owner"].close()


def load(numbers: range) -> None:
    """Record the samples of these numbers by COPY."""
    names = list(person(1))
    with transaction.atomic(), connection.cursor() as cursor:
        speak_for(system("benchmark"), "Dữ liệu đo", Occasion("benchmark"))
        with cursor.copy(f"COPY people ({', '.join(names)}) FROM STDIN") as copy:
            for n in numbers:
                copy.write_row([person(n)[name] for name in names])


def agree(purposes: list[str]) -> None:
    """Make an agency with one client, which may read `people:identity` as often as it likes."""
    agency = Agency.objects.create(code="bench", name="Cơ quan đo")
    Client.objects.create(agency=agency, client_id="bench", name="Hệ thống đo")
    agreement = Agreement.objects.create(
        agency=agency,
        collection="people",
        fieldset="identity",
        verbs=["read"],
        per_minute=100_000_000,
        valid_from=datetime.date(2020, 1, 1),
    )
    for code in purposes:
        basis = "Luật Căn cước 26/2023/QH15, Điều 10"
        agreement.purposes.add(Purpose.objects.create(code=code, title="Đo", legal_basis=basis))


def token() -> str:
    """Return an access token for that client; it is good for five minutes."""
    grants.forget()
    issued: str = tokens.issue("bench", None)["access_token"]
    return issued


def audited(purpose: str) -> tuple[int, int]:
    """Return how many entries, and how many subjects of them, were written for a purpose."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT e.id), count(*) FROM audit_entry e JOIN audit_subject s"
            " ON s.at = e.at AND s.entry_id = e.id WHERE e.purpose = %s AND e.outcome = 'done'",
            [purpose],
        )
        entries, subjects = cursor.fetchone()
        return entries, subjects
