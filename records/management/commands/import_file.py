"""Takes in a file of records through the worker, and shows how far it is."""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from records.actors import Occasion, system
from records.errors import Problem
from records.imports import receiving, running, showing
from records.imports.encodings import ENCODINGS
from records.imports.models import MOVING, Import, Stage
from records.registry import record_types

EVERY = 0.2  # seconds between two looks
PATIENCE = 20  # seconds without a worker's sign of life before it is said
PIECE = 1 << 20


class Command(BaseCommand):
    help = (
        "Takes in a file of records: reads and checks it, and with --apply records what is in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--collection", required=True, metavar="NAME")
        parser.add_argument("--apply", action="store_true", help="record what was found good")
        parser.add_argument(
            "--without-faulty", action="store_true", help="apply though some rows are faulty"
        )
        parser.add_argument("--report", metavar="OUT.json", help="every row's verdict")
        parser.add_argument("--encoding", default="", choices=list(ENCODINGS), metavar="NAME")
        parser.add_argument("--reason", default="", help="kept with each change")
        parser.add_argument(
            "--here", action="store_true", help="in this process, where no worker runs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        record_type = record_types().get(options["collection"])
        if record_type is None:
            raise CommandError(f"--collection is one of: {', '.join(record_types())}.")
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        by, occasion = system(f"import_file by {_user()}"[:100]), Occasion("import")
        try:
            with path.open("rb") as file:
                job = receiving.receive(
                    record_type,
                    iter(lambda: file.read(PIECE), b""),
                    file_name=path.name,
                    by=by,
                    occasion=occasion,
                    reason=options["reason"],
                    encoding=options["encoding"],
                )
            self.stdout.write(f"Import {job.id}")
            job = self.until_settled(job, here=options["here"])
            if options["report"]:
                self.report(job, Path(options["report"]))
            if options["apply"] and job.stage == Stage.READY:
                receiving.decide(
                    job, without_faulty=options["without_faulty"], by=by, occasion=occasion
                )
                job = self.until_settled(job, here=options["here"])
                if options["report"]:
                    self.report(job, Path(options["report"]))
        except Problem as problem:
            raise CommandError(str(problem.detail)) from problem
        if told := showing.problem_of(job):
            raise CommandError(f"{told['code']}: {told['detail']}")
        self.stdout.write(json.dumps({"stage": job.stage, **job.counts}, ensure_ascii=False))

    def report(self, job: Import, path: Path) -> None:
        """Write every row's verdict."""
        with path.open("w", encoding="utf-8") as out:
            showing.report(job, out)

    def until_settled(self, job: Import, *, here: bool) -> Import:
        """Wait, with a line that tells how far it is, until the import needs a decision or has ended."""
        if here:
            running.advance(job.id)
        shown = ""
        while True:
            job.refresh_from_db()
            shown = self.show(job, shown)
            if job.stage not in MOVING:
                self.stdout.write("")
                return job
            silent = (timezone.now() - job.beat_at).total_seconds()
            if silent > PATIENCE and job.stage in {Stage.RECEIVED, Stage.APPLYING}:
                raise CommandError(
                    "No worker takes this import up. Start one (script/server does), or add --here."
                )
            time.sleep(EVERY)

    def show(self, job: Import, before: str) -> str:
        """Show progress where it is new: over itself on a terminal, else a line for each stage."""
        progress = showing.progress_of(job)
        parts = [progress.stage, f"{progress.rows:,} rows"]
        if progress.share is not None:
            full = round(20 * progress.share)
            parts.insert(1, f"[{'█' * full}{'·' * (20 - full)}] {progress.share:.0%}")
        if progress.rate:
            parts.append(f"{progress.rate:,.0f}/s")
        if progress.seconds_left is not None:
            parts.append(f"{progress.seconds_left:,.0f} s left")
        line = "  ".join(parts)
        if sys.stdout.isatty():
            if line != before:
                self.stdout.write(f"\r\x1b[K{line}", ending="")
                self.stdout.flush()
        elif line.split("  ", 1)[0] != before.split("  ", 1)[0]:
            self.stdout.write(line)
        return line


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
