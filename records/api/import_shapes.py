"""The parts of the OpenAPI description that speak of imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from records.api import imports
from records.api.search_shapes import obj
from records.api.shapes import (
    CURSOR,
    FILE,
    FORMAT,
    IDEMPOTENCY_KEY,
    LIMIT,
    READING,
    REASON,
    WRITING,
    answer,
    parameter,
)
from records.imports import waiting
from records.imports.encodings import ENCODINGS
from records.imports.models import Outcome, Severity, Stage, Why
from records.imports.showing import PROBLEMS, VERDICTS
from records.registry import record_types

TEXT = {"type": "string"}
NUMBER = {"type": ["number", "null"]}
WHEN = {"type": ["string", "null"], "format": "date-time"}
PROBLEM = {
    "type": ["object", "null"],
    "description": "Why nothing was imported: " + ", ".join(f"`{code}`" for code in PROBLEMS) + ".",
    "required": ["code", "detail"],
    "properties": {"code": TEXT, "detail": TEXT},
}
IMPORT = obj(
    {
        "id": {"type": "string", "format": "uuid"},
        "collection": TEXT,
        "fieldset": TEXT,
        "file": obj({"name": TEXT, "size": {"type": "integer"}, "sha256": TEXT}),
        "received_at": WHEN,
        "ended_at": WHEN,
        "stage": {
            "enum": Stage.values,
            "description": "It moves on by itself, but from `ready`: then apply or cancel it.",
        },
        "problem": PROBLEM,
        "read_as": {
            "type": "object",
            "description": "How the file was read: `kind`, `encoding` (null for a workbook in Unicode),"
            " whether somebody has `chosen` it, `sheet`, an encoding `suggested` in which it would read"
            " better, and `readings`, left out in lists: how its first lines beyond ASCII read, best"
            " first (`share`: of their words that are Vietnamese syllables).",
        },
        "columns": {"type": "array", "items": obj({"field": TEXT, "header": TEXT})},
        "file_warnings": {
            "type": "array",
            "description": "`extra_columns` that name no field, `skipped_rows` of totals and signatures.",
            "items": {"type": "object"},
        },
        "counts": {
            "type": "object",
            "description": "Rows by verdict (`ok`, `warning`, `error`), by what those without an error"
            " would do (`new`, `changed`, `unchanged`), and by what was done (`created`, `amended`,"
            " `stale`, `refused`); records that an undoing `closed`, `restored` and `left`.",
            "additionalProperties": {"type": "integer"},
        },
        "needs_second": {
            "type": "boolean",
            "description": "Whether it is applied and undone by another client than the one that sent"
            " it, or by a clerk; the sender's own try is refused as `second_person`.",
        },
        "progress": obj(
            {
                "rows": {"type": "integer"},
                "share": NUMBER,
                "rows_per_second": NUMBER,
                "seconds": {"type": "number"},
                "seconds_left": NUMBER,
                "interruptions": {
                    "type": "integer",
                    "description": "How often the work was cut short, and taken up again where it was.",
                },
            }
        ),
        "mends": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "The import whose file came back and was mended.",
        },
        "same_file": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "An earlier import of this very file.",
        },
    }
)
FAULT = obj(
    {
        "field": TEXT,
        "code": TEXT,
        "severity": {"enum": Severity.values},
        "detail": TEXT,
        "raw": {"type": "string", "description": "The cell as it was."},
    }
)
ROW: dict[str, Any] = {
    "type": "object",
    "required": ["line", "verdict", "outcome", "values", "faults"],
    "properties": {
        "line": {"type": "integer", "description": "The row as an editor counts it."},
        "verdict": {"enum": ["ok", "warning", "error"]},
        "outcome": {"enum": Outcome.values},
        "values": {"type": "object", "additionalProperties": TEXT},
        "faults": {"type": "array", "items": FAULT},
        "changes": {
            "type": "object",
            "description": "Field → what is recorded and what would be. Reading it is audited.",
        },
    },
}
JOB = parameter(
    "job", {"type": "string", "format": "uuid"}, "The import.", where="path", required=True
)
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["collection", "file"],
    "properties": {
        "collection": TEXT,
        "fieldset": TEXT,
        "reason": {"type": "string", "maxLength": 1000, "description": "Kept with each change."},
        "encoding": {"enum": list(ENCODINGS), "description": "Found out where it is left out."},
        "mends": {
            "type": "string",
            "format": "uuid",
            "description": "Of which import this is the mended file; left out, its name may tell.",
        },
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
    },
}
ENCODING = {
    "type": "object",
    "additionalProperties": False,
    "required": ["encoding"],
    "properties": {
        "encoding": {
            "enum": list(ENCODINGS),
            "description": "`utf-8-twice`: UTF-8 that was opened as Windows-1252 and saved again."
            " A workbook may be in `utf-8`, `tcvn3`, `vni` (the letters of old fonts) or that.",
        }
    },
}
DECISION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"without_faulty": {"type": "boolean", "default": False}},
}

UNDOING = {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {"reason": REASON},
}
LEFT = obj(
    {
        "line": {"type": ["integer", "null"], "description": "Its row; null: no longer known."},
        "key": TEXT,
        "code": {"enum": Why.values},
        "detail": TEXT,
        "by": {
            "type": ["string", "null"],
            "description": "With `changed`: the kind of actor who changed it last. With `referred`: the"
            " collection of what refers to it.",
        },
        "at": WHEN,
    }
)
WAIT = parameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": waiting.LONGEST, "default": 0},
    "Seconds to wait for a stage that moves by itself to end. The reply comes once it has, or when the"
    " time is up, or at once where many wait. `Retry-After`: it still goes on; ask again then.",
)


class Importing:
    """How the routes of imports are described."""

    _about: Any
    _ref: Any

    def about_imports(self) -> dict[type, Callable[[str], dict[str, Any]]]:
        """View → what describes it, given the method."""
        return {
            imports.ImportsView: self._imports,
            imports.ImportView: lambda _method: self._told(
                "read_import",
                "One import: how far it is, and what it found",
                200,
                *READING,
                parameters=[WAIT],
            ),
            imports.RowsView: lambda _method: self._rows("rows", list(VERDICTS)),
            imports.FaultsView: lambda _method: self._rows(
                "faults", list(imports.FaultsView.verdicts)
            ),
            imports.MarkedView: self._marked,
            imports.ApplyView: lambda _method: self._told(
                "apply_import",
                "Record what was found good",
                202,
                *WRITING,
                body=("Decision", DECISION, {"without_faulty": True}),
            ),
            imports.ReadView: lambda _method: self._told(
                "read_import_again",
                "Have the file read in another encoding, while nothing is decided",
                202,
                *WRITING,
                body=("Encoding", ENCODING, {"encoding": "tcvn3"}),
            ),
            imports.CancelView: lambda _method: self._told(
                "cancel_import", "Stop an import; what it has recorded stays", 200, *WRITING
            ),
            imports.UndoView: lambda _method: self._told(
                "undo_import",
                "Take back what an import recorded, where nobody changed it since",
                202,
                *WRITING,
                body=("Undoing", UNDOING, {"reason": "Nhập nhầm tệp"}),
            ),
            imports.LeftView: self._left,
        }

    def _told(
        self,
        name: str,
        summary: str,
        status: int,
        *errors: int,
        parameters: Sequence[Any] = (),
        body: tuple[str, dict[str, Any], Any] | None = None,
    ) -> dict[str, Any]:
        return self._import(
            name,
            summary,
            parameters=[JOB, *parameters],
            responses={status: answer("How it stands.", self._ref("Import", IMPORT))},
            errors=errors,
            body=self._ref(body[0], body[1]) if body else None,
            example=body[2] if body else None,
        )

    def _left(self, _method: str) -> dict[str, Any]:
        left = {"type": "array", "items": self._ref("ImportLeft", LEFT)}
        page = obj({"items": left, "next": {"type": ["string", "null"]}})
        return self._import(
            "left_of_import",
            "The records that an undoing left as they are, each with why",
            parameters=[JOB, LIMIT, CURSOR],
            responses={200: answer("A page.", page)},
            errors=READING,
        )

    def _imports(self, method: str) -> dict[str, Any]:
        shown = self._ref("Import", IMPORT)
        if method == "GET":
            page = obj(
                {"items": {"type": "array", "items": shown}, "next": {"type": ["string", "null"]}}
            )
            return self._import(
                "list_imports",
                "Your agency's imports, newest first",
                parameters=[LIMIT, CURSOR],
                responses={200: answer("A page.", page)},
                errors=READING,
            )
        told = self._import(
            "create_import",
            "Send a file: CSV, XLSX, XLS, ODS, or one of these in a zip. Nothing is recorded before it"
            " is applied",
            parameters=[IDEMPOTENCY_KEY],
            responses={202: answer("It is being read.", shown)},
            errors=(*WRITING, 507),
        )
        collection = {"collection": {"enum": list(record_types())}}
        form = {**FORM, "properties": {**FORM["properties"], **collection}}
        told["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": self._ref("NewImport", form)}},
        }
        return told

    def _rows(self, part: str, verdicts: list[str]) -> dict[str, Any]:
        verdict = parameter("verdict", {"enum": verdicts}, "Only these rows.")
        rows = {"type": "array", "items": self._ref("ImportRow", ROW)}
        summary = {"rows": "The rows of an import", "faults": "The rows that have faults"}[part]
        return self._import(
            f"{part}_of_import",
            f"{summary}, each with what was found",
            parameters=[JOB, verdict, LIMIT, CURSOR],
            responses={
                200: answer("A page.", obj({"items": rows, "next": {"type": ["string", "null"]}}))
            },
            errors=(*READING, 409),
        )

    def _marked(self, method: str) -> dict[str, Any]:
        return self._import(
            "file_of_import",
            "Your own file back, with a column of what is wrong",
            parameters=[
                JOB,
                FORMAT,
                parameter(
                    "only", {"enum": ["faulty"]}, "The header and the rows kept out, no more."
                ),
            ],
            responses={200: FILE},
            errors=(*READING, 409),
        )

    def _import(self, name: str, summary: str, **told: Any) -> dict[str, Any]:
        described: dict[str, Any] = self._about(name, summary, **told)
        return described | {"tags": ["imports"]}
