"""The firms of a made-up neighbourhood: who founded them, who leads and owns them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from records.mending import check_digit
from records.population.days import TODAY, day, year_of
from records.population.lives import Person
from records.population.places import STREETS, Place

#: One firm for so many people, household businesses with them.
PEOPLE_A_FIRM = 22
#: Serial numbers that a neighbourhood has for itself, of ten million.
SERIALS = 9_000
OLDEST, YOUNGEST = 24, 70
FORMS = (
    *("household_business",) * 9,
    *("single_member_llc",) * 6,
    *("multi_member_llc",) * 3,
    *("joint_stock_company",) * 2,
    *("private_enterprise",) * 2,
    "cooperative",
)
SHARES = {
    "multi_member_llc": ("3/5", "2/5"),
    "joint_stock_company": ("1/2", "3/10", "1/5"),
    "cooperative": ("1/3", "1/3", "1/3"),
}


class Firm(NamedTuple):
    """A made-up firm. `code`: a household business stands under its owner's personal id.

    `owners`: each with an exact share, which together make one. `number` counts within a neighbourhood.
    """

    number: int
    code: str
    form: str
    place: Place
    line: str
    founded: int
    leader: Person
    owners: tuple[tuple[Person, str], ...]


def firms_of(number: int, people: Sequence[Person], chance: Random) -> Iterator[Firm]:
    """The firms of the neighbourhood `number`; nobody leads two, and no founder was a child."""
    codes = _codes(number)
    able = [p for p in people if not p.died and p.home and p.status == "active"]
    able = [p for p in able if OLDEST <= year_of(TODAY) - year_of(p.born) <= YOUNGEST]
    chance.shuffle(able)
    for n in range(len(people) // PEOPLE_A_FIRM):
        form = FORMS[int(chance.random() * len(FORMS))]
        shares = SHARES.get(form, ("1/1",))
        if len(able) < len(shares):
            return
        owners = tuple((able.pop(), share) for share in shares)
        leader = owners[0][0]
        youngest = max(person.born for person, _share in owners)
        earliest = max(day(2000), youngest + 21 * 366)
        founded = earliest + int(chance.random() * max(1, TODAY - 30 - earliest))
        code = leader.personal_id if form == "household_business" else next(codes)
        assert leader.home
        house = int(chance.random() * 400) + 1
        line = f"Số {house}, đường {STREETS[int(chance.random() * len(STREETS))]}"
        yield Firm(n, code, form, leader.home, line, founded, leader, owners)


def _codes(number: int) -> Iterator[str]:
    """Tax codes of Bình Dương's block that no other neighbourhood gives."""
    for serial in range(number * SERIALS + 1, (number + 1) * SERIALS + 1):
        begins = f"37{serial:07d}"
        if len(last := check_digit(begins)) == 1:
            yield begins + last
