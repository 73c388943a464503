from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    name = "records"
    label = "records"

    def ready(self) -> None:
        from records import checks, database  # noqa: F401, PLC0415

        post_migrate.connect(database.after_migrate, sender=self)
