"""Stage `check`: every fault of every row that needs the other rows or what is recorded, set by set.

What the rows would make of their records stands in one temporary table, with the model's own columns,
so that each rule of the model is asked of it as the database would ask. All in one transaction: a check
is whole or was not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from records.audit import entries
from records.imports.faults import find_all
from records.imports.merging import GONE, SUBJECTS, Merge, merge_of, quoted, subjects_sql
from records.imports.models import Chunk, Found, Import, Line, Outcome, Stage
from records.imports.working import entry_of, move, who
from records.registry import RecordType, record_types

#: Records in one transaction of `apply`.
CHUNK = 2_000
#: After how long a query of a check is given up.
LONGEST = "15min"
#: Verdicts that tell whether somebody is recorded: whoever gets one has looked them up.
TELLING = ("format", "reference", "foreign_reference", "conflict")


def check(job: Import) -> None:
    """Find what is wrong with the rows of `job` among each other and with what is recorded.

    In the same transaction it becomes ready, with its counts: rows by verdict, and what they would do.
    Raises HaltedError.
    """
    record_type = record_types()[job.collection]
    fields = [column["field"] for column in job.columns]
    _analyze()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'; SET LOCAL work_mem = '128MB'")
        Found.objects.filter(import_id=job.id).exclude(stage=Stage.READING).delete()
        Line.objects.filter(import_id=job.id).delete()
        Chunk.objects.filter(import_id=job.id).delete()
        # Left only where a check was part of a longer transaction.
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.merged, pg_temp.doubles, pg_temp.unlike, pg_temp.kept_out"
        )
        merge = merge_of(record_type, fields)
        _merged_table(cursor, job, merge)
        find_all(cursor, job, record_type, fields)
        _lines(cursor, job, record_type)
        _audit(cursor, job, record_type)
        counts = counted(cursor, job)
        _chunks(job, counts[Outcome.NEW] + counts[Outcome.CHANGED])
        move(job, Stage.READY, counts=counts)


def _analyze() -> None:
    """Have the database count what was read. Where another import does so just now, that will do."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT analyze_import_rows()")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise


def _merged_table(cursor: Any, job: Import, merge: Merge) -> None:
    columns = ", ".join(f'{expression} AS "{name}"' for name, expression in merge.merged.items())
    cursor.execute(
        f"""
        CREATE TEMP TABLE merged ON COMMIT DROP AS
        SELECT row.line, rec.id AS record_id, rec.version AS seen, rec.closed_on AS ended,
          rec.closed_on, {columns},
          CASE WHEN rec.id IS NULL THEN 'new' WHEN {merge.changes} THEN 'changed' ELSE 'unchanged'
          END AS outcome
        FROM import_row AS row LEFT JOIN {merge.table} AS rec ON {merge.same} AND NOT {GONE}
        WHERE row.import_id = %s
        """,
        [job.id],
    )
    cursor.execute("ANALYZE merged")


def _lines(cursor: Any, job: Import, record_type: RecordType) -> None:
    """Give each row that goes its turn: what changes before what is new, what ends first, then by
    identity."""
    ends = '("valid_to" IS NULL),' if "valid_to" in record_type.columns else ""
    identity = ", ".join(f'"{name}"' for name in record_type.identity)
    cursor.execute(
        f"""
        WITH judged AS (
          SELECT merged.*, outcome = 'unchanged' OR EXISTS (SELECT FROM import_fault AS found
            WHERE found.import_id = %(job)s AND found.line = merged.line
            AND (found.severity = 'error' OR found.code = 'repeated')) AS stays
          FROM merged)
        INSERT INTO import_line (import_id, line, place, record_id, seen, outcome)
        SELECT %(job)s::uuid, line, NULL, record_id, seen, outcome FROM judged WHERE stays
        UNION ALL
        SELECT %(job)s::uuid, line, row_number() OVER (ORDER BY outcome, {ends} {identity}, line),
          record_id, seen, outcome FROM judged WHERE NOT stays
        """,
        {"job": job.id},
    )


def _chunks(job: Import, turns: int) -> None:
    """Cut the rows that have a turn into chunks."""
    Chunk.objects.bulk_create(
        Chunk(import_id=job.id, first=first, last=min(first + CHUNK - 1, turns))
        for first in range(1, turns + 1, CHUNK)
    )


def _audit(cursor: Any, job: Import, record_type: RecordType) -> None:
    """Comparing is looking: an entry about those whose records the file was compared with, and about
    those whom it names and who were looked up."""
    about = subjects_sql(record_type, quoted(record_type), "rec.id")
    named = subjects_sql(record_type, "merged", "rec.line")
    if not about:
        return
    entry = entry_of(job, "compare", *who(job.by))
    cursor.execute(
        f"""
        SELECT array_agg(subject) FROM (
          SELECT line, subject FROM merged JOIN ({about}) AS about ON about.id = record_id
          UNION ALL SELECT DISTINCT line, subject FROM import_fault AS found
          JOIN ({named}) AS named ON named.id = found.line
          WHERE found.import_id = %(job)s AND found.stage = 'checking' AND found.code = ANY(%(telling)s)
        ) AS looked GROUP BY line / %(size)s
        """,
        {
            "job": job.id,
            "telling": list(TELLING),
            "size": SUBJECTS // max(1, len(record_type.subjects)),
        },
    )
    for (subjects,) in cursor.fetchall():
        entries.write(replace(entry, subjects=tuple(subjects)))


def counted(cursor: Any, job: Import) -> dict[str, int]:
    """Rows by verdict (`ok`, `warning`, `error`), and by what those without an error would do."""
    cursor.execute(
        """
        WITH found AS (
          SELECT line, bool_or(severity = 'error') AS error, bool_or(code = 'repeated') AS repeated
          FROM import_fault WHERE import_id = %(job)s AND stage <> 'applying' GROUP BY line)
        SELECT count(*) FILTER (WHERE found.line IS NULL),
          count(*) FILTER (WHERE NOT found.error), count(*) FILTER (WHERE found.error),
          count(*) FILTER (WHERE outcome = 'new' AND going),
          count(*) FILTER (WHERE outcome = 'changed' AND going),
          count(*) FILTER (WHERE outcome = 'unchanged' AND going),
          count(*) FILTER (WHERE found.repeated AND NOT found.error)
        FROM import_line AS line LEFT JOIN found USING (line)
        CROSS JOIN LATERAL (
          SELECT found.line IS NULL OR NOT (found.error OR found.repeated) AS going) AS it
        WHERE line.import_id = %(job)s
        """,
        {"job": job.id},
    )
    names = ("ok", "warning", "error", *Outcome.values, "repeated")
    return dict(zip(names, cursor.fetchone(), strict=True)) | {
        "skipped": len(job.found.get("skipped_rows", ()))
    }
