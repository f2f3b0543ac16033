"""Small scenes for screen tests: a report, an open case and the officers around it."""

import datetime as dt
from typing import Any

from django.test import Client

from binhyen.areas.models import Unit
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Case
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.unit_of_work import CITIZEN
from binhyen.channels.models import Channel, Conversation, Message
from binhyen.channels.services import Heard, hear_messages
from binhyen.kit import clock
from binhyen.kit.ids import code
from binhyen.kit.text import fold
from binhyen.people.models import Officer
from binhyen.vault.models import Reporter

WORDS = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"
HTMX = {"HTTP_HX_REQUEST": "true"}
READING = {
    "category": "violence", "confidence": 0.94, "urgency": 3, "sensitive": False, "reasons": ["có «cầm dao»"],
    "entities": [{"type": "PLACE", "text": "TDP Phú Mậu", "start": 42, "end": 53, "norm": "phu mau"},
                 {"type": "MONEY", "text": "2 củ", "start": 0, "end": 4, "norm": 2000000}],
}  # fmt: skip


def told(
    unit: Unit | None, *, text: str = WORDS, urgency: int = 1, held: bool = False, now: dt.datetime | None = None
) -> Message:
    """Create a message of a new reporter on the web channel that belongs to no case."""
    moment = now or clock.now()
    channel = Channel.objects.get(kind="web")
    reporter = Reporter.objects.create(created_at=moment)
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=moment)
    (message,) = hear_messages(
        [Heard(channel_id=channel.pk, conversation_id=talk.pk, group_id=None, reporter_id=reporter.pk,
               unit_id=unit.pk if unit else None, outside_id=code(), text=text, sent_at=moment, category="violence",
               urgency=urgency, sensitive=False, reading=READING, held=held)],
        now=moment,
    )  # fmt: skip
    return message


def open_case(
    unit: Unit, *, text: str = WORDS, urgency: int = 1, category: str = "violence", now: dt.datetime | None = None,
    **more: Any,
) -> Case:  # fmt: skip
    """Open a case of the unit with one reporter."""
    moment = now or clock.now()
    message = told(unit, text=text, urgency=urgency, held=True, now=moment)
    kind = kind_for(category)
    (case,) = open_cases(
        [Opening(kind=kind.code, lane=kind.lane_of(category), category=category, urgency=urgency,
                 **({"sensitive": False, "title": f"Bạo lực · {text[:40]}", "place": "TDP Phú Mậu",
                     "commune_id": unit.area_id if unit.level == "COMMUNE" else None} | more),
                 unit_id=unit.pk, actor=CITIZEN, folded=fold(text), marked=message.marked, reporter_id=message.reporter_id,
                 conversation_id=message.conversation_id, message_ids=(message.pk,))],
        ladder=ladder(), now=moment,
    )  # fmt: skip
    return case


def browser(officer: Officer | None) -> Client:
    """Return a test client signed in as the officer."""
    client = Client()
    if officer is not None:
        client.force_login(officer)
    return client


def url(case: Case, action: str = "") -> str:
    return f"/vu-viec/{case.code}/{action}" if action else f"/vu-viec/{case.code}"


def fresh(case: Case) -> Case:
    case.refresh_from_db()
    return case
