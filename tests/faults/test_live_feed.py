"""The live feed: a client that reconnects misses nothing; no client receives foreign events; slow clients delay no other."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import transaction

from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock, sse
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.sse import CLOSE_EVENT, Feed
from binhyen.people import access
from tests.faults.desks import EventPublisher, OpenDesk, open_feed, run_with_feed
from tests.process_harness import get_owner_dsn

pytestmark = pytest.mark.fault


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


async def _drop_and_resume(made: Feed, writer: EventPublisher) -> tuple[list[list[str]], list[str]]:
    """Let 200 desks drop, each after a different number of events, and reconnect later with their last id."""
    expected: list[str] = []
    desks = [OpenDesk(made, ("unit:1",)) for _ in range(200)]
    received_ids: list[list[str]] = [[] for _ in desks]
    for round_ in range(6):
        expected += await writer.publish_events(7)
        await writer.publish_events(2, "unit:2")
        for number, desk in enumerate(desks):
            if (number + round_) % 3 == 0:  # somewhere in the middle, while further events are in flight
                await desk.disconnect()
                received_ids[number] += desk.ids
                expected += await writer.publish_events(1) if number % 60 == 0 else []
                desks[number] = OpenDesk(made, ("unit:1",), last=desk.last)
    await asyncio.gather(*(d.until(lambda d=d: d.last == expected[-1]) for d in desks))
    for number, desk in enumerate(desks):
        received_ids[number] += desk.ids
        await desk.disconnect()
    return received_ids, expected


def test_two_hundred_desks_that_drop_and_come_back_miss_and_double_nothing(real_db: None) -> None:
    received_ids, expected = run_with_feed(_drop_and_resume)
    for ids in received_ids:
        # A client that dropped before the first event had no last id; all others have everything exactly once.
        assert ids == expected[len(expected) - len(ids) :]
    assert sum(ids == expected for ids in received_ids) > 150


def test_control_a_feed_that_resumes_one_too_late_is_noticed(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    since = Feed.since

    def resume_too_late(self: Feed, last: str, topics: tuple[str, ...]) -> list[bytes]:
        return since(self, last, topics)[1:]

    monkeypatch.setattr(Feed, "since", resume_too_late)
    received_ids, expected = run_with_feed(_drop_and_resume)
    assert any(ids != expected[len(expected) - len(ids) :] for ids in received_ids)


def test_after_a_restart_of_the_gateway_nothing_is_missed(real_db: None) -> None:
    """Includes events committed without a gateway and events committed out of order; duplicates have known ids."""
    address = get_owner_dsn()

    async def run_scenario() -> None:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
            writer = EventPublisher(other)
            async with open_feed(address) as made, await psycopg.AsyncConnection.connect(address) as slow:
                early = await EventPublisher(slow).publish_events(1)  # a smaller id that commits after the larger ones
                desk = OpenDesk(made, ("unit:1",))
                first = await writer.publish_events(5)
                await desk.until(lambda: len(desk.ids) == 5)
                await desk.disconnect()
                await slow.commit()
            between = await writer.publish_events(3)
            async with open_feed(address) as again:
                back = OpenDesk(again, ("unit:1",), last=desk.last)
                after = await writer.publish_events(2)
                await back.until(lambda: after[-1] in back.ids)
                await back.disconnect()
        assert set(early + between + after) <= set(back.ids)
        assert set(back.ids) <= set(early + first + between + after)
        assert "reset" not in back.names
        dedupe = dict.fromkeys(desk.ids + back.ids)
        assert set(dedupe) == set(early + first + between + after)

    asyncio.run(run_scenario())


def test_a_desk_that_comes_back_at_another_gateway_misses_and_doubles_nothing(real_db: None) -> None:
    """Both received the events in the order of the commits."""

    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        async with open_feed(get_owner_dsn()) as other:
            desk, neighbor = OpenDesk(made, ("unit:1",)), OpenDesk(other, ("unit:1",))
            first = await writer.publish_events(5)
            await desk.until(lambda: desk.ids == first)
            await desk.disconnect()
            await writer.publish_events(3, "unit:2")
            between = await writer.publish_events(3)
            await neighbor.until(lambda: neighbor.ids == first + between)  # a gateway that lags behind answers «reset»
            await neighbor.disconnect()
            back = OpenDesk(other, ("unit:1",), last=desk.last)
            after = await writer.publish_events(2)
            await back.until(lambda: back.ids == between + after)
            await back.disconnect()

    run_with_feed(run_actions)


def test_after_what_was_read_from_rows_it_is_sent_again(real_db: None) -> None:
    """The order of events read from rows is unknown: they do not advance a browser's last id, so a gateway that read
    its position from rows goes back.
    """
    address = get_owner_dsn()

    async def run_scenario() -> None:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
            writer = EventPublisher(other)
            async with open_feed(address) as made:
                desk = OpenDesk(made, ("unit:1",))
                (last,) = await writer.publish_events(1)
                await desk.until(lambda: desk.last == last)
                await desk.disconnect()
            missed = await writer.publish_events(3)
            async with open_feed(address) as again:
                back = OpenDesk(again, ("unit:1",), last=last)
                await back.until(lambda: set(missed) <= set(back.ids))
                await back.disconnect()
                assert back.last == last and f"id: {missed[0]}" not in back.said
                twice = OpenDesk(again, ("unit:1",), last=back.last)
                (new,) = await writer.publish_events(1)
                await twice.until(lambda: twice.last == new)
                assert set(missed) <= set(twice.ids)
                await twice.disconnect()

    asyncio.run(run_scenario())


def test_what_was_committed_long_before_the_gateway_began_means_reset(real_db: None) -> None:
    """The half minute before its start was not read either."""
    address = get_owner_dsn()

    async def run_scenario() -> None:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
            marks = await EventPublisher(other).publish_events(2)
            for mark, age in zip(marks, (sse.BUFFER_SECONDS - 5, 60), strict=True):
                commit_time = clock.now() - dt.timedelta(seconds=age)
                await other.execute("UPDATE kit_liveevent SET at = %s WHERE mark = %s", [commit_time, mark])
            async with open_feed(address) as made:
                assert made.since(marks[0], ("unit:1",)) == [sse.RESET_FRAME]
                assert made.since(marks[1], ("unit:1",)) != [sse.RESET_FRAME]

    asyncio.run(run_scenario())


def test_a_mark_nobody_remembers_means_reset(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_BUFFERED", 20)

    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        desk = OpenDesk(made, ("unit:1",))
        (old,) = await writer.publish_events(1)
        await desk.until(lambda: desk.ids == [old])
        await desk.disconnect()
        await writer.publish_events(40)
        (foreign,) = await writer.publish_events(1, "unit:2")
        other = OpenDesk(made, ("unit:1", "unit:2"))
        (newest,) = await writer.publish_events(1)
        await other.until(lambda: other.ids[-1:] == [newest])
        assert made.since(foreign, ("unit:2",)) == []
        for last in (desk.last, foreign, str(uuid.uuid4()), "feed0000.1", "17", "-1", "x" * 5000, "é"):
            back = OpenDesk(made, ("unit:1",), last=last)
            await back.until(lambda b=back: b.names[:1] == ["reset"])
            (new,) = await writer.publish_events(1)
            await back.until(lambda b=back, n=new: b.ids[-1:] == [n])
            await back.disconnect()
        await other.disconnect()

    run_with_feed(run_actions)


def test_what_others_hear_makes_no_desk_forget(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise `reset` would count it."""
    monkeypatch.setattr(sse, "MAX_BUFFERED", 20)

    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        desk = OpenDesk(made, ("unit:1", "officer:7"))
        (last,) = await writer.publish_events(1)
        await desk.until(lambda: desk.last == last)
        await desk.disconnect()
        more = await writer.publish_events(15)
        for _ in range(10):
            await writer.publish_events(20, "unit:2")
        more += await writer.publish_events(1, "officer:7")
        back = OpenDesk(made, ("unit:1", "officer:7"), last=last)
        await back.until(lambda: back.ids == more)
        await back.disconnect()

    run_with_feed(run_actions)


