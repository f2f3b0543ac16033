"""Webhooks that are forged, stale, too long, malformed, duplicated or early leave nothing, or the same row once (A5)."""

import asyncio
import datetime as dt
import http.client
import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from django.db import transaction
from django.db.models import Q

from binhyen.areas.loading import load_areas
from binhyen.cases.models import Case, CaseMessage
from binhyen.channels.kinds.zalo_oa import webhook as zalo_gateway
from binhyen.channels.kinds.zalo_oa.webhook import ODD_TIME
from binhyen.channels.models import Channel, EventCount, Group, Inbound, Message, Outgoing
from binhyen.channels.retry_policy import RESTORED_COPY_REASON
from binhyen.channels.services import inbox
from binhyen.channels.services.inbox import decrypt_body
from binhyen.channels.webhooks import BODY_LIMIT, GroupCommitWriter
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from tests.faults.doorway import (
    APP,
    SECRET,
    UNRELATED_QUESTION,
    GatewayClient,
    build_event,
    build_text_event,
    post_events,
    run_through_gateway,
    sign_body,
    to_milliseconds,
)
from tests.process_harness import ProcessHarness, get_owner_dsn, wait_until

pytestmark = pytest.mark.fault


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


def generate_forgeries(chance: random.Random) -> Iterator[tuple[bytes, str]]:
    """Generate 500 bodies with an invalid signature."""
    now = clock.now()
    for number in range(200):  # one bit of the body
        what = build_text_event(msg_id=f"bit{number}")
        body = bytearray(orjson.dumps(what))
        mac = sign_body(bytes(body), what["timestamp"])
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        yield bytes(body), mac
    for number in range(100):  # one digit of the signature
        what = build_text_event(msg_id=f"mac{number}")
        body = orjson.dumps(what)
        mac = bytearray(sign_body(bytes(body), what["timestamp"]).encode())
        mac[4 + chance.randrange(64)] ^= 1 << chance.randrange(4)
        yield body, mac.decode("latin-1")
    for number in range(100):  # a foreign secret, or one that is almost right
        what = build_text_event(msg_id=f"secret{number}")
        body = orjson.dumps(what)
        secret = chance.choice(["", SECRET[:-1], SECRET + "x", SECRET.lower(), "A", "OTHER_OA_SECRET"])
        yield body, sign_body(body, what["timestamp"], secret=secret)
    for number in range(60):  # the same bytes in the hash, split into other fields
        what = build_text_event(msg_id=f"split{number}")
        body, moment = orjson.dumps(what), what["timestamp"]
        cut = 1 + number % 10
        mac = sign_body(body, moment)
        yield orjson.dumps(what | {"app_id": APP[:-cut]}), mac
        yield body + moment[:cut].encode(), mac
        yield orjson.dumps(what | {"timestamp": moment[cut:]}), mac
    for number in range(20):  # another timestamp than the signed one, no signature, another app
        what = build_text_event(msg_id=f"moment{number}")
        body = orjson.dumps(what | {"timestamp": to_milliseconds(now - dt.timedelta(minutes=number + 1))})
        yield body, sign_body(orjson.dumps(what), what["timestamp"])
        yield orjson.dumps(what), chance.choice(["", "mac=", "mac=0", "mac=é", "x" * 5000])


def _post_forgeries(oa: Channel) -> set[int]:
    probes = list(generate_forgeries(random.Random(5)))
    assert len(probes) >= 500

    async def post_each(doorway: GatewayClient) -> set[int]:
        return {await doorway.post_body(body, mac) for body, mac in probes}

    return run_through_gateway(oa, post_each)


def test_forged_webhooks_leave_nothing(oa: Channel) -> None:
    assert _post_forgeries(oa) <= {400, 403}
    assert not Inbound.objects.exists()


def test_control_with_a_comparison_that_is_always_true_forged_ones_get_in(
    oa: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalo_gateway, "is_same_mac", lambda *_: True)
    assert 200 in _post_forgeries(oa)
    assert Inbound.objects.exists()


@pytest.mark.parametrize("reason", ["Zalo đã thu hồi quyền", ""], ids=["grant withdrawn", "no grant yet"])
def test_what_comes_signed_is_kept_while_nothing_may_be_sent(oa: Channel, reason: str) -> None:
    Channel.objects.filter(pk=oa.pk).update(is_active=False, paused_reason=reason)
    what = build_text_event()
    body = orjson.dumps(what)
    forged = sign_body(body, what["timestamp"], secret="OTHER_OA_SECRET")
    assert run_through_gateway(oa, lambda doorway: doorway.post_body(body, forged)) == 403, "control"
    assert post_events(oa, what) == [200]
    drain_inbox()
    assert Case.objects.count() == 1
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"QUEUED"}, "the answer waits for the channel"


