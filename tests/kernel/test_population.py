"""A made-up population is always the same, and nobody in it is impossible."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest

from citizens.models import ETHNICITIES
from citizens.validators import number_agrees
from records.population import TODAY, Neighbourhood, Person, Population, iso, year_of
from records.population.days import YEAR
from records.population.places import DATA

SIZE = 12_000
LEAST_AGE = {"M": 20, "F": 18}


@pytest.fixture(scope="module")
def population() -> Population:
    return Population(SIZE)


@pytest.fixture(scope="module")
def people(population: Population) -> list[Person]:
    return list(population)


def told(person: Person) -> tuple:
    return person.personal_id, person.full_name, person.birth_date, tuple(person.stays)


def test_the_same_number_makes_the_same_people(people: list[Person]) -> None:
    again = Neighbourhood(0, 10_000, 74)
    assert [told(p) for p in again.people] == [told(p) for p in people[:10_000]]


def test_another_seed_makes_others() -> None:
    assert told(Population(10, seed=1)[0].people[0]) != told(Population(10)[0].people[0])


@pytest.mark.parametrize("size", [1, 7, 999, 10_001])
def test_there_are_as_many_as_asked_for(size: int) -> None:
    people = list(Population(size))
    assert [p.index for p in people] == list(range(size))


@pytest.mark.parametrize("size", [0, -1, 10_000_001])
def test_a_population_has_its_bounds(size: int) -> None:
    with pytest.raises(ValueError, match="1 to"):
        Population(size)


def test_numbers_are_nobody_elses(people: list[Person]) -> None:
    far = Neighbourhood(999, 10_000, 74).people
    assert len({p.personal_id for p in (*people, *far)}) == len(people) + len(far)


def test_a_number_tells_province_sex_and_year(people: list[Person]) -> None:
    warned = [
        w
        for p in people[:5_000]
        for w in number_agrees(
            {"personal_id": p.personal_id, "sex": p.sex, "birth_date": p.birth_date}
        )
    ]
    assert warned == []
    from_here = sum(p.personal_id.startswith("074") for p in people)
    assert 0.55 < from_here / len(people) < 0.9


def test_parents_are_a_woman_and_a_man_old_enough_and_alive(people: list[Person]) -> None:
    known = {p.personal_id for p in people}
    children = [p for p in people if p.mother and p.father]
    assert len(children) > len(people) / 3
    for child in children:
        assert child.mother
        assert child.father
        assert (child.mother.sex, child.father.sex) == ("F", "M")
        assert child.father.alive(child.born - 1)
        for parent in (child.mother, child.father):
            assert child.born - parent.born > 16 * YEAR
            assert parent.alive(child.born)
            assert parent.personal_id in known or not parent.personal_id


def test_who_marries_is_old_enough_and_marries_the_other_sex(people: list[Person]) -> None:
    married = [p for p in people if p.wed and p.index >= 0]
    assert married
    for one in married:
        assert one.spouse
        assert one.spouse.spouse is one
        assert one.spouse.sex != one.sex
        assert one.wed - one.born >= LEAST_AGE[one.sex] * YEAR
        assert one.alive(one.wed)
        assert one.wed <= TODAY
        assert not one.divorced or one.wed < one.divorced <= TODAY


def test_lives_have_an_order(people: list[Person]) -> None:
    for one in people:
        assert one.born <= TODAY
        assert not one.died or one.born < one.died <= TODAY
        assert iso(one.born).startswith(one.birth_date)
        assert one.born <= one.registered <= TODAY


def test_some_births_are_known_to_the_year_or_the_month(people: list[Person]) -> None:
    precision = Counter(len(p.birth_date) for p in people)
    assert precision[4] > 50
    assert precision[7] > 10


def test_units_were_in_force_when_they_were_written_down(people: list[Person]) -> None:
    in_force = set()
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["level"] == "commune":
                in_force.add((row["code"], row["valid_to"] == "2025-06-30"))
    stays = [stay for p in people for stay in p.stays]
    assert all((s.unit, iso(s.begins) < "2025-07-01") in in_force for s in stays)
    new = sum(iso(s.begins) >= "2025-07-01" for s in stays)
    assert 0.02 < new / len(stays) < 0.5


def test_one_permanent_home_at_a_time_and_none_after_death(people: list[Person]) -> None:
    for one in people:
        homes = sorted((s for s in one.stays if s.kind == "permanent"), key=lambda s: s.begins)
        for before, after in pairwise(homes):
            assert before.begins <= before.ends < after.begins
        for stay in one.stays:
            assert one.born <= stay.begins <= TODAY
            assert not stay.ends or stay.begins <= stay.ends
            assert not one.died or 0 < stay.ends <= one.died


def test_a_household_has_one_living_head(people: list[Person]) -> None:
    heads: Counter[str] = Counter()
    homes = set()
    for one in people:
        last = one.stays[-1] if one.stays and not one.died else None
        if last and last.household and last.relation:
            homes.add(last.household)
            heads[last.household] += last.relation == "Chủ hộ"
    assert homes
    assert {heads[number] for number in homes} == {1}


def test_families_hand_down_their_names(people: list[Person]) -> None:
    kinh = [p for p in people if p.people == "Kinh" and p.father]
    assert all(p.father and p.family == p.father.family for p in kinh)
    assert all(p.full_name.startswith(p.family) for p in kinh)


def test_names_are_as_common_as_they_are(people: list[Person]) -> None:
    lone = [p for p in people if p.people == "Kinh" and not p.father]
    share = Counter(p.full_name.split()[0] for p in lone)
    assert 0.34 < share["Nguyễn"] / len(lone) < 0.42
    assert 0.08 < share["Trần"] / len(lone) < 0.14
    assert len(share) > 80
    given = Counter(p.full_name.split()[-1] for p in people)
    assert sum(n <= 3 for n in given.values()) > 50
    older = [p for p in people if p.sex == "F" and p.people == "Kinh" and year_of(p.born) < 1960]
    assert sum(" Thị " in p.full_name for p in older) > len(older) / 2


def test_the_peoples_are_there_with_their_own_names(people: list[Person]) -> None:
    peoples = Counter(p.people for p in people)
    assert set(peoples) <= set(ETHNICITIES)
    assert 0.94 < peoples["Kinh"] / len(people) < 0.99
    assert len(peoples) > 8
    assert any(p.full_name.startswith("Y ") for p in people)
    assert all(unicodedata.is_normalized("NFC", p.full_name) for p in people)


def test_ages_are_a_provinces(people: list[Person]) -> None:
    ages = [(TODAY - p.born) / YEAR for p in people if not p.died]
    assert 0.15 < sum(a < 15 for a in ages) / len(ages) < 0.35
    assert 0.03 < sum(a >= 65 for a in ages) / len(ages) < 0.12
    assert max(ages) < 106
