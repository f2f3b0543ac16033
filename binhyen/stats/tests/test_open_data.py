"""Open data: only months that the province released, with small numbers hidden and the others rounded."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.stats import services
from binhyen.stats.models import OpenDataRelease
from binhyen.stats.opendata.services import suppress

Make = Callable[..., Any]


def test_small_numbers_are_hidden_and_others_rounded() -> None:
    values = {number: suppress(number).value for number in (0, 1, 4, 5, 7, 8, 12, 13, 1000)}
    assert values == {0: 0, 1: None, 4: None, 5: 5, 7: 5, 8: 10, 12: 10, 13: 15, 1000: 1000}


@pytest.mark.django_db
def test_a_month_is_public_only_once_released(officer: Make, unit: Make, now: dt.datetime) -> None:
    today = to_vietnam_day(now)
    last_month = dt.datetime.combine(today.replace(day=1) - dt.timedelta(days=3), dt.time(9), VIETNAM)
    month = f"{last_month:%Y-%m}"
    for code, count in (("18568", 6), ("18073", 2)):
        for _case in range(count):
            case = open_case(unit(code), now=now)
            Case.objects.filter(pk=case.pk).update(opened_at=last_month)
    services.rebuild_counts()
    anyone, staff, chief = Client(), sign_in_browser(officer("PROVINCE_STAFF", "42")), sign_in_browser(officer("CHIEF"))
    assert "Chưa có tháng nào" in anyone.get("/du-lieu-mo").content.decode()
    assert anyone.get(f"/du-lieu-mo/{month}.csv").status_code == 404
    address = "/bao-cao/du-lieu-mo"
    for client, asked in ((chief, month), (staff, f"{today:%Y-%m}"), (staff, "x")):
        client.post(address, {"thang": asked})
    assert not OpenDataRelease.objects.exists(), "not by a commune, not a month that goes on, not nonsense"
    assert staff.post(address, {"thang": month}).status_code == 303
    assert staff.post(address, {"thang": month}).status_code == 303 and OpenDataRelease.objects.count() == 1
    page = anyone.get("/du-lieu-mo").content.decode()
    assert "&lt;5" in page and "Phường Thành Sen" in page
    lines = anyone.get(f"/du-lieu-mo/{month}.csv").content.decode("utf-8-sig").splitlines()
    received = "Tin báo, phản ánh đã nhận"
    assert f'{month},xa,18568,Xã Lộc Hà,"{received}",5,' in lines
    assert f'{month},xa,18073,Phường Thành Sen,"{received}",,dưới 5' in lines
    assert f'{month},tinh,,,"{received}",10,' in lines, "the sum is rounded too, so that 10 - 5 says nothing"
    values = anyone.get(f"/du-lieu-mo/{month}.json").json()
    assert values["province"]["REPORTS"] == 10 and values["version"] == 1
    late = open_case(unit("18568"), now=now)
    Case.objects.filter(pk=late.pk).update(opened_at=last_month)
    services.rebuild_counts()
    assert staff.post(address, {"thang": month}).status_code == 303
    assert OpenDataRelease.objects.count() == 1, "the published numbers are the same"
    for path in ("/du-lieu-mo/x.csv", f"/du-lieu-mo/{month}.pdf", "/du-lieu-mo/2020-13.json"):
        assert anyone.get(path).status_code == 404
    assert anyone.get("/du-lieu-mo?thang=9999-99").status_code == 200
