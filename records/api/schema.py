"""The OpenAPI description, made from the declarations: it cannot say what the routes do not do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from records.access.grants import widest
from records.api import exports, searching, views
from records.api.export_shapes import Exporting
from records.api.import_shapes import Importing
from records.api.open_shapes import Opened
from records.api.search_shapes import SEARCHED, Searching
from records.api.shapes import (
    CASE,
    CURSOR,
    ERRORS,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    JSON,
    LIMIT,
    META,
    PROBLEM,
    PROBLEM_SCHEMA,
    PURPOSE,
    READING,
    REASON,
    STEP,
    TOUCHED,
    WRITING,
    answer,
    header,
    json_schema,
    parameter,
    pascal,
)
from records.api.unit_shapes import page_units
from records.registry import KEPT_BY_KERNEL, RecordType, registries, samples, shown_as


class FromDeclarations(Searching, Opened, Exporting, Importing, AutoSchema):
    """Describes a `Door` by its record type or operation."""

    view: Any

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any]:
        self.components = registry
        self.is_history = isinstance(self.view, views.HistoryView)
        describe = {
            views.RecordView: self._record,
            views.RecordsView: self._collection,
            views.LookupView: self._lookup,
            exports.ExportView: self._export,
            exports.TemplateView: self._template,
            views.CloseView: self._close,
            views.HistoryView: self._history,
            views.OperationView: self._operation,
            searching.SimilarView: self._similar,
            searching.SearchView: self._search,
            searching.EverythingView: self._everything,
            **self.about_open(),
            **self.about_imports(),
        }[type(self.view)]
        operation: dict[str, Any] = describe(method)
        operation.setdefault("security", [{"token": []}, {"partner": []}])
        operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation

    # One a route

    def _record(self, method: str) -> dict[str, Any]:
        record_type = self._type
        if method == "GET":
            return self._about(
                "get",
                f"One record of {record_type.collection}",
                parameters=[
                    self._key(),
                    self._fieldset(),
                    parameter(
                        "as_of",
                        {"type": "string"},
                        "What the record said then: a day (its last moment in Vietnam) or an instant.",
                    ),
                    header("If-None-Match", "The ETag you have; 304 when nothing changed."),
                ],
                responses={
                    200: self._shown(),
                    304: {"description": "Unchanged. Audited all the same."},
                },
                errors=READING,
            )
        return self._about(
            "amend",
            f"Amend a record of {record_type.collection}",
            parameters=[self._key(), self._fieldset(), IF_MATCH],
            body=self._ref(pascal(record_type.collection, "amendment"), self._writing(amend=True)),
            example=self._amendment(),
            responses={200: self._shown()},
            errors=(*WRITING, 412, 428),
        )

    def _collection(self, method: str) -> dict[str, Any]:
        record_type = self._type
        if method == "GET":
            page = {
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": {"type": "array", "items": self._any_fieldset()},
                    "next": {"type": ["string", "null"], "description": "The next page's address."},
                    "search": self._ref("Searched", SEARCHED),
                    **page_units(record_type),
                },
            }
            return self._about(
                "list",
                f"List {record_type.collection}, in the order they were recorded",
                parameters=[*self._narrowed(), LIMIT, CURSOR],
                responses={200: answer("A page.", page)},
                errors=(*READING, 422),
            )
        return self._about(
            "create",
            f"Record something new in {record_type.collection}",
            parameters=[self._fieldset(), IDEMPOTENCY_KEY],
            body=self._ref(pascal(record_type.collection, "new"), self._writing(amend=False)),
            example=samples(record_type.collection)(1),
            responses={201: self._shown()},
            errors=WRITING,
        )

    def _lookup(self, method: str) -> dict[str, Any]:
        record_type = self._type
        item = {
            "allOf": [
                {
                    "type": "object",
                    "required": ["asked"],
                    "properties": {"asked": {"type": "string"}},
                },
                self._any_fieldset(),
            ]
        }
        found = {
            "type": "object",
            "required": ["items", "missing"],
            "properties": {
                "items": {"type": "array", "items": item},
                "missing": {"type": "array", "items": {"type": "string"}},
            },
        }
        keys = {
            "type": "object",
            "additionalProperties": False,
            "required": ["keys"],
            "properties": {
                "keys": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 100,
                    "items": {"type": "string"},
                }
            },
        }
        made = samples(record_type.collection)(1)
        return self._about(
            "lookup",
            f"Up to 100 records of {record_type.collection} by their keys",
            parameters=[self._fieldset()],
            body=self._ref("Keys", keys),
            example={"keys": [made.get(record_type.key, "01999999-0000-7000-8000-000000000000")]},
            responses={200: answer("What was found, and what was not.", found)},
            errors=WRITING,
        )

    def _close(self, method: str) -> dict[str, Any]:
        properties = {
            "closed_on": {"type": "string", "format": "date", "description": "Today if left out."},
            "reason": REASON,
        }
        body = {
            "type": "object",
            "additionalProperties": False,
            "required": ["reason"],
            "properties": properties,
        }
        return self._about(
            "close",
            f"Close a record of {self._type.collection}: it stays, and changes no more",
            parameters=[self._key(), self._fieldset(), IF_MATCH, IDEMPOTENCY_KEY],
            body=self._ref("Closing", body),
            example={"closed_on": "2026-06-30", "reason": "Ghi nhận nhầm"},
            responses={200: self._shown()},
            errors=(*WRITING, 412, 428),
        )

    def _history(self, method: str) -> dict[str, Any]:
        page = {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": self._ref("Step", STEP)},
                "next": {"type": ["string", "null"]},
            },
        }
        return self._about(
            "history",
            f"How a record of {self._type.collection} came to say what it says, newest first",
            parameters=[self._key(), self._fieldset(), LIMIT, CURSOR],
            responses={200: answer("The steps.", page)},
            errors=READING,
        )

    def _operation(self, method: str) -> dict[str, Any]:
        operation = self.view.operation
        properties = {
            name: json_schema(field, nullable=field.null)
            for name, field in operation.input.fields.items()
        }
        body = {
            "type": "object",
            "additionalProperties": False,
            "required": [n for n, field in operation.input.fields.items() if not field.null],
            "properties": {**properties, "reason": REASON},
        }
        done = {
            "type": "object",
            "required": ["operation", "records"],
            "properties": {
                "operation": {"type": "string"},
                "records": {"type": "array", "items": self._ref("Touched", TOUCHED)},
            },
        }
        title = operation.name.replace("-", " ").capitalize()
        described = self._about(
            "run",
            title,
            parameters=[IDEMPOTENCY_KEY],
            body=self._ref(pascal(operation.name), body),
            example=dict(operation.example),
            responses={200: answer("What was touched.", self._ref("Done", done))},
            errors=WRITING,
        )
        registry = next(n for n, r in registries().items() if operation in r.operations)
        return described | {
            "operationId": operation.name.replace("-", "_"),
            "tags": [registry],
            "description": f"{operation.description}\n\nLegal basis: {operation.legal_basis}.",
        }

    # What routes share

    @property
    def _type(self) -> RecordType:
        found: RecordType = self.view.record_type
        return found

    def _about(
        self,
        verb: str,
        summary: str,
        *,
        parameters: list[dict[str, Any]],
        responses: Mapping[int, Any],
        errors: Iterable[int],
        body: dict[str, Any] | None = None,
        example: Any = None,
    ) -> dict[str, Any]:
        told: dict[str, Any] = {
            "summary": summary,
            "parameters": [*parameters, PURPOSE, CASE],
            "responses": {str(status): shown for status, shown in responses.items()},
        }
        if self.view.operation is None and self.view.record_type is None:
            told |= {"operationId": verb, "tags": ["search"]}
        elif self.view.operation is None:
            told["operationId"] = f"{verb}_{self._type.collection.replace('-', '_')}"
            told["tags"] = [self._type.model._meta.app_label]
        problem = self._ref("Problem", PROBLEM_SCHEMA)
        for status in errors:
            told["responses"][str(status)] = {
                "description": ERRORS[status],
                "content": {PROBLEM: {"schema": problem}},
            }
        if body is not None:
            told["requestBody"] = {
                "required": True,
                "content": {JSON: {"schema": body, "example": example}},
            }
        return told

    def _ref(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name
        )
        self.components.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference

    def _key(self) -> dict[str, Any]:
        field = self._type.value_field(self._type.key)
        return parameter(
            "key",
            {"type": "string"},
            f"{json_schema(field, nullable=False)['title']}; `~` stands for `/`.",
            where="path",
            required=True,
        )

    def _fieldset(self) -> dict[str, Any]:
        schema = {"type": "string", "enum": list(self._type.fieldsets)}
        return parameter(
            "fieldset", schema, "Which fields; may be left out where your agreement has only one."
        )

    def _shown(self) -> dict[str, Any]:
        shown = answer("The record.", self._any_fieldset())
        shown["headers"] = {
            "ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match."}
        }
        return shown

    def _any_fieldset(self) -> dict[str, Any]:
        record_type = self._type
        return {
            "anyOf": [
                self._ref(pascal(record_type.collection, name), self._fieldset_schema(names))
                for name, names in record_type.fieldsets.items()
            ]
        }

    def _fieldset_schema(self, names: tuple[str, ...]) -> dict[str, Any]:
        record_type = self._type
        properties = {
            shown_as(name): json_schema(
                record_type.value_field(name), nullable=record_type.field(name).null
            )
            for name in names
        }
        return {
            "type": "object",
            "required": [*properties, *META],
            "properties": {**properties, **META},
        }

    def _writing(self, *, amend: bool) -> dict[str, Any]:
        record_type = self._type
        names = [n for n in record_type.writable if not (amend and n == record_type.key)]
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["reason"] if amend else list(record_type.needed),
            "properties": {
                **{
                    name: json_schema(
                        record_type.value_field(name), nullable=record_type.columns[name].null
                    )
                    for name in names
                },
                "reason": REASON,
            },
        }

    def _amendment(self) -> dict[str, Any]:
        made = samples(self._type.collection)(1)
        fixed = {self._type.key, "status", *self._type.identity, *KEPT_BY_KERNEL}
        name = next(
            n
            for n in self._type.fieldsets[widest(self._type.fieldsets)]
            if n in made and n not in fixed
        )
        return {name: made[name], "reason": "Cải chính theo đề nghị của công dân"}
