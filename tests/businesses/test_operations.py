"""What the business register's office does, and must find true."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from businesses.models import Branch, Enterprise, Interest, Officer
from businesses.samples import EXAMPLES, code, enterprise, leader
from records.registry import operations, record_types
from tests.conftest import entries_of, make
from tests.importing import as_csv, reported, taken

pytestmark = pytest.mark.django_db
FIRM, BANK = "3701234562", "0100233488"
KHANG, HANH, LONG = "074085001234", "074190004321", "074075009876"


def run(partner: APIClient, name: str, /, **values: Any) -> Any:
    given = {**operations()[name].example, **values}
    given = {field: value for field, value in given.items() if value is not None}
    return partner.post(f"/api/v1/operations/{name}", given, format="json")


def done(partner: APIClient, name: str, /, **values: Any) -> Any:
    reply = run(partner, name, **values)
    assert reply.status_code == 200, reply.json()
    return reply


def refused(partner: APIClient, name: str, /, **values: Any) -> tuple[int, str]:
    """The status, and the problem's code or that of its one fault."""
    reply = run(partner, name, **values)
    errors = reply.json().get("errors")
    return reply.status_code, errors[0]["code"] if errors else reply.json()["code"]


@pytest.fixture
def firm(partner: APIClient) -> str:
    """The firm of the examples: two members, 3/5 and 2/5."""
    done(partner, "register-enterprise")
    return FIRM


def shares(of: str = FIRM, on: str = "2026-11-01") -> dict[str, str]:
    """Who holds what on a day."""
    day = datetime.date.fromisoformat(on)
    firm = Enterprise.objects.get(enterprise_code=of)
    return {held.owner_id: held.share for held in firm.held(Interest, day)}


def status(of: str = FIRM) -> str:
    return Enterprise.objects.values_list("status", flat=True).get(enterprise_code=of)


def test_every_operation_has_an_example() -> None:
    made = {name.replace("_", "-") for name in EXAMPLES}
    assert made == {
        n for n, o in operations().items() if o.run.__module__.startswith("businesses.")
    }


def test_a_firm_is_registered_with_who_leads_and_who_owns_it(
    partner: APIClient,
) -> None:
    reply = done(partner, "register-enterprise")
    firm = Enterprise.objects.get()
    assert (firm.status, firm.vsic_version) == ("active", "2025")
    assert firm.founded_on == datetime.date(2026, 3, 2)
    officer = Officer.objects.get()
    assert (officer.personal_id, officer.office) == (KHANG, "legal_representative")
    assert shares() == {KHANG: "3/5", BANK: "2/5"}
    kinds = {i.owner_id: (i.owner_kind, i.kind) for i in Interest.objects.all()}
    assert kinds == {KHANG: ("person", "member"), BANK: ("enterprise", "member")}
    assert [r["collection"] for r in reply.json()["records"]] == [
        "enterprises", "officers", "interests", "interests"
    ]  # fmt: skip
    about = [entry["subjects"] for entry in entries_of(request_id=reply["Request-Id"])]
    assert [FIRM] in about
    assert [KHANG, FIRM] in about
    assert [BANK, FIRM] in about


def test_before_the_new_classification_it_is_the_old_one(partner: APIClient) -> None:
    done(partner, "register-enterprise", registered_on="2025-11-14")
    assert Enterprise.objects.get().vsic_version == "2018"


