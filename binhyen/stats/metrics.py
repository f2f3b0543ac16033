"""Rules for which case counts for which line of the outcome ledger. Pure: facts of a case in, metrics out."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from binhyen.cases.choices import (
    CATEGORY_LABELS,
    COMPLAINT_LANES,
    OUTCOME_LABELS,
    QUESTION_CATEGORY,
    WEAPON_OUTCOMES,
    Grade,
    Outcome,
    State,
)
from binhyen.cases.rules import should_alarm
from binhyen.kit.i18n_markers import N_, DeferredText


class Metric(StrEnum):
    REPORTS = "REPORTS"
    VALUABLE_TIPS = "VALUABLE_TIPS"
    URGENT = "URGENT"
    PETITIONS = "PETITIONS"
    CLOSED = "CLOSED"
    GUIDED = "GUIDED"
    ITEMS_RETURNED = "ITEMS_RETURNED"
    PEOPLE_FOUND = "PEOPLE_FOUND"
    FRAUDS_STOPPED = "FRAUDS_STOPPED"
    WEAPONS = "WEAPONS"
    HELPED = "HELPED"
    COMMENDED = "COMMENDED"


class Breakdown(StrEnum):
    """What cases are counted by beside the lines of the ledger; the code follows after a dot, see `build_key`."""

    CATEGORY = "CAT"
    OUTCOME = "OUT"  # of closed cases
    RESPONSE = "ACK"  # time until an officer took notice
    URGENT_RESPONSE = "URG"  # the same of urgent cases
    DEADLINES = "DUE"  # of closed cases: whether every deadline was met
    RATING = "RATE"  # whether the answer helped, by the reporters
    ARRIVAL = "ARR"  # of urgent cases: time until officers arrived
    CHANNEL = "CHN"  # where the first message came from
    HOUR = "HOUR"  # weekday and hour of the report, see `build_hour_code`


# Upper limit of each response time in minutes; later ones count as LATER.
RESPONSE_MINUTES = {"M5": 5, "M15": 15, "H1": 60, "H4": 240, "H24": 1440}
_LATER = "LATER"
RESPONSE_LABELS = {
    "M5": N_("Trong 5 phút"),
    "M15": N_("5 đến 15 phút"),
    "H1": N_("15 phút đến 1 giờ"),
    "H4": N_("1 đến 4 giờ"),
    "H24": N_("4 đến 24 giờ"),
    _LATER: N_("Sau 24 giờ"),
}
_HOUR_FORMS = (
    N_("Thứ Hai, {hour} giờ"),
    N_("Thứ Ba, {hour} giờ"),
    N_("Thứ Tư, {hour} giờ"),
    N_("Thứ Năm, {hour} giờ"),
    N_("Thứ Sáu, {hour} giờ"),
    N_("Thứ Bảy, {hour} giờ"),
    N_("Chủ Nhật, {hour} giờ"),
)


def build_hour_code(weekday: int, hour: int) -> str:
    """Return the code of an hour of the week: «D1H05» is Monday (weekday 0), 5 to 6 o'clock."""
    return f"D{weekday + 1}H{hour:02d}"


