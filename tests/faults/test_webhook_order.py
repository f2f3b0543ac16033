"""The final state does not depend on the order of webhooks: sequences of Hypothesis against a model (F8, F10)."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.areas import queries as areas
from binhyen.cases.models import Case, CaseMessage
from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
from binhyen.channels.models import (
    Channel,
    Conversation,
    EventCount,
    Group,
    GroupSize,
    Inbound,
    Membership,
    Message,
    Outgoing,
)
from binhyen.channels.retry_policy import MAX_INBOUND_ATTEMPTS, format_inbound_context
from binhyen.channels.services import inbox
from binhyen.intake import inbox_worker as intake
from binhyen.kit import clock
from binhyen.vault import group_keys
from binhyen.vault.models import Contact
from binhyen.vault.services import open_addresses
from tests.faults.doorway import (
    APP,
    FIGHT,
    OA,
    UNRELATED_QUESTION,
    build_text_event,
    get_zalo_channel,
    post_events,
    to_milliseconds,
)

pytestmark = pytest.mark.fault

PEOPLE = ("9001", "9002", "9003")
GROUP = "g-one"
START = clock.now() - dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ZaloEvent:
    """One event at Zalo in second `at`; when and how often it is delivered varies."""

    at: int
    kind: str  # a message, follow, unfollow, join, leave, or an event unknown to every adapter
    who: str

    def build_webhook(self) -> dict[str, Any]:
        moment = START + dt.timedelta(seconds=self.at)
        base: dict[str, Any] = {"app_id": APP, "oa_id": OA, "timestamp": to_milliseconds(moment)}
        if self.kind == "says":
            return build_text_event(FIGHT, user=self.who, msg_id=f"m{self.at}", moment=moment)
        if self.kind == "follows":
            return base | {"event_name": "follow", "follower": {"id": self.who}}
        if self.kind == "unfollows":
            return base | {"event_name": "unfollow", "follower": {"id": self.who}}
        if self.kind in ("joins", "leaves"):
            name = "user_join_group" if self.kind == "joins" else "user_out_group"
            return base | {"event_name": name, "group_id": GROUP, "users": [{"id": self.who}]}
        return base | {"event_name": "user_dances", "user_id": self.who}


@dataclass(slots=True)
class ExpectedState:
    """The expected final state for a set of received events, whatever their order and number."""

    received: set[ZaloEvent] = field(default_factory=set)

    def of(self, user: str, *kinds: str) -> list[ZaloEvent]:
        return sorted((h for h in self.received if h.who == user and h.kind in kinds), key=lambda h: h.at)

    def state(self) -> dict[str, Any]:
        says = {h for h in self.received if h.kind == "says"}
        life = {user: self.of(user, "joins", "leaves") for user in PEOPLE}
        follows = {user: self.of(user, "says", "follows", "unfollows") for user in PEOPLE}
        dances = sum(h.kind == "dances" for h in self.received)
        return {
            "rows": len(self.received),
            "messages": sorted((f"m{h.at}", h.who) for h in says),
            "cases": sorted({h.who for h in says}),
            "held": len(says),
            "letters": sorted({h.who for h in says}),
            "members": sorted(user for user, h in life.items() if h and h[-1].kind == "joins"),
            "gone": sorted(user for user, h in follows.items() if h and h[-1].kind == "unfollows"),
            "last": {user: h[-1].at for user in PEOPLE if (h := self.of(user, "says", "follows"))},
            "unknown": {"user_dances": dances} if dances else {},
        }


def read_actual_state(channel: Channel) -> dict[str, Any]:
    """Return the same facts from the database."""
    ids = open_addresses(channel.pk, Contact.objects.values_list("reporter_id", flat=True))
    spoken = Conversation.objects.exclude(last_interaction_at=None)
    return {
        "rows": Inbound.objects.exclude(state="PENDING").count(),
        "messages": sorted((m.external_id, ids[m.reporter_id]) for m in Message.objects.all()),
        "cases": sorted(ids[r] for r in Case.objects.values_list("reports__reporter_id", flat=True)),
        "held": CaseMessage.objects.filter(detached_at=None).count(),
        "letters": sorted(
            ids[r] for r in Outgoing.objects.filter(purpose="ACK").values_list("conversation__reporter_id", flat=True)
        ),
        "members": sorted(ids[m.reporter_id] for m in Membership.objects.filter(left_at=None)),
        "gone": sorted(ids[c.reporter_id] for c in Conversation.objects.exclude(unfollowed_at=None)),
        "last": {ids[c.reporter_id]: round((c.last_interaction_at - START).total_seconds()) for c in spoken},
        "unknown": dict(EventCount.objects.filter(known=False).values_list("event", "count")),
    }


KINDS = ["says", "says", "follows", "unfollows", "joins", "leaves", "dances"]


@st.composite
def draw_sequences(draw: st.DrawFn) -> list[ZaloEvent | None]:
    """Generate deliveries: events in any order, some never (a gap), some repeatedly; None = the reader runs."""
    things = [
        ZaloEvent(second, draw(st.sampled_from(KINDS)), draw(st.sampled_from(PEOPLE)))
        for second in range(draw(st.integers(1, 9)))
    ]
    arriving = st.one_of(st.sampled_from(things), st.sampled_from(things), st.none())
    return draw(st.lists(arriving, min_size=1, max_size=16))


def play_sequence(channel: Channel, sequence: list[ZaloEvent | None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (actual, expected). Everything is rolled back afterwards."""
    adapter, model = ZaloOA(), ExpectedState()
    with transaction.atomic():
        seat = areas.get_directory()
        group = Group.objects.create(
            channel=channel,
            area_id=seat.province_area_id,
            unit_id=seat.province_unit_id,
            level="COMMUNE",
            name="Nhóm",
            state="OPEN",
            external_id=GROUP,
            opened_at=START,
        )
        for delivery in sequence:
            if delivery is None:
                intake.drain_inbox()
                continue
            model.received.add(delivery)
            body = orjson.dumps(delivery.build_webhook())
            _store(channel, adapter, body)
        intake.drain_inbox()
        group.refresh_from_db()
        got, expected = read_actual_state(channel), model.state()
        newest = GroupSize.objects.filter(group=group).order_by("day").last()
        assert group.members == len(got["members"]) == (newest.members if newest else 0)
        transaction.set_rollback(True)
    return got, expected


