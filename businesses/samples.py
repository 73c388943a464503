"""Made-up firms: the n-th sample is always the same. Tests, examples and demo data draw on it.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from records.mending import check_digit
from records.population import TODAY, Firm, Neighbourhood, Person, Seed, iso
from records.population.days import day

TRADES = (
    ("Gốm sứ", "2393"),
    ("Bao bì", "1702"),
    ("Cơ khí", "2592"),
    ("Đồ gỗ", "3100"),
    ("Nhựa", "2220"),
    ("May mặc", "1410"),
    ("Xây dựng", "4100"),
    ("Vận tải", "4933"),
    ("Nông sản", "4620"),
)
NAMES = ("Minh Khang", "Tân Tiến", "Phước Lộc", "Việt Hương", "Thuận Phát", "Quang Minh", "An Phú")
FORMS = {
    "single_member_llc": "Công ty TNHH MTV",
    "multi_member_llc": "Công ty TNHH",
    "joint_stock_company": "Công ty Cổ phần",
    "private_enterprise": "DNTN",
    "cooperative": "Hợp tác xã",
    "household_business": "Hộ kinh doanh",
}
UNITS = ("25747", "25750", "25760", "25768", "25771", "25813", "25822", "25888", "25942", "25966")
LEADERS = ("Nguyễn Văn Long", "Trần Thị Hạnh", "Phạm Quốc Bảo", "Lê Thị Kim Oanh", "Võ Hữu Phúc")
#: The last million serial numbers are those of samples.
FIRST_SERIAL = 9_000_000


def code(n: int) -> str:
    """The n-th made-up firm's code: where a serial gives no check digit, the next tax block does."""
    block, serial = divmod(n, 1_000_000)
    begins = (f"{37 + block + k}{FIRST_SERIAL + serial:07d}" for k in range(0, 40, 20))
    return next(b + digit for b in begins if len(digit := check_digit(b)) == 1)


def leader(n: int) -> tuple[str, str]:
    """The number and name of whoever leads the n-th firm."""
    return f"0740{60 + n % 40}{n % 1_000_000:06d}", LEADERS[n % len(LEADERS)]


def enterprise(n: int) -> dict[str, Any]:
    trade, industry = TRADES[n % len(TRADES)]
    form = tuple(FORMS)[n % 5]
    return {
        "enterprise_code": code(n),
        "name": f"{FORMS[form]} {trade} {NAMES[n % len(NAMES)]} {n}",
        "legal_form": form,
        "head_office_unit": UNITS[n % len(UNITS)],
        "head_office_address": f"Số {n % 300 + 1}, đường Yersin",
        "industrial_park": "KCN VSIP I" if n % 5 == 0 else None,
        "founded_on": f"{2005 + n % 20}-0{n % 9 + 1}-1{n % 10}",
        "charter_capital": (n % 50 + 1) * 100_000_000,
        "main_industry": industry,
        "vsic_version": "2018",
        "status": "active",
        "phone": f"0274{n % 10_000_000:07d}",
    }


def branch(n: int) -> dict[str, Any]:
    firm = enterprise(n)
    return {
        "branch_code": f"{firm['enterprise_code']}-{n % 999 + 1:03d}",
        "enterprise_code": firm["enterprise_code"],
        "name": f"Chi nhánh {NAMES[n % len(NAMES)]} {n}",
        "kind": "branch",
        "unit": UNITS[(n + 3) % len(UNITS)],
        "address": f"Số {n % 200 + 1}, đường Lê Hồng Phong",
        "status": "active",
    }


def officer(n: int) -> dict[str, Any]:
    number, name = leader(n)
    return {
        "enterprise_code": code(n),
        "personal_id": number,
        "full_name": name,
        "office": "legal_representative",
        "valid_from": enterprise(n)["founded_on"],
    }


def interest(n: int) -> dict[str, Any]:
    firm = enterprise(n)
    kinds = {"joint_stock_company": "founding_shareholder", "multi_member_llc": "member"}
    return {
        "enterprise_code": firm["enterprise_code"],
        "owner_kind": "person",
        "owner_id": leader(n)[0],
        "kind": kinds.get(firm["legal_form"], "owner"),
        "share": "3/5" if firm["legal_form"] in kinds else "1/1",
        "valid_from": firm["founded_on"],
    }


