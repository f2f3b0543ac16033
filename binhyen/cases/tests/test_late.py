"""A legal step that runs out is reported before the end, at the end, then upwards within 15 minutes; never with a
sound. A merged case is due by its earliest report; only authorised roles prolong a term."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Lane, Outcome, State
from binhyen.cases.escalation_settings import ladder, late_ladder
from binhyen.cases.models import Alarm, Case, CaseEvent, Clock
from binhyen.cases.queries.overdue import clocks, late
from binhyen.cases.rules import Late, NotAllowed
from binhyen.cases.services import alarms, closing, deadline_extensions, linking, officer_actions
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.conduct.tests.scene import complain
from binhyen.kit import clock
from binhyen.kit.models import LiveEvent

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
DAY, QUARTER = dt.timedelta(days=1), dt.timedelta(minutes=15)
STRIP = "Thời hạn của vụ việc sắp quá hoặc đã quá"


class Scene:
    """A tip received now; its officer, a colleague, the chief, two desks of the province and the
    chief of another unit."""

    def __init__(self, unit: Make, officer: Make) -> None:
        self.now = clock.now()
        self.mine, self.colleague, self.chief = officer(), officer(), officer("CHIEF")
        self.duty, self.staff = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42")
        self.stranger = officer("CHIEF", "18073")
        self.unit, self.beside = unit("18568"), unit("18073")
        self.case = open_case(self.unit, now=self.now)
        officer_actions.take(code=self.case.code, officer=self.mine, version=None, now=self.now)

    def tick(self, moment: dt.datetime) -> int:
        return alarms.remind(ladder=late_ladder(), now=moment)

    def told(self) -> set[str]:
        names = ("mine", "colleague", "chief", "duty", "staff", "stranger")
        return {name for name in names if late(getattr(self, name)).filter(case=self.case).exists()}

    def do(self, deed: Callable[..., Case], **more: Any) -> Case:
        return deed(code=self.case.code, version=None, now=self.now, **more)


@pytest.fixture
def scene(unit: Make, officer: Make) -> Scene:
    return Scene(unit, officer)


def test_before_and_after_its_end_it_climbs_within_a_quarter(scene: Scene) -> None:
    end = scene.now + DAY
    assert scene.tick(end - dt.timedelta(hours=5)) == 0 and scene.told() == set()
    assert scene.tick(end - dt.timedelta(hours=4)) == 1 and scene.told() == {"mine"}
    assert scene.tick(end - dt.timedelta(hours=3)) == 0, "notified once"
    scene.tick(end)
    assert scene.told() == {"mine"}
    scene.tick(end + dt.timedelta(minutes=5))
    assert scene.told() == {"mine", "chief"}
    scene.tick(end + dt.timedelta(minutes=10))
    assert scene.told() == {"mine", "chief", "duty", "staff"}
    assert scene.tick(end + QUARTER) == 0
    stages = [e.data["stage"] for e in scene.case.events.filter(verb="late").order_by("id")]
    assert stages == [Late.SOON, Late.OFFICERS, Late.CHIEF, Late.PROVINCE], "each step is logged"
    assert AuditEntry.objects.filter(verb="case.late", object=f"case:{scene.case.code}").count() == 4
    assert not LiveEvent.objects.filter(name="alarm").exists() and not Alarm.objects.exists(), "without a sound"


def test_the_control_nothing_climbs_by_itself(scene: Scene) -> None:
    alarms.escalate(ladder=ladder(), now=scene.now + 2 * DAY)
    assert scene.told() == set()


def test_who_has_it_cannot_keep_it_from_the_chief_and_the_chief_ends_it(scene: Scene) -> None:
    end = scene.now + DAY
    scene.tick(end)
    alarms.heard_late(code=scene.case.code, officer=scene.mine, now=end)
    assert scene.told() == set()
    scene.tick(end + dt.timedelta(minutes=5))
    assert scene.told() == {"chief"}
    alarms.heard_late(code=scene.case.code, officer=scene.chief, now=end)
    assert scene.told() == set()
    scene.tick(end + dt.timedelta(minutes=10))
    assert scene.told() == set() and not scene.case.events.filter(data__stage=Late.PROVINCE).exists()
    alarms.heard_late(code=scene.case.code, officer=scene.chief, now=end)
    assert scene.case.events.filter(verb="late_heard").count() == 2, "a second time changes nothing"


def test_a_chief_who_is_late_himself_is_told_of_above(scene: Scene) -> None:
    scene.do(officer_actions.take, officer=scene.chief)
    end = scene.now + DAY
    scene.tick(end)
    alarms.heard_late(code=scene.case.code, officer=scene.chief, now=end)
    for minutes in (5, 10):
        scene.tick(end + dt.timedelta(minutes=minutes))
    assert scene.told() == {"duty", "staff"}


def test_done_in_time_or_meanwhile_it_is_quiet(scene: Scene) -> None:
    end = scene.now + DAY
    scene.tick(end)
    scene.do(officer_actions.set_state, officer=scene.mine, to=State.PASSED_ON)
    assert scene.told() == set()
    assert scene.tick(end + QUARTER) == 0
    nine = scene.now + 9 * DAY
    assert scene.tick(nine) == 0, "the next clock has time"
    assert scene.tick(scene.now + 10 * DAY) == 1 and scene.told() == {"mine"}
    assert scene.tick(scene.now + 15 * DAY) == 1, "day 15: the last on which prolonging may be asked"
    assert scene.tick(scene.now + 18 * DAY) == 1
    scene.do(
        closing.close, officer=scene.duty, outcome=Outcome.CASE_NOT_OPENED, result="Không khởi tố.", evidence="QĐ 7"
    )
    assert scene.tick(scene.now + 21 * DAY) == 0 and scene.told() == set()


def test_of_what_nobody_has_the_whole_unit_is_told(scene: Scene, officer: Make) -> None:
    other = open_case(scene.unit, now=scene.now)
    scene.tick(scene.now + DAY)
    assert all(late(who).filter(case=other).exists() for who in (scene.mine, scene.colleague, scene.chief))
    assert not late(scene.duty).filter(case=other).exists()


def test_a_house_rule_is_the_chiefs_matter(scene: Scene) -> None:
    other = open_case(scene.unit, category="traffic", now=scene.now)
    for minutes in (0, 5, 10, 15):
        scene.tick(scene.now + 3 * DAY + dt.timedelta(minutes=minutes))
    assert late(scene.chief).filter(case=other).exists()
    assert not late(scene.duty).filter(case=other).exists()


def test_complaints_about_police_are_told_apart(scene: Scene) -> None:
    _, complaint = complain(now=scene.now)
    officer_actions.hand_on(
        code=scene.case.code, officer=scene.mine, unit=scene.beside, reason="xảy ra ở đó", version=None, now=scene.now
    )
    Clock.objects.filter(case=complaint.case).update(next_at=scene.now)
    scene.tick(scene.now + 40 * DAY)
    assert not complaint.case.events.filter(verb="late").exists()
    assert all(not late(who).filter(case=complaint.case).exists() for who in (scene.duty, scene.chief))


def test_the_new_unit_is_told_of_what_the_old_one_knew(scene: Scene) -> None:
    scene.tick(scene.now + DAY)
    alarms.heard_late(code=scene.case.code, officer=scene.mine, now=scene.now)
    scene.do(officer_actions.hand_on, officer=scene.mine, unit=scene.beside, reason="xảy ra ở đó")
    assert scene.told() == {"stranger"}


def test_pages_say_so_and_who_writes_is_not_sent_back(scene: Scene) -> None:
    client, version = browser(scene.mine), fresh(scene.case).version
    assert STRIP not in client.get("/tin-nhan").content.decode()
    scene.tick(scene.now + DAY)
    assert STRIP in client.get("/tin-nhan").content.decode()
    desk = client.get("/ban-truc").content.decode()
    assert STRIP not in desk and "1 việc sắp quá hoặc đã quá thời hạn." in desk
    listed = client.get("/ban-truc?han=nhac").content.decode()
    assert url(scene.case)[9:].replace("-", "")[:4] in listed
    assert "1 việc sắp quá" not in browser(scene.colleague).get("/ban-truc").content.decode()
    assert (
        client.post(url(scene.case, "ghi-chu"), {"note": "x", "text": "đang làm", "version": version}).status_code
        == 303
    )
    page = client.get(url(scene.case)).content.decode()
    assert "Có thời hạn sắp quá hoặc đã quá." in page
    assert client.post(url(scene.case, "da-biet-han")).status_code == 303
    page = client.get(url(scene.case)).content.decode()
    assert "Có thời hạn sắp quá hoặc đã quá." not in page and "Quá hạn: báo người giữ việc" in page


# Merging.


def test_a_merged_whole_is_due_when_its_earliest_words_make_it_due(unit: Make, officer: Make) -> None:
    now, chief, home = clock.now(), officer("CHIEF"), unit("18568")
    old, new = open_case(home, now=now - dt.timedelta(hours=20)), open_case(home, now=now)
    before = {c.pk: fresh(c).due_at for c in (old, new)}
    linking.merge(code=old.code, into=new.code, officer=chief, version=None, now=now)
    assert fresh(new).due_at == before[old.pk] and fresh(old).due_at is None
    with pytest.raises(NotAllowed):
        officer_actions.reclassify(code=old.code, officer=chief, category="traffic", urgency=1, version=None, now=now)
    assert [c.due_at for c in clocks(new) if c.name == "pass_on"] == [before[old.pk]]
    assert alarms.remind(ladder=late_ladder(), now=now + dt.timedelta(hours=4)) == 1, "the old one's day is over"
    assert late(chief).filter(case=new).exists()
    linking.unmerge(code=old.code, officer=chief, version=None, now=now)
    assert {c.pk: fresh(c).due_at for c in (old, new)} == before
    assert not late(chief).filter(case=new).exists()


def test_a_deadline_that_only_the_merged_case_has_goes_on(unit: Make, officer: Make) -> None:
    now, chief, home = clock.now(), officer("CHIEF"), unit("18568")
    tip, fire = open_case(home, now=now - dt.timedelta(hours=2)), open_case(home, category="fire", now=now)
    linking.merge(code=fire.code, into=tip.code, officer=chief, version=None, now=now)
    assert {c.name for c in clocks(tip)} == {"answer", "pass_on", "decide"}
    assert fresh(tip).due_at == tip.opened_at + DAY
    officer_actions.reclassify(code=tip.code, officer=chief, category="fire", urgency=1, version=None, now=now)
    assert {c.lent_by_id for c in Clock.objects.filter(case=tip, name="answer")} == {None, fire.pk}
    officer_actions.reclassify(code=tip.code, officer=chief, category="theft", urgency=1, version=None, now=now)
    assert Clock.objects.get(case=tip, name="answer").lent_by == fire, "a correction keeps the inherited values"
    closing.close(code=tip.code, officer=chief, outcome=Outcome.ANSWERED, result="Xong rồi ạ.", version=None, now=now)
    assert not Clock.objects.filter(case=tip, stopped_at=None).exists()


# Prolonging.


def test_a_crime_report_is_prolonged_twice_by_an_investigator_only(scene: Scene) -> None:
    case = open_case(scene.unit, now=dt.datetime(2026, 8, 11, 3, 0, tzinfo=dt.UTC))
    more = {"code": case.code, "clock": "decide", "reason": "Vụ phức tạp, QĐ 12", "version": None, "now": scene.now}
    for who in (scene.mine, scene.chief, scene.staff):
        with pytest.raises(NotAllowed):
            deadline_extensions.prolong(officer=who, **more)
    ends = []
    for _ in range(2):
        deadline_extensions.prolong(officer=scene.duty, **more)
        ends.append(case.clocks.get(name="decide").due_at.date().isoformat())
    assert ends == ["2026-10-31", "2026-12-31"]
    with pytest.raises(NotAllowed):
        deadline_extensions.prolong(officer=scene.duty, **more)
    event = CaseEvent.objects.filter(case=case, verb="prolonged").latest("id")
    assert event.data["times"] == 2 and case.notes.filter(text__contains="QĐ 12").count() == 2


def test_a_denunciation_is_prolonged_by_who_leads_and_told_anew(scene: Scene) -> None:
    case = open_case(scene.unit, category="welfare", now=scene.now)
    officer_actions.reclassify(code=case.code, officer=scene.chief, category="welfare", urgency=1, lane=Lane.DENUNCIATION,
                       version=None, now=scene.now)  # fmt: skip
    more = {"code": case.code, "clock": "resolve", "version": None, "now": scene.now}
    scene.tick(scene.now + 25 * DAY)
    assert late(scene.chief).filter(case=case).exists()
    with pytest.raises(NotAllowed):
        deadline_extensions.prolong(officer=scene.chief, reason=" ", **more)
    with pytest.raises(NotAllowed):
        deadline_extensions.prolong(officer=scene.mine, reason="phức tạp lắm", **more)
    page = browser(scene.chief).get(url(case)).content.decode()
    assert page.count("/gia-han") == 1
    answer = browser(scene.chief).post(
        url(case, "gia-han"), {"clock": "resolve", "reason": "Vụ phức tạp, QĐ 7", "version": fresh(case).version}
    )
    assert answer.status_code == 303
    row = case.clocks.get(name="resolve")
    assert row.due_at == scene.now + 60 * DAY == fresh(case).due_at
    assert not late(scene.chief).filter(case=case).exists()
    scene.tick(scene.now + 55 * DAY)
    assert late(scene.chief).filter(case=case).exists(), "five days before the new end"
    deadline_extensions.prolong(officer=scene.chief, reason="Đặc biệt phức tạp", **more)
    assert case.clocks.get(name="resolve").due_at == scene.now + 90 * DAY
    with pytest.raises(NotAllowed):
        deadline_extensions.prolong(officer=scene.chief, reason="Một lần nữa", **more)
