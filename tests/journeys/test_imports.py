"""An office's file on its way into the registry, through the running service and its worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from records.registry import record_types, samples
from tests.hostile import FILES as HOSTILE
from tests.importing import as_csv, rows_of
from tests.journeys.conftest import Service

FILES = Path(__file__).parent.parent / "data" / "imports"


#: `manage.py import_file` of each line of arguments, in one process.
COMMANDS = """
import json, sys, django
from django.core.management import call_command
django.setup()
for line in sys.stdin:
    call_command("import_file", *json.loads(line))
"""


def import_files(service: Service, commands: list[list[str]]) -> str:
    """What `manage.py import_file` says beside the running service, once and once again."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "BROKER"))}
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        cwd=settings.BASE_DIR,
        env={**kept, "HOSO_HOME": str(service.home), "DJANGO_SETTINGS_MODULE": "config.settings"},
        input="".join(json.dumps(each) + "\n" for each in commands),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_worker_s_reports_are_the_verdicts(service: Service, tmp_path: Path) -> None:
    suffix = ".expected.json"
    expected = {
        path.name.removesuffix(suffix): json.loads(path.read_text(encoding="utf-8"))
        for path in FILES.glob(f"*{suffix}")
    }
    recorded: list[str] = []
    commands = []
    # Those first that want least recorded before them, and nothing else.
    for name, verdict in sorted(expected.items(), key=lambda each: len(each[1].get("after", []))):
        for before in verdict.pop("after", []):
            if before not in recorded:
                recorded.append(before)
                whose = f"--collection={expected[before]['collection']}"
                commands.append([str(FILES / before), whose, "--apply", "--without-faulty"])
        out = f"--report={tmp_path / name}.json"
        commands.append([str(FILES / name), f"--collection={verdict['collection']}", out])
    said = import_files(service, commands)
    assert said.count('{"stage": "applied"') == len(recorded) >= 7
    assert said.count('{"stage": "ready"') == len(expected) == 18
    found = {
        name: json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        for name in expected
    }
    for reports in (found, expected):
        for report in reports.values():
            for row in report["rows"].values():
                row["codes"].sort()
    for name, verdict in expected.items():
        assert found[name] == verdict, name


def workers(service: Service) -> list[int]:
    """The process ids of the service's Celery worker and its children."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            ours = f"HOSO_HOME={service.home}".encode() in (folder / "environ").read_bytes()
            if ours and b"worker" in command and b"celery" in command:
                found.append(int(folder.name))
    return found


def kill_worker(service: Service) -> None:
    found = workers(service)
    assert found
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def until(
    client: httpx.Client, url: str, enough: Callable[[dict[str, Any]], bool], seconds: float = 90
) -> dict[str, Any]:
    """How an import stands once that is `enough`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        told: dict[str, Any] = client.get(url).json()
        if enough(told) or told["stage"] == "failed":
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_an_import_is_waited_for_and_undone_though_its_worker_is_killed(
    service: Service, registrar: httpx.Client
) -> None:
    count = 8_000
    people = record_types()["people"]
    content = as_csv(rows_of(people, range(800_000, 800_000 + count)))
    reply = registrar.post(
        "/imports", data={"collection": "people"}, files={"file": ("Nhầm.csv", content)}
    )
    url = reply.headers["Location"].removeprefix("/api/v1")

    def waited(stage: str) -> dict[str, Any]:
        for _each in range(10):
            told: dict[str, Any] = registrar.get(url, params={"wait": 30}, timeout=40).json()
            if told["stage"] == stage:
                return told
        raise AssertionError(told)

    assert waited("ready")["counts"]["new"] == count
    assert registrar.post(f"{url}/apply", json={}).status_code == 202
    assert waited("applied")["counts"]["created"] == count
    keys = [samples("people")(n)["personal_id"] for n in (800_000, 803_000)]
    amended = registrar.patch(
        f"/people/{keys[1]}",
        json={"phone": "0911111111", "reason": "Bổ sung"},
        headers={"If-Match": '"1"'},
    )
    assert amended.status_code == 200, amended.text
    reply = registrar.post(f"{url}/undo", json={"reason": "Gửi nhầm tệp"})
    assert (reply.status_code, reply.json()["stage"]) == (202, "undoing")
    until(registrar, url, lambda told: told["progress"]["rows"] > 0 or told["stage"] == "undone")
    kill_worker(service)
    told = waited("undone")
    assert (told["counts"]["closed"], told["counts"]["left"]) == (count - 1, 1)
    (left,) = registrar.get(f"{url}/left").json()["items"]
    assert (left["line"], left["key"], left["code"]) == (3_002, keys[1], "changed")
    closed = registrar.get(f"/people/{keys[0]}").json()
    assert closed["closed_on"]
    kept = (
        "SELECT count(*), count(DISTINCT pgh_obj_id) FROM people_event"
        " WHERE pgh_context->>'import_id' = %s AND pgh_context->>'operation' = 'undo-import'"
    )
    assert service.sql(kept, [told["id"]]) == [(count - 1, count - 1)]


