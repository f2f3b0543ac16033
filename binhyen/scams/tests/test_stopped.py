"""Stopped frauds: from the form to the ledger; refusals, and who may do it."""

from typing import Any

import pytest
from django.urls import reverse

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit import clock
from binhyen.scams.models import StoppedFraud
from binhyen.stats import queries, services
from binhyen.stats.metrics import Metric

FORM = {
    "method": "CANCELLED",
    "amount": "20 triệu",
    "proof": "Thư trả lời số 12 của ngân hàng",
    "result": "Lệnh chuyển tiền đã được hủy, tiền còn trong tài khoản của bạn.",
}


@pytest.mark.django_db
def test_a_stopped_fraud_closes_its_case_and_counts_in_the_ledger(unit: Any, officer: Any) -> None:
    here, chief = unit("18568"), officer("CHIEF", "18568")
    case = open_case(here, category="scam")
    client = sign_in_browser(chief)
    page = client.get(f"/vu-viec/{case.code}").content.decode()
    assert f"{reverse('scam_stopped')}?vu-viec={case.code}" in page
    answer = client.post(reverse("scam_stopped"), {"vu-viec": case.code, **FORM})
    assert answer.status_code == 303 and answer["Location"] == f"/vu-viec/{case.code}"
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("CLOSED", "FRAUD_STOPPED")
    assert StoppedFraud.objects.get().amount == 20_000_000
    assert "<b>20.000.000 đ</b>" in client.get(reverse("scam_indicators")).content.decode()
    while services.update_counts():
        pass
    today = clock.to_vietnam_day(clock.now())
    period = queries.Period(today, today)
    ledger = {entry.line.metric: entry.value for entry in queries.get_ledger(chief, period)}
    assert ledger[Metric.FRAUDS_STOPPED] == 1 == queries.recount_from_cases(chief, Metric.FRAUDS_STOPPED, period)


CHANGES = ({"amount": "-3"}, {"proof": "x"}, {"method": "MAGIC"}, {"result": ""}, {"vu-viec": "ZZZZZZZZ"})
STRANGERS = (("OFFICER", "18073"), ("PROVINCE_STAFF", "42"), ("VILLAGE_TEAM", "18568"))


@pytest.mark.django_db
def test_bad_input_is_refused_and_nothing_is_lost_and_others_cannot_close_it(unit: Any, officer: Any) -> None:
    case, url = open_case(unit("18568"), category="scam"), reverse("scam_stopped")
    chief = sign_in_browser(officer("CHIEF", "18568"))
    for change in CHANGES:
        form = {"vu-viec": case.code, **FORM, **change}
        answer = chief.post(url, form)
        assert answer.status_code == 422 and form["amount"] in answer.content.decode(), change
    for role, where in STRANGERS:
        client = sign_in_browser(officer(role, where))
        assert client.get(url, {"vu-viec": case.code}).status_code in (403, 404), role
        client.post(url, {"vu-viec": case.code, **FORM})
    assert Case.objects.get(pk=case.pk).state != "CLOSED" and not StoppedFraud.objects.exists()


@pytest.mark.django_db
def test_only_a_fraud_is_stopped(unit: Any, officer: Any) -> None:
    case = open_case(unit("18568"), category="violence")
    answer = sign_in_browser(officer("CHIEF", "18568")).post(reverse("scam_stopped"), {"vu-viec": case.code, **FORM})
    assert answer.status_code == 422 and Case.objects.get(pk=case.pk).state != "CLOSED"
