"""An answer that cannot be sent because a key file is missing is shown on «Tin chờ gửi» and blocks no other message."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from binhyen.channels.adapter import Account, Limits
from binhyen.channels.models import Channel, Conversation, Credential, Outgoing
from binhyen.channels.services import outbox
from binhyen.channels.types import OutgoingMessage, Receipt, SendFailed
from binhyen.kit import clock
from binhyen.kit.ids import code
from binhyen.vault import group_keys, process_keys
from binhyen.vault.models import GroupKey
from binhyen.vault.services import reporters_of

pytestmark = pytest.mark.django_db


class Taker:
    """A channel that accepts everything."""

    kind, immediate, limits = "zalo_oa", False, Limits()

    def __init__(self) -> None:
        self.took: list[str | None] = []
        self.refuses = ""

    def token(self, channel_id: int, *, now: dt.datetime, refused: str = "") -> str:
        if refused:
            raise SendFailed("Zalo không cho mã mới", retry_after=60)
        return Credential.objects.get(pk=channel_id).access_token if Credential.objects.exists() else "t"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        yield None

    async def find_sent(self, *_: Any) -> None:
        return None

    async def send(self, client: None, account: Account, message: OutgoingMessage) -> Receipt:
        if message.to_person == self.refuses:
            raise SendFailed("mã hết hạn", token_refused=True)
        self.took.append(message.to_person)
        return Receipt((code(),), clock.now())


@pytest.fixture
def taker(monkeypatch: pytest.MonkeyPatch) -> Taker:
    made = Taker()
    monkeypatch.setattr(outbox, "kinds", lambda: {"zalo_oa": made})
    return made


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA tỉnh")


def another_key(now: dt.datetime) -> GroupKey:
    GroupKey.objects.filter(group="DELIVERY", retired_at=None).update(retired_at=now)
    return group_keys.new_key("DELIVERY", now=now)


def answer(channel: Channel, person: str, unit: Any, now: dt.datetime) -> Outgoing:
    talk = Conversation.objects.create(channel=channel, reporter_id=reporters_of(channel.pk, [person], now=now)[person])
    return Outgoing.objects.create(
        key=code(), channel=channel, conversation=talk, unit=unit, purpose="ANSWER", text="Công an xã đang tới.",
        created_at=now, due_at=now,
    )  # fmt: skip


def test_whose_address_does_not_open_is_told_of_with_the_reason_and_the_others_hear(
    taker: Taker, channel: Channel, unit: Callable[[str], Any], officer: Any, client: Any, now: dt.datetime
) -> None:
    lost = another_key(now)
    shut = answer(channel, "111", unit("18568"), now)
    another_key(now)
    heard = answer(channel, "222", unit("18568"), now)
    process_keys.destroy("DELIVERY", bytes(lost.key_id))
    outbox._deliver_all(channel.pk)
    shut.refresh_from_db()
    heard.refresh_from_db()
    assert taker.took == ["222"] and heard.state == "SENT"
    assert (shut.state, shut.code) == ("DEAD", "NO_KEY")
    client.force_login(officer())
    assert "máy này thiếu khóa mở địa chỉ người nhận" in client.get("/hop-thu-di").content.decode()


def test_without_the_channel_s_own_key_the_channel_waits_and_says_so(
    taker: Taker, channel: Channel, unit: Callable[[str], Any], now: dt.datetime
) -> None:
    lost = another_key(now)
    row = Credential(channel=channel)
    row.put(access_token="t")
    row.save()
    another_key(now)
    waits = answer(channel, "222", unit("18568"), now)
    process_keys.destroy("DELIVERY", bytes(lost.key_id))
    outbox._deliver_all(channel.pk)
    waits.refresh_from_db()
    channel.refresh_from_db()
    assert (waits.state, waits.attempts, taker.took) == ("QUEUED", 0, [])
    assert "thiếu khóa" in channel.paused_reason and channel.paused_until is not None


def test_what_went_out_stays_sent_where_no_fresh_token_is_to_be_had(
    taker: Taker, channel: Channel, unit: Callable[[str], Any], now: dt.datetime
) -> None:
    """Regression: it was marked as failed together with the refused ones, and was sent twice."""
    heard, waits = (answer(channel, person, unit("18568"), now) for person in ("111", "222"))
    taker.refuses = "222"
    outbox._deliver_all(channel.pk)
    heard.refresh_from_db()
    waits.refresh_from_db()
    assert (heard.state, waits.state) == ("SENT", "QUEUED") and taker.took == ["111"]
