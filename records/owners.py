"""Numbers of firms, and of whoever may own something: a person or a firm."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from records import mending
from records.fields import Choice, PersonalId, Text, invalid


class OwnerKind(models.TextChoices):
    """Who owns: somebody (cá nhân) or a firm (tổ chức)."""

    PERSON = "person", _("Cá nhân")
    ENTERPRISE = "enterprise", _("Tổ chức")


def owner_kind(label: Any, **kwargs: Any) -> Choice:
    """The column that says whether an owner is a person or a firm."""
    return Choice(
        label, choices=OwnerKind.choices, words={"enterprise": ("Doanh nghiệp",)}, **kwargs
    )


def kind_of(number: str) -> str:
    """Whose number an owner's is: a person's is 12 digits, an enterprise's 10."""
    return OwnerKind.PERSON if len(number) == 12 else OwnerKind.ENTERPRISE


class EnterpriseCode(Text):
    """Mã số doanh nghiệp, which is its tax code: 10 digits, the last a check digit.

    (Circular 105/2020/TT-BTC, art. 5.) Where `households` names a column and its value, a household
    business may stand under its owner's 12-digit personal id (Circular 86/2024/TT-BTC).
    """

    shape = "[0-9]{10}"
    length = 12
    exact = True
    explain = _("An enterprise code is 10 digits: 3701234562.")
    examples = ("3701234562",)
    mend = staticmethod(mending.enterprise_code)

    def __init__(
        self, *args: Any, households: tuple[str, str] | None = None, **kwargs: Any
    ) -> None:
        self.households = households
        if households:
            self.beside = households[0]
            self.shape = "[0-9]{10}|[0-9]{12}"
            self.mend = mending.enterprise_or_person
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return (
            name,
            path,
            args,
            kwargs | ({"households": self.households} if self.households else {}),
        )

    def among(self, said: Any) -> Text:
        if not self.households:
            return self
        return self if said == self.households[1] else ENTERPRISE

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if isinstance(value, str) and len(value) == 10:
            checked(value)

    def check_sql(self) -> str:
        if not self.households:
            return super().check_sql()
        column, said = self.households
        shape = f"CASE \"{column}\" WHEN '{said}' THEN '^({self.shape})$' ELSE '^[0-9]{{10}}$' END"
        return f"{{c}} ~ {shape}"


class OwnerId(Text):
    """The number of a person or a firm, as the column `beside` (`owner_kind`) says."""

    shape = "[0-9]{10}|[0-9]{12}"
    length = 12
    exact = True
    explain = _("A person's number is 12 digits, an enterprise's 10.")
    examples = ("074085001234", "3701234562")
    mend = staticmethod(mending.enterprise_or_person)

    def __init__(self, *args: Any, beside: str = "owner_kind", **kwargs: Any) -> None:
        self.beside = beside
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"beside": self.beside}

    def among(self, said: Any) -> Text:
        return {"person": PERSON, "enterprise": ENTERPRISE}.get(str(said), self)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if isinstance(value, str) and len(value) == 10:
            checked(value)

    def check_sql(self) -> str:
        digits = f"CASE \"{self.beside}\" WHEN 'person' THEN 12 WHEN 'enterprise' THEN 10 END"
        return f"{{c}} ~ '^({self.shape})$' AND length({{c}}) = {digits}"


def checked(code: str) -> None:
    """Raise ValidationError for 10 digits that no firm has: `checksum`, or `format` for serial 0."""
    if code[2:9] == "0000000":
        raise invalid("format", _("No enterprise has this number: its serial is 0."))
    # A weighted sum of which no digit comes out belongs to no code.
    if mending.check_digit(code) != code[9]:
        raise invalid("checksum", _("The check digit is wrong: compare the number with the paper."))


PERSON = PersonalId()
ENTERPRISE = EnterpriseCode()
