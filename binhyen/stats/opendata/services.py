"""Release a month as open data: the numbers are computed once, suppressed and stored; a correction is a new version."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.kit.text import to_sort_key
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.stats import periods
from binhyen.stats.area_filter import ALL_AREAS
from binhyen.stats.metrics import LEDGER_LINES, Breakdown, Metric, build_key
from binhyen.stats.models import MonthCount, OpenDataRelease
from binhyen.stats.periods import Period
from binhyen.stats.queries import sum_by_month

# Suppression of numbers that could point at somebody. Pure.
#
# A number below MIN_SHOWN is not shown, every other one is rounded to STEP: even with the sum of the province no
# hidden number can be computed from the others.

MIN_SHOWN = 5
STEP = 5
HIDDEN_NOTE = DeferredText(N_("dưới {n}"), n=MIN_SHOWN)
# By commune only lines with many cases; all others only for the whole province.
COMMUNE_METRICS = (Metric.REPORTS, Metric.CLOSED, Metric.PETITIONS, Metric.GUIDED)


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """A number as published: None if it is from 1 to MIN_SHOWN - 1."""

    value: int | None

    @property
    def text(self) -> str:
        """Return the text of a table cell."""
        return f"<{MIN_SHOWN}" if self.value is None else str(self.value)


def suppress(value: int) -> PublishedNumber:
    """Return the number as it may be published. Zero stays zero: it concerns no person."""
    if 0 < value < MIN_SHOWN:
        return PublishedNumber(None)
    return PublishedNumber((value + STEP // 2) // STEP * STEP)


def get_metric_labels() -> Mapping[str, str]:
    """Return code → Vietnamese label of every published metric."""
    return {line.metric: line.label for line in LEDGER_LINES if line.metric is not None}


class ReleaseRefused(Exception):
    """The month cannot be released; the text is shown to the user."""


@transaction.atomic
def release_month(*, officer: Officer, month: dt.date, now: dt.datetime) -> OpenDataRelease:
    """Release the numbers of a month that is over. Raises ReleaseRefused, or InvalidPeriod for one that is not over."""
    if not (access.officer_may(officer, Permission.ISSUE_REPORTS) and access.counts_province(officer)):
        raise ReleaseRefused(_("Bạn không có quyền làm việc này."))
    period = periods.get_month(month)
    periods.check_over(period, today=to_vietnam_day(now))
    acquire_xact_lock(AdvisoryLock.REPORT_NUMBER)
    content = build_open_data(officer, period)
    last = OpenDataRelease.objects.filter(month=period.first).order_by("-version").first()
    if last is not None and last.content == content:
        raise ReleaseRefused(_("Tháng này đã công bố, số liệu không đổi."))
    release = OpenDataRelease.objects.create(
        month=period.first,
        version=last.version + 1 if last else 1,
        content=content,
        released_by=officer,
        released_at=now,
    )
    detail = {"month": period.first.isoformat(), "version": release.version}
    actor = f"officer:{officer.public_id}"
    action = AuditAction(actor, "opendata.released", f"report:{release.public_id}", officer.unit_id, detail)
    record_actions([action], now=now)
    return release


def build_open_data(officer: Officer, period: Period) -> dict[str, Any]:
    """Return the suppressed numbers of a month: lines of the province, of each commune, and categories."""
    sums = {key: number for (key, _month), number in sum_by_month(officer, period, ALL_AREAS).items()}
    by_commune: dict[int, dict[str, int]] = {}
    rows = MonthCount.objects.filter(month=period.first, metric__in=COMMUNE_METRICS)
    for area, metric, number in rows.values_list("area_id", "metric", "value"):
        by_commune.setdefault(area, {})[metric] = number
    communes = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    return {
        "province": {metric: suppress(sums.get(metric, 0)).value for metric in Metric},
        "categories": {
            code: suppress(sums.get(build_key(Breakdown.CATEGORY, code), 0)).value for code in CATEGORY_LABELS
        },
        "communes": [
            {
                "code": entry.code,
                "name": entry.full_name,
                "numbers": {
                    metric: suppress(by_commune.get(entry.area_id, {}).get(metric, 0)).value
                    for metric in COMMUNE_METRICS
                },
            }
            for entry in communes
        ],
    }


def list_newest_releases() -> list[OpenDataRelease]:
    """List the newest version of each released month, newest month first, without content."""
    rows = OpenDataRelease.objects.order_by("-month", "-version").distinct("month").defer("content")
    return list(rows[:120])


def find_release(month: dt.date) -> OpenDataRelease | None:
    """Return the newest version of a month."""
    return OpenDataRelease.objects.filter(month=month).order_by("-version").first()
