"""The files of units: loaded once, patched by date, refused where they contradict each other."""

from __future__ import annotations

import datetime
import io
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from citizens.samples import residence
from records import changes
from records.actors import Occasion, system
from records.registry import record_types
from records.units import files, snapshot as units
from records.units.models import Unit, UnitChange, UnitList
from records.units.snapshot import Snapshot, snapshot
from tests.conftest import make

pytestmark = pytest.mark.django_db

OLD, FIRST_DAY = datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)


def get(path: str, **query: Any) -> Any:
    """A reply to somebody without a token, in English."""
    return APIClient(headers={"Accept-Language": "en"}).get(f"/api/v1/units{path}", query)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the project's list, to which a test may add patches; nothing of it stays."""
    copy = tmp_path / "data"
    shutil.copytree(files.DATA, copy)
    yield copy
    units.forget()


UNITS = ",".join(files.UNITS)
CHANGES = ",".join(files.CHANGES)
#: Invented: Phường Thủ Dầu Một is split in two on 30 April 2026.
OPENED = (
    "25747,commune,Thủ Dầu Một,Phường Thủ Dầu Một,phường,79,2025-07-01,2026-04-29,1685/NQ-UBTVQH15",
    "25747,commune,Mẫu Một,Phường Mẫu Một,phường,79,2026-04-30,,1/NQ",
    "99001,commune,Mẫu Hai,Phường Mẫu Hai,phường,79,2026-04-30,,1/NQ",
)
BECAME = (
    "25747,2025-07-01,25747,2026-04-30,part,yes,2026-04-30",
    "25747,2025-07-01,99001,2026-04-30,part,no,2026-04-30",
)


