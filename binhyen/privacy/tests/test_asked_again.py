"""People with a data request go on writing: they report again, request more, click twice; a backup is restored."""

import datetime as dt

import pytest
from django.test import Client

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Conversation, Message, Outgoing
from binhyen.intake.tests.telling import person as chat_person
from binhyen.intake.tests.telling import say
from binhyen.intake.tests.web import NOISE, link, picture, tell
from binhyen.kit import clock, erasure_log
from binhyen.privacy.models import Request
from binhyen.privacy.services import identities, replay_erasures, requests
from binhyen.privacy.services.fulfilment import erase_person
from binhyen.privacy.services.replay_erasures import erase_again
from binhyen.privacy.tests.scene import DAY, night
from binhyen.privacy.tests.test_requests import answer, box_of, carry, data, page
from binhyen.vault.models import Contact
from tests import rls

pytestmark = pytest.mark.django_db
SMOKE = "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"
FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"
POLICE = "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"
LATER = clock.now() + 14 * DAY
NEXT_NIGHT = dt.timedelta(days=1, hours=1)


def erased_in_chat(officer):
    who = chat_person()
    Contact.objects.create(reporter_id=who.reporter, channel_id=who.channel, key="k" * 64, sealed=b"")
    say((who, SMOKE))
    say((who, "xóa dữ liệu"))
    answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    assert carry() == [True]
    return who


def check_can_be_answered(who):
    """Report danger after the erasure: the way back to the reporter stays while that case is open."""
    say((who, FIGHT))
    night(clock.now() + NEXT_NIGHT, "identity")
    assert Contact.objects.filter(reporter=who.reporter).exists() and Conversation.objects.count() == 1
    assert not Outgoing.objects.filter(state="CANCELLED").exists()
    case = Case.objects.get(forgotten_at=None)
    assert case.category == "violence" and Report.objects.get(case=case).reporter_id == who.reporter
    say((who, "nó chạy về phía cầu rồi"))
    assert Report.objects.count() == 1 and Message.objects.filter(case_messages__case=case).count() == 2
    assert Request.objects.get().reporter is None, "the request itself is over"


def test_who_was_erased_and_writes_again_is_still_heard(officer):
    check_can_be_answered(erased_in_chat(officer))


def test_control_the_night_after_took_their_address(officer, monkeypatch):
    monkeypatch.setattr(identities, "_telling", lambda asked: set())
    with pytest.raises(AssertionError):
        check_can_be_answered(erased_in_chat(officer))


def test_and_goes_when_what_they_told_then_is_over(officer):
    who = erased_in_chat(officer)
    say((who, FIGHT))
    night(clock.now() + NEXT_NIGHT, "identity")
    Case.objects.filter(forgotten_at=None).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    night(clock.now() + 8 * DAY, "identity")
    assert not Contact.objects.exists()


def test_another_phone_answers_no_correction_that_waits_for_somebody():
    client = Client()
    told = link(tell(client, NOISE, phone="0912345678"))
    for words in ("Không phải quán Hoa Sen mà là quán Hoa Cúc", "Số nhà 15, không phải 13", "Số nhà 15, không phải 13"):
        assert data(client, told, step="correct", words=words).status_code == 303
    assert data(client, told, step="contact", field="PHONE", value="0987654321").status_code == 303
    waits, done = Request.objects.order_by("pk")
    assert waits.state == "OPEN" and waits.answered_at is None
    assert waits.words == "Không phải quán Hoa Sen mà là quán Hoa Cúc\n\nSố nhà 15, không phải 13", "both of them"
    assert (done.state, done.kind, done.words) == ("DONE", "CORRECT", "")
    assert "Chờ trả lời" in page(client, told) and "Đã làm xong" in page(client, told)


def test_pressed_twice_in_one_moment_is_one_request(monkeypatch):
    client = Client()
    told = link(tell(client, NOISE))
    data(client, told, step="erase", sure="yes", words="một")
    look, late = requests._waiting, iter([True])
    monkeypatch.setattr(requests, "_waiting", lambda *who: None if next(late, False) else look(*who))
    assert data(client, told, step="erase", sure="yes", words="hai").status_code == 303
    assert Request.objects.get().words == "hai"


def test_what_is_left_of_a_request_leads_to_nobody(officer):
    who = chat_person()
    say((who, SMOKE))
    say((who, "xem dữ liệu"))
    answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    carry()
    assert Request.objects.get().conversation_id == who.conversation
    Request.objects.update(duty="CRIME")
    night(clock.now() + 91 * DAY, "request")
    row = Request.objects.get()
    assert (row.reporter, row.conversation, row.words, row.answer, row.duty) == (None, None, "", "", "")
    assert row.kind == "ACCESS" and night(clock.now() + 92 * DAY, "request")["request"] == 0


def test_a_picture_that_is_lost_keeps_nobody_from_the_rest(settings, tmp_path):
    """A replaced disk, a restore without the files: the export failed for good."""
    settings.FILES_ROOT = tmp_path
    told = link(tell(Client(), NOISE, photos=[picture()]))
    assert len(box_of(data(Client(), told, step="copy"))[1]) == 2, "control: it is in the copy"
    for file in [path for path in tmp_path.rglob("*") if path.is_file()]:
        file.unlink()
    content, names = box_of(data(Client(), told, step="copy"))
    assert names == ["du-lieu.json"] and content["loi_da_gui"][0]["loi"] == NOISE


# --- restore


def told_since(settings, tmp_path, captured):
    """Erase all but a complaint about police, which retains the reporter's identity; two weeks later they report
    danger."""
    settings.ERASED_DIR = tmp_path / "erased"
    who = chat_person()
    say((who, SMOKE))
    say((who, POLICE))
    with captured(execute=True), rls.acting_as("worker"):
        erase_person(who.reporter, until=clock.now(), now=clock.now())
    say((who, FIGHT), at=LATER)
    return Case.objects.get(category="violence")


def check_stays(case):
    done = erase_again(made_at=LATER + DAY, now=LATER + DAY)
    case.refresh_from_db()
    assert done["persons"] == 0 and case.state == "NEW" and case.forgotten_at is None


def test_a_restore_erases_nothing_that_was_told_since_the_erasure(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    case = told_since(settings, tmp_path, django_capture_on_commit_callbacks)
    check_stays(case)
    assert erase_again(made_at=clock.now() + DAY, now=LATER)["persons"] == 1, "of that day it may still have them"


def test_control_by_every_note_the_danger_is_withdrawn(
    settings, tmp_path, django_capture_on_commit_callbacks, monkeypatch
):
    case = told_since(settings, tmp_path, django_capture_on_commit_callbacks)
    every = erasure_log.noted
    monkeypatch.setattr(replay_erasures.erased, "noted", lambda what, since=None: every(what))
    with pytest.raises(AssertionError):
        check_stays(case)
