"""A wrong declaration stops the start, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.urls import path

from citizens.registry import people, residences
from records import checks
from records.api.units import OpenView
from records.registry import RecordType, States


def ids(record_type: RecordType) -> list[str | None]:
    return [error.id for error in checks.judge(record_type)]


def test_what_is_declared_is_right() -> None:
    assert run_checks() == []


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"key": "no_such"}, "E002"),
        ({"subjects": ("no__such",)}, "E002"),
        ({"filters": ("no_such",)}, "E002"),
        ({"fieldsets": {"a": ("personal_id", "no_such")}, "portal": None}, "E002"),
        ({"fieldsets": {"a": ("full_name",)}, "portal": None}, "E003"),
        ({"fieldsets": {"a": ("personal_id", "personal_id")}, "portal": None}, "E004"),
        ({"fieldsets": {"a": ("personal_id", "version")}, "portal": None}, "E004"),
        ({"portal": "no_such"}, "E005"),
        ({"filters": ("religion",)}, "E006"),
        ({"identity": ("full_name",)}, "E007"),
        ({"unit": "no_such"}, "E002"),
        ({"unit_on": "no_such"}, "E002"),
        ({"unit": "full_name"}, "E014"),
        ({"unit_on": "death_date"}, "E015"),
        ({"unit": None, "unit_on": "closed_on"}, "E015"),
        ({"states": States(initial=("no_such",), steps={})}, "E010"),
        ({"states": States(initial=("active",), steps={}, by={"dead": ("no-such",)})}, "E011"),
        (
            {
                "states": States(
                    initial=("active",),
                    steps={"dead": ("active",)},
                    by={("active", "dead"): ("register-death",)},
                )
            },
            "E010",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_wrong_declaration(change: dict[str, Any], number: str) -> None:
    assert f"records.{number}" in ids(replace(people, **change))


def test_the_wrong_model() -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415

    assert ids(replace(residences, model=User)) == ["records.E001"]  # type: ignore[type-var]


def test_a_route_without_a_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    def stray(request: Any) -> None: ...

    class Resolver:
        url_patterns = [path("stray", stray)]

    resolver: Callable[[], Any] = Resolver
    monkeypatch.setattr(checks, "get_resolver", resolver)
    assert [error.id for error in checks.routes(None)] == ["records.E020"]


def test_what_is_open_to_all_is_only_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Open(OpenView):
        def get(self, request: Any) -> None: ...

    class Written(Open):
        def post(self, request: Any) -> None: ...

    for view, wrong in ((Open, []), (Written, ["records.E020"])):

        class Resolver:
            url_patterns = [path("open", view.as_view())]

        resolver: Callable[[], Any] = Resolver
        monkeypatch.setattr(checks, "get_resolver", resolver)
        assert [error.id for error in checks.routes(None)] == wrong
