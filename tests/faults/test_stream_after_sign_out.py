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

from binhyen.gateway import Gateway, SessionTopics
from binhyen.kit import clock
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.sse import MAX_STREAM_SECONDS, Feed
from binhyen.people import services
from binhyen.people.models import Officer, SignIn
from tests.process_harness import get_owner_dsn

pytestmark = pytest.mark.fault
OLD, NEW = "mat-khau-cu-day", "mat-khau-moi-day"
Action = Callable[[Officer, Any], object]


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


class LiveStream:
    """One request for /live: status, body, whether it ended by itself."""

    def __init__(self, gateway: Gateway, session_key: str, last: str = "") -> None:
        headers = [(b"cookie", f"binhyen_session={session_key}".encode())]
        headers += [(b"last-event-id", last.encode())] if last else []
        self._scope = {"type": "http", "method": "GET", "path": "/live", "headers": headers, "query_string": b""}
        self.status, self.said = 0, ""
        self._moved, self._gone = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(gateway(self._scope, self._receive, self._send))
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

    async def disconnect(self) -> None:
        self._gone.set()
        await self.task


@asynccontextmanager
async def run_gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway(get_owner_dsn(), "/nowhere.sock", "/nowhere.sock")
    await gateway.sign_ins.pool.open()
    feed = asyncio.create_task(gateway.feed.run())
    try:
        yield gateway
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await gateway.sign_ins.pool.close()


async def run_action(work: Callable[[], object]) -> None:
    def run_in_thread() -> None:
        try:
            work()
        finally:
            connection.close()

    await asyncio.to_thread(run_in_thread)


def publish_event(name: str, officer: Officer) -> Callable[[], None]:
    return lambda: publish_live([LiveEventData((f"officer:{officer.pk}",), name, {})], now=clock.now())


async def wait_until_live(stream: LiveStream, officer: Officer) -> None:
    """Wait until the stream is live: an event to the officer arrives by notification, not from rows (it has an id)."""
    await stream.until(lambda: stream.status == 200)
    async with asyncio.timeout(20):
        while "id: " not in stream.said:
            await run_action(publish_event("probe", officer))
            await asyncio.wait([asyncio.create_task(stream._moved.wait())], timeout=0.05)


def make_people(officer: Callable[..., Officer]) -> tuple[Officer, Officer]:
    session_owner, colleague = officer(), officer()
    session_owner.set_password(OLD)
    session_owner.save()
    now = clock.now()
    for person in (session_owner, colleague):
        services.open_sign_in(officer=person, session_key=f"key-{person.pk}", how="totp", now=now)
    return session_owner, colleague


def sign_person_out(officer: Officer, unit: Any) -> object:
    return services.end_sign_in(session_key=f"key-{officer.pk}", now=clock.now())


def transfer_person(officer: Officer, unit: Any) -> object:
    return services.transfer_officer(officer_id=officer.pk, unit_id=unit("18073").pk, actor="test", now=clock.now())


def deactivate_account(officer: Officer, unit: Any) -> object:
    return services.deactivate_officer(officer_id=officer.pk, actor="test", now=clock.now())


def set_new_password(officer: Officer, unit: Any) -> object:
    return services.change_password(officer_id=officer.pk, old=OLD, new=NEW, now=clock.now())


async def act_and_observe(
    person: Officer, colleague: Officer, work: Callable[[], object], *, within: float = 2
) -> tuple[bool, int, bool]:
    """Return after the action: whether the stream ended in time, the new status for the same cookie, whether the
    colleague's stream stays.
    """
    async with run_gateway() as gateway:
        stream, other = LiveStream(gateway, f"key-{person.pk}"), LiveStream(gateway, f"key-{colleague.pk}")
        await wait_until_live(stream, person)
        await wait_until_live(other, colleague)
        await run_action(work)
        ended, _ = await asyncio.wait([stream.task], timeout=within)
        again = LiveStream(gateway, f"key-{person.pk}")
        await again.until(lambda: again.status != 0)
        colleague_stays = not other.task.done()
        for open_stream in (stream, again, other):
            await open_stream.disconnect()
        return bool(ended), again.status, colleague_stays


@pytest.mark.parametrize("work", [sign_person_out, transfer_person, deactivate_account, set_new_password])
def test_the_stream_ends_at_once_and_does_not_come_back(
    real_db: None, officer: Callable[..., Officer], unit: Any, work: Action
) -> None:
    person, colleague = make_people(officer)
    assert asyncio.run(act_and_observe(person, colleague, lambda: work(person, unit))) == (True, 204, True)


def test_control_without_the_word_close_it_stays_open(
    real_db: None, officer: Callable[..., Officer], unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, colleague = make_people(officer)
    monkeypatch.setattr("binhyen.people.services.sessions.publish_live", lambda *args, **more: None)
    assert asyncio.run(act_and_observe(person, colleague, lambda: sign_person_out(person, unit))) == (False, 200, True)


def test_control_a_gateway_that_goes_on_believing_lets_it_back(
    real_db: None, officer: Callable[..., Officer], unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, colleague = make_people(officer)
    monkeypatch.setattr(SessionTopics, "forget_topics", lambda self, topics: None)
    assert asyncio.run(act_and_observe(person, colleague, lambda: sign_person_out(person, unit))) == (True, 200, True)


REMAINING_SECONDS = 5  # seconds: by then even a slow machine has opened its streams


def set_session_nearly_expired(officer: Officer) -> None:
    SignIn.objects.filter(officer=officer).update(expires_at=clock.now() + dt.timedelta(seconds=REMAINING_SECONDS))


def expire_and_observe(person: Officer, colleague: Officer) -> tuple[bool, int, bool]:
    """Check the same without an action, when the session expires."""
    return asyncio.run(act_and_observe(person, colleague, lambda: None, within=REMAINING_SECONDS + 2))


def test_the_stream_ends_with_the_time_of_its_session(real_db: None, officer: Callable[..., Officer]) -> None:
    person, colleague = make_people(officer)
    set_session_nearly_expired(person)
    assert expire_and_observe(person, colleague) == (True, 204, True)


def test_control_a_stream_that_outlives_its_session_is_noticed(
    real_db: None, officer: Callable[..., Officer], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = Feed.serve
    monkeypatch.setattr(Feed, "serve", lambda *args, **more: serve(*args, **more | {"max_seconds": MAX_STREAM_SECONDS}))
    person, colleague = make_people(officer)
    set_session_nearly_expired(person)
    assert expire_and_observe(person, colleague) == (False, 204, True)


def test_a_kept_session_comes_back_and_goes_on(real_db: None, officer: Callable[..., Officer]) -> None:
    """Its stream ends too and resumes: the end of another session is not repeated to authorised listeners."""
    person, _ = make_people(officer)

    async def run_scenario() -> LiveStream:
        async with run_gateway() as gateway:
            first = LiveStream(gateway, f"key-{person.pk}")
            await wait_until_live(first, person)
            last = first.said.rpartition("id: ")[2].split("\n")[0]
            await run_action(
                lambda: services.change_password(
                    officer_id=person.pk, old=OLD, new=NEW, keep_session=f"key-{person.pk}", now=clock.now()
                )
            )
            await first.until(first.task.done)
            await run_action(publish_event("meanwhile", person))
            again = LiveStream(gateway, f"key-{person.pk}", last)
            await again.until(lambda: "event: meanwhile" in again.said)
            await again.disconnect()
            return again

    again = asyncio.run(run_scenario())
    assert again.status == 200 and "event: close" not in again.said
