"""Reading one record, three ways, side by side in one run: `script/bench read`.

`ours` is the service's API; `stock` a REST framework viewset of stock parts that does the same work
(benchmarks/stock.py); `bare` a plain view with the same two statements (benchmarks/bare.py). One
server answers for all three, with the flags of `script/server`. Results: benchmarks/results/read.*
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import django
import psycopg
from django.utils import timezone

from benchmarks import load
from citizens.samples import personal_id
from config import embedded, processes, serve

DATABASE = "hoso_bench"
PEOPLE = 50_000
HOST = "127.0.0.1"
PACKAGES = ("django", "djangorestframework", "granian", "psycopg")
RESULTS = Path(__file__).parent / "results"
PATHS = {
    "ours": "/api/v1/people/{key}?fieldset=identity",
    "stock": "/stock/people/{key}?fieldset=identity",
    "bare": "/bare/people/{key}?fieldset=identity",
}
# connections: the seconds of each round; the first one only warms up.
LOADS = {16: [1.0] + [2.0] * 9, 1: [0.5] + [1.0] * 6}
IN_PROCESS = 400  # requests of each, by stage
BUSY = os.getloadavg()[0]
AIMS = {"stock": 1.5, "bare": 0.6}


def environment() -> dict[str, str]:
    """Point this process and its children to a new, empty database. Returns what changed."""
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
    changed = {
        name: urlsplit(os.environ[name])._replace(path=f"/{DATABASE}").geturl()
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    changed |= {"DJANGO_SETTINGS_MODULE": "benchmarks.settings", "HOSO_POOL": "1"}
    os.environ |= changed
    return changed


def contestants(token: str) -> list[load.Contestant]:
    """Return the three; each says its own purpose, so that audit tells their readings apart."""
    return [
        load.Contestant(
            name,
            path,
            f"Host: {HOST}\r\nAuthorization: Bearer {token}\r\nAccess-Purpose: {purpose(name)}"
            "\r\nAccept: application/json\r\nAccept-Language: vi",
        )
        for name, path in PATHS.items()
    ]


def purpose(name: str) -> str:
    """Return the purpose under which a contestant reads."""
    return f"bench-{name}"


def serving(port: int) -> processes.Program:
    """Start the web server as `script/server` would, and wait for its first answer."""
    folder = Path(os.environ["HOSO_HOME"])
    (folder / "static").mkdir(exist_ok=True)
    web = serve.programs(HOST, port, folder=folder, environment=dict(os.environ))[0]
    web.start()
    until = time.monotonic() + 30
    while not answers(port):
        if time.monotonic() > until or web.child.process.poll() is not None:
            raise SystemExit(f"The server does not answer.\n{web.child.tail()}")
        time.sleep(0.1)
    return web


def answers(port: int) -> bool:
    """Tell whether the web answers 200 on /healthz."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        link = http.client.HTTPConnection(HOST, port, timeout=5)
        with contextlib.closing(link):
            link.request("GET", "/healthz")
            return link.getresponse().status == http.HTTPStatus.OK
    return False


def under_load(port: int, asked: list[load.Contestant]) -> dict[int, list]:
    """Return by number of connections the figures of each round, the warming ones included."""
    known = [personal_id(n) for n in range(1, PEOPLE + 1)]
    found = {}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as client:
        for connections, plan in LOADS.items():
            found[connections] = client.submit(
                load.run, port, asked, known, connections, plan
            ).result(timeout=sum(plan) * 3 + 30)
            print(f"  {connections} connections: done", file=sys.stderr)
    return found


def summary(rounds: list[list[dict]]) -> dict[str, dict]:
    """Return each contestant's medians over the measured rounds, and `ours` in relation to it."""
    found = {}
    for at, name in enumerate(PATHS):
        its, ours = ([one[at] for one in rounds[1:]], [one[0] for one in rounds[1:]])
        ratios = [a["per_second"] / b["per_second"] for a, b in zip(ours, its, strict=True)]
        found[name] = {
            key: statistics.median(one[key] for one in its)
            for key in ("per_second", "p50_ms", "p99_ms", "client_cpu")
        }
        found[name]["ours_to_it"] = {
            "median": round(statistics.median(ratios), 2),
            "least": round(min(ratios), 2),
            "most": round(max(ratios), 2),
        }
    return found


