"""The deadline for answering a data request: the second working day."""

import datetime as dt

import pytest

from binhyen.privacy.rules.data_requests import DataRequestKind, get_last_answer_day, parse_chat_request

TET = frozenset({dt.date(2026, 2, day) for day in (16, 17, 18, 19, 20)})


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("2026-11-23", "2026-11-25"),  # Monday: the day itself does not count
        ("2026-11-25", "2026-11-27"),  # Wednesday to Friday
        ("2026-11-26", "2026-11-30"),  # Thursday, over the weekend
        ("2026-11-27", "2026-12-01"),  # Friday
        ("2026-11-28", "2026-12-01"),  # Saturday and
        ("2026-11-29", "2026-12-01"),  # Sunday count from Monday
        ("2026-04-29", "2026-05-05"),  # 30 April and 1 May, then a weekend
        ("2026-12-31", "2027-01-05"),  # across the end of the year
        ("2026-02-13", "2026-02-24"),  # across Tết, which is an argument
    ],
)
def test_the_second_working_day(asked: str, until: str) -> None:
    assert get_last_answer_day(dt.date.fromisoformat(asked), TET) == dt.date.fromisoformat(until)


def test_only_the_exact_phrase_is_a_request() -> None:
    assert parse_chat_request("xoa du lieu cua toi") is DataRequestKind.ERASE
    assert parse_chat_request("xoa du lieu cua toi di") is parse_chat_request("") is None
