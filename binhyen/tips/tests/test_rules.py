"""Receipt codes as people type them, attempts, proof of work and times."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.tips.rules import (
    EASY,
    IDLE,
    KEPT,
    LONGEST,
    ends,
    numbers_like_a_code,
    read,
    show,
    solves,
    task,
    visit_over,
)

codes = st.text("0123456789", min_size=20, max_size=20)
NOON = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)


@given(codes, st.sampled_from(["", " ", "-", ".", "\u00a0", "\n"]))
def test_a_code_is_read_however_it_is_grouped(code: str, between: str) -> None:
    assert read(between.join(code[i : i + 4] for i in range(0, 20, 4))) == code
    assert read(show(code)) == code


@given(codes)
def test_full_width_digits_are_digits(code: str) -> None:
    assert read("".join(chr(ord(c) - ord("0") + ord("０")) for c in code)) == code


@pytest.mark.parametrize("typed", ["", "1" * 19, "1" * 21, "mã " + "1" * 20, "x" * 20, "1" * 10_000, "१" * 20])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read(typed) is None


@given(codes, st.text(max_size=40), st.text(max_size=40))
def test_a_code_inside_words_is_found(code: str, before: str, after: str) -> None:
    clean = [part for part in (before, after) if not any(c.isdigit() for c in part)]
    if len(clean) == 2:
        assert code in numbers_like_a_code(f"{before} {show(code)} {after}")


def test_work_grows_and_nobody_is_locked_out() -> None:
    assert task(0) is None and task(EASY - 1) is None
    tasks = [task(n) for n in range(EASY, 100, EASY)]
    found = [t for t in tasks if t is not None]
    assert len(found) == len(tasks)
    assert all(a.bits <= b.bits and a.seconds <= b.seconds for a, b in itertools.pairwise(found))
    assert found[-1].seconds <= 120


def test_an_answer_is_checked_by_its_bits() -> None:
    answer = next(str(n) for n in itertools.count() if solves("nonce", str(n), 10))
    assert solves("nonce", answer, 8)
    assert not solves("other", answer, 10)
    assert not solves("nonce", "x" * 33, 0)


def test_a_visit_ends_when_idle_and_at_last() -> None:
    later = NOON + IDLE - dt.timedelta(seconds=1)
    assert not visit_over(started=NOON, seen=NOON, now=later)
    assert visit_over(started=NOON, seen=NOON, now=NOON + IDLE + dt.timedelta(seconds=1))
    end = NOON + LONGEST + dt.timedelta(seconds=1)
    assert visit_over(started=NOON, seen=end, now=end)
    assert visit_over(started=NOON, seen=NOON + dt.timedelta(hours=1), now=NOON)


def test_a_tip_lives_half_a_year_after_the_last_word_or_ninety_days_after_its_end() -> None:
    assert ends(last_word=NOON, closed=None) == NOON + KEPT
    assert ends(last_word=NOON, closed=NOON) == NOON + dt.timedelta(days=90)
    assert ends(last_word=NOON - dt.timedelta(days=170), closed=NOON) == NOON + dt.timedelta(days=10)
