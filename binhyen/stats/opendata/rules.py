"""Suppression of numbers that could point at somebody. Pure.

A number below MIN_SHOWN is not shown, every other one is rounded to STEP: even with the sum of the province no
hidden number can be computed from the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.stats.metrics import LEDGER_LINES, Metric

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
