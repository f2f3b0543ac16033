"""Moderation of group messages: flags for abuse, advertising, bait and other people's data."""

import datetime as dt
from collections.abc import Iterator, Sequence

from binhyen.channels.models import Message
from binhyen.channels.services.moderation_flags import FlaggedMessage, store_flags
from binhyen.intake.items import DecidedItem
from binhyen.language.classify import MessageClassification
from binhyen.language.moderation import moderate
from binhyen.language.reading import Reading


def flag_messages(decided_messages: Sequence[tuple[DecidedItem, Message]], *, now: dt.datetime) -> None:
    """Store flags for the group's officers. No automatic reply: a person decides."""
    store_flags(list(_find_flags(decided_messages)), now=now)


def _find_flags(decided_messages: Sequence[tuple[DecidedItem, Message]]) -> Iterator[FlaggedMessage]:
    for decided, message in decided_messages:
        if decided.item.group is None or message.sealed is not None:
            continue  # a reminder under a tip would point at it; its author gets it in private
        for hit in moderate(message.text, decided.reading.entities, _to_classified(decided.reading)):
            yield FlaggedMessage(message, decided.item.group, hit.kind, hit.why, hit.answer)


def _to_classified(reading: Reading) -> MessageClassification:
    return MessageClassification(
        reading.category, reading.confidence, reading.top, reading.urgency, reading.sensitive, reading.reasons
    )
