"""A report becomes a complaint about police after its author made a data request: the officers' view of the request
stays unchanged, and their answer reveals nothing of the complaint."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Outgoing
from binhyen.intake.tests.chat_reports import create_person as chat_person
from binhyen.intake.tests.chat_reports import run_pipeline
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import breaches, replay_erasures
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.privacy.tests.test_requests import DESK, open_data_page, run_worker, submit_answer
from binhyen.vault.models import Contact
from tests import rls

pytestmark = pytest.mark.django_db
OTHER = "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def page_url(client):
    return parse_status_token(submit_report(client, NOISE, phone="0912345678", name="Bốn"))


@pytest.fixture
def staff(officer):
    return officer("PROVINCE_STAFF", "42")


def mark_as_complaint(officer, code="") -> None:
    """Mark the report as a complaint about police, as an officer."""
    case = Case.objects.get(code=code) if code else Case.objects.get()
    officer_actions.reclassify_case(
        code=case.code,
        officer=officer("OFFICER"),
        category="officer_complaint",
        urgency=1,
        words="Người báo phản ánh cán bộ xã",
        version=None,
        now=clock.now(),
    )


def list_visible_requests(staff) -> list[str]:
    """Return the request list of the province's officers as the login of the pages reads it."""
    return [str(row.public_id) for row in queries.list_visible_data_requests(staff) if _is_shown(staff, row)]


def _is_shown(staff, row) -> bool:
    page = sign_in_browser(staff).get(DESK).content.decode()
    return str(row.public_id) in page


def test_a_listed_request_stays_listed(client, page_url, officer, staff):
    open_data_page(client, page_url, step="correct", words="Tôi muốn sửa số nhà")
    row = Request.objects.get()
    assert list_visible_requests(staff) == [str(row.public_id)]
    before = sign_in_browser(staff).get(f"{DESK}/{row.public_id}").content.decode()
    mark_as_complaint(officer)
    assert list_visible_requests(staff) == [str(row.public_id)] and "Tôi muốn sửa số nhà" in before
    after = sign_in_browser(staff).get(f"{DESK}/{row.public_id}")
    assert after.status_code == 200 and "Tôi muốn sửa số nhà" in after.content.decode()
    with rls.acting_as("pages"), rls_scope("province"):
        assert Request.objects.count() == 1, "and the database shows it"
    breaches.raise_deadline_alerts(now=row.due_at)
    assert queries.list_alerted_requests(officer("PROVINCE_DUTY", "42")).get() == row, (
        "and its clock rings where it would have"
    )


@pytest.mark.parametrize("wall", ["query", "database"])
def test_control_checking_later_reports_removes_it(client, page_url, officer, staff, monkeypatch, wall):
    """Regression: each check alone made the request vanish at the moment of the complaint."""
    open_data_page(client, page_url, step="correct", words="Tôi muốn sửa số nhà")
    mark_as_complaint(officer)
    row = Request.objects.get()
    if wall == "query":
        plain = queries.list_visible_data_requests
        hidden = {r.pk for r in Request.objects.all() if queries.has_complained_about_police(r.reporter_id)}
        monkeypatch.setattr(queries, "list_visible_data_requests", lambda o: plain(o).exclude(pk__in=hidden))
    else:
        Request.objects.update(is_restricted=True)
    with pytest.raises(AssertionError):
        assert list_visible_requests(staff) == [str(row.public_id)]


def test_later_requests_are_routed_elsewhere_from_the_start(client, page_url, officer, staff):
    open_data_page(client, page_url, step="correct", words="Tôi muốn sửa số nhà")
    first = Request.objects.get()
    mark_as_complaint(officer)
    open_data_page(client, page_url, step="correct", words="Trong đơn tôi phản ánh anh Bình")
    second = Request.objects.exclude(pk=first.pk).get()
    first.refresh_from_db()
    assert second.is_restricted and not first.is_restricted and first.words == "Tôi muốn sửa số nhà"
    assert list_visible_requests(staff) == [str(first.public_id)]
    assert {r.pk for r in queries.list_visible_data_requests(officer("CUSTODIAN", "42"))} == {first.pk, second.pk}
    with rls.acting_as("pages"), rls_scope("province"):
        assert Request.objects.get() == first


