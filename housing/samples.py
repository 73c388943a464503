"""Made-up parcels, dwellings and their owners: the n-th sample is always the same.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from typing import Any

from housing.validators import geohash

COMMUNES = ("25747", "25750", "25771", "25760", "25942")
BANKS = ("3701234562", "0100112437")


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


def right(n: int) -> dict[str, Any]:
    return {
        **of_property(n),
        "owner_kind": "person",
        "owner_id": owner(n),
        "share": ("1/1", "1/2", "1/3")[n % 3],
        "document_no": f"{n}/2015/HĐ",
        "valid_from": f"2015-0{n % 9 + 1}-01",
    }


def encumbrance(n: int) -> dict[str, Any]:
    return {
        **of_property(n),
        "kind": ("mortgage", "planning_note")[n % 2],
        "holder_id": BANKS[n % 2],
        "document_no": f"{n}/2020/HĐTC",
        "valid_from": f"2020-0{n % 9 + 1}-01",
        "valid_to": f"203{n % 10}-12-31",
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
        "holder_id": BANKS[0],
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
SEEDS: dict[str, Any] = {}
