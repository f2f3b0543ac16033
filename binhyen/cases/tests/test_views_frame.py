"""The frame of a page: navigation by role, its numbers in one statement, nothing of it for citizens."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from binhyen.cases.tests.scene import browser, open_case
from binhyen.shell import shell

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
        ("PROVINCE_DUTY", "42", [*CASES, KEPT]),
        (
            "PROVINCE_STAFF",
            "42",
            ["Bàn trực", "Tìm", "Nhóm", "Kết quả", "Lịch trực", "Khai quan hệ", KEPT, *DATA, "Máy đọc tin"],
        ),
        ("VILLAGE_TEAM", "18568", ["Bàn trực", "Tìm"]),
        ("OPERATOR", "42", ["Tin chờ gửi", "Cán bộ", "Lưu giữ", "Sự cố dữ liệu", "Máy đọc tin", "Địa bàn"]),
        ("CUSTODIAN", "42", [KEPT, *DATA]),
        ("DIRECTOR", "42", [KEPT]),
    ],
)
def test_navigation_by_role_leads_somewhere(officer: Make, role: str, commune: str, places: list[str]) -> None:
    person = officer(role, commune)
    shown = frame(person)
    assert [item.label for item in shown.nav] == places
    client = browser(person)
    for item in shown.nav:
        if item.label == KEPT:  # the custody process answers there (binhyen/custody.py), behind the same door
            assert resolve(item.url, urlconf="binhyen.vault.urls")
        else:
            assert client.get(item.url).status_code == 200, item.url
    for forbidden in {"/ban-truc", "/tin-nhan", "/nhom", "/ket-qua", "/hop-thu-di"} - {i.url for i in shown.nav}:
        assert client.get(forbidden).status_code in (200, 302, 403), forbidden


def test_numbers_cost_one_statement(officer: Make, unit: Make) -> None:
    open_case(unit("18568"), urgency=3)
    person = officer()
    frame(person)
    with CaptureQueriesContext(connection) as caught:
        shown = frame(person, "/vu-viec/ABCD-EFGH")
    assert len(caught) == 1
    desk = shown.nav[0]
    assert (desk.count, desk.hot, desk.current) == (1, True, False)
    assert shown.unit_name == unit("18568").name
    assert shown.live_url == "/live"
    assert frame(officer("OFFICER", "18073")).nav[0].count == 0


def test_citizens_get_no_navigation(officer: Make) -> None:
    assert frame(AnonymousUser()).nav == ()
    gone = officer()
    gone.is_active = False
    assert frame(gone).person is None
    assert frame(officer("OPERATOR", "42")).live_url == ""


def test_the_place_one_stands_at_is_marked(officer: Make) -> None:
    page = browser(officer()).get("/tin-nhan").content.decode()
    assert re.search(r'href="/tin-nhan" aria-current="page"', page)
