"""What a school office does in one go."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from education.models import Diploma, Enrolment, Result, School, Student
from education.validators import GRADES, DiplomaSerial, goes_up, lies_in
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Code, Date, Name, PartialDate, PersonalId, SchoolYear, Text
from records.quantities import Integer
from records.registry import Input, Operation

ENROL_BASIS = "Thông tư 30/2024/TT-BGDĐT; Luật Giáo dục 43/2019/QH14, Điều 28"
REPEAT_BASIS = "Thông tư 22/2021/TT-BGDĐT, Điều 12-13; Thông tư 27/2020/TT-BGDĐT, Điều 11"
DIPLOMA_BASIS = "Luật Giáo dục (sửa đổi 2025), Điều 12, 34; Thông tư 21/2019/TT-BGDĐT"
#: From here on the principal issues the diploma, and nobody a lower-secondary one.
BY_PRINCIPALS = datetime.date(2026, 1, 1)
MOVE_BASIS = "Thông tư 32/2020/TT-BGDĐT; Quyết định 51/2002/QĐ-BGDĐT"


class Move(Input):
    """Who leaves for which school, and from which day."""

    student_code: Annotated[str, Code(_("Mã học sinh"))]
    school_year: Annotated[str, SchoolYear(_("Năm học"))]
    to_school_code: Annotated[str, Code(_("Mã trường chuyển đến"))]
    moves_on: Annotated[datetime.date, Date(_("Ngày vào trường mới"))]
    class_name: Annotated[str | None, Code(_("Lớp"), optional=True)]


class Enrol(Input):
    """Who learns where, in which class."""

    student_code: Annotated[str, Code(_("Mã học sinh"))]
    school_code: Annotated[str, Code(_("Mã trường"))]
    school_year: Annotated[str, SchoolYear(_("Năm học"))]
    grade: Annotated[int, Integer(_("Khối"), least=1, most=12)]
    class_name: Annotated[str | None, Code(_("Lớp"), optional=True)]
    begins_on: Annotated[datetime.date, Date(_("Ngày vào học"))]


class Repeat(Input):
    """Who does a school year's grade once more, in the next year."""

    student_code: Annotated[str, Code(_("Mã học sinh"))]
    school_year: Annotated[str, SchoolYear(_("Năm học phải học lại"))]
    class_name: Annotated[str | None, Code(_("Lớp"), optional=True)]
    begins_on: Annotated[datetime.date, Date(_("Ngày vào học"))]


class Graduation(Input):
    """Who leaves school with a diploma, and what stands in its register."""

    student_code: Annotated[str, Code(_("Mã học sinh"))]
    school_year: Annotated[str, SchoolYear(_("Năm học"))]
    serial: Annotated[str, DiplomaSerial(_("Số hiệu"))]
    register_no: Annotated[str, Text(_("Số vào sổ gốc"))]
    grade: Annotated[
        str | None, Choice(_("Xếp loại"), choices=Diploma.Grade.choices, optional=True)
    ]
    issued_on: Annotated[datetime.date, Date(_("Ngày cấp"), future=False)]
    issuer: Annotated[str | None, Text(_("Cơ quan cấp (trước năm 2026)"), optional=True)]
    birth_place: Annotated[str | None, Text(_("Nơi sinh"), optional=True)]
    signer: Annotated[str | None, Name(_("Người ký"), optional=True)]


class OneDiploma(Input):
    """Which diploma."""

    serial: Annotated[str, DiplomaSerial(_("Số hiệu"))]
    level: Annotated[str, Choice(_("Loại văn bằng"), choices=Diploma.Level.choices)]
    issuer: Annotated[str, Text(_("Cơ quan cấp"))]


class Correction(OneDiploma):
    """What a diploma says from now on of its holder; what is left empty stays."""

    holder_name: Annotated[str | None, Name(_("Họ và tên"), optional=True)]
    birth_date: Annotated[str | None, PartialDate(_("Ngày sinh"), optional=True)]
    birth_place: Annotated[str | None, Text(_("Nơi sinh"), optional=True)]
    holder_id: Annotated[str | None, PersonalId(_("Số định danh cá nhân"), optional=True)]


def _open_school(work: Work, code: str, field: str) -> School:
    school = work.get(School, code, field=field)
    if school.status != School.Status.OPEN:
        raise Conflict(_("This school is closed."), code="school_closed")
    return school


def enrol(work: Work, given: Enrol) -> None:
    """Enrols a learner at an open school that teaches the grade; one school at a time in a year.

    What they still studied in an earlier year is completed.
    """
    student = work.get(Student, given.student_code, field="student_code")
    school = _open_school(work, given.school_code, "school_code")
    _refuse_grade(school, given.grade, "grade")
    _within_year(given.school_year, given.begins_on, "begins_on")
    _complete_before(work, student, given.school_year, given.begins_on)
    where = (given.school_year, given.grade, given.class_name)
    _enrolled(work, student, school, *where, on=given.begins_on)


def _refuse_grade(school: School, grade: int, field: str) -> None:
    if grade not in GRADES.get(school.level, ()):
        text = _("This school does not teach this grade.")
        raise Conflict(text, code="grade_not_taught", field=field)


