"""Kills everything while a file is taken in, and sees that nothing comes of it: `script/chaos`.

A service of its own takes in a file of people twice, from the same recorded people on: once in peace,
once while its worker, the child that reads, its broker and its database are killed and its disk runs
full, at moments that a seed chooses. Both must leave the same behind.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg

from tests.chaos import killing, looking, people
from tests.chaos.killing import CannotError, Disk
from tests.journeys.conftest import Service, served

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
ORDER = ("received", "reading", "checking", "ready", "applying", "applied", "failed", "cancelled")
#: Which of the worker's processes; a database that recovers takes longest.
WORKER = (killing.reader, killing.pool, killing.parent)
MOST_CHECKS = 3  # kills while it is checked, which is whole or was not: five are the import's end
OFTEN = 4  # heavy kills within a minute; the supervisor gives a program up after five deaths
PATIENCE = 120  # seconds in which an import has to get on


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line's."""
    said = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    said.add_argument("--rows", type=int, metavar="N", help="of the file; 100,000")
    said.add_argument("--kills", type=int, metavar="K", help="10")
    said.add_argument("--full", action="store_true", help="50 kills on a million rows")
    said.add_argument("--seed", type=int, default=None, help="of the moments; by the clock")
    said.add_argument(
        "--only", default=",".join(killing.KINDS), help="of " + ",".join(killing.KINDS)
    )
    said.add_argument("--record", action="store_true", help="write benchmarks/results/chaos.*")
    found = said.parse_args(given)
    found.rows = found.rows or (1_000_000 if found.full else 100_000)
    found.kills = found.kills or (50 if found.full else 10)
    found.seed = int(time.time()) % 100_000 if found.seed is None else found.seed
    found.kinds = [kind for kind in killing.KINDS if kind in found.only.split(",")]
    if unknown := set(found.only.split(",")) - set(killing.KINDS):
        said.error(f"--only knows no {', '.join(unknown)}")
    if found.rows < 100 or found.kills < 1:
        said.error("--rows from 100, --kills from 1")
    return found


@dataclass
class Kill:
    """One kill: when it is due, what it did."""

    kind: str
    stage: str
    share: float
    wait: float
    done: str = ""
    at: float = 0.0
    stood: str = ""
    back: float | None = None

    @property
    def heavy(self) -> bool:
        """Whether the supervisor starts something again; a lost broker ends Celery's worker, too."""
        return self.kind in {"broker", "database"} or "kill -9 worker" in self.done


def plan(given: argparse.Namespace, kinds: list[str]) -> list[Kill]:
    """The kills in the order of their moments: most while rows are read and written."""
    chance = Random(given.seed)
    made = []
    for number in range(given.kills):
        kind = kinds[number % len(kinds)]
        stage = chance.choices(("reading", "checking", "applying"), (45, 10, 45))[0]
        if stage == "checking" and sum(one.stage == stage for one in made) == MOST_CHECKS:
            stage = "applying"
        if kind == "disk":
            stage = "reading"
        made.append(Kill(kind, stage, chance.uniform(0.02, 0.95), chance.uniform(0, 0.4)))
    return sorted(made, key=lambda one: (ORDER.index(one.stage), one.share))


