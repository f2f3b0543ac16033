"""What somebody who complains about police hears. Pure; promises no more than the channel holds."""

from binhyen.cases.letters import EMERGENCY
from binhyen.kit.ids import show_code
from binhyen.people.veto import Desk

_WHO = {
    Desk.PROVINCE: "bộ phận tiếp nhận phản ánh của công an tỉnh",
    Desk.DIRECTOR: "văn phòng Giám đốc công an tỉnh",
    Desk.INSPECTORATE: "thanh tra công an tỉnh",
}
MINISTRY = "Phản ánh về lãnh đạo công an tỉnh do Bộ Công an giải quyết: gửi Thanh tra Bộ Công an, 44 Yết Kiêu, Hà Nội."


def received(code: str, *, desk: Desk, urgency: int, about_the_top: bool) -> str:
    lines = [EMERGENCY] if urgency >= 3 else []
    if desk in _WHO:
        lines.append(
            f"Đã nhận phản ánh của bạn. Mã tra cứu: {show_code(code)}. Lời bạn viết được niêm phong, "
            f"chỉ {_WHO[desk]} mở được; người và đơn vị bị phản ánh không thấy."
        )
    else:
        lines.append(f"Mã tra cứu: {show_code(code)}. Ở công an tỉnh không ai được mở phản ánh này.")
    if about_the_top:
        lines.append(MINISTRY)
    return "\n".join(lines)


def answered(code: str, text: str) -> str:
    return f"[{show_code(code)}] {text}"
