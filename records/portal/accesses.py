"""An entry of audit in plain words: who, when, what, which facts, why, by which law."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from records import wording
from records.access.grants import OPERATIONS, OWN_DATA, PUBLIC_INFORMATION, RECORD_KEEPING
from records.access.models import Purpose
from records.audit.entries import Seen
from records.portal.models import Question
from records.portal.references import reference
from records.registry import RecordType, operations, record_types

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ACTS: dict[str, _StrOrPromise] = {
    "read": _("Reading a record about you"),
    "lookup": _("Looking up a list of numbers, yours among them"),
    "search": _("Searching; a record about you was among what was found"),
    "export": _("Taking away a list in a file, a record about you in it"),
    "as_of": _("Reading what a record about you said before"),
    "history": _("Reading how a record about you was changed"),
    "check": _("Asking whether a paper of yours is good; the answer is yes or no"),
    "similar": _("Looking for records that may be of the same person, yours among them"),
    "everything": _("Looking through all that is recorded about you"),
    "create": _("Recording something about you"),
    "amend": _("Changing a record about you"),
    "close": _("Closing a record about you"),
    "run": _("Carrying out a procedure that concerns you"),
    "import": _("Taking in data about you from a file"),
    "undo": _("Taking back what had been recorded about you from a file"),
    "compare": _("Comparing a file with records about you"),
    "ask": _("Asking about an access"),
    "answer": _("Answering your question"),
    "read questions": _("Reading your question"),
}
SOMETHING = _("Using data about you")
# What came of an act that was not done: in a word, and what it means for the person.
OUTCOMES: dict[str, tuple[_StrOrPromise, _StrOrPromise]] = {
    "refused": (_("Refused"), _("The service refused this. Nothing was shown or changed.")),
    "missing": (_("Nothing found"), _("Nothing was found that may be shown.")),
    "conflict": (_("Not done"), _("It disagreed with what is recorded. Nothing was changed.")),
    "stale": (_("Not done"), _("The record had changed meanwhile. Nothing was changed.")),
    "invalid": (_("Not done"), _("What was sent was not accepted. Nothing was changed.")),
}
ACTORS: dict[str, _StrOrPromise] = {
    "clerk": _("Cơ quan quản lý hồ sơ"),
    "system": _("This service"),
    "citizen": _("Another citizen, in their own records"),
    "public": _("Somebody who did not sign in; only what the law makes public is shown"),
}
COLLECTIONS: dict[str, _StrOrPromise] = {
    OPERATIONS: _("Procedures"),
    "": _("Your records"),
    "audit": _("The list of who looked at your data"),
    "questions": _("Your questions"),
}
PURPOSES: dict[str, _StrOrPromise] = {
    OWN_DATA: _("Xem hồ sơ của chính mình"),
    RECORD_KEEPING: _("Quản lý hồ sơ"),
    PUBLIC_INFORMATION: _("Tra cứu thông tin công khai"),
    "import": _("Nhập dữ liệu"),
    "sample-data": _("Dữ liệu mẫu để dùng thử"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A text for people; `recorded`: kept in Vietnamese, as it is."""

    text: Any
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """One access, worded. `question`: what the citizen asked about it."""

    reference: str
    at: datetime.datetime
    who: Words
    act: _StrOrPromise
    what: _StrOrPromise
    procedure: _StrOrPromise
    facts: list[Any]
    why: Words
    law: str
    case_reference: str
    outcome: _StrOrPromise
    outcome_means: _StrOrPromise
    question: Question | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of the citizen's own: what they looked at in one go."""

    at: datetime.datetime
    what: list[_StrOrPromise]


def access(row: Seen, purposes: Mapping[str, str], question: Question | None = None) -> Access:
    """An access in plain words. `purposes`: code → title."""
    word, means = (
        OUTCOMES.get(row.outcome, (_("Not done"), "")) if row.outcome != "done" else ("", "")
    )
    known = operations().get(row.operation)
    return Access(
        reference(row.at, row.id),
        row.at,
        who(row.actor_kind, row.agency_name, own=row.own),
        ACTS.get(f"{row.action} {row.collection}") or ACTS.get(row.action, SOMETHING),
        titled(row.collection),
        known.title if known else "",
        labels(row.collection, row.fields),
        why(row.purpose, purposes),
        row.legal_basis,
        row.case_reference,
        word,
        means,
        question,
    )


def who(kind: str, agency_name: str, *, own: bool = False) -> Words:
    """Which office it was; people's names are not told."""
    if own:
        return Words(_("You"))
    return Words(agency_name, recorded=True) if agency_name else Words(ACTORS.get(kind, kind))


def titled(collection: str) -> _StrOrPromise:
    """What a citizen calls the records of a collection; its own name where none declares it any more."""
    found = record_types().get(collection)
    return found.title if found else COLLECTIONS.get(collection, collection)


def labels(collection: str, names: Iterable[str]) -> list[Any]:
    """What the fields are called on forms, each once; ids of our own are left out."""
    record_type = record_types().get(collection)
    found = {str(label): label for name in names if (label := _label(record_type, name))}
    return list(found.values())


def visits(rows: Iterable[Seen]) -> list[Visit]:
    """The citizen's own accesses, each request once, in the order given."""
    found = []
    for _request, group in itertools.groupby(rows, key=lambda row: row.request_id):
        several = list(group)
        titles = {
            str(title): title for row in reversed(several) for title in map(titled, _looked_at(row))
        }
        found.append(Visit(several[0].at, list(titles.values())))
    return found


def _looked_at(row: Seen) -> list[str]:
    """The collections that an access looked at: a look through everything names them as its fields."""
    if row.action != "everything":
        return [row.collection]
    return [name.partition(":")[0] for name in row.fields]


def _label(record_type: RecordType | None, name: str) -> Any:
    """A field's label; its name where no model has it any more, because audit outlives models."""
    if (collection := name.partition(":")[0]) in record_types():
        return titled(collection)
    if record_type is None:
        return ""
    known = record_type.columns.get(name)
    return "" if isinstance(known, models.UUIDField) else wording.label(record_type, name)


def why(code: str, purposes: Mapping[str, str]) -> Words:
    """A purpose in words. `purposes`: code → title, of those that are kept."""
    if code in purposes:
        return Words(purposes[code], recorded=True)
    return Words(PURPOSES.get(code, code))


def purposes() -> dict[str, str]:
    """The purposes that are kept: code → title."""
    return dict(Purpose.objects.values_list("code", "title"))
