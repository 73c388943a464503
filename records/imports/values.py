"""What a cell means: its field's normal form, or what is wrong with it; each distinct cell once.

Rows are judged in batches, column by column, so that a cell seen before costs one look into a dict.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from records import mending
from records.fields import Date, Name, PartialDate, Text, UnitCode, tidy
from records.imports.twice import twice_encoded
from records.quantities import plain
from records.registry import RecordType
from records.rules import fault_of
from records.units import wording

#: Before a typed cell's text: `d` a date (ISO 8601), `e` an error of the spreadsheet.
TYPED = "\x00"
Cell = str | int | float | None

ERRORS = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)")
ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
LUNAR = re.compile(r"\bâm lịch\b|\bâl\b", re.IGNORECASE)
#: Words of a text in which nothing was lost, twice encoded or to be put right.
WORD = "[0-9A-Za-zÀ-ÂÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ,./-]+"
#: Of each column; so many take some 10 MB where all differ. The days of a long life are fewer.
MOST_REMEMBERED = 40_000


class Judged(NamedTuple):
    """A cell's `value` (an empty text: to be cleared), and what was found: `code`, `detail`, `raw`."""

    value: str | None
    code: str = ""
    detail: Mapping[str, str] = {}
    raw: str = ""


class Finding(NamedTuple):
    """Something found about a field of a row."""

    field: str
    code: str
    detail: Mapping[str, str]
    raw: str


WARNINGS = frozenset({"structure", "repaired", "repeated", "foreign_reference"})


def in_languages(text: Any) -> dict[str, str]:
    """A lazy text in each language, because whoever reads it is not known yet."""
    return in_each_language(lambda: text)


def in_each_language(say: Callable[[], Any]) -> dict[str, str]:
    """What `say` says in each language."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = str(say())
    return said


def text_of(cell: Cell) -> str:
    """A cell as somebody sees it; a number stands for its digits."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        # As many digits as a spreadsheet shows of a number.
        text = f"{Decimal(f'{cell:.15g}'):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    text = str(cell)
    return text[2:] if text.startswith(TYPED) else text


def judge_of(
    field: models.Field[Any, Any], *, date1904: bool, optional: bool | None = None
) -> Callable[[Cell], Judged]:
    """The judge of a column's cells. `date1904`: the workbook counts its days from 1904.

    `optional`: whether the column may be cleared, where it refers to `field`; None: as `field` may.
    """
    clears = field.null if optional is None else optional
    dates = isinstance(field, Date | PartialDate)
    shaped = dates or not isinstance(field, Text) or bool(field.shape)
    name = str(field.name)

    def judge(cell: Cell) -> Judged:
        raw = said = text_of(cell)
        if (date1904 or isinstance(cell, float)) and (days := serial_of(field, cell)) is not None:
            cell = days + (mending.LATER_IN_1904 if date1904 else 0)
            said = str(cell)
        typed = cell[1:2] if isinstance(cell, str) and cell.startswith(TYPED) else ""
        if typed == "e":
            return Judged(None, "unreadable", in_languages(_UNREADABLE), raw)
        # A date that a spreadsheet made of something else: 1/2, 6/1, 01/2020.
        made = typed == "d" and not dates
        if twice_encoded(raw):
            return Judged(None, "unreadable", in_languages(_TWICE), raw)
        said = tidy(said)
        text = mending.unquoted(said)
        if not text:
            return Judged(None)
        if said.casefold() in mending.CLEARED:
            if clears:
                return Judged("")
            return Judged(None, "missing", in_languages(_NEEDED), raw)
        if unreadable := _unreadable(field, text, shaped=shaped):
            return Judged(None, "unreadable", in_languages(unreadable), raw)
        # A number with a fraction is no row of digits.
        whole = not isinstance(cell, float) or cell.is_integer()
        mended, repaired = field.mend(text) if whole else (text, False)  # type: ignore[attr-defined]
        try:
            value = field.clean(mended, None)
        except ValidationError as error:
            fault = fault_of(name, error)
            code = "format" if repaired and isinstance(field, UnitCode) else fault.code
            told = in_languages(_UNREADABLE) if made else _told(field, error, text)
            return Judged(None, code, told, raw)
        if made:
            return Judged(None, "unreadable", in_languages(_UNREADABLE), raw)
        normal = value.isoformat() if isinstance(value, datetime.date) else plain(value)
        return Judged(normal, "repaired", {}, raw) if repaired else Judged(normal)

    return judge


