"""A made-up population, the same for the same number: what every registry's sample rows draw on.

`Population(n)` is n people in neighbourhoods of 10,000. A neighbourhood is made from its number
alone, so it can be made by any process, at any time, and memory holds one; whole neighbourhoods are
the same in every population. Registries may not know each other; what they share stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import NamedTuple

from records.population.days import TODAY, iso, year_of
from records.population.firms import Firm, firms_of
from records.population.households import Hamlet
from records.population.lives import Person, Stay
from records.population.places import Place, homes

SIZE = 10_000
HAMLETS = 10
MOST = 10_000_000
# A neighbourhood has this many of the six last digits for each province, sex and year.
SLOTS = 1_000_000 // (MOST // SIZE)
SCATTER = 617_321  # has no divisor in common with a million, so that no two numbers fall together
SEED = 74


@dataclass(frozen=True)
class Population:
    """The people of `size` // 10,000 neighbourhoods and what is left over."""

    size: int
    seed: int = SEED

    def __post_init__(self) -> None:
        if not 0 < self.size <= MOST:
            raise ValueError(f"a population has 1 to {MOST} people")

    def __len__(self) -> int:
        return (self.size + SIZE - 1) // SIZE

    def __getitem__(self, number: int) -> Neighbourhood:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return neighbourhood(number, min(SIZE, self.size - number * SIZE), self.seed)

    def __iter__(self) -> Iterator[Person]:
        """Everybody, one neighbourhood after the other."""
        for number in range(len(self)):
            yield from self[number].people


@lru_cache(maxsize=1)
def neighbourhood(number: int, size: int, seed: int) -> Neighbourhood:
    """The last one made is kept, for the rows of each collection are made from it."""
    return Neighbourhood(number, size, seed)


@lru_cache(maxsize=1)
def layout() -> tuple[tuple[Place, ...], ...]:
    """The home communes of neighbourhoods in turn: those of one number belong to one district or two."""
    all_homes = homes()
    whole = len(all_homes) // HAMLETS
    return tuple(all_homes[n * HAMLETS : (n + 1) * HAMLETS] for n in range(whole))


@lru_cache(maxsize=1)
def registrars() -> dict[str, tuple[int, ...]]:
    """Which neighbourhoods of the layout register at a unit, by its code."""
    found: dict[str, list[int]] = {}
    for number, places in enumerate(layout()):
        for code in {code for place in places for code in (place.old, place.new)}:
            found.setdefault(code, []).append(number)
    return {code: tuple(numbers) for code, numbers in found.items()}


class Neighbourhood:
    """Up to 10,000 people in ten hamlets: who they are, who is whose, where they live."""

    def __init__(self, number: int, size: int, seed: int) -> None:
        self.number, self.size = number, size
        self.chance = Random(seed * MOST + number)  # noqa: S311 no secret
        self.round, self.place_in_round = divmod(number, len(layout()))
        self.homes = layout()[self.place_in_round]
        self._given: dict[str, int] = {}
        self._next = number * SIZE

    @cached_property
    def people(self) -> list[Person]:
        """Everybody; parents and spouses are among them, or not recorded at all."""
        sizes = [self.size // HAMLETS + (n < self.size % HAMLETS) for n in range(HAMLETS)]
        return [
            person
            for n, place in enumerate(self.homes)
            for person in Hamlet(self.number * HAMLETS + n, place, self.homes, self.chance).settle(
                sizes[n], self._number
            )
        ]

    @cached_property
    def firms(self) -> list[Firm]:
        """The firms founded here; their leaders and owners are among the people."""
        chance = Random(self.number * MOST + self.size)  # noqa: S311 no secret
        return list(firms_of(self.number, self.people, chance))

    def _number(self, person: Person) -> None:
        """Give the next index, and a personal id that tells province, sex and year, and is nobody's."""
        person.index = self._next
        self._next += 1
        century, year = divmod(year_of(person.born), 100)
        digit = 2 * (century - 19) + (person.sex == "F")
        begins = f"0{person.birth_place.province}{digit}{year:02d}"
        k = self._given[begins] = self._given.get(begins, -1) + 1
        if k >= SLOTS:
            raise AssertionError(f"more than {SLOTS} people {begins} in one neighbourhood")
        last = (self.number * SLOTS + k) * SCATTER + int(begins) * 7_919
        person.personal_id = f"{begins}{last % 1_000_000:06d}"

    def book(self, code: str) -> tuple[int, int, int]:
        """The book a unit's events stand in, and the first number and step of this neighbourhood's.

        No other neighbourhood that registers at the unit has any of these numbers.
        """
        numbers = registrars()[code]
        return self.round + 1, numbers.index(self.place_in_round) + 1, len(numbers)


class Seed(NamedTuple):
    """A collection's columns, and the function that makes a neighbourhood's rows in their order."""

    columns: tuple[str, ...]
    rows: Callable[[Neighbourhood], Iterator[Sequence[str | None]]]


__all__ = [
    "TODAY",
    "Firm",
    "Neighbourhood",
    "Person",
    "Place",
    "Population",
    "Seed",
    "Stay",
    "iso",
    "year_of",
]
