"""Deadline of a breach. Pure. Law 91/2025/QH15 art. 23: the authority is notified within 72 hours [R]."""

import datetime as dt

from binhyen.kit.i18n_markers import N_

HOURS = 72
OLDEST = dt.timedelta(days=3660)  # the register is append-only: a mistyped year would stay for ever
MOST = 1_000_000_000  # people


def due_at(found: dt.datetime) -> dt.datetime:
    return found + dt.timedelta(hours=HOURS)


def problem(
    *, what: str, who: str, people: int | None, measures: str, found: dt.datetime, now: dt.datetime
) -> str:  # fmt: skip
    """Return why it cannot be recorded like this, or ""."""
    if len(what.strip()) < 10:
        return N_("Viết rõ chuyện gì đã xảy ra, dữ liệu nào.")
    if len(who.strip()) < 5:
        return N_("Ghi nhóm người bị ảnh hưởng. Không ghi tên ai.")
    if len(measures.strip()) < 5:
        return N_("Ghi đã làm gì để chặn, giảm hại.")
    if found > now + dt.timedelta(minutes=5):
        return N_("Lúc phát hiện không thể ở tương lai.")
    if found < now - OLDEST:
        return N_("Lúc phát hiện cách nay quá 10 năm. Hãy xem lại ngày.")
    if people is not None and not 0 <= people <= MOST:
        return N_("Số người không đúng. Không rõ thì để trống.")
    return ""
