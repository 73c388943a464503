"""The nightly look, and the one that a clerk asks for."""

from __future__ import annotations

from celery import shared_task

from records.findings.looking import look


@shared_task(name="records.findings.tasks.look_for_all")  # type: ignore[untyped-decorator]
def look_for_all() -> None:
    """Ask every rule, unless somebody is at it."""
    look()
