"""A power failure while webhooks are answered (F3, F7): every one answered 200 is stored, and none twice.

All of PostgreSQL dies at one moment, so data that it had not written to the disk is lost; the flushes counted by
PostgreSQL prove that data was flushed and not only passed to the kernel. Zalo resends unanswered webhooks.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binhyen.doctor import _check_server
from binhyen.kit import clock
from tests.faults.harness import FaultHarness, Letter, run_senders
from tests.process_harness import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(280)]
CUTS = 6
_FLUSHES = "SELECT pg_stat_force_next_flush(), (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')"


def start_gateway(own_machine: FaultHarness) -> None:
    own_machine.start_processes("gateway")
    wait_until(lambda: own_machine.post_letter(Letter("", "", b"{}", "")) == 400, why="gateway")


@contextmanager
def change_settings(own_machine: FaultHarness, **settings: str) -> Iterator[None]:
    """Change the server's settings, as a careless operator would."""

    def run_sql(sql: str) -> None:
        own_machine.ask(sql)
        own_machine.ask("SELECT pg_reload_conf()")

    for name, value in settings.items():
        run_sql(f"ALTER SYSTEM SET {name} = '{value}'")
    for name, value in settings.items():
        wait_until(lambda name=name, value=value: own_machine.ask(f"SHOW {name}") == [(value,)], why=name)  # type: ignore[misc]
    try:
        yield
    finally:
        wait_until(lambda: own_machine.ask("SELECT 1"), why="database")
        run_sql("ALTER SYSTEM RESET ALL")
        wait_until(
            lambda: own_machine.ask("SHOW fsync") + own_machine.ask("SHOW synchronous_commit") == [("on",), ("on",)],
            why="settings",
        )


def list_stored_ids(own_machine: FaultHarness) -> dict[str, int]:
    wait_until(lambda: own_machine.ask("SELECT 1"), why="database")
    return dict(own_machine.ask("SELECT external_id, count(*) FROM channels_inbound GROUP BY 1"))


def test_what_was_answered_is_there_after_every_cut_and_none_twice(own_machine: FaultHarness) -> None:
    start_gateway(own_machine)
    with run_senders(own_machine.generate_letters(), own_machine.post_letter, people=8, pace=0.005) as answered:
        for _ in range(CUTS):
            before = len(answered)
            wait_until(lambda before=before: len(answered) > before + 40, why="webhooks answered")  # type: ignore[misc]
            accepted = list(answered)
            own_machine.cut_power()
            own_machine.restart_server()
            there = list_stored_ids(own_machine)
            lost = [letter.msg_id for letter in accepted if there.get(get_row_id(there, letter.msg_id)) != 1]
            assert not lost, f"{len(lost)} of {len(accepted)}"
    assert sum(letter.tries > 1 for letter in answered) > 0, "no process was ever killed in the middle of work"
    own_machine.stack.stop_processes("gateway")
    own_machine.start_processes("gateway", "worker", "sender")
    own_machine.wait_until_settled(clock.now().timestamp())
    assert own_machine.find_problems(answered) == []


def get_row_id(there: dict[str, int], msg_id: str) -> str:
    """Return the row's external id: the channel kind adds a prefix to Zalo's id."""
    return next((name for name in there if name.endswith(msg_id)), "")


def test_control_with_answers_before_the_disk_the_cut_is_seen_to_lose(own_machine: FaultHarness) -> None:
    with change_settings(own_machine, synchronous_commit="off", wal_writer_delay="10s"):
        start_gateway(own_machine)
        with run_senders(own_machine.generate_letters(), own_machine.post_letter, people=2, pace=0.0) as answered:
            wait_until(lambda: len(answered) > 5, why="webhooks answered")
            accepted = list(answered)
            own_machine.cut_power()
            own_machine.restart_server()
        there = list_stored_ids(own_machine)
    assert [letter for letter in accepted if not get_row_id(there, letter.msg_id)]


def count_flushes(own_machine: FaultHarness) -> int:
    own_machine.ask(_FLUSHES)
    return int(own_machine.ask(_FLUSHES)[0][1])


def count_flushes_for(own_machine: FaultHarness, count: int) -> int:
    """Return how many times the log was flushed while so many webhooks were answered one after the other."""
    start_gateway(own_machine)
    before = count_flushes(own_machine)
    for letter in own_machine.build_letters(count):
        assert own_machine.post_letter(letter) == 200
    own_machine.stack.stop_processes("gateway")  # its connections report their statistics on exit
    return count_flushes(own_machine) - before


def test_each_answer_waits_for_the_disk(own_machine: FaultHarness) -> None:
    lasting = ("fsync", "synchronous_commit", "full_page_writes")
    server_settings = own_machine.ask("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", list(lasting))
    assert dict(server_settings) == dict.fromkeys(lasting, "on")
    assert count_flushes_for(own_machine, 30) >= 30


def test_control_a_server_that_waits_for_nothing_is_seen_and_doctor_says_so(own_machine: FaultHarness) -> None:
    import psycopg

    with change_settings(own_machine, fsync="off"):
        assert count_flushes_for(own_machine, 30) < 30
        with psycopg.connect(own_machine.server.build_dsn()) as connection:
            findings = [finding for finding in _check_server(connection) if "fsync" in finding.text]
        assert [finding.ok for finding in findings] == [False] and "fsync" in findings[0].hint
