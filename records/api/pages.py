"""What is open to all: the front page, the API's description, and whether the service is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.apps import apps
from django.conf import settings
from django.db import Error, connection
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from records import database
from records.access.oauth import token_reply
from records.api.problems import answer
from records.audit import partitions
from records.errors import TooLarge
from records.registry import registries
from records.units.snapshot import snapshot

DESCRIPTION = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """What this service is and where its doors are."""
    shown = [
        (
            apps.get_app_config(label).verbose_name,
            [(t.model._meta.verbose_name, t.collection) for t in registry.records],
        )
        for label, registry in registries().items()
    ]
    return render(request, "api/front.html", {"registries": shown, "demo": settings.HOSO_DEMO})


@require_GET
def openapi(request: HttpRequest) -> FileResponse:
    """The committed OpenAPI file, as it is."""
    return FileResponse(DESCRIPTION.open("rb"), content_type="application/yaml")


@csp_update(
    {
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "script-src": [SELF, NONCE],
    }
)
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from the installed package, over the committed file."""
    return render(request, "api/docs.html")


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """The OAuth 2 token endpoint."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_BYTES:
        return answer(TooLarge(), request)
    return token_reply(request)


def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether all it takes to serve is here; 503 with what is wrong otherwise."""
    wrong: list[str] = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        wrong += partitions.alarms() + database.too_powerful()
        if not snapshot().units:
            wrong.append("units: none are loaded (manage.py load_units)")
    except Error as error:
        wrong.append(f"database: {type(error).__name__}")
    body: dict[str, Any] = {"ready": not wrong, "wrong": wrong}
    return JsonResponse(body, status=503 if wrong else 200)
