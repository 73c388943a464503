"""Asking about an access, and answering: the only ways into and out of the table of questions."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from records.access import numbers as known
from records.access.grants import OWN_DATA_BASIS
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.errors import Conflict, Fault, Invalid, Missing, Refused
from records.fields import CONTROL, INVISIBLE
from records.portal.models import MOST_CHARACTERS, Question

QUESTIONS = "questions"
MOST_OPEN = 20
PAGE = 20


def ask(
    at: datetime.datetime, entry_id: UUID, text: str, *, by: Actor, occasion: Occasion
) -> Question:
    """Ask about the access of that moment and id, as the citizen `by`; sent twice it is one question.

    Raises Missing where it is not about them or may not be told yet, Invalid for the text, Conflict where
    they asked something else about it already or have too many questions open.
    """
    tried = Entry(
        by,
        occasion,
        "ask",
        QUESTIONS,
        str(entry_id),
        fields=("text",),
        legal_basis=OWN_DATA_BASIS,
        subjects=(by.id,),
    )
    with entries.attempt(tried):
        if by.kind != "citizen":
            raise Refused
        own = known.all_numbers([by.id])
        seen = entries.one_about(own, at, entry_id)
        if seen is None:
            raise Missing(_("There is no such access to your data."))
        asked = worded(text, _("Write what you want to know."))
        with transaction.atomic():
            # One person's questions come one after the other, from however many windows.
            _wait_for(min(own))
            made = _made(own, seen, asked, by)
            if made is None:
                return Question.objects.get(number__in=own, entry_id=entry_id)
            entries.write(replace(tried, record_id=made.id))
    return made


def _made(own: list[str], seen: entries.Seen, text: str, by: Actor) -> Question | None:
    """The question, recorded; None where the same was asked already."""
    before = Question.objects.filter(number__in=own, entry_id=seen.id).first()
    if before is not None:
        if before.text != text:
            raise Conflict(_("You have asked about this access already."), code="asked_already")
        return None
    if Question.objects.filter(number__in=own, answer__isnull=True).count() >= MOST_OPEN:
        raise Conflict(
            _("20 of your questions wait for an answer. Ask again when one is answered."),
            code="too_many_open",
        )
    question = Question.objects.create(
        number=by.id,
        access_at=seen.at,
        entry_id=seen.id,
        actor_kind=seen.actor_kind,
        agency=seen.agency or None,
        agency_name=seen.agency_name or None,
        collection=seen.collection,
        text=text,
    )
    question.refresh_from_db()
    return question


def answer(question_id: UUID, text: str, *, by: Actor, occasion: Occasion) -> Question:
    """Answer a question once and for all; its citizen reads the answer and who gave it.

    Raises Refused for who is no clerk, Missing, Invalid for the text, Conflict where it is answered.
    """
    tried = Entry(
        by,
        occasion,
        "answer",
        QUESTIONS,
        str(question_id),
        record_id=question_id,
        fields=("answer",),
        legal_basis=OWN_DATA_BASIS,
    )
    about: list[str] = []
    with entries.attempt(tried, lambda: about):
        if by.kind not in {"clerk", "system"}:
            raise Refused
        asked = Question.objects.filter(pk=question_id).first()
        if asked is None:
            raise Missing(_("There is no such question."))
        about.append(asked.number)
        said = worded(text, _("Write the answer."))
        with transaction.atomic():
            done = Question.objects.filter(pk=question_id, answer__isnull=True).update(
                answer=said, answered_at=Now(), answered_by=by.agency_name or by.name or by.id
            )
            if not done:
                raise Conflict(_("This question is answered already."), code="answered")
            entries.write(replace(tried, subjects=(asked.number,)))
    asked.refresh_from_db()
    return asked


def open_questions(limit: int, *, without: Iterable[str] = ()) -> list[Question]:
    """The questions that wait for an answer, those that wait longest first; `without`: collections that
    somebody else answers for."""
    found = Question.objects.filter(answer__isnull=True).exclude(collection__in=list(without))
    return list(found.order_by("id")[:limit])


def questions_of(
    numbers: Iterable[str], *, before: UUID | None = None, limit: int = PAGE
) -> list[Question]:
    """What whoever has, or had, one of `numbers` asked, newest first; `before`: the last of a page."""
    found = Question.objects.filter(number__in=list(numbers))
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def questions_about(numbers: Iterable[str], accesses: Iterable[UUID]) -> dict[UUID, Question]:
    """What whoever has, or had, one of `numbers` asked about these accesses, by the access's id."""
    found = Question.objects.filter(number__in=list(numbers), entry_id__in=list(accesses))
    return {question.entry_id: question for question in found}


def worded(text: str, lacking: object) -> str:
    """A text as it is kept: NFC, its lines as they were written. Raises Invalid; `lacking`: for none."""
    plain = unicodedata.normalize("NFC", INVISIBLE.sub("", text.replace("\r\n", "\n")))
    plain = plain.replace("\r", "\n").strip()
    if CONTROL.search(plain):
        _refuse("format", _("Control characters cannot be kept. Type the text again."))
    if not plain:
        _refuse("missing", lacking)
    if len(plain) > MOST_CHARACTERS:
        told = _("At most 2,000 characters; these are %(count)s. Make the text shorter.")
        _refuse("range", told % {"count": len(plain)})
    return plain


def _refuse(code: str, why: object) -> None:
    raise Invalid(why, faults=[Fault("text", code, why)])  # type: ignore[arg-type]


def _wait_for(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"asks {number}"])
