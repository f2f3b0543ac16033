"""Intake pipeline: the one place that lists the steps from a message to a case; `process_items` reads top to bottom.

Works on batches: the number of statements hardly depends on the number of messages.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import CATEGORY_LABELS, NEVER_DOWN
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.event_data import ALONE, TIP
from binhyen.cases.incident_features import Incident, telling
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Case
from binhyen.cases.queries import reporter_cases
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.duplicate_reports import Witness, add_witnesses
from binhyen.cases.services.follow_ups import Hearing, hear, rate
from binhyen.cases.services.location import Spot, place
from binhyen.cases.services.lost_found import match_later
from binhyen.cases.services.unit_of_work import CITIZEN
from binhyen.channels.models import Message
from binhyen.channels.services import Heard, hear_messages, queue
from binhyen.channels.services.messages import TIPS
from binhyen.intake import incident_matching, message_context
from binhyen.intake.case_assignment import tells
from binhyen.intake.complaint_store import Kept, Telling, keeper
from binhyen.intake.decision import Do, confides, is_sensitive, seals
from binhyen.intake.incident_matching import Fresh, Match
from binhyen.intake.interpret import read_all, understand
from binhyen.intake.items import Item, Result, Understood, waves
from binhyen.intake.manual_fallback import nothing_in_clear, unread
from binhyen.intake.model_cache import reader
from binhyen.intake.moderation import watch
from binhyen.intake.referral import insisting, referred
from binhyen.intake.replies import answers
from binhyen.intake.texts import UNSURE_WHERE
from binhyen.kit.search_terms import marked
from binhyen.kit.text import fold
from binhyen.language.distinctive_ids import tells_one
from binhyen.language.places import Gazetteer, Placed, of_the_scene
from binhyen.language.reading import Reading

_EXACT = {"PHONE", "BANK_ACCOUNT", "ID_NUMBER", "PLATE", "URL"}


@transaction.atomic(savepoint=False)
def run(items: Sequence[Item], *, now: dt.datetime) -> list[Result]:
    """Run: interpret → decide → match incidents → refer → store → open, join, attach or rate → reply.

    Raises NotStoredYet for messages written on our own pages.
    """
    results: list[Result] = []
    for wave in waves([insisting(item) for item in items]):
        mine = reporter_cases.latest_of_reporters([i.reporter_id for i in wave if not i.newcomer], now=now)
        mine |= reporter_cases.of_reports([i.about for i in wave if i.about], now=now)
        own, directory = reader(), areas.directory()
        read = read_all([i for i in wave if not i.unread], mine, own, directory)
        mine |= reporter_cases.complaints_of([r.item.reporter_id for r in read if r.asks and not r.item.about], now=now)
        told_before = message_context.before(wave, now=now)
        read = message_context.with_earlier(
            [message_context.with_them(each, told_before, directory) for each in read], mine
        )
        understood = _gathered([understand(each, mine.get(each.item.reporter_id, ()), own, directory) for each in read])
        understood = referred(message_context.of_tips(understood, now=now), _telling, now=now)
        understood += [unread(i, mine.get(i.reporter_id, ()), directory) for i in wave if i.unread]
        with nothing_in_clear(understood):
            messages = hear_messages([_heard(u) for u in understood], now=now)
            told = list(zip(understood, messages, strict=True))
            watch(told, now=now)
            opened = _open(told, now=now)
            match_later(opened.values())
            opened |= _join(told, opened, now=now)
            kept = _keep_apart(told, now=now)
            openly = [(u, m) for u, m in told if not u.apart]
            hear([_hearing(u, m) for u, m in openly if u.decision.do is Do.ATTACH], ladder=ladder(), now=now)
            went: dict[int, int | None] = {}
            for u, message in openly:
                if u.decision.do is Do.ATTACH and (spot := _spot(u)):
                    went[message.pk] = place(case_id=u.decision.case_id or 0, spot=spot, ladder=ladder(), now=now)
                if u.decision.do is Do.RATE and u.decision.report_id is not None:
                    rate(report_id=u.decision.report_id, helped=u.decision.helped, message_id=message.pk, now=now)
            opened |= {pk: each.case for pk, each in kept.items()}
            letters = {pk: each.letter for pk, each in kept.items()}
            queue(list(answers(told, opened, letters, went, now=now)), now=now)
            results += [Result(u.item, u.decision, m, opened.get(m.pk)) for u, m in told]
    return results


def _heard(u: Understood) -> Heard:
    item, message = u.item, u.item.message
    home = u.facts.province if u.facts.category in NEVER_DOWN else u.facts.home  # complaints stay at the province
    unit = u.decision.seat.unit_id if u.decision.seat else (home.unit_id if home and item.group else None)
    return Heard(
        channel_id=item.channel_id, conversation_id=item.conversation_id if item.group is None else None, apart=u.apart,
        group_id=item.group.pk if item.group else None, reporter_id=item.reporter_id,
        unit_id=unit or u.facts.province.unit_id, outside_id=message.outside_id, text=message.text,
        sent_at=message.sent_at, category=u.reading.category, urgency=u.reading.urgency,
        sensitive=is_sensitive(u.facts), reading=_as_json(u.reading, u.placed), location=message.location,
        media=message.media, held=u.decision.do in (Do.OPEN, Do.JOIN), keys=tuple(dict.fromkeys(_exact(u.reading))),
        seal_to=_sealed_to(u), confided=confides(u.facts),
    )  # fmt: skip


def _sealed_to(u: Understood) -> str:
    """Return the group that alone may read a tip from a group and its follow-ups; "" for everything else."""
    kept = u.decision.do in (Do.OPEN, Do.JOIN, Do.ATTACH) and not u.apart
    return TIPS if seals(u.facts) and kept else ""


def _as_json(reading: Reading, placed: Placed) -> dict[str, Any]:
    """Return the reading for orjson, which serialises nested values itself."""
    place = {"commune": placed.commune, "confidence": placed.confidence, "reason": placed.reason}
    read = {name: getattr(reading, name) for name in Reading.__dataclass_fields__}
    if len(placed.candidates) > 1:  # show the ambiguity in the case, even if one candidate was chosen
        read["reasons"] = (*reading.reasons, f"{UNSURE_WHERE}: {placed.reason}")
    return read | {"place": place | {"candidates": placed.candidates}}


def _gathered(understood: Sequence[Understood]) -> list[Understood]:
    """Turn reports that would open a case of an already open incident into further reports of it."""
    directory, gazetteer = areas.directory(), reader().gazetteer
    fresh = [_fresh(u, directory, gazetteer) if _may_join(u) else None for u in understood]
    found = incident_matching.find(fresh, gazetteer)
    return [_joined(u, match) if match else u for u, match in zip(understood, found, strict=True)]


def _may_join(u: Understood) -> bool:
    return u.decision.do is Do.OPEN and not u.facts.sealed


def _joined(u: Understood, match: Match) -> Understood:
    if not match.sure:
        return replace(u, beside=match)
    return replace(u, decision=replace(u.decision, do=Do.JOIN, reason="cùng sự việc"), joins=match, asks=None)


def _fresh(u: Understood, directory: Directory, gazetteer: Gazetteer) -> Fresh:
    seat = u.decision.seat or u.facts.province
    incident = Incident(
        case_id=0, category=u.decision.category, urgency=u.decision.urgency, sensitive=is_sensitive(u.facts),
        complaint=False, unit_id=seat.unit_id, commune_id=seat.commune_id, at=u.item.message.sent_at, folded=_folded(u),
        keys=frozenset(str(e.norm).lower() for e in u.reading.entities if tells_one(e)),
    )  # fmt: skip
    commune = next((c.code for c in directory.communes.values() if c.area_id == seat.commune_id), None)
    said = u.item.message
    return Fresh(
        incident,
        lambda: telling(said.text, said.sent_at, commune, dict(u.reading.top), u.reading.entities, gazetteer,
                     said.location),
    )  # fmt: skip


def _join(told: Sequence[tuple[Understood, Message]], opened: dict[int, Case], *, now: dt.datetime) -> dict[int, Case]:
    """Add duplicate reporters to their cases; return the cases by message id."""
    joining = [(u, m, u.joins) for u, m in told if u.joins]
    for u, _, _ in joining:
        message_context.seal(u, now=now)
    return add_witnesses(
        [
            Witness(
                case_id=match.case_id or opened[told[match.position][1].pk].pk, message_id=m.pk,
                reporter_id=u.item.reporter_id, conversation_id=u.item.conversation_id, folded=_folded(u),
                marked=marked(_told(u)), urgency=u.decision.urgency, why=match.why,
                link_hash=u.item.link_hash, news=match.news,
            )
            for u, m, match in joining
        ],
        ladder=ladder(), now=now,
    )  # fmt: skip


def _spot(u: Understood) -> Spot | None:
    """Return the place that a private follow-up gives to a case without one."""
    mine, seat, directory = u.facts.mine, u.facts.placed, areas.directory()
    if mine is None or mine.placed or seat is None or seat.commune_id is None or u.item.group is not None:
        return None
    if u.facts.sealed:
        return None  # the place is part of the sealed text
    return Spot(seat.unit_id, seat.commune_id, _village(u, directory) or seat.commune_id, _place_words(u))


def _open(told: Sequence[tuple[Understood, Message]], *, now: dt.datetime) -> dict[int, Case]:
    """Open new cases; return them by the id of their message."""
    pairs = [(u, m) for u, m in told if u.decision.do is Do.OPEN and not u.apart]
    directory = areas.directory()
    openings = [_opening(u, m, directory) for u, m in pairs]
    places = {m.pk: index for index, (_, m) in enumerate(pairs)}
    for index, (u, _) in enumerate(pairs):
        if u.beside:
            beside = None if u.beside.case_id else places.get(told[u.beside.position][1].pk)
            openings[index] = replace(openings[index], near=u.beside.case_id or None, beside=beside)
    cases = open_cases(openings, ladder=ladder(), now=now)
    for (u, _), case in zip(pairs, cases, strict=True):
        message_context.keep(u, unit_id=case.unit_id, now=now)
    return {m.pk: case for (_, m), case in zip(pairs, cases, strict=True)}


def _keep_apart(told: Sequence[tuple[Understood, Message]], *, now: dt.datetime) -> dict[int, Kept]:
    """Store complaints about police in the complaint store; return new ones by message id."""
    opened: dict[int, Kept] = {}
    for u, message in told:
        if u.apart and u.decision.do is Do.OPEN:
            opened[message.pk] = keeper().open(_telling(u, message), now=now)
        elif u.apart and u.facts.led_in:
            opened[message.pk] = keeper().take_up(u.decision.case_id or 0, _telling(u, message), now=now)
        elif u.apart and u.decision.do is Do.ATTACH:
            keeper().hear(u.decision.case_id or 0, _telling(u, message), now=now)
    return opened


def _telling(u: Understood, message: Message | None = None) -> Telling:
    item, directory = u.item, areas.directory()
    codes = [u.placed.commune or "", *u.placed.candidates]
    near = [directory.communes[c].unit_id for c in codes if c in directory.communes]
    seats = [s.unit_id for s in (u.facts.placed, u.facts.home, u.facts.mine, item.group) if s is not None]
    units = tuple(dict.fromkeys(x for x in (*seats, *near) if x != u.facts.province.unit_id))
    opens = message is None or u.decision.do is Do.OPEN  # a converted case already has the earlier text
    said = "\n".join(filter(None, [u.earlier if opens and u.with_earlier else "", message_context.words(u)]))
    words = f"{said}\n\nNơi xảy ra: {item.place}" if item.place else said
    return Telling(
        message_id=message.pk if message else 0, before=tuple(message_context.ids(u)), words=words, reporter_id=item.reporter_id,
        conversation_id=item.conversation_id, urgency=max(u.reading.urgency, 1), unit_ids=units,
        link_hash=item.link_hash, link_key=item.link_key, context=u.earlier if opens and not u.with_earlier else "",
        files=tuple(media.upload for media in item.message.media if media.upload), resumes=u.decision.resumes,
    )  # fmt: skip


def _opening(u: Understood, message: Message, directory: Directory) -> Opening:
    chosen = kind_for(u.decision.category)
    seat = u.decision.seat or u.facts.province
    place = _place_words(u)
    return Opening(
        kind=chosen.code, lane=chosen.lane_of(u.decision.category), category=u.decision.category,
        urgency=u.decision.urgency, sensitive=is_sensitive(u.facts), unit_id=seat.unit_id, commune_id=seat.commune_id,
        area_id=_village(u, directory) or seat.commune_id, place=place, actor=CITIZEN,
        title=" · ".join(filter(None, [CATEGORY_LABELS[u.decision.category], place])),
        folded=_folded(u), marked=marked(_told(u)), latitude=message.latitude,
        longitude=message.longitude, reporter_id=u.item.reporter_id, conversation_id=u.item.conversation_id,
        link_hash=u.item.link_hash, message_ids=(message.pk, *message_context.ids(u)), asked=u.asks is not None,
        words=_begins(u), after=_follows(u),
    )  # fmt: skip


def _follows(u: Understood) -> int | None:
    """Return the case of the group tip that this private message is about."""
    return u.facts.mine.case_id if u.facts.mine and u.facts.in_confidence and u.facts.sealed else None


def _begins(u: Understood) -> str:
    if not _hushed(u):
        return u.item.message.text
    return TIP if u.item.group else ALONE


def _hushed(u: Understood) -> bool:
    """Return whether the case shows no text: the message stood in a group and is a tip, or follows one."""
    return u.facts.sealed or (u.item.group is not None and is_sensitive(u.facts))


def _told(u: Understood) -> str:
    """Return the searchable text: message and place; of a group tip the place alone, of its follow-ups ""."""
    if _hushed(u):
        return _place_words(u) if u.decision.do is Do.OPEN else ""
    return f"{u.item.message.text} {_place_words(u)}"


def _folded(u: Understood) -> str:
    """Return the same without accents, plus the identifiers."""
    return " ".join([fold(_told(u)), *(() if _hushed(u) else _exact(u.reading))])


def _village(u: Understood, directory: Directory) -> int | None:
    return directory.villages.get((u.placed.commune or "", u.placed.place.key)) if u.placed.place else None


def _place_words(u: Understood) -> str:
    """Return the place as written: the field of the web form first, then other places in the text."""
    spoken = [e.text for e in of_the_scene(u.reading.entities) if fold(e.text) not in fold(u.item.place)]
    return ", ".join(dict.fromkeys(filter(None, [u.item.place, *spoken])))[:120]


def _exact(reading: Reading) -> Iterator[str]:
    """Return canonical phones, plates and accounts: found in any notation."""
    return (str(e.norm).lower() for e in reading.entities if e.type in _EXACT and e.norm)


def _hearing(u: Understood, message: Message) -> Hearing:
    return Hearing(
        case_id=u.decision.case_id or 0, message_id=message.pk, reporter_id=u.item.reporter_id,
        conversation_id=u.item.conversation_id, folded=_folded(u), marked=marked(_told(u)),
        urgency=u.decision.urgency, resumes=u.decision.resumes,
        sensitive=is_sensitive(u.facts) and u.decision.resumes, place="" if _hushed(u) else _place_words(u),
        category=u.facts.category if tells(u.facts) and u.facts.category not in NEVER_DOWN else "",
    )  # fmt: skip
