"""Education: schools, those who learn, and where they are enrolled."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from education.validators import LEARNING, TRAINING, DiplomaSerial, Verdict
from records.fields import (
    Choice,
    Date,
    Key,
    Name,
    PartialDate,
    PersonalId,
    SchoolYear,
    Text,
    UnitCode,
    folded,
    sorted_by,
    words_index,
)
from records.models import ForATime, Record
from records.quantities import Integer, Year


class School(Record):
    """A school (cơ sở giáo dục)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Đang hoạt động")
        CLOSED = "closed", _("Đã giải thể")

    class Level(models.TextChoices):
        PRESCHOOL = "preschool", _("Mầm non")
        PRIMARY = "primary", _("Tiểu học")
        LOWER_SECONDARY = "lower_secondary", _("Trung học cơ sở")
        UPPER_SECONDARY = "upper_secondary", _("Trung học phổ thông")
        CONTINUING = "continuing", _("Giáo dục thường xuyên")

    class Kind(models.TextChoices):
        PUBLIC = "public", _("Công lập")
        PRIVATE = "private", _("Tư thục")

    school_code = Key(_("Mã trường"), unique=True)
    name = Text(_("Tên trường"))
    level = Choice(
        _("Cấp học"),
        choices=Level.choices,
        words={
            "lower_secondary": ("THCS",),
            "upper_secondary": ("THPT",),
            "continuing": ("GDTX",),
        },
    )
    kind = Choice(
        _("Loại hình"), choices=Kind.choices, words={"private": ("Dân lập",)}, optional=True
    )
    unit = UnitCode(_("Mã xã"))
    address = Text(_("Địa chỉ"), optional=True)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.OPEN)
    folded = folded("name")
    sort_key = sorted_by("name")

    class Meta:
        db_table = "schools"
        verbose_name = _("Trường")
        indexes = [
            models.Index(fields=["unit", "id"], name="schools_unit"),
            models.Index(fields=["level", "id"], name="schools_level"),
            words_index("schools_words"),
            models.Index(fields=["sort_key", "id"], name="schools_sort_key"),
        ]


class Student(Record):
    """A learner: one code through all levels (Circular 42/2021/TT-BGDĐT, art. 10)."""

    class Sex(models.TextChoices):
        MALE = "M", _("Nam")
        FEMALE = "F", _("Nữ")

    student_code = Key(_("Mã học sinh"), unique=True)
    personal_id = PersonalId(_("Số định danh cá nhân"), optional=True)
    full_name = Name(_("Họ và tên"))
    sex = Choice(_("Giới tính"), choices=Sex.choices)
    birth_date = PartialDate(_("Ngày sinh"))
    folded = folded("full_name")
    sort_key = sorted_by("full_name")

    class Meta:
        db_table = "students"
        verbose_name = _("Học sinh")
        indexes = [
            models.Index(fields=["personal_id", "id"], name="students_person"),
            models.Index(fields=["birth_date", "id"], name="students_birth_date"),
            words_index("students_words"),
            models.Index(fields=["sort_key", "id"], name="students_sort_key"),
            models.Index(fields=["folded", "birth_date"], name="students_folded"),
        ]


class Enrolment(ForATime):
    """A learner at a school in a school year."""

    class Status(models.TextChoices):
        STUDYING = "studying", _("Đang học")
        TRANSFERRED = "transferred", _("Chuyển trường")
        SUSPENDED = "suspended", _("Bảo lưu")
        DROPPED_OUT = "dropped_out", _("Thôi học")
        COMPLETED = "completed", _("Hoàn thành")

    student = models.ForeignKey(
        Student,
        models.PROTECT,
        to_field="student_code",
        db_column="student_code",
        verbose_name=_("Mã học sinh"),
    )
    school = models.ForeignKey(
        School,
        models.PROTECT,
        to_field="school_code",
        db_column="school_code",
        verbose_name=_("Mã trường"),
        db_index=False,
    )
    school_year = SchoolYear(_("Năm học"))
    grade = Integer(_("Khối"), least=1, most=12)
    class_name = Text(_("Lớp"), optional=True)
    status = Choice(
        _("Trạng thái"),
        choices=Status.choices,
        words={"transferred": ("Chuyển đi",), "dropped_out": ("Bỏ học",)},
        default=Status.STUDYING,
    )

    class Meta(ForATime.Meta):
        db_table = "enrolments"
        verbose_name = _("Quá trình học")
        constraints = [
            *ForATime.Meta.constraints,
            models.UniqueConstraint(
                fields=["student", "school", "school_year"], name="enrolments_identity"
            ),
            models.UniqueConstraint(
                fields=["student", "school_year"],
                condition=models.Q(status="studying", closed_on__isnull=True),
                name="enrolments_one_active",
                violation_error_message=_("A pupil studies at one school at a time."),
                violation_error_code="overlap",
            ),
        ]
        indexes = [
            models.Index(fields=["school", "id"], name="enrolments_school"),
            models.Index(fields=["student", "id"], name="enrolments_student"),
        ]


