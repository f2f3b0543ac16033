"""A power failure while webhooks are answered (F3, F7): every one answered 200 is stored, and none twice.

All of PostgreSQL dies at one moment, so data that it had not written to the disk is lost; the flushes counted by
PostgreSQL prove that data was flushed and not only passed to the kernel. Zalo resends unanswered webhooks.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binhyen.doctor import _server
from binhyen.kit import clock
from tests.faults.harness import Letter, Own, senders
from tests.process_harness import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(280)]
CUTS = 6
_FLUSHES = "SELECT pg_stat_force_next_flush(), (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')"


def door(own: Own) -> None:
    own.start("door")
    until(lambda: own.post(Letter("", "", b"{}", "")) == 400, 20, "door")


@contextmanager
def set_to(own: Own, **settings: str) -> Iterator[None]:
    """Change the server's settings, as a careless operator would."""

    def tell(sql: str) -> None:
        own.ask(sql)
        own.ask("SELECT pg_reload_conf()")

    for name, value in settings.items():
        tell(f"ALTER SYSTEM SET {name} = '{value}'")
    for name, value in settings.items():
        until(lambda name=name, value=value: own.ask(f"SHOW {name}") == [(value,)], 10, name)  # type: ignore[misc]
    try:
        yield
    finally:
        until(lambda: own.ask("SELECT 1"), 20, "database")
        tell("ALTER SYSTEM RESET ALL")
        until(lambda: own.ask("SHOW fsync") + own.ask("SHOW synchronous_commit") == [("on",), ("on",)], 10, "settings")


def stored(own: Own) -> dict[str, int]:
    until(lambda: own.ask("SELECT 1"), 20, "database")
    return dict(own.ask("SELECT outside_id, count(*) FROM channels_inbound GROUP BY 1"))


def test_what_was_answered_is_there_after_every_cut_and_none_twice(own: Own) -> None:
    door(own)
    with senders(own.letters(3000), own.post, people=8, pace=0.005) as answered:
        for _ in range(CUTS):
            before = len(answered)
            until(lambda before=before: len(answered) > before + 40, 40, "webhooks answered")  # type: ignore[misc]
            told = list(answered)
            own.cut_power()
            own.bring_back()
            there = stored(own)
            lost = [letter.msg_id for letter in told if there.get(_row(there, letter.msg_id)) != 1]
            assert not lost, f"{len(lost)} of {len(told)}"
    assert sum(letter.tries > 1 for letter in answered) > 0, "no process was ever killed in the middle of work"
    own.stack.stop("door")
    own.start("door", "worker", "courier")
    own.settle(clock.now().timestamp())
    assert own.verdict(answered) == []


def _row(there: dict[str, int], msg_id: str) -> str:
    """Return the row's external id: the channel kind adds a prefix to Zalo's id."""
    return next((name for name in there if name.endswith(msg_id)), "")


def test_control_with_answers_before_the_disk_the_cut_is_seen_to_lose(own: Own) -> None:
    with set_to(own, synchronous_commit="off", wal_writer_delay="10s"):
        door(own)
        with senders(own.letters(200), own.post, people=2, pace=0.0) as answered:
            until(lambda: len(answered) > 5, 20, "webhooks answered")
            told = list(answered)
            own.cut_power()
            own.bring_back()
        there = stored(own)
    assert [letter for letter in told if not _row(there, letter.msg_id)]


def flushes(own: Own) -> int:
    own.ask(_FLUSHES)
    return int(own.ask(_FLUSHES)[0][1])


def grown(own: Own, count: int) -> int:
    """Return how many times the log was flushed while so many webhooks were answered one after the other."""
    door(own)
    before = flushes(own)
    for letter in own.letters(count):
        assert own.post(letter) == 200
    own.stack.stop("door")  # its connections report their statistics on exit
    return flushes(own) - before


def test_each_answer_waits_for_the_disk(own: Own) -> None:
    lasting = ("fsync", "synchronous_commit", "full_page_writes")
    found = own.ask("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", list(lasting))
    assert dict(found) == dict.fromkeys(lasting, "on")
    assert grown(own, 30) >= 30


def test_control_a_server_that_waits_for_nothing_is_seen_and_doctor_says_so(own: Own) -> None:
    import psycopg

    with set_to(own, fsync="off"):
        assert grown(own, 30) < 30
        with psycopg.connect(own.server.dsn()) as connection:
            said = [one for one in _server(connection) if "fsync" in one.text]
        assert [one.ok for one in said] == [False] and "fsync" in said[0].hint
