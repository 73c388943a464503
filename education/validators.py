"""Values that schools alone write."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from records import mending
from records.fields import Text, invalid

#: The years of a level (Education Law 43/2019/QH14, art. 28); continuing education has them all.
GRADES = {
    "primary": range(1, 6),
    "lower_secondary": range(6, 10),
    "upper_secondary": range(10, 13),
    "continuing": range(1, 13),
}
#: What a year's learning and conduct are called, best first, by the circular they were judged under.
LEARNING = {
    "22/2021": ("Tốt", "Khá", "Đạt", "Chưa đạt"),
    "27/2020": ("Hoàn thành xuất sắc", "Hoàn thành tốt", "Hoàn thành", "Chưa hoàn thành"),
    "58/2011": ("Giỏi", "Khá", "Trung bình", "Yếu", "Kém"),
}
TRAINING = {
    "22/2021": ("Tốt", "Khá", "Đạt", "Chưa đạt"),
    "27/2020": ("Tốt", "Đạt", "Cần cố gắng"),
    "58/2011": ("Tốt", "Khá", "Trung bình", "Yếu"),
}
#: The verdicts with which nobody goes up.
FAILED = frozenset({"Chưa đạt", "Chưa hoàn thành", "Yếu", "Kém", "Cần cố gắng"})
#: More missed sessions than these, and nobody goes up (Circular 22/2021/TT-BGDĐT, art. 12).
MOST_ABSENCES = 45


class DiplomaSerial(Text):
    """Số hiệu văn bằng: letters, digits, points and slashes, a digit among them.

    No national shape is published; numbers run in order and are unique (Circular 21/2019/TT-BGDĐT).
    """

    shape = r"[0-9A-Za-zĐđ./]*[0-9][0-9A-Za-zĐđ./]*"
    length = 40
    exact = True
    explain = gettext_lazy("A diploma's serial has letters, digits, points and slashes: B44862744.")
    examples = ("B44862744",)


class Verdict(Text):
    """A year's verdict in the words of the circular that the column `scheme` names."""

    beside = "scheme"
    length = 40

    def __init__(self, *args: Any, words: Mapping[str, tuple[str, ...]], **kwargs: Any) -> None:
        self.words = {scheme: tuple(said) for scheme, said in words.items()}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"words": self.words}

    def among(self, said: Any) -> Text:
        known = {said: self.words[said]} if said in self.words else self.words
        return Verdict(words=known, null=self.null, blank=self.blank)

    def mend(self, text: str) -> mending.Mended:
        known = {word.casefold(): word for words in self.words.values() for word in words}
        return known.get(text.casefold(), text), False

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        words = list(dict.fromkeys(word for said in self.words.values() for word in said))
        if value is not None and value not in words:
            raise invalid("choice", _("One of these is needed: %s.") % ", ".join(words))

    def check_sql(self) -> str:
        cases = " ".join(
            f"WHEN '{scheme}' THEN {{c}} IN ({', '.join(repr(word) for word in said)})"
            for scheme, said in self.words.items()
        )
        return f'CASE "{self.beside}" {cases} END'


def goes_up(learning: str, training: str | None, absences: int | None) -> bool:
    """Whether a pupil of this year's result goes up a grade (Circular 22/2021/TT-BGDĐT, art. 12)."""
    return not {learning, training} & FAILED and (absences or 0) <= MOST_ABSENCES


def lies_in(year: str, on: datetime.date) -> bool:
    """Whether a day may be one of a school year: from 1 July of its first to 31 August of its second."""
    first, second = (int(part) for part in year.split("-"))
    return datetime.date(first, 7, 1) <= on <= datetime.date(second, 8, 31)
