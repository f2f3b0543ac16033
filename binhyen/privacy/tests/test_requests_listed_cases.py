"""A data request lists the cases that it covers: to the requester only."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.intake.tests.web import parse_status_token, submit_report
from binhyen.kit.ids import format_code
from binhyen.privacy.models import Request
from binhyen.privacy.tests.test_requests import DESK, MINE, open_data_page, read_status_page, run_worker, submit_answer

pytestmark = pytest.mark.django_db


def test_it_names_the_cases_it_covers_to_the_person_alone(officer):
    client = Client()
    link_token = parse_status_token(submit_report(client, MINE))
    other = parse_status_token(submit_report(client, "Mất xe máy Wave ở thị trấn Nghèn tối qua"))
    own_code, other_code = (format_code(code) for code in Case.objects.order_by("pk").values_list("code", flat=True))
    html = read_status_page(client, link_token)
    assert html.count(f'<span class="code nowrap">{own_code}</span>') == 2 and other_code not in html
    assert other_code in read_status_page(client, other) and own_code not in read_status_page(client, other)
    open_data_page(client, link_token, step="erase", sure="yes")
    row = Request.objects.get()
    desk = sign_in_browser(officer("PROVINCE_STAFF", "42")).get(f"{DESK}/{row.public_id}").content.decode()
    assert own_code not in desk, "the desk answers a pseudonym"


def test_in_chat_too(officer):
    reporter = create_person()
    run_pipeline((reporter, "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"))
    code = format_code(Case.objects.get().code)
    run_pipeline((reporter, "xem dữ liệu"))
    assert f"gồm tin: {code}." in reporter.list_received("ACK")[-1]
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    assert run_worker() == [True]
    received = reporter.list_received("ANSWER")[-1]
    assert f"1 vụ việc ({code})" in received and "Chưa ai mở xem bạn là ai." in received
