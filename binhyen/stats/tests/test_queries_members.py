"""Group members at the end of a period, and posts within it: past figures change only by late events of their days."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.bulletins.models import Bulletin, GroupDelivery
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Channel, Group, Membership
from binhyen.channels.services.channel_events import apply_events
from binhyen.channels.types import ChannelEvent, EventType
from binhyen.kit.clock import VIETNAM
from binhyen.stats import queries, services
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.periods import Period
from binhyen.stats.tests.test_dashboard import read_figures
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
OCTOBER = Period(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
NOVEMBER = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
DAY = dt.datetime(2026, 10, 1, tzinfo=VIETNAM)


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


def count_posts(officer: Any, period: Period, ground: AreaFilter = ALL_AREAS) -> int:
    entries = queries.get_ledger(officer, period, ground=ground)
    return next(entry.value for entry in entries if entry.line.source == "bulletins")


def test_posts_are_the_same_before_and_after_they_are_summed(
    chat: GroupChat, officer: Make, django_assert_max_num_queries: Any
) -> None:
    staff, chief, stranger = officer("PROVINCE_STAFF", "42"), officer("CHIEF"), officer("OFFICER", "18073")
    moments = [make_moment(10, 30), make_moment(10, 31, 23), make_moment(11, 1, 0), make_moment(11, 9), None]
    for at in moments:
        row = Bulletin.objects.create(unit=chief.unit, author=chief, title="Tin", created_at=DAY, changed_at=DAY)
        GroupDelivery.objects.create(bulletin=row, group=chat.group, kind="POST", queued_at=at)
    GroupDelivery.objects.update_or_create(bulletin=row, group=chat.group, kind="CORRECT", queued_at=make_moment(11, 9))

    def check(october: int, november: int) -> None:
        for person in (staff, chief):
            assert (count_posts(person, OCTOBER), count_posts(person, NOVEMBER)) == (october, november)
        assert count_posts(stranger, NOVEMBER) == 0

    check(2, 2)
    with rls.acting_as("worker"):
        assert services.restate_posts(now=make_moment(11, 9, 18)) == 3, (
            "the posts of that day are still counted directly"
        )
        assert services.restate_posts(now=make_moment(11, 9, 18)) == 0
    check(2, 2)
    services.rebuild_counts()
    assert services.reconcile_counts(since=make_moment(11, 9)) == 0, "the nightly check repairs nothing"
    GroupDelivery.objects.filter(queued_at=make_moment(10, 30)).update(is_cancelled=True)
    GroupDelivery.objects.filter(queued_at=None).update(queued_at=make_moment(11, 10))
    check(2, 3)
    with rls.acting_as("worker"):
        services.restate_posts(now=make_moment(11, 12))
    check(1, 3)
    with django_assert_max_num_queries(6):
        queries.get_ledger(staff, NOVEMBER)
    page = sign_in_browser(chief).get("/tong-quan?ky=tuy-chon&tu=01/11/2026&den=30/11/2026").content.decode()
    assert read_figures(page)["Lượt bản tin vào nhóm"] == "3" and "nhiều hơn kỳ trước 2" in page
