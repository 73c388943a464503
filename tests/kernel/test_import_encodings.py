"""The encoding of a file is shown before anything is recorded, and somebody may choose another."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from records.actors import Actor, Occasion
from records.errors import Conflict
from records.imports import receiving
from records.imports.models import Found, Import, Row, Stage
from records.registry import record_types
from tests.hostile.documents import ods, row, said
from tests.hostile.old_books import xls
from tests.hostile.workbooks import book
from tests.importing import ME, NOW, advanced, applied, as_csv, as_xlsx, rows_of, taken
from tests.kernel.test_desk import a_clerk
from tests.kernel.test_encodings import legacy

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "data" / "imports"
PEOPLE = as_csv(rows_of(record_types()["people"], range(1, 4))).decode("utf-8-sig")


def sent(partner: APIClient, content: bytes, **more: Any) -> Any:
    body = {"collection": "people", "file": SimpleUploadedFile("x.csv", content), **more}
    return partner.post("/api/v1/imports", body, format="multipart")


def again(partner: APIClient, job: Import, encoding: Any) -> Any:
    return partner.post(f"/api/v1/imports/{job.id}/read", {"encoding": encoding}, format="json")


def told(partner: APIClient, job: Import) -> Any:
    return partner.get(f"/api/v1/imports/{job.id}").json()


def misread(text: str) -> str:
    """A text whose UTF-8 was taken for Windows-1252, by the letter as Windows does it."""
    bytes_ = (bytes([byte]) for byte in text.encode())
    return "".join(
        b.decode("latin-1" if b in b"\x81\x8d\x8f\x90\x9d" else "cp1252") for b in bytes_
    )


@pytest.fixture
def old(actor: Actor, occasion: Occasion) -> Import:
    return taken("people", FILES / "people_tcvn3.csv", by=actor, on=occasion)


def test_an_old_encoding_is_shown_with_how_the_file_reads_in_it(
    partner: APIClient, old: Import
) -> None:
    found = told(partner, old)["read_as"]
    assert {k: found[k] for k in ("kind", "encoding", "chosen", "suggested")} == {
        "kind": "csv",
        "encoding": "tcvn3",
        "chosen": False,
        "suggested": None,
    }
    best, *others = found["readings"]
    assert best["encoding"] == "tcvn3"
    assert best["lines"][0] == "Danh sách nhân khẩu thường trú xã An Sơn"
    assert {other["encoding"] for other in others} == {"utf-8", "vni", "windows-1258"}
    assert max(other["share"] for other in others) < best["share"] / 2
    listed = partner.get("/api/v1/imports").json()["items"][0]["read_as"]
    assert listed == {k: v for k, v in found.items() if k != "readings"}


def test_a_file_is_read_again_in_the_encoding_that_somebody_chooses(
    partner: APIClient, old: Import
) -> None:
    before = old.counts
    reply = again(partner, old, "vni")
    assert (reply.status_code, reply.json()["stage"]) == (202, "reading")
    assert reply.json()["counts"] == {}
    failed = advanced(old)
    assert (failed.stage, failed.problem and failed.problem["code"]) == ("failed", "no_header")
    shown = told(partner, old)["read_as"]
    assert (shown["encoding"], shown["chosen"], shown["suggested"]) == ("vni", True, "tcvn3")
    assert again(partner, old, "tcvn3").status_code == 202
    right = advanced(old)
    assert (right.stage, right.problem, right.counts) == (Stage.READY, None, before)
    assert right.ended_at is None
    assert Row.objects.filter(import_id=old.id).count() == right.found["rows"]
    assert applied(right).counts["created"] == before["ok"] + before["warning"] - 2
    reply = again(partner, old, "vni")
    assert (reply.status_code, reply.json()["code"]) == (409, "not_ready")


def test_of_two_who_choose_an_encoding_the_second_is_told(old: Import) -> None:
    late = Import.objects.get(id=old.id)
    receiving.read_again(old, "vni", by=ME, occasion=NOW)
    with pytest.raises(Conflict):
        receiving.read_again(late, "tcvn3", by=ME, occasion=NOW)
    assert Import.objects.get(id=old.id).encoding == "vni"


def test_nothing_of_the_first_reading_is_left(
    partner: APIClient, actor: Actor, occasion: Any
) -> None:
    content = PEOPLE.replace("Nam", "Không rõ").replace("Nữ", "Không rõ")
    job = taken("people", content.encode(), by=actor, on=occasion)
    assert job.counts["error"] == 3
    first = list(Found.objects.filter(import_id=job.id).values())
    again(partner, job, "utf-8")
    assert advanced(job).counts["error"] == 3
    assert list(Found.objects.filter(import_id=job.id).values()) == first


def test_what_is_not_clear_fails_and_says_how_it_might_read(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    content = PEOPLE.encode() + b"074085999999;Tr\xc7n\xff"
    job = taken("people", content, by=actor, on=occasion)
    shown = told(partner, job)
    assert (shown["problem"]["code"], shown["problem"]["line"]) == ("encoding", 5)
    assert (shown["read_as"]["encoding"], shown["read_as"]["kind"]) == (None, "csv")
    assert shown["read_as"]["readings"][0]["encoding"] == "utf-8"
    assert again(partner, job, "utf-8").status_code == 202
    job = advanced(job)
    assert (job.stage, job.counts["ok"], job.counts["error"]) == (Stage.READY, 3, 1)
    found = Found.objects.get(import_id=job.id, line=5, field="full_name")
    assert found.code == "unreadable"


def test_an_encoding_may_be_named_with_the_file(partner: APIClient) -> None:
    content = legacy("số định danh cá nhân;họ và tên\n074085001234;an\n", "tcvn3")
    assert sent(partner, content, encoding="tcvn3").status_code == 202
    job = Import.objects.get()
    assert (job.encoding, advanced(job).found["encoding"]) == ("tcvn3", "tcvn3")
    reply = sent(partner, content, encoding="koi8-r")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "encoding")


@pytest.mark.parametrize("first", [0, 1])
def test_what_was_opened_in_another_encoding_is_unreadable_until_it_is_read_right(
    partner: APIClient, actor: Actor, occasion: Occasion, first: int
) -> None:
    lines = PEOPLE.splitlines()
    lines[first:] = map(misread, lines[first:])
    job = taken("people", "\n".join(lines).encode(), by=actor, on=occasion)
    assert job.counts["error"] == 3
    codes = Found.objects.filter(import_id=job.id, field="full_name")
    assert {found.code for found in codes} == {"unreadable"}
    assert told(partner, job)["read_as"]["suggested"] == "utf-8-twice"
    again(partner, job, "utf-8-twice")
    job = advanced(job)
    assert (job.counts["new"], job.counts["error"]) == (3, 0)


def test_a_workbook_is_read_only_in_what_its_cells_may_be_in(
    partner: APIClient, actor: Actor, occasion: Occasion
) -> None:
    job = taken("people", as_xlsx(rows_of(record_types()["people"], [1])), by=actor, on=occasion)
    assert again(partner, job, "windows-1258").status_code == 422
    assert again(partner, job, 5).status_code == 422
    assert again(partner, job, "utf-8").status_code == 202
    assert advanced(job).counts["new"] == 1


def test_the_marked_file_is_unicode(partner: APIClient, old: Import) -> None:
    reply = partner.get(f"/api/v1/imports/{old.id}/file?format=csv")
    text = b"".join(reply.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Danh sách nhân khẩu thường trú xã An Sơn"


def test_the_command_takes_an_encoding(capsys: pytest.CaptureFixture[str]) -> None:
    file, named = str(FILES / "people_vni.csv"), ["--collection=people", "--here"]
    call_command("import_file", file, *named, "--encoding=vni", stdout=io.StringIO())
    assert Import.objects.get().found["encoding"] == "vni"


def test_a_clerk_sees_the_encoding_and_chooses_another() -> None:
    desk = Client()
    desk.force_login(a_clerk())
    file = SimpleUploadedFile("cũ.csv", (FILES / "people_tcvn3.csv").read_bytes())
    url = desk.post("/admin/imports/", {"collection": "people", "file": file})["Location"]
    job = advanced(Import.objects.get())
    page = desk.get(url)
    assert "TCVN3" in page.context["reading"]["title"]
    assert "Danh sách nhân khẩu thường trú xã An Sơn" in page.content.decode()
    assert desk.post(f"{url}read", {"encoding": "nothing"}).status_code == 422
    assert desk.post(f"{url}read", {"encoding": "vni"}).status_code == 302
    assert advanced(job).stage == Stage.FAILED
    page = desk.get(url)
    chosen = [name for name, _title, best in page.context["reading"]["choices"] if best]
    assert chosen == ["tcvn3"]
    assert f'action="{url}read"' in page.content.decode()
    assert desk.post(f"{url}read", {"encoding": "tcvn3"}).status_code == 302
    assert advanced(job).stage == Stage.READY
    applied(job)
    assert f'action="{url}read"' not in desk.get(url).content.decode()


CONTENTS = {
    "csv": PEOPLE.encode(),
    "utf-16.txt": PEOPLE.encode("utf-16"),
    "xlsx": as_xlsx(rows_of(record_types()["people"], range(1, 4))),
    "ods": ods(
        "".join(row(*map(said, line)) for line in rows_of(record_types()["people"], range(1, 4)))
    ),
}


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.xls", "a.ods", "a.zip", "a", "a.pdf"])
def test_a_file_is_what_it_holds_and_not_what_it_is_called(name: str) -> None:
    for content in CONTENTS.values():
        job = taken("people", content, name=name)
        assert (job.stage, job.counts.get("new")) == (Stage.READY, 3), job.problem
    for content, kind in ((book(), "xlsx"), (xls(), "xls")):
        assert taken("people", content, name=name).found["kind"] == kind
