"""Rules of consent: purposes, versioned texts, validity. Pure.

Law 91/2025/QH15 art. 9 (consent is free, informed, by a clear act) and art. 24 (children: the representative acts; a
child of 7 or older agrees too). The texts are versioned: a record names the version that was shown.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_

OWN_WORD_FROM = 7  # years; art. 24; the error message below names it


class Purpose(StrEnum):
    CONTACT = "CONTACT"
    CHILD = "CHILD"
    PRAISE = "PRAISE"


LABELS = {
    Purpose.CONTACT: N_("Giữ tên, số điện thoại để báo kết quả"),
    Purpose.CHILD: N_("Đăng thông tin của trẻ em"),
    Purpose.PRAISE: N_("Nêu tên khi biểu dương"),
}

# The newest version last; an old one never changes, because records refer to it.
WORDS: dict[Purpose, tuple[str, ...]] = {
    Purpose.CONTACT: (
        N_(
            "Tôi để lại tên, số điện thoại để công an báo kết quả. Thông tin được niêm phong, tôi rút lại lúc nào "
            "cũng được."
        ),
    ),
    Purpose.CHILD: (
        N_(
            "Tôi là cha, mẹ hoặc người giám hộ, đồng ý đăng tên, ảnh, nơi ở của cháu lên nhóm và trang của công an cho "
            "việc này, đến ngày ghi bên dưới. Cháu từ 7 tuổi cũng đã được hỏi và đồng ý. Rút lại lúc nào cũng được."
        ),
    ),
    Purpose.PRAISE: (
        N_(
            "Tôi đồng ý nêu tên và việc làm tốt của mình (hoặc của cháu) trên nhóm và trang của công an. Rút lại lúc "
            "nào cũng được."
        ),
    ),
}


def newest(purpose: Purpose) -> int:
    return len(WORDS[purpose])


class By(StrEnum):
    SELF = "SELF"
    REPRESENTATIVE = "REPRESENTATIVE"


BY_LABELS = {By.SELF: N_("Chính người đó"), By.REPRESENTATIVE: N_("Cha mẹ, người giám hộ")}


@dataclass(frozen=True, slots=True)
class Given:
    """A consent as the rules need it. `age`: of the child it is about, in years; None: an adult."""

    purpose: str
    by: str
    age: int | None
    child_agreed: bool
    until: dt.date | None
    withdrawn: bool


def problem(given: Given) -> str:
    """Return why this may not be recorded as a consent, or "". Vietnamese, for the officer."""
    if given.purpose == Purpose.CHILD and given.age is None:
        return N_("Ghi tuổi của trẻ.")
    if given.age is None:
        return ""
    if not 0 <= given.age < 18:
        return N_("Trẻ em là người dưới 18 tuổi. Người lớn thì để trống ô tuổi.")
    if given.by != By.REPRESENTATIVE:
        return N_("Với trẻ em phải có cha, mẹ hoặc người giám hộ đồng ý.")
    if given.age >= OWN_WORD_FROM and not given.child_agreed:
        return N_("Trẻ từ 7 tuổi phải được hỏi và tự đồng ý.")
    if given.until is None:
        return N_("Ghi ngày hết hạn công bố.")
    return ""


def holds(given: Given, on: dt.date) -> bool:
    """Return whether it is valid, not withdrawn, and not expired on that day."""
    return not given.withdrawn and not problem(given) and (given.until is None or on <= given.until)
