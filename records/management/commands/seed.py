"""Fills the registries with a made-up population: for trying out, for tests and for benchmarks.

Rows go in by COPY, a neighbourhood of 10,000 people and a collection at a time, each in a transaction
of its own that says who speaks; every constraint and trigger is at work as for anybody's rows.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import DatabaseError, connection, connections, transaction

from records.actors import Occasion, system
from records.audit import entries
from records.audit.entries import Entry
from records.history.speaking import speak_for
from records.models import Record
from records.population import MOST, Population, Seed
from records.registry import record_types
from records.search import words

SOURCE, REASON, OCCASION = "seed", "Dữ liệu mẫu", Occasion("sample-data")
SECONDS_BETWEEN_LINES = 5

#: What a worker tells: a collection and how many rows it took in; or what went wrong.
Report = tuple[str, int] | str


class Command(BaseCommand):
    help = "Records a made-up population of N people with all that the registries hold of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, required=True, metavar="N")
        parser.add_argument(
            "--collections", metavar="A,B", help="only these, parents first; all if left out"
        )
        parser.add_argument("--jobs", type=int, default=2, metavar="J", help="processes (2)")
        parser.add_argument(
            "--indexes-last",
            action="store_true",
            help="make what speeds up filters and search after the rows; for millions, as the owner",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["people"] <= MOST:
            raise CommandError(f"--people takes a number from 1 to {MOST:,}.")
        population = Population(options["people"])
        seeds = chosen(options["collections"])
        refuse_if_filled(seeds)
        write_audit(seeds)
        jobs = max(1, min(options["jobs"], len(population)))
        with indexes_last(list(seeds), self.stdout) if options["indexes_last"] else nullcontext():
            progress = Progress(self.stdout, len(population) * len(seeds))
            for collection, rows in in_parallel(population, seeds, jobs):
                progress.add(collection, rows)
            progress.done()
        self.after(seeds)

    def after(self, seeds: dict[str, Seed]) -> None:
        """Let planner and search know what is there now, as far as this role may."""
        tables = [table_of(name) for name in seeds]
        if "owner" in settings.DATABASES:
            with connections["owner"].cursor() as cursor:
                cursor.execute("ANALYZE " + ", ".join([*tables, *(f"{t}_event" for t in tables)]))
        else:
            self.stdout.write(
                "Not analysed: DATABASE_OWNER_URL is not set. Run ANALYZE as the owner."
            )
        for name in seeds:
            if record_types()[name].named:
                words.recount(name, table_of(name))


def chosen(names: str | None) -> dict[str, Seed]:
    """The seeds of the collections asked for, in that order; of all, in menu order."""
    all_of_them: dict[str, Seed] = {}
    for registry in settings.REGISTRIES:
        all_of_them |= getattr(import_module(f"{registry}.samples"), "SEEDS", {})
    if names is None:
        return {name: all_of_them[name] for name in record_types() if name in all_of_them}
    asked = [name.strip() for name in names.split(",")]
    if unknown := [name for name in asked if name not in all_of_them]:
        raise CommandError(f"No such collection: {', '.join(unknown)}. {', '.join(all_of_them)}.")
    return {name: all_of_them[name] for name in asked}


def refuse_if_filled(seeds: dict[str, Seed]) -> None:
    """Raise CommandError where a collection holds records: a made-up person must not meet a real one."""
    filled = [n for n in seeds if model_of(n)._base_manager.exists()]
    if filled:
        raise CommandError(
            f"There are records already in {', '.join(filled)}. A population goes into empty"
            " collections: start script/server with HOSO_SEED=0 and a new HOSO_HOME."
        )


def write_audit(seeds: dict[str, Seed]) -> None:
    """One entry a collection says what is about to be written; it is about nobody."""
    with transaction.atomic():
        for name, seed in seeds.items():
            entries.write(
                Entry(
                    system(SOURCE), OCCASION, "create", name, fields=seed.columns, operation=SOURCE
                )
            )


def model_of(collection: str) -> type[Record]:
    return record_types()[collection].model


def table_of(collection: str) -> str:
    return model_of(collection)._meta.db_table


@contextmanager
def indexes_last(names: list[str], out: OutputWrapper) -> Iterator[None]:
    """Take the indexes that hold no rule away, and make them again when the rows are in.

    One whose process is killed in between lacks them: throw its database away. Raises CommandError
    where there is no owner to do it.
    """
    if "owner" not in settings.DATABASES:
        raise CommandError("--indexes-last needs DATABASE_OWNER_URL.")
    owner = connections["owner"]
    indexes = [(model_of(name), index) for name in names for index in model_of(name)._meta.indexes]
    with owner.schema_editor() as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
    owner.close()
    try:
        yield
    finally:
        began = time.monotonic()
        for model, index in indexes:
            with owner.schema_editor() as editor:
                editor.add_index(model, index)
        out.write(f"{len(indexes)} indexes in {time.monotonic() - began:.1f} s")


def in_parallel(
    population: Population, seeds: dict[str, Seed], jobs: int
) -> Iterator[tuple[str, int]]:
    """Load all neighbourhoods in `jobs` processes; yields what was taken in, as it is taken in.

    A neighbourhood is one process's whole work, so that parents come before children.
    """
    if jobs == 1:
        yield from load(population, seeds, range(len(population)))
        return
    connections.close_all()
    context = multiprocessing.get_context("fork")
    pipes: dict[Any, BaseProcess] = {}
    for job in range(jobs):
        reader, writer = context.Pipe(duplex=False)
        numbers = range(job, len(population), jobs)
        worker: BaseProcess = context.Process(
            target=_work, args=(population, seeds, numbers, writer)
        )
        worker.start()
        writer.close()
        pipes[reader] = worker
    try:
        yield from _reports(dict(pipes))
    except KeyboardInterrupt:
        raise CommandError("Stopped. What is in stays in: records are never deleted.") from None
    finally:
        for worker in pipes.values():
            worker.terminate()
            worker.join()


def _reports(pipes: dict[Any, BaseProcess]) -> Iterator[tuple[str, int]]:
    """What the workers tell until all are done. Raises CommandError for one that failed."""
    while pipes:
        for reader in wait(list(pipes)):
            assert isinstance(reader, Connection)
            try:
                report: Report = reader.recv()
            except EOFError:
                worker = pipes.pop(reader)
                worker.join()
                if worker.exitcode:
                    raise CommandError(f"a worker ended with {worker.exitcode}") from None
                continue
            if isinstance(report, str):
                raise CommandError(report)
            yield report


def _work(
    population: Population, seeds: dict[str, Seed], numbers: range, writer: Connection
) -> None:
    """A process's part."""
    try:
        for report in load(population, seeds, numbers):
            writer.send(report)
    except CommandError as error:
        writer.send(str(error))
    except KeyboardInterrupt:
        pass
    finally:
        connections.close_all()
        writer.close()


