"""The parts of the OpenAPI description that speak of searching."""

from __future__ import annotations

from typing import Any

from records.api.shapes import READING, WRITING, answer, parameter
from records.registry import record_types


def obj(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of `properties`."""
    return {"type": "object", "required": list(properties), "properties": properties}


TEXT = parameter(
    "q",
    {"type": "string", "minLength": 1, "maxLength": 200},
    "What a search box holds: a name without accents, words in any order, a slip forgiven; or a number."
    " Sorted by given name. Each hit is audited.",
)
EACH = parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": 200, "default": 20},
    "Rows of each collection; more than 50 counts as 50.",
)
SEARCHED: dict[str, Any] = {
    "type": "object",
    "required": ["near", "capped"],
    "properties": {
        "near": {
            "type": "integer",
            "description": "How many of the last items only resemble what was asked.",
        },
        "capped": {"type": "boolean", "description": "More than 1,000 answer: add a word."},
        "hint": {"type": "string"},
    },
}
SEARCH: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["q"],
    "properties": {
        "q": {"type": "string", "minLength": 1, "maxLength": 200},
        "collections": {"type": "array", "items": {"type": "string"}},
        "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
    },
}
REASONS = obj({"reasons": {"type": "array", "items": {"type": "string"}}})


class Searching:
    """How the routes that search are described."""

    _about: Any
    _any_fieldset: Any
    _fieldset: Any
    _key: Any
    _ref: Any
    _type: Any

    def _similar(self, method: str) -> dict[str, Any]:
        item = {"allOf": [REASONS, self._any_fieldset()]}
        items = {"items": {"type": "array", "items": item}}
        told: dict[str, Any] = self._about(
            "similar",
            f"Records of {self._type.collection} that may speak of the same as this one",
            parameters=[self._key(), self._fieldset()],
            responses={200: answer("Each with the fields that agree.", obj(items))},
            errors=READING,
        )
        return told

    def _everything(self, method: str) -> dict[str, Any]:
        others = [t for t in record_types().values() if t.subjects and t is not self._type]
        part = obj(
            {
                "collection": {"type": "string", "enum": [t.collection for t in others]},
                "fieldset": {"type": "string"},
                "items": {"type": "array", "items": {"type": "object"}},
                "more": {"type": "boolean", "description": "There are others: ask the collection."},
            }
        )
        parts = {"type": "array", "items": self._ref("Part", part)}
        told: dict[str, Any] = self._about(
            "everything",
            f"A record of {self._type.collection}, and what else is recorded about the same number",
            parameters=[self._key(), self._fieldset(), EACH],
            responses={
                200: answer(
                    "The record, and a part for each collection that you may search; the newest first.",
                    obj({"record": self._any_fieldset(), "parts": parts}),
                )
            },
            errors=READING,
        )
        return told

    def _search(self, method: str) -> dict[str, Any]:
        found = {
            t.collection: obj(
                {
                    "items": {"type": "array", "items": {"type": "object"}},
                    "more": {"type": "boolean"},
                    "search": self._ref("Searched", SEARCHED),
                }
            )
            for t in record_types().values()
            if t.search
        }
        results = {"type": "object", "properties": found}
        told: dict[str, Any] = self._about(
            "search",
            "One search box over all that the caller may search",
            parameters=[],
            body=self._ref("Search", SEARCH),
            example={"q": "nguyen thi hoa", "limit": 10},
            responses={200: answer("The hits, a collection.", obj({"results": results}))},
            errors=WRITING,
        )
        return told
