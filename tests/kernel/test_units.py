"""Administrative units: what a code meant on a day, what became of it, and what is filed under it."""

from __future__ import annotations

import csv
import datetime
from collections import defaultdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from citizens.models import Person, Residence
from citizens.samples import civil_event, person, residence
from records.registry import record_types
from records.units import files
from records.units.snapshot import fold, snapshot
from tests.conftest import agree, client_of, entries_of, make

pytestmark = pytest.mark.django_db

OLD, NEW = datetime.date(2020, 1, 1), datetime.date(2026, 1, 1)
LAST_DAY, FIRST_DAY = datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)


def rows(name: str) -> list[dict[str, str]]:
    with (files.DATA / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def binh_duong() -> list[dict[str, str]]:
    """What became of the communes under the districts of province 74."""
    listed = rows("units.csv")
    districts = {u["code"] for u in listed if u["level"] == "district" and u["parent_code"] == "74"}
    communes = {
        u["code"] for u in listed if u["level"] == "commune" and u["parent_code"] in districts
    }
    return [c for c in rows("unit_changes.csv") if c["old_code"] in communes]


def get(path: str, **query: Any) -> Any:
    """A reply to somebody without a token, in English."""
    return APIClient(headers={"Accept-Language": "en"}).get(f"/api/v1/units{path}", query)


# What became of what


def test_all_changes_of_binh_duong_are_found_both_ways() -> None:
    listed = binh_duong()
    assert len(listed) == 107
    becomes, was = defaultdict(set), defaultdict(set)
    for c in listed:
        becomes[c["old_code"]].add((c["new_code"], c["extent"], c["is_default"] == "yes"))
        was[c["new_code"]].add((c["old_code"], c["extent"]))
    assert (len(becomes), len(was)) == (91, 36)
    for old, expected in becomes.items():
        for on in (None, OLD, LAST_DAY):
            links = snapshot().becomes(old, on)
            assert {(x.unit.code, x.extent, x.default) for x in links} == expected
        items = get(f"/{old}/becomes").json()["items"]
        assert {(i["code"], i["extent"], i["default"]) for i in items} == expected
        assert {i["effective_on"] for i in items} == {"2025-07-01"}
    for new, expected in was.items():
        for on in (None, FIRST_DAY, NEW):
            links = snapshot().was(new, on)
            assert {(x.unit.code, x.extent) for x in links} == expected
        items = get(f"/{new}/was").json()["items"]
        assert {(i["code"], i["extent"]) for i in items} == expected
        assert snapshot().filed_under(new) == {new} | {code for code, _extent in expected}


def test_a_code_means_another_unit_on_another_day() -> None:
    assert get("/25750", on="2025-06-30").json()["full_name"] == "Phường Phú Hòa"
    assert get("/25750", on="2025-07-01").json()["full_name"] == "Phường Phú Lợi"
    now = get("/25750").json()
    assert now == {
        "code": "25750",
        "level": "commune",
        "name": "Phú Lợi",
        "full_name": "Phường Phú Lợi",
        "kind": "phường",
        "parent_code": "79",
        "valid_from": "2025-07-01",
        "valid_to": None,
        "resolution": "1685/NQ-UBTVQH15",
    }
    assert get("/25750/becomes").json()["unit"]["name"] == "Phú Hòa"
    assert get("/25750/was").json()["unit"]["name"] == "Phú Lợi"
    assert get("/25750/was", on="2020-01-01").json()["items"] == []
    assert get("/25750/becomes", on="2026-01-01").json()["items"] == []
    assert get("/25741").json()["valid_to"] == "2025-06-30"


def test_provinces_and_island_districts_went_too() -> None:
    assert [x.unit.code for x in snapshot().becomes("74")] == ["79"]
    assert {x.unit.code for x in snapshot().was("79")} == {"74", "77", "79"}
    assert [x.unit.name for x in snapshot().becomes("755")] == ["Côn Đảo"]
    assert get("/718/becomes").json()["items"] == []


# Lists


def codes(**query: Any) -> list[str]:
    reply = get("", **query)
    assert reply.status_code == 200, reply.json()
    return [item["code"] for item in reply.json()["items"]]


def test_a_list_is_of_a_day_and_pages_by_cursor() -> None:
    assert len(codes(level="province")) == 34
    assert len(codes(level="province", on="2025-06-30", limit=200)) == 63
    assert len(codes(level="commune", parent="79", limit=200)) == 168
    assert codes(level="district") == []
    seen, url = [], "/api/v1/units?parent=79&limit=50"
    while url:
        page = APIClient().get(url)
        seen += [item["code"] for item in page.json()["items"]]
        url = page.json()["next"]
    assert len(seen) == 168
    assert seen == sorted(set(seen))
    cursor = get("", parent="79", limit=1).json()["next"].rpartition("cursor=")[2]
    assert get("", parent="01", cursor=cursor).json()["code"] == "cursor"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("thủ dầu một", "25747"),
        ("THU DAU MOT", "25747"),
        ("phuong phu loi", "25750"),
        ("Bình Hoà", "25987"),
        ("Bình Hòa", "25987"),
        ("Bi\u0300nh Ho\u0300a", "25987"),
        ("dau tieng", "25777"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, code: str) -> None:
    assert code in codes(name=name, parent="79", limit=200)


def test_apostrophes_are_one() -> None:
    assert fold("M'Drắk") == fold("M’DRẮK") == "m drak"
    assert codes(name="M’Drắk", level="commune") == codes(name="m'drak", level="commune") != []


def test_anybody_may_keep_the_list() -> None:
    reply = get("", level="province")
    assert reply["Cache-Control"] == "public, max-age=3600"
    assert "RateLimit" not in reply
    again = APIClient().get("/api/v1/units", headers={"If-None-Match": reply["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert entries_of() == []


# Bad input


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/99999", {}, 404, "unknown_unit"),
        ("/00002", {"on": "2020-01-01"}, 404, "unknown_unit"),
        ("/99999/becomes", {}, 404, "unknown_unit"),
        ("/99999/was", {"on": "2020-01-01"}, 404, "unknown_unit"),
        ("/25741", {"on": "2025-07-01"}, 404, "unit_not_then"),
        ("/25741/becomes", {"on": "2026-01-01"}, 404, "unit_not_then"),
        ("/25750", {"on": "1899-12-31"}, 404, "unit_not_then"),
        ("/2575", {}, 400, "unit_code"),
        ("/257500", {}, 400, "unit_code"),
        ("/٢٥٧٥٠", {}, 400, "unit_code"),
        ("/%00", {}, 400, "unit_code"),
        ("/25750'--", {}, 400, "unit_code"),
        ("/Phú Lợi", {}, 400, "unit_code"),
        ("/25750", {"on": "yesterday"}, 400, "filter"),
        ("/25750", {"on": "2026-02-30"}, 400, "filter"),
        ("/25750", {"on": "99999-01-01"}, 400, "filter"),
        ("/25750", {"on": ""}, 400, "filter"),
        ("/25750", {"at": "2020-01-01"}, 400, "unknown_parameter"),
        ("", {"level": "village"}, 400, "filter"),
        ("", {"level": ""}, 400, "filter"),
        ("", {"parent": "718"}, 400, "unit_not_then"),
        ("", {"parent": "9"}, 400, "unit_code"),
        ("", {"parent": "98"}, 400, "unknown_unit"),
        ("", {"name": ""}, 400, "filter"),
        ("", {"name": "!?*"}, 400, "filter"),
        ("", {"name": "phú\x00lợi"}, 400, "filter"),
        ("", {"name": "phú " * 500}, 400, "filter"),
        ("", {"name": "\u0301"}, 400, "filter"),
        ("", {"name": "🏠"}, 400, "filter"),
        ("", {"limit": "0"}, 400, "limit"),
        ("", {"limit": "201"}, 400, "limit"),
        ("", {"cursor": "x"}, 400, "cursor"),
    ],
)
def test_bad_input_is_answered_clearly(
    path: str, query: dict[str, str], status: int, code: str
) -> None:
    reply = get(path, **query)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["detail"]
    assert "max-age" not in reply.get("Cache-Control", "")


def test_other_scripts_find_nothing_or_are_refused() -> None:
    assert get("", name="胡志明").status_code == 400
    assert codes(name="zzz") == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_units_are_only_read(method: str) -> None:
    reply = getattr(APIClient(), method)("/api/v1/units/25750")
    assert (reply.status_code, reply.json()["code"]) == (405, "method_not_allowed")


def test_a_code_out_of_time_says_when_it_held_and_what_became_of_it() -> None:
    told = get("/25741", on="2026-01-01").json()
    assert told["detail"] == (
        "No unit had the code 25741 on 2026-01-01. Phường Hiệp Thành had it until 2025-06-30."
        " What became of it: Phường Phú Lợi (25750), Phường Thủ Dầu Một (25747)."
    )
    assert [unit["name"] for unit in told["held"]] == ["Hiệp Thành"]
    assert [unit["code"] for unit in told["becomes"]] == ["25750", "25747"]
    in_vietnamese = APIClient(headers={"Accept-Language": "vi"}).get(
        "/api/v1/units/25741", {"on": "2026-01-01"}
    )
    assert in_vietnamese.json()["detail"].startswith("Không có đơn vị hành chính mang mã 25741")


# Filters


def test_a_filter_finds_what_is_filed_under_what_a_unit_was_made_of(partner: APIClient) -> None:
    under = {
        make(record_types()["people"], n, residence_unit=code).residence_unit  # type: ignore[attr-defined]
        for n, code in enumerate(("25747", "25750", "25741", "25744", "25942"), start=1)
    }
    assert len(under) == 5
    page = partner.get("/api/v1/people?residence_unit=25750").json()
    assert {item["residence_unit"] for item in page["items"]} == {"25750", "25741", "25744"}
    told = {(unit["code"], unit["name"], unit["extent"]) for unit in page["units"]}
    assert told == {
        ("25750", "Phường Phú Lợi", "full"),
        ("25750", "Phường Phú Hòa", "full"),
        ("25744", "Phường Phú Lợi", "full"),
        ("25741", "Phường Hiệp Thành", "part"),
    }
    assert page["units"][0] == {
        "code": "25750",
        "name": "Phường Phú Lợi",
        "valid_from": "2025-07-01",
        "valid_to": None,
        "extent": "full",
    }
    page = partner.get("/api/v1/people?residence_unit=25741").json()
    assert [item["residence_unit"] for item in page["items"]] == ["25741"]
    assert "units" not in partner.get("/api/v1/people").json()
    assert "units" not in partner.get("/api/v1/people?status=active").json()


def test_a_page_goes_on_within_a_filter_by_unit(partner: APIClient) -> None:
    for n, code in enumerate(("25750", "25741", "25744"), start=1):
        make(record_types()["people"], n, residence_unit=code)
    seen, url = [], "/api/v1/people?residence_unit=25750&limit=1"
    while url:
        page = partner.get(url).json()
        assert page["units"]
        seen += [item["residence_unit"] for item in page["items"]]
        url = page["next"]
    assert seen == ["25750", "25741", "25744"]


def test_a_page_is_merged_from_what_is_filed_under_each_code(partner: APIClient) -> None:
    """Not read to the end, nor the whole table: each code's index is in the order of the list."""
    with CaptureQueriesContext(connection) as counted:
        assert partner.get("/api/v1/residences?unit=25750").status_code == 200
    (listed,) = [q["sql"] for q in counted if "UNION ALL" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {listed}")
        said = " ".join(line for (line,) in cursor.fetchall())
    assert "Merge Append" in said
    assert "->  Sort " not in said


def test_a_filter_by_a_unit_that_never_was_is_refused(partner: APIClient) -> None:
    reply = partner.get("/api/v1/people?residence_unit=99999")
    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_unit")
    assert reply.json()["errors"][0]["field"] == "residence_unit"
    assert "99999" in reply.json()["detail"]
    reply = partner.get("/api/v1/people?residence_unit=2575")
    assert (reply.status_code, reply.json()["code"]) == (400, "filter")


# Records of units that were split


def warnings_of(seen: dict[str, Any]) -> list[dict[str, Any]]:
    return [w for w in seen["warnings"] if w["code"] == "unit_split"]


def test_a_record_of_a_split_unit_says_that_it_needs_a_decision(partner: APIClient) -> None:
    made = make(record_types()["people"], 1, residence_unit="25741")
    seen = partner.get(f"/api/v1/people/{made.personal_id}").json()  # type: ignore[attr-defined]
    (warned,) = warnings_of(seen)
    assert warned["field"] == "residence_unit"
    assert warned["detail"].startswith("Phường Hiệp Thành was split on 01/07/2025.")
    assert warned["candidates"] == [
        {"code": "25750", "name": "Phường Phú Lợi", "default": True},
        {"code": "25747", "name": "Phường Thủ Dầu Một", "default": False},
    ]
    assert Person.objects.get().warnings == []
    (listed,) = partner.get("/api/v1/people").json()["items"]
    assert listed == seen
    past = partner.get(f"/api/v1/people/{made.personal_id}?as_of={NOW()}").json()  # type: ignore[attr-defined]
    assert past == seen


def NOW() -> str:  # noqa: N802
    return datetime.datetime.now(datetime.UTC).isoformat().replace("+", "%2B")  # noqa: TID251


def test_a_code_that_lives_on_is_undecided_where_its_day_is_not_known(partner: APIClient) -> None:
    """25768 was Hiệp An, which was split; it is Phú An since."""
    made = make(record_types()["people"], 1, residence_unit="25768")
    seen = partner.get(f"/api/v1/people/{made.personal_id}").json()  # type: ignore[attr-defined]
    assert {c["code"] for c in warnings_of(seen)[0]["candidates"]} == {"25768", "25771"}
    for day, undecided in (("2025-06-30", True), ("2025-07-01", False)):
        lives = make(record_types()["residences"], 2, unit="25768", valid_from=day)
        seen = partner.get(f"/api/v1/residences/{lives.pk}").json()
        assert bool(warnings_of(seen)) is undecided
        Residence.objects.update(closed_on=day)


def test_the_day_need_not_be_shown(agency: Any) -> None:
    """civil-events show registered_on in both fieldsets; here one that does not."""
    declared = record_types()["civil-events"]
    names = ("id", "register_unit")
    from records import rows as reading  # noqa: PLC0415

    plan = reading.plan(declared, names)
    event = make(declared, 1, register_unit="25768", registered_on="2025-07-02", year=2025)
    row = reading.find(declared, plan, str(event.pk))
    assert row is not None
    shown = reading.shown(plan, row)
    assert set(shown) == {"id", "register_unit", "version", "closed_on", "warnings"}
    assert shown["warnings"] == []
    assert reading.subjects(plan, row) == (event.person_id,)  # type: ignore[attr-defined]


def test_nothing_is_said_of_a_unit_that_is_not_shown(agency: Any) -> None:
    made = make(record_types()["people"], 1, residence_unit="25741")
    agree(agency, "people", "identity")
    seen = client_of(agency).get(f"/api/v1/people/{made.personal_id}").json()  # type: ignore[attr-defined]
    assert seen["warnings"] == []


# Writing


def test_a_unit_must_be_listed(partner: APIClient) -> None:
    body = {**person(1), "residence_unit": "99999", "hometown_unit": "00002"}
    reply = partner.post("/api/v1/people", body, format="json")
    assert reply.status_code == 422
    found = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert found == [("hometown_unit", "unknown_unit"), ("residence_unit", "unknown_unit")]
    body["hometown_unit"], body["residence_unit"] = "25741", "2575"
    reply = partner.post("/api/v1/people", body, format="json")
    found = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert found == [("residence_unit", "format")]


@pytest.mark.parametrize(
    ("unit", "day", "accepted"),
    [
        ("25741", "2025-06-30", True),
        ("25741", "2025-07-01", False),
        ("25750", "2025-06-30", True),
        ("25750", "2025-07-01", True),
    ],
)
def test_a_unit_must_have_held_on_the_day(
    partner: APIClient, unit: str, day: str, accepted: bool
) -> None:
    body = {**residence(1), "unit": unit, "valid_from": day}
    reply = partner.post("/api/v1/residences", body, format="json")
    assert reply.status_code == (201 if accepted else 422), reply.json()
    if not accepted:
        (fault,) = reply.json()["errors"]
        assert (fault["field"], fault["code"]) == ("unit", "unknown_unit")
        assert "Phường Phú Lợi (25750)" in fault["detail"]


def test_a_new_day_judges_the_unit_again(partner: APIClient) -> None:
    made = make(record_types()["residences"], 1, unit="25741")
    url, match = f"/api/v1/residences/{made.pk}", {"If-Match": '"1"'}
    change = {"valid_from": "2026-01-01", "reason": "x"}
    reply = partner.patch(url, change, format="json", headers=match)
    assert [e["field"] for e in reply.json()["errors"]] == ["unit"]
    change = {"valid_from": "no day", "reason": "x"}
    reply = partner.patch(url, change, format="json", headers=match)
    assert [e["field"] for e in reply.json()["errors"]] == ["valid_from"]
    change = {"valid_from": "2026-01-01", "unit": "2575", "reason": "x"}
    reply = partner.patch(url, change, format="json", headers=match)
    assert [(e["field"], e["code"]) for e in reply.json()["errors"]] == [("unit", "format")]
    change = {"address": "1 Yersin", "reason": "x"}
    assert partner.patch(url, change, format="json", headers=match).status_code == 200


def test_an_operation_names_its_own_field(partner: APIClient) -> None:
    make(record_types()["people"], 1)
    body = {
        "personal_id": person(1)["personal_id"],
        "death_date": "2026-05-12",
        "register_unit": "99999",
        "book": "01/2026",
        "number": "1",
        "registered_on": "2026-05-13",
    }
    reply = partner.post("/api/v1/operations/register-death", body, format="json")
    assert [(e["field"], e["code"]) for e in reply.json()["errors"]] == [
        ("register_unit", "unknown_unit")
    ]


def test_samples_are_valid_on_their_days() -> None:
    for n in range(1, 61):
        lives, event = residence(n), civil_event(n)
        for code, day in (
            (lives["unit"], lives["valid_from"]),
            (event["register_unit"], event["registered_on"]),
        ):
            assert snapshot().at(code, datetime.date.fromisoformat(day))
