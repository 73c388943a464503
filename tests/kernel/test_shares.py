"""Shares of one thing never pass the whole, and what they are of is there: walls of the database."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings as limits, strategies as st
from rest_framework.test import APIClient

from housing.models import Right
from housing.samples import dwelling, owner, parcel
from records.actors import Occasion, system
from records.history.speaking import speak_for
from records.registry import record_types
from tests.conftest import make
from tests.importing import applied, as_csv, rows_of, taken

pytestmark = pytest.mark.django_db
DAY = datetime.date(2020, 1, 1)


@pytest.fixture(autouse=True)
def _properties() -> None:
    make(record_types()["parcels"], 1)
    make(record_types()["dwellings"], 1)
    speak_for(system("tests"), "x", Occasion("tests"))


def right(n: int, share: str, first: str = "2020-01-01", last: str | None = None) -> dict[str, Any]:
    """Of the first parcel."""
    return {
        "property_kind": "parcel",
        "property_id": parcel(1)["parcel_id"],
        "owner_kind": "person",
        "owner_id": owner(n),
        "share": share,
        "valid_from": first,
        "valid_to": last,
    }


def inserted(*rows: dict[str, Any]) -> str:
    """Write rows in one statement; the name of the rule that is broken, or nothing."""
    names = list(rows[0])
    each = "(" + ", ".join(["%s"] * len(names)) + ")"
    said = f"INSERT INTO rights ({', '.join(names)}) VALUES {', '.join([each] * len(rows))}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(said, [row[name] for row in rows for name in names])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        return str(getattr(error.__cause__, "diag").constraint_name)  # noqa: B009 psycopg's own
    return ""


def test_thirds_make_a_whole_and_no_more() -> None:
    assert inserted(*(right(n, "1/3") for n in range(3))) == ""
    assert inserted(right(4, "1/1000000")) == "rights_within_whole"


def test_one_statement_is_judged_as_a_whole() -> None:
    assert inserted(right(1, "1/2"), right(2, "1/2"), right(3, "1/7")) == "rights_within_whole"
    assert inserted(right(1, "1/2"), right(2, "1/2")) == ""


def test_another_property_has_a_whole_of_its_own() -> None:
    other = {**right(1, "1/1"), "property_kind": "dwelling"}
    assert inserted(right(1, "1/1"), {**other, "property_id": dwelling(1)["dwelling_id"]}) == ""


def test_a_day_belongs_to_the_right_that_ends_on_it() -> None:
    assert inserted(right(1, "1/1", "2019-01-01", "2020-06-30")) == ""
    assert inserted(right(2, "1/1", "2020-06-30")) == "rights_within_whole"
    assert inserted(right(2, "1/1", "2020-07-01")) == ""
    # Before the first of them somebody else may have had it.
    assert inserted(right(3, "1/1", "2010-01-01", "2018-12-31")) == ""


def test_what_is_closed_or_shortened_leaves_room() -> None:
    assert inserted(right(1, "1/1")) == ""
    Right.objects.update(valid_to="2021-12-31")
    assert inserted(right(2, "1/1", "2022-01-01")) == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        Right.objects.filter(owner_id=owner(1)).update(valid_to=None)
    Right.objects.filter(owner_id=owner(2)).update(closed_on=DAY)
    Right.objects.filter(owner_id=owner(1)).update(valid_to=None)


def test_a_right_of_nothing_is_refused() -> None:
    assert inserted({**right(1, "1/1"), "property_id": "25747/9/9"}) == "rights_parcel"
    nowhere = {**right(1, "1/1"), "property_kind": "dwelling"}
    assert inserted(nowhere) == "rights_dwelling"


def test_the_api_words_both(partner: APIClient) -> None:
    url = "/api/v1/rights"
    assert partner.post(url, right(1, "2/3"), format="json").status_code == 201
    over = partner.post(url, right(2, "1/2"), format="json")
    assert (over.status_code, over.json()["code"]) == (409, "over_whole")
    assert "shares together" in over.json()["detail"]
    lost = partner.post(url, {**right(2, "1/3"), "property_id": "25747/9/9"}, format="json")
    assert (lost.status_code, lost.json()["code"]) == (409, "reference")


Days = st.integers(0, 12)
Rights = st.tuples(
    st.builds(Fraction, st.integers(1, 7), st.integers(7, 13)), Days, st.none() | Days
)


@limits(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(Rights, min_size=1, max_size=6))
def test_the_database_adds_up_as_exact_arithmetic_does(
    made: list[tuple[Fraction, int, int | None]],
) -> None:
    rows, periods = [], []
    for n, (share, first, length) in enumerate(made):
        begins = DAY + datetime.timedelta(first)
        ends = None if length is None else begins + datetime.timedelta(length)
        periods.append((share, begins, ends or datetime.date.max))
        text = f"{share.numerator}/{share.denominator}"
        rows.append(right(n, text, str(begins), str(ends) if ends else None))
    days = [DAY + datetime.timedelta(n) for n in range(30)]
    over = any(sum(s for s, a, b in periods if a <= day <= b) > 1 for day in days)
    with transaction.atomic():
        assert inserted(*rows) == ("rights_within_whole" if over else "")
        transaction.set_rollback(True)


def file(*rows: dict[str, Any]) -> bytes:
    record_type = record_types()["rights"]
    made = [rows_of(record_type, [1], list(rows[0]), **row) for row in rows]
    return as_csv([made[0][0], *(each[1] for each in made)])


def test_a_file_that_ends_one_right_and_begins_another_is_taken_in_any_order() -> None:
    assert inserted(*(right(n, "1/2", "2015-01-01") for n in (1, 2))) == ""
    ended = [right(n, "1/2", "2015-01-01", "2019-12-31") for n in (1, 2)]
    job = taken("rights", file(right(3, "1/1"), ended[0], ended[1]))
    assert (job.counts["error"], job.counts["changed"], job.counts["new"]) == (0, 2, 1)
    job = applied(job)
    assert (job.counts["amended"], job.counts["created"]) == (2, 1)
    assert Right.objects.get(valid_to=None).owner_id == owner(3)


def test_what_others_took_meanwhile_is_told_of_the_row() -> None:
    job = taken("rights", file(right(1, "1/2"), right(2, "1/4")))
    assert job.counts["error"] == 0
    assert inserted(right(3, "1/2")) == ""
    job = applied(job)
    assert (job.counts["created"], job.counts["refused"]) == (1, 1)
    total = sum(Fraction(r.share) for r in Right.objects.all())
    assert total <= 1


def test_a_row_of_a_closed_right_takes_no_room_from_the_others() -> None:
    assert inserted(right(1, "1/1")) == ""
    Right.objects.update(closed_on=DAY)
    job = taken("rights", file(right(1, "1/1"), right(2, "1/1")))
    assert (job.counts["error"], job.counts["unchanged"], job.counts["new"]) == (0, 1, 1)
    assert applied(job).counts["created"] == 1
