"""Clusters of frauds: the script that joins them, the warning drafted from it, lists for others, the check in a chat."""

import datetime as dt
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import Outcome, State
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.kit import clock
from binhyen.scams import jobs
from binhyen.scams.chat_answers import is_check_question
from binhyen.scams.cluster_bulletins import ScamClusterSource
from binhyen.scams.models import Indicator
from binhyen.scams.rules.scripts import list_scripts
from binhyen.scams.tests.test_indicators import PHONE, report_fraud

QUESTIONS = {
    "kiểm tra số 0987654321": True,
    "cho hỏi 0987654321 có phải lừa đảo không": True,
    "link nhan-qua.top lừa đảo ko ạ": True,
    "Em lỡ chuyển 5 triệu vào 0987654321, có phải lừa đảo không": False,
    "tôi bị lừa 20 triệu, số 0987654321": False,
    "số 0987654321 gọi đòi tiền tôi": False,
    "Có người gọi điện xưng công an bắt tôi chuyển 20 triệu vào tài khoản, có phải lừa đảo không": False,
    "0987654321 keu em gui ma otp co phai lua dao ko": False,
    "mẹ em sắp chuyển tiền cho 0987654321, lừa đảo phải không": False,
}
STORIES = {
    "Có người xưng là công an gọi bảo tôi dính ma túy, đòi chuyển tiền": ["gia-danh-cong-an"],
    "nó noi con toi bi tai nan dang cap cuu phai chuyen khoan gap": ["con-cap-cuu"],
    "mời làm nhiệm vụ chốt đơn, đặt cọc 500k": ["viec-nhe-luong-cao"],
    "app vay tiền bắt đóng phí bảo hiểm trước": ["vay-tien"],
    "Công an xã mời bà con đi họp": [],
    "mất ví ở chợ, trong có thẻ ngân hàng": [],
}


def test_scripts_and_questions() -> None:
    assert {text: list_scripts(text) for text in STORIES} == STORIES
    assert {text: is_check_question(text) for text in QUESTIONS} == QUESTIONS


@pytest.mark.django_db
def test_a_cluster_without_a_common_number_becomes_a_warning_and_a_list(unit: Any, officer: Any) -> None:
    now = clock.now()
    first = report_fraud(unit("18568"))
    report_fraud(unit("18568"), number="0912000111")
    third = report_fraud(unit("18073"), number="0912000222")
    script = Indicator.objects.get(kind="SCRIPT")
    assert (script.value, script.cases, script.communes) == ("gia-danh-cong-an", 3, 2)
    duty = officer("PROVINCE_DUTY", "42")
    browser = sign_in_browser(duty)
    page = browser.get(f"/lua-dao/{script.public_id}").content.decode()
    assert "Giả danh công an" in page and "0912000222" in page and "3 vụ chung" in page
    assert f"/ban-tin/soan?vu-viec={third.code}" in page
    assert "đang tăng" in browser.get("/lua-dao").content.decode()
    draft = browser.get(f"/ban-tin/soan?vu-viec={third.code}").content.decode()
    assert "Cảnh báo: Giả danh công an" in draft and "0912000222" not in draft, "an unconfirmed number is not named"
    phone = Indicator.objects.get(value="+84987654321")
    empty = Client().get("/canh-bao-lua-dao.json")
    assert empty.json()["items"] == []
    chief = officer("CHIEF", "18568")
    Indicator.objects.filter(pk=phone.pk).update(
        state="VERIFIED", proposed_by=duty, decided_by=chief, decided_at=now, last_at=now
    )
    (item,) = Client().get("/canh-bao-lua-dao.json").json()["items"]
    assert item["value"] == "+84987654321" and item["expires_at"] > now.isoformat()
    tag = Client().get("/canh-bao-lua-dao.json").headers["ETag"]
    assert Client().get("/canh-bao-lua-dao.json", headers={"If-None-Match": tag}).status_code == 304
    offline = Client().get("/xa-phuong-lua-dao.json").json()
    assert offline["list"] == sha256(b"+84987654321").hexdigest()[: offline["chars"]]
    proposal = ScamClusterSource().build_proposal(first, officer=chief, now=now)
    assert proposal is not None and "0987654321" in proposal.text and proposal.ground == ""


@pytest.mark.django_db
def test_a_question_in_a_chat_is_answered_and_a_report_is_only_warned(unit: Any, officer: Any) -> None:
    report_fraud(unit("18568"))
    report_fraud(unit("18073"))
    asked = open_case(unit("18568"), text=f"kiểm tra số {PHONE} giúp em", category="scam")
    jobs.answer_checks(case_ids=[asked.pk])
    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == (State.CLOSED, Outcome.ANSWERED), asked.result
    assert "2 người báo lừa đảo" in asked.result
    nothing = open_case(unit("18568"), text="số 0912999888 có phải lừa đảo không", category="scam")
    jobs.answer_checks(case_ids=[nothing.pk])
    nothing.refresh_from_db()
    assert "Không có nghĩa là an toàn" in nothing.result
    paid = open_case(unit("18568"), text=f"tôi vừa chuyển tiền cho {PHONE}", category="scam")
    jobs.answer_checks(case_ids=[paid.pk])
    paid.refresh_from_db()
    assert paid.state == State.NEW and paid.events.filter(verb="answered").exists(), "a person reads it too"
    quiet = open_case(unit("18568"), text="tôi vừa chuyển tiền cho 0912999888", category="scam")
    jobs.answer_checks(case_ids=[quiet.pk])
    assert not quiet.events.filter(verb="answered").exists(), "«chưa có dữ liệu» would read like a judgement"
    assert asked.closed_at is not None and asked.closed_at - clock.now() < dt.timedelta(minutes=1)


@pytest.mark.django_db
def test_a_check_in_a_private_chat_leaves_no_record_of_the_number(unit: Any) -> None:
    report_fraud(unit("18568"))
    report_fraud(unit("18073"))
    count = Case.objects.count()
    citizen = create_person()
    (result,) = run_pipeline((citizen, f"cho hỏi {PHONE} với 0912999888 có phải lừa đảo không ạ"))
    (answer,) = citizen.list_received()
    assert "Số bạn hỏi (1): có 2 người báo lừa đảo" in answer and "Số bạn hỏi (2): chưa có dữ liệu" in answer
    assert PHONE not in answer and "0912999888" not in answer, "the answer is stored too"
    result.message.refresh_from_db()
    assert (result.case, result.message.text, result.message.reading["reasons"]) == (None, "", ["hỏi có phải lừa đảo"])
    assert Case.objects.count() == count and not Message.objects.filter(text__contains="0912999888").exists()
    (reported,) = run_pipeline((citizen, f"tôi lỡ chuyển 5 triệu cho số {PHONE} rồi, nhờ công an giúp"))
    assert reported.case is not None and reported.case.category == "scam", "a report still opens a case"
