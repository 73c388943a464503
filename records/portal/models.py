"""What citizens ask about accesses to their data, and what they are answered."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from records.fields import PersonalId, Text
from records.models import Uuid7

MOST_CHARACTERS = 2000


class Question(models.Model):
    """One citizen's question about one access. It copies words, for it outlives what it tells of.

    `number` is the one the citizen had signed in with; a question is found by all numbers of a person.
    """

    id = models.UUIDField(primary_key=True, db_default=Uuid7(), editable=False)
    number = PersonalId(_("Số định danh cá nhân"))
    access_at = models.DateTimeField(_("Thời điểm truy cập"))
    entry_id = models.UUIDField()
    actor_kind = models.CharField(max_length=12)
    agency = Text(_("Mã cơ quan"), null=True)
    agency_name = Text(_("Tên cơ quan"), null=True)
    collection = Text(_("Loại hồ sơ"))
    text = models.TextField(_("Nội dung hỏi"))
    asked_at = models.DateTimeField(_("Hỏi lúc"), db_default=Now())
    answer = models.TextField(_("Nội dung trả lời"), null=True)
    answered_at = models.DateTimeField(_("Trả lời lúc"), null=True)
    answered_by = Text(_("Người trả lời"), null=True)

    class Meta:
        verbose_name = _("Câu hỏi của công dân")
        constraints = [
            models.UniqueConstraint(fields=["number", "entry_id"], name="portal_question_once"),
            models.CheckConstraint(
                condition=~models.Q(text="")
                & models.Q(LessThanOrEqual(Length("text"), MOST_CHARACTERS)),
                name="portal_question_length",
            ),
            # Answered whole, or not at all.
            models.CheckConstraint(
                condition=models.Q(
                    answer__isnull=True, answered_at__isnull=True, answered_by__isnull=True
                )
                | (
                    models.Q(answer__isnull=False, answered_at__isnull=False)
                    & models.Q(answered_by__isnull=False)
                    & ~models.Q(answer="")
                    & models.Q(LessThanOrEqual(Length("answer"), MOST_CHARACTERS))
                ),
                name="portal_question_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["number", "id"], name="portal_question_of"),
            models.Index(
                fields=["id"],
                condition=models.Q(answer__isnull=True),
                name="portal_question_open",
            ),
        ]
