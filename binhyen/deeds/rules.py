"""Rules of good deeds: which case may be praised in public, draft text, consent, approval. Pure."""

import datetime as dt
from enum import StrEnum

from binhyen.cases.choices import Lane, Outcome
from binhyen.consents.rules import ConsentFacts, Purpose, is_in_force
from binhyen.kit.i18n_markers import N_


class DeedKind(StrEnum):
    RETURNED = "RETURNED"
    REPORTED = "REPORTED"
    HELPED = "HELPED"
    HANDED_IN = "HANDED_IN"


DEED_KIND_LABELS = {
    DeedKind.RETURNED: N_("Nhặt được của rơi, trả lại người mất"),
    DeedKind.REPORTED: N_("Kịp thời báo tin"),
    DeedKind.HELPED: N_("Giúp người"),
    DeedKind.HANDED_IN: N_("Tự giác giao nộp vũ khí"),
}
_DRAFTS = {
    DeedKind.RETURNED: N_("Nhặt được của rơi, đã báo công an để trả lại người mất."),
    DeedKind.REPORTED: N_("Kịp thời báo tin, giúp công an và bà con giải quyết việc chung."),
    DeedKind.HELPED: N_("Nhiệt tình giúp người gặp khó khăn."),
    DeedKind.HANDED_IN: N_("Tự giác giao nộp vũ khí, góp phần giữ bình yên."),
}


class DeedState(StrEnum):
    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


DEED_STATE_LABELS = {
    DeedState.DRAFT: N_("Chờ duyệt"),
    DeedState.APPROVED: N_("Đã duyệt"),
    DeedState.REFUSED: N_("Không duyệt"),
}


def suggest_kind(category: str, outcome: str) -> DeedKind:
    """Return the kind that a closed case suggests."""
    if category == "weapon_handover":
        return DeedKind.HANDED_IN
    if outcome == Outcome.RETURNED or category == "found_item":
        return DeedKind.RETURNED
    return DeedKind.HELPED if category in ("welfare", "found_person", "missing_person") else DeedKind.REPORTED


def get_draft_text(kind: DeedKind) -> str:
    return _DRAFTS[kind]


def find_case_problem(*, lane: str, is_open: bool, is_confidential: bool) -> str:
    """Return why no person may be praised for this case, or "". Reporters of crimes are never named in public."""
    if is_open:
        return N_("Vụ này chưa xong. Xong rồi mới biểu dương.")
    if is_confidential or lane == Lane.CRIME_REPORT:
        return N_("Tin tố giác, tin kín: không nêu tên người báo. Cảm ơn riêng trong trang trả lời.")
    return ""


def find_consent_gap(consent: ConsentFacts | None, *, today: dt.date, is_pupil: bool, is_adult: bool) -> str:
    """Return what the consent lacks, or "". A pupil is a minor, and a guardian agrees, unless marked as adult."""
    if consent is None or consent.purpose != Purpose.PRAISE or not is_in_force(consent, today):
        return N_("Chưa có đồng ý nêu tên khi biểu dương. Ghi đồng ý trước.")
    if is_pupil and consent.age is None and not is_adult:
        return N_("Học sinh dưới 18 tuổi: cần đồng ý của cha, mẹ hoặc người giám hộ, có ghi tuổi.")
    return ""


def find_deed_decision_problem(state: str, *, is_own: bool) -> str:
    """Return why a draft may not be decided, or "". Another person than the author decides."""
    if state != DeedState.DRAFT:
        return N_("Bản này đã có quyết định.")
    return N_("Người soạn không tự duyệt. Nhờ người có quyền khác.") if is_own else ""


def find_praise_problem(praised_on: dt.date, *, approved_on: dt.date, today: dt.date) -> str:
    """Return why a school's answer is refused, or ""."""
    return "" if approved_on <= praised_on <= today else N_("Ngày biểu dương phải sau ngày duyệt và không sau hôm nay.")
