"""Whether somebody can still be written to about a case: by what they wrote that does not lie apart.

A channel counts from their newest word, whatever it was. By that an answer about an ordinary case would reach its
person, or a notice that was given up go out after all, because they complained of police meanwhile; and what became of
both is read by officers who may not know. So a word that lies apart opens the way for letters about it alone: all else
waits or fails as if it had not been said. The same of what lies sealed and was said in private of a tip in a group.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import F, QuerySet

from binhyen.channels.base import Limits
from binhyen.channels.messages import SendFailed
from binhyen.channels.models import Outgoing
from binhyen.people.access import APART


def shut(limits: Limits, rows: Sequence[Outgoing], *, now: dt.datetime) -> list[SendFailed | None]:
    """Row by row: how the channel refuses who was silent for too long, where that holds; None: it is to be asked."""
    mine = [row for row in rows if _seen(row)]
    if limits.last_window is None or not mine:
        return [None] * len(rows)
    spoke, (code, reason) = _spoke(mine), limits.closed
    since = now - limits.last_window
    over = {row.pk for row in mine if (at := spoke.get(row.pk)) is None or at <= since}
    return [SendFailed(reason, code=code, permanent=True) if row.pk in over else None for row in rows]


def wanted_again(dead: QuerySet[Outgoing]) -> dict[int, int]:
    """What was given up and can go now, since its person wrote: id → channel's."""
    spoke = list(dead.filter(conversation__last_interaction_at__gt=F("due_at")))  # which is when it was given up
    of_it = _spoke([row for row in spoke if _seen(row)])
    return {
        row.pk: row.channel_id
        for row in spoke
        if not _seen(row) or ((at := of_it.get(row.pk)) is not None and at > row.due_at)
    }


def _seen(row: Outgoing) -> bool:
    """A letter whose fate officers read: on a case, or the answer to a request about somebody's own data. What else
    belongs to no case answers the word that came just then.
    """
    told = row.case_id is not None or row.key.startswith("data:")
    return told and row.conversation_id is not None and row.purpose != APART


def _spoke(rows: Sequence[Outgoing]) -> dict[int, dt.datetime]:
    """By letter, when its person last wrote what opens the way for it."""
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
    cases/sql tells: who delivers reads neither messages nor cases (fence/grants.py).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT talk, at FROM cases_spoke_openly(%s)", [list(talks)])
        return dict(cursor.fetchall())


def _spoke_sealed(cases: Collection[int | None]) -> dict[tuple[int | None, int | None], dt.datetime]:
    """By case and conversation: the same of sealed words on that very case."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_id, talk, at FROM cases_spoke_on(%s)", [[pk for pk in cases if pk is not None]])
        return {(case, talk): at for case, talk, at in cursor.fetchall()}
