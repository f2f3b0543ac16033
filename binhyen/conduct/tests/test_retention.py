"""Retention end of a complaint: keys, files, texts and subjects are erased. Its number stays."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Lane
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.channels.models import Attachment, Message
from binhyen.conduct.models import Complaint, ComplaintAlarm, DeskTransfer, File, HandlerAlert
from binhyen.conduct.routing import SubjectRank
from binhyen.conduct.services import retention, seal_case
from binhyen.conduct.tests.scene import ELSEWHERE, submit_complaint
from binhyen.intake import web_reports
from binhyen.people import access
from binhyen.people.conflicts import Desk
from binhyen.people.models import ConflictRule
from binhyen.privacy.models import Hold, Sweep
from binhyen.privacy.rules.retention import DEFAULT_DAYS
from binhyen.privacy.tests.scene import DAY, SECRETS, create_closed_case, find_remaining_words, run_sweep
from binhyen.stats.models import Count
from binhyen.stats.services import rebuild_counts, update_counts
from binhyen.vault.models import SealedText, WrappedKey

pytestmark = pytest.mark.django_db
TERM = DEFAULT_DAYS["complaint"] * DAY


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path


def make_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "PNG")
    return out.getvalue()


def conclude_complaint(now: dt.datetime, text: str = "", **more: Any) -> tuple[str, Complaint]:
    link, complaint = submit_complaint(*([text] if text else []), now=now, **more)
    Case.objects.filter(pk=complaint.case_id).update(state="CLOSED", outcome="ANSWERED", closed_at=now)
    return link, complaint


def test_the_key_and_all_dependent_rows_are_erased(
    client: Client, now: dt.datetime, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    link, _ = conclude_complaint(now, photos=(web_reports.UploadedPhoto("a.png", make_picture()),))
    assert len([p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]) == 2
    assert client.get(f"/theo-doi/{link}").status_code == 200
    assert WrappedKey.objects.exists() and SealedText.objects.exists()
    before = list(Case.objects.values_list("code", "kind", "outcome", "closed_at"))
    assert run_sweep(now + TERM - DAY, "complaint") == {"complaint": 0} and Complaint.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert run_sweep(now + TERM, "complaint")["complaint"] == 1
    for table in (
        WrappedKey,
        Complaint,
        DeskTransfer,
        File,
        ComplaintAlarm,
        HandlerAlert,
        Report,
        Message,
        CaseMessage,
        Attachment,
    ):
        assert not table.objects.exists(), table.__name__
    assert [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()] == []
    assert list(Case.objects.values_list("code", "kind", "outcome", "closed_at")) == before
    assert client.get(f"/theo-doi/{link}").status_code == 404
    assert seal_case.seal_all_cases(now=now + TERM) == 0, "an erased one is not an open complaint"


def test_erased_ones_are_counted_neither_on_the_page_nor_in_the_log(
    now: dt.datetime, officer: Callable[..., Any]
) -> None:
    conclude_complaint(now)
    run_sweep(now + TERM, "complaint")
    row = Sweep.objects.get(group="complaint")
    assert (row.removed, row.retained, row.late, row.oldest_at, row.next_at, row.failed) == (0, 0, 0, None, None, "")
    entry = AuditEntry.objects.get(verb="retention.deleted")
    assert entry.object == "conduct:class:complaint"
    inspector = officer("INSPECTOR", "42")
    assert not AuditEntry.objects.filter(access.filter_audit_entries(inspector), verb="retention.deleted").exists()


def test_open_held_and_reopened_ones_stay(now: dt.datetime, officer: Callable[..., Any]) -> None:
    submit_complaint(now=now)
    _, held_complaint = conclude_complaint(now)
    row = Hold.objects.create(
        case_id=held_complaint.case_id,
        reason="Tòa án yêu cầu giữ",
        until=(now + TERM + 30 * DAY).date(),
        at=now,
        officer=officer("PROVINCE_STAFF", "42"),
    )
    assert run_sweep(now + TERM + DAY, "complaint")["complaint"] == 0 and Complaint.objects.count() == 2
    row.ended_at = now
    row.save()
    assert run_sweep(now + TERM + DAY, "complaint")["complaint"] == 1


def test_complaints_and_denunciations_of_the_register_go_and_the_numbers_stay(
    unit: Callable[[str], Any], now: dt.datetime
) -> None:
    for lane in (Lane.COMPLAINT, Lane.DENUNCIATION):
        Case.objects.filter(pk=create_closed_case(unit("18568"), "environment_noise", moment=now).pk).update(lane=lane)
    conclude_complaint(now)
    update_counts()
    before = list(Count.objects.order_by("metric").values_list("metric", "value"))
    assert before and find_remaining_words(), "control: there is something to be found"
    assert run_sweep(now + TERM, "complaint")["complaint"] == 3
    assert find_remaining_words() == [] and SECRETS
    update_counts()
    assert list(Count.objects.order_by("metric").values_list("metric", "value")) == before
    rebuild_counts()
    assert list(Count.objects.order_by("metric").values_list("metric", "value")) == before


def test_complaints_without_readers_end_after_the_last_message(now: dt.datetime) -> None:
    _, complaint = submit_complaint(ELSEWHERE, now=now)
    assert complaint.veto.desk == Desk.OUTSIDE and SubjectRank.DIRECTOR in complaint.subject_ranks
    assert run_sweep(now + TERM - DAY, "complaint")["complaint"] == 0
    assert run_sweep(now + TERM, "complaint")["complaint"] == 1
    case = Case.objects.get()
    assert (case.state, case.outcome, Complaint.objects.count()) == ("CLOSED", "PASSED_TO_OTHER", 0)


def test_exclusions_end_with_the_last_audit_entry(now: dt.datetime) -> None:
    conclude_complaint(now)
    run_sweep(now + TERM, "complaint")
    run_sweep(now + TERM + (DEFAULT_DAYS["audit"] - 1) * DAY, "complaint")
    assert ConflictRule.objects.count() == 1, "it still excludes entries of the audit log"
    run_sweep(now + TERM + DEFAULT_DAYS["audit"] * DAY, "complaint")
    assert ConflictRule.objects.count() == 0


@pytest.mark.parametrize("defect", ["keys", "rows", "all"])
def test_control_a_deletion_that_leaves_something_is_seen(
    client: Client,
    now: dt.datetime,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    defect: str,
    django_capture_on_commit_callbacks: Any,
) -> None:
    if defect == "keys":
        monkeypatch.setattr(retention.vault, "destroy_conversation_keys", lambda ids: None)
    elif defect == "rows":
        monkeypatch.setattr(retention, "_destroy_complaints", lambda ids: None)
    else:
        monkeypatch.setattr(retention, "erase_cases", lambda ids, now: len(ids))
        monkeypatch.setattr(retention.queries, "list_expired_cases", lambda group, now: Case.objects.none())
    with pytest.raises(AssertionError):
        test_the_key_and_all_dependent_rows_are_erased(client, now, settings, django_capture_on_commit_callbacks)


def test_a_failed_night_is_seen_without_a_number(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    conclude_complaint(now)
    monkeypatch.setattr(retention, "_destroy_complaints", lambda ids: 1 / 0)
    run_sweep(now + TERM, "complaint")
    assert Sweep.objects.get(group="complaint").failed == "ZeroDivisionError"
