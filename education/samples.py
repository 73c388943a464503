"""Made-up schools and pupils: the n-th sample is always the same.

`SEEDS` makes the rows of a whole made-up population (`manage.py seed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from education.validators import LEARNING
from records.population import TODAY, Neighbourhood, Person, Place, Seed, iso, year_of
from records.population.days import day
from records.population.places import HOME

SCHOOLS = (
    ("TH-001", "Tiểu học Phú Cường", "primary", "25747"),
    ("TH-002", "Tiểu học Phú Hòa", "primary", "25750"),
    ("THCS-003", "THCS Chu Văn An", "lower_secondary", "25747"),
    ("TH-004", "Tiểu học Lê Hồng Phong", "primary", "25771"),
    ("THPT-005", "THPT Võ Minh Đức", "upper_secondary", "25760"),
)
DEPARTMENT = "Sở Giáo dục và Đào tạo tỉnh Bình Dương"
NAMES = ("Lê Minh Khôi", "Trần Bảo Ngọc", "Phạm Gia Hân", "Y Bhăm Niê", "H'Hen Êban", "Ngô Đức Tâm")


def school(n: int) -> dict[str, Any]:
    code, name, level, unit = SCHOOLS[n % len(SCHOOLS)]
    number = n // len(SCHOOLS)
    return {
        "school_code": code if number == 0 else f"{code}-{number}",
        "name": name if number == 0 else f"{name} {number + 1}",
        "level": level,
        "kind": "public",
        "unit": unit,
        "address": "Bình Dương",
        "status": "open",
    }


def student(n: int) -> dict[str, Any]:
    sex, year = "MF"[n % 2], 2015 + n % 4
    return {
        "student_code": f"HS{n:08d}",
        "personal_id": f"074{2 + (sex == 'F')}{year % 100:02d}{900_000 - n % 800_000:06d}",
        "full_name": NAMES[n % len(NAMES)],
        "sex": sex,
        "birth_date": f"{year}-0{n % 9 + 1}-1{n % 10}",
    }


def enrolment(n: int) -> dict[str, Any]:
    return {
        "student_code": student(n)["student_code"],
        "school_code": school(n)["school_code"],
        "school_year": "2026-2027",
        "grade": n % 5 + 1,
        "class_name": f"{n % 5 + 1}A",
        "status": "studying",
        "valid_from": "2026-09-05",
    }


def result(n: int) -> dict[str, Any]:
    return {
        "student_code": student(n)["student_code"],
        "school_year": "2025-2026",
        "scheme": "27/2020",
        "learning": LEARNING["27/2020"][n % 3],
        "training": "Tốt",
        "absences": n % 7,
    }


def diploma(n: int) -> dict[str, Any]:
    year = 2003 + n % 20
    return {
        "serial": f"{'ABCD'[n % 4]}{20_000_000 + n}",
        "level": "upper_secondary",
        "issuer": DEPARTMENT,
        "register_no": f"{n:04d}/{year}/THPT",
        "holder_id": f"074{n % 2}{(year - 1918) % 100:02d}{800_000 - n % 700_000:06d}",
        "holder_name": NAMES[n % len(NAMES)],
        "sex": "MF"[n % 2],
        "birth_date": f"{year - 18}-0{n % 9 + 1}-1{n % 10}",
        "birth_place": "Bình Dương",
        "graduation_year": year,
        "grade": "good",
        "issued_on": f"{year}-09-15",
        "signer": "Lê Thị Thu Hà",
        "status": "valid",
    }


SAMPLES = {
    "schools": school,
    "students": student,
    "enrolments": enrolment,
    "results": result,
    "diplomas": diploma,
}


# --- the rows of a population ---------------------------------------------------------------------

THIS_YEAR = 2026
FIRST_YEAR = 2024
PATRONS = (
    "Lê Hồng Phong", "Nguyễn Du", "Trần Quốc Toản", "Chu Văn An", "Võ Minh Đức", "Trịnh Hoài Đức",
    "Nguyễn Viết Xuân", "Lê Thị Hồng Gấm", "Phan Bội Châu", "Huỳnh Văn Nghệ", "Nguyễn An Ninh",
    "Lý Tự Trọng", "Bùi Thị Xuân", "Nguyễn Khuyến", "Phan Chu Trinh", "Ngô Thời Nhiệm",
)  # fmt: skip


class Laid(NamedTuple):
    """A school of every neighbourhood: its level, what it is called, the hamlet it stands in."""

    level: str
    word: str
    patron: bool
    hamlet: int


LAID = (
    Laid("preschool", "Trường Mầm non", False, 1),
    Laid("primary", "Trường Tiểu học", False, 0),
    Laid("primary", "Trường Tiểu học", False, 5),
    Laid("lower_secondary", "Trường Trung học cơ sở", True, 3),
    Laid("upper_secondary", "Trường Trung học phổ thông", True, 7),
    Laid("continuing", "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên", False, 8),
)


def _school_code(around: Neighbourhood, n: int) -> str:
    return f"74{around.number:04d}{n:02d}"


def _school_for(grade: int, hamlet: int) -> int:
    """Which of LAID a pupil goes to."""
    if grade <= 5:
        return 1 + hamlet % 2
    return 3 if grade <= 9 else 4


def school_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for n, laid in enumerate(LAID):
        place = around.homes[laid.hamlet]
        named = PATRONS[(around.number * 5 + n) % len(PATRONS)] if laid.patron else place.name
        again = around.number // len(PATRONS) if laid.patron else around.number // 10
        name = f"{laid.word} {named}" + (f" {again + 1}" if again else "")
        kind = "private" if laid.level == "preschool" and around.number % 3 == 0 else "public"
        unit, address = place.unit(TODAY), place.called(TODAY)
        yield _school_code(around, n), name, laid.level, kind, unit, address, "open"


def _grade(one: Person) -> int:
    """The class somebody is in this school year; anything but 1 to 12 for who is no pupil."""
    return THIS_YEAR - year_of(one.born) - 5


def _came(one: Person) -> int:
    return one.stays[-1].begins


def pupils(around: Neighbourhood) -> Iterator[Person]:
    """Who goes to school: every child of six, and of those past fifteen most."""
    for one in around.people:
        grade = _grade(one)
        if 1 <= grade <= 12 and not one.died and one.stays:
            left = grade > 9 and one.index * 7_919 % 100 < 12
            if not left:
                yield one


def _student_code(one: Person) -> str:
    return f"{HOME}{one.index:08d}"


def student_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    for one in pupils(around):
        yield _student_code(one), one.personal_id, one.full_name, one.sex, one.birth_date


def enrolment_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """This year's, and those of up to two years before, as far as the pupil lived here."""
    hamlets: dict[Place | None, int] = {place: n for n, place in enumerate(around.homes)}
    begins = {year: day(year, 9, 5) for year in range(FIRST_YEAR, THIS_YEAR + 1)}
    for one in pupils(around):
        code, came, hamlet = _student_code(one), _came(one), hamlets[one.home]
        for year, first in begins.items():
            now = year == THIS_YEAR
            grade = _grade(one) - THIS_YEAR + year
            if grade < 1 or (came > first and not now):
                continue
            yield (
                code,
                _school_code(around, _school_for(grade, hamlet)),
                f"{year}-{year + 1}",
                str(grade),
                f"{grade}A{one.index % 4 + 1}",
                "studying" if now else "completed",
                iso(max(came, first)),
                None if now else f"{year + 1}-05-31",
            )


