"""What somebody wrote just before and became no case: where they are, a call, half a sentence. With the word that tells
something it is one report, and the place in it is where that happens.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from binhyen.areas.queries import Directory
from binhyen.channels.models import Message
from binhyen.intake.rules import Seat
from binhyen.intake.wave import Item, Read
from binhyen.language.places import SURE

JUST_BEFORE = dt.timedelta(minutes=10)
MOST = 8


def before(items: Sequence[Item], *, now: dt.datetime) -> dict[int, list[Message]]:
    """By private conversation, the latest such words, the newest first. One statement, none for people who are new."""
    talks = [item.conversation_id for item in items if item.group is None and not item.newcomer and not item.about]
    if not talks:
        return {}
    rows = Message.objects.filter(conversation__in=talks, in_case=False, received_at__gt=now - JUST_BEFORE)
    found: dict[int, list[Message]] = {}
    for message in rows.exclude(text="").only("id", "conversation", "reading").order_by("-id"):
        found.setdefault(message.conversation_id or 0, []).append(message)
    return {talk: told[:MOST] for talk, told in found.items()}


def with_them(read: Read, told: Mapping[int, Sequence[Message]], directory: Directory) -> Read:
    """The same with what was written before it, and where that says."""
    pieces = told.get(read.item.conversation_id, ()) if read.item.group is None else ()
    read = replace(read, pieces=tuple(message.pk for message in pieces))
    if read.seat is not None or read.item.place:
        return read
    for message in pieces:
        place = message.reading.get("place") or {}
        commune = directory.communes.get(place.get("commune") or "")
        if commune is not None and (place.get("confidence") or 0.0) >= SURE:
            said = [e["text"] for e in message.reading.get("entities", ()) if e["type"] == "PLACE"]
            item = replace(read.item, place=", ".join(said)[:120])
            return replace(read, item=item, seat=Seat(commune.unit_id, commune.area_id))
    return read
