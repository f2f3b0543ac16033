"""Deferred delivery of messages that a person must receive sooner or later: replies, outcomes, notices of disclosure.

A channel accepts no message to a person known only from a group, or silent for longer than its window (Zalo: seven
days). Such a message is given up like any other and sent automatically when the person has written.
"""

import datetime as dt

from binhyen.channels.models import Outgoing
from binhyen.channels.services import messaging_window
from binhyen.channels.services.outbox import defer_delivery
from binhyen.channels.texts import ENGLISH_HINT, WRITTEN_ON_PREFIX, WRITTEN_ON_PREFIX_ENGLISH
from binhyen.kit.clock import to_vietnam_day
from binhyen.language.classify.language_id import is_english

DEFERRED_PREFIX = "owed:"  # prefix of the key of such a message
_DATE_PREFIXES = tuple(form.partition("{")[0] for form in (WRITTEN_ON_PREFIX, WRITTEN_ON_PREFIX_ENGLISH))
_State = Outgoing.State


def requeue_deferred(*, now: dt.datetime) -> int:
    """Requeue messages that were given up and whose recipient has written since; return their number."""
    rows = messaging_window.find_deliverable_again(
        Outgoing.objects.filter(state=_State.DEAD, key__startswith=DEFERRED_PREFIX)
    )
    for row in Outgoing.objects.filter(pk__in=rows).only("text", "created_at", "conversation_id"):
        text = _prefix_date(row, now)
        Outgoing.objects.filter(pk=row.pk, state=_State.DEAD).update(
            state=_State.QUEUED, due_at=now, attempts=0, text=text
        )
    for pk in set(rows.values()):
        defer_delivery(pk)
    return len(rows)


def _prefix_date(row: Outgoing, now: dt.datetime) -> str:
    """Return the text with its date: «Tổ công tác đang tới» of last week is not true today."""
    day = to_vietnam_day(row.created_at)
    if day == to_vietnam_day(now) or row.text.startswith(_DATE_PREFIXES):
        return row.text
    if _is_english_reader(row):
        return f"{WRITTEN_ON_PREFIX_ENGLISH.format(day=f'{day.day} {day:%B %Y}')} {row.text}"
    return f"{WRITTEN_ON_PREFIX.format(day=f'{day:%d/%m/%Y}')} {row.text}"


def _is_english_reader(row: Outgoing) -> bool:
    """Return whether the text is English, or the person was offered English.

    The sender process cannot read their messages.
    """
    english_hints = Outgoing.objects.filter(conversation=row.conversation_id, text__contains=ENGLISH_HINT)
    return is_english(row.text) or english_hints.exists()


def cancel_deferred(*, case_id: int, purpose: str = "RESULT") -> None:
    """Cancel unsent messages about an outcome that was withdrawn, or a question of a closed case."""
    waiting = Outgoing.objects.filter(case_id=case_id, purpose=purpose, state__in=(_State.DEAD, _State.QUEUED))
    waiting.filter(maybe_sent=False).update(state=_State.CANCELLED)
