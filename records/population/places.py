"""Where people live and come from: communes as they were, and what each became on 1 July 2025.

Read from the project's own list of units, so no code that is in force stands here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from records.population.days import NEW_UNITS

DATA = Path(__file__).resolve().parent.parent / "units" / "data"
HOME = "74"  # Bình Dương, until 30 June 2025
PROVINCE, DISTRICT, COMMUNE = "province", "district", "commune"

STREETS = (
    "Yersin", "Bạch Đằng", "Phú Lợi", "Thích Quảng Đức", "30 Tháng 4", "Lê Hồng Phong",
    "Cách Mạng Tháng Tám", "Nguyễn Trãi", "Trần Hưng Đạo", "Hoàng Hoa Thám", "Lê Lợi", "Hùng Vương",
    "Huỳnh Văn Lũy", "Ngô Quyền", "Nguyễn Thị Minh Khai", "Phạm Ngũ Lão", "Đinh Bộ Lĩnh",
    "Hai Bà Trưng", "Lý Thường Kiệt", "Đoàn Trần Nghiệp", "Huỳnh Văn Nghệ", "Nguyễn Văn Tiết",
    "Nguyễn An Ninh", "Trần Văn Ơn", "Lê Thị Trung", "Võ Thị Sáu", "ĐT 741", "ĐT 743", "ĐT 744",
    "ĐT 747", "Nguyễn Du", "Phan Bội Châu", "Lò Chén", "Mỹ Phước – Tân Vạn",
)  # fmt: skip


class Place(NamedTuple):
    """A commune as it was until 30 June 2025, and the one that a person there lives in since."""

    old: str
    old_name: str
    new: str
    new_name: str
    name: str
    town: bool
    district: str
    province: str
    province_name: str

    def unit(self, number: int) -> str:
        """The code that held on a day."""
        return self.old if number < NEW_UNITS else self.new

    def called(self, number: int) -> str:
        """The commune's full name on a day, up to its province."""
        return self.old_name if number < NEW_UNITS else self.new_name


@lru_cache(maxsize=1)
def provinces() -> dict[str, tuple[Place, ...]]:
    """The communes of each province of before July 2025, by its two digits."""
    found: dict[str, list[Place]] = {}
    for place in _read():
        found.setdefault(place.province, []).append(place)
    return {code: tuple(places) for code, places in found.items()}


@lru_cache(maxsize=1)
def homes() -> tuple[Place, ...]:
    """The home communes in the order in which neighbourhoods are laid out in them.

    Each comes once, district by district, then the wards again, where more people live.
    """
    all_of_them = sorted(provinces()[HOME], key=lambda place: (place.district, place.old))
    return (*all_of_them, *(place for place in all_of_them if place.town))


def _read() -> Iterator[Place]:
    old: dict[tuple[str, str], dict[str, str]] = {}
    new: dict[tuple[str, str], dict[str, str]] = {}
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            (old if row["valid_to"] == "2025-06-30" else new)[row["level"], row["code"]] = row
    with (DATA / "unit_changes.csv").open(encoding="utf-8", newline="") as file:
        became = {
            row["old_code"]: row["new_code"]
            for row in csv.DictReader(file)
            if row["effective_on"] == "2025-07-01" and row["is_default"] == "yes"
        }
    for (level, code), row in old.items():
        if level != COMMUNE or (COMMUNE, became.get(code, "")) not in new:
            continue
        district = old[DISTRICT, row["parent_code"]]
        province = old[PROVINCE, district["parent_code"]]
        after = new[COMMUNE, became[code]]
        city = new[PROVINCE, after["parent_code"]]
        yield Place(
            old=code,
            old_name=f"{row['full_name']}, {district['full_name']}, {province['full_name']}",
            new=after["code"],
            new_name=f"{after['full_name']}, {city['full_name']}",
            name=row["name"],
            town=row["kind"] == "phường",
            district=district["code"],
            province=province["code"],
            province_name=province["full_name"],
        )
