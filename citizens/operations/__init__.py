"""What a civil-status office does in one go."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from citizens.models import Person
from citizens.operations import families, people
from citizens.operations.steps import Registered
from records import duplicates
from records.fields import PersonalId
from records.registry import Operation

LAW = "Luật Hộ tịch 60/2014/QH13"
ADOPTION_LAW = "Luật Nuôi con nuôi 52/2010/QH12"
NUMBER_BASIS = "Nghị định 70/2024/NĐ-CP, Điều 11"
RESIDENCE_BASIS = "Luật Cư trú 68/2020/QH14, Điều 22"

ENTRY = {"register_unit": "25747", "book": "01/2026", "number": "36", "registered_on": "2026-05-13"}


def _civil(run: Any, title: Any, basis: str, given: type[Registered], **example: Any) -> Operation:
    """An operation that enters an event in a register."""
    example = ENTRY | example
    return Operation(run=run, title=title, legal_basis=basis, input=given, example=example)


COUPLE = {"husband_id": "074078000004", "wife_id": "074171000003"}
WARD = {"ward_id": "074316004455", "guardian_id": "074171000003"}
BIRTH = {
    "personal_id": "074326004455",
    "full_name": "Nguyễn Ngọc Anh",
    "sex": "F",
    "birth_date": "2026-03-02",
    "birth_place": "Bệnh viện Đa khoa tỉnh Bình Dương",
}
DEATH = {"personal_id": "074045000018", "death_date": "2026-05-12", "place": "Tại nhà"}
NAME = {"personal_id": "074078000004", "full_name": "Nguyễn Minh Khoa"}
ADOPTED = {"child_id": "074316004455"}


OPERATIONS = (
    _civil(
        people.register_birth, _("Đăng ký khai sinh"), f"{LAW}, Điều 13-16", people.Birth, **BIRTH
    ),
    _civil(
        people.register_death, _("Đăng ký khai tử"), f"{LAW}, Điều 32-34", people.Death, **DEATH
    ),
    _civil(
        families.register_marriage,
        _("Đăng ký kết hôn"),
        f"{LAW}, Điều 17-18",
        families.Wedding,
        **COUPLE,
    ),
    _civil(
        families.register_divorce,
        _("Ghi vào sổ việc ly hôn"),
        f"{LAW}, Điều 30",
        families.Divorce,
        decided_on="2026-05-04",
        **COUPLE,
    ),
    _civil(
        people.change_name,
        _("Thay đổi, cải chính họ tên"),
        f"{LAW}, Điều 26-28",
        people.NewName,
        **NAME,
    ),
    _civil(
        families.begin_guardianship,
        _("Đăng ký giám hộ"),
        f"{LAW}, Điều 19-21",
        families.Ward,
        **WARD,
    ),
    _civil(
        families.end_guardianship,
        _("Đăng ký chấm dứt giám hộ"),
        f"{LAW}, Điều 22-23",
        families.Ward,
        **WARD,
    ),
    _civil(
        families.register_adoption,
        _("Đăng ký việc nuôi con nuôi"),
        f"{ADOPTION_LAW}, Điều 8, 14, 22",
        families.Adoption,
        mother_id="074171000003",
        **ADOPTED,
    ),
    _civil(
        families.end_adoption,
        _("Ghi vào sổ việc chấm dứt nuôi con nuôi"),
        f"{ADOPTION_LAW}, Điều 25-27",
        families.EndedAdoption,
        **ADOPTED,
    ),
    Operation(
        run=people.move_residence,
        title=_("Đăng ký thường trú, chuyển nơi thường trú"),
        legal_basis=RESIDENCE_BASIS,
        input=people.Removal,
        example={
            "personal_id": "074078000004",
            "moves_on": "2026-05-11",
            "unit": "25747",
            "address": "12 Yersin",
            "household_no": "HK000123",
            "relation_to_head": "Chủ hộ",
        },
    ),
    Operation(
        run=people.replace_personal_id,
        title=_("Xác lập lại số định danh cá nhân"),
        legal_basis=NUMBER_BASIS,
        input=people.NewNumber,
        example={
            "personal_id": "074185004321",
            "new_personal_id": "074085004321",
            "replaced_on": "2026-02-01",
        },
    ),
    *duplicates.operations(
        Person,
        PersonalId,
        kind="person",
        titles=(_("Gộp hai hồ sơ của một người"), _("Tách hai hồ sơ đã gộp nhầm")),
        legal_basis=NUMBER_BASIS,
        example={"dropped": "074185004321", "kept": "074085004321", "merged_on": "2026-02-01"},
    ),
)
