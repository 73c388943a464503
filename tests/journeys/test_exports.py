"""Files that leave the running service, are worked on in an office, and come back."""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import unquote

import httpx
from openpyxl import load_workbook

from records.registry import record_types
from tests.importing import as_xlsx, rows_of
from tests.journeys.conftest import Service
from tests.journeys.test_imports import until


def sent(client: httpx.Client, name: str, content: bytes, **more: str) -> tuple[str, Any]:
    """A file sent and checked: its address, and how it stands."""
    reply = client.post(
        "/imports", data={"collection": "people", **more}, files={"file": (name, content)}
    )
    assert reply.status_code == 202, reply.text
    url = reply.headers["Location"].removeprefix("/api/v1")
    return url, until(client, url, lambda told: told["stage"] == "ready")


def applied(client: httpx.Client, url: str) -> Any:
    assert client.post(f"{url}/apply", json={"without_faulty": True}).status_code == 202
    return until(client, url, lambda told: told["stage"] == "applied")


def test_a_faulty_file_is_mended_where_it_is_marked_and_sent_again(
    service: Service, registrar: httpx.Client
) -> None:
    good = rows_of(record_types()["people"], range(720_000, 720_020))
    rows = [["Danh sách nhân khẩu"], [], *[[*row] for row in good]]
    number, sex = good[0].index("Số định danh cá nhân"), good[0].index("Giới tính")
    rows[5][number], rows[9][sex], rows[12][number] = "12345", "không rõ", ""
    url, told = sent(registrar, "Khu phố 3.xlsx", as_xlsx(rows))
    assert (told["counts"]["new"], told["counts"]["error"]) == (17, 3)
    assert applied(registrar, url)["counts"]["created"] == 17

    reply = registrar.get(f"{url}/file")
    name = unquote(reply.headers["Content-Disposition"].rpartition("'")[2])
    book: Any = load_workbook(io.BytesIO(reply.content))
    marks = {row[len(good[0])].row for row in book.active.iter_rows() if row[len(good[0])].value}
    assert {6, 10, 13} < marks, "the header and the three; others may have warnings"
    for line in (6, 10, 13):
        for at in (number, sex):
            book.active.cell(line, at + 1).value = good[line - 3][at]
    out = io.BytesIO()
    book.save(out)
    again, told = sent(registrar, name, out.getvalue())
    assert told["mends"] == url.rpartition("/")[2]
    assert told["file_warnings"] == []
    counts = told["counts"]
    assert [counts[k] for k in ("new", "changed", "unchanged", "error")] == [3, 0, 17, 0]
    assert applied(registrar, again)["counts"]["created"] == 3

    only = registrar.get(f"{url}/file?only=faulty&format=csv").text.splitlines()
    assert len([line for line in only if line]) == 5, "the title, the header, three rows"
    found = service.sql("SELECT count(*) FROM people WHERE source = %s", [f"import:{told['id']}"])
    assert found == [(3,)]


def test_a_list_leaves_and_comes_back_and_one_that_is_left_gives_its_place_back(
    service: Service, registrar: httpx.Client
) -> None:
    for _ in range(12):
        with registrar.stream("GET", "/people/export?format=csv") as reply:
            assert reply.status_code == 200
    deadline = time.monotonic() + 20
    while (reply := registrar.get("/people/export?format=csv")).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert reply.status_code == 200
    there = service.sql("SELECT count(*) FROM people WHERE closed_on IS NULL")[0][0]
    _url, told = sent(registrar, "people.csv", reply.content)
    assert (told["counts"]["unchanged"], told["counts"]["error"]) == (there, 0)
    book = registrar.get("/people/export?status=active")
    _url, told = sent(registrar, "people.xlsx", book.content)
    assert (told["counts"]["new"], told["counts"]["changed"], told["counts"]["error"]) == (0, 0, 0)
