"""Finding people among few and among many, in one run: `script/bench search [SIZE…]`.

Each size (100,000 and 5,000,000 people where none is named) is a database of its own, seeded once
and kept in the benchmark's home. The same questions are asked of each, one after another over one
connection to the service; `exact` compares what is found with an index made in memory, `slips`
counts how often a mistyped name still finds its person. Results: benchmarks/results/search.*
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import django
import psycopg

from config import embedded, processes

SIZES = (100_000, 5_000_000)
RESULTS = Path(__file__).parent / "results"
HOST = "127.0.0.1"
ASKED = 300  # of each kind
EXACT, SLIPS = 10_000, 2_000
AIM_SEARCH_P95, AIM_LOOKUP = 50.0, 1.10
PURPOSE = "bench-search"


def use(people: int) -> bool:
    """Point this process and its children to the database of a size. Tells whether it must be seeded."""
    owner, name = os.environ["DATABASE_OWNER_URL"], f"hoso_bench_{people}"
    with psycopg.connect(owner, autocommit=True) as server:
        found = server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            server.execute(f"CREATE DATABASE {name}")
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[variable] = urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "HOSO_POOL": "1"}
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as link:
        there = link.execute("SELECT to_regclass('people') IS NOT NULL").fetchone()
        if not there or not there[0]:
            return True
        rows = link.execute("SELECT count(*) FROM (SELECT FROM people LIMIT %s) AS p", [people])
        return rows.fetchone()[0] < people * 0.99


def seed(people: int) -> float:
    """Migrate and seed people only. Returns the seconds it took."""

    def manage(*words: str) -> None:
        environment = os.environ | {"HOSO_POOL": "0"}
        subprocess.run(
            [sys.executable, "manage.py", *words], check=True, env=environment, stdout=sys.stderr
        )

    manage("migrate", "--database", "owner", "-v0")
    manage("load_units")
    began = time.monotonic()
    manage("seed", "--people", str(people), "--collections", "people")
    return round(time.monotonic() - began, 1)


def measure(people: int, seeded: float | None) -> dict[str, Any]:
    """All figures of one size, in a process of its own that Django is set up in."""
    from benchmarks import database  # noqa: PLC0415
    from benchmarks.read import serving  # noqa: PLC0415
    from records.access.models import Agency, Purpose  # noqa: PLC0415
    from records.search import tasks  # noqa: PLC0415

    if not Agency.objects.filter(code="bench").exists():
        database.agree([PURPOSE])
        agreement = Agency.objects.get(code="bench").agreement_set.get()
        agreement.verbs, agreement.fieldset = ["read", "search"], "full"
        agreement.save()
        assert Purpose.objects.filter(code=PURPOSE).exists()
    tasks.recount_words()
    chance = Random(7)  # noqa: S311
    sample = some_people(people, chance)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as link:
        link.execute("VACUUM ANALYZE people")
    kinds = questions(people, sample, chance)
    web = serving(port := embedded.free_port())
    try:
        token = database.token()
        figures = {name: timed(port, token, path, ASKED) for name, path in kinds.items()}
    finally:
        processes.stop(web.child, seconds=10)
    return {"people": people, "seeded_s": seeded, "kinds": figures, **accuracy(people, chance)}


def some_people(people: int, chance: Random) -> list[tuple[Any, ...]]:
    """A few thousand people from all over the table: id, number, folded name, unit, birth date."""
    from django.db import connection  # noqa: PLC0415

    percent = min(100.0, 4_000 * 100 / people)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, personal_id, folded, residence_unit, birth_date, phone"
            " FROM people TABLESAMPLE BERNOULLI (%s) REPEATABLE (7)",
            [percent],
        )
        rows = cursor.fetchall()
    chance.shuffle(rows)
    return rows


def questions(
    people: int, sample: list[tuple[Any, ...]], chance: Random
) -> dict[str, Callable[[], str]]:
    """A maker of addresses for each kind of question."""
    from records.api import cursors  # noqa: PLC0415
    from records.search import words  # noqa: PLC0415

    known = words.known("people")
    rare = sorted(
        (w for w, s in known.share.items() if 0 < s < 0.0005), key=known.share.__getitem__
    )
    phones = [who[5] for who in sample if who[5]]
    pages = min(10_000, people // 50 // 2)
    asked = {"collection": "people", "filters": {}, "fieldset": None, "subject": None, "q": None}
    far = quote(cursors.dump(id_at(pages * 50), asked))

    def q(text: str) -> str:
        return f"/api/v1/people?q={quote(text)}"

    def slipped() -> str:
        said = chance.choice(sample)[2].split()
        i = chance.randrange(len(said))
        said[i] = chance.choice(sorted(words.slips(said[i]) - {said[i], ""}))
        return " ".join(said)

    return {
        "lookup": lambda: f"/api/v1/people/{chance.choice(sample)[1]}",
        "list, first page": lambda: "/api/v1/people?limit=50",
        f"list, page {pages:,}": lambda: f"/api/v1/people?limit=50&cursor={far}",
        "filter: unit": lambda: f"/api/v1/people?residence_unit={chance.choice(sample)[3]}",
        "filter: birth date": lambda: f"/api/v1/people?birth_date={chance.choice(sample)[4]}",
        "filter: status": lambda: "/api/v1/people?status=missing",
        "search: one common word": lambda: q(chance.choice(("nguyen", "thi", "tran", "van", "le"))),
        "search: common words": lambda: q(
            chance.choice(("nguyen thi", "tran van", "le thi", "nguyen van", "pham thi"))
        ),
        "search: common words that exclude each other": lambda: q("thi van"),
        "search: a given name": lambda: q(chance.choice(sample)[2].split()[-1]),
        "search: a full name": lambda: q(chance.choice(sample)[2]),
        "search: one letter": lambda: q("y"),
        "search: a rare word": lambda: q(chance.choice(rare)),
        "search: beginning of a name": lambda: q(chance.choice(sample)[2][:-1]),
        "search: a mistyped name": lambda: q(slipped()),
        "search: a phone number": lambda: q(chance.choice(phones)),
        "similar": lambda: f"/api/v1/people/{chance.choice(sample)[1]}/similar",
    }


def id_at(offset: int) -> Any:
    """The id of the person at a place in the list."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM people ORDER BY id OFFSET %s LIMIT 1", [offset])
        return cursor.fetchone()[0]


