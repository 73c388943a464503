"""Công dân: what this registry declares."""

from django.utils.translation import gettext_lazy as _

from citizens.models import CivilEvent, Person, Residence
from citizens.operations import OPERATIONS
from citizens.validators import number_agrees
from records.registry import Check, RecordType, Registry, States

people = RecordType(
    model=Person,
    key="personal_id",
    identity=("personal_id",),
    subjects=("personal_id",),
    fieldsets={
        "identity": ("personal_id", "full_name", "sex", "birth_date", "status"),
        "residence": (
            "personal_id",
            "full_name",
            "residence_unit",
            "residence_address",
            "status",
        ),
        "contact": ("personal_id", "full_name", "phone", "email"),
        "sensitive": ("personal_id", "full_name", "ethnicity", "religion"),
        "full": (
            "personal_id",
            "full_name",
            "other_name",
            "sex",
            "birth_date",
            "birth_place_unit",
            "birth_place",
            "birth_registration_unit",
            "hometown_unit",
            "hometown",
            "ethnicity",
            "religion",
            "nationality",
            "marital_status",
            "old_id_number",
            "phone",
            "email",
            "residence_unit",
            "residence_address",
            "status",
            "death_date",
        ),
    },
    filters=("birth_date", "old_id_number", "phone", "residence_unit", "status"),
    search=("full_name", "personal_id", "old_id_number", "phone"),
    similar=(("full_name", "birth_date"), ("old_id_number",), ("phone",)),
    unit="residence_unit",
    portal="full",
    called=_("Thông tin cá nhân"),
    states=States(
        initial=("active", "absent", "emigrated", "missing", "dead"),
        steps={
            "active": ("absent", "emigrated", "missing", "dead"),
            "absent": ("active", "emigrated", "missing", "dead"),
            "emigrated": ("active", "dead"),
            "missing": ("active", "dead"),
        },
        by={"dead": ("register-death",)},
    ),
    headers={
        "personal_id": (
            "Số CCCD",
            "Số căn cước",
            "Số thẻ căn cước",
            "CCCD",
            "Mã định danh",
            "Số ĐDCN",
            "Số CCCD/ĐDCN",
        ),
        "full_name": (
            "Họ tên",
            "Họ, chữ đệm và tên",
            "Họ, chữ đệm và tên khai sinh",
            "Tên công dân",
        ),
        "other_name": ("Tên khác", "Bí danh"),
        "sex": ("Phái", "Giới"),
        "birth_date": ("Ngày, tháng, năm sinh", "Ngày tháng năm sinh", "Năm sinh", "Sinh ngày"),
        "birth_place_unit": ("Mã đơn vị nơi sinh", "Mã phường, xã nơi sinh"),
        "birth_registration_unit": ("Mã nơi đăng ký khai sinh",),
        "hometown_unit": ("Mã đơn vị quê quán",),
        "hometown": ("Nguyên quán",),
        "marital_status": ("Hôn nhân",),
        "old_id_number": ("CMND", "Số CMND cũ", "Số chứng minh nhân dân"),
        "phone": ("Điện thoại", "SĐT", "ĐT", "Điện thoại di động"),
        "email": ("Email", "E-mail", "Hộp thư điện tử"),
        "residence_unit": (
            "Mã xã",
            "Mã phường, xã",
            "Mã phường/xã",
            "Mã đơn vị hành chính",
        ),
        "residence_address": (
            "Địa chỉ thường trú",
            "Địa chỉ",
            "Hộ khẩu thường trú",
            "Chỗ ở thường trú",
        ),
        "status": ("Tình trạng cư trú",),
        "death_date": ("Ngày mất", "Ngày chết hoặc mất tích"),
    },
    warns=(number_agrees,),
)

