"""How a list leaves: batch by batch, each under the leave of its moment, never half a file unmarked."""

from __future__ import annotations

import csv
import decimal
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from records import exporting, mending, tables
from records.access.models import Agreement
from records.actors import Actor, Occasion
from records.errors import TooMany
from records.imports.models import Import, Stage
from records.imports.values import judge_of
from records.owners import EnterpriseCode
from records.quantities import Decimal, Fraction, Money, Year
from records.registry import record_types
from records.wording import as_written
from tests.conftest import agree, client_of, entries_of, make
from tests.importing import applied, as_csv, rows_of, taken
from tests.kernel.test_desk import EVERYTHING, a_clerk

pytestmark = pytest.mark.django_db
URL = "/api/v1/people/export?format=csv"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two rows, each sent at once."""
    monkeypatch.setattr(exporting, "BATCH", 2)
    monkeypatch.setattr(tables, "PIECE", 1)


def people(count: int, **values: Any) -> list[Any]:
    return [make(record_types()["people"], n, **values) for n in range(1, count + 1)]


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))[1:]


@pytest.mark.usefixtures("small")
def test_batches_hold_every_row_once_and_their_entries_come_first(partner: APIClient) -> None:
    made = people(5)
    reply = partner.get(URL)
    assert len(entries_of(action="export")) == 1, "the beginning is audited before it is sent"
    pieces = iter(reply.streaming_content)
    seen = b""
    for piece in pieces:
        seen += piece
        told = {s for entry in entries_of(action="export") for s in entry["subjects"]}
        assert {row[0] for row in rows(seen)} <= told
    assert [row[0] for row in rows(seen)] == [one.personal_id for one in made]
    assert [len(entry["subjects"]) for entry in entries_of(action="export")] == [2, 2, 1]
    assert len({entry["request_id"] for entry in entries_of(action="export")}) == 1


@pytest.mark.usefixtures("small")
def test_a_file_that_breaks_off_looks_like_no_whole_one(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    people(6)
    reply = partner.get(URL)
    pieces = iter(reply.streaming_content)
    content = next(pieces)
    Agreement.objects.filter(collection="people").delete()
    content += b"".join(pieces)
    assert b"This file is not whole" in content
    with pytest.raises(csv.Error):
        list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";", strict=True))
    job = taken("people", content)
    assert (job.stage, job.problem and job.problem["code"]) == (Stage.FAILED, "unclosed_quote")
    outcomes = [entry["outcome"] for entry in entries_of(action="export")]
    assert outcomes == ["done", "refused"]


@pytest.mark.usefixtures("small")
def test_a_bug_tears_the_file_too(partner: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    people(5)
    pieces = iter(partner.get(URL).streaming_content)
    next(pieces)
    monkeypatch.setattr(exporting, "subjects", None)
    assert b'"This file is not whole' in b"".join(pieces)


@pytest.mark.usefixtures("small")
def test_a_filter_by_unit_and_a_bound_to_units_hold_in_each_batch(agency: Any) -> None:
    people(5, residence_unit="25747")
    make(record_types()["people"], 6, residence_unit="00004")
    bound = agree(agency, "people", "full", units=["25747"])
    client = client_of(agency)
    whole = b"".join(client.get(URL).streaming_content)
    assert len(rows(whole)) == 5
    filtered = b"".join(client.get(f"{URL}&residence_unit=25747").streaming_content)
    assert filtered == whole
    Agreement.objects.filter(id=bound.id).update(units=[])
    assert len(rows(b"".join(client.get(URL).streaming_content))) == 6


def test_what_a_search_found_leaves_as_it_was_found(partner: APIClient) -> None:
    made = people(3)
    asked = {"format": "csv", "q": made[1].personal_id}
    content = b"".join(partner.get("/api/v1/people/export", asked).streaming_content)
    assert [row[0] for row in rows(content)] == [made[1].personal_id]


def test_two_files_at_once_a_process(partner: APIClient) -> None:
    people(1)
    first, second = partner.get(URL), partner.get(URL)
    reply = partner.get(URL)
    assert (reply.status_code, reply["Retry-After"]) == (429, "5")
    for each in (first, second):
        assert b"".join(each.streaming_content)
    assert b"".join(partner.get(URL).streaming_content)


def test_a_reply_that_is_left_gives_its_place_back() -> None:
    ended = []

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            ended.append(True)

    for _ in range(3):
        reply = tables.sent("x", "csv", as_csv=pieces, as_xlsx=Path.touch)
        for close in reply._resource_closers:  # type: ignore[attr-defined,unused-ignore]
            close()
    assert ended == [True] * 3
    held = [tables.sent("x", "csv", as_csv=pieces, as_xlsx=Path.touch) for _ in range(2)]
    with pytest.raises(TooMany):
        tables.sent("x", "csv", as_csv=pieces, as_xlsx=Path.touch)
    for reply in held:
        for close in reply._resource_closers:  # type: ignore[attr-defined,unused-ignore]
            close()


def test_a_small_file_waits_for_no_other_and_a_long_sending_ends_torn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sent(*, small: bool) -> Any:
        pieces = (b"a\r\n", b"b\r\n")
        return tables.sent(
            "x", "csv", as_csv=lambda: pieces_of(pieces), as_xlsx=Path.touch, small=small
        )

    def pieces_of(pieces: tuple[bytes, ...]) -> Iterator[bytes]:
        yield from pieces

    held = [sent(small=False) for _ in range(2)]
    assert b"".join(sent(small=True).streaming_content) == b"a\r\nb\r\n"
    monkeypatch.setattr(tables, "LONGEST_SENDING", -1)
    assert b"".join(held[0].streaming_content).startswith(b'a\r\n"')
    for reply in held:
        for close in reply._resource_closers:
            close()


@pytest.mark.parametrize(
    "value",
    ["=1", "'=1", "''=1", "'", "''", "'a", "(xóa)", "'(xóa)", "-", "＋1", "a=1", "(xóa) rồi"],
)
def test_a_value_is_written_so_that_it_is_read_again(value: str) -> None:
    said = mending.harmless(mending.literal(value))
    assert not said.startswith(mending.FORMULA)
    assert mending.unquoted(said) == value
    assert said.casefold() not in mending.CLEARED
    assert mending.unquoted(mending.literal(value)) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Decimal("x"), decimal.Decimal("120.5")),
        (Decimal("x", decimal_places=3), decimal.Decimal("120.125")),
        (Decimal("x"), decimal.Decimal(1250000)),
        (Money("x"), 1_200_000_000),
        (Year("x"), 2015),
        (Fraction("x"), "1/3"),
        (EnterpriseCode("x"), "0301234562"),
    ],
)
def test_numbers_are_written_so_that_they_are_read_again(field: Any, value: Any) -> None:
    field.set_attributes_from_name("x")
    cell = as_written(field)(value)
    (said,) = rows(b"".join(tables.csv_of([["x"], [cell]])))
    number = isinstance(value, int | decimal.Decimal)
    typed = cell if not number else int(value) if value == int(value) else float(value)
    for read in (said[0], typed):
        judged = judge_of(field, date1904=False)(read)
        assert (judged.value, judged.code) == (str(value), ""), read


def test_the_desk_offers_it_to_those_who_may() -> None:
    people(3)
    client = Client()
    client.force_login(a_clerk())
    page = client.get("/admin/people/?status=active").content.decode()
    (url,) = re.findall(r'href="([^"]*format=csv)"', page)
    reply = client.get(url.replace("&amp;", "&"))
    assert len(rows(b"".join(reply.streaming_content))) == 3
    assert "attachment" in reply["Content-Disposition"]
    (entry,) = entries_of(action="export")
    assert (entry["actor_id"], entry["purpose"]) == ("thuky", "record-keeping")
    client.force_login(a_clerk("khac", verbs=[v for v in EVERYTHING if v != "export"]))
    assert "format=csv" not in client.get("/admin/people/").content.decode()
    assert client.get("/admin/people/export").status_code == 403


def test_a_marked_file_that_is_marked_again_has_one_column_of_faults(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    file = rows_of(record_types()["people"], (1, 2, 3))
    file[1][0], file[2][0] = "x", "y"
    by: dict[str, Any] = {"by": actor, "on": occasion}
    job = taken("people", as_csv(file), name="Phường.csv", **by)
    url = f"/api/v1/imports/{job.id}/file?format=csv"
    for _ in range(2):
        reply = partner.get(url, headers={"Accept-Language": "vi"})
        content = b"".join(reply.streaming_content)
        assert content.decode().splitlines()[0].count("Lỗi") == 1
        again = taken("people", content, name="Phường-khác.csv", **by)
        assert (again.counts["new"], again.counts["error"], again.mends) == (1, 2, None)
        url = f"/api/v1/imports/{again.id}/file?format=csv"
    lines = content.decode().splitlines()
    assert [len(line.split(";")) for line in lines[1:3]] == [len(file[0]) + 1] * 2


def test_rows_that_were_taken_are_not_taken_again(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    file = rows_of(record_types()["people"], range(1, 6))
    right, file[2][0] = file[2][0], "12345"
    by: dict[str, Any] = {"by": actor, "on": occasion}
    job = applied(taken("people", as_csv([["Danh sách"], [], *file]), **by), **by)
    reply = partner.get(f"/api/v1/imports/{job.id}/file?format=csv&only=faulty")
    content = b"".join(reply.streaming_content)
    assert len(rows(content)) == 3, "the title, the header, and the one faulty row"
    mended = content.decode().replace(";12345;", f";{right};").replace("12345;", f"{right};")
    body = {"collection": "people", "mends": str(job.id), "file": io.BytesIO(mended.encode())}
    reply = partner.post("/api/v1/imports", body)
    assert reply.status_code == 202, reply.content
    assert reply.json()["mends"] == str(job.id)
    again = taken("people", mended.encode(), **by)
    assert (again.counts["new"], again.counts["unchanged"], again.counts["error"]) == (1, 0, 0)
    assert applied(again, **by).counts["created"] == 1


def test_a_file_mends_only_ones_own_import(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    other = taken("people", as_csv(rows_of(record_types()["people"], (1,))))
    own = taken("people", as_csv(rows_of(record_types()["people"], (1,))), by=actor, on=occasion)
    for mends, collection in ((other.id, "people"), (own.id, "schools"), ("x", "people")):
        body = {"collection": collection, "mends": str(mends), "file": io.BytesIO(b"x")}
        reply = partner.post("/api/v1/imports", body)
        assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "mends")
    assert Import.objects.count() == 2
