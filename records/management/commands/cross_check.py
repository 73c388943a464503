"""Looks now for what disagrees across the registries; a worker does so every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from records.findings.looking import look


class Command(BaseCommand):
    help = "Looks for records in force that disagree with what else is recorded."

    def handle(self, *args: Any, **options: Any) -> None:
        if not look(self._tell):
            raise CommandError("Another process is looking just now.")

    def _tell(self, rule: str, new: int, over: int) -> None:
        if new or over:
            self.stdout.write(f"{rule}: {new} new, {over} over")
