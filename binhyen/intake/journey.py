"""The one place that lists the steps from a message to a case; `run` reads top to bottom.

Works on batches: whatever the number of messages, about the same number of statements.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases import letters
from binhyen.cases import queries as case_queries
from binhyen.cases.config import ladder
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Case
from binhyen.cases.services.hearing import Hearing, hear, rate
from binhyen.cases.services.opening import Opening, open_cases
from binhyen.cases.services.steps import CITIZEN
from binhyen.cases.told import OpenCase
from binhyen.cases.words import CATEGORY_LABELS
from binhyen.channels.messages import IncomingMessage
from binhyen.channels.models import Group, Message
from binhyen.channels.services import Draft, Heard, hear_messages, queue
from binhyen.intake import words
from binhyen.intake.reading import reader
from binhyen.intake.rules import Decision, Do, Facts, Say, Seat, decide, is_sensitive
from binhyen.kit.clock import vietnam_day
from binhyen.kit.text import fold
from binhyen.language.places import Placed, resolve
from binhyen.language.reading import Reading

PLACE_SURE = 0.5
_EXACT = {"PHONE", "BANK_ACCOUNT", "ID_NUMBER", "PLATE", "URL"}


@dataclass(frozen=True, slots=True)
class Item:
    """One message on its way, its sender already a pseudonym. `link_hash`: the status page of the web form."""

    channel_id: int
    reporter_id: int
    conversation_id: int
    message: IncomingMessage
    group: Group | None = None
    wants_case: bool = False
    place: str = ""  # what the web form's place field says
    link_hash: str | None = None
    greeted: bool = False
    newcomer: bool = False  # a reporter made a moment ago: nothing to look up
    about: int | None = None  # the report whose status page this was written on


@dataclass(frozen=True, slots=True)
class Understood:
    """An item with what the reader and the gazetteer say of it."""

    item: Item
    reading: Reading
    placed: Placed
    facts: Facts
    decision: Decision


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an item."""

    item: Item
    decision: Decision
    message: Message
    case: Case | None


@transaction.atomic(savepoint=False)
def run(items: Sequence[Item], *, now: dt.datetime) -> list[Result]:
    """understand → place → gather facts → decide → store → open, attach or rate → answer."""
    results: list[Result] = []
    for wave in _waves(items):
        mine = case_queries.latest_of_reporters([i.reporter_id for i in wave if not i.newcomer], now=now)
        mine |= case_queries.of_reports([i.about for i in wave if i.about])
        understood = [_understand(item, mine.get(item.reporter_id), areas.directory()) for item in wave]
        messages = hear_messages([_heard(u) for u in understood], now=now)
        told = list(zip(understood, messages, strict=True))
        opened = _open(told, now=now)
        hear([_hearing(u, m) for u, m in told if u.decision.do is Do.ATTACH], ladder=ladder(), now=now)
        for u, _ in told:
            if u.decision.do is Do.RATE and u.decision.report_id is not None:
                rate(report_id=u.decision.report_id, helped=u.decision.helped, now=now)
        queue(list(_answers(told, opened, now=now)), now=now)
        results += [Result(u.item, u.decision, m, opened.get(m.pk)) for u, m in told]
    return results


