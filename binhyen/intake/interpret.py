"""Interpretation of a message: classified, placed, its facts gathered, decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.incident_features import OpenCase
from binhyen.channels.types import STICKER
from binhyen.intake import message_context
from binhyen.intake.accusations import accuses, points_at, wrongs
from binhyen.intake.case_assignment import belongs, complains, in_confidence, moved, sealed, which
from binhyen.intake.clarification import answered, question
from binhyen.intake.complaint_detection.detect import speaks, up, who
from binhyen.intake.decision import Facts, Seat, decide
from binhyen.intake.items import Item, Read, Understood
from binhyen.kit.text import bare
from binhyen.language.classify import short_replies
from binhyen.language.classify.short_replies import Reply
from binhyen.language.places import SURE, Placed, resolve
from binhyen.language.police_neglect import came
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading
from binhyen.people import officer_names as officers
from binhyen.privacy.rules.data_requests import said as asks_about_data


def read_all(
    wave: Sequence[Item], mine: Mapping[int, Sequence[OpenCase]], own: Reader, directory: Directory
) -> list[Read]:
    """Classify each item; escalate possible complaints about police or about their future readers."""
    read = [_plainly(item, own, directory) for item in wave]
    desks = [_desks(one, mine.get(one.item.reporter_id, ()), directory) for one in read]
    names = officers.of_units(set().union(*desks))
    return [
        _upward(one, [name for unit in units for name in names[unit]], own=one.item.reporter_id in mine)
        for one, units in zip(read, desks, strict=True)
    ]


def _upward(read: Read, officers: Sequence[str], *, own: bool) -> Read:
    # Mentions of police matter only beside an earlier report (case_assignment.py).
    police = own and (speaks(read.text, officers) or (read.reading.urgency < DANGER and came(read.text)))
    private = read.item.group is None
    own, fresh = own and private, private and not own
    if own and short_replies.asks(read.item.message.text, read.reading):
        return replace(read, reading=short_replies.question(read.reading), asks=True)
    return replace(read, reading=up(read.reading, read.text, officers, own=own, private=fresh), police=police)


def _plainly(item: Item, own: Reader, directory: Directory) -> Read:
    text = f"{item.message.text}\n{item.place}" if item.place else item.message.text
    reading = own.understand(text)
    home = directory.seat_of_area(item.group.area_id) if item.group else None
    near = directory.commune_code_of_area(item.group.area_id) if item.group else None
    placed = resolve(reading.entities, own.gazetteer, near)
    return Read(item, text, reading, placed, _seat_of(item, placed, directory), Seat(*home) if home else None)


def _desks(read: Read, mine: Sequence[OpenCase], directory: Directory) -> set[int]:
    """Return the units whose officers would read it; none if it names no person."""
    if not any(e.type == "PERSON" for e in read.reading.entities):
        return set()
    seat = read.seat or read.home
    return {seat.unit_id if seat else directory.province_unit_id} | {one.unit_id for one in mine}


def understand(read: Read, told: Sequence[OpenCase], own: Reader, directory: Directory) -> Understood:
    """Decide on the item and the one question back. `open_cases`: the sender's active cases, newest first."""
    read = message_context.joined(read, _facts(read, directory), told, own.understand)
    item, text, placed, facts = read.item, read.text, read.placed, _facts(read, directory)
    mine = told[0] if read.asks and told else which(told, facts)
    if mine and (mine.asked or mine.waiting) and not mine.placed and item.group is None:
        placed = answered(text, read.reading.entities, own.gazetteer)
        facts = replace(facts, placed=_seat_of(item, placed, directory))
    reading = read.reading
    # A message that only names the culprit belongs to the earlier report, despite complaints since then.
    stays = mine is not None and belongs(facts, mine) and not (mine.apart and who(item.message.text))
    if began := None if stays else message_context.led_in(read, facts, told, own.understand):
        facts = replace(facts, mine=began, led_in=True)
    elif mine:
        its = belongs(facts, mine)
        if its:
            reading = _of_danger(reading, facts, mine)
        facts = replace(
            facts, mine=mine, belongs=its, urgency=reading.urgency, category=reading.category,
            sensitive=reading.sensitive, reply=_reply(item.message.text, reading) if mine.closed else None,
        )  # fmt: skip
        alone = its and in_confidence(facts, mine)
        facts = replace(facts, sealed=its and sealed(facts, mine), in_confidence=alone)
    decision = decide(facts)
    asks = question(decision, reading, placed, located=facts.placed is not None, text=text)
    if facts.sealed:  # the answer would be sealed: its officer asks
        asks = None
    return Understood(
        item, reading, placed, facts, decision, asks, pieces=read.pieces, earlier=message_context.told_before(read, facts, told),
        with_earlier=read.joins is not None,
    )  # fmt: skip


def _facts(read: Read, directory: Directory) -> Facts:
    item, text, reading = read.item, read.text, read.reading
    said = bare(item.message.text)
    return Facts(
        words=len(text.split()),
        bare=said,
        about_data=not item.message.media and asks_about_data(said) is not None,
        has_media=any(m.kind != STICKER for m in item.message.media) or item.message.location is not None,
        sticker=any(m.kind == STICKER for m in item.message.media),
        asks=read.asks,
        calls=short_replies.CALLED in reading.reasons,
        in_group=item.group is not None,
        group_id=item.group.pk if item.group else 0,
        category=reading.category,
        confidence=reading.confidence,
        urgency=reading.urgency,
        sensitive=reading.sensitive,
        police=read.police,
        placed=read.seat,
        home=read.home,
        province=Seat(directory.province_unit_id, None),
        mine=None,
        wants_case=item.wants_case,
        on_its_page=item.about is not None,
        greeted=item.greeted,
        names=points_at(text, reading.entities),
        accuses=accuses(text),
        wrongs=wrongs(text),
    )


def _of_danger(reading: Reading, facts: Facts, mine: OpenCase) -> Reading:
    """Adjust the reading during an ongoing danger.

    A new place is as urgent as the danger itself, and «nobody comes» is no complaint.
    """
    if moved(facts, mine):
        reading = replace(reading, urgency=DANGER)
    if reading.category in NEVER_DOWN and mine.category not in NEVER_DOWN and not complains(facts, mine):
        rest = tuple(one for one in reading.top if one[0] not in NEVER_DOWN)
        category, chance = rest[0] if rest else (mine.category, 0.0)
        reading = replace(reading, category=category, confidence=chance, top=rest, sensitive=False)
    return reading


def _reply(text: str, reading: Reading) -> Reply | None:
    """Return how it answers the question after closing: a sticker, a few words, thanks."""
    if not text:
        return Reply.KIND
    return short_replies.reply(text) or (short_replies.thanks(text) if reading.category == "thanks" else None)


def _seat_of(item: Item, placed: Placed, directory: Directory) -> Seat | None:
    """Return the destination of the point or place named; a point outranks text, an uncertain place counts as none."""
    if item.message.location is not None:
        code = areas.commune_at(*item.message.location)
        if code is not None and code in directory.communes:
            return Seat(directory.communes[code].unit_id, directory.communes[code].area_id)
    commune = directory.communes.get(placed.commune or "")
    if commune is not None and placed.confidence >= SURE:
        return Seat(commune.unit_id, commune.area_id)
    return None
