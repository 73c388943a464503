"""Refuses to serve real data with what belongs to a demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from records import database
from records.access.models import Agency


class Command(BaseCommand):
    help = "Fails, and says why, where it is not safe to serve."

    def handle(self, *args: Any, **options: Any) -> None:
        if wrong := [*self.unsafe(), *database.too_powerful()]:
            raise CommandError("not started: " + "; ".join(wrong))

    def unsafe(self) -> list[str]:
        """What must not be there outside a demonstration, each with the way out."""
        if settings.HOSO_DEMO:
            return []
        wrong = []
        if Agency.objects.filter(demo=True).exists():
            wrong.append("the database holds demo accounts (take another, or set HOSO_DEMO=1)")
        if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY:
            wrong.append("SECRET_KEY is the default (set a long random one)")
        if settings.DEBUG:
            wrong.append("DEBUG is on (unset it)")
        return wrong
