"""Giáo dục: what this registry declares."""

from django.utils.translation import gettext_lazy as _

from education.models import Diploma, Enrolment, Result, School, Student
from education.operations import DIPLOMA_BASIS, OPERATIONS
from records.registry import Check, RecordType, Registry, States, Verifiable

schools = RecordType(
    model=School,
    key="school_code",
    identity=("school_code",),
    fieldsets={
        "summary": ("school_code", "name", "level", "unit", "status"),
        "full": ("school_code", "name", "level", "kind", "unit", "address", "status"),
    },
    filters=("unit", "level"),
    search=("name",),
    unit="unit",
    states=States(initial=("open", "closed"), steps={"open": ("closed",)}),
    headers={
        "school_code": ("Mã cơ sở giáo dục",),
        "name": ("Tên cơ sở giáo dục",),
        "level": ("Cấp",),
        "kind": ("Loại trường",),
        "unit": ("Mã phường, xã", "Mã phường/xã"),
        "status": ("Tình trạng",),
    },
)

students = RecordType(
    model=Student,
    key="student_code",
    identity=("student_code",),
    subjects=("personal_id",),
    fieldsets={
        "summary": ("student_code", "full_name", "sex", "birth_date"),
        "full": ("student_code", "personal_id", "full_name", "sex", "birth_date"),
    },
    filters=("personal_id", "birth_date"),
    search=("full_name", "personal_id"),
    similar=(("full_name", "birth_date"), ("personal_id",)),
    portal="full",
    called=_("Hồ sơ học sinh"),
    references={"personal_id": ("people",)},
    headers={
        "student_code": ("Mã định danh học sinh", "Mã định danh Bộ GDĐT"),
        "personal_id": ("Số ĐDCN", "Số CCCD"),
        "full_name": ("Họ tên", "Họ tên học sinh"),
        "sex": ("Giới",),
        "birth_date": ("Ngày tháng năm sinh",),
    },
)

enrolments = RecordType(
    model=Enrolment,
    key="id",
    identity=("student_code", "school_code", "school_year"),
    subjects=("student__personal_id",),
    fieldsets={
        "summary": ("id", "student_code", "school_code", "school_year", "grade", "status"),
        "full": (
            "id",
            "student_code",
            "student__personal_id",
            "student__full_name",
            "school_code",
            "school_year",
            "grade",
            "class_name",
            "status",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("student_code", "school_code"),
    portal="full",
    called=_("Quá trình học tập"),
    stated=("status",),
    states=States(
        initial=("studying", "transferred", "suspended", "dropped_out", "completed"),
        steps={
            "studying": ("transferred", "suspended", "dropped_out", "completed"),
            "suspended": ("studying", "dropped_out"),
            "transferred": ("studying",),
        },
    ),
    headers={
        "student_code": ("Mã định danh học sinh",),
        "school_code": ("Mã cơ sở giáo dục",),
        "grade": ("Khối lớp",),
        "class_name": ("Tên lớp",),
        "status": ("Tình trạng",),
        "valid_from": ("Ngày nhập học", "Ngày vào trường"),
        "valid_to": ("Ngày rời trường",),
    },
)

results = RecordType(
    model=Result,
    key="id",
    identity=("student_code", "school_year", "scheme"),
    subjects=("student__personal_id",),
    fieldsets={
        "summary": ("id", "student_code", "school_year", "learning", "training"),
        "full": (
            "id",
            "student_code",
            "student__personal_id",
            "student__full_name",
            "school_year",
            "scheme",
            "learning",
            "training",
            "absences",
        ),
    },
    filters=("student_code",),
    portal="full",
    headers={
        "student_code": ("Mã định danh học sinh",),
        "scheme": ("Thông tư đánh giá",),
        "learning": ("Học lực", "Học tập"),
        "training": ("Hạnh kiểm", "Rèn luyện"),
        "absences": ("Số ngày nghỉ",),
    },
)

diplomas = RecordType(
    model=Diploma,
    key="id",
    identity=("serial", "level", "issuer"),
    subjects=("holder_id",),
    fieldsets={
        "summary": ("id", "serial", "level", "holder_name", "graduation_year", "status"),
        "full": (
            "id",
            "serial",
            "level",
            "issuer",
            "register_no",
            "holder_id",
            "holder_name",
            "sex",
            "birth_date",
            "birth_place",
            "graduation_year",
            "grade",
            "issued_on",
            "signer",
            "status",
        ),
    },
    filters=("serial", "holder_id"),
    search=("holder_name", "holder_id"),
    # Whoever is shown a diploma may ask whether it is one.
    verifiable=Verifiable(
        columns=("serial", "holder_name"),
        legal_basis=DIPLOMA_BASIS,
        valid=("valid", "corrected", "reissued"),
    ),
    portal="full",
    states=States(
        initial=("valid", "corrected", "reissued", "withdrawn", "cancelled"),
        steps={
            "valid": ("corrected", "reissued", "withdrawn", "cancelled"),
            "corrected": ("reissued", "withdrawn", "cancelled"),
            "reissued": ("corrected", "withdrawn", "cancelled"),
        },
    ),
    references={"holder_id": ("people",)},
    headers={
        "serial": ("Số hiệu văn bằng", "Số hiệu bằng"),
        "level": ("Loại bằng", "Văn bằng"),
        "issuer": ("Nơi cấp", "Đơn vị cấp"),
        "register_no": ("Số vào sổ", "Số vào sổ cấp bằng"),
        "holder_id": ("Số CCCD", "Số ĐDCN"),
        "holder_name": ("Họ tên", "Họ tên học sinh"),
        "sex": ("Giới",),
        "birth_date": ("Ngày tháng năm sinh",),
        "graduation_year": ("Năm TN",),
        "grade": ("Xếp loại",),
        "issued_on": ("Ngày cấp bằng", "Ngày ký"),
        "status": ("Trạng thái",),
    },
)

begins_in_its_year = Check(
    name="school-year",
    collection="enrolments",
    title=_("Ngày vào trường không thuộc năm học"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'valid_from', 'key', rec.school_year) AS said
        FROM enrolments AS rec
        WHERE rec.closed_on IS NULL
          AND extract(year FROM rec.valid_from)::text <> ALL (string_to_array(rec.school_year, '-'))
    """,
)

# The principal issues diplomas since then, no longer the department (Law of 10 December 2025).
issued_by_whom_may = Check(
    name="issuer",
    collection="diplomas",
    title=_("Văn bằng cấp từ năm 2026 nhưng cơ quan cấp không phải là trường"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'issuer', 'key', rec.issuer) AS said
        FROM diplomas AS rec
        WHERE rec.closed_on IS NULL AND rec.issued_on >= '2026-01-01'
          AND lower(rec.issuer) ~ '^(sở|phòng) '
    """,
)

registry = Registry(
    records=(schools, students, enrolments, results, diplomas),
    operations=OPERATIONS,
    checks=(begins_in_its_year, issued_by_whom_may),
)
