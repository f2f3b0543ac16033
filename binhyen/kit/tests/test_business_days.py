"""Working days against an independent walk over a written calendar."""

import datetime as dt
import random

import pytest

from binhyen.kit import business_days

TET_2026 = {dt.date(2026, 2, day) for day in (16, 17, 18, 19, 20)}
EXTRA = TET_2026 | {dt.date(2026, 4, 26), dt.date(2026, 9, 1)}
# Written by hand from the calendar of 2026: every free weekday. 26/4 (Giỗ Tổ) is a Sunday: Monday 27/4 makes up for it.
FREE_2026 = {
    dt.date(2026, 1, 1),
    *TET_2026,
    dt.date(2026, 4, 27),
    dt.date(2026, 4, 30),
    dt.date(2026, 5, 1),
    dt.date(2026, 9, 1),
    dt.date(2026, 9, 2),
}


def count_workdays(start: dt.date, count: int) -> dt.date:
    days = [start + dt.timedelta(days=n) for n in range(1, 60)]
    return [d for d in days if d.isoweekday() not in (6, 7) and d not in FREE_2026][count - 1]


def check_against_oracle(extra: set[dt.date]) -> None:
    year = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(300)]
    for start in year:
        for count in (1, 2, 3, 10):
            assert business_days.add_business_days(start, count, extra) == count_workdays(start, count), (start, count)


def test_equal_to_the_oracle_on_every_day_of_2026() -> None:
    check_against_oracle(EXTRA)


def test_control_a_forgotten_holiday_is_found() -> None:
    with pytest.raises(AssertionError):
        check_against_oracle(EXTRA - {dt.date(2026, 2, 18)})


def test_holidays_on_a_weekend_are_made_up_for() -> None:
    assert dt.date(2027, 1, 1) in business_days.list_holidays(2027, set())
    assert not business_days.is_business_day(dt.date(2028, 1, 3), set()), "1/1/2028 is a Saturday"
    assert business_days.is_business_day(dt.date(2028, 1, 4), set())
    # 30/4/2028 is a Sunday and 1/5 a Monday already free: Tuesday makes up for it.
    assert not business_days.is_business_day(dt.date(2028, 5, 2), set()) and business_days.is_business_day(
        dt.date(2028, 5, 3), set()
    )


def test_an_answer_is_never_due_on_a_free_day() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        start = dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(900))
        due = business_days.add_business_days(start, 2, EXTRA)
        assert business_days.is_business_day(due, EXTRA) and 2 <= (due - start).days <= 14
