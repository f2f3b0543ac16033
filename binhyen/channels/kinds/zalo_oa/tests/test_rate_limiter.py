"""The rate limit of calls per minute."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.kinds.zalo_oa import client
from binhyen.channels.kinds.zalo_oa.client import SlidingWindowLimiter
from binhyen.channels.kinds.zalo_oa.tests.lab import NOW

SECOND = dt.timedelta(seconds=1)


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 1)), max_size=80), st.integers(1, 6))
def test_no_minute_exceeds_the_limit(calls: list[tuple[float, float]], limit: int) -> None:
    """Also by the clock of Zalo, where each call arrives up to a second later."""
    limiter, now = SlidingWindowLimiter(limit), NOW
    arrivals: list[dt.datetime] = []
    for gap, transit in calls:
        now += gap * SECOND
        if limiter.take(now) == 0:
            arrivals.append(now + transit * SECOND)
    for call in arrivals:
        assert sum(call <= other < call + 60 * SECOND for other in arrivals) <= limit


def test_control_a_window_of_sixty_seconds_is_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_WINDOW", 60 * SECOND)
    limiter = SlidingWindowLimiter(1)
    assert limiter.take(NOW) == 0 and limiter.take(NOW + 60 * SECOND) == 0, "Zalo counts both if the first came late"


def test_after_the_wait_it_passes() -> None:
    limiter = SlidingWindowLimiter(1)
    assert limiter.take(NOW) == 0
    wait = limiter.take(NOW + SECOND)
    assert wait == 60 and limiter.take(NOW + SECOND + wait * SECOND) == 0


def test_zalo_is_believed() -> None:
    limiter = SlidingWindowLimiter(4000)
    limiter.take(NOW)
    limiter.update_from_headers({"X-RateLimit-Limit": "100", "X-RateLimit-Remain": "0"}, NOW)
    assert limiter.per_minute == 100 and limiter.take(NOW + SECOND) == 59
    assert limiter.take(NOW + 60 * SECOND) == 0
    for odd in ({}, {"X-RateLimit-Limit": "many"}, {"X-RateLimit-Limit": "9999", "X-RateLimit-Remain": "5"}):
        limiter.update_from_headers(odd, NOW)
    assert limiter.per_minute == 100


def test_zero_is_no_limit() -> None:
    limiter = SlidingWindowLimiter(0)
    assert {limiter.take(NOW) for _ in range(100)} == {0.0}


def test_a_clock_set_back_closes_no_minute() -> None:
    """Regression: after the clock was set back, a minute counted as full stayed full until that time came again."""
    limiter, ahead = SlidingWindowLimiter(2), NOW + dt.timedelta(hours=1)
    assert [limiter.take(ahead) for _ in range(3)] == [0, 0, 61], "control: the minute is full"
    assert [limiter.take(NOW) for _ in range(3)] == [0, 0, 61]
    limiter.update_from_headers({"X-RateLimit-Limit": "2", "X-RateLimit-Remain": "0"}, ahead)
    assert limiter.take(NOW + 61 * SECOND) == 0