def test_a_household_stands_under_its_owners_number(partner: APIClient) -> None:
    household = {
        "enterprise_code": KHANG,
        "legal_form": "household_business",
        "share": "1/1",
        "second_owner_id": None,
        "second_share": None,
    }
    assert refused(partner, "register-enterprise", **household | {"legal_form": "cooperative"}) == (
        422, "format"
    )  # fmt: skip
    others = household | {"owner_id": HANH, "representative_id": HANH}
    assert refused(partner, "register-enterprise", **others) == (409, "not_the_owners_number")
    done(partner, "register-enterprise", **household)
    assert shares(KHANG) == {KHANG: "1/1"}
    # Who answers with all they have does so once.
    again = {**household, "enterprise_code": FIRM, "name": "DNTN Khang"}
    again["legal_form"] = "private_enterprise"
    assert refused(partner, "register-enterprise", **again) == (409, "answers_already")
    suspended = {"enterprise_code": KHANG}
    done(partner, "suspend-enterprise", **suspended)
    done(partner, "begin-dissolution", **suspended)
    done(partner, "end-enterprise", **suspended)
    done(partner, "register-enterprise", **again)
    other = {**again, "enterprise_code": code(5), "name": "DNTN Khác", "representative_id": HANH}
    assert refused(partner, "register-enterprise", **other) == (409, "answers_already")
    other |= {"owner_id": HANH}
    done(partner, "register-enterprise", **other)


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"enterprise_code": "3702134562"}, 422, "checksum"),
        ({"enterprise_code": "3701234562-001"}, 422, "format"),
        ({"enterprise_code": KHANG}, 422, "format"),
        ({"legal_form": "single_member_llc"}, 409, "number_of_owners"),
        ({"legal_form": "joint_stock_company"}, 409, "number_of_owners"),
        ({"second_owner_id": None, "second_share": None}, 409, "number_of_owners"),
        ({"second_share": None}, 422, "missing"),
        ({"second_owner_id": None}, 422, "missing"),
        ({"second_owner_id": KHANG}, 422, "duplicate"),
        ({"second_share": "1/5"}, 409, "not_the_whole"),
        ({"second_share": "3/5"}, 409, "not_the_whole"),
        ({"share": "0"}, 422, "range"),
        ({"owner_id": "3702134562"}, 422, "checksum"),
        ({"registered_on": "2200-01-01"}, 422, "range"),
        ({"main_industry": "111"}, 422, "format"),
        ({"charter_capital": -1}, 422, "range"),
        ({"head_office_unit": "99999"}, 422, "unknown_unit"),
        (
            {"legal_form": "private_enterprise", "owner_id": BANK, "share": "1/1",
             "second_owner_id": None, "second_share": None},
            422, "conflict",
        ),
        (
            {"legal_form": "private_enterprise", "owner_id": HANH, "share": "1/1",
             "second_owner_id": None, "second_share": None},
            409, "owner_represents",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_registered(
    partner: APIClient, values: dict[str, Any], status: int, said: str
) -> None:
    assert refused(partner, "register-enterprise", **values) == (status, said)
    assert not Enterprise.objects.exists()


def test_a_name_is_one_firms(partner: APIClient, firm: str) -> None:
    other = {"enterprise_code": code(9), "name": "CÔNG TY TNHH gốm sứ Minh Khang Bình Dương"}
    assert refused(partner, "register-enterprise", **other) == (409, "name_taken")
    done(partner, "register-enterprise", **other | {"name": "Công ty TNHH Gốm sứ Minh Khâng"})
    assert refused(partner, "register-enterprise", name="Khác") == (409, "duplicate")


def test_three_of_many_shareholders_are_named(partner: APIClient) -> None:
    named = {"legal_form": "joint_stock_company", "third_owner_id": HANH, "third_share": "1/10"}
    done(partner, "register-enterprise", **named, share="1/2", second_share="1/5")
    assert shares() == {KHANG: "1/2", BANK: "1/5", HANH: "1/10"}


def test_a_representative_leaves_and_another_comes(partner: APIClient, firm: str) -> None:
    done(partner, "change-representative")
    told = {o.personal_id: (str(o.valid_from), o.valid_to) for o in Officer.objects.all()}
    assert told == {
        KHANG: ("2026-03-02", datetime.date(2026, 5, 31)),
        HANH: ("2026-06-01", None),
    }
    again = refused(partner, "change-representative", changes_on="2026-06-02")
    assert again == (409, "represents_already")
    gone = {"personal_id": LONG, "leaving_id": KHANG, "changes_on": "2026-06-02"}
    assert refused(partner, "change-representative", **gone) == (422, "reference")
    early = {"personal_id": LONG, "changes_on": "2026-06-01"}
    assert refused(partner, "change-representative", **early) == (422, "range")
    # Nobody comes before the firm, or before another who comes later.
    for day, said in (("2026-03-01", (422, "range")), ("2026-05-01", (409, "succeeded_already"))):
        given = {"personal_id": LONG, "changes_on": day}
        assert refused(partner, "change-representative", **given) == said
    assert Officer.objects.count() == 2


def test_of_several_the_one_who_leaves_is_named(partner: APIClient, firm: str) -> None:
    make(record_types()["officers"], 1)
    officer = {
        "enterprise_code": FIRM, "personal_id": LONG, "full_name": "Võ Long",
        "office": "legal_representative", "valid_from": "2026-04-01",
    }  # fmt: skip
    assert partner.post("/api/v1/officers", officer, format="json").status_code == 201
    assert refused(partner, "change-representative") == (422, "missing")
    done(partner, "change-representative", leaving_id=LONG)
    there = Enterprise.objects.get(enterprise_code=FIRM).represented(datetime.date(2026, 6, 1))
    assert [officer.personal_id for officer in there] == [KHANG, HANH]


def test_where_nobody_represents_one_is_appointed(partner: APIClient) -> None:
    make(record_types()["enterprises"], 1)
    done(partner, "change-representative", enterprise_code=code(1))
    assert Officer.objects.get().personal_id == HANH


def branch(status: str = "active", n: int = 1, of: str = FIRM) -> dict[str, Any]:
    return {
        "branch_code": f"{of}-{n:03d}", "enterprise_code": of, "name": f"Chi nhánh {n}",
        "kind": "branch", "unit": "25750", "address": "1 Yersin", "status": status,
    }  # fmt: skip


def test_suspended_resumed_and_its_branches_with_it(partner: APIClient, firm: str) -> None:
    for n, said in ((1, "active"), (2, "ended"), (3, "suspended")):
        reply = partner.post("/api/v1/branches", branch(said, n), format="json")
        assert reply.status_code == 201, reply.json()
    done(partner, "suspend-enterprise")
    there = Enterprise.objects.get()
    assert (there.status, str(there.suspended_from)) == ("suspended", "2026-07-01")
    statuses = Branch.objects.order_by("branch_code").values_list("status", flat=True)
    assert list(statuses) == ["suspended", "ended", "suspended"]
    url, body = f"/api/v1/branches/{FIRM}-001", {"address": "2 Yersin", "reason": "x"}
    reply = partner.patch(url, body, format="json", headers={"If-Match": '"2"'})
    assert reply.status_code == 200
    url, body = f"/api/v1/enterprises/{FIRM}", {"status": "active", "reason": "x"}
    reply = partner.patch(url, body, format="json", headers={"If-Match": '"2"'})
    assert (reply.status_code, reply.json()["code"]) == (409, "step_by_operation")
    assert reply.json()["operations"] == ["resume-enterprise"]
    done(partner, "resume-enterprise")
    awake = Enterprise.objects.filter(status="active", suspended_from=None, suspended_until=None)
    assert awake.exists()
    # What slept of its own sleeps on.
    assert list(statuses.all()) == ["active", "ended", "suspended"]
    assert refused(partner, "resume-enterprise") == (409, "not_suspended")


def test_one_notice_is_for_a_year_and_another_may_follow(partner: APIClient, firm: str) -> None:
    for begins, ends in (("2026-07-01", "2027-07-01"), ("2028-02-29", "2029-03-01")):
        given = {"suspended_from": begins, "suspended_until": ends}
        assert refused(partner, "suspend-enterprise", **given) == (422, "range")
    assert refused(partner, "suspend-enterprise", suspended_until="2026-06-30") == (422, "range")
    before = {"suspended_from": "2026-03-01", "suspended_until": "2026-08-01"}
    assert refused(partner, "suspend-enterprise", **before) == (422, "range")
    done(partner, "suspend-enterprise", suspended_until="2026-09-30")
    again = {"suspended_from": "2026-09-30", "suspended_until": "2027-01-01"}
    assert refused(partner, "suspend-enterprise", **again) == (409, "suspended_already")
    done(partner, "suspend-enterprise", **again | {"suspended_from": "2026-10-01"})
    there = Enterprise.objects.get()
    told = (str(there.suspended_from), str(there.suspended_until))
    assert told == ("2026-07-01", "2027-01-01")


def test_a_suspension_is_entered_a_month_before_at_most(partner: APIClient, firm: str) -> None:
    for days, said in ((31, 422), (30, 200)):
        begins = timezone.localdate() + datetime.timedelta(days=days)
        ends = begins + datetime.timedelta(days=90)
        given = {"suspended_from": str(begins), "suspended_until": str(ends)}
        assert run(partner, "suspend-enterprise", **given).status_code == said


@pytest.mark.parametrize(
    ("notified", "begins", "in_time"),
    [
        ("2026-06-29", "2026-07-01", False),
        ("2026-06-29", "2026-07-02", True),
        ("2026-06-26", "2026-06-30", False),
        ("2026-06-26", "2026-07-01", True),
        ("2026-06-27", "2026-07-01", False),
        ("2026-04-01", "2026-07-01", True),
        ("2026-07-02", "2026-07-01", False),
    ],
)
def test_a_notice_comes_three_working_days_before(
    partner: APIClient, firm: str, notified: str, begins: str, in_time: bool
) -> None:
    given = {"notified_on": notified, "suspended_from": begins, "suspended_until": "2026-12-31"}
    if in_time:
        done(partner, "suspend-enterprise", **given)
    else:
        assert refused(partner, "suspend-enterprise", **given) == (422, "range")


def test_nobody_resumes_without_a_representative(partner: APIClient, firm: str) -> None:
    done(partner, "suspend-enterprise")
    assert refused(partner, "resume-enterprise", resumes_on="2026-07-01") == (422, "range")
    Officer.objects.get()
    reply = partner.patch(
        f"/api/v1/officers/{Officer.objects.get().pk}",
        {"valid_to": "2026-08-01", "reason": "Thôi"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert reply.status_code == 200, reply.json()
    assert refused(partner, "resume-enterprise") == (409, "not_represented")


def test_the_head_office_moves(partner: APIClient, firm: str) -> None:
    old = {"head_office_unit": "25747", "head_office_address": "Số 12, đường Yersin"}
    assert refused(partner, "move-head-office", **old) == (409, "there_already")
    ended = {"head_office_unit": "25741"}
    assert refused(partner, "move-head-office", **ended) == (422, "unknown_unit")
    assert refused(partner, "move-head-office", moves_on="2026-03-01") == (422, "range")
    done(partner, "move-head-office", industrial_park="KCN VSIP I")
    there = Enterprise.objects.get()
    assert there.head_office_unit == "25750"
    assert there.industrial_park == "KCN VSIP I"


def test_a_part_changes_hands(partner: APIClient, firm: str) -> None:
    done(partner, "transfer-interest")
    assert shares() == {KHANG: "3/5", BANK: "1/5", HANH: "1/5"}
    assert shares(on="2026-07-31") == {KHANG: "3/5", BANK: "2/5"}
    # To somebody who has a part already: theirs grows.
    done(partner, "transfer-interest", from_id=KHANG, share="1/10", transferred_on="2026-08-02")
    assert shares() == {KHANG: "1/2", BANK: "1/5", HANH: "3/10"}
    done(partner, "transfer-interest", transferred_on="2026-08-03")
    assert shares() == {KHANG: "1/2", HANH: "1/2"}
    # A firm of two members at least has not one.
    last = {"from_id": KHANG, "share": "1/2", "transferred_on": "2026-08-04"}
    assert refused(partner, "transfer-interest", **last) == (409, "number_of_owners")
    assert shares() == {KHANG: "1/2", HANH: "1/2"}


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"from_id": HANH, "to_id": LONG}, 422, "reference"),
        ({"to_id": BANK}, 422, "conflict"),
        ({"share": "1/2"}, 409, "more_than_held"),
        ({"share": "3/2"}, 422, "range"),
        ({"transferred_on": "2026-03-02"}, 422, "range"),
        ({"transferred_on": "2026-03-01"}, 422, "reference"),
        ({"enterprise_code": "0384712410"}, 422, "reference"),
    ],
)
def test_what_cannot_change_hands(
    partner: APIClient, firm: str, values: dict[str, Any], status: int, said: str
) -> None:
    assert refused(partner, "transfer-interest", **values) == (status, said)
    assert shares() == {KHANG: "3/5", BANK: "2/5"}


