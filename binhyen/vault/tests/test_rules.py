"""Rules of disclosure requests for an identity: permissions, and the required contents of a request."""

import datetime as dt
from dataclasses import replace

import pytest

from binhyen.vault.rules import HOURS, REASON, WAITS, Asked, Can, Why, may_do, reason_problem

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
ASKS, FIRST, SECOND, THIRD = 1, 2, 3, 4
NEW = Asked(ASKS, NOW - dt.timedelta(hours=1))
HALF = replace(NEW, approver_ids=frozenset({FIRST}), seats=frozenset({1}))
OPEN = replace(HALF, approver_ids=frozenset({FIRST, SECOND}), opened_at=NOW, ends_at=NOW + dt.timedelta(hours=4))
ENDED = replace(OPEN, ends_at=NOW)
LAPSED = replace(NEW, asked_at=NOW - WAITS)
REFUSED = replace(NEW, refused=True)
WORDS = "x" * REASON[0]


def can(asked: Asked, who: int, *, seat: int | None = None, file: bool = False) -> set[str]:
    """Check an action; an officer without a share index is a colleague of the custodians, one with an index a
    custodian."""
    return set(may_do(asked, officer_id=who, seat=seat, custodian=seat is not None, file=file, now=NOW))


@pytest.mark.parametrize(
    ("asked", "who", "seat", "wanted"),
    [
        (NEW, SECOND, 2, {"approve", "refuse", "carry"}),
        (HALF, SECOND, 2, {"approve", "refuse", "carry"}),
        (HALF, FIRST, 1, {"refuse", "carry"}),  # already approved, and may withdraw the approval
        (HALF, THIRD, 1, {"refuse", "carry"}),  # has the same share index as the approver
        (NEW, ASKS, 2, {"carry"}),  # a custodian cannot approve their own request
        (NEW, ASKS, None, set()),
        (NEW, THIRD, None, set()),
        (OPEN, ASKS, None, {"read"}),
        (OPEN, ASKS, 2, {"read"}),
        (OPEN, SECOND, 2, set()),  # an approver cannot read it
        (OPEN, THIRD, None, set()),
        *[(over, who, seat, set()) for over in (ENDED, LAPSED, REFUSED) for who, seat in ((ASKS, None), (SECOND, 2))],
    ],
)
def test_what_may_be_done_with_a_request(asked: Asked, who: int, seat: int | None, wanted: set[str]) -> None:
    assert can(asked, who, seat=seat) == wanted
    original = {"original" if one == "read" else one for one in wanted}
    assert can(asked, who, seat=seat, file=True) == original, "for a file the file itself, never a name"


def test_a_custodian_without_a_seat_agrees_to_nothing() -> None:
    found = may_do(NEW, officer_id=SECOND, seat=None, custodian=True, file=False, now=NOW)
    assert found == {Can.CARRY, Can.REFUSE}


def test_a_request_opens_and_lapses_to_the_second() -> None:
    second = dt.timedelta(seconds=1)
    assert can(replace(OPEN, ends_at=NOW + second), ASKS) == {"read"}
    assert can(replace(NEW, asked_at=NOW - WAITS + second), SECOND, seat=2) == {"approve", "refuse", "carry"}


@pytest.mark.parametrize("length", REASON)
def test_a_reason_has_a_length(length: int) -> None:
    assert reason_problem("x" * length, HOURS[0], Why.DANGER) == ""
    outside = length - 1 if length == REASON[0] else length + 1
    assert "lý do" in reason_problem("x" * outside, HOURS[0], Why.DANGER)


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("hours", HOURS)
def test_every_reason_and_every_time_that_is_offered_is_taken(why: Why, hours: int) -> None:
    assert reason_problem(WORDS, hours, why) == ""


def test_nothing_else_is() -> None:
    assert reason_problem(WORDS, HOURS[0], "CURIOUS") == reason_problem(WORDS, HOURS[0], "") == "Chọn loại lý do."
    for hours in (0, -4, 5, HOURS[-1] + 1):
        assert reason_problem(WORDS, hours, Why.COURT) == "Chọn thời gian xem."
