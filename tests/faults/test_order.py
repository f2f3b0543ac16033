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
from binhyen.channels.retry_policy import INBOUND_TRIES, inbound_context
from binhyen.channels.services import inbox
from binhyen.intake import inbox_worker as intake
from binhyen.kit import clock
from binhyen.vault import group_keys
from binhyen.vault.models import Contact
from binhyen.vault.services import addresses
from tests.faults.doorway import ALONE, APP, FIGHT, OA, milliseconds, put, said, zalo_channel

pytestmark = pytest.mark.fault

PEOPLE = ("9001", "9002", "9003")
GROUP = "g-one"
START = clock.now() - dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """One event at Zalo in second `at`; when and how often it is delivered varies."""

    at: int
    kind: str  # a message, follow, unfollow, join, leave, or an event unknown to every adapter
    who: str

    def webhook(self) -> dict[str, Any]:
        moment = START + dt.timedelta(seconds=self.at)
        base: dict[str, Any] = {"app_id": APP, "oa_id": OA, "timestamp": milliseconds(moment)}
        if self.kind == "says":
            return said(FIGHT, user=self.who, msg_id=f"m{self.at}", at=moment)
        if self.kind == "follows":
            return base | {"event_name": "follow", "follower": {"id": self.who}}
        if self.kind == "unfollows":
            return base | {"event_name": "unfollow", "follower": {"id": self.who}}
        if self.kind in ("joins", "leaves"):
            name = "user_join_group" if self.kind == "joins" else "user_out_group"
            return base | {"event_name": name, "group_id": GROUP, "users": [{"id": self.who}]}
        return base | {"event_name": "user_dances", "user_id": self.who}


@dataclass(slots=True)
class Model:
    """The expected final state for a set of received events, whatever their order and number."""

    heard: set[Happened] = field(default_factory=set)

    def of(self, who: str, *kinds: str) -> list[Happened]:
        return sorted((h for h in self.heard if h.who == who and h.kind in kinds), key=lambda h: h.at)

    def state(self) -> dict[str, Any]:
        says = {h for h in self.heard if h.kind == "says"}
        life = {who: self.of(who, "joins", "leaves") for who in PEOPLE}
        follows = {who: self.of(who, "says", "follows", "unfollows") for who in PEOPLE}
        dances = sum(h.kind == "dances" for h in self.heard)
        return {
            "rows": len(self.heard),
            "messages": sorted((f"m{h.at}", h.who) for h in says),
            "cases": sorted({h.who for h in says}),
            "held": len(says),
            "letters": sorted({h.who for h in says}),
            "members": sorted(who for who, h in life.items() if h and h[-1].kind == "joins"),
            "gone": sorted(who for who, h in follows.items() if h and h[-1].kind == "unfollows"),
            "last": {who: h[-1].at for who in PEOPLE if (h := self.of(who, "says", "follows"))},
            "unknown": {"user_dances": dances} if dances else {},
        }


