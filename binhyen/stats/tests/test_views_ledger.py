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
from binhyen.cases.tests.scene import browser, open_case
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.stats.area_filter import CHOICES, search
from binhyen.stats.metrics import LEDGER
from binhyen.stats.periods import BadPeriod, between, previous, this
from binhyen.stats.services import count

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def cases(unit: Make, now: dt.datetime) -> list[Case]:
    """Create three cases in Lộc Hà, one of them urgent, and one in Thành Sen, all today."""
    made = [open_case(unit("18568"), urgency=u, now=now) for u in (3, 1, 1)] + [open_case(unit("18073"), now=now)]
    count()
    return made


def number(page: str, label: str) -> int:
    found = re.search(re.escape(label) + r".*?ledger-n\">(?:<a[^>]*>)?([\d.]+)", page, re.DOTALL)
    assert found, label
    return int(found[1].replace(".", ""))


def get(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def test_every_line_of_the_story_stands_on_the_page(officer: Make, cases: list[Case]) -> None:
    page = get(browser(officer()), "/ket-qua")
    for line in LEDGER:
        assert line.label in page
    assert number(page, "Tin báo, phản ánh đã nhận") == 3
    assert number(page, "Việc khẩn cấp") == 1
    assert number(page, "Vụ lừa đảo đã ngăn chặn") == 0


def test_who_counts_what(officer: Make, cases: list[Case]) -> None:
    for role, commune, n in (
        ("OFFICER", "18568", 3), ("CHIEF", "18568", 3), ("OFFICER", "18073", 1), ("PROVINCE_DUTY", "42", 4),
        ("PROVINCE_STAFF", "42", 4),
    ):  # fmt: skip
        assert number(get(browser(officer(role, commune)), "/ket-qua"), "Tin báo, phản ánh đã nhận") == n, role
    for role in ("VILLAGE_TEAM", "OPERATOR"):
        person = browser(officer(role, "42" if role == "OPERATOR" else "18568"))
        get(person, "/ket-qua", 403)
        get(person, "/ket-qua/reports", 403)
    assert browser(None).get("/ket-qua").status_code == 302


def test_a_commune_cannot_ask_for_another(officer: Make, cases: list[Case]) -> None:
    client = browser(officer("OFFICER", "18073"))
    elsewhere = search("TDP Phú Mậu")[0]
    for asked in ("xa=18568", f"xa={elsewhere.key}"):
        page = get(client, f"/ket-qua?{asked}", 422)
        assert "Địa bàn này không có" in page and number(page, "Tin báo, phản ánh đã nhận") == 1
    page = get(client, "/ket-qua?tim=Lộc+Hà")
    assert number(page, "Tin báo, phản ánh đã nhận") == 1 and 'name="tim"' not in page
    assert "Phú Mậu" not in page and "Lộc Hà" not in page


def test_the_province_chooses(officer: Make, cases: list[Case]) -> None:
    client = browser(officer("PROVINCE_STAFF", "42"))
    assert number(get(client, "/ket-qua?xa=18568&ky=nam-nay"), "Tin báo, phản ánh đã nhận") == 3
    assert number(get(client, "/ket-qua?xa=18073&ky=quy-nay"), "Tin báo, phản ánh đã nhận") == 1


def test_the_province_compares_its_communes_and_the_rows_are_what_the_ledger_says(
    officer: Make, cases: list[Case], unit: Make, now: dt.datetime
) -> None:
    nowhere = open_case(unit("42"), now=now)
    Case.objects.filter(pk=nowhere.pk).update(commune_id=None)
    closing.close(code=cases[1].code, officer=officer(), outcome="ANSWERED", result="Xong.", version=None, now=now)
    count()
    staff = browser(officer("PROVINCE_STAFF", "42"))
    page = get(staff, "/ket-qua")
    told = re.search(r'<div class="table-box ledger-communes">(.*?)</table>', page, re.DOTALL)
    assert told is not None
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', told[1])
    numbers = [[int(n) for n in re.findall(r'class="n">(\d+)<', cells)] for _, cells in rows]
    assert [re.sub("<[^>]+>", "", name) for name, _ in rows] == ["Xã Lộc Hà", "Phường Thành Sen", "Chưa rõ xã, phường"]
    assert numbers == [[3, 1, 1], [1, 0, 0], [1, 0, 0]]
    labels = ("Tin báo, phản ánh đã nhận", "Việc khẩn cấp", "Vụ việc đã xong")
    assert [sum(column) for column in zip(*numbers, strict=True)] == [number(page, label) for label in labels]
    narrowed = get(staff, re.search(r'href="([^"]+)"', rows[0][0])[1].replace("&amp;", "&"))  # type: ignore[index]
    assert [number(narrowed, label) for label in labels] == numbers[0] and "ledger-communes" not in narrowed
    assert "ledger-communes" not in get(browser(officer("CHIEF")), "/ket-qua"), (
        "with one visible commune there is no comparison"
    )


def put(case: Case, place: str) -> str:
    """Place the case in that village; return the village's URL parameter."""
    [village] = search(place)
    Case.objects.filter(pk=case.pk).update(area_id=village.village_id)
    return village.key


def test_a_village_is_chosen_in_ones_own_commune_or_looked_for_in_the_province(
    officer: Make, cases: list[Case]
) -> None:
    key = put(cases[0], "TDP Phú Mậu")
    own = browser(officer("OFFICER", "18568"))
    assert f'<option value="{key}">Tổ dân phố Phú Mậu' in get(own, "/ket-qua")
    staff = browser(officer("PROVINCE_STAFF", "42"))
    for client, asked in ((own, f"xa={key}"), (staff, f"xa={key}"), (staff, "xa=18073&tim=tdp+phu+mau")):
        page = get(client, f"/ket-qua?{asked}")
        assert (number(page, "Tin báo, phản ánh đã nhận"), number(page, "Việc khẩn cấp")) == (1, 1), asked
        assert "<b>Tổ dân phố Phú Mậu, Xã Lộc Hà</b>" in page and "Chỉ tính những việc biết rõ ở đây" in page
        assert f'<option value="{key}" selected>' in page, "and stays selected when the period changes"
        behind = get(client, re.search(r'href="(/ket-qua/reports[^"]+)"', page)[1].replace("&amp;", "&"))
        assert show_code(cases[0].code) in behind and show_code(cases[1].code) not in behind


def test_a_name_of_before_leads_to_the_commune_of_today_and_says_so(officer: Make, cases: list[Case]) -> None:
    client = browser(officer("PROVINCE_STAFF", "42"))
    page = get(client, "/ket-qua?tim=xa+Thach+Bang")
    assert "Xã Thạch Bằng nay thuộc Xã Lộc Hà. Số dưới đây là của cả Xã Lộc Hà." in page
    assert number(page, "Tin báo, phản ánh đã nhận") == 3
    again = get(client, re.search(r'<option value="([0-9a-f]{32})" selected>', page)[1].join(("/ket-qua?xa=", "")))
    assert "nay thuộc Xã Lộc Hà" in again and number(again, "Tin báo, phản ánh đã nhận") == 3


def test_of_several_places_of_a_name_one_is_chosen_and_of_none_it_is_said(officer: Make, cases: list[Case]) -> None:
    client = browser(officer("PROVINCE_STAFF", "42"))
    villages = AreaVersion.objects.filter(area__level=4, current=True).values_list("full_name")
    name, n = villages.annotate(n=Count("pk")).order_by("-n")[0]
    page = get(client, f"/ket-qua?tim={name}&ky=nam-nay")
    links = re.findall(rf'<li><a href="(/ket-qua\?xa=[0-9a-f]{{32}}&amp;ky=nam-nay)">{name}, ', page)
    assert len(links) == min(n, CHOICES) > 1 and number(page, "Tin báo, phản ánh đã nhận") == 4
    assert f"<b>{name}, " in get(client, links[1].replace("&amp;", "&"))
    for nowhere in ("Hoàn Kiếm", "x", "<script>"):
        page = get(client, f"/ket-qua?tim={nowhere}", 422)
        assert "Trong tỉnh không có nơi nào tên" in page and "<script>»" not in page


def test_each_number_opens_onto_its_cases(officer: Make, cases: list[Case]) -> None:
    client = browser(officer("PROVINCE_STAFF", "42"))
    page = get(client, "/ket-qua?xa=18568")
    links = re.findall(r'href="(/ket-qua/[^"]+)"', page)
    assert len(links) == sum(line.metric is not None for line in LEDGER)
    behind = get(client, "/ket-qua/reports?xa=18568&ky=thang-nay")
    for case in cases[:3]:
        assert f"/vu-viec/{show_code(case.code)}" in behind
    assert show_code(cases[3].code) not in behind
    for link in links:
        get(client, link.replace("&amp;", "&"))


def test_a_closed_case_counts(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    person = officer()
    closing.close(code=cases[1].code, officer=person, outcome="ANSWERED", result="Đã xong việc.", version=None, now=now)
    count()
    assert number(get(browser(person), "/ket-qua"), "Vụ việc đã xong") == 1
    assert "Đã trả lời, hướng dẫn" in get(browser(person), "/ket-qua/closed")


def test_days_chosen_by_hand(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    client, today = browser(officer()), vietnam_day(now)
    page = get(client, f"/ket-qua?ky=tuy-chon&tu={today}&den={today.strftime('%d/%m/%Y')}")
    assert number(page, "Tin báo, phản ánh đã nhận") == 3
    before = today - dt.timedelta(days=1)
    page = get(client, f"/ket-qua?ky=tuy-chon&tu={before - dt.timedelta(days=400)}&den={before}")
    assert number(page, "Tin báo, phản ánh đã nhận") == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ky=tuy-chon", "Ngày không đúng"),
        ("ky=tuy-chon&tu=2026-13-01&den=2026-01-01", "Ngày không đúng"),
        ("ky=tuy-chon&tu=2026-02-01&den=2026-01-01", "Ngày đầu phải trước"),
        ("ky=tuy-chon&tu=2001-01-01&den=2026-01-01", "quá 10 năm"),
        ("ky=tuy-chon&tu=0001-01-01&den=9999-12-31", "Ngày không đúng"),
        ("ky=the-ky", "Kỳ này không có"),
    ],
)
def test_bad_periods_are_said_on_the_page(officer: Make, query: str, words: str) -> None:
    for address in ("/ket-qua", "/ket-qua/reports"):
        page = get(browser(officer()), f"{address}?{query}", 422)
        assert words in page or address != "/ket-qua"


def test_unknown_commune_and_metric(officer: Make) -> None:
    client = browser(officer("PROVINCE_STAFF", "42"))
    assert "không có" in get(client, "/ket-qua?xa=99999", 422)
    get(client, "/ket-qua/khong-co", 404)


def test_periods() -> None:
    today = dt.date(2026, 11, 25)
    month, quarter, year = (this(c, today=today) for c in ("thang-nay", "quy-nay", "nam-nay"))
    assert (month.first, month.last, month.label) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30), "Tháng 11 năm 2026")
    assert (quarter.first, quarter.last) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert quarter.label == "Quý 4 năm 2026"
    assert (year.first, year.last) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert this("thang-nay", today=dt.date(2024, 2, 29)).last == dt.date(2024, 2, 29)
    for period, first, last in (
        (month, dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        (quarter, dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        (year, dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
        (between("05/11/2026", "2026-11-14"), dt.date(2026, 10, 26), dt.date(2026, 11, 4)),
    ):
        assert (previous(period).first, previous(period).last) == (first, last)
    with pytest.raises(BadPeriod):
        between("2026-11-2x", "2026-11-14")