def _unreadable(field: models.Field[Any, Any], text: str, *, shaped: bool) -> Any:
    if ERRORS.fullmatch(text) or (shaped and ROUNDED.fullmatch(text)):
        return _UNREADABLE
    if "\ufffd" in text or (isinstance(field, Name) and "?" in text):
        return _LOST
    return None


def serial_of(field: models.Field[Any, Any], cell: Cell) -> int | None:
    """The days for which a number, or a text of its digits, stands in a field of dates; None: for none.
    Its fraction is a time of day. One that may be a year stands for that."""
    if not isinstance(field, Date | PartialDate):
        return None
    if isinstance(cell, str):
        found = re.fullmatch("([0-9]{5})([.,][0-9]+)?", tidy(cell))
        return int(found[1]) if found else None
    if cell is None or (isinstance(field, PartialDate) and int(cell) in mending.YEARS):
        return None
    return int(cell)


def _told(field: models.Field[Any, Any], error: ValidationError, text: str) -> dict[str, str]:
    if isinstance(field, PartialDate) and LUNAR.search(text):
        return in_languages(_LUNAR)
    return in_each_language(lambda: fault_of("", error).detail)


def settled_by(field: models.Field[Any, Any]) -> Callable[[str], Any] | None:
    """What tells of a text that it is in its normal form, without looking further; None: nothing does."""
    if not isinstance(field, Text):
        return None
    if field.settled:
        return re.compile(field.shape, re.ASCII).fullmatch
    if type(field) in {Text, Name} and not field.beside:
        return re.compile(rf"(?=.{{1,{field.max_length}}}\Z){WORD}(?: {WORD})*").fullmatch
    return None


class _Known(dict[Cell, str | None]):
    """The normal forms of a column's cells; `found`: of the cells of which something is to be told."""

    def __init__(self, field: models.Field[Any, Any], *, date1904: bool, optional: bool) -> None:
        super().__init__({None: None})
        self.judge = judge_of(field, date1904=date1904, optional=optional)
        self.found: dict[Cell, Judged] = {}
        self.settled = settled_by(field)

    def __missing__(self, cell: Cell) -> str | None:
        if self.settled and isinstance(cell, str) and self.settled(cell):
            self[cell] = cell
            return cell
        judged = self.judge(cell)
        # The cell itself where it is its own normal form: one text to hold, not two.
        value = self[cell] = cell if judged.value == cell else judged.value
        if judged.code:
            self.found[cell] = judged
        return value

    def trimmed(self) -> _Known:
        """Itself, empty where it has become too large."""
        if len(self) > MOST_REMEMBERED:
            self.clear()
            self.found.clear()
            self[None] = None
        return self


