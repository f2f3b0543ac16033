"""Helpers for tests of clarification and duplicate reports: people who write in private or in a group."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from binhyen.cases.models import Case
from binhyen.channels.models import Channel, Conversation, Group, Outgoing
from binhyen.channels.types import IncomingMessage
from binhyen.intake.items import Item, Result
from binhyen.intake.pipeline import run
from binhyen.kit import clock
from binhyen.kit.ids import code
from binhyen.vault.models import Reporter

Words = str | tuple[str, Any]


@dataclass(frozen=True)
class Person:
    """A reporter: their ids and the replies received so far."""

    reporter: int
    conversation: int
    channel: int

    def heard(self, purpose: str = "") -> list[str]:
        rows = Outgoing.objects.filter(conversation=self.conversation).order_by("pk")
        return list((rows.filter(purpose=purpose) if purpose else rows).values_list("text", flat=True))

    def case(self) -> Case:
        return Case.objects.filter(reports__reporter=self.reporter).latest("pk")


def person() -> Person:
    channel = Channel.objects.get(kind="web")
    reporter = Reporter.objects.create(created_at=clock.now())
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=clock.now())
    return Person(reporter.pk, talk.pk, channel.pk)


def people(count: int) -> list[Person]:
    return [person() for _ in range(count)]


def item(who: Person, text: str, *, at: dt.datetime, group: Group | None = None, **more: Any) -> Item:
    message = IncomingMessage(code(), "x", text, at, group=group.outside_id if group else None, **more)
    return Item(who.channel, who.reporter, who.conversation, message, group=group)


def say(
    *told: tuple[Person, str], at: dt.datetime | None = None, group: Group | None = None, **more: Any
) -> list[Result]:
    """Process all of it in one batch of the pipeline."""
    now = at or clock.now()
    return run([item(who, text, at=now, group=group, **more) for who, text in told], now=now)


def group_of(unit: Any, now: dt.datetime) -> Group:
    return Group.objects.create(
        channel=Channel.objects.get(kind="web"), area_id=unit.area_id, unit=unit, level=Group.Level.COMMUNE,
        name="Bình yên", state=Group.State.OPEN, outside_id=code(), opened_at=now,
    )  # fmt: skip
