"""What stands in a sheet and is no data: the numbers of its columns, totals, signatures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from records.fields import tidy
from records.imports.values import text_of

#: A column's number or letter as forms have it: (1), [2], A, 3=1+2.
NUMBERED = re.compile(r"[(\[]?([a-zđ]|\d{1,3})[)\]]?\.?( *=.*)?", re.IGNORECASE)
#: So many digits are somebody's or something's number, and no count.
KEY = re.compile(r"(\D*\d){6}")
#: What a total begins with, folded; Tống and Công are names, Tổng công ty a firm.
TOTALS = ("tổng", "cộng")
TOTAL = re.compile(
    r"(tong cong|tong so)(?! ty\b)|"
    r"(tong|cong)( so)?($| \d| (nguoi|ho|nhan khau|hoc sinh|cac|theo|toan|don|trang|chung|lai|hop|gom|co"
    r"|tien|dien tich|gia tri)\b)(?! ty\b)|tong (?!(cong )?c?ty\b|cuc\b)[a-z ]*\d+( [a-z]+){0,2}$"
)
CHIEF = (
    r"((pho|quyen) )?(chu tich|giam doc|hieu truong|chanh van phong|thu truong"
    r"|truong (phong|ban|cong an|khoa|thon|ap|khu pho))"
)
#: What a signature begins with, folded.
SIGNATURE = re.compile(
    rf"nguoi (lap|ky|tong hop|kiem tra|viet|duyet|bao cao|nhan|ghi|thong ke)\b|{CHIEF}\b|ke toan\b|"
    rf"(tm|kt|tl|tuq|q|t m|k t|t l) (uy ban|ubnd|cong an|so|phong|hoi dong|{CHIEF})\b|"
    r"uy ban nhan dan\b|can bo\b|cong chuc\b|xac nhan\b|lap (bieu|bang|danh sach|ngay)\b|noi nhan\b|"
    r"ghi chu\b|ky (ten|ghi|va ghi|va dong|dong dau)\b|da ky\b|danh sach (nay )?(co|gom)\b|"
    r"(so tien )?bang chu\b|trang \d|(.* )?ngay (\d+ )?thang( (\d+ )?nam)?\b|"
    r"(.* )?ngay \d{1,2} \d{1,2} \d{4}$"
)


@lru_cache(maxsize=10_000)
def fold(text: str) -> str:
    """A text without what does not matter in a header: marks, case, blanks, line breaks, signs."""
    plain = unicodedata.normalize("NFD", tidy(text).lower().replace("đ", "d"))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


def numbers_columns(cells: Sequence[Any]) -> bool:
    """Whether a row under a header only numbers its columns: letters from A on, then whole numbers."""
    said = [NUMBERED.fullmatch(text_of(c).strip()) for c in cells if c is not None]
    if len(said) < 2 or not all(said):
        return False
    marks = [each[1].lower() for each in said if each]
    letters = [mark for mark in marks if not mark.isdecimal()]
    numbers = [int(mark) for mark in marks if mark.isdecimal()]
    if marks[: len(letters)] != letters or "abcdefghijklmnopqrstuvwxyz".find("".join(letters)) != 0:
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


def ends(cells: Sequence[Any], keys: Sequence[int]) -> bool:
    """Whether a row reads like a total or a signature: by its first cell that is filled.

    `keys`: the places of what names a record. A row that names one is none.
    """
    at = next((at for at, cell in enumerate(cells) if cell is not None), None)
    if at is None:
        return False
    text = tidy(text_of(cells[at])).lower()
    said = fold(text)
    first = text.partition(" ")[0].strip(":.,;")
    # Where marks are written, they tell a total from a name.
    total = TOTAL.match(said) and (first.isascii() or first in TOTALS)
    if not total and not SIGNATURE.match(said):
        return False
    others = (cells[key] for key in keys if key != at and key < len(cells))
    return not any(cell is not None and KEY.match(text_of(cell)) for cell in others)
