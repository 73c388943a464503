"""Made-up schools and pupils: the n-th sample is always the same."""

from __future__ import annotations

from typing import Any

SCHOOLS = (
    ("TH-001", "Tiểu học Phú Cường", "primary", "25747"),
    ("TH-002", "Tiểu học Phú Hòa", "primary", "25750"),
    ("THCS-003", "THCS Chu Văn An", "lower_secondary", "25747"),
    ("TH-004", "Tiểu học Lê Hồng Phong", "primary", "25771"),
    ("THPT-005", "THPT Võ Minh Đức", "upper_secondary", "25760"),
)
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


SAMPLES = {"schools": school, "students": student, "enrolments": enrolment}
