"""What somebody who complains about police hears. Pure; promises no more than the channel holds."""

from dataclasses import dataclass

from binhyen.cases.letters import EMERGENCY
from binhyen.kit.ids import show_code
from binhyen.people.veto import Desk

_WHO = {
    Desk.PROVINCE: "bộ phận tiếp nhận phản ánh của công an tỉnh",
    Desk.DIRECTOR: "văn phòng Giám đốc công an tỉnh",
    Desk.INSPECTORATE: "thanh tra công an tỉnh",
}
_WHOSE = "Phản ánh về lãnh đạo công an tỉnh do Bộ Công an giải quyết, không phải công an tỉnh."
_AGAIN = (
    "Nếu vẫn muốn gửi tại đây, bạn chép lại lời phản ánh và mở đầu bằng hai chữ VẪN GỬI: lời ấy được niêm phong, {who}."
)
_ONE = "chỉ thanh tra công an tỉnh mở được"
_NOBODY = "nhưng ở công an tỉnh không ai được mở"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where else people turn, as the province wrote it (settings); "" where it wrote nothing: none is made up."""

    ministry: str = ""
    inspectorate: str = ""


def turn_to(addresses: Addresses) -> tuple[str, ...]:
    """Who decides about the province's leaders, and where to find them."""
    told = (("Bộ Công an", addresses.ministry), ("Cơ quan thanh tra", addresses.inspectorate))
    return (_WHOSE, *(f"{whose}: {where.strip().rstrip('.')}." for whose, where in told if where.strip()))


def elsewhere(addresses: Addresses, *, readable: bool) -> tuple[str, ...]:
    """Instead of keeping a complaint about the province's leaders. `readable`: a desk here could open it."""
    kept = f"Nếu vẫn gửi, lời bạn viết được niêm phong, {_ONE if readable else _NOBODY}."
    return ("Chưa lưu gì của bạn.", *turn_to(addresses), kept)


def turned(addresses: Addresses, *, readable: bool, urgency: int) -> str:
    """The same in a chat, where nothing was kept, so that the words must be written again."""
    lines = [EMERGENCY] if urgency >= 3 else []
    again = _AGAIN.format(who=_ONE if readable else _NOBODY)
    return "\n".join([*lines, "Hệ thống này chưa lưu lời bạn vừa viết.", *turn_to(addresses), again])


def received(code: str, *, desk: Desk, urgency: int, about_the_top: bool, addresses: Addresses) -> str:
    lines = [EMERGENCY] if urgency >= 3 else []
    if desk in _WHO:
        lines.append(
            f"Đã nhận phản ánh của bạn. Mã tra cứu: {show_code(code)}. Lời bạn viết được niêm phong, "
            f"chỉ {_WHO[desk]} mở được; người và đơn vị bị phản ánh không thấy."
        )
    else:
        lines.append(f"Mã tra cứu: {show_code(code)}. Ở công an tỉnh không ai được mở phản ánh này.")
    if about_the_top:
        lines += turn_to(addresses)
    return "\n".join(lines)


def answered(code: str, text: str) -> str:
    return f"[{show_code(code)}] {text}"
