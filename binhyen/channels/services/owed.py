"""What a person must hear, if not now then later: what officers answer, what became of what they told, and that
who they are was opened.

A channel takes no word of ours for who wrote only in a group, or was silent for longer than its window (Zalo: seven
days). Such a letter is given up like any other and goes out by itself when its person wrote.
"""

import datetime as dt

from binhyen.channels.letters import ENGLISH, WRITTEN, WRITTEN_IN_ENGLISH
from binhyen.channels.models import Outgoing
from binhyen.channels.services import window
from binhyen.channels.services.outbox import defer_deliver
from binhyen.kit.clock import vietnam_day
from binhyen.language.classify.foreign import is_english

OWED = "owed:"  # begins the key of such a letter
_DATED = tuple(form.partition("{")[0] for form in (WRITTEN, WRITTEN_IN_ENGLISH))
_State = Outgoing.State


def owe_again(*, now: dt.datetime) -> int:
    """What was given up goes out to who spoke again. How many."""
    rows = window.wanted_again(Outgoing.objects.filter(state=_State.DEAD, key__startswith=OWED))
    for row in Outgoing.objects.filter(pk__in=rows).only("text", "created_at", "conversation_id"):
        text = _dated(row, now)
        Outgoing.objects.filter(pk=row.pk, state=_State.DEAD).update(
            state=_State.QUEUED, due_at=now, attempts=0, text=text
        )
    for pk in set(rows.values()):
        defer_deliver(pk)
    return len(rows)


def _dated(row: Outgoing, now: dt.datetime) -> str:
    """«Tổ công tác đang tới» of last week is no word of today."""
    day = vietnam_day(row.created_at)
    if day == vietnam_day(now) or row.text.startswith(_DATED):
        return row.text
    if _reads_english(row):
        return f"{WRITTEN_IN_ENGLISH.format(day=f'{day.day} {day:%B %Y}')} {row.text}"
    return f"{WRITTEN.format(day=f'{day:%d/%m/%Y}')} {row.text}"


def _reads_english(row: Outgoing) -> bool:
    """The officer wrote it in English, or its person wrote English and was told so. What they wrote the courier does
    not read.
    """
    told = Outgoing.objects.filter(conversation=row.conversation_id, text__contains=ENGLISH)
    return is_english(row.text) or told.exists()


def no_longer_owed(*, case_id: int, purpose: str = "RESULT") -> None:
    """An outcome that was taken back, or a question of a case that is over, is told to nobody who has not heard it."""
    waiting = Outgoing.objects.filter(case_id=case_id, purpose=purpose, state__in=(_State.DEAD, _State.QUEUED))
    waiting.filter(maybe_sent=False).update(state=_State.CANCELLED)
