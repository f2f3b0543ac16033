"""Extracts passed on by a handler of tips are checked for complaints like any message: an extract about police stays at
no unit. If the tip becomes a complaint, earlier extracts are hidden from the same people.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, DerivedCase, Note, Relation
from binhyen.cases.queries import transferred as handed_on
from binhyen.cases.services import erasure, linking, restricted_cases
from binhyen.cases.tests.scene import open_case
from binhyen.conduct.models import Complaint
from binhyen.conduct.tests.scene import sign_in
from binhyen.conduct.tests.test_exclusions import create_derived_case, transfer_case
from binhyen.conduct.tests.test_exclusions_named_later import run_exclusion_jobs
from binhyen.intake import model_cache
from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.models import ConflictRule
from binhyen.stats import services as stats
from binhyen.stats.models import Contribution
from binhyen.tips import services
from binhyen.tips.models import Extract, Tip
from binhyen.tips.tests.page import enter_code, read_receipt, submit_step, submit_tip
from binhyen.tips.tests.test_desk import EXTRACT, HandlerRoom, run_as_worker
from binhyen.vault.key_session import key_sessions
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.people import create_key
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def room(officer: Callable[..., Any]) -> Iterator[HandlerRoom]:
    handler, now = officer("PROVINCE_DUTY", "42"), clock.now()
    create_key(handler, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    yield HandlerRoom(handler)
    key_sessions.lock_all()


BRIBED = "Trưởng công an xã Lộc Hà nhận tiền của nhà bán ma túy."


def test_an_extract_about_police_goes_to_those_who_receive_complaints(client: Client, room: HandlerRoom) -> None:
    read_receipt(submit_tip(client))
    address = f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/chuyen"
    assert room.ask("post", address, {"text": BRIBED}).status_code == 303
    assert "Trưởng" not in Extract.objects.get().text, "until the worker processes it, it is encrypted to it"
    [code] = run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))
    complaint = Complaint.objects.get()
    assert complaint.case.code == code and complaint.veto.desk == "DIRECTOR"
    assert any(side.startswith("unit:") for side in complaint.veto.conflict_keys), "the tip's commune too"
    assert not Note.objects.exists() and not Case.objects.filter(search_text__contains="nhan tien").exists()


def test_control_an_extract_that_is_read_alone_lies_on_the_desk_of_the_unit(
    client: Client, room: HandlerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        model_cache, "detect_complaint", lambda read, text, officers=(): replace(read, category="other")
    )
    read_receipt(submit_tip(client))
    room.ask("post", f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/chuyen", {"text": BRIBED})
    run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))
    assert not Complaint.objects.exists() and Case.objects.filter(search_text__contains="nhan tien").exists()


def test_nor_does_one_open_by_any_other_way(officer: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="has a keeper"):
        restricted_cases.open_from_extract(
            extract=BRIBED,
            category="officer_complaint",
            urgency=1,
            commune_id=None,
            officer=officer("PROVINCE_DUTY", "42"),
            ladder=get_alarm_delays(),
            source_id=0,
            now=clock.now(),
        )
    assert not Note.objects.exists()


ABOUT_THEM = "Trưởng công an xã Lộc Hà nhận tiền bảo kê, thái độ hách dịch, cán bộ đòi tiền dân"


def create_extract(client: Client, by: Any, now: dt.datetime) -> tuple[str, Case]:
    """Create a tip whose facts were passed on to its commune; return its receipt, and their case."""
    code = read_receipt(submit_tip(client))
    with rls.acting_as("custody"):
        services.queue_extract(tip=Tip.objects.get(), extract=EXTRACT, officer=by, now=now)
    with rls.acting_as("worker"):
        [made] = services.open_waiting_extracts(now=now)
    return code, Case.objects.get(code=made)


def test_facts_of_a_tip_that_becomes_a_complaint_leave_the_unit(
    client: Client, officer: Make, unit: Make, now: dt.datetime
) -> None:
    chief, duty, inspector = officer("CHIEF", "18568"), officer("PROVINCE_DUTY", "42"), officer("INSPECTOR", "42")
    code, case = create_extract(client, duty, now)
    other = open_case(unit("18568"), text="Tối nào cũng có xe máy lạ")
    linking.link_cases(
        code=case.code, other=other.code, kind=Relation.Kind.RELATED, officer=chief, version=None, now=now
    )
    linking.merge_cases(code=other.code, into=case.code, officer=chief, version=None, now=now)
    stats.update_counts()
    entries = AuditEntry.objects.filter(object=f"case:{case.code}")
    page = f"/vu-viec/{case.code}"
    assert case.unit == unit("18568") and sign_in(chief).get(page).status_code == 200, "control"
    assert entries.filter(access.filter_audit_entries(inspector)).exists(), "control"
    assert submit_step(client, enter_code(client, code), text=ABOUT_THEM).status_code == 200
    assert Complaint.objects.get().case == Tip.objects.get().case
    assert run_exclusion_jobs(clock.now()) == 1
    case.refresh_from_db()
    other.refresh_from_db()
    assert case.unit.level == "PROVINCE" and sign_in(chief).get(page).status_code == 404
    assert sign_in(duty).get(page).status_code == 200
    visible_verbs = set(entries.filter(access.filter_audit_entries(inspector)).values_list("verb", flat=True))
    assert visible_verbs == {"case.opened", "case.related", "case.absorbed", "case.read"}, "earlier text is unchanged"
    assert entries.filter(verb="case.handed_on").exists(), "control: it continues, where no reader sees it"
    assert other.state != State.MERGED and not Relation.objects.exists(), "the unit's own case is visible again"
    stats.update_counts()
    assert not Contribution.objects.filter(case=case).exists()


def test_what_was_handed_on_to_a_unit_that_is_not_concerned_stays_there_and_counts_no_more(
    client: Client, officer: Make, unit: Make, now: dt.datetime
) -> None:
    duty, other_officer, chief = officer("PROVINCE_DUTY", "42"), officer("OFFICER", "18073"), officer("CHIEF", "18568")
    code, case = create_extract(client, duty, now)
    transfer_case(case, chief, unit("18073"), now)
    stats.update_counts()
    assert Contribution.objects.filter(case=case).exists(), "control"
    submit_step(client, enter_code(client, code), text=ABOUT_THEM)
    assert run_exclusion_jobs(now) == 1
    stats.update_counts()
    assert not Contribution.objects.filter(case=case).exists()
    page = f"/vu-viec/{case.code}"
    assert sign_in(other_officer).get(page).status_code == 200 and sign_in(chief).get(page).status_code == 404
    assert handed_on.list_transferred(chief, now=now) == [], "nor may they take it back"


def test_what_waits_to_go_on_when_the_tip_becomes_a_complaint_goes_to_its_desks(
    client: Client, officer: Make, now: dt.datetime
) -> None:
    duty, code = officer("PROVINCE_DUTY", "42"), read_receipt(submit_tip(client))
    with rls.acting_as("custody"):
        services.queue_extract(tip=Tip.objects.get(), extract=EXTRACT, officer=duty, now=now)
    submit_step(client, enter_code(client, code), text=ABOUT_THEM)
    with rls.acting_as("worker"):
        [made] = services.open_waiting_extracts(now=now)
    later = Complaint.objects.get(case__code=made)
    first = Complaint.objects.get(case=Tip.objects.get().case)
    assert not Case.objects.filter(is_restricted=False).exists()
    run_exclusion_jobs(now)
    later.veto.refresh_from_db()
    assert set(first.veto.conflict_keys) <= set(later.veto.conflict_keys), "hidden from the same people as the first"


def test_the_tie_ends_with_the_case_or_the_tip(client: Client, officer: Make, now: dt.datetime) -> None:
    case = create_derived_case(officer, now)
    code, _ = create_extract(client, officer("PROVINCE_DUTY", "42"), now)
    assert DerivedCase.objects.count() == 2
    with rls.acting_as("worker"):
        erasure.erase_cases([case.pk], now=now)
    assert DerivedCase.objects.count() == 1 and ConflictRule.objects.filter(subject_ref=f"case:{case.code}").exists()
    submit_step(client, enter_code(client, code), "withdraw", sure="yes")
    with rls.acting_as("worker"):
        services.destroy_expired_tips(now=now)
    assert not DerivedCase.objects.exists()
