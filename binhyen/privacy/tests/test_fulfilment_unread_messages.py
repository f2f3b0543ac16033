"""Messages after an erasure request that belong to no case: their content is unknown, so they wait to be read."""

import datetime as dt

import pytest

from binhyen.cases.models import Alarm, Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Conversation, Message
from binhyen.channels.services import messages
from binhyen.intake.tests.chat_reports import run_pipeline
from binhyen.kit import clock
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import fulfilment
from binhyen.privacy.services.replay_erasures import replay_erasures
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.privacy.tests.test_fulfilment_later_reports import ASKED, DUST, MINUTES, SINCE, grant_request, who
from binhyen.vault.models import Contact
from tests import rls

__all__ = ["who"]
pytestmark = pytest.mark.django_db
AFRAID, THANKS, FIGHT = "em lo lắm", "Cảm ơn anh", "Có người đánh nhau trước cổng nhà em, họ cầm dao"
HOURS = dt.timedelta(hours=1)


def run_nights(last: dt.datetime) -> None:
    for days in range(1, 4):
        run_sweep(last + days * DAY, "identity")


def run_purge(moment: dt.datetime) -> None:
    """Purge like the worker when the retention of unassigned messages is over."""
    with rls.acting_as("worker"):
        while messages.delete_expired_messages(now=moment):
            pass


def check_it_waits(reporter, officer):
    """Send an ambiguous message after the erasure; by then the reply channel was to be erased within a day, with the
    message."""
    done = grant_request(officer)
    assert done.state == "DONE" and not Message.objects.exists()
    run_pipeline((reporter, AFRAID), moment=clock.now() + HOURS)
    run_nights(clock.now())
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()
    assert AFRAID in sign_in_browser(officer("PROVINCE_DUTY", "42")).get("/tin-nhan").content.decode()


def test_an_ambiguous_message_waits_to_be_read_and_then_all_is_erased(who, officer):
    check_it_waits(who, officer)
    over = clock.now() + 31 * DAY
    run_purge(over)
    run_sweep(over, "identity")
    assert not Message.objects.exists() and not Contact.objects.exists() and not Conversation.objects.exists()
    assert Request.objects.get().reporter_id is None


def test_control_a_night_without_the_check_erases_it_unread(who, officer, monkeypatch):
    monkeypatch.setattr(queries, "list_unassigned_since", lambda reporter, moment: Message.objects.none())
    with pytest.raises(Message.DoesNotExist):
        check_it_waits(who, officer)


def test_a_message_before_the_answer_waits_too(who, officer):
    """They write on the case, which is erased by then: ambiguous, and not only in a case of that day."""
    run_pipeline((who, AFRAID), moment=SINCE)
    row = grant_request(officer)
    assert "Điều bạn báo sau đó công an vẫn giữ" in row.answer
    run_nights(clock.now())
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()


def test_thanks_contain_no_report(who, officer):
    """Neither on the case, which would be retained for this text, nor after it."""
    run_pipeline((who, THANKS), moment=ASKED + MINUTES)
    assert Message.objects.get(text=THANKS).in_case, "erased with the case"
    assert grant_request(officer).answer == "Đã xóa tin, ảnh và danh tính của bạn."
    assert Case.objects.get().erased_at is not None and not Message.objects.exists()
    run_pipeline((who, THANKS), moment=clock.now())
    run_nights(clock.now())
    assert not Message.objects.exists() and not Contact.objects.exists()


@pytest.mark.parametrize("done", [False, True])
def test_danger_alarms_whatever_was_requested(who, officer, done):
    if done:
        grant_request(officer)
    run_pipeline((who, FIGHT), moment=clock.now())
    case = Case.objects.get(category="violence")
    assert case.state == "NEW" and case.urgency == 3 and Alarm.objects.filter(case=case).exists()
    if not done:
        grant_request(officer)
    run_nights(clock.now())
    case.refresh_from_db()
    assert (case.state, case.erased_at, case.snippet) == ("NEW", None, FIGHT) and Contact.objects.exists()


def test_asked_by_link_it_waits_as_well(who, officer):
    run_pipeline((who, AFRAID), moment=SINCE)
    Request.objects.update(conversation=None, via="LINK")
    grant_request(officer)
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()
    over = clock.now() + 31 * DAY
    run_purge(over)
    run_sweep(over, "identity")
    assert not Contact.objects.exists() and Request.objects.get().reporter_id is None


def test_after_a_restore_later_messages_exist_and_can_be_answered(
    who, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.ERASED_DIR = tmp_path / "erased"
    run_pipeline((who, AFRAID), moment=SINCE)
    with django_capture_on_commit_callbacks(execute=True):
        fulfilment.erasure_log.record_erasure(
            fulfilment.ERASED_PERSON,
            [f"{public_id} {ASKED.isoformat()}" for public_id in fulfilment.known.list_public_ids([who.reporter])],
        )
    with rls.acting_as("worker"):
        assert replay_erasures(made_at=SINCE + DAY, now=clock.now())["persons"] == 1
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()
    assert DUST not in str(list(Case.objects.values()))
