"""Message context: messages of a sender just before a report that opened no case, such as a place or half a sentence.

With the message that reports something they form one report, and a place in them is the place of the incident. Before a
group tip or a complaint about police they are as secret as the report; before a complaint even if they opened a case,
unless that is an incident of its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet

from binhyen.areas.queries import Directory
from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.incident_features import OpenCase
from binhyen.cases.queries.reporter_cases import said_of
from binhyen.channels.models import Message
from binhyen.channels.services.messages import hold_all, hush
from binhyen.intake.case_assignment import belongs, complains
from binhyen.intake.complaint_detection import combined
from binhyen.intake.complaint_detection.combined import Understand
from binhyen.intake.complaint_detection.detect import named, speaks
from binhyen.intake.decision import Do, Facts, Seat, is_sensitive, seals
from binhyen.intake.items import Item, Read, Understood
from binhyen.kit.text import bare
from binhyen.language.places import SURE
from binhyen.language.reading import DANGER, Reading
from binhyen.privacy.rules.data_requests import said as asks_about_data

JUST_BEFORE = dt.timedelta(minutes=10)
MOST = 8
_NO_MATTER = frozenset({"admin_question", "other"})  # a wrong or a lost item stays with its officers


def before(items: Sequence[Item], *, now: dt.datetime) -> dict[int, list[Message]]:
    """Return recent unassigned messages by private conversation, newest first, without data requests.

    One statement, none for new people.
    """
    talks = [item.conversation_id for item in items if item.group is None and not item.newcomer and not item.about]
    if not talks:
        return {}
    found: dict[int, list[Message]] = {}
    rows = _loose(now).filter(conversation__in=talks).exclude(text="").only("id", "conversation", "reading", "text")
    for message in rows:
        if asks_about_data(bare(message.text)) is None:
            found.setdefault(message.conversation_id or 0, []).append(message)
    return {talk: told[:MOST] for talk, told in found.items()}


def _loose(now: dt.datetime) -> QuerySet[Message]:
    return Message.objects.filter(in_case=False, received_at__gt=now - JUST_BEFORE).order_by("-id")


def with_them(read: Read, told: Mapping[int, Sequence[Message]], directory: Directory) -> Read:
    """Add the recent messages and their place to the item; they may also turn it into a complaint."""
    pieces = told.get(read.item.conversation_id, ()) if read.item.group is None else ()
    read = replace(read, pieces=tuple(pieces), reading=_accusing(read, pieces))
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


def _accusing(read: Read, pieces: Sequence[Message]) -> Reading:
    """Detect a complaint split over messages: «cái anh Dũng bên công an xã», «cầm của em 2 triệu rồi»."""
    if not any(speaks(message.text) for message in pieces):
        return read.reading
    return named(read.reading, ", ".join([*(message.text for message in reversed(pieces)), read.text]))


def of_tips(understood: Sequence[Understood], *, now: dt.datetime) -> list[Understood]:
    """Attach the authors' recent group messages to group tips and complaints, pictures too.

    One statement, none without tips.
    """
    told = [u for u in understood if _is_tip(u)]
    if not told:
        return list(understood)
    theirs = Q()
    for u in told:
        theirs |= Q(group=u.item.group, reporter=u.item.reporter_id)
    found: dict[tuple[int | None, int], list[Message]] = {}
    for message in _loose(now).filter(theirs, sealed=None).only("id", "group", "reporter", "text"):
        found.setdefault((message.group_id, message.reporter_id), []).append(message)
    return [
        replace(u, pieces=tuple(found.get((u.facts.group_id, u.item.reporter_id), ())[:MOST])) if _is_tip(u) else u
        for u in understood
    ]


def _is_tip(u: Understood) -> bool:
    return u.item.group is not None and u.decision.do in (Do.OPEN, Do.JOIN) and is_sensitive(u.facts)


def keep(u: Understood, *, unit_id: int, now: dt.datetime) -> None:
    """Assign the recent messages to the case of the report."""
    if u.pieces:
        hold_all(ids(u), unit_id=unit_id)
        seal(u, now=now)


def seal(u: Understood, *, now: dt.datetime) -> None:
    """Seal the recent messages if the report itself is restricted."""
    if u.pieces and (_is_tip(u) or u.facts.sealed):
        hush(ids(u), at_once=seals(u.facts), now=now)


def words(u: Understood) -> str:
    """Return all text as written, oldest first."""
    return "\n".join(filter(None, [*(message.text for message in reversed(u.pieces)), u.item.message.text]))


def ids(u: Understood) -> list[int]:
    return [message.pk for message in u.pieces]


def with_earlier(read: Sequence[Read], mine: Mapping[int, Sequence[OpenCase]]) -> list[Read]:
    """Add the earlier messages of each sender in their open cases. One statement, none without such cases."""
    told = {r.item.reporter_id: [one for one in mine.get(r.item.reporter_id, ()) if _read_again(one)] for r in read}
    cases = {one.case_id for of_one in told.values() for one in of_one}
    if not cases:
        return list(read)
    said = said_of(cases, [reporter for reporter, of_one in told.items() if of_one])
    return [
        replace(r, earlier={case: "\n".join(words) for (who, case), words in said.items() if who == r.item.reporter_id})
        for r in read
    ]


def _read_again(mine: OpenCase) -> bool:
    return not (mine.apart or mine.hushed or mine.closed) and mine.urgency < DANGER


def joined(read: Read, facts: Facts, told: Sequence[OpenCase], understand: Understand) -> Read:
    """Reclassify the item as a complaint about police if it is one together with an earlier text."""
    if read.asks or facts.calls or not facts.bare:
        return read
    for one in told:
        before = read.earlier.get(one.case_id, "")
        if before and _goes_on(facts, one):
            reading = combined.read(read.reading, before, read.item.message.text, understand)
            if reading is not read.reading:
                return replace(read, reading=reading, joins=one.case_id)
    return read


def told_before(read: Read, facts: Facts, told: Sequence[OpenCase]) -> str:
    """Return the earlier text of the author in the case that it continues, whether it stays there or not."""
    if read.joins is not None:
        return read.earlier[read.joins]
    return next((read.earlier[one.case_id] for one in told if one.case_id in read.earlier and _goes_on(facts, one)), "")


def _goes_on(facts: Facts, mine: OpenCase) -> bool:
    if facts.in_group:
        return mine.group_id == facts.group_id and mine.fresh
    return mine.private and (mine.recent or belongs(facts, mine))


def led_in(read: Read, facts: Facts, told: Sequence[OpenCase], understand: Understand) -> OpenCase | None:
    """Return the case that a complaint began with, at a desk that may be accused; usually None.

    `open_cases`: newest first.
    """
    if facts.category not in NEVER_DOWN or facts.in_group:
        return None
    free = [one for one in told if _free(one) and complains(facts, one)]
    return next((one for one in free if _began(read, one, understand)), None)


def _free(mine: OpenCase) -> bool:
    """Return whether one person reported it in private and no officer has touched it."""
    return _read_again(mine) and mine.private and mine.untouched and not mine.several


def _began(read: Read, mine: OpenCase, understand: Understand) -> bool:
    if mine.fresh and mine.category in _NO_MATTER:
        return True
    if read.joins is not None:
        return read.joins == mine.case_id
    before, text = read.earlier.get(mine.case_id, ""), read.item.message.text
    if not before or not (mine.recent or read.item.about):
        return False
    begins = combined.begins(before, text, mine.urgency)
    return begins and combined.complains(before, text, understand) is not None
