"""What a land registration office does in one go."""

from django.utils.translation import gettext_lazy as _

from housing.operations import parcels, rights
from housing.samples import EXAMPLES
from records.registry import Operation

TRANSFER_BASIS = "Luật Đất đai 31/2024/QH15, Điều 45, 133; Nghị định 101/2024/NĐ-CP"
MORTGAGE_BASIS = "Nghị định 99/2022/NĐ-CP về đăng ký biện pháp bảo đảm, Điều 25"
PARCEL_BASIS = "Luật Đất đai 31/2024/QH15, Điều 220"
CERTIFICATE_BASIS = "Nghị định 101/2024/NĐ-CP, Điều 38, 39"

OPERATIONS = tuple(
    Operation(run=run, title=title, legal_basis=basis, input=kind, example=EXAMPLES[run.__name__])
    for run, title, basis, kind in (
        (
            rights.transfer_property,
            _("Chuyển quyền sử dụng đất, quyền sở hữu nhà ở"),
            TRANSFER_BASIS,
            rights.Transfer,
        ),
        (rights.inherit_property, _("Thừa kế nhà, đất"), TRANSFER_BASIS, rights.Inheritance),
        (rights.mortgage_property, _("Đăng ký thế chấp nhà, đất"), MORTGAGE_BASIS, rights.Mortgage),
        (rights.release_mortgage, _("Xóa đăng ký thế chấp"), MORTGAGE_BASIS, rights.Release),
        (parcels.split_parcel, _("Tách thửa"), PARCEL_BASIS, parcels.Split),
        (parcels.merge_parcels, _("Hợp thửa"), PARCEL_BASIS, parcels.Merger),
        (
            parcels.replace_certificate,
            _("Cấp đổi, cấp lại giấy chứng nhận"),
            CERTIFICATE_BASIS,
            parcels.Replacement,
        ),
    )
)