def test_a_restored_copy_swallows_nothing(oa: Channel) -> None:
    """A refused webhook is sent again, and the permanent installation takes it."""
    Channel.objects.filter(pk=oa.pk).update(is_active=False, paused_reason=RESTORED_COPY_REASON)
    assert post_events(oa, build_text_event()) == [404]
    assert not Inbound.objects.exists()


@pytest.mark.parametrize("age", [dt.timedelta(hours=27), dt.timedelta(days=900)])
def test_a_stale_webhook_leaves_nothing(oa: Channel, age: dt.timedelta) -> None:
    before = [build_text_event(UNRELATED_QUESTION) for _ in range(3)]
    assert post_events(oa, *before) == [200] * 3
    for _ in ("by the same gateway", "by one that has just started"):
        assert post_events(oa, build_text_event(moment=clock.now() - age)) == [403]
    assert Inbound.objects.count() == 3


@pytest.mark.parametrize("age", [dt.timedelta(hours=27), -dt.timedelta(hours=27), dt.timedelta(days=900)])
def test_where_nothing_came_before_a_person_decides_on_an_odd_time(oa: Channel, age: dt.timedelta) -> None:
    assert post_events(oa, build_text_event(moment=clock.now() - age)) == [200]
    drain_inbox()
    assert set(Inbound.objects.values_list("state", "reason")) == {("DEAD", ODD_TIME)} and not Case.objects.exists()
    assert inbox.requeue_dead(now=clock.now()) == 1, "the effect of the operator's button"
    drain_inbox()
    assert Case.objects.count() == 1


@pytest.mark.parametrize("days", [-2, 2])
def test_with_our_clock_wrong_by_two_days_genuine_webhooks_are_read(
    oa: Channel, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        post_events(oa, *(build_event("user_seen_message", message={"msg_id": f"s{n}"}) for n in range(3))) == [200] * 3
    )
    real, moment = clock.now, dt.timedelta(days=days)
    genuine = [build_text_event(moment=real()), build_text_event(moment=real() + dt.timedelta(seconds=1))]
    stale = build_text_event(moment=real() - dt.timedelta(days=3))
    monkeypatch.setattr(clock, "now", lambda: real() + moment)
    assert post_events(oa, *genuine) == [200, 200]
    assert post_events(oa, stale) == [403], "control: a replay is still refused"
    drain_inbox()
    assert Case.objects.count() == 1 and set(Inbound.objects.values_list("state", flat=True)) == {"DONE"}


def test_what_came_before_the_clock_was_set_back_is_read_at_once(oa: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + dt.timedelta(hours=1))
    assert post_events(oa, build_text_event()) == [200]
    monkeypatch.setattr(clock, "now", real)
    drain_inbox()
    assert Case.objects.count() == 1


def test_negative_control_by_its_own_time_alone_it_would_wait_an_hour(
    oa: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + dt.timedelta(hours=1))
    assert post_events(oa, build_text_event()) == [200]
    monkeypatch.setattr(clock, "now", real)
    monkeypatch.setattr(inbox, "due", lambda now: Q(state="PENDING", due_at__lte=now))
    drain_inbox()
    assert not Case.objects.exists()


def test_control_a_webhook_of_the_last_retry_is_taken(oa: Channel) -> None:
    assert post_events(oa, build_text_event(moment=clock.now() - dt.timedelta(hours=13))) == [200]
    assert Inbound.objects.count() == 1


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x" * 300,
    "\u0000",
    [],
    [[]],
    {},
    {"id": None},
    {"id": ["a"]},
    {"id": {"id": {}}},
    "../../etc",
    "9001 OR 1=1",
]
FIELDS = ["sender", "recipient", "message", "event_name", "oa_id", "user_id", "group_id", "users", "follower", "info"]


@pytest.mark.parametrize("name", ["user_send_text", "user_send_group_image", "user_seen_message", "user_join_group"])
def test_wrong_types_are_refused_or_left_as_unreadable(oa: Channel, name: str) -> None:
    probes = [build_event(name, **{field: odd}) for field in FIELDS for odd in ODD]
    message = {"msg_id": "m", "text": "a", "msg_ids": ["m"], "attachments": []}
    probes += [build_event(name, message=message | {part: odd}) for part in message for odd in ODD]
    bodies = [(json.dumps(p).encode(), str(p.get("timestamp"))) for p in probes]
    statuses = run_through_gateway(oa, lambda doorway: _post_all(doorway, bodies))
    assert set(statuses) <= {200, 400, 403}
    drain_inbox()
    assert not Inbound.objects.filter(state="PENDING").exists(), "a value made the reader crash"
    assert not Inbound.objects.filter(attempts__gt=0).exists()
    assert all(row.reason == "sai cấu trúc" for row in Inbound.objects.filter(state="DEAD"))


