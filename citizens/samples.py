"""Made-up citizens: the n-th sample is always the same. Tests, examples and demo data draw on it.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from random import Random
from typing import Any

from records.population import TODAY, Neighbourhood, Person, Seed, iso, year_of
from records.population.names import called_at_home, plain, signer
from records.population.places import HOME

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
MIDDLE = {"M": ("Văn", "Hữu", "Đức", "Minh", "Quốc"), "F": ("Thị", "Ngọc", "Thanh", "Kim", "Như")}
GIVEN = {
    "M": ("An", "Bình", "Dũng", "Hòa", "Khoa", "Long", "Phúc", "Sơn", "Thắng", "Tùng"),
    "F": ("Ánh", "Chi", "Hạnh", "Hoa", "Lan", "Mai", "Nga", "Oanh", "Thúy", "Yến"),
}
UNITS = ("25747", "25750", "25760", "25768", "25771", "25813", "25822", "25888", "25942", "25966")
STREETS = ("Yersin", "Bạch Đằng", "Phú Lợi", "Thích Quảng Đức", "30 Tháng 4", "Lê Hồng Phong")


def personal_id(n: int) -> str:
    """The n-th made-up person's number; its inside agrees with that person's sex and birth."""
    sex, year = _sex(n), 1950 + n * 7 % 60
    return f"074{2 * (year // 100 - 19) + (sex == 'F')}{year % 100:02d}{n % 1_000_000:06d}"


def _sex(n: int) -> str:
    return "MF"[n % 2]


def person(n: int) -> dict[str, Any]:
    chance, sex = Random(n), _sex(n)
    year = 1950 + n * 7 % 60
    return {
        "personal_id": personal_id(n),
        "full_name": " ".join(
            (chance.choice(FAMILY), chance.choice(MIDDLE[sex]), chance.choice(GIVEN[sex]))
        ),
        "sex": sex,
        "birth_date": f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "birth_place": "Bình Dương",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "marital_status": "married" if year < 1995 else "single",
        "phone": f"09{n % 100_000_000:08d}",
        "residence_unit": UNITS[n % len(UNITS)],
        "residence_address": f"{n % 300 + 1} {chance.choice(STREETS)}",
        "status": "active",
    }


def residence(n: int) -> dict[str, Any]:
    lives = person(n)
    return {
        "personal_id": lives["personal_id"],
        "kind": "permanent",
        "unit": lives["residence_unit"],
        "address": lives["residence_address"],
        "household_no": f"HK{n // 4:06d}",
        "relation_to_head": "Chủ hộ" if n % 4 == 0 else "Con",
        "valid_from": f"{2010 + n % 15}-01-15",
    }


def civil_event(n: int) -> dict[str, Any]:
    born = person(n)
    return {
        "kind": "birth",
        "register_unit": UNITS[n % len(UNITS)],
        "year": 2012,
        "book": f"{n // 200 + 1:02d}/2012",
        "number": str(n),
        "registered_on": "2012-05-07",
        "happened_on": born["birth_date"],
        "place": "Bình Dương",
        "person_id": born["personal_id"],
    }


SAMPLES = {"people": person, "residences": residence, "civil-events": civil_event}


# --- the rows of a population ---------------------------------------------------------------------

YEAR = 365.25
PHONES = tuple(
    f"0{n}"
    for n in (
        *range(32, 40), 52, 56, 58, 59, 70, *range(76, 80), *range(81, 90), 90, 91, *range(93, 95),
        *range(96, 100),
    )
)  # fmt: skip
FIRST_MOBILE, LAST_OLD_ID = TODAY - int(13 * YEAR), TODAY - int(20 * YEAR)
DAYS_TO_REGISTER_A_DEATH = 9


def _scattered(index: int, by: int) -> str:
    """Seven digits that are nobody else's."""
    return f"{(index * by + 1_234_567) % 10_000_000:07d}"


def people_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for one in around.people:
        yield _person_row(one)


