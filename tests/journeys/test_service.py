"""The service as an operator meets it: its worker works, its description holds, it stops clean."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from celery import Celery
from django.conf import settings

from tests.journeys.conftest import Service

EVERY_PHASE = "examples,coverage,fuzzing"
CASES = int(os.environ.get("SCHEMATHESIS_CASES", "8"))


def test_the_worker_does_what_the_broker_tells_it(service: Service) -> None:
    service.sql("INSERT INTO access_usedassertion VALUES ('\\x01', '2020-01-01')")
    app = Celery(broker=service.broker_url)
    app.send_task("records.access.tasks.forget_expired")
    for _ in range(100):
        if service.sql("SELECT count(*) FROM access_usedassertion WHERE digest = '\\x01'") == [
            (0,)
        ]:
            return
        time.sleep(0.1)
    raise AssertionError("the worker did nothing")


def test_it_is_ready(service: Service) -> None:
    assert httpx.get(f"{service.url}/readyz").json() == {"ready": True, "wrong": []}


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "utf-16", "x"])
def test_a_codec_that_is_no_charset_breaks_no_form(service: Service, charset: str) -> None:
    kind = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
    for path in ("/oauth/token", "/portal/sign-out", "/i18n/setlang/", "/api/v1/people"):
        reply = httpx.post(f"{service.url}{path}?x=%ff", content=b"a=%ff&language=x", headers=kind)
        assert 400 <= reply.status_code < 500, (path, reply.status_code)
        assert reply.content


def test_demo_accounts_are_complete(service: Service) -> None:
    assert service.demo["base_url"] == service.url
    assert {"username", "password", "may"} <= service.demo["clerks"][0].keys()
    assert {"personal_id", "full_name", "sign_in_url"} <= service.demo["citizens"][0].keys()
    partner = service.demo["partners"][0]
    assert {
        "client_id",
        "private_key_pem",
        "kid",
        "token_url",
        "audience",
        "purposes",
        "may",
    } <= partner.keys()
    assert (service.home / "demo.json").stat().st_mode & 0o077 == 0


def test_it_refuses_a_demonstrations_accounts_without_saying_so(service: Service) -> None:
    environment = os.environ | {
        "DATABASE_URL": service.owner_url,
        "HOSO_DEMO": "0",
        "HOSO_HOME": str(service.home),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "refuse_unsafe_start"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "demo accounts" in done.stderr
    assert "may change audit_entry" in done.stderr


def test_nobody_notices_that_the_database_was_restarted(
    service: Service, registrar: httpx.Client
) -> None:
    with ThreadPoolExecutor(16) as many:  # as many connections as a pool holds
        assert set(many.map(lambda _: registrar.get("/people").status_code, range(64))) == {200}
    for _ in range(3):
        ended = service.sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle' AND pid <> pg_backend_pid()"
        )
        assert ended[0][0] > 0
        assert {registrar.get("/people").status_code for _ in range(12)} == {200}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("code", "tags", "phases", "least"),
    [
        ("civil-status", ["citizens"], "examples,fuzzing", 100),
        ("civil-status", ["search", "units"], EVERY_PHASE, 40),
        *(
            pytest.param(code, [registry], EVERY_PHASE, 200, marks=pytest.mark.slow)
            for code, registry in (
                ("civil-status", "citizens"),
                ("business", "businesses"),
                ("traffic-police", "vehicles"),
                ("land", "housing"),
                ("education", "education"),
            )
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else str(value),
)
def test_the_description_holds_whatever_is_sent(
    service: Service, code: str, tags: list[str], phases: str, least: int, tmp_path: Path
) -> None:
    """schemathesis: no 5xx and no undocumented status. SCHEMATHESIS_CASES sets the cases a route."""
    with service.signed_in(code) as client:
        headers = [f"{n}: {client.headers[n]}" for n in ("authorization", "access-purpose")]
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            str(Path(settings.BASE_DIR) / "docs" / "openapi.yaml"),
            "--url",
            service.url,
            *(part for header in headers for part in ("-H", header)),
            *(part for tag in tags for part in ("--include-tag", tag)),
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--max-examples",
            str(CASES),
            "--phases",
            phases,
            "--continue-on-failure",
            "--seed",
            "1",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=590,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    cases = re.search(r"Test cases:\s+(\d[\d,]*) generated", done.stdout)
    assert cases, done.stdout[-3000:]
    assert int(cases[1].replace(",", "")) > least
