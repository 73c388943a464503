"""Nhà ở, đất ở: what this registry declares."""

from django.utils.translation import gettext_lazy as _

from housing.models import Certificate, Dwelling, Encumbrance, Parcel, ParcelOrigin, Right
from housing.operations import OPERATIONS
from records.registry import ByKind, RecordType, Registry, States

PROPERTY = ByKind("property_kind", {"parcel": "parcels", "dwelling": "dwellings"})
OWNER = ByKind("owner_kind", {"person": "people", "enterprise": "enterprises"})

parcels = RecordType(
    model=Parcel,
    key="parcel_id",
    identity=("parcel_id",),
    fieldsets={
        "summary": ("parcel_id", "area", "land_use", "status"),
        "full": (
            "parcel_id",
            "national_id",
            "area",
            "land_use",
            "tenure",
            "use_until",
            "address",
            "status",
        ),
    },
    filters=("national_id", "land_use"),
    states=States(
        initial=("active", "split", "merged"),
        steps={"active": ("split", "merged")},
        by={"split": ("split-parcel",), "merged": ("merge-parcels",)},
    ),
    headers={
        "parcel_id": ("Thửa đất (mã xã/tờ/thửa)", "Mã xã/tờ bản đồ/số thửa"),
        "national_id": ("Mã định danh",),
        "area": ("Diện tích (m2)", "Diện tích (m²)"),
        "land_use": ("Loại đất", "Mục đích sử dụng"),
        "use_until": ("Sử dụng đến ngày",),
        "address": ("Địa chỉ",),
    },
)

parcel_origins = RecordType(
    model=ParcelOrigin,
    key="id",
    identity=("parcel_id", "parent_id"),
    fieldsets={"full": ("id", "parcel_id", "parent_id", "kind", "area", "happened_on")},
    filters=("parcel_id", "parent_id"),
)

dwellings = RecordType(
    model=Dwelling,
    key="dwelling_id",
    identity=("dwelling_id",),
    fieldsets={
        "summary": ("dwelling_id", "parcel_id", "kind", "address", "status"),
        "full": (
            "dwelling_id",
            "parcel_id",
            "kind",
            "grade",
            "floors",
            "build_area",
            "floor_area",
            "structure",
            "year_built",
            "address",
            "status",
        ),
    },
    filters=("parcel_id", "kind"),
    states=States(
        initial=("standing", "demolished"),
        steps={"standing": ("demolished",)},
        in_force=("standing",),
    ),
    headers={
        "dwelling_id": ("Mã nhà", "Mã căn nhà", "Mã căn hộ"),
        "parcel_id": ("Thửa đất (mã xã/tờ/thửa)",),
        "kind": ("Loại nhà",),
        "grade": ("Cấp công trình",),
        "build_area": ("Diện tích xây dựng (m2)", "DT xây dựng"),
        "floor_area": ("Diện tích sàn (m2)", "DT sàn"),
        "year_built": ("Năm xây dựng", "Năm hoàn thành"),
        "address": ("Địa chỉ",),
    },
)

certificates = RecordType(
    model=Certificate,
    key="serial",
    identity=("serial",),
    fieldsets={
        "summary": ("serial", "issued_on", "parcel_id", "dwelling_id", "status"),
        "full": (
            "serial",
            "register_no",
            "issued_on",
            "parcel_id",
            "parcel__area",
            "parcel__land_use",
            "dwelling_id",
            "replaces",
            "status",
        ),
    },
    filters=("parcel_id", "dwelling_id", "register_no"),
    stated=("status",),
    states=States(
        initial=("issued", "corrected", "replaced", "reissued", "recovered", "cancelled"),
        steps={
            "issued": ("corrected", "replaced", "reissued", "recovered", "cancelled"),
            "corrected": ("replaced", "reissued", "recovered", "cancelled"),
        },
        by={"replaced": ("replace-certificate",), "reissued": ("replace-certificate",)},
        in_force=("issued", "corrected"),
    ),
    headers={
        "serial": ("Số seri", "Số phát hành GCN", "Seri giấy chứng nhận"),
        "register_no": ("Số vào sổ",),
        "issued_on": ("Ngày cấp GCN", "Ngày ký"),
        "parcel_id": ("Thửa đất (mã xã/tờ/thửa)",),
        "dwelling_id": ("Mã nhà", "Mã căn hộ"),
        "status": ("Tình trạng", "Trạng thái"),
    },
)

rights = RecordType(
    model=Right,
    key="id",
    identity=("property_kind", "property_id", "owner_id", "valid_from"),
    subjects=("owner_id",),
    fieldsets={
        "shares": ("id", "property_kind", "property_id", "share", "valid_from", "valid_to"),
        "full": (
            "id",
            "property_kind",
            "property_id",
            "owner_kind",
            "owner_id",
            "share",
            "document_no",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("property_id", "owner_id"),
    portal="full",
    called=_("Nhà, đất của tôi"),
    references={"property_id": PROPERTY, "owner_id": OWNER},
    headers={
        "property_id": ("Mã thửa đất hoặc mã nhà", "Mã thửa/nhà"),
        "owner_kind": ("Đối tượng",),
        "owner_id": ("Số CCCD/MST", "Mã định danh chủ sở hữu"),
        "share": ("Tỷ lệ sở hữu", "Phần quyền"),
        "valid_from": ("Ngày đăng ký",),
    },
)

encumbrances = RecordType(
    model=Encumbrance,
    key="id",
    identity=(
        "property_kind",
        "property_id",
        "kind",
        "document_no",
        "holder_id",
        "owner_id",
        "valid_from",
    ),
    subjects=("owner_id", "holder_id"),
    fieldsets={
        # What a bank or a notary asks before a contract: what stands in the way, and whose it is not.
        "check": ("id", "property_kind", "property_id", "kind", "valid_from", "valid_to"),
        "full": (
            "id",
            "property_kind",
            "property_id",
            "kind",
            "document_no",
            "holder_id",
            "owner_kind",
            "owner_id",
            "consent_no",
            "valid_from",
            "valid_to",
        ),
    },
    filters=("property_id", "holder_id", "owner_id"),
    portal="full",
    called=_("Thế chấp và hạn chế khác đối với nhà, đất"),
    references={
        "property_id": PROPERTY,
        "holder_id": ("enterprises",),
        "owner_id": OWNER,
    },
    headers={
        "property_id": ("Mã thửa đất hoặc mã nhà",),
        "kind": ("Loại giao dịch",),
        "document_no": ("Số hợp đồng",),
        "holder_id": ("Mã số thuế ngân hàng",),
        "valid_from": ("Ngày đăng ký",),
        "valid_to": ("Ngày xóa", "Ngày xóa đăng ký"),
    },
)

registry = Registry(
    records=(parcels, parcel_origins, dwellings, certificates, rights, encumbrances),
    operations=OPERATIONS,
)
