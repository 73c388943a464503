"""Xe cơ giới: what this registry declares."""

from django.utils.translation import gettext_lazy as _

from records.registry import ByKind, Check, RecordType, Registry, States
from vehicles.models import Inspection, Plate, Registration, Vehicle
from vehicles.operations import OPERATIONS
from vehicles.validators import chassis_number_fits, colour_fits

OWNER = ByKind("owner_kind", {"person": "people", "enterprise": "enterprises"})

vehicles = RecordType(
    model=Vehicle,
    key="chassis_no",
    identity=("chassis_no",),
    fieldsets={
        "summary": ("chassis_no", "vehicle_class", "make", "model", "colour", "status"),
        "full": (
            "chassis_no",
            "engine_no",
            "vehicle_class",
            "make",
            "model",
            "colour",
            "production_year",
            "seats",
            "fuel",
            "status",
        ),
    },
    filters=("engine_no", "vehicle_class"),
    states=States(
        initial=("usable",),
        steps={"usable": ("scrapped",)},
        by={"scrapped": ("deregister-vehicle",)},
    ),
    headers={
        "chassis_no": ("Số VIN", "Số khung (VIN)"),
        "engine_no": ("Số động cơ",),
        "vehicle_class": ("Loại phương tiện",),
        "make": ("Hãng xe", "Nhãn hiệu xe"),
        "model": ("Tên thương mại", "Kiểu loại"),
        "colour": ("Màu xe",),
        "production_year": ("Năm SX",),
        "seats": ("Số chỗ",),
        "fuel": ("Loại nhiên liệu",),
    },
    warns=(chassis_number_fits,),
)

plates = RecordType(
    model=Plate,
    key="plate",
    identity=("plate",),
    subjects=("owner_id",),
    fieldsets={
        "summary": ("plate", "colour", "kind", "status"),
        "full": ("plate", "colour", "kind", "status", "owner_kind", "owner_id", "bound_until"),
    },
    filters=("owner_id", "status"),
    portal="full",
    called=_("Biển số của tôi"),
    stated=("status",),
    states=States(
        initial=("pool", "issued", "recovered", "lost", "damaged", "cancelled"),
        steps={
            "pool": ("issued", "lost", "damaged", "cancelled"),
            "issued": ("recovered", "lost", "damaged", "cancelled"),
            "recovered": ("issued", "pool", "cancelled"),
            "lost": ("issued", "recovered", "cancelled"),
            "damaged": ("issued", "recovered", "cancelled"),
        },
        by={"recovered": ("transfer-vehicle", "recover-plate", "deregister-vehicle")},
    ),
    references={"owner_id": OWNER},
    headers={
        "plate": ("Biển kiểm soát", "Biển số xe", "BKS"),
        "colour": ("Màu biển số",),
        "kind": ("Loại biển số",),
        "status": ("Tình trạng biển",),
    },
    warns=(colour_fits,),
)

registrations = RecordType(
    model=Registration,
    key="certificate_no",
    identity=("certificate_no",),
    subjects=("owner_id",),
    fieldsets={
        "summary": ("certificate_no", "plate", "chassis_no", "status", "valid_from", "valid_to"),
        "vehicle": (
            "certificate_no",
            "plate",
            "plate__colour",
            "chassis_no",
            "vehicle__vehicle_class",
            "vehicle__make",
            "vehicle__model",
            "use",
            "status",
            "valid_from",
            "valid_to",
        ),
        "full": (
            "certificate_no",
            "plate",
            "plate__colour",
            "plate__kind",
            "chassis_no",
            "vehicle__vehicle_class",
            "vehicle__make",
            "vehicle__model",
            "vehicle__production_year",
            "owner_kind",
            "owner_id",
            "owner_name",
            "owner_address",
            "use",
            "status",
            "recovery_ground",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("plate", "chassis_no", "owner_id"),
    search=("owner_name", "owner_id", "plate", "chassis_no"),
    portal="full",
    called=_("Xe của tôi"),
    states=States(
        initial=("recorded",),
        steps={"recorded": ("transferred", "replaced", "recovered")},
        by={
            "transferred": ("transfer-vehicle",),
            "replaced": ("change-plate-colour",),
            "recovered": ("recover-plate", "deregister-vehicle"),
        },
    ),
    references={"owner_id": OWNER},
    headers={
        "certificate_no": ("Số giấy đăng ký", "Số chứng nhận đăng ký", "Số GCN đăng ký"),
        "chassis_no": ("Số VIN", "Số khung (VIN)"),
        "plate": ("Biển kiểm soát", "Biển số xe", "BKS"),
        "owner_kind": ("Đối tượng chủ xe",),
        "owner_id": ("Số CCCD/MST", "Số CCCD/MST chủ xe", "Mã định danh chủ xe"),
        "owner_name": ("Chủ xe", "Họ tên chủ xe"),
        "owner_address": ("Địa chỉ",),
        "use": ("Mục đích",),
        "valid_from": ("Ngày cấp", "Đăng ký ngày"),
        "valid_to": ("Ngày thu hồi",),
    },
)

inspections = RecordType(
    model=Inspection,
    key="certificate_no",
    identity=("certificate_no",),
    subjects=("owner_id",),
    fieldsets={
        "summary": ("certificate_no", "chassis_no", "inspected_on", "result", "next_due_on"),
        "full": (
            "certificate_no",
            "chassis_no",
            "vehicle__vehicle_class",
            "vehicle__make",
            "inspected_on",
            "result",
            "next_due_on",
            "owner_kind",
            "owner_id",
        ),
    },
    filters=("chassis_no", "owner_id"),
    portal="full",
    called=_("Kiểm định xe của tôi"),
    references={"owner_id": OWNER},
    headers={
        "certificate_no": ("Số GCN kiểm định", "Số tem kiểm định"),
        "chassis_no": ("Số VIN",),
        "result": ("Kết luận",),
        "next_due_on": ("Hạn kiểm định", "Ngày hết hạn"),
    },
)

plate_is_issued = Check(
    name="plate_status",
    collection="registrations",
    title=_("Đăng ký còn hiệu lực nhưng biển số không ở trạng thái đã cấp"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'plate', 'key', rec.plate) AS said
        FROM registrations AS rec JOIN plates AS held USING (plate)
        WHERE rec.closed_on IS NULL AND held.status IN ('pool', 'recovered')
          AND (rec.valid_to IS NULL OR rec.valid_to >= current_date)
    """,
)

plate_is_the_owners = Check(
    name="plate_owner",
    collection="registrations",
    title=_("Đăng ký còn hiệu lực nhưng biển số định danh là của người khác"),
    sql="""
        SELECT rec.id, jsonb_build_object('field', 'plate', 'key', rec.plate) AS said
        FROM registrations AS rec JOIN plates AS held USING (plate)
        WHERE rec.closed_on IS NULL AND held.owner_id <> rec.owner_id
          AND (rec.valid_to IS NULL OR rec.valid_to >= current_date)
          AND NOT EXISTS (SELECT FROM access_succession AS next
            WHERE (next.old, next.new) IN ((held.owner_id, rec.owner_id), (rec.owner_id, held.owner_id)))
    """,
)

registry = Registry(
    records=(vehicles, plates, registrations, inspections),
    operations=OPERATIONS,
    checks=(plate_is_issued, plate_is_the_owners),
)
