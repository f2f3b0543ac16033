"""The delivery state of an answer reveals to the unit of a group nothing of the private messages of a tip's author."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.tests.test_case_page_beside_complaint import ZaloChat, answer_and_deliver
from binhyen.channels.models import Channel, Conversation, Group
from binhyen.channels.tests.windows import use_channel_window
from binhyen.channels.types import IncomingMessage
from binhyen.intake.items import InboundItem
from binhyen.intake.pipeline import process_items
from binhyen.kit import clock
from binhyen.vault import services as vault

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
POST = "Quán cầm đồ đầu xóm của mụ Lài tiêu thụ xe gian, toàn xe trộm"


@pytest.fixture
def chat() -> Iterator[ZaloChat]:
    new_chat = ZaloChat()
    yield new_chat
    Channel.objects.filter(pk=new_chat.channel.pk).update(is_active=False)


def post_tip(chat: ZaloChat, unit: Any, *, moment: dt.datetime) -> Case:
    """Post a tip in the group; the author wrote to us nine days ago and was silent since."""
    channel = chat.channel
    group = Group.objects.create(
        channel=channel,
        area_id=unit.area_id,
        unit=unit,
        level=Group.Level.COMMUNE,
        name="Bình yên",
        state=Group.State.OPEN,
        external_id="g1",
        opened_at=moment,
    )
    [reporter] = vault.get_or_create_reporters(channel.pk, ["77"], now=moment).values()
    talk = Conversation.objects.get(channel=channel, reporter=reporter)
    process_items(
        [
            InboundItem(
                channel.pk, reporter, talk.pk, IncomingMessage("p1", "77", POST, moment, group="g1"), group=group
            )
        ],
        now=moment,
    )
    return Case.objects.latest("pk")


def test_the_delivery_state_reveals_nothing_of_private_messages(
    chat: ZaloChat, unit: Make, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = officer()
    chat.send_text("alo", hours_ago=9 * 24)
    case = post_tip(chat, unit("18568"), moment=clock.now())
    before = answer_and_deliver(duty, monkeypatch, case)
    assert before[0] == "DEAD" and before[4]
    chat.send_text("dạ em làm công ở đó, xe để sau kho")
    private_case = Case.objects.latest("pk")
    assert private_case.unit == unit("42")
    assert answer_and_deliver(duty, monkeypatch, case) == before
    assert answer_and_deliver(officer("PROVINCE_DUTY", "42"), monkeypatch, private_case)[0] == "SENT", (
        "on its own case it is received"
    )


def test_control_by_the_newest_message_of_all_it_does(
    chat: ZaloChat, unit: Make, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_channel_window(monkeypatch)
    with pytest.raises(AssertionError):
        test_the_delivery_state_reveals_nothing_of_private_messages(chat, unit, officer, monkeypatch)