def test_what_has_one_owner_changes_hands_whole(partner: APIClient) -> None:
    alone = {"second_owner_id": None, "second_share": None, "share": "1/1"}
    done(partner, "register-enterprise", legal_form="private_enterprise", **alone)
    sold = {"from_id": KHANG, "to_id": HANH}
    assert refused(partner, "transfer-interest", **sold, share="1/2") == (409, "one_owner")
    firm_buys = {"from_id": KHANG, "to_id": BANK, "share": "1/1"}
    assert refused(partner, "transfer-interest", **firm_buys) == (422, "conflict")
    assert refused(partner, "transfer-interest", **sold, share="1/1") == (422, "missing")
    assert refused(partner, "change-representative") == (409, "owner_represents")
    done(partner, "transfer-interest", **sold, share="1/1", to_name="Trần Thị Hạnh")
    assert shares() == {HANH: "1/1"}
    told = {o.personal_id: (str(o.valid_from), str(o.valid_to)) for o in Officer.objects.all()}
    assert told == {KHANG: ("2026-03-02", "2026-07-31"), HANH: ("2026-08-01", "None")}


def test_a_general_partner_is_a_person_and_of_one_firm(partner: APIClient) -> None:
    partners = {"legal_form": "partnership", "second_owner_id": HANH}
    firm = {**partners, "second_owner_id": BANK}
    assert refused(partner, "register-enterprise", **firm) == (422, "conflict")
    done(partner, "register-enterprise", **partners)
    other = {**partners, "enterprise_code": code(5), "name": "Công ty hợp danh Khác"}
    assert refused(partner, "register-enterprise", **other) == (409, "answers_already")
    other |= {"owner_id": LONG}
    assert refused(partner, "register-enterprise", **other) == (409, "answers_already")
    alone = {"second_owner_id": None, "second_share": None, "share": "1/1"}
    private = {**other, **alone, "legal_form": "private_enterprise", "representative_id": LONG}
    done(partner, "register-enterprise", **private)
    for buyer, said in ((BANK, (422, "conflict")), (LONG, (409, "answers_already"))):
        given = {"from_id": HANH, "to_id": buyer}
        assert refused(partner, "transfer-interest", **given) == said
    # The same firm does not stand in the way, but one partner is none.
    done(partner, "transfer-interest", from_id=HANH, to_id=KHANG)
    assert shares() == {KHANG: "4/5", HANH: "1/5"}
    rest = {"from_id": HANH, "to_id": KHANG, "transferred_on": "2026-08-02"}
    assert refused(partner, "transfer-interest", **rest) == (409, "number_of_owners")


