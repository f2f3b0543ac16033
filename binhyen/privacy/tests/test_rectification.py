"""A correction request from a chat names no case; the answering officer finds the right one."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.privacy.models import Request
from binhyen.privacy.tests.scene import DAY
from binhyen.privacy.tests.test_requests import DESK, open_data_page

pytestmark = pytest.mark.django_db
NOW = clock.now()
LOST = "Tôi đánh rơi ví da nâu ở chợ Lộc Hà sáng nay, có căn cước Trần Văn Bảy"
SCAM = "Có người gọi xưng điện lực đòi chuyển 2 triệu, tôi ở xã Cẩm Xuyên"
POLICE = "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"


def list_shown_codes(officer) -> list[str]:
    """Return the case codes on the page of the request."""
    html = sign_in_browser(officer).get(f"{DESK}/{Request.objects.get().public_id}").content.decode()
    return [case.code for case in Case.objects.order_by("pk") if format_code(case.code) in html]


def test_the_case_they_wrote_of_last_is_named_and_no_other(officer):
    reporter = create_person()
    run_pipeline((reporter, LOST), moment=NOW - 2 * DAY)
    run_pipeline((reporter, SCAM), moment=NOW - DAY)
    run_pipeline((reporter, "sửa dữ liệu"), moment=NOW)
    _lost, scam = Case.objects.order_by("pk")
    staff = officer("PROVINCE_STAFF", "42")
    assert list_shown_codes(staff) == [scam.code]
    page = sign_in_browser(staff).get(f"{DESK}/{Request.objects.get().public_id}").content.decode()
    assert f'href="/vu-viec/{scam.code}"' in page


def test_a_case_of_a_page_is_named_too_and_an_erasure_names_none(officer):
    link_token = parse_status_token(submit_report(Client(), NOISE))
    open_data_page(Client(), link_token, step="correct", words="Không phải số 13 mà là số 15")
    assert list_shown_codes(officer("PROVINCE_STAFF", "42")) == [Case.objects.get().code]
    Request.objects.update(kind="ERASE")
    assert list_shown_codes(officer("PROVINCE_STAFF", "42")) == []


def test_without_case_visibility_no_code_is_shown(officer):
    reporter = create_person()
    run_pipeline((reporter, LOST), moment=NOW - DAY)
    run_pipeline((reporter, "sửa dữ liệu"), moment=NOW)
    assert list_shown_codes(officer("CUSTODIAN", "42")) == []


def test_for_complainants_nothing_is_named(officer):
    reporter = create_person()
    run_pipeline((reporter, LOST), moment=NOW - 2 * DAY)
    run_pipeline((reporter, "sửa dữ liệu"), moment=NOW - DAY)
    run_pipeline((reporter, POLICE), moment=NOW)
    lost = Case.objects.get(is_restricted=False)
    assert list_shown_codes(officer("PROVINCE_STAFF", "42")) == [lost.code], "the complaint is newer"
    Request.objects.update(is_restricted=True)
    assert list_shown_codes(officer("CUSTODIAN", "42")) == []
