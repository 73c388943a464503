"""What is open to all without signing in, as `RecordType.open` and `verifiable` declare it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records import disclosure, verifying
from records.access import rates
from records.access.grants import PUBLIC_ROWS
from records.actors import PUBLIC
from records.api import values
from records.api.views import Door, key_from
from records.errors import Fault, Invalid, Malformed
from records.registry import KEPT_BY_KERNEL, RecordType


class Unasked(Door):
    """A door that asks nobody who they are; each address has so many calls a minute."""

    authentication_classes = ()
    permission_classes = ()

    @staticmethod
    def opens(record_type: RecordType) -> bool:
        """Whether the declaration opens this door."""
        return record_type.open is not None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        APIView.initial(self, request, *args, **kwargs)
        self.budget = rates.spend_openly(values.address(request), self.record_type.collection)


class ShownView(Unasked):
    """One record by its key, as far as it is public."""

    verbs: ClassVar[dict[str, str]] = {"GET": "read"}

    def get(self, request: Request, key: str) -> Response:
        values.query(request, frozenset())
        seen = disclosure.disclose(
            self.record_type, key_from(key), to=PUBLIC, occasion=values.open_occasion(request)
        )
        return Response(shown(seen))


class FoundView(Unasked):
    """The few records that a name or number finds; there is no list of all."""

    verbs: ClassVar[dict[str, str]] = {"GET": "search"}

    def get(self, request: Request) -> Response:
        text = values.query(request, frozenset({"q"})).get("q")
        if text is None:
            raise Malformed(_("Say in q what to search for: a name or a number."), code="query")
        page = disclosure.disclose_page(
            self.record_type,
            text=text,
            limit=PUBLIC_ROWS,
            to=PUBLIC,
            occasion=values.open_occasion(request),
        )
        return Response({"items": [shown(one) for one in page.items], "more": bool(page.last)})


class CheckView(Unasked):
    """Whether a paper is good: a plain yes or no."""

    verbs: ClassVar[dict[str, str]] = {"POST": "check"}

    @staticmethod
    def opens(record_type: RecordType) -> bool:
        return record_type.verifiable is not None

    def post(self, request: Request) -> Response:
        values.query(request, frozenset())
        asked = self.record_type.verifiable
        assert asked is not None
        body = values.members(request.data)
        faults = [
            Fault(name[:100], "unknown_field", _("There is no such field here."))
            for name in sorted(set(body) - set(asked.columns))
        ] + [
            Fault(name, "format", _("This needs a JSON string."))
            for name in asked.columns
            if name in body and not isinstance(body[name], str)
        ]
        if faults:
            raise Invalid(faults=faults)
        valid = verifying.verify(
            self.record_type, body, to=PUBLIC, occasion=values.open_occasion(request)
        )
        return Response({"valid": valid})


def shown(seen: disclosure.Disclosed) -> dict[str, Any]:
    """A record without what the kernel adds: its version, warnings and inner id."""
    return {n: value for n, value in seen.values.items() if n not in KEPT_BY_KERNEL}
