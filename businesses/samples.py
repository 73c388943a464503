"""Made-up firms: the n-th sample is always the same. Tests, examples and demo data draw on it.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from typing import Any

from records.mending import check_digit

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
SEEDS: dict[str, Any] = {}