residences = RecordType(
    model=Residence,
    key="id",
    identity=("personal_id", "kind", "valid_from"),
    subjects=("personal_id",),
    fieldsets={
        "summary": ("id", "personal_id", "kind", "unit", "valid_from", "valid_to"),
        "full": (
            "id",
            "personal_id",
            "kind",
            "unit",
            "address",
            "household_no",
            "relation_to_head",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("personal_id", "unit", "household_no"),
    unit="unit",
    unit_on="valid_from",
    portal="full",
    references={"personal_id": ("people",)},
    headers={
        "personal_id": ("Số CCCD", "Số căn cước", "CCCD", "Số ĐDCN"),
        "kind": ("Hình thức cư trú",),
        "unit": ("Mã phường, xã", "Mã phường/xã", "Mã đơn vị hành chính"),
        "address": ("Địa chỉ cư trú", "Chỗ ở"),
        "household_no": ("Số hộ", "Mã hộ"),
        "valid_from": ("Ngày đăng ký", "Ngày bắt đầu"),
        "valid_to": ("Ngày kết thúc", "Ngày xóa đăng ký"),
    },
)

civil_events = RecordType(
    model=CivilEvent,
    key="id",
    identity=("kind", "register_unit", "year", "book", "number"),
    subjects=("person_id", "spouse_id", "mother_id", "father_id", "guardian_id"),
    fieldsets={
        "summary": ("id", "kind", "register_unit", "registered_on", "person_id", "status"),
        "full": (
            "id",
            "kind",
            "register_unit",
            "year",
            "book",
            "number",
            "registered_on",
            "happened_on",
            "place",
            "person_id",
            "spouse_id",
            "mother_id",
            "father_id",
            "guardian_id",
            "former_name",
            "signer",
            "status",
        ),
    },
    filters=("person_id", "spouse_id", "mother_id", "father_id", "guardian_id", "register_unit"),
    unit="register_unit",
    unit_on="registered_on",
    portal="full",
    called=_("Khai sinh, kết hôn và việc hộ tịch khác"),
    states=States(
        initial=("registered",),
        steps={
            "registered": ("corrected", "ended", "cancelled"),
            "corrected": ("ended", "cancelled"),
        },
        by={
            "ended": (
                "register-divorce",
                "register-marriage",
                "end-guardianship",
                "end-adoption",
            )
        },
    ),
    references={
        "person_id": ("people",),
        "spouse_id": ("people",),
        "mother_id": ("people",),
        "father_id": ("people",),
        "guardian_id": ("people",),
    },
    four_eyes=True,
)

residence_agrees = Check(
    name="residence",
    collection="people",
    title=_("Nơi thường trú của người này khác với nơi thường trú đang đăng ký"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'residence_unit', 'key', held.unit) AS said
        FROM people AS rec JOIN residences AS held USING (personal_id)
        WHERE rec.closed_on IS NULL AND held.closed_on IS NULL AND held.kind = 'permanent'
          AND held.valid_from <= current_date AND (held.valid_to IS NULL OR held.valid_to >= current_date)
          AND rec.residence_unit IS DISTINCT FROM held.unit
    """,
)

widowed = Check(
    name="widowed",
    collection="people",
    title=_("Còn ghi là đã kết hôn nhưng vợ hoặc chồng đã chết"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'marital_status', 'key', rec.marital_status) AS said
        FROM civil_events AS wed
        CROSS JOIN LATERAL (VALUES (person_id, spouse_id), (spouse_id, person_id)) AS pair (own, other)
        JOIN people AS rec ON rec.personal_id = pair.own
        JOIN people AS gone ON gone.personal_id = pair.other
        WHERE wed.kind = 'marriage' AND wed.status IN ('registered', 'corrected')
          AND wed.closed_on IS NULL AND rec.closed_on IS NULL
          AND rec.marital_status = 'married' AND rec.status <> 'dead' AND gone.status = 'dead'
          AND NOT EXISTS (
            SELECT FROM civil_events AS again
            LEFT JOIN people AS mate ON mate.personal_id =
              CASE rec.personal_id WHEN again.person_id THEN again.spouse_id ELSE again.person_id END
            WHERE rec.personal_id IN (again.person_id, again.spouse_id) AND again.kind = 'marriage'
              AND again.status IN ('registered', 'corrected') AND again.closed_on IS NULL
              AND again.registered_on > wed.registered_on AND mate.status IS DISTINCT FROM 'dead')
    """,
)
guarded = Check(
    name="guardian",
    collection="civil-events",
    title=_("Đang giám hộ nhưng người giám hộ hoặc người được giám hộ đã chết"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'guardian_id', 'key', rec.guardian_id) AS said
        FROM civil_events AS rec
        JOIN people AS gone ON gone.personal_id IN (rec.person_id, rec.guardian_id)
        WHERE rec.kind = 'guardianship' AND rec.status IN ('registered', 'corrected')
          AND rec.closed_on IS NULL AND gone.status = 'dead'
    """,
)

registry = Registry(
    records=(people, residences, civil_events),
    operations=OPERATIONS,
    checks=(residence_agrees, widowed, guarded),
)
