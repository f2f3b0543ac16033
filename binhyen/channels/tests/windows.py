"""A fake Zalo that accepts messages for seven days after the last message of a person; and our
former messaging window."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import pytest

from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
from binhyen.channels.kinds.zalo_oa.errors import to_failure
from binhyen.channels.models import Conversation, Outgoing
from binhyen.channels.services import outbox
from binhyen.channels.types import SendReceipt
from binhyen.kit import clock


def fake_zalo_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return Zalo's answer in place of the network."""
    monkeypatch.setattr(outbox, "_send_rows", _fake_send)


def _fake_send(client: Any, channel: Any, rows: list[Outgoing]) -> list[outbox.SendResult]:
    now, last = clock.now(), ZaloOA.limits.last_window
    assert last is not None
    spoke = [row.conversation.last_interaction_at if row.conversation else now for row in rows]  # groups accept all
    return [SendReceipt(("m1",), now) if moment and now - moment < last else to_failure(-230) for moment in spoke]


def use_channel_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reproduce the defect: any message, restricted or not, opens the window for all."""

    def newest(talks: Collection[int]) -> dict[int, dt.datetime]:
        rows = Conversation.objects.filter(pk__in=talks, last_interaction_at__isnull=False)
        return {talk.pk: talk.last_interaction_at for talk in rows if talk.last_interaction_at}

    monkeypatch.setattr(outbox, "find_last_open_messages", newest)
