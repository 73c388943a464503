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