async def _post_all(doorway: GatewayClient, bodies: list[tuple[bytes, str]]) -> list[int]:
    return [await doorway.post_body(body, sign_body(body, moment)) for body, moment in bodies]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"timestamp":"1","timestamp":"2"}',
        b'{"app_id":NaN}',
        '{"app_id":"1"}'.encode("utf-16"),
    ],
)
def test_malformed_json_is_refused(oa: Channel, body: bytes) -> None:
    moment = to_milliseconds(clock.now())
    assert run_through_gateway(oa, lambda doorway: doorway.post_body(body, sign_body(body, moment))) == 400
    assert not Inbound.objects.exists()


def test_a_webhook_twenty_times_is_one_of_everything(oa: Channel) -> None:
    what = build_text_event()

    async def post_repeatedly(doorway: GatewayClient) -> list[int]:
        return list(await asyncio.gather(*(doorway.send(what) for _ in range(20))))

    assert set(run_through_gateway(oa, post_repeatedly)) == {200}
    drain_inbox()
    assert post_events(oa, what) == [200], "an answer to a late duplicate, so that Zalo stops retrying"
    drain_inbox()
    counts = [model.objects.count() for model in (Inbound, Message, Case, CaseMessage, Outgoing)]
    assert counts == [1, 1, 1, 1, 1]


def test_two_messages_in_the_wrong_order_are_one_case_of_two(oa: Channel) -> None:
    now = clock.now()
    later, earlier = (
        build_text_event(moment=now),
        build_text_event("Họ chạy về phía cầu", moment=now - dt.timedelta(seconds=9)),
    )
    assert post_events(oa, later, earlier) == [200, 200]
    drain_inbox()
    assert Case.objects.count() == 1
    assert CaseMessage.objects.count() == 2


def test_an_unknown_event_is_kept_and_counted(oa: Channel) -> None:
    strange = [
        build_event("user_dances", note="x"),
        build_event("user_dances", user_id="77"),
        build_event("odd name!", user_id="78"),
    ]
    post_events(oa, *strange, build_text_event())
    drain_inbox()
    unknown = Inbound.objects.filter(state="UNKNOWN")
    assert sorted(unknown.values_list("event", flat=True)) == ["odd_name", "user_dances", "user_dances"]
    assert all(b"app_id" in decrypt_body(row) for row in unknown), "stored, for the developer of the adapter"
    counted = dict(EventCount.objects.filter(known=False).values_list("event", "count"))
    assert counted == {"user_dances": 2, "odd_name": 1}
    assert Case.objects.count() == 1


def test_another_account_of_the_same_app_takes_no_event_of_ours_off_the_known_ones(oa: Channel) -> None:
    assert post_events(
        oa, build_text_event(UNRELATED_QUESTION), build_text_event(UNRELATED_QUESTION) | {"oa_id": "42"}
    ) == [200, 200]
    drain_inbox()
    event_counts = set(EventCount.objects.values_list("event", "known", "count"))
    assert event_counts == {("user_send_text", True, 1), ("other_oa", False, 1)}


def test_a_group_nobody_registered_is_heard_by_the_province(oa: Channel, unit: Any) -> None:
    message = {"text": "Có trộm xe máy", "msg_id": "g1"}
    post_events(oa, build_event("user_send_group_text", recipient={"id": "g-strange"}, message=message))
    drain_inbox()
    assert Group.objects.get(external_id="g-strange").unit == unit("42")
    assert Message.objects.get().group is not None
    assert Case.objects.get().unit == unit("42")


def post_during_commit_lock(oa: Channel) -> tuple[bool, int, int]:
    """Post while a lock delays the commit; return (answered before it?, rows then, status in the end)."""

    async def post_locked(doorway: GatewayClient) -> tuple[bool, int, int]:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
            await other.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.GATEWAY.value])
            answer = asyncio.create_task(doorway.send(build_text_event()))
            early, _ = await asyncio.wait([answer], timeout=0.4)
            row = await (await other.execute("SELECT count(*) FROM channels_inbound")).fetchone()
            await other.execute("SELECT pg_advisory_unlock(%s)", [AdvisoryLock.GATEWAY.value])
            return bool(early), row[0] if row else -1, await answer

    address = get_owner_dsn()
    return run_through_gateway(oa, post_locked)