def timed(port: int, token: str, path: Callable[[], str], count: int) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds of `count` questions of one kind; the first few only warm up."""
    headers = {"Authorization": f"Bearer {token}", "Access-Purpose": PURPOSE}
    waits = []
    with closing(http.client.HTTPConnection(HOST, port, timeout=30)) as link:
        for n in range(count + 20):
            address = path()
            began = time.perf_counter()
            link.request("GET", address, headers=headers)
            reply = link.getresponse()
            body = reply.read()
            if n >= 20:
                waits.append((time.perf_counter() - began) * 1000)
            if reply.status != http.HTTPStatus.OK and not (
                reply.status == 400 and b"query" in body
            ):
                raise SystemExit(f"{address}: {reply.status} {body[:300]!r}")
    cuts = statistics.quantiles(waits, n=100)
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2), "p99": round(cuts[98], 2)}


def accuracy(people: int, chance: Random) -> dict[str, Any]:
    """Compare what is found with an index made here, and count the slips that still find."""
    from django.db import connection  # noqa: PLC0415
    from django.db.models import Q  # noqa: PLC0415

    from records.registry import record_types  # noqa: PLC0415
    from records.rows import META, plan  # noqa: PLC0415
    from records.search import finding, words  # noqa: PLC0415
    from records.search.questions import Question  # noqa: PLC0415

    if people > 200_000:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, folded FROM people")
        names = dict(cursor.fetchall())
    holders: dict[str, set[Any]] = defaultdict(set)
    for who, name in names.items():
        for word in name.split():
            holders[word].add(who)
    kind = record_types()["people"]
    reading = plan(kind, ("personal_id", "full_name"))

    def found(asked: list[str]) -> tuple[set[Any], set[Any], bool]:
        question = Question(words=tuple(asked))
        got = finding.find_page(kind, reading, question, Q(), after=None, limit=1_000)
        ids = [row[META.index("id")] for row in got.rows]
        return set(ids[: len(ids) - got.near]), set(ids), got.capped or got.more

    def scanned(asked: list[str]) -> set[Any]:
        *whole, last = asked
        # A last word of one or two letters that is a word stands for itself only.
        whole_last = len(last) <= 2 and last in holders
        ends = holders[last] if whole_last else set()
        for word in () if whole_last else holders:
            if word.startswith(last):
                ends = ends | holders[word]
        return set.intersection(ends, *(holders[w] for w in whole))

    everyone = list(names)
    equal = compared = 0
    for who in (chance.choice(everyone) for _ in range(EXACT)):
        asked = names[who].split()
        exact, _all, more = found(asked)
        if more:
            continue
        compared += 1
        equal += exact == scanned(asked)
    met = 0
    for who in (chance.choice(everyone) for _ in range(SLIPS)):
        asked = names[who].split()
        i = chance.randrange(len(asked))
        asked[i] = chance.choice(sorted(words.slips(asked[i]) - {asked[i], ""}))
        met += who in found(asked)[1]
    return {
        "exact": {"names": EXACT, "compared": compared, "equal": equal},
        "slips": {"typed": SLIPS, "found": met, "recall": round(met / SLIPS, 4)},
    }


def table(found: list[dict[str, Any]]) -> Iterator[str]:
    """The result as lines of Markdown."""
    sizes = [f"{one['people']:,}" for one in found]
    yield "# Finding people"
    yield ""
    yield "Over one connection, in milliseconds: p50 / p95 / p99."
    yield ""
    yield f"| | {' | '.join(sizes)} | largest ÷ smallest, p50 |"
    yield f"|---|{'---:|' * len(sizes)}---:|"
    for (first, figures), (_last, far) in zip(
        found[0]["kinds"].items(), found[-1]["kinds"].items(), strict=True
    ):
        per = [list(one["kinds"].values())[list(found[0]["kinds"]).index(first)] for one in found]
        cells = " | ".join(f"{p['p50']} / {p['p95']} / {p['p99']}" for p in per)
        yield f"| {first} | {cells} | {far['p50'] / figures['p50']:.2f} |"
    for one in found:
        if one.get("seeded_s"):
            yield f"\n{one['people']:,} people were seeded in {one['seeded_s']:.0f} s."
        if "exact" in one:
            e, s = one["exact"], one["slips"]
            yield (
                f"\nAmong {one['people']:,}: {e['equal']:,} of {e['compared']:,} names"
                f" (of {e['names']:,}; the rest have more than 1,000 hits) found exactly"
                f" what an index in memory holds;"
                f" {s['found']:,} of {s['typed']:,} mistyped names found their person"
                f" (recall {s['recall']})."
            )


def main() -> None:
    """Seed what is missing, measure each size in a process of its own, write the results."""
    if os.environ.get("BENCH_PEOPLE"):
        django.setup()
        seeded = float(os.environ["BENCH_SEEDED"]) if os.environ.get("BENCH_SEEDED") else None
        print(json.dumps(measure(int(os.environ["BENCH_PEOPLE"]), seeded)))
        return
    found = []
    for people in [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES:
        kept = dict(os.environ)
        seeded = seed(people) if use(people) else None
        also = {"BENCH_PEOPLE": str(people), "BENCH_SEEDED": str(seeded or "")}
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.search"],
            env=os.environ | also,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        found.append(json.loads(run.stdout.splitlines()[-1]))
        os.environ.clear()
        os.environ |= kept
    text = "\n".join([*table(found), ""])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "search.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (RESULTS / "search.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
