"""A file of people that has everything in it, and what is recorded before it comes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from citizens.samples import person
from records.registry import record_types

#: Of ten rows of the file: five new, two that change a record, two that say what is recorded, and one
#: that is by turns faulty, a repeat, mended, or in disagreement with itself.
NEW, CHANGED, SAME = 5, 2, 2
FIELDS = (
    "personal_id",
    "full_name",
    "sex",
    "birth_date",
    "ethnicity",
    "phone",
    "residence_unit",
    "residence_address",
)
#: Where the samples of this file begin; those of the demonstration have smaller numbers.
FIRST = 100_000


def _row(n: int, **instead: str) -> list[str]:
    said = person(FIRST + n)
    said["birth_date"] = "/".join(reversed(said["birth_date"].split("-")))
    said["sex"] = {"M": "Nam", "F": "Nữ"}[said["sex"]]
    return [instead.get(name, said[name]) for name in FIELDS]


def recorded(rows: int) -> Iterator[list[str]]:
    """What is recorded before: the people whom the file changes or repeats."""
    for n in range(rows):
        if n % 10 >= NEW:
            yield _row(n)


def sent(rows: int) -> Iterator[list[str]]:
    """The file's rows."""
    for n in range(rows):
        kind = n % 10
        if kind < NEW:
            yield _row(n)
        elif kind < NEW + CHANGED:
            yield _row(n, residence_address=f"{n} Đại lộ Bình Dương", phone=f"08{n:08d}")
        elif kind < NEW + CHANGED + SAME:
            yield _row(n)
        else:
            yield _odd(n)


def _odd(n: int) -> list[str]:
    match n // 10 % 5:
        case 0:
            return _row(n, personal_id=f"07{n}")
        case 1:
            return _row(n, residence_unit="99999")
        case 2:
            return _row(n - 9)
        case 3:
            return _row(n, phone=f"+84 9 {n:08d}", residence_address=f"{n} Lê Lợi")
        case _:
            return _row(n, sex="Nữ" if person(FIRST + n)["sex"] == "M" else "Nam")


def write(path: Path, rows: Iterator[list[str]]) -> Path:
    """A CSV file with a header."""
    known = record_types()["people"]
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        file = csv.writer(out, delimiter=";")
        file.writerow(str(known.field(name).verbose_name) for name in FIELDS)
        file.writerows(rows)
    return path
