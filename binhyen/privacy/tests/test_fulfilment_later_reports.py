"""An erasure covers data up to its request: a report sent while it waits is new, with its own retention."""

import datetime as dt

import pytest

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Conversation, Message, Outgoing
from binhyen.intake.tests.chat_reports import create_person as chat_person
from binhyen.intake.tests.chat_reports import run_pipeline
from binhyen.kit import clock
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import fulfilment, replay_erasures
from binhyen.privacy.services.replay_erasures import replay_erasures as erase_again
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.privacy.tests.test_requests import run_worker, submit_answer
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
    reporter = chat_person()
    Contact.objects.create(reporter_id=reporter.reporter, channel_id=reporter.channel, key="k" * 64, ciphertext=b"")
    run_pipeline((reporter, DUST), moment=ASKED - MINUTES)
    run_pipeline((reporter, "xóa dữ liệu"), moment=ASKED)
    return reporter


def grant_request(officer) -> Request:
    row = Request.objects.get()
    submit_answer(officer("PROVINCE_STAFF", "42"), row, "yes")
    assert run_worker() == [True]
    row.refresh_from_db()
    return row


def check_remaining_erased(reporter, officer):
    """Report a crime the day after: no retention duty of the requested data, nothing of it is erased, and the reporter
    can be answered."""
    run_pipeline((reporter, BURGLARY), moment=SINCE)
    crime = Case.objects.get(category="theft")
    assert crime.lane == "CRIME_REPORT" and queries.find_duties(reporter.reporter, now=clock.now()) == ["CRIME"]
    row = grant_request(officer)
    dust = Case.objects.exclude(pk=crime.pk).get()
    crime.refresh_from_db()
    assert dust.erased_at is not None and (crime.state, crime.erased_at) == ("NEW", None)
    assert Message.objects.get().text == BURGLARY and Report.objects.get().case == crime
    assert "Điều bạn báo sau đó công an vẫn giữ" in row.answer
    assert row.answer in Outgoing.objects.latest("pk").text
    run_sweep(clock.now() + dt.timedelta(hours=25), "identity")
    assert Contact.objects.exists() and Conversation.objects.exists()


def test_a_later_crime_report_neither_blocks_it_nor_is_erased(who, officer):
    check_remaining_erased(who, officer)


def test_control_duties_of_all_times_block_it(who, officer, monkeypatch):
    whole = queries.find_duties
    always = lambda reporter, *, police=True, until=None, now: whole(reporter, police=police, now=now)  # noqa: E731
    monkeypatch.setattr(queries, "find_duties", always)
    with pytest.raises(AssertionError):
        check_remaining_erased(who, officer)


def test_control_an_erasure_of_all_times_erases_it(who, officer, monkeypatch):
    whole = fulfilment.erase_person
    monkeypatch.setattr(
        fulfilment, "erase_person", lambda reporter, *, until, now, **more: whole(reporter, until=now, now=now, **more)
    )
    with pytest.raises(AssertionError):
        check_remaining_erased(who, officer)


def test_later_additions_to_the_case_stay_and_earlier_data_is_erased(who, officer):
    run_pipeline((who, MORE), moment=ASKED + MINUTES)
    grant_request(officer)
    case = Case.objects.get()
    assert case.erased_at is None and case.state == "NEW" and case.snippet == MORE
    assert Message.objects.get().text == MORE and Report.objects.get().case == case
    assert "xom" not in case.search_text.split() and "xóm" not in case.search_accented


def test_asked_again_after_it_means_that_too_within_the_first_clock(who, officer):
    due = Request.objects.get().due_at
    run_pipeline((who, MORE), moment=ASKED + MINUTES)
    run_pipeline((who, "xóa dữ liệu"), moment=SINCE + DAY)
    assert Request.objects.get().due_at == due
    assert grant_request(officer).answer == "Đã xóa tin, ảnh và danh tính của bạn."
    assert Case.objects.get().erased_at is not None and Message.objects.count() == 0


def test_later_merged_cases_are_separate(who, officer):
    run_pipeline((who, BURGLARY), moment=SINCE)
    dust, crime = Case.objects.order_by("pk")
    Case.objects.filter(pk=crime.pk).update(state="MERGED", merged_into=dust)
    grant_request(officer)
    dust.refresh_from_db()
    assert dust.erased_at is None and Message.objects.get().text == BURGLARY


# --- restore


def restore_backup(settings, tmp_path, captured, reporter) -> Case:
    """Restore a backup from before the erasure, which was logged with its time, together with later reports."""
    settings.ERASED_DIR = tmp_path / "erased"
    with captured(execute=True):
        fulfilment.erasure_log.record_erasure(
            fulfilment.ERASED_PERSON,
            [f"{public_id} {ASKED.isoformat()}" for public_id in fulfilment.known.list_public_ids([reporter.reporter])],
        )
    run_pipeline((reporter, BURGLARY), moment=SINCE)
    with rls.acting_as("worker"):
        assert erase_again(made_at=SINCE + DAY, now=clock.now())["persons"] == 1
    return Case.objects.get(category="theft")


def test_a_restore_too_erases_only_earlier_reports(who, settings, tmp_path, django_capture_on_commit_callbacks):
    case = restore_backup(settings, tmp_path, django_capture_on_commit_callbacks, who)
    assert case.erased_at is None and case.state == "NEW" and Message.objects.get().text == BURGLARY


def test_of_several_log_lines_the_latest_counts_and_one_without_time_means_all():
    early, late = ASKED.isoformat(), SINCE.isoformat()
    assert replay_erasures._parse_moments([f"a {late}", f"a {early}", f"b {early}", "b", "c", "d gestern"]) == {
        "a": SINCE,
        "b": None,
        "c": None,
    }
