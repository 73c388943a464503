"""Land and dwellings: what there is, its papers, whose it is, and what stands in the way of a sale."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from housing.validators import CertificateSerial, DwellingId, NationalParcelId, ParcelId
from records.fields import Choice, Date, Key, Text
from records.models import ForATime, Record, Refers, WithinWhole, where_kind
from records.owners import EnterpriseCode, OwnerId, owner_kind
from records.quantities import Decimal, Fraction, Integer, Year


class Parcel(Record):
    """A parcel of land (thửa đất), under the number that its commune's map gave it."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Đang sử dụng")
        SPLIT = "split", _("Đã tách thửa")
        MERGED = "merged", _("Đã hợp thửa")

    class LandUse(models.TextChoices):
        """What the land is for (Circular 08/2024/TT-BTNMT, annex)."""

        ODT = "ODT", _("Đất ở tại đô thị")
        ONT = "ONT", _("Đất ở tại nông thôn")
        CLN = "CLN", _("Đất trồng cây lâu năm")
        LUC = "LUC", _("Đất chuyên trồng lúa nước")
        SKC = "SKC", _("Đất cơ sở sản xuất phi nông nghiệp")
        TMD = "TMD", _("Đất thương mại, dịch vụ")

    class Tenure(models.TextChoices):
        SOLE = "sole", _("Sử dụng riêng")
        JOINT = "joint", _("Sử dụng chung")

    parcel_id = ParcelId(_("Mã thửa đất"), unique=True)
    national_id = NationalParcelId(_("Mã định danh thửa đất"), optional=True)
    area = Decimal(_("Diện tích"))
    land_use = Choice(_("Mục đích sử dụng đất"), choices=LandUse.choices)
    tenure = Choice(
        _("Hình thức sử dụng"),
        choices=Tenure.choices,
        words={"sole": ("Riêng",), "joint": ("Chung",)},
        optional=True,
    )
    use_until = Date(_("Thời hạn sử dụng đến"), optional=True)
    address = Text(_("Địa chỉ thửa đất"), optional=True)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        db_table = "parcels"
        verbose_name = _("Thửa đất")
        constraints = [
            models.UniqueConstraint(
                fields=["national_id"],
                condition=models.Q(closed_on__isnull=True),
                name="parcels_national_id",
                violation_error_message=_("Another parcel has this national id."),
            )
        ]
        indexes = [
            models.Index(fields=["national_id", "id"], name="parcels_national"),
            models.Index(fields=["land_use", "id"], name="parcels_land_use"),
        ]


def of_parcel(**kwargs: Any) -> Any:
    """The column that says on which parcel."""
    return models.ForeignKey(
        Parcel,
        models.PROTECT,
        to_field="parcel_id",
        db_index=False,
        **{"db_column": "parcel_id", "verbose_name": _("Mã thửa đất"), **kwargs},
    )


class ParcelOrigin(Record):
    """Which parcel came of which, by a split (tách thửa) or a merger (hợp thửa)."""

    class Kind(models.TextChoices):
        SPLIT = "split", _("Tách thửa")
        MERGER = "merger", _("Hợp thửa")

    parcel = of_parcel(related_name="origins")
    parent = of_parcel(
        related_name="descendants",
        db_column="parent_id",
        verbose_name=_("Mã thửa đất gốc"),
    )
    kind = Choice(_("Loại biến động"), choices=Kind.choices)
    area = Decimal(_("Diện tích"))
    happened_on = Date(_("Ngày biến động"), future=False)

    class Meta:
        db_table = "parcel_origins"
        verbose_name = _("Nguồn gốc thửa đất")
        constraints = [
            models.UniqueConstraint(fields=["parcel", "parent"], name="parcel_origins_identity"),
            models.CheckConstraint(
                condition=~models.Q(parcel=models.F("parent")),
                name="parcel_origins_of_another",
                violation_error_message=_("A parcel does not come of itself."),
                violation_error_code="range",
            ),
        ]
        indexes = [
            models.Index(fields=["parcel", "id"], name="parcel_origins_parcel"),
            models.Index(fields=["parent", "id"], name="parcel_origins_parent"),
        ]


