"""Taking in a file of people, three ways, side by side in one run: `script/bench imports`.

`ours` is the service's import, from a stored CSV file to records with history, audit and search;
`bare` one COPY of the same rows into the same table with its triggers off; `stock`
django-import-export with django-simple-history over the first rows of the same file
(benchmarks/stock_imports.py). Besides: the same file again, two files at once by two workers, and one
large file. Each has a database and a process of its own in every round.
Results: benchmarks/results/imports.*
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.read import RESULTS, surroundings

TEMPLATE, DATABASE = "hoso_bench_imports", "hoso_bench_import"
CONTENDERS = {
    "ours": "config.settings",
    "bare": "config.settings",
    "stock": "benchmarks.import_settings",
    "stock, no preview": "benchmarks.import_settings",
    "stock, no preview, no diffs": "benchmarks.import_settings",
}
#: How many times as fast as each `ours` is to be, a row.
AIMS = {"bare": 0.4, "stock": 60.0}
#: What else is aimed at: at least so much; of memory at most.
AGAIN, LARGE, TOGETHER, MEMORY = 2.0, 0.8, 1.6, 200
#: A million rows are twice what an office may send.
ROOM = {"IMPORT_MOST_BYTES": str(1 << 30)}
PACKAGES = ("django", "psycopg", "django-import-export", "django-simple-history", "tablib")
ABOUT = """\
- **ours**: the file is stored and read in a child, each cell judged and mended, every rule asked of all
  rows, all faults told at once; then written with history, audit of each person, names for search.
- **bare**: normal forms in COPY's own format, one COPY, one transaction; the same table, indexes, CHECKs
  and generated columns. No file is read, nothing judged; no history, no audit, no words for search.
- **stock**: import-export as it comes, with `clean_model_instances` and transactions; history by
  simple-history. As in its admin, and as ours does, what is wrong and what would change is shown before
  anything is kept: it runs everything, rolls back, and runs again. No audit, no names for search and none
  of their three indexes, no CHECKs; units are not looked up, nothing is mended; its report has a row's
  faults of one layer only. *No preview*: straight in, which ours never does. *No diffs*: besides, without
  the report of what differs, which it makes by default.
"""


def arguments() -> argparse.Namespace:
    """The command line's."""
    said = argparse.ArgumentParser(prog="script/bench imports")
    said.add_argument("--people", type=int, default=200_000, metavar="N")
    said.add_argument("--slice", type=int, default=2_000, metavar="M", help="rows of `stock`")
    said.add_argument("--rounds", type=int, default=3, metavar="R")
    said.add_argument("--large", type=int, default=1_000_000, metavar="L", help="0: leave it out")
    found = said.parse_args()
    if not 0 < found.slice <= found.people:
        said.error("--slice takes from 1 to --people")
    return found


def addresses(name: str) -> dict[str, str]:
    """The environment that leads to a database."""
    return {
        variable: urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }


def drop(name: str) -> None:
    """Drop a database if it is there."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def template() -> Iterator[None]:
    """A database that is migrated and knows the units, for as long as this lasts."""
    drop(TEMPLATE)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {TEMPLATE}")
    environment = os.environ | addresses(TEMPLATE)
    try:
        for words in (["migrate", "--database", "owner", "-v0"], ["load_units"]):
            command = [sys.executable, "manage.py", *words]
            subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
        yield
    finally:
        drop(TEMPLATE)


def contend(what: str, folder: Path, people: int, **more: str) -> dict[str, Any]:
    """The figures of one contender, on a new database that nothing waits to be written of."""
    drop(DATABASE)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}")
        server.execute("CHECKPOINT")
    also = {"DJANGO_SETTINGS_MODULE": CONTENDERS.get(what, "config.settings"), "HOSO_POOL": "0"}
    load = os.getloadavg()[0]
    try:
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.importing", what, str(folder), str(people)],
            env=os.environ | addresses(DATABASE) | also | more,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        drop(DATABASE)
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return {**found, "load": round(load, 1)}


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The rounds of each contender, of one file and two at once; a large file; a run with timers."""
    environment = {"IMPORT_FILES": str(folder / "imports"), "BENCH_SLICE": str(given.slice)}
    made = contend("make", folder, given.people)
    environment["BENCH_COLUMNS"] = json.dumps(made["columns"])
    rounds: dict[str, Any] = {name: [] for name in CONTENDERS}
    workers: dict[str, Any] = {name: [] for name in ("half0.csv", "together")}
    for number in range(1, given.rounds + 1):
        for name, found in (rounds | workers).items():
            found.append(contend(name, folder, given.people, **environment))
            if name == "ours":
                new = found[-1]["imports"]["new"]
                also = {"seconds": new["seconds"]["whole"], "cpu": new["cpu"]}
                found[-1] |= {**also, "rows": given.people}
            took = seconds(found[-1])
            print(f"  round {number}, {name}: {took:.1f} s", file=sys.stderr, flush=True)
    large = {}
    if given.large:
        contend("make", folder / "large", given.large)
        large = contend("alone", folder / "large", given.large, **environment, **ROOM)
        print(f"  large: {seconds(large):.1f} s", file=sys.stderr, flush=True)
    timed = contend("profile", folder, given.people, **environment)
    return {"rounds": rounds, "workers": workers, "large": large, "profile": timed}


