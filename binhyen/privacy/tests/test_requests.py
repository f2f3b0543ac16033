"""Data requests through the status link: export of the person's own data, correction, withdrawal, erasure; and the desk
that handles them."""

import datetime as dt
import io
import json
import re
import zipfile

import pytest
from django.db.models import Q
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, Note, Report
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Attachment, Conversation, Message, Outgoing
from binhyen.consents.models import Consent
from binhyen.intake.tests.chat_reports import create_person as chat_person
from binhyen.intake.tests.chat_reports import run_pipeline
from binhyen.intake.tests.web import NOISE, make_picture, parse_status_token, submit_report
from binhyen.kit import business_days, clock
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.services import RuleViolation
from binhyen.privacy import data_export, queries
from binhyen.privacy.config import HOLIDAYS
from binhyen.privacy.models import Request
from binhyen.privacy.services import fulfilment, requests
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.vault.models import Identity, Reporter, WrappedKey
from binhyen.vault.tests.unsealing import open_all_facts
from tests import rls

pytestmark = pytest.mark.django_db
MINE, THEIRS = f"{NOISE}, tôi là Bốn", "Karaoke ồn quá, nhà ông Lê Văn Khác ở xã Lộc Hà, số tôi 0977000111"
DESK = "/yeu-cau-du-lieu"


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def page_url(client):
    """Create a report with a photo and a phone number; return the token of its link."""
    return parse_status_token(submit_report(client, MINE, phone="0912345678", name="Bốn", photos=[make_picture()]))


def open_data_page(client, secret, **fields):
    return client.post(f"/theo-doi/{secret}/du-lieu", fields)


def read_status_page(client, secret) -> str:
    answer = client.get(f"/theo-doi/{secret}/du-lieu")
    assert answer.status_code == 200
    return answer.content.decode()


def run_worker() -> list[bool]:
    """Run the worker's job with the worker's rights."""
    with rls.acting_as("worker"):
        return [
            fulfilment.fulfil_granted_request(request_id=pk, now=clock.now())
            for pk in Request.objects.filter(state="GRANTED").values_list("pk", flat=True)
        ]


def submit_answer(officer, row, grant, text="", client=None):
    browser_client = client or sign_in_browser(officer)
    return browser_client.post(f"{DESK}/{row.public_id}/tra-loi", {"grant": grant, "text": text})


# --- notice and page


def test_the_notice_names_data_purpose_retention_and_contact(client, page_url):
    html = client.get("/du-lieu-ca-nhan").content.decode()
    for words in (
        "Giữ gì, để làm gì",
        "13 tháng từ ngày xong",
        "7 ngày từ ngày báo kết quả",
        "2 ngày làm việc",
        "Hỏi ai",
        "không giữ",
    ):
        assert words in html
    assert 'href="/du-lieu-ca-nhan"' in client.get("/bao-tin").content.decode()
    assert f'href="/theo-doi/{page_url}/du-lieu"' in client.get(f"/theo-doi/{page_url}").content.decode()
    assert "<script" not in html.split("</head>")[1] or "src=" in html


def test_traces_and_strangers(client, page_url):
    answer_ = client.get(f"/theo-doi/{page_url}/du-lieu")
    assert answer_.headers["Cache-Control"] == "no-store" and answer_.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(f"/theo-doi/{'x' * 43}/du-lieu").status_code == 404
    assert open_data_page(client, "x" * 43, step="copy").status_code == 404
    assert open_data_page(client, page_url, step="steal").status_code == 422


# --- export


def read_export(answer_) -> tuple[dict, list[str]]:
    assert answer_.status_code == 200 and answer_.headers["Content-Type"] == "application/zip"
    box = zipfile.ZipFile(io.BytesIO(answer_.content))
    return json.loads(box.read("du-lieu.json")), sorted(box.namelist())


