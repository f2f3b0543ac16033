"""Review of an indicator: states, who may decide, and the answer that the public gets. Pure."""

from enum import StrEnum
from typing import Final

from binhyen.kit.i18n_markers import N_

MIN_PUBLIC_REPORTERS: Final = 2  # different people: one person's report alone warns of no number
MAX_OPEN_DISPUTES: Final = 20
STATEMENT_CHARS: Final = (10, 1000)
MIN_REASON_CHARS: Final = 5


class IndicatorState(StrEnum):
    REPORTED = "REPORTED"
    PROPOSED = "PROPOSED"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"


class Decision(StrEnum):
    """A decision of an officer, by the word in its address."""

    PROPOSE = "de-nghi"
    CONFIRM = "xac-nhan"
    REJECT = "bo"
    KEEP = "giu"


class DisputeState(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class Verdict(StrEnum):
    VERIFIED = "VERIFIED"
    REPORTED = "REPORTED"
    IMITATION = "IMITATION"
    OFFICIAL = "OFFICIAL"
    UNKNOWN = "UNKNOWN"


STATE_LABELS: Final = {
    IndicatorState.REPORTED: N_("Mới có người báo"),
    IndicatorState.PROPOSED: N_("Chờ người thứ hai xác nhận"),
    IndicatorState.VERIFIED: N_("Công an đã xác nhận"),
    IndicatorState.REJECTED: N_("Đã bỏ, không cảnh báo"),
}
# State that follows; a pair that is missing is not allowed.
TRANSITIONS: Final = {
    (Decision.PROPOSE, IndicatorState.REPORTED): IndicatorState.PROPOSED,
    (Decision.PROPOSE, IndicatorState.REJECTED): IndicatorState.PROPOSED,
    (Decision.CONFIRM, IndicatorState.PROPOSED): IndicatorState.VERIFIED,
    (Decision.REJECT, IndicatorState.REPORTED): IndicatorState.REJECTED,
    (Decision.REJECT, IndicatorState.PROPOSED): IndicatorState.REJECTED,
    (Decision.REJECT, IndicatorState.VERIFIED): IndicatorState.REJECTED,
    (Decision.KEEP, IndicatorState.REPORTED): IndicatorState.REPORTED,
    (Decision.KEEP, IndicatorState.PROPOSED): IndicatorState.PROPOSED,
    (Decision.KEEP, IndicatorState.VERIFIED): IndicatorState.VERIFIED,
}
ASSIGNERS_ONLY: Final = frozenset({Decision.CONFIRM, Decision.REJECT, Decision.KEEP})
NOT_NOW: Final = N_("Mục này vừa đổi, việc này không còn làm được. Bạn xem lại trang.")
SECOND_PERSON: Final = N_("Người xác nhận phải khác người đề nghị.")
REASON_MISSING: Final = N_("Bạn viết rõ lý do.")


def find_decision_problem(decision: Decision, state: IndicatorState, *, is_proposer: bool, reason: str) -> str:
    """Return why a decision is refused, or ""."""
    if (decision, state) not in TRANSITIONS:
        return NOT_NOW
    if decision == Decision.CONFIRM and is_proposer:
        return SECOND_PERSON
    return REASON_MISSING if len(reason.strip()) < MIN_REASON_CHARS else ""


def decide_verdict(state: IndicatorState | None, *, reporters: int, owner: str, imitates: str) -> Verdict:
    """Return the public answer. No answer means «safe»: the best is that nothing is known."""
    if owner:
        return Verdict.OFFICIAL
    if state == IndicatorState.VERIFIED:
        return Verdict.VERIFIED
    if state in (IndicatorState.REPORTED, IndicatorState.PROPOSED) and reporters >= MIN_PUBLIC_REPORTERS:
        return Verdict.REPORTED
    return Verdict.IMITATION if imitates else Verdict.UNKNOWN
