"""Retry policy: when to retry and when to give up."""

import datetime as dt

import pytest

from binhyen.channels.retry_policy import LADDER, TRIES, gives_up, next_try

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)


def wait(attempts: int, retry_after: float | None = None) -> float:
    return (next_try(attempts, retry_after=retry_after, now=NOW) - NOW).total_seconds()


def test_each_try_waits_longer_and_the_last_step_repeats() -> None:
    assert [wait(n) for n in range(1, len(LADDER) + 1)] == list(LADDER) == sorted(LADDER)
    assert {wait(n) for n in range(len(LADDER), TRIES + 2)} == {LADDER[-1]}


@pytest.mark.parametrize("attempts", [1, len(LADDER), TRIES])
@pytest.mark.parametrize("seconds", [0.0, 0.5, 86400.0])
def test_what_the_channel_says_comes_before_the_ladder(attempts: int, seconds: float) -> None:
    assert wait(attempts, seconds) == seconds


def test_it_gives_up_at_the_last_try_and_not_before() -> None:
    assert [gives_up(n, permanent=False) for n in (0, 1, TRIES - 1, TRIES, TRIES + 1)] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("attempts", [0, 1, TRIES])
def test_it_gives_up_at_once_where_trying_again_is_of_no_use(attempts: int) -> None:
    assert gives_up(attempts, permanent=True)
