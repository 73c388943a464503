"""Numbers that are reckoned with: years, areas, money, exact shares. Each has one normal form."""

from __future__ import annotations

import decimal
import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records import mending
from records.fields import Text, invalid, of_event


def plain(value: Any) -> str:
    """A number in digits, however small it is: never as 1E-7."""
    return f"{value:f}" if isinstance(value, decimal.Decimal) else str(value)


#: More digits than any number here may have: such a one is out of range, whatever it says.
DIGITS = 18


class Integer(models.IntegerField):
    """A whole number from `least` to `most`, both included."""

    mend = staticmethod(mending.as_it_stands)

    def __init__(
        self,
        *args: Any,
        least: int = 0,
        most: int = 2**31 - 1,
        optional: bool = False,
        **kwargs: Any,
    ) -> None:
        self.least, self.most = least, most
        if optional:
            kwargs |= {"null": True, "blank": True}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"least": self.least, "most": self.most}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value, re.ASCII):
            raise invalid("format", _("A whole number is needed, in digits."))
        if isinstance(value, str) and len(value) > DIGITS:
            raise self.out_of_range()
        return super().to_python(value)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and not self.least <= value <= self.most:
            raise self.out_of_range()

    def out_of_range(self) -> ValidationError:
        text = _("A number from %(least)d to %(most)d is needed.")
        return invalid("range", text % {"least": self.least, "most": self.most})

    def db_check(self, connection: Any) -> str | None:
        if of_event(self):
            return None
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN {self.least} AND {self.most}"


class Year(Integer):
    """A year in four digits, from `least` to `ahead` years after this one."""

    def __init__(self, *args: Any, least: int = 1800, ahead: int = 0, **kwargs: Any) -> None:
        self.ahead = ahead
        super().__init__(*args, **kwargs | {"least": least, "most": 2199})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("most")
        return name, path, args, kwargs | {"ahead": self.ahead}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch("[0-9]{4}", value, re.ASCII):
            raise invalid("format", _("A year is four digits: 2015."))
        return super().to_python(value)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and value > timezone.localdate().year + self.ahead:
            raise invalid("range", _("This year has not come yet."))


class Money(models.BigIntegerField):
    """An amount of whole đồng, not below zero; the đồng has no smaller unit."""

    least, most = 0, 10**15
    mend = staticmethod(mending.money)

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        if optional:
            kwargs |= {"null": True, "blank": True}
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value, re.ASCII):
            raise invalid("format", _("An amount is whole dong in digits: 1.200.000.000."))
        if isinstance(value, str) and len(value) > DIGITS:
            raise self.out_of_range()
        return super().to_python(value)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and not self.least <= value <= self.most:
            raise self.out_of_range()

    def out_of_range(self) -> ValidationError:
        return invalid("range", _("An amount is not below zero, and at most 10^15 dong."))

    def db_check(self, connection: Any) -> str | None:
        if of_event(self):
            return None
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN {self.least} AND {self.most}"


class Decimal(models.DecimalField):
    """An exact number above zero, as finely as it was measured; kept without final zeros."""

    mend = staticmethod(mending.decimal)

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        if optional:
            kwargs |= {"null": True, "blank": True}
        kwargs.setdefault("max_digits", 27)
        kwargs.setdefault("decimal_places", 15)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        # With a scale of its own a column would write 120.5 as 120.50.
        return "numeric"

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value, re.ASCII):
            raise invalid("format", _("A number is needed: 120,5."))
        try:
            found = None if value is None else decimal.Decimal(str(value))
        except decimal.InvalidOperation:
            raise invalid("format", _("A number is needed: 120,5.")) from None
        if found is None or not found.is_finite():
            return None
        plain = found.normalize()
        return decimal.Decimal(f"{plain:f}") if plain.as_tuple().exponent > 0 else plain  # type: ignore[operator]

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return value

    def validate(self, value: Any, model_instance: Any) -> None:
        if value is None:
            return super().validate(value, model_instance)
        if -value.as_tuple().exponent > self.decimal_places:
            text = _("At most %(places)d digits stand after the comma.")
            raise invalid("format", text % {"places": self.decimal_places})
        if not 0 < value < 10 ** (self.max_digits - self.decimal_places):
            raise invalid("range", _("A number above zero is needed."))
        return None

    def run_validators(self, value: Any) -> None:
        """`validate` has said it all, in the words of the import contract."""

    def db_check(self, connection: Any) -> str | None:
        if of_event(self):
            return None
        column = connection.ops.quote_name(self.column)
        most = 10 ** (self.max_digits - self.decimal_places)
        return (
            f"{column} > 0 AND {column} < {most} AND scale({column}) <= {self.decimal_places}"
            f" AND {column} = trim_scale({column})"
        )


class Fraction(Text):
    """An exact share above 0, at most the whole, in lowest terms: `1/3`; the whole is `1/1`."""

    shape = "[1-9][0-9]{0,8}/[1-9][0-9]{0,8}"
    length = 19
    exact = True
    explain = _("A share is a fraction, 1/3; the whole is 1/1.")
    examples = ("1/3", "1/1")
    mend = staticmethod(mending.fraction)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if not isinstance(value, str):
            return value
        found = re.fullmatch("(-?[0-9]{1,18})(?:/([0-9]{1,18}))?", value, re.ASCII)
        above, below = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
        if not below:
            raise invalid("format", self.explain)
        if not 0 < above <= below:
            raise invalid("range", _("A share is above 0 and at most the whole."))
        part = math.gcd(above, below)
        if below // part >= 10**9:
            raise invalid("range", _("The numbers of a share have at most nine digits."))
        return f"{above // part}/{below // part}"

    def check_sql(self) -> str:
        n, d = "split_part({c}, '/', 1)::int", "split_part({c}, '/', 2)::int"
        return f"{{c}} ~ '^({self.shape})$' AND gcd({n}, {d}) = 1 AND {n} <= {d}"
