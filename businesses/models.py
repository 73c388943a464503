"""Businesses: firms, what belongs to them, who leads and who owns them (Law 59/2020/QH14)."""

from __future__ import annotations

import datetime
from typing import Any, TypeVar, cast

from django.db import models
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from businesses.validators import BranchCode, Vsic
from records.fields import (
    Choice,
    Date,
    Email,
    Fold,
    Name,
    PersonalId,
    Phone,
    Text,
    UnitCode,
    folded,
    sorted_by,
    words_index,
)
from records.models import ForATime, OneAtATime, Record, WithinWhole, in_force
from records.owners import EnterpriseCode, OwnerId, owner_kind
from records.quantities import Fraction, Money

#: Where a firm may stand under a personal id: the column that says so, and its value.
HOUSEHOLDS = ("legal_form", "household_business")
T = TypeVar("T", bound=ForATime)


class Enterprise(Record):
    """A firm, a cooperative or a household business, as the business register describes one."""

    class Status(models.TextChoices):
        """The seven legal statuses (Decree 168/2025/NĐ-CP, art. 35)."""

        ACTIVE = "active", _("Đang hoạt động")
        SUSPENDED = "suspended", _("Tạm ngừng kinh doanh")
        NOT_AT_ADDRESS = "not_at_address", _("Không hoạt động tại địa chỉ đã đăng ký")
        REVOKED = "revoked", _("Bị thu hồi do cưỡng chế về quản lý thuế")
        DISSOLVING = "dissolving", _("Đang làm thủ tục giải thể")
        IN_BANKRUPTCY = "in_bankruptcy", _("Đang làm thủ tục phá sản")
        ENDED = "ended", _("Đã giải thể, phá sản, chấm dứt tồn tại")

    class LegalForm(models.TextChoices):
        PRIVATE_ENTERPRISE = "private_enterprise", _("Doanh nghiệp tư nhân")
        SINGLE_MEMBER_LLC = "single_member_llc", _("Công ty TNHH một thành viên")
        MULTI_MEMBER_LLC = "multi_member_llc", _("Công ty TNHH hai thành viên trở lên")
        JOINT_STOCK_COMPANY = "joint_stock_company", _("Công ty cổ phần")
        PARTNERSHIP = "partnership", _("Công ty hợp danh")
        COOPERATIVE = "cooperative", _("Hợp tác xã")
        HOUSEHOLD_BUSINESS = "household_business", _("Hộ kinh doanh")

    class Classification(models.TextChoices):
        """Which version of the industrial classification (VSIC) a class is of."""

        OF_2018 = "2018", _("VSIC 2018")
        OF_2025 = "2025", _("VSIC 2025")

    enterprise_code = EnterpriseCode(_("Mã số doanh nghiệp"), households=HOUSEHOLDS, unique=True)
    name = Text(_("Tên doanh nghiệp"))
    foreign_name = Text(_("Tên nước ngoài"), optional=True)
    short_name = Text(_("Tên viết tắt"), optional=True)
    legal_form = Choice(
        _("Loại hình doanh nghiệp"),
        choices=LegalForm.choices,
        words={
            "private_enterprise": ("DNTN",),
            "single_member_llc": ("Công ty TNHH MTV", "TNHH MTV"),
            "multi_member_llc": ("Công ty TNHH 2 thành viên trở lên",),
            "joint_stock_company": ("CTCP",),
            "cooperative": ("HTX",),
            "household_business": ("HKD",),
        },
    )
    head_office_unit = UnitCode(_("Mã xã trụ sở"))
    head_office_address = Text(_("Địa chỉ trụ sở chính"))
    industrial_park = Text(_("Khu công nghiệp"), optional=True)
    founded_on = Date(_("Ngày thành lập"), optional=True, future=False)
    charter_capital = Money(_("Vốn điều lệ"), optional=True)
    main_industry = Vsic(_("Mã ngành chính"), optional=True)
    # Files that do not say speak of the classes that firms were registered under until now.
    vsic_version = Choice(
        _("Phiên bản mã ngành"), choices=Classification.choices, default=Classification.OF_2018
    )
    status = Choice(
        _("Tình trạng pháp lý"),
        choices=Status.choices,
        words={"dissolving": ("Đang làm thủ tục giải thể, đã bị chia, bị hợp nhất, bị sáp nhập",)},
    )
    suspended_from = Date(_("Tạm ngừng từ ngày"), optional=True)
    suspended_until = Date(_("Tạm ngừng đến ngày"), optional=True)
    phone = Phone(_("Điện thoại"), optional=True)
    email = Email(_("Thư điện tử"), optional=True)
    folded = folded("name")
    sort_key = sorted_by("name")

    @classmethod
    def called(cls, name: str) -> models.QuerySet[Enterprise]:
        """The firms that still exist under a name, without those of households."""
        there = cls.objects.filter(
            folded=Fold(models.Value(name)), name__iexact=name, closed_on=None
        )
        return there.exclude(status=cls.Status.ENDED).exclude(
            legal_form=cls.LegalForm.HOUSEHOLD_BUSINESS
        )

    def held(self, model: type[T], on: datetime.date, **where: Any) -> list[T]:
        """Its open officers or interests that hold on a day, locked."""
        rows = model._base_manager.select_for_update().filter(in_force(on), enterprise=self)
        return list(rows.filter(**where).order_by("id"))

    def outlasting(self, on: datetime.date) -> list[Officer | Interest]:
        """Its open officers and interests that hold after a day, locked."""
        after = models.Q(valid_to=None) | models.Q(valid_to__gt=on)
        kept = (Officer.objects, Interest.objects)
        rows = (m.select_for_update().filter(after, enterprise=self, closed_on=None) for m in kept)
        return [record for each in rows for record in each.order_by("id")]

    def represented(self, on: datetime.date) -> list[Officer]:
        """Who represents it by law on a day, locked."""
        return self.held(Officer, on, office=Officer.Office.LEGAL_REPRESENTATIVE)

    def branches(self, *status: str) -> list[Branch]:
        """Its open branches of these statuses, locked."""
        rows = Branch.objects.select_for_update().filter(enterprise=self, closed_on=None)
        return list(rows.filter(status__in=status).order_by("id"))

    class Meta:
        db_table = "enterprises"
        verbose_name = _("Doanh nghiệp")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(suspended_until__isnull=True)
                | models.Q(suspended_until__gte=models.F("suspended_from")),
                name="enterprises_suspended_for_a_time",
                violation_error_message=_("The last day lies before the first."),
                violation_error_code="range",
            )
        ]
        indexes = [
            models.Index(fields=["head_office_unit", "id"], name="enterprises_unit"),
            models.Index(fields=["status", "id"], name="enterprises_status"),
            models.Index(fields=["main_industry", "id"], name="enterprises_industry"),
            models.Index(fields=["industrial_park", "id"], name="enterprises_park"),
            words_index("enterprises_words"),
            models.Index(fields=["sort_key", "id"], name="enterprises_sort_key"),
            models.Index(fields=["folded"], name="enterprises_folded"),
        ]