def _within_year(year: str, on: datetime.date, field: str) -> None:
    if not lies_in(year, on):
        text = _("A school year runs from 1 July to 31 August of the next year.")
        raise Invalid(faults=[Fault(field, "range", text)])


def _complete_before(work: Work, student: Student, year: str, on: datetime.date) -> None:
    """Complete what a pupil still studies in earlier years: on 31 May, or before they begin anew."""
    earlier = Enrolment.objects.select_for_update().filter(
        student_id=student.student_code,
        school_year__lt=year,
        status=Enrolment.Status.STUDYING,
        closed_on=None,
    )
    for done in earlier.order_by("school_year"):
        last = min(on - datetime.timedelta(days=1), datetime.date(int(done.school_year[5:]), 5, 31))
        ended = {"status": Enrolment.Status.COMPLETED, "valid_to": max(last, done.valid_from)}
        work.amend(done, ended)


def _enrolled(
    work: Work,
    student: Student,
    school: School,
    year: str,
    grade: int,
    class_name: str | None,
    *,
    on: datetime.date,
) -> None:
    values = {
        "student_code": student.student_code,
        "school_code": school.school_code,
        "school_year": year,
        "grade": grade,
        "class_name": class_name,
        "status": Enrolment.Status.STUDYING,
        "valid_from": on,
    }
    work.create(Enrolment, values)


def _judged(student: Student, year: str) -> list[bool]:
    """Of each result recorded of a pupil's year, whether it lets them go up."""
    found = Result.objects.filter(student_id=student.student_code, school_year=year, closed_on=None)
    return [goes_up(r.learning, r.training, r.absences) for r in found]


def repeat_year(work: Work, given: Repeat) -> None:
    """Has a pupil who did not go up do the grade once more at the same school, in the next year."""
    student = work.get(Student, given.student_code, field="student_code")
    year = Enrolment.objects.select_for_update().filter(
        student_id=student.student_code, school_year=given.school_year, closed_on=None
    )
    done = year.filter(status__in=("studying", "completed")).order_by("-valid_from").first()
    if done is None:
        raise Conflict(_("This pupil studied at no school in this year."), code="not_studying")
    if any(_judged(student, given.school_year)):
        raise Conflict(_("This pupil's result of the year lets them go up."), code="goes_up")
    if given.begins_on <= (done.valid_to or done.valid_from):
        text = _("The next year begins after the last one.")
        raise Invalid(faults=[Fault("begins_on", "range", text)])
    school = _open_school(work, done.school_id, "student_code")
    following = f"{given.school_year[5:]}-{int(given.school_year[5:]) + 1}"
    _within_year(following, given.begins_on, "begins_on")
    _complete_before(work, student, following, given.begins_on)
    _enrolled(work, student, school, following, done.grade, given.class_name, on=given.begins_on)


def graduate(work: Work, given: Graduation) -> None:
    """Ends the twelfth grade with a diploma, entered in its register, unless the year was not passed.

    Since 1 January 2026 the principal issues it: the school is its issuer; before, the department named.
    """
    student = work.get(Student, given.student_code, field="student_code")
    year = Enrolment.objects.select_for_update().filter(
        student_id=student.student_code, school_year=given.school_year, closed_on=None
    )
    now = year.filter(status="studying").first()
    if now is None or now.grade != GRADES["upper_secondary"][-1]:
        text = _("This pupil is not in the twelfth grade in this year.")
        raise Conflict(text, code="not_in_last_grade")
    if (judged := _judged(student, given.school_year)) and not any(judged):
        text = _("This pupil's result of the year does not let them graduate.")
        raise Conflict(text, code="not_passed")
    if given.issued_on <= now.valid_from:
        text = _("A diploma is not issued before the year has begun.")
        raise Invalid(faults=[Fault("issued_on", "range", text)])
    school = work.get(School, now.school_id, field="student_code")
    issuer = school.name if given.issued_on >= BY_PRINCIPALS else given.issuer
    if issuer is None:
        text = _("Before 2026 the department issued it: name it.")
        raise Invalid(faults=[Fault("issuer", "missing", text)])
    work.amend(now, {"status": Enrolment.Status.COMPLETED, "valid_to": given.issued_on})
    diploma = {
        "serial": given.serial,
        "level": Diploma.Level.UPPER_SECONDARY,
        "issuer": issuer,
        "register_no": given.register_no,
        "holder_id": student.personal_id,
        "holder_name": student.full_name,
        "sex": student.sex,
        "birth_date": student.birth_date,
        "birth_place": given.birth_place,
        "graduation_year": int(given.school_year[5:]),
        "grade": given.grade,
        "issued_on": given.issued_on,
        "signer": given.signer,
    }
    work.create(Diploma, diploma)


