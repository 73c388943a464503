"""The columns of an import file are those of the contract."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from records.fields import Choice
from records.imports.endings import fold
from records.registry import record_types

DATA = Path(__file__).parent.parent / "data"


def columns() -> list[dict[str, str]]:
    with (DATA / "columns.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["collection"] in record_types()]


@pytest.mark.parametrize("row", columns(), ids=lambda row: f"{row['collection']}.{row['field']}")
def test_a_column_is_called_what_files_call_it(row: dict[str, str]) -> None:
    record_type = record_types()[row["collection"]]
    first, *others = row["labels"].split("|")
    field = record_type.field(row["field"])
    assert field.verbose_name == first
    assert set(record_type.headers.get(row["field"], ())) == set(others)
    assert (row["field"] in record_type.needed_in_files) is (row["required"] == "yes")
    if row["type"] == "choice" and "=" in row["notes"]:
        judge: Any = record_type.value_field(row["field"])
        assert isinstance(judge, Choice)
        for said in row["notes"].split("; "):
            code, _, words = said.partition("=")
            for word in (code, *words.split("|")):
                assert judge.mend(word.upper()) == (code, False)


def test_no_two_columns_of_a_collection_are_called_the_same() -> None:
    for record_type in record_types().values():
        seen: dict[str, str] = {}
        for name in record_type.writable:
            field: models.Field[Any, Any] = record_type.field(name)
            for label in (str(field.verbose_name), name, *record_type.headers.get(name, ())):
                assert seen.setdefault(fold(label), name) == name, label
