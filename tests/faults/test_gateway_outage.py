"""The gateway is down for longer than Zalo's retries: afterwards every message becomes what it would have become."""

import datetime as dt
from pathlib import Path

import pytest

from binhyen.cases.models import Case
from binhyen.channels.kinds.zalo_oa import client
from binhyen.channels.models import Inbound, Message
from binhyen.channels.services import inbox
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock
from tests.faults.doorway import FIGHT
from tests.process_harness import ProcessHarness, wait_until

pytestmark = pytest.mark.fault
RETRIES = (30, 300, 900, 1800, 3600)  # seconds


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


def test_messages_of_an_outage_are_read_once_and_in_order(real_db: None, tmp_path: Path) -> None:
    client._limiters.clear()
    stack = ProcessHarness(tmp_path)
    try:
        stack.start_processes("emulator", "gateway")
        channel = stack.connect_emulator()
        person = stack.create_citizen("Nguyễn Văn An")
        stack.send_message(person, "Chào công an xã")
        wait_until(lambda: Inbound.objects.filter(event="user_send_text").exists(), why="the webhook")
        drain_inbox()
        read_missed(stack, channel.pk)

        stack.stop_processes("gateway")
        texts = [FIGHT, "Họ chạy về phía cầu", "Một người bị thương ở tay"]
        for text in texts[:2]:
            stack.send_message(person, text)
        for number, seconds in enumerate(RETRIES, 1):
            wait_until(lambda number=number: count_attempts(stack) >= number, why="a failed attempt")
            stack.call_control("clock", {"advance": seconds + 1})
        wait_until(lambda: not stack.call_control("webhooks")["enabled"], why="Zalo gives up")
        stack.send_message(person, texts[2])  # of this one no webhook was ever tried
        stack.call_control("clock", {"advance": 600})

        stack.start_processes("gateway")
        assert read_missed(stack, channel.pk) == 3
        assert read_missed(stack, channel.pk) == 0, "nothing twice"
        drain_inbox()
        stored = list(Message.objects.order_by("pk").values_list("text", flat=True))
        assert stored == ["Chào công an xã", *texts]
        case = Case.objects.get(case_messages__message__text=FIGHT)
        assert case.urgency >= 3 and case.case_messages.count() >= 3
    finally:
        stack.stop_processes("emulator", "gateway")


def read_missed(stack: ProcessHarness, channel_id: int) -> int:
    """Catch up ten minutes later by the stand-in's clock, which was moved."""
    offset = stack.call_control("clock")["offset_ms"] / 1000
    return inbox.catch_up(channel_id=channel_id, now=clock.now() + dt.timedelta(seconds=offset + 600))


def count_attempts(stack: ProcessHarness) -> int:
    """Return how often every undelivered message was tried."""
    rows = stack.call_control("webhooks")["deliveries"]
    tried = [len(row["attempts"]) for row in rows if row["event"] == "user_send_text" and row["state"] != "delivered"]
    return min(tried, default=0)
