"""Rules of disclosure requests for an identity: permissions, and the required contents of a request."""

import datetime as dt
from dataclasses import replace

import pytest

from binhyen.vault.rules import (
    ACCESS_HOURS,
    REASON_LENGTH,
    REQUEST_TTL,
    DisclosurePurpose,
    RequestAction,
    RequestFacts,
    find_reason_problem,
    get_allowed_actions,
)

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
ASKS, FIRST, SECOND, THIRD = 1, 2, 3, 4
NEW = RequestFacts(ASKS, NOW - dt.timedelta(hours=1))
HALF = replace(NEW, approver_ids=frozenset({FIRST}), seats=frozenset({1}))
OPEN = replace(HALF, approver_ids=frozenset({FIRST, SECOND}), opened_at=NOW, ends_at=NOW + dt.timedelta(hours=4))
ENDED = replace(OPEN, ends_at=NOW)
LAPSED = replace(NEW, asked_at=NOW - REQUEST_TTL)
REFUSED = replace(NEW, refused=True)
WORDS = "x" * REASON_LENGTH[0]


def list_allowed_actions(
    asked: RequestFacts, actor_id: int, *, seat: int | None = None, file: bool = False
) -> set[str]:
    """Check an action; an officer without a share index is a colleague of the custodians, one with an index a
    custodian."""
    return set(
        get_allowed_actions(asked, officer_id=actor_id, seat=seat, custodian=seat is not None, file=file, now=NOW)
    )


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
def test_allowed_actions_on_a_request(asked: RequestFacts, who: int, seat: int | None, wanted: set[str]) -> None:
    assert list_allowed_actions(asked, who, seat=seat) == wanted
    original = {"original" if item == "read" else item for item in wanted}
    assert list_allowed_actions(asked, who, seat=seat, file=True) == original, (
        "for a file the file itself, never a name"
    )


def test_a_custodian_without_a_seat_agrees_to_nothing() -> None:
    outcome = get_allowed_actions(NEW, officer_id=SECOND, seat=None, custodian=True, file=False, now=NOW)
    assert outcome == {RequestAction.CARRY, RequestAction.REFUSE}


def test_a_request_opens_and_lapses_to_the_second() -> None:
    second = dt.timedelta(seconds=1)
    assert list_allowed_actions(replace(OPEN, ends_at=NOW + second), ASKS) == {"read"}
    assert list_allowed_actions(replace(NEW, asked_at=NOW - REQUEST_TTL + second), SECOND, seat=2) == {
        "approve",
        "refuse",
        "carry",
    }


@pytest.mark.parametrize("length", REASON_LENGTH)
def test_a_reason_has_a_length(length: int) -> None:
    assert find_reason_problem("x" * length, ACCESS_HOURS[0], DisclosurePurpose.DANGER) == ""
    outside = length - 1 if length == REASON_LENGTH[0] else length + 1
    assert "lý do" in find_reason_problem("x" * outside, ACCESS_HOURS[0], DisclosurePurpose.DANGER)


@pytest.mark.parametrize("why", DisclosurePurpose)
@pytest.mark.parametrize("hours", ACCESS_HOURS)
def test_every_offered_reason_and_time_is_accepted(why: DisclosurePurpose, hours: int) -> None:
    assert find_reason_problem(WORDS, hours, why) == ""


def test_nothing_else_is() -> None:
    assert (
        find_reason_problem(WORDS, ACCESS_HOURS[0], "CURIOUS")
        == find_reason_problem(WORDS, ACCESS_HOURS[0], "")
        == "Chọn loại lý do."
    )
    for hours in (0, -4, 5, ACCESS_HOURS[-1] + 1):
        assert find_reason_problem(WORDS, hours, DisclosurePurpose.COURT) == "Chọn thời gian xem."
