"""Stage `apply`: what was checked becomes records, a chunk a transaction, with history and audit.

A record that changed since the check is not overwritten: its row is `stale`. What the database still
refuses is narrowed down to its row, which is told and left out. Doing a chunk twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from records.access import grants
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.history.speaking import speak_for
from records.imports.merging import Merge, merge_of, subjects_sql
from records.imports.models import Chunk, Import
from records.imports.values import in_languages
from records.imports.working import beat, who
from records.registry import RecordType, record_types
from records.rules import conflict_of

#: Which warnings are kept with the record: how a value came to be what it is.
KEPT = ("repaired", "structure", "foreign_reference")


@dataclass(frozen=True, slots=True)
class _Work:
    job: Import
    record_type: RecordType
    merge: Merge
    fields: tuple[str, ...]
    by: Actor
    occasion: Occasion


def apply(job: Import) -> None:
    """Write the rows of `job` that were found good. Raises Refused where the leave has ended."""
    record_type = record_types()[job.collection]
    fields = tuple(column["field"] for column in job.columns)
    actor, occasion = who(job.decided_by or job.by)
    work = _Work(job, record_type, merge_of(record_type, fields), fields, actor, occasion)
    for chunk in Chunk.objects.filter(import_id=job.id, ended_at=None).order_by("first"):
        for verb in ("create", "amend"):
            grants.permit(actor, record_type, verb, fieldset=job.fieldset, occasion=occasion)
        _chunk(work, chunk)


def _chunk(work: _Work, chunk: Chunk) -> None:
    """One chunk: whole, or, where a row of it is refused, part by part."""
    done = {"created": 0, "changed": 0, "stale": 0, "refused": 0}
    waiting = [(chunk.first, chunk.last)]
    with transaction.atomic():
        while waiting:
            first, last = waiting.pop()
            try:
                with transaction.atomic():
                    created, changed, stale = _write(work, first, last)
            except (IntegrityError, DataError) as error:
                if first < last:
                    middle = (first + last) // 2
                    waiting += [(middle + 1, last), (first, middle)]
                    continue
                _refuse(work, first, error)
                done["refused"] += 1
                continue
            done["created"] += created
            done["changed"] += changed
            done["stale"] += stale
        Chunk.objects.filter(import_id=chunk.import_id, first=chunk.first).update(
            ended_at=Now(), **done
        )
        beat(work.job, rows_done=chunk.last)


def _write(work: _Work, first: int, last: int) -> tuple[int, int, int]:
    """Write places `first` to `last`: how many records are new, how many changed, how many rows stale."""
    speak_for(work.by, work.job.reason, work.occasion, import_id=str(work.job.id))
    place = {"job": work.job.id, "first": first, "last": last}
    with connection.cursor() as cursor:
        changed, before = _amend(cursor, work, place)
        created = _create(cursor, work, place)
        written = [*changed, *created]
        stale = _stale(cursor, work, place, written)
        about = list(dict.fromkeys([*before, *_subjects(cursor, work.record_type, written)]))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if written:
        entries.write(
            Entry(
                work.by,
                work.occasion,
                "import",
                work.job.collection,
                str(work.job.id),
                fieldset=work.job.fieldset,
                fields=work.fields,
                agreement_id=work.job.agreement_id,
                legal_basis=work.job.legal_basis,
                subjects=tuple(about),
            )
        )
    return len(created), len(changed), stale


PICKED = """
  SELECT line.line, line.place, line.record_id, line.seen, row.cells, (
    SELECT jsonb_agg(jsonb_build_object('field', found.field, 'code', found.code, 'detail',
      coalesce(found.detail->>%(language)s, found.raw)) ORDER BY found.field, found.code)
    FROM import_fault AS found
    WHERE found.import_id = line.import_id AND found.line = line.line AND found.code = ANY(%(kept)s)
  ) AS warned
  FROM import_line AS line JOIN import_row AS row USING (import_id, line)
  WHERE line.import_id = %(job)s AND line.place BETWEEN %(first)s AND %(last)s
