"""Retention periods and holidays of the installation, read once. A wrong value stops the start with a hint."""

import datetime as dt

from binhyen.env import SettingsError, env
from binhyen.kit.i18n_markers import N_
from binhyen.privacy.rules import retention
from binhyen.settings import SMALL_TALK_DAYS

# Tết, Giỗ Tổ and the second day of 2/9: decided each year. [R] 2026 and 2027; later years are added by the operator.
DEFAULT_MOVED_HOLIDAYS = (
    "2026-02-16,2026-02-17,2026-02-18,2026-02-19,2026-02-20,2026-04-26,2026-09-01,"
    "2027-02-05,2027-02-06,2027-02-07,2027-02-08,2027-02-09,2027-04-16,2027-09-03"
)


def _read_holidays() -> frozenset[dt.date]:
    text = env(
        "BINHYEN_HOLIDAYS",
        DEFAULT_MOVED_HOLIDAYS,
        "moved holidays (Tết, Giỗ Tổ …), dates with commas; fixed ones are built in",
    )
    try:
        return frozenset(dt.date.fromisoformat(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(
            "BINHYEN_HOLIDAYS", str(error), f"export BINHYEN_HOLIDAYS={DEFAULT_MOVED_HOLIDAYS}"
        ) from None


def _read_days() -> dict[str, int]:
    text = env("BINHYEN_KEEP_DAYS", "", "retention days by class, where different from /luu-giu: crime=120,child=15")
    try:
        return retention.DEFAULT_DAYS | retention.parse_days(text) | {"small_talk": SMALL_TALK_DAYS}
    except ValueError as error:
        raise SettingsError("BINHYEN_KEEP_DAYS", str(error), "export BINHYEN_KEEP_DAYS=crime=120") from None


HOLIDAYS = _read_holidays()
_DAYS = _read_days()
DATA_CONTACT = env(
    "BINHYEN_DATA_CONTACT",
    N_("Công an tỉnh, bộ phận bảo vệ dữ liệu cá nhân, hoặc trụ sở công an xã nơi bạn ở"),
    "contact for data subject requests, as printed in the notice",
)


def get_retention_days(name: str) -> int:
    return _DAYS[name]


def get_retention_span(name: str) -> dt.timedelta:
    return dt.timedelta(days=_DAYS[name])
