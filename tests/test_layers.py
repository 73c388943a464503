"""The kernel imports no registry; a registry imports the kernel, never a sibling."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FILES = {"apps.py", "models.py", "registry.py", "operations.py", "validators.py", "samples.py"}


def imported(path: Path) -> Iterator[str]:
    """The top packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", ["records", *settings.REGISTRIES])
def test_who_imports_whom(folder: str) -> None:
    others = set(settings.REGISTRIES) - {folder} | {"config"}
    for path in (ROOT / folder).rglob("*.py"):
        assert not set(imported(path)) & others, path


@pytest.mark.parametrize("registry", settings.REGISTRIES)
def test_a_registry_is_six_files_and_nothing_else(registry: str) -> None:
    there = {p.name for p in (ROOT / registry).glob("*") if p.name != "__pycache__"}
    if "operations" in there:
        # A folder of that name, where one file would be too long.
        there = there - {"operations"} | {"operations.py"}
    assert there == FILES | {"__init__.py", "migrations"}


def test_no_file_is_long() -> None:
    for folder in ("records", "config", *settings.REGISTRIES):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