def result_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """Those of the years that are over, under the circular of the grade."""
    for one in pupils(around):
        for year in range(FIRST_YEAR, THIS_YEAR):
            grade = _grade(one) - THIS_YEAR + year
            if grade < 1 or _came(one) > day(year, 9, 5):
                continue
            scheme = "27/2020" if grade <= 5 else "22/2021"
            dice = (one.index * 31 + year) % 20
            words = LEARNING[scheme]
            said = words[0] if dice < 5 else words[1] if dice < 14 else words[2]
            missed = str(dice * 7 % 9)
            years = f"{year}-{year + 1}"
            yield _student_code(one), years, scheme, said, "Tốt" if dice < 17 else "Đạt", missed


def diploma_rows(around: Neighbourhood) -> Iterator[tuple[str | None, ...]]:
    """Upper-secondary diplomas of those who grew up here and are out of school."""
    for one in around.people:
        year = year_of(one.born) + 18
        if not 1990 <= year < 2026 or one.died or one.index * 7_919 % 100 >= 45:
            continue
        code = f"{'ABCD'[one.index % 4]}{one.index:08d}"
        grade = ("excellent", "very_good", "good", "good", "average")[one.index % 5]
        yield (
            code, "upper_secondary", DEPARTMENT, f"{one.index}/{year}/THPT", one.personal_id,
            one.full_name, one.sex, one.birth_date, str(year), grade, f"{year}-09-15", "valid",
        )  # fmt: skip


SEEDS = {
    "schools": Seed(
        ("school_code", "name", "level", "kind", "unit", "address", "status"), school_rows
    ),
    "students": Seed(("student_code", "personal_id", "full_name", "sex", "birth_date"), student_rows),
    "enrolments": Seed(
        (
            "student_code", "school_code", "school_year", "grade", "class_name", "status",
            "valid_from", "valid_to",
        ),
        enrolment_rows,
    ),
    "results": Seed(
        ("student_code", "school_year", "scheme", "learning", "training", "absences"), result_rows
    ),
    "diplomas": Seed(
        (
            "serial", "level", "issuer", "register_no", "holder_id", "holder_name", "sex", "birth_date",
            "graduation_year", "grade", "issued_on", "status",
        ),
        diploma_rows,
    ),
}  # fmt: skip
