"""One contender of `benchmarks.imports` in a process of its own: `python -m benchmarks.importing WHAT …`.

Says its figures in one line of JSON. Each finds its database in the environment.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import django
import psycopg

PIECE = 1 << 16
PEOPLE, CHANGED, COPIED = "people.csv", "changed.csv", "people.copy"
HALVES = ("half0.csv", "half1.csv")
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def make(folder: Path, people: int) -> dict[str, Any]:
    """Write so many people as an office would, again with every hundredth moved, every other one, and
    for COPY."""
    from citizens.samples import SEEDS  # noqa: PLC0415
    from records.population import Population  # noqa: PLC0415
    from records.registry import record_types  # noqa: PLC0415
    from tests.importing import shown  # noqa: PLC0415

    kind, seed = record_types()["people"], SEEDS["people"]
    columns = list(seed.columns)
    said = [lru_cache(50_000)(partial(shown, kind, name)) for name in columns]
    address = columns.index("residence_address")
    population = Population(people)
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        tables = []
        for name in (PEOPLE, CHANGED, *HALVES):
            file = (folder / name).open("w", encoding="utf-8-sig", newline="")
            tables.append(csv.writer(stack.enter_context(file), delimiter=";"))
            tables[-1].writerow([str(kind.field(name).verbose_name) for name in columns])
        plain, moved, *halves = tables
        copied = stack.enter_context((folder / COPIED).open("w", encoding="utf-8"))
        numbers = (population[number] for number in range(len(population)))
        for n, row in enumerate(row for near in numbers for row in seed.rows(near)):
            cells = [say(value) for say, value in zip(said, row, strict=True)]
            plain.writerow(cells)
            halves[n % 2].writerow(cells)
            if n % 100 == 0:
                cells[address] = f"{n} Đường Mới"
            moved.writerow(cells)
            values = (r"\N" if v is None else str(v).translate(ESCAPES) for v in row)
            copied.write("\t".join(values) + "\n")
    return {"columns": columns, "bytes": (folder / PEOPLE).stat().st_size}


def pieces(file: Path) -> Iterator[bytes]:
    """A file's bytes."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


class Spent:
    """CPU seconds from now on: of this process, and of its database session if that runs here."""

    def __init__(self, session: int) -> None:
        self.session = session
        self.before = self.now()

    def now(self) -> float:
        """All seconds so far."""
        return time.process_time() + cpu(self.session, "postgres")

    def __call__(self) -> float:
        """The seconds since."""
        return self.now() - self.before


def cpu(process: int, name: str) -> float:
    """CPU seconds of a process; 0 if it is not there, or is not called `name`."""
    try:
        told, _sign, rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    except OSError:
        return 0.0
    if not told.partition("(")[2].startswith(name):
        return 0.0
    return sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")