class Dwelling(Record):
    """A house or an apartment (nhà ở, căn hộ) on a parcel."""

    class Status(models.TextChoices):
        STANDING = "standing", _("Đang tồn tại")
        DEMOLISHED = "demolished", _("Đã phá dỡ")

    class Kind(models.TextChoices):
        DETACHED_HOUSE = "detached_house", _("Nhà ở riêng lẻ")
        APARTMENT = "apartment", _("Căn hộ chung cư")
        VILLA = "villa", _("Biệt thự")
        COLLECTIVE_HOUSING = "collective_housing", _("Nhà tập thể")

    class Grade(models.TextChoices):
        I = "I", _("Cấp I")  # noqa: E741 the grade's own name
        II = "II", _("Cấp II")
        III = "III", _("Cấp III")
        IV = "IV", _("Cấp IV")

    dwelling_id = DwellingId(_("Mã nhà ở"), unique=True)
    parcel = of_parcel(related_name="dwellings")
    kind = Choice(
        _("Loại nhà ở"),
        choices=Kind.choices,
        words={"detached_house": ("Nhà riêng lẻ",), "villa": ("Nhà biệt thự",)},
    )
    grade = Choice(_("Cấp nhà"), choices=Grade.choices, optional=True)
    floors = Integer(_("Số tầng"), least=1, most=200, optional=True)
    build_area = Decimal(_("Diện tích xây dựng"), optional=True)
    floor_area = Decimal(_("Diện tích sàn"), optional=True)
    structure = Text(_("Kết cấu"), optional=True)
    year_built = Year(_("Năm hoàn thành xây dựng"), optional=True)
    address = Text(_("Địa chỉ nhà"), optional=True)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.STANDING)

    class Meta:
        db_table = "dwellings"
        verbose_name = _("Nhà ở")
        indexes = [
            models.Index(fields=["parcel", "id"], name="dwellings_parcel"),
            models.Index(fields=["kind", "id"], name="dwellings_kind"),
        ]


class Certificate(Record):
    """A certificate of rights to land and what stands on it (sổ đỏ, sổ hồng): one paper, one serial."""

    class Status(models.TextChoices):
        """What became of the paper."""

        ISSUED = "issued", _("Đã cấp")
        CORRECTED = "corrected", _("Đã đính chính")
        REPLACED = "replaced", _("Đã cấp đổi")
        REISSUED = "reissued", _("Đã cấp lại")
        RECOVERED = "recovered", _("Đã thu hồi")
        CANCELLED = "cancelled", _("Đã hủy")

    #: Papers that still say what holds.
    IN_FORCE = (Status.ISSUED, Status.CORRECTED)
    #: Why another paper took its place.
    REPLACED_BY = ((Status.REPLACED, _("Cấp đổi")), (Status.REISSUED, _("Cấp lại")))

    serial = CertificateSerial(_("Số phát hành"), unique=True)
    register_no = Text(_("Số vào sổ cấp GCN"), optional=True)
    issued_on = Date(_("Ngày cấp"), future=False)
    parcel = of_parcel(related_name="certificates")
    dwelling = models.ForeignKey(
        Dwelling,
        models.PROTECT,
        to_field="dwelling_id",
        db_column="dwelling_id",
        verbose_name=_("Mã nhà ở"),
        db_index=False,
        null=True,
        blank=True,
        related_name="certificates",
    )
    replaces = CertificateSerial(_("Thay cho giấy số phát hành"), optional=True)
    status = Choice(
        _("Tình trạng giấy"),
        choices=Status.choices,
        words={"cancelled": ("Đã huỷ",)},
        default=Status.ISSUED,
    )

    class Meta:
        db_table = "certificates"
        verbose_name = _("Giấy chứng nhận")
        indexes = [
            models.Index(fields=["parcel", "id"], name="certificates_parcel"),
            models.Index(fields=["dwelling", "id"], name="certificates_dwelling"),
            models.Index(fields=["register_no", "id"], name="certificates_register_no"),
        ]


class PropertyKind(models.TextChoices):
    PARCEL = "parcel", _("Thửa đất")
    DWELLING = "dwelling", _("Nhà ở")


class OfProperty(ForATime):
    """A fact about a parcel or a dwelling, as `property_kind` says; either must be recorded."""

    property_kind = Choice(
        _("Loại tài sản"),
        choices=PropertyKind.choices,
        words={"parcel": ("Đất",), "dwelling": ("Nhà, căn hộ",)},
    )
    property_id = Key(_("Mã tài sản"))
    parcel_id = where_kind("property_kind", PropertyKind.PARCEL, "property_id")
    dwelling_id = where_kind("property_kind", PropertyKind.DWELLING, "property_id")

    class Meta(ForATime.Meta):
        abstract = True

    @classmethod
    def of(cls, found: Parcel | Dwelling) -> models.QuerySet[Self]:
        """What is recorded of a property."""
        return cls._base_manager.filter(**property_of(found))

    @classmethod
    def until(cls, found: Parcel | Dwelling, day: datetime.date) -> models.QuerySet[Self]:
        """What of a property has not ended before a day: also what begins later."""
        open_end = models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day)
        return cls.of(found).filter(open_end, closed_on=None)

    @classmethod
    def holding(cls, found: Parcel | Dwelling, day: datetime.date) -> models.QuerySet[Self]:
        """What of a property holds on a day."""
        return cls.until(found, day).filter(valid_from__lte=day)


