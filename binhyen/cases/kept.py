"""What the register writes into its own rows: notes and titles. Kept as written, so always Vietnamese. Pure."""

from binhyen.kit.wording import L_

GIVEN = L_("Giao cho {name}: {reason}")
HANDED_ON = L_("Chuyển đến {unit}: {reason}")
REOPENED = L_("Mở lại: {reason}")


def given(name: str, reason: str) -> str:
    return GIVEN.format(name=name, reason=reason.strip())


def handed_on(unit: str, reason: str) -> str:
    return HANDED_ON.format(unit=unit, reason=reason.strip())


def reopened(reason: str) -> str:
    return REOPENED.format(reason=reason.strip())


NAMELESS = L_("Vụ việc")  # the title of a case whose category nobody knows any more
EMPTIED = L_("{title} (đã xóa nội dung)")


def emptied(title: str) -> str:
    """The title of a case whose words were deleted."""
    return EMPTIED.format(title=title)


SEALED = L_("đã niêm phong")  # stands for the result that only the desk's people read
