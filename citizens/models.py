"""Citizens: people, where they live, and the events of civil status (hộ tịch)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Left, Length
from django.utils.translation import gettext_lazy as _

from records.fields import (
    Choice,
    Code,
    Date,
    Email,
    Name,
    OldIdNumber,
    PartialDate,
    PersonalId,
    Phone,
    Text,
    UnitCode,
    folded,
    sorted_by,
    words_index,
)
from records.models import ForATime, NeverReused, OneAtATime, Record
from records.quantities import Integer

# The 54 peoples by their official names (Decision 121-TCTK/PPCĐ of 1979).
ETHNICITIES = (
    "Kinh", "Tày", "Thái", "Hoa", "Khmer", "Mường", "Nùng", "Mông", "Dao", "Gia Rai", "Ngái", "Ê Đê",
    "Ba Na", "Xơ Đăng", "Sán Chay", "Cơ Ho", "Chăm", "Sán Dìu", "Hrê", "Mnông", "Ra Glai", "Xtiêng",
    "Bru Vân Kiều", "Thổ", "Giáy", "Cơ Tu", "Gié Triêng", "Mạ", "Khơ Mú", "Co", "Tà Ôi", "Chơ Ro",
    "Kháng", "Xinh Mun", "Hà Nhì", "Chu Ru", "Lào", "La Chí", "La Ha", "Phù Lá", "La Hủ", "Lự",
    "Lô Lô", "Chứt", "Mảng", "Pà Thẻn", "Cơ Lao", "Cống", "Bố Y", "Si La", "Pu Péo", "Brâu", "Ơ Đu",
    "Rơ Măm",
)  # fmt: skip


class Sex(models.TextChoices):
    MALE = "M", _("Nam")
    FEMALE = "F", _("Nữ")


class Person(Record):
    """A citizen, as the national population database describes one (Law 26/2023/QH15, art. 9)."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Đang cư trú")
        ABSENT = "absent", _("Tạm vắng")
        EMIGRATED = "emigrated", _("Đã xuất cảnh định cư")
        MISSING = "missing", _("Mất tích")
        DEAD = "dead", _("Đã chết")

    class MaritalStatus(models.TextChoices):
        SINGLE = "single", _("Độc thân")
        MARRIED = "married", _("Đã kết hôn")
        DIVORCED = "divorced", _("Ly hôn")
        WIDOWED = "widowed", _("Góa")

    personal_id = PersonalId(_("Số định danh cá nhân"), unique=True)
    full_name = Name(_("Họ và tên"))
    other_name = Name(_("Tên gọi khác"), optional=True)
    sex = Choice(_("Giới tính"), choices=Sex.choices)
    birth_date = PartialDate(_("Ngày sinh"))
    birth_place_unit = UnitCode(_("Mã xã nơi sinh"), optional=True)
    birth_place = Text(_("Nơi sinh"), optional=True)
    birth_registration_unit = UnitCode(_("Mã xã nơi đăng ký khai sinh"), optional=True)
    hometown_unit = UnitCode(_("Mã xã quê quán"), optional=True)
    hometown = Text(_("Quê quán"), optional=True)
    ethnicity = Choice(_("Dân tộc"), choices=[(e, e) for e in ETHNICITIES], optional=True)
    religion = Text(_("Tôn giáo"), optional=True)
    nationality = Text(_("Quốc tịch"), optional=True)
    marital_status = Choice(
        _("Tình trạng hôn nhân"),
        choices=MaritalStatus.choices,
        words={
            "single": ("Chưa kết hôn",),
            "married": ("Có vợ", "Có chồng"),
            "divorced": ("Đã ly hôn",),
            "widowed": ("Goá", "Góa vợ", "Góa chồng"),
        },
        optional=True,
    )
    old_id_number = OldIdNumber(_("Số CMND"), optional=True)
    phone = Phone(_("Số điện thoại"), optional=True)
    email = Email(_("Thư điện tử"), optional=True)
    residence_unit = UnitCode(_("Mã xã nơi thường trú"), optional=True)
    residence_address = Text(_("Nơi thường trú"), optional=True)
    status = Choice(
        _("Tình trạng"), choices=Status.choices, words={"dead": ("Đã mất",)}, default=Status.ACTIVE
    )
    death_date = PartialDate(_("Ngày chết"), optional=True)
    folded = folded("full_name")
    sort_key = sorted_by("full_name")

    class Meta:
        db_table = "people"
        verbose_name = _("Người dân")
        constraints = [
            NeverReused(field="personal_id", name="people_number_reused"),
            # As far as both are known: the year of a death is not before the year of the birth.
            models.CheckConstraint(
                condition=models.Q(death_date__isnull=True)
                | models.Q(death_date__gte=Left("birth_date", Length("death_date"))),
                name="people_dies_after_birth",
                violation_error_message=_("A death does not come before the birth."),
                violation_error_code="range",
            ),
        ]
        indexes = [
            models.Index(fields=["birth_date", "id"], name="people_birth_date"),
            models.Index(fields=["old_id_number", "id"], name="people_old_id_number"),
            models.Index(fields=["phone", "id"], name="people_phone"),
            models.Index(fields=["residence_unit", "id"], name="people_residence_unit"),
            models.Index(fields=["status", "id"], name="people_status"),
            words_index("people_words"),
            models.Index(fields=["sort_key", "id"], name="people_sort_key"),
            models.Index(fields=["folded", "birth_date"], name="people_folded"),
        ]


