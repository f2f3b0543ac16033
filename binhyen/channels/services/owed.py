"""What a person must hear, if not now then later: what became of what they told, and that who they are was opened.

A channel takes no word of ours for who wrote only in a group, or was silent for longer than its window (Zalo: seven
days). Such a letter is given up like any other and goes out by itself when its person wrote.
"""

import datetime as dt

from binhyen.channels.models import Outgoing
from binhyen.channels.services import window
from binhyen.channels.services.outbox import defer_deliver

OWED = "owed:"  # begins the key of such a letter
_State = Outgoing.State


def owe_again(*, now: dt.datetime) -> int:
    """What was given up goes out to who spoke again. How many."""
    rows = window.wanted_again(Outgoing.objects.filter(state=_State.DEAD, key__startswith=OWED))
    Outgoing.objects.filter(pk__in=rows, state=_State.DEAD).update(state=_State.QUEUED, due_at=now, attempts=0)
    for pk in set(rows.values()):
        defer_deliver(pk)
    return len(rows)


def no_longer_owed(*, case_id: int) -> None:
    """An outcome that was taken back is told to nobody who has not heard it yet."""
    waiting = Outgoing.objects.filter(case_id=case_id, purpose="RESULT", state__in=(_State.DEAD, _State.QUEUED))
    waiting.filter(maybe_sent=False).update(state=_State.CANCELLED)
