"""Made-up citizens: the n-th sample is always the same. Tests, examples and demo data draw on it."""

from __future__ import annotations

from random import Random
from typing import Any

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
MIDDLE = {"M": ("Văn", "Hữu", "Đức", "Minh", "Quốc"), "F": ("Thị", "Ngọc", "Thanh", "Kim", "Như")}
GIVEN = {
    "M": ("An", "Bình", "Dũng", "Hòa", "Khoa", "Long", "Phúc", "Sơn", "Thắng", "Tùng"),
    "F": ("Ánh", "Chi", "Hạnh", "Hoa", "Lan", "Mai", "Nga", "Oanh", "Thúy", "Yến"),
}
UNITS = ("25747", "25750", "25760", "25768", "25771", "25813", "25822", "25888", "25942", "25966")
STREETS = ("Yersin", "Bạch Đằng", "Phú Lợi", "Thích Quảng Đức", "30 Tháng 4", "Lê Hồng Phong")


def personal_id(n: int) -> str:
    """The n-th made-up person's number; its inside agrees with that person's sex and birth."""
    sex, year = _sex(n), 1950 + n * 7 % 60
    return f"074{2 * (year // 100 - 19) + (sex == 'F')}{year % 100:02d}{n % 1_000_000:06d}"


def _sex(n: int) -> str:
    return "MF"[n % 2]


def person(n: int) -> dict[str, Any]:
    chance, sex = Random(n), _sex(n)
    year = 1950 + n * 7 % 60
    return {
        "personal_id": personal_id(n),
        "full_name": " ".join(
            (chance.choice(FAMILY), chance.choice(MIDDLE[sex]), chance.choice(GIVEN[sex]))
        ),
        "sex": sex,
        "birth_date": f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "birth_place": "Bình Dương",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "marital_status": "married" if year < 1995 else "single",
        "phone": f"09{n % 100_000_000:08d}",
        "residence_unit": UNITS[n % len(UNITS)],
        "residence_address": f"{n % 300 + 1} {chance.choice(STREETS)}",
        "status": "active",
    }


def residence(n: int) -> dict[str, Any]:
    lives = person(n)
    return {
        "personal_id": lives["personal_id"],
        "kind": "permanent",
        "unit": lives["residence_unit"],
        "address": lives["residence_address"],
        "household_no": f"HK{n // 4:06d}",
        "relation_to_head": "Chủ hộ" if n % 4 == 0 else "Con",
        "valid_from": f"{2010 + n % 15}-01-15",
    }


def civil_event(n: int) -> dict[str, Any]:
    born = person(n)
    return {
        "kind": "birth",
        "register_unit": UNITS[n % len(UNITS)],
        "year": 2012,
        "book": f"{n // 200 + 1:02d}/2012",
        "number": str(n),
        "registered_on": "2012-05-07",
        "happened_on": born["birth_date"],
        "place": "Bình Dương",
        "person_id": born["personal_id"],
    }


SAMPLES = {"people": person, "residences": residence, "civil-events": civil_event}
