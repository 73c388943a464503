"""The REST API: each view reads the request, makes one call of the kernel, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records import changes, disclosure
from records.access import rates
from records.access.grants import OPERATIONS
from records.actors import Actor
from records.api import cursors, idempotency, values
from records.api.replies import ROOT, address, key_of, one, search_of, step_of, units_of
from records.disclosure import disclose
from records.errors import Fault, Invalid
from records.fields import Date
from records.registry import Operation, RecordType, record_types


class Door(APIView):
    """What every route has: a declared scope, a rate, and headers that say how to cache and go on.

    `verbs`: HTTP method → the verb of an agreement that it needs; `manage.py check` insists on it.
    """

    verbs: ClassVar[dict[str, str]] = {}
    # Given to as_view() by the routes.
    record_type: RecordType = None  # type: ignore[assignment]
    operation: Operation | None = None
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        collection = OPERATIONS if self.operation else self.record_type.collection
        self.budget = rates.spend(caller(request).agency, collection)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Accept-Language"])
        response["Cache-Control"] = "private, no-cache"
        if budget := getattr(self, "budget", None):
            for name, value in budget.headers().items():
                response.headers.setdefault(name, value)
        return response

    def once(
        self,
        request: Request,
        effect: Callable[[], tuple[int, list[list[Any]]]],
        reply: Callable[[int, list[list[Any]]], Response],
        again: Callable[[list[list[Any]]], None] | None = None,
        said: Any = None,
    ) -> Response:
        """Have `effect` take place once for an Idempotency-Key, and answer with `reply` each time.

        `again` authorises and audits a repeated call whose reply discloses no record; `said` is what two
        calls have to have in common, where that is not the body.

        `effect` returns the status and the records touched as [collection, key, version]; a repeated
        call is authorised and disclosed anew.
        """
        key = idempotency.key_of(request)
        with transaction.atomic():
            if key is None:
                return reply(*effect())
            print_ = idempotency.fingerprint(request, said or request.data)
            status, records, repeated = idempotency.once(caller(request), key, print_, effect)
            if repeated and again is not None:
                again(records)
            response = reply(status, records)
            if repeated:
                response["Idempotent-Replay"] = "true"
            return response


def caller(request: Request) -> Actor:
    """Who calls, as `authentication` found."""
    return cast("Actor", request.user)


def key_from(segment: str) -> str:
    """A key as it stands in the record: in a URL `~` stands for `/`."""
    return segment.replace("~", "/")


class RecordView(Door):
    """One record by its key, or by a number that its key replaced."""

    verbs: ClassVar[dict[str, str]] = {"GET": "read", "PATCH": "amend"}

    def get(self, request: Request, key: str) -> Response:
        asked = values.query(request, frozenset({"fieldset", "as_of"}))
        seen = disclose(
            self.record_type,
            key_from(key),
            fieldset=asked.get("fieldset"),
            to=caller(request),
            occasion=values.occasion(request),
            as_of=values.as_of(asked.get("as_of")),
        )
        if "as_of" in asked:
            # What was has no version to write against.
            return Response(seen.values)
        # A version says nothing of which fields are shown: only with a named fieldset is it the same.
        unchanged = request.headers.get("If-None-Match", "").strip() == seen.etag
        if unchanged and "fieldset" in asked:
            return Response(status=304, headers={"ETag": seen.etag})
        return one(seen)

    def patch(self, request: Request, key: str) -> Response:
        fieldset = values.query(request, frozenset({"fieldset"})).get("fieldset")
        occasion, seen = values.occasion(request), values.seen_version(request)
        body = dict(values.members(request.data))
        reason = values.reason(body, required=True)
        given = values.typed(body, writable(self.record_type))
        with transaction.atomic():
            record = changes.amend(
                self.record_type,
                key_from(key),
                given,
                seen=seen,
                fieldset=fieldset,
                by=caller(request),
                occasion=occasion,
                reason=reason,
            )
            return one(
                disclose(
                    self.record_type,
                    key_of(record),
                    fieldset=fieldset,
                    to=caller(request),
                    occasion=occasion,
                    verb="amend",
                )
            )


class RecordsView(Door):
    """A collection: its records in the order they were recorded; a new one."""

    verbs: ClassVar[dict[str, str]] = {"GET": "search", "POST": "create"}

    def get(self, request: Request) -> Response:
        asked = values.query(request)
        filters = {k: v for k, v in asked.items() if k not in values.RESERVED}
        question = {
            "collection": self.record_type.collection,
            "filters": filters,
            "fieldset": asked.get("fieldset"),
            "subject": asked.get("subject"),
            "q": asked.get("q"),
        }
        cursor = asked.get("cursor")
        page = disclosure.disclose_page(
            self.record_type,
            fieldset=asked.get("fieldset"),
            filters=filters,
            subject=asked.get("subject"),
            text=asked.get("q"),
            after=UUID(cursors.load(cursor, question)) if cursor is not None else None,
            limit=values.limit(asked.get("limit")),
            to=caller(request),
            occasion=values.occasion(request),
        )
        headers, following = {}, None
        if page.last is not None:
            again = {k: v for k, v in asked.items() if k != "cursor"}
            onward = urlencode({**again, "cursor": cursors.dump(page.last, question)})
            following = f"{ROOT}/{self.record_type.collection}?{onward}"
            headers["Link"] = f'<{following}>; rel="next"'
        shown = [item.values for item in page.items]
        told: dict[str, Any] = {}
        if page.found and "q" in asked:
            told["search"] = search_of(page.found)
        if page.units is not None:
            told["units"] = units_of(page.units)
        return Response({"items": shown, "next": following, **told}, headers=headers)

    def post(self, request: Request) -> Response:
        fieldset = values.query(request, frozenset({"fieldset"})).get("fieldset")
        occasion = values.occasion(request)
        body = dict(values.members(request.data))
        reason = values.reason(body, required=False)
        given = values.typed(body, writable(self.record_type))

        def effect() -> tuple[int, list[list[Any]]]:
            record = changes.create(
                self.record_type,
                given,
                fieldset=fieldset,
                by=caller(request),
                occasion=occasion,
                reason=reason,
            )
            return 201, [[self.record_type.collection, key_of(record), record.version]]

        def reply(status: int, records: list[list[Any]]) -> Response:
            key = records[0][1]
            seen = disclose(
                self.record_type,
                key,
                fieldset=fieldset,
                to=caller(request),
                occasion=occasion,
                verb="create",
            )
            response = one(seen, status)
            response["Location"] = address(self.record_type, seen.key)
            return response

        return self.once(request, effect, reply)


class LookupView(Door):
    """Up to 100 records by their exact keys, which so stay out of addresses and logs."""

    verbs: ClassVar[dict[str, str]] = {"POST": "read"}

    def post(self, request: Request) -> Response:
        fieldset = values.query(request, frozenset({"fieldset"})).get("fieldset")
        body = values.members(request.data)
        keys = body.get("keys")
        if (
            set(body) != {"keys"}
            or not isinstance(keys, list)
            or not all(isinstance(key, str) for key in keys)
        ):
            text = _("Send keys: a list of texts.")
            raise Invalid(faults=[Fault("keys", "format", text)])
        found = disclosure.disclose_many(
            self.record_type,
            keys,
            fieldset=fieldset,
            to=caller(request),
            occasion=values.occasion(request),
        )
        return Response(
            {
                "items": [{"asked": key, **seen.values} for key, seen in found.items()],
                "missing": [key for key in dict.fromkeys(keys) if key not in found],
            }
        )


class CloseView(Door):
    """Closing a record: it stays, with a last day and a reason."""

    verbs: ClassVar[dict[str, str]] = {"POST": "close"}
    fields: ClassVar[dict[str, Any]] = {"closed_on": Date(future=False)}

    def post(self, request: Request, key: str) -> Response:
        fieldset = values.query(request, frozenset({"fieldset"})).get("fieldset")
        occasion, seen = values.occasion(request), values.seen_version(request)
        body = dict(values.members(request.data))
        reason = values.reason(body, required=True)
        given = values.typed(body, self.fields)
        on = values.day(given.get("closed_on"), "closed_on", self.fields["closed_on"])

        def effect() -> tuple[int, list[list[Any]]]:
            record = changes.close(
                self.record_type,
                key_from(key),
                on=on or timezone.localdate(),
                seen=seen,
                fieldset=fieldset,
                by=caller(request),
                occasion=occasion,
                reason=reason,
            )
            return 200, [[self.record_type.collection, key_of(record), record.version]]

        def reply(status: int, records: list[list[Any]]) -> Response:
            return one(
                disclose(
                    self.record_type,
                    records[0][1],
                    fieldset=fieldset,
                    to=caller(request),
                    occasion=occasion,
                    verb="close",
                )
            )

        return self.once(request, effect, reply)


class HistoryView(Door):
    """How a record came to say what it says."""

    verbs: ClassVar[dict[str, str]] = {"GET": "history"}

    def get(self, request: Request, key: str) -> Response:
        asked = values.query(request, frozenset({"fieldset", "limit", "cursor"}))
        question = {"history": self.record_type.collection, "key": key}
        cursor = asked.get("cursor")
        steps, last = disclosure.disclose_history(
            self.record_type,
            key_from(key),
            fieldset=asked.get("fieldset"),
            before=int(cursors.load(cursor, question)) if cursor is not None else None,
            limit=values.limit(asked.get("limit")),
            to=caller(request),
            occasion=values.occasion(request),
        )
        following = None
        if last is not None:
            again = {k: v for k, v in asked.items() if k != "cursor"}
            onward = urlencode({**again, "cursor": cursors.dump(last, question)})
            following = f"{address(self.record_type, key)}/history?{onward}"
        return Response({"items": [step_of(step) for step in steps], "next": following})


class OperationView(Door):
    """An operation: several records in one go, with a legal basis."""

    verbs: ClassVar[dict[str, str]] = {"POST": "run"}

    def post(self, request: Request) -> Response:
        values.query(request, frozenset())
        operation = self.operation
        assert operation is not None
        occasion = values.occasion(request)
        body = dict(values.members(request.data))
        with translation.override(settings.LANGUAGE_CODE):
            # Kept with the change: not in whatever language the caller happens to read.
            title = str(operation.title)
        reason = values.reason(body, required=False) or title
        given = values.typed(body, operation.input.fields)

        def effect() -> tuple[int, list[list[Any]]]:
            touched = changes.run(
                operation, given, by=caller(request), occasion=occasion, reason=reason
            )
            return 200, [
                [t.record_type.collection, key_of(t.record), t.record.version] for t in touched
            ]

        def reply(status: int, records: list[list[Any]]) -> Response:
            types = record_types()
            shown = [
                {
                    "collection": name,
                    "key": key,
                    "version": version,
                    "address": address(types[name], key),
                }
                for name, key, version in records
            ]
            return Response({"operation": operation.name, "records": shown}, status=status)

        def again(records: list[list[Any]]) -> None:
            disclosure.disclose_run(operation, records, to=caller(request), occasion=occasion)

        return self.once(request, effect, reply, again)


def writable(record_type: RecordType) -> dict[str, Any]:
    """The fields a body may hold, by column."""
    return {name: record_type.value_field(name) for name in record_type.writable}
