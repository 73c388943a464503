"""Made-up parcels, dwellings and their owners: the n-th sample is always the same.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from housing.validators import geohash
from records.mending import check_digit
from records.population import TODAY, Neighbourhood, Person, Seed, Stay, iso, year_of
from records.population.days import YEAR, day

COMMUNES = ("25747", "25750", "25771", "25760", "25942")


def parcel(n: int) -> dict[str, Any]:
    return {
        "parcel_id": f"{COMMUNES[n % len(COMMUNES)]}/{n % 90 + 1}/{n + 100}",
        "national_id": geohash(10.9 + n % 500 / 1_000, 106.5 + n % 400 / 1_000),
        "area": f"{80 + n % 400}.{n % 9 + 1}",
        "land_use": ("ODT", "ONT", "CLN")[n % 3],
        "tenure": "sole",
        "use_until": f"20{50 + n % 20}-06-30",
        "address": f"Tờ {n % 90 + 1}, thửa {n + 100}, Bình Dương",
        "status": "active",
    }


def parcel_origin(n: int) -> dict[str, Any]:
    """The n-th parcel came of the next one."""
    return {
        "parcel_id": parcel(n)["parcel_id"],
        "parent_id": parcel(n + 1)["parcel_id"],
        "kind": "split",
        "area": f"{50 + n % 30}.5",
        "happened_on": f"2024-0{n % 9 + 1}-15",
    }


def dwelling(n: int) -> dict[str, Any]:
    floors = n % 3 + 1
    return {
        "dwelling_id": f"NO-{COMMUNES[n % len(COMMUNES)]}-{n:05d}",
        "parcel_id": parcel(n)["parcel_id"],
        "kind": ("detached_house", "villa")[n % 2],
        "grade": ("II", "III", "IV")[n % 3],
        "floors": floors,
        "build_area": str(60 + n % 40),
        "floor_area": str((60 + n % 40) * floors),
        "structure": "BTCT, tường gạch, mái tôn",
        "year_built": 1990 + n % 30,
        "address": f"Số {n + 1}, đường Yersin",
        "status": "standing",
    }


def certificate(n: int) -> dict[str, Any]:
    return {
        "serial": f"CS{n:06d}" if n % 2 else f"AA{n:08d}",
        "register_no": f"CS{n:05d}",
        "issued_on": f"20{10 + n % 15}-0{n % 9 + 1}-1{n % 10}",
        "parcel_id": parcel(n)["parcel_id"],
        "dwelling_id": dwelling(n)["dwelling_id"],
        "status": "issued",
    }


def of_property(n: int) -> dict[str, Any]:
    """The n-th parcel, or the n-th dwelling."""
    if n % 2:
        return {"property_kind": "dwelling", "property_id": dwelling(n)["dwelling_id"]}
    return {"property_kind": "parcel", "property_id": parcel(n)["parcel_id"]}


def owner(n: int) -> str:
    """The number that the n-th made-up person has."""
    year = 1950 + n * 7 % 60
    return f"074{2 * (year // 100 - 19) + n % 2}{year % 100:02d}{n % 1_000_000:06d}"


def firm(n: int) -> str:
    """The code that the n-th made-up firm has."""
    begins = (f"{block}{9_000_000 + n % 1_000_000:07d}" for block in (37, 57, 77))
    return next(b + digit for b in begins if len(digit := check_digit(b)) == 1)


def right(n: int) -> dict[str, Any]:
    return {
        **of_property(n),
        "owner_kind": "person",
        "owner_id": owner(n),
        "share": "1/1",
        "document_no": f"{n}/2015/HĐ",
        "valid_from": f"2015-0{n % 9 + 1}-01",
    }


def encumbrance(n: int) -> dict[str, Any]:
    return {
        **of_property(n),
        "kind": "mortgage",
        "holder_id": firm(n),
        "document_no": f"{n}/2020/HĐTC",
        "valid_from": f"2020-0{n % 9 + 1}-01",
        "valid_to": f"203{n % 10}-12-31",
        "owner_kind": "person",
        "owner_id": owner(n),
    }


SAMPLES = {
    "parcels": parcel,
    "parcel-origins": parcel_origin,
    "dwellings": dwelling,
    "certificates": certificate,
    "rights": right,
    "encumbrances": encumbrance,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "transfer_property": {
        **of_property(1),
        "seller_id": owner(1),
        "buyer_id": owner(2),
        "share": "1/3",
        "contract_no": "1527/2026/HĐMB",
        "transferred_on": "2026-10-20",
    },
    "inherit_property": {
        **of_property(1),
        "deceased_id": owner(1),
        "heir_id": owner(3),
        "document_no": "88/2026/VBTK",
        "inherited_on": "2026-09-01",
    },
    "mortgage_property": {
        **of_property(1),
        "owner_id": owner(1),
        "holder_id": firm(1),
        "contract_no": "2051/2026/HĐTC",
        "registered_on": "2026-03-02",
    },
    "release_mortgage": {
        **of_property(1),
        "contract_no": "2051/2026/HĐTC",
        "released_on": "2026-08-31",
    },
    "split_parcel": {
        "parcel_id": parcel(2)["parcel_id"],
        "part_1_id": "25771/3/901",
        "part_1_area": "40",
        "part_2_id": "25771/3/902",
        "part_2_area": "42.3",
        "split_on": "2026-06-15",
    },
    "merge_parcels": {
        "parcel_1_id": "25771/3/901",
        "parcel_2_id": "25771/3/902",
        "merged_id": "25771/3/903",
        "merged_area": "82.3",
        "merged_on": "2026-09-15",
    },
    "replace_certificate": {
        "serial": certificate(1)["serial"],
        "kind": "replaced",
        "new_serial": "AA01234567",
        "register_no": "CS09999",
        "issued_on": "2026-07-20",
    },
}


# --- the rows of a population ---------------------------------------------------------------------

GROWN_UP = int(21 * YEAR)
EARLIEST = day(1995)
NEW_SERIALS = day(2025)
USES = ("ODT", "ODT", "ODT", "ONT", "ONT", "CLN")
STRUCTURES = ("BTCT", "BTCT, tường gạch, mái tôn", "Tường gạch, mái tôn", "Tường gạch, mái ngói")
LETTERS = ("CS", "DE", "CT", "BK", "BC", "CĐ")
Row = tuple[str | None, ...]


class Holding(NamedTuple):
    """Somebody's home: a parcel with a dwelling on it; or a firm's land, with none.

    `owners`: kind, number and exact share of each, from the day `since` on.
    """

    number: int
    parcel_id: str
    dwelling_id: str | None
    address: str
    since: int
    owners: tuple[tuple[str, str, str], ...]
    dice: int


@lru_cache(maxsize=1)
def holdings(around: Neighbourhood) -> list[Holding]:
    """What the people and firms of a neighbourhood own: three homes of four are their owners' own."""
    chance = Random(around.number * 31 + around.size)
    homes: dict[str, list[tuple[Person, Stay]]] = {}
    for one in around.people:
        stay = next((s for s in reversed(one.stays) if s.kind == "permanent"), None)
        if stay and not stay.ends and not one.died and one.born + GROWN_UP < TODAY:
            homes.setdefault(stay.household, []).append((one, stay))
    found: list[Holding] = []
    for household, adults in homes.items():
        if household and chance.random() < 0.75:
            eldest, stay = min(adults, key=lambda each: each[0].born)
            owners = _owners(eldest, [one for one, _stay in adults], chance)
            grown = max(one.born for one in owners) + GROWN_UP
            wed = eldest.wed if eldest.spouse in owners else 0
            earliest = max(stay.begins, grown, wed, EARLIEST)
            since = earliest + int(chance.random() * max(0, min(2_000, TODAY - 60 - earliest)))
            whose = tuple(("person", one.personal_id, f"1/{len(owners)}") for one in owners)
            assert eldest.home
            unit = eldest.home.unit(min(since, TODAY - 1))
            found.append(_holding(around, len(found), unit, stay.address, since, whose, chance))
    for firm in around.firms:
        if len(firm.code) == 10 and chance.random() < 0.2:
            since = max(firm.founded, EARLIEST)
            place, whose = firm.place, (("enterprise", firm.code, "1/1"),)
            address = f"{firm.line}, {place.called(since)}"
            home = _holding(around, len(found), place.unit(since), address, since, whose, chance)
            found.append(home._replace(dwelling_id=None))
    return found


