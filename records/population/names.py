"""Names as they are given: families by real frequency, given names by generation and people."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from random import Random
from typing import NamedTuple

from records.population import name_lists as lists


def spread(text: str) -> tuple[str, ...]:
    """`Lan 3, Mai` → a tuple in which Lan stands three times: an even draw is a weighted one."""
    out: list[str] = []
    for entry in text.split(","):
        word, _, weight = entry.strip().rpartition(" ")
        out.extend([word] * int(weight) if weight.isdigit() else [entry.strip()])
    return tuple(out)


FAMILIES = spread(lists.FAMILIES)
PEOPLES = spread(lists.PEOPLES)
GENERATIONS = (1960, 1985, 2003)  # the first years of all but the oldest
MIDDLES = {sex: tuple(map(spread, lists.MIDDLES[sex])) for sex in "MF"}
GIVEN = {sex: tuple(map(spread, lists.GIVEN[sex])) for sex in "MF"}
MODERN = {sex: spread(lists.MODERN[sex]) for sex in "MF"}
RARE = {sex: spread(lists.RARE[sex]) for sex in "MF"}
BY_ORDER = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Út")


class Custom(NamedTuple):
    """How a people names: `{family}`, `{given}` put together by sex; whose family a child has."""

    families: tuple[str, ...]
    given: dict[str, tuple[str, ...]]
    pattern: dict[str, str]
    from_mother: bool


@lru_cache(maxsize=1)
def customs() -> dict[str, Custom]:
    """The customs of the peoples that do not name as Kinh do."""
    return {
        people: Custom(
            families=spread(families),
            given={"M": spread(men), "F": spread(women)},
            pattern={"M": man, "F": woman},
            from_mother=people in lists.FROM_MOTHER,
        )
        for people, (families, men, women, man, woman) in lists.CUSTOMS.items()
    }


def people_of(chance: Random) -> str:
    """A family's people, as often as in the province."""
    return PEOPLES[int(chance.random() * len(PEOPLES))]


def family_of(people: str, chance: Random) -> str:
    """A family name of a people."""
    custom = customs().get(people)
    families = custom.families if custom else FAMILIES
    return families[int(chance.random() * len(families))]


def passed_on(people: str, father: str, mother: str) -> str:
    """The family name a child has: the father's, or where it is so, the mother's."""
    custom = customs().get(people)
    return mother if custom and custom.from_mother else father


def full_name(people: str, family: str, sex: str, year: int, chance: Random) -> str:
    """A full name for one born in `year`."""
    custom = customs().get(people)
    if custom:
        given = custom.given[sex]
        return custom.pattern[sex].format(
            family=family, given=given[int(chance.random() * len(given))]
        )
    return _kinh(family, sex, year, chance)


def _kinh(family: str, sex: str, year: int, chance: Random) -> str:
    dice = chance.random()
    if dice < 0.02:
        rare = RARE[sex]
        given = rare[int(chance.random() * len(rare))]
    elif year >= 2003 and dice < 0.75:
        modern = MODERN[sex]
        return f"{family} {modern[int(chance.random() * len(modern))]}"
    else:
        of_time = GIVEN[sex][sum(year >= first for first in GENERATIONS)]
        given = of_time[int(chance.random() * len(of_time))]
    middles = MIDDLES[sex][sum(year >= first for first in GENERATIONS)]
    middle = middles[int(chance.random() * len(middles))]
    if middle == given:
        middle = "Thị" if sex == "F" else "Văn"
    return f"{family} {middle} {given}" if middle != "-" else f"{family} {given}"


def called_at_home(full: str, chance: Random) -> str:
    """What the south calls people by: their place among brothers and sisters, then the name."""
    return f"{BY_ORDER[int(chance.random() * len(BY_ORDER))]} {full.rpartition(' ')[2]}"


@lru_cache(maxsize=20_000)
def plain(word: str) -> str:
    """A word in the letters of an e-mail address."""
    bare = unicodedata.normalize("NFD", word.lower().replace("đ", "d"))
    return "".join(letter for letter in bare if letter.isascii() and letter.isalpha()) or "x"


@lru_cache(maxsize=5_000)
def signer(unit: str, year: int) -> str:
    """Who signed a unit's registers in a year: one person for a term of five."""
    chance = Random(f"{unit}/{year // 5}")  # noqa: S311 no secret
    family = family_of("Kinh", chance)
    return full_name("Kinh", family, "F" if chance.random() < 0.3 else "M", year - 45, chance)
