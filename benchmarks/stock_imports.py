"""The usual way to take a file in: django-import-export, with history by django-simple-history.

A model with the columns of people as Django's own fields, each saved, cleaned and kept in history row
by row. What it leaves out is in its favour: no audit, no folded and sorted names and none of their
three indexes, no CHECK in the database, no comparing with units or with what was replaced, no repair of
values, and each row's faults end at the first layer that finds one. Imported only once Django is set
up with benchmarks.import_settings.
"""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import tablib
from django.core.validators import RegexValidator
from django.db import connection, connections, models
from django.db.models.base import ModelBase
from import_export.fields import Field
from import_export.resources import ModelResource, modelresource_factory
from import_export.widgets import Widget
from simple_history.models import HistoricalRecords

from citizens.models import Person
from records.fields import Choice, PartialDate, Text
from records.registry import record_types


def as_stock(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    """A column of the service as whoever writes a Django model would have it."""
    if isinstance(field, Text):
        return models.CharField(
            field.verbose_name,
            max_length=field.max_length,
            null=field.null,
            blank=field.blank,
            unique=field.unique,
            choices=field.choices,
            default=field.default,
            validators=[RegexValidator(f"^({field.shape})$")] if field.shape else [],
        )
    made: dict[str, models.Field[Any, Any]] = {
        "id": models.UUIDField(primary_key=True, default=uuid4, editable=False),
        "version": models.PositiveIntegerField(default=1),
        "recorded_at": models.DateTimeField(auto_now_add=True),
        "warnings": models.JSONField(default=list, blank=True),
        "closed_on": models.DateField(null=True, blank=True),
    }
    return made[field.name]


class Meta:
    """As people have it, without what search needs."""

    app_label = "benchmarks"
    db_table = "stock_people"
    indexes = [
        models.Index(fields=index.fields, name=f"stock_{index.name}")
        for index in Person._meta.indexes
        if index.fields and not {"sort_key", "folded"} & set(index.fields)
    ]


Citizen: Any = ModelBase(
    "Citizen",
    (models.Model,),
    {
        "__module__": __name__,
        "Meta": Meta,
        "history": HistoricalRecords(app="benchmarks"),
        **{
            field.name: as_stock(field)
            for field in Person._meta.local_fields
            if not isinstance(field, models.GeneratedField)
        },
    },
)


class Said(Widget):
    """A cell as an office writes it: a choice in words, a date from day to year."""

    def __init__(self, field: models.Field[Any, Any]) -> None:
        super().__init__()
        self.words = (
            {str(word): code for code, word in field.flatchoices}
            if isinstance(field, Choice)
            else {}
        )
        self.dated = isinstance(field, PartialDate)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """The value of the model for a cell."""
        if self.dated:
            value = "-".join(reversed(value.split("/")))
        return self.words.get(value, value) or None


def resource(columns: list[str], **options: Any) -> ModelResource:
    """The resource for a file that has `columns`, under their labels."""
    kind = record_types()["people"]
    made = modelresource_factory(
        Citizen,
        meta_options={
            "fields": columns,
            "import_id_fields": ["personal_id"],
            "use_transactions": True,
            "clean_model_instances": True,
            **options,
        },
        custom_fields={
            name: Field(
                attribute=name,
                column_name=str(kind.field(name).verbose_name),
                widget=Said(kind.value_field(name)),
            )
            for name in columns
        },
    )
    return made()


def prepare() -> None:
    """Make the two tables, for the service's role to use."""
    owner, role = connections["owner"], connection.settings_dict["USER"]
    with owner.schema_editor() as editor:
        for model in (Citizen, Citizen.history.model):
            editor.create_model(model)
            table = model._meta.db_table
            editor.execute(f'GRANT SELECT, INSERT, UPDATE ON "{table}" TO "{role}"')
    owner.close()


def measure(file: Path, columns: list[str], rows: int, *, preview: bool, **options: Any) -> float:
    """Take in the first `rows` rows of a file; returns the seconds.

    `preview`: as its own admin does, which runs everything once and rolls back, to show what is wrong and
    what would change, and then again.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        text = "".join(islice(lines, rows + 1))
    began = time.perf_counter()
    for dry_run in (True, False) if preview else (False,):
        dataset = tablib.Dataset().load(text, format="csv", delimiter=";")
        result = resource(columns, **options).import_data(dataset, dry_run=dry_run)
    took = time.perf_counter() - began
    if result.has_errors() or result.has_validation_errors() or result.totals["new"] != rows:
        raise SystemExit(f"import-export: {result.totals}")
    if Citizen.history.count() != rows:
        raise SystemExit("simple-history: not every row has its history")
    return took
