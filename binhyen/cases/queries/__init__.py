"""Reads of the register; each takes the person who asks."""

from binhyen.cases.queries.around import (
    Hands,
    codes_seen,
    evidence,
    hands,
    hearers,
    last_words,
    of_group,
    originals,
    related,
    sees,
    similar,
    told_before,
    unit_by_code,
    visible,
)
from binhyen.cases.queries.bell import alarms, ringing, ringing_codes, stops
from binhyen.cases.queries.desk import CURSOR, Filters, Row, desk_page, every_row, tab_counts
from binhyen.cases.queries.detail import absorbed, access_case, events, report_by_link, thread
from binhyen.cases.queries.handed import Handed, handed
from binhyen.cases.queries.incidents import incidents, read_tellings
from binhyen.cases.queries.late import clocks, late, late_of
from binhyen.cases.queries.lost import Likely, Linked, Matches, linked, matches
from binhyen.cases.queries.senders import latest_of_reporters, of_reports

__all__ = [
    "CURSOR",
    "Filters",
    "Handed",
    "Hands",
    "Likely",
    "Linked",
    "Matches",
    "Row",
    "absorbed",
    "access_case",
    "alarms",
    "clocks",
    "codes_seen",
    "desk_page",
    "events",
    "every_row",
    "evidence",
    "handed",
    "hands",
    "hearers",
    "incidents",
    "last_words",
    "late",
    "late_of",
    "latest_of_reporters",
    "linked",
    "matches",
    "of_group",
    "of_reports",
    "originals",
    "read_tellings",
    "related",
    "report_by_link",
    "ringing",
    "ringing_codes",
    "sees",
    "similar",
    "stops",
    "tab_counts",
    "thread",
    "told_before",
    "unit_by_code",
    "visible",
]
