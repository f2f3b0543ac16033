"""A complaint gets another subject after facts were derived from it: that officer loses the derived case, as if it had
been transferred, and so does a unit that had it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.models import Case, DerivedCase
from binhyen.cases.queries import case_page
from binhyen.cases.queries import transferred as handed_on
from binhyen.cases.rules import CaseNoLongerVisible
from binhyen.cases.services import exclusions, transfers
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES_SUFFIX, SubjectRank
from binhyen.conduct.services import exclusions as services_exclusions
from binhyen.conduct.services import handling
from binhyen.conduct.tests.scene import create_handler
from binhyen.conduct.tests.test_exclusions import create_derived_case, list_pages_showing, transfer_case
from binhyen.intake.complaint_store import ComplaintText, get_complaint_store
from binhyen.kit.models import LiveEvent
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.vault.models import SealedText
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
THERE = "18073"


def run_exclusion_jobs(now: dt.datetime) -> int:
    """Run the waiting jobs like the worker; return the number of changed cases."""
    jobs = list(ProcrastinateJob.objects.filter(task_name="conduct.update_exclusions").values_list("id", "args"))
    with rls.acting_as("worker"):
        return sum(services_exclusions.update_exclusions(args["case_id"], now=now) for _, args in jobs)


def name_subject(
    rank: SubjectRank, by: Any, now: dt.datetime, *, units: tuple[int, ...] = (), username: str = ""
) -> Complaint:
    complaint = Complaint.objects.get()
    with rls.acting_as("custody"):
        handling.set_subject(complaint=complaint, rank=rank, unit_ids=units, name_text=username, officer=by, now=now)
    complaint.refresh_from_db()
    return complaint


def test_a_unit_that_is_named_later_loses_the_case(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, duty, other_officer = (
        create_derived_case(officer, now),
        create_handler(officer, "PROVINCE_DUTY", now),
        officer("OFFICER", THERE),
    )
    transfer_case(case, duty, unit(THERE), now)
    Case.objects.filter(pk=case.pk).update(assignee=other_officer)
    assert run_exclusion_jobs(now) == 0 and len(list_pages_showing(case, other_officer)) == 4, "control"
    LiveEvent.objects.all().delete()
    name_subject(SubjectRank.OFFICER, duty, now, units=(unit(THERE).pk,))
    assert run_exclusion_jobs(now) == 1 and run_exclusion_jobs(now) == 0
    assert list_pages_showing(case, other_officer) == [] and len(list_pages_showing(case, duty)) == 4
    case.refresh_from_db()
    assert (case.unit.level, case.assignee) == ("PROVINCE", None) and other_officer.pk in (case.excluded_officers or ())
    assert unit(THERE).code not in [option.code for option in case_page.assignment_options(duty, case, now=now).units]
    assert handed_on.list_transferred(duty, now=now) == [], "it is no longer in transfer to them"
    [event] = LiveEvent.objects.all()
    assert event.data["verb"] == "handed_on" and f"officer:{other_officer.pk}" in event.topics, (
        "their open pages get the event"
    )
    assert not {"province", f"unit:{unit(THERE).pk}"} & set(event.topics)
    assert case.events.filter(verb="handed_on").latest("pk").data["from"] == unit(THERE).pk


def test_control_a_bar_that_stays_as_it_was_leaves_it_there(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusions.DerivedCase.objects, "create", lambda **_: None)
    with pytest.raises(AssertionError):
        test_a_unit_that_is_named_later_loses_the_case(officer, unit, now)


def test_a_transferring_officer_named_later_is_not_notified(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, by = create_derived_case(officer, now), officer("PROVINCE_STAFF", "42", name="Phan Đình Tùng")
    other_officer = officer("OFFICER", THERE)
    create_handler(officer, "DIRECTOR", now)
    transfer_case(case, by, unit(THERE), now)
    assert [option.code for option in handed_on.list_transferred(by, now=now)] == [case.code], "control"
    name_subject(SubjectRank.STAFF, create_handler(officer, "PROVINCE_DUTY", now), now, username="Phan Đình Tùng")
    run_exclusion_jobs(now)
    assert handed_on.list_transferred(by, now=now) == [] and list_pages_showing(case, by) == []
    with pytest.raises(CaseNoLongerVisible):
        transfers.undo_transfer(code=case.code, officer=by, now=now)
    assert len(list_pages_showing(case, other_officer)) == 4, "an assignee without a conflict continues"
    assert not SealedText.objects.filter(owner__endswith=NOTES_SUFFIX).exists()


def test_without_an_assignable_officer_the_handlers_are_informed(officer: Make, now: dt.datetime) -> None:
    case, duty = create_derived_case(officer, now), create_handler(officer, "PROVINCE_DUTY", now)
    create_handler(officer, "DIRECTOR", now)
    complaint = name_subject(SubjectRank.STAFF, duty, now)
    for _ in range(2):
        run_exclusion_jobs(now)
    assert complaint.veto.desk == "DIRECTOR" and list_pages_showing(case, duty) == []
    assert SealedText.objects.filter(owner=complaint.owner + NOTES_SUFFIX).count() == 1


def test_further_messages_exclude_them_too(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, duty = create_derived_case(officer, now), officer("PROVINCE_DUTY", "42")
    transfer_case(case, duty, unit(THERE), now)
    complaint = Complaint.objects.get()
    more = ComplaintText(0, "Cán bộ công an nơi khác cũng đòi tiền", None, None, urgency=1, unit_ids=(unit(THERE).pk,))
    with rls.acting_as("pages"), rls_scope(PROGRAM_SCOPE):
        get_complaint_store().add_message(complaint.case_id, more, now=now)
    assert run_exclusion_jobs(now) == 1
    assert list_pages_showing(case, officer("CHIEF", THERE)) == []


@pytest.mark.parametrize("process", ["pages", "custody", "sender"])
def test_the_link_between_them_is_readable_by_no_page_or_desk(process: str) -> None:
    with pytest.raises(ProgrammingError), rls.acting_as(process):
        DerivedCase.objects.exists()