def test_founders_shares_make_no_founder(partner: APIClient) -> None:
    named = {"legal_form": "joint_stock_company", "third_owner_id": HANH, "third_share": "1/5"}
    done(partner, "register-enterprise", **named, share="2/5", second_share="2/5")
    done(partner, "transfer-interest", to_id=LONG)
    assert Interest.objects.get(owner_id=LONG).kind == "shareholder"
    assert shares()[BANK] == "1/5"


def test_dissolved_after_its_branches(partner: APIClient, firm: str) -> None:
    partner.post("/api/v1/branches", branch(), format="json")
    assert refused(partner, "end-enterprise") == (409, "branches_stand")
    done(partner, "begin-dissolution")
    assert refused(partner, "begin-dissolution") == (409, "dissolving_already")
    for name in ("change-representative", "transfer-interest", "move-head-office"):
        assert refused(partner, name) == (409, "winding_up")
    assert refused(partner, "suspend-enterprise") == (409, "step_not_allowed")
    ended = {"status": "ended", "reason": "Chấm dứt"}
    match = {"If-Match": '"1"'}
    url = f"/api/v1/branches/{FIRM}-001"
    assert partner.patch(url, ended, format="json", headers=match).status_code == 200
    done(partner, "end-enterprise")
    assert status() == "ended"
    assert {o.valid_to for o in Officer.objects.all()} == {datetime.date(2026, 11, 20)}
    assert shares(on="2026-11-21") == {}
    assert refused(partner, "begin-dissolution") == (409, "step_not_allowed")