def patch(
    where: Path, opened: tuple[str, ...] = OPENED, became: tuple[str, ...] = BECAME
) -> list[Path]:
    written = []
    for name, lines in (("units", (UNITS, *opened)), ("changes", (CHANGES, *became))):
        written.append(where / f"2026-04-30.{name}.csv")
        written[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


def load(*args: Any, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("load_units", *args, stdout=out, **options)
    return out.getvalue().splitlines()


def test_loading_again_does_nothing() -> None:
    before = UnitList.objects.get()
    assert load() == ["units: nothing new"]
    UnitList.objects.update(checksum="another")
    began = time.monotonic()
    assert load() == [
        "units: 0 new, 0 changed, 14149 unchanged",
        "changes: 0 new, 0 changed, 10665 unchanged",
    ]
    assert time.monotonic() - began < 5
    after = UnitList.objects.get()
    assert (after.version, after.checksum) == (before.version, before.checksum)


def test_the_file_corrects_what_the_database_says() -> None:
    Unit.objects.filter(code="25750").update(name="x")
    Unit.objects.filter(code="25747", valid_to=None).delete()
    UnitList.objects.update(checksum="another")
    assert load()[0] == "units: 1 new, 2 changed, 14146 unchanged"


def test_a_patch_counts_from_its_day(folder: Path, partner: APIClient) -> None:
    for n, code in enumerate(("25747", "25741"), start=1):
        make(record_types()["people"], n, residence_unit=code)
    patch(folder / "patches")
    assert load("--data", folder) == [
        "units: 2 new, 1 changed, 14148 unchanged",
        "changes: 2 new, 0 changed, 10665 unchanged",
    ]
    assert UnitList.objects.get().version == 2
    assert get("/25747", on="2026-04-29").json()["name"] == "Thủ Dầu Một"
    assert get("/25747", on="2026-04-30").json()["name"] == "Mẫu Một"
    assert {x.unit.code for x in snapshot().becomes("25741")} == {"25750", "25747", "99001"}
    assert [x.unit.name for x in snapshot().becomes("25753", OLD)] == ["Mẫu Một", "Mẫu Hai"]
    assert {x.extent for x in snapshot().becomes("25753", OLD)} == {"part"}
    was = [(x.unit.code, x.unit.valid_from.year, x.extent) for x in snapshot().was("99001")]
    assert was[0] == ("25747", 2025, "part")
    assert ("25747", 1900, "part") in was
    assert snapshot().undecided("25753", OLD)
    assert snapshot().undecided("25747", FIRST_DAY)
    assert not snapshot().undecided("25747", datetime.date(2026, 4, 30))
    page = partner.get("/api/v1/people?residence_unit=99001").json()
    assert {item["residence_unit"] for item in page["items"]} == {"25747", "25741"}


def test_a_change_to_come_changes_nothing_yet(folder: Path) -> None:
    opened = tuple(line.replace("2026-04", "2196-04") for line in OPENED)
    became = tuple(line.replace("2026-04", "2196-04") for line in BECAME)
    patch(folder / "patches", opened, became)
    load("--data", folder)
    assert snapshot().at("25747").name == "Thủ Dầu Một"  # type: ignore[union-attr]
    assert not snapshot().undecided("25753")
    assert [x.unit.name for x in snapshot().becomes("25753")] == ["Thủ Dầu Một"]
    assert get("/99001", on="2026-01-01").json()["code"] == "unit_not_then"


def test_a_patch_is_shown_before_it_is_applied(folder: Path, tmp_path: Path) -> None:
    for n, code in enumerate(("25747", "25747", "25741"), start=1):
        make(record_types()["people"], n, residence_unit=code)
    make(record_types()["schools"], 0)
    written = patch(tmp_path)
    assert load("--data", folder, "--show", *written) == [
        "closes 25747 Phường Thủ Dầu Một, on 2026-04-29",
        "opens 25747 Phường Mẫu Một, from 2026-04-30",
        "opens 99001 Phường Mẫu Hai, from 2026-04-30",
        "from 2026-04-30: 25747 becomes 25747, part, by default",
        "from 2026-04-30: 25747 becomes 99001, part",
        "people: 2 filed under 25747",
        "schools: 1 filed under 25747",
        "nothing was written",
    ]
    assert not Unit.objects.filter(code="99001").exists()
    assert UnitChange.objects.count() == 10665


@pytest.mark.parametrize(
    ("opened", "became", "said"),
    [
        (OPENED[1:], (), "has not ended before"),
        (OPENED[:1], (), ""),
        ((OPENED[1].replace("2026-04-30,", "2026-04-30,2026-01-01"),), (), "before it begins"),
        ((OPENED[2].replace(",79,", ",98,"),), (), "a parent that is not listed"),
        (OPENED[:2], BECAME, "not listed"),
        (OPENED, BECAME[1:], "needs one default"),
        (OPENED, (BECAME[0].replace("part", "full"), BECAME[1]), "cannot go whole"),
        (OPENED, (BECAME[0][:-10] + "2026-05-01", BECAME[1]), "does not end the day before"),
        (OPENED, (BECAME[0].replace("yes", "si"), BECAME[1]), "line 2"),
        ((OPENED[0], OPENED[0]), (), "stands there twice"),
        (("25747,village,A,A,A,79,2026-04-30,,",), (), "line 2"),
        (("25747,commune",), (), "another number of cells"),
        (("25747,commune,A,A,A,79,2026-02-30,,",), (), "line 2"),
    ],
)
def test_a_patch_that_cannot_be_is_refused(
    folder: Path, opened: tuple[str, ...], became: tuple[str, ...], said: str
) -> None:
    patch(folder / "patches", opened, became)
    if not said:
        load("--data", folder)
        return
    with pytest.raises(CommandError, match=said):
        load("--data", folder)
    assert UnitList.objects.get().version == 1


def test_files_that_are_no_patches(folder: Path, tmp_path: Path) -> None:
    stray = folder / "patches" / "more.csv"
    stray.write_text(UNITS + "\n")
    with pytest.raises(CommandError, match="called by its date"):
        load("--data", folder)
    stray.unlink()
    other = folder / "patches" / "2026-04-30.units.csv"
    other.write_bytes("code,tên\n".encode("utf-16"))
    with pytest.raises(CommandError, match=r"2026-04-30\.units\.csv"):
        load("--data", folder)
    with pytest.raises(CommandError, match="No such file"):
        load("--data", tmp_path / "nowhere")
    with pytest.raises(CommandError, match="No such file"):
        load("--show", tmp_path / "2026-04-30.units.csv")


# The snapshot


def test_the_version_is_asked_for_once_in_a_while(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot()
    with django_assert_num_queries(0):
        snapshot()
    monkeypatch.setattr(settings, "UNITS_MAX_AGE_SECONDS", 0)
    with django_assert_num_queries(1):
        snapshot()
    UnitList.objects.update(version=7)
    assert snapshot().version == 7
    units.forget()


def test_a_new_day_reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "UNITS_MAX_AGE_SECONDS", 0)
    before = snapshot()
    assert snapshot() is before
    tomorrow = before.day + datetime.timedelta(days=1)
    monkeypatch.setattr(units.timezone, "localdate", lambda: tomorrow)
    assert snapshot().day == tomorrow
    units.forget()


def test_where_nothing_is_loaded_nothing_is_known() -> None:
    empty = Snapshot()
    assert empty.at("25747") is None
    assert empty.becomes("25747") == empty.was("25747") == empty.undecided("25747") == ()
    assert empty.filed_under("25747") == frozenset()


def test_no_record_is_rewritten_when_units_change(folder: Path) -> None:
    made = make(record_types()["people"], 1, residence_unit="25747")
    patch(folder / "patches")
    load("--data", folder)
    made.refresh_from_db()
    assert (made.version, made.residence_unit) == (1, "25747")  # type: ignore[attr-defined]
    assert made.events.count() == 1  # type: ignore[attr-defined]


def test_a_change_of_units_is_seen_by_writes_too(folder: Path) -> None:
    patch(folder / "patches")
    load("--data", folder)
    made = changes.create(
        record_types()["residences"],
        {**residence(3), "unit": "99001", "valid_from": "2026-05-01"},
        by=system("tests"),
        occasion=Occasion("tests"),
        reason="x",
    )
    assert made.pk