SAMPLES = {
    "enterprises": enterprise,
    "branches": branch,
    "officers": officer,
    "interests": interest,
}

#: What a call of each operation may look like.
FIRM = "3701234562"
EXAMPLES: dict[str, dict[str, Any]] = {
    "register_enterprise": {
        "enterprise_code": FIRM,
        "name": "Công ty TNHH Gốm sứ Minh Khang Bình Dương",
        "legal_form": "multi_member_llc",
        "head_office_unit": "25747",
        "head_office_address": "Số 12, đường Yersin",
        "registered_on": "2026-03-02",
        "charter_capital": 2_000_000_000,
        "main_industry": "2393",
        "phone": "02743822100",
        "representative_id": "074085001234",
        "representative_name": "Nguyễn Minh Khang",
        "owner_id": "074085001234",
        "share": "3/5",
        "second_owner_id": "0100233488",
        "second_share": "2/5",
    },
    "change_representative": {
        "enterprise_code": FIRM,
        "personal_id": "074190004321",
        "full_name": "Trần Thị Hạnh",
        "changes_on": "2026-06-01",
    },
    "suspend_enterprise": {
        "enterprise_code": FIRM,
        "suspended_from": "2026-07-01",
        "suspended_until": "2027-06-30",
    },
    "resume_enterprise": {"enterprise_code": FIRM, "resumes_on": "2026-10-01"},
    "move_head_office": {
        "enterprise_code": FIRM,
        "head_office_unit": "25750",
        "head_office_address": "Số 7, đường Phú Lợi",
        "moves_on": "2026-09-01",
    },
    "transfer_interest": {
        "enterprise_code": FIRM,
        "from_id": "0100233488",
        "to_id": "074190004321",
        "share": "1/5",
        "transferred_on": "2026-08-01",
    },
    "begin_dissolution": {"enterprise_code": FIRM, "resolved_on": "2026-10-15"},
    "end_enterprise": {"enterprise_code": FIRM, "ended_on": "2026-11-20"},
}


# --- the rows of a population ---------------------------------------------------------------------

SECOND_WORDS = (
    "Bình Dương", "Miền Đông", "Thành Công", "Hưng Thịnh", "Toàn Cầu", "Gia Phát", "Phú Mỹ",
    "Đại Nam", "Hòa Bình", "Tân Thành", "Đông Á", "Nam Việt", "Hoàng Gia", "Vạn Phúc", "Trường Sơn",
)  # fmt: skip
PARKS = ("VSIP I", "VSIP II", "Mỹ Phước 1", "Sóng Thần 2", "Nam Tân Uyên", "Bàu Bàng", "Đồng An")
#: Of a hundred firms: how many are not simply active, and what they are instead.
STATUSES = (
    *("suspended",) * 6, *("not_at_address",) * 3, "revoked", "dissolving", *("ended",) * 4
)  # fmt: skip
KINDS = {
    "multi_member_llc": "member",
    "joint_stock_company": "founding_shareholder",
    "cooperative": "member",
}
OTHERS = {"multi_member_llc": "chairperson", "joint_stock_company": "chief_accountant"}
WITH_BRANCHES = ("multi_member_llc", "joint_stock_company")
#: Every so many firms of a kind something is so: a firm owns it, it has branches, its leader changed.
OWNED, BRANCHED, CHANGED = 6, 5, 9


def _status(firm: Firm) -> str:
    dice = (firm.number * 37 + firm.founded) % 100
    return STATUSES[dice] if dice < len(STATUSES) else "active"


def _ended(firm: Firm) -> int | None:
    """The day on which a firm that is no more ended."""
    if _status(firm) != "ended":
        return None
    return firm.founded + (TODAY - firm.founded) * 3 // 4


def _name(firm: Firm, around: Neighbourhood) -> tuple[str, str]:
    """What a firm is called, and the class of what it does."""
    n = firm.number + around.number * 7
    trade, industry = TRADES[n % len(TRADES)]
    called = f"{FORMS[firm.form]} {trade} {NAMES[n % len(NAMES)]}"
    if firm.form == "household_business":
        return f"{FORMS[firm.form]} {trade} {firm.leader.full_name}", industry
    return f"{called} {SECOND_WORDS[n % len(SECOND_WORDS)]} {int(firm.code[2:9])}", industry


