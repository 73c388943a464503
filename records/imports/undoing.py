"""Stage `undo`: what an import wrote is taken back where nobody changed it since, a chunk a transaction.

History is the journal. An import's events say what it wrote: what it made is closed, what it amended says
again what it said before. The latest is taken back first. An undoing speaks like any other change, and
its own events say what is done already; so it goes on where it stood, and a second one tries again what
the first had to leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import F
from django.utils import timezone
from psycopg.types.json import Jsonb

from records.access.grants import Permit
from records.actors import Actor, Occasion
from records.audit import entries
from records.history.speaking import speak_for
from records.imports.merging import merge_of, quoted, subjects_among
from records.imports.models import Import, Left, Why
from records.imports.values import in_languages
from records.imports.working import UNDO, beat, entry_of, leave_over, who
from records.models import UNDONE
from records.registry import ByKind, RecordType, record_types
from records.rules import conflict_of

#: Records in one transaction.
CHUNK = 2_000
#: After how long a query over the whole import is given up.
LONGEST = "5min"

# Of the events `wrote`: an import's own, its undoing's among them; those that are not; and what finds all
# of them by their index. A chunk is found by the numbers of its few events instead.
THEIRS = "wrote.pgh_context->>'import_id' = %(job)s"
WROTE = f"{THEIRS} AND wrote.pgh_context->>'operation' IS NULL"
INDEXED = "wrote.pgh_context ? 'import_id'"


@dataclass(frozen=True)
class _Work:
    job: Import
    record_type: RecordType
    by: Actor
    occasion: Occasion

    @cached_property
    def table(self) -> str:
        return quoted(self.record_type)

    @cached_property
    def events(self) -> str:
        return connection.ops.quote_name(self.record_type.events._meta.db_table)

    @cached_property
    def given_back(self) -> list[str]:
        """What an undoing writes: the columns that an import may write, but those that identify."""
        fixed = {self.record_type.key, *self.record_type.identity}
        names = [name for name in self.record_type.writable if name not in fixed]
        return [*names, "source", "warnings", "closed_on", "closed_reason"]

    @cached_property
    def same(self) -> str:
        """SQL: that `rec` says what the import's event `wrote` made it say: nobody changed it since, or a
        later import did and was undone."""
        now, then = (
            ", ".join(f'{row}."{name}"' for name in self.given_back) for row in ("rec", "wrote")
        )
        return (
            f"(rec.version = wrote.version OR (({now}) IS NOT DISTINCT FROM ({then}) AND EXISTS ("
            f"SELECT FROM {self.events} AS latest WHERE latest.pgh_obj_id = rec.id"
            " AND latest.version = rec.version AND latest.pgh_context->>'operation' = %(operation)s"
            " AND latest.pgh_context->>'import_id' <> %(job)s)))"
        )


def undo(job: Import) -> None:
    """Take back what `job` wrote; what cannot be is noted (`Left`). Raises Refused without leave."""
    work = _Work(job, record_types()[job.collection], *who(job.undone_by or job.by))
    refused = [place for low, high in _waiting(work) for place in _some(work, low, high)]
    for place in refused:
        # Another record may have been in its way.
        _some(work, place, place, last=True)
    _find_lines(work)


def forecast(job: Import) -> dict[str, int]:
    """What undoing would do by now: records that would be closed, restored, and left as changed since."""
    work = _Work(job, record_types()[job.collection], *who(job.by))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) FILTER (WHERE same AND made), count(*) FILTER (WHERE same AND NOT made),
              count(*) FILTER (WHERE NOT same)
            FROM (SELECT {work.same} AS same, wrote.pgh_label = 'insert' AS made
              FROM {work.events} AS wrote JOIN {work.table} AS rec ON rec.id = wrote.pgh_obj_id
              WHERE {INDEXED} AND {WROTE} AND NOT {_undone(work)}) AS found
            """,
            {"job": str(job.id), "operation": UNDO},
        )
        return dict(zip(("closed", "restored", "changed"), cursor.fetchone(), strict=True))


def _undone(work: _Work) -> str:
    """SQL: that the record of `wrote` was taken back by an undoing of this import."""
    return (
        f"EXISTS (SELECT FROM {work.events} AS mine WHERE mine.pgh_obj_id = wrote.pgh_obj_id"
        " AND mine.pgh_context->>'import_id' = %(job)s"
        " AND mine.pgh_context->>'operation' = %(operation)s)"
    )


