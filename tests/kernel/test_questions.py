"""Asking about an access: once, about one's own, nothing typed is lost; and being answered."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from rest_framework.test import APIClient

from records.actors import Actor, Occasion, system
from records.audit import entries
from records.errors import Conflict, Invalid, Missing, Refused
from records.portal import questions
from records.portal.models import Question
from records.portal.references import parsed
from records.registry import record_types
from tests.conftest import entries_of, make
from tests.kernel.test_portal import read, seen_by, sign_in

pytestmark = pytest.mark.django_db
CLERK = Actor("clerk", "thuky", "Thư ký hộ tịch")
OCCASION = Occasion("own-data")


@pytest.fixture
def person() -> Any:
    return make(record_types()["people"], 1)


@pytest.fixture
def citizen(person: Any) -> Browser:
    return sign_in(person.personal_id)


@pytest.fixture
def ref(partner: APIClient, person: Any) -> str:
    """An access of a partner to the person."""
    return seen_by(partner, person.personal_id)


def asks(person: Any, ref: str, text: str = "Vì sao?") -> Question:
    found = parsed(ref)
    assert found
    by = Actor("citizen", person.personal_id, "")
    return questions.ask(*found, text, by=by, occasion=OCCASION)


def test_asked_and_answered(citizen: Browser, person: Any, ref: str) -> None:
    text = "Tôi không nộp tờ khai nào.\r\nVì sao cơ quan xem dữ liệu của tôi?"
    reply = citizen.post(f"/portal/looked/{ref}", {"text": f"  {text} "})
    assert (reply.status_code, reply["Location"]) == (302, f"/portal/looked/{ref}")
    (question,) = questions.open_questions(10)
    assert question.text == text.replace("\r\n", "\n")
    assert (question.number, question.agency, question.collection) == (
        person.personal_id,
        "test-agency",
        "people",
    )
    (entry,) = entries_of(action="ask")
    assert (entry["collection"], entry["record_id"], entry["subjects"]) == (
        "questions",
        question.id,
        [person.personal_id],
    )
    assert "Bạn đã hỏi, chờ trả lời" in read(citizen, "/portal/looked").said

    questions.answer(question.id, "Để kiểm tra mã số thuế.", by=CLERK, occasion=OCCASION)
    assert questions.open_questions(10) == []
    (entry,) = entries_of(action="answer")
    assert (entry["actor_id"], entry["subjects"], entry["outcome"]) == (
        "thuky",
        [person.personal_id],
        "done",
    )
    for path in (f"/portal/looked/{ref}", "/portal/questions"):
        page = read(citizen, path)
        assert "Để kiểm tra mã số thuế." in page.said
        assert "Thư ký hộ tịch" in page.said
    page = read(citizen, "/portal/looked")
    assert "Đã trả lời" in page.said
    assert "Trả lời câu hỏi của bạn" in page.said


def test_sent_twice_it_is_one_question(citizen: Browser, person: Any, ref: str) -> None:
    for _ in range(2):
        assert citizen.post(f"/portal/looked/{ref}", {"text": "Vì sao?"}).status_code == 302
    assert Question.objects.count() == 1
    assert len(entries_of(action="ask")) == 1
    page = citizen.post(f"/portal/looked/{ref}", {"text": "Còn gì nữa?"})
    assert page.status_code == 409
    assert "Bạn đã hỏi về lượt xem này rồi." in page.content.decode()
    assert "Còn gì nữa?" in page.content.decode()
    assert [e["outcome"] for e in entries_of(action="ask")] == ["done", "conflict"]


def test_the_database_takes_one_question_about_an_access(person: Any, ref: str) -> None:
    asked = asks(person, ref)
    with pytest.raises(DatabaseError, match="portal_question_once"), transaction.atomic():
        Question.objects.create(
            number=asked.number,
            access_at=asked.access_at,
            entry_id=asked.entry_id,
            actor_kind="partner",
            collection="people",
            text="x",
        )


def test_a_number_that_was_replaced_asks_no_second_time(
    partner: APIClient, person: Any, ref: str
) -> None:
    old, new = person.personal_id, "074185777777"
    asks(person, ref)
    body = {"personal_id": old, "new_personal_id": new, "replaced_on": "2026-02-01"}
    assert partner.post("/api/v1/operations/replace-personal-id", body, format="json").data
    citizen = sign_in(new)
    assert "Vì sao?" in read(citizen, "/portal/questions").said
    assert citizen.post(f"/portal/looked/{ref}", {"text": "Vì sao?"}).status_code == 302
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Hãy viết điều bạn muốn hỏi."),
        (" \u200b\r\n\t ", "Hãy viết điều bạn muốn hỏi."),
        ("Vì\x00 sao", "ký tự điều khiển"),
        ("Vì\x1b[31m sao", "ký tự điều khiển"),
        ("á" * 2001, "Nội dung có 2001 ký tự"),
        ("a\u0301" * 2001, "Nội dung có 2001 ký tự"),
    ],
)
def test_what_cannot_be_kept_is_told_and_stays_in_the_form(
    citizen: Browser, ref: str, text: str, why: str
) -> None:
    page = citizen.post(f"/portal/looked/{ref}", {"text": text})
    assert page.status_code == 422
    assert why in page.content.decode()
    assert text.replace("\x00", "").strip()[:50] in page.content.decode().replace("\x00", "")
    assert not Question.objects.exists()
    assert [e["outcome"] for e in entries_of(action="ask")] == ["invalid"]


def test_2000_characters_are_not_too_many(citizen: Browser, ref: str) -> None:
    assert citizen.post(f"/portal/looked/{ref}", {"text": "a\u0301\r\n" * 1000}).status_code == 302


def test_a_question_is_shown_as_text(citizen: Browser, person: Any, ref: str) -> None:
    citizen.post(f"/portal/looked/{ref}", {"text": "<script>alert(1)</script>"})
    text = citizen.get(f"/portal/looked/{ref}").content.decode()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_twenty_questions_wait_at_most(partner: APIClient, citizen: Browser, person: Any) -> None:
    for _ in range(questions.MOST_OPEN):
        asks(person, seen_by(partner, person.personal_id))
    ref = seen_by(partner, person.personal_id)
    page = citizen.post(f"/portal/looked/{ref}", {"text": "Còn lượt này?"})
    assert page.status_code == 409
    assert "20 câu hỏi chờ trả lời" in page.content.decode()
    assert "Còn lượt này?" in page.content.decode()
    first = questions.open_questions(1)[0]
    questions.answer(first.id, "Vâng.", by=CLERK, occasion=OCCASION)
    assert citizen.post(f"/portal/looked/{ref}", {"text": "Còn lượt này?"}).status_code == 302

    one = read(citizen, "/portal/questions")
    (further,) = [link for link in one.links if "before=" in link]
    two = read(citizen, further)
    assert one.said.count("Bạn hỏi") + two.said.count("Bạn hỏi") == 21


def test_an_ended_session_loses_nothing_typed(citizen: Browser, ref: str) -> None:
    citizen.cookies.pop("sessionid")
    page = citizen.post(f"/portal/looked/{ref}", {"text": "Một câu dài tôi đã viết"})
    assert page.status_code == 403
    text = page.content.decode()
    assert "Phiên đăng nhập đã hết" in text
    assert "Một câu dài tôi đã viết</textarea>" in text
    assert not Question.objects.exists()


@pytest.mark.parametrize(("origin", "kept"), [("http://127.0.0.1", 1), ("http://evil.example", 0)])
def test_a_form_too_old_loses_nothing_typed(person: Any, ref: str, origin: str, kept: int) -> None:
    citizen = sign_in(person.personal_id, enforce_csrf_checks=True)
    headers = {"origin": origin}
    page = citizen.post(f"/portal/looked/{ref}", {"text": "Đã viết rồi"}, headers=headers)
    assert page.status_code == 403
    assert page.content.decode().count("Đã viết rồi</textarea>") == kept
    assert not Question.objects.exists()


def test_only_citizens_ask_and_only_clerks_answer(actor: Actor, person: Any, ref: str) -> None:
    found = parsed(ref)
    assert found
    with pytest.raises(Refused) as refused:
        questions.ask(*found, "Vì sao?", by=actor, occasion=OCCASION)
    assert refused.value.entry
    asked = asks(person, ref)
    for by in (actor, Actor("citizen", person.personal_id, "")):
        with pytest.raises(Refused):
            questions.answer(asked.id, "Vâng.", by=by, occasion=OCCASION)


def test_an_answer_is_given_once(person: Any, ref: str) -> None:
    asked = asks(person, ref)
    for text in ("", "a" * 2001, "\x07"):
        with pytest.raises(Invalid) as invalid:
            questions.answer(asked.id, text, by=CLERK, occasion=OCCASION)
        assert invalid.value.entry
        assert invalid.value.entry.subjects == (person.personal_id,)
    done = questions.answer(asked.id, "Vâng.", by=CLERK, occasion=OCCASION)
    assert (done.answer, done.answered_by) == ("Vâng.", "Thư ký hộ tịch")
    with pytest.raises(Conflict) as conflict:
        questions.answer(asked.id, "Không.", by=CLERK, occasion=OCCASION)
    assert conflict.value.entry
    entries.write_alone(conflict.value)
    with pytest.raises(Missing):
        questions.answer(uuid.uuid4(), "Vâng.", by=system("tests"), occasion=OCCASION)
    (kept,) = questions.questions_of([person.personal_id])
    assert kept.answer == "Vâng."


def test_a_question_is_never_deleted(person: Any, ref: str, owner_url: str) -> None:
    asks(person, ref)
    for statement in ("DELETE FROM portal_question", "TRUNCATE portal_question"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    with psycopg.connect(owner_url) as owner:
        row = "INSERT INTO portal_question (number, access_at, entry_id, actor_kind, collection, text)"
        owner.execute(f"{row} VALUES ('074185777777', now(), gen_random_uuid(), 'x', 'x', 'x')")
        with pytest.raises(psycopg.Error, match="never happens"):
            owner.execute("DELETE FROM portal_question")
        owner.rollback()
