"""What looks wrong in a citizen's record without being forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from records.registry import Warned

# The 63 provinces of birth registration until 2025 (Circular 07/2016/TT-BCA, annex I); 101 and up
# stand for countries.
PROVINCES = frozenset(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035"  # noqa: SIM905
    " 036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072"
    " 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096".split()
)
FIRST_COUNTRY = 101


def number_agrees(values: Mapping[str, Any]) -> Iterable[Warned]:
    """Whether a personal id tells the same province, sex and year of birth as the record.

    PPP G YY RRRRRR: G = 2 × (century − 20) + (0 male, 1 female) (Circular 59/2021/TT-BCA, art. 4).
    The law guarantees only 12 digits since 1 July 2024, so nothing of this rejects.
    """
    number, sex, born = values["personal_id"], values["sex"], values["birth_date"]
    if number[:3] not in PROVINCES and int(number[:3]) < FIRST_COUNTRY:
        yield Warned("personal_id", "structure", f"{number[:3]}: no such province")
    digit = int(number[3])
    if sex and digit % 2 != (sex == "F"):
        yield Warned("personal_id", "structure", "sex disagrees with the number")
    year = 1900 + 100 * (digit // 2) + int(number[4:6])
    if born and year != int(born[:4]):
        yield Warned("personal_id", "structure", "year of birth disagrees with the number")
