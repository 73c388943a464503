"""What every record has, and the rules it can be bound by."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.base import ModelBase
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from records.fields import Choice, Date, Text
from records.history.base import track

#: How the source of a record begins that an import made and its undoing closed. It counts as not
#: recorded: whoever records it again brings it back.
UNDONE = "undone:"


class Uuid7(models.Func):
    """The database's own `uuid7()`, so that the ORM, COPY and INSERT … SELECT agree."""

    function = "uuid7"
    template = "%(function)s()"
    output_field: ClassVar[models.Field[Any, Any]] = models.UUIDField()


class Recorded(ModelBase):
    """Gives each record model its history: none can be declared without."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> Any:
        model: Any = super().__new__(cls, name, bases, attrs, **kwargs)
        if not model._meta.abstract:
            track(model)
        return model


class Record(models.Model, metaclass=Recorded):
    """One record of a registry. It is never deleted; it is closed, with a reason."""

    class Status(models.TextChoices):
        RECORDED = "recorded", _("Đã ghi nhận")

    id = models.UUIDField(primary_key=True, db_default=Uuid7(), editable=False)
    version = models.PositiveIntegerField(_("Phiên bản"), db_default=1, editable=False)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.RECORDED)
    recorded_at = models.DateTimeField(_("Ghi nhận lúc"), db_default=Now(), editable=False)
    source = Text(_("Nguồn"), optional=True, editable=False)
    warnings = models.JSONField(_("Cảnh báo"), db_default=[], editable=False)
    closed_on = Date(_("Ngày đóng"), null=True, blank=True, editable=False)
    closed_reason = Text(_("Lý do đóng"), optional=True, max_length=1000, editable=False)

    class Meta:
        abstract = True


class ForATime(Record):
    """A fact that holds from a day to a day, both included; without a last day, until further notice."""

    valid_from = Date(_("Từ ngày"))
    valid_to = Date(_("Đến ngày"), optional=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="%(class)s_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
                violation_error_code="range",
            )
        ]


class ValidDays(models.Func):
    """`daterange(valid_from, valid_to, '[]')`: only SQL knows the range."""

    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field: ClassVar[models.Field[Any, Any]] = DateRangeField()

    def __init__(self) -> None:
        super().__init__(models.F("valid_from"), models.F("valid_to"))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "records.models.ValidDays", [], {}


class OneAtATime(ExclusionConstraint):
    """At most one open record at any moment for the same `fields`, of those that meet `when`.

    Deferrable but checked at once, so that an act may close one period and open the next in any
    order by asking for it (SET CONSTRAINTS).
    """

    def __init__(
        self,
        *,
        fields: tuple[str, ...],
        name: str,
        when: models.Q | None = None,
        violation_error_message: Any = None,
    ) -> None:
        self.fields_given, self.when = tuple(fields), when
        not_closed = models.Q(closed_on__isnull=True)
        super().__init__(
            name=name,
            expressions=[
                *((f, RangeOperators.EQUAL) for f in fields),
                (ValidDays(), RangeOperators.OVERLAPS),
            ],
            condition=not_closed & when if when else not_closed,
            deferrable=models.Deferrable.IMMEDIATE,
            violation_error_message=violation_error_message
            or _("Another record already holds for this time."),
            violation_error_code="overlap",
        )

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        kwargs: dict[str, Any] = {"fields": self.fields_given, "name": self.name}
        if self.when:
            kwargs["when"] = self.when
        return "records.models.OneAtATime", (), kwargs

    def clone(self) -> OneAtATime:
        """As the model keeps it: with its words, which a migration does not know."""
        return copy(self)


class NeverReused(models.BaseConstraint):
    """A value of `field` that was replaced (`Succession`) is never written again, for anybody.

    Kept by statement triggers with transition tables, so that a bulk load pays for one join.
    """

    def __init__(self, *, field: str, name: str, violation_error_message: Any = None) -> None:
        self.field = field
        super().__init__(
            name=name,
            violation_error_message=violation_error_message
            or _("This number was replaced by another one and is not used again."),
            violation_error_code="reused",
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Nothing inside CREATE TABLE; the triggers follow it."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        column = model._meta.get_field(self.field).column
        return "; ".join(
            f'CREATE TRIGGER "{self.name}_{event}" AFTER {event} ON "{model._meta.db_table}"'
            " REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
            f" EXECUTE FUNCTION never_reused('{self.name}', '{column}')"
            for event in ("insert", "update")
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return "; ".join(
            f'DROP TRIGGER "{self.name}_{event}" ON "{model._meta.db_table}"'
            for event in ("insert", "update")
        )

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database judges it when the row is written."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NeverReused) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.field, self.name))

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "records.models.NeverReused", (), {"field": self.field, "name": self.name}

    def clone(self) -> NeverReused:
        """As the model keeps it: with its words, which a migration does not know."""
        return copy(self)
