"""Loads the administrative units and what became of them, or shows what a patch would touch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from records.errors import Invalid
from records.registry import record_types
from records.units import files, loading, snapshot
from records.units.files import Key, Listed

EVERY = 500


class Command(BaseCommand):
    help = "Loads records/units/data and its patches; what is loaded already costs nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--show",
            nargs="+",
            type=Path,
            metavar="FILE",
            help="show what patch files would touch, and write nothing",
        )
        parser.add_argument(
            "--data", type=Path, default=files.DATA, help="another folder of the same shape"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet = options["verbosity"] == 0
        try:
            if options["show"]:
                self.show(options["data"], options["show"])
            else:
                self.load(options["data"])
        except Invalid as problem:
            raise CommandError(str(problem.detail)) from None

    def load(self, folder: Path) -> None:
        """Bring the database up to the files."""
        found = files.files(folder)
        try:
            checksum = files.checksum(found)
        except OSError as error:
            raise CommandError(str(error)) from None
        if loading.loaded(checksum):
            self.say("units: nothing new")
            return
        listed = files.read(found)
        for what, counts in zip(
            ("units", "changes"), loading.load(listed, checksum, self.progress), strict=True
        ):
            self.say(
                f"{what}: {counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged"
            )
        snapshot.forget()

    def show(self, folder: Path, patches: list[Path]) -> None:
        """Say which units the patches open, close and change, and what is filed under those."""
        now = files.files(folder)
        before = files.read(now)
        after = files.read([*now, *sorted(patches, key=files.by_date)])
        touched = {key for key, row in after.units.items() if before.units.get(key) != row}
        for key in sorted(touched):
            self.say(_told(before, after, key))
        for (old, new), row in after.changes.items():
            if before.changes.get((old, new)) != row:
                self.say(
                    f"from {row['effective_on']}: {old.code} becomes {new.code}, {row['extent']}"
                    f"{', by default' if row['is_default'] else ''}"
                )
        ending = sorted({key.code for key in touched if after.units[key]["valid_to"]})
        for line in _filed(ending):
            self.say(line)
        self.say("nothing was written")

    def progress(self, what: str, done: int, of: int) -> None:
        """One line that counts up, for a person at a terminal; nothing elsewhere."""
        if not self.quiet and (done % EVERY == 0 or done == of) and self.stdout.isatty():
            self.stdout.write(f"\r{what}: {done} / {of}", ending="\n" if done == of else "")
            self.stdout.flush()

    def say(self, line: str) -> None:
        if not self.quiet:
            self.stdout.write(line)


def _told(before: Listed, after: Listed, key: Key) -> str:
    row, was = after.units[key], before.units.get(key)
    what = f"{row['code']} {row['full_name']}"
    if was is None:
        return f"opens {what}, from {row['valid_from']}"
    if was["valid_to"] != row["valid_to"]:
        return f"closes {what}, on {row['valid_to']}" if row["valid_to"] else f"reopens {what}"
    return f"corrects {what}"


def _filed(codes: list[str]) -> list[str]:
    """How many records of each collection are filed under each code: numbers, no record."""
    lines = []
    for name, record_type in record_types().items():
        if record_type.unit is None:
            continue
        path = record_type.path(record_type.unit)
        found = record_type.model._base_manager.filter(**{f"{path}__in": codes})
        for code, count in found.values_list(path).annotate(n=Count("pk")).order_by(path):
            lines.append(f"{name}: {count} filed under {code}")
    return lines or ["no record is filed under a unit that ends"]
