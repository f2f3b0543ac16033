"""Group members at the end of a period: later changes do not alter past figures."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.channels.models import Channel, Group, Membership
from binhyen.channels.services.channel_events import happened
from binhyen.channels.types import Doing, Happening
from binhyen.kit.clock import VIETNAM
from binhyen.stats import queries
from binhyen.stats.periods import Period

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
OCTOBER = Period(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
NOVEMBER = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))


def at(month: int, day: int, hour: int = 12) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=VIETNAM)


class Chat:
    """A group of Lộc Hà, opened in September."""

    def __init__(self, unit: Any) -> None:
        self.channel = Channel.objects.create(kind="zalo_oa", name="OA")
        self.group = Group.objects.create(
            channel=self.channel, area_id=unit.area_id, unit=unit, level="COMMUNE", name="ANTT", state="OPEN",
            outside_id="g", opened_at=at(9, 1),
        )  # fmt: skip

    def hears(self, doing: Doing, moment: dt.datetime, *people: str) -> None:
        happened(self.channel, [Happening(doing, moment, people=people, group="g")], now=moment)

    def joined(self, moment: dt.datetime, *people: str) -> None:
        self.hears(Doing.JOINED, moment, *people)

    def left(self, moment: dt.datetime, *people: str) -> None:
        self.hears(Doing.LEFT, moment, *people)


@pytest.fixture
def chat(unit: Make) -> Chat:
    return Chat(unit("18568"))


def members(officer: Any, period: Period) -> int:
    return next(e.value for e in queries.ledger(officer, period) if e.line.source == "members")


def test_who_joins_after_the_period_was_no_member_then(chat: Chat, officer: Make) -> None:
    staff, stranger = officer("PROVINCE_STAFF", "42"), officer("OFFICER", "18073")
    chat.joined(at(10, 5), "an", "binh")
    chat.joined(at(10, 31, 23), "cuc")
    chat.joined(at(11, 1, 0), "dung")
    chat.left(at(11, 3), "an")
    assert (members(staff, OCTOBER), members(staff, NOVEMBER)) == (3, 3)
    assert members(staff, Period(dt.date(2026, 9, 1), dt.date(2026, 9, 30))) == 0
    assert members(officer("OFFICER", "18568"), OCTOBER) == 3 and members(stranger, OCTOBER) == 0


def test_who_came_back_and_who_was_forgotten_were_members_all_the_same(chat: Chat, officer: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    chat.joined(at(10, 5), "an", "binh")
    chat.left(at(11, 2), "an", "binh")
    chat.joined(at(11, 4), "an")
    assert (members(staff, OCTOBER), members(staff, NOVEMBER)) == (2, 1)
    Membership.objects.exclude(left_at=None).delete()
    assert members(staff, OCTOBER) == 2


def test_what_comes_late_counts_from_its_own_day(chat: Chat, officer: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    chat.joined(at(11, 4), "an")
    chat.joined(at(10, 30), "binh")
    chat.joined(at(10, 30), "binh")
    assert (members(staff, OCTOBER), members(staff, NOVEMBER)) == (1, 2)


def test_a_group_that_closed_has_no_members_any_more(chat: Chat, officer: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    chat.joined(at(10, 5), "an")
    chat.hears(Doing.GROUP_GONE, at(11, 9))
    assert (members(staff, OCTOBER), members(staff, NOVEMBER)) == (1, 0)
