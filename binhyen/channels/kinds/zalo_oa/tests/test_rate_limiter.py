"""The rate limit of calls per minute."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from binhyen.channels.kinds.zalo_oa.client import SlidingWindowLimiter
from binhyen.channels.kinds.zalo_oa.tests.lab import NOW

SECOND = dt.timedelta(seconds=1)


@given(st.lists(st.floats(0, 30), max_size=80), st.integers(1, 6))
def test_no_minute_exceeds_the_limit(gaps: list[float], limit: int) -> None:
    limiter, now = SlidingWindowLimiter(limit), NOW
    taken: list[dt.datetime] = []
    for gap in gaps:
        now += gap * SECOND
        if limiter.take(now) == 0:
            taken.append(now)
    for call in taken:
        assert sum(call <= other < call + 60 * SECOND for other in taken) <= limit


def test_after_the_wait_it_passes() -> None:
    limiter = SlidingWindowLimiter(1)
    assert limiter.take(NOW) == 0
    wait = limiter.take(NOW + SECOND)
    assert wait == 59 and limiter.take(NOW + SECOND + wait * SECOND) == 0


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
    assert [limiter.take(ahead) for _ in range(3)] == [0, 0, 60], "control: the minute is full"
    assert [limiter.take(NOW) for _ in range(3)] == [0, 0, 60]
    limiter.update_from_headers({"X-RateLimit-Limit": "2", "X-RateLimit-Remain": "0"}, ahead)
    assert limiter.take(NOW + 61 * SECOND) == 0