def _diploma(work: Work, given: OneDiploma) -> Diploma:
    """The diploma an input names, locked. Raises Conflict where it is no longer in force."""
    found = Diploma.objects.select_for_update().filter(
        serial=given.serial, level=given.level, issuer=given.issuer
    )
    if (diploma := found.first()) is None:
        text = _("No such diploma is recorded here.")
        raise Invalid(faults=[Fault("serial", "reference", text)])
    work.held.append(diploma)
    if diploma.status in {Diploma.Status.WITHDRAWN, Diploma.Status.CANCELLED}:
        raise Conflict(_("This diploma is no longer in force."), code="not_in_force")
    return diploma


def correct_diploma(work: Work, given: Correction) -> None:
    """Corrects what a diploma in force says of its holder; its history keeps what it said before."""
    names = ("holder_name", "birth_date", "birth_place", "holder_id")
    values = {name: said for name in names if (said := getattr(given, name)) is not None}
    if not values:
        text = _("Say what is to be corrected.")
        raise Invalid(faults=[Fault("holder_name", "missing", text)])
    work.amend(_diploma(work, given), {**values, "status": Diploma.Status.CORRECTED})


def withdraw_diploma(work: Work, given: OneDiploma) -> None:
    """Withdraws a diploma in force; whoever checks it is told that it is not valid."""
    work.amend(_diploma(work, given), {"status": Diploma.Status.WITHDRAWN})


def move_school(work: Work, given: Move) -> None:
    """Moves a pupil during a school year to another school that teaches their grade.

    The enrolment at the old school ends the day before; one who comes back goes on in the old one.
    """
    student = work.get(Student, given.student_code, field="student_code")
    school = work.get(School, given.to_school_code, field="to_school_code")
    year = Enrolment.objects.select_for_update().filter(
        student_id=student.student_code, school_year=given.school_year, closed_on=None
    )
    now = year.filter(status=Enrolment.Status.STUDYING).first()
    if now is None:
        raise Conflict(_("This pupil studies at no school in this year."), code="not_studying")
    if now.school_id == school.school_code:
        text = _("The pupil is at this school already.")
        raise Invalid(faults=[Fault("to_school_code", "conflict", text)])
    if school.status != School.Status.OPEN:
        raise Conflict(_("This school is closed."), code="school_closed")
    _refuse_grade(school, now.grade, "to_school_code")
    _within_year(given.school_year, given.moves_on, "moves_on")
    if given.moves_on <= now.valid_from:
        text = _("The pupil cannot leave before the first day.")
        raise Invalid(faults=[Fault("moves_on", "range", text)])
    last_day = given.moves_on - datetime.timedelta(days=1)
    work.amend(now, {"status": Enrolment.Status.TRANSFERRED, "valid_to": last_day})
    if before := year.filter(school_id=school.school_code).first():
        values: dict[str, Any] = {"status": Enrolment.Status.STUDYING, "valid_to": None}
        if given.class_name:
            values["class_name"] = given.class_name
        work.amend(before, values)
        return
    where = (given.school_year, now.grade, given.class_name)
    _enrolled(work, student, school, *where, on=given.moves_on)


DIPLOMA = {
    "serial": "B44862744",
    "level": "upper_secondary",
    "issuer": "Sở Giáo dục và Đào tạo tỉnh Bình Dương",
}
OPERATIONS = (
    Operation(
        run=enrol,
        title=_("Tiếp nhận học sinh"),
        legal_basis=ENROL_BASIS,
        input=Enrol,
        example={
            "student_code": "HS00000001",
            "school_code": "TH-001",
            "school_year": "2026-2027",
            "grade": 1,
            "class_name": "1A",
            "begins_on": "2026-09-05",
        },
    ),
    Operation(
        run=move_school,
        title=_("Chuyển trường"),
        legal_basis=MOVE_BASIS,
        input=Move,
        example={
            "student_code": "HS00000001",
            "school_year": "2026-2027",
            "to_school_code": "TH-004",
            "moves_on": "2026-11-02",
            "class_name": "5A",
        },
    ),
    Operation(
        run=repeat_year,
        title=_("Cho học lại lớp"),
        legal_basis=REPEAT_BASIS,
        input=Repeat,
        example={
            "student_code": "HS00000001",
            "school_year": "2025-2026",
            "class_name": "1B",
            "begins_on": "2026-09-05",
        },
    ),
    Operation(
        run=graduate,
        title=_("Công nhận tốt nghiệp, cấp bằng"),
        legal_basis=DIPLOMA_BASIS,
        input=Graduation,
        example={
            "student_code": "HS00000001",
            "school_year": "2025-2026",
            "serial": "B44862744",
            "register_no": "0117/2026/THPT",
            "grade": "good",
            "issued_on": "2026-07-20",
            "signer": "Lê Thị Thu Hà",
        },
    ),
    Operation(
        run=correct_diploma,
        title=_("Chỉnh sửa văn bằng"),
        legal_basis=DIPLOMA_BASIS,
        input=Correction,
        example=DIPLOMA | {"holder_name": "Trần Trọng Vinh"},
    ),
    Operation(
        run=withdraw_diploma,
        title=_("Thu hồi văn bằng"),
        legal_basis=DIPLOMA_BASIS,
        input=OneDiploma,
        example=DIPLOMA,
    ),
)
