"""Doanh nghiệp: what this registry declares."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from businesses.models import Branch, Enterprise, Interest, Officer
from businesses.operations import OPERATIONS
from records.registry import ByKind, Check, HeldToday, Open, RecordType, Registry, States

#: What of a firm is public and free of charge; before it, Decree 01/2021/NĐ-CP, art. 36.
PUBLICITY = "Nghị định 168/2025/NĐ-CP"
CODE = ("Mã số thuế", "MST", "MSDN")

enterprises = RecordType(
    model=Enterprise,
    key="enterprise_code",
    identity=("enterprise_code",),
    subjects=("enterprise_code",),
    fieldsets={
        "public": (
            "enterprise_code",
            "name",
            "foreign_name",
            "short_name",
            "legal_form",
            "head_office_unit",
            "head_office_address",
            "main_industry",
            "vsic_version",
            "status",
        ),
        "summary": ("enterprise_code", "name", "legal_form", "head_office_unit", "status"),
        "full": (
            "enterprise_code",
            "name",
            "foreign_name",
            "short_name",
            "legal_form",
            "head_office_unit",
            "head_office_address",
            "industrial_park",
            "founded_on",
            "charter_capital",
            "main_industry",
            "vsic_version",
            "status",
            "suspended_from",
            "suspended_until",
            "phone",
            "email",
        ),
    },
    filters=("head_office_unit", "status", "main_industry", "industrial_park"),
    search=("name", "enterprise_code"),
    similar=(("name",),),
    unit="head_office_unit",
    portal="full",
    called=_("Hộ kinh doanh của tôi"),
    open=Open(
        fieldset="public",
        legal_basis=PUBLICITY,
        # A household business stands under its owner's personal id, which is nobody else's business.
        only=~Q(legal_form="household_business"),
        held={
            "representatives": HeldToday(
                "officers",
                "full_name",
                _("Người đại diện theo pháp luật"),
                Q(office="legal_representative"),
            )
        },
    ),
    states=States(
        initial=(
            "active",
            "suspended",
            "not_at_address",
            "revoked",
            "dissolving",
            "in_bankruptcy",
            "ended",
        ),
        # (2) is announced, (3) and (4) are set and lifted at the tax office's word, (6) at a court's; a
        # resolution to dissolve may be withdrawn until the dissolution is entered.
        steps={
            "active": ("suspended", "not_at_address", "revoked", "dissolving", "in_bankruptcy"),
            "suspended": ("active", "not_at_address", "revoked", "dissolving", "in_bankruptcy"),
            "not_at_address": ("active", "revoked", "dissolving", "in_bankruptcy"),
            "revoked": ("active", "dissolving", "in_bankruptcy"),
            "dissolving": ("active", "in_bankruptcy", "ended"),
            "in_bankruptcy": ("active", "ended"),
        },
        by={
            "suspended": ("suspend-enterprise",),
            ("suspended", "active"): ("resume-enterprise",),
            "dissolving": ("begin-dissolution",),
            "ended": ("end-enterprise",),
        },
    ),
    headers={
        "enterprise_code": (*CODE, "Mã số DN"),
        "name": ("Tên tiếng Việt", "Tên công ty", "Tên đơn vị"),
        "foreign_name": ("Tên tiếng nước ngoài", "Tên tiếng Anh"),
        "legal_form": ("Loại hình", "Loại hình pháp lý", "Loại hình DN"),
        "head_office_unit": ("Mã phường, xã trụ sở", "Mã xã", "Mã phường/xã"),
        "head_office_address": ("Trụ sở chính", "Địa chỉ trụ sở", "Địa chỉ"),
        "industrial_park": ("KCN",),
        "founded_on": ("Ngày cấp", "Ngày đăng ký lần đầu"),
        "charter_capital": ("Vốn điều lệ (VNĐ)", "Vốn điều lệ (đồng)"),
        "main_industry": ("Ngành nghề chính", "Mã ngành nghề chính", "Mã VSIC"),
        "status": ("Trạng thái", "Tình trạng hoạt động", "Tình trạng"),
        "phone": ("Số điện thoại", "SĐT"),
        "email": ("Email", "E-mail"),
    },
)

branches = RecordType(
    model=Branch,
    key="branch_code",
    identity=("branch_code",),
    subjects=("enterprise_code",),
    fieldsets={
        "summary": ("branch_code", "enterprise_code", "name", "kind", "unit", "status"),
        "full": (
            "branch_code",
            "enterprise_code",
            "name",
            "kind",
            "unit",
            "address",
            "status",
        ),
    },
    filters=("enterprise_code", "unit"),
    search=("name", "branch_code"),
    unit="unit",
    states=States(
        initial=("active", "suspended", "ended"),
        steps={"active": ("suspended", "ended"), "suspended": ("active", "ended")},
        in_force=("active", "suspended"),
    ),
    headers={"enterprise_code": CODE},
)

officers = RecordType(
    model=Officer,
    key="id",
    identity=("enterprise_code", "personal_id", "office", "valid_from"),
    subjects=("personal_id", "enterprise_code"),
    fieldsets={
        "summary": ("id", "enterprise_code", "full_name", "office", "valid_from", "valid_to"),
        "full": (
            "id",
            "enterprise_code",
            "enterprise__name",
            "personal_id",
            "full_name",
            "office",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("enterprise_code", "personal_id"),
    portal="full",
    called=_("Chức vụ trong doanh nghiệp"),
    references={"personal_id": ("people",)},
    headers={
        "enterprise_code": CODE,
        "personal_id": ("Số CCCD", "CCCD", "Số căn cước"),
        "full_name": ("Họ tên", "Tên người đại diện"),
        "office": ("Chức danh",),
        "valid_from": ("Ngày bổ nhiệm",),
        "valid_to": ("Ngày miễn nhiệm",),
    },
)

interests = RecordType(
    model=Interest,
    key="id",
    identity=("enterprise_code", "owner_id", "kind", "valid_from"),
    subjects=("owner_id", "enterprise_code"),
    fieldsets={
        "summary": ("id", "enterprise_code", "owner_kind", "owner_id", "share", "valid_from"),
        "full": (
            "id",
            "enterprise_code",
            "enterprise__name",
            "owner_kind",
            "owner_id",
            "kind",
            "share",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("enterprise_code", "owner_id"),
    portal="full",
    called=_("Vốn góp và quyền sở hữu doanh nghiệp"),
    references={
        "owner_id": ByKind("owner_kind", {"person": "people", "enterprise": "enterprises"})
    },
    headers={
        "enterprise_code": CODE,
        "owner_kind": ("Loại chủ sở hữu",),
        "owner_id": ("Số CCCD/MST thành viên", "Số CCCD/MST"),
        "kind": ("Loại góp vốn",),
        "share": ("Tỷ lệ", "Phần vốn góp"),
        "valid_from": ("Ngày góp vốn",),
    },
)

checks = (
    Check(
        name="represented",
        collection="enterprises",
        title=_("Đang hoạt động nhưng không có người đại diện theo pháp luật"),
        sql="""
        SELECT rec.id, jsonb_build_object('field', 'status', 'key', rec.enterprise_code) AS said
        FROM enterprises AS rec WHERE rec.status = 'active' AND rec.closed_on IS NULL
          AND NOT EXISTS (
            SELECT FROM officers AS held WHERE held.enterprise_code = rec.enterprise_code
              AND held.office = 'legal_representative' AND held.closed_on IS NULL
              AND held.valid_from <= current_date
              AND (held.valid_to IS NULL OR held.valid_to >= current_date))
        """,
    ),
    Check(
        name="suspension-over",
        collection="enterprises",
        title=_("Thời hạn tạm ngừng đã thông báo đã hết"),
        sql="""
        SELECT id, jsonb_build_object('field', 'suspended_until', 'key', suspended_until) AS said
        FROM enterprises
        WHERE status = 'suspended' AND closed_on IS NULL AND suspended_until < current_date
        """,
    ),
)

registry = Registry(
    records=(enterprises, branches, officers, interests), operations=OPERATIONS, checks=checks
)
