"""Where a sheet's data begins, and which column of it holds which field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from records.imports.endings import ends, fold, numbers_columns
from records.imports.twice import once
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
#: How many rows below a header are looked at.
MOST_LOOKED_AT = 10
NARROW = 3


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

    A header may spread over up to three rows: each column then reads as its cells together, or as some of
    them under the name of a group.
    """
    best: tuple[tuple[int, int, int], int, int, Layout] | None = None
    for start in range(len(head)):
        for tall in range(1, min(TALLEST, len(head) - start) + 1):
            rows = head[start : start + tall]
            if not _together(rows):
                break
            found = _layout(rows, known)
            score = (len(found.columns), -len(found.repeated), -tall)
            if best is None or score > best[0]:
                best = (score, start, tall, found)
    least = min(2, len(set(known.values())))
    if best is None or best[0][0] < least:
        return None
    _score, start, tall, found = best
    while tall < TALLEST and (taller := _with_row_below(head, start, tall, found, known)):
        tall, found = tall + 1, taller
    return _with_rows_above(head, start, tall, found, known)


def _together(rows: Sequence[Row]) -> bool:
    """Whether rows follow each other, but for the lines that a record with line breaks takes in a CSV."""
    breaks = sum(
        cell.count("\n") for _line, cells in rows for cell in cells if isinstance(cell, str)
    )
    return rows[-1][0] - rows[0][0] < TALLEST + breaks


def _with_row_below(
    head: Sequence[Row], start: int, tall: int, found: Layout, known: dict[str, str]
) -> Layout | None:
    """The layout with the row below, where all in it goes on with a name above: "Số chỗ" is one already,
    and "ngồi" stands below."""
    rows = head[start : start + tall + 1]
    if len(rows) <= tall or not _together(rows):
        return None
    taller = _layout(rows, known)
    fields = {at: field for field, _header, at in found.columns}
    headers = {at: (field, header) for field, header, at in taller.columns}
    for at, cell in enumerate(rows[-1][1]):
        if cell is None:
            continue
        field, header = headers.get(at, ("", ""))
        whole = " ".join(
            text_of(cells[at]) for _line, cells in rows if at < len(cells) and cells[at]
        )
        if field != fields.get(at) or fold(header) != fold(whole):
            return None
    return taller


def _with_rows_above(
    head: Sequence[Row], start: int, tall: int, found: Layout, known: dict[str, str]
) -> Layout:
    """The layout with the rows above that belong to the header, because columns without a name in it,
    with data below, have theirs there."""
    below = head[start + tall : start + tall + MOST_LOOKED_AT]
    filled = {at for _line, cells in below for at, cell in enumerate(cells) if cell is not None}
    for more in range(1, TALLEST - tall + 1):
        rows = head[max(0, start - more) : start + tall]
        if start < more or not _together(rows):
            break
        above = {at for at, cell in enumerate(rows[0][1]) if cell is not None}
        named = {at for _line, cells in rows[1:] for at, c in enumerate(cells) if c is not None}
        taller = _layout(rows, known)
        fields = {field for field, _header, _at in taller.columns}
        same = fields == {field for field, _header, _at in found.columns} and not taller.repeated
        if len(above) > 1 and above - named & filled and (above - named) <= filled and same:
            found = taller
    return found


