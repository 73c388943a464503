"""Who speaks in this transaction: the one place that sets what history keeps beside a change."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from records.actors import Actor, Occasion


def speak_for(actor: Actor, reason: str, occasion: Occasion, **more: Any) -> None:
    """Say in the running transaction who makes its changes and why; each event row keeps it.

    `more` is kept too (`operation`, `import_id`). Outside a transaction it would be forgotten at once,
    and the next write would be refused by the database.
    """
    context = {
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "agency": actor.agency,
        "agency_name": actor.agency_name,
        "reason": reason,
        "purpose": occasion.purpose,
        "case_reference": occasion.case_reference,
        "request_id": str(occasion.request_id),
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_metadata', %s, true)",
            [json.dumps(context, ensure_ascii=False)],
        )
