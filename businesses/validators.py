"""Kinds of value of this registry alone, and what looks wrong in a firm's record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from records import mending
from records.fields import Text
from records.owners import checked
from records.registry import Warned

#: Divisions of the industrial classification: those of Decision 27/2018/QĐ-TTg; that of 36/2025/QĐ-TTg,
#: in force since 15 November 2025, has no 45.
DIVISIONS = frozenset(
    f"{n:02d}"
    for n in (
        *range(1, 4), *range(5, 10), *range(10, 34), 35, *range(36, 40), *range(41, 44),
        *range(45, 48), *range(49, 54), 55, 56, *range(58, 61), *range(61, 64), *range(64, 67), 68,
        *range(69, 76), *range(77, 83), 84, 85, *range(86, 89), *range(90, 94), *range(94, 97), 97,
        98, 99,
    )
)  # fmt: skip
GONE_IN_2025 = "45"

#: The industrial parks of the former Bình Dương, as offices call them.
PARKS = frozenset(
    f"KCN {name}"
    for name in (
        "VSIP I", "VSIP II", "VSIP III", "Mỹ Phước 1", "Mỹ Phước 2", "Mỹ Phước 3", "Sóng Thần 1",
        "Sóng Thần 2", "Sóng Thần 3", "Bàu Bàng", "Bàu Bàng mở rộng", "Đồng An 1", "Đồng An 2",
        "Đồng An", "Việt Hương", "Việt Hương 2", "Đại Đăng", "Kim Huy", "Nam Tân Uyên", "Rạch Bắp",
        "Cây Trường", "Bình Đường", "Tân Đông Hiệp A", "Tân Đông Hiệp B", "Bình An", "Mai Trung",
        "Thới Hòa", "Đất Cuốc",
    )
)  # fmt: skip


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


def industry_is_known(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether the version of the classification that a record names has its industry's division."""
    industry, version = values.get("main_industry"), values.get("vsic_version")
    if not industry:
        return
    gone = version == "2025" and industry[:2] == GONE_IN_2025
    if gone or industry[:2] not in DIVISIONS:
        yield Warned(
            "main_industry", "structure", _("This version of the classification has no such class.")
        )


def park_is_known(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether the industrial park is one of the province's."""
    park = values.get("industrial_park")
    if park and park not in PARKS:
        yield Warned("industrial_park", "structure", _("No industrial park here has this name."))
