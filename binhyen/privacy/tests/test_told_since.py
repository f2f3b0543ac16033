"""An erasure covers data up to its request: a report sent while it waits is new, with its own retention."""

import datetime as dt

import pytest

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Conversation, Message, Outgoing
from binhyen.intake.tests.telling import person as chat_person
from binhyen.intake.tests.telling import say
from binhyen.kit import clock
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import fulfilment, replay_erasures
from binhyen.privacy.services.replay_erasures import erase_again
from binhyen.privacy.tests.scene import DAY, night
from binhyen.privacy.tests.test_requests import answer, carry
from binhyen.vault.models import Contact
from tests import rls

pytestmark = pytest.mark.django_db
DUST = "Xe ben chạy suốt ngày, bụi mù mịt cả xóm ở xã Lộc Hà"
BURGLARY = "Nhà tôi ở xã Lộc Hà bị trộm vào đêm qua, mất 2 con bò và cái máy bơm"
MORE = "hôm nay xe ben lại chạy, bụi hơn hôm trước"
ASKED = clock.now() - 3 * DAY
SINCE = ASKED + DAY
MINUTES = dt.timedelta(minutes=10)


@pytest.fixture
def who():
    """Create a reporter of dust pollution with a pending erasure request."""
    one = chat_person()
    Contact.objects.create(reporter_id=one.reporter, channel_id=one.channel, key="k" * 64, sealed=b"")
    say((one, DUST), at=ASKED - MINUTES)
    say((one, "xóa dữ liệu"), at=ASKED)
    return one


def grant(officer) -> Request:
    row = Request.objects.get()
    answer(officer("PROVINCE_STAFF", "42"), row, "yes")
    assert carry() == [True]
    row.refresh_from_db()
    return row


def check_the_rest_goes(who, officer):
    """Report a crime the day after: no retention duty of the requested data, nothing of it is erased, and the reporter
    can be answered."""
    say((who, BURGLARY), at=SINCE)
    crime = Case.objects.get(category="theft")
    assert crime.lane == "CRIME_REPORT" and queries.duties(who.reporter, now=clock.now()) == ["CRIME"]
    row = grant(officer)
    dust = Case.objects.exclude(pk=crime.pk).get()
    crime.refresh_from_db()
    assert dust.forgotten_at is not None and (crime.state, crime.forgotten_at) == ("NEW", None)
    assert Message.objects.get().text == BURGLARY and Report.objects.get().case == crime
    assert "Điều bạn báo sau đó công an vẫn giữ" in row.answer
    assert row.answer in Outgoing.objects.latest("pk").text
    night(clock.now() + dt.timedelta(hours=25), "identity")
    assert Contact.objects.exists() and Conversation.objects.exists()


def test_a_crime_told_since_neither_blocks_it_nor_goes_with_it(who, officer):
    check_the_rest_goes(who, officer)


def test_control_duties_of_all_times_block_it(who, officer, monkeypatch):
    whole = queries.duties
    always = lambda reporter, *, police=True, until=None, now: whole(reporter, police=police, now=now)  # noqa: E731
    monkeypatch.setattr(queries, "duties", always)
    with pytest.raises(AssertionError):
        check_the_rest_goes(who, officer)


def test_control_an_erasure_of_all_times_takes_it(who, officer, monkeypatch):
    whole = fulfilment.erase_person
    monkeypatch.setattr(
        fulfilment, "erase_person", lambda reporter, *, until, now, **more: whole(reporter, until=now, now=now, **more)
    )
    with pytest.raises(AssertionError):
        check_the_rest_goes(who, officer)


def test_more_of_the_same_case_stays_and_what_was_told_before_goes(who, officer):
    say((who, MORE), at=ASKED + MINUTES)
    grant(officer)
    case = Case.objects.get()
    assert case.forgotten_at is None and case.state == "NEW" and case.snippet == MORE
    assert Message.objects.get().text == MORE and Report.objects.get().case == case
    assert "xom" not in case.folded.split() and "xóm" not in case.marked


def test_asked_again_after_it_means_that_too_within_the_first_clock(who, officer):
    due = Request.objects.get().due_at
    say((who, MORE), at=ASKED + MINUTES)
    say((who, "xóa dữ liệu"), at=SINCE + DAY)
    assert Request.objects.get().due_at == due
    assert grant(officer).answer == "Đã xóa tin, ảnh và danh tính của bạn."
    assert Case.objects.get().forgotten_at is not None and Message.objects.count() == 0


def test_what_was_merged_into_it_since_is_a_matter_of_its_own(who, officer):
    say((who, BURGLARY), at=SINCE)
    dust, crime = Case.objects.order_by("pk")
    Case.objects.filter(pk=crime.pk).update(state="MERGED", merged_into=dust)
    grant(officer)
    dust.refresh_from_db()
    assert dust.forgotten_at is None and Message.objects.get().text == BURGLARY


# --- restore


def restored(settings, tmp_path, captured, who) -> Case:
    """Restore a backup from before the erasure, which was logged with its time, together with later reports."""
    settings.ERASED_DIR = tmp_path / "erased"
    with captured(execute=True):
        fulfilment.erased.note(
            fulfilment.PERSON, [f"{one} {ASKED.isoformat()}" for one in fulfilment.known.public_ids([who.reporter])]
        )
    say((who, BURGLARY), at=SINCE)
    with rls.acting_as("worker"):
        assert erase_again(made_at=SINCE + DAY, now=clock.now())["persons"] == 1
    return Case.objects.get(category="theft")


def test_a_restore_too_takes_only_what_was_told_by_then(who, settings, tmp_path, django_capture_on_commit_callbacks):
    case = restored(settings, tmp_path, django_capture_on_commit_callbacks, who)
    assert case.forgotten_at is None and case.state == "NEW" and Message.objects.get().text == BURGLARY


def test_of_several_notes_the_latest_moment_counts_and_one_without_means_all():
    early, late = ASKED.isoformat(), SINCE.isoformat()
    assert replay_erasures._moments([f"a {late}", f"a {early}", f"b {early}", "b", "c", "d gestern"]) == {
        "a": SINCE, "b": None, "c": None,
    }  # fmt: skip
