"""The page frame: navigation by role, its counts in one statement, nothing of it for citizens."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit import clock
from binhyen.navigation import build_officer_frame
from binhyen.people.auth_policy import get_session_policy

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
CASES = [
    "Bàn trực",
    "Tìm",
    "Tin nhắn",
    "Đồ nhặt được",
    "Người đi lạc",
    "Vũ khí",
    "Việc tốt",
    "Hoàn cảnh",
    "Nhóm",
    "Bản tin",
    "Đăng tay",
    "Thủ tục",
    "Tổng quan",
    "Bản đồ",
    "Kết quả",
    "Hỏi số liệu",
    "Quan tâm",
    "Báo cáo",
    "Lừa đảo",
    "Tin chờ gửi",
    "Lịch trực",
]

DATA = ["Yêu cầu dữ liệu", "Lưu giữ"]
KEPT = "Giữ kín"


def build_frame(person: Any, path: str = "/ban-truc") -> Any:
    request = RequestFactory().get(path)
    request.user = person
    return build_officer_frame(request)


@pytest.mark.parametrize(
    ("role", "commune", "places"),
    [
        ("OFFICER", "18568", [*CASES, KEPT]),
        ("CHIEF", "18568", [*CASES, "Cán bộ", "Khai báo quan hệ thân thích", KEPT]),
        ("PROVINCE_DUTY", "42", [*CASES, "Khai báo quan hệ thân thích", KEPT]),
        (
            "PROVINCE_STAFF",
            "42",
            [
                "Bàn trực",
                "Tìm",
                "Việc tốt",
                "Nhóm",
                "Bản tin",
                "Đăng tay",
                "Thủ tục",
                "Tổng quan",
                "Bản đồ",
                "Kết quả",
                "Hỏi số liệu",
                "Quan tâm",
                "Báo cáo",
                "Lừa đảo",
                "Lịch trực",
                "Khai báo quan hệ thân thích",
                KEPT,
                *DATA,
                "Máy đọc tin",
            ],
        ),
        ("VILLAGE_TEAM", "18568", ["Bàn trực", "Tìm", "Hoàn cảnh"]),
        (
            "OPERATOR",
            "42",
            ["Vận hành", "Tin chờ gửi", "Cán bộ", "Lưu giữ", "Sự cố dữ liệu", "Máy đọc tin", "Địa bàn", "Quản trị"],
        ),
        ("CUSTODIAN", "42", [KEPT, *DATA]),
        (
            "DIRECTOR",
            "42",
            ["Tổng quan", "Bản đồ", "Kết quả", "Quan tâm", "Báo cáo", "Khai báo quan hệ thân thích", KEPT],
        ),
    ],
)
def test_navigation_by_role_leads_somewhere(officer: Make, role: str, commune: str, places: list[str]) -> None:
    person = officer(role, commune)
    shown = build_frame(person)
    assert [item.label for item in shown.nav] == places
    client = sign_in_browser(person)
    for item in shown.nav:
        if item.label == KEPT:  # the custody process answers there (binhyen/custody.py), behind the same gateway
            assert resolve(item.url, urlconf="binhyen.vault.urls")
        else:
            assert client.get(item.url).status_code == 200, item.url
    for forbidden in {"/ban-truc", "/tin-nhan", "/nhom", "/ket-qua", "/hop-thu-di"} - {i.url for i in shown.nav}:
        assert client.get(forbidden).status_code in (200, 302, 403), forbidden


def test_a_long_navigation_is_folded_and_a_short_one_is_not(officer: Make) -> None:
    groups = {item.url: item.group for item in build_frame(officer("CHIEF")).nav}
    assert groups["/ban-truc"] == groups["/giu-kin"] == ""
    assert groups["/nhat-duoc"] == groups["/lua-dao"] == "Sổ theo dõi" and groups["/can-bo"] == "Quản lý"
    assert not any(item.group for item in build_frame(officer("VILLAGE_TEAM")).nav)
    page = sign_in_browser(officer("CHIEF")).get("/ban-tin").content.decode()
    assert page.count('<summary class="current">Nhóm, bản tin') == 2, "in the bar and in the phone menu"


def test_counts_cost_one_statement_and_alarms_another(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), urgency=3)
    person = officer()
    build_frame(person)
    with CaptureQueriesContext(connection) as caught:
        shown = build_frame(person, "/vu-viec/ABCD-EFGH")
    assert len(caught) == 2
    desk = shown.nav[0]
    assert (desk.count, desk.hot, desk.current) == (1, True, False)
    assert shown.unit_name == unit("18568").name
    assert shown.live_url == "/live"
    other = officer("OFFICER", "18073")
    with CaptureQueriesContext(connection) as caught:
        assert build_frame(other, "/tim").nav[0].count == 0
    assert len(caught) == 1


STRIP = re.compile(r"data-strip( hidden)?>")


def test_the_alarm_strip_is_on_every_page_except_the_desk(officer: Make, unit: Make) -> None:
    """The rendered page serves browsers without script; the fragment shows the same on a page that stays open."""
    here, there, staff = officer(), officer("OFFICER", "18073"), officer("PROVINCE_STAFF", "42")
    assert [read_alarm_strip(user) for user in (here, there, staff)] == [(False, [], "")] * 3
    case = open_case(unit("18568"), urgency=3)
    rings = (True, [case.code], "1")
    assert [read_alarm_strip(user) for user in (here, there, staff)] == [rings, *[(False, [], "")] * 2]
    desk = sign_in_browser(here).get("/ban-truc").content.decode()
    assert "data-strip" not in desk and '<i data-number="/ban-truc" class="hot">1</i>' in desk
    officer_actions.acknowledge_alarm(code=case.code, officer=officer(), now=clock.now())
    assert [read_alarm_strip(user) for user in (here, there, staff)] == [(False, [], "")] * 3


def read_alarm_strip(user: Any) -> tuple[bool, list[str], str]:
    """Return whether the alarm strip is shown, its cases, and the count beside the desk: equal on page and fragment."""
    page, part = (sign_in_browser(user).get(url).content.decode() for url in ("/tim", "/so-viec"))
    match = re.search(r'(?:<i data-number="/ban-truc" class="hot">(\d+)</i>)?.*<i data-rings="([^"]*)">', part)
    strip = STRIP.search(page)
    assert match and strip and match[0] in page, "the page holds the fragment"
    assert not re.search(r"<(?!/?i\b)|Phú Mậu|dao", part), "numbers and codes, nothing else"
    return strip[1] is None, match[2].split(), match[1] or ""


def test_a_role_without_a_desk_gets_no_strip(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), urgency=3)
    inspector = sign_in_browser(officer("INSPECTOR", "42"))
    assert "data-strip" not in inspector.get("/nhat-ky").content.decode()
    assert inspector.get("/so-viec").content.decode().strip() == ""
    assert sign_in_browser(officer("OPERATOR", "42")).get("/so-viec").status_code == 403


def test_citizens_get_no_navigation(officer: Make) -> None:
    assert build_frame(AnonymousUser()).nav == ()
    gone = officer()
    gone.is_active = False
    assert build_frame(gone).person is None
    assert build_frame(officer("OPERATOR", "42")).live_url == ""


def test_the_current_page_is_marked(officer: Make) -> None:
    page = sign_in_browser(officer()).get("/tin-nhan").content.decode()
    assert re.search(r'href="/tin-nhan" aria-current="page"', page)


def test_a_page_knows_when_its_session_is_over(officer: Make) -> None:
    person = officer()
    html = sign_in_browser(person).get("/ban-truc").content.decode()
    match = re.search(r'data-ends="(\d+)"', html)
    assert match is not None and abs(int(match[1]) - get_session_policy(person.role).longest.total_seconds()) < 60
