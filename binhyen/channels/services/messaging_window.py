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

from binhyen.channels.adapter import Limits
from binhyen.channels.models import Outgoing
from binhyen.channels.types import SendFailed
from binhyen.people.access import APART


def shut(limits: Limits, rows: Sequence[Outgoing], *, now: dt.datetime) -> list[SendFailed | None]:
    """Return, row by row, the channel's failure for a person silent for too long; None: send it."""
    mine = [row for row in rows if _seen(row)]
    if limits.last_window is None or not mine:
        return [None] * len(rows)
    spoke, (code, reason) = _spoke(mine), limits.closed
    since = now - limits.last_window
    over = {row.pk for row in mine if (at := spoke.get(row.pk)) is None or at <= since}
    return [SendFailed(reason, code=code, permanent=True) if row.pk in over else None for row in rows]


def wanted_again(dead: QuerySet[Outgoing]) -> dict[int, int]:
    """Return messages that were given up and can be sent now, since the person wrote: id → channel id."""
    spoke = list(dead.filter(conversation__last_interaction_at__gt=F("due_at")))  # due_at is the time of giving up
    of_it = _spoke([row for row in spoke if _seen(row)])
    return {
        row.pk: row.channel_id
        for row in spoke
        if not _seen(row) or ((at := of_it.get(row.pk)) is not None and at > row.due_at)
    }


def _seen(row: Outgoing) -> bool:
    """Return whether officers can read the result: a message on a case, or the answer to a personal data request.

    Other messages without a case answer the message that was just received.
    """
    told = row.case_id is not None or row.key.startswith("data:")
    return told and row.conversation_id is not None and row.purpose != APART


def _spoke(rows: Sequence[Outgoing]) -> dict[int, dt.datetime]:
    """Return, by message, the time its person last wrote a message that opens the window for it."""
    if not rows:
        return {}
    openly, sealed = spoke_openly({row.conversation_id for row in rows}), _spoke_sealed({row.case_id for row in rows})
    found = {}
    for row in rows:
        known = (openly.get(row.conversation_id), sealed.get((row.case_id, row.conversation_id)))
        if moments := [at for at in known if at is not None]:
            found[row.pk] = max(moments)
    return found


def spoke_openly(talks: Collection[int | None]) -> dict[int | None, dt.datetime]:
    """By conversation: when its person last wrote what neither lies apart nor is sealed. A function of
    cases/sql tells: who delivers reads neither messages nor cases (rls/grants.py).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT talk, at FROM cases_spoke_openly(%s)", [list(talks)])
        return dict(cursor.fetchall())


def _spoke_sealed(cases: Collection[int | None]) -> dict[tuple[int | None, int | None], dt.datetime]:
    """Return, by case and conversation, the time of the last sealed message on that case."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_id, talk, at FROM cases_spoke_on(%s)", [[pk for pk in cases if pk is not None]])
        return {(case, talk): at for case, talk, at in cursor.fetchall()}