def test_a_step_is_the_laws_and_some_are_the_offices(partner: APIClient, firm: str) -> None:
    assert refused(partner, "end-enterprise") == (409, "step_not_allowed")
    url, match = f"/api/v1/enterprises/{FIRM}", {"If-Match": '"1"'}
    for said, what in (
        ("suspended", "step_by_operation"),
        ("dissolving", "step_by_operation"),
        ("ended", "step_not_allowed"),
    ):
        body = {"status": said, "reason": "x"}
        reply = partner.patch(url, body, format="json", headers=match)
        assert (reply.status_code, reply.json()["code"]) == (409, what)
    lost = {"status": "not_at_address", "reason": "Thông báo của cơ quan thuế"}
    assert partner.patch(url, lost, format="json", headers=match).status_code == 200
    reply = partner.patch(
        url, {**lost, "status": "ended"}, format="json", headers={"If-Match": '"2"'}
    )
    assert reply.json()["allowed"] == ["active", "revoked", "dissolving", "in_bankruptcy"]
    assert reply.json()["by"] == {"dissolving": ["begin-dissolution"]}


def test_a_firm_that_is_no_more_is_recorded_by_hand(partner: APIClient) -> None:
    old = {**enterprise(1), "status": "ended"}
    assert partner.post("/api/v1/enterprises", old, format="json").status_code == 201
    assert status(code(1)) == "ended"


