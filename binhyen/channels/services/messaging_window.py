"""The messaging window: whether a person can still be written to about a case, by their messages outside complaints.

A channel counts from the newest message of any kind. By that rule a reply about an ordinary case would reach its
person, or a notice that was given up be sent after all, because they meanwhile complained about police; and officers
who may not know of the complaint can read the result of both. So a message of a restricted case opens the window only
for messages about it: all others wait or fail as if it did not exist. The same holds for sealed private messages about
a tip in a group.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import F, QuerySet

from binhyen.channels.adapter import ChannelLimits
from binhyen.channels.models import Outgoing
from binhyen.channels.types import SendFailed
from binhyen.people.access import COMPLAINT_PURPOSE


def outside_window(limits: ChannelLimits, rows: Sequence[Outgoing], *, now: dt.datetime) -> list[SendFailed | None]:
    """Return, row by row, the channel's failure for a person silent for too long; None: send it."""
    restricted_rows = [row for row in rows if _is_result_visible(row)]
    if limits.last_window is None or not restricted_rows:
        return [None] * len(rows)
    last_written, (code, reason) = _find_last_written(restricted_rows), limits.closed
    since = now - limits.last_window
    expired_rows = {
        row.pk for row in restricted_rows if (written_at := last_written.get(row.pk)) is None or written_at <= since
    }
    return [SendFailed(reason, code=code, is_permanent=True) if row.pk in expired_rows else None for row in rows]


def find_deliverable_again(dead: QuerySet[Outgoing]) -> dict[int, int]:
    """Return messages that were given up and can be sent now, since the person wrote: id → channel id."""
    candidates = list(dead.filter(conversation__last_interaction_at__gt=F("due_at")))  # due_at is the time of giving up
    last_written = _find_last_written([row for row in candidates if _is_result_visible(row)])
    return {
        row.pk: row.channel_id
        for row in candidates
        if not _is_result_visible(row)
        or ((written_at := last_written.get(row.pk)) is not None and written_at > row.due_at)
    }


def _is_result_visible(row: Outgoing) -> bool:
    """Return whether officers can read the result: a message on a case, or the answer to a personal data request.

    Other messages without a case answer the message that was just received.
    """
    is_about_case = row.case_id is not None or row.key.startswith("data:")
    return is_about_case and row.conversation_id is not None and row.purpose != COMPLAINT_PURPOSE


def _find_last_written(rows: Sequence[Outgoing]) -> dict[int, dt.datetime]:
    """Return, by message, the time its person last wrote a message that opens the window for it."""
    if not rows:
        return {}
    open_times, sealed_times = (
        find_last_open_messages({row.conversation_id for row in rows}),
        _find_last_sealed_messages({row.case_id for row in rows}),
    )
    last_written = {}
    for row in rows:
        candidates = (open_times.get(row.conversation_id), sealed_times.get((row.case_id, row.conversation_id)))
        if moments := [moment for moment in candidates if moment is not None]:
            last_written[row.pk] = max(moments)
    return last_written


def find_last_open_messages(conversation_ids: Collection[int | None]) -> dict[int | None, dt.datetime]:
    """By conversation: when its person last wrote what neither lies apart nor is sealed. A function of
    cases/sql tells: who delivers reads neither messages nor cases (rls/grants.py).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT talk, at FROM cases_spoke_openly(%s)", [list(conversation_ids)])
        return dict(cursor.fetchall())


def _find_last_sealed_messages(cases: Collection[int | None]) -> dict[tuple[int | None, int | None], dt.datetime]:
    """Return, by case and conversation, the time of the last sealed message on that case."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_id, talk, at FROM cases_spoke_on(%s)", [[pk for pk in cases if pk is not None]])
        return {(case, talk): moment for case, talk, moment in cursor.fetchall()}