def test_the_officers_answer_reveals_no_complaint(client, page_url, officer, staff):
    """Officers may approve: no retention duty is visible to them. Data that the law requires is retained, and the
    person reads that on their page."""
    open_data_page(client, page_url, step="erase", sure="yes")
    row = Request.objects.get()
    mark_as_complaint(officer)
    page = sign_in_browser(staff).get(f"{DESK}/{row.public_id}").content.decode()
    assert "Có vụ việc phải lưu theo luật" not in page
    submit_answer(staff, row, "yes")
    assert run_worker() == [True]
    row = Request.objects.get()
    assert (row.state, row.is_restricted, row.reporter_id) == ("DONE", False, None)
    assert Case.objects.get().erased_at is None
    listed = sign_in_browser(staff).get(DESK).content.decode()
    assert "Người đã xóa dữ liệu" in listed and list_visible_requests(staff) == [str(row.public_id)]
    assert "phản ánh" not in sign_in_browser(staff).get(f"{DESK}/{row.public_id}").content.decode().lower()
    own_page = client.get(f"/theo-doi/{page_url}/du-lieu").content.decode()
    assert "Đã xóa tin" in own_page and own_page.count("Hồ sơ phải giữ theo luật khiếu nại") >= 1


def test_control_the_duty_to_keep_a_complaint_would_show_in_the_answer(client, page_url, officer, staff, monkeypatch):
    open_data_page(client, page_url, step="erase", sure="yes")
    row = Request.objects.get()
    mark_as_complaint(officer)
    plain = queries.find_duties
    monkeypatch.setattr(
        queries, "find_duties", lambda reporter, *, police=True, until=None, now: plain(reporter, now=now)
    )
    assert "Có vụ việc phải lưu theo luật" in sign_in_browser(staff).get(f"{DESK}/{row.public_id}").content.decode()


def test_the_other_case_of_the_chat_is_erased_and_the_complaint_is_not(officer, staff):
    reporter = chat_person()
    run_pipeline((reporter, OTHER))
    other = Case.objects.get()
    run_pipeline((reporter, "xóa dữ liệu"))
    row = Request.objects.get()
    run_pipeline((reporter, "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"))
    police = Case.objects.get(kind="conduct")
    Contact.objects.create(reporter_id=reporter.reporter, channel_id=reporter.channel, key="k", ciphertext=b"x")
    assert not row.is_restricted and list_visible_requests(staff) == [str(row.public_id)]
    submit_answer(staff, row, "yes")
    assert run_worker() == [True]
    other.refresh_from_db()
    police.refresh_from_db()
    assert other.erased_at is not None and police.erased_at is None
    text_by_purpose = {
        letter.purpose: letter.text for letter in Outgoing.objects.filter(key__startswith="data:", case=None)
    }
    assert "Đã xóa tin" in text_by_purpose["ANSWER"] and "phản ánh" not in text_by_purpose["ANSWER"].lower()
    assert "phải giữ theo luật" in text_by_purpose["APART"], "which no list shows"
    run_sweep(clock.now() + DAY * 2, "identity")
    row.refresh_from_db()
    assert row.reporter_id is None and Contact.objects.filter(reporter=reporter.reporter).exists(), (
        "otherwise it could not be answered"
    )


def test_an_export_for_the_staff_counts_no_complaint(officer, staff):
    reporter = chat_person()
    run_pipeline((reporter, OTHER))
    run_pipeline((reporter, "xem dữ liệu"))
    row = Request.objects.get()
    run_pipeline((reporter, "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"))
    police = Case.objects.get(kind="conduct")
    submit_answer(staff, row, "yes")
    assert run_worker() == [True]
    row.refresh_from_db()
    assert "2 lời nhắn" in row.answer and "1 vụ việc" in row.answer and format_code(police.code) not in row.answer
    apart = Outgoing.objects.get(purpose="APART", key__startswith="data:")
    assert format_code(police.code) in apart.text and "2 vụ việc" in apart.text


def test_a_later_withdrawal_in_the_channel_goes_to_the_custodians(officer, staff):
    reporter = chat_person()
    run_pipeline((reporter, OTHER))
    run_pipeline((reporter, "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"))
    with rls_scope(PROGRAM_SCOPE):
        replay_erasures.handle_deletion_callback(reporter_id=reporter.reporter, now=clock.now())
    row = Request.objects.get()
    assert row.is_restricted and list_visible_requests(staff) == []


def test_the_answer_to_a_complainant_is_in_no_list(officer):
    reporter = chat_person()
    run_pipeline((reporter, NOISE))
    mark_as_complaint(officer)
    run_pipeline((reporter, "sửa dữ liệu"))
    row = Request.objects.get()
    submit_answer(officer("CUSTODIAN", "42"), row, "no", "Việc này do nơi khác trả lời")
    letter = Outgoing.objects.latest("pk")
    assert letter.purpose == "APART" and row.code in letter.text.replace("-", "")