def load(
    population: Population, seeds: dict[str, Seed], numbers: range
) -> Iterator[tuple[str, int]]:
    """Take in neighbourhoods, each collection in a transaction; yields (collection, rows)."""
    for number in numbers:
        for name, seed in seeds.items():
            rows = list(seed.rows(population[number]))
            try:
                copy_in(name, seed.columns, rows)
            except (DatabaseError, psycopg.Error) as error:  # Django does not wrap a COPY's
                raise CommandError(f"{name}, neighbourhood {number}: {error}") from error
            yield name, len(rows)


def copy_in(collection: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    """COPY rows into a collection in one transaction that says who speaks."""
    into = ", ".join((*columns, "source"))
    with transaction.atomic(), connection.cursor() as cursor:
        speak_for(system(SOURCE), REASON, OCCASION)
        # Made-up rows can be made again: a commit need not wait for the disk, nor a COPY hurry.
        cursor.execute(
            "SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = 0;"
            " SET LOCAL lock_timeout = '60s'"
        )
        with cursor.copy(f'COPY "{table_of(collection)}" ({into}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row((*row, SOURCE))


class Progress:
    """Rows, rate and time left: one line written over on a terminal, else a line now and then."""

    def __init__(self, out: OutputWrapper, steps: int) -> None:
        self.out, self.steps = out, steps
        self.terminal = self.out.isatty()
        self.began = self.told = time.monotonic()
        self.taken = 0
        self.rows: dict[str, int] = {}

    def add(self, collection: str, rows: int) -> None:
        self.taken += 1
        self.rows[collection] = self.rows.get(collection, 0) + rows
        now = time.monotonic()
        if self.terminal:
            self.out.write(f"\r{self._line(now)}\033[K", ending="")
            self.out.flush()
        elif now - self.told >= SECONDS_BETWEEN_LINES:
            self.told = now
            self.out.write(self._line(now))

    def _line(self, now: float) -> str:
        passed, total = now - self.began, sum(self.rows.values())
        left = passed / self.taken * (self.steps - self.taken)
        percent = 100 * self.taken // self.steps
        rate = total / max(passed, 0.001)
        return f"{percent:3d} %  {total:,} rows  {rate:,.0f} rows/s  {clock(left)} left"

    def done(self) -> None:
        passed, total = time.monotonic() - self.began, sum(self.rows.values())
        if self.terminal:
            self.out.write("")
        for name, rows in self.rows.items():
            self.out.write(f"{name:15} {rows:>12,}")
        rate = total / max(passed, 0.001)
        self.out.write(f"{'all':15} {total:>12,} rows in {passed:.1f} s ({rate:,.0f} rows/s)")


def clock(seconds: float) -> str:
    """1:02:03, or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
