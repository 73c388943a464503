"""Vehicles: what drives, the plates it bears, who has it registered, and when it was inspected."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.fields import Choice, Date, Key, Name, Text, folded, sorted_by, words_index
from records.models import ForATime, OneAtATime, Reckoned, Record
from records.owners import OwnerId, owner_kind
from records.quantities import Integer, Year
from vehicles.validators import ChassisNo, Plate as PlateNumber


class VehicleClass(models.TextChoices):
    CAR = "car", _("Ô tô con")
    BUS = "bus", _("Ô tô khách")
    TRUCK = "truck", _("Ô tô tải")
    SPECIAL_PURPOSE = "special_purpose", _("Ô tô chuyên dùng")
    TRAILER = "trailer", _("Rơ moóc")
    MOTORCYCLE = "motorcycle", _("Mô tô")
    MOPED = "moped", _("Xe gắn máy")
    SPECIAL_MACHINE = "special_machine", _("Xe máy chuyên dùng")
    FOUR_WHEELED = "four_wheeled", _("Xe bốn bánh có gắn động cơ")


CLASS_WORDS = {
    "car": ("Xe con",),
    "bus": ("Xe khách",),
    "truck": ("Xe tải",),
    "trailer": ("Sơ mi rơ moóc",),
    "motorcycle": ("Xe mô tô",),
}


class Fuel(models.TextChoices):
    PETROL = "petrol", _("Xăng")
    DIESEL = "diesel", _("Dầu")
    ELECTRIC = "electric", _("Điện")
    HYBRID = "hybrid", _("Xăng điện")


FUEL_WORDS = {"diesel": ("Dầu diesel",), "hybrid": ("Lai điện",)}


class Use(models.TextChoices):
    PRIVATE = "private", _("Không kinh doanh vận tải")
    TRANSPORT = "transport", _("Kinh doanh vận tải")


class PlateColour(models.TextChoices):
    WHITE = "white", _("Trắng")
    YELLOW = "yellow", _("Vàng")
    BLUE = "blue", _("Xanh")
    RED = "red", _("Đỏ")


class PlateKind(models.TextChoices):
    ORDINARY = "ordinary", _("Thường")
    IDENTIFIED = "identified", _("Biển số định danh")
    AUCTIONED = "auctioned", _("Biển số trúng đấu giá")


class RecoveryGround(models.TextChoices):
    """Why a certificate and plate are recovered (Circular 79/2024/TT-BCA)."""

    DESTROYED = "destroyed", _("Xe hỏng không sử dụng được, bị phá hủy, thải bỏ")
    PAST_SERVICE = "past_service", _("Xe hết niên hạn sử dụng")
    STOLEN = "stolen", _("Xe mất cắp, không tìm thấy")
    RE_EXPORTED = "re_exported", _("Xe miễn thuế, tạm nhập đã tái xuất hoặc chuyển nhượng")
    ECONOMIC_ZONE = "economic_zone", _("Xe đăng ký trong khu kinh tế đặc biệt")
    TRANSFER = "transfer", _("Xe sang tên, di chuyển")
    DISMOUNTED = "dismounted", _("Xe tháo máy, khung để lắp cho xe khác")
    FORGED = "forged", _("Hồ sơ giả hoặc đục sửa số máy, số khung")


class Vehicle(Record):
    """A motor vehicle or trailer, as its maker or importer declared it (Law 36/2024/QH15, art. 34)."""

    class Status(models.TextChoices):
        USABLE = "usable", _("Còn sử dụng được")
        SCRAPPED = "scrapped", _("Đã loại bỏ")

    chassis_no = ChassisNo(_("Số khung"), unique=True)
    engine_no = Text(_("Số máy"), optional=True)
    vehicle_class = Choice(_("Loại xe"), choices=VehicleClass.choices, words=CLASS_WORDS)
    make = Text(_("Nhãn hiệu"))
    model = Text(_("Số loại"), optional=True)
    colour = Text(_("Màu sơn"), optional=True)
    production_year = Year(_("Năm sản xuất"), least=1886, ahead=1, optional=True)
    seats = Integer(_("Số chỗ ngồi"), most=200, optional=True)
    fuel = Choice(_("Nhiên liệu"), choices=Fuel.choices, words=FUEL_WORDS, optional=True)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.USABLE)

    class Meta:
        db_table = "vehicles"
        verbose_name = _("Xe")
        indexes = [
            models.Index(fields=["engine_no", "id"], name="vehicles_engine_no"),
            models.Index(fields=["vehicle_class", "id"], name="vehicles_class"),
        ]


class Plate(Record):
    """A number plate. An identified one is bound to its owner, five years beyond its recovery
    (Circular 79/2024/TT-BCA, art. 3); one that was won at auction, before it is issued, too."""

    class Status(models.TextChoices):
        POOL = "pool", _("Trong kho")
        ISSUED = "issued", _("Đã cấp")
        RECOVERED = "recovered", _("Đã thu hồi")
        LOST = "lost", _("Mất")
        DAMAGED = "damaged", _("Hỏng")
        CANCELLED = "cancelled", _("Đã hủy")

    plate = PlateNumber(_("Biển số"), unique=True)
    colour = Choice(
        _("Màu biển"),
        choices=PlateColour.choices,
        words={
            "white": ("Nền trắng",),
            "yellow": ("Nền vàng",),
            "blue": ("Nền xanh",),
            "red": ("Nền đỏ",),
        },
    )
    kind = Choice(
        _("Loại biển"),
        choices=PlateKind.choices,
        words={
            "ordinary": ("Biển thường",),
            "identified": ("Định danh",),
            "auctioned": ("Đấu giá",),
        },
    )
    status = Choice(
        _("Trạng thái"),
        choices=Status.choices,
        words={
            "issued": ("Đang sử dụng",),
            "recovered": ("Thu hồi",),
            "cancelled": ("Đã huỷ",),
        },
        default=Status.POOL,
    )
    owner_kind = owner_kind(_("Loại chủ biển"), optional=True)
    owner_id = OwnerId(_("Số định danh chủ biển"), optional=True)
    bound_until = Date(_("Giữ cho chủ biển đến hết ngày"), optional=True)

    class Meta:
        db_table = "plates"
        verbose_name = _("Biển số xe")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner_id__isnull=True) | models.Q(owner_kind__isnull=False),
                name="plates_owner_is_whole",
                violation_error_message=_("An owner is a number and of which kind it is."),
                violation_error_code="missing",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="pool") | models.Q(bound_until__isnull=True),
                name="plates_pool_keeps_none",
                violation_error_message=_("A plate that is kept for its owner is not in the pool."),
            ),
            models.CheckConstraint(
                condition=models.Q(bound_until__isnull=True) | models.Q(owner_id__isnull=False),
                name="plates_kept_for_somebody",
                violation_error_message=_("A plate is kept for its owner, who must be named."),
            ),
        ]
        indexes = [
            models.Index(fields=["owner_id", "id"], name="plates_owner"),
            models.Index(fields=["status", "id"], name="plates_status"),
        ]


class Registration(ForATime):
    """A vehicle under a plate in somebody's name, from a day to a day (Law 36/2024/QH15, art. 39).

    It holds while it has no last day; `status` says by which act it ended.
    """

    class Status(models.TextChoices):
        RECORDED = "recorded", _("Đã ghi nhận")
        TRANSFERRED = "transferred", _("Đã sang tên")
        REPLACED = "replaced", _("Đã cấp đổi")
        RECOVERED = "recovered", _("Đã thu hồi")

    certificate_no = Key(_("Số giấy chứng nhận đăng ký xe"), unique=True)
    vehicle = models.ForeignKey(
        Vehicle,
        models.PROTECT,
        to_field="chassis_no",
        db_column="chassis_no",
        verbose_name=_("Số khung"),
        related_name="registrations",
        db_index=False,
    )
    plate = models.ForeignKey(
        Plate,
        models.PROTECT,
        to_field="plate",
        db_column="plate",
        verbose_name=_("Biển số"),
        related_name="registrations",
        db_index=False,
    )
    owner_kind = owner_kind(_("Loại chủ xe"))
    owner_id = OwnerId(_("Số định danh chủ xe"))
    owner_name = Name(_("Tên chủ xe"), optional=True)
    owner_address = Text(_("Địa chỉ chủ xe"), optional=True)
    use = Choice(_("Mục đích sử dụng"), choices=Use.choices, optional=True)
    valid_from = Date(_("Ngày đăng ký"))
    valid_to = Date(_("Ngày hết hiệu lực"), optional=True)
    status = Choice(_("Trạng thái"), choices=Status.choices, default=Status.RECORDED)
    recovery_ground = Choice(_("Căn cứ thu hồi"), choices=RecoveryGround.choices, optional=True)
    folded = folded("owner_name")
    sort_key = sorted_by("owner_name")

    class Meta(ForATime.Meta):
        db_table = "registrations"
        verbose_name = _("Đăng ký xe")
        constraints = [
            *ForATime.Meta.constraints,
            OneAtATime(
                fields=("vehicle",),
                name="registrations_one_of_vehicle",
                violation_error_message=_("The vehicle is registered already at this time."),
            ),
            OneAtATime(
                fields=("plate",),
                name="registrations_one_of_plate",
                violation_error_message=_("Another vehicle bears this plate at this time."),
            ),
        ]
        indexes = [
            models.Index(fields=["vehicle", "id"], name="registrations_vehicle"),
            models.Index(fields=["plate", "id"], name="registrations_plate"),
            models.Index(fields=["owner_id", "id"], name="registrations_owner"),
            words_index("registrations_words"),
            models.Index(fields=["sort_key", "id"], name="registrations_sort_key"),
        ]


#: By class, use and age in years, as Annex V of Circular 47/2024/TT-BGTVT has it, in months: how long a
#: vehicle that comes new has at first; until which age which cycle holds. Eight seats beside the driver's
#: are nine. Motorcycles are not inspected; of an age that is not known nothing is reckoned.
NEXT_DUE = """
SELECT (inspected_on + make_interval(months => CASE
  WHEN size = 'small' AND NOT business THEN
    CASE WHEN fresh THEN 36 WHEN age <= 7 THEN 24 WHEN age <= 20 THEN 12 ELSE 6 END
  WHEN size = 'small' THEN CASE WHEN fresh THEN 24 WHEN age <= 5 THEN 12 ELSE 6 END
  WHEN size = 'large' THEN
    CASE WHEN fresh THEN 24 WHEN age <= 5 THEN 12 WHEN age <= 15 THEN 6 ELSE 3 END
END))::date
FROM (
  SELECT
    CASE WHEN vehicle_class = 'car' AND coalesce(seats, 5) <= 9 THEN 'small'
      WHEN vehicle_class IN ('car', 'bus', 'truck', 'special_purpose', 'trailer') THEN 'large'
    END AS size,
    date_part('year', inspected_on) - production_year AS age,
    EXISTS (SELECT FROM registrations AS held WHERE held.chassis_no = it.chassis_no
      AND held.use = 'transport' AND held.closed_on IS NULL
      AND daterange(held.valid_from, held.valid_to, '[]') @> inspected_on) AS business,
    date_part('year', inspected_on) - production_year < 3 AND NOT EXISTS (
      SELECT FROM inspections AS earlier WHERE earlier.chassis_no = it.chassis_no
      AND earlier.inspected_on < reckoned.inspected_on AND earlier.closed_on IS NULL) AS fresh,
    inspected_on, result
  FROM reckoned JOIN vehicles AS it USING (chassis_no)
) AS vehicle
WHERE result = 'passed' AND age IS NOT NULL
"""


#: In whose name the vehicle was registered on the day.
OWNER_THEN = """
SELECT held.{column} FROM reckoned JOIN registrations AS held USING (chassis_no)
WHERE held.closed_on IS NULL AND daterange(held.valid_from, held.valid_to, '[]') @> inspected_on
"""


class Inspection(Record):
    """A technical inspection and until when it is good (Circular 47/2024/TT-BGTVT)."""

    class Result(models.TextChoices):
        PASSED = "passed", _("Đạt")
        FAILED = "failed", _("Không đạt")

    certificate_no = Key(_("Số giấy chứng nhận kiểm định"), unique=True)
    vehicle = models.ForeignKey(
        Vehicle,
        models.PROTECT,
        to_field="chassis_no",
        db_column="chassis_no",
        verbose_name=_("Số khung"),
        related_name="inspections",
        db_index=False,
    )
    inspected_on = Date(_("Ngày kiểm định"), future=False)
    result = Choice(_("Kết quả"), choices=Result.choices)
    next_due_on = Date(_("Có hiệu lực đến"), optional=True, lapses=True)
    owner_kind = owner_kind(_("Loại chủ xe"), optional=True)
    owner_id = OwnerId(_("Số định danh chủ xe"), optional=True)

    class Meta:
        db_table = "inspections"
        verbose_name = _("Kiểm định xe")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_due_on__isnull=True)
                | models.Q(next_due_on__gte=models.F("inspected_on")),
                name="inspections_due_after",
                violation_error_message=_("The next inspection is not due before this one."),
                violation_error_code="range",
            ),
            Reckoned(
                field="next_due_on",
                of=("chassis_no", "inspected_on", "result"),
                sql=NEXT_DUE,
                name="inspections_next_due",
                violation_error_message=_(
                    "By class, age and use of the vehicle another day would follow."
                ),
            ),
            *(
                Reckoned(
                    field=column,
                    of=("chassis_no", "inspected_on"),
                    sql=OWNER_THEN.format(column=column),
                    name=f"inspections_{column}",
                    violation_error_message=_(
                        "The vehicle was registered in another name on this day."
                    ),
                )
                for column in ("owner_kind", "owner_id")
            ),
        ]
        indexes = [
            models.Index(fields=["vehicle", "id"], name="inspections_vehicle"),
            models.Index(fields=["owner_id", "id"], name="inspections_owner"),
        ]