class Judge:
    """Judges whole rows of a collection, by the columns a file has."""

    def __init__(
        self, record_type: RecordType, columns: Sequence[tuple[str, int]], *, date1904: bool
    ) -> None:
        self.record_type, self.date1904 = record_type, date1904
        self.columns = [(name, at, self._among(name, None)) for name, at in columns]
        names = [name for name, _at in columns]
        self.besides = {
            place: names.index(beside)
            for place, name in enumerate(names)
            if (beside := getattr(record_type.value_field(name), "beside", "")) in names
        }
        self.among = lru_cache(maxsize=100)(self._among)
        self.units = [
            (place, name, unit_at, self._day(name, names))
            for place, name in enumerate(names)
            if (unit_at := getattr(record_type.value_field(name), "unit_at", None))
            # Whether what a key refers to is recorded, is asked of it instead.
            and not isinstance(record_type.field(name), models.ForeignKey)
        ]
        self.names = names
        self.unit_fault = lru_cache(maxsize=MOST_REMEMBERED)(_unit_fault)

    def _day(self, name: str, names: list[str]) -> int | None:
        on = self.record_type.unit_on
        return names.index(on) if name == self.record_type.unit and on in names else None

    def _among(self, name: str, said: str | None) -> _Known:
        """What is known of a column's cells where the column beside it says `said`."""
        # Where nothing is said, the record may say it: then the check asks.
        field = self.record_type.value_field(name)
        if said:
            field = self.record_type.judge(name, lambda _beside: said)
        optional = self.record_type.field(name).null
        return _Known(field, date1904=self.date1904, optional=optional)

    def rows(
        self, rows: Sequence[Sequence[Cell]]
    ) -> list[tuple[tuple[str | None, ...], list[Finding]]]:
        """The normal forms of each row's fields, and everything found about them."""
        found: list[list[Finding]] = [[] for _row in rows]
        columns: list[list[str | None]] = []
        upright = list(zip_longest(*rows))
        nothing = (None,) * len(rows)
        for place, (name, at, column) in enumerate(self.columns):
            known = column.trimmed()
            cells = upright[at] if at < len(upright) else nothing
            columns.append([] if place in self.besides else list(map(known.__getitem__, cells)))
            if known.found and not known.found.keys().isdisjoint(cells):
                for its, cell in zip(found, cells, strict=True):
                    if judged := known.found.get(cell):
                        its.append(Finding(name, judged.code, judged.detail, judged.raw))
        for place, beside in self.besides.items():
            name, at, _column = self.columns[place]
            for row, said, its in zip(rows, columns[beside], found, strict=True):
                cell = row[at] if at < len(row) else None
                known = self.among(name, said).trimmed()
                columns[place].append(known[cell])
                if judged := known.found.get(cell):
                    its.append(Finding(name, judged.code, judged.detail, judged.raw))
        self._place_units(columns, found)
        whole = list(zip(zip(*columns, strict=True), found, strict=True))
        if self.record_type.warns:
            for values, its in whole:
                its.extend(self._warned(values))
        return whole

    def _place_units(self, columns: list[list[str | None]], found: list[list[Finding]]) -> None:
        """Take out the codes of units that were none on their row's day, and tell of them."""
        for place, name, unit_at, day in self.units:
            days = columns[day] if day is not None else [None] * len(found)
            wrong: dict[tuple[str | None, str | None], tuple[str, dict[str, str]]] = {
                (code, on): (code, detail)
                for code, on in set(zip(columns[place], days, strict=True))
                if code and (detail := self.unit_fault(code[unit_at], on))
            }
            if not wrong:
                continue
            for i, said in enumerate(zip(columns[place], days, strict=True)):
                if said in wrong:
                    raw, detail = wrong[said]
                    before = next((f for f in found[i] if f.field == name), None)
                    code, raw = ("format", before.raw) if before else ("unknown_unit", raw)
                    found[i] = [f for f in found[i] if f.field != name]
                    found[i].append(Finding(name, code, detail, raw))
                    columns[place][i] = None

    def _warned(self, values: Sequence[str | None]) -> list[Finding]:
        said = dict(zip(self.names, values, strict=True))
        looks = [look for warn in self.record_type.warns for look in warn(said)]
        if not looks:
            return []
        told: dict[tuple[str, str], str] = {}
        for w in looks:
            before = told.get((w.field, w.code), "")
            told[w.field, w.code] = f"{before} {w.detail}".strip()
        return [
            Finding(field, code, {settings.LANGUAGE_CODE: detail}, said.get(field) or "")
            for (field, code), detail in told.items()
        ]


def _unit_fault(code: str, on: str | None) -> dict[str, str] | None:
    day = datetime.date.fromisoformat(on) if on else None
    if wording.fault("", code, day) is None:
        return None

    def say() -> Any:
        fault = wording.fault("", code, day)
        return fault.detail if fault else ""

    return in_each_language(say)


_UNREADABLE = _("What stood here was lost in the file already. Type it again from the paper.")
_LOST = _("A letter was lost here when the file was saved. Type it again from the paper.")
_TWICE = _("This was saved in one encoding and opened in another. Save the file again as UTF-8.")
_LUNAR = _("A date of the lunar calendar: write the day of the solar calendar, or the year alone.")
_NEEDED = _("This is needed.")
