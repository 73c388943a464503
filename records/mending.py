"""What an office's spelling of a value stands for: each function takes a text and gives its normal form.

A text that cannot be mended comes back as it was, for the field to refuse. The second value says
whether the text was mended, which an import tells and keeps; what counts as written right is in the
contract of import files.
"""

from __future__ import annotations

import datetime
import re
import time
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction

from stdnum.vn import mst

Mended = tuple[str, bool]

# The 63 provinces of birth registration until 2025 (Circular 07/2016/TT-BCA, annex I); 101 and up
# stand for countries.
PROVINCES = frozenset(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035"  # noqa: SIM905
    " 036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072"
    " 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096".split()
)
FIRST_COUNTRY = 101
#: Day 0 of a spreadsheet's serial dates, as they are from March 1900 on; the 1904 system is later.
SERIAL_ZERO = datetime.date(1899, 12, 30)
LATER_IN_1904 = 1462
#: Serial dates that are taken for one: 1905 to 2173. What is less is too likely a year.
SERIALS = range(2_101, 100_000)
YEARS = range(1900, 2101)
CLEARED = frozenset({"(xóa)", "(xoá)"})
#: With what a text begins that a spreadsheet would run.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: What is written behind an apostrophe, so that it is run by no spreadsheet and clears nothing.
QUOTED = re.compile(r"'+([=+\-@\t\r＝＋－＠]|\((xóa|xoá)\)$)", re.IGNORECASE)


