"""What the service starts comes back when it dies, and where it was."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest

from config import embedded, prepare
from config.processes import RESTARTS, Child, Program, halt, start

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path


def killed(program: Program, number: signal.Signals) -> None:
    assert program.child
    program.child.process.send_signal(number)
    program.child.process.wait(10)


def test_databases_that_are_killed_come_back_where_they_were(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL"):
        monkeypatch.delenv(name)
    with embedded.services(home, grace=5) as (addresses, servers):
        owner = addresses["DATABASE_OWNER_URL"]
        with psycopg.connect(owner, autocommit=True) as link:
            link.execute("CREATE TABLE kept AS SELECT 1 AS n")
            link.execute("CREATE UNLOGGED TABLE emptied AS SELECT 1 AS n")
        ports = [each.child and each.child.port for each in servers]
        # QUIT is what `pg_ctl stop -m immediate` sends.
        for server, number in zip(servers, (signal.SIGQUIT, signal.SIGKILL), strict=True):
            killed(server, number)
            server.tend()
        assert [each.child and each.child.port for each in servers] == ports
        with psycopg.connect(owner) as link:
            found = link.execute(
                "SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM emptied)"
            )
            assert found.fetchone() == (1, 0)
        password = prepare.kept_secrets(home)["valkey"]
        assert embedded.answers(ports[1] or 0, password)


def test_what_does_nothing_but_die_ends_the_run(home: Path) -> None:
    program = Program(
        "sleeper", partial(start, "sleeper", SLEEPS, folder=home, environment=dict(os.environ))
    )
    program.start()
    try:
        numbers = set()
        for _time in range(RESTARTS):
            killed(program, signal.SIGKILL)
            program.tend()
            assert isinstance(program.child, Child)
            numbers.add(program.child.process.pid)
        assert len(numbers) == RESTARTS
        killed(program, signal.SIGKILL)
        with pytest.raises(prepare.Stop, match="dies again and again"):
            program.tend()
    finally:
        began = time.monotonic()
        halt(program, seconds=3)
        assert time.monotonic() - began < 4
