"""The live feed does not reveal the number of hidden events: two worlds, with and without others' events, give one
stream.

Through the real database, the register's own actions and a feed that listens; also for desks that drop and reconnect,
at the same gateway and at one that was started meanwhile.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.models import LiveEvent
from binhyen.kit.sse import Feed
from binhyen.people import access
from tests.faults.desks import (
    EventPublisher,
    OpenDesk,
    open_feed,
    replace_random_ids,
    run_with_feed,
    use_sequential_ids,
)
from tests.process_harness import get_owner_dsn

pytestmark = pytest.mark.fault
Action = Callable[[], None]


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


@pytest.fixture
def own_officer(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


@pytest.fixture
def stranger(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18073")


def run_action(work: Action) -> None:
    try:
        work()
    finally:
        connection.close()


def read_stream(own_officer: Any, between: Action) -> str:
    """Return an officer's stream of three own events while others act: at once, and after reconnecting twice."""
    topics = access.list_live_topics(own_officer)

    def publish_own(version: int) -> Action:
        return lambda: publish_live(
            [LiveEventData(topics, "case", {"case": "K7M29QXD", "version": version})], now=clock.now()
        )

    async def act_and_listen(made: Feed, _: EventPublisher) -> str:
        desk = OpenDesk(made, topics)
        for version in (1, 2, 3):
            await asyncio.to_thread(run_action, publish_own(version))
            await asyncio.to_thread(run_action, between)
        await desk.until(lambda: len(desk.ids) == 3)
        first = desk.said.partition("id: ")[2].partition("\n")[0]
        back = OpenDesk(made, topics, last=first)
        await back.until(lambda: len(back.ids) == 2)
        async with open_feed(get_owner_dsn()) as again:
            late = OpenDesk(again, topics, last=first)
            await late.until(lambda: len(late.ids) == 3)
            await late.disconnect()
        for open_desk in (desk, back):
            await open_desk.disconnect()
        return replace_random_ids("".join(open_desk.said for open_desk in (desk, back, late)))

    try:
        return run_with_feed(act_and_listen)
    finally:
        LiveEvent.objects.all().delete()


def work_on_other_case(unit: Any, officer: Any) -> Action:
    """Create and work on a case of another commune: four events."""

    def create_and_work() -> None:
        case = open_case(unit("18073"), urgency=3)
        officer_actions.assign_to_self(code=case.code, officer=officer, version=None, now=clock.now())
        officer_actions.add_note(code=case.code, officer=officer, text="Đã đến nơi.", now=clock.now())

    return create_and_work


def test_the_stream_is_the_same_with_and_without_what_others_hear(
    real_db: None, unit: Any, own_officer: Any, stranger: Any
) -> None:
    alone = read_stream(own_officer, lambda: None)
    assert alone.count("K7M29QXD") == 8 and "mark 2" in alone and "mark 3" not in alone
    assert read_stream(own_officer, work_on_other_case(unit, stranger)) == alone


def test_control_running_numbers_tell_that_something_happened(
    real_db: None, unit: Any, own_officer: Any, stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Feed, "publish_event", use_sequential_ids(Feed.publish_event))
    alone = read_stream(own_officer, lambda: None)
    assert read_stream(own_officer, lambda: None) == alone
    assert read_stream(own_officer, work_on_other_case(unit, stranger)) != alone


def test_marks_have_no_order(real_db: None) -> None:
    """500 in a row: about half are greater than the one before."""

    async def publish_many(made: Feed, writer: EventPublisher) -> list[str]:
        return await writer.publish_events(500)

    marks = run_with_feed(publish_many)
    assert len(set(marks)) == 500
    assert 200 < sum(previous < following for previous, following in itertools.pairwise(marks)) < 300
