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
from binhyen.cases.tests.scene import browser, open_case
from binhyen.kit import clock
from binhyen.navigation import shell
from binhyen.people.auth_policy import terms

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
CASES = ["Bàn trực", "Tìm", "Tin nhắn", "Nhóm", "Kết quả", "Tin chờ gửi", "Lịch trực"]

DATA = ["Yêu cầu dữ liệu", "Lưu giữ"]
KEPT = "Giữ kín"


def frame(person: Any, path: str = "/ban-truc") -> Any:
    request = RequestFactory().get(path)
    request.user = person
    return shell(request)


@pytest.mark.parametrize(
    ("role", "commune", "places"),
    [
        ("OFFICER", "18568", [*CASES, KEPT]),
        ("CHIEF", "18568", [*CASES, "Cán bộ", "Khai quan hệ", KEPT]),
        ("PROVINCE_DUTY", "42", [*CASES, "Khai quan hệ", KEPT]),
        (
            "PROVINCE_STAFF",
            "42",
            ["Bàn trực", "Tìm", "Nhóm", "Kết quả", "Lịch trực", "Khai quan hệ", KEPT, *DATA, "Máy đọc tin"],
        ),
        ("VILLAGE_TEAM", "18568", ["Bàn trực", "Tìm"]),
        ("OPERATOR", "42", ["Tin chờ gửi", "Cán bộ", "Lưu giữ", "Sự cố dữ liệu", "Máy đọc tin", "Địa bàn"]),
        ("CUSTODIAN", "42", [KEPT, *DATA]),
        ("DIRECTOR", "42", ["Khai quan hệ", KEPT]),
    ],
)
def test_navigation_by_role_leads_somewhere(officer: Make, role: str, commune: str, places: list[str]) -> None:
    person = officer(role, commune)
    shown = frame(person)
    assert [item.label for item in shown.nav] == places
    client = browser(person)
    for item in shown.nav:
        if item.label == KEPT:  # the custody process answers there (binhyen/custody.py), behind the same gateway
            assert resolve(item.url, urlconf="binhyen.vault.urls")
        else:
            assert client.get(item.url).status_code == 200, item.url
    for forbidden in {"/ban-truc", "/tin-nhan", "/nhom", "/ket-qua", "/hop-thu-di"} - {i.url for i in shown.nav}:
        assert client.get(forbidden).status_code in (200, 302, 403), forbidden


def test_numbers_cost_one_statement_and_what_rings_another(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), urgency=3)
    person = officer()
    frame(person)
    with CaptureQueriesContext(connection) as caught:
        shown = frame(person, "/vu-viec/ABCD-EFGH")
    assert len(caught) == 2
    desk = shown.nav[0]
    assert (desk.count, desk.hot, desk.current) == (1, True, False)
    assert shown.unit_name == unit("18568").name
    assert shown.live_url == "/live"
    other = officer("OFFICER", "18073")
    with CaptureQueriesContext(connection) as caught:
        assert frame(other, "/tim").nav[0].count == 0
    assert len(caught) == 1


STRIP = re.compile(r"data-strip( hidden)?>")


def test_what_rings_stands_above_every_page_but_the_desk_that_lists_it(officer: Make, unit: Make) -> None:
    """The rendered page serves browsers without script; the fragment shows the same on a page that stays open."""
    here, there, staff = officer(), officer("OFFICER", "18073"), officer("PROVINCE_STAFF", "42")
    assert [shown(who) for who in (here, there, staff)] == [(False, [], "")] * 3
    case = open_case(unit("18568"), urgency=3)
    rings = (True, [case.code], "1")
    assert [shown(who) for who in (here, there, staff)] == [rings, *[(False, [], "")] * 2]
    desk = browser(here).get("/ban-truc").content.decode()
    assert "data-strip" not in desk and '<i data-number="/ban-truc" class="hot">1</i>' in desk
    officer_actions.acknowledge(code=case.code, officer=officer(), now=clock.now())
    assert [shown(who) for who in (here, there, staff)] == [(False, [], "")] * 3


def shown(who: Any) -> tuple[bool, list[str], str]:
    """Return whether the alarm strip is shown, its cases, and the count beside the desk: equal on page and fragment."""
    page, part = (browser(who).get(url).content.decode() for url in ("/tim", "/so-viec"))
    told = re.search(r'(?:<i data-number="/ban-truc" class="hot">(\d+)</i>)?.*<i data-rings="([^"]*)">', part)
    strip = STRIP.search(page)
    assert told and strip and told[0] in page, "the page holds the fragment"
    assert not re.search(r"<(?!/?i\b)|Phú Mậu|dao", part), "numbers and codes, nothing else"
    return strip[1] is None, told[2].split(), told[1] or ""


def test_who_has_no_desk_gets_no_strip(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), urgency=3)
    inspector = browser(officer("INSPECTOR", "42"))
    assert "data-strip" not in inspector.get("/nhat-ky").content.decode()
    assert inspector.get("/so-viec").content.decode().strip() == ""
    assert browser(officer("OPERATOR", "42")).get("/so-viec").status_code == 403


def test_citizens_get_no_navigation(officer: Make) -> None:
    assert frame(AnonymousUser()).nav == ()
    gone = officer()
    gone.is_active = False
    assert frame(gone).person is None
    assert frame(officer("OPERATOR", "42")).live_url == ""


def test_the_place_one_stands_at_is_marked(officer: Make) -> None:
    page = browser(officer()).get("/tin-nhan").content.decode()
    assert re.search(r'href="/tin-nhan" aria-current="page"', page)


def test_a_page_knows_when_its_session_is_over(officer: Make) -> None:
    person = officer()
    html = browser(person).get("/ban-truc").content.decode()
    told = re.search(r'data-ends="(\d+)"', html)
    assert told is not None and abs(int(told[1]) - terms(person.role).longest.total_seconds()) < 60
