"""Makes the audit tables' partitions for the months to come."""

from typing import Any

from django.core.management.base import BaseCommand

from records import database
from records.audit import partitions


class Command(BaseCommand):
    help = "Makes the audit tables' monthly partitions, 24 months ahead. Run monthly, as the owner."

    def handle(self, *args: Any, **options: Any) -> None:
        made = partitions.prepare("owner")
        database.lay_guards("owner")
        self.stdout.write(f"{len(made)} partitions made" if made else "partitions are ready")
