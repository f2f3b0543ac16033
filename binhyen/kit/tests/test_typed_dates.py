"""Typed dates: the forms that people write are accepted, everything else is refused."""

import datetime as dt

import pytest

from binhyen.kit.clock import VIETNAM
from binhyen.kit.typed_dates import parse_typed_day, parse_typed_moment, parse_typed_time

DAY = dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    "text",
    ["2026-12-01", "1/12/2026", "01/12/2026", " 01/12/2026 ", "1.12.2026", "01-12-2026", "1 12 2026", "1 / 12 / 2026"],
)
def test_accepted_days(text: str) -> None:
    assert parse_typed_day(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hôm qua",
        "31/02/2026",
        "12/31/2026",  # the day comes first
        "0/12/2026",
        "1/12/26",
        "1/12",
        "20261201",
        "2026-W49-2",
        "1/12/1026",
        "1/12/9999",
        "1/12/2026 19:00",
        "2026-12-01T19:00",
        "١/١٢/٢٠٢٦",
        "1/12/2026; DROP",
    ],
)
def test_refused_days(text: str) -> None:
    with pytest.raises(ValueError):
        parse_typed_day(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("19:30", dt.time(19, 30)),
        ("19:30:15", dt.time(19, 30, 15)),
        ("19h30", dt.time(19, 30)),
        ("19H30", dt.time(19, 30)),
        ("19g30", dt.time(19, 30)),
        ("19 giờ 30", dt.time(19, 30)),
        ("19h", dt.time(19)),
        ("7h05", dt.time(7, 5)),
        ("7", dt.time(7)),
    ],
)
def test_accepted_times(text: str, time: dt.time) -> None:
    assert parse_typed_time(text) == time


@pytest.mark.parametrize("text", ["", "24:00", "19:60", "19h30p", "7 tối", "1930", ":30", "-1:00"])
def test_refused_times(text: str) -> None:
    with pytest.raises(ValueError):
        parse_typed_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T19:30",
        "2026-12-01 19:30",
        "2026-12-01T19:30:00",
        "2026-12-01T19:30:00.000",
        "1/12/2026 19:30",
        "01/12/2026 19h30",
        "01/12/2026, 19h30",
        "1.12.2026 19 giờ 30",
        "19:30 1/12/2026",
        "19h30 ngày 1/12/2026",
        "19h30, ngày 01/12/2026",
    ],
)
def test_accepted_moments(text: str) -> None:
    assert parse_typed_moment(text) == dt.datetime(2026, 12, 1, 19, 30, tzinfo=VIETNAM)


@pytest.mark.parametrize("text", ["1/12/2026", "2026-12-01"])
def test_day_without_time_takes_the_default(text: str) -> None:
    assert parse_typed_moment(text) == dt.datetime(2026, 12, 1, tzinfo=VIETNAM)
    end = dt.time(23, 59)
    assert parse_typed_moment(text, default_time=end) == dt.datetime(2026, 12, 1, 23, 59, tzinfo=VIETNAM)
    assert parse_typed_moment(f"{text} 19:30", default_time=end).time() == dt.time(19, 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "19:30",
        "1" + " " * 200_000 + "x",
        "1/12/2026 25:00",
        "31/11/2026 19:30",
        "1/12/2026T",
        "19:30 1/12/2026 19:30",
        "1/12/2026 lúc tối",
    ],
)
def test_refused_moments(text: str) -> None:
    with pytest.raises(ValueError):
        parse_typed_moment(text)