class Result(Record):
    """A learner's result of a school year, in the words of the circular it was judged under."""

    class Scheme(models.TextChoices):
        OF_2021 = "22/2021", _("Thông tư 22/2021/TT-BGDĐT")
        OF_2020 = "27/2020", _("Thông tư 27/2020/TT-BGDĐT")
        OF_2011 = "58/2011", _("Thông tư 58/2011/TT-BGDĐT")

    student = models.ForeignKey(
        Student,
        models.PROTECT,
        to_field="student_code",
        db_column="student_code",
        verbose_name=_("Mã học sinh"),
        db_index=False,
    )
    school_year = SchoolYear(_("Năm học"))
    scheme = Choice(
        _("Quy chế đánh giá"),
        choices=Scheme.choices,
        words={"22/2021": ("TT22",), "27/2020": ("TT27",), "58/2011": ("TT58",)},
    )
    learning = Verdict(_("Kết quả học tập"), words=LEARNING)
    training = Verdict(_("Kết quả rèn luyện"), words=TRAINING, null=True, blank=True)
    absences = Integer(_("Số buổi nghỉ"), most=400, optional=True)

    class Meta:
        db_table = "results"
        verbose_name = _("Kết quả năm học")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "school_year", "scheme"], name="results_identity"
            )
        ]
        indexes = [models.Index(fields=["student", "id"], name="results_student")]


class Diploma(Record):
    """A diploma as its register has it (văn bằng; Circular 21/2019/TT-BGDĐT)."""

    class Status(models.TextChoices):
        VALID = "valid", _("Còn giá trị")
        CORRECTED = "corrected", _("Đã chỉnh sửa")
        REISSUED = "reissued", _("Đã cấp lại")
        WITHDRAWN = "withdrawn", _("Đã thu hồi")
        CANCELLED = "cancelled", _("Đã hủy")

    class Level(models.TextChoices):
        LOWER_SECONDARY = "lower_secondary", _("Tốt nghiệp THCS")
        UPPER_SECONDARY = "upper_secondary", _("Tốt nghiệp THPT")

    class Grade(models.TextChoices):
        EXCELLENT = "excellent", _("Xuất sắc")
        VERY_GOOD = "very_good", _("Giỏi")
        GOOD = "good", _("Khá")
        AVERAGE = "average", _("Trung bình")

    serial = DiplomaSerial(_("Số hiệu"))
    level = Choice(
        _("Loại văn bằng"),
        choices=Level.choices,
        words={
            "lower_secondary": ("Trung học cơ sở", "THCS"),
            "upper_secondary": ("Trung học phổ thông", "THPT"),
        },
    )
    issuer = Text(_("Cơ quan cấp"))
    register_no = Text(_("Số vào sổ gốc"), optional=True)
    holder_id = PersonalId(_("Số định danh cá nhân"), optional=True)
    holder_name = Name(_("Họ và tên"))
    sex = Choice(_("Giới tính"), choices=Student.Sex.choices, optional=True)
    birth_date = PartialDate(_("Ngày sinh"))
    birth_place = Text(_("Nơi sinh"), optional=True)
    graduation_year = Year(_("Năm tốt nghiệp"), least=1945)
    grade = Choice(_("Xếp loại tốt nghiệp"), choices=Grade.choices, optional=True)
    issued_on = Date(_("Ngày cấp"), future=False)
    signer = Name(_("Người ký"), optional=True)
    status = Choice(
        _("Tình trạng"),
        choices=Status.choices,
        words={"cancelled": ("Đã huỷ",)},
        default=Status.VALID,
    )
    folded = folded("holder_name")
    sort_key = sorted_by("holder_name")

    class Meta:
        db_table = "diplomas"
        verbose_name = _("Văn bằng")
        constraints = [
            models.UniqueConstraint(fields=["serial", "level", "issuer"], name="diplomas_identity"),
            models.UniqueConstraint(
                fields=["register_no", "issuer", "level", "graduation_year"],
                condition=models.Q(closed_on__isnull=True),
                name="diplomas_register_no",
                violation_error_message=_("This number of the register is another diploma's."),
                violation_error_code="duplicate",
            ),
            models.CheckConstraint(
                condition=~models.Q(level="lower_secondary", issued_on__gte="2026-01-01"),
                name="diplomas_no_lower_secondary",
                violation_error_message=_(
                    "Since 1 January 2026 there is no lower-secondary diploma any more."
                ),
                violation_error_code="no_such_diploma",
            ),
        ]
        indexes = [
            models.Index(fields=["serial", "id"], name="diplomas_serial"),
            models.Index(fields=["holder_id", "id"], name="diplomas_holder"),
            words_index("diplomas_words"),
            models.Index(fields=["sort_key", "id"], name="diplomas_sort_key"),
        ]