def as_it_stands(text: str) -> Mended:
    """Nothing to mend."""
    return text, False


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula and that means to an import what `text` does."""
    return "'" + text if text.startswith(FORMULA) else text


def literal(value: str) -> str:
    """A value as a cell that means it, also where the value looks like something else."""
    quoted = value.startswith("'") and QUOTED.match(value)
    return "'" + value if quoted or value.casefold() in CLEARED else value


def unquoted(text: str) -> str:
    """What a cell means, without the one apostrophe that `harmless` or `literal` put before it."""
    return text[1:] if text.startswith("'") and QUOTED.match(text) else text


def digits(text: str, signs: str = " .-") -> str:
    """Without the signs that people put between digits; itself where anything else stands."""
    # The rest of a number that a spreadsheet wrote, 12.0, is no digit of it.
    if re.fullmatch(r"[^.]*\.0", text):
        return text
    between = f"[{re.escape(signs)}]*"
    return re.sub(between, "", text) if re.fullmatch(f"[0-9]({between}[0-9])*", text) else text


def whole(text: str) -> str:
    """Without the `.0` behind a number that a spreadsheet wrote; a group of zeros stays: 001.000."""
    return re.sub(r"^([^.]*)\.0$", r"\1", text)


def known_number(number: str, this_year: int) -> bool:
    """Whether 12 digits can be a personal id: of a known province or country, of a year that has come."""
    place, century = int(number[:3]), 1900 + 100 * (int(number[3]) // 2)
    born_here = number[:3] in PROVINCES or place >= FIRST_COUNTRY
    return born_here and century + int(number[4:6]) <= this_year


def personal_id(text: str) -> Mended:
    """12 digits; one or two zeros that a spreadsheet lost, where that makes a number that can be."""
    if re.fullmatch("[0-9]{12}", text):
        return text, False
    said = unicodedata.normalize("NFKC", text).strip().removeprefix("'")
    plain = digits(whole(said))
    if re.fullmatch("[0-9]{12}", plain):
        return plain, True
    if re.fullmatch("[0-9]{10,11}", plain):
        full = plain.zfill(12)
        if known_number(full, time.localtime().tm_year):
            return full, True
    return text, False


def of_length(length: int, *, lost: int = 1, signs: str = "") -> Callable[[str], Mended]:
    """A code of so many digits, of which a spreadsheet may have lost that many zeros."""

    def mend(text: str) -> Mended:
        if re.fullmatch(f"[0-9]{{{length}}}", text):
            return text, False
        plain = digits(text, signs) if signs else text
        if re.fullmatch(f"[0-9]{{{length - lost},{length}}}", plain):
            return plain.zfill(length), True
        return text, False

    return mend


def phone(text: str) -> Mended:
    """10 or 11 digits that begin with 0; +84 and a lost 0 are put right."""
    if re.fullmatch("0[0-9]{9,10}", text):
        return text, False
    abroad = text.startswith("+")
    plain = digits(text.removeprefix("+"), " .")
    if abroad:
        national = plain.removeprefix("84").removeprefix("0")
        plain = "0" + national if re.fullmatch("84[0-9]{9,11}", plain) else text
    elif re.fullmatch("[1-9][0-9]{8}", plain):
        plain = "0" + plain
    return (plain, True) if re.fullmatch("0[0-9]{9,10}", plain) else (text, False)


def check_digit(code: str) -> str:
    """The last digit that a tax code with these nine first ones has; two digits where none is issued."""
    return mst.calc_check_digit(code[:9])


def enterprise_code(text: str) -> Mended:
    """10 digits; one zero that a spreadsheet lost, where the check digit then is right."""
    if re.fullmatch("[0-9]{10}", text):
        return text, False
    plain = digits(whole(text), " .")
    if re.fullmatch("[0-9]{10}", plain):
        return plain, True
    if re.fullmatch("[0-9]{9}", plain):
        full = "0" + plain
        if check_digit(full) == full[9]:
            return full, True
    return text, False


def enterprise_or_person(text: str) -> Mended:
    """A number of either; where zeros were lost, that of which the check digit is right comes first."""
    firm, mended = enterprise_code(text)
    if re.fullmatch("[0-9]{10}", firm, re.ASCII) and check_digit(firm) == firm[9]:
        return firm, mended
    number, repaired = personal_id(text)
    return (number, repaired) if len(number) == 12 else (firm, mended)


# Groups of three digits do not begin with a zero of their own: 0.125 is no 125.
THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}([.,])[0-9]{3}(\1[0-9]{3})*")
GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?|-?[0-9]+,[0-9]+")
AREA = re.compile(r"(-?[0-9][0-9.,]*)\s*(m2|m²|mét vuông)", re.IGNORECASE)
AMOUNT = re.compile(r"(-?[0-9][0-9.,]*)\s*(đồng|đ|vnđ|vnd)", re.IGNORECASE)


def without_unit(text: str, measured: re.Pattern[str]) -> Mended:
    """Without the unit of measure that stands behind a number."""
    found = measured.fullmatch(text)
    return (found[1], True) if found else (text, False)


def money(text: str) -> Mended:
    """Whole đồng: dots every three digits as they stand; commas and a unit behind are put right."""
    number, mended = without_unit(text, AMOUNT)
    if found := THOUSANDS.fullmatch(number):
        return re.sub("[.,]", "", number), mended or found[1] == ","
    return (number, mended) if re.fullmatch("-?[0-9]+", number) else (text, False)


def decimal(text: str) -> Mended:
    """A number: a comma before decimals and dots every three digits as they stand."""
    number, mended = without_unit(text, AREA)
    if GROUPED.fullmatch(number):
        return number.replace(".", "").replace(",", "."), mended
    return (number, mended) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", number) else (text, False)


PERCENTAGE = re.compile(r"(-?[0-9]{1,3})(?:[.,]([0-9]{1,4}))?\s*%")
#: Denominators of shares that no percentage says exactly: 33,33 % is no third, but somebody meant one.
ROUNDED = tuple(n for n in range(2, 41) if 10**6 % n)


def fraction(text: str) -> Mended:
    """n/d; a percentage that is an exact fraction is put right."""
    found = PERCENTAGE.fullmatch(text)
    if not found:
        return text, False
    decimals = found[2] or ""
    share = Fraction(f"{found[1]}.{decimals or 0}") / 100
    if decimals and any(_rounds_to(share, n, len(decimals)) for n in ROUNDED):
        return text, False
    return f"{share.numerator}/{share.denominator}", True


def _rounds_to(share: Fraction, denominator: int, decimals: int) -> bool:
    """Whether a fraction of this denominator, in lowest terms, is written so, rounded or cut."""
    scale = 100 * 10**decimals
    near = round(share * denominator)
    exact = Fraction(near, denominator)
    return exact.denominator == denominator and abs(exact - share) * scale < 1


DAY = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})([T ][0-9:.]+)?")
MONTH = re.compile(r"(?:[0.…]+/)?([0-9]{1,2})/([0-9]{4})")
YEAR = re.compile(r"[0.…]+/[0.…]+/([0-9]{4})")


def date(text: str) -> Mended:
    """A day: dd/mm/yyyy and yyyy-mm-dd as they stand; other signs and a serial date are put right."""
    if found := DAY.fullmatch(text):
        day, sign, month, year = found.group(1, 2, 3, 4)
        return f"{year}-{month:>02}-{day:>02}", sign != "/"
    if found := ISO.fullmatch(text):
        year, month, day = found.group(1, 2, 3)
        return f"{year}-{month}-{day}", False
    return serial(text)


def partial_date(text: str) -> Mended:
    """As `date`; also mm/yyyy and yyyy, and days of which only the month or the year is known."""
    if re.fullmatch("[0-9]{4}", text) and int(text) in YEARS:
        return text, False
    if re.fullmatch("[0-9]{4}-[0-9]{2}", text):
        return text, False
    if found := YEAR.fullmatch(text):
        return found[1], True
    if (found := MONTH.fullmatch(text)) and int(found[1]):
        return f"{found[2]}-{found[1]:>02}", found.group().count("/") > 1
    return date(text)


def serial(text: str) -> Mended:
    """The day that a spreadsheet's number of days means; a fraction is a time of that day."""
    found = re.fullmatch("([0-9]{4,5})([.,][0-9]+)?", text)
    if found and int(found[1]) in SERIALS:
        return (SERIAL_ZERO + datetime.timedelta(days=int(found[1]))).isoformat(), True
    return text, False


def choice(words: Mapping[str, str]) -> Callable[[str], Mended]:
    """One of `words`, in any case: word (case folded) → code."""

    def mend(text: str) -> Mended:
        return words.get(text.casefold(), text), False

    return mend
