"""`./dev test --date`: the clock of every process is shifted, and only in tests and demonstrations."""

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from django.db import connection

from binhyen import settings, supervisor
from binhyen.env import SettingsError
from binhyen.gateway import _SIGN_IN
from binhyen.kit import clock, sse
from binhyen.people.models import SignIn
from tests.faults.desks import EventPublisher, open_feed
from tests.rls import get_owner_dsn
from tests.run import seconds_until, set_clock_offset

NOON = dt.datetime(2026, 11, 30, 5, tzinfo=dt.UTC)  # 12:00 in Viet Nam
DAY = 86_400
READ = "import json, time; from binhyen.kit import clock; print(json.dumps(clock.now().timestamp() - time.time()))"


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("2026-12-01", DAY),
        ("2026-12-01T12:00:00", DAY),
        ("2026-12-01T00:00:01", DAY // 2 + 1),
        ("2026-11-29", -DAY),
        ("2028-02-29", 456 * DAY),
    ],
)
def test_a_date_is_read_in_viet_nam(date: str, seconds: int) -> None:
    assert seconds_until(date, now=NOON) == seconds


def test_the_date_is_taken_off_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINHYEN_CLOCK_OFFSET", "7")
    assert set_clock_offset(["-q", "tests"], now=NOON) == ["-q", "tests"]
    assert os.environ["BINHYEN_CLOCK_OFFSET"] == "7", "without a date nothing is set"
    assert set_clock_offset(["-q", "--date", "2026-12-01", "tests"], now=NOON) == ["-q", "tests"]
    assert os.environ["BINHYEN_CLOCK_OFFSET"] == str(DAY)


@pytest.mark.parametrize("wrong", [["--date"], ["--date", "tomorrow"], ["--date", "2027-02-29"]])
def test_a_date_that_is_none_ends_with_a_hint(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="Hint: "):
        set_clock_offset(wrong, now=NOON)


@pytest.mark.parametrize("offset", ["", "0", str(400 * DAY), str(-DAY)])
def test_a_process_inherits_the_offset(offset: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ],
        env=os.environ | {"BINHYEN_CLOCK_OFFSET": offset},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert round(json.loads(done.stdout)) == int(offset or 0)


def test_the_stand_in_is_told_the_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "OFFSET", dt.timedelta(days=400))
    assert supervisor.build_emulator().command[-2:] == ["--clock-offset", str(400 * DAY)]


def test_a_real_installation_refuses_an_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the same value is accepted in a demonstration, and while a test runs."""
    monkeypatch.setattr(settings, "DEMO", False)
    assert clock.read_offset(str(DAY)) == dt.timedelta(days=1), "of a test"
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.raises(SettingsError, match="Hint: unset BINHYEN_CLOCK_OFFSET"):
        clock.read_offset(str(DAY))
    assert clock.read_offset("") == clock.read_offset("0") == dt.timedelta(), "a zero offset is never refused"
    monkeypatch.setattr(settings, "DEMO", True)
    assert clock.read_offset(str(DAY)) == dt.timedelta(days=1)


@pytest.mark.parametrize("wrong", ["1d", "²", "1.5", "--1", "1" * 12])
def test_an_offset_that_is_no_number_of_seconds_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="seconds"):
        clock.read_offset(wrong)


@pytest.mark.parametrize("days", [-400, 0, 400])
def test_the_feed_reads_what_was_committed_by_the_shifted_clock(
    real_db: None, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Control: by the machine's clock, which PostgreSQL's now() is, the same row is too old to be read."""
    monkeypatch.setattr(clock, "OFFSET", dt.timedelta(days=days))

    async def run_scenario() -> None:
        async with await psycopg.AsyncConnection.connect(get_owner_dsn(), autocommit=True) as other:
            (mark,) = await EventPublisher(other).publish_events(1)
            async with open_feed(get_owner_dsn()) as made:
                assert made.since(mark, ("unit:1",)) != [sse.RESET_FRAME]
            monkeypatch.setattr(clock, "OFFSET", dt.timedelta(days=days + 1))
            async with open_feed(get_owner_dsn()) as later:
                assert later.since(mark, ("unit:1",)) == [sse.RESET_FRAME]

    asyncio.run(run_scenario())


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "is_signed_in"), [(0, True), (1, False), (400, False)])
def test_the_gateway_ends_a_session_by_the_shifted_clock(
    officer: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, days: int, is_signed_in: bool
) -> None:
    SignIn.objects.create(
        officer=officer(), key_hash="k", expires_at=now + dt.timedelta(hours=12), idle_at=now, started_at=now
    )
    monkeypatch.setattr(clock, "OFFSET", clock.OFFSET + dt.timedelta(days=days))
    with connection.cursor() as cursor:
        cursor.execute(_SIGN_IN, {"key": "k", "now": clock.now()})
        assert bool(cursor.fetchone()) is is_signed_in
