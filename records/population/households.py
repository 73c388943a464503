"""Who lives with whom: the households of one hamlet, from its founders to their grandchildren."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from records.population import lives, names
from records.population.days import FIRST_REGISTERS, TODAY, YEAR, day
from records.population.lives import Person, Stay
from records.population.places import HOME, STREETS, Place, provinces

# Where those come from who moved here, in two digits of the provinces of then.
ORIGINS = names.spread(
    "38 10, 40 9, 94 9, 89 9, 91 8, 87 7, 96 7, 84 6, 83 6, 70 8, 79 10, 66 5, 95 5, 86 5,"
    " 92 4, 93 4, 72 6, 75 5, 80 4, 82 4, 42 4, 52 4, 51 3, 54 2, 62 1, 64 3, 67 2, 68 2,"
    " 60 2, 49 2, 44 2, 46 2, 36 3, 34 2, 35 1, 33 1, 37 2, 30 1, 31 1, 27 1, 24 2, 19 1,"
    " 20 2, 04 2, 06 1, 08 1, 17 2, 14 1, 01 2, 77 1, 58 1, 56 1, 45 1"
)
RELIGIONS = {"Khmer": "Phật giáo", "Chăm": "Hồi giáo"}
KINH_RELIGIONS = ("Phật giáo",) * 8 + ("Công giáo",) * 5 + ("Cao Đài", "Phật giáo Hòa Hảo")
FOUNDED = day(1928), day(1999)


@dataclass(slots=True, eq=False, kw_only=True)
class Household:
    """A household at an address since a day. `came_from`: from where the whole of it moved here;
    `origin`: where it stays registered, being here for a time only.
    """

    number: str
    line: str
    place: Place
    since: int
    origin: Place | None = None
    came_from: Place | None = None
    line_there: str = ""

    def address(self, number: int) -> str:
        return f"{self.line}, {self.place.called(number)}"


@dataclass(slots=True, eq=False)
class Member:
    """Somebody in a household: as whom, since when, and where before."""

    person: Person
    household: Household
    role: str
    joined: int
    before: Household | Place | None = None


class Hamlet:
    """Makes the people of one hamlet; `near` are the communes its people also come from."""

    def __init__(self, number: int, place: Place, near: Sequence[Place], chance: Random) -> None:
        self.number, self.place, self.near, self.chance = number, place, near, chance
        self.grown: deque[tuple[Person, Household | Place]] = deque()
        self.households = 0

    def settle(self, size: int, number: Callable[[Person], None]) -> Iterator[Person]:
        """Exactly `size` people; `number` gives each their index and personal id."""
        room = size
        while room:
            batch = [m for m in self._batch() if m.person.recorded]
            if len(batch) > room:
                self.grown.clear()
                batch = self._lone()
            relate(batch)
            for member in batch:
                number(member.person)
                self._lives_at(member)
                yield member.person
            room -= len(batch)

    def _batch(self) -> list[Member]:
        if self.grown:
            child, before = self.grown.popleft()
            since = child.wed + int(self.chance.random() * 200)
            home = self._household(min(since, TODAY))
            return self._family(child, home, before)
        dice = self.chance.random()
        if dice < 0.16:
            return self._lone()
        return self._founders(moved=dice > 0.68)

    def _household(self, since: int, origin: Place | None = None) -> Household:
        self.households += 1
        chance = self.chance
        line = self._line()
        if chance.random() < 0.6:
            word = "khu phố" if self.place.town else "ấp"
            line += f", {word} {int(chance.random() * 9) + 1}"
        return Household(
            number=f"74{self.number:05d}{self.households:04d}",
            line=line,
            place=self.place,
            since=since,
            origin=origin,
        )

    def _line(self) -> str:
        """A house in a street."""
        chance = self.chance
        house = str(int(chance.random() * 400) + 1)
        if chance.random() < 0.5:
            house += f"/{int(chance.random() * 60) + 1}"
        return f"{house} {STREETS[int(chance.random() * len(STREETS))]}"

    def _origin(self) -> Place:
        code = ORIGINS[int(self.chance.random() * len(ORIGINS))]
        communes = provinces()[code]
        return communes[int(self.chance.random() * len(communes))]

    def _nearby(self) -> Place:
        """Where somebody from around here was born: mostly here."""
        if self.chance.random() < 0.5:
            return self.place
        return self.near[int(self.chance.random() * len(self.near))]

    def _religion(self, people: str) -> str | None:
        if people in RELIGIONS:
            return RELIGIONS[people]
        if self.chance.random() < 0.17:
            return KINH_RELIGIONS[int(self.chance.random() * len(KINH_RELIGIONS))]
        return None

    def _lone(self) -> list[Member]:
        """One who lives alone: mostly young, mostly come to work."""
        chance = self.chance
        moved = chance.random() < 0.75
        age = 18.5 + chance.expovariate(1 / 8) if moved else 22 + chance.random() * 45
        place = self._origin() if moved else self.place
        born = TODAY - int(min(age, 75) * YEAR)
        sex = "M" if chance.random() < 0.5 else "F"
        person = lives.newcomer(
            sex, born, names.people_of(chance), place, chance, alive_on=TODAY - 2
        )
        person.died = 0
        person.religion = self._religion(person.people)
        came = TODAY - int(chance.random() * 690) if moved else born
        if moved and chance.random() < 0.3:
            home = self._household(
                max(born + int(18.2 * YEAR), TODAY - int(chance.random() * 5000))
            )
        else:
            home = self._household(came, place if moved else None)
        return [Member(person, home, "head", home.since, place if moved else None)]

    def _founders(self, *, moved: bool) -> list[Member]:
        """A couple with whom a family begins here, and their children; they may have moved here."""
        chance = self.chance
        first, last = FOUNDED
        born = first + int((last - first) * (chance.random() ** 0.72))
        origin = self._origin() if moved else self._nearby()
        people = names.people_of(chance)
        sex = "M" if chance.random() < 0.85 else "F"
        one = lives.newcomer(sex, born, people, origin, chance)
        one.religion = self._religion(people)
        one.wed = lives.wedding_day(one, chance)
        if not moved:
            since = one.wed or max(born + int(25 * YEAR), FIRST_REGISTERS)
            return self._family(one, self._household(min(since, TODAY)), origin)
        came = max(born + int((19 + chance.random() * 16) * YEAR), day(1988))
        came = min(came + int(chance.random() * 4000), TODAY - 20)
        for_a_time = chance.random() < 0.35
        if for_a_time:
            came = TODAY - int(20 + chance.random() * 660)
        if 0 < one.died <= came:
            one.died = 0
        home = self._household(came, origin if for_a_time else None)
        home.came_from, home.line_there = origin, self._line()
        return self._family(one, home, origin)

    def _family(self, one: Person, home: Household, before: Household | Place) -> list[Member]:
        """A person, who may be married, with a household's worth of children."""
        members = [Member(one, home, "head", home.since, before)]
        if not one.wed:
            return members
        spouse, born = self._couple(one, home, before)
        if one.divorced:
            flat = self._household(one.divorced)
            members.append(Member(spouse, flat, "head", one.divorced, home))
        else:
            members.append(Member(spouse, home, "spouse", one.wed, spouse.birth_place))
        one_stays = False
        for child in born:
            grown_from = before if child.born < home.since else None
            child.wed = lives.wedding_day(child, self.chance)
            if not child.wed:
                members.append(Member(child, home, "child", child.born, grown_from))
            elif child.wed > home.since and not one_stays and self.chance.random() < 0.3:
                one_stays = True
                members.append(Member(child, home, "child", child.born, grown_from))
                members += self._young_family(child, home)
            else:
                self.grown.append((child, grown_from or home))
        return members

    def _couple(
        self, one: Person, home: Household, before: Household | Place
    ) -> tuple[Person, list[Person]]:
        """Marry somebody; their spouse and children. Who moved here later has older ones from there."""
        far = before if isinstance(before, Place) and before.province != HOME else None
        there = far if far and one.wed < home.since else None
        spouse = lives.marry(
            one, one.wed, there or self._spouses_place(), there or self.place, self.chance
        )
        spouse.religion = one.religion
        if far and 0 < spouse.died <= home.since:
            spouse.died = 0
        born = lives.children(one, self.place, self.chance)
        if there:
            for child in born:
                if child.born < home.since:
                    child.birth_place = there
                if 0 < child.died <= home.since:
                    child.died = 0
        return spouse, born

    def _spouses_place(self) -> Place:
        return self._nearby() if self.chance.random() < 0.72 else self._origin()

    def _young_family(self, child: Person, home: Household) -> Iterator[Member]:
        """The husband or wife and the children of one who stays with the parents."""
        spouse, born = self._couple(child, home, home)
        if child.divorced:
            flat = self._household(child.divorced)
            yield Member(spouse, flat, "head", child.divorced, home)
        else:
            yield Member(spouse, home, "in-law", child.wed, spouse.birth_place)
        for grandchild in born:
            grandchild.wed = lives.wedding_day(grandchild, self.chance)
            if grandchild.wed:
                self.grown.append((grandchild, home))
            else:
                yield Member(grandchild, home, "grandchild", grandchild.born)

    def _lives_at(self, member: Member) -> None:
        """Write down where a member lived and lives, until they died or left the country."""
        person, home, chance = member.person, member.household, self.chance
        person.home, person.registered = home.place, lives.registered(person.born, chance)
        first = max(person.registered, FIRST_REGISTERS)
        begins = max(home.since, member.joined, first)
        ends = person.died
        if not ends and person.born < TODAY - 20 * YEAR and (dice := chance.random()) < 0.025:
            ends = self._away(person, begins, dice)
        stays = person.stays
        if home.origin:
            self._stay(stays, home.origin, home, first, ends)
            until = home.since + 729
            if not 0 < ends <= begins:
                unit, address = home.place.unit(begins), home.address(begins)
                stays.append(
                    Stay(
                        "temporary", unit, address, home.number, member.role, begins, ends or until
                    )
                )
            return
        if member.before is not None and first < begins:
            last = min(begins - 1, ends or begins - 1)
            self._stay(stays, member.before, home, first, last)
        if not 0 < ends <= begins:
            unit, address = home.place.unit(begins), home.address(begins)
            stays.append(Stay("permanent", unit, address, home.number, member.role, begins, ends))

    def _away(self, person: Person, begins: int, dice: float) -> int:
        """Say of a living adult that they are absent, missing or abroad; the day of leaving for good."""
        if dice < 0.0165:
            person.status = "absent"
        elif dice < 0.0175:
            person.status = "missing"
        elif begins < TODAY - 400:
            person.status = "emigrated"
            return begins + 200 + int(self.chance.random() * (TODAY - begins - 300))
        return 0

    def _stay(
        self, stays: list[Stay], where: Household | Place, home: Household, begins: int, ends: int
    ) -> None:
        """A permanent stay elsewhere, before or beside the one at `home`."""
        if 0 < ends < begins:
            return
        if isinstance(where, Household):
            place, line, household = where.place, where.line, where.number
        else:
            place, household = where, ""
            line = home.line_there if where is home.came_from else self._line()
        address = f"{line}, {place.called(begins)}"
        stays.append(Stay("permanent", place.unit(begins), address, household, "", begins, ends))


