"""Clocks that jump or disagree: waiting messages are sent, and the operator's page reports the problem."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client

from binhyen.channels import queries
from binhyen.channels.models import Channel, Conversation, Credential, Inbound, Outgoing
from binhyen.channels.services import outbox
from binhyen.kit import clock, periodic
from binhyen.kit.ids import generate_code
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture
def zalo() -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA", settings={"app_id": "1", "oa_id": "2"})


def create_outgoing(channel: Channel, moment: dt.datetime, **more: Any) -> Outgoing:
    talk = Conversation.objects.create(channel=channel, reporter=Reporter.objects.create(created_at=moment))
    facts = {"created_at": moment, "due_at": moment} | more
    return Outgoing.objects.create(
        key=generate_code(), channel=channel, conversation=talk, purpose="ACK", text="Đã nhận", **facts
    )


def claim_outgoing(channel: Channel, now: dt.datetime) -> set[int]:
    return {row.pk for row in outbox._claim_due(channel.pk, now=now)}


def test_messages_written_before_a_clock_step_are_sent_now(
    zalo: Channel, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = create_outgoing(zalo, now + HOUR)
    leased = create_outgoing(zalo, now - HOUR, state="SENDING", lease_until=now + HOUR)
    waits = create_outgoing(zalo, now - HOUR, due_at=now + 6 * HOUR, attempts=1)
    running = create_outgoing(zalo, now, state="SENDING", lease_until=now + MINUTE)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_due", lambda now: Q(state="QUEUED", due_at__lte=now))
        assert claim_outgoing(zalo, now) == set(), "negative control: by its own time alone it waits for an hour"
    Channel.objects.filter(pk=zalo.pk).update(paused_until=now + 50 * HOUR)
    assert claim_outgoing(zalo, now) == {ahead.pk, leased.pk}, (
        "control: deferred messages and messages being sent are unchanged"
    )
    assert {waits.pk, running.pk}.isdisjoint(claim_outgoing(zalo, now))


def test_control_an_intended_pause_is_kept(zalo: Channel, now: dt.datetime) -> None:
    create_outgoing(zalo, now)
    Channel.objects.filter(pk=zalo.pk).update(paused_until=now + 6 * HOUR)
    assert claim_outgoing(zalo, now) == set()


def receive_webhooks(channel: Channel, late: dt.timedelta, now: dt.datetime, count: int = 5) -> None:
    for n in range(count):
        Inbound.objects.create(
            channel=channel,
            external_id=generate_code(),
            event="user_send_text",
            sealed_body=b"",
            received_at=now,
            due_at=now,
            signed_at=now - late - n * dt.timedelta(seconds=1),
            state="DONE",
        )


@pytest.mark.parametrize(
    ("late", "is_reported"),
    [
        (2 * 24 * HOUR, True),
        (-2 * 24 * HOUR, True),
        (-10 * MINUTE, True),
        (2 * HOUR, False),
        (-MINUTE, False),
        (MINUTE, False),
    ],
)
def test_a_clock_that_contradicts_signed_times_is_reported(
    zalo: Channel, now: dt.datetime, late: dt.timedelta, *, is_reported: bool
) -> None:
    receive_webhooks(zalo, late, now)
    gaps = queries.list_clock_gaps()
    assert [gap.channel for gap in gaps] == ([zalo] if is_reported else [])
    assert all((gap.ahead > dt.timedelta()) == (late > dt.timedelta()) for gap in gaps)


def read_operator_page(officer: Any) -> str:
    client = Client()
    client.force_login(officer)
    return client.get("/hop-thu-di").content.decode()


def test_the_operators_page_names_clocks_the_worker_and_the_refusal(
    zalo: Channel, officer: Callable[..., Any], now: dt.datetime
) -> None:
    operator, duty = officer("OPERATOR", "42"), officer("PROVINCE_DUTY", "42")
    words = ("bị chỉnh lùi 1 giờ", "nhanh 2 ngày so với giờ", "đang đứng", "Bên kia trả lời: «Something new».")
    before = read_operator_page(operator)
    assert not any(word in before for word in words), "control"
    receive_webhooks(zalo, 3 * 24 * HOUR, now)
    Credential.objects.create(channel=zalo, lost_at=now, refusal="Something new")
    periodic.record_heartbeat("cases.escalate")
    with connection.cursor() as cursor:
        cursor.execute(periodic.STEPPED, {"name": "worker", "seconds": -3600.0})
        cursor.execute("UPDATE kit_heartbeat SET at = at - interval '1 minute'")
    shown = read_operator_page(operator)
    for word in ("bị chỉnh lùi 1 giờ", "nhanh 3 ngày so với giờ", "đang đứng", "Bên kia trả lời: «Something new»."):
        assert word in shown, word
    assert "bị chỉnh" not in read_operator_page(duty), "the machine is the operator's responsibility"


def test_this_machine_and_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries.get_database_offset() == 0.0, "control: one machine, one clock"
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - 5 * MINUTE)
    assert -310 < queries.get_database_offset() < -290
