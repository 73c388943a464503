"""Writes docs/openapi.yaml from the declarations, or says that it no longer fits them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from records.api.pages import DESCRIPTION


class Command(BaseCommand):
    help = "Writes docs/openapi.yaml; with --check, fails if the file would change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
        validate_schema(schema)  # type: ignore[no-untyped-call]
        text = OpenApiYamlRenderer().render(schema, renderer_context={}).decode()  # type: ignore[no-untyped-call]
        if not options["check"]:
            DESCRIPTION.write_text(text, encoding="utf-8")
        elif not DESCRIPTION.exists() or DESCRIPTION.read_text(encoding="utf-8") != text:
            raise CommandError("docs/openapi.yaml does not fit the code: run manage.py openapi")
