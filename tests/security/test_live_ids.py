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
from binhyen.kit.live_events import Live, publish
from binhyen.kit.models import LiveEvent
from binhyen.kit.sse import Feed
from binhyen.people import access
from tests.faults.desks import OpenDesk, Writer, numbered, opened, unmarked, with_feed
from tests.process_harness import dsn

pytestmark = pytest.mark.fault
Deed = Callable[[], None]


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


@pytest.fixture
def ours(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


@pytest.fixture
def theirs(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18073")


def _deed(work: Deed) -> None:
    try:
        work()
    finally:
        connection.close()


def _stream(ours: Any, between: Deed) -> str:
    """Return an officer's stream of three own events while others act: at once, and after reconnecting twice."""
    topics = access.live_topics(ours)

    def own(version: int) -> Deed:
        return lambda: publish([Live(topics, "case", {"case": "K7M29QXD", "version": version})], now=clock.now())

    async def work(made: Feed, _: Writer) -> str:
        desk = OpenDesk(made, topics)
        for version in (1, 2, 3):
            await asyncio.to_thread(_deed, own(version))
            await asyncio.to_thread(_deed, between)
        await desk.until(lambda: len(desk.ids) == 3)
        first = desk.said.partition("id: ")[2].partition("\n")[0]
        back = OpenDesk(made, topics, last=first)
        await back.until(lambda: len(back.ids) == 2)
        async with opened(dsn()) as again:
            late = OpenDesk(again, topics, last=first)
            await late.until(lambda: len(late.ids) == 3)
            await late.drop()
        for one in (desk, back):
            await one.drop()
        return unmarked("".join(one.said for one in (desk, back, late)))

    try:
        return with_feed(work)
    finally:
        LiveEvent.objects.all().delete()


def _others(unit: Any, officer: Any) -> Deed:
    """Create and work on a case of another commune: four events."""

    def work() -> None:
        case = open_case(unit("18073"), urgency=3)
        officer_actions.take(code=case.code, officer=officer, version=None, now=clock.now())
        officer_actions.note(code=case.code, officer=officer, text="Đã đến nơi.", now=clock.now())

    return work


def test_the_stream_is_the_same_with_and_without_what_others_hear(
    real_db: None, unit: Any, ours: Any, theirs: Any
) -> None:
    alone = _stream(ours, lambda: None)
    assert alone.count("K7M29QXD") == 8 and "mark 2" in alone and "mark 3" not in alone
    assert _stream(ours, _others(unit, theirs)) == alone


def test_control_running_numbers_tell_that_something_happened(
    real_db: None, unit: Any, ours: Any, theirs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Feed, "hear", numbered(Feed.hear))
    alone = _stream(ours, lambda: None)
    assert _stream(ours, lambda: None) == alone
    assert _stream(ours, _others(unit, theirs)) != alone


def test_marks_have_no_order(real_db: None) -> None:
    """500 in a row: about half are greater than the one before."""

    async def work(made: Feed, writer: Writer) -> list[str]:
        return await writer.say(500)

    marks = with_feed(work)
    assert len(set(marks)) == 500
    assert 200 < sum(one < other for one, other in itertools.pairwise(marks)) < 300
