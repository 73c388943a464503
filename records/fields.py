"""The kinds of value a record holds: normal form, validator, and the CHECK that keeps it in SQL.

A field's CHECK is part of its column, so COPY, raw SQL and the ORM stand before the same wall. An
absent value is NULL, never an empty text. Normal forms follow the contract of import files: texts
are put right in silence (NFC, blanks); identifiers are taken as they stand or not at all, because
mending them is an import's business, which keeps the raw value beside the mended one.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from records import mending

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
APOSTROPHES = re.compile("[’‘`´ʼ]")
#: What needs no looking up: Latin letters, digits, signs.
NAME = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ0-9 '.,()/·\"“”-]*")
EARLIEST = datetime.date(1800, 1, 1)
LATEST = datetime.date(2199, 12, 31)
PENDING = 256  # kB


def invalid(code: str, detail: Any) -> ValidationError:
    """A single value's fault; `code` is one of the import contract's (`format`, `range`, …)."""
    return ValidationError(detail, code=code)


def tidy(value: str) -> str:
    """Put right what nobody means to write: NFC, no line break, one blank inside, none at the ends, and
    an Icelandic letter that looks like Đ."""
    plain = unicodedata.normalize("NFC", INVISIBLE.sub("", value))
    # Not by str.translate: beyond ASCII it takes ten times as long.
    return " ".join(plain.replace("Ð", "Đ").replace("ð", "đ").split())


def of_event(field: models.Field[Any, Any]) -> bool:
    """Whether a field stands in a history table: what was recorded once is not judged again."""
    return any(f.name == "pgh_id" for f in field.model._meta.local_fields)


class Text(models.CharField):
    """Any text on one line, at most `max_length` characters (255), in NFC."""

    shape: str = ""
    length: ClassVar[int] = 255
    #: A shape that cannot be mended in silence: the value is kept as it was sent and judged so.
    exact: ClassVar[bool] = False
    #: Whatever has the shape is in normal form: there is nothing to mend in it, or to judge.
    settled: ClassVar[bool] = False
    explain: Any = _("This does not have the shape it needs.")
    examples: ClassVar[tuple[str, ...]] = ()
    #: What an office's spelling stands for: `records.mending`.
    mend: Callable[[str], mending.Mended] = staticmethod(mending.as_it_stands)
    #: Where in a value the code of an administrative unit stands, which must be a listed one.
    unit_at: ClassVar[slice | None] = None
    #: The column of the same row whose value says what this one must look like; `among` asks it.
    beside: str = ""

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", self.length)
        if optional:
            kwargs |= {"null": True, "blank": True}
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        # By its long name, or Django gives each unique column a second index, for LIKE, that nobody asks.
        return str(super().db_type(connection)).replace("varchar", "character varying")

    def to_python(self, value: Any) -> Any:
        if value is None or not isinstance(value, str):
            return value if value is None else str(value)
        if CONTROL.search(value):
            raise invalid("format", _("Control characters cannot be kept. Type the text again."))
        value = value if self.exact else tidy(value)
        return None if value == "" else value

    def get_prep_value(self, value: Any) -> Any:
        return None if value == "" else super().get_prep_value(value)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and self.shape and not re.fullmatch(self.shape, value, re.ASCII):
            raise invalid("format", self.explain)

    def among(self, said: Any) -> Text:
        """The field that judges values where `beside` says `said`; None where it says nothing."""
        return self

    def check_sql(self) -> str:
        """The column's CHECK as SQL with `{c}` for the quoted column, or an empty text."""
        return f"{{c}} ~ '^({self.shape})$'" if self.shape else "{c} <> ''"

    def db_check(self, connection: Any) -> str | None:
        sql = "" if of_event(self) else self.check_sql()
        return sql.replace("{c}", connection.ops.quote_name(self.column)) if sql else None