def property_of(found: Parcel | Dwelling) -> dict[str, str]:
    """The columns that name a property."""
    if isinstance(found, Parcel):
        return {"property_kind": PropertyKind.PARCEL, "property_id": found.parcel_id}
    return {"property_kind": PropertyKind.DWELLING, "property_id": found.dwelling_id}


def refers(table: str) -> list[Refers]:
    """That the property is recorded: foreign keys of both generated columns."""
    return [
        Refers(field="parcel_id", table="parcels", key="parcel_id", name=f"{table}_parcel"),
        Refers(field="dwelling_id", table="dwellings", key="dwelling_id", name=f"{table}_dwelling"),
    ]


class Right(OfProperty):
    """Somebody's exact share of a parcel or dwelling (quyền sử dụng, sở hữu) for a time."""

    owner_kind = owner_kind(_("Loại chủ sở hữu"))
    owner_id = OwnerId(_("Số định danh chủ sở hữu"))
    share = Fraction(_("Phần sở hữu"))
    document_no = Text(_("Số văn bản chuyển quyền"), optional=True)

    class Meta(OfProperty.Meta):
        db_table = "rights"
        verbose_name = _("Quyền sở hữu")
        constraints = [
            *OfProperty.Meta.constraints,
            *refers("rights"),
            models.UniqueConstraint(
                fields=["property_kind", "property_id", "owner_id", "valid_from"],
                name="rights_identity",
            ),
            WithinWhole(
                share="share",
                of=("property_kind", "property_id"),
                parents=(("parcels", "parcel_id"), ("dwellings", "dwelling_id")),
                name="rights_within_whole",
                violation_error_message=_("The owners' shares together are more than the whole."),
            ),
        ]
        indexes = [
            models.Index(fields=["property_id", "id"], name="rights_property"),
            models.Index(fields=["owner_id", "id"], name="rights_owner"),
        ]


class Encumbrance(OfProperty):
    """What stands in the way of disposing of a property, or of one owner's part of it, for a time."""

    class Kind(models.TextChoices):
        MORTGAGE = "mortgage", _("Thế chấp")
        SEIZURE = "seizure", _("Kê biên")
        DISPUTE = "dispute", _("Tranh chấp")
        PLANNING_NOTE = "planning_note", _("Quy hoạch")
        INHERITANCE_PENDING = "inheritance_pending", _("Chờ phân chia thừa kế")

    kind = Choice(_("Loại hạn chế"), choices=Kind.choices)
    document_no = Text(_("Số văn bản"), optional=True)
    holder_id = EnterpriseCode(_("Mã số bên nhận thế chấp"), optional=True)
    #: Of whose part; empty: of the whole.
    owner_kind = owner_kind(_("Loại chủ sở hữu"), optional=True)
    owner_id = OwnerId(_("Số định danh chủ sở hữu có phần bị hạn chế"), optional=True)
    consent_no = Text(_("Số văn bản đồng ý của bên nhận thế chấp"), optional=True)

    class Meta(OfProperty.Meta):
        db_table = "encumbrances"
        verbose_name = _("Hạn chế quyền")
        constraints = [
            *OfProperty.Meta.constraints,
            *refers("encumbrances"),
            models.UniqueConstraint(
                fields=[
                    "property_kind",
                    "property_id",
                    "kind",
                    "document_no",
                    "holder_id",
                    "owner_id",
                    "valid_from",
                ],
                name="encumbrances_identity",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(owner_id__isnull=True, owner_kind__isnull=True)
                | models.Q(owner_id__isnull=False, owner_kind__isnull=False),
                name="encumbrances_owner_of_a_kind",
                violation_error_message=_("An owner's number and kind are written together."),
                violation_error_code="missing",
            ),
        ]
        indexes = [
            models.Index(fields=["property_id", "id"], name="encumbrances_property"),
            models.Index(fields=["holder_id", "id"], name="encumbrances_holder"),
            models.Index(fields=["owner_id", "id"], name="encumbrances_owner"),
        ]