def check_copy(client, link_token, officer, unit) -> None:
    """Check that the export has nothing of another reporter of the same case, nor of notes, questions and answers of
    officers."""
    own_report = Report.objects.get()
    other = parse_status_token(submit_report(client, THEIRS, photos=[make_picture()]))
    other_report = Report.objects.exclude(pk=own_report.pk).get()
    chief = officer("CHIEF", name="Trần Thị Kín Danh")
    officer_actions.add_note(
        code=own_report.case.code, officer=chief, text="Ghi chú nội bộ về ông Khác", version=None, now=clock.now()
    )
    officer_actions.answer_reporters(
        code=own_report.case.code, officer=chief, text="Công an đã nhắc quán", version=None, now=clock.now()
    )
    if other_report.case_id != own_report.case_id:
        own_report.case.refresh_from_db(), other_report.case.refresh_from_db()
        linking.merge_cases(
            code=other_report.case.code, into=own_report.case.code, officer=chief, version=None, now=clock.now()
        )
    content, names = read_export(open_data_page(client, link_token, step="copy"))
    text = json.dumps(content, ensure_ascii=False)
    photo = Attachment.objects.get(message__reporter=own_report.reporter_id)
    assert [m["loi"] for m in content["loi_da_gui"]] == [MINE]
    assert names == [f"anh/{photo.public_id}.jpg", "du-lieu.json"]
    assert [f["loai"] for f in content["thong_tin_lien_lac"]] == ["số điện thoại", "họ tên"]
    assert content["dong_y"][0]["loi_da_doc"].startswith("Tôi để lại tên")
    for foreign in ("Khác", "0977000111", "Kín Danh", "Ghi chú nội bộ", "Công an đã nhắc quán", "0912345678"):
        assert foreign not in text, foreign
    back, _ = read_export(open_data_page(client, other, step="copy"))
    assert [m["loi"] for m in back["loi_da_gui"]] == [THEIRS]
    assert "tôi là Bốn" not in json.dumps(back, ensure_ascii=False)


def test_an_export_contains_only_the_requesters_messages(client, page_url, officer, unit):
    check_copy(client, page_url, officer, unit)


def _filter_by_case(reporter):
    own_messages = Q(case_messages__case__reports__reporter=reporter)
    merged = Q(case_messages__case__merged_into__reports__reporter=reporter)
    return list(Message.objects.filter(own_messages | merged).distinct().order_by("pk"))


def test_control_a_copy_by_case_would_be_found(client, page_url, officer, unit, monkeypatch):
    """With a wrong query and without row-level security, which protects where a query lacks a filter."""
    monkeypatch.setattr(data_export, "list_messages_of", _filter_by_case)
    monkeypatch.setattr("tests.rls._set_role", lambda role: None)
    with pytest.raises(AssertionError, match="Khác"):
        check_copy(client, page_url, officer, unit)