class Name(Text):
    """A name as on the paper: words in any order, signs and digits, capitals kept, Latin letters."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return APOSTROPHES.sub("'", value) if isinstance(value, str) else value

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is None or NAME.fullmatch(value):
            return
        if "?" in value:
            raise invalid("format", _("A letter was lost where a question mark stands. Write it."))
        if any(c.isalpha() and "LATIN" not in unicodedata.name(c, "") for c in value):
            raise invalid("format", _("A name is written in Latin letters."))


class Code(Text):
    """A code given by an office: letters, digits, `.`, `-`, `/`, `_`; no blank, no `~`."""

    shape = r"[0-9A-Za-zĐđ][0-9A-Za-zĐđ./_-]*"
    length = 40
    exact = True
    explain = _("A code has letters, digits, points, hyphens and slashes, and no blank.")

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value in {"lookup", "export", "new"}:
            raise invalid("format", _("This word is an address of the service, and no code."))


class Key(Code):
    """A number that an office gives as it likes, and that names a record: any text without `~`."""

    # `~` stands for `/` in addresses; `.` and `..` are no part of one.
    shape = r"(?!\.{1,2}$)[^~ ]+( [^~ ]+)*"
    length = 255
    exact = False
    explain = _("This is a text on one line, without “~”, that is more than one or two points.")


class PersonalId(Text):
    """Số định danh cá nhân: 12 ASCII digits (Law 26/2023/QH15, art. 12).

    What stands inside (province, century and sex, year) warns where it disagrees; it never rejects.
    """

    shape = "[0-9]{12}"
    length = 12
    exact = settled = True
    explain = _("A personal id is 12 digits, without blanks: 074085001234.")
    examples = ("074085001234",)
    mend = staticmethod(mending.personal_id)


class OldIdNumber(Text):
    """Số chứng minh nhân dân: the nine digits before the personal id; valid until 31 Dec 2024."""

    shape = "[0-9]{9}"
    length = 9
    exact = settled = True
    explain = _("An old identity number is 9 digits.")
    examples = ("280123456",)
    mend = staticmethod(mending.of_length(9, signs=" ."))


class UnitCode(Text):
    """Mã đơn vị hành chính: a commune's 5 digits as they held then. A unit is (code, date)."""

    shape = "[0-9]{5}"
    length = 5
    exact = settled = True
    explain = _("A commune's code is 5 digits: 25747.")
    unit_at = slice(5)
    examples = ("25747",)
    mend = staticmethod(mending.of_length(5, lost=4))


class Phone(Text):
    """10 or 11 digits, the first 0."""

    shape = "0[0-9]{9,10}"
    length = 11
    exact = settled = True
    explain = _("A phone number is 10 or 11 digits and begins with 0.")
    examples = ("0912345678",)
    mend = staticmethod(mending.phone)


class Email(Text):
    shape = r"[^\s@,;<>()\"]+@[^\s@,;<>()\".]+(\.[^\s@,;<>()\".]+)+"
    length = 254
    explain = _("An e-mail address looks like name@host.vn.")
    examples = ("an.nguyen@example.vn",)


class SchoolYear(Text):
    """Năm học: two years that follow each other, 2025-2026."""

    shape = "[0-9]{4}-[0-9]{4}"
    length = 9
    exact = True
    explain = _("A school year is two years that follow each other: 2025-2026.")
    examples = ("2025-2026",)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value and int(value[5:]) != int(value[:4]) + 1:
            raise invalid("format", self.explain)

    def check_sql(self) -> str:
        return super().check_sql() + " AND right({c}, 4)::int = left({c}, 4)::int + 1"


class PartialDate(Text):
    """A date known to the day, the month or the year: `1985-06-02`, `1985-06`, `1985` (ISO 8601)."""

    shape = "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
    length = 10
    exact = True
    explain = _("A date is YYYY-MM-DD; YYYY-MM or YYYY where no more is known.")
    examples = ("1985-06-02", "1985")
    mend = staticmethod(mending.partial_date)

    def __init__(self, *args: Any, future: bool = False, **kwargs: Any) -> None:
        self.future = future
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"future": True} if self.future else {})

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None:
            in_range(first_day(value, self.explain), future=self.future)

    def check_sql(self) -> str:
        return super().check_sql() + " AND first_day({c}) BETWEEN '1800-01-01' AND '2199-12-31'"


