"""What looks wrong in a citizen's record without being forbidden."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from records.mending import FIRST_COUNTRY, PROVINCES
from records.registry import Warned


def number_agrees(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether a personal id tells the same province, sex and year of birth as the record.

    PPP G YY RRRRRR: G = 2 × (century − 20) + (0 male, 1 female) (Circular 59/2021/TT-BCA, art. 4).
    The law guarantees only 12 digits since 1 July 2024, so nothing of this rejects.
    """
    number, sex, born = values["personal_id"], values.get("sex"), values.get("birth_date")
    if not number:
        return
    if number[:3] not in PROVINCES and int(number[:3]) < FIRST_COUNTRY:
        yield Warned("personal_id", "structure", _("No province has this beginning of a number."))
    digit = int(number[3])
    if sex and digit % 2 != (sex == "F"):
        yield Warned("personal_id", "structure", _("The number speaks of the other sex."))
    year = 1900 + 100 * (digit // 2) + int(number[4:6])
    if born and year != int(born[:4]):
        yield Warned("personal_id", "structure", _("The number speaks of another year of birth."))


def whole_years(born: str, on: datetime.date) -> int:
    """How old somebody is on a day; who is known by the year or month alone, as old as is sure."""
    born += "-12-31"[len(born) - 4 :]
    return on.year - int(born[:4]) - (on.isoformat()[5:] < born[5:])