def _owners(eldest: Person, adults: list[Person], chance: Random) -> list[Person]:
    """The couple, in halves; now and then three of a household, in thirds; else one alone."""
    if eldest.spouse in adults:
        return [eldest, eldest.spouse]
    if len(adults) >= 3 and chance.random() < 0.5:
        return sorted(adults, key=lambda one: one.born)[:3]
    return [eldest]


def _holding(
    around: Neighbourhood,
    n: int,
    unit: str,
    address: str,
    since: int,
    owners: tuple[tuple[str, str, str], ...],
    chance: Random,
) -> Holding:
    """No other neighbourhood has this sheet."""
    number = around.number * 5_000 + n
    parcel_id = f"{unit}/{around.number + 1}/{n + 1}"
    dwelling_id = f"NO-{unit}-{number:08d}"
    dice = int(chance.random() * 1_000)
    return Holding(number, parcel_id, dwelling_id, address, since, owners, dice)


def _point(number: int) -> str:
    """The GeoHash of a point in Bình Dương at which no other parcel lies."""
    return geohash(10.87 + number % 997 / 997 * 0.6, 106.35 + number // 997 % 6_007 / 6_007 * 0.6)


def parcel_rows(around: Neighbourhood) -> Iterator[Row]:
    for home in holdings(around):
        firm, n = home.dwelling_id is None, home.number
        area = (400 + n % 4_000 if firm else 60 + n % 240) * 10 + home.dice % 10
        until = f"{2045 + n % 25}-12-31" if firm else None
        use = ("SKC", "TMD")[n % 2] if firm else USES[n % len(USES)]
        yield (
            home.parcel_id,
            _point(n) if home.dice < 400 else None,
            f"{area // 10}.{area % 10}".removesuffix(".0"),
            use,
            "sole" if len(home.owners) == 1 else "joint",
            until,
            home.address,
        )


def dwelling_rows(around: Neighbourhood) -> Iterator[Row]:
    for home in holdings(around):
        if home.dwelling_id is None:
            continue
        n, floors = home.number, 1 + home.dice % 3
        built = 40 + n % 90
        yield (
            home.dwelling_id,
            home.parcel_id,
            "villa" if home.dice > 970 else "detached_house",
            ("II", "III", "III", "IV")[n % 4],
            str(floors),
            str(built),
            str(built * floors),
            STRUCTURES[n % len(STRUCTURES)],
            str(min(year_of(home.since), 2026) - n % 12),
            home.address,
        )


def certificate_rows(around: Neighbourhood) -> Iterator[Row]:
    for home in holdings(around):
        n, on = home.number, min(home.since + 20 + home.dice % 40, TODAY)
        if on < NEW_SERIALS:
            serial = f"{LETTERS[n // 1_000_000]}{n * 617_321 % 1_000_000:06d}"
        else:
            serial = f"AA{n * 617_321 % 100_000_000:08d}"
        yield serial, f"CS{n:07d}", iso(on), home.parcel_id, home.dwelling_id, "issued"


def _properties(home: Holding) -> Iterator[tuple[str, str]]:
    yield "parcel", home.parcel_id
    if home.dwelling_id:
        yield "dwelling", home.dwelling_id


def right_rows(around: Neighbourhood) -> Iterator[Row]:
    """Of one home in ten also whose it was before."""
    before: Holding | None = None
    for home in holdings(around):
        for kind, key in _properties(home):
            if before and home.dice % 10 == 0 and home.dwelling_id:
                first = max(before.since, EARLIEST)
                if first < home.since - 365:
                    whose, number, _share = before.owners[0]
                    yield kind, key, whose, number, "1/1", None, iso(first), iso(home.since - 1)
            for whose, number, share in home.owners:
                document_no = f"{home.number % 9_000 + 1}/{year_of(home.since)}/HĐ"
                yield kind, key, whose, number, share, document_no, iso(home.since), None
        before = home


def encumbrance_rows(around: Neighbourhood) -> Iterator[Row]:
    """One home in six is or was mortgaged, to one of the companies here; a few are noted or contested."""
    banks = [firm for firm in around.firms if firm.form == "joint_stock_company"][:3]
    for home in holdings(around):
        kind, key = list(_properties(home))[-1]
        since = home.since + 90 + home.dice
        bank = banks[home.number % len(banks)] if banks else None
        if bank and home.dice < 170 and since < TODAY and bank.founded < since:
            ends = since + 2_500 + home.dice
            document_no = f"{home.number % 9_000 + 1}/{year_of(since)}/HĐTC"
            last = iso(ends) if ends < TODAY else None
            yield kind, key, "mortgage", document_no, bank.code, iso(since), last
        elif home.dice > 985 and since < TODAY:
            what = ("dispute", "seizure", "planning_note", "planning_note")[home.number % 4]
            yield (
                kind,
                key,
                what,
                f"{home.number % 500 + 1}/{year_of(since)}/TB",
                None,
                iso(since),
                None,
            )


SEEDS = {
    "parcels": Seed(
        ("parcel_id", "national_id", "area", "land_use", "tenure", "use_until", "address"),
        parcel_rows,
    ),
    "dwellings": Seed(
        (
            "dwelling_id", "parcel_id", "kind", "grade", "floors", "build_area", "floor_area",
            "structure", "year_built", "address",
        ),
        dwelling_rows,
    ),
    "certificates": Seed(
        ("serial", "register_no", "issued_on", "parcel_id", "dwelling_id", "status"),
        certificate_rows,
    ),
    "rights": Seed(
        (
            "property_kind", "property_id", "owner_kind", "owner_id", "share", "document_no",
            "valid_from", "valid_to",
        ),
        right_rows,
    ),
    "encumbrances": Seed(
        (
            "property_kind", "property_id", "kind", "document_no", "holder_id", "valid_from",
            "valid_to",
        ),
        encumbrance_rows,
    ),
}  # fmt: skip
