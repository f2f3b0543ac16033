"""Messages after an erasure request that belong to no case: their content is unknown, so they wait to be read."""

import datetime as dt

import pytest

from binhyen.cases.models import Alarm, Case
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Conversation, Message
from binhyen.channels.services import messages
from binhyen.intake.tests.telling import say
from binhyen.kit import clock
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import fulfilment
from binhyen.privacy.services.replay_erasures import erase_again
from binhyen.privacy.tests.scene import DAY, night
from binhyen.privacy.tests.test_told_since import ASKED, DUST, MINUTES, SINCE, grant, who
from binhyen.vault.models import Contact
from tests import rls

__all__ = ["who"]
pytestmark = pytest.mark.django_db
AFRAID, THANKS, FIGHT = "em sợ lắm", "Cảm ơn anh", "Có người đánh nhau trước cổng nhà em, họ cầm dao"
HOURS = dt.timedelta(hours=1)


def nights(last: dt.datetime) -> None:
    for days in range(1, 4):
        night(last + days * DAY, "identity")


def purge(at: dt.datetime) -> None:
    """Purge like the worker when the retention of unassigned messages is over."""
    with rls.acting_as("worker"):
        while messages.purge(now=at):
            pass


def check_it_waits(who, officer):
    """Send an ambiguous message after the erasure; by then the reply channel was to be erased within a day, with the
    message."""
    done = grant(officer)
    assert done.state == "DONE" and not Message.objects.exists()
    say((who, AFRAID), at=clock.now() + HOURS)
    nights(clock.now())
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()
    assert AFRAID in browser(officer("PROVINCE_DUTY", "42")).get("/tin-nhan").content.decode()


def test_a_word_that_nobody_understood_waits_to_be_read_and_then_all_of_it_goes(who, officer):
    check_it_waits(who, officer)
    over = clock.now() + 31 * DAY
    purge(over)
    night(over, "identity")
    assert not Message.objects.exists() and not Contact.objects.exists() and not Conversation.objects.exists()
    assert Request.objects.get().reporter_id is None


def test_control_a_night_that_does_not_ask_takes_it_unread(who, officer, monkeypatch):
    monkeypatch.setattr(queries, "loose_since", lambda reporter, moment: Message.objects.none())
    with pytest.raises(Message.DoesNotExist):
        check_it_waits(who, officer)


def test_one_that_was_said_before_it_was_answered_waits_too(who, officer):
    """They write on the case, which is erased by then: ambiguous, and not only in a case of that day."""
    say((who, AFRAID), at=SINCE)
    row = grant(officer)
    assert "Điều bạn báo sau đó công an vẫn giữ" in row.answer
    nights(clock.now())
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()


def test_thanks_are_nothing_told(who, officer):
    """Neither on the case, which would be retained for this text, nor after it."""
    say((who, THANKS), at=ASKED + MINUTES)
    assert Message.objects.get(text=THANKS).in_case, "erased with the case"
    assert grant(officer).answer == "Đã xóa tin, ảnh và danh tính của bạn."
    assert Case.objects.get().forgotten_at is not None and not Message.objects.exists()
    say((who, THANKS), at=clock.now())
    nights(clock.now())
    assert not Message.objects.exists() and not Contact.objects.exists()


@pytest.mark.parametrize("done", [False, True])
def test_danger_rings_whatever_was_asked(who, officer, done):
    if done:
        grant(officer)
    say((who, FIGHT), at=clock.now())
    case = Case.objects.get(category="violence")
    assert case.state == "NEW" and case.urgency == 3 and Alarm.objects.filter(case=case).exists()
    if not done:
        grant(officer)
    nights(clock.now())
    case.refresh_from_db()
    assert (case.state, case.forgotten_at, case.snippet) == ("NEW", None, FIGHT) and Contact.objects.exists()


def test_asked_by_link_it_waits_as_well(who, officer):
    say((who, AFRAID), at=SINCE)
    Request.objects.update(conversation=None, via="LINK")
    grant(officer)
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()
    over = clock.now() + 31 * DAY
    purge(over)
    night(over, "identity")
    assert not Contact.objects.exists() and Request.objects.get().reporter_id is None


def test_after_a_restore_what_was_said_since_is_there_and_can_be_answered(
    who, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.ERASED_DIR = tmp_path / "erased"
    say((who, AFRAID), at=SINCE)
    with django_capture_on_commit_callbacks(execute=True):
        fulfilment.erased.note(
            fulfilment.PERSON, [f"{one} {ASKED.isoformat()}" for one in fulfilment.known.public_ids([who.reporter])]
        )
    with rls.acting_as("worker"):
        assert erase_again(made_at=SINCE + DAY, now=clock.now())["persons"] == 1
    assert Message.objects.get().text == AFRAID and Contact.objects.exists()
    assert DUST not in str(list(Case.objects.values()))
