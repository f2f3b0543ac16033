"""Working days against an independent walk over a written calendar."""

import datetime as dt
import random
from pathlib import Path

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


def test_working_hours_equal_an_independent_calendar_on_2000_moments() -> None:
    """The table was made by a walk minute by minute over another package's calendar, swapped days included."""
    lines = (Path(__file__).parent / "working_hours.tsv").read_text().splitlines()
    named = dict(line[1:].split("\t") for line in lines if line.startswith("#") and "\t" in line)
    free, worked = ({dt.date.fromisoformat(day) for day in named[name].split(",")} for name in ("free", "worked"))
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(rows) == 2000 and len(free) > 5 and dt.date(2026, 8, 22) in worked

    def list_wrong(extra: set[dt.date], swapped: set[dt.date]) -> list[str]:
        return [
            start
            for start, hours, due in rows
            if business_days.add_working_hours(
                dt.datetime.fromisoformat(start), float(hours), extra=extra, worked=swapped
            )
            != dt.datetime.fromisoformat(due)
        ]

    assert list_wrong(free, worked) == []
    assert list_wrong(free, set()), "control: a forgotten swapped day is found"
    assert list_wrong(free - {dt.date(2026, 8, 31)}, worked), "control: a holiday announced late is found"