def _person_row(one: Person) -> tuple[str | None, ...]:
    n = one.index
    dice = n * 7_919 % 1_000
    place, born = one.birth_place, one.born
    unit, home = place.unit(born), None
    for stay in one.stays:
        if stay.kind == "permanent":
            home = stay
    old_id = phone = email = other_name = None
    if born < LAST_OLD_ID and dice < 700:
        prefix = "28" if place.province == HOME else place.province
        old_id = prefix + _scattered(n, 6_172_361)
    if not one.died and born < FIRST_MOBILE and dice % 100 < 88:
        phone = PHONES[n % len(PHONES)] + _scattered(n, 3_141_593)
        if dice % 25 == 0:
            words = one.full_name.split()
            email = f"{plain(words[-1])}.{plain(words[0])}{n}@example.vn"
    if born < LAST_OLD_ID and dice % 100 == 99:
        other_name = called_at_home(one.full_name, Random(n))
    return (
        one.personal_id,
        one.full_name,
        other_name,
        one.sex,
        one.birth_date,
        unit,
        place.called(born),
        unit,
        place.province_name,
        one.people,
        one.religion,
        "Việt Nam",
        one.marital_status,
        old_id,
        phone,
        email,
        home.unit if home else None,
        home.address if home else None,
        "dead" if one.died else one.status,
        iso(one.died) if one.died else None,
    )


def residence_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for one in around.people:
        for stay in one.stays:
            yield (
                one.personal_id,
                stay.kind,
                stay.unit,
                stay.address,
                stay.household or None,
                stay.relation or None,
                iso(stay.begins),
                iso(stay.ends) if stay.ends else None,
            )


#: A civil event before it has its number: day, kind, unit, status, happened on, place, four people.
Event = tuple[int, str, str, str, str, str, str, str | None, str | None, str | None]


def _number_of(person: Person | None) -> str | None:
    """The number of somebody who may not be recorded."""
    return (person.personal_id or None) if person else None


def _events(one: Person) -> Iterator[Event]:
    """What the registers here say of somebody: birth, marriage and divorce (of a man), death."""
    place = one.birth_place
    if place.province == HOME:
        yield (
            one.registered,
            "birth",
            place.unit(one.registered),
            "registered",
            one.birth_date,
            place.called(one.born),
            one.personal_id,
            None,
            _number_of(one.mother),
            _number_of(one.father),
        )
    spouse, wed = _number_of(one.spouse), one.wedding_place
    if one.sex == "M" and spouse and wed and wed.province == HOME:
        days = {"marriage": one.wed, "divorce": one.divorced}
        for kind, on in days.items():
            if on:
                unit, at = wed.unit(on), wed.called(on)
                status = "ended" if kind == "marriage" and one.divorced else "registered"
                yield on, kind, unit, status, iso(on), at, one.personal_id, spouse, None, None
    if one.died and one.home:
        on = min(one.died + 1 + one.index % DAYS_TO_REGISTER_A_DEATH, TODAY)
        at = one.home.called(one.died)
        unit = one.home.unit(on)
        yield on, "death", unit, "registered", iso(one.died), at, one.personal_id, None, None, None


def civil_event_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """Each event with its number, which rises with the days in a unit's book of a year."""
    books: dict[tuple[str, str, int], int] = {}
    events = [event for one in around.people for event in _events(one)]
    events.sort(key=itemgetter(0))
    for on, kind, unit, status, *told in events:
        year = year_of(on)
        book, first, step = around.book(unit)
        number = books.get((kind, unit, year), first)
        books[kind, unit, year] = number + step
        yield (
            kind,
            unit,
            str(year),
            f"{book:02d}/{year}",
            str(number),
            iso(on),
            *told,
            signer(unit, year),
            status,
        )


SEEDS = {
    "people": Seed(
        (
            "personal_id", "full_name", "other_name", "sex", "birth_date", "birth_place_unit",
            "birth_place", "birth_registration_unit", "hometown", "ethnicity", "religion",
            "nationality", "marital_status", "old_id_number", "phone", "email", "residence_unit",
            "residence_address", "status", "death_date",
        ),
        people_rows,
    ),
    "residences": Seed(
        (
            "personal_id", "kind", "unit", "address", "household_no", "relation_to_head",
            "valid_from", "valid_to",
        ),
        residence_rows,
    ),
    "civil-events": Seed(
        (
            "kind", "register_unit", "year", "book", "number", "registered_on", "happened_on",
            "place", "person_id", "spouse_id", "mother_id", "father_id", "signer", "status",
        ),
        civil_event_rows,
    ),
}  # fmt: skip
