"""The table behind each collection's history."""

from __future__ import annotations

from typing import Any

import pghistory
import pghistory.models
from django.db import models
from django.db.models.fields.json import KeyTextTransform


class Event(pghistory.models.Event):
    """One row for each state a record was in: its columns, since when, and who said so and why."""

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["pgh_obj", "pgh_created_at", "pgh_id"], name="%(class)s_of"),
            models.Index(
                KeyTextTransform("import_id", "pgh_context"),
                condition=models.Q(pgh_context__has_key="import_id"),
                name="%(class)s_import",
            ),
        ]


def track(model: type[models.Model]) -> Any:
    """Give `model` a history: an event model in its own app and statement-level triggers."""
    return pghistory.create_event_model(
        model,
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        base_model=Event,
        # What the database works out from other columns is no fact of its own.
        exclude=[f.name for f in model._meta.fields if isinstance(f, models.GeneratedField)],
        obj_field=pghistory.ObjForeignKey(
            db_index=False, related_name="events", related_query_name="events"
        ),
        context_field=pghistory.ContextJSONField(null=False),
        context_id_field=None,  # type: ignore[arg-type]
        level=pghistory.Statement,
        meta={"indexes": Event.Meta.indexes, "db_table": f"{model._meta.db_table}_event"},
        abstract=False,
    )
