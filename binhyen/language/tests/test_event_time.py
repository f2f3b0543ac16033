from datetime import datetime

import pytest

from binhyen.language.dedup.report_features import hours_between_events, parse_event_span

POSTED = datetime.fromisoformat("2026-10-14T07:30:00+07:00")  # a Wednesday


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("dem qua tam 11h", "13T22:15", "13T23:45"),
        ("sang nay", "14T04:00", "14T07:30"),
        ("tu 2h chieu", "13T13:15", "14T07:30"),
        ("thu 2", "12T00:00", "13T00:00"),
        ("luc nay", "14T05:30", "14T07:30"),
        ("rang sang", "14T02:00", "14T06:30"),
    ],
)
def test_when_it_happened(text: str, start: str, end: str) -> None:
    span = parse_event_span([text], POSTED)
    assert span is not None
    assert [f"{moment:%dT%H:%M}" for moment in span] == [start, end]


@pytest.mark.parametrize("text", ["mai", "thang 10", "chieu nao", ""])
def test_nothing_is_guessed(text: str) -> None:
    assert parse_event_span([text], POSTED) is None


def test_a_report_the_next_morning_is_near_the_night() -> None:
    night = datetime.fromisoformat("2026-10-13T23:12:00+07:00")
    assert hours_between_events(parse_event_span(["dem qua tam 11h"], POSTED), POSTED, None, night) < 1
    assert hours_between_events(None, POSTED, None, night) > 8
