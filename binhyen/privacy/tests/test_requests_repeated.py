"""People with a data request go on writing: they report again, request more, click twice; a backup is restored."""

import datetime as dt

import pytest
from django.test import Client

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Conversation, Message, Outgoing
from binhyen.intake.tests.chat_reports import create_person as chat_person
from binhyen.intake.tests.chat_reports import run_pipeline
from binhyen.intake.tests.web import NOISE, make_picture, parse_status_token, submit_report
from binhyen.kit import clock, erasure_log
from binhyen.privacy.models import Request
from binhyen.privacy.services import identities, replay_erasures, requests
from binhyen.privacy.services.fulfilment import erase_person
from binhyen.privacy.services.replay_erasures import replay_erasures as erase_again
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.privacy.tests.test_requests import open_data_page, read_export, read_status_page, run_worker, submit_answer
from binhyen.vault.models import Contact
from tests import rls

pytestmark = pytest.mark.django_db
SMOKE = "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"
FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"
POLICE = "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"
LATER = clock.now() + 14 * DAY
NEXT_NIGHT = dt.timedelta(days=1, hours=1)


def erase_in_chat(officer):
    reporter = chat_person()
    Contact.objects.create(reporter_id=reporter.reporter, channel_id=reporter.channel, key="k" * 64, ciphertext=b"")
    run_pipeline((reporter, SMOKE))
    run_pipeline((reporter, "xóa dữ liệu"))
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    assert run_worker() == [True]
    return reporter


def check_can_be_answered(reporter):
    """Report danger after the erasure: the way back to the reporter stays while that case is open."""
    run_pipeline((reporter, FIGHT))
    run_sweep(clock.now() + NEXT_NIGHT, "identity")
    assert Contact.objects.filter(reporter=reporter.reporter).exists() and Conversation.objects.count() == 1
    assert not Outgoing.objects.filter(state="CANCELLED").exists()
    case = Case.objects.get(erased_at=None)
    assert case.category == "violence" and Report.objects.get(case=case).reporter_id == reporter.reporter
    run_pipeline((reporter, "nó chạy về phía cầu rồi"))
    assert Report.objects.count() == 1 and Message.objects.filter(case_messages__case=case).count() == 2
    assert Request.objects.get().reporter is None, "the request itself is over"


def test_an_erased_person_who_writes_again_is_still_received(officer):
    check_can_be_answered(erase_in_chat(officer))


def test_control_the_night_after_took_their_address(officer, monkeypatch):
    monkeypatch.setattr(identities, "_find_reporting", lambda asked: set())
    with pytest.raises(AssertionError):
        check_can_be_answered(erase_in_chat(officer))


def test_it_is_erased_when_the_later_report_ends(officer):
    reporter = erase_in_chat(officer)
    run_pipeline((reporter, FIGHT))
    run_sweep(clock.now() + NEXT_NIGHT, "identity")
    Case.objects.filter(erased_at=None).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    run_sweep(clock.now() + 8 * DAY, "identity")
    assert not Contact.objects.exists()


def test_another_phone_does_not_answer_a_pending_correction():
    client = Client()
    link_token = parse_status_token(submit_report(client, NOISE, phone="0912345678"))
    for words in ("Không phải quán Hoa Sen mà là quán Hoa Cúc", "Số nhà 15, không phải 13", "Số nhà 15, không phải 13"):
        assert open_data_page(client, link_token, step="correct", words=words).status_code == 303
    assert open_data_page(client, link_token, step="contact", field="PHONE", value="0987654321").status_code == 303
    waits, done = Request.objects.order_by("pk")
    assert waits.state == "OPEN" and waits.answered_at is None
    assert waits.words == "Không phải quán Hoa Sen mà là quán Hoa Cúc\n\nSố nhà 15, không phải 13", "both of them"
    assert (done.state, done.kind, done.words) == ("DONE", "CORRECT", "")
    assert "Chờ trả lời" in read_status_page(client, link_token) and "Đã làm xong" in read_status_page(
        client, link_token
    )


def test_a_double_click_is_one_request(monkeypatch):
    client = Client()
    link_token = parse_status_token(submit_report(client, NOISE))
    open_data_page(client, link_token, step="erase", sure="yes", words="một")
    look, late = requests._get_waiting_request, iter([True])
    monkeypatch.setattr(requests, "_get_waiting_request", lambda *who: None if next(late, False) else look(*who))
    assert open_data_page(client, link_token, step="erase", sure="yes", words="hai").status_code == 303
    assert Request.objects.get().words == "hai"


def test_the_remaining_request_identifies_no_person(officer):
    reporter = chat_person()
    run_pipeline((reporter, SMOKE))
    run_pipeline((reporter, "xem dữ liệu"))
    submit_answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    run_worker()
    assert Request.objects.get().conversation_id == reporter.conversation
    Request.objects.update(duty="CRIME")
    run_sweep(clock.now() + 91 * DAY, "request")
    row = Request.objects.get()
    assert (row.reporter, row.conversation, row.words, row.answer, row.duty) == (None, None, "", "", "")
    assert row.kind == "ACCESS" and run_sweep(clock.now() + 92 * DAY, "request")["request"] == 0


def test_a_lost_picture_does_not_block_the_export(settings, tmp_path):
    """A replaced disk, a restore without the files: the export failed for good."""
    settings.FILES_ROOT = tmp_path
    link_token = parse_status_token(submit_report(Client(), NOISE, photos=[make_picture()]))
    assert len(read_export(open_data_page(Client(), link_token, step="copy"))[1]) == 2, "control: it is in the copy"
    for file in [path for path in tmp_path.rglob("*") if path.is_file()]:
        file.unlink()
    content, names = read_export(open_data_page(Client(), link_token, step="copy"))
    assert names == ["du-lieu.json"] and content["loi_da_gui"][0]["loi"] == NOISE


# --- restore


def erase_then_report(settings, tmp_path, captured):
    """Erase all but a complaint about police, which retains the reporter's identity; two weeks later they report
    danger."""
    settings.ERASED_DIR = tmp_path / "erased"
    reporter = chat_person()
    run_pipeline((reporter, SMOKE))
    run_pipeline((reporter, POLICE))
    with captured(execute=True), rls.acting_as("worker"):
        erase_person(reporter.reporter, until=clock.now(), now=clock.now())
    run_pipeline((reporter, FIGHT), moment=LATER)
    return Case.objects.get(category="violence")


def check_stays(case):
    done = erase_again(made_at=LATER + DAY, now=LATER + DAY)
    case.refresh_from_db()
    assert done["persons"] == 0 and case.state == "NEW" and case.erased_at is None


def test_a_restore_erases_no_later_report(settings, tmp_path, django_capture_on_commit_callbacks):
    case = erase_then_report(settings, tmp_path, django_capture_on_commit_callbacks)
    check_stays(case)
    assert erase_again(made_at=clock.now() + DAY, now=LATER)["persons"] == 1, "of that day it may still have them"


def test_control_by_every_note_the_danger_is_withdrawn(
    settings, tmp_path, django_capture_on_commit_callbacks, monkeypatch
):
    case = erase_then_report(settings, tmp_path, django_capture_on_commit_callbacks)
    every = erasure_log.iter_erasures
    monkeypatch.setattr(replay_erasures.erasure_log, "iter_erasures", lambda what, since=None: every(what))
    with pytest.raises(AssertionError):
        check_stays(case)
