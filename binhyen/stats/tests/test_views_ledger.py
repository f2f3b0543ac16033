"""The statistics page: area, period, figures that link to their cases."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count
from django.test import Client

from binhyen.areas.models import AreaVersion
from binhyen.cases.models import Case
from binhyen.cases.services import closing
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.stats.area_filter import MAX_CHOICES, search_areas
from binhyen.stats.metrics import LEDGER_LINES
from binhyen.stats.periods import InvalidPeriod, get_current_period, get_previous_period, parse_period
from binhyen.stats.services import update_counts

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def cases(unit: Make, now: dt.datetime) -> list[Case]:
    """Create three cases in Lộc Hà, one of them urgent, and one in Thành Sen, all today."""
    made = [open_case(unit("18568"), urgency=u, now=now) for u in (3, 1, 1)] + [open_case(unit("18073"), now=now)]
    update_counts()
    return made


def read_number(page: str, label: str) -> int:
    match = re.search(re.escape(label) + r".*?ledger-n\">(?:<a[^>]*>)?([\d.]+)", page, re.DOTALL)
    assert match, label
    return int(match[1].replace(".", ""))


def open_page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def test_every_line_of_the_demo_is_on_the_page(officer: Make, cases: list[Case]) -> None:
    page = open_page(sign_in_browser(officer()), "/ket-qua")
    for line in LEDGER_LINES:
        assert line.label in page
    assert read_number(page, "Tin báo, phản ánh đã nhận") == 3
    assert read_number(page, "Việc khẩn cấp") == 1
    assert read_number(page, "Vụ lừa đảo đã ngăn chặn") == 0


def test_access_to_the_figures(officer: Make, cases: list[Case]) -> None:
    for role, commune, n in (
        ("OFFICER", "18568", 3),
        ("CHIEF", "18568", 3),
        ("OFFICER", "18073", 1),
        ("PROVINCE_DUTY", "42", 4),
        ("PROVINCE_STAFF", "42", 4),
    ):
        assert (
            read_number(open_page(sign_in_browser(officer(role, commune)), "/ket-qua"), "Tin báo, phản ánh đã nhận")
            == n
        ), role
    for role in ("VILLAGE_TEAM", "OPERATOR"):
        person = sign_in_browser(officer(role, "42" if role == "OPERATOR" else "18568"))
        open_page(person, "/ket-qua", 403)
        open_page(person, "/ket-qua/reports", 403)
    assert sign_in_browser(None).get("/ket-qua").status_code == 302


def test_a_commune_cannot_ask_for_another(officer: Make, cases: list[Case]) -> None:
    client = sign_in_browser(officer("OFFICER", "18073"))
    elsewhere = search_areas("TDP Phú Mậu")[0]
    for asked in ("xa=18568", f"xa={elsewhere.key}"):
        page = open_page(client, f"/ket-qua?{asked}", 422)
        assert "Địa bàn này không có" in page and read_number(page, "Tin báo, phản ánh đã nhận") == 1
    page = open_page(client, "/ket-qua?tim=Lộc+Hà")
    assert read_number(page, "Tin báo, phản ánh đã nhận") == 1 and 'name="tim"' not in page
    assert "Phú Mậu" not in page and "Lộc Hà" not in page


def test_the_province_chooses(officer: Make, cases: list[Case]) -> None:
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    assert read_number(open_page(client, "/ket-qua?xa=18568&ky=nam-nay"), "Tin báo, phản ánh đã nhận") == 3
    assert read_number(open_page(client, "/ket-qua?xa=18073&ky=quy-nay"), "Tin báo, phản ánh đã nhận") == 1


def test_the_province_compares_its_communes_with_matching_rows(
    officer: Make, cases: list[Case], unit: Make, now: dt.datetime
) -> None:
    nowhere = open_case(unit("42"), now=now)
    Case.objects.filter(pk=nowhere.pk).update(commune_id=None)
    closing.close_case(code=cases[1].code, officer=officer(), outcome="ANSWERED", result="Xong.", version=None, now=now)
    update_counts()
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    page = open_page(staff, "/ket-qua")
    match = re.search(r'<div class="table-box ledger-communes"[^>]*>(.*?)</table>', page, re.DOTALL)
    assert match is not None
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', match[1])
    numbers = [[int(n) for n in re.findall(r'class="n">(\d+)<', cells)] for _, cells in rows]
    assert [re.sub("<[^>]+>", "", name) for name, _ in rows] == ["Xã Lộc Hà", "Phường Thành Sen", "Chưa rõ xã, phường"]
    assert numbers == [[3, 1, 1], [1, 0, 0], [1, 0, 0]]
    labels = ("Tin báo, phản ánh đã nhận", "Việc khẩn cấp", "Vụ việc đã xong")
    assert [sum(column) for column in zip(*numbers, strict=True)] == [read_number(page, label) for label in labels]
    narrowed = open_page(staff, re.search(r'href="([^"]+)"', rows[0][0])[1].replace("&amp;", "&"))  # type: ignore[index]
    assert [read_number(narrowed, label) for label in labels] == numbers[0] and "ledger-communes" not in narrowed
    assert "ledger-communes" not in open_page(sign_in_browser(officer("CHIEF")), "/ket-qua"), (
        "with one visible commune there is no comparison"
    )


def place_case(case: Case, place: str) -> str:
    """Place the case in that village; return the village's URL parameter."""
    [village] = search_areas(place)
    Case.objects.filter(pk=case.pk).update(area_id=village.village_id)
    return village.key


