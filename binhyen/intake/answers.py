"""What each person hears at once."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from binhyen.areas import queries as areas
from binhyen.cases import letters
from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.channels.services import Draft
from binhyen.intake import words
from binhyen.intake.rules import Do, Say
from binhyen.intake.wave import Understood
from binhyen.kit.clock import vietnam_day
from binhyen.language import ask


def answers(
    told: Iterable[tuple[Understood, Message]], opened: dict[int, Case], *, now: dt.datetime
) -> Iterator[Draft]:
    """What each person hears at once; in a group only what anybody may read."""
    directory = areas.directory()
    for u, message in told:
        item, case = u.item, opened.get(message.pk)
        unit_id = case.unit_id if case else (message.unit_id or directory.province_unit_id)
        unit = directory.unit_name(unit_id)
        private: dict[str, Any] = {
            "channel_id": item.channel_id, "conversation_id": item.conversation_id, "unit_id": unit_id,
        }  # fmt: skip
        match u.decision.say:
            case Say.RECEIVED if case:
                text = letters.received(case.code, urgency=u.decision.urgency, unit=unit)
                yield Draft(key=f"received:{message.pk}", text=text, purpose="ACK", case_id=case.pk, **private)
                if u.asks:
                    text = letters.asked(case.code, u.asks)
                    tail = letters.offered(ask.offers(u.asks, areas.gazetteer()))
                    yield Draft(
                        key=f"question:{case.pk}", text=text, tail=tail, purpose="ASK", case_id=case.pk, **private
                    )
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
