"""Retention of cases: class, expiry, and duties that forbid an earlier erasure. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import COMPLAINT_LANES, PROVINCE_ONLY_CATEGORIES, Lane, State
from binhyen.cases.rules import should_alarm
from binhyen.kit.i18n_markers import N_

MIN_SWEEP_GAP = dt.timedelta(hours=20)  # minimum time between two sweeps
MAX_SWEEP_GAP = dt.timedelta(days=3)  # a gap without sweeps: the machine was off, or its clock jumped
CHILDREN = frozenset({"missing_person", "found_person"})


@dataclass(frozen=True, slots=True)
class CaseRetentionFacts:
    """Facts of a case for retention. `handed_at`: passed on to investigators; `held`: under a legal hold."""

    kind: str
    lane: str
    category: str
    state: str
    closed_at: dt.datetime | None = None
    handed_at: dt.datetime | None = None
    is_held: bool = False


def get_retention_class(case: CaseRetentionFacts) -> str:
    """Return the class of a case. Total: every case has one."""
    if case.kind == "sealed_tip":
        return "tip"
    if case.category in PROVINCE_ONLY_CATEGORIES or case.lane in COMPLAINT_LANES or case.kind == "conduct":
        return "complaint"
    if case.category in CHILDREN:
        return "child"
    return "crime" if case.lane == Lane.CRIME_REPORT and case.handed_at is not None else "reflection"


def get_expiry(case: CaseRetentionFacts, days: dict[str, int]) -> dt.datetime | None:
    """Return when its text is deleted; None while open or held. A sealed tip has its own period (tips/rules.py)."""
    group = get_retention_class(case)
    if case.closed_at is None or case.is_held or group == "tip":
        return None
    if group == "crime":
        assert case.handed_at is not None
        return max(case.handed_at + dt.timedelta(days=days["crime"]), case.closed_at)
    return case.closed_at + dt.timedelta(days=days[group])


class RetentionDuty(StrEnum):
    """Duty that forbids an erasure although the person requests it."""

    CRIME = "CRIME"
    COMPLAINT = "COMPLAINT"
    WEAPON = "WEAPON"
    HELD = "HELD"
    URGENT = "URGENT"


# Text for the person. The law's own exceptions are art. 14 and 19 of Law 91/2025; wording [R].
DUTY_FOR_CITIZEN = {
    RetentionDuty.CRIME: N_(
        "Tin của bạn là tin báo về tội phạm. Luật buộc công an giữ đến khi giải quyết và bàn giao xong "
        "(Bộ luật Tố tụng hình sự, điều 145–147)."
    ),
    RetentionDuty.COMPLAINT: N_(
        "Tin của bạn là khiếu nại, tố cáo hoặc phản ánh về cán bộ. Hồ sơ phải giữ theo luật khiếu nại, "
        "tố cáo, hết thời hạn thì xóa. Người có liên quan không mở được."
    ),
    RetentionDuty.WEAPON: N_("Biên bản giao nộp vũ khí phải giữ theo Luật Quản lý, sử dụng vũ khí 42/2024/QH15."),
    RetentionDuty.HELD: N_("Có yêu cầu giữ lại hồ sơ này của người có thẩm quyền."),
    RetentionDuty.URGENT: N_(
        "Việc đang được xử lý khẩn cấp, có người có thể gặp nguy hiểm. Xong việc bạn yêu cầu lại."
    ),
}
# Text for the desk: it does not reveal the legal lane of the report.
DUTY_FOR_DESK = N_("Có vụ việc phải lưu theo luật")


def find_duty(case: CaseRetentionFacts, *, urgency: int = 0) -> RetentionDuty | None:
    """Return the duty that forbids the erasure of this case's text now."""
    if case.is_held:
        return RetentionDuty.HELD
    group = get_retention_class(case)
    if group == "complaint":
        return RetentionDuty.COMPLAINT
    if case.category == "weapon_handover":
        return RetentionDuty.WEAPON
    if case.lane == Lane.CRIME_REPORT:  # until its own period ends it: days after the hand-over
        return RetentionDuty.CRIME
    if should_alarm(urgency) and case.state not in (State.CLOSED, State.MERGED):
        return RetentionDuty.URGENT
    return None


def can_trust_clock(last: dt.datetime | None, *, waited: bool, now: dt.datetime) -> bool:
    """Return whether the clock is trusted for deletion; after a gap only once a whole night has passed.

    A clock that jumped ahead (a battery, a typing error) would delete everything at once, for good. `last`: end of the
    last sweep, None in a new installation; `waited`: nothing was deleted then.
    """
    if last is None:
        return True
    return (MIN_SWEEP_GAP if waited else dt.timedelta()) <= now - last <= MAX_SWEEP_GAP
