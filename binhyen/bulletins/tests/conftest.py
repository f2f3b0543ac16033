"""Fixtures of bulletins."""

import datetime as dt

import pytest

from binhyen.kit import clock


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """Set the clock to ten in the morning: no quiet hours."""
    moment = clock.now().replace(hour=3, minute=0)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment
