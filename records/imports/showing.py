"""What is shown of an import: how far it is, what it found, row by row; and its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, TextIO
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from records.access import grants
from records.actors import Actor, Occasion
from records.audit import entries
from records.errors import Refused
from records.imports.encodings import ENCODINGS
from records.imports.merging import merge_of, subjects_among
from records.imports.models import MOVING, Found, Import, Left, Outcome, Severity, Stage, Why
from records.imports.working import entry_of, written
from records.registry import RecordType, record_types

SAMPLES = 5
PAGE = 5_000

#: Why a file could not be taken, in words; `%(…)s` from the problem's detail.
PROBLEMS: dict[str, Any] = {
    "empty": _("The file is empty."),
    "no_rows": _("There is a header, but no row below it."),
    "unknown_type": _(
        "This is no CSV, XLSX, XLS or ODS file. Save it as one of these and send it again."
    ),
    "several_files": _("The zip holds several files: %(files)s. Send them one by one."),
    "encoding": _(
        "It is not clear how the letters of this text were written (line %(line)s is no UTF-8)."
        " Choose its encoding, or save the file as CSV UTF-8 and send it again."
    ),
    "too_large": _(
        "Unpacked, the file, or one line of it, is too large. Split it and send the parts."
    ),
    "damaged": _("The file is damaged. Save it again and send it once more."),
    "encrypted": _("The file is locked with a password. Save it without one and send it again."),
    "unclosed_quote": _("A quotation mark is opened in line %(line)s and never closed."),
    "died": _("The file could not be read with the memory and time a file may take. Split it."),
    "no_room": _("There is no room left on the disk here. Make room, then send the file again."),
    "file_lost": _("The file is not where it was kept. Send it again."),
    "no_header": _("No header was found. The file needs columns called: %(columns)s."),
    "several_sheets": _("Several sheets fit: %(sheets)s. Leave one of them in the file."),
    "repeated_columns": _("Two columns mean the same: %(columns)s. Leave one of them in the file."),
    "missing_columns": _("The file lacks the column: %(columns)s."),
    "columns_not_agreed": _(
        "Your agreement does not name: %(columns)s. Take these out of the file."
    ),
    "broken": _("Something went wrong here. Tell us the number of this import."),
}


#: How letters may have been written, for who chooses.
ENCODING_TITLES: dict[str, Any] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "windows-1258": "Windows-1258",
    "tcvn3": _("TCVN3 (ABC, phông .VnTime)"),
    "vni": _("VNI (phông VNI-Times)"),
    "utf-8-twice": _("UTF-8 bị mở nhầm thành Windows-1252"),
}


def encodings_of(job: Import) -> list[str]:
    """The encodings in which a file may be read; a workbook's cells may hold the letters of old fonts."""
    text = job.found.get("kind") == "csv"
    return [name for name, each in ENCODINGS.items() if text or each.cells or name == "utf-8"]


def read_as(job: Import) -> dict[str, Any]:
    """How a file was read: kind, encoding, whether somebody chose it, the sheet; samples of how it reads.

    `suggested`: an encoding in which it would read better; None: none.
    """
    found, readings = job.found, job.found.get("readings", [])
    encoding = found.get("encoding") or ("utf-8" if readings else None)
    share = next((r["share"] for r in readings if r["encoding"] == encoding), None)
    better = readings and readings[0]["share"] > (share or 0)
    return {
        "kind": found.get("kind"),
        "encoding": found.get("encoding"),
        "chosen": bool(job.encoding),
        "sheet": found.get("sheet"),
        "readings": readings,
        "suggested": readings[0]["encoding"] if better else None,
    }


