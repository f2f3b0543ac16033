"""Auto-replies: the messages that a sender receives at once."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from binhyen.areas import queries as areas
from binhyen.cases import message_texts
from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.channels.services import Draft
from binhyen.intake import texts
from binhyen.intake.decision import Do, Say
from binhyen.intake.items import Understood
from binhyen.intake.queries import acknowledged_lately, said_lately, stands
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.language.classify.language_id import is_english
from binhyen.language.questions import offers
from binhyen.language.reading import DANGER
from binhyen.people.access import APART
from binhyen.privacy.queries import MOST_NAMED, codes_of
from binhyen.privacy.rules.data_requests import said
from binhyen.privacy.services.requests import ask

SECOND = dt.timedelta(seconds=1)  # a day ends just before the next one begins
TIPS_PAGE = "/bao-kin"  # of the layer above


def answers(
    told: Iterable[tuple[Understood, Message]], opened: dict[int, Case], letters_of: Mapping[int, str],
    went: Mapping[int, int | None], *, now: dt.datetime,
) -> Iterator[Draft]:  # fmt: skip
    """Yield the auto-replies; in a group only text that anyone may read.

    `letters_of`: by message, where a complaint about police has its own text; `unit_by_message`: the unit that got the
    case
    because of the place that the message names.
    """
    for u, message in told:
        for draft in _answers(u, message, opened, went.get(message.pk), now=now):
            if not u.apart:
                yield draft
            elif draft.purpose != "ASK":  # in no outbox list; a question would reveal the subject
                text = letters_of.get(message.pk, draft.text) if draft.purpose == "ACK" else draft.text
                yield replace(draft, key=f"apart:{draft.key}", text=text, purpose=APART, unit_id=None)


def _answers(
    u: Understood, message: Message, opened: dict[int, Case], went: int | None, *, now: dt.datetime
) -> Iterator[Draft]:
    directory = areas.directory()
    item, case = u.item, opened.get(message.pk)
    unit_id = case.unit_id if case else (message.unit_id or directory.province_unit_id)
    unit = directory.unit_name(unit_id)
    talk, danger = item.conversation_id, u.decision.urgency >= DANGER
    private: dict[str, Any] = {"channel_id": item.channel_id, "conversation_id": talk, "unit_id": unit_id}
    match u.decision.say:
        case Say.RECEIVED if case:
            text = message_texts.received(case.code, urgency=u.decision.urgency, unit=unit)
            if not item.unread and is_english(item.message.text):
                text += message_texts.in_english(case.code, asks=bool(u.asks))
            yield Draft(key=f"received:{message.pk}", text=text, purpose="ACK", case_id=case.pk, **private)
            if u.asks:
                text = message_texts.asked(case.code, u.asks)
                tail = message_texts.offered(offers(u.asks, areas.gazetteer()))
                yield Draft(key=f"question:{case.pk}", text=text, tail=tail, purpose="ASK", case_id=case.pk, **private)
        case Say.INVITE if item.group and (
            u.decision.do is not Do.ATTACH or not said_lately(talk, message_texts.EMERGENCY, now=now)
        ):
            # Once a day; a sender in danger gets the emergency numbers again, regardless of earlier replies.
            once = message.pk if danger else f"{item.group.pk}:{item.reporter_id}:{vietnam_day(now)}"
            key = f"invite:{once}"
            text = message_texts.invited(unit, settings.PUBLIC_URL + TIPS_PAGE)
            yield Draft(key=key, text=text, purpose="INVITE", **private)
        case Say.IN_GROUP if item.group:
            told = texts.IN_GROUP.format(unit=unit)
            text = f"{message_texts.EMERGENCY}\n{told}" if danger else told
            if acknowledged_lately(item.group.pk, message_texts.EMERGENCY if danger else "", now=now):
                return  # the group has read it; emergency numbers are sent even so
            yield Draft(
                key=f"group:{item.group.pk}:{int(danger)}:{int(now.timestamp())}", channel_id=item.channel_id,
                group_id=item.group.pk, text=text, purpose="ACK", unit_id=unit_id, case_id=case.pk if case else None,
            )  # fmt: skip
        case Say.DATA if kind := said(u.facts.bare):
            asked = ask(reporter_id=item.reporter_id, kind=kind, conversation_id=talk, now=now)
            day = f"{vietnam_day(asked.due_at - SECOND):%d/%m/%Y}"
            cases = ", ".join(codes_of(asked.reporter_id or 0)[-MOST_NAMED:])
            form = texts.DATA_OF if cases else texts.DATA
            text = form.format(code=show_code(asked.code), day=day, cases=cases)
            yield Draft(key=f"data:{message.pk}", text=text, purpose=APART if asked.apart else "ACK", **private)
        case Say.DANGER if not said_lately(talk, message_texts.EMERGENCY, now=now):
            text = "\n".join([message_texts.EMERGENCY, texts.IN_DANGER])
            if not item.unread and is_english(item.message.text):
                text += message_texts.call_in_english()
            own = None if u.apart else u.decision.case_id  # its officers see that the person got the emergency numbers
            yield Draft(key=f"danger:{message.pk}", text=text, purpose="ACK", case_id=own, **private)
        case Say.STANDS if u.facts.mine:
            own = None if u.apart else u.decision.case_id
            text = stands(u.facts.mine.report_id)
            yield Draft(key=f"stands:{message.pk}", text=text, purpose="ACK", case_id=own, **private)
    for key, text in _plainly(u, message, directory.unit_name(went) if went else "", unit, now=now):
        yield Draft(key=key, text=text, purpose="ACK", **private)


def _plainly(u: Understood, message: Message, went: str, unit: str, *, now: dt.datetime) -> Iterator[tuple[str, str]]:
    """Yield key and text of replies that belong to no case."""
    talk, say = u.item.conversation_id, u.decision.say
    if say is Say.HELLO:
        english = message_texts.hello_in_english() if is_english(u.item.message.text) else ""
        yield f"hello:{talk}:{vietnam_day(now)}", texts.HELLO.format(unit=unit) + english
    elif say is Say.LISTENING and not said_lately(talk, texts.LISTENING, now=now):
        yield f"listening:{message.pk}", texts.LISTENING
    elif say is Say.NOTED:
        yield f"noted:{message.pk}", texts.NOTED_BY.format(unit=went) if went else texts.NOTED
    if u.decision.do is Do.RATE:
        yield f"rated:{message.pk}", texts.THANKS_FOR_RATING