class Residence(ForATime):
    """Where somebody lives, as registered (Law on Residence 68/2020/QH14)."""

    class Kind(models.TextChoices):
        PERMANENT = "permanent", _("Thường trú")
        TEMPORARY = "temporary", _("Tạm trú")
        STAY = "stay", _("Lưu trú")

    personal_id = PersonalId(_("Số định danh cá nhân"))
    kind = Choice(_("Loại cư trú"), choices=Kind.choices)
    unit = UnitCode(_("Mã xã"))
    address = Text(_("Địa chỉ"))
    household_no = Text(_("Số hồ sơ cư trú"), optional=True)
    relation_to_head = Text(_("Quan hệ với chủ hộ"), optional=True)

    class Meta(ForATime.Meta):
        db_table = "residences"
        verbose_name = _("Nơi cư trú")
        constraints = [
            *ForATime.Meta.constraints,
            models.UniqueConstraint(
                fields=["personal_id", "kind", "valid_from"], name="residences_identity"
            ),
            OneAtATime(
                fields=("personal_id",),
                when=models.Q(kind="permanent"),
                name="residences_one_permanent",
                violation_error_message=_("A person has one permanent residence at a time."),
            ),
        ]
        indexes = [
            models.Index(fields=["personal_id", "id"], name="residences_person"),
            models.Index(fields=["unit", "id"], name="residences_unit"),
            models.Index(fields=["household_no", "id"], name="residences_household"),
        ]


class CivilEvent(Record):
    """One entry in a register of civil status (Law 60/2014/QH13)."""

    class Status(models.TextChoices):
        REGISTERED = "registered", _("Đã đăng ký")
        CORRECTED = "corrected", _("Đã cải chính")
        ENDED = "ended", _("Đã chấm dứt")
        CANCELLED = "cancelled", _("Đã hủy")

    class Kind(models.TextChoices):
        BIRTH = "birth", _("Khai sinh")
        MARRIAGE = "marriage", _("Kết hôn")
        DIVORCE = "divorce", _("Ly hôn")
        DEATH = "death", _("Khai tử")
        MARRIAGE_ANNULLED = "marriage_annulled", _("Hủy việc kết hôn trái pháp luật")
        NAME_CHANGE = "name_change", _("Thay đổi, cải chính họ tên")
        CORRECTION = "correction", _("Cải chính, bổ sung hộ tịch khác")
        ETHNICITY = "ethnicity", _("Xác định lại dân tộc")
        SEX = "sex", _("Xác định lại giới tính")
        PARENTAGE = "parentage", _("Nhận cha, mẹ, con")
        GUARDIANSHIP = "guardianship", _("Giám hộ")
        GUARDIANSHIP_END = "guardianship_end", _("Chấm dứt giám hộ")
        ADOPTION = "adoption", _("Nuôi con nuôi")
        ADOPTION_END = "adoption_end", _("Chấm dứt việc nuôi con nuôi")
        NATIONALITY = "nationality", _("Thay đổi quốc tịch")
        DECLARED_MISSING = "declared_missing", _("Tuyên bố mất tích")
        DECLARED_DEAD = "declared_dead", _("Tuyên bố đã chết")

    kind = Choice(_("Loại sự kiện"), choices=Kind.choices)
    register_unit = UnitCode(_("Mã xã nơi đăng ký"))
    year = Integer(_("Năm đăng ký"), least=1900, most=2199)
    book = Code(_("Quyển số"))
    number = Code(_("Số đăng ký"))
    registered_on = Date(_("Ngày đăng ký"), future=False)
    happened_on = PartialDate(_("Ngày xảy ra"), optional=True)
    place = Text(_("Nơi xảy ra"), optional=True)
    person_id = PersonalId(_("Số định danh người được đăng ký"))
    spouse_id = PersonalId(_("Số định danh vợ hoặc chồng"), optional=True)
    mother_id = PersonalId(_("Số định danh mẹ"), optional=True)
    father_id = PersonalId(_("Số định danh cha"), optional=True)
    guardian_id = PersonalId(_("Số định danh người giám hộ"), optional=True)
    former_name = Name(_("Họ và tên trước khi thay đổi"), optional=True)
    signer = Name(_("Người ký"), optional=True)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.REGISTERED)

    class Meta:
        db_table = "civil_events"
        verbose_name = _("Sự kiện hộ tịch")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "register_unit", "year", "book", "number"],
                name="civil_events_identity",
                violation_error_message=_("This number of this book is taken."),
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "id"], name="civil_events_person"),
            models.Index(fields=["spouse_id", "id"], name="civil_events_spouse"),
            models.Index(fields=["mother_id", "id"], name="civil_events_mother"),
            models.Index(fields=["father_id", "id"], name="civil_events_father"),
            models.Index(fields=["guardian_id", "id"], name="civil_events_guardian"),
            models.Index(fields=["register_unit", "id"], name="civil_events_unit"),
        ]