def test_a_file_may_say_that_a_suspended_firm_works_again(partner: APIClient, firm: str) -> None:
    done(partner, "suspend-enterprise")
    rows = [["Mã số doanh nghiệp", "Tình trạng pháp lý"], [FIRM, "Đang hoạt động"]]
    found = reported(taken("enterprises", as_csv(rows)))["rows"]["2"]["codes"]
    assert found == []


def test_a_closed_record_has_no_operations(partner: APIClient, firm: str) -> None:
    body = {"reason": "Ghi nhầm"}
    url, match = f"/api/v1/enterprises/{FIRM}/close", {"If-Match": '"1"'}
    assert partner.post(url, body, format="json", headers=match).status_code == 200
    for name in ("change-representative", "transfer-interest", "move-head-office"):
        assert refused(partner, name) == (409, "winding_up")
    for name in ("suspend-enterprise", "begin-dissolution"):
        assert refused(partner, name) == (409, "closed")


def test_a_refused_try_is_in_the_firms_audit(partner: APIClient, firm: str) -> None:
    reply = run(partner, "transfer-interest", share="1/2")
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert entry["outcome"] == "conflict"
    assert {FIRM, BANK, HANH} <= set(entry["subjects"])


def test_the_sample_leads_its_firm() -> None:
    made: Any = make(record_types()["officers"], 4)
    assert (made.personal_id, made.full_name) == leader(4)
