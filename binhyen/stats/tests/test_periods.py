"""Periods by choice, their comparable parts and steps; axis and bars of the chart; breakdown keys. Pure."""

import datetime as dt
from typing import Any

import pytest

from binhyen.stats import charts, periods
from binhyen.stats.metrics import CaseFacts, find_response_bucket, get_breakdowns, list_metric_keys, to_slug
from binhyen.stats.periods import ChartStep, InvalidPeriod, Period

TODAY = dt.date(2026, 8, 13)  # a Thursday


@pytest.mark.parametrize(
    ("choice", "first", "last", "label"),
    [
        ("hom-nay", "2026-08-13", "2026-08-13", "Ngày 13/08/2026"),
        ("tuan-nay", "2026-08-10", "2026-08-16", "Từ 10/08/2026 đến 16/08/2026"),
        ("thang-truoc", "2026-07-01", "2026-07-31", "Tháng 7 năm 2026"),
        ("quy-truoc", "2026-04-01", "2026-06-30", "Quý 2 năm 2026"),
        ("nua-nam", "2026-07-01", "2026-12-31", "6 tháng cuối năm 2026"),
        ("nam-truoc", "2025-01-01", "2025-12-31", "Năm 2025"),
    ],
)
def test_choices_of_a_period(choice: str, first: str, last: str, label: str) -> None:
    period = periods.get_current_period(choice, today=TODAY)
    assert (period.first.isoformat(), period.last.isoformat(), period.label) == (first, last, label)
    assert periods.label_period(period.first, period.last).label == label


def test_an_unfinished_period_is_compared_with_as_many_days() -> None:
    month = periods.get_current_period("thang-nay", today=TODAY)
    part, before = periods.get_comparable_periods(month, today=TODAY)
    assert (part.last, before.first, before.last) == (TODAY, dt.date(2026, 7, 1), dt.date(2026, 7, 13))
    over = periods.get_current_period("thang-truoc", today=TODAY)
    assert periods.get_comparable_periods(over, today=TODAY) == (over, periods.get_previous_period(over))
    end_of_march = periods.get_current_period("thang-nay", today=dt.date(2026, 3, 30))
    part, before = periods.get_comparable_periods(end_of_march, today=dt.date(2026, 3, 30))
    assert before.last == dt.date(2026, 2, 28), "a shorter month before ends with itself"


@pytest.mark.parametrize(
    ("first", "last", "step", "count", "start", "end"),
    [
        ("2026-08-01", "2026-08-31", ChartStep.DAY, 31, "2026-08-01", "2026-08-31"),
        ("2026-07-01", "2026-09-30", ChartStep.WEEK, 14, "2026-06-29", "2026-09-28"),
        ("2026-01-15", "2026-12-31", ChartStep.MONTH, 12, "2026-01-01", "2026-12-01"),
    ],
)
def test_steps_cover_the_period_once(first: str, last: str, step: ChartStep, count: int, start: str, end: str) -> None:
    period = Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert periods.get_step(period) is step
    steps = periods.split_period(period, step)
    assert (len(steps), steps[0][0].isoformat(), steps[-1][0].isoformat()) == (count, start, end)
    days = [day for _, part in steps for day in range(part.first.toordinal(), part.last.toordinal() + 1)]
    assert days == list(range(period.first.toordinal(), period.last.toordinal() + 1))


@pytest.mark.parametrize(
    ("first", "last", "whole", "edges"),
    [
        ("2026-01-01", "2026-12-31", ("2026-01-01", "2026-12-31"), []),
        (
            "2026-01-15",
            "2026-03-10",
            ("2026-02-01", "2026-02-28"),
            [("2026-01-15", "2026-01-31"), ("2026-03-01", "2026-03-10")],
        ),
        ("2026-01-15", "2026-02-10", None, [("2026-01-15", "2026-02-10")]),
        ("2026-02-28", "2026-02-28", None, [("2026-02-28", "2026-02-28")]),
    ],
)
def test_whole_months_and_the_days_around_them(first: str, last: str, whole: Any, edges: Any) -> None:
    months, rest = periods.split_whole_months(Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
    assert (months and (months.first.isoformat(), months.last.isoformat())) == whole
    assert [(edge.first.isoformat(), edge.last.isoformat()) for edge in rest] == edges


def test_a_future_or_unfinished_period_is_refused() -> None:
    with pytest.raises(InvalidPeriod, match="chưa tới"):
        periods.check_begun(Period(TODAY + dt.timedelta(days=1), dt.date(2026, 9, 1)), today=TODAY)
    with pytest.raises(InvalidPeriod, match="chưa hết"):
        periods.check_over(Period(dt.date(2026, 8, 1), TODAY), today=TODAY)
    periods.check_over(Period(dt.date(2026, 8, 1), dt.date(2026, 8, 12)), today=TODAY)


@pytest.mark.parametrize(
    ("highest", "marks"), [(0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (41, [0, 20, 40, 60]), (999, [0, 500, 1000])]
)
def test_the_axis_reaches_the_highest_bar(highest: int, marks: list[int]) -> None:
    assert charts.compute_axis(highest) == marks
    assert marks[-1] >= highest


def test_bars_are_inside_the_picture_and_an_empty_one_is_not_drawn() -> None:
    columns = [charts.ChartColumn(str(n), (n, 0), (f"nhận {n}", ""), (f"?{n}", "")) for n in range(40)]
    chart = charts.draw_columns(columns)
    assert len(chart.bars) == 39 and len(chart.step_labels) <= 12
    for bar in chart.bars:
        assert chart.left <= float(bar.x) and float(bar.x) + float(bar.width) <= chart.width
        assert float(bar.y) >= 0 and float(bar.y) + float(bar.height) <= chart.height
    assert charts.draw_columns([]).bars == ()


def test_a_case_counts_once_in_each_breakdown() -> None:
    facts = {
        "kind": "tip",
        "category": "theft",
        "lane": "CRIME_REPORT",
        "state": "CLOSED",
        "outcome": "RESOLVED",
        "urgency": 3,
        "grade": "NONE",
        "opened_on": dt.date(2026, 8, 1),
        "closed_on": dt.date(2026, 8, 3),
        "response_minutes": 4,
    }
    counted = get_breakdowns(CaseFacts(**facts, missed_deadline=True))  # type: ignore[arg-type]
    assert {key: day.day for key, day in counted.items()} == {
        "CAT.theft": 1,
        "CHN.other": 1,
        "ACK.M5": 1,
        "URG.M5": 1,
        "OUT.RESOLVED": 3,
        "DUE.LATE": 3,
    }
    assert get_breakdowns(CaseFacts(**{**facts, "state": "MERGED"})) == {}  # type: ignore[arg-type]
    assert [find_response_bucket(minutes) for minutes in (5, 5.1, 60, 1440, 1441)] == [
        "M5",
        "M15",
        "H1",
        "H24",
        "LATER",
    ]
    keys = list_metric_keys()
    assert all(keys[to_slug(key)] == key and len(key) <= 24 for key in keys.values())
