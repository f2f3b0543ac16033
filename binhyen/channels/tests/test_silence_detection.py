"""Silence alerts compare a channel with its own usual days and ignore quiet nights."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels import queries
from binhyen.channels.models import Channel, EventCount, Inbound
from binhyen.channels.retry_policy import get_silence_limit, get_waking_time
from binhyen.channels.services import inbox, pruning
from binhyen.kit import clock
from binhyen.kit.clock import VIETNAM, to_vietnam_day

Make = Callable[..., Any]
HOUR = dt.timedelta(hours=1)
EVENING = dt.datetime(2026, 11, 2, 20, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("hours", "awake"),
    [(1, 1), (2, 2), (5, 2), (10, 2), (11, 3), (24, 16), (26, 18), (34, 18), (24 * 7, 16 * 7)],
)
def test_the_night_is_no_silence(hours: int, awake: int) -> None:
    assert get_waking_time(EVENING, EVENING + hours * HOUR) == awake * HOUR


@pytest.mark.parametrize(
    ("days", "hours"),
    [
        ([250, 300, 190, 260], 6),
        ([30, 0, 45, 22], 16),
        ([3, 1, 0, 2, 5], 48),
        ([0, 0, 1, 0, 0], 112),
        ([], 112),
        ([0, 0, 900, 0, 0], 112),
        ([4, 3, 2000, 5, 1], 48),
    ],
)
def test_silence_is_judged_by_the_median_day(days: list[int], hours: int) -> None:
    assert get_silence_limit(days) == hours * HOUR


@pytest.fixture
def zalo(db: None) -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA tỉnh")


def create_usual_days(channel: Channel, a_day: int, *, until: dt.datetime, days: int = 20) -> None:
    last = to_vietnam_day(until)
    for n in range(days):
        EventCount.objects.create(
            channel=channel, day=last - dt.timedelta(days=n), event="user_send_text", known=True, count=a_day
        )


def receive_webhook(channel: Channel, moment: dt.datetime) -> Inbound:
    """Store a webhook through the receiver and process it."""
    row = Inbound.objects.create(
        channel=channel,
        external_id=str(moment),
        event="user_send_text",
        sealed_body=b"",
        received_at=moment,
        due_at=moment,
        state="DONE",
    )
    inbox.finish_webhooks([row], now=moment)
    return row


def is_quiet(channel: Channel, after: dt.timedelta) -> bool:
    return channel.pk in queries.find_silent_channels(now=EVENING + after)


def test_a_small_channel_is_not_reported_at_night_and_a_busy_one_is_next_morning(zalo: Channel) -> None:
    receive_webhook(zalo, EVENING)
    EventCount.objects.all().delete()
    create_usual_days(zalo, 8, until=EVENING)
    assert not is_quiet(zalo, 14 * HOUR), "from eight in the evening to ten in the morning: before, it was reported"
    assert not is_quiet(zalo, 48 * HOUR) and is_quiet(zalo, 73 * HOUR)
    EventCount.objects.update(count=500)
    assert not is_quiet(zalo, 10 * HOUR) and is_quiet(zalo, 14 * HOUR)


def test_the_last_webhook_is_known_after_pruning(zalo: Channel) -> None:
    create_usual_days(zalo, 8, until=EVENING - dt.timedelta(days=1))
    receive_webhook(zalo, EVENING)
    later = EVENING + dt.timedelta(days=40)
    pruning.prune_webhooks(now=later)
    assert not Inbound.objects.filter(channel=zalo).exists()
    assert queries.find_silent_channels(now=later) == {zalo.pk: EVENING}
    Channel.objects.update(last_webhook_at=None)
    assert queries.find_silent_channels(now=later) == {}, "the defect"


def test_unread_webhooks_count_as_received_and_a_new_channel_is_being_connected(zalo: Channel) -> None:
    assert queries.find_silent_channels(now=EVENING) == {}
    receive_webhook(zalo, EVENING - dt.timedelta(days=30))
    assert is_quiet(zalo, HOUR)
    waits = {
        "event": "user_send_text",
        "sealed_body": b"x",
        "received_at": EVENING,
        "due_at": EVENING,
        "state": "PENDING",
    }
    Inbound.objects.create(channel=zalo, external_id="waits", **waits)
    assert not is_quiet(zalo, HOUR), "the inbox consumer is down, not the channel"


def test_its_moment_is_written_once_a_minute(zalo: Channel) -> None:
    for seconds in (0, 20, 59, 75):
        receive_webhook(zalo, EVENING + dt.timedelta(seconds=seconds))
        zalo.refresh_from_db()
        assert zalo.last_webhook_at == EVENING + dt.timedelta(seconds=75 if seconds == 75 else 0)
    receive_webhook(zalo, EVENING - HOUR)  # processed late
    zalo.refresh_from_db()
    assert zalo.last_webhook_at == EVENING + dt.timedelta(seconds=75)


def test_the_page_shows_it(zalo: Channel, officer: Make) -> None:
    now, person = clock.now(), officer("OPERATOR", "42")
    assert "lâu không có tin tới" not in read_page(person), "nothing received yet: it is being connected"
    Channel.objects.filter(pk=zalo.pk).update(
        last_webhook_at=now - dt.timedelta(days=9), paused_until=now - dt.timedelta(days=1), paused_reason="hết hạn mức"
    )
    assert "lâu không có tin tới" in (shown := read_page(person)) and "hết hạn mức" not in shown
    assert [t.channel.pk for t in queries.list_troubled_channels(person, now=now)] == [zalo.pk]
    receive_webhook(zalo, now - 2 * HOUR)
    assert "lâu không có tin tới" not in read_page(person)


def read_page(person: Any) -> str:
    return sign_in_browser(person).get("/hop-thu-di").content.decode()
