"""Small scenes for screen tests: a report, an open case and the officers around it."""

import datetime as dt
import io
from typing import Any

from django.test import Client
from PIL import Image

from binhyen.areas.models import Unit
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.models import Channel, Conversation, Message
from binhyen.channels.services import MessageToStore, store_messages
from binhyen.kit import clock
from binhyen.kit.ids import generate_code
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer
from binhyen.vault.models import Reporter

WORDS = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"
HTMX = {"HTTP_HX_REQUEST": "true"}
READING = {
    "category": "violence",
    "confidence": 0.94,
    "urgency": 3,
    "sensitive": False,
    "reasons": ["có «cầm dao»"],
    "entities": [
        {"type": "PLACE", "text": "TDP Phú Mậu", "start": 42, "end": 53, "norm": "phu mau"},
        {"type": "MONEY", "text": "2 củ", "start": 0, "end": 4, "norm": 2000000},
    ],
}


def create_message(
    unit: Unit | None, *, text: str = WORDS, urgency: int = 1, is_held: bool = False, now: dt.datetime | None = None
) -> Message:
    """Create a message of a new reporter on the web channel that belongs to no case."""
    moment = now or clock.now()
    channel = Channel.objects.get(kind="web")
    reporter = Reporter.objects.create(created_at=moment)
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=moment)
    (message,) = store_messages(
        [
            MessageToStore(
                channel_id=channel.pk,
                conversation_id=talk.pk,
                group_id=None,
                reporter_id=reporter.pk,
                unit_id=unit.pk if unit else None,
                external_id=generate_code(),
                text=text,
                sent_at=moment,
                category="violence",
                urgency=urgency,
                sensitive=False,
                reading=READING,
                opens_case=is_held,
            )
        ],
        now=moment,
    )
    return message


def open_case(
    unit: Unit,
    *,
    text: str = WORDS,
    urgency: int = 1,
    category: str = "violence",
    now: dt.datetime | None = None,
    **more: Any,
) -> Case:
    """Open a case of the unit with one reporter."""
    moment = now or clock.now()
    message = create_message(unit, text=text, urgency=urgency, is_held=True, now=moment)
    kind = get_kind_for_category(category)
    (case,) = create_cases(
        [
            NewCase(
                kind=kind.code,
                lane=kind.get_lane(category),
                category=category,
                urgency=urgency,
                **(
                    {
                        "sensitive": False,
                        "title": f"Bạo lực · {text[:40]}",
                        "place": "TDP Phú Mậu",
                        "commune_id": unit.area_id if unit.level == "COMMUNE" else None,
                    }
                    | more
                ),
                unit_id=unit.pk,
                actor=CITIZEN_ACTOR,
                folded=fold_text(text),
                search_accented=message.search_accented,
                reporter_id=message.reporter_id,
                conversation_id=message.conversation_id,
                message_ids=(message.pk,),
            )
        ],
        ladder=get_alarm_delays(),
        now=moment,
    )
    return case


def sign_in_browser(officer: Officer | None) -> Client:
    """Return a test client signed in as the officer."""
    client = Client()
    if officer is not None:
        client.force_login(officer)
    return client


def build_case_url(case: Case, action: str = "") -> str:
    return f"/vu-viec/{case.code}/{action}" if action else f"/vu-viec/{case.code}"


def reload_case(case: Case) -> Case:
    case.refresh_from_db()
    return case


def draw_picture() -> Any:
    """Return an uploaded picture with a GPS tag."""
    image, data = Image.new("RGB", (40, 30), "purple"), io.BytesIO()
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (18.0, 27.0, 36.0)}
    image.save(data, "JPEG", exif=exif)
    data.seek(0)
    data.name = "anh.jpg"
    return data