def _waiting(work: _Work) -> list[tuple[int, int]]:
    """From which event to which, the last chunk first: what is neither taken back nor left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'; SET LOCAL work_mem = '128MB'")
        cursor.execute(
            f"""
            SELECT min(event), max(event) FROM (
              SELECT event, (row_number() OVER (ORDER BY event DESC) - 1) / %(chunk)s AS part FROM (
                SELECT pgh_obj_id, min(pgh_id) AS event FROM {work.events} AS wrote
                WHERE {INDEXED} AND {THEIRS}
                GROUP BY pgh_obj_id
                HAVING bool_and(pgh_context->>'operation' IS DISTINCT FROM %(operation)s)) AS wrote
              WHERE NOT EXISTS (SELECT FROM import_left AS kept
                WHERE kept.import_id = %(job)s::uuid AND kept.record_id = wrote.pgh_obj_id)) AS parts
            GROUP BY part ORDER BY part
            """,
            {"job": str(work.job.id), "operation": UNDO, "chunk": CHUNK},
        )
        found: list[tuple[int, int]] = cursor.fetchall()
        return found


def _some(work: _Work, low: int, high: int, *, last: bool = False) -> list[int]:
    """Take back what the events from `low` to `high` wrote; returns those that the database refused,
    found by halving. `last`: a refusal is final, and noted."""
    allowed = _allowed(work)
    try:
        with transaction.atomic():
            beat(work.job, rows_done=F("rows_done") + _take_back(work, allowed, low, high))
    except (IntegrityError, DataError) as error:
        if low < high:
            middle = (low + high) // 2
            return [*_some(work, middle + 1, high), *_some(work, low, middle)]
        if not last:
            beat(work.job)
            return [low]
        with transaction.atomic():
            _note_refused(work, low, error)
            beat(work.job, rows_done=F("rows_done") + 1)
    return []


def _allowed(work: _Work) -> Permit:
    with entries.attempt(entry_of(work.job, "undo", work.by, work.occasion)):
        return leave_over(work.job, work.by, work.occasion)


def _take_back(work: _Work, allowed: Permit, low: int, high: int) -> int:
    """How many records were taken back or left."""
    speak_for(
        work.by,
        work.job.undo_reason or "",
        work.occasion,
        import_id=str(work.job.id),
        operation=UNDO,
    )
    told = {"job": str(work.job.id), "operation": UNDO, "low": low, "high": high}
    with connection.cursor() as cursor:
        made, amended = _held(cursor, work, told)
        referred = _referred(cursor, work, made)
        closing = [one for one in made if one not in referred]
        about = subjects_among(cursor, work.record_type, [*closing, *amended])
        _close(cursor, work, closing)
        restored = _restore(cursor, work, told, amended)
        lost = set(amended) - set(restored)
        _note(cursor, work, lost, Why.LOST)
        left = [*referred, *lost, *_changed(cursor, work, told)]
        about += subjects_among(cursor, work.record_type, [*restored, *left])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    done = len(closing) + len(restored) + len(left)
    if done:
        subjects = tuple(dict.fromkeys(about))
        entries.write(entry_of(work.job, "undo", work.by, work.occasion, allowed, subjects))
    return done


def _held(cursor: Any, work: _Work, told: dict[str, Any]) -> tuple[list[UUID], list[UUID]]:
    """The records that say what the import made them say, locked: those it made, those it amended."""
    cursor.execute(
        f"""
        SELECT rec.id, wrote.pgh_label = 'insert'
        FROM {work.events} AS wrote
        JOIN {work.table} AS rec ON rec.id = wrote.pgh_obj_id AND {work.same}
        WHERE wrote.pgh_id BETWEEN %(low)s AND %(high)s AND {WROTE}
        ORDER BY rec.id FOR UPDATE OF rec
        """,
        told,
    )
    found = cursor.fetchall()
    return [one for one, made in found if made], [one for one, made in found if not made]


def _close(cursor: Any, work: _Work, ids: list[UUID]) -> None:
    """Close what the import made. Its source says that it may be recorded again (`UNDONE`)."""
    cursor.execute(
        f"UPDATE {work.table} SET closed_on = %s, closed_reason = %s, source = %s WHERE id = ANY(%s)",
        [timezone.localdate(), work.job.undo_reason, f"{UNDONE}{work.job.id}", ids],
    )


def _restore(cursor: Any, work: _Work, told: dict[str, Any], ids: list[UUID]) -> list[UUID]:
    """Have amended records say what they said before; returns those of which history knows it."""
    sets = ", ".join(f'"{name}" = before."{name}"' for name in work.given_back)
    cursor.execute(
        f"""
        UPDATE {work.table} AS rec SET {sets}
        FROM {work.events} AS wrote JOIN {work.events} AS before
          ON before.pgh_obj_id = wrote.pgh_obj_id AND before.version = wrote.version - 1
        WHERE wrote.pgh_id BETWEEN %(low)s AND %(high)s AND {WROTE}
          AND rec.id = wrote.pgh_obj_id AND rec.id = ANY(%(ids)s)
        RETURNING rec.id
        """,
        {**told, "ids": ids},
    )
    return [found for (found,) in cursor.fetchall()]


def _changed(cursor: Any, work: _Work, told: dict[str, Any]) -> list[UUID]:
    """Note the records that somebody changed since, with who did so last, by kind, and when."""
    cursor.execute(
        f"""
        INSERT INTO import_left (import_id, record_id, key, why, by, at)
        SELECT %(job)s::uuid, rec.id, rec."{work.record_type.key}"::text, '{Why.CHANGED}',
          latest.by, latest.at
        FROM {work.events} AS wrote
        JOIN {work.table} AS rec ON rec.id = wrote.pgh_obj_id AND NOT {work.same}
        CROSS JOIN LATERAL (
          SELECT pgh_context->>'actor_kind' AS by, pgh_created_at AS at FROM {work.events}
          WHERE pgh_obj_id = rec.id ORDER BY pgh_created_at DESC, pgh_id DESC LIMIT 1) AS latest
        WHERE wrote.pgh_id BETWEEN %(low)s AND %(high)s AND {WROTE} AND NOT {_undone(work)}
        ON CONFLICT DO NOTHING RETURNING record_id
        """,
        told,
    )
    return [found for (found,) in cursor.fetchall()]


def _referred(cursor: Any, work: _Work, ids: list[UUID]) -> set[UUID]:
    """Note those of the records `ids` to which an open record refers that this import did not make."""
    found: set[UUID] = set()
    for record_type, column, key, meant in _referring(work.record_type):
        if not ids:
            break
        cursor.execute(
            f"""
            INSERT INTO import_left (import_id, record_id, key, why, by)
            SELECT %(job)s, rec.id, rec."{work.record_type.key}"::text, '{Why.REFERRED}', %(from)s
            FROM {work.table} AS rec WHERE rec.id = ANY(%(ids)s) AND EXISTS (
              SELECT FROM {quoted(record_type)} AS other WHERE other."{column}" = rec."{key}" {meant}
              AND other.closed_on IS NULL AND other.source IS DISTINCT FROM %(source)s)
            ON CONFLICT DO NOTHING RETURNING record_id
            """,
            {
                "job": work.job.id,
                "ids": ids,
                "from": record_type.collection,
                "source": f"import:{work.job.id}",
            },
        )
        found |= {one for (one,) in cursor.fetchall()}
    return found


def _referring(target: RecordType) -> Iterable[tuple[RecordType, str, str, str]]:
    """Where records point to `target`: whose column, to which of its columns, and SQL for when."""
    for record_type in record_types().values():
        for name, field in record_type.columns.items():
            if isinstance(field, models.ForeignKey):
                if field.related_model is target.model:
                    yield record_type, name, str(field.target_field.column), ""
                continue
            for kind, collection in record_type.pointed_at(name):
                if collection == target.collection:
                    said, meant = record_type.references[name], ""
                    if isinstance(said, ByKind):
                        meant = f"AND other.\"{said.column}\" = '{kind}'"
                    yield record_type, name, target.key, meant


def _note(cursor: Any, work: _Work, ids: Iterable[UUID], why: Why, detail: Any = None) -> None:
    cursor.execute(
        f"""
        INSERT INTO import_left (import_id, record_id, key, why, detail)
        SELECT %s, id, "{work.record_type.key}"::text, %s, %s FROM {work.table} WHERE id = ANY(%s)
        ON CONFLICT DO NOTHING
        """,
        [work.job.id, why.value, Jsonb(detail or {}), list(ids)],
    )


def _note_refused(work: _Work, event: int, error: Exception) -> None:
    problem = conflict_of(work.record_type, error)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pgh_obj_id FROM {work.events} WHERE pgh_id = %s", [event])
        ids = [one for (one,) in cursor.fetchall()]
        _note(cursor, work, ids, Why.CONFLICT, in_languages(problem.detail))


def _find_lines(work: _Work) -> None:
    """Say in which row of the file each record that was left stands, as far as its rows are kept."""
    if not Left.objects.filter(import_id=work.job.id).exists():
        return
    merge = merge_of(work.record_type, [column["field"] for column in work.job.columns])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
        cursor.execute(
            f"""
            UPDATE import_left AS kept SET line = found.line FROM (
              SELECT rec.id, min(row.line) AS line
              FROM import_left AS here JOIN {merge.table} AS rec ON rec.id = here.record_id
              JOIN import_row AS row ON row.import_id = here.import_id AND {merge.same}
              WHERE here.import_id = %(job)s GROUP BY rec.id) AS found
            WHERE kept.import_id = %(job)s AND kept.record_id = found.id
            """,
            {"job": work.job.id},
        )
