"""Helpers for tests of clarification and duplicate reports: senders in private and in groups."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from binhyen.cases.models import Case
from binhyen.channels.models import Channel, Conversation, Group, Outgoing
from binhyen.channels.types import IncomingMessage
from binhyen.intake.items import InboundItem, ItemResult
from binhyen.intake.pipeline import process_items
from binhyen.kit import clock
from binhyen.kit.ids import generate_code
from binhyen.vault.models import Reporter

Words = str | tuple[str, Any]


@dataclass(frozen=True)
class ChatPerson:
    """A reporter: their ids and the replies received so far."""

    reporter: int
    conversation: int
    channel: int

    def list_received(self, purpose: str = "") -> list[str]:
        rows = Outgoing.objects.filter(conversation=self.conversation).order_by("pk")
        return list((rows.filter(purpose=purpose) if purpose else rows).values_list("text", flat=True))

    def case(self) -> Case:
        return Case.objects.filter(reports__reporter=self.reporter).latest("pk")


def create_person() -> ChatPerson:
    channel = Channel.objects.get(kind="web")
    reporter = Reporter.objects.create(created_at=clock.now())
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=clock.now())
    return ChatPerson(reporter.pk, talk.pk, channel.pk)


def create_people(count: int) -> list[ChatPerson]:
    return [create_person() for _ in range(count)]


def build_item(
    reporter: ChatPerson, text: str, *, moment: dt.datetime, group: Group | None = None, **more: Any
) -> InboundItem:
    message = IncomingMessage(generate_code(), "x", text, moment, group=group.external_id if group else None, **more)
    return InboundItem(reporter.channel, reporter.reporter, reporter.conversation, message, group=group)


def run_pipeline(
    *messages: tuple[ChatPerson, str], moment: dt.datetime | None = None, group: Group | None = None, **more: Any
) -> list[ItemResult]:
    """Process all of it in one batch of the pipeline."""
    now = moment or clock.now()
    return process_items(
        [build_item(reporter, text, moment=now, group=group, **more) for reporter, text in messages], now=now
    )


def create_group(unit: Any, now: dt.datetime) -> Group:
    return Group.objects.create(
        channel=Channel.objects.get(kind="web"),
        area_id=unit.area_id,
        unit=unit,
        level=Group.Level.COMMUNE,
        name="Bình yên",
        state=Group.State.OPEN,
        external_id=generate_code(),
        opened_at=now,
    )
