"""One made-up life: birth, name, wedding, death; and the children of a couple."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from records.population import names
from records.population.days import FIRST_NUMBERS, TODAY, YEAR, day, iso, year_of
from records.population.places import Place

LEAST_AGE = {"M": 20, "F": 18}  # to marry (Law 52/2014/QH13, art. 8)
FERTILE = 44
VAGUE = day(1968)


class Stay(NamedTuple):
    """Where somebody lived from a day to a day (0: until further notice), as it was registered."""

    kind: str
    unit: str
    address: str
    household: str
    relation: str
    begins: int
    ends: int


@dataclass(slots=True, eq=False, kw_only=True)
class Person:
    """A made-up person. Days are numbers (`days.iso`), 0 where there is none.

    `birth_place`: where the birth was registered, `registered` when. `home`, `index` and
    `personal_id` are given when the person is settled in a household.
    """

    sex: str
    born: int
    died: int
    people: str
    family: str
    full_name: str
    birth_place: Place
    mother: Person | None = None
    father: Person | None = None
    spouse: Person | None = None
    wed: int = 0
    divorced: int = 0
    wedding_place: Place | None = None
    home: Place | None = None
    registered: int = 0
    index: int = -1
    personal_id: str = ""
    religion: str | None = None
    status: str = "active"
    stays: list[Stay] = field(default_factory=list)

    @property
    def recorded(self) -> bool:
        """Whether they lived long enough to be given a number."""
        return not self.died or self.died >= FIRST_NUMBERS

    @property
    def birth_date(self) -> str:
        """The day of birth as it is on paper: of older people often only the year or the month."""
        text = iso(self.born)
        if self.born < VAGUE:
            dice = self.index * 7_919 % 100
            return text[:4] if dice < 14 else text[:7] if dice < 18 else text
        return text

    @property
    def marital_status(self) -> str:
        if not self.wed:
            return "single"
        if self.divorced:
            return "divorced"
        assert self.spouse
        return "widowed" if self.spouse.died and not self.died else "married"

    def alive(self, number: int) -> bool:
        return self.born <= number and not 0 < self.died <= number


def death_of(sex: str, born: int, chance: Random) -> int:
    """The day of death, or 0 for who lives."""
    if chance.random() < 0.025:
        age = chance.random() * 60
    else:
        age = min(chance.gauss(75 if sex == "M" else 80, 10.5), 104)
    died = born + int(max(age, 0.01) * YEAR)
    return died if died <= TODAY else 0


def newcomer(
    sex: str, born: int, people: str, place: Place, chance: Random, *, alive_on: int = 0
) -> Person:
    """Somebody whose parents are not recorded here; who lives on `alive_on`."""
    died = death_of(sex, born, chance)
    if 0 < died <= alive_on:
        died = alive_on + 300 + int(chance.random() * 4000)
        died = died if died <= TODAY else 0
    family = names.family_of(people, chance)
    return Person(
        sex=sex,
        born=born,
        died=died,
        people=people,
        family=family,
        full_name=names.full_name(people, family, sex, year_of(born), chance),
        birth_place=place,
    )


def wedding_day(person: Person, chance: Random) -> int:
    """The day they marry, or 0: not, or not yet."""
    least = LEAST_AGE[person.sex]
    age = max(chance.gauss(least + 6, 3.2), least + 0.05)
    wed = person.born + int(age * YEAR) + 1
    marries = wed <= TODAY - 30 and person.alive(wed + 30)
    return wed if marries and chance.random() < 0.9 else 0


def marry(person: Person, wed: int, spouses_place: Place, place: Place, chance: Random) -> Person:
    """Give somebody a husband or wife, wed at `place`; a few are divorced by now."""
    sex = "F" if person.sex == "M" else "M"
    gap = int(chance.gauss(2.2, 2.5) * YEAR)
    born = person.born + (gap if sex == "F" else -gap)
    born = min(born, wed - int((LEAST_AGE[sex] + 0.05) * YEAR) - 1)
    people = person.people if chance.random() < 0.9 else "Kinh"
    spouse = newcomer(sex, born, people, spouses_place, chance, alive_on=wed + 30)
    divorced = 0
    if chance.random() < 0.04:
        divorced = wed + int((2 + chance.random() * 12) * YEAR)
        if divorced > TODAY or not (person.alive(divorced) and spouse.alive(divorced)):
            divorced = 0
    for one, other in ((person, spouse), (spouse, person)):
        one.spouse, one.wed, one.divorced, one.wedding_place = other, wed, divorced, place
    return spouse


def children(one: Person, place: Place, chance: Random, *, until: int = TODAY) -> list[Person]:
    """The children of a couple, oldest first, born at `place` before `until` and while both live."""
    other = one.spouse
    assert other
    mother, father = (one, other) if one.sex == "F" else (other, one)
    last = min(
        one.divorced or TODAY,
        one.died or TODAY,
        other.died or TODAY,
        until,
        mother.born + int(FERTILE * YEAR),
    )
    year = year_of(one.wed)
    mean = 3.6 if year < 1980 else 2.7 if year < 1998 else 1.95
    wanted = max(0, round(chance.gauss(mean, 0.95)))
    born = one.wed + 285 + int(chance.random() * 700)
    found: list[Person] = []
    taken = set()
    people = father.people if father.people != "Kinh" else mother.people
    family = names.passed_on(people, father.family, mother.family)
    if names.customs().get(people) and father.people != mother.people:
        people, family = father.people, father.family
    while len(found) < wanted and born < last:
        sex = "M" if chance.random() < 0.522 else "F"
        name = names.full_name(people, family, sex, year_of(born), chance)
        if name in taken:
            name = names.full_name(people, family, sex, year_of(born), chance)
        taken.add(name)
        found.append(
            Person(
                sex=sex,
                born=born,
                died=death_of(sex, born, chance),
                people=people,
                family=family,
                full_name=name,
                birth_place=place,
                mother=mother,
                father=father,
                religion=one.religion,
            )
        )
        born += 1 if chance.random() < 0.012 else 420 + int(chance.expovariate(1 / 800))
    return found


def registered(born: int, chance: Random) -> int:
    """The day on which a birth of that day was registered: soon, or before the population's day."""
    return min(born + 3 + int(chance.random() * 50), TODAY)
