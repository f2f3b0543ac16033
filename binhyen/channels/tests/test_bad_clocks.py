"""Clocks that jump or disagree: waiting messages are sent, and the operator's page reports the problem."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client

from binhyen.channels.models import Channel, Conversation, Credential, Inbound, Outgoing
from binhyen.channels.queries import machine
from binhyen.channels.services import outbox
from binhyen.kit import clock
from binhyen.kit.ids import code
from binhyen.kit.periodic import heartbeat
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture
def zalo() -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA", settings={"app_id": "1", "oa_id": "2"})


def written(channel: Channel, at: dt.datetime, **more: Any) -> Outgoing:
    talk = Conversation.objects.create(channel=channel, reporter=Reporter.objects.create(created_at=at))
    facts = {"created_at": at, "due_at": at} | more
    return Outgoing.objects.create(
        key=code(), channel=channel, conversation=talk, purpose="ACK", text="Đã nhận", **facts
    )


def claimed(channel: Channel, now: dt.datetime) -> set[int]:
    return {row.pk for row in outbox._claim(channel.pk, now=now)}


def test_what_was_written_before_the_clock_was_set_back_goes_out_now(
    zalo: Channel, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = written(zalo, now + HOUR)
    leased = written(zalo, now - HOUR, state="SENDING", lease_until=now + HOUR)
    waits = written(zalo, now - HOUR, due_at=now + 6 * HOUR, attempts=1)
    running = written(zalo, now, state="SENDING", lease_until=now + MINUTE)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_due", lambda now: Q(state="QUEUED", due_at__lte=now))
        assert claimed(zalo, now) == set(), "negative control: by its own time alone it waits for an hour"
    Channel.objects.filter(pk=zalo.pk).update(paused_until=now + 50 * HOUR)
    assert claimed(zalo, now) == {ahead.pk, leased.pk}, (
        "control: deferred messages and messages being sent are unchanged"
    )
    assert {waits.pk, running.pk}.isdisjoint(claimed(zalo, now))


def test_control_a_pause_that_is_meant_holds(zalo: Channel, now: dt.datetime) -> None:
    written(zalo, now)
    Channel.objects.filter(pk=zalo.pk).update(paused_until=now + 6 * HOUR)
    assert claimed(zalo, now) == set()


def came(channel: Channel, late: dt.timedelta, now: dt.datetime, count: int = 5) -> None:
    for n in range(count):
        Inbound.objects.create(
            channel=channel, outside_id=code(), event="user_send_text", raw=b"", received_at=now, due_at=now,
            signed_at=now - late - n * dt.timedelta(seconds=1), state="DONE",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (2 * 24 * HOUR, True),
        (-2 * 24 * HOUR, True),
        (-10 * MINUTE, True),
        (2 * HOUR, False),
        (-MINUTE, False),
        (MINUTE, False),
    ],
)
def test_a_clock_that_the_signed_times_contradict_is_told(
    zalo: Channel, now: dt.datetime, late: dt.timedelta, *, told: bool
) -> None:
    came(zalo, late, now)
    gaps = machine.clock_gaps()
    assert [gap.channel for gap in gaps] == ([zalo] if told else [])
    assert all((gap.ahead > dt.timedelta()) == (late > dt.timedelta()) for gap in gaps)


def page(officer: Any) -> str:
    client = Client()
    client.force_login(officer)
    return client.get("/hop-thu-di").content.decode()


def test_the_operators_page_names_clocks_the_worker_and_the_refusal(
    zalo: Channel, officer: Callable[..., Any], now: dt.datetime
) -> None:
    operator, duty = officer("OPERATOR", "42"), officer("PROVINCE_DUTY", "42")
    words = ("bị chỉnh lùi 1 giờ", "nhanh 2 ngày so với giờ", "đang đứng", "Bên kia trả lời: «Something new».")
    before = page(operator)
    assert not any(word in before for word in words), "control"
    came(zalo, 3 * 24 * HOUR, now)
    Credential.objects.create(channel=zalo, lost_at=now, refusal="Something new")
    heartbeat.beat("cases.escalate")
    with connection.cursor() as cursor:
        cursor.execute(heartbeat.STEPPED, {"name": "worker", "seconds": -3600.0})
        cursor.execute("UPDATE kit_heartbeat SET at = at - interval '1 minute'")
    shown = page(operator)
    for word in ("bị chỉnh lùi 1 giờ", "nhanh 3 ngày so với giờ", "đang đứng", "Bên kia trả lời: «Something new»."):
        assert word in shown, word
    assert "bị chỉnh" not in page(duty), "the machine is the operator's responsibility"


def test_this_machine_and_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.database_offset() == 0.0, "control: one machine, one clock"
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - 5 * MINUTE)
    assert -310 < machine.database_offset() < -290