"""


def _amend(cursor: Any, work: _Work, place: dict[str, Any]) -> tuple[list[UUID], list[str]]:
    """Change the records whose rows say something else: their ids, and whom they were about before."""
    merge, table = work.merge, work.merge.table
    cursor.execute(
        f"""
        SELECT rec.id FROM import_line AS line JOIN {table} AS rec ON rec.id = line.record_id
        WHERE line.import_id = %(job)s AND line.place BETWEEN %(first)s AND %(last)s
          AND line.outcome = 'changed' AND rec.version = line.seen AND rec.closed_on IS NULL
        ORDER BY rec.id FOR UPDATE OF rec
        """,
        place,
    )
    ids = [found for (found,) in cursor.fetchall()]
    if not ids:
        return [], []
    before = _subjects(cursor, work.record_type, ids)
    written = [name for name in merge.given if name not in work.record_type.identity]
    sets = ", ".join(f'"{name}" = {merge.merged[name]}' for name in written)
    kept = "(SELECT jsonb_agg(w) FROM jsonb_array_elements(rec.warnings) AS w"
    kept += " WHERE NOT w->>'field' = ANY(%(fields)s))"
    cursor.execute(
        f"""
        WITH row AS ({PICKED} AND line.outcome = 'changed')
        UPDATE {table} AS held SET {sets.replace('rec."', 'held."')},
          warnings = coalesce({kept.replace("rec.", "held.")}, '[]') || coalesce(row.warned, '[]')
        FROM row WHERE held.id = row.record_id AND held.id = ANY(%(ids)s)
        RETURNING held.id
        """,
        {
            **place,
            "ids": ids,
            "fields": list(work.fields),
            "kept": list(KEPT),
            "language": settings.LANGUAGE_CODE,
        },
    )
    return [found for (found,) in cursor.fetchall()], before


def _create(cursor: Any, work: _Work, place: dict[str, Any]) -> list[UUID]:
    """Record what is new: the ids. What somebody recorded meanwhile is left alone."""
    merge, record_type = work.merge, work.record_type
    names = list(merge.given)
    columns = ", ".join(f'"{name}"' for name in names)
    # Nothing is recorded yet, so there is nothing to fall back to but a column's default.
    values = ", ".join(merge.merged[name].replace(f'rec."{name}"', "NULL") for name in names)
    identity = ", ".join(f'"{name}"' for name in record_type.identity)
    cursor.execute(
        f"""
        WITH row AS ({PICKED} AND line.outcome = 'new')
        INSERT INTO {merge.table} ({columns}, source, warnings)
        SELECT {values}, %(source)s, coalesce(row.warned, '[]') FROM row ORDER BY row.place
        ON CONFLICT ({identity}) DO NOTHING
        RETURNING id
        """,
        {
            **place,
            "source": f"import:{work.job.id}",
            "kept": list(KEPT),
            "language": settings.LANGUAGE_CODE,
        },
    )
    return [found for (found,) in cursor.fetchall()]


def _stale(cursor: Any, work: _Work, place: dict[str, Any], written: list[UUID]) -> int:
    """Tell the rows whose record is not what it was at the check: how many."""
    merge = work.merge
    told: dict[str, Any] = {
        **place,
        "written": written,
        "field": work.record_type.identity[0],
        "detail": Jsonb(in_languages(_STALE)),
    }
    cursor.execute(
        f"""
        INSERT INTO import_fault (import_id, line, field, code, severity, stage, detail, raw)
        SELECT line.import_id, line.line, %(field)s, 'stale', 'error', 'applying', %(detail)s::jsonb, ''
        FROM import_line AS line JOIN import_row AS row USING (import_id, line)
        LEFT JOIN {merge.table} AS rec ON {merge.same}
        WHERE line.import_id = %(job)s AND line.place BETWEEN %(first)s AND %(last)s
          AND (rec.id IS NULL OR rec.id <> ALL(%(written)s))
        ON CONFLICT DO NOTHING
        """,
        told,
    )
    return int(cursor.rowcount)


def _refuse(work: _Work, place: int, error: Exception) -> None:
    problem = conflict_of(work.record_type, error)
    told: dict[str, Any] = {
        "job": work.job.id,
        "place": place,
        "field": work.record_type.identity[0],
        "detail": Jsonb(in_languages(problem.detail)),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO import_fault (import_id, line, field, code, severity, stage, detail, raw)
            SELECT import_id, line, %(field)s, 'conflict', 'error', 'applying', %(detail)s::jsonb, ''
            FROM import_line WHERE import_id = %(job)s AND place = %(place)s
            ON CONFLICT DO NOTHING
            """,
            told,
        )


def _subjects(cursor: Any, record_type: RecordType, ids: list[UUID]) -> list[str]:
    about = subjects_sql(record_type)
    if not about or not ids:
        return []
    cursor.execute(f"SELECT subject FROM ({about}) AS about WHERE id = ANY(%s)", [ids])
    return [subject for (subject,) in cursor.fetchall()]


_STALE = _("The record was changed after this file was checked. Check the file again.")