def _waves(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Split so that each sender speaks once a wave: what somebody says next is decided after their first is stored."""
    rest = list(items)
    while rest:
        wave: list[Item] = []
        later: list[Item] = []
        seen: set[int] = set()
        for item in rest:
            (later if item.reporter_id in seen else wave).append(item)
            seen.add(item.reporter_id)
        yield wave
        rest = later


def _understand(item: Item, mine: OpenCase | None, directory: Directory) -> Understood:
    text = f"{item.message.text}\n{item.place}" if item.place else item.message.text
    reading = reader().understand(text)
    home = directory.seat_of_area(item.group.area_id) if item.group else None
    near = directory.commune_code_of_area(item.group.area_id) if item.group else None
    placed = resolve(reading.entities, reader().gazetteer, near)
    facts = Facts(
        words=len(text.split()),
        bare=" ".join("".join(c if c.isalnum() else " " for c in fold(item.message.text)).split()),
        has_media=bool(item.message.media) or item.message.location is not None,
        in_group=item.group is not None,
        category=reading.category,
        confidence=reading.confidence,
        urgency=reading.urgency,
        sensitive=reading.sensitive,
        placed=_seat_of(item, placed, directory),
        home=Seat(*home) if home else None,
        province=Seat(directory.province_unit_id, None),
        mine=mine,
        wants_case=item.wants_case,
        on_its_page=item.about is not None,
        greeted=item.greeted,
    )
    return Understood(item, reading, placed, facts, decide(facts))


def _seat_of(item: Item, placed: Placed, directory: Directory) -> Seat | None:
    """The seat of the point or place named; a point counts more than words, doubt counts as nothing."""
    if item.message.location is not None:
        code = areas.commune_at(*item.message.location)
        if code is not None and code in directory.communes:
            return Seat(directory.communes[code].unit_id, directory.communes[code].area_id)
    commune = directory.communes.get(placed.commune or "")
    if commune is not None and placed.confidence >= PLACE_SURE:
        return Seat(commune.unit_id, commune.area_id)
    return None


def _heard(u: Understood) -> Heard:
    item, message = u.item, u.item.message
    unit = u.decision.seat.unit_id if u.decision.seat else (item.group.unit_id if item.group else None)
    return Heard(
        channel_id=item.channel_id, conversation_id=item.conversation_id if item.group is None else None,
        group_id=item.group.pk if item.group else None, reporter_id=item.reporter_id,
        unit_id=unit or u.facts.province.unit_id, outside_id=message.outside_id, text=message.text,
        sent_at=message.sent_at, category=u.reading.category, urgency=u.reading.urgency,
        sensitive=is_sensitive(u.facts), reading=_as_json(u.reading, u.placed), location=message.location,
        media=message.media, held=u.decision.do is Do.OPEN,
    )  # fmt: skip


def _as_json(reading: Reading, placed: Placed) -> dict[str, Any]:
    data = asdict(reading)
    data["place"] = {"commune": placed.commune, "confidence": placed.confidence, "reason": placed.reason}
    data["place"]["candidates"] = list(placed.candidates)
    return data


def _open(told: Sequence[tuple[Understood, Message]], *, now: dt.datetime) -> dict[int, Case]:
    """New cases by the id of the message that tells of them."""
    pairs = [(u, m) for u, m in told if u.decision.do is Do.OPEN]
    directory = areas.directory()
    cases = open_cases([_opening(u, m, directory) for u, m in pairs], ladder=ladder(), now=now)
    return {m.pk: case for (_, m), case in zip(pairs, cases, strict=True)}


def _opening(u: Understood, message: Message, directory: Directory) -> Opening:
    chosen = kind_for(u.decision.category)
    seat = u.decision.seat or u.facts.province
    place = _place_words(u)
    village = directory.villages.get((u.placed.commune or "", u.placed.place.key)) if u.placed.place else None
    return Opening(
        kind=chosen.code, lane=chosen.lane_of(u.decision.category), category=u.decision.category,
        urgency=u.decision.urgency, sensitive=is_sensitive(u.facts), unit_id=seat.unit_id, commune_id=seat.commune_id,
        area_id=village or seat.commune_id, place=place, actor=CITIZEN,
        title=" · ".join(filter(None, [CATEGORY_LABELS[u.decision.category], place])),
        folded=" ".join([fold(f"{u.item.message.text} {place}"), *_exact(u.reading)]), latitude=message.latitude,
        longitude=message.longitude, reporter_id=u.item.reporter_id, conversation_id=u.item.conversation_id,
        link_hash=u.item.link_hash, message_ids=(message.pk,),
    )  # fmt: skip


def _place_words(u: Understood) -> str:
    """The place as people said it; the web form's own field first."""
    spoken = [e.text for e in u.reading.entities if e.type == "PLACE"]
    return u.item.place or ", ".join(dict.fromkeys(spoken))[:120]


def _exact(reading: Reading) -> Iterator[str]:
    """Canonical phones, plates, accounts: found by any way of writing them."""
    return (str(e.norm).lower() for e in reading.entities if e.type in _EXACT and e.norm)


def _hearing(u: Understood, message: Message) -> Hearing:
    return Hearing(
        case_id=u.decision.case_id or 0, message_id=message.pk, reporter_id=u.item.reporter_id,
        conversation_id=u.item.conversation_id, folded=" ".join([message.folded, *_exact(u.reading)]),
        urgency=u.decision.urgency,
    )  # fmt: skip


def _answers(
    told: Iterable[tuple[Understood, Message]], opened: dict[int, Case], *, now: dt.datetime
) -> Iterator[Draft]:
    """What each person hears at once; in a group only what anybody may read."""
    directory = areas.directory()
    for u, message in told:
        item, case = u.item, opened.get(message.pk)
        unit_id = case.unit_id if case else (message.unit_id or directory.province_unit_id)
        unit = directory.unit_name(unit_id)
        private = {"channel_id": item.channel_id, "conversation_id": item.conversation_id, "unit_id": unit_id}
        match u.decision.say:
            case Say.RECEIVED if case:
                text = letters.received(case.code, urgency=case.urgency, unit=unit)
                yield Draft(key=f"received:{message.pk}", text=text, purpose="ACK", case_id=case.pk, **private)
            case Say.INVITE if item.group:
                key = f"invite:{item.group.pk}:{item.reporter_id}:{vietnam_day(now)}"
                yield Draft(key=key, text=letters.invited(unit), purpose="INVITE", **private)
            case Say.IN_GROUP if item.group:
                text = words.IN_GROUP.format(unit=unit)
                yield Draft(
                    key=f"group:{message.pk}", channel_id=item.channel_id, group_id=item.group.pk, text=text,
                    purpose="ACK", unit_id=unit_id, case_id=case.pk if case else None,
                )  # fmt: skip
            case Say.HELLO:
                key = f"hello:{item.conversation_id}:{vietnam_day(now)}"
                yield Draft(key=key, text=words.HELLO.format(unit=unit), purpose="ACK", **private)
            case Say.NOTED:
                yield Draft(key=f"noted:{message.pk}", text=words.NOTED, purpose="ACK", **private)
        if u.decision.do is Do.RATE:
            yield Draft(key=f"rated:{message.pk}", text=words.THANKS_FOR_RATING, purpose="ACK", **private)
