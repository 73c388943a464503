"""Housekeeping of the access tables, by Celery's beat."""

import datetime
import time

from celery import shared_task
from django.utils import timezone

from records.access.models import IdempotentCall, Lease, UsedAssertion

KEEP_IDEMPOTENT = datetime.timedelta(hours=24)


@shared_task(name="records.access.tasks.forget_expired")  # type: ignore[untyped-decorator]
def forget_expired() -> None:
    """Delete assertions, idempotency keys and leases that can no longer matter."""
    now = timezone.now()
    UsedAssertion.objects.filter(expires_at__lt=now).delete()
    IdempotentCall.objects.filter(recorded_at__lt=now - KEEP_IDEMPOTENT).delete()
    Lease.objects.filter(minute__lt=int(time.time() // 60) - 5).delete()