def relate(batch: list[Member]) -> None:
    """Turn roles into relations to the head: who lives of the couple, else the eldest child."""
    homes: dict[str, list[Member]] = {}
    for member in batch:
        homes.setdefault(member.household.number, []).append(member)
    for members in homes.values():
        _relate(members)


def _relate(members: list[Member]) -> None:
    alive = [m for m in members if not m.person.died]
    couple = [m for m in alive if m.role in ("head", "spouse")]
    children = sorted((m for m in alive if m.role == "child"), key=lambda m: m.person.born)
    head = (couple or children or alive or members)[0]
    of_couple = not alive or head.role in ("head", "spouse")
    for member in members:
        person = member.person
        if member is head or (person.died and member.role == "head"):
            member.role = "Chủ hộ"
        elif of_couple:
            member.role = _as_parents_see(member)
        else:
            member.role = _as_child_sees(member, head.person)


def _as_parents_see(member: Member) -> str:
    woman = member.person.sex == "F"
    words = {
        "head": "Vợ" if woman else "Chồng",
        "spouse": "Vợ" if woman else "Chồng",
        "child": "Con",
        "in-law": "Con dâu" if woman else "Con rể",
        "grandchild": "Cháu",
    }
    return words[member.role]


def _as_child_sees(member: Member, head: Person) -> str:
    person = member.person
    if person is head.spouse:
        return "Vợ" if person.sex == "F" else "Chồng"
    if head in (person.mother, person.father):
        return "Con"
    if member.role == "child":
        older = "Chị" if person.sex == "F" else "Anh"
        return "Em" if person.born >= head.born else older
    if member.role in ("head", "spouse"):
        return "Mẹ" if person.sex == "F" else "Cha"
    return "Cháu" if member.role == "grandchild" else "Người thân"
