"""What every record has, and the rules it can be bound by."""

from __future__ import annotations

import datetime
from copy import copy
from typing import Any, ClassVar, Self

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


def in_force(on: datetime.date) -> models.Q:
    """The condition of the open records of a ForATime that hold on a day."""
    return models.Q(
        models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=on),
        valid_from__lte=on,
        closed_on__isnull=True,
    )


class ValidDays(models.Func):
    """`daterange(valid_from, valid_to, '[]')`: only SQL knows the range."""

    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field: ClassVar[models.Field[Any, Any]] = DateRangeField()

    def __init__(self) -> None:
        super().__init__(models.F("valid_from"), models.F("valid_to"))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "records.models.ValidDays", [], {}


class Worded(models.BaseConstraint):
    """A rule whose words are no part of the schema, yet stay with every copy that Django makes of it."""

    def clone(self) -> Any:
        copy = super().clone()
        copy.violation_error_message = self.violation_error_message
        return copy

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class OneAtATime(Worded, ExclusionConstraint):
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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneAtATime) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def clone(self) -> Self:
        """As the model keeps it: with its words, which a migration does not know."""
        return copy(self)


class ByTrigger(Worded):
    """A rule kept by statement triggers over all that was written: a bulk load pays for one query."""

    def call(self, model: Any) -> str:
        """The trigger function's call."""
        raise NotImplementedError

    def clone(self) -> Self:
        """As the model keeps it: with its words, which a migration does not know."""
        return copy(self)

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Nothing inside CREATE TABLE; the triggers follow it."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        return "; ".join(
            f'CREATE TRIGGER "{self.name}_{event}" AFTER {event} ON "{model._meta.db_table}"'
            " REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
            f" EXECUTE FUNCTION {self.call(model)}"
            for event in ("insert", "update")
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return "; ".join(
            f'DROP TRIGGER "{self.name}_{event}" ON "{model._meta.db_table}"'
            for event in ("insert", "update")
        )

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database judges it when the row is written."""


class NeverReused(ByTrigger):
    """A value of `field` that was replaced (`Succession`) is never written again, for anybody."""

    def __init__(self, *, field: str, name: str, violation_error_message: Any = None) -> None:
        self.field = field
        super().__init__(
            name=name,
            violation_error_message=violation_error_message
            or _("This number was replaced by another one and is not used again."),
            violation_error_code="reused",
        )

    def call(self, model: Any) -> str:
        column = model._meta.get_field(self.field).column
        return f"never_reused('{self.name}', '{column}')"

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "records.models.NeverReused", (), {"field": self.field, "name": self.name}


class WithinWhole(ByTrigger):
    """Shares of one thing never make more than the whole, at any moment, of open records.

    share    the column of fractions
    of       the columns that say of what
    parents  (table, key) of what has shares: writers about one thing wait there for each other; the last
             column of `of` names its key
    """

    def __init__(
        self,
        *,
        share: str,
        of: tuple[str, ...],
        parents: tuple[tuple[str, str], ...],
        name: str,
        violation_error_message: Any = None,
    ) -> None:
        self.share, self.of = share, tuple(of)
        self.parents = tuple((table, key) for table, key in parents)
        super().__init__(
            name=name,
            violation_error_message=violation_error_message
            or _("The shares together are more than the whole."),
            violation_error_code="over_whole",
        )

    def call(self, model: Any) -> str:
        said = (
            self.name,
            self.share,
            ",".join(self.of),
            *(x for each in self.parents for x in each),
        )
        return f"within_whole({', '.join(repr(each) for each in said)})"

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        kwargs = {"share": self.share, "of": self.of, "parents": self.parents, "name": self.name}
        return "records.models.WithinWhole", (), kwargs


class Reckoned(Worded):
    """What follows from the rest of a record: the database reckons `field` where a new record leaves it
    empty. A value that is given stays; where another would follow, it is told as `structure`.

    of   the columns it follows from
    sql  a query of one value over `reckoned`, which has those columns, and whatever else is recorded
    """

    def __init__(
        self,
        *,
        field: str,
        of: tuple[str, ...],
        sql: str,
        name: str,
        violation_error_message: Any = None,
    ) -> None:
        self.field, self.of, self.sql = field, tuple(of), sql
        super().__init__(
            name=name,
            violation_error_message=violation_error_message
            or _("From the rest of the record another value would follow."),
            violation_error_code="structure",
        )

    def call(self, of: str) -> str:
        """The SQL that reckons from the columns of a row `of`."""
        columns = ", ".join(f'{of}."{column}"' for column in self.of)
        return f'"{self.name}"({columns})'

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        kinds = {f.column: f.db_type(schema_editor.connection) for f in model._meta.concrete_fields}
        given = ", ".join(kinds[column] for column in self.of)
        columns = ", ".join(f'${n} AS "{column}"' for n, column in enumerate(self.of, 1))
        return f"""
CREATE FUNCTION "{self.name}"({given}) RETURNS {kinds[self.field]} LANGUAGE sql AS $$
  WITH reckoned AS (SELECT {columns}) {self.sql}
$$;
CREATE FUNCTION "{self.name}_fill"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."{self.field}" := {self.call("NEW")};
  RETURN NEW;
END
$$;
CREATE TRIGGER "{self.name}" BEFORE INSERT ON "{model._meta.db_table}" FOR EACH ROW
  WHEN (NEW."{self.field}" IS NULL) EXECUTE FUNCTION "{self.name}_fill"()"""

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return (
            f'DROP TRIGGER "{self.name}" ON "{model._meta.db_table}";'
            f' DROP FUNCTION "{self.name}_fill"; DROP FUNCTION "{self.name}"'
        )

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is refused."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        kwargs = {"field": self.field, "of": self.of, "sql": self.sql, "name": self.name}
        return "records.models.Reckoned", (), kwargs


class Refers(Worded):
    """A generated column refers to a parent of the same registry: a foreign key by the parent's key.

    For a key that points to one table or another, as a second column says: a generated column for each.
    """

    def __init__(self, *, field: str, table: str, key: str, name: str) -> None:
        self.field, self.table, self.key = field, table, key
        super().__init__(name=name, violation_error_code="reference")

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}"'
            f' FOREIGN KEY ("{self.field}") REFERENCES "{self.table}" ("{self.key}")'
            " DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database judges it when the row is written."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        kwargs = {"field": self.field, "table": self.table, "key": self.key, "name": self.name}
        return "records.models.Refers", (), kwargs


def where_kind(kind: str, said: str, field: str) -> Any:
    """A stored column, kept by the database: `field` where the column `kind` says `said`, else NULL."""
    return models.GeneratedField(
        expression=models.Case(models.When(**{kind: said}, then=models.F(field))),
        output_field=models.CharField(max_length=255, null=True),
        db_persist=True,
        editable=False,
    )
