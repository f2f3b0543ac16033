"""A session that loses the right to listen receives nothing more: open streams end with the action, and no cache
restores them.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.db import connection

from binhyen.gateway import Door, SignIns
from binhyen.kit import clock
from binhyen.kit.live_events import Live, publish
from binhyen.kit.sse import FOR_EVER, Feed
from binhyen.people import services
from binhyen.people.models import Officer, SignIn
from tests.process_harness import dsn

pytestmark = pytest.mark.fault
OLD, NEW = "mat-khau-cu-day", "mat-khau-moi-day"
Deed = Callable[[Officer, Any], object]


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


class Stream:
    """One request for /live: status, body, whether it ended by itself."""

    def __init__(self, door: Door, session_key: str, last: str = "") -> None:
        headers = [(b"cookie", f"binhyen_session={session_key}".encode())]
        headers += [(b"last-event-id", last.encode())] if last else []
        self._scope = {"type": "http", "method": "GET", "path": "/live", "headers": headers, "query_string": b""}
        self.status, self.said = 0, ""
        self._moved, self._gone = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(door(self._scope, self._receive, self._send))
        self.task.add_done_callback(lambda _: self._moved.set())

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.said += message.get("body", b"").decode()
        self._moved.set()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not what():
                self._moved.clear()
                if not what():
                    await self._moved.wait()

    async def leave(self) -> None:
        self._gone.set()
        await self.task


@asynccontextmanager
async def running() -> AsyncIterator[Door]:
    door = Door(dsn(), "/nowhere.sock", "/nowhere.sock")
    await door.sign_ins.pool.open()
    feed = asyncio.create_task(door.feed.run())
    try:
        yield door
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await door.sign_ins.pool.close()


async def deed(work: Callable[[], object]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    await asyncio.to_thread(run)


def say(name: str, officer: Officer) -> Callable[[], None]:
    return lambda: publish([Live((f"officer:{officer.pk}",), name, {})], now=clock.now())


async def heard(stream: Stream, officer: Officer) -> None:
    """Wait until the stream is live: an event to the officer arrives by notification, not from rows (it has an id)."""
    await stream.until(lambda: stream.status == 200)
    async with asyncio.timeout(20):
        while "id: " not in stream.said:
            await deed(say("probe", officer))
            await asyncio.wait([asyncio.create_task(stream._moved.wait())], timeout=0.05)


def people(officer: Callable[..., Officer]) -> tuple[Officer, Officer]:
    mine, colleague = officer(), officer()
    mine.set_password(OLD)
    mine.save()
    now = clock.now()
    for person in (mine, colleague):
        services.open_sign_in(officer=person, session_key=f"key-{person.pk}", how="totp", now=now)
    return mine, colleague


def sign_out(officer: Officer, unit: Any) -> object:
    return services.end_sign_in(session_key=f"key-{officer.pk}", now=clock.now())


def transfer(officer: Officer, unit: Any) -> object:
    return services.transfer(officer_id=officer.pk, unit_id=unit("18073").pk, actor="test", now=clock.now())


def deactivate(officer: Officer, unit: Any) -> object:
    return services.deactivate(officer_id=officer.pk, actor="test", now=clock.now())


def new_password(officer: Officer, unit: Any) -> object:
    return services.change_password(officer_id=officer.pk, old=OLD, new=NEW, now=clock.now())


async def _lose(
    mine: Officer, colleague: Officer, work: Callable[[], object], *, within: float = 2
) -> tuple[bool, int, bool]:
    """Return after the action: whether the stream ended in time, the new status for the same cookie, whether the
    colleague's stream stays.
    """
    async with running() as door:
        stream, other = Stream(door, f"key-{mine.pk}"), Stream(door, f"key-{colleague.pk}")
        await heard(stream, mine)
        await heard(other, colleague)
        await deed(work)
        ended, _ = await asyncio.wait([stream.task], timeout=within)
        again = Stream(door, f"key-{mine.pk}")
        await again.until(lambda: again.status != 0)
        stays = not other.task.done()
        for one in (stream, again, other):
            await one.leave()
        return bool(ended), again.status, stays


@pytest.mark.parametrize("work", [sign_out, transfer, deactivate, new_password])
def test_the_stream_ends_at_once_and_does_not_come_back(
    real_db: None, officer: Callable[..., Officer], unit: Any, work: Deed
) -> None:
    mine, colleague = people(officer)
    assert asyncio.run(_lose(mine, colleague, lambda: work(mine, unit))) == (True, 204, True)


def test_control_without_the_word_close_it_stays_open(
    real_db: None, officer: Callable[..., Officer], unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, colleague = people(officer)
    monkeypatch.setattr("binhyen.people.services.sessions.publish", lambda *args, **more: None)
    assert asyncio.run(_lose(mine, colleague, lambda: sign_out(mine, unit))) == (False, 200, True)


def test_control_a_door_that_goes_on_believing_lets_it_back(
    real_db: None, officer: Callable[..., Officer], unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, colleague = people(officer)
    monkeypatch.setattr(SignIns, "forget", lambda self, topics: None)
    assert asyncio.run(_lose(mine, colleague, lambda: sign_out(mine, unit))) == (True, 200, True)


ALMOST = 5  # seconds: by then even a slow machine has opened its streams


def _almost_over(officer: Officer) -> None:
    SignIn.objects.filter(officer=officer).update(expires_at=clock.now() + dt.timedelta(seconds=ALMOST))


def _outlive(mine: Officer, colleague: Officer) -> tuple[bool, int, bool]:
    """Check the same without an action, when the session expires."""
    return asyncio.run(_lose(mine, colleague, lambda: None, within=ALMOST + 2))


def test_the_stream_ends_with_the_time_of_its_session(real_db: None, officer: Callable[..., Officer]) -> None:
    mine, colleague = people(officer)
    _almost_over(mine)
    assert _outlive(mine, colleague) == (True, 204, True)


def test_control_a_stream_that_outlives_its_session_is_noticed(
    real_db: None, officer: Callable[..., Officer], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = Feed.serve
    monkeypatch.setattr(Feed, "serve", lambda *args, **more: serve(*args, **more | {"lasts": FOR_EVER}))
    mine, colleague = people(officer)
    _almost_over(mine)
    assert _outlive(mine, colleague) == (False, 204, True)


def test_a_kept_session_comes_back_and_goes_on(real_db: None, officer: Callable[..., Officer]) -> None:
    """Its stream ends too and resumes: the end of another session is not repeated to authorised listeners."""
    mine, _ = people(officer)

    async def run() -> Stream:
        async with running() as door:
            first = Stream(door, f"key-{mine.pk}")
            await heard(first, mine)
            last = first.said.rpartition("id: ")[2].split("\n")[0]
            await deed(
                lambda: services.change_password(
                    officer_id=mine.pk, old=OLD, new=NEW, keep_session=f"key-{mine.pk}", now=clock.now()
                )
            )
            await first.until(first.task.done)
            await deed(say("meanwhile", mine))
            again = Stream(door, f"key-{mine.pk}", last)
            await again.until(lambda: "event: meanwhile" in again.said)
            await again.leave()
            return again

    again = asyncio.run(run())
    assert again.status == 200 and "event: close" not in again.said
