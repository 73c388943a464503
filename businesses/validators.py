"""Kinds of value of this registry alone."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy

from records import mending
from records.fields import Text
from records.owners import checked


def _vsic(text: str) -> mending.Mended:
    """A class of four digits, of which a spreadsheet may have lost the leading zero."""
    return (f"0{text}", True) if re.fullmatch("[0-9]{3}", text, re.ASCII) else (text, False)


class Vsic(Text):
    """A class of the Vietnam Standard Industrial Classification: four digits, as firms register them."""

    shape = "[0-9]{4}"
    length = 4
    exact = True
    explain = gettext_lazy("A class of industry is four digits: 2511.")
    examples = ("2511",)
    mend = staticmethod(_vsic)


def _branch_code(text: str) -> mending.Mended:
    """10-3; blanks and points, the lost hyphen and one lost zero are put right."""
    if re.fullmatch("[0-9]{10}-[0-9]{3}", text, re.ASCII):
        return text, False
    plain = mending.digits(text)
    # Where the hyphen stands after nine digits or is lost, the check digit says what was there.
    if re.fullmatch("[0-9]{12}", plain) and mending.check_digit("0" + plain) == plain[8]:
        plain = "0" + plain
    mended = re.fullmatch("[0-9]{13}", plain) and "-".join((plain[:10], plain[10:]))
    hyphens = re.fullmatch(r"[0-9\s.]*[0-9](\s*-\s*[0-9]{3})?\s*", text, re.ASCII)
    return (mended, True) if mended and hyphens else (text, False)


class BranchCode(Text):
    """The code of what belongs to a firm: the firm's 10 digits and a number from 001 to 999.

    (Circular 105/2020/TT-BTC, art. 5.)
    """

    shape = "[0-9]{10}-(?!000)[0-9]{3}"
    length = 14
    exact = True
    explain = gettext_lazy(
        "A branch's code is its enterprise's and a number from 001: 3701234562-001."
    )
    examples = ("3701234562-001",)
    mend = staticmethod(_branch_code)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if isinstance(value, str):
            checked(value[:10])