def seconds(found: dict[str, Any]) -> float:
    """How long one contender took."""
    took = found["seconds"]
    return float(took["whole"] if isinstance(took, dict) else took)


def reached(result: dict[str, Any]) -> Iterator[tuple[str, float, float, bool]]:
    """What is aimed at: its words, what was measured, the aim, and whether it is reached."""
    ours = result["rounds"]["ours"]
    for name, aim in AIMS.items():
        ratio = result["summary"][name]["ours_to_it"]["median"]
        yield f"rate ÷ {name}", ratio, aim, ratio >= aim
    ratio = statistics.median(
        seconds(one["imports"]["new"]) / seconds(one["imports"]["changed"]) for one in ours
    )
    yield "rate of the same file with 1 % changed ÷ first", ratio, AGAIN, ratio >= AGAIN
    rates = {
        name: [one["rows"] / seconds(one) for one in found]
        for name, found in result["workers"].items()
    }
    ratio = statistics.median(b / a for a, b in zip(*rates.values(), strict=True))
    yield "rate of two workers on two files ÷ one on one", ratio, TOGETHER, ratio >= TOGETHER
    mb = max(one["imports"]["changed"]["mb"] for one in ours)
    yield f"MB of the process, {ours[0]['rows']:,} rows", mb, MEMORY, mb < MEMORY
    if large := result["large"]:
        ratio = large["rows"] / seconds(large) / result["summary"]["ours"]["per_second"]["median"]
        yield f"rate of {large['rows']:,} rows ÷ {ours[0]['rows']:,}", ratio, LARGE, ratio >= LARGE
        mb = large["mb"]
        yield f"MB of the process, {large['rows']:,} rows", mb, MEMORY, mb < MEMORY


def summary(rounds: dict[str, Any]) -> dict[str, Any]:
    """Each contender's rows a second, and how many times as fast as it ours is, by clock and by CPU."""

    def ratios(name: str, by: str) -> dict[str, float]:
        ours, its = ([one["rows"] / one[by] for one in rounds[of]] for of in ("ours", name))
        return spread([a / b for a, b in zip(ours, its, strict=True)])

    return {
        name: {
            "rows": found[0]["rows"],
            "seconds": spread([one["seconds"] for one in found]),
            "per_second": spread([one["rows"] / one["seconds"] for one in found]),
            "ours_to_it": ratios(name, "seconds"),
            "cpu": spread([one["cpu"] for one in found]),
            "ours_to_it_by_cpu": ratios(name, "cpu"),
        }
        for name, found in rounds.items()
    }


def spread(numbers: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(numbers), "least": min(numbers), "most": max(numbers)}


def shown(found: dict[str, float], form: str) -> str:
    """A spread, as the tables show it."""
    return f"{found['median']:{form}} ({found['least']:{form}}–{found['most']:{form}})"


def verdict(met: bool) -> str:  # noqa: FBT001
    """Whether an aim is reached, in words."""
    return "reached" if met else "not reached"


def table(result: dict[str, Any]) -> Iterator[str]:
    """The result as lines of Markdown."""
    about = ", ".join(f"{name} {value}" for name, value in result["about"].items())
    yield from ["# Importing people", "", about[:1].upper() + about[1:] + ".", ""]
    loads = [one["load"] for found in result["rounds"].values() for one in found]
    yield (
        "Medians of the rounds, with least and most; the contenders take turns, and each ratio is of one"
        f" round. Load average as each began: {min(loads)}–{max(loads)}; what others take of the cores is"
        " in the seconds, not in the CPU."
    )
    yield ""
    yield (
        "| | rows | seconds | rows/s | ours ÷ it | aim | | CPU s of process, child, session"
        " | ours ÷ it by CPU |"
    )
    yield "|---|---:|---:|---:|---:|---:|---|---:|---:|"
    for name, its in result["summary"].items():
        ratio, by_cpu, aim, met = "", "", "", ""
        if name != "ours":
            form = ".2f" if its["ours_to_it"]["most"] < 5 else ".1f"
            ratio, by_cpu = (shown(its[key], form) for key in ("ours_to_it", "ours_to_it_by_cpu"))
        if name in AIMS:
            aim = f"{AIMS[name]:g}"
            met = verdict(its["ours_to_it"]["median"] >= AIMS[name])
        yield (
            f"| {name} | {its['rows']:,} | {shown(its['seconds'], '.1f')}"
            f" | {shown(its['per_second'], ',.0f')} | {ratio} | {aim} | {met}"
            f" | {shown(its['cpu'], '.1f')} | {by_cpu} |"
        )
    yield from ["", ABOUT, "## Aims", "", "| | measured | aim | |", "|---|---:|---:|---|"]
    for words, measured, wanted, good in reached(result):
        digits = 0 if wanted >= MEMORY else 2
        yield f"| {words} | {measured:.{digits}f} | {wanted:g} | {verdict(good)} |"
    yield ""
    if large := result["large"]:
        took = ", ".join(f"{name} {each:.1f}" for name, each in large["seconds"].items())
        yield f"The large file, once: {took} seconds; its child {large['child_mb']:.0f} MB."
        yield ""
    yield from stages(result["rounds"]["ours"])
    yield from profile(result["profile"])


