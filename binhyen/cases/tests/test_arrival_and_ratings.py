"""Arrival at an urgent case against its target; value of a tip with thanks and reward; ratings above the unit."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import State
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.queries import ratings as rating_queries
from binhyen.cases.queries.overdue import get_arrival_minutes
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import arrival, deadline_extensions, officer_actions, ratings
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.cases.views.papers import build_transfer_slip
from binhyen.channels.models import Message, Outgoing
from binhyen.kit import clock
from binhyen.kit.ids import generate_token, hash_token

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
TARGET = dt.timedelta(minutes=15)


def close(client: Client, case: Case, **more: str) -> None:
    fields = {"outcome": "HANDLED_ON_SITE", "evidence": "Biên bản 1", "answer": "Đã xử lý xong.", **more}
    answer = client.post(build_case_url(case, "ket-thuc"), {"version": reload_case(case).version, **fields})
    assert answer.status_code == 303, answer.content.decode()


def test_acknowledged_left_arrived_and_late_once(officer: Make, unit: Make) -> None:
    now = clock.now()
    case, late = (open_case(unit("18568"), urgency=3, now=now - dt.timedelta(minutes=20)) for _ in range(2))
    client = sign_in_browser(officer("OFFICER"))
    early = client.post(build_case_url(case, "den-noi"))
    assert early.status_code == 422 and "tắt chuông trước" in early.content.decode()
    for alarmed in (case, late):
        client.post(build_case_url(alarmed, "da-nhan"))
    page = client.get(build_case_url(case)).content.decode()
    assert "Đến nơi" in page and "/xuat-phat" in page
    assert client.post(build_case_url(case, "xuat-phat")).status_code == 303
    for _twice in range(2):
        assert client.post(build_case_url(case, "den-noi")).status_code == 303
    alarm = Alarm.objects.get(case=case)
    assert alarm.left_at is not None and alarm.arrived_at is not None and alarm.left_at <= alarm.arrived_at
    assert reload_case(case).state == State.WORKING
    minutes = get_arrival_minutes([case.pk, late.pk])
    assert minutes.keys() == {case.pk} and 20 <= minutes[case.pk] < 30
    assert case.events.filter(verb="arrived").count() == 1
    assert arrival.notify_late_arrivals(target=dt.timedelta(), now=now) == 0, "no target, no notice"
    assert [arrival.notify_late_arrivals(target=TARGET, now=now) for _ in range(2)] == [1, 0]
    assert late.events.filter(verb="late", data__clock="arrive").count() == 1
    assert "Chưa đến nơi" in client.get(build_case_url(late)).content.decode()


def test_a_tip_is_judged_and_its_reporter_thanked_or_rewarded_without_a_name(officer: Make, unit: Make) -> None:
    case, chief = open_case(unit("18568")), officer("CHIEF")
    client, plain = sign_in_browser(chief), sign_in_browser(officer("OFFICER"))
    close(client, case)

    def post_action(action: str, browser: Client = client, **fields: Any) -> Any:
        return browser.post(build_case_url(case, action), {"version": reload_case(case).version, **fields})

    assert post_action("cam-on", reward="THANKS").status_code == 422, "not judged yet"
    assert post_action("danh-gia", grade="VALUABLE", reliability="B").status_code == 422, "both or neither"
    assert post_action("danh-gia", grade="VALUABLE", reliability="B", credibility="2").status_code == 303
    assert case.events.filter(verb="graded").latest("pk").data["reliability"] == "B"
    assert post_action("cam-on", reward="REWARD", amount="500.000", receipt="").status_code == 422
    assert post_action("cam-on", plain, reward="REWARD", amount="500.000", receipt="BN 12").status_code == 422, (
        "a lead decides"
    )
    assert post_action("cam-on", reward="REWARD", amount="500.000", receipt="BN 12").status_code == 303
    again = post_action("cam-on", reward="REWARD", amount="500.000", receipt="BN 12")
    assert again.status_code == 422 and "đã ghi rồi" in again.content.decode()
    page = client.get(build_case_url(case)).content.decode()
    assert "500.000 đ, biên nhận BN 12" in page and "B2" in page


def test_a_crime_report_is_passed_on_with_a_receipt(officer: Make, unit: Make) -> None:
    case, client = open_case(unit("18568")), sign_in_browser(officer("CHIEF"))
    fields = {"state": "PASSED_ON", "receiver": "Đội điều tra số 2"}
    refused = client.post(build_case_url(case, "trang-thai"), fields | {"version": case.version})
    assert refused.status_code == 422 and 'value="Đội điều tra số 2"' in refused.content.decode()
    fields |= {"receipt": "BN 31", "version": reload_case(case).version}
    assert client.post(build_case_url(case, "trang-thai"), fields).status_code == 303
    page = client.get(build_case_url(case)).content.decode()
    assert "Đội điều tra số 2, biên nhận BN 31" in page and '/ket-thuc"' not in page
    assert Outgoing.objects.get(purpose="MOVED").text.endswith("Có quyết định, công an báo bạn.")
    slip = client.get(build_case_url(case, "phieu-chuyen"), {"tep": "docx"})
    assert slip.content[:2] == b"PK"
    assert build_transfer_slip(reload_case(case)).to == "Đội điều tra số 2"
    investigator = officer("PROVINCE_DUTY", "42")
    assert (
        "chỉ điều tra viên được phân công" in sign_in_browser(investigator).get(build_case_url(case)).content.decode()
    )
    officer_actions.assign_to_self(code=case.code, officer=investigator, version=None, now=clock.now())
    deadline_extensions.extend_clock(
        code=case.code, clock="decide", officer=investigator, reason="QĐ gia hạn 3", version=None, now=clock.now()
    )
    assert "Hạn giải quyết mới" in Outgoing.objects.get(purpose="EXTENDED").text
    close(sign_in_browser(investigator), case, outcome="CASE_OPENED", evidence="QĐ 12")


def submit_rating(report: Report, result: int, attitude: int) -> None:
    ratings.score_handling(report=report, result=result, attitude=attitude, now=clock.now())


def test_a_low_rating_goes_above_the_unit_and_opens_the_way_up_once(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    commune, province = sign_in_browser(officer("CHIEF")), sign_in_browser(officer("PROVINCE_STAFF", "42"))
    report, link = case.reports.get(), generate_token()
    Report.objects.filter(pk=report.pk).update(link_hash=hash_token(link))
    with pytest.raises(NotAllowed):
        submit_rating(report, 1, 1)
    close(commune, case)
    citizen, url = Client(), f"/theo-doi/{link}"
    citizen.post(f"{url}/danh-gia", {"helped": "no"})
    assert "Đánh giá của bạn" in citizen.get(url).content.decode()
    assert citizen.post(f"{url}/danh-gia", {"result": "9", "attitude": "1"}).status_code == 422
    assert citizen.post(f"{url}/danh-gia", {"result": "2", "attitude": "5"}).status_code == 303
    short = citizen.post(f"{url}/danh-gia", {"appeal": "tệ"})
    assert short.status_code == 422 and "tệ</textarea>" in short.content.decode(), "what was typed stays"
    words = "Cán bộ hẹn ba lần nhưng không đến, việc vẫn như cũ"
    assert citizen.post(f"{url}/danh-gia", {"appeal": words}).status_code == 303
    assert citizen.post(f"{url}/danh-gia", {"appeal": words}).status_code == 422, "once"
    appeal = Case.objects.latest("pk")
    assert appeal.unit.level == "PROVINCE" and Message.objects.get(case_messages__case=appeal).text == words
    assert commune.get(build_case_url(appeal)).status_code == 404
    assert "2" not in str(case.events.filter(verb="rated").values_list("data", flat=True)), "no score in the case"
    assert commune.get("/danh-gia-phuc-vu").status_code == 403
    assert 'href="/danh-gia-phuc-vu"' in province.get("/tong-quan").content.decode()
    assert "/danh-gia-phuc-vu" not in commune.get("/tong-quan").content.decode()
    page = province.get("/danh-gia-phuc-vu").content.decode()
    assert "Công an xã Lộc Hà" in page and "–" in page, "one rating is suppressed"


def test_ratings_of_a_unit_show_from_five_on_with_their_trend(officer: Make, unit: Make) -> None:
    now, staff = clock.now(), officer("PROVINCE_STAFF", "42")
    for number in range(10):
        report = open_case(unit("18568")).reports.get()
        is_old = number < 5
        Report.objects.filter(pk=report.pk).update(
            result_score=2 if is_old else 4, attitude_score=5, rated_at=now - dt.timedelta(days=120 if is_old else 3)
        )
    (row,) = rating_queries.list_unit_ratings(staff, now=now)
    assert (row.count, row.result, row.attitude, row.low, row.trend) == (10, 3.0, 5.0, 5, 2.0)
    assert rating_queries.list_unit_ratings(officer("CHIEF"), now=now) == []
