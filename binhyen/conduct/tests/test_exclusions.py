"""Facts of a crime in a complaint become a case that excluded officers can neither be assigned nor see."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.queries.case_page import assignment_options
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import erasure, linking, officer_actions
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import exclusions, retention, worker_tasks
from binhyen.conduct.tests.scene import sign_in, submit_complaint
from binhyen.intake import web_reports
from binhyen.kit.ids import generate_token
from binhyen.kit.models import LiveEvent
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.people.models import Appointment, ConflictRule
from binhyen.privacy.config import get_retention_span
from binhyen.stats import services as stats
from binhyen.stats.models import Contribution
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
FACTS = "Có người thu tiền giả danh lệ phí ở quán nước cạnh chợ"


def create_derived_case(officer: Make, now: dt.datetime) -> Case:
    _, complaint = submit_complaint(now=now)
    by = officer("PROVINCE_DUTY", "42")
    more = {"officer_id": by.pk, "urgency": 2, "ladder": get_alarm_delays(), "now": now}
    return Case.objects.get(code=worker_tasks.open_extract_case(FACTS, complaint_id=complaint.pk, **more))


def transfer_case(case: Case, officer: Any, unit: Any, now: dt.datetime) -> Case:
    case.refresh_from_db()
    more = {"reason": "Xảy ra ở đó", "version": case.version, "now": now}
    return officer_actions.transfer(code=case.code, officer=officer, unit=unit, **more)


def test_an_accused_unit_cannot_receive_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, duty = create_derived_case(officer, now), officer("PROVINCE_DUTY", "42")
    to = [option.code for option in assignment_options(duty, case, now=now).units]
    assert unit("18568").code not in to and unit("18073").code in to
    with pytest.raises(NotAllowed, match="Không chuyển được đến đơn vị này"):
        transfer_case(case, duty, unit("18568"), now)
    assert transfer_case(case, duty, unit("18073"), now).unit == unit("18073")


def test_control_without_the_exclusion_it_can_be_assigned_there(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "excluded_units", lambda matter, units: frozenset())
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_an_accused_unit_cannot_receive_it(officer, unit, now)


def list_pages_showing(case: Case, person: Any) -> list[str]:
    """List the pages that show the case."""
    page = sign_in(person)
    visible_pages = [
        where
        for where in ("/ban-truc", "/tim?q=giả danh lệ phí", f"/tim?q={case.code}")
        if f"/vu-viec/{case.code[:4]}" in page.get(where).content.decode()
    ]
    return visible_pages + (["page"] if page.get(f"/vu-viec/{case.code}").status_code == 200 else [])


def test_former_officers_of_the_unit_never_see_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    duty, served, mate = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_DUTY", "42"), officer("OFFICER", "18073")
    for person in (served, mate):
        Appointment.objects.create(
            officer=person, unit=unit("18568"), role="OFFICER", until=now - dt.timedelta(days=200)
        )
    case = create_derived_case(officer, now)
    assert len(list_pages_showing(case, duty)) == 4 and list_pages_showing(case, served) == []
    with rls.acting_as("pages"), rls_scope(access.get_rls_scope(served)):
        assert not Case.objects.filter(pk=case.pk).exists(), "neither does the database"
    transfer_case(case, duty, unit("18073"), now)
    assert list_pages_showing(case, mate) == [] and len(list_pages_showing(case, officer("OFFICER", "18073"))) == 4
    case.refresh_from_db()
    assert mate not in assignment_options(officer("CHIEF", "18073"), case, now=now).people
    with pytest.raises(NotAllowed, match="Không giao được cho người này"):
        officer_actions.assign_case(code=case.code, officer=officer("CHIEF", "18073"), to=mate, version=None, now=now)
    topics_seen = {topic for event in LiveEvent.objects.filter(data__case=case.code) for topic in event.topics}
    assert f"officer:{duty.pk}" in topics_seen and topics_seen.isdisjoint(
        {f"officer:{served.pk}", "province", "unit:18073"}
    )


def test_control_the_filter_hides_it(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.conduct.services.worker_tasks.list_excluded_officers", lambda excluded_keys: [])
    with pytest.raises(AssertionError):
        test_former_officers_of_the_unit_never_see_it(officer, unit, now)


def test_it_shows_in_no_number_and_in_no_other_case(officer: Make, now: dt.datetime) -> None:
    case, duty = create_derived_case(officer, now), officer("PROVINCE_DUTY", "42")
    stats.update_counts()
    assert not Contribution.objects.filter(case=case).exists()
    web_reports.send_report(
        sending=web_reports.Submission(key=generate_token(), text="Cây đổ chắn đường ở phường Thành Sen"), now=now
    )
    other = Case.objects.latest("pk")
    for first_case, two in ((case, other), (other, case)):
        with pytest.raises(NotAllowed):
            linking.merge_cases(code=first_case.code, into=two.code, officer=duty, version=None, now=now)
    assert not access.excluded_units(f"case:{other.code}", [other.unit_id])


def test_an_officer_transferred_there_later_loses_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, late = create_derived_case(officer, now), officer("PROVINCE_DUTY", "42")
    assert len(list_pages_showing(case, late)) == 4
    Appointment.objects.create(officer=late, unit=unit("18568"), role="CHIEF", since=now)
    assert exclusions.refresh_exclusions(now=now) == 1 and exclusions.refresh_exclusions(now=now) == 0
    assert list_pages_showing(case, late) == []


def test_the_bar_ends_with_the_last_entry_about_it(officer: Make, now: dt.datetime) -> None:
    case = create_derived_case(officer, now)
    matter = f"case:{case.code}"
    inspector = officer("INSPECTOR", "42")
    assert matter not in sign_in(inspector).get("/nhat-ky").content.decode()
    erasure.erase_cases([case.pk], now=now)
    retention.delete_expired_complaints(now + get_retention_span("audit") - dt.timedelta(days=1), 10)
    assert ConflictRule.objects.filter(subject_ref=matter).exists()
    retention.delete_expired_complaints(now + get_retention_span("audit"), 10)
    assert not ConflictRule.objects.filter(subject_ref=matter).exists() and Complaint.objects.exists()
