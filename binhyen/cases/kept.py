"""What the register writes into its own rows: notes and titles. Kept as written, so always Vietnamese. Pure."""


def given(name: str, reason: str) -> str:
    return f"Giao cho {name}: {reason.strip()}"


def handed_on(unit: str, reason: str) -> str:
    return f"Chuyển đến {unit}: {reason.strip()}"


def reopened(reason: str) -> str:
    return f"Mở lại: {reason.strip()}"


NAMELESS = "Vụ việc"  # the title of a case whose category nobody knows any more


def emptied(title: str) -> str:
    """The title of a case whose words were deleted."""
    return f"{title} (đã xóa nội dung)"


SEALED = "đã niêm phong"  # stands for the result that only the desk's people read
