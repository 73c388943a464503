"""The parts of the OpenAPI description that speak of administrative units."""

from __future__ import annotations

from typing import Any

from records.api.shapes import CURSOR, ERRORS, LIMIT, PROBLEM, answer, header, parameter
from records.fields import UnitCode
from records.registry import RecordType
from records.units.models import Extent, Level


def obj(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of `properties`."""
    return {"type": "object", "required": list(properties), "properties": properties}


UNIT = obj(
    {
        "code": {"type": "string", "examples": ["25750"]},
        "level": {"enum": Level.values},
        "name": {"type": "string", "examples": ["Phú Lợi"]},
        "full_name": {"type": "string", "examples": ["Phường Phú Lợi"]},
        "kind": {"type": "string", "examples": ["phường"]},
        "parent_code": {"type": ["string", "null"]},
        "valid_from": {
            "type": "string",
            "format": "date",
            "description": "1900-01-01: it is not known since when.",
        },
        "valid_to": {"type": ["string", "null"], "format": "date", "description": "The last day."},
        "resolution": {"type": ["string", "null"]},
    }
)
EXTENT = {"enum": Extent.values, "description": "How much of the older unit is in the newer one."}
LINK = {
    "allOf": [
        {"$ref": "#/components/schemas/Unit"},
        obj(
            {
                "extent": EXTENT,
                "default": {
                    "type": "boolean",
                    "description": "Whether the older unit's records belong there in doubt.",
                },
                "effective_on": {"type": "string", "format": "date"},
            }
        ),
    ]
}
LINKED = obj(
    {
        "unit": {"$ref": "#/components/schemas/Unit"},
        "items": {"type": "array", "items": LINK},
    }
)
PAGE = obj(
    {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Unit"}},
        "next": {"type": ["string", "null"], "description": "The next page's address."},
    }
)
FILED: dict[str, Any] = {
    "type": "array",
    "description": "With a filter by unit: under which units its records are filed.",
    "items": obj(
        {
            "code": {"type": "string"},
            "name": {"type": "string"},
            "valid_from": {"type": "string", "format": "date"},
            "valid_to": {"type": ["string", "null"], "format": "date"},
            "extent": EXTENT,
        }
    ),
}
CODE = parameter(
    "code",
    {"type": "string", "pattern": "^([0-9]{2}|[0-9]{3}|[0-9]{5})$"},
    "A province's 2 digits, a former district's 3, a commune's 5.",
    where="path",
    required=True,
)
ON = parameter("on", {"type": "string", "format": "date"}, "The day on which the code is meant.")
KNOWN = header("If-None-Match", "The ETag you have; 304 when nothing changed.")


def page_units(record_type: RecordType) -> dict[str, Any]:
    """What a page of records says of units, where its records can be filtered by one."""
    fields = [record_type.value_field(name) for name in record_type.filters]
    return {"units": FILED} if any(isinstance(field, UnitCode) for field in fields) else {}


def _get(name: str, summary: str, parameters: list[Any], reply: Any, *errors: int) -> Any:
    shown = answer("Open to all, without a token; may be kept for an hour.", reply)
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        "get": {
            "operationId": name,
            "tags": ["units"],
            "summary": summary,
            "security": [],
            "parameters": [*parameters, KNOWN],
            "responses": {
                "200": shown,
                "304": {"description": "Unchanged."},
                **{
                    str(status): {"description": TOLD[status], "content": {PROBLEM: problem}}
                    for status in errors
                },
            },
        }
    }


TOLD = {
    **ERRORS,
    404: "`unknown_unit`: no unit ever had this code. `unit_not_then`: none had it on that day; `held`"
    " says which had it when, `becomes` what became of it.",
}
PATHS: dict[str, Any] = {
    "/api/v1/units": _get(
        "list_units",
        "The administrative units in force on a day, by code",
        [
            parameter("level", {"enum": Level.values}, "Districts ended on 30 June 2025."),
            parameter("parent", {"type": "string"}, "The code of the unit above."),
            parameter("on", {"type": "string", "format": "date"}, "In force on this day; today."),
            parameter(
                "name",
                {"type": "string", "minLength": 1, "maxLength": 100},
                "Part of the full name; without accents too.",
            ),
            LIMIT,
            CURSOR,
        ],
        PAGE,
        400,
        405,
    ),
    "/api/v1/units/{code}": _get(
        "get_unit",
        "What a code meant on a day; without one, the newest unit of that code",
        [CODE, ON],
        {"$ref": "#/components/schemas/Unit"},
        400,
        404,
        405,
    ),
    "/api/v1/units/{code}/becomes": _get(
        "get_unit_becomes",
        "Today's successors of a unit; several: it was split. Without a day: of the newest unit of that"
        " code that has any",
        [CODE, ON],
        LINKED,
        400,
        404,
        405,
    ),
    "/api/v1/units/{code}/was": _get(
        "get_unit_was",
        "All that a unit was made of, over every change",
        [CODE, ON],
        LINKED,
        400,
        404,
        405,
    ),
}


def finish(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Add the routes of units, which stand once."""
    result["paths"] |= PATHS
    result["components"]["schemas"]["Unit"] = UNIT
    return result
