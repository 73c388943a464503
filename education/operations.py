"""What a school office does in one go."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from education.models import Enrolment, School, Student
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Code, Date, SchoolYear
from records.registry import Input, Operation

MOVE_BASIS = "Thông tư 32/2020/TT-BGDĐT; Quyết định 51/2002/QĐ-BGDĐT"


class Move(Input):
    """Who leaves for which school, and from which day."""

    student_code: Annotated[str, Code(_("Mã học sinh"))]
    school_year: Annotated[str, SchoolYear(_("Năm học"))]
    to_school_code: Annotated[str, Code(_("Mã trường chuyển đến"))]
    moves_on: Annotated[datetime.date, Date(_("Ngày vào trường mới"))]
    class_name: Annotated[str | None, Code(_("Lớp"), optional=True)]


def move_school(work: Work, given: Move) -> None:
    """Moves a pupil to another school during a school year, in the same grade.

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
    work.create(
        Enrolment,
        {
            "student_code": student.student_code,
            "school_code": school.school_code,
            "school_year": given.school_year,
            "grade": now.grade,
            "class_name": given.class_name,
            "status": Enrolment.Status.STUDYING,
            "valid_from": given.moves_on,
        },
    )


OPERATIONS = (
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
)
