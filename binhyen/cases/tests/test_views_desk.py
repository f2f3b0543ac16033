"""The case list for every role, with any filter, in few SQL statements."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.cases.choices import State
from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import HTMX, build_case_url, open_case, reload_case, sign_in_browser
from binhyen.kit.ids import format_code

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def open_case_list(officer: Any, query: str = "", **headers: str) -> str:
    response = sign_in_browser(officer).get(f"/ban-truc{query}", **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_the_case_to_owner_colleague_and_province_only(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    owner, colleague, chief = officer("OFFICER"), officer("OFFICER"), officer("CHIEF")
    for person in (owner, colleague, chief, officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42")):
        assert format_code(case.code) in open_case_list(person), person.role
    assert format_code(case.code) not in open_case_list(officer("OFFICER", "18073"))
    assert format_code(case.code) not in open_case_list(officer("VILLAGE_TEAM"))


def test_an_english_desk_shows_the_subject_in_english(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    Case.objects.filter(pk=case.pk).update(title="Trộm, cướp · TDP Phú Mậu")
    person = officer("OFFICER")
    assert "Trộm, cướp · TDP Phú Mậu" in open_case_list(person)
    client = sign_in_browser(person)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for path in ("/ban-truc", build_case_url(case)):
        page = client.get(path).content.decode()
        assert "Theft, robbery · TDP Phú Mậu" in page and "Trộm, cướp · TDP" not in page, path


def test_a_stranger_neither_counts_nor_finds_the_case(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    stranger = officer("OFFICER", "18073")
    page = open_case_list(stranger, f"?q={case.code}")
    assert "Không có vụ việc nào khớp" in page
    assert '<span class="count">0</span>' in page


def test_closed_cases_are_one_tap_from_the_search(officer: Make, unit: Make, now: dt.datetime) -> None:
    """A citizen calls and reads out the number of a case closed long ago."""
    case = open_case(unit("18568"))
    Case.objects.filter(pk=case.pk).update(state=State.CLOSED, outcome="RESOLVED", closed_at=now)
    owner, row, wider = officer("OFFICER"), f'data-row="{case.code}"', f'href="/ban-truc?xem=tat-ca&amp;q={case.code}"'
    for query in (f"?q={case.code}", f"?q={case.code}&cua=toi&muc=3"):
        page = open_case_list(owner, query)
        assert row not in page and wider in page, query
    page = open_case_list(owner, f"?xem=tat-ca&q={case.code}")
    assert row in page and wider not in page, "it leads to more than the visible rows"
    assert "xem=tat-ca" not in open_case_list(owner) and row not in open_case_list(
        officer("OFFICER", "18073"), f"?xem=tat-ca&q={case.code}"
    )


def test_the_village_team_sees_its_task(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    team, chief = officer("VILLAGE_TEAM"), officer("CHIEF")
    officer_actions.assign_case(code=case.code, officer=chief, to=team, version=case.version, now=case.opened_at)
    page = open_case_list(team)
    assert format_code(case.code) in page
    assert "Chưa ai xử lý" not in page


def test_the_operator_is_led_to_the_page_of_the_machine(officer: Make) -> None:
    response = sign_in_browser(officer("OPERATOR", "42")).get("/ban-truc")
    assert response.status_code == 302
    assert response["Location"] == "/van-hanh"


def test_an_anonymous_user_is_redirected_to_sign_in(officer: Make) -> None:
    response = sign_in_browser(None).get("/ban-truc?muc=3")
    assert response.status_code == 302
    assert response["Location"] == "/dang-nhap?next=/ban-truc%3Fmuc%3D3"
    fragment = sign_in_browser(None).get("/ban-truc", **HTMX)
    assert fragment.headers["HX-Redirect"] == "/dang-nhap"
    assert not fragment.content
    dead = officer()
    client = sign_in_browser(dead)
    dead.is_active = False
    dead.save()
    assert client.get("/ban-truc").status_code == 302


def test_htmx_gets_the_fragment(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    page, fragment = open_case_list(officer()), open_case_list(officer(), **HTMX)
    assert "<!doctype html>" in page
    assert fragment.lstrip().startswith('<section id="queue"')
    assert format_code(case.code) in fragment


@pytest.mark.parametrize(
    ("query", "is_listed"),
    [
        ("?trang-thai=NEW", True),
        ("?trang-thai=WORKING", False),
        ("?loai=tip", True),
        ("?loai=petition", False),
        ("?linh-vuc=violence", True),
        ("?linh-vuc=scam", False),
        ("?muc=1", True),
        ("?muc=3", False),
        ("?cua=khong", True),
        ("?cua=toi", False),
        ("?han=qua", False),
        ("?xem=xong", False),
        ("?xem=tat-ca", True),
        ("?q=phu+mau", True),
        ("?q=Phú+Mậu", True),
        ("?q=đánh nhau", True),
        ("?q=danh nhau", True),
        ("?q=" + unicodedata.normalize("NFD", "đánh nhau"), True),
        ("?q=khong-co-gi", False),
        ("?q=%00%26%7C%21%3A%2A", False),
        ("?trang-thai=VÔ-LÝ", True),
        ("?muc=99", True),
        ("?xa=18568", True),
        ("?sau=rác", True),
        ("?xem=1' OR 1=1", True),
    ],
)
def test_filters(officer: Make, unit: Make, query: str, is_listed: bool) -> None:
    case = open_case(unit("18568"))
    assert (format_code(case.code) in open_case_list(officer(), query)) is is_listed


def test_the_province_chooses_a_commune(officer: Make, unit: Make) -> None:
    here, there = open_case(unit("18568")), open_case(unit("18073"))
    duty = officer("PROVINCE_DUTY", "42")
    page = open_case_list(duty, "?xa=18568")
    assert format_code(here.code) in page
    assert format_code(there.code) not in page
    assert 'name="xa"' in page
    assert 'name="xa"' not in open_case_list(officer())


def test_overdue_and_closed(officer: Make, unit: Make, now: dt.datetime) -> None:
    late = open_case(unit("18568"), now=now - dt.timedelta(days=2))
    page = open_case_list(officer(), "?han=qua")
    assert format_code(late.code) in page
    assert "due-over" in page


def test_pages_follow_one_another_and_link_back(officer: Make, unit: Make, now: dt.datetime) -> None:
    cases = [open_case(unit("18568"), now=now - dt.timedelta(minutes=m)) for m in range(55)]
    person = officer()
    visited: list[str] = []
    query = ""
    for _ in range(3):
        page = open_case_list(person, query)
        visited += [format_code(c.code) for c in cases if format_code(c.code) in page]
        following = page.partition('rel="next" href="')[2].partition('"')[0]
        if not following:
            break
        query = following.removeprefix("/ban-truc")
    assert sorted(visited) == sorted(format_code(c.code) for c in cases)
    assert "Về trang đầu" in page


def test_cases_of_the_province_alarm_its_duty_desk(officer: Make, unit: Make) -> None:
    case = open_case(unit("42"), urgency=3)
    duty = officer("PROVINCE_DUTY", "42")
    for page in (open_case_list(duty), sign_in_browser(duty).get(build_case_url(case)).content.decode()):
        assert "Đã báo trực ban tỉnh." in page
        assert "Báo trưởng công an xã" not in page


def test_an_alarm_lasts_until_it_is_acknowledged(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"), urgency=3)
    person = officer()
    page = open_case_list(person)
    assert f'data-alarm="{case.code}"' in page
    assert "Báo trưởng công an xã sau" in page
    assert 'class="nav-n hot">1<' in page
    response = sign_in_browser(person).post(
        build_case_url(case, "da-nhan"),
        HTTP_HX_TARGET="queue",
        HTTP_HX_CURRENT_URL="http://testserver/ban-truc?muc=3",
        **HTMX,
    )
    fragment = response.content.decode()
    assert response.status_code == 200
    assert fragment.lstrip().startswith('<section id="queue"')
    assert "data-alarm=" not in fragment
    assert format_code(case.code) in fragment
    assert "muc=3" in fragment
    assert reload_case(case).state == State.RECEIVED


def test_a_row_names_its_clock_and_repeats_nothing_on_a_phone(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"), urgency=3)
    other = open_case(unit("18568"))
    page = open_case_list(officer())
    assert '<span class="c-clock">Kiểm tra sơ bộ, chuyển điều tra</span>' in page
    assert f'class="case is-alarming is-boxed" data-row="{case.code}"' in page
    assert f'class="case" data-row="{other.code}"' in page


def test_taking_from_the_list_needs_the_newest_version(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    first, second = officer(), officer()
    take = f"{build_case_url(case, 'nhan-viec')}?version={case.version}"
    assert take.replace(case.code, format_code(case.code)) in open_case_list(first)
    assert sign_in_browser(first).post(take, HTTP_HX_TARGET="queue", **HTMX).status_code == 200
    late = sign_in_browser(second).post(take, HTTP_HX_TARGET="queue", **HTMX)
    assert late.status_code == 409
    assert late.headers["HX-Retarget"] == "#noi-dung"
    assert first.name in late.content.decode()
    assert reload_case(case).assignee == first


def test_markup_of_citizens_stays_text(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), text="<script>alert(1)</script>", urgency=3)
    page = open_case_list(officer())
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_alarms_are_queried_only_if_there_are_any(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), urgency=1)
    client = sign_in_browser(officer())
    client.get("/ban-truc")

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            page = client.get("/ban-truc").content.decode()
        assert ("data-alarms" in page) == any('AS "told"' in q["sql"] for q in caught)
        return len(caught)

    calm = asked()
    open_case(unit("18568"), urgency=3)
    assert asked() == calm + 1


@pytest.mark.parametrize("role", ["OFFICER", "PROVINCE_DUTY"])
def test_at_most_eight_statements_whatever_the_page(officer: Make, unit: Make, role: str, now: dt.datetime) -> None:
    for m in range(60):
        open_case(unit("18568"), urgency=m % 4, now=now - dt.timedelta(hours=m))
    person = officer(role, "18568" if role == "OFFICER" else "42")
    client = sign_in_browser(person)
    client.get("/ban-truc")  # the process loads its area cache
    for query in ("", "?q=dao", "?han=qua", "?cua=khong", "?xem=tat-ca&muc=1", "?xem=xong"):
        for headers in ({}, HTMX):
            with CaptureQueriesContext(connection) as caught:
                assert client.get(f"/ban-truc{query}", **headers).status_code == 200
            assert len(caught) <= 8, [q["sql"] for q in caught]
