"""Rules for which case counts for which line of the outcome ledger. Pure: facts of a case in, metrics out."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import COMPLAINT_LANES, Grade, Outcome, State
from binhyen.cases.rules import should_alarm
from binhyen.kit.i18n_markers import N_


class Metric(StrEnum):
    REPORTS = "REPORTS"
    VALUABLE_TIPS = "VALUABLE_TIPS"
    URGENT = "URGENT"
    PETITIONS = "PETITIONS"
    CLOSED = "CLOSED"
    ITEMS_RETURNED = "ITEMS_RETURNED"
    PEOPLE_FOUND = "PEOPLE_FOUND"
    FRAUDS_STOPPED = "FRAUDS_STOPPED"
    WEAPONS = "WEAPONS"
    HELPED = "HELPED"
    COMMENDED = "COMMENDED"


@dataclass(frozen=True, slots=True)
class LedgerLineDefinition:
    """A line of the ledger; `metric` None: counted from groups, not from cases."""

    label: str
    metric: Metric | None = None
    source: str = ""  # groups_commune, groups_village, members, bulletins


# In the order of the province's report. Lines of features that do not exist yet are zero.
LEDGER_LINES = (
    LedgerLineDefinition(N_("Nhóm cấp xã, phường"), source="groups_commune"),
    LedgerLineDefinition(N_("Nhóm thôn, tổ dân phố"), source="groups_village"),
    LedgerLineDefinition(N_("Thành viên"), source="members"),
    LedgerLineDefinition(N_("Bài tuyên truyền"), source="bulletins"),
    LedgerLineDefinition(N_("Tin báo, phản ánh đã nhận"), Metric.REPORTS),
    LedgerLineDefinition(N_("Việc khẩn cấp"), Metric.URGENT),
    LedgerLineDefinition(N_("Tin có giá trị"), Metric.VALUABLE_TIPS),
    LedgerLineDefinition(N_("Kiến nghị, phản ánh đã tiếp nhận"), Metric.PETITIONS),
    LedgerLineDefinition(N_("Vụ việc đã xong"), Metric.CLOSED),
    LedgerLineDefinition(N_("Tài sản, giấy tờ đã trao trả"), Metric.ITEMS_RETURNED),
    LedgerLineDefinition(N_("Trẻ lạc, người thân đã tìm thấy"), Metric.PEOPLE_FOUND),
    LedgerLineDefinition(N_("Vụ lừa đảo đã ngăn chặn"), Metric.FRAUDS_STOPPED),
    LedgerLineDefinition(N_("Vũ khí, vật liệu nổ đã thu"), Metric.WEAPONS),
    LedgerLineDefinition(N_("Hoàn cảnh đã được giúp"), Metric.HELPED),
    LedgerLineDefinition(N_("Người tốt việc tốt đã biểu dương"), Metric.COMMENDED),
)


# Reported on other lines: guidance on procedures, people in hardship. No petition, unless lodged as a complaint.
_NON_PETITION_CATEGORIES = frozenset({"admin_question", "welfare"})


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Facts of a case for counting. Days are Vietnamese days."""

    kind: str
    category: str
    lane: str
    state: str
    outcome: str
    urgency: int
    grade: str
    opened_on: dt.date
    closed_on: dt.date | None
    was_extracted: bool = False  # a separate case was extracted from this sealed tip
    is_follow_up: bool = False  # a private follow-up of a tip that stood in a group
    has_partner: bool = False  # linked with the case of the same thing on the other side of lost and found
    has_valuable_tip: bool = False  # the tip or an earlier follow-up already counts as valuable


def is_valuable(state: str, grade: str, outcome: str) -> bool:
    """Return whether a case counts as a valuable tip by itself; older rules allowed this grade on unfounded tips."""
    return state != State.MERGED and grade == Grade.VALUABLE and outcome != Outcome.UNFOUNDED


def get_contributions(case: CaseFacts) -> dict[Metric, dt.date]:
    """Return the metrics a case counts for, each with its day.

    A merged case counts only within its target, an extracted tip as the new case; a follow-up counts with its group
    tip.
    """
    if case.state == State.MERGED or case.was_extracted:
        return {}
    if case.is_follow_up:
        worth = is_valuable(case.state, case.grade, case.outcome) and not case.has_valuable_tip
        return {Metric.VALUABLE_TIPS: case.opened_on} if worth else {}
    counted = {Metric.REPORTS: case.opened_on}
    if should_alarm(case.urgency):
        counted[Metric.URGENT] = case.opened_on
    if case.kind == "petition" and (case.category not in _NON_PETITION_CATEGORIES or case.lane in COMPLAINT_LANES):
        counted[Metric.PETITIONS] = case.opened_on
    if is_valuable(case.state, case.grade, case.outcome):
        counted[Metric.VALUABLE_TIPS] = case.opened_on
    if case.state == State.CLOSED and case.closed_on is not None:
        counted[Metric.CLOSED] = case.closed_on
        if case.outcome == Outcome.RETURNED and (case.category == "found_item" or not case.has_partner):
            counted[Metric.ITEMS_RETURNED] = case.closed_on  # a linked pair is one thing
        if case.outcome == Outcome.FRAUD_STOPPED:
            counted[Metric.FRAUDS_STOPPED] = case.closed_on
    return counted
