"""What a civil-status office does, and must find true."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from citizens.models import CivilEvent, Person, Residence
from citizens.samples import person, personal_id
from records.findings.looking import look
from records.findings.models import Finding
from records.management.commands import seed
from records.population import Population
from records.registry import operations, record_types
from tests.conftest import entries_of, make

pytestmark = pytest.mark.django_db


def run(partner: APIClient, name: str, **values: Any) -> Any:
    given = {**operations()[name].example, **values}
    return partner.post(f"/api/v1/operations/{name}", given, format="json")


@pytest.fixture
def parents() -> tuple[str, str]:
    """A woman's and a man's number, both born in the 1950s to 1990s."""
    people = record_types()["people"]
    mother, father = make(people, 1), make(people, 2)
    assert (mother.sex, father.sex) == ("F", "M")
    return mother.personal_id, father.personal_id


def test_a_birth_opens_a_record_and_names_the_parents(
    partner: APIClient, parents: tuple[str, str]
) -> None:
    mother, father = parents
    reply = run(partner, "register-birth", mother_id=mother, father_id=father)
    assert reply.status_code == 200, reply.json()
    child = partner.get("/api/v1/people/074326004455").json()
    assert (child["full_name"], child["status"]) == ("Nguyễn Ngọc Anh", "active")
    assert child["birth_registration_unit"] == "25747"
    event = CivilEvent.objects.get()
    assert (event.kind, event.year, event.mother_id) == ("birth", 2026, mother)
    about = entries_of(request_id=reply["Request-Id"])[1]["subjects"]
    assert about == ["074326004455", mother, father]


@pytest.mark.parametrize(
    ("field", "n", "status", "code"),
    [
        ("mother_id", 2, 409, "impossible_parent"),
        ("father_id", 1, 409, "impossible_parent"),
        ("mother_id", 99, 422, "invalid"),
    ],
)
def test_a_parent_must_be_possible(
    partner: APIClient, parents: tuple[str, str], field: str, n: int, status: int, code: str
) -> None:
    reply = run(partner, "register-birth", **{field: person(n)["personal_id"]})
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_a_parent_is_older_than_the_child(partner: APIClient, parents: tuple[str, str]) -> None:
    reply = run(partner, "register-birth", mother_id=parents[0], birth_date="1940-01-01")
    assert reply.json()["code"] == "impossible_parent"


@pytest.mark.parametrize(
    ("died", "status"), [("2026-03-01", 409), ("2026-02", 409), ("2026-03-02", 200), ("2026", 200)]
)
def test_a_mother_lives_to_bear_the_child(
    partner: APIClient, parents: tuple[str, str], died: str, status: int
) -> None:
    mother, father = parents
    for number, one in ((1, mother), (2, father)):
        when = {"death_date": died if one == mother else "2026-01-10", "number": str(number)}
        assert run(partner, "register-death", personal_id=one, **when).status_code == 200
    reply = run(partner, "register-birth", mother_id=mother, father_id=father)
    assert reply.status_code == status, reply.json()
    if status == 409:
        assert (reply.json()["code"], CivilEvent.objects.filter(kind="birth").count()) == (
            "dead",
            0,
        )


def test_a_death_ends_the_status_and_enters_the_register(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    reply = run(partner, "register-death", personal_id=made.personal_id)
    assert reply.status_code == 200, reply.json()
    now = partner.get(f"/api/v1/people/{made.personal_id}").json()
    assert (now["status"], now["death_date"]) == ("dead", "2026-05-12")
    event = CivilEvent.objects.get()
    assert (event.kind, event.person_id) == ("death", made.personal_id)
    again = run(partner, "register-death", personal_id=made.personal_id, number="37")
    assert (again.status_code, again.json()["code"]) == (409, "already_dead")


def test_a_death_does_not_come_before_the_birth(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    reply = run(partner, "register-death", personal_id=made.personal_id, death_date="1900")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "death_date"


def test_somebody_unknown_does_not_die(partner: APIClient) -> None:
    reply = run(partner, "register-death", personal_id="074085000000")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["code"] == "reference"


@pytest.mark.parametrize(
    ("name", "on"), [("register-birth", "2026-03-01"), ("register-death", "2026-05-11")]
)
def test_nothing_is_registered_before_it_happens(partner: APIClient, name: str, on: str) -> None:
    made = make(record_types()["people"], 1)
    about = {"personal_id": made.personal_id} if name == "register-death" else {}
    reply = run(partner, name, registered_on=on, **about)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    faults = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert faults == [("registered_on", "range")]
    assert not CivilEvent.objects.exists()
    assert [(p.status, p.version) for p in Person.objects.all()] == [("active", 1)]


@pytest.mark.parametrize("known", ["2026", "2026-05", "2026-05-12"])
def test_a_death_is_registered_on_its_day_as_far_as_that_is_known(
    partner: APIClient, known: str
) -> None:
    made = make(record_types()["people"], 1)
    given = {"personal_id": made.personal_id, "death_date": known}
    reply = run(partner, "register-death", registered_on="2026-05-12", **given)
    assert reply.status_code == 200, reply.json()


def test_a_number_is_not_replaced_before_its_holder_is_born(partner: APIClient) -> None:
    made = make(record_types()["people"], 1)
    given = {"personal_id": made.personal_id, "new_personal_id": "074185777777"}
    reply = run(partner, "replace-personal-id", replaced_on="1949-12-31", **given)
    assert reply.status_code == 422
    faults = [(e["field"], e["code"]) for e in reply.json()["errors"]]
    assert faults == [("replaced_on", "range")]
    assert partner.get("/api/v1/people/074185777777").status_code == 404


@pytest.mark.parametrize("collection", ["residences", "civil-events", "students"])
def test_a_number_under_which_something_is_recorded_is_no_new_number(
    partner: APIClient, collection: str
) -> None:
    made, held = make(record_types()["people"], 1), make(record_types()[collection], 2)
    number = getattr(held, record_types()[collection].subjects[0])
    assert number != made.personal_id
    given = {"personal_id": made.personal_id, "new_personal_id": number}
    reply = run(partner, "replace-personal-id", **given)
    assert (reply.status_code, reply.json()["code"]) == (409, "in_use")
    assert reply.json()["collection"] == collection
    assert Person.objects.get().personal_id == made.personal_id


@pytest.fixture
def couple(partner: APIClient) -> dict[str, str]:
    """A man and a woman of age who are not married."""
    people = record_types()["people"]
    man, woman = make(people, 2, marital_status="single"), make(people, 1, marital_status="single")
    return {"husband_id": man.personal_id, "wife_id": woman.personal_id}


def status_of(*numbers: str) -> list[str | None]:
    return [Person.objects.get(personal_id=n).marital_status for n in numbers]


def test_two_marry_and_part(partner: APIClient, couple: dict[str, str]) -> None:
    reply = run(partner, "register-marriage", **couple)
    assert reply.status_code == 200, reply.json()
    assert status_of(*couple.values()) == ["married", "married"]
    assert run(partner, "register-marriage", number="37", **couple).json()["code"] == "married"
    before = run(partner, "register-divorce", **couple, decided_on="2026-05-01")
    assert (before.status_code, before.json()["errors"][0]["code"]) == (422, "range")
    reply = run(
        partner,
        "register-divorce",
        **couple,
        decided_on="2026-06-04",
        registered_on="2026-06-10",
    )
    assert reply.status_code == 200, reply.json()
    assert status_of(*couple.values()) == ["divorced", "divorced"]
    kinds = CivilEvent.objects.values_list("kind", "status")
    assert sorted(kinds) == [("divorce", "registered"), ("marriage", "ended")]
    again = run(partner, "register-divorce", **couple, decided_on="2026-06-04", number="38")
    assert again.json()["code"] == "not_married"
    assert run(partner, "register-marriage", number="39", **couple).status_code == 200


def amended(partner: APIClient, number: str, **values: str) -> None:
    """Change a person's record as a clerk does."""
    path = f"/api/v1/people/{number}"
    tag = {"If-Match": partner.get(path)["ETag"]}
    reply = partner.patch(path, {**values, "reason": "x"}, format="json", headers=tag)
    assert reply.status_code == 200, reply.json()