@dataclass
class Run:
    """One taking in of the file by a service, watched from its database."""

    service: Service
    rows: int
    job: str = ""
    began: float = 0.0
    state: dict[str, Any] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)

    def send(self, file: Path) -> None:
        """Send the file, by the API."""
        with self.service.signed_in("civil-status") as client, file.open("rb") as content:
            reply = client.post(
                "/imports",
                data={"collection": "people"},
                files={"file": (file.name, content)},
                timeout=120,
            )
        assert reply.status_code == 202, reply.text
        self.job, self.began = reply.json()["id"], time.time()

    def look(self) -> dict[str, Any]:
        """How the import stands; while the database is away, as it stood. Applies it once it is ready."""
        names = ("stage", "rows", "tries", "interruptions", "counts", "problem", "beat")
        with contextlib.suppress(psycopg.Error):
            (found,) = self.service.sql(
                "SELECT stage, rows_done, tries, interruptions, counts, problem,"
                " extract(epoch FROM beat_at)::float FROM imports WHERE id = %s",
                [self.job],
            )
            self.state = dict(zip(names, found, strict=True))
            if (
                self.kills
                and self.kills[-1].back is None
                and self.state["beat"] > self.kills[-1].at
            ):
                self.kills[-1].back = self.state["beat"] - self.kills[-1].at
            if self.state["stage"] == "ready":
                self.apply()
        return self.state

    def apply(self) -> None:
        """Have it applied; whatever is broken just now, it is asked for again."""
        with (
            contextlib.suppress(httpx.HTTPError, AssertionError),
            self.service.signed_in("civil-status") as client,
        ):
            client.post(f"/imports/{self.job}/apply", json={"without_faulty": True})

    @property
    def ended(self) -> bool:
        return self.state.get("stage") in ORDER[-3:]

    def until(self, enough: Any) -> bool:
        """Wait until that is enough. False: the import ended first. Raises where nothing gets on."""
        while not enough(self.look()):
            if self.ended:
                return False
            if time.time() - max(self.state.get("beat", 0), self.began) > PATIENCE:
                raise SystemExit(f"It does not get on: {self.state}")
            time.sleep(0.02)
        return not self.ended

    def seconds(self) -> float:
        """How long the whole took, as the database noted it."""
        query = (
            "SELECT extract(epoch FROM ended_at - received_at)::float FROM imports WHERE id = %s"
        )
        return float(self.service.sql(query, [self.job])[0][0])

    def due(self, kill: Kill, state: dict[str, Any]) -> bool:
        """Whether a kill's moment has come: not before the import got over the one before."""
        if not state or (self.kills and self.kills[-1].back is None):
            return False
        if state["stage"] != kill.stage:
            return (
                ORDER.index(state["stage"]) > ORDER.index(kill.stage) and state["stage"] != "ready"
            )
        if kill.stage == "checking":
            return True
        counts = state["counts"]
        whole = self.rows if kill.stage == "reading" else counts["new"] + counts["changed"]
        return bool(state["rows"] >= kill.share * whole)

    def strike(self, kill: Kill, disk: Disk | None, *, light: bool) -> None:
        """Kill, and note what and when. `light`: only what the worker itself starts again."""
        kill.at = time.time()
        kill.stood = f"{self.state['stage']} {self.state['rows']:,}"
        before = dict(self.state)

        def noticed() -> bool:
            return bool(self.look()["interruptions"] > before["interruptions"])

        if kill.kind == "disk" and disk and before["stage"] == "reading":
            kill.done = disk.fill(self.service, noticed)
        elif light:
            kill.kind = "worker"
            while not kill.done and time.time() - kill.at < PATIENCE:
                kill.done = killing.reader(self.service) or killing.pool(self.service)
        elif kill.kind in {"broker", "database"}:
            kill.done = getattr(killing, kill.kind)(self.service)
        else:
            kill.kind = "worker"
            number = sum(one.kind == kill.kind for one in self.kills)
            kill.done = WORKER[number % 3](self.service) or killing.pool(self.service)
            kill.done = kill.done or killing.parent(self.service)
        self.kills.append(kill)
        say(f"  {kill.at - self.began:6.1f} s  {kill.stood:<18} {kill.done}")


def disturb(run: Run, planned: list[Kill], disk: Disk | None) -> None:
    """Do the kills of the plan, each at its moment."""
    for kill in planned:
        if not run.until(partial(run.due, kill)):
            return
        time.sleep(kill.wait)
        if not run.until(partial(run.due, kill)):
            return
        recent = [one.at for one in run.kills if one.heavy and one.at > time.time() - 60]
        run.strike(kill, disk, light=len(recent) >= OFTEN)