def found(channel: Channel) -> dict[str, Any]:
    """Return the same facts from the database."""
    ids = addresses(channel.pk, Contact.objects.values_list("reporter_id", flat=True))
    spoken = Conversation.objects.exclude(last_interaction_at=None)
    return {
        "rows": Inbound.objects.exclude(state="PENDING").count(),
        "messages": sorted((m.outside_id, ids[m.reporter_id]) for m in Message.objects.all()),
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
def sequences(draw: st.DrawFn) -> list[Happened | None]:
    """Generate deliveries: events in any order, some never (a gap), some repeatedly; None = the reader runs."""
    things = [
        Happened(at, draw(st.sampled_from(KINDS)), draw(st.sampled_from(PEOPLE)))
        for at in range(draw(st.integers(1, 9)))
    ]
    arriving = st.one_of(st.sampled_from(things), st.sampled_from(things), st.none())
    return draw(st.lists(arriving, min_size=1, max_size=16))


def play(channel: Channel, sequence: list[Happened | None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (actual, expected). Everything is rolled back afterwards."""
    adapter, model = ZaloOA(), Model()
    with transaction.atomic():
        seat = areas.directory()
        group = Group.objects.create(
            channel=channel, area_id=seat.province_area_id, unit_id=seat.province_unit_id, level="COMMUNE",
            name="Nhóm", state="OPEN", outside_id=GROUP, opened_at=START,
        )  # fmt: skip
        for one in sequence:
            if one is None:
                intake.drain()
                continue
            model.heard.add(one)
            body = orjson.dumps(one.webhook())
            _store(channel, adapter, body)
        intake.drain()
        group.refresh_from_db()
        got, expected = found(channel), model.state()
        newest = GroupSize.objects.filter(group=group).order_by("day").last()
        assert group.members == len(got["members"]) == (newest.members if newest else 0)
        transaction.set_rollback(True)
    return got, expected


def _store(channel: Channel, adapter: ZaloOA, body: bytes) -> None:
    """Store an event as the gateway does after the signature check."""
    from binhyen.channels.kinds.zalo_oa import events
    from binhyen.channels.kinds.zalo_oa.payloads import Event

    outside = Event.model_validate(orjson.loads(body))
    _take_in(channel, events.outside_id(outside), outside.event_name, body)


def _take_in(channel: Channel, outside_id: str, event: str, body: bytes) -> None:
    raw = group_keys.seal("INTAKE", body, context=inbound_context(channel.pk, outside_id))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channels_take_in(%s, %s, %s, %s, %s::timestamptz[], %s, %s)",
            [[channel.pk], [outside_id], [event], [raw], [clock.now()], [""], clock.now()],
        )


@pytest.mark.django_db
@settings(max_examples=220, deadline=None, database=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(sequence=sequences())
def test_the_end_is_the_same_whatever_the_order(sequence: list[Happened | None]) -> None:
    got, expected = play(zalo_channel(), sequence)
    assert got == expected


WRONG_WAY_ROUND = [Happened(2, "leaves", "9001"), None, Happened(1, "joins", "9001")]


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["messages", "order"])
def test_control_the_model_notices(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader without deduplication, and a member list that trusts the last event received."""
    channel = zalo_channel()
    if broken == "messages":
        sequence: list[Happened | None] = [Happened(1, "says", "9001"), None]
        monkeypatch.setattr("tests.faults.test_order._store", _store_twice)
        monkeypatch.setattr(Message.objects, "filter", lambda **_: Message.objects.none())
    else:
        sequence = WRONG_WAY_ROUND
        monkeypatch.setattr("binhyen.channels.services.channel_events._leave", lambda *_: None)
    got, expected = play(channel, sequence)
    assert got != expected


def _store_twice(channel: Channel, adapter: ZaloOA, body: bytes) -> None:
    for copy in ("a", "b"):
        _take_in(channel, copy, "user_send_text", body)


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make reading the message «bad» crash with an unexpected exception."""
    parse = ZaloOA.parse

    def parse_or_crash(self: ZaloOA, account: Any, name: str, body: bytes) -> Any:
        if b'"bad' in body:
            raise ZeroDivisionError("nobody thought of it")
        return parse(self, account, name, body)

    monkeypatch.setattr(ZaloOA, "parse", parse_or_crash)


def tell(channel: Channel, bad: int) -> None:
    everything = [said(ALONE, user=f"8{i}", msg_id=f"good{i}") for i in range(30)]
    everything[10:10] = [said(user=f"7{i}", msg_id=f"bad{i}") for i in range(bad)]
    assert set(put(channel, *everything)) == {200}


def test_poison_dies_with_its_reason_while_neighbours_are_read(oa: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(monkeypatch)
    tell(oa, bad=3)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # a slow machine must not reach the next retry by itself
    intake.drain()
    assert Message.objects.count() == Case.objects.count() == 30, (
        "the neighbouring messages are read at the first attempt"
    )
    rows = Inbound.objects.filter(outside_id__startswith="bad")
    for attempt in range(1, INBOUND_TRIES + 1):
        assert set(rows.values_list("attempts", flat=True)) == {attempt}
        last = attempt == INBOUND_TRIES
        assert set(rows.values_list("state", "reason")) == {("DEAD" if last else "PENDING", "ZeroDivisionError")}
        assert all(bytes(row.raw) for row in rows), "kept for the developer who fixes the reader"
        rows.update(due_at=moment)
        intake.drain()
    assert Message.objects.count() == 30


def test_control_without_reading_one_by_one_poison_stops_its_neighbours(
    oa: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch)
    monkeypatch.setattr(intake, "_one_by_one", lambda: 0)
    tell(oa, bad=1)
    intake.drain()
    assert Message.objects.count() == 0


def test_a_row_whose_commit_arrived_without_an_answer_stays_read(oa: Channel) -> None:
    put(oa, said(user="9001", msg_id="m1"))
    before = Inbound.objects.get()  # the row as a reader holds it when its connection dies during the commit
    intake.drain()
    inbox.failed(before, "OperationalError", now=clock.now())
    assert Inbound.objects.get().state == "DONE"


def test_control_a_reader_that_trusts_its_old_row_loses_it(oa: Channel) -> None:
    put(oa, said(user="9001", msg_id="m1"))
    before = Inbound.objects.get()
    intake.drain()
    before.attempts += 1
    before.save(update_fields=["state", "attempts"])  # as an earlier version wrote it
    intake.drain()
    assert Inbound.objects.get().state == "DEAD"
