"""What holds for the import of every collection, with files made from its samples."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook
from rest_framework.test import APIClient

from records import changes
from records.actors import Actor, Occasion
from records.history.speaking import speak_for
from records.imports.models import Import, Stage
from records.registry import RecordType, record_types, samples
from tests.conftest import (
    PURPOSE,
    agree,
    an_amendment,
    client_of,
    entries_of,
    in_turn,
    make,
    parents_of,
)
from tests.importing import (
    ME,
    MISTAKEN,
    NOW,
    advanced,
    applied,
    as_csv,
    as_xlsx,
    rows_of,
    shown,
    taken,
    undone,
)

pytestmark = pytest.mark.django_db
NS = (1, 2, 3)


@pytest.fixture(autouse=True)
def _parents(record_type: RecordType) -> None:
    app = record_type.model._meta.app_label
    for n in (*NS, 4):
        parents_of(record_type, n)
        for name in record_type.references:
            for _kind, collection in record_type.pointed_at(name):
                target = record_types()[collection]
                if target.model._meta.app_label == app:
                    make(target, n)


def held(record_type: RecordType, n: int) -> Any:
    sample = samples(record_type.collection)(n)
    where = {record_type.path(name): sample[name] for name in record_type.identity}
    return record_type.model._base_manager.get(**where)


def events(record_type: RecordType) -> int:
    return record_type.events._base_manager.count()


def test_a_file_becomes_records(record_type: RecordType) -> None:
    made = in_turn(record_type, as_csv, as_xlsx)
    job = taken(record_type.collection, made(rows_of(record_type, NS)))
    assert job.stage == Stage.READY, job.problem
    assert (job.counts["new"], job.counts["error"]) == (3, 0)
    assert record_type.model._base_manager.count() == 0 or record_type.events is None
    before = events(record_type)
    job = applied(job)
    assert (job.stage, job.counts["created"]) == (Stage.APPLIED, 3)
    for n in NS:
        record = held(record_type, n)
        for name, value in samples(record_type.collection)(n).items():
            assert str(getattr(record, record_type.path(name))) == str(value)
        assert record.source == f"import:{job.id}"
    assert events(record_type) == before + 3
    event: Any = record_type.events._base_manager.order_by("-pgh_id").first()
    assert event.pgh_context["import_id"] == str(job.id)
    (entry,) = entries_of(action="import", record_key=str(job.id))
    about = {s for n in NS for s in subjects(record_type, n)}
    assert set(entry["subjects"]) == about


def subjects(record_type: RecordType, n: int) -> list[str]:
    record = held(record_type, n)
    paths = [record_type.path(s) for s in record_type.subjects]
    row = (
        type(record)._base_manager.filter(pk=record.pk).values_list(*paths).first() if paths else ()
    )
    return [s for s in row or () if s]


def test_the_same_file_again_changes_nothing(record_type: RecordType) -> None:
    content = as_csv(rows_of(record_type, NS))
    first = applied(taken(record_type.collection, content))
    before = events(record_type)
    again = taken(record_type.collection, content)
    assert again.counts["unchanged"] == 3
    assert applied(again).counts["amended"] == 0
    assert events(record_type) == before
    assert again.digest == first.digest


def test_some_columns_leave_the_others_alone(record_type: RecordType) -> None:
    name, value = an_amendment(record_type)
    make(record_type, 1)
    names = [*record_type.identity, name]
    rows = rows_of(record_type, [1], names, **{name: value})
    job = taken(record_type.collection, as_csv(rows))
    assert job.counts["changed"] == 1, job.counts
    job = applied(job)
    assert job.counts["amended"] == 1
    record = held(record_type, 1)
    assert record.version == 2
    for column, said in {**samples(record_type.collection)(1), name: value}.items():
        assert str(getattr(record, record_type.path(column))) == str(said)


def test_a_blank_cell_leaves_what_is_recorded_and_a_marked_one_clears_it(
    record_type: RecordType,
) -> None:
    record = make(record_type, 1)
    sample = samples(record_type.collection)(1)
    fixed = record_type.identity
    optional = [n for n in sample if record_type.columns[n].null and n not in fixed]
    if not optional:
        pytest.skip("every column is needed")
    names = [*record_type.identity, optional[0]]
    blank = rows_of(record_type, [1], names, **{optional[0]: None})
    assert taken(record_type.collection, as_csv(blank)).counts["unchanged"] == 1
    blank[1][-1] = "(XÓA)"
    applied(taken(record_type.collection, as_csv(blank)))
    record.refresh_from_db()
    assert getattr(record, record_type.path(optional[0])) is None


def test_a_record_that_changed_after_the_check_is_not_overwritten(record_type: RecordType) -> None:
    name, value = an_amendment(record_type)
    record = make(record_type, 1)
    names = [*record_type.identity, name]
    job = taken(
        record_type.collection, as_csv(rows_of(record_type, [1, 4], names, **{name: value}))
    )
    speak_for(ME, "meanwhile", NOW)
    record_type.model._base_manager.filter(pk=record.pk).update(source="elsewhere")
    job = applied(job)
    assert (job.counts["stale"], job.counts["amended"]) == (1, 0)
    record.refresh_from_db()
    assert str(getattr(record, record_type.path(name))) != str(value)


def test_what_was_recorded_meanwhile_is_not_recorded_twice(record_type: RecordType) -> None:
    job = taken(record_type.collection, as_csv(rows_of(record_type, NS)))
    make(record_type, 2)
    job = applied(job)
    assert (job.counts["created"], job.counts["stale"]) == (2, 1)
    assert held(record_type, 2).version == 1


def test_a_closed_record_is_a_conflict(record_type: RecordType) -> None:
    name, value = an_amendment(record_type)
    record: Any = make(record_type, 1)
    key = str(getattr(record, record_type.path(record_type.key)))
    changes.close(
        record_type, key, on=record.recorded_at.date(), seen=1, by=ME, occasion=NOW, reason="x"
    )
    rows = rows_of(record_type, [1], [*record_type.identity, name], **{name: value})
    job = taken(record_type.collection, as_csv(rows))
    assert job.counts["error"] == 1


def test_what_an_import_did_is_undone_and_done_again(record_type: RecordType) -> None:
    name, value = an_amendment(record_type)
    before: Any = make(record_type, 1)
    rows = rows_of(record_type, NS)
    rows[1][rows[0].index(str(record_type.field(name).verbose_name))] = shown(
        record_type, name, value
    )
    content = as_csv(rows)
    job = applied(taken(record_type.collection, content))
    assert (job.counts["created"], job.counts["amended"]) == (2, 1)
    job = undone(job)
    assert job.stage == Stage.UNDONE
    assert [job.counts[k] for k in ("closed", "restored", "left")] == [2, 1, 0]
    amended = held(record_type, 1)
    assert amended.version == 3
    for column in record_type.columns:
        if column != "version":
            path = record_type.path(column)
            assert getattr(amended, path) == getattr(before, path), column
    for n in (2, 3):
        record = held(record_type, n)
        assert (record.closed_on, record.closed_reason) == (timezone.localdate(), MISTAKEN)
        event: Any = record_type.events._base_manager.filter(pgh_obj=record).latest("pgh_id")
        said = event.pgh_context
        assert (said["import_id"], said["reason"]) == (str(job.id), MISTAKEN)
        assert said["operation"] == "undo-import"
    (entry,) = entries_of(action="undo", record_key=str(job.id))
    assert set(entry["subjects"]) == {s for n in NS for s in subjects(record_type, n)}
    again = applied(taken(record_type.collection, content))
    assert (again.counts["new"], again.counts["created"], again.counts["stale"]) == (2, 2, 0)
    for n in (2, 3):
        record = held(record_type, n)
        assert (record.closed_on, record.closed_reason) == (None, None)
        assert (record.version, record.source) == (3, f"import:{again.id}")
        for column, said in samples(record_type.collection)(n).items():
            assert str(getattr(record, record_type.path(column))) == str(said)
    assert undone(again).counts["restored"] == 3
    assert held(record_type, 2).source == f"undone:{job.id}"
    third = applied(taken(record_type.collection, content))
    assert held(record_type, 2).source == f"import:{third.id}"


def upload(partner: APIClient, record_type: RecordType, content: bytes, **more: Any) -> Any:
    file = SimpleUploadedFile("Danh sách.csv", content)
    body = {"collection": record_type.collection, "file": file, **more}
    return partner.post("/api/v1/imports", body, format="multipart")


def test_a_partner_sends_sees_and_applies(
    partner: APIClient, agency: Any, record_type: RecordType
) -> None:
    rows = rows_of(record_type, NS)
    rows[3][rows[0].index(str(record_type.field(record_type.identity[0]).verbose_name))] = ""
    reply = upload(partner, record_type, as_csv(rows))
    assert (reply.status_code, reply.json()["stage"]) == (202, "received"), reply.content
    url = reply["Location"]
    assert partner.get(f"{url}/rows").status_code == 409
    job = advanced(Import.objects.get(id=reply.json()["id"]))
    told = partner.get(url).json()
    assert (told["stage"], told["counts"]["error"], told["counts"]["new"]) == ("ready", 1, 2)
    faults = partner.get(f"{url}/faults?verdict=error").json()["items"]
    assert [(f["line"], f["verdict"]) for f in faults] == [(4, "error")]
    assert faults[0]["faults"][0]["code"] == "missing"
    first = partner.get(f"{url}/rows?limit=1").json()
    assert [row["line"] for row in first["items"]] == [2]
    assert [row["line"] for row in partner.get(first["next"]).json()["items"]] == [3]
    reply = partner.post(f"{url}/apply", {}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "faulty_rows")
    assert told["needs_second"] == record_type.four_eyes
    decider = partner
    if record_type.four_eyes:
        reply = partner.post(f"{url}/apply", {"without_faulty": True}, format="json")
        assert (reply.status_code, reply.json()["code"]) == (403, "second_person")
        decider = client_of(agency, called="second")
    reply = decider.post(f"{url}/apply", {"without_faulty": True}, format="json")
    assert (reply.status_code, reply.json()["stage"]) == (202, "applying")
    advanced(job)
    assert partner.get(url).json()["counts"]["created"] == 2
    assert partner.post(f"{url}/cancel").status_code == 409
    assert [item["id"] for item in partner.get("/api/v1/imports").json()["items"]] == [str(job.id)]


def test_a_change_is_shown_before_and_after_and_audited(
    partner: APIClient, record_type: RecordType, actor: Actor, occasion: Occasion
) -> None:
    name, value = an_amendment(record_type)
    make(record_type, 1)
    rows = rows_of(record_type, [1], [*record_type.identity, name], **{name: value})
    job = taken(record_type.collection, as_csv(rows), by=actor, on=occasion)
    (row,) = partner.get(f"/api/v1/imports/{job.id}/rows?verdict=changed").json()["items"]
    before = samples(record_type.collection)(1)[name]
    assert row["changes"] == {name: [str(before), str(value)]}
    told = entries_of(action="compare", record_key=str(job.id))
    assert len(told) == 1 + bool(subjects(record_type, 1))
    for entry in told:
        assert entry["subjects"] == list(dict.fromkeys(subjects(record_type, 1)))


def test_the_file_comes_back_with_what_is_wrong(
    partner: APIClient, record_type: RecordType, actor: Actor, occasion: Occasion
) -> None:
    rows = [["Danh sách"], [], *rows_of(record_type, NS)]
    rows[4][0] = ""
    job = taken(record_type.collection, as_xlsx(rows), by=actor, on=occasion)
    reply = partner.get(f"/api/v1/imports/{job.id}/file", headers={"Accept-Language": "vi"})
    sheet: Any = load_workbook(io.BytesIO(b"".join(reply.streaming_content))).active
    last = [[c.value for c in row][len(rows[2])] for row in sheet.iter_rows()]
    assert last[2] == "Lỗi"
    wrong = [bool(mark) and not mark.startswith("(") for mark in last]
    assert wrong == [False, False, True, False, True, False]
    again = b"".join(partner.get(f"/api/v1/imports/{job.id}/file?format=csv").streaming_content)
    second = taken(record_type.collection, again, by=actor, on=occasion)
    assert (second.counts["new"], second.counts["error"]) == (2, 1)
    assert second.found["extra_columns"] == []


def test_no_leave_no_import(agency: Any, record_type: RecordType) -> None:
    agree(
        agency, record_type.collection, next(iter(record_type.fieldsets)), verbs=["read", "create"]
    )
    reply = upload(client_of(agency), record_type, as_csv(rows_of(record_type, NS)))
    assert reply.status_code == 403
    (entry,) = entries_of(action="upload")
    assert (entry["outcome"], entry["purpose"]) == ("refused", PURPOSE)
    assert not Import.objects.exists()


def test_an_import_is_its_own_agency_s(partner: APIClient, record_type: RecordType) -> None:
    job = taken(record_type.collection, as_csv(rows_of(record_type, NS)))
    assert partner.get(f"/api/v1/imports/{job.id}").status_code == 404
    assert partner.post(f"/api/v1/imports/{job.id}/apply", {}, format="json").status_code == 404
    assert partner.get("/api/v1/imports").json() == {"items": [], "next": None}