def bare(folder: Path, people: int) -> dict[str, Any]:
    """The floor: one COPY of the same rows into the same table, its triggers off."""
    columns = json.loads(os.environ["BENCH_COLUMNS"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as link:
        link.execute("ALTER TABLE people DISABLE TRIGGER USER")
        link.commit()
        began, spent = time.perf_counter(), Spent(link.info.backend_pid)
        with link.cursor() as cursor:
            with cursor.copy(f"COPY people ({', '.join(columns)}) FROM STDIN") as copy:
                for piece in pieces(folder / COPIED):
                    copy.write(piece)
            copied = cursor.rowcount
        link.commit()
        took, used = time.perf_counter() - began, spent()
    if copied != people:
        raise SystemExit(f"bare: {copied} rows")
    return {"seconds": took, "cpu": used, "rows": people}


def stock(folder: Path, people: int, **options: Any) -> dict[str, Any]:
    """The usual way, over the first rows of the file."""
    from django.db import connection  # noqa: PLC0415

    from benchmarks import stock_imports  # noqa: PLC0415

    rows = int(os.environ["BENCH_SLICE"])
    stock_imports.prepare()
    columns = json.loads(os.environ["BENCH_COLUMNS"])
    connection.ensure_connection()
    spent = Spent(connection.connection.info.backend_pid)
    took = stock_imports.measure(folder / PEOPLE, columns, rows, **options)
    return {"seconds": took, "cpu": spent(), "rows": rows}


class Memory:
    """The largest resident size of this process and of the child that reads, and the child's CPU."""

    def __init__(self) -> None:
        self.child, self.cpu = 0.0, 0.0

    def look(self, hear: Callable[..., Any]) -> Callable[..., Any]:
        """Return the parent's `hear`, a look at the child before it: at its end it is gone."""

        def heard(child: Any) -> Any:
            process = child._process.pid
            self.child = max(self.child, peak(f"/proc/{process}/status"))
            self.cpu = max(self.cpu, cpu(process, "python"))
            return hear(child)

        return heard


def peak(status: str = "/proc/self/status") -> float:
    """The largest resident size of a process so far, in MB; 0 once it has ended.

    getrusage would count what the process was before exec, its parent.
    """
    said = Path(status).read_text().partition("VmHWM:")[2].split()
    return round(int(said[0]) / 1024, 1) if said else 0.0


def ours(
    folder: Path, people: int, take: Callable[[Path], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The engine: a file of new people; the same once more; one in which every hundredth moved."""
    from django.db import connection  # noqa: PLC0415

    before = peak()
    found = {
        name: (take or taken_in)(folder / file)
        for name, file in (("new", PEOPLE), ("unchanged", PEOPLE), ("changed", CHANGED))
    }
    moved = (people + 99) // 100
    counts = {name: {k: v for k, v in one["counts"].items() if v} for name, one in found.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM people_event),"
            " (SELECT count(*) FROM audit_subject JOIN audit_entry USING (at)"
            "  WHERE id = entry_id AND action = 'import')"
        )
        held = cursor.fetchone()
    if held != (people, people + moved, people + moved) or counts["changed"]["amended"] != moved:
        raise SystemExit(f"ours: {held}, {counts}")
    return {"imports": found, "mb_before": before}


def taken_in(file: Path) -> dict[str, Any]:
    """Take one file from its arrival to the last record; returns its figures."""
    from django.db import connection  # noqa: PLC0415

    from records.actors import Occasion, system  # noqa: PLC0415
    from records.imports import parsing, receiving, running  # noqa: PLC0415
    from records.imports.models import Stage  # noqa: PLC0415
    from records.registry import record_types  # noqa: PLC0415

    me, now = system("benchmark"), Occasion("import")
    seconds, memory = dict.fromkeys(("receive", "read", "check", "apply"), 0.0), Memory()

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                seconds[name] += time.perf_counter() - began

        return run

    stages = {
        stage: timed(name, running.STAGES[stage])
        for stage, name in (
            (Stage.READING, "read"),
            (Stage.CHECKING, "check"),
            (Stage.APPLYING, "apply"),
        )
    }
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(running.STAGES, stages))
        hear = memory.look(parsing._Child.hear)
        stack.enter_context(mock.patch.object(parsing._Child, "hear", hear))
        # No worker is nudged: this process is the worker.
        stack.enter_context(mock.patch("records.imports.tasks._send"))
        connection.ensure_connection()
        at, began = time.time(), time.perf_counter()
        spent = Spent(connection.connection.info.backend_pid)
        job = timed("receive", receiving.receive)(
            record_types()["people"], pieces(file), file_name=file.name, by=me, occasion=now
        )
        running.advance(job.id)
        job.refresh_from_db()
        receiving.decide(job, without_faulty=False, by=me, occasion=now)
        running.advance(job.id)
        whole, used = time.perf_counter() - began, spent() + memory.cpu
    job.refresh_from_db()
    if job.stage != Stage.APPLIED:
        raise SystemExit(f"ours: {job.stage} {job.problem}")
    return {
        "seconds": {**seconds, "whole": whole},
        "span": (at, at + whole),
        "cpu": used,
        "counts": job.counts,
        "mb": peak(),
        "child_mb": memory.child,
        "child_cpu": memory.cpu,
    }


def alone(folder: Path, people: int, name: str = PEOPLE) -> dict[str, Any]:
    """One file of new people."""
    before, found = peak(), taken_in(folder / name)
    return {**found, "rows": found["counts"]["created"], "mb_before": before}


def together(folder: Path, people: int) -> dict[str, Any]:
    """Two files of different people at once, by two workers: the seconds from the first to the last."""
    commands = [
        [sys.executable, "-m", "benchmarks.importing", half, str(folder), str(people)]
        for half in HALVES
    ]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    said = [run.communicate()[0].splitlines()[-1] for run in runs]
    found = [json.loads(each) for each in said]
    began, ended = zip(*(one["span"] for one in found), strict=True)
    return {
        "seconds": max(ended) - min(began),
        "rows": sum(one["rows"] for one in found),
        "imports": found,
    }


def profile(folder: Path, people: int) -> dict[str, Any]:
    """The same as `ours`, with timers on."""
    from benchmarks.import_stages import profiled  # noqa: PLC0415

    return profiled(taken_in, partial(ours, folder, people))


CONTENDERS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "make": make,
    "ours": ours,
    "bare": bare,
    "stock": partial(stock, preview=True),
    "stock, no preview": partial(stock, preview=False),
    "stock, no preview, no diffs": partial(
        stock, preview=False, skip_diff=True, skip_html_diff=True
    ),
    "profile": profile,
    "alone": alone,
    "together": together,
    **{half: partial(alone, name=half) for half in HALVES},
}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(CONTENDERS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
