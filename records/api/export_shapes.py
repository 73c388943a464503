"""The parts of the OpenAPI description that speak of lists, and of lists and templates as files."""

from __future__ import annotations

from typing import Any

from records.api.search_shapes import TEXT
from records.api.shapes import FILE, FORMAT, READING, json_schema, parameter
from records.registry import record_types

SUBJECT = parameter(
    "subject",
    {"type": "string"},
    "A number of a person or firm: the records about them, under any number they have had.",
)


class Exporting:
    """How the routes that give files are described."""

    _about: Any
    _fieldset: Any
    _import: Any
    _type: Any

    def _narrowed(self) -> list[dict[str, Any]]:
        """The parameters by which a list is narrowed."""
        record_type = self._type
        filters = [
            parameter(name, json_schema(record_type.value_field(name), nullable=False), "Filter.")
            for name in record_type.filters
        ]
        subject = [SUBJECT] if record_type.subjects else []
        return [self._fieldset(), *filters, *subject, *([TEXT] if record_type.search else [])]

    def _export(self, method: str) -> dict[str, Any]:
        told: dict[str, Any] = self._about(
            "export",
            f"A list of {self._type.collection} as a file, which an import reads back",
            parameters=[FORMAT, *self._narrowed()],
            responses={200: FILE},
            errors=(*READING, 422),
        )
        return told | {
            "description": "Takes an agreement to search and to export; a file holds at most its rows,"
            " XLSX at most 100,000. Closed records are left out. A CSV file that broke off ends inside"
            " a quotation mark."
        }

    def _template(self, method: str) -> dict[str, Any]:
        told: dict[str, Any] = self._import(
            "template_of_imports",
            "An empty file to fill in; the workbook says of each column what it takes",
            parameters=[
                parameter("collection", {"enum": list(record_types())}, "Of what.", required=True),
                parameter("fieldset", {"type": "string"}, "Which fields."),
                FORMAT,
            ],
            responses={200: FILE},
            errors=(*READING, 422),
        )
        return told
