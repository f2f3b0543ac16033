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
from binhyen.conduct.models import Alarm, Complaint, File, Move, Summons
from binhyen.conduct.routing import Rank
from binhyen.conduct.services import retention, seal_case
from binhyen.conduct.tests.scene import ELSEWHERE, complain
from binhyen.intake import web_reports
from binhyen.people import access
from binhyen.people.conflicts import Desk
from binhyen.people.models import Veto
from binhyen.privacy.models import Hold, Sweep
from binhyen.privacy.rules.retention_periods import DEFAULTS
from binhyen.privacy.tests.scene import DAY, SECRETS, closed, night, words_left
from binhyen.stats.models import Count
from binhyen.stats.services import count, rebuild
from binhyen.vault.models import LockCopy, SealedText

pytestmark = pytest.mark.django_db
TERM = DEFAULTS["complaint"] * DAY


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "PNG")
    return out.getvalue()


def concluded(now: dt.datetime, text: str = "", **more: Any) -> tuple[str, Complaint]:
    link, complaint = complain(*([text] if text else []), now=now, **more)
    Case.objects.filter(pk=complaint.case_id).update(state="CLOSED", outcome="ANSWERED", closed_at=now)
    return link, complaint


def test_the_key_goes_and_everything_that_hangs_on_it(
    client: Client, now: dt.datetime, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    link, _ = concluded(now, photos=(web_reports.Photo("a.png", picture()),))
    assert len([p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]) == 2
    assert client.get(f"/theo-doi/{link}").status_code == 200
    assert LockCopy.objects.exists() and SealedText.objects.exists()
    before = list(Case.objects.values_list("code", "kind", "outcome", "closed_at"))
    assert night(now + TERM - DAY, "complaint") == {"complaint": 0} and Complaint.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert night(now + TERM, "complaint")["complaint"] == 1
    for table in (LockCopy, Complaint, Move, File, Alarm, Summons, Report, Message, CaseMessage, Attachment):
        assert not table.objects.exists(), table.__name__
    assert [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()] == []
    assert list(Case.objects.values_list("code", "kind", "outcome", "closed_at")) == before
    assert client.get(f"/theo-doi/{link}").status_code == 404
    assert seal_case.lift_all(now=now + TERM) == 0, "an erased one is not an open complaint"


def test_nobody_counts_them_neither_on_the_page_nor_in_the_book(now: dt.datetime, officer: Callable[..., Any]) -> None:
    concluded(now)
    night(now + TERM, "complaint")
    row = Sweep.objects.get(group="complaint")
    assert (row.removed, row.kept, row.late, row.oldest_at, row.next_at, row.failed) == (0, 0, 0, None, None, "")
    entry = AuditEntry.objects.get(verb="retention.deleted")
    assert entry.object == "conduct:class:complaint"
    inspector = officer("INSPECTOR", "42")
    assert not AuditEntry.objects.filter(access.book(inspector), verb="retention.deleted").exists()


def test_open_held_and_reopened_ones_stay(now: dt.datetime, officer: Callable[..., Any]) -> None:
    complain(now=now)
    _, held = concluded(now)
    row = Hold.objects.create(
        case_id=held.case_id, reason="Tòa án yêu cầu giữ", until=(now + TERM + 30 * DAY).date(), at=now,
        officer=officer("PROVINCE_STAFF", "42"),
    )  # fmt: skip
    assert night(now + TERM + DAY, "complaint")["complaint"] == 0 and Complaint.objects.count() == 2
    row.ended_at = now
    row.save()
    assert night(now + TERM + DAY, "complaint")["complaint"] == 1


def test_complaints_and_denunciations_of_the_register_go_and_the_numbers_stay(
    unit: Callable[[str], Any], now: dt.datetime
) -> None:
    for lane in (Lane.COMPLAINT, Lane.DENUNCIATION):
        Case.objects.filter(pk=closed(unit("18568"), "environment_noise", at=now).pk).update(lane=lane)
    concluded(now)
    count()
    before = list(Count.objects.order_by("pk").values_list("metric", "value"))
    assert before and words_left(), "control: there is something to be found"
    assert night(now + TERM, "complaint")["complaint"] == 3
    assert words_left() == [] and SECRETS
    count()
    assert list(Count.objects.order_by("pk").values_list("metric", "value")) == before
    rebuild()
    assert list(Count.objects.order_by("pk").values_list("metric", "value")) == before


def test_what_nobody_here_may_see_goes_that_long_after_the_last_word(now: dt.datetime) -> None:
    _, complaint = complain(ELSEWHERE, now=now)
    assert complaint.veto.desk == Desk.OUTSIDE and Rank.DIRECTOR in complaint.ranks
    assert night(now + TERM - DAY, "complaint")["complaint"] == 0
    assert night(now + TERM, "complaint")["complaint"] == 1
    case = Case.objects.get()
    assert (case.state, case.outcome, Complaint.objects.count()) == ("CLOSED", "PASSED_TO_OTHER", 0)


def test_from_whom_it_was_kept_goes_when_the_book_has_no_entry_left_of_it(now: dt.datetime) -> None:
    concluded(now)
    night(now + TERM, "complaint")
    night(now + TERM + (DEFAULTS["audit"] - 1) * DAY, "complaint")
    assert Veto.objects.count() == 1, "it still excludes entries of the audit log"
    night(now + TERM + DEFAULTS["audit"] * DAY, "complaint")
    assert Veto.objects.count() == 0


@pytest.mark.parametrize("defect", ["keys", "rows", "all"])
def test_control_a_deletion_that_leaves_something_is_seen(
    client: Client, now: dt.datetime, settings: Any, monkeypatch: pytest.MonkeyPatch, defect: str,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    if defect == "keys":
        monkeypatch.setattr(retention.vault, "destroy_locks", lambda ids: None)
    elif defect == "rows":
        monkeypatch.setattr(retention, "_destroy", lambda ids: None)
    else:
        monkeypatch.setattr(retention, "forget_cases", lambda ids, now: len(ids))
        monkeypatch.setattr(retention.queries, "over", lambda group, now: Case.objects.none())
    with pytest.raises(AssertionError):
        test_the_key_goes_and_everything_that_hangs_on_it(client, now, settings, django_capture_on_commit_callbacks)


def test_a_failed_night_is_seen_without_a_number(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    concluded(now)
    monkeypatch.setattr(retention, "_destroy", lambda ids: 1 / 0)
    night(now + TERM, "complaint")
    assert Sweep.objects.get(group="complaint").failed == "ZeroDivisionError"