def widowed() -> list[str]:
    look()
    found = Finding.objects.filter(rule="people.widowed", ended_at=None)
    return list(found.values_list("record_key", flat=True))


def test_a_marriage_in_the_register_stands_in_the_way(
    partner: APIClient, couple: dict[str, str]
) -> None:
    other = make(record_types()["people"], 4, marital_status="single").personal_id
    assert run(partner, "register-marriage", **couple).status_code == 200
    replaced = {"personal_id": couple["wife_id"], "new_personal_id": "074171999999"}
    assert run(partner, "replace-personal-id", **replaced).status_code == 200
    amended(partner, "074171999999", marital_status="single")
    given = {"husband_id": other, "wife_id": "074171999999"}
    reply = run(partner, "register-marriage", number="37", **given)
    assert (reply.status_code, reply.json()["code"]) == (409, "married")
    assert reply.json()["field"] == "wife_id"


def test_who_is_widowed_marries_again(partner: APIClient, couple: dict[str, str]) -> None:
    husband, wife = couple.values()
    second = make(record_types()["people"], 4, marital_status="single").personal_id
    wed = {"registered_on": "2020-05-13", "book": "01/2020"}
    assert run(partner, "register-marriage", **couple, **wed).status_code == 200
    assert widowed() == []
    died = {"personal_id": husband, "death_date": "2026-05-01"}
    assert run(partner, "register-death", **died).status_code == 200
    assert widowed() == [wife]
    amended(partner, wife, marital_status="widowed")
    again = {"husband_id": second, "wife_id": wife}
    early = run(partner, "register-marriage", **again, registered_on="2026-04-30", number="38")
    assert early.json()["code"] == "married"
    assert run(partner, "register-marriage", **again, number="38").status_code == 200
    weddings = CivilEvent.objects.filter(kind="marriage").order_by("registered_on")
    assert [w.status for w in weddings] == ["ended", "registered"]
    assert widowed() == []
    # Nor where an import left the first one open.
    CivilEvent.objects.filter(person_id=husband, kind="marriage").update(status="registered")
    assert widowed() == []
    gone = {"personal_id": second, "number": "39"}
    assert run(partner, "register-death", **gone).status_code == 200
    assert widowed() == [wife]