def test_a_worker_that_is_killed_and_started_again_finishes_the_import(
    service: Service, registrar: httpx.Client
) -> None:
    count = 12_000
    people = record_types()["people"]
    content = as_csv(rows_of(people, range(500_000, 500_000 + count)))
    reply = registrar.post(
        "/imports", data={"collection": "people"}, files={"file": ("Nhân khẩu.csv", content)}
    )
    assert reply.status_code == 202, reply.text
    url = reply.headers["Location"].removeprefix("/api/v1")
    until(registrar, url, lambda told: told["progress"]["rows"] > 0 or told["stage"] == "ready")
    kill_worker(service)
    told = until(registrar, url, lambda told: told["stage"] == "ready")
    assert (told["stage"], told["counts"]["new"], told["counts"]["error"]) == ("ready", count, 0)
    assert registrar.post(f"{url}/apply", json={}).status_code == 202
    until(registrar, url, lambda told: told["progress"]["rows"] > 0 or told["stage"] == "applied")
    kill_worker(service)
    told = until(registrar, url, lambda told: told["stage"] == "applied")
    assert (told["counts"]["created"], told["counts"]["stale"]) == (count, 0)
    source = f"import:{told['id']}"
    assert service.sql("SELECT count(*) FROM people WHERE source = %s", [source]) == [(count,)]
    kept = "SELECT count(*) FROM people_event WHERE pgh_context->>'import_id' = %s"
    assert service.sql(kept, [told["id"]]) == [(count,)]
    about = (
        "SELECT count(DISTINCT subject) FROM audit_subject AS about JOIN audit_entry AS entry"
        " ON entry.id = about.entry_id AND entry.at = about.at"
        " WHERE action = 'import' AND record_key = %s"
    )
    assert service.sql(about, [told["id"]]) == [(count,)]


#: The nastiest, and how each ends once the rows are asked what they mean, too.
NASTY = {
    "bomb.csv.zip": "too_large",
    "bomb-of-lines.csv.gz": "too_large",
    "zips-all-the-way-down.zip": "unknown_type",
    "upwards.zip": "damaged",
    "cell-of-60-MB.xlsx": "too_large",
    "corners-of-memory.xlsx": "too_large",
    "one-text-again-and-again.xlsx": "too_large",
    "laughs.xlsx": "damaged",
    "both-repeated.ods": "too_large",
    "laughs.ods": "damaged",
    "folder-in-a-ring.xls": "damaged",
    "noise.csv": "unknown_type",
    "formulas.csv": None,
    "impossible-dates.csv": None,
    "letters-that-turn-around.csv": None,
}


def test_the_worker_outlives_the_nastiest_files(service: Service, registrar: httpx.Client) -> None:
    before = workers(service)
    sent = {}
    for name in NASTY:
        made, _ends = HOSTILE[name]
        reply = registrar.post(
            "/imports", data={"collection": "people"}, files={"file": (name, made())}
        )
        assert reply.status_code == 202, reply.text
        sent[name] = reply.headers["Location"].removeprefix("/api/v1")
    for name, code in NASTY.items():
        told = until(registrar, sent[name], lambda told: told["stage"] == "ready")
        assert (told["problem"] and told["problem"]["code"]) == code, name
        assert told["stage"] == ("failed" if code else "ready"), name
    rows = registrar.get(f"{sent['formulas.csv']}/rows").json()["items"]
    assert {row["verdict"] for row in rows} == {"error"}
    assert set(before) <= set(workers(service))
    content = as_csv(rows_of(record_types()["people"], range(700_000, 700_005)))
    reply = registrar.post(
        "/imports", data={"collection": "people"}, files={"file": ("sau.csv", content)}
    )
    url = reply.headers["Location"].removeprefix("/api/v1")
    assert until(registrar, url, lambda told: told["stage"] == "ready")["counts"]["new"] == 5