def test_the_asking_is_recorded_and_answered_at_once(client, page_url):
    read_export(open_data_page(client, page_url, step="copy"))
    row = Request.objects.get()
    assert (row.kind, row.state, row.via) == ("ACCESS", "DONE", "LINK") and row.answered_at is not None
    verbs = AuditEntry.objects.filter(object=f"data:{row.code}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["data.asked", "data.done"]


# --- correction and withdrawal


def test_a_phone_is_sealed_over_the_old_one(client, page_url):
    assert open_all_facts() == {"PHONE": "0912345678", "NAME": "Bốn"}
    assert open_data_page(client, page_url, step="contact", field="PHONE", value="098 765 4321").status_code == 303
    assert open_all_facts()["PHONE"] == "0987654321"
    assert "0987654321" not in read_status_page(client, page_url) and "Đã làm xong" in read_status_page(
        client, page_url
    )
    for wrong in (
        {"field": "PHONE", "value": "abc"},
        {"field": "NAME", "value": " "},
        {"field": "ADDRESS", "value": "x"},
    ):
        assert open_data_page(client, page_url, step="contact", **wrong).status_code == 422
    assert "0987654321" not in str(list(AuditEntry.objects.values()))


def test_taking_consent_back_destroys_the_key_at_once(client, page_url):
    assert Consent.objects.get().purpose == "CONTACT" and WrappedKey.objects.exists()
    assert open_data_page(client, page_url, step="withdraw").status_code == 303
    of_photos = Attachment.objects.exclude(lock=None).values("lock")  # the original of a photo stays with the report
    assert Identity.objects.count() == 0 and WrappedKey.objects.exclude(lock__in=of_photos).count() == 0
    assert Consent.objects.get().withdrawn_at is not None
    assert Case.objects.get().erased_at is None and Message.objects.get().text == MINE, (
        "their report is still in progress"
    )


def test_no_phone_no_consent(client):
    parse_status_token(submit_report(client, MINE))
    assert Consent.objects.count() == 0


def test_a_correction_of_text_goes_to_the_desk(client, page_url, officer):
    assert open_data_page(client, page_url, step="correct", words="abc").status_code == 422
    assert (
        open_data_page(client, page_url, step="correct", words="Không phải quán Hoa Sen mà là quán Hoa Cúc").status_code
        == 303
    )
    staff = officer("PROVINCE_STAFF", "42")
    row = Request.objects.get()
    desk = sign_in_browser(staff)
    assert "Người dân" in desk.get(DESK).content.decode()
    assert "quán Hoa Cúc" in desk.get(f"{DESK}/{row.public_id}").content.decode()
    submit_answer(staff, row, "yes", "Đã sửa tên quán.", desk)
    assert run_worker() == [True]
    assert "Đã sửa. Đã sửa tên quán." in read_status_page(client, page_url)


# --- erasure


def test_erasure_of_a_reflection(client, page_url, officer, django_capture_on_commit_callbacks, settings):
    assert open_data_page(client, page_url, step="erase").status_code == 422, "a confirmation is needed"
    assert open_data_page(client, page_url, step="erase", sure="yes", words="Tôi đổi ý").status_code == 303
    row, staff = Request.objects.get(), officer("PROVINCE_STAFF", "42")
    assert submit_answer(staff, row, "yes").status_code == 303
    with django_capture_on_commit_callbacks(execute=True):
        assert run_worker() == [True]
    case = Case.objects.get()
    assert (
        (case.state, case.outcome) == ("CLOSED", "NO_ACTION") and case.erased_at is not None and case.search_text == ""
    )
    for table in (Message, Attachment, Report, Identity, WrappedKey, Conversation):
        assert table.objects.count() == 0, table.__name__
    assert [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()] == []
    assert run_worker() == [] and Request.objects.get().words == ""
    html = read_status_page(client, page_url)
    assert "Tin này đã được xóa" in html and "Đã xóa tin, ảnh" in html
    away = client.get(f"/theo-doi/{page_url}")
    assert away.status_code == 303 and away["Location"].endswith("/du-lieu")
    run_sweep(clock.now() + 91 * DAY, "request")
    assert client.get(f"/theo-doi/{page_url}/du-lieu").status_code == 404, "the answer is sent in its turn"
    entries = AuditEntry.objects.filter(object=f"data:{row.code}").order_by("pk")
    assert [e.verb for e in entries] == ["data.asked", "data.granted", "data.done"]
    assert not any(word in str(list(AuditEntry.objects.values())) for word in ("Bốn", "0912345678", "karaoke", "đổi ý"))


def test_one_of_two_reporters_is_erased_and_the_case_goes_on(client, page_url, officer):
    own_report = Report.objects.get()
    other = parse_status_token(submit_report(client, THEIRS))
    other_report = Report.objects.exclude(pk=own_report.pk).get()
    if other_report.case_id != own_report.case_id:
        Report.objects.filter(pk=other_report.pk).update(case=own_report.case)
        message = Message.objects.get(reporter=other_report.reporter_id)
        message.case_messages.update(case=own_report.case)
    open_data_page(client, page_url, step="erase", sure="yes")
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    assert run_worker() == [True]
    case = Case.objects.get(pk=own_report.case_id)
    assert case.state != "CLOSED" and case.erased_at is None
    assert "toi la bon" not in case.search_text and "Bốn" not in case.snippet and THEIRS[:20] in case.snippet
    assert THEIRS in client.get(f"/theo-doi/{other}").content.decode()
    assert (
        Message.objects.get().text == THEIRS
        and "'khác'" in case.search_accented
        and "'bốn'" not in case.search_accented
    )


def test_a_crime_report_is_retained_and_the_reason_is_shown(client, officer):
    secret = parse_status_token(
        submit_report(client, "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu", phone="0912345678")
    )
    assert "Bộ luật Tố tụng hình sự" in read_status_page(client, secret), "shown before the request"
    open_data_page(client, secret, step="erase", sure="yes")
    row, staff = Request.objects.get(), officer("PROVINCE_STAFF", "42")
    shown = sign_in_browser(staff).get(f"{DESK}/{row.public_id}").content.decode()
    assert "Có vụ việc phải lưu theo luật" in shown and 'value="yes"' not in shown
    submit_answer(staff, row, "yes")
    row.refresh_from_db()
    assert row.state == "OPEN", "a hand-made form does not erase it either"
    submit_answer(staff, row, "no")
    row.refresh_from_db()
    assert (row.state, row.duty) == ("REFUSED", "CRIME")
    assert "Bộ luật Tố tụng hình sự" in read_status_page(client, secret) and Message.objects.count() == 1


def test_control_without_the_duty_it_would_be_gone(client, officer, monkeypatch):
    monkeypatch.setattr(queries, "find_duty", lambda case, urgency=0: None)
    with pytest.raises(AssertionError):
        test_a_crime_report_is_retained_and_the_reason_is_shown(client, officer)


def test_a_legal_duty_that_arises_meanwhile_returns_it(client, page_url, officer):
    open_data_page(client, page_url, step="erase", sure="yes")
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    Case.objects.update(lane="CRIME_REPORT")
    assert run_worker() == [False]
    assert Request.objects.get().state == "OPEN" and Message.objects.count() == 1


def test_a_refusal_without_a_legal_duty_needs_a_text(client, page_url, officer):
    open_data_page(client, page_url, step="erase", sure="yes")
    row, staff = Request.objects.get(), officer("PROVINCE_STAFF", "42")
    submit_answer(staff, row, "no", "không")
    submit_answer(staff, row, "perhaps", "Vì chưa rõ người yêu cầu")
    row.refresh_from_db()
    assert row.state == "OPEN"
    submit_answer(staff, row, "no", "Vì chưa rõ người yêu cầu là ai")
    row.refresh_from_db()
    assert row.state == "REFUSED"
    with pytest.raises(RuleViolation):
        requests.answer_request(public_id=str(row.public_id), officer=staff, grant=True, text="", now=clock.now())


# --- the desk


def test_owner_colleague_stranger(client, page_url, officer):
    open_data_page(client, page_url, step="erase", sure="yes")
    row = Request.objects.get()
    for role, commune in (
        ("OFFICER", "18568"),
        ("CHIEF", "18568"),
        ("VILLAGE_TEAM", "18568"),
        ("PROVINCE_DUTY", "42"),
        ("OPERATOR", "42"),
        ("INSPECTOR", "42"),
    ):
        browser_client = sign_in_browser(officer(role, commune))
        assert (
            browser_client.get(DESK).status_code == 403
            and browser_client.get(f"{DESK}/{row.public_id}").status_code == 403
        )
        assert submit_answer(None, row, "yes", client=browser_client).status_code == 403
    for role in ("PROVINCE_STAFF", "CUSTODIAN"):
        assert sign_in_browser(officer(role, "42")).get(f"{DESK}/{row.public_id}").status_code == 200
    assert Client().get(DESK).status_code == 302


def test_requests_of_complainants_bypass_the_staff(client, officer):
    secret = parse_status_token(
        submit_report(client, "Anh công an ở trụ sở quát tháo, thái độ coi thường dân, tôi phản ánh thái độ cán bộ")
    )
    Case.objects.update(category="officer_complaint")
    open_data_page(client, secret, step="erase", sure="yes")
    row = Request.objects.get()
    assert row.is_restricted
    staff, custodian = sign_in_browser(officer("PROVINCE_STAFF", "42")), sign_in_browser(officer("CUSTODIAN", "42"))
    assert str(row.public_id) not in staff.get(DESK).content.decode()
    assert staff.get(f"{DESK}/{row.public_id}").status_code == 404
    shown = custodian.get(f"{DESK}/{row.public_id}").content.decode()
    assert "Có vụ việc phải lưu theo luật" in shown and "khiếu nại" not in shown.lower()
    with rls.acting_as("pages"):
        with rls_scope("province"):
            assert Request.objects.count() == 0, "neither does the database"
        with rls_scope("data"):
            assert Request.objects.count() == 1


def test_the_desk_shows_deadlines_and_overdue_requests(client, page_url, officer):
    open_data_page(client, page_url, step="erase", sure="yes")
    Request.objects.update(due_at=clock.now() - dt.timedelta(hours=3))
    html = sign_in_browser(officer("CUSTODIAN", "42")).get(DESK).content.decode()
    assert "1 yêu cầu đã quá hạn" in html and "quá 3 giờ" in html
    nav = re.search(r'href="/yeu-cau-du-lieu".*?</a>', html, re.DOTALL)
    assert nav and "1" in re.sub(r"<[^>]+>", "", nav[0]), "the number is in the navigation"


def test_the_clock_is_two_working_days(client, page_url):
    for start in (dt.datetime(2026, 2, 13, 3, 0, tzinfo=dt.UTC), dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)):
        due = requests.compute_request_deadline(start)
        last = clock.to_vietnam_day(due - dt.timedelta(seconds=1))
        assert last == business_days.add_business_days(clock.to_vietnam_day(start), 2, HOLIDAYS)
        assert due == clock.start_of_day(last + DAY)
    assert clock.to_vietnam_day(
        requests.compute_request_deadline(dt.datetime(2026, 2, 13, 3, tzinfo=dt.UTC)) - dt.timedelta(seconds=1)
    ) == dt.date(2026, 2, 24), "asked on the Friday before Tết: the week of Tết does not count"