def enterprise() -> Any:
    """The column of the firm that a record belongs to."""
    return models.ForeignKey(
        Enterprise,
        models.PROTECT,
        to_field="enterprise_code",
        db_column="enterprise_code",
        verbose_name=_("Mã số doanh nghiệp"),
        db_index=False,
    )


class Branch(Record):
    """What belongs to a firm and stands elsewhere (Law 59/2020/QH14, art. 44)."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Đang hoạt động")
        SUSPENDED = "suspended", _("Tạm ngừng hoạt động")
        ENDED = "ended", _("Chấm dứt hoạt động")

    class Kind(models.TextChoices):
        BRANCH = "branch", _("Chi nhánh")
        REPRESENTATIVE_OFFICE = "representative_office", _("Văn phòng đại diện")
        PLACE_OF_BUSINESS = "place_of_business", _("Địa điểm kinh doanh")

    branch_code = BranchCode(_("Mã số đơn vị phụ thuộc"), unique=True)
    enterprise = enterprise()
    name = Text(_("Tên đơn vị phụ thuộc"))
    kind = Choice(_("Loại đơn vị"), choices=Kind.choices)
    unit = UnitCode(_("Mã xã"))
    address = Text(_("Địa chỉ"))
    status = Choice(_("Tình trạng hoạt động"), choices=Status.choices, default=Status.ACTIVE)
    folded = folded("name")
    sort_key = sorted_by("name")

    def suspended_by(self, operation: str) -> bool:
        """Whether it was this operation that suspended it when last it was active."""
        states = cast("Any", self).events.order_by("-pgh_id")
        awake = states.exclude(status=self.Status.SUSPENDED).first()
        asleep = states.filter(
            status=self.Status.SUSPENDED, pgh_id__gt=awake.pgh_id if awake else 0
        )
        first = asleep.last()
        return bool(first and first.pgh_context.get("operation") == operation)

    class Meta:
        db_table = "branches"
        verbose_name = _("Chi nhánh, văn phòng đại diện")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(enterprise=Left("branch_code", 10)),
                name="branches_of_its_enterprise",
                violation_error_message=_("A branch's code begins with its enterprise's."),
                violation_error_code="structure",
            )
        ]
        indexes = [
            models.Index(fields=["enterprise", "id"], name="branches_enterprise"),
            models.Index(fields=["unit", "id"], name="branches_unit"),
            words_index("branches_words"),
            models.Index(fields=["sort_key", "id"], name="branches_sort_key"),
        ]


class Officer(ForATime):
    """Who holds an office in a firm, from when to when (Law 59/2020/QH14, art. 12)."""

    class Office(models.TextChoices):
        LEGAL_REPRESENTATIVE = "legal_representative", _("Người đại diện theo pháp luật")
        DIRECTOR = "director", _("Giám đốc")
        CHAIRPERSON = "chairperson", _("Chủ tịch hội đồng thành viên")
        CHIEF_ACCOUNTANT = "chief_accountant", _("Kế toán trưởng")
        CONTROLLER = "controller", _("Kiểm soát viên")

    enterprise = enterprise()
    personal_id = PersonalId(_("Số định danh cá nhân"))
    full_name = Name(_("Họ và tên"))
    office = Choice(
        _("Chức vụ"),
        choices=Office.choices,
        words={
            "director": ("Tổng giám đốc",),
            "chairperson": ("Chủ tịch hội đồng quản trị", "Chủ tịch công ty"),
        },
    )

    class Meta(ForATime.Meta):
        db_table = "officers"
        verbose_name = _("Người giữ chức vụ")
        constraints = [
            *ForATime.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "personal_id", "office", "valid_from"],
                name="officers_identity",
            ),
            OneAtATime(
                fields=("enterprise", "personal_id", "office"),
                name="officers_once",
                violation_error_message=_("This person holds this office already."),
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise", "id"], name="officers_enterprise"),
            models.Index(fields=["personal_id", "id"], name="officers_person"),
        ]


class Interest(ForATime):
    """An owner's exact part of a firm, from when to when (Law 59/2020/QH14, art. 47, 74, 111)."""

    class Kind(models.TextChoices):
        OWNER = "owner", _("Chủ sở hữu")
        MEMBER = "member", _("Thành viên góp vốn")
        SHAREHOLDER = "shareholder", _("Cổ đông")
        FOUNDING_SHAREHOLDER = "founding_shareholder", _("Cổ đông sáng lập")
        GENERAL_PARTNER = "general_partner", _("Thành viên hợp danh")

    enterprise = enterprise()
    owner_kind = owner_kind(_("Loại thành viên"))
    owner_id = OwnerId(_("Số định danh thành viên"))
    kind = Choice(_("Tư cách"), choices=Kind.choices, words={"owner": ("Chủ doanh nghiệp",)})
    share = Fraction(_("Tỷ lệ góp vốn"))

    @classmethod
    def unlimited(cls, owners: list[str], on: datetime.date, *, beside: str = "") -> bool:
        """Whether one of these numbers answers for a business with all that is theirs, on a day.

        `beside`: the code of a firm that does not count.
        """
        kinds = models.Q(enterprise__legal_form__in=UNLIMITED) | models.Q(
            kind=cls.Kind.GENERAL_PARTNER
        )
        ended = Enterprise.Status.ENDED
        held = cls.objects.filter(kinds, in_force(on), owner_id__in=owners).exclude(
            enterprise=beside
        )
        own = Enterprise.objects.filter(enterprise_code__in=owners, closed_on=None)
        own = own.exclude(status=ended)
        return held.exclude(enterprise__status=ended).exists() or own.exists()

    class Meta(ForATime.Meta):
        db_table = "interests"
        verbose_name = _("Phần vốn góp")
        constraints = [
            *ForATime.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "owner_id", "kind", "valid_from"], name="interests_identity"
            ),
            OneAtATime(
                fields=("enterprise", "owner_id", "kind"),
                name="interests_once",
                violation_error_message=_("This owner has a part of this kind already."),
            ),
            WithinWhole(
                share="share",
                of=("enterprise_code",),
                parents=(("enterprises", "enterprise_code"),),
                name="interests_within_whole",
                violation_error_message=_(
                    "The parts of this enterprise together are more than the whole."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise", "id"], name="interests_enterprise"),
            models.Index(fields=["owner_id", "id"], name="interests_owner"),
        ]


#: How many owners each form has, and what they are to it (Law 59/2020/QH14, art. 46, 74, 111, 177, 188).
OWNERS = {
    Enterprise.LegalForm.PRIVATE_ENTERPRISE: (1, 1, Interest.Kind.OWNER),
    Enterprise.LegalForm.HOUSEHOLD_BUSINESS: (1, 1, Interest.Kind.OWNER),
    Enterprise.LegalForm.SINGLE_MEMBER_LLC: (1, 1, Interest.Kind.OWNER),
    Enterprise.LegalForm.MULTI_MEMBER_LLC: (2, 50, Interest.Kind.MEMBER),
    Enterprise.LegalForm.JOINT_STOCK_COMPANY: (3, None, Interest.Kind.FOUNDING_SHAREHOLDER),
    Enterprise.LegalForm.PARTNERSHIP: (2, None, Interest.Kind.GENERAL_PARTNER),
    Enterprise.LegalForm.COOPERATIVE: (1, None, Interest.Kind.MEMBER),
}
#: Forms of which the owner answers with all they have, so that nobody owns two.
UNLIMITED = (Enterprise.LegalForm.PRIVATE_ENTERPRISE, Enterprise.LegalForm.HOUSEHOLD_BUSINESS)
