"""An answer that cannot be sent because a key file is missing is shown on «Tin chờ gửi» and blocks no other message."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from binhyen.channels.adapter import ChannelAccount, ChannelLimits
from binhyen.channels.models import Channel, Conversation, Credential, Outgoing
from binhyen.channels.services import outbox
from binhyen.channels.types import OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit import clock
from binhyen.kit.ids import generate_code
from binhyen.vault import group_keys, process_keys
from binhyen.vault.models import GroupKey
from binhyen.vault.services import get_or_create_reporters

pytestmark = pytest.mark.django_db


class AcceptingAdapter:
    """A channel that accepts everything."""

    kind, is_immediate, limits = "zalo_oa", False, ChannelLimits()

    def __init__(self) -> None:
        self.took: list[str | None] = []
        self.refuses = ""

    def get_token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        if rejected_token:
            raise SendFailed("Zalo không cho mã mới", retry_after=60)
        return Credential.objects.get(pk=channel_id).access_token if Credential.objects.exists() else "t"

    @asynccontextmanager
    async def open_client(self) -> AsyncIterator[None]:
        yield None

    async def find_sent(self, *_: Any) -> None:
        return None

    async def send(self, client: None, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        if message.recipient_id == self.refuses:
            raise SendFailed("mã hết hạn", is_token_rejected=True)
        self.took.append(message.recipient_id)
        return SendReceipt((generate_code(),), clock.now())


@pytest.fixture
def taker(monkeypatch: pytest.MonkeyPatch) -> AcceptingAdapter:
    made = AcceptingAdapter()
    monkeypatch.setattr(outbox, "get_channel_kinds", lambda: {"zalo_oa": made})
    return made


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA tỉnh")


def rotate_key(now: dt.datetime) -> GroupKey:
    GroupKey.objects.filter(group="DELIVERY", retired_at=None).update(retired_at=now)
    return group_keys.create_group_key("DELIVERY", now=now)


def create_answer(channel: Channel, person: str, unit: Any, now: dt.datetime) -> Outgoing:
    talk = Conversation.objects.create(
        channel=channel, reporter_id=get_or_create_reporters(channel.pk, [person], now=now)[person]
    )
    return Outgoing.objects.create(
        key=generate_code(),
        channel=channel,
        conversation=talk,
        unit=unit,
        purpose="ANSWER",
        text="Công an xã đang tới.",
        created_at=now,
        due_at=now,
    )


def test_an_unreadable_address_is_reported_with_the_reason_and_others_are_served(
    taker: AcceptingAdapter, channel: Channel, unit: Callable[[str], Any], officer: Any, client: Any, now: dt.datetime
) -> None:
    lost = rotate_key(now)
    shut = create_answer(channel, "111", unit("18568"), now)
    rotate_key(now)
    delivered = create_answer(channel, "222", unit("18568"), now)
    process_keys.delete_key_file("DELIVERY", bytes(lost.key_id))
    outbox._deliver_all(channel.pk)
    shut.refresh_from_db()
    delivered.refresh_from_db()
    assert taker.took == ["222"] and delivered.state == "SENT"
    assert (shut.state, shut.code) == ("DEAD", "NO_KEY")
    client.force_login(officer())
    assert "máy này thiếu khóa mở địa chỉ người nhận" in client.get("/hop-thu-di").content.decode()


def test_without_the_channels_key_the_channel_waits_and_reports_it(
    taker: AcceptingAdapter, channel: Channel, unit: Callable[[str], Any], now: dt.datetime
) -> None:
    lost = rotate_key(now)
    row = Credential(channel=channel)
    row.update_secrets(access_token="t")
    row.save()
    rotate_key(now)
    waits = create_answer(channel, "222", unit("18568"), now)
    process_keys.delete_key_file("DELIVERY", bytes(lost.key_id))
    outbox._deliver_all(channel.pk)
    waits.refresh_from_db()
    channel.refresh_from_db()
    assert (waits.state, waits.attempts, taker.took) == ("QUEUED", 0, [])
    assert "thiếu khóa" in channel.paused_reason and channel.paused_until is not None


def test_sent_messages_stay_sent_without_a_fresh_token(
    taker: AcceptingAdapter, channel: Channel, unit: Callable[[str], Any], now: dt.datetime
) -> None:
    """Regression: it was marked as failed together with the refused ones, and was sent twice."""
    delivered, waits = (create_answer(channel, person, unit("18568"), now) for person in ("111", "222"))
    taker.refuses = "222"
    outbox._deliver_all(channel.pk)
    delivered.refresh_from_db()
    waits.refresh_from_db()
    assert (delivered.state, waits.state) == ("SENT", "QUEUED") and taker.took == ["111"]
