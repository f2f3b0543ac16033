"""Facts of a crime in a complaint become a case that excluded officers can neither be assigned nor see."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case
from binhyen.cases.queries.case_page import hands
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import erasure, linking, officer_actions
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import exclusions, retention, worker_tasks
from binhyen.conduct.tests.scene import complain, signed_in
from binhyen.intake import web_reports
from binhyen.kit.ids import token
from binhyen.kit.models import LiveEvent
from binhyen.kit.rls_scope import entered
from binhyen.people import access
from binhyen.people.models import Posting, Veto
from binhyen.privacy.config import span
from binhyen.stats import services as stats
from binhyen.stats.models import Contribution
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
FACTS = "Có người thu tiền giả danh lệ phí ở quán nước cạnh chợ"


def passed_on(officer: Make, now: dt.datetime) -> Case:
    _, complaint = complain(now=now)
    by = officer("PROVINCE_DUTY", "42")
    more = {"officer_id": by.pk, "urgency": 2, "ladder": ladder(), "now": now}
    return Case.objects.get(code=worker_tasks.open_extract(FACTS, complaint_id=complaint.pk, **more))


def hand_on(case: Case, officer: Any, unit: Any, now: dt.datetime) -> Case:
    case.refresh_from_db()
    more = {"reason": "Xảy ra ở đó", "version": case.version, "now": now}
    return officer_actions.hand_on(code=case.code, officer=officer, unit=unit, **more)


def test_no_unit_concerned_is_handed_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, duty = passed_on(officer, now), officer("PROVINCE_DUTY", "42")
    to = [each.code for each in hands(duty, case, now=now).units]
    assert unit("18568").code not in to and unit("18073").code in to
    with pytest.raises(NotAllowed, match="Đơn vị này không nhận được"):
        hand_on(case, duty, unit("18568"), now)
    assert hand_on(case, duty, unit("18073"), now).unit == unit("18073")


def test_control_without_the_bar_it_goes_there(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "shut_out", lambda matter, units: frozenset())
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_no_unit_concerned_is_handed_it(officer, unit, now)


def shows(case: Case, person: Any) -> list[str]:
    """List the pages that show the case."""
    page = signed_in(person)
    found = [where for where in ("/ban-truc", "/tim?q=giả danh lệ phí", f"/tim?q={case.code}")
             if f"/vu-viec/{case.code[:4]}" in page.get(where).content.decode()]  # fmt: skip
    return found + (["page"] if page.get(f"/vu-viec/{case.code}").status_code == 200 else [])


def test_who_served_there_does_not_see_it_wherever_it_lies(officer: Make, unit: Make, now: dt.datetime) -> None:
    duty, served, mate = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_DUTY", "42"), officer("OFFICER", "18073")
    for person in (served, mate):
        Posting.objects.create(officer=person, unit=unit("18568"), role="OFFICER", until=now - dt.timedelta(days=200))
    case = passed_on(officer, now)
    assert len(shows(case, duty)) == 4 and shows(case, served) == []
    with rls.acting_as("pages"), entered(access.scope_of(served)):
        assert not Case.objects.filter(pk=case.pk).exists(), "neither does the database"
    hand_on(case, duty, unit("18073"), now)
    assert shows(case, mate) == [] and len(shows(case, officer("OFFICER", "18073"))) == 4
    case.refresh_from_db()
    assert mate not in hands(officer("CHIEF", "18073"), case, now=now).people
    with pytest.raises(NotAllowed, match="Người này không nhận được"):
        officer_actions.assign(code=case.code, officer=officer("CHIEF", "18073"), to=mate, version=None, now=now)
    heard = {topic for event in LiveEvent.objects.filter(data__case=case.code) for topic in event.topics}
    assert f"officer:{duty.pk}" in heard and heard.isdisjoint({f"officer:{served.pk}", "province", "unit:18073"})


def test_control_the_filter_is_what_hides_it(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.conduct.services.worker_tasks.barred_by", lambda kept: [])
    with pytest.raises(AssertionError):
        test_who_served_there_does_not_see_it_wherever_it_lies(officer, unit, now)


def test_it_shows_in_no_number_and_in_no_other_case(officer: Make, now: dt.datetime) -> None:
    case, duty = passed_on(officer, now), officer("PROVINCE_DUTY", "42")
    stats.count()
    assert not Contribution.objects.filter(case=case).exists()
    web_reports.send_report(
        sending=web_reports.Sending(key=token(), text="Cây đổ chắn đường ở phường Thành Sen"), now=now
    )
    other = Case.objects.latest("pk")
    for one, two in ((case, other), (other, case)):
        with pytest.raises(NotAllowed):
            linking.merge(code=one.code, into=two.code, officer=duty, version=None, now=now)
    assert not access.shut_out(f"case:{other.code}", [other.unit_id])


def test_who_comes_to_serve_there_later_loses_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    case, late = passed_on(officer, now), officer("PROVINCE_DUTY", "42")
    assert len(shows(case, late)) == 4
    Posting.objects.create(officer=late, unit=unit("18568"), role="CHIEF", since=now)
    assert exclusions.renew(now=now) == 1 and exclusions.renew(now=now) == 0
    assert shows(case, late) == []


def test_the_bar_ends_with_the_last_entry_about_it(officer: Make, now: dt.datetime) -> None:
    case = passed_on(officer, now)
    matter = f"case:{case.code}"
    inspector = officer("INSPECTOR", "42")
    assert matter not in signed_in(inspector).get("/nhat-ky").content.decode()
    erasure.forget_cases([case.pk], now=now)
    retention.sweep(now + span("audit") - dt.timedelta(days=1), 10)
    assert Veto.objects.filter(matter=matter).exists()
    retention.sweep(now + span("audit"), 10)
    assert not Veto.objects.filter(matter=matter).exists() and Complaint.objects.exists()