def enterprise_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for firm in around.firms:
        name, industry = _name(firm, around)
        status, dice = _status(firm), firm.number * 7_919 % 1_000
        first = last = None
        if status == "suspended":
            begins = max(firm.founded + 1, TODAY - dice % 300)
            first, last = iso(begins), iso(begins + 364)
        small = firm.form in ("household_business", "private_enterprise")
        park = PARKS[dice % len(PARKS)] if dice % 11 == 0 and not small else None
        yield (
            firm.code,
            name,
            firm.form,
            firm.place.unit(firm.founded),
            f"{firm.line}, {firm.place.called(firm.founded)}",
            f"KCN {park}" if park else None,
            iso(firm.founded),
            str((dice % 90 + 10) * (10_000_000 if small else 200_000_000)),
            industry,
            "2025" if firm.founded >= NEW_CLASSES else "2018",
            status,
            first,
            last,
            f"0274{(firm.number + around.number * 1_000) % 10_000_000:07d}",
        )


def branch_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for firm in around.firms:
        if firm.form not in WITH_BRANCHES or firm.number % BRANCHED:
            continue
        name, _industry = _name(firm, around)
        status = {"ended": "ended", "suspended": "suspended"}.get(_status(firm), "active")
        for n in range(1, 2 + firm.number % 2):
            place = around.homes[(firm.number + n) % len(around.homes)]
            yield (
                f"{firm.code}-{n:03d}",
                firm.code,
                f"Chi nhánh {name} tại {place.name}",
                "branch" if n == 1 else "representative_office",
                place.unit(TODAY),
                f"{firm.line}, {place.called(TODAY)}",
                status,
            )


def officer_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """Who represents each firm, and whom they followed; who else holds an office."""
    for firm in around.firms:
        ended = _ended(firm)
        last = iso(ended) if ended else None
        leader, begins = firm.leader, firm.founded
        others = [owner for owner, _share in firm.owners[1:]]
        if others and firm.number % CHANGED == 0:
            begins += ((ended or TODAY) - begins) // 2 + 1
            yield _officer(firm, others[0], "legal_representative", firm.founded, iso(begins - 1))
        yield _officer(firm, leader, "legal_representative", begins, last)
        if firm.form != "household_business":
            yield _officer(firm, leader, "director", begins, last)
        if others and firm.form in OTHERS:
            yield _officer(firm, others[-1], OTHERS[firm.form], firm.founded, last)


def _officer(
    firm: Firm, person: Person, office: str, begins: int, last: str | None
) -> tuple[str | None, ...]:
    return firm.code, person.personal_id, person.full_name, office, iso(begins), last


def interest_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """Each firm's whole, among its owners; now and then one of the firms before it owns it."""
    parent: Firm | None = None
    for firm in around.firms:
        ended = _ended(firm)
        last, begins = iso(ended) if ended else None, iso(firm.founded)
        kind = KINDS.get(firm.form, "owner")
        if firm.form == "joint_stock_company" and _status(firm) == "active":
            parent = firm
        owned = firm.form == "single_member_llc" and firm.number % OWNED == 0
        if owned and parent and parent.founded < firm.founded:
            yield firm.code, "enterprise", parent.code, kind, "1/1", begins, last
            continue
        for owner, share in firm.owners:
            yield firm.code, "person", owner.personal_id, kind, share, begins, last


NEW_CLASSES = day(2025, 11, 15)
SEEDS = {
    "enterprises": Seed(
        (
            "enterprise_code", "name", "legal_form", "head_office_unit", "head_office_address",
            "industrial_park", "founded_on", "charter_capital", "main_industry", "vsic_version",
            "status", "suspended_from", "suspended_until", "phone",
        ),
        enterprise_rows,
    ),
    "branches": Seed(
        ("branch_code", "enterprise_code", "name", "kind", "unit", "address", "status"), branch_rows
    ),
    "officers": Seed(
        ("enterprise_code", "personal_id", "full_name", "office", "valid_from", "valid_to"),
        officer_rows,
    ),
    "interests": Seed(
        (
            "enterprise_code", "owner_kind", "owner_id", "kind", "share", "valid_from", "valid_to",
        ),
        interest_rows,
    ),
}  # fmt: skip
