"""Takes back what an import recorded, and says what had to be left."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from records.actors import Occasion, system
from records.errors import Problem
from records.imports import receiving, showing
from records.management.commands.import_file import Command as ImportFile, _user


class Command(ImportFile):
    help = "Takes back what an import recorded, where nobody changed it since."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("import", metavar="IMPORT", type=UUID)
        parser.add_argument("--reason", required=True, help="kept with each change")
        parser.add_argument(
            "--here", action="store_true", help="in this process, where no worker runs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by, occasion = system(f"undo_import by {_user()}"[:100]), Occasion("import")
        try:
            job = receiving.find(options["import"], by=by, occasion=occasion)
            receiving.undo(job, reason=options["reason"], by=by, occasion=occasion)
        except Problem as problem:
            raise CommandError(str(problem.detail)) from problem
        job = self.until_settled(job, here=options["here"])
        after = None
        while some := showing.left_of(job, after=after):
            for one in some:
                self.stdout.write(f"{one['line'] or '-'}  {one['key']}  {one['detail']}")
            after = some[-1]["record_id"]
        if told := showing.problem_of(job):
            raise CommandError(f"{told['code']}: {told['detail']}")
        self.stdout.write(json.dumps({"stage": job.stage, **job.counts}, ensure_ascii=False))
