"""A stopped alarm has an owner; a village team shows its observations; text templates fit the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binhyen.cases.choices import State
from binhyen.cases.models import Evidence
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import HTMX, build_case_url, open_case, reload_case, sign_in_browser
from binhyen.cases.tests.test_views_closing import make_picture
from binhyen.kit.ids import format_code

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def test_the_village_team_adds_a_photo_and_the_unit_reads_it(unit: Make, officer: Make) -> None:
    case, client = open_case(unit("18568")), sign_in_browser(officer("CHIEF"))
    team, other = officer("VILLAGE_TEAM"), officer("VILLAGE_TEAM")
    client.post(
        build_case_url(case, "giao"), {"version": "1", "to": f"can-bo:{team.public_id}", "reason": "Ra xem, chụp ảnh"}
    )
    team_browser = sign_in_browser(team)
    page = team_browser.get(build_case_url(case)).content.decode()
    assert f'action="{build_case_url(case, "chung-cu")}"'.replace(case.code, format_code(case.code)) in page
    assert "Liên quan" not in page, "an empty box says nothing"
    form_data = {"version": str(reload_case(case).version), "text": "Cổng bị cạy", "photos": make_picture()}
    assert sign_in_browser(other).post(build_case_url(case, "chung-cu"), form_data).status_code == 404
    assert (
        team_browser.post(build_case_url(case, "chung-cu"), {**form_data, "photos": make_picture()}).status_code == 303
    )
    file = Evidence.objects.get().attachment
    for reader in (team_browser, client):
        read = reader.get(build_case_url(case)).content.decode()
        assert "Chứng cứ: Cổng bị cạy" in read and f"/tep/{file.public_id}" in read
        assert reader.get(f"/tep/{file.public_id}").status_code == 200
    assert (
        team_browser.post(build_case_url(case, "ket-thuc"), {"version": str(reload_case(case).version)}).status_code
        == 422
    )


def test_stopping_an_alarm_assigns_the_case_and_the_second_officer_reads_the_name(unit: Make, officer: Make) -> None:
    case = open_case(unit("18568"), urgency=3)
    first, second = officer(name="Trần Thị Mai"), officer(name="Lê Văn Bình")
    assert "Tắt chuông, tôi xử lý" in sign_in_browser(first).get(build_case_url(case)).content.decode()
    for person in (first, second):
        client = sign_in_browser(person)
        assert client.post(build_case_url(case, "da-nhan")).status_code == 303
        assert "Chuông đã tắt. Người xử lý: Trần Thị Mai." in client.get(build_case_url(case)).content.decode()
    listed = sign_in_browser(second).post(
        build_case_url(case, "da-nhan"),
        HTTP_HX_TARGET="queue",
        HTTP_HX_CURRENT_URL="http://testserver/ban-truc",
        **HTMX,
    )
    assert "Người xử lý: Trần Thị Mai." in listed.content.decode()
    assert (reload_case(case).assignee, reload_case(case).state) == (first, State.RECEIVED)
    assert [e.verb for e in case.events.all()].count("assigned") == 1


def test_stopping_the_alarm_of_an_unconfirmed_case_takes_it(unit: Make, officer: Make) -> None:
    """A case is never quiet while the person to whom it was given does not know of it."""
    case = open_case(unit("18568"), urgency=3)
    absent, other, late = officer(name="Trần Thị Mai"), officer(name="Lê Văn Bình"), officer()
    officer_actions.assign_case(code=case.code, officer=officer("CHIEF"), to=absent, version=None, now=case.opened_at)
    for address in (build_case_url(case), "/ban-truc"):
        assert "Tắt chuông, tôi xử lý" in sign_in_browser(other).get(address).content.decode()
    for person in (other, late):
        assert sign_in_browser(person).post(build_case_url(case, "da-nhan")).status_code == 303
    assert reload_case(case).assignee == other and reload_case(case).acknowledged_at


def test_answering_an_unconfirmed_case_takes_it_too(unit: Make, officer: Make) -> None:
    absent, other = officer(), officer()
    for act in (officer_actions.answer_reporters, officer_actions.acknowledge_alarm):
        case = open_case(unit("18568"), urgency=3)
        officer_actions.assign_case(
            code=case.code, officer=officer("CHIEF"), to=absent, version=None, now=case.opened_at
        )
        text = {"text": "Tổ công tác đang tới."} if act is officer_actions.answer_reporters else {}
        act(code=case.code, officer=other, version=None, now=case.opened_at, **text)
        assert (reload_case(case).assignee, reload_case(case).acknowledged_at) == (other, case.opened_at)


def test_only_another_unit_asks_for_a_reason(unit: Make, officer: Make) -> None:
    case, colleague, client = open_case(unit("18568")), officer(), sign_in_browser(officer("CHIEF"))

    def hand_on(to: str) -> Any:
        fields = {"to": to, "version": str(reload_case(case).version), "reason": "", "elsewhere": "yes"}
        return client.post(build_case_url(case, "giao"), fields)

    refused = hand_on(f"don-vi:{unit('18073').code}")
    assert refused.status_code == 422 and "Hãy ghi lý do chuyển." in refused.content.decode()
    assert reload_case(case).unit == case.unit
    assert hand_on(f"can-bo:{colleague.public_id}").status_code == 303
    assert reload_case(case).assignee == colleague


def test_text_templates_fit_the_report(unit: Make, officer: Make) -> None:
    person = officer()
    offered = {}
    for category in ("lost_item", "admin_question", "violence"):
        page = sign_in_browser(person).get(build_case_url(open_case(unit("18568"), category=category))).content.decode()
        offered[category] = [label for label in ("Đang tới", "Đến trụ sở nhận", "Cần giấy tờ") if f">{label}<" in page]
    assert offered == {
        "lost_item": ["Đến trụ sở nhận"],
        "admin_question": ["Cần giấy tờ"],
        "violence": ["Đang tới"],
    }
