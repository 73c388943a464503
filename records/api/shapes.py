"""The parts that the OpenAPI description is put together from."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation

from records.api.values import json_type
from records.fields import Choice, Date, PartialDate, Text
from records.registry import registries, shown_as, title_of
from records.tables import KINDS

JSON = "application/json"
PROBLEM = "application/problem+json"
ERRORS = {
    400: "The request cannot be read; `code` says why.",
    401: "No valid access token.",
    403: "No agreement allows this. The attempt is audited.",
    404: "There is no such record. The attempt is audited.",
    405: "This method is not for this address.",
    409: "It disagrees with what is recorded, or somebody else is changing it.",
    412: "The record has changed since it was read.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "Some values cannot be accepted; `errors` lists every one.",
    428: "If-Match is missing.",
    429: "This minute's calls are used up.",
    507: "There is no room for the file; make room, then send it again.",
}
READING = (400, 401, 403, 404, 405, 429)
WRITING = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429)


def json_schema(field: models.Field[Any, Any], *, nullable: bool) -> dict[str, Any]:
    """JSON Schema (2020-12) of one field's value."""
    kind = "integer" if json_type(field) is int else "string"
    schema: dict[str, Any] = {"type": [kind, "null"] if nullable else kind}
    with translation.override("vi"):
        schema["title"] = str(field.verbose_name)
        if isinstance(field, Choice):
            words = [f"`{code}` {word}" for code, word in field.flatchoices if code != word]
            schema["enum"] = [code for code, _word in field.flatchoices] + [None] * nullable
            if words:
                schema["description"] = "; ".join(words)
    match field:
        case Choice():
            pass
        case PartialDate():
            schema |= {"pattern": f"^({field.shape})$", "examples": list(field.examples)}
        case Text():
            schema |= {"minLength": 1, "maxLength": field.max_length}
            if field.shape:
                schema["pattern"] = f"^({field.shape})$"
            if field.examples:
                schema["examples"] = list(field.examples)
        case Date() | models.DateField():
            schema["format"] = "date"
        case models.IntegerField():
            schema |= {
                "minimum": getattr(field, "least", 0),
                "maximum": getattr(field, "most", 2**31),
            }
        case models.DecimalField():
            schema |= {"pattern": r"^[0-9]+(\.[0-9]+)?$", "examples": ["120.5"]}
        case models.UUIDField():
            schema["format"] = "uuid"
    return schema


def pascal(*words: str) -> str:
    """A component's name: `civil-events`, `full` → `CivilEventsFull`."""
    return "".join(part.capitalize() for part in re.split(r"[-_ ]", "-".join(words)) if part)


def parameter(
    name: str,
    schema: dict[str, Any],
    description: str,
    *,
    where: str = "query",
    required: bool = False,
) -> dict[str, Any]:
    """One parameter object."""
    return {
        "name": name,
        "in": where,
        "required": required,
        "description": description,
        "schema": schema,
    }


def header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """One header parameter; required where the schema has a `required`."""
    required = schema.pop("required", False)
    return parameter(
        name, {"type": "string", **schema}, description, where="header", required=required
    )


def answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A response object with a JSON body."""
    return {"description": description, "content": {JSON: {"schema": schema}}}


PURPOSE = header(
    "Access-Purpose",
    "Why: one of your agreement's purposes. The citizen reads it.",
    required=True,
    pattern="^[a-z0-9][a-z0-9-]{0,39}$",
    examples=["tax-assessment"],
)
CASE = header("Case-Reference", "Your own file number, if there is one.", maxLength=100)
IF_MATCH = header(
    "If-Match", "The ETag of the version you saw.", required=True, pattern='^"[0-9]{1,9}"$'
)
IDEMPOTENCY_KEY = header(
    "Idempotency-Key", "The same key, the same effect: once.", pattern="^[!-~]{1,200}$"
)
LIMIT = parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Rows."
)
FORMAT = parameter("format", {"enum": list(KINDS)}, "xlsx if left out.")
FILE = {
    "description": "The file.",
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS.values()
    },
}
CURSOR = parameter("cursor", {"type": "string"}, "From the page before; better: follow `next`.")
REASON = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1000,
    "description": "Why. It is kept with the change.",
}
META: dict[str, Any] = {
    "version": {"type": "integer", "minimum": 1},
    "closed_on": {"type": ["string", "null"], "format": "date"},
    "warnings": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "field": {"type": "string"},
                "code": {"type": "string"},
                "detail": {"type": "string"},
                "candidates": {
                    "type": "array",
                    "description": "With `unit_split`: today's units, between which must be decided.",
                    "items": {
                        "type": "object",
                        "required": ["code", "name", "default"],
                        "properties": {
                            "code": {"type": "string"},
                            "name": {"type": "string"},
                            "default": {"type": "boolean", "description": "Where most of it went."},
                        },
                    },
                },
            },
        },
    },
}
STEP = {
    "type": "object",
    "required": ["version", "at", "event", "by", "reason", "operation", "import", "changed"],
    "properties": {
        "version": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "event": {"enum": ["created", "changed"]},
        "by": {
            "type": "object",
            "properties": {
                "kind": {"enum": ["partner", "clerk", "citizen", "system"]},
                "agency": {"type": ["string", "null"]},
                "agency_name": {"type": ["string", "null"]},
            },
        },
        "reason": {"type": "string"},
        "operation": {
            "type": ["string", "null"],
            "description": "What it was part of; `undo-import`: what an import wrote was taken back.",
        },
        "import": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "The import that wrote it, or that was undone.",
        },
        "changed": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "before", "after"],
                "properties": {"field": {"type": "string"}, "before": {}, "after": {}},
            },
        },
    },
}
TOUCHED = {
    "type": "object",
    "required": ["collection", "key", "version", "address"],
    "properties": {
        "collection": {"type": "string"},
        "key": {"type": "string"},
        "version": {"type": "integer"},
        "address": {"type": "string"},
    },
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable: for programs."},
        "instance": {"type": "string", "description": "The request's number."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
TOKEN_ENDPOINT: dict[str, Any] = {
    "operationId": "get_token",
    "tags": ["sign-in"],
    "summary": "An access token for a client that proves itself by its own key",
    "description": "The assertion is a JWT signed with Ed25519 or ES256: `iss` and `sub` are your"
    " client id, `aud` is this address, `jti` is used once, `exp` at most 60 seconds after `iat`.",
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "client_assertion_type", "client_assertion"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_assertion_type": {
                            "const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                        },
                        "client_assertion": {"type": "string"},
                        "scope": {
                            "type": "string",
                            "description": "Blank-separated; all that is agreed if left out.",
                        },
                    },
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "The token.",
            "content": {
                JSON: {
                    "schema": {
                        "type": "object",
                        "required": ["access_token", "token_type", "expires_in", "scope"],
                        "properties": {
                            "access_token": {"type": "string"},
                            "token_type": {"const": "Bearer"},
                            "expires_in": {"type": "integer"},
                            "scope": {"type": "string"},
                        },
                    }
                }
            },
        },
        "400": {"description": "The proof is not accepted (RFC 6749, section 5.2)."},
        "401": {"description": "The client is not known."},
    },
}


def finish(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """The parts of the description that stand once: who signs in how, where, and what tags mean."""
    result["info"]["contact"] = {"name": "Hồ Sơ"}
    result["servers"] = [{"url": "/"}]
    result["paths"]["/oauth/token"] = {"post": TOKEN_ENDPOINT}
    result.setdefault("components", {})["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token (RFC 9068) from `/oauth/token`; it lasts five minutes.",
        },
        "partner": {
            "type": "oauth2",
            "description": "Client credentials with `private_key_jwt` (RFC 7523).",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes()}},
        },
    }
    with translation.override(settings.LANGUAGE_CODE):
        result["tags"] = [
            {"name": label, "description": str(title_of(label))} for label in registries()
        ]
    return result


def scopes() -> dict[str, str]:
    """Every scope there is: collection and fieldset, or operation."""
    found = {}
    for registry in registries().values():
        for record_type in registry.records:
            for name, names in record_type.fieldsets.items():
                found[f"{record_type.collection}:{name}"] = ", ".join(shown_as(n) for n in names)
        for operation in registry.operations:
            found[f"operations:{operation.name}"] = operation.description
    return found
