"""A finding: something recorded that disagrees with something else, until it no longer does."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from records.models import Uuid7


class Finding(models.Model):
    """What a rule found about one record. `said`: what the rule's words speak of; `subjects`: whom it is
    about; `unit`: whose work it is, where records of the collection have a unit."""

    id = models.UUIDField(primary_key=True, db_default=Uuid7(), editable=False)
    rule = models.CharField(max_length=120)
    collection = models.CharField(_("Loại hồ sơ"), max_length=40)
    record_id = models.UUIDField()
    record_key = models.CharField(max_length=255)
    unit = models.CharField(max_length=5, null=True)
    subjects = ArrayField(models.CharField(max_length=20), default=list)
    said = models.JSONField(default=dict)
    found_at = models.DateTimeField(_("Phát hiện lúc"), db_default=Now())
    ended_at = models.DateTimeField(_("Hết lúc"), null=True)

    class Meta:
        db_table = "finding"
        verbose_name = verbose_name_plural = _("Việc cần rà soát")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "record_id"],
                condition=models.Q(ended_at__isnull=True),
                name="finding_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["collection", "id"],
                condition=models.Q(ended_at__isnull=True),
                name="finding_open",
            ),
            models.Index(fields=["record_id"], name="finding_record"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.record_key}"