def test_a_village_is_chosen_in_the_own_commune_or_searched_in_the_province(officer: Make, cases: list[Case]) -> None:
    key = place_case(cases[0], "TDP Phú Mậu")
    own_browser = sign_in_browser(officer("OFFICER", "18568"))
    assert f'<option value="{key}">Tổ dân phố Phú Mậu' in open_page(own_browser, "/ket-qua")
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    for client, asked in ((own_browser, f"xa={key}"), (staff, f"xa={key}"), (staff, "xa=18073&tim=tdp+phu+mau")):
        page = open_page(client, f"/ket-qua?{asked}")
        assert (read_number(page, "Tin báo, phản ánh đã nhận"), read_number(page, "Việc khẩn cấp")) == (1, 1), asked
        assert "<b>Tổ dân phố Phú Mậu, Xã Lộc Hà</b>" in page and "Chỉ tính những việc biết rõ ở đây" in page
        assert f'<option value="{key}" selected>' in page, "and stays selected when the period changes"
        behind = open_page(client, re.search(r'href="(/ket-qua/reports[^"]+)"', page)[1].replace("&amp;", "&"))
        assert format_code(cases[0].code) in behind and format_code(cases[1].code) not in behind


def test_an_old_name_leads_to_the_present_commune_with_a_note(officer: Make, cases: list[Case]) -> None:
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    page = open_page(client, "/ket-qua?tim=xa+Thach+Bang")
    assert "Xã Thạch Bằng nay thuộc Xã Lộc Hà. Số dưới đây là của cả Xã Lộc Hà." in page
    assert read_number(page, "Tin báo, phản ánh đã nhận") == 3
    again = open_page(
        client, re.search(r'<option value="([0-9a-f]{32})" selected>', page)[1].join(("/ket-qua?xa=", ""))
    )
    assert "nay thuộc Xã Lộc Hà" in again and read_number(again, "Tin báo, phản ánh đã nhận") == 3


def test_ambiguous_places_offer_a_choice_and_unknown_ones_are_reported(officer: Make, cases: list[Case]) -> None:
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    villages = AreaVersion.objects.filter(area__level=4, current=True).values_list("full_name")
    name, n = villages.annotate(n=Count("pk")).order_by("-n")[0]
    page = open_page(client, f"/ket-qua?tim={name}&ky=nam-nay")
    links = re.findall(rf'<li><a href="(/ket-qua\?xa=[0-9a-f]{{32}}&amp;ky=nam-nay)">{name}, ', page)
    assert len(links) == min(n, MAX_CHOICES) > 1 and read_number(page, "Tin báo, phản ánh đã nhận") == 4
    assert f"<b>{name}, " in open_page(client, links[1].replace("&amp;", "&"))
    for nowhere in ("Hoàn Kiếm", "x", "<script>"):
        page = open_page(client, f"/ket-qua?tim={nowhere}", 422)
        assert "Trong tỉnh không có nơi nào tên" in page and "<script>»" not in page


def test_each_number_opens_onto_its_cases(officer: Make, cases: list[Case]) -> None:
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    page = open_page(client, "/ket-qua?xa=18568")
    links = re.findall(r'href="(/ket-qua/[^"]+)"', page)
    assert len(links) == sum(line.metric is not None for line in LEDGER_LINES)
    behind = open_page(client, "/ket-qua/reports?xa=18568&ky=thang-nay")
    for case in cases[:3]:
        assert f"/vu-viec/{format_code(case.code)}" in behind
    assert format_code(cases[3].code) not in behind
    for link in links:
        open_page(client, link.replace("&amp;", "&"))


def test_a_closed_case_counts(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    person = officer()
    closing.close_case(
        code=cases[1].code, officer=person, outcome="ANSWERED", result="Đã xong việc.", version=None, now=now
    )
    update_counts()
    assert read_number(open_page(sign_in_browser(person), "/ket-qua"), "Vụ việc đã xong") == 1
    assert "Đã trả lời, hướng dẫn" in open_page(sign_in_browser(person), "/ket-qua/closed")


def test_days_chosen_manually(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    client, today = sign_in_browser(officer()), to_vietnam_day(now)
    page = open_page(client, f"/ket-qua?ky=tuy-chon&tu={today}&den={today.strftime('%d/%m/%Y')}")
    assert read_number(page, "Tin báo, phản ánh đã nhận") == 3
    before = today - dt.timedelta(days=1)
    page = open_page(client, f"/ket-qua?ky=tuy-chon&tu={before - dt.timedelta(days=400)}&den={before}")
    assert read_number(page, "Tin báo, phản ánh đã nhận") == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ky=tuy-chon", "Ngày chưa đúng"),
        ("ky=tuy-chon&tu=2026-13-01&den=2026-01-01", "Ngày chưa đúng"),
        ("ky=tuy-chon&tu=2026-02-01&den=2026-01-01", "Ngày đầu phải trước"),
        ("ky=tuy-chon&tu=2001-01-01&den=2026-01-01", "quá 10 năm"),
        ("ky=tuy-chon&tu=0001-01-01&den=9999-12-31", "Ngày chưa đúng"),
        ("ky=the-ky", "Kỳ này không có"),
    ],
)
def test_bad_periods_are_reported_on_the_page(officer: Make, query: str, words: str) -> None:
    for address in ("/ket-qua", "/ket-qua/reports"):
        page = open_page(sign_in_browser(officer()), f"{address}?{query}", 422)
        assert words in page or address != "/ket-qua"


def test_unknown_commune_and_metric(officer: Make) -> None:
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    assert "không có" in open_page(client, "/ket-qua?xa=99999", 422)
    open_page(client, "/ket-qua/khong-co", 404)


def test_periods() -> None:
    today = dt.date(2026, 11, 25)
    month, quarter, year = (get_current_period(c, today=today) for c in ("thang-nay", "quy-nay", "nam-nay"))
    assert (month.first, month.last, month.label) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30), "Tháng 11 năm 2026")
    assert (quarter.first, quarter.last) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert quarter.label == "Quý 4 năm 2026"
    assert (year.first, year.last) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert get_current_period("thang-nay", today=dt.date(2024, 2, 29)).last == dt.date(2024, 2, 29)
    for period, first, last in (
        (month, dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        (quarter, dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        (year, dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
        (parse_period("05/11/2026", "2026-11-14"), dt.date(2026, 10, 26), dt.date(2026, 11, 4)),
    ):
        assert (get_previous_period(period).first, get_previous_period(period).last) == (first, last)
    with pytest.raises(InvalidPeriod):
        parse_period("2026-11-2x", "2026-11-14")
