"""A complaint gets another subject after facts were derived from it: that officer loses the derived case, as if it had
been transferred, and so does a unit that had it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.models import Case, Drawn
from binhyen.cases.queries import case_page
from binhyen.cases.queries import transferred as handed_on
from binhyen.cases.rules import TooLate
from binhyen.cases.services import exclusions, transfers
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES, Rank
from binhyen.conduct.services import exclusions as services_exclusions
from binhyen.conduct.services import handling
from binhyen.conduct.tests.scene import handler
from binhyen.conduct.tests.test_barred import hand_on, passed_on, shows
from binhyen.intake.complaint_store import Telling, keeper
from binhyen.kit.models import LiveEvent
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.vault.models import SealedText
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
THERE = "18073"


def follow(now: dt.datetime) -> int:
    """Run the waiting jobs like the worker; return the number of changed cases."""
    jobs = list(ProcrastinateJob.objects.filter(task_name="conduct.follow").values_list("id", "args"))
    with rls.acting_as("worker"):
        return sum(services_exclusions.follow(args["case_id"], now=now) for _, args in jobs)


def name(rank: Rank, by: Any, now: dt.datetime, *, units: tuple[int, ...] = (), who: str = "") -> Complaint:
    complaint = Complaint.objects.get()
    with rls.acting_as("custody"):
        handling.name(complaint=complaint, rank=rank, unit_ids=units, who=who, officer=by, now=now)
    complaint.refresh_from_db()
    return complaint


def test_a_unit_that_is_named_later_loses_the_case(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, duty, theirs = passed_on(officer, now), handler(officer, "PROVINCE_DUTY", now), officer("OFFICER", THERE)
    hand_on(case, duty, unit(THERE), now)
    Case.objects.filter(pk=case.pk).update(assignee=theirs)
    assert follow(now) == 0 and len(shows(case, theirs)) == 4, "control"
    LiveEvent.objects.all().delete()
    name(Rank.OFFICER, duty, now, units=(unit(THERE).pk,))
    assert follow(now) == 1 and follow(now) == 0
    assert shows(case, theirs) == [] and len(shows(case, duty)) == 4
    case.refresh_from_db()
    assert (case.unit.level, case.assignee) == ("PROVINCE", None) and theirs.pk in (case.barred or ())
    assert unit(THERE).code not in [each.code for each in case_page.hands(duty, case, now=now).units]
    assert handed_on.handed(duty, now=now) == [], "it is no longer in transfer to them"
    [event] = LiveEvent.objects.all()
    assert event.data["verb"] == "handed_on" and f"officer:{theirs.pk}" in event.topics, (
        "their open pages get the event"
    )
    assert not {"province", f"unit:{unit(THERE).pk}"} & set(event.topics)
    assert case.events.filter(verb="handed_on").latest("pk").data["from"] == unit(THERE).pk


def test_control_a_bar_that_stays_as_it_was_leaves_it_there(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusions.Drawn.objects, "create", lambda **_: None)
    with pytest.raises(AssertionError):
        test_a_unit_that_is_named_later_loses_the_case(officer, unit, now)


def test_who_handed_it_on_and_is_named_later_hears_nothing_of_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, by = passed_on(officer, now), officer("PROVINCE_STAFF", "42", name="Phan Đình Tùng")
    theirs = officer("OFFICER", THERE)
    handler(officer, "DIRECTOR", now)
    hand_on(case, by, unit(THERE), now)
    assert [each.code for each in handed_on.handed(by, now=now)] == [case.code], "control"
    name(Rank.STAFF, handler(officer, "PROVINCE_DUTY", now), now, who="Phan Đình Tùng")
    follow(now)
    assert handed_on.handed(by, now=now) == [] and shows(case, by) == []
    with pytest.raises(TooLate):
        transfers.take_back(code=case.code, officer=by, now=now)
    assert len(shows(case, theirs)) == 4, "an assignee without a conflict continues"
    assert not SealedText.objects.filter(owner__endswith=NOTES).exists()


def test_where_nobody_is_left_to_work_on_it_the_complaints_handlers_read_that(officer: Make, now: dt.datetime) -> None:
    case, duty = passed_on(officer, now), handler(officer, "PROVINCE_DUTY", now)
    handler(officer, "DIRECTOR", now)
    complaint = name(Rank.STAFF, duty, now)
    for _ in range(2):
        follow(now)
    assert complaint.veto.desk == "DIRECTOR" and shows(case, duty) == []
    assert SealedText.objects.filter(owner=complaint.owner + NOTES).count() == 1


def test_further_words_of_the_person_bar_them_too(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, duty = passed_on(officer, now), officer("PROVINCE_DUTY", "42")
    hand_on(case, duty, unit(THERE), now)
    complaint = Complaint.objects.get()
    more = Telling(0, "Cán bộ công an nơi khác cũng đòi tiền", None, None, urgency=1, unit_ids=(unit(THERE).pk,))
    with rls.acting_as("pages"), entered(PROGRAM):
        keeper().hear(complaint.case_id, more, now=now)
    assert follow(now) == 1
    assert shows(case, officer("CHIEF", THERE)) == []


@pytest.mark.parametrize("process", ["pages", "custody", "courier"])
def test_what_ties_them_no_page_and_no_desk_can_read(process: str) -> None:
    with pytest.raises(ProgrammingError), rls.acting_as(process):
        Drawn.objects.exists()
