"""What makes reading fast changes nothing of what is read."""

from __future__ import annotations

import random
from itertools import combinations
from uuid import uuid4

import pytest
from django.db import connection

from records.fields import OldIdNumber, PersonalId, Phone, UnitCode
from records.imports import values
from records.imports.models import Row
from records.imports.reading import copied
from records.imports.values import Judge
from records.registry import record_types
from records.search.finding import _terms


@pytest.mark.django_db
def test_any_cell_comes_back_as_it_was_copied() -> None:
    whole = ["Nguyễn Thị A", "074085000001"]
    odd = [
        '"',
        "\\",
        '\\"',
        "\\N",
        "NULL",
        "{a,b}",
        "a\tb",
        "a\nb\r",
        "",
        "'",
        "\u00a0",
        "🙂",
        None,
    ]
    rows = [whole, [*whole, None], odd, odd[::-1], [None], ["\\", '""']]
    job = uuid4()
    into = "COPY import_row (import_id, line, cells) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for line, cells in enumerate(rows):
            copy.write(f"{job}\t{line}\t{copied(cells)}\n")
    held = Row.objects.filter(import_id=job).order_by("line")
    assert list(held.values_list("cells", flat=True)) == rows


@pytest.mark.parametrize(
    ("field", "texts"),
    [
        (PersonalId(), ("074085000001", "000000000000")),
        (OldIdNumber(), ("280123456", "000000000")),
        (UnitCode(), ("25747", "00000")),
        (Phone(), ("0912345678", "02743822825", "0000000000")),
    ],
)
def test_what_is_settled_needs_neither_mending_nor_judging(
    field: PersonalId, texts: tuple[str, ...]
) -> None:
    assert field.settled
    for text in texts:
        assert field.mend(text) == (text, False)
        assert field.clean(text, None) == text


@pytest.mark.django_db
def test_what_is_remembered_of_a_column_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MOST_REMEMBERED", 100)
    kind = record_types()["people"]
    judge = Judge(kind, [("personal_id", 0), ("full_name", 1), ("phone", 2)], date1904=False)
    for first in range(0, 1000, 50):
        rows = [[f"{n:012}", f"Tên{'a' * (n % 200)}", "x"] for n in range(first, first + 50)]
        for (cells, found), row in zip(judge.rows(rows), rows, strict=True):
            assert list(cells) == [row[0], row[1], None]
            assert ("phone", "format") in {(each.field, each.code) for each in found}
    assert all(len(known) <= 150 for _name, _at, known in judge.columns)


@pytest.mark.django_db
def test_a_name_is_indexed_by_all_that_a_question_may_ask() -> None:
    some = random.Random(1)
    words = ["a", "an", "anh", "b", "nguyen", "thi", "z", "9"]
    for _ in range(50):
        name = [some.choice(words) for _ in range(some.randint(1, 6))]
        with connection.cursor() as cursor:
            cursor.execute("SELECT name_terms(%s)", [" ".join(name)])
            terms = set(cursor.fetchone()[0])
        for size in (1, 2, 3):
            for asked in combinations(name, min(size, len(name))):
                assert set(_terms(asked)) <= terms


@pytest.mark.django_db
def test_no_column_has_a_second_index_of_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = ANY(%s) AND indexdef LIKE %s",
            [[kind.model._meta.db_table for kind in record_types().values()], "%pattern_ops%"],
        )
        assert cursor.fetchall() == []
