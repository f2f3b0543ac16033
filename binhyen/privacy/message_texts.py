"""Message texts for a person about their data request."""

from django.utils.translation import gettext as _

from binhyen.kit.i18n_markers import L_
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import DataRequestKind, DataRequestState
from binhyen.privacy.rules.retention import DUTY_FOR_CITIZEN, RetentionDuty

WORDS = {
    DataRequestKind.ACCESS: L_("Bản sao dữ liệu đã giao cho bạn."),
    DataRequestKind.CORRECT: L_("Đã sửa."),
    DataRequestKind.ERASE: L_("Đã xóa tin, ảnh và danh tính của bạn."),
    DataRequestKind.WITHDRAW: L_("Đã ghi nhận bạn rút đồng ý. Tên, số điện thoại đã bị hủy khóa và xóa."),
}
TILL_ASKED = L_(
    "Đã xóa tin, ảnh bạn gửi đến lúc xin xóa, cùng tên và số điện thoại đã để lại. "
    "Điều bạn báo sau đó công an vẫn giữ để giải quyết."
)
KEPT = L_("Việc bạn phản ánh về công an phải giữ theo luật, nên chưa xóa. Bạn vẫn được trả lời ở đây.")
ANSWERED = L_("Yêu cầu {code} về dữ liệu cá nhân. {text}")
_AUTOMATIC = frozenset({*WORDS.values(), TILL_ASKED})  # answers without a human author


def format_done_text(kind: str, text: str, *, has_later_messages: bool = False) -> str:
    """Format the text for a finished request. `has_later_messages`: after an erasure request the person sent more."""
    return " ".join(filter(None, [TILL_ASKED if has_later_messages else WORDS[DataRequestKind(kind)], text]))


def format_answer_text(row: Request, *, has_complaint: bool) -> str:
    """Return the answer for its person.

    `has_complaint`: the person also complained about police; an answer that ignored this gets a sentence about it.
    """
    answer_text = _(row.answer) if row.answer in _AUTOMATIC else row.answer
    needs_note = (
        has_complaint
        and row.kind == DataRequestKind.ERASE
        and row.state == DataRequestState.DONE
        and not row.is_restricted
    )
    return f"{answer_text} {_(DUTY_FOR_CITIZEN[RetentionDuty.COMPLAINT])}" if needs_note else answer_text
