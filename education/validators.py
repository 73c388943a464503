"""What looks wrong in a school's record without being forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from records.registry import Warned


def begins_in_its_year(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether an enrolment's first day lies in one of its school year's two years."""
    year, begins = values["school_year"], values["valid_from"]
    if str(begins.year) not in year.split("-"):
        yield Warned("valid_from", "structure", "the first day lies outside the school year")