def stages(rounds: list[dict[str, Any]]) -> Iterator[str]:
    """The table of the three imports of ours."""
    names = list(rounds[0]["imports"]["new"]["seconds"])
    yield from ["## The stages of ours", ""]
    yield (
        "Seconds. Three files one after another: all people new; the same file again; again, every"
        " hundredth person moved. MB: the most that this process held so far, and the child that reads."
    )
    yield ""
    yield f"| | {' | '.join(names)} | rows/s | MB | child MB | child CPU s |"
    yield f"|---|{'---:|' * (len(names) + 4)}"
    for file in rounds[0]["imports"]:
        its = [one["imports"][file] for one in rounds]
        cells = [shown(spread([one["seconds"][name] for one in its]), ".1f") for name in names]
        rows = rounds[0]["rows"]
        rate = spread([rows / one["seconds"]["whole"] for one in its])
        memory = [max(one[key] for one in its) for key in ("mb", "child_mb")]
        cells += [shown(rate, ",.0f"), *(f"{mb:.0f}" for mb in memory)]
        cells.append(f"{statistics.median(one['child_cpu'] for one in its):.1f}")
        yield f"| {file} | {' | '.join(cells)} |"
    before = max(one["mb_before"] for one in rounds)
    yield from ["", f"Before the first file this process had held {before:.0f} MB.", ""]


def profile(found: dict[str, Any]) -> Iterator[str]:
    """The tables of where the time goes."""
    imports = found["imports"]
    files = list(imports)
    whole = {file: imports[file]["seconds"]["whole"] for file in files}
    yield from ["## Where the time goes", ""]
    yield (
        "One more run with timers, seconds; what PostgreSQL takes is in the stage that waits for it."
        " The child parses while this side judges and copies."
        f" Load average as it began: {found['load']}."
    )
    for title, key in (
        ("stage", "stages"),
        ("function in PostgreSQL, with what it calls", "functions"),
    ):
        yield from ["", f"| {title} | {' | '.join(files)} | % of {files[0]} |"]
        yield f"|---|{'---:|' * (len(files) + 1)}"
        names = list(dict.fromkeys(name for file in files for name in imports[file][key]))
        names.sort(key=lambda name: -max(imports[file][key].get(name, 0.0) for file in files))
        for name in names:
            spent = [imports[file][key].get(name, 0.0) for file in files]
            if max(spent) >= 0.05:
                cells = [f"{took:.2f}" if took >= 0.005 else "" for took in spent]
                part = f"{100 * spent[0] / whole[files[0]]:.0f}"
                yield f"| {name} | {' | '.join(cells)} | {part} |"
        if key == "stages":
            cells = [f"**{took:.2f}**" for took in whole.values()]
            yield f"| **whole** | {' | '.join(cells)} | 100 |"
    yield ""


def main() -> None:
    """Measure, write the results, and say whether the aims are reached."""
    given, began = arguments(), time.monotonic()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with template(), tempfile.TemporaryDirectory(prefix="hoso-imports-") as folder:
        measured = measure(given, Path(folder))
    result = {
        "about": surroundings(
            PACKAGES, people=given.people, slice=given.slice, rounds=given.rounds
        ),
        "aims": AIMS,
        "summary": summary(measured["rounds"]),
        **measured,
    }
    text = "\n".join(table(result))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "imports.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "imports.md").write_text(text, encoding="utf-8")
    print(text)
    for words, found, aim, met in reached(result):
        print(f"{words}: {found:.2f}, aim {aim:g}{'' if met else ': NOT REACHED'}")
    print(f"{time.monotonic() - began:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