HOUR_LABELS: dict[str, str] = {
    build_hour_code(weekday, hour): DeferredText(form, hour=hour)
    for weekday, form in enumerate(_HOUR_FORMS)
    for hour in range(24)
}
CHANNEL_GROUP, CHANNEL_OTHER = "group", "other"
CHANNEL_LABELS = {
    CHANNEL_GROUP: N_("Trong nhóm"),
    "zalo_oa": N_("Nhắn riêng qua Zalo"),
    "web": N_("Trang web"),
    "email": N_("Thư điện tử"),
    "sms": N_("Tin nhắn SMS"),
    CHANNEL_OTHER: N_("Cán bộ ghi, cách khác"),
}
RATING_LABELS = {"HELPED": N_("Có giúp được"), "NOT_HELPED": N_("Chưa giúp được")}
DEADLINE_LABELS = {"MET": N_("Đúng hạn"), "LATE": N_("Quá hạn")}
BREAKDOWN_TITLES = {
    Breakdown.CATEGORY: N_("Lĩnh vực"),
    Breakdown.OUTCOME: N_("Kết quả xử lý"),
    Breakdown.RESPONSE: N_("Thời gian nhận việc"),
    Breakdown.URGENT_RESPONSE: N_("Thời gian nhận việc khẩn cấp"),
    Breakdown.DEADLINES: N_("Thời hạn"),
    Breakdown.RATING: N_("Người báo đánh giá"),
    Breakdown.ARRIVAL: N_("Thời gian đến nơi"),
    Breakdown.CHANNEL: N_("Kênh báo tin"),
    Breakdown.HOUR: N_("Giờ báo tin"),
}
BREAKDOWN_LABELS: dict[Breakdown, Mapping[Any, str]] = {
    Breakdown.CATEGORY: CATEGORY_LABELS,
    Breakdown.OUTCOME: OUTCOME_LABELS,
    Breakdown.RESPONSE: RESPONSE_LABELS,
    Breakdown.URGENT_RESPONSE: RESPONSE_LABELS,
    Breakdown.DEADLINES: DEADLINE_LABELS,
    Breakdown.RATING: RATING_LABELS,
    Breakdown.ARRIVAL: RESPONSE_LABELS,
    Breakdown.CHANNEL: CHANNEL_LABELS,
    Breakdown.HOUR: HOUR_LABELS,
}
HOUR_PREFIX = f"{Breakdown.HOUR}."  # 168 keys that only the hot spots read


def build_key(breakdown: Breakdown, code: str) -> str:
    """Return the metric key of one code of a breakdown, as stored: «CAT.theft»."""
    return f"{breakdown}.{code}"


def list_metric_keys() -> dict[str, str]:
    """Return the slug of every metric and breakdown code → its key as stored."""
    codes = [build_key(breakdown, code) for breakdown, labels in BREAKDOWN_LABELS.items() for code in labels]
    return {to_slug(key): key for key in (*Metric, *codes)}


def to_slug(key: str) -> str:
    """Return the key as a part of an address: «out--handled-on-site»."""
    return key.lower().replace("_", "-").replace(".", "--")


@dataclass(frozen=True, slots=True)
class LedgerLineDefinition:
    """A line of the ledger; `metric` None: counted from groups, not from cases."""

    label: str
    metric: Metric | None = None
    source: str = ""  # groups_commune, groups_village, members, bulletins


POSTS = "POSTS"  # posts of bulletins in groups, summed beside the metrics of cases

# In the order of the province's report.
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
    LedgerLineDefinition(N_("Câu hỏi thủ tục đã trả lời"), Metric.GUIDED),
    LedgerLineDefinition(N_("Tài sản, giấy tờ đã trao trả"), Metric.ITEMS_RETURNED),
    LedgerLineDefinition(N_("Trẻ lạc, người thân đã tìm thấy"), Metric.PEOPLE_FOUND),
    LedgerLineDefinition(N_("Vụ lừa đảo đã ngăn chặn"), Metric.FRAUDS_STOPPED),
    LedgerLineDefinition(N_("Vũ khí, vật liệu nổ đã thu"), Metric.WEAPONS),
    LedgerLineDefinition(N_("Hoàn cảnh đã được giúp"), Metric.HELPED),
    LedgerLineDefinition(N_("Người tốt việc tốt đã biểu dương"), Metric.COMMENDED),
)


# Reported on other lines: guidance on procedures, people in hardship. No petition, unless lodged as a complaint.
_NON_PETITION_CATEGORIES = frozenset({QUESTION_CATEGORY, "welfare"})

# «Đã tìm thấy» of the province's report; who came home alone or was never lost was not found by anybody.
_FOUND_ALIVE = frozenset({Outcome.FOUND_SAFE, Outcome.FOUND_HURT})


