"""The nightly look, and the one that a clerk asks for."""

from __future__ import annotations

from celery import Task, shared_task

from records.findings.looking import look


@shared_task(  # type: ignore[untyped-decorator]
    name="records.findings.tasks.look_for_all", bind=True, max_retries=20, default_retry_delay=5
)
def look_for_all(self: Task) -> None:
    """Ask every rule; again later where another look is at it, which may have passed what changed."""
    if not look():
        raise self.retry()
