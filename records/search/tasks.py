"""Keeps what search knows of names up to date, by Celery's beat."""

from celery import shared_task

from records.registry import record_types
from records.search import words


@shared_task(name="records.search.tasks.recount_words")  # type: ignore[untyped-decorator]
def recount_words() -> None:
    """Count how common each word of the names of each searchable collection is."""
    for record_type in record_types().values():
        if record_type.named:
            words.recount(record_type.collection, record_type.model._meta.db_table)
