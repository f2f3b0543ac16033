"""A stopped alarm has an owner; a village team shows its observations; text templates fit the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binhyen.cases.choices import State
from binhyen.cases.models import Evidence
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import HTMX, browser, fresh, open_case, url
from binhyen.cases.tests.test_views_closing import picture
from binhyen.kit.ids import show_code

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def test_the_village_team_shows_what_it_saw_and_the_unit_reads_it(unit: Make, officer: Make) -> None:
    case, client = open_case(unit("18568")), browser(officer("CHIEF"))
    team, other = officer("VILLAGE_TEAM"), officer("VILLAGE_TEAM")
    client.post(url(case, "giao"), {"version": "1", "to": f"can-bo:{team.public_id}", "reason": "Ra xem, chụp ảnh"})
    theirs = browser(team)
    page = theirs.get(url(case)).content.decode()
    assert f'action="{url(case, "chung-cu")}"'.replace(case.code, show_code(case.code)) in page
    assert "Liên quan" not in page, "an empty box says nothing"
    seen = {"version": str(fresh(case).version), "text": "Cổng bị cạy", "photos": picture()}
    assert browser(other).post(url(case, "chung-cu"), seen).status_code == 404
    assert theirs.post(url(case, "chung-cu"), {**seen, "photos": picture()}).status_code == 303
    file = Evidence.objects.get().attachment
    for reader in (theirs, client):
        read = reader.get(url(case)).content.decode()
        assert "Chứng cứ: Cổng bị cạy" in read and f"/tep/{file.public_id}" in read
        assert reader.get(f"/tep/{file.public_id}").status_code == 200
    assert theirs.post(url(case, "ket-thuc"), {"version": str(fresh(case).version)}).status_code == 422


def test_who_stops_an_alarm_has_the_case_and_the_second_hears_who(unit: Make, officer: Make) -> None:
    case = open_case(unit("18568"), urgency=3)
    first, second = officer(name="Trần Thị Mai"), officer(name="Lê Văn Bình")
    assert "Tắt chuông, tôi xử lý" in browser(first).get(url(case)).content.decode()
    for person in (first, second):
        client = browser(person)
        assert client.post(url(case, "da-nhan")).status_code == 303
        assert "Chuông đã tắt. Người xử lý: Trần Thị Mai." in client.get(url(case)).content.decode()
    listed = browser(second).post(
        url(case, "da-nhan"), HTTP_HX_TARGET="queue", HTTP_HX_CURRENT_URL="http://testserver/ban-truc", **HTMX
    )
    assert "Người xử lý: Trần Thị Mai." in listed.content.decode()
    assert (fresh(case).assignee, fresh(case).state) == (first, State.RECEIVED)
    assert [e.verb for e in case.events.all()].count("assigned") == 1


def test_an_alarm_of_a_case_that_somebody_has_is_only_stopped(unit: Make, officer: Make) -> None:
    case = open_case(unit("18568"), urgency=3)
    owner, other = officer(name="Trần Thị Mai"), officer()
    officer_actions.assign(code=case.code, officer=officer("CHIEF"), to=owner, version=None, now=case.opened_at)
    for address in (url(case), "/ban-truc"):
        page = browser(other).get(address).content.decode()
        assert "Tắt chuông" in page and "tôi xử lý" not in page
    assert browser(other).post(url(case, "da-nhan")).status_code == 303
    assert fresh(case).assignee == owner and fresh(case).acknowledged_at


def test_ready_answers_fit_what_was_told(unit: Make, officer: Make) -> None:
    person = officer()
    offered = {}
    for category in ("lost_item", "admin_question", "violence"):
        page = browser(person).get(url(open_case(unit("18568"), category=category))).content.decode()
        offered[category] = [label for label in ("Đang tới", "Đến trụ sở nhận", "Cần giấy tờ") if f">{label}<" in page]
    assert offered == {
        "lost_item": ["Đến trụ sở nhận"], "admin_question": ["Cần giấy tờ"], "violence": ["Đang tới"],
    }  # fmt: skip
