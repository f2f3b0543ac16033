"""Group members at the end of a period: later changes do not alter past figures."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.channels.models import Channel, Group, Membership
from binhyen.channels.services.channel_events import apply_events
from binhyen.channels.types import ChannelEvent, EventType
from binhyen.kit.clock import VIETNAM
from binhyen.stats import queries
from binhyen.stats.periods import Period

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
OCTOBER = Period(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
NOVEMBER = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))


def make_moment(month: int, day: int, hour: int = 12) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=VIETNAM)


class GroupChat:
    """A group of Lộc Hà, opened in September."""

    def __init__(self, unit: Any) -> None:
        self.channel = Channel.objects.create(kind="zalo_oa", name="OA")
        self.group = Group.objects.create(
            channel=self.channel,
            area_id=unit.area_id,
            unit=unit,
            level="COMMUNE",
            name="ANTT",
            state="OPEN",
            external_id="g",
            opened_at=make_moment(9, 1),
        )

    def receive_event(self, doing: EventType, moment: dt.datetime, *people: str) -> None:
        apply_events(self.channel, [ChannelEvent(doing, moment, people=people, group="g")], now=moment)

    def add_members(self, moment: dt.datetime, *people: str) -> None:
        self.receive_event(EventType.JOINED, moment, *people)

    def left(self, moment: dt.datetime, *people: str) -> None:
        self.receive_event(EventType.LEFT, moment, *people)


@pytest.fixture
def chat(unit: Make) -> GroupChat:
    return GroupChat(unit("18568"))


def count_members(officer: Any, period: Period) -> int:
    return next(e.value for e in queries.get_ledger(officer, period) if e.line.source == "members")


def test_later_members_do_not_count(chat: GroupChat, officer: Make) -> None:
    staff, stranger = officer("PROVINCE_STAFF", "42"), officer("OFFICER", "18073")
    chat.add_members(make_moment(10, 5), "an", "binh")
    chat.add_members(make_moment(10, 31, 23), "cuc")
    chat.add_members(make_moment(11, 1, 0), "dung")
    chat.left(make_moment(11, 3), "an")
    assert (count_members(staff, OCTOBER), count_members(staff, NOVEMBER)) == (3, 3)
    assert count_members(staff, Period(dt.date(2026, 9, 1), dt.date(2026, 9, 30))) == 0
    assert count_members(officer("OFFICER", "18568"), OCTOBER) == 3 and count_members(stranger, OCTOBER) == 0


def test_returned_and_erased_members_count(chat: GroupChat, officer: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    chat.add_members(make_moment(10, 5), "an", "binh")
    chat.left(make_moment(11, 2), "an", "binh")
    chat.add_members(make_moment(11, 4), "an")
    assert (count_members(staff, OCTOBER), count_members(staff, NOVEMBER)) == (2, 1)
    Membership.objects.exclude(left_at=None).delete()
    assert count_members(staff, OCTOBER) == 2


def test_a_late_event_counts_on_its_own_day(chat: GroupChat, officer: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    chat.add_members(make_moment(11, 4), "an")
    chat.add_members(make_moment(10, 30), "binh")
    chat.add_members(make_moment(10, 30), "binh")
    assert (count_members(staff, OCTOBER), count_members(staff, NOVEMBER)) == (1, 2)


def test_a_group_that_closed_has_no_members_any_more(chat: GroupChat, officer: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    chat.add_members(make_moment(10, 5), "an")
    chat.receive_event(EventType.GROUP_GONE, make_moment(11, 9))
    assert (count_members(staff, OCTOBER), count_members(staff, NOVEMBER)) == (1, 0)
