"""The parts of the OpenAPI description that speak of what is open without signing in."""

from __future__ import annotations

from typing import Any

from records.api import opened
from records.api.search_shapes import obj
from records.api.shapes import CASE, PURPOSE, answer, json_schema, parameter, pascal
from records.registry import samples, shown_as


class Opened:
    """How the routes that ask nobody who they are are described."""

    _about: Any
    _key: Any
    _ref: Any
    _type: Any

    def about_open(self) -> dict[Any, Any]:
        """View → how it is described."""
        return {
            opened.ShownView: self._open_record,
            opened.FoundView: self._open_search,
            opened.CheckView: self._check,
        }

    def _open_record(self, method: str) -> dict[str, Any]:
        return self._openly(
            "get_public",
            f"One record of {self._type.collection}, as far as it is public",
            parameters=[self._key()],
            responses={200: answer("What the law makes public.", self._public())},
            errors=(400, 404, 405, 429),
        )

    def _open_search(self, method: str) -> dict[str, Any]:
        text = parameter(
            "q",
            {"type": "string", "minLength": 1, "maxLength": 200},
            "A name, without accents too, or a number.",
            required=True,
        )
        found = obj(
            {
                "items": {"type": "array", "maxItems": 20, "items": self._public()},
                "more": {"type": "boolean", "description": "More were found: say more of it."},
            }
        )
        return self._openly(
            "find_public",
            f"Records of {self._type.collection} by a name or a number, as far as they are public",
            parameters=[text],
            responses={200: answer("At most 20. There is no list of all.", found)},
            errors=(400, 405, 422, 429),
        )

    def _check(self, method: str) -> dict[str, Any]:
        names = self._type.verifiable.columns
        fields = {n: json_schema(self._type.value_field(n), nullable=False) for n in names}
        made = samples(self._type.collection)(1)
        return self._openly(
            "check",
            f"Whether a paper among {self._type.collection} is good: yes or no",
            parameters=[],
            body={**obj(fields), "additionalProperties": False},
            example={name: made[name] for name in names},
            responses={200: answer("The answer.", obj({"valid": {"type": "boolean"}}))},
            errors=(400, 405, 413, 415, 422, 429),
        )

    def _openly(self, verb: str, summary: str, **told: Any) -> dict[str, Any]:
        """What `_about` tells, without what only those who sign in say."""
        found: dict[str, Any] = self._about(verb, summary, **told)
        found["parameters"] = [p for p in found["parameters"] if p not in (PURPOSE, CASE)]
        return found | {"security": []}

    def _public(self) -> Any:
        record_type = self._type
        names = record_type.fieldsets[record_type.open.fieldset]
        shown = {
            shown_as(n): json_schema(record_type.value_field(n), nullable=record_type.field(n).null)
            for n in names
            if n != "id"
        }
        held = {
            name: {"type": "array", "items": {"type": "string"}} for name in record_type.open.held
        }
        return self._ref(pascal(record_type.collection, "open"), obj({**shown, **held}))