@pytest.mark.parametrize(
    ("died", "status"),
    [("2026-06-03", 409), ("2026-06-04", 409), ("2026-06-05", 200), ("2026", 200)],
)
def test_only_the_living_are_parted(
    partner: APIClient, couple: dict[str, str], died: str, status: int
) -> None:
    husband, wife = couple.values()
    assert run(partner, "register-marriage", **couple).status_code == 200
    given = {"registered_on": "2026-06-10", "number": "38"}
    dead = run(partner, "register-death", personal_id=husband, death_date=died, **given)
    assert dead.status_code == 200, dead.json()
    # Whoever of the two the court names first.
    swapped = {"husband_id": wife, "wife_id": husband, "decided_on": "2026-06-04"}
    reply = run(partner, "register-divorce", **swapped, **given)
    assert reply.status_code == status, reply.json()
    if status == 409:
        assert (reply.json()["code"], reply.json()["field"]) == ("dead", "wife_id")
        assert status_of(husband, wife) == ["married", "married"]
    else:
        assert status_of(husband, wife) == ["married", "divorced"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"birth_date": "2010-01-01"}, "cannot_marry"),
        ({"birth_date": "2006"}, "cannot_marry"),
        ({"marital_status": "married"}, "married"),
        ({"sex": "F"}, "cannot_marry"),
    ],
)
def test_who_cannot_marry(
    partner: APIClient, couple: dict[str, str], change: dict[str, str], code: str
) -> None:
    reply = partner.patch(
        f"/api/v1/people/{couple['husband_id']}",
        {**change, "reason": "x"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 200, reply.json()
    reply = run(partner, "register-marriage", **couple)
    assert (reply.status_code, reply.json()["code"]) == (409, code)
    assert not CivilEvent.objects.exists()


def test_the_dead_do_not_marry(partner: APIClient, couple: dict[str, str]) -> None:
    died = {"death_date": "2026-05-01", "personal_id": couple["wife_id"]}
    assert run(partner, "register-death", **died).status_code == 200
    assert run(partner, "register-marriage", number="37", **couple).json()["code"] == "dead"


def test_a_name_changes_and_the_register_keeps_the_former_one(
    partner: APIClient, couple: dict[str, str]
) -> None:
    number = couple["husband_id"]
    former = Person.objects.get(personal_id=number).full_name
    reply = run(partner, "change-name", personal_id=number, full_name="Nguyễn Hoài Nam")
    assert reply.status_code == 200
    assert Person.objects.get(personal_id=number).full_name == "Nguyễn Hoài Nam"
    assert CivilEvent.objects.get().former_name == former
    again = run(
        partner, "change-name", personal_id=number, full_name="Nguyễn Hoài Nam", number="40"
    )
    assert again.json()["errors"][0]["code"] == "conflict"


def test_a_guardian_comes_and_goes(partner: APIClient, couple: dict[str, str]) -> None:
    child = make(record_types()["people"], 4, birth_date="2016-03-01").personal_id
    pair = {"ward_id": child, "guardian_id": couple["wife_id"]}
    assert run(partner, "begin-guardianship", **pair).status_code == 200
    other = {"ward_id": child, "guardian_id": couple["husband_id"]}
    assert run(partner, "begin-guardianship", **other, number="41").json()["code"] == "guarded"
    assert run(partner, "end-guardianship", **other, number="42").json()["code"] == "not_guarded"
    assert run(partner, "end-guardianship", **pair, number="43").status_code == 200
    assert run(partner, "begin-guardianship", **other, number="44").status_code == 200
    young = {"ward_id": couple["wife_id"], "guardian_id": child}
    assert run(partner, "begin-guardianship", **young, number="45").json()["code"] == "cannot_guard"


def test_a_child_is_adopted_under_a_new_name(partner: APIClient, couple: dict[str, str]) -> None:
    child = make(record_types()["people"], 4, birth_date="2016-03-01")
    given = {"child_id": child.personal_id, "mother_id": couple["wife_id"]}
    reply = run(partner, "register-adoption", **given, full_name="Lê Bình An")
    assert reply.status_code == 200, reply.json()
    event = CivilEvent.objects.get()
    assert (event.former_name, event.mother_id) == (child.full_name, couple["wife_id"])
    assert Person.objects.get(pk=child.pk).full_name == "Lê Bình An"
    again = run(partner, "register-adoption", **given, number="46")
    assert again.json()["code"] == "adopted"
    assert run(partner, "end-adoption", child_id=child.personal_id, number="47").status_code == 200
    assert run(partner, "register-adoption", **given, number="48").status_code == 200


def test_an_adopting_parent_is_twenty_years_older(
    partner: APIClient, couple: dict[str, str]
) -> None:
    child = make(record_types()["people"], 4, birth_date="2014-01-01").personal_id
    amended(partner, couple["wife_id"], birth_date="1994-01-02")
    reply = run(partner, "register-adoption", child_id=child, mother_id=couple["wife_id"])
    assert reply.json()["code"] == "impossible_parent"
    reply = run(partner, "register-adoption", child_id=child, mother_id=None, number="49")
    assert reply.json()["errors"][0]["code"] == "missing"


@pytest.mark.parametrize(
    ("born", "kinship", "status"),
    [
        ("2010-05-14", None, 200),
        ("2010-05-13", None, 409),
        ("2010-05-13", "step_parent", 200),
        ("2008-05-14", "aunt_uncle", 200),
        ("2008-05-13", "aunt_uncle", 409),
    ],
)
def test_a_child_is_adopted_below_an_age(
    partner: APIClient, couple: dict[str, str], born: str, kinship: str | None, status: int
) -> None:
    child = make(record_types()["people"], 4, birth_date=born).personal_id
    given = {"child_id": child, "mother_id": couple["wife_id"], "kinship": kinship}
    reply = run(partner, "register-adoption", **given)
    assert reply.status_code == status, reply.json()
    if status == 409:
        assert reply.json()["code"] == "too_old"


def test_kin_need_not_be_twenty_years_older(partner: APIClient) -> None:
    people = record_types()["people"]
    aunt = make(people, 1, birth_date="1995-01-01").personal_id
    child = make(people, 4, birth_date="2012-01-01").personal_id
    given = {"child_id": child, "mother_id": aunt}
    assert run(partner, "register-adoption", **given).json()["code"] == "impossible_parent"
    assert run(partner, "register-adoption", **given, kinship="aunt_uncle").status_code == 200


def test_two_who_adopt_are_married_to_each_other(
    partner: APIClient, couple: dict[str, str]
) -> None:
    child = make(record_types()["people"], 4, birth_date="2016-03-01").personal_id
    given = {"child_id": child, "mother_id": couple["wife_id"], "father_id": couple["husband_id"]}
    reply = run(partner, "register-adoption", **given)
    assert (reply.status_code, reply.json()["code"]) == (409, "not_married")
    assert run(partner, "register-marriage", **couple).status_code == 200
    assert run(partner, "register-adoption", **given).status_code == 200


def homes(number: str) -> list[tuple[str, str, str | None]]:
    found = Residence.objects.filter(personal_id=number).order_by("valid_from")
    return [(h.unit, str(h.valid_from), h.valid_to and str(h.valid_to)) for h in found]


def test_a_residence_moves_with_the_person(partner: APIClient) -> None:
    make(record_types()["people"], 1)
    old: Any = make(record_types()["residences"], 1)
    number, began = personal_id(1), str(old.valid_from)
    given = {"personal_id": number, "unit": "25771", "address": "7 Lê Hồng Phong"}
    reply = run(partner, "move-residence", **given)
    assert reply.status_code == 200, reply.json()
    assert homes(number) == [(old.unit, began, "2026-05-10"), ("25771", "2026-05-11", None)]
    new = Residence.objects.get(valid_to=None)
    assert (new.kind, new.household_no, new.relation_to_head) == ("permanent", "HK000123", "Chủ hộ")
    now = partner.get(f"/api/v1/people/{number}").json()
    assert (now["residence_unit"], now["residence_address"]) == ("25771", "7 Lê Hồng Phong")
    again = run(partner, "move-residence", **given, moves_on="2026-06-01")
    assert (again.status_code, again.json()["code"]) == (409, "lives_there")
    given["unit"] = "25747"
    for on in ("2026-05-11", "2024-01-01"):
        early = run(partner, "move-residence", **given, moves_on=on)
        assert (early.status_code, early.json()["code"]) == (409, "later_residence")
    unborn = run(partner, "move-residence", **given, moves_on="1940-01-01")
    assert [(e["field"], e["code"]) for e in unborn.json()["errors"]] == [("moves_on", "range")]
    assert len(homes(number)) == 2


def test_somebody_without_a_residence_gets_one_and_the_dead_none(partner: APIClient) -> None:
    number = make(record_types()["people"], 1).personal_id
    replaced = {"personal_id": number, "new_personal_id": "074171999999"}
    assert run(partner, "replace-personal-id", **replaced).status_code == 200
    assert run(partner, "move-residence", personal_id=number).status_code == 200
    assert homes("074171999999") == [("25747", "2026-05-11", None)]
    assert run(partner, "register-death", personal_id=number).status_code == 200
    late = run(partner, "move-residence", personal_id=number, moves_on="2026-06-01")
    assert (late.status_code, late.json()["code"]) == (409, "dead")


def test_the_marriage_of_a_seeded_couple_who_parted_has_ended() -> None:
    made = seed.chosen(None)["civil-events"]
    rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows(Population(2_000)[0])]
    pairs = {
        kind: {(r["person_id"], r["spouse_id"]) for r in rows if (r["kind"], r["status"]) == kind}
        for kind in (("divorce", "registered"), ("marriage", "ended"))
    }
    assert pairs["divorce", "registered"] == pairs["marriage", "ended"] != set()