def _layout(rows: Sequence[Row], known: dict[str, str]) -> Layout:
    width = max(len(cells) for _line, cells in rows)
    upright = [[" ".join(once(text_of(c)).split()) for c in cells] for _line, cells in rows]
    upright = [cells + [""] * (width - len(cells)) for cells in upright]
    read: list[tuple[str, str | None, int]] = []  # what a column reads as, its group, its place
    extra: list[str] = []
    mark: int | None = None
    for at in range(width):
        parts = [cells[at] for cells in upright if cells[at]]
        if not parts:
            continue
        groups = _groups(upright, at)
        said = next((r for r in _readings(parts, groups) if fold(r) in known), None)
        if said is not None:
            group = next((g for g in [*groups, *parts[:-1]] if fold(g) in known), None)
            read.append((said, group, at))
        elif fold(parts[-1]) == MARKED:
            mark = at
        else:
            extra.append(parts[-1])
    columns: dict[str, tuple[str, str, int]] = {}
    repeated: list[str] = []
    fields = [known[fold(header)] for header, _group, _at in read]
    for header, group, at in read:
        field = known[fold(header)]
        if fields.count(field) > 1 and group and (other := known[fold(group)]) not in fields:
            # Two groups have a column of this name: here the group says which.
            fields[fields.index(field)] = other
            columns[other] = (other, group, at)
        elif field in columns:
            repeated.append(header)
        else:
            columns[field] = (field, header, at)
    return Layout(tuple(columns.values()), tuple(extra), rows[-1][0] + 1, tuple(repeated), mark)


def _groups(upright: Sequence[Sequence[str]], at: int) -> list[str]:
    """The names of the groups over a column, whose merged cells stand where they begin."""
    found = []
    for n, cells in enumerate(upright[:-1]):
        if not cells[at] and any(below[at] for below in upright[n + 1 :]):
            found += [cell for cell in reversed(cells[:at]) if cell][:1]
    return found


def _readings(parts: Sequence[str], groups: Sequence[str]) -> Iterator[str]:
    """How the cells of a header's column may read: together, with their group, or some of them."""
    whole = " ".join(parts)
    yield whole
    if len(parts) > 1:
        yield " ".join(reversed(parts))
    for group in groups:
        yield f"{group} {whole}"
        yield f"{whole} {group}"
    for size in range(len(parts) - 1, 0, -1):
        for end in range(len(parts), size - 1, -1):
            yield " ".join(parts[end - size : end])


class Data:
    """The rows of a sheet that hold data, in order; what follows the last of them is `skipped`.

    A row that reads like a total or a signature, or has none of the fields `needed`, may be the end: it
    is kept back until another row shows that it was not.
    """

    def __init__(self, layout: Layout, needed: Sequence[str]) -> None:
        self.layout = layout
        self.places = [at for _field, _header, at in layout.columns]
        self.needed = [at for field, _header, at in layout.columns if field in needed]
        # In a file of few columns a total may fill them all.
        self.few = len(self.places) if len(self.places) <= NARROW else len(self.places) // 2
        self.span = max(self.places) + 1
        self.others = self.span - len(self.places)
        self.held: list[Row] = []
        self.begun = self.closing = False
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
            if not self.begun:
                self.begun = True
                if numbers_columns(cells):
                    continue
            # Where enough is said, wherever it stands, the places need not be looked at one by one.
            filled = said - self.others
            if len(cells) > self.span or filled <= self.few:
                filled = len(
                    [at for at in self.places if at < len(cells) and cells[at] is not None]
                )
            # Somebody may be called Tống or Cộng: a total leaves most of its row empty.
            few = filled <= self.few
            closing = few and ends(cells, self.needed)
            ending = self.closing and few and len(self.held) < MOST_HELD
            if closing or (ending and not self._keyed(cells, said)):
                self.closing = True
                self.held.append(row)
                continue
            if not filled:
                # Only what is not read: a running number in an empty row, a remark.
                continue
            yield from self.held
            self.held, self.closing = [], False
            yield row

    def _keyed(self, cells: Sequence[Any], filled: int) -> bool:
        """Whether a row names a record. Who signed a list stands alone in a row, wherever that is."""
        keys = [text_of(cells[at]) for at in self.needed if at < len(cells)]
        return any(keys) and (filled > 1 or any(c.isdecimal() for c in "".join(keys)))

    @property
    def skipped(self) -> list[int]:
        """The lines after the last row of data that hold a total, or belong to a signature."""
        return [line for line, _cells in self.held]
