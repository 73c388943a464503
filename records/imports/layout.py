"""Where a sheet's data begins, and which column of it holds which field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from records.imports.values import text_of
from records.registry import RecordType

if TYPE_CHECKING:
    from records.imports.parsing import Row

#: Over how many rows a header may spread.
TALLEST = 3
#: The column in which an uploader's own file comes back with what is wrong.
MARK, MARKED = "Lỗi", "loi"
#: How many rows after a total may turn out to be the end of the sheet.
MOST_HELD = 1_000
NUMBERED = re.compile(r"\(?\d{1,3}\)?")
#: What the first cell of a total or a signature reads like, folded.
CLOSING = re.compile(
    r"(tong cong|tong so|tong|cong)( so)?($| \d| (nguoi|ho|nhan khau|gom|co|tien|dien tich|gia tri)\b)|"
    r"nguoi (lap|ky|tong hop|kiem tra|viet)|thu truong|ke toan|"
    r"(tm|kt|tl|tuq|q) (uy ban|chu tich|giam doc|truong|hieu truong|ubnd)|chu tich|giam doc|"
    r"hieu truong|can bo|xac nhan|lap bieu|ngay \d+ thang|.* ngay (\d+ )?thang( \d+)? nam"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A header found. `columns`: (field, header as written, place in a row from 0), in the file's order.

    `extra`: headers as written that name no field. `first`: the line after the header. `mark`: the place
    of the column that said what was wrong, where this is a file that was given back.
    """

    columns: tuple[tuple[str, str, int], ...]
    extra: tuple[str, ...]
    first: int
    repeated: tuple[str, ...]
    mark: int | None


@lru_cache(maxsize=10_000)
def fold(text: str) -> str:
    """A header without what does not matter in it: marks, case, blanks, line breaks, signs."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


@lru_cache(maxsize=100)
def labels(record_type: RecordType, names: tuple[str, ...]) -> dict[str, str]:
    """What a file may call each of the columns `names`, folded → the column; our own language first."""
    found: dict[str, str] = {}
    with translation.override(settings.LANGUAGE_CODE):
        for name in names:
            said = (
                str(record_type.field(name).verbose_name),
                *record_type.headers.get(name, ()),
                name,
            )
            found |= {fold(word): name for word in said}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name in names:
                found.setdefault(fold(str(record_type.field(name).verbose_name)), name)
    return found


def heading(record_type: RecordType, name: str) -> str:
    """What our own files call a column: by its label in the language asked for, if a file may say so."""
    said = str(record_type.field(name).verbose_name)
    return said if labels(record_type, record_type.writable).get(fold(said)) == name else name


def find_header(head: Sequence[Row], known: dict[str, str]) -> Layout | None:
    """The header among a sheet's first rows: what names most fields; None where nothing names two.

    A header may spread over up to three rows: each column then reads as its cells together, or as its
    lowest one under the name of a group.
    """
    best: tuple[tuple[int, int], Layout] | None = None
    for start in range(len(head)):
        for tall in range(1, min(TALLEST, len(head) - start) + 1):
            rows = head[start : start + tall]
            if rows[-1][0] - rows[0][0] >= TALLEST:
                break
            found = _layout(rows, known)
            score = (len(found.columns), -tall)
            if best is None or score > best[0]:
                best = (score, found)
    least = min(2, len(set(known.values())))
    return best[1] if best and best[0][0] >= least else None


def _layout(rows: Sequence[Row], known: dict[str, str]) -> Layout:
    columns: list[tuple[str, str, int]] = []
    extra, taken, repeated = [], set[str](), []
    mark: int | None = None
    for at in range(max(len(cells) for _line, cells in rows)):
        parts = [text_of(cells[at]) for _line, cells in rows if at < len(cells)]
        parts = [" ".join(part.split()) for part in parts if part]
        if not parts:
            continue
        readings = [" ".join(parts), parts[-1], parts[0]]
        said = next((r for r in readings if fold(r) in known), None)
        if said is None:
            if fold(parts[-1]) == MARKED:
                mark = at
            else:
                extra.append(parts[-1])
        elif (field := known[fold(said)]) in taken:
            repeated.append(said)
        else:
            taken.add(field)
            columns.append((field, said, at))
    return Layout(tuple(columns), tuple(extra), rows[-1][0] + 1, tuple(repeated), mark)


class Data:
    """The rows of a sheet that hold data, in order; what follows the last of them is `skipped`.

    A row that reads like a total or a signature, or has none of the fields `needed`, may be the end: it
    is kept back until another row shows that it was not.
    """

    def __init__(self, layout: Layout, needed: Sequence[str]) -> None:
        self.layout = layout
        self.places = [at for _field, _header, at in layout.columns]
        self.needed = [at for field, _header, at in layout.columns if field in needed]
        self.few = max(1, len(self.places) // 2)
        self.span = max(self.places) + 1
        self.others = self.span - len(self.places)
        self.held: list[Row] = []
        self.closing = False
        self.width = 0

    def take(self, rows: Sequence[Row]) -> Iterator[Row]:
        """Those of `rows` that are data, with what was kept back before them."""
        for row in rows:
            line, cells = row
            self.width = max(self.width, len(cells))
            if self.layout.mark is not None and self.layout.mark < len(cells):
                cells[self.layout.mark] = None
            said = len(cells) - cells.count(None)
            if line < self.layout.first or not said:
                continue
            if line <= self.layout.first + 1 and _numbered(cells):
                continue
            # Where enough is said, wherever it stands, the places need not be looked at one by one.
            filled = said - self.others
            if len(cells) > self.span or filled <= self.few:
                filled = len(
                    [at for at in self.places if at < len(cells) and cells[at] is not None]
                )
            # Somebody may be called Tống or Cộng: a total leaves most of its row empty.
            few = filled <= self.few
            closing = few and _closing(cells)
            ending = self.closing and few and len(self.held) < MOST_HELD
            if closing or (ending and not self._keyed(cells)):
                self.closing = True
                self.held.append(row)
                continue
            if not filled:
                # Only what is not read: a running number in an empty row, a remark.
                continue
            yield from self.held
            self.held, self.closing = [], False
            yield row

    def _keyed(self, cells: Sequence[Any]) -> bool:
        return any(at < len(cells) and cells[at] is not None for at in self.needed)

    @property
    def skipped(self) -> list[int]:
        """The lines after the last row of data that hold a total, or belong to a signature."""
        return [line for line, _cells in self.held]


def _numbered(cells: Sequence[Any]) -> bool:
    said = [text_of(c).strip() for c in cells if c is not None]
    return (
        len(said) > 1
        and all(NUMBERED.fullmatch(word) for word in said)
        and [int(word.strip("()")) for word in said]
        == list(range(int(said[0].strip("()")), int(said[0].strip("()")) + len(said)))
    )


def _closing(cells: Sequence[Any]) -> bool:
    first = next((text_of(c) for c in cells if c is not None), "")
    return bool(CLOSING.match(fold(first)))
