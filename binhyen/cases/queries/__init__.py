"""Reads of the register; each takes the person who asks."""

from binhyen.cases.queries.desk import Filters, Row, alarms, desk_page, tab_counts
from binhyen.cases.queries.detail import access_case, absorbed, events, report_by_link, thread
from binhyen.cases.queries.senders import latest_of_reporters

__all__ = [
    "Filters",
    "Row",
    "absorbed",
    "access_case",
    "alarms",
    "desk_page",
    "events",
    "latest_of_reporters",
    "report_by_link",
    "tab_counts",
    "thread",
]
