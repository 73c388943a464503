"""What the business register's office does in one go."""

from django.utils.translation import gettext_lazy as _

from businesses.operations import becoming, firms, interests
from businesses.samples import EXAMPLES
from records.registry import Operation

REGISTERING = "Luật Doanh nghiệp 59/2020/QH14, Điều 26; Nghị định 168/2025/NĐ-CP"
CHANGING = "Luật Doanh nghiệp 59/2020/QH14, Điều 30; Nghị định 168/2025/NĐ-CP"
SUSPENDING = "Luật Doanh nghiệp 59/2020/QH14, Điều 206; Nghị định 168/2025/NĐ-CP"
TRANSFERRING = "Luật Doanh nghiệp 59/2020/QH14, Điều 52, 127, 192; Nghị định 168/2025/NĐ-CP"
DISSOLVING = "Luật Doanh nghiệp 59/2020/QH14, Điều 207, 208; Nghị định 168/2025/NĐ-CP"

OPERATIONS = tuple(
    Operation(run=run, title=title, legal_basis=basis, input=given, example=EXAMPLES[run.__name__])
    for run, title, basis, given in (
        (
            firms.register_enterprise,
            _("Đăng ký thành lập doanh nghiệp"),
            REGISTERING,
            firms.Registration,
        ),
        (
            firms.change_representative,
            _("Thay đổi người đại diện theo pháp luật"),
            CHANGING,
            firms.Successor,
        ),
        (becoming.suspend_enterprise, _("Tạm ngừng kinh doanh"), SUSPENDING, becoming.Suspension),
        (becoming.resume_enterprise, _("Tiếp tục kinh doanh"), SUSPENDING, becoming.Resumption),
        (firms.move_head_office, _("Thay đổi địa chỉ trụ sở chính"), CHANGING, firms.NewOffice),
        (
            interests.transfer_interest,
            _("Chuyển nhượng phần vốn góp"),
            TRANSFERRING,
            interests.Transfer,
        ),
        (becoming.begin_dissolution, _("Đăng ký giải thể"), DISSOLVING, becoming.Dissolution),
        (becoming.end_enterprise, _("Chấm dứt tồn tại"), DISSOLVING, becoming.End),
    )
)