_METRICS_BY_OUTCOME: Mapping[str, Metric] = {
    Outcome.FRAUD_STOPPED: Metric.FRAUDS_STOPPED,
    Outcome.HELPED: Metric.HELPED,
    **dict.fromkeys(WEAPON_OUTCOMES, Metric.WEAPONS),
}


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
    has_partner: bool = False  # linked with the case of the same thing or person on the other side
    commended_on: dt.date | None = None  # the day a good deed of this case was approved
    has_valuable_tip: bool = False  # the tip or an earlier follow-up already counts as valuable
    response_minutes: float | None = None  # from the opening until an officer took notice
    arrival_minutes: float | None = None  # from the opening until officers arrived
    channel: str = CHANNEL_OTHER  # a code of CHANNEL_LABELS
    missed_deadline: bool = False  # a clock stopped after its deadline
    opened_hour: int | None = None  # hour of the day on which it was opened
    rating: bool | None = None  # the latest answer of a reporter to whether it helped
    rated_on: dt.date | None = None


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
        counted |= dict.fromkeys(_list_closed_metrics(case), case.closed_on)
    if case.commended_on is not None:
        counted[Metric.COMMENDED] = case.commended_on
    return counted


def _list_closed_metrics(case: CaseFacts) -> Iterator[Metric]:
    """Yield the metrics that the end of a case counts for. A linked pair of cases is one thing, or one person."""
    yield Metric.CLOSED
    if case.outcome == Outcome.RETURNED and (case.category == "found_item" or not case.has_partner):
        yield Metric.ITEMS_RETURNED
    if case.outcome in _FOUND_ALIVE and (case.category == "missing_person" or not case.has_partner):
        yield Metric.PEOPLE_FOUND
    if case.category == QUESTION_CATEGORY and case.outcome == Outcome.ANSWERED:
        yield Metric.GUIDED
    if case.outcome in _METRICS_BY_OUTCOME:
        yield _METRICS_BY_OUTCOME[case.outcome]


def get_breakdowns(case: CaseFacts) -> dict[str, dt.date]:
    """Return the breakdown keys a case counts for, each with its day; the cases are those of REPORTS and CLOSED."""
    contributions = get_contributions(case)
    counted: dict[str, dt.date] = {}
    if Metric.REPORTS in contributions:
        counted[build_key(Breakdown.CATEGORY, case.category)] = case.opened_on
        counted[build_key(Breakdown.CHANNEL, case.channel)] = case.opened_on
        if case.arrival_minutes is not None and Metric.URGENT in contributions:
            counted[build_key(Breakdown.ARRIVAL, find_response_bucket(case.arrival_minutes))] = case.opened_on
        if case.opened_hour is not None:
            code = build_hour_code(case.opened_on.weekday(), case.opened_hour)
            counted[build_key(Breakdown.HOUR, code)] = case.opened_on
        if case.response_minutes is not None:
            bucket = find_response_bucket(case.response_minutes)
            counted[build_key(Breakdown.RESPONSE, bucket)] = case.opened_on
            if Metric.URGENT in contributions:
                counted[build_key(Breakdown.URGENT_RESPONSE, bucket)] = case.opened_on
        if case.rating is not None and case.rated_on is not None:
            counted[build_key(Breakdown.RATING, "HELPED" if case.rating else "NOT_HELPED")] = case.rated_on
    if closed_on := contributions.get(Metric.CLOSED):
        counted[build_key(Breakdown.OUTCOME, case.outcome)] = closed_on
        counted[build_key(Breakdown.DEADLINES, "LATE" if case.missed_deadline else "MET")] = closed_on
    return counted


def find_response_bucket(minutes: float) -> str:
    """Return the code of RESPONSE_LABELS for a response time."""
    return next((code for code, limit in RESPONSE_MINUTES.items() if minutes <= limit), _LATER)
