"""What the register writes into its own rows: notes and titles. Kept as written, so always Vietnamese. Pure."""

from binhyen.kit.ids import show_code
from binhyen.kit.wording import L_

GIVEN = L_("Giao cho {name}: {reason}")
HANDED_ON = L_("Chuyển đến {unit}: {reason}")
REOPENED = L_("Mở lại: {reason}")
PROLONGED = L_("Gia hạn «{term}»: {reason}")
SENT_ACROSS = L_("Nhắn {unit}: {text}")
CAME_ACROSS = L_("{unit} nhắn về tin {code}: {text}")


def given(name: str, reason: str) -> str:
    return GIVEN.format(name=name, reason=reason.strip())


def handed_on(unit: str, reason: str) -> str:
    return HANDED_ON.format(unit=unit, reason=reason.strip())


def prolonged(term: str, reason: str) -> str:
    return PROLONGED.format(term=term, reason=reason.strip())


def sent_across(unit: str, text: str) -> str:
    return SENT_ACROSS.format(unit=unit, text=text.strip())


def came_across(unit: str, code: str, text: str) -> str:
    return CAME_ACROSS.format(unit=unit, code=show_code(code), text=text.strip())


def reopened(reason: str) -> str:
    return REOPENED.format(reason=reason.strip())


NAMELESS = L_("Vụ việc")  # the title of a case whose category nobody knows any more
EMPTIED = L_("{title} (đã xóa nội dung)")


def emptied(title: str) -> str:
    """The title of a case whose words were deleted."""
    return EMPTIED.format(title=title)


TIP = L_("Tin kín trong nhóm")  # stands for the words of a tip that stood in a group
SEALED = L_("đã niêm phong")  # stands for the result that only the desk's people read