def test_what_is_old_is_forgotten_with_its_topic(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        desk = OpenDesk(made, ("officer:7",))
        marks = await writer.publish_events(3, "officer:7")
        await desk.until(lambda: desk.ids == marks)
        await desk.disconnect()
        made.drop_expired()
        assert "officer:7" in made._rings and marks[0] in made._events
        monkeypatch.setattr(sse, "BUFFER_SECONDS", 0)
        made.drop_expired()
        assert not made._rings and not made._events, "nothing is kept for topics without events"
        assert made.since(marks[-1], ("officer:7",)) == [sse.RESET_FRAME]

    run_with_feed(run_actions)


def test_another_commune_hears_nothing_of_the_case(real_db: None, officer: Any, unit: Any) -> None:
    ours, province, other_officer = (
        officer("OFFICER", "18568"),
        officer("PROVINCE_DUTY", "42"),
        officer("CHIEF", "18073"),
    )
    operator = officer("OPERATOR", "42")
    topics = [access.list_live_topics(person) for person in (ours, province, other_officer)]
    assert access.list_live_topics(operator) == ()

    def work_on_it() -> None:
        case = open_case(unit("18568"), urgency=3)
        officer_actions.assign_to_self(code=case.code, officer=ours, version=None, now=clock.now())
        officer_actions.add_note(code=case.code, officer=ours, text="Đã đến nơi.", now=clock.now())
        open_case(unit("18073"))

    async def run_actions(made: Feed, _: EventPublisher) -> list[OpenDesk]:
        desks = [OpenDesk(made, topics_of_desk) for topics_of_desk in topics]
        await asyncio.to_thread(run_until_closed, work_on_it)
        await asyncio.gather(desks[0].until(lambda: len(desks[0].ids) >= 4), desks[2].until(lambda: bool(desks[2].ids)))
        await desks[1].until(lambda: desks[2].ids[-1] in desks[1].ids)
        for desk in desks:
            await desk.disconnect()
        return desks

    own_desk, all_, other_desk = run_with_feed(run_actions)
    assert not set(own_desk.ids) & set(other_desk.ids)
    assert len(other_desk.ids) == len(set(other_desk.ids)) == 1, "only the case of their own commune"
    alarm_ids = set(own_desk.ids) - set(
        all_.ids
    )  # the alarm is raised in the commune; the province does not receive it yet
    assert len(alarm_ids) == 1 and (set(own_desk.ids) | set(other_desk.ids)) - alarm_ids == set(all_.ids)


def run_until_closed(work: Callable[[], None]) -> None:
    from django.db import connection

    try:
        work()
    finally:
        connection.close()


def test_what_is_rolled_back_is_never_heard(real_db: None) -> None:
    def publish_and_roll_back() -> None:
        with transaction.atomic():
            publish_live([LiveEventData(("unit:1",), "case", {"case": "X"})], now=clock.now())
            transaction.set_rollback(True)

    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        desk = OpenDesk(made, ("unit:1",))
        await asyncio.to_thread(run_until_closed, publish_and_roll_back)
        ids = await writer.publish_events(1)
        await desk.until(lambda: bool(desk.ids))
        assert desk.ids == ids
        await desk.disconnect()

    run_with_feed(run_actions)


def test_close_ends_the_streams_of_its_topics_only(real_db: None) -> None:
    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        closed, open_ = OpenDesk(made, ("unit:1", "officer:7")), OpenDesk(made, ("unit:1", "officer:8"))
        await writer.publish_events(1, "officer:7", CLOSE_EVENT)
        await closed.until(lambda: closed.ended)
        assert closed.names == [CLOSE_EVENT]
        ids = await writer.publish_events(1)
        await open_.until(lambda: open_.ids == ids)
        assert not open_.ended
        assert made._subscribers.keys() == {"unit:1", "officer:8"}, "nothing is kept for clients that left"
        await open_.disconnect()

    run_with_feed(run_actions)


def test_the_first_desks_are_told_before_the_last_are_woken(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_WAKE_BATCH", 10)

    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        desks = [OpenDesk(made, ("unit:1",)) for _ in range(40)]
        for _ in range(3):
            await asyncio.sleep(0)  # they subscribe and wait
        for number in range(3):  # events that arrive meanwhile are included
            made.publish_event(str(number), ("unit:1",), "case", {})
        progress = []
        while (complete_desks := sum(desk.ids == ["0", "1", "2"] for desk in desks)) < len(desks):
            progress.append(complete_desks)
            await asyncio.sleep(0)
        assert {0, 10, 20, 30} <= set(progress)
        for desk in desks:
            await desk.disconnect()

    run_with_feed(run_actions)


def test_a_slow_reader_holds_up_nobody_and_is_let_go(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_MAX_BACKLOG", 50)

    async def run_actions(made: Feed, writer: EventPublisher) -> None:
        slow = OpenDesk(made, ("unit:1",), slow=True)
        quick = [OpenDesk(made, ("unit:1",)) for _ in range(20)]
        expected: list[str] = []

        def get_level(desk: OpenDesk) -> Callable[[], bool]:
            return lambda: desk.ids == expected

        for _ in range(10):
            expected += await writer.publish_events(10)
            await asyncio.gather(*(desk.until(get_level(desk)) for desk in quick))
        (listener,) = [subscriber for subscriber in made._all_subscribers if subscriber.closed]
        assert len(listener.frames) <= 52, "it costs no more than its backlog"
        slow._read.set()
        await slow.until(lambda: slow.ended)
        back = OpenDesk(made, ("unit:1",), last=slow.last)
        await back.until(lambda: back.last == expected[-1])
        assert slow.ids + back.ids == expected, "and after reconnecting it has missed nothing"
        for desk in [*quick, back]:
            await desk.disconnect()

    run_with_feed(run_actions)


async def _lose_the_database(made: Feed, writer: EventPublisher) -> list[str]:
    """Return the event names that a desk receives, in order, while the feed's connection dies and reconnects."""
    desk = OpenDesk(made, ("unit:1",))
    expected = await writer.publish_events(3)
    await desk.until(lambda: desk.ids == expected)
    killed = await writer.connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE '%%SELECT mark::text%%' AND pid <> pg_backend_pid()"
    )
    assert killed.rowcount == 1
    expected += await writer.publish_events(4)
    await desk.until(lambda: sorted(desk.ids) == sorted(expected))
    expected += await writer.publish_events(1)
    await desk.until(lambda: desk.ids[-1] == expected[-1])
    await desk.disconnect()
    return desk.names


def test_a_lost_connection_to_the_database_is_told_and_made_good(real_db: None) -> None:
    event_names = run_with_feed(_lose_the_database)
    assert event_names == ["case"] * 3 + ["deaf"] + ["case"] * 4 + ["hears", "case"]


def test_control_a_feed_that_hides_its_deafness_is_noticed(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feed, "_set_disconnected", lambda *_: None)
    assert "deaf" not in run_with_feed(_lose_the_database)


def test_who_opens_a_page_meanwhile_is_told_too() -> None:
    async def run_scenario() -> None:
        made = Feed("postgresql://127.0.0.1:1/nobody")
        task = asyncio.create_task(made.run())
        early = OpenDesk(made, ("unit:1",))
        await early.until(lambda: early.names == ["deaf"])
        late = OpenDesk(made, ("unit:1",))
        await late.until(lambda: late.names == ["deaf"])
        for desk in (early, late):
            await desk.disconnect()
        task.cancel()

    asyncio.run(run_scenario())
