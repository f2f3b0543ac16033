"""Pure decisions about an account's packages: fees of groups, and expiry."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

NOTICE = dt.timedelta(days=30)  # before something runs out
ALARM = dt.timedelta(days=7)
LOW_SHARE = 0.1  # of the messages in the package
LARGE = "gmf1000"
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Fees:
    """Prices in đồng: of a bought group and of a bought group of 1,000 a month, of a package a year. `included`: groups
    that a package holds.
    """

    group: int
    large_group: int
    package_year: int
    included: int = 1


def has_run_out(ends_on: dt.date | None, today: dt.date) -> bool:
    return ends_on is not None and ends_on < today


def get_expiry_tone(ends_on: dt.date | None, today: dt.date, *, renews: bool) -> str:
    """Return "bad" for what ended or ends within a week, "warn" within a month, else "". What renews itself ends only
    where it did not.
    """
    if ends_on is None or (renews and ends_on >= today):
        return ""
    return "bad" if ends_on - today <= ALARM else "warn" if ends_on - today <= NOTICE else ""


def sum_group_fees(bought: Mapping[str, int], fees: Fees) -> int:
    """Return đồng a month for the bought groups by size."""
    return sum(count * (fees.large_group if size == LARGE else fees.group) for size, count in bought.items())


def estimate_monthly_cost(groups: int, accounts: int, fees: Fees) -> int:
    """Return đồng a month for so many groups of 100 on so many accounts, packages included."""
    paid = max(0, groups - accounts * fees.included)
    return paid * fees.group + accounts * fees.package_year // MONTHS


def is_quota_low(left: int, total: int) -> bool:
    return total > 0 and left < total * LOW_SHARE
