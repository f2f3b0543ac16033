"""Codes of the register of missing people, and the policy for the release of personal details. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import Outcome
from binhyen.kit.i18n_markers import N_

ADULT_AGE = 18
MAX_AGE = 120
MAX_PUBLIC_DAYS = 30  # as for a child's details in channels/services/quarantine.py
DEFAULT_PUBLIC_DAYS = 7
MIN_REASON_LENGTH = 10
MISSING_CATEGORY, UNIDENTIFIED_CATEGORY = "missing_person", "found_person"


class RecordSide(StrEnum):
    """A family misses somebody, or somebody was found and is not known."""

    MISSING = "MISSING"
    UNIDENTIFIED = "UNIDENTIFIED"


SIDE_LABELS = {RecordSide.MISSING: N_("Đi lạc, mất liên lạc"), RecordSide.UNIDENTIFIED: N_("Tìm thấy, chưa rõ là ai")}
CATEGORY_OF_SIDE = {RecordSide.MISSING: MISSING_CATEGORY, RecordSide.UNIDENTIFIED: UNIDENTIFIED_CATEGORY}


class PersonKind(StrEnum):
    CHILD = "CHILD"
    ELDER = "ELDER"
    DEMENTIA = "DEMENTIA"
    PATIENT = "PATIENT"
    OTHER = "OTHER"


PERSON_KIND_LABELS = {
    PersonKind.CHILD: N_("Trẻ em"),
    PersonKind.ELDER: N_("Người già"),
    PersonKind.DEMENTIA: N_("Người hay quên, lú lẫn"),
    PersonKind.PATIENT: N_("Người bệnh"),
    PersonKind.OTHER: N_("Người khác"),
}


class Sex(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"
    UNKNOWN = "UNKNOWN"


SEX_LABELS = {Sex.FEMALE: N_("Nữ"), Sex.MALE: N_("Nam"), Sex.UNKNOWN: N_("Chưa rõ")}


class Movement(StrEnum):
    WALK = "WALK"
    BICYCLE = "BICYCLE"
    MOTORBIKE = "MOTORBIKE"
    BUS = "BUS"
    UNKNOWN = "UNKNOWN"


MOVEMENT_LABELS = {
    Movement.WALK: N_("Đi bộ"),
    Movement.BICYCLE: N_("Xe đạp"),
    Movement.MOTORBIKE: N_("Xe máy"),
    Movement.BUS: N_("Xe khách, ô tô"),
    Movement.UNKNOWN: N_("Chưa rõ, có thể có người chở"),
}


class ReleaseGround(StrEnum):
    EMERGENCY = "EMERGENCY"
    CONSENT = "CONSENT"


RELEASE_GROUND_LABELS = {
    ReleaseGround.EMERGENCY: N_("Khẩn cấp: tính mạng, sức khỏe"),
    ReleaseGround.CONSENT: N_("Cha mẹ, người giám hộ đồng ý"),
}
# The ground of a release by one tap. None for an adult in good health: the officer states it.
EMERGENCY_REASONS = {
    PersonKind.CHILD: N_("Trẻ em đi lạc, có thể nguy hiểm đến tính mạng"),
    PersonKind.ELDER: N_("Người già đi lạc, có thể nguy hiểm đến tính mạng"),
    PersonKind.DEMENTIA: N_("Người lú lẫn đi lạc, không tự về được"),
    PersonKind.PATIENT: N_("Người bệnh đi lạc, cần được chăm sóc"),
}


class SightingVerdict(StrEnum):
    OPEN = "OPEN"
    LIKELY = "LIKELY"
    RULED_OUT = "RULED_OUT"


SIGHTING_VERDICT_LABELS = {
    SightingVerdict.OPEN: N_("Chưa xem"),
    SightingVerdict.LIKELY: N_("Có thể đúng"),
    SightingVerdict.RULED_OUT: N_("Không phải"),
}

SAFE_OUTCOMES = frozenset({Outcome.FOUND_SAFE, Outcome.CAME_HOME, Outcome.WAS_ELSEWHERE})


def is_minor(kind: str, age: int | None) -> bool:
    """Return whether the rules for children apply; an unknown age of a child or «other» person counts as a child's."""
    if age is not None:
        return age < ADULT_AGE
    return kind in (PersonKind.CHILD, PersonKind.OTHER)


def find_release_problem(
    ground: str, *, reason: str, until: dt.date, today: dt.date, is_child: bool, has_consent: bool
) -> str:
    """Return why the details may not be published, or "".

    Law 91/2025/QH15: an emergency for life or health, with its end, or the recorded consent of the representative.
    `has_consent`: a consent for a child in force until that day.
    """
    if ground not in set(ReleaseGround):
        return N_("Chọn căn cứ công bố.")
    if not today <= until <= today + dt.timedelta(days=MAX_PUBLIC_DAYS):
        return N_("Ngày gỡ tin trong vòng 30 ngày tới.")
    if ground == ReleaseGround.CONSENT:
        if not is_child:
            return N_("Người lớn chỉ đăng khi tính mạng, sức khỏe bị đe dọa: chọn căn cứ khẩn cấp.")
        if not has_consent:
            return N_("Chưa có đồng ý nào mang mã này, còn hạn đến ngày đó. Ghi đồng ý ở trang vụ việc trước.")
        return ""
    if len(reason.strip()) < MIN_REASON_LENGTH:
        return N_("Ghi vì sao tính mạng, sức khỏe bị đe dọa.")
    return ""


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Age in years as far as known; both ends equal where it is known."""

    low: int
    high: int


def parse_age(text: str) -> AgeRange | None:
    """Parse «78», «70-80», «khoảng 5 tuổi»; None for an empty text. Raises ValueError."""
    digits = [int(part) for part in "".join(char if char in "0123456789" else " " for char in text).split()]
    if not digits:
        if text.strip():
            raise ValueError(text)
        return None
    if len(digits) > 2 or max(digits) > MAX_AGE or digits[0] > digits[-1]:
        raise ValueError(text)
    return AgeRange(digits[0], digits[-1])


def format_age(low: int | None, high: int | None) -> str:
    """Return «78» or «70–80»; "" where it is unknown."""
    if low is None or high is None:
        return ""
    return str(low) if low == high else f"{low}–{high}"
