"""Rules of consent: purposes, versioned texts, validity. Pure.

Law 91/2025/QH15 art. 9 (consent is free, informed, by a clear act) and art. 24 (children: the representative acts; a
child of 7 or older agrees too). The texts are versioned: a record names the version that was shown.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_

MIN_OWN_CONSENT_AGE = 7  # years; art. 24; the error message below names it


class Purpose(StrEnum):
    CONTACT = "CONTACT"
    CHILD = "CHILD"
    PRAISE = "PRAISE"
    CALLBACK = "CALLBACK"


LABELS = {
    Purpose.CONTACT: N_("Giữ tên, số điện thoại để báo kết quả"),
    Purpose.CHILD: N_("Đăng thông tin của trẻ em"),
    Purpose.PRAISE: N_("Nêu tên khi biểu dương"),
    Purpose.CALLBACK: N_("Gọi lại số điện thoại đã để lại"),
}

# The newest version last; an old one never changes, because records refer to it.
CONSENT_TEXTS: dict[Purpose, tuple[str, ...]] = {
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
    Purpose.CALLBACK: (
        N_(
            "Cho cán bộ xử lý tin này xem số để gọi lại cho tôi. Mỗi lần xem đều được ghi lại và báo cho tôi; tôi rút "
            "lại lúc nào cũng được."
        ),
    ),
}


def get_newest_version(purpose: Purpose) -> int:
    return len(CONSENT_TEXTS[purpose])


class GivenBy(StrEnum):
    SELF = "SELF"
    REPRESENTATIVE = "REPRESENTATIVE"


BY_LABELS = {GivenBy.SELF: N_("Chính người đó"), GivenBy.REPRESENTATIVE: N_("Cha mẹ, người giám hộ")}


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """A consent as the rules need it. `age`: of the child it is about, in years; None: an adult."""

    purpose: str
    by: str
    age: int | None
    child_agreed: bool
    until: dt.date | None
    withdrawn: bool


def find_consent_problem(facts: ConsentFacts) -> str:
    """Return why this may not be recorded as a consent, or "". Vietnamese, for the officer."""
    if facts.purpose == Purpose.CHILD and facts.age is None:
        return N_("Ghi tuổi của trẻ.")
    if facts.age is None:
        return ""
    if not 0 <= facts.age < 18:
        return N_("Trẻ em là người dưới 18 tuổi. Người lớn thì để trống ô tuổi.")
    if facts.by != GivenBy.REPRESENTATIVE:
        return N_("Với trẻ em phải có cha, mẹ hoặc người giám hộ đồng ý.")
    if facts.age >= MIN_OWN_CONSENT_AGE and not facts.child_agreed:
        return N_("Trẻ từ 7 tuổi phải được hỏi và tự đồng ý.")
    if facts.until is None:
        return N_("Ghi ngày hết hạn công bố.")
    return ""


def is_in_force(facts: ConsentFacts, on: dt.date) -> bool:
    """Return whether it is valid, not withdrawn, and not expired on that day."""
    return not facts.withdrawn and not find_consent_problem(facts) and (facts.until is None or on <= facts.until)
