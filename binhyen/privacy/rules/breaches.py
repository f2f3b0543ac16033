"""Deadline of a breach, and alerts before a deadline. Pure. Law 91/2025/QH15 art. 23: authority within 72 hours [R]."""

import datetime as dt
from enum import IntEnum

from binhyen.kit.i18n_markers import N_

NOTIFY_HOURS = 72


# Deadline alerts: one before an answer is late, one when it is. Pure.

SOON_BEFORE = dt.timedelta(hours=12)


class AlertStage(IntEnum):
    QUIET = 0
    SOON = 1
    LATE = 2


def get_alert_stage(*, due: dt.datetime, is_done: bool, now: dt.datetime) -> AlertStage:
    """Return the alert stage now. Total; a finished item is quiet, however late."""
    if is_done or now < due - SOON_BEFORE:
        return AlertStage.QUIET
    return AlertStage.LATE if now >= due else AlertStage.SOON


MAX_AGE = dt.timedelta(days=3660)  # the register is append-only: a mistyped year would stay for ever
MAX_PEOPLE = 1_000_000_000  # people


def compute_breach_deadline(found_at: dt.datetime) -> dt.datetime:
    return found_at + dt.timedelta(hours=NOTIFY_HOURS)


def find_breach_problem(
    *,
    description: str,
    affected_groups: str,
    people: int | None,
    measures: str,
    found_at: dt.datetime,
    now: dt.datetime,
) -> str:
    """Return why it cannot be recorded like this, or ""."""
    if len(description.strip()) < 10:
        return N_("Viết rõ chuyện gì đã xảy ra, dữ liệu nào.")
    if len(affected_groups.strip()) < 5:
        return N_("Ghi nhóm người bị ảnh hưởng. Không ghi tên ai.")
    if len(measures.strip()) < 5:
        return N_("Ghi đã làm gì để chặn, giảm hại.")
    if found_at > now + dt.timedelta(minutes=5):
        return N_("Lúc phát hiện không thể ở tương lai.")
    if found_at < now - MAX_AGE:
        return N_("Lúc phát hiện cách nay quá 10 năm. Hãy xem lại ngày.")
    if people is not None and not 0 <= people <= MAX_PEOPLE:
        return N_("Số người không đúng. Không rõ thì để trống.")
    return ""
