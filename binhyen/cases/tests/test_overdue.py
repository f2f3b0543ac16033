"""A legal step that runs out is reported before the end, at the end, then upwards within 15 minutes; never with a
sound. A merged case is due by its earliest report; only authorised roles prolong a term."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Lane, Outcome, State
from binhyen.cases.escalation_settings import get_alarm_delays, get_overdue_delays
from binhyen.cases.models import Alarm, Case, CaseEvent, Clock
from binhyen.cases.queries.overdue import list_clocks, select_overdue
from binhyen.cases.rules import NotAllowed, OverdueLevel
from binhyen.cases.services import alarms, closing, deadline_extensions, linking, officer_actions
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.conduct.tests.scene import submit_complaint
from binhyen.kit import clock
from binhyen.kit.models import LiveEvent

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
DAY, QUARTER = dt.timedelta(days=1), dt.timedelta(minutes=15)
STRIP = "Thời hạn của vụ việc sắp quá hoặc đã quá"


class OverdueScene:
    """A tip received now; its officer, a colleague, the chief, two desks of the province and the
    chief of another unit."""

    def __init__(self, unit: Make, officer: Make) -> None:
        self.now = clock.now()
        self.mine, self.colleague, self.chief = officer(), officer(), officer("CHIEF")
        self.duty, self.staff = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42")
        self.stranger = officer("CHIEF", "18073")
        self.unit, self.beside = unit("18568"), unit("18073")
        self.case = open_case(self.unit, now=self.now)
        officer_actions.assign_to_self(code=self.case.code, officer=self.mine, version=None, now=self.now)

    def tick(self, moment: dt.datetime) -> int:
        return alarms.send_overdue_notices(ladder=get_overdue_delays(), now=moment)

    def list_notified(self) -> set[str]:
        names = ("mine", "colleague", "chief", "duty", "staff", "stranger")
        return {name for name in names if select_overdue(getattr(self, name)).filter(case=self.case).exists()}

    def run_action(self, deed: Callable[..., Case], **more: Any) -> Case:
        return deed(code=self.case.code, version=None, now=self.now, **more)


@pytest.fixture
def scene(unit: Make, officer: Make) -> OverdueScene:
    return OverdueScene(unit, officer)


def test_before_and_after_its_end_it_climbs_within_a_quarter(scene: OverdueScene) -> None:
    end = scene.now + DAY
    assert scene.tick(end - dt.timedelta(hours=5)) == 0 and scene.list_notified() == set()
    assert scene.tick(end - dt.timedelta(hours=4)) == 1 and scene.list_notified() == {"mine"}
    assert scene.tick(end - dt.timedelta(hours=3)) == 0, "notified once"
    scene.tick(end)
    assert scene.list_notified() == {"mine"}
    scene.tick(end + dt.timedelta(minutes=5))
    assert scene.list_notified() == {"mine", "chief"}
    scene.tick(end + dt.timedelta(minutes=10))
    assert scene.list_notified() == {"mine", "chief", "duty", "staff"}
    assert scene.tick(end + QUARTER) == 0
    stages = [e.data["stage"] for e in scene.case.events.filter(verb="late").order_by("id")]
    assert stages == [OverdueLevel.SOON, OverdueLevel.OFFICERS, OverdueLevel.CHIEF, OverdueLevel.PROVINCE], (
        "each step is logged"
    )
    assert AuditEntry.objects.filter(verb="case.late", object=f"case:{scene.case.code}").count() == 4
    assert not LiveEvent.objects.filter(name="alarm").exists() and not Alarm.objects.exists(), "without a sound"


def test_the_control_nothing_climbs_by_itself(scene: OverdueScene) -> None:
    alarms.escalate_alarms(ladder=get_alarm_delays(), now=scene.now + 2 * DAY)
    assert scene.list_notified() == set()


def test_an_assignee_cannot_hide_it_from_the_chief_who_ends_it(scene: OverdueScene) -> None:
    end = scene.now + DAY
    scene.tick(end)
    alarms.acknowledge_overdue(code=scene.case.code, officer=scene.mine, now=end)
    assert scene.list_notified() == set()
    scene.tick(end + dt.timedelta(minutes=5))
    assert scene.list_notified() == {"chief"}
    alarms.acknowledge_overdue(code=scene.case.code, officer=scene.chief, now=end)
    assert scene.list_notified() == set()
    scene.tick(end + dt.timedelta(minutes=10))
    assert scene.list_notified() == set() and not scene.case.events.filter(data__stage=OverdueLevel.PROVINCE).exists()
    alarms.acknowledge_overdue(code=scene.case.code, officer=scene.chief, now=end)
    assert scene.case.events.filter(verb="late_heard").count() == 2, "a second time changes nothing"


def test_an_overdue_case_of_a_chief_is_reported_upwards(scene: OverdueScene) -> None:
    scene.run_action(officer_actions.assign_to_self, officer=scene.chief)
    end = scene.now + DAY
    scene.tick(end)
    alarms.acknowledge_overdue(code=scene.case.code, officer=scene.chief, now=end)
    for minutes in (5, 10):
        scene.tick(end + dt.timedelta(minutes=minutes))
    assert scene.list_notified() == {"duty", "staff"}


def test_done_in_time_or_meanwhile_it_is_quiet(scene: OverdueScene) -> None:
    end = scene.now + DAY
    scene.tick(end)
    scene.run_action(
        officer_actions.set_case_state, officer=scene.mine, to=State.PASSED_ON, receiver="PC02", receipt="BN 4"
    )
    assert scene.list_notified() == set()
    assert scene.tick(end + QUARTER) == 0
    nine = scene.now + 9 * DAY
    assert scene.tick(nine) == 0, "the next clock has time"
    assert scene.tick(scene.now + 10 * DAY) == 1 and scene.list_notified() == {"mine"}
    assert scene.tick(scene.now + 15 * DAY) == 1, "day 15: the last on which prolonging may be asked"
    assert scene.tick(scene.now + 18 * DAY) == 1
    scene.run_action(officer_actions.assign_to_self, officer=scene.duty)
    scene.run_action(
        closing.close_case,
        officer=scene.duty,
        outcome=Outcome.CASE_NOT_OPENED,
        result="Không khởi tố.",
        evidence="QĐ 7",
    )
    assert scene.tick(scene.now + 21 * DAY) == 0 and scene.list_notified() == set()


def test_an_unassigned_case_is_reported_to_the_whole_unit(scene: OverdueScene, officer: Make) -> None:
    other = open_case(scene.unit, now=scene.now)
    scene.tick(scene.now + DAY)
    assert all(select_overdue(user).filter(case=other).exists() for user in (scene.mine, scene.colleague, scene.chief))
    assert not select_overdue(scene.duty).filter(case=other).exists()


def test_an_internal_deadline_is_the_chiefs_responsibility(scene: OverdueScene) -> None:
    other = open_case(scene.unit, category="traffic", now=scene.now)
    for minutes in (0, 5, 10, 15):
        scene.tick(scene.now + 3 * DAY + dt.timedelta(minutes=minutes))
    assert select_overdue(scene.chief).filter(case=other).exists()
    assert not select_overdue(scene.duty).filter(case=other).exists()


def test_complaints_about_police_are_reported_separately(scene: OverdueScene) -> None:
    _, complaint = submit_complaint(now=scene.now)
    officer_actions.transfer(
        code=scene.case.code, officer=scene.mine, unit=scene.beside, reason="xảy ra ở đó", version=None, now=scene.now
    )
    Clock.objects.filter(case=complaint.case).update(next_at=scene.now)
    scene.tick(scene.now + 40 * DAY)
    assert not complaint.case.events.filter(verb="late").exists()
    assert all(not select_overdue(user).filter(case=complaint.case).exists() for user in (scene.duty, scene.chief))


def test_the_new_unit_is_notified_of_old_deadlines(scene: OverdueScene) -> None:
    scene.tick(scene.now + DAY)
    alarms.acknowledge_overdue(code=scene.case.code, officer=scene.mine, now=scene.now)
    scene.run_action(officer_actions.transfer, officer=scene.mine, unit=scene.beside, reason="xảy ra ở đó")
    assert scene.list_notified() == {"stranger"}


def test_pages_show_it_and_a_concurrent_form_is_not_rejected(scene: OverdueScene) -> None:
    client, version = sign_in_browser(scene.mine), reload_case(scene.case).version
    assert STRIP not in client.get("/tin-nhan").content.decode()
    scene.tick(scene.now + DAY)
    assert STRIP in client.get("/tin-nhan").content.decode()
    desk = client.get("/ban-truc").content.decode()
    assert STRIP not in desk and "1 việc sắp quá hoặc đã quá thời hạn." in desk
    listed = client.get("/ban-truc?han=nhac").content.decode()
    assert build_case_url(scene.case)[9:].replace("-", "")[:4] in listed
    assert "1 việc sắp quá" not in sign_in_browser(scene.colleague).get("/ban-truc").content.decode()
    assert (
        client.post(
            build_case_url(scene.case, "ghi-chu"), {"note": "x", "text": "đang làm", "version": version}
        ).status_code
        == 303
    )
    page = client.get(build_case_url(scene.case)).content.decode()
    assert "Có thời hạn sắp quá hoặc đã quá." in page
    assert client.post(build_case_url(scene.case, "da-biet-han")).status_code == 303
    page = client.get(build_case_url(scene.case)).content.decode()
    assert "Có thời hạn sắp quá hoặc đã quá." not in page and "Quá hạn: báo người giữ việc" in page


# Merging.


def test_a_merged_case_is_due_by_its_earliest_report(unit: Make, officer: Make) -> None:
    now, chief, home = clock.now(), officer("CHIEF"), unit("18568")
    old, new = open_case(home, now=now - dt.timedelta(hours=20)), open_case(home, now=now)
    before = {c.pk: reload_case(c).due_at for c in (old, new)}
    linking.merge_cases(code=old.code, into=new.code, officer=chief, version=None, now=now)
    assert reload_case(new).due_at == before[old.pk] and reload_case(old).due_at is None
    with pytest.raises(NotAllowed):
        officer_actions.reclassify_case(
            code=old.code, officer=chief, category="traffic", urgency=1, version=None, now=now
        )
    assert [c.due_at for c in list_clocks(new) if c.name == "pass_on"] == [before[old.pk]]
    assert alarms.send_overdue_notices(ladder=get_overdue_delays(), now=now + dt.timedelta(hours=4)) == 1, (
        "the old one's day is over"
    )
    assert select_overdue(chief).filter(case=new).exists()
    linking.unmerge_case(code=old.code, officer=chief, version=None, now=now)
    assert {c.pk: reload_case(c).due_at for c in (old, new)} == before
    assert not select_overdue(chief).filter(case=new).exists()


def test_a_deadline_of_the_merged_case_alone_continues(unit: Make, officer: Make) -> None:
    now, chief, home = clock.now(), officer("CHIEF"), unit("18568")
    tip, fire = open_case(home, now=now - dt.timedelta(hours=2)), open_case(home, category="fire", now=now)
    linking.merge_cases(code=fire.code, into=tip.code, officer=chief, version=None, now=now)
    assert {c.name for c in list_clocks(tip)} == {"answer", "pass_on", "decide"}
    assert reload_case(tip).due_at == tip.opened_at + DAY
    officer_actions.reclassify_case(code=tip.code, officer=chief, category="fire", urgency=1, version=None, now=now)
    assert {c.inherited_from_id for c in Clock.objects.filter(case=tip, name="answer")} == {None, fire.pk}
    officer_actions.reclassify_case(code=tip.code, officer=chief, category="theft", urgency=1, version=None, now=now)
    assert Clock.objects.get(case=tip, name="answer").inherited_from == fire, "a correction keeps the inherited values"
    closing.close_case(
        code=tip.code, officer=chief, outcome=Outcome.ANSWERED, result="Xong rồi ạ.", version=None, now=now
    )
    assert not Clock.objects.filter(case=tip, stopped_at=None).exists()


# Prolonging.


def test_a_crime_report_is_prolonged_twice_by_an_investigator_only(scene: OverdueScene) -> None:
    case = open_case(scene.unit, now=dt.datetime(2026, 8, 11, 3, 0, tzinfo=dt.UTC))
    more = {"code": case.code, "clock": "decide", "reason": "Vụ phức tạp, QĐ 12", "version": None, "now": scene.now}
    for user in (scene.mine, scene.chief, scene.staff):
        with pytest.raises(NotAllowed):
            deadline_extensions.extend_clock(officer=user, **more)
    ends = []
    for _ in range(2):
        deadline_extensions.extend_clock(officer=scene.duty, **more)
        ends.append(case.clocks.get(name="decide").due_at.date().isoformat())
    assert ends == ["2026-10-31", "2026-12-31"]
    with pytest.raises(NotAllowed):
        deadline_extensions.extend_clock(officer=scene.duty, **more)
    event = CaseEvent.objects.filter(case=case, verb="prolonged").latest("id")
    assert event.data["times"] == 2 and case.notes.filter(text__contains="QĐ 12").count() == 2


def test_a_denunciation_is_prolonged_by_leaders_and_notified_again(scene: OverdueScene) -> None:
    case = open_case(scene.unit, category="welfare", now=scene.now)
    officer_actions.reclassify_case(
        code=case.code,
        officer=scene.chief,
        category="welfare",
        urgency=1,
        lane=Lane.DENUNCIATION,
        version=None,
        now=scene.now,
    )
    more = {"code": case.code, "clock": "resolve", "version": None, "now": scene.now}
    scene.tick(scene.now + 25 * DAY)
    assert select_overdue(scene.chief).filter(case=case).exists()
    with pytest.raises(NotAllowed):
        deadline_extensions.extend_clock(officer=scene.chief, reason=" ", **more)
    with pytest.raises(NotAllowed):
        deadline_extensions.extend_clock(officer=scene.mine, reason="phức tạp lắm", **more)
    page = sign_in_browser(scene.chief).get(build_case_url(case)).content.decode()
    assert page.count("/gia-han") == 1
    answer = sign_in_browser(scene.chief).post(
        build_case_url(case, "gia-han"),
        {"clock": "resolve", "reason": "Vụ phức tạp, QĐ 7", "version": reload_case(case).version},
    )
    assert answer.status_code == 303
    row = case.clocks.get(name="resolve")
    assert row.due_at == scene.now + 60 * DAY == reload_case(case).due_at
    assert not select_overdue(scene.chief).filter(case=case).exists()
    scene.tick(scene.now + 55 * DAY)
    assert select_overdue(scene.chief).filter(case=case).exists(), "five days before the new end"
    deadline_extensions.extend_clock(officer=scene.chief, reason="Đặc biệt phức tạp", **more)
    assert case.clocks.get(name="resolve").due_at == scene.now + 90 * DAY
    with pytest.raises(NotAllowed):
        deadline_extensions.extend_clock(officer=scene.chief, reason="Một lần nữa", **more)