def test_the_answer_comes_after_the_commit(oa: Channel) -> None:
    assert post_during_commit_lock(oa) == (False, 0, 200)
    assert Inbound.objects.count() == 1


def test_control_an_early_answer_is_noticed(oa: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    store = GroupCommitWriter.store

    async def answer_early(self: GroupCommitWriter, *row: Any) -> None:
        self.task = asyncio.create_task(store(self, *row))  # type: ignore[attr-defined]

    monkeypatch.setattr(GroupCommitWriter, "store", answer_early)
    assert post_during_commit_lock(oa)[:2] == (True, 0)


def post_without_waiting(oa: Channel) -> int:
    """Return the status; raise TimeoutError if the gateway waits for a lock."""

    async def post_once(doorway: GatewayClient) -> int:
        return await asyncio.wait_for(doorway.send(build_text_event()), 3)

    return run_through_gateway(oa, post_once)


def test_webhooks_are_taken_in_while_areas_load(oa: Channel) -> None:
    """Two advisory locks once had the same number: webhooks were blocked as long as the province loaded a list."""
    with transaction.atomic():
        load_areas(now=clock.now())
        assert post_without_waiting(oa) == 200
    assert Inbound.objects.count() == 1


def test_control_a_gateway_that_waits_is_noticed(oa: Channel) -> None:
    with transaction.atomic():
        acquire_xact_lock(AdvisoryLock.GATEWAY)
        with pytest.raises(TimeoutError):
            post_without_waiting(oa)


@pytest.fixture
def gateway(oa: Channel, tmp_path: Path) -> Iterator[ProcessHarness]:
    """Run the real gateway as a process, for cases that need a socket."""
    stack = ProcessHarness(tmp_path)
    try:
        stack.start_processes("gateway")
        wait_until(lambda: can_connect(stack.port), why="gateway")
        yield stack
    finally:
        stack.stop_processes("gateway")


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def build_letter(size: int) -> tuple[bytes, dict[str, str]]:
    """Return a correctly signed body of exactly `size` bytes."""
    what = build_text_event("")
    what["message"]["text"] = "a" * (size - len(orjson.dumps(what)))
    body = orjson.dumps(what)
    return body, {"X-ZEvent-Signature": sign_body(body, what["timestamp"])}


def post_over_socket(
    gateway: ProcessHarness, oa: Channel, body: Any, headers: dict[str, str], *, chunked: bool = False
) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        connection.request("POST", f"/webhooks/{oa.public_id.hex}", body, headers, encode_chunked=chunked)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):  # the server closed the connection in the middle: equivalent to 413
        return 413
    finally:
        connection.close()


def test_size_and_slowness_at_the_real_gateway(gateway: ProcessHarness, oa: Channel) -> None:
    body, headers = build_letter(BODY_LIMIT)
    assert post_over_socket(gateway, oa, body, headers) == 200
    assert Inbound.objects.count() == 1
    body, headers = build_letter(BODY_LIMIT + 1)
    assert post_over_socket(gateway, oa, body, headers) == 413
    chunks = (body[i : i + 65536] for i in range(0, len(body), 65536))
    assert post_over_socket(gateway, oa, chunks, headers | {"Transfer-Encoding": "chunked"}, chunked=True) == 413
    assert post_over_socket(gateway, oa, b"x" * (2 * BODY_LIMIT), {}) == 413
    assert Inbound.objects.count() == 1
    body, headers = build_letter(1000)
    chunks = (body[i : i + 100] for i in range(0, len(body), 100))
    assert post_over_socket(gateway, oa, chunks, headers | {"Transfer-Encoding": "chunked"}, chunked=True) == 200
    assert Inbound.objects.count() == 2


def test_slow_senders_hold_up_nobody_and_leave_nothing(gateway: ProcessHarness, oa: Channel) -> None:
    body, headers = build_letter(1000)
    head = f"POST /webhooks/{oa.public_id.hex} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += f"X-ZEvent-Signature: {headers['X-ZEvent-Signature']}\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", gateway.port), 5) for _ in range(50)]
    try:
        for number, slow_socket in enumerate(slow):
            slow_socket.sendall(head.encode() + body[: number * 19])  # started, never finished
        other, signed = build_letter(900)
        assert post_over_socket(gateway, oa, other, signed) == 200
    finally:
        for slow_socket in slow:
            slow_socket.close()
    again, signed = build_letter(800)
    assert post_over_socket(gateway, oa, again, signed) == 200
    assert Inbound.objects.count() == 2