def prepared(folder: Path, rows: int) -> Path:
    """A home in which is recorded what the file changes, and nothing runs."""
    home = folder / "quiet"
    with served(home, HOSO_SEED="0") as service:
        run = Run(service, rows // 2)
        run.send(people.write(folder / "recorded.csv", people.recorded(rows)))
        run.until(lambda _state: False)
        assert run.state["stage"] == "applied", run.state
    return home


def taken_in(
    service: Service, file: Path, rows: int, planned: list[Kill], disk: Disk | None
) -> dict[str, Any]:
    """What became of the file: how long it took, what it left, what of it is wrong."""
    run = Run(service, rows)
    run.send(file)
    disturb(run, planned, disk)
    run.until(lambda _state: False)
    if run.state["stage"] != "applied":
        raise SystemExit(f"The import ended as {run.state}; {service.home}/log")
    return {
        "seconds": run.seconds(),
        "counts": run.state["counts"],
        "interruptions": run.state["interruptions"],
        "left": looking.left(service, run.job),
        "wrong": looking.promises(service, run.job, run.state["counts"]),
        "kills": [asdict(one) for one in run.kills],
    }


@contextlib.contextmanager
def small_disk(service: Service, given: argparse.Namespace) -> Iterator[Disk | None]:
    """A small disk under the rows of imports; None where this machine does not let us, or nobody asks."""
    if "disk" not in given.kinds:
        yield None
        return
    try:
        disk = Disk(service, service.home / "small", 16_000_000 + 700 * given.rows)
    except CannotError as why:
        say(f"No full disk here, mount says: {why}. Other kills instead.")
        yield None
        return
    try:
        disk.put_rows(service)
        yield disk
    finally:
        disk.close()


def measured(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Both runs."""
    say(f"Seed {given.seed}: {given.kills} kills of {', '.join(given.kinds)}, {given.rows:,} rows")
    quiet = prepared(folder, given.rows)
    # The disturbed one begins with the very same records.
    disturbed = folder / "disturbed"
    subprocess.run(["cp", "-a", str(quiet), str(disturbed)], check=True)
    file = people.write(folder / "sent.csv", people.sent(given.rows))
    with served(quiet, HOSO_SEED="0") as service:
        peace = taken_in(service, file, given.rows, [], None)
    say(f"In peace: {peace['seconds']:.1f} s, {peace['counts']}")
    shutil.rmtree(quiet)
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(served(disturbed, HOSO_SEED="0"))
        disk = stack.enter_context(small_disk(service, given))
        kinds = [kind for kind in given.kinds if kind != "disk" or disk] or ["worker"]
        chaos = taken_in(service, file, given.rows, plan(given, kinds), disk)
        chaos["supervisor"] = [
            line
            for line in (disturbed / "serve.log").read_text(encoding="utf-8").splitlines()
            if "is started again" in line
        ]
    say(f"Disturbed: {chaos['seconds']:.1f} s, {chaos['counts']}")
    load = round(os.getloadavg()[0], 1)
    return {"seed": given.seed, "rows": given.rows, "load": load, "peace": peace, "chaos": chaos}


def verdict(result: dict[str, Any], asked: int) -> list[str]:
    """What is wrong, in words; nothing where all is as it should be."""
    peace, chaos = result["peace"], result["chaos"]
    wrong = [f"in peace: {one}" for one in peace["wrong"]] + chaos["wrong"]
    wrong += [
        f"{name} differ: {peace['left'][name]}, disturbed {found}"
        for name, found in chaos["left"].items()
        if found != peace["left"][name]
    ]
    if peace["counts"] != chaos["counts"]:
        wrong.append(f"counts differ: {peace['counts']}, disturbed {chaos['counts']}")
    if len(chaos["kills"]) < asked:
        wrong.append(f"only {len(chaos['kills'])} of {asked} kills came before the end")
    return wrong


def table(result: dict[str, Any], wrong: list[str]) -> Iterator[str]:
    """The result as lines of Markdown."""
    peace, chaos = result["peace"], result["chaos"]
    yield from ["# Killing everything during an import", ""]
    yield (
        f"{result['rows']:,} rows of people, half of them new, a fifth changing records, a tenth odd;"
        f" {len(chaos['kills'])} kills, seed {result['seed']}; {os.cpu_count()} cores, load average at"
        f" the end {result['load']}."
    )
    yield from ["", "| killed | times | back after, s | at |", "|---|---:|---|---|"]
    for kind in killing.KINDS:
        its = [one for one in chaos["kills"] if one["kind"] == kind]
        if its:
            back = [f"{one['back']:.1f}" if one["back"] is not None else "-" for one in its]
            stood = "; ".join(one["stood"] for one in its)
            yield f"| {kind} | {len(its)} | {', '.join(back)} | {stood} |"
    yield from ["", "| | in peace | disturbed |", "|---|---:|---:|"]
    yield f"| seconds | {peace['seconds']:.1f} | {chaos['seconds']:.1f} |"
    yield f"| tries cut short | {peace['interruptions']} | {chaos['interruptions']} |"
    for name, (count, _digest) in peace["left"].items():
        same = " =" if chaos["left"][name] == peace["left"][name] else ", NOT THE SAME"
        yield f"| {name} | {count:,} | {chaos['left'][name][0]:,}{same} |"
    yield ""
    said = "WRONG: " + "; ".join(wrong) if wrong else "The same table, history, audit and faults."
    yield f"**{said}**"


def main(said: list[str] | None = None) -> int:
    """Run it; the exit code tells whether all is as it should be."""
    given = arguments(said)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hoso-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        result = measured(given, folder)
    wrong = verdict(result, given.kills)
    text = "\n".join(table(result, wrong)) + "\n"
    print(text)
    if given.record:
        RESULTS.mkdir(exist_ok=True)
        said_json = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        (RESULTS / "chaos.json").write_text(said_json, encoding="utf-8")
        (RESULTS / "chaos.md").write_text(text, encoding="utf-8")
    say(f"{time.monotonic() - began:.0f} s in all")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    sys.exit(main())
