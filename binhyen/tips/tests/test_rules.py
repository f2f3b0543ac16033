"""Receipt codes as people type them, attempts, proof of work and times."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.tips.rules import (
    ABSOLUTE_TIMEOUT,
    FREE_ATTEMPTS,
    IDLE_TIMEOUT,
    RETENTION,
    compute_expiry,
    find_possible_codes,
    format_receipt_code,
    get_task,
    is_session_expired,
    is_solution,
    parse_receipt_code,
)

codes = st.text("0123456789", min_size=20, max_size=20)
NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)


@given(codes, st.sampled_from(["", " ", "-", ".", "\u00a0", "\n"]))
def test_a_code_is_read_however_it_is_grouped(code: str, between: str) -> None:
    assert parse_receipt_code(between.join(code[i : i + 4] for i in range(0, 20, 4))) == code
    assert parse_receipt_code(format_receipt_code(code)) == code


@given(codes)
def test_full_width_digits_are_digits(code: str) -> None:
    assert parse_receipt_code("".join(chr(ord(c) - ord("0") + ord("０")) for c in code)) == code


@pytest.mark.parametrize("typed", ["", "1" * 19, "1" * 21, "mã " + "1" * 20, "x" * 20, "1" * 10_000, "१" * 20])
def test_invalid_codes_are_rejected(typed: str) -> None:
    assert parse_receipt_code(typed) is None


@given(codes, st.text(max_size=40), st.text(max_size=40))
def test_a_code_inside_a_text_is_found(code: str, before: str, after: str) -> None:
    clean = [part for part in (before, after) if not any(c.isdigit() for c in part)]
    if len(clean) == 2:
        assert code in find_possible_codes(f"{before} {format_receipt_code(code)} {after}")


def test_work_grows_without_lockout() -> None:
    assert get_task(0) is None and get_task(FREE_ATTEMPTS - 1) is None
    tasks = [get_task(n) for n in range(FREE_ATTEMPTS, 100, FREE_ATTEMPTS)]
    ready_tasks = [t for t in tasks if t is not None]
    assert len(ready_tasks) == len(tasks)
    assert all(a.bits <= b.bits and a.seconds <= b.seconds for a, b in itertools.pairwise(ready_tasks))
    assert ready_tasks[-1].seconds <= 120


def test_an_answer_is_checked_by_its_bits() -> None:
    answer = next(str(n) for n in itertools.count() if is_solution("nonce", str(n), 10))
    assert is_solution("nonce", answer, 8)
    assert not is_solution("other", answer, 10)
    assert not is_solution("nonce", "x" * 33, 0)


def test_a_visit_ends_when_idle_and_at_last() -> None:
    later = NOON + IDLE_TIMEOUT - dt.timedelta(seconds=1)
    assert not is_session_expired(started=NOON, last_seen=NOON, now=later)
    assert is_session_expired(started=NOON, last_seen=NOON, now=NOON + IDLE_TIMEOUT + dt.timedelta(seconds=1))
    end = NOON + ABSOLUTE_TIMEOUT + dt.timedelta(seconds=1)
    assert is_session_expired(started=NOON, last_seen=end, now=end)
    assert is_session_expired(started=NOON, last_seen=NOON + dt.timedelta(hours=1), now=NOON)


def test_a_tip_lives_half_a_year_after_the_last_message_or_ninety_days_after_its_end() -> None:
    assert compute_expiry(last_word=NOON, closed=None) == NOON + RETENTION
    assert compute_expiry(last_word=NOON, closed=NOON) == NOON + dt.timedelta(days=90)
    assert compute_expiry(last_word=NOON - dt.timedelta(days=170), closed=NOON) == NOON + dt.timedelta(days=10)
