"""Failures that are expected, each with one status, one stable code and words that say what to do.

Everything else that is raised is a bug and must be loud. A problem may carry the audit entry of what
was tried; whoever answers the caller (API, admin, portal, task) writes it after the rollback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from records.audit.entries import Entry


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field. `code` is a word of the import contract (`missing`, `format`…)."""

    field: str
    code: str
    detail: _StrOrPromise


class Problem(Exception):  # noqa: N818
    """An anticipated failure (RFC 9457). `code` is stable; `detail` is for people."""

    status: ClassVar[int] = 500
    code: str = "problem"
    title: ClassVar[_StrOrPromise] = ""

    def __init__(
        self,
        detail: _StrOrPromise = "",
        *,
        code: str = "",
        faults: Iterable[Fault] = (),
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail or self.title
        self.code = code or self.code
        self.faults = tuple(faults)
        self.headers = headers or {}
        self.more = more
        self.entry: Entry | None = None


class Malformed(Problem):
    status, code, title = 400, "malformed", _("The request cannot be read.")


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", _("Say who you are: send a valid access token.")


class Refused(Problem):
    status, code, title = 403, "refused", _("You may not do this.")


class Missing(Problem):
    status, code, title = 404, "not_found", _("There is no such record.")


class Conflict(Problem):
    status, code, title = 409, "conflict", _("This disagrees with what is recorded.")


class Stale(Problem):
    status, code = 412, "stale"
    title = _("The record has changed since you read it. Read it again, then repeat your change.")


class TooLarge(Problem):
    status, code, title = 413, "too_large", _("The request is too large.")


class Invalid(Problem):
    status, code, title = 422, "invalid", _("Some values cannot be accepted.")


class TooBroad(Problem):
    status, code = 422, "too_broad"
    title = _("This finds too much. Add or change a filter.")


class Unconditional(Problem):
    status, code = 428, "unconditional"
    title = _("Say which version you saw: send If-Match with the ETag of the record.")


class TooMany(Problem):
    status, code, title = 429, "too_many", _("Too many requests. Wait, then go on.")
