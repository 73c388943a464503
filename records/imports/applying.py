"""Stage `apply`: what was checked becomes records, a chunk a transaction, with history and audit.

A record that changed since the check is not overwritten: its row is `stale`. What the database still
refuses is narrowed down to its row, which is told and left out. Doing a chunk twice changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.history.speaking import speak_for
from records.imports.merging import GONE, Merge, merge_of, subjects_among
from records.imports.models import Chunk, Import
from records.imports.values import in_languages
from records.imports.working import MOST_TRIES, beat, entry_of, leave_over, unhurried, who
from records.models import Reckoned
from records.registry import RecordType, Warned, record_types
from records.rules import conflict_of, reckonings

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

#: Which warnings are kept with the record: how a value came to be what it is.
KEPT = ("repaired", "foreign_reference")


@dataclass(frozen=True, slots=True)
class _Work:
    job: Import
    record_type: RecordType
    merge: Merge
    fields: tuple[str, ...]
    by: Actor
    occasion: Occasion
    allowed: Permit


def apply(job: Import) -> None:
    """Write the rows of `job` that were found good. Raises Refused where the leave has ended."""
    record_type = record_types()[job.collection]
    fields = tuple(column["field"] for column in job.columns)
    actor, occasion = who(job.decided_by or job.by)
    merge = merge_of(record_type, fields)
    waiting = Chunk.objects.filter(import_id=job.id, ended_at=None).order_by("tries", "first")
    doubtful = True
    while chunk := waiting.first():
        with entries.attempt(entry_of(job, "import", actor, occasion)):
            allowed = leave_over(job, actor, occasion)
        work = _Work(job, record_type, merge, fields, actor, occasion, allowed)
        if (doubtful or chunk.starts) and not _dared(work, chunk):
            continue
        _chunk(work, chunk)
        doubtful = False


def _dared(work: _Work, chunk: Chunk) -> bool:
    """Count a start of the chunk before it is made: the run before may have been killed by its rows.

    Only the first chunk of a run is doubtful, and what was halved, so that the others cost nothing more.
    False: it had its tries, and is halved instead, or its one row set aside.
    """
    with transaction.atomic():
        # One less: the first time that it killed somebody may not have been counted.
        if chunk.starts < MOST_TRIES - 1:
            _these(chunk).update(starts=F("starts") + 1)
            beat(work.job, tries=F("tries"))
            return True
        if chunk.first < chunk.last:
            _halve(work, chunk, doubtful=True)
        else:
            _refuse(work, chunk.first, _BROKE_OFF)
            _end(work, chunk, refused=1)
    return False


def _chunk(work: _Work, chunk: Chunk) -> None:
    """One chunk; what the database refuses of it is halved, down to the row, which waits and is tried
    once more at the end: another row may have been in its way."""
    try:
        with transaction.atomic():
            created, changed, stale = _write(work, chunk.first, chunk.last)
            if created + changed + stale != chunk.last - chunk.first + 1:
                raise RuntimeError(f"rows of {work.job.id} are missing from {chunk.first} on")
            _end(work, chunk, created=created, changed=changed, stale=stale)
    except (IntegrityError, DataError) as error:
        with transaction.atomic():
            if chunk.first < chunk.last:
                _halve(work, chunk)
            elif not chunk.tries:
                _these(chunk).update(tries=1)
                beat(work.job)
            else:
                _refuse(work, chunk.first, conflict_of(work.record_type, error).detail)
                _end(work, chunk, refused=1)


def _end(work: _Work, chunk: Chunk, **done: int) -> None:
    _these(chunk).update(ended_at=Now(), **done)
    beat(work.job, rows_done=F("rows_done") + chunk.last - chunk.first + 1)


def _halve(work: _Work, chunk: Chunk, *, doubtful: bool = False) -> None:
    """`doubtful`: one of the halves kills; either has one more try, but a single row all of its own."""
    middle = (chunk.first + chunk.last) // 2
    left, right = (
        {"last": last, "starts": (MOST_TRIES - 2 if first < last else 1) if doubtful else 0}
        for first, last in ((chunk.first, middle), (middle + 1, chunk.last))
    )
    _these(chunk).update(**left)
    Chunk.objects.create(import_id=chunk.import_id, first=middle + 1, **right)
    beat(work.job)


def _these(chunk: Chunk) -> QuerySet[Chunk]:
    return Chunk.objects.filter(import_id=chunk.import_id, first=chunk.first)


def _write(work: _Work, first: int, last: int) -> tuple[int, int, int]:
    """Write places `first` to `last`: how many records are new, how many changed, how many rows stale."""
    speak_for(work.by, work.job.reason, work.occasion, import_id=str(work.job.id))
    place = {"job": work.job.id, "first": first, "last": last}
    with connection.cursor() as cursor:
        unhurried(cursor)
        changed, before = _amend(cursor, work, place)
        created = _create(cursor, work, place)
        written = [*changed, *created]
        # Only where a row is not accounted for is it asked which.
        whole = len(written) == last - first + 1
        stale = 0 if whole else _stale(cursor, work, place, written)
        about = list(dict.fromkeys([*before, *subjects_among(cursor, work.record_type, written)]))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if written:
        entries.write(
            entry_of(work.job, "import", work.by, work.occasion, work.allowed, tuple(about))
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
    before = subjects_among(cursor, work.record_type, ids)
    told = {**place, "ids": ids, "fields": list(work.fields)}
    told |= {"kept": list(KEPT), "language": settings.LANGUAGE_CODE}
    lines, found = _warned(cursor, work, told)
    written = [name for name in merge.given if name not in work.record_type.identity]
    sets = "".join(f'"{name}" = {merge.merged[name]}, ' for name in written)
    cursor.execute(
        f"""
        WITH row AS ({PICKED} AND line.outcome = 'changed'),
        judged AS (SELECT * FROM unnest(%(lines)s::int[], %(warned)s::jsonb[]) AS each (line, found))
        UPDATE {table} AS rec SET {sets} warnings = coalesce(
            (SELECT jsonb_agg(w) FROM jsonb_array_elements(rec.warnings) AS w
             WHERE w->>'field' <> ALL(%(fields)s) AND w->>'code' <> 'structure'), '[]')
          || coalesce(row.warned, '[]') || coalesce(judged.found, '[]')
        FROM row LEFT JOIN judged USING (line)
        WHERE rec.id = row.record_id AND rec.id = ANY(%(ids)s)
        RETURNING rec.id
        """,
        {**told, "lines": lines, "warned": found},
    )
    return [found for (found,) in cursor.fetchall()], before


def _warned(cursor: Any, work: _Work, told: dict[str, Any]) -> tuple[list[int], list[Any]]:
    """What looks wrong in the records as they will stand: lines, and the warnings of each.

    A file may hold only some of the columns that a warning rests on, so it is asked of the whole record.
    """
    record_type, merge = work.record_type, work.merge
    if not record_type.warns and not reckonings(record_type):
        return [], []
    names, rules = record_type.writable, reckonings(record_type)
    merged = ", ".join(f'{merge.merged[name]} AS "{name}"' for name in names)
    columns = ", ".join(
        [f'one."{name}"::text' for name in names]
        + [f'coalesce(one."{rule.field}" <> {rule.call("one")}, false)' for rule in rules]
    )
    cursor.execute(
        f"""
        WITH row AS ({PICKED} AND line.outcome = 'changed')
        SELECT one.line, {columns} FROM (
          SELECT row.line, {merged} FROM row JOIN {merge.table} AS rec ON rec.id = row.record_id
          WHERE rec.id = ANY(%(ids)s)) AS one
        """,
        told,
    )
    lines, found = [], []
    with translation.override(settings.LANGUAGE_CODE):
        for line, *values in cursor.fetchall():
            said = dict(zip(names, values[: len(names)], strict=True))
            looks = [each for warn in record_type.warns for each in warn(said)]
            looks += [
                _look(rule)
                for rule, unlike in zip(rules, values[len(names) :], strict=True)
                if unlike
            ]
            lines.append(line)
            found.append(json.dumps([asdict(each) for each in looks], ensure_ascii=False))
    return lines, found


def _warnings(record_type: RecordType, merge: Merge) -> str:
    """SQL of the warnings of a new record: those of its row, and where something else would follow from
    what is recorded already."""
    said = ["coalesce(row.warned, '[]')"]
    for rule in reckonings(record_type):
        if rule.field not in merge.given:
            continue
        of = ", ".join(merge.fresh.get(c, "NULL") for c in rule.of)
        unlike = f'{merge.fresh[rule.field]} <> "{rule.name}"({of})'
        look = asdict(_look(rule))
        told = json.dumps([look], ensure_ascii=False).replace("'", "''").replace("%", "%%")
        said.append(f"CASE WHEN {unlike} THEN '{told}'::jsonb ELSE '[]' END")
    return " || ".join(said)


def _look(rule: Reckoned) -> Warned:
    with translation.override(settings.LANGUAGE_CODE):
        return Warned(rule.field, "structure", str(rule.violation_error_message))


def _create(cursor: Any, work: _Work, place: dict[str, Any]) -> list[UUID]:
    """Record what is new: the ids. What somebody recorded meanwhile is left alone; what was recorded once
    and undone is opened again, and says what the row says and nothing else."""
    merge, record_type = work.merge, work.record_type
    columns = ", ".join(f'"{name}"' for name in merge.fresh)
    values = ", ".join(merge.fresh.values())
    identity = ", ".join(f'"{name}"' for name in record_type.identity)
    fixed = {record_type.key, *record_type.identity}
    again = [name for name in record_type.writable if name not in fixed]
    again += ["source", "warnings", "closed_on", "closed_reason"]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in again)
    cursor.execute(
        f"""
        WITH row AS ({PICKED} AND line.outcome = 'new')
        INSERT INTO {merge.table} AS rec ({columns}, source, warnings)
        SELECT {values}, %(source)s, {_warnings(record_type, merge)}
        FROM row ORDER BY row.place
        ON CONFLICT ({identity}) DO UPDATE SET {sets} WHERE {GONE}
        RETURNING rec.id
        """,
        {
            **place,
            "source": f"import:{work.job.id}",
            "kept": [*KEPT, "structure"],
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


def _refuse(work: _Work, place: int, detail: _StrOrPromise) -> None:
    told: dict[str, Any] = {
        "job": work.job.id,
        "place": place,
        "field": work.record_type.identity[0],
        "detail": Jsonb(in_languages(detail)),
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


_BROKE_OFF = _("Recording this row broke off each time. Tell us the number of this import.")
_STALE = _("The record was changed after this file was checked. Send the row again.")
