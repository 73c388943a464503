"""Waits for an import to move on, for a caller who would otherwise ask again and again.

It looks twice a second and holds no connection in between. LISTEN would hold one for as long as it
waits, and NOTIFY has the commits of the whole database queue for one lock; a look costs a row by its key.
Few may wait at a time, because each takes up a thread of the web.
"""

from __future__ import annotations

import threading
import time

from django.db import connection

from records.imports.models import MOVING, Import

#: Seconds: the longest wait, and between two looks.
LONGEST = 60
EVERY = 0.5
#: How many may wait in one process; of its eight threads (config.serve) the others go on answering.
MOST_WAITING = 2
_places = threading.BoundedSemaphore(MOST_WAITING)


def until_moved(job: Import, seconds: float) -> None:
    """Return once `job` stands in another stage, or after `seconds`; at once where nothing moves it, or
    where too many wait already. Not within a transaction, which it would keep open."""
    if seconds <= 0 or job.stage not in MOVING or not _places.acquire(blocking=False):
        return
    try:
        deadline = time.monotonic() + min(seconds, LONGEST)
        while (left := deadline - time.monotonic()) > 0:
            if not connection.in_atomic_block:
                connection.close()
            time.sleep(min(EVERY, left))
            if not Import.objects.filter(id=job.id, stage=job.stage).exists():
                return
    finally:
        _places.release()
