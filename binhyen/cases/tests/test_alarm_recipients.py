"""More alarms than the box has room for: the newest are shown, with the number of the others and a link to them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.models import Case, Clock
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.queries import case_list as queries
from binhyen.cases.rules import OverdueLevel
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.cases.views import desk
from binhyen.kit import prepared_queries

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shrink the box to six alarms with two newest; the statements are prepared again because the numbers are part of
    them."""
    monkeypatch.setattr(prepared_queries, "_cache", {})
    monkeypatch.setattr(alarm_recipients, "MAX_ALARMS", 6)
    monkeypatch.setattr(alarm_recipients, "MAX_NEWEST", 2)


def raise_alarms(unit: Any, count: int, now: dt.datetime) -> list[Case]:
    moments = (now + dt.timedelta(seconds=n) for n in range(count))
    return [open_case(unit, text=f"đánh nhau {n}", urgency=3, now=moment) for n, moment in enumerate(moments)]


def read_alarm_box(page: str) -> str:
    return page.partition('<section class="alarms"')[2].partition("</section>")[0]


def test_the_oldest_and_the_newest_are_shown_and_the_rest_is_counted(
    officer: Make, unit: Make, now: dt.datetime
) -> None:
    cases, person = raise_alarms(unit("18568"), 9, now), officer()
    client = sign_in_browser(person)
    page = client.get("/ban-truc").content.decode()
    box = read_alarm_box(page)
    listed = [case.code for case in cases if f'data-alarm="{case.code}"' in box]
    assert listed == [case.code for case in [*cases[:4], *cases[-2:]]]
    assert "9 vụ khẩn cấp chưa ai nhận" in box, "box and tab show the same number"
    assert queries.count_tabs(person, now=now)["ringing"] == 9
    assert "Còn 3 vụ nữa đang đổ chuông." in box and 'href="/ban-truc?muc=3#danh-sach"' in box
    urgent = client.get("/ban-truc?muc=3").content.decode()
    assert 'id="danh-sach"' in urgent and all(f'data-row="{case.code}"' in urgent for case in cases)


def test_without_overflow_no_note_and_no_duplicate(officer: Make, unit: Make, now: dt.datetime) -> None:
    cases, client = raise_alarms(unit("18568"), 6, now), sign_in_browser(officer())
    box = read_alarm_box(client.get("/ban-truc").content.decode())
    assert "vụ nữa đang đổ chuông" not in box
    assert [box.count(f'<li class="alarm" data-alarm="{case.code}"') for case in cases] == [1] * 6


def test_beyond_the_cap_the_page_still_works(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting stops at the cap: the number becomes text, and the page must not fail when it is needed most."""
    for module in (queries, desk):
        monkeypatch.setattr(module, "COUNT_CAP", 7)
    raise_alarms(unit("18568"), 9, now)
    Clock.objects.update(escalation_level=OverdueLevel.SOON)
    page = sign_in_browser(officer()).get("/ban-truc").content.decode()
    assert "7+ vụ khẩn cấp" in page and "Còn 1+ vụ nữa" in page and "7+ việc sắp quá" in page
