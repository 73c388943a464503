"""Numbers of land and of its papers: what is taken, what is refused, and that the database agrees."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from hypothesis import given, settings as limits, strategies as st

from housing import validators
from housing.validators import CertificateSerial, NationalParcelId, ParcelId, geohash
from records.actors import Occasion, system
from records.history.speaking import speak_for


def judged(field: Any, value: Any) -> Any:
    """A value in its normal form, or the code of its fault."""
    try:
        return field.clean(value, None)
    except ValidationError as error:
        return {"fault": error.error_list[0].code}


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (57.64911, 10.40744, "u4pruydqqvj8"),  # the example of geohash.org
        (10.9069, 106.7694, "w3gyj9e173db"),
        (11.275, 106.361, "w658hk99wumf"),
        (21.0285, 105.8542, "w7er8u0evss2"),
    ],
)
def test_a_point_has_its_geohash(latitude: float, longitude: float, expected: str) -> None:
    assert geohash(latitude, longitude) == expected


@limits(max_examples=300, deadline=None)
@given(st.floats(8, 12, exclude_max=True), st.floats(105.5, 108.5, exclude_max=True))
def test_a_national_id_is_taken_where_its_point_lies_in_the_province(
    latitude: float, longitude: float
) -> None:
    inside = (
        validators.SOUTH <= latitude < validators.NORTH
        and validators.WEST <= longitude < validators.EAST
    )
    value = geohash(latitude, longitude)
    assert judged(NationalParcelId(), value) == (value if inside else {"fault": "range"})


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (ParcelId(), "25747/12/345", "25747/12/345"),
        (ParcelId(), "25747/012/345", {"fault": "format"}),
        (ParcelId(), "25747/12/345\n", {"fault": "format"}),
        (ParcelId(), "２５７４７/12/345", {"fault": "format"}),
        (NationalParcelId(), "w3gy6yuv6nfa", {"fault": "format"}),
        (CertificateSerial(), "B 123456", "B123456"),
        (CertificateSerial(), "CĐ123456", "CĐ123456"),
        (CertificateSerial(), "CD  123456", {"fault": "format"}),
        (CertificateSerial(), "cd 123456", {"fault": "format"}),
    ],
)
def test_single_values(field: Any, value: str, expected: Any) -> None:
    assert judged(field, value) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({"parcel_id": "25747/12/345"}, True),
        ({"parcel_id": "25747/12"}, False),
        ({"parcel_id": "25747/1/1", "national_id": "w3gyj9e173db"}, True),
        ({"parcel_id": "25747/1/1", "national_id": "W3GYJ9E173DB"}, False),
        ({"parcel_id": "25747/1/1", "national_id": "w7er8u0evss2"}, False),
        ({"parcel_id": "25747/1/1", "area": "0"}, False),
    ],
)
def test_the_database_agrees(values: dict[str, str], taken: bool) -> None:
    speak_for(system("tests"), "x", Occasion("tests"))
    row = {"area": "100", "land_use": "ODT", **values}
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO parcels ({names}) VALUES ({marks})", list(row.values()))
        found = True
    except (IntegrityError, DataError):
        found = False
    assert found is taken