def test_a_repeated_request_is_one_request(client, page_url):
    for words in ("một", "hai"):
        open_data_page(client, page_url, step="erase", sure="yes", words=words)
    assert Request.objects.get().words == "hai"


# --- in private chat


def test_asking_in_chat_is_recorded_and_answered_there(officer):
    reporter = chat_person()
    run_pipeline((reporter, "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"))
    for words, kind in (("Xem dữ liệu!", "ACCESS"), ("XÓA DỮ LIỆU của tôi", "ERASE"), ("rút đồng ý", "WITHDRAW")):
        run_pipeline((reporter, words))
        row = Request.objects.latest("pk")
        assert (row.kind, row.via, row.reporter_id) == (kind, "CHAT", reporter.reporter)
        assert row.code[:4] in reporter.list_received("ACK")[-1]
    assert Case.objects.count() == 1, "the request opens no case"
    staff = officer("PROVINCE_STAFF", "42")
    submit_answer(staff, Request.objects.get(kind="ACCESS"), "yes")
    assert run_worker() == [True]
    assert "Công an đang giữ 4 lời nhắn của bạn" in reporter.list_received("ANSWER")[-1]


def test_erasure_in_chat_is_confirmed_before_the_contact_is_erased(officer):
    reporter = chat_person()
    run_pipeline((reporter, "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"))
    run_pipeline((reporter, "xóa dữ liệu"))
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    assert run_worker() == [True]
    assert Message.objects.count() == 0 and "Đã xóa tin" in Outgoing.objects.latest("pk").text
    run_sweep(clock.now() + dt.timedelta(days=1, hours=1), "identity")
    assert Conversation.objects.count() == 0 and Request.objects.get().reporter is None
    assert Reporter.objects.get(pk=reporter.reporter).lock_id is None


@pytest.mark.parametrize(
    "text", ["Tôi muốn báo vụ xóa dữ liệu camera ở cầu Hộ Độ", "xem dữ liệu giúp tôi vụ mất xe hôm qua ở Lộc Hà"]
)
def test_texts_that_only_mention_data_are_reports(text):
    reporter = chat_person()
    run_pipeline((reporter, text))
    assert Request.objects.count() == 0


def test_notes_go_with_an_erased_case(client, page_url, officer):
    Note.objects.create(case=Case.objects.get(), officer=officer(), text="Anh Bốn nói thêm", at=clock.now())
    open_data_page(client, page_url, step="erase", sure="yes")
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    run_worker()
    assert Note.objects.count() == 0
