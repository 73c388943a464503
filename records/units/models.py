"""Administrative units, what became of each, and which list of them is loaded.

A code is taken over by the unit that follows, often under another name, so a unit is (code,
valid_from). `manage.py load_units` writes here; everything else asks `records.units.snapshot`.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from records.fields import Choice, Code, Date, Text


class Level(models.TextChoices):
    """Since 1 July 2025 there are no districts (Decision 19/2025/QĐ-TTg)."""

    PROVINCE = "province", _("Cấp tỉnh")
    DISTRICT = "district", _("Cấp huyện")
    COMMUNE = "commune", _("Cấp xã")


class Extent(models.TextChoices):
    """How much of a unit went to the one that followed."""

    FULL = "full", _("Toàn bộ")
    PART = "part", _("Một phần")


class Unit(models.Model):
    """One unit for as long as it held. A start of 1900-01-01 is not known."""

    code = Code(_("Mã đơn vị hành chính"), max_length=5)
    level = Choice(_("Cấp hành chính"), choices=Level.choices)
    name = Text(_("Tên đơn vị hành chính"))
    full_name = Text(_("Tên đầy đủ"))
    kind = Text(_("Loại đơn vị hành chính"))
    parent_code = Code(_("Mã đơn vị cấp trên"), max_length=5, optional=True)
    valid_from = Date(_("Từ ngày"))
    valid_to = Date(_("Đến ngày"), optional=True)
    resolution = Text(_("Nghị quyết"), optional=True)

    class Meta:
        verbose_name = _("Đơn vị hành chính")
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="units_identity"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="units_end_after_they_begin",
            ),
            ExclusionConstraint(
                name="units_one_at_a_time",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                # One load may close a unit and open the next, in any order.
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ]


class UnitChange(models.Model):
    """A unit that went, whole or in part, to another one. `is_default`: to which in doubt."""

    old_code = Code(_("Mã cũ"), max_length=5)
    old_valid_from = Date(_("Đơn vị cũ từ ngày"))
    new_code = Code(_("Mã mới"), max_length=5)
    new_valid_from = Date(_("Đơn vị mới từ ngày"))
    extent = Choice(_("Phạm vi"), choices=Extent.choices)
    is_default = models.BooleanField(_("Mặc định"))
    effective_on = Date(_("Ngày có hiệu lực"))

    class Meta:
        verbose_name = _("Thay đổi đơn vị hành chính")
        constraints = [
            models.UniqueConstraint(
                fields=["old_code", "old_valid_from", "new_code", "new_valid_from"],
                name="unit_changes_identity",
            )
        ]


class UnitList(models.Model):
    """One row: which files are loaded, and a number that each load raises which changed anything."""

    version = models.BigIntegerField()
    checksum = models.CharField(max_length=64)
