"""Moderation of group messages: flags for abuse, advertising, bait and other people's data."""

import datetime as dt
from collections.abc import Iterator, Sequence

from binhyen.channels.models import Message
from binhyen.channels.services.moderation_flags import Found, flag
from binhyen.intake.items import Understood
from binhyen.language.classify import Classified
from binhyen.language.moderation import moderate
from binhyen.language.reading import Reading


def watch(told: Sequence[tuple[Understood, Message]], *, now: dt.datetime) -> None:
    """Store flags for the group's officers. No automatic reply: a person decides."""
    flag(list(_found(told)), now=now)


def _found(told: Sequence[tuple[Understood, Message]]) -> Iterator[Found]:
    for u, message in told:
        if u.item.group is None or message.sealed is not None:
            continue  # a reminder under a tip would point at it; its author gets it in private
        for found in moderate(message.text, u.reading.entities, _classified(u.reading)):
            yield Found(message, u.item.group, found.kind, found.why, found.answer)


def _classified(reading: Reading) -> Classified:
    return Classified(
        reading.category, reading.confidence, reading.top, reading.urgency, reading.sensitive, reading.reasons
    )
