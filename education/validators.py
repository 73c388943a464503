"""What looks wrong in a school's record without being forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from records.registry import Warned


def begins_in_its_year(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether an enrolment's first day lies in one of its school year's two years."""
    year, begins = values.get("school_year"), values.get("valid_from")
    if year and begins and str(begins)[:4] not in year.split("-"):
        yield Warned("valid_from", "structure", _("The first day lies outside the school year."))