def first_day(value: str, explain: Any = PartialDate.explain) -> datetime.date:
    """The first day a partial date can mean. Raises ValidationError `format` if there is none."""
    try:
        return datetime.date.fromisoformat(value + "-01-01"[len(value) - 4 :])
    except ValueError:
        raise invalid("format", explain) from None


def in_range(day: datetime.date, *, future: bool) -> None:
    """Raise ValidationError `range` for a day before 1800, after 2199, or not yet come."""
    if not EARLIEST <= day <= LATEST:
        raise invalid("range", _("A date lies between 1800 and 2199."))
    # No zone is further than a day from this machine's, and to ask for ours costs more than the rest.
    soon = day >= datetime.date.today() - datetime.timedelta(days=1)  # noqa: DTZ011
    if not future and soon and day > timezone.localdate():
        raise invalid("range", _("This date has not come yet."))


class Date(models.DateField):
    """A calendar day, YYYY-MM-DD; with `future=False` not later than today.

    With `lapses` it is the last day of something: once it has passed, whoever reads it is told so.
    """

    mend = staticmethod(mending.date)

    def __init__(
        self,
        *args: Any,
        optional: bool = False,
        future: bool = True,
        lapses: bool = False,
        **kwargs: Any,
    ) -> None:
        self.future, self.lapses = future, lapses
        if optional:
            kwargs |= {"null": True, "blank": True}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({} if self.future else {"future": False})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise invalid("format", _("A date is YYYY-MM-DD."))
        try:
            return super().to_python(value)
        except ValidationError:
            raise invalid("format", _("There is no such day.")) from None

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None:
            in_range(value, future=self.future)

    def db_check(self, connection: Any) -> str | None:
        if of_event(self):
            return None
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN '1800-01-01' AND '2199-12-31'"


class Choice(Text):
    """One of the codes of `choices`; the words beside them are what people read.

    `words`: code → what else files call it.
    """

    # Unlike Django's, a change of the codes is a migration: the CHECK holds them.
    non_db_attrs = tuple(name for name in models.CharField.non_db_attrs if name != "choices")
    length = 40
    exact = True

    def __init__(
        self, *args: Any, words: Mapping[str, tuple[str, ...]] | None = None, **kwargs: Any
    ) -> None:
        self.words = words or {}
        # The database's default too, so that the ORM, COPY and INSERT … SELECT agree.
        if "default" in kwargs:
            kwargs.setdefault("db_default", str(kwargs["default"]))
        super().__init__(*args, **kwargs)

    @cached_property
    def mend(self) -> Callable[[str], mending.Mended]:  # type: ignore[override]
        with translation.override(settings.LANGUAGE_CODE):
            said = [
                (tidy(str(word)).casefold(), str(code))
                for code, label in self.flatchoices
                for word in (code, label, *self.words.get(str(code), ()))
            ]
        return mending.choice(dict(said))

    def check_sql(self) -> str:
        codes = ", ".join(
            "'" + str(code).replace("'", "''") + "'" for code, _word in self.flatchoices
        )
        return f"{{c}} IN ({codes})"


class Fold(models.Func):
    """`fold(name)`: what names are searched by."""

    function = "fold"


class SortKey(models.Func):
    """`sort_key(name)`: what Vietnamese lists are sorted by, in byte order."""

    function = "sort_key"


def folded(column: str) -> Any:
    """A stored column, kept by the database: the name in `column`, as it is searched by."""
    return models.GeneratedField(
        expression=Fold(column),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )


def sorted_by(column: str) -> Any:
    """A stored column, kept by the database: what lists of names in `column` are sorted by."""
    return models.GeneratedField(
        expression=SortKey(column),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )


class NameTerms(models.Func):
    """`name_terms(folded)`: the words of a name, and each two of them together."""

    function = "name_terms"


def words_index(name: str) -> GinIndex:
    """The index that finds names by their words, in any order.

    What is new waits in a list, which spares bulk work half the cost of the index. The list is kept
    short, because every search reads it.
    """
    return GinIndex(NameTerms("folded"), name=name, gin_pending_list_limit=PENDING)
