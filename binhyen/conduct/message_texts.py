"""Message texts for reporters of complaints about police. Pure; they promise no more than the channel guarantees."""

from dataclasses import dataclass

from binhyen.cases.message_texts import EMERGENCY
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import format_code
from binhyen.people.conflicts import Desk

_DESK_NAMES = {
    Desk.PROVINCE: L_("bộ phận tiếp nhận phản ánh của công an tỉnh"),
    Desk.DIRECTOR: L_("văn phòng Giám đốc công an tỉnh"),
    Desk.INSPECTORATE: L_("thanh tra công an tỉnh"),
}
_RECEIVED = L_(
    "Đã nhận phản ánh của bạn. Số tin: {code}. Lời bạn viết được niêm phong, chỉ {who} mở được; người và đơn vị bị "
    "phản ánh không thấy."
)
_RECEIVED_EARLY = L_(
    "Đã nhận phản ánh của bạn. Số tin: {code}. Lời bạn viết được niêm phong, nhưng khóa chưa trao cho người giữ, "
    "còn nằm trên máy chủ: ai vào được máy chủ thì mở được. Trên trang của mình, người và đơn vị bị "
    "phản ánh không thấy."
)
_FOR_NOBODY = L_("Số tin: {code}. Ở công an tỉnh không ai được mở phản ánh này.")
_WHOSE = L_("Phản ánh về lãnh đạo công an tỉnh do Bộ Công an giải quyết, không phải công an tỉnh.")
_MINISTRY = L_("Bộ Công an: {where}.")
_INSPECTORATE = L_("Cơ quan thanh tra: {where}.")
_AGAIN = L_(
    "Nếu vẫn muốn gửi tại đây, bạn sao chép lời phản ánh và mở đầu bằng hai chữ VẪN GỬI: lời ấy được niêm phong, {who}."
)
_STILL = L_("Nếu vẫn gửi, lời bạn viết được niêm phong, {who}.")
_READABLE = L_("chỉ thanh tra công an tỉnh mở được")
_UNREADABLE = L_("nhưng ở công an tỉnh không ai được mở")
_NOT_KEPT = L_("Chưa lưu gì của bạn.")
_NOT_KEPT_YET = L_("Hệ thống này chưa lưu lời bạn vừa viết.")
# For handlers: texts of officers from before it was recognised as a complaint.
PROOF = L_("Chứng cứ đã ghi: {text}")
ENDED = L_("Kết quả đã ghi khi đóng lần trước: {text}")
SAVED = L_("Đã tải bản gốc: {reason}")
TAKEN = L_(
    "Người xử lý phản ánh đã tải một ảnh hoặc tệp của bạn, nguyên như bạn gửi (có thể còn nơi chụp, tên máy), để {why}."
)
NOBODY_LEFT = L_(
    "Phần trích đã chuyển thành vụ {code}. Nay ở công an tỉnh không còn ai được thấy vụ ấy: hãy báo nơi có thẩm quyền "
    "ở ngoài."
)
LONGER = L_("Việc này cần thêm thời gian: hạn kết luận, trả lời bạn lùi đến ngày {until}. Lý do: {reason}")
WRITTEN = L_("Đã viết cho người báo: {text}")


@dataclass(frozen=True, slots=True)
class AuthorityAddresses:
    """Addresses of other authorities from settings; "" where the province set none: none is invented."""

    ministry: str = ""
    inspectorate: str = ""


def list_authorities(addresses: AuthorityAddresses) -> tuple[str, ...]:
    """List the authority for complaints about the province's leaders, and its addresses."""
    templates = ((_MINISTRY, addresses.ministry), (_INSPECTORATE, addresses.inspectorate))
    return (
        _WHOSE,
        *(template.format(where=address.strip().rstrip(".")) for template, address in templates if address.strip()),
    )


def list_referral_lines(addresses: AuthorityAddresses, *, readable: bool) -> tuple[str, ...]:
    """Return the lines shown instead of storing a complaint about the province's leaders.

    `readable`: a desk could open it.
    """
    return (_NOT_KEPT, *list_authorities(addresses), _STILL.format(who=_READABLE if readable else _UNREADABLE))


def format_chat_referral(addresses: AuthorityAddresses, *, readable: bool, urgency: int) -> str:
    """Format the same for a chat: nothing was stored, so the text must be sent again."""
    lines = [EMERGENCY] if urgency >= 3 else []
    again = _AGAIN.format(who=_READABLE if readable else _UNREADABLE)
    return "\n".join([*lines, _NOT_KEPT_YET, *list_authorities(addresses), again])


def format_receipt(
    code: str, *, desk: Desk, urgency: int, about_the_top: bool, addresses: AuthorityAddresses, early: bool = False
) -> str:
    """Format the confirmation of receipt. `early`: handlers do not have their keys yet."""
    lines = [EMERGENCY] if urgency >= 3 else []
    if desk in _DESK_NAMES:
        template = _RECEIVED_EARLY if early else _RECEIVED
        lines.append(template.format(code=format_code(code), who=_DESK_NAMES[desk]))
    else:
        lines.append(_FOR_NOBODY.format(code=format_code(code)))
    if about_the_top:
        lines += list_authorities(addresses)
    return "\n".join(lines)


def format_answer(code: str, text: str) -> str:
    return f"[{format_code(code)}] {text}"
