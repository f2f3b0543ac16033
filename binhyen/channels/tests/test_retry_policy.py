"""Retry policy: when to retry and when to give up."""

import datetime as dt

import pytest

from binhyen.channels.retry_policy import MAX_SEND_ATTEMPTS, RETRY_DELAYS, retry_at, should_give_up

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)


def get_retry_delay(attempts: int, retry_after: float | None = None) -> float:
    return (retry_at(attempts, retry_after=retry_after, now=NOW) - NOW).total_seconds()


def test_each_try_waits_longer_and_the_last_step_repeats() -> None:
    assert [get_retry_delay(n) for n in range(1, len(RETRY_DELAYS) + 1)] == list(RETRY_DELAYS) == sorted(RETRY_DELAYS)
    assert {get_retry_delay(n) for n in range(len(RETRY_DELAYS), MAX_SEND_ATTEMPTS + 2)} == {RETRY_DELAYS[-1]}


@pytest.mark.parametrize("attempts", [1, len(RETRY_DELAYS), MAX_SEND_ATTEMPTS])
@pytest.mark.parametrize("seconds", [0.0, 0.5, 86400.0])
def test_retry_after_overrides_the_backoff(attempts: int, seconds: float) -> None:
    assert get_retry_delay(attempts, seconds) == seconds


def test_it_gives_up_at_the_last_attempt_and_not_before() -> None:
    assert [
        should_give_up(n, is_permanent=False)
        for n in (0, 1, MAX_SEND_ATTEMPTS - 1, MAX_SEND_ATTEMPTS, MAX_SEND_ATTEMPTS + 1)
    ] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("attempts", [0, 1, MAX_SEND_ATTEMPTS])
def test_it_gives_up_at_once_on_permanent_errors(attempts: int) -> None:
    assert should_give_up(attempts, is_permanent=True)
