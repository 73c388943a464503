"""Plates and chassis numbers as kinds of value; and what looks wrong in a vehicle's record without being
forbidden."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from records.fields import Text, invalid
from records.mending import Mended
from records.registry import Warned

# Local codes, 11 to 99 without those that no province has; the 20 letters of series: no I J O Q R W.
PLACE = "(1[124-9]|[23567][0-9]|4[0137-9]|8[0-689]|9[02-57-9])"
LETTER = "[ABCDEFGHKLMNPSTUVXYZ]"
# A letter is a car's series, two or a letter and a digit a motorcycle's. LD, KT, CD and the like are two
# of the letters; trailers have R or RM, projects TĐ, electric motorcycles MĐ.
SERIES_OF_TWO = f"({LETTER}({LETTER}|[1-9])|MĐ[1-9]?)"
SERIES = f"({LETTER}({LETTER}|[1-9])?|RM?|TĐ|MĐ[1-9]?)"
# Five digits; four on plates from before 2010, which still circulate.
NUMBER = "(?!0+$)[0-9]{4,5}"
CIVIL = f"{PLACE}{SERIES}{NUMBER}"
FOREIGN = f"{PLACE}[0-9]{{3}}(NG|QT|CV|NN)(?!00)[0-9]{{2}}"
MILITARY = "[A-Z]{2}(?!0000)[0-9]{4}"
#: How plates are printed: 61A-123.45, 61-B1 123.45, 80-011-NG-01, TC-33-86.
PRINTED = re.compile(
    r"[0-9]{2}[A-ZĐ][A-Z0-9Đ]{0,2}-([0-9]{3}\.[0-9]{2}|[0-9]{4})"
    r"|[0-9]{2}-[A-ZĐ][A-Z0-9Đ]{1,2} ([0-9]{3}\.[0-9]{2}|[0-9]{4})"
    r"|[0-9]{2}-[0-9]{3}-[A-Z]{2}-[0-9]{2}"
    r"|[A-Z]{2}-[0-9]{2}-[0-9]{2}"
)
SIGNS = re.compile("[\\s.\u2010-\u2015-]")

#: Position by position (ISO 3779, annex B of TCVN 6578): what a letter counts, and by how much.
COUNTS = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789", strict=True)
)
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
#: Makers of North America and China must give a check digit; others may.
CHECKED = "12345L"
TWO_WHEELED = frozenset({"motorcycle", "moped"})


def plate(text: str) -> Mended:
    """Capitals and digits; any case, blank, point or dash that is not as printed is put right."""
    plain = SIGNS.sub("", text.upper())
    if not re.fullmatch(Plate.shape, plain):
        return text, False
    return plain, not (text == plain or PRINTED.fullmatch(text))


def capitals(text: str) -> Mended:
    """Small letters are put right."""
    return text.upper(), text != text.upper()


class Plate(Text):
    """Biển số: capitals and digits only, 61A12345 for 61A-123.45 (Circular 79/2024/TT-BCA, art. 37).

    Every official spelling means its plain form, wherever it is written. 61-A1 2345, from before 2010,
    has the plain form of 61A-123.45: `reads_as` tells what a plate may be.
    """

    shape = f"{CIVIL}|{FOREIGN}|{MILITARY}"
    length = 12
    exact = True
    explain = gettext_lazy(
        "A plate is a local code, a series and four or five digits: 61A-123.45, 61-B1 123.45."
    )
    examples = ("61A12345", "61B112345", "80011NG01")
    mend = staticmethod(plate)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return plate(value)[0] if isinstance(value, str) else value


class ChassisNo(Text):
    """Số khung: a VIN of 17 characters (ISO 3779, TCVN 6578), or a shorter number from before VINs."""

    shape = "[0-9A-Z]{4,14}|[0-9A-HJ-NPR-Z]{13}[0-9]{4}"
    length = 17
    exact = True
    explain = gettext_lazy(
        "A VIN is 17 capitals and digits without I, O and Q, the last four digits; an older chassis"
        " number has at most 14 characters."
    )
    examples = ("RL4BF3FE5N9500123", "C507945596")
    mend = staticmethod(capitals)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.upper() if isinstance(value, str) else value

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if len(value) == 17 and value[0] in CHECKED and check_digit(value) != value[8]:
            text = _("The check digit, the ninth character, is wrong: compare it with the vehicle.")
            raise invalid("checksum", text)

    def check_sql(self) -> str:
        plain = f"translate({{c}}, '{''.join(COUNTS)}', '{''.join(COUNTS.values())}')"
        total = " + ".join(
            f"{weight} * substr({plain}, {at}, 1)::int"
            for at, weight in enumerate(WEIGHTS, 1)
            if weight
        )
        right = f"substr('0123456789X', mod({total}, 11) + 1, 1) = substr({{c}}, 9, 1)"
        given = f"CASE WHEN {{c}} ~ '^[{CHECKED}].{{16}}$' THEN {right} ELSE true END"
        return f"{super().check_sql()} AND {given}"


def check_digit(vin: str) -> str:
    """The ninth character that a VIN should have (ISO 3779)."""
    total = sum(int(COUNTS[c]) * weight for c, weight in zip(vin, WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def is_military(number: str) -> bool:
    """Whether a plate is the army's: two letters and four digits."""
    return re.fullmatch(MILITARY, number) is not None