def _store(channel: Channel, adapter: ZaloOA, body: bytes) -> None:
    """Store an event as the gateway does after the signature check."""
    from binhyen.channels.kinds.zalo_oa import events
    from binhyen.channels.kinds.zalo_oa.payloads import ZaloEvent

    outside = ZaloEvent.model_validate(orjson.loads(body))
    insert_inbound(channel, events.get_event_id(outside), outside.event_name, body)


def insert_inbound(channel: Channel, external_id: str, event: str, body: bytes) -> None:
    raw = group_keys.seal_to_group("INTAKE", body, context=format_inbound_context(channel.pk, external_id))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channels_store_webhooks(%s, %s, %s, %s, %s::timestamptz[], %s, %s)",
            [[channel.pk], [external_id], [event], [raw], [clock.now()], [""], clock.now()],
        )


@pytest.mark.django_db
@settings(
    max_examples=220,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=draw_sequences())
def test_the_end_is_the_same_whatever_the_order(sequence: list[ZaloEvent | None]) -> None:
    got, expected = play_sequence(get_zalo_channel(), sequence)
    assert got == expected


REVERSED_EVENTS = [ZaloEvent(2, "leaves", "9001"), None, ZaloEvent(1, "joins", "9001")]


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["messages", "order"])
def test_control_the_model_notices(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader without deduplication, and a member list that trusts the last event received."""
    channel = get_zalo_channel()
    if broken == "messages":
        sequence: list[ZaloEvent | None] = [ZaloEvent(1, "says", "9001"), None]
        monkeypatch.setattr("tests.faults.test_webhook_order._store", store_event_twice)
        monkeypatch.setattr(Message.objects, "filter", lambda **_: Message.objects.none())
    else:
        sequence = REVERSED_EVENTS
        monkeypatch.setattr("binhyen.channels.services.channel_events._remove_members", lambda *_: None)
    got, expected = play_sequence(channel, sequence)
    assert got != expected


def store_event_twice(channel: Channel, adapter: ZaloOA, body: bytes) -> None:
    for copy in ("a", "b"):
        insert_inbound(channel, copy, "user_send_text", body)


def make_reader_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make reading the message «bad» crash with an unexpected exception."""
    parse = ZaloOA.parse

    def parse_or_fail(self: ZaloOA, account: Any, name: str, body: bytes) -> Any:
        if b'"bad' in body:
            raise ZeroDivisionError("nobody thought of it")
        return parse(self, account, name, body)

    monkeypatch.setattr(ZaloOA, "parse", parse_or_fail)


def post_message(channel: Channel, bad: int) -> None:
    everything = [build_text_event(UNRELATED_QUESTION, user=f"8{i}", msg_id=f"good{i}") for i in range(30)]
    everything[10:10] = [build_text_event(user=f"7{i}", msg_id=f"bad{i}") for i in range(bad)]
    assert set(post_events(channel, *everything)) == {200}


def test_poison_dies_with_its_reason_while_neighbours_are_read(oa: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    make_reader_crash(monkeypatch)
    post_message(oa, bad=3)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # a slow machine must not reach the next retry by itself
    intake.drain_inbox()
    assert Message.objects.count() == Case.objects.count() == 30, (
        "the neighbouring messages are read at the first attempt"
    )
    rows = Inbound.objects.filter(external_id__startswith="bad")
    for attempt in range(1, MAX_INBOUND_ATTEMPTS + 1):
        assert set(rows.values_list("attempts", flat=True)) == {attempt}
        last = attempt == MAX_INBOUND_ATTEMPTS
        assert set(rows.values_list("state", "reason")) == {("DEAD" if last else "PENDING", "ZeroDivisionError")}
        assert all(bytes(row.sealed_body) for row in rows), "kept for the developer who fixes the reader"
        rows.update(due_at=moment)
        intake.drain_inbox()
    assert Message.objects.count() == 30


def test_control_without_reading_one_by_one_poison_stops_its_neighbours(
    oa: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reader_crash(monkeypatch)
    monkeypatch.setattr(intake, "_process_one_by_one", lambda: 0)
    post_message(oa, bad=1)
    intake.drain_inbox()
    assert Message.objects.count() == 0


def test_a_row_whose_commit_arrived_without_an_answer_stays_read(oa: Channel) -> None:
    post_events(oa, build_text_event(user="9001", msg_id="m1"))
    before = Inbound.objects.get()  # the row as a reader holds it when its connection dies during the commit
    intake.drain_inbox()
    inbox.record_failure(before, "OperationalError", now=clock.now())
    assert Inbound.objects.get().state == "DONE"


def test_control_a_reader_that_trusts_its_old_row_loses_it(oa: Channel) -> None:
    post_events(oa, build_text_event(user="9001", msg_id="m1"))
    before = Inbound.objects.get()
    intake.drain_inbox()
    before.attempts += 1
    before.save(update_fields=["state", "attempts"])  # as an earlier version wrote it
    intake.drain_inbox()
    assert Inbound.objects.get().state == "DEAD"
