"""The parent of the child that reads a file: it hears everything, and is always rid of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from records.imports import parsing
from records.imports.parsing import Unreadable, parse
from tests.kernel.reading import a_book, with_cells, written


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return a_book(tmp_path)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The children started; all are reaped at the end."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(parsing.subprocess, "Popen", start)
    yield started
    assert started
    for child in started:
        assert child.returncode is not None
        assert child.stdout
        assert child.stdout.closed


def test_a_child_reads_a_text(
    tmp_path: Path, children: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"a,b\n" + "Trần Ế,2\n".encode() * 1200)
    monkeypatch.chdir(path.parent)
    with parse(Path(path.name)) as parsed:
        assert (parsed.kind, parsed.encoding, parsed.date1904) == ("csv", "utf-8", False)
        assert [(sheet.name, len(sheet.head)) for sheet in parsed.sheets] == [("", 60)]
        assert parsed.sheets[0].head[:2] == [(1, ["a", "b"]), (2, ["Trần Ế", "2"])]
        batches = list(parsed.rows(0))
        assert [len(rows) for rows, _share in batches] == [500, 500, 201]
        assert batches[-1][0][-1] == (1201, ["Trần Ế", "2"])
        assert [share for _rows, share in batches][-1] == 1
        assert parsed.lines == 1201


def test_a_child_reads_a_workbook(book: Path, children: list[Any]) -> None:
    with parse(book) as parsed:
        assert [sheet.name for sheet in parsed.sheets] == ["A & B's", "Ẩn", "Trống", "Cuối"]
        assert list(parsed.rows(3)) == [([(2, [None, "y"])], 1.0)]
    with parse(book) as parsed, pytest.raises(IndexError):
        list(parsed.rows(4))


def test_a_child_refuses(tmp_path: Path, children: list[Any]) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(written(tmp_path, b"%PDF-1.7"))
    assert (caught.value.code, caught.value.detail) == ("unknown_type", {"looks_like": "pdf"})


def test_a_child_refuses_in_the_middle(tmp_path: Path, children: list[Any]) -> None:
    with parse(written(tmp_path, b"a,b\n" * 2000 + b'"')) as parsed:
        got = parsed.rows(0)
        assert len(next(got)[0]) == 500
        with pytest.raises(Unreadable, match="unclosed_quote") as caught:
            list(got)
    assert caught.value.detail == {"line": 2001}


def test_a_child_does_not_outlive_who_asked(tmp_path: Path, children: list[Any]) -> None:
    path = written(tmp_path, b"a,b\n" * 500_000)
    with parse(path) as parsed:
        next(parsed.rows(0))
    with pytest.raises(ZeroDivisionError), parse(path):
        raise ZeroDivisionError
    assert [child.returncode for child in children] == [-signal.SIGKILL] * 2


def test_time_between_batches_does_not_count(tmp_path: Path, children: list[Any]) -> None:
    with parse(written(tmp_path, b"a,b\n" * 2000), seconds=5) as parsed:
        parsed._child._left = 0.5
        for _ in parsed.rows(0):
            time.sleep(0.2)


def test_more_cells_than_memory(book: Path, children: list[Any]) -> None:
    corners = '<row><c r="A1"><v>1</v></c></row><row><c r="ALL1048576"><v>1</v></c></row>'
    path = with_cells(book, corners)
    with pytest.raises(Unreadable, match="too_large"):
        parse(path)


SAYS = "import os, sys, time; say = lambda x: os.write(1, x);"
HELLO = (
    b'{"kind":"csv","encoding":null,"readings":[],"date1904":false,'
    b'"sheets":[{"name":"","head":[]}]}\n'
)


def read(path: Path) -> None:
    with parse(path, seconds=0.4) as parsed:
        list(parsed.rows(0))


@pytest.mark.parametrize(
    ("does", "detail"),
    [
        ("os.kill(os.getpid(), 11)", {"signal": 11}),
        ("sys.exit(3)", {"status": 3}),
        ("pass", {"status": 0}),
        ("say(b'{')", {"status": 0}),
        ("time.sleep(60)", {"seconds": 0.4}),
        ("os.close(1); os.close(2); time.sleep(60)", {}),
        ("say(b'Traceback\\n')", {"said": "rubbish"}),
        ("say(b'[]\\n')", {"said": "rubbish"}),
        ("say(b'{}\\n')", {"said": "rubbish"}),
        ("say(b'\\xff\\xfe\\n')", {"said": "rubbish"}),
        (f"say({HELLO.replace(b'[]', b'[[1]]')!r})", {"said": "rubbish"}),
        ("[say(bytes(1 << 20)) for _ in range(9)]", {"said": "rubbish"}),
        ("os.write(2, b'x' * (4 << 20) + b'last'); sys.exit(3)", {"status": 3}),
        (f"say({HELLO!r}); sys.stdin.close()", {"status": 0}),
        (f'say({HELLO!r}); input(); say(b\'{{"rows":[[1]],"share":1}}\\n\')', {"said": "rubbish"}),
        (f"say({HELLO!r}); input(); say(b'{{\"rows\":[]}}\\n')", {"said": "rubbish"}),
    ],
)
def test_a_child_that_does_not_answer(
    children: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    does: str,
    detail: dict[str, Any],
) -> None:
    monkeypatch.setattr(parsing, "CHILD", (sys.executable, "-c", SAYS + does))
    monkeypatch.setattr(parsing, "LONGEST_MESSAGE", 1 << 21)
    with pytest.raises(Unreadable) as caught:
        read(Path(__file__))
    assert (caught.value.code, caught.value.detail) == ("died", detail)
    assert len(caplog.records) == 1
    if "last" in does:
        assert caplog.messages[0].endswith("xlast'")
        assert len(caplog.messages[0]) < 2 * parsing.LAST_WORDS


def test_the_child_limits_itself() -> None:
    program = (
        "from records.imports import sheets; import resource; sheets.limit();"
        "print(*[resource.getrlimit(what)[0] for what in sheets.LIMITS]); print(len(bytes(1 << 30)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=parsing.ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{1 << 30} 120 0 0\n"
    assert "MemoryError" in done.stderr


def test_the_child_knows_no_django() -> None:
    program = "import records.imports.sheets, sys; print('django' in sys.modules)"
    done = subprocess.check_output(
        [sys.executable, "-c", program], cwd=settings.BASE_DIR, env=parsing.ENVIRONMENT
    )
    assert done == b"False\n"