def problem_of(job: Import) -> dict[str, Any] | None:
    """Why an import failed: `code`, `detail` in words, and what it names."""
    if job.problem is None:
        return None
    code, named = job.problem["code"], job.problem["detail"]
    said = {k: ", ".join(v) if isinstance(v, list) else v for k, v in named.items()}
    text = str(PROBLEMS.get(code, _("You may not do this.")))
    try:
        text %= said
    except KeyError:
        text = text.replace("%(line)s", "?")
    return {"code": code, "detail": text, **named}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is. `share`: 0 to 1; None where it is not known. `rate`: rows a second.

    `interruptions`: how often the work on the import was cut short and taken up again.
    """

    stage: str
    rows: int
    share: float | None
    rate: float | None
    seconds: float
    seconds_left: float | None
    interruptions: int


def progress_of(job: Import) -> Progress:
    """How far the present stage of an import is."""
    until = job.ended_at or timezone.now()
    seconds = max(0.001, (until - job.stage_began_at).total_seconds())
    share: float | None = None
    if job.stage == Stage.READING:
        share = job.share
    elif job.stage == Stage.APPLYING:
        share = job.rows_done / max(1, job.counts.get("new", 0) + job.counts.get("changed", 0))
    elif job.stage == Stage.UNDOING:
        share = min(1.0, job.rows_done / max(1, written(job)))
    left = seconds * (1 - share) / share if share else None
    rate = job.rows_done / seconds if job.stage in MOVING and job.rows_done else None
    return Progress(job.stage, job.rows_done, share, rate, seconds, left, job.interruptions)


def same_file(job: Import) -> UUID | None:
    """An earlier import of the same file and collection by the same owner; None: there is none."""
    earlier = Import.objects.filter(
        digest=job.digest, owner=job.owner, collection=job.collection, id__lt=job.id
    )
    found: UUID | None = earlier.order_by("-id").values_list("id", flat=True).first()
    return found


def file_warnings(job: Import) -> list[dict[str, Any]]:
    """What of the file was not read: `extra_columns` by their headers, `skipped_rows` by their lines."""
    warned: list[dict[str, Any]] = []
    if job.found.get("extra_columns"):
        warned.append({"code": "extra_columns", "columns": job.found["extra_columns"]})
    if job.found.get("skipped_rows"):
        warned.append({"code": "skipped_rows", "rows": job.found["skipped_rows"]})
    return warned


#: verdict → which rows. Those with findings begin with the findings, which are few or many but in order.
VERDICTS = {
    "ok": "NOT EXISTS (SELECT {these})",
    "warning": "line.line IN (SELECT line {page} GROUP BY line"
    " HAVING NOT bool_or(severity = 'error') ORDER BY line LIMIT %(limit)s)",
    "error": "line.line IN (SELECT DISTINCT line {page} AND severity = 'error'"
    " ORDER BY line LIMIT %(limit)s)",
    "stale": "line.line IN (SELECT line {page} AND code = 'stale' ORDER BY line LIMIT %(limit)s)",
    "faulty": "line.line IN (SELECT DISTINCT line {page} ORDER BY line LIMIT %(limit)s)",
    **{
        outcome: f"line.outcome = '{outcome}' AND NOT EXISTS (SELECT {{these}}"
        " AND (severity = 'error' OR code = 'repeated'))"
        for outcome in Outcome.values
    },
}
PLACES = {
    "these": "FROM import_fault AS it WHERE it.import_id = line.import_id AND it.line = line.line",
    "page": "FROM import_fault WHERE import_id = %(job)s AND line > %(after)s",
}
LISTED = """
SELECT line.line, row.cells, line.outcome, coalesce(found.error, false), found.all, line.record_id
FROM import_line AS line
LEFT JOIN import_row AS row ON row.import_id = line.import_id AND row.line = line.line
LEFT JOIN LATERAL (
  SELECT bool_or(severity = 'error') AS error,
    jsonb_agg(jsonb_build_object('field', field, 'code', code, 'severity', severity,
      'detail', detail, 'raw', raw) ORDER BY severity, field, code) AS all
  FROM import_fault AS one WHERE one.import_id = line.import_id AND one.line = line.line
) AS found ON true
WHERE line.import_id = %(job)s AND line.line > %(after)s AND {which}
ORDER BY line.line LIMIT %(limit)s
"""


def rows_of(
    job: Import, *, verdict: str | None = None, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """The rows of a checked import after a line, at most `limit`: what each says and what was found.

    `verdict`: one of `VERDICTS`; None: all. `values`: field → normal form, an empty text where it clears.
    """
    if verdict in job.counts and not job.counts[verdict]:
        return []
    which = VERDICTS[verdict].format(**PLACES) if verdict else "true"
    with connection.cursor() as cursor:
        cursor.execute(LISTED.format(which=which), {"job": job.id, "after": after, "limit": limit})
        rows = cursor.fetchall()
    fields = [column["field"] for column in job.columns]
    return [
        {
            "line": line,
            "verdict": "error" if error else "warning" if found else "ok",
            "outcome": outcome,
            "values": {f: c for f, c in zip(fields, cells or (), strict=False) if c is not None},
            "faults": [worded(one) for one in json.loads(found or "[]")],
            "record_id": record_id,
        }
        for line, cells, outcome, error, found, record_id in rows
    ]


def left_of(
    job: Import,
    *,
    after: UUID | None = None,
    limit: int = 100,
    to: Actor | None = None,
    occasion: Occasion | None = None,
) -> list[dict[str, Any]]:
    """What the undoing of an import had to leave, after a record: its line and key, and why.

    `by`: the kind of actor who changed it since, at `at`; or the collection that refers to it, as far as
    `to` may search that one. `to`: whom it is shown, which is audited; None: whoever runs the machine.
    """
    found = Left.objects.filter(import_id=job.id).order_by("record_id")
    if after:
        found = found.filter(record_id__gt=after)
    some = list(found[:limit])
    if to and occasion and some:
        with transaction.atomic(), connection.cursor() as cursor:
            ids = [one.record_id for one in some]
            subjects = subjects_among(cursor, record_types()[job.collection], ids)
            entries.write(entry_of(job, "read", to, occasion, subjects=tuple(subjects)))
        referring = {one.by for one in some if one.why == Why.REFERRED}
        hidden = {name for name in referring if not _may_search(name, to, occasion)}
    else:
        hidden = set()
    told = []
    for one in some:
        words = one.detail.get(translation.get_language() or "") or next(
            iter(one.detail.values()), ""
        )
        told.append(
            {
                "record_id": one.record_id,
                "line": one.line,
                "key": one.key,
                "code": one.why,
                "detail": words or str(Why(one.why).label),
                "by": None if one.by in hidden else one.by or None,
                "at": one.at,
            }
        )
    return told


def _may_search(collection: str, by: Actor, occasion: Occasion) -> bool:
    record_type = record_types()[collection]
    for name in record_type.fieldsets:
        with suppress(Refused):
            grants.permit(by, record_type, "search", fieldset=name, occasion=occasion)
            return True
    return False


def worded(found: dict[str, Any]) -> dict[str, Any]:
    """A finding in the language asked for."""
    said = found["detail"]
    detail = said.get(translation.get_language() or "") or next(iter(said.values()), "")
    if found["code"] == "repaired":
        detail = str(_("Put right on the way in; it was: %(raw)s") % {"raw": found["raw"]})
    return {**found, "detail": detail}


def diffs_of(
    job: Import, rows: list[dict[str, Any]], *, to: Actor, occasion: Occasion
) -> list[dict[str, Any]]:
    """The rows, with `changes`: field → [before, after], where they would change a record.

    Shows what is recorded: so it asks for today's leave to amend, keeps within its bounds, and is audited
    as an access to those whom the records are about. After the decision nothing is shown any more.
    """
    changing = [r for r in rows if r["outcome"] == Outcome.CHANGED and r["verdict"] != "error"]
    if job.stage != Stage.READY or not changing:
        return rows
    record_type = record_types()[job.collection]
    fields = [column["field"] for column in job.columns]
    with entries.attempt(entry_of(job, "compare", to, occasion)):
        allowed = grants.permit(to, record_type, "amend", fieldset=job.fieldset, occasion=occasion)
    merge = merge_of(record_type, fields)
    columns = ", ".join(f'rec."{name}"::text' for name in merge.given)
    within = f'AND rec."{record_type.unit}" = ANY(%(units)s)' if allowed.units else ""
    told: dict[str, Any] = {
        "ids": [row["record_id"] for row in changing[: allowed.rows]],
        "units": list(allowed.units),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rec.id, {columns} FROM {merge.table} AS rec"
            f" WHERE rec.id = ANY(%(ids)s) {within}",
            told,
        )
        held = {row[0]: row[1:] for row in cursor.fetchall()}
        subjects = subjects_among(cursor, record_type, list(held))
    entries.write(entry_of(job, "compare", to, occasion, allowed, tuple(subjects)))
    for row in changing:
        if row["record_id"] in held:
            before = dict(zip(merge.given, held[row["record_id"]], strict=True))
            row["changes"] = {
                name: [before[name], value or None]
                for name, value in row["values"].items()
                if (value or None) != before[name]
            }
    return rows


def report(job: Import, out: TextIO) -> None:
    """Write what was found in the shape of a verdict file: rows by line, counts, warnings of the file."""
    counts = {"ok": 0, "warning": 0, "error": 0, "skipped": len(job.found.get("skipped_rows", ()))}
    out.write('{"collection": ' + json.dumps(job.collection) + ', "rows": {')
    between = ""
    for row in _all_rows(job):
        counts[row["verdict"]] += 1
        graver = row["verdict"] == "error"
        told: dict[str, Any] = {
            "verdict": row["verdict"],
            "codes": [
                [f["field"], f["code"]]
                for f in row["faults"]
                if not graver or f["severity"] == "error"
            ],
        }
        if not graver:
            told["values"] = {k: v for k, v in row["values"].items() if v}
        said = json.dumps(told, ensure_ascii=False)
        out.write(f'{between}\n"{row["line"]}": {said}')
        between = ","
    rest: dict[str, Any] = {"counts": counts, "file_warnings": file_warnings(job)}
    if job.problem:
        rest["problem"] = problem_of(job)
    out.write("\n}, " + json.dumps(rest, ensure_ascii=False)[1:] + "\n")


def _all_rows(job: Import) -> Iterator[dict[str, Any]]:
    after = 0
    while rows := rows_of(job, after=after, limit=PAGE):
        yield from rows
        after = rows[-1]["line"]


def kept_out(job: Import) -> int:
    """How many rows were not taken: faulty ones, and those that the database or a change was against."""
    return sum(job.counts.get(verdict, 0) for verdict in ("error", "stale", "refused"))


def marks_of(job: Import, *, only_faulty: bool = False) -> Iterator[tuple[int, str]]:
    """The words for each row in which something was found, by line, in order. `only_faulty`: for the rows
    that are kept out alone."""
    record_type = record_types()[job.collection]
    after = 0
    while True:
        found = Found.objects.filter(import_id=job.id, line__gt=after).order_by("line")
        some = list(found.values("line", "field", "code", "severity", "detail", "raw")[:PAGE])
        if len(some) == PAGE and some[0]["line"] != some[-1]["line"]:
            # The last line's may go on in the next page.
            some = [one for one in some if one["line"] != some[-1]["line"]]
        for line, several in groupby(some, key=itemgetter("line")):
            each = sorted(several, key=itemgetter("severity", "field", "code"))
            if only_faulty and all(one["severity"] != Severity.ERROR for one in each):
                continue
            yield line, "; ".join(_mark(record_type, worded(dict(one))) for one in each)
        if len(some) == 0:
            return
        after = some[-1]["line"]


def _mark(record_type: RecordType, found: dict[str, Any]) -> str:
    name = record_type.field(found["field"]).verbose_name
    weight = "" if found["severity"] == Severity.ERROR else f"({_('warning')}) "
    return f"{weight}{name}: {found['detail']}"