def surroundings(packages: tuple[str, ...], **more: object) -> dict[str, object]:
    """Return when, of what and on what this was measured."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    with psycopg.connect(os.environ["DATABASE_URL"]) as link:
        postgresql = link.info.parameter_status("server_version")
    return {
        "date": timezone.now().date().isoformat(),
        "commit": commit,
        "cpus": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "postgresql": postgresql,
        **{name: version(name) for name in packages},
        **more,
        "load average before": f"{BUSY:.1f}",
    }


def table(result: dict) -> str:
    """Return the result as Markdown."""
    about = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    lines = ["# Reading one record", "", about[:1].upper() + about[1:] + ".", ""]
    for connections, found in result["load"].items():
        lines += [
            f"## {connections} connection{'s' * (int(connections) > 1)}",
            "",
            "| | replies/s | p50 ms | p99 ms | ours ÷ it, median (least–most) |",
            "|---|---:|---:|---:|---:|",
        ]
        for name, its in found["summary"].items():
            ratio = its["ours_to_it"]
            shown = f"{ratio['median']:.2f} ({ratio['least']:.2f}–{ratio['most']:.2f})"
            lines.append(
                f"| {name} | {its['per_second']:.0f} | {its['p50_ms']:.2f} | {its['p99_ms']:.2f}"
                f" | {'' if name == 'ours' else shown} |"
            )
        micro = statistics.median(
            i["client_cpu"] / i["per_second"] * 1e6 for i in found["summary"].values()
        )
        lines += ["", f"The load itself took {micro:.0f} µs of CPU a reply, on the same cores.", ""]
    stages = result["stages"]
    lines += [
        "## Where the time goes",
        "",
        "One request at a time inside one process, without server or load; medians in µs.",
        "",
        f"| stage | {' | '.join(stages)} | ours − bare |",
        f"|---|{'---:|' * len(stages)}---:|",
    ]
    rows = {s: [its["stages"][s] for its in stages.values()] for s in stages["ours"]["stages"]}
    for key, shown in (("whole", "whole, without timers"), ("cpu", "of it CPU of this process")):
        rows[f"**{shown}**"] = [its[key] for its in stages.values()]
    for stage, spent in rows.items():
        cells = [f"{micro:.0f}" if micro else "" for micro in spent]
        lines.append(f"| {stage} | {' | '.join(cells)} | {spent[0] - spent[-1]:+.0f} |")
    return "\n".join([*lines, ""])


def check_audit(rounds: dict[int, list], audited: dict[str, tuple[int, int]]) -> None:
    """Stop unless each reply left one entry with one subject."""
    for at, name in enumerate(PATHS):
        replies = sum(one[at]["replies"] for found in rounds.values() for one in found)
        if audited[name] != (replies, replies):
            raise SystemExit(f"{name}: {replies} replies, but {audited[name]} entries, subjects")


def main() -> None:
    """Measure, write the results, and say whether the aims are met."""
    began = time.monotonic()
    owner = os.environ["DATABASE_OWNER_URL"]
    environment()
    django.setup()
    from benchmarks import database, stages  # noqa: PLC0415  they need Django set up

    web = None
    try:
        database.fill(PEOPLE, [purpose(name) for name in PATHS])
        print(f"  database: {time.monotonic() - began:.0f} s", file=sys.stderr)
        asked = contestants(database.token())
        port = embedded.free_port()
        web = serving(port)
        rounds = under_load(port, asked)
        processes.stop(web.child, seconds=10)
        check_audit(rounds, {name: database.audited(purpose(name)) for name in PATHS})
        chance = Random(11)  # noqa: S311  any choice will do
        keys = iter(lambda: personal_id(chance.randint(1, PEOPLE)), None)
        measured = stages.measure(contestants(database.token()), keys, IN_PROCESS)
        result = {
            "about": surroundings(PACKAGES, people=PEOPLE),
            "server": " ".join(web.command[1:]).replace(str(port), "PORT"),
            "aims": AIMS,
            "load": {
                str(n): {"summary": summary(found), "rounds": found[1:]}
                for n, found in rounds.items()
            },
            "stages": measured,
        }
    finally:
        if web and web.child:
            processes.stop(web.child, seconds=10)
        django.db.connections.close_all()
        with psycopg.connect(owner, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    text = table(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "read.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "read.md").write_text(text)
    print(text)
    for name, aim in AIMS.items():
        reached = result["load"]["16"]["summary"][name]["ours_to_it"]["median"]
        print(f"ours ÷ {name}: {reached:.2f}, aim {aim}{'' if reached >= aim else ': NOT REACHED'}")
    print(f"{time.monotonic() - began:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
