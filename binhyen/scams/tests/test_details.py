"""Money lost and numbers in screenshots: as people type them, on the case, in the register, written by an officer."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from binhyen.cases.models import Case, Report
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake.forms import MAX_DONG, parse_dong
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.access import get_rls_scope
from binhyen.scams import jobs
from binhyen.scams.models import Indicator, PictureText
from binhyen.scams.services import delete_expired_indicators, record_details
from tests import rls

SUMS = {
    "0": 0,
    "0 đ": 0,
    "5000000": 5_000_000,
    "5.000.000 đ": 5_000_000,
    "5,000,000 VNĐ": 5_000_000,
    "5 000 000": 5_000_000,
    "5 triệu": 5_000_000,
    "khoảng 5tr": 5_000_000,
    "5tr5": 5_500_000,
    "5 trieu ruoi": 5_500_000,
    "năm triệu": 5_000_000,
    "1,5 tỷ": 1_500_000_000,
    "1 tỷ 200 triệu": 1_200_000_000,
    "1.500 triệu": 1_500_000_000,
    "500k": 500_000,
}
NO_SUMS = (
    "",
    "5",
    "-3",
    "-3 triệu",
    "5-6 triệu",
    "2 lần 5 triệu",
    "triệu",
    "hai mươi",
    "1.2.3 tỷ",
    "20.5",
    "rất nhiều",
)


def test_sums() -> None:
    assert {text: parse_dong(text) for text in SUMS} == SUMS
    assert {text: parse_dong(text) for text in (*NO_SUMS, str(MAX_DONG + 1), "9" * 60)} == dict.fromkeys(
        (*NO_SUMS, str(MAX_DONG + 1), "9" * 60)
    )


@pytest.mark.django_db
def test_the_sum_of_a_page_report_is_a_number_on_case_and_register(unit: Any, officer: Any) -> None:
    words = "Nó xưng công an, số 0912000999, bắt chuyển tiền vào tài khoản an toàn"
    form = {"topic": "scam", "text": words, "place": "xã Lộc Hà"}
    for url in ("/bao-tin", "/bao-tin?viec=lua-dao"):
        refused = Client().post(url, form | {"key": generate_token(), "loss": "nhiều lắm"})
        page = refused.content.decode()
        assert refused.status_code == 422 and 'value="nhiều lắm"' in page and "5.000.000" in page, url
    assert not Case.objects.exists()
    for loss in ("20tr", "không mất", ""):
        sent = Client().post("/bao-tin", form | {"key": generate_token(), "loss": loss})
        assert sent.status_code == 303, loss
    assert list(Report.objects.order_by("pk").values_list("loss_amount", flat=True)) == [20_000_000, 0, None]
    first = Message.objects.earliest("pk")
    assert first.text.endswith("Đã chuyển cho kẻ gian: 20.000.000 đồng.")
    case = Report.objects.earliest("pk").case
    jobs.collect_from_cases(case_ids=[case.pk])
    browser = sign_in_browser(officer("CHIEF", "18568"))
    assert "20.000.000 đ" in browser.get(f"/vu-viec/{case.code}").content.decode()
    assert "20.000.000 đ" in browser.get("/lua-dao").content.decode()
    number = Indicator.objects.get(kind="PHONE")
    assert "20.000.000 đ" in browser.get(f"/lua-dao/{number.public_id}").content.decode()
    stranger = sign_in_browser(officer("CHIEF", "18073")).get("/lua-dao").content.decode()
    assert "20.000.000" not in stranger and "<b>0 đ</b>" in stranger


@pytest.mark.django_db
def test_another_picture_leaves_the_hidden_fields_out(unit: Any) -> None:
    form = {"key": generate_token(), "topic": "theft", "text": "Mất xe máy ở chợ Lộc Hà", "loss": "x", "sample": "0912"}
    assert Client().post("/bao-tin", form).status_code == 303
    assert Report.objects.get().loss_amount is None and "0912" not in Message.objects.get().text


@pytest.mark.django_db
def test_an_officer_writes_the_sum_of_a_chat_report(unit: Any, officer: Any) -> None:
    case, url = open_case(unit("18568"), category="scam"), reverse("scam_details")
    report = case.reports.get()
    chief = sign_in_browser(officer("CHIEF", "18568"))
    assert f"{url}?vu-viec={case.code}" in chief.get(f"/vu-viec/{case.code}").content.decode()
    assert chief.get(url, {"vu-viec": case.code}).status_code == 200
    for typed, amount in (("15 triệu", 15_000_000), ("0", 0), ("", None), ("2 tỷ", 2_000_000_000)):
        answer = chief.post(url, {"vu-viec": case.code, str(report.public_id): typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/vu-viec/{case.code}")
        report.refresh_from_db()
        assert report.loss_amount == amount, typed
    refused = chief.post(url, {"vu-viec": case.code, str(report.public_id): "-3"})
    assert refused.status_code == 422 and 'value="-3"' in refused.content.decode()
    for role, where in (("OFFICER", "18073"), ("PROVINCE_STAFF", "42"), ("VILLAGE_TEAM", "18568")):
        stranger = sign_in_browser(officer(role, where))
        assert stranger.post(url, {"vu-viec": case.code, str(report.public_id): "1 triệu"}).status_code in (403, 404)
    report.refresh_from_db()
    assert report.loss_amount == 2_000_000_000
    other = open_case(unit("18568"), category="violence")
    assert chief.get(url, {"vu-viec": other.code}).status_code == 404


@pytest.mark.django_db
def test_an_officer_types_the_numbers_of_a_screenshot_in_one_step(unit: Any, officer: Any) -> None:
    case, url = (
        open_case(unit("18568"), text="Họ nhắn thế này, ảnh tôi gửi kèm", category="scam"),
        reverse("scam_details"),
    )
    chief = sign_in_browser(officer("CHIEF", "18568"))
    form = {"vu-viec": case.code, "picture_text": "0912 000 999\nstk 19034567891234\nnhan-qua-vip.top/a"}
    assert chief.post(url, form).status_code == 303
    jobs.collect_from_cases(case_ids=[case.pk])
    rows = Indicator.objects.exclude(kind="SCRIPT").order_by("kind").values_list("kind", "value")
    assert [kind for kind, _value in rows] == ["ACCOUNT", "LINK", "PHONE"], list(rows)
    assert dict(rows)["PHONE"] == "+84912000999" and dict(rows)["ACCOUNT"] == "19034567891234"
    assert "nhan-qua-vip.top/a</textarea>" in chief.get(url, {"vu-viec": case.code}).content.decode()
    refused = chief.post(url, form | {"picture_text": "không rõ"})
    assert refused.status_code == 422 and "không rõ</textarea>" in refused.content.decode()
    assert chief.post(url, form | {"picture_text": "113\n0912000999"}).status_code == 303
    jobs.collect_from_cases(case_ids=[case.pk])
    jobs.collect_from_cases(case_ids=[case.pk])
    assert [row.value for row in Indicator.objects.all()] == ["+84912000999"], "removed lines go, a police number never"
    visible = {"OFFICER": ("18568", 200), "CHIEF": ("18073", 404), "PROVINCE_DUTY": ("42", 200)}
    for role, (where, status) in visible.items():
        assert sign_in_browser(officer(role, where)).get(url, {"vu-viec": case.code}).status_code == status, role
    Case.objects.filter(pk=case.pk).update(erased_at=clock.now())
    assert chief.get(url, {"vu-viec": case.code}).status_code == 404
    delete_expired_indicators(clock.now(), 10)
    assert not PictureText.objects.exists()


@pytest.mark.django_db
def test_typed_numbers_are_visible_as_their_case_is(unit: Any, officer: Any) -> None:
    case, chief = open_case(unit("18568"), category="scam"), officer("CHIEF", "18568")
    stranger, province = officer("CHIEF", "18073"), officer("PROVINCE_DUTY", "42")
    colleague = officer("OFFICER", "18568")
    with rls.acting_as("pages"):
        with rls_scope(get_rls_scope(chief)):
            record_details(case=case, losses={}, picture_text="0912000999", officer=chief, now=clock.now())
        for reader, count in ((colleague, 1), (province, 1), (stranger, 0)):
            with rls_scope(get_rls_scope(reader)):
                assert PictureText.objects.count() == count, reader.role
