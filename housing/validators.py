"""What numbers of land and of its papers look like, and where on earth a number may point to."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from records.fields import Key, Text, invalid
from records.mending import Mended

#: Of GeoHash: digits and small letters without a, i, l and o.
ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
#: The province's bounding box (former Bình Dương, Hồ Chí Minh City, Bà Rịa - Vũng Tàu with Côn Đảo) in
#: degrees of WGS 84, along the borders of GeoHash cells of four characters: south, west, north, east.
SOUTH, WEST, NORTH, EAST = 8.4375, 106.171875, 11.6015625, 107.9296875
CELL_HEIGHT, CELL_WIDTH = 180 / 2**10, 360 / 2**10


def geohash(latitude: float, longitude: float, length: int = 12) -> str:
    """The GeoHash of a point: bits of longitude and latitude in turn, five a character."""
    bits = 5 * length
    east, north = (bits + 1) // 2, bits // 2
    x = int((longitude + 180) / 360 * 2**east)
    y = int((latitude + 90) / 180 * 2**north)
    woven = 0
    for n in range(bits):
        number, at = (x, east) if n % 2 == 0 else (y, north)
        woven = woven << 1 | number >> at - 1 - n // 2 & 1
    return "".join(ALPHABET[woven >> 5 * n & 31] for n in reversed(range(length)))


#: The first four characters that a point inside the bounding box has: to ask for them is to decode it.
INSIDE = frozenset(
    geohash(SOUTH + (row + 0.5) * CELL_HEIGHT, WEST + (column + 0.5) * CELL_WIDTH, 4)
    for row in range(round((NORTH - SOUTH) / CELL_HEIGHT))
    for column in range(round((EAST - WEST) / CELL_WIDTH))
)


def lower(text: str) -> Mended:
    """Small letters for capitals."""
    return text.lower(), text != text.lower()


class ParcelId(Text):
    """Mã thửa đất: the commune's code at the time, map sheet and parcel number (số tờ, số thửa)."""

    shape = "[0-9]{5}/[1-9][0-9]{0,4}/[1-9][0-9]{0,5}"
    length = 18
    exact = True
    explain = _("A parcel is commune/sheet/number: 25747/12/345.")
    examples = ("25747/12/345",)
    unit_at = slice(5)


class NationalParcelId(Text):
    """Mã định danh thửa đất: the GeoHash, 12 characters, of a point of the parcel.

    (Circular 09/2024/TT-BTNMT.) The point lies in the province.
    """

    shape = f"[{ALPHABET}]{{12}}"
    length = 12
    exact = True
    explain = _("A national parcel id is 12 digits and small letters without a, i, l and o.")
    examples = ("w3gyj9e173db",)
    mend = staticmethod(lower)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and value[:4] not in INSIDE:
            raise invalid("range", _("The point that this id names lies outside the province."))

    def check_sql(self) -> str:
        cells = ", ".join(f"'{cell}'" for cell in sorted(INSIDE))
        return super().check_sql() + f" AND left({{c}}, 4) IN ({cells})"


class DwellingId(Key):
    """Mã nhà ở: as the office or the housing information system gives it; it is stored, never made.

    (Decree 357/2025/NĐ-CP.)
    """

    examples = ("NO-25747-00001",)


class CertificateSerial(Text):
    """Số phát hành giấy chứng nhận, in every form that is still in circulation.

    One or two letters and six digits, or two letters and eight digits since 1 January 2025
    (Circular 10/2024/TT-BTNMT, art. 29). It names the paper. A blank behind the letters says nothing.
    """

    shape = "[A-ZĐ]{1,2}[0-9]{6}|[A-ZĐ]{2}[0-9]{8}"
    length = 10
    exact = True
    explain = _("A serial is one or two letters and 6 digits, or two letters and 8 digits.")
    examples = ("AA01234567", "DB123456")

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return re.sub("^([A-ZĐ]{1,2}) ", r"\1", value) if isinstance(value, str) else value
