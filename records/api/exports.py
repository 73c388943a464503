"""Files that go out: a list to take away, a template to fill in."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from records.api import values
from records.api.imports import ImportDoor, ending_of
from records.api.views import Door, caller
from records.errors import Fault, Invalid
from records.exporting import exported
from records.imports import receiving, templates
from records.registry import record_types
from records.tables import Reply


class ExportView(Door):
    """A list as a file."""

    verbs: ClassVar[dict[str, str]] = {"GET": "export"}

    def get(self, request: Request) -> Reply:
        asked = values.query(request)
        ending, own = ending_of(asked), {"format", "fieldset", "subject", "q"}
        return exported(
            self.record_type,
            ending,
            fieldset=asked.get("fieldset"),
            filters={name: said for name, said in asked.items() if name not in own},
            subject=asked.get("subject"),
            text=asked.get("q"),
            to=caller(request),
            occasion=values.occasion(request),
        )


class TemplateView(ImportDoor):
    """An empty file of a collection, for whoever may send one."""

    verbs: ClassVar[dict[str, str]] = {"GET": "create"}

    def get(self, request: Request) -> Reply:
        asked = values.query(request, frozenset({"collection", "fieldset", "format"}))
        ending, occasion = ending_of(asked), values.occasion(request)
        record_type = record_types().get(asked.get("collection", ""))
        if record_type is None:
            text = _("Name collections that exist.")
            raise Invalid(faults=[Fault("collection", "choice", text)])
        allowed = receiving.admit(
            record_type, fieldset=asked.get("fieldset"), by=caller(request), occasion=occasion
        )
        return templates.template(record_type, allowed.fields, ending)
