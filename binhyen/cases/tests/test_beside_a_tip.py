"""The delivery state of an answer reveals to the unit of a group nothing of the private messages of a tip's author."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.tests.test_beside_a_complaint import Chat, answered
from binhyen.channels.models import Channel, Conversation, Group
from binhyen.channels.tests.windows import window_of_the_channel
from binhyen.channels.types import IncomingMessage
from binhyen.intake.items import Item
from binhyen.intake.pipeline import run
from binhyen.kit import clock
from binhyen.vault import services as vault

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
POST = "Quán cầm đồ đầu xóm của mụ Lài tiêu thụ xe gian, toàn xe trộm"


@pytest.fixture
def chat() -> Iterator[Chat]:
    found = Chat()
    yield found
    Channel.objects.filter(pk=found.channel.pk).update(is_active=False)


def posts(chat: Chat, unit: Any, *, at: dt.datetime) -> Case:
    """Post a tip in the group; the author wrote to us nine days ago and was silent since."""
    channel = chat.channel
    group = Group.objects.create(channel=channel, area_id=unit.area_id, unit=unit, level=Group.Level.COMMUNE,
                                 name="Bình yên", state=Group.State.OPEN, outside_id="g1", opened_at=at)  # fmt: skip
    [reporter] = vault.reporters_of(channel.pk, ["77"], now=at).values()
    talk = Conversation.objects.get(channel=channel, reporter=reporter)
    run([Item(channel.pk, reporter, talk.pk, IncomingMessage("p1", "77", POST, at, group="g1"), group=group)], now=at)
    return Case.objects.latest("pk")


def test_the_fate_of_an_answer_says_nothing_of_what_was_said_in_private(
    chat: Chat, unit: Make, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = officer()
    chat.writes("alo", hours_ago=9 * 24)
    case = posts(chat, unit("18568"), at=clock.now())
    before = answered(duty, monkeypatch, case)
    assert before[0] == "DEAD" and before[4]
    chat.writes("dạ em làm công ở đó, xe để sau kho")
    own = Case.objects.latest("pk")
    assert own.unit == unit("42")
    assert answered(duty, monkeypatch, case) == before
    assert answered(officer("PROVINCE_DUTY", "42"), monkeypatch, own)[0] == "SENT", "on its own case it is received"


def test_control_by_the_newest_word_of_all_it_does(
    chat: Chat, unit: Make, officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    window_of_the_channel(monkeypatch)
    with pytest.raises(AssertionError):
        test_the_fate_of_an_answer_says_nothing_of_what_was_said_in_private(chat, unit, officer, monkeypatch)
