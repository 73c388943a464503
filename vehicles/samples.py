"""Made-up vehicles: the n-th sample is always the same.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from typing import Any

from vehicles.validators import check_digit

MAKES = (
    ("RL4", "car", "TOYOTA", "VIOS", 5, "petrol"),
    ("RLL", "car", "VINFAST", "VF 5", 5, "electric"),
    ("RLH", "motorcycle", "HONDA", "WAVE ALPHA", 2, "petrol"),
    ("RLC", "motorcycle", "YAMAHA", "EXCITER", 2, "petrol"),
    ("RNH", "truck", "THACO", "OLLIN 500", 3, "diesel"),
    ("RLF", "bus", "SAMCO", "FELIX", 29, "diesel"),
)
COLOURS = ("Trắng", "Đen", "Bạc", "Đỏ", "Xám", "Xanh")
LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
FAMILY = ("Nguyễn Thị", "Trần Văn", "Lê Minh", "Phạm Ngọc", "Huỳnh Thanh", "Võ Hoàng")
GIVEN = ("An", "Bình", "Chi", "Dũng", "Hạnh", "Khoa", "Lan", "Phúc", "Thúy", "Yến")


def vin(maker: str, n: int) -> str:
    """The n-th VIN of a maker, with its check digit."""
    begins, ends = f"{maker}{LETTERS[n // 10_000_000 % 20]}{n // 10_000 % 1_000:03d}T", "RN"
    whole = f"{begins}0{ends}0{n // 1_000_000 % 10}{n % 10_000:04d}"
    return whole[:8] + check_digit(whole) + whole[9:]


def number(n: int, *, two_wheeled: bool) -> str:
    """The n-th plate: a car's, or a motorcycle's with a series of two letters."""
    series = LETTERS[n // 99_999 % 20] + (LETTERS[n // 1_999_980 % 20] if two_wheeled else "")
    return f"61{series}{n % 99_999 + 1:05d}"


def owner(n: int) -> str:
    """The number of the n-th made-up person, as `citizens.samples` gives it."""
    year = 1950 + n * 7 % 60
    return f"074{2 * (year // 100 - 19) + n % 2}{year % 100:02d}{n % 1_000_000:06d}"


def vehicle(n: int) -> dict[str, Any]:
    maker, kind, make, model, seats, fuel = MAKES[n % len(MAKES)]
    return {
        "chassis_no": vin(maker, n),
        "engine_no": f"{model[:2].strip()}{n:07d}",
        "vehicle_class": kind,
        "make": make,
        "model": model,
        "colour": COLOURS[n % len(COLOURS)],
        "production_year": 2012 + n % 12,
        "seats": seats,
        "fuel": fuel,
    }


def plate(n: int) -> dict[str, Any]:
    return {
        "plate": number(n, two_wheeled=vehicle(n)["vehicle_class"] == "motorcycle"),
        "colour": "yellow" if n % 9 == 0 else "white",
        "kind": "identified",
        "status": "issued",
        "owner_id": owner(n),
        "owner_kind": "person",
    }


def registration(n: int) -> dict[str, Any]:
    return {
        "certificate_no": f"ĐK61-{n:06d}",
        "chassis_no": vehicle(n)["chassis_no"],
        "plate": plate(n)["plate"],
        "owner_kind": "person",
        "owner_id": owner(n),
        "owner_name": f"{FAMILY[n % len(FAMILY)]} {GIVEN[n // 3 % len(GIVEN)]}",
        "owner_address": f"{n % 300 + 1} Yersin",
        "use": "transport" if n % 9 == 0 else "private",
        "valid_from": f"{2024 + n % 2}-0{n % 9 + 1}-15",
    }


def inspection(n: int) -> dict[str, Any]:
    return {
        "certificate_no": f"KĐ-{n:07d}",
        "chassis_no": vehicle(n)["chassis_no"],
        "inspected_on": f"2025-0{n % 9 + 1}-{n % 27 + 1:02d}",
        "result": "passed",
    }


SAMPLES = {
    "vehicles": vehicle,
    "plates": plate,
    "registrations": registration,
    "inspections": inspection,
}
SEEDS: dict[str, Any] = {}
