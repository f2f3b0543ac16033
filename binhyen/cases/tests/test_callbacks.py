"""Call back with consent: the number once per press, recorded, visible to the person. And own reply templates."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import CallbackView, ReplyTemplate, Report
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.conduct.tests.scene import RUDE
from binhyen.consents.models import Consent
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit.ids import hash_token
from binhyen.vault import callback_numbers
from binhyen.vault.models import CallbackNumber
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope

pytestmark = pytest.mark.django_db
PHONE = "0912 345 678"


def get_case_url(token: str) -> tuple[Report, str]:
    report = Report.objects.select_related("case", "reporter").get(link_hash=hash_token(token))
    return report, f"/vu-viec/{report.case.code}"


def test_an_officer_calls_back_with_consent(client: Client, officer: Callable[..., Any], unit: Any) -> None:
    unit("18568"), unit("18073")
    token = parse_status_token(submit_report(client, NOISE, phone=PHONE, callback="1"))
    report, url = get_case_url(token)
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"CONTACT", "CALLBACK"}
    stored = bytes(CallbackNumber.objects.get(reporter=report.reporter).ciphertext)
    assert b"0912345678" not in stored
    desk, colleague, stranger = officer(), officer(), officer("OFFICER", "18073")
    page = sign_in_browser(desk)
    shown = page.get(url).content.decode()
    assert "Xem số để gọi lại" in shown and "0912" not in shown
    form = {"who": derive_pseudonym(report.reporter.pseudonym, format_case_scope(report.case.code))}
    assert page.get(f"{url}/goi-lai").status_code == 303 and not CallbackView.objects.exists()
    assert page.post(f"{url}/goi-lai", {"who": "x"}).status_code == 422
    assert page.post(f"{url}/goi-lai", form)["Location"] == f"{url}/goi-lai"
    answer = page.get(f"{url}/goi-lai")
    assert answer.status_code == 200 and "tel:0912345678" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert page.get(f"{url}/goi-lai").status_code == 303, "a reload"
    reloaded = page.get(url).content.decode()
    assert "Số chỉ hiện một lần." in reloaded and "0912345678" not in reloaded
    assert AuditEntry.objects.filter(verb="case.callback_shown", object=f"case:{report.case.code}").count() == 1
    assert f"{desk.name} đã xem" in sign_in_browser(colleague).get(url).content.decode()
    assert sign_in_browser(stranger).post(f"{url}/goi-lai", form).status_code == 404
    assert sign_in_browser(officer("PROVINCE_STAFF", "42")).post(f"{url}/goi-lai", form).status_code == 403
    status_page = client.get(f"/theo-doi/{token}").content.decode()
    assert "Cán bộ đã xem số để gọi lại cho bạn" in status_page and desk.name not in status_page
    page.post(f"{url}/goi-lai", form)
    client.post(f"/theo-doi/{token}/du-lieu", {"step": "withdraw"})
    assert page.get(f"{url}/goi-lai").status_code == 422, "withdrawn before it was shown"
    assert not CallbackNumber.objects.exists()
    assert "Xem số để gọi lại" not in page.get(url).content.decode()
    assert page.post(f"{url}/goi-lai", form).status_code == 422 and CallbackView.objects.count() == 2


def test_no_number_without_the_tick_or_in_a_complaint_and_none_for_another_person(
    client: Client, unit: Any, now: Any
) -> None:
    unit("18568")
    report, _ = get_case_url(parse_status_token(submit_report(client, NOISE, phone=PHONE)))
    submit_report(Client(), RUDE, phone=PHONE, callback="1", insist="yes")
    assert not CallbackNumber.objects.exists() and not Consent.objects.filter(purpose="CALLBACK").exists()
    callback_numbers.store_number(reporter_id=report.reporter_id, phone="0912345678", now=now)
    other, _ = get_case_url(parse_status_token(submit_report(Client(), NOISE + " nữa", phone="0987654321")))
    CallbackNumber.objects.update(reporter=other.reporter)
    with pytest.raises(callback_numbers.CallbackUnreadable):
        callback_numbers.read_number(other.reporter_id)


def test_a_unit_writes_its_own_replies(client: Client, officer: Callable[..., Any], unit: Any) -> None:
    unit("18568"), unit("18073")
    _report, url = get_case_url(parse_status_token(submit_report(client, NOISE)))
    desk, stranger = sign_in_browser(officer()), sign_in_browser(officer("OFFICER", "18073"))
    added = {"label": "Mời gặp", "text": "Mời bạn đến trụ sở sáng mai."}
    assert desk.post("/mau-tra-loi", added).status_code == 303
    refused = desk.post("/mau-tra-loi", added)
    assert refused.status_code == 422 and "Mời bạn đến trụ sở sáng mai." in refused.content.decode()
    assert desk.post("/mau-tra-loi", {"label": "", "text": "x"}).status_code == 422
    assert 'data-text="Mời bạn đến trụ sở sáng mai."' in desk.get(url).content.decode()
    assert "Mời gặp" not in stranger.get("/mau-tra-loi").content.decode()
    template = ReplyTemplate.objects.get()
    stranger.post("/mau-tra-loi", {"remove": str(template.public_id)})
    assert ReplyTemplate.objects.count() == 1, "another unit's"
    assert desk.post("/mau-tra-loi", {"remove": "x"}).status_code == 422
    assert desk.post("/mau-tra-loi", {"remove": str(template.public_id)}).status_code == 303
    assert not ReplyTemplate.objects.exists()