def reads_as(number: str) -> frozenset[str]:
    """What a plate may be, as it is written: `car`, `motorcycle`, both, or neither, which says nothing.

    A letter and five digits are a car's today, or a motorcycle's series and the four digits of old.
    """
    found = re.fullmatch(
        f"{PLACE}(?P<series>{LETTER}({LETTER}|[1-9])?)(?P<number>[0-9]{{4,5}})", number
    )
    if not found:
        return frozenset()
    if found["series"] in {"CD", "KT", "LD", "DA", "MK", "HC"}:
        return frozenset()
    if len(found["series"]) == 2 and len(found["number"]) == 4 and found["series"][1].isdigit():
        return frozenset({"car", "motorcycle"})
    return frozenset({"car" if len(found["series"]) == 1 else "motorcycle"})


def fits(number: str, vehicle_class: str) -> bool:
    """Whether a plate may be that of a vehicle of a class."""
    meant = reads_as(number)
    return not meant or ("motorcycle" if vehicle_class in TWO_WHEELED else "car") in meant


def has_five_digits(number: str, vehicle_class: str) -> bool:
    """Whether a plate's number is of today, as a vehicle of this class bears it: not of the four digits
    from before 2010, which are no identified plate. The army's and missions' are numbered otherwise."""
    if not re.fullmatch(CIVIL, number):
        return True
    series = SERIES_OF_TWO if vehicle_class in TWO_WHEELED else SERIES
    return re.fullmatch(f"{PLACE}{series}[0-9]{{5}}", number) is not None


def years_after(on: datetime.date, years: int) -> datetime.date:
    """The same day so many years later; of 29 February the day before."""
    leap_day = (on.month, on.day) == (2, 29)
    return on.replace(year=on.year + years, day=28 if leap_day else on.day)


def chassis_number_fits(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether a VIN's ninth character is its check digit, where the maker need not give one."""
    vin = values.get("chassis_no") or ""
    if len(vin) == 17 and vin[0] not in CHECKED and check_digit(vin) != vin[8]:
        detail = _("The ninth character is not the check digit of this VIN: compare it once more.")
        yield Warned("chassis_no", "structure", detail)


def colour_fits(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether a plate's colour is that of its number: the army's plates are red, and no other."""
    number, colour = values.get("plate"), values.get("colour")
    if number and colour and (colour == "red") is not is_military(number):
        yield Warned("colour", "structure", _("Red plates are the army's: TC-33-86."))
