"""What people worry about: sums by week, small counts suppressed, trend and new topics; access."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.tests.scene import sign_in_browser
from binhyen.kit import clock
from binhyen.stats import dashboard
from binhyen.stats.models import Count

pytestmark = pytest.mark.django_db


def test_topics_by_week_without_small_counts(officer: Any, unit: Any) -> None:
    today = clock.to_vietnam_day(clock.now())
    mondays, here = dashboard.list_concern_weeks(today), unit("18568")
    rows = {"theft": (7, 0, 0, 0, 9, 6, 0, 5), "scam": (0, 0, 0, 0, 0, 0, 8, 9), "fire": (1, 2, 4, 0, 0, 1, 4, 3)}
    for code, numbers in rows.items():
        for monday, number in zip(mondays, numbers, strict=True):
            day = monday + dt.timedelta(days=2)
            Count.objects.create(day=day, unit=here, commune_id=here.area_id, metric=f"CAT.{code}", value=number)
    chief = officer("CHIEF")
    theft, scam = dashboard.list_concerns(chief, today=today)
    assert (theft.code, theft.weeks, theft.is_growing) == ("theft", (7, None, None, None, 9, 6, None, 5), True)
    assert (scam.code, scam.is_new, scam.total) == ("scam", True, 17)
    page = sign_in_browser(chief).get("/moi-quan-tam").content.decode()
    assert "Lừa đảo" in page and "Cháy nổ" not in page and "Không dùng để tìm người viết" in page
    assert dashboard.list_concerns(officer("CHIEF", "18073"), today=today) == []
    assert sign_in_browser(officer("DIRECTOR", "42")).get("/moi-quan-tam").status_code == 200
    assert sign_in_browser(officer("VILLAGE_TEAM", "18568")).get("/moi-quan-tam").status_code == 403
