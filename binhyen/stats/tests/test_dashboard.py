"""The dashboard: open cases and a period, for each role; every number leads to its cases where the reader has cases."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.cases.models import Case, Clock, Report
from binhyen.cases.services import closing
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.stats import dashboard, services
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.models import Contribution, Count, DayCount, MonthCount
from binhyen.stats.periods import ChartStep, Period, get_previous_period
from binhyen.vault.models import Reporter
from tests.rls import acting_as

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def cases(unit: Make, officer: Make, now: dt.datetime) -> list[Case]:
    """Create an urgent, a late and a closed case in Lộc Hà, and one in Thành Sen."""
    made = [open_case(unit("18568"), urgency=u, now=now) for u in (3, 1, 1)] + [open_case(unit("18073"), now=now)]
    Case.objects.filter(pk=made[1].pk).update(due_at=now - dt.timedelta(hours=1))
    Clock.objects.filter(case=made[2]).update(due_at=now - dt.timedelta(hours=1))
    closing.close_case(
        code=made[2].code, officer=officer("CHIEF"), outcome="ANSWERED", result="Đã xong.", version=None, now=now
    )
    services.update_counts()
    return made


def read_page(client: Client, address: str = "/tong-quan", status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def read_figures(page: str) -> dict[str, str]:
    return {label: value for value, label in re.findall(r"<b>([^<]*)</b><span>([^<]*)</span>", page)}


def test_each_role_counts_what_it_may(officer: Make, cases: list[Case]) -> None:
    for role, commune, open_cases, received in (
        ("OFFICER", "18568", "2", "3"),
        ("CHIEF", "18073", "1", "1"),
        ("PROVINCE_STAFF", "42", "3", "4"),
        ("PROVINCE_DUTY", "42", "3", "4"),
        ("DIRECTOR", "42", "3", "4"),
    ):
        figures = read_figures(read_page(sign_in_browser(officer(role, commune))))
        assert (figures["Đang mở"], figures["Đã nhận"]) == (open_cases, received), role
    for role in ("VILLAGE_TEAM", "OPERATOR", "INSPECTOR", "CUSTODIAN"):
        read_page(sign_in_browser(officer(role, "18568" if role == "VILLAGE_TEAM" else "42")), status=403)
    assert sign_in_browser(None).get("/tong-quan").status_code == 302


def test_the_figures_renew_themselves(officer: Make, cases: list[Case]) -> None:
    for role, commune, trigger in (
        ("CHIEF", "18568", "renew-numbers from:#so-viec delay:2s, every 60s"),
        ("DIRECTOR", "42", "every 5s"),
    ):
        client = sign_in_browser(officer(role, commune))
        page = read_page(client)
        assert trigger in page
        [url] = re.findall(r'hx-get="(/tong-quan[^"]*)"', page)
        fragment = read_page(client, url.replace("&amp;", "&"))
        assert fragment.lstrip().startswith("<div") and "<html" not in fragment and "dong-viec" not in fragment
        assert read_figures(fragment) == read_figures(page)


def test_numbers_of_now_and_of_the_period(officer: Make, cases: list[Case]) -> None:
    figures = read_figures(read_page(sign_in_browser(officer("CHIEF"))))
    assert (figures["Khẩn cấp"], figures["Quá hạn"], figures["Đã xong"], figures["Xong đúng hạn"]) == (
        "1",
        "1",
        "1",
        "0 %",
    )


def test_ratings_loads_and_villages(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    reporter = Reporter.objects.create(created_at=now)
    Report.objects.create(case=cases[2], reporter=reporter, at=now, was_helpful=True, rated_at=now)
    chief = officer("CHIEF", name="Lê Văn Hòa")
    Case.objects.filter(pk=cases[0].pk).update(assignee=chief)
    services.rebuild_counts()
    page = read_page(sign_in_browser(chief))
    figures = read_figures(page)
    assert figures["Người báo nói có giúp được"] == "100 %" and figures["Thôn, tổ dân phố có nhóm"] == "0 %"
    loads = dashboard.list_officer_loads(chief, now=now)
    assert [(load.name, load.open, load.urgent, load.overdue) for load in loads] == [
        ("", 1, 0, 1),
        ("Lê Văn Hòa", 1, 1, 0),
    ]
    assert "Ai đang giữ bao nhiêu việc" in page
    province = read_page(sign_in_browser(officer("PROVINCE_STAFF", "42")))
    assert "Ai đang giữ" not in province and "Thôn, tổ dân phố có nhóm" in province
    assert dashboard.list_officer_loads(officer("DIRECTOR", "42"), now=now) == []


def test_every_number_leads_to_its_cases(officer: Make, cases: list[Case]) -> None:
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    page = read_page(staff, "/tong-quan?xa=18568&ky=nam-nay")
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/(?:ket-qua/|ban-truc\?)[^"]+)"', page)}
    assert any("/ket-qua/cat--violence" in link for link in links) and any("han=qua" in link for link in links)
    for link in links:
        assert staff.get(link).status_code == 200, link
    behind = read_page(staff, "/ket-qua/due--late?xa=18568&ky=nam-nay")
    assert f"{cases[2].code[:4]}-{cases[2].code[4:]}" in behind and "Thời hạn: Quá hạn" in behind
    assert '<a class="no-print" href="/tong-quan?ky=nam-nay">' in page


def test_the_director_reads_numbers_and_no_case(officer: Make, cases: list[Case]) -> None:
    client = sign_in_browser(officer("DIRECTOR", "42"))
    assert client.get("/ban-truc").headers["Location"] == "/tong-quan"
    page = read_page(client, "/tong-quan?ky=nam-nay")
    assert "/vu-viec/" not in page and "/ban-truc?" not in page and 'href="/ket-qua/' not in page
    assert "Xã Lộc Hà" in page and "xa=18568" not in page, "totals of communes, and nothing smaller"
    read_page(client, "/tong-quan?xa=18568", 422)
    ledger = read_page(client, "/ket-qua")
    assert "Xã Lộc Hà" in ledger and 'href="/ket-qua/' not in ledger and "xa=18568" not in ledger
    read_page(client, "/ket-qua/reports", 403)
    assert client.get(f"/vu-viec/{cases[0].code}").status_code == 403


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ky=tuy-chon&tu=2026-02-01&den=2026-01-01", "Ngày đầu phải trước"),
        ("ky=the-ky", "Kỳ này không có"),
        ("xa=18073", "Địa bàn này không có"),
    ],
)
def test_bad_input_is_reported_on_the_page(officer: Make, query: str, words: str) -> None:
    assert words in read_page(sign_in_browser(officer()), f"/tong-quan?{query}", 422)


def test_the_number_of_statements_does_not_grow(officer: Make, unit: Make, cases: list[Case], now: dt.datetime) -> None:
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    read_page(client)
    with CaptureQueriesContext(connection) as few:
        read_page(client)
    for code in ("18406", "18652", "18586"):
        open_case(unit(code), now=now)
    services.update_counts()
    with CaptureQueriesContext(connection) as more:
        read_page(client)
    assert len(more) <= len(few)


def test_reconciliation_repairs_sums_and_recounts(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    since = now - dt.timedelta(days=1)
    assert services.reconcile_counts(since=since) == 0
    right = sorted(Count.objects.filter(value__gt=0).values_list("metric", "unit", "day", "commune", "value"))
    months = set(MonthCount.objects.filter(value__gt=0).values_list("metric", "month", "area", "value"))
    days = set(DayCount.objects.filter(value__gt=0).values_list("metric", "day", "value"))
    MonthCount.objects.filter(metric="URGENT").update(value=7)
    DayCount.objects.filter(metric="URGENT").update(value=7)
    DayCount.objects.create(metric="URGENT", day=to_vietnam_day(now) - dt.timedelta(days=400), value=7)
    Count.objects.filter(metric="REPORTS").update(value=99)
    Count.objects.filter(metric="CLOSED").delete()
    Count.objects.create(metric="URGENT", unit=cases[3].unit, day=to_vietnam_day(now), commune=None, value=5)
    Contribution.objects.filter(metric="CAT.violence").delete()
    assert services.reconcile_counts(since=since) > 3
    while services.update_counts():
        pass
    assert sorted(Count.objects.filter(value__gt=0).values_list("metric", "unit", "day", "commune", "value")) == right
    assert set(MonthCount.objects.filter(value__gt=0).values_list("metric", "month", "area", "value")) == months
    assert set(DayCount.objects.filter(value__gt=0).values_list("metric", "day", "value")) == days


def test_sums_of_the_province_are_closed_to_a_unit(officer: Make, cases: list[Case]) -> None:
    with acting_as("pages"):
        for role, commune, is_shown in (
            ("CHIEF", "18568", False),
            ("CHIEF", "18073", False),
            ("VILLAGE_TEAM", "18568", False),
            ("PROVINCE_STAFF", "42", True),
        ):
            with rls_scope(access.get_rls_scope(officer(role, commune))):
                assert DayCount.objects.exists() == MonthCount.objects.exists() == is_shown, role


def test_sums_by_step_add_up(officer: Make, cases: list[Case], now: dt.datetime) -> None:
    today = to_vietnam_day(now)
    period = Period(today.replace(month=1, day=1), today)
    sums = dashboard.sum_keys(officer("CHIEF"), period, get_previous_period(period), step=ChartStep.MONTH)
    assert sums.current["REPORTS"] == sum(sums.by_step["REPORTS"].values()) == 3
    assert sums.get_on_time_rate() == (0.0, None)


def test_months_of_the_province_equal_its_days(officer: Make, cases: list[Case], unit: Make, now: dt.datetime) -> None:
    for months in (1, 2, 5):
        open_case(unit("18073"), now=now - dt.timedelta(days=31 * months), urgency=3)
    services.update_counts()
    staff, today = officer("PROVINCE_STAFF", "42"), to_vietnam_day(now)
    commune = AreaFilter("18568", "Xã Lộc Hà", (unit("18568").area_id,))
    for days in (20, 75, 200):
        period = Period(today - dt.timedelta(days=days), today + dt.timedelta(days=40))
        for metric in ("REPORTS", "URGENT", "CAT.violence", "DUE.LATE"):
            counts = Count.objects.filter(metric=metric, day__range=(period.first, period.last))
            total = sum(counts.values_list("value", flat=True))
            for step in ChartStep:
                sums = dashboard.sum_keys(staff, period, get_previous_period(period), step=step)
                assert sums.current.get(metric, 0) == total, (days, metric, step)
            inside = dashboard.sum_keys(
                staff, period, get_previous_period(period), ground=commune, step=ChartStep.MONTH
            ).current
            in_commune = counts.filter(commune__in=commune.commune_ids).values_list("value", flat=True)
            assert inside.get(metric, 0) == sum(in_commune), (days, metric)
            if metric in dashboard.COMMUNE_KEYS:
                communes = dashboard.sum_by_commune(staff, period, get_previous_period(period))
                assert sum(current.get(metric, 0) for current, _ in communes.values()) == total
