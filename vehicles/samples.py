"""Made-up vehicles: the n-th sample is always the same.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from random import Random
from typing import Any, NamedTuple

from records.population import TODAY, Neighbourhood, Person, Seed, iso, year_of
from records.population.days import day
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
    """The n-th plate: a car's, or a motorcycle's with a series of a letter and a digit."""
    digit = str(n // 1_999_980 % 9 + 1) if two_wheeled else ""
    return f"61{LETTERS[n // 99_999 % 20]}{digit}{n % 99_999 + 1:05d}"


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


# --- the rows of a population ---------------------------------------------------------------------

#: What a neighbourhood has room for: numbers of its own for vehicles, for plates of cars, for former
#: plates.
VEHICLES, CARS, FORMER = 10_000, 1_800, 1_000
#: Of a thousand adults: who has a motorcycle, who a car; of a thousand vehicles those bought used.
RIDERS, DRIVERS, USED = 520, 65, 120
#: Of a thousand firms that are no household business.
WITH_VEHICLES = 600
ADULT = int(18 * 365.25)
#: Five digits are an identified plate from here on (Circular 24/2023/TT-BCA).
IDENTIFIED = day(2023, 8, 15)


class Owned(NamedTuple):
    """A vehicle of MAKES, in whose name since when; `bought` new by `seller`, or by the owner."""

    n: int
    chassis_no: str
    make: int
    plate: str
    owner: tuple[str, str, str | None, str]
    since: int
    bought: int
    seller: Person | None
    former_plate: str

    @property
    def use(self) -> str:
        return "transport" if self.make >= 4 else "private"

    @property
    def colour(self) -> str:
        return "yellow" if self.make >= 4 else "white"


@lru_cache(maxsize=1)
def fleet(around: Neighbourhood) -> list[Owned]:
    """The vehicles of a neighbourhood: whoever owns one is alive, of age and lives here, or is a firm."""
    chance = Random(around.number)
    cars, former = count(around.number * CARS), count(around.number * FORMER)
    found: list[Owned] = []
    seller: Person | None = None
    for make, owner, earliest, one in _owners(around, chance):
        n, two_wheeled = around.number * VEHICLES + len(found), MAKES[make][1] == "motorcycle"
        since = earliest + int(chance.random() * (TODAY - 30 - earliest))
        used = seller and since > day(2018) and chance.random() * 1_000 < USED
        bought = since - 300 - int(chance.random() * 1_500) if used else since
        plate = number(n if two_wheeled else next(cars), two_wheeled=two_wheeled)
        gone = f"60{number(next(former), two_wheeled=two_wheeled)[2:]}" if used else ""
        begins = MAKES[make][0]
        found.append(
            Owned(
                n, vin(begins, n), make, plate, owner, since, bought, seller if used else None, gone
            )
        )
        if one and earliest < day(2012):
            seller = one
    return found


def _owners(
    around: Neighbourhood, chance: Random
) -> Iterator[tuple[int, tuple[str, str, str | None, str], int, Person | None]]:
    """Which make of vehicle is whose, and from which day on that can be."""
    for one in around.people:
        if one.died or not one.stays or one.status != "active":
            continue
        stay, dice = one.stays[-1], one.index * 7_919 % 1_000
        earliest = max(one.born + ADULT, stay.begins, day(2008))
        if earliest > TODAY - 60:
            continue
        owner = ("person", one.personal_id, one.full_name, stay.address)
        if dice < RIDERS:
            yield 2 + dice % 2, owner, earliest, one
        elif dice >= 1_000 - DRIVERS:
            yield dice % 2, owner, earliest, one
    for firm in around.firms:
        if firm.form == "household_business" or chance.random() * 1_000 >= WITH_VEHICLES:
            continue
        address = f"{firm.line}, {firm.place.called(TODAY)}"
        earliest = max(firm.founded, day(2008))
        yield 4 + firm.number % 2, ("enterprise", firm.code, None, address), earliest, None


def vehicle_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for one in fleet(around):
        _maker, kind, make, model, seats, fuel = MAKES[one.make]
        colour = COLOURS[one.n % len(COLOURS)]
        year = str(year_of(one.bought))
        engine = f"{make[0]}{one.n:08d}"
        yield one.chassis_no, engine, kind, make, model, colour, year, str(seats), fuel


def plate_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """Those in use, and of those recovered on a sale the seller's, kept for five years."""
    for one in fleet(around):
        kind, owner_id, _name, _address = one.owner
        yield one.plate, one.colour, "identified", "issued", kind, owner_id, None
        if one.seller is None:
            continue
        if one.since < IDENTIFIED:
            yield one.former_plate, one.colour, "ordinary", "recovered", None, None, None
        else:
            sold = iso(one.since)
            kept = f"{int(sold[:4]) + 5}{sold[4:]}".replace("02-29", "02-28")
            seller = one.seller.personal_id
            yield one.former_plate, one.colour, "identified", "recovered", "person", seller, kept


def registration_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for one in fleet(around):
        if seller := one.seller:
            yield (
                f"ĐK61-{one.n * 2:08d}", one.chassis_no, one.former_plate, "person", seller.personal_id,
                seller.full_name, seller.stays[-1].address, one.use, iso(one.bought), iso(one.since - 1),
                "transferred",
            )  # fmt: skip
        yield (
            f"ĐK61-{one.n * 2 + 1:08d}", one.chassis_no, one.plate, *one.owner, one.use, iso(one.since),
            None, "recorded",
        )  # fmt: skip


def inspection_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """The first and the last one of what has four wheels; some are overdue."""
    for one in fleet(around):
        if MAKES[one.make][1] == "motorcycle":
            continue
        last = TODAY - 1 - one.n * 7_919 % 200
        for k, on in enumerate((one.bought, last)):
            if k == 0 or last > one.bought + 800:
                yield f"KĐ-{one.n:08d}-{k}", one.chassis_no, iso(on), "passed"


SEEDS = {
    "vehicles": Seed(
        (
            "chassis_no", "engine_no", "vehicle_class", "make", "model", "colour", "production_year",
            "seats", "fuel",
        ),
        vehicle_rows,
    ),
    "plates": Seed(
        ("plate", "colour", "kind", "status", "owner_kind", "owner_id", "bound_until"), plate_rows
    ),
    "registrations": Seed(
        (
            "certificate_no", "chassis_no", "plate", "owner_kind", "owner_id", "owner_name",
            "owner_address", "use", "valid_from", "valid_to", "status",
        ),
        registration_rows,
    ),
    "inspections": Seed(
        ("certificate_no", "chassis_no", "inspected_on", "result"), inspection_rows
    ),
}  # fmt: skip
