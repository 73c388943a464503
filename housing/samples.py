"""Nhà ở, đất ở."""

from typing import Any

SAMPLES: dict[str, Any] = {}
SEEDS: dict[str, Any] = {}
