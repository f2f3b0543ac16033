"""An officer corrects urgency and category of a case: the alarm follows the urgency, the title the category."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Alarm, Case
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import escalate_alarms
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.kit.models import LiveEvent
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = dt.timedelta(hours=1)


def set_urgency(case: Case, person: Officer, urgency: int, now: dt.datetime, category: str = "violence") -> Case:
    given = {"category": category, "urgency": urgency, "version": None, "now": now}
    return officer_actions.reclassify_case(code=case.code, officer=person, **given)


def has_alarm(person: Officer, case: Case) -> bool:
    return f'data-alarm="{case.code}"' in sign_in_browser(person).get("/ban-truc").content.decode()


def list_called(case: Case) -> set[str]:
    """Return the officers whom the live feed alerted."""
    return {t for e in LiveEvent.objects.filter(name="alarm", data__case=case.code) for t in e.topics}


def test_urgency_set_by_an_officer_raises_the_alarm_and_escalates(officer: Make, unit: Make, now: dt.datetime) -> None:
    assignee, mate, chief, duty = officer(), officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    case = open_case(unit("18568"), now=now)
    officer_actions.acknowledge_alarm(code=case.code, officer=assignee, now=now)  # as an ordinary case
    set_urgency(case, duty, 3, now + HOUR)
    assert list_called(case) == {f"officer:{assignee.pk}", f"officer:{mate.pk}"}
    assert has_alarm(assignee, case) and has_alarm(mate, case) and not has_alarm(chief, case)
    assert escalate_alarms(ladder=get_alarm_delays(), now=now + HOUR + dt.timedelta(minutes=2)) == 1
    assert has_alarm(chief, case)


def test_an_assignee_who_sets_it_has_acknowledged_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    assignee, mate = officer(), officer()
    case = open_case(unit("18568"), now=now)
    officer_actions.assign_case(code=case.code, officer=officer("CHIEF"), to=assignee, version=None, now=now)
    assert reload_case(case).acknowledged_at is None
    set_urgency(case, assignee, 3, now)
    assert not list_called(case) and not has_alarm(mate, case) and not Alarm.objects.filter(case=case).exists()
    assert reload_case(case).acknowledged_at == now, "the list does not show it as unassigned"


def test_a_remote_assignee_does_not_count_as_responding(officer: Make, unit: Make, now: dt.datetime) -> None:
    assignee, duty = officer(), officer("PROVINCE_DUTY", "42")
    case = open_case(unit("18568"), now=now)
    officer_actions.assign_to_self(code=case.code, officer=duty, version=None, now=now)
    set_urgency(case, duty, 3, now)
    assert has_alarm(assignee, case)


def test_lowered_urgency_silences_the_alarm_and_stops_escalation(officer: Make, unit: Make, now: dt.datetime) -> None:
    assignee, mate, chief = officer(), officer(), officer("CHIEF")
    case = open_case(unit("18568"), urgency=3, now=now)
    assert has_alarm(mate, case)
    set_urgency(case, assignee, 1, now)
    assert not has_alarm(mate, case)
    assert escalate_alarms(ladder=get_alarm_delays(), now=now + HOUR) == 0 and not has_alarm(chief, case)
    set_urgency(case, assignee, 3, now + HOUR)
    assert has_alarm(mate, case), "and again where it was danger after all"


def test_an_alarm_of_others_cannot_be_lowered_before_they_acknowledge(
    officer: Make, unit: Make, now: dt.datetime
) -> None:
    assignee, duty = officer(), officer("PROVINCE_DUTY", "42")
    case = open_case(unit("18568"), urgency=3, now=now)
    with pytest.raises(NotAllowed, match="Chuông đang reo ở xã"):
        set_urgency(case, duty, 1, now)
    assert has_alarm(assignee, case)
    officer_actions.acknowledge_alarm(code=case.code, officer=assignee, now=now)
    assert set_urgency(case, duty, 1, now).urgency == 1


def test_the_page_announces_the_alarm(officer: Make, unit: Make) -> None:
    client = sign_in_browser(officer())
    case = open_case(unit("18568"))
    sent = {"category": "violence", "urgency": "3", "version": reload_case(case).version}
    assert client.post(build_case_url(case, "phan-loai"), sent).status_code == 303
    assert "Chuông đang reo ở Công an xã Lộc Hà." in client.get(build_case_url(case)).content.decode()


@pytest.mark.parametrize(
    ("title", "after"),
    [
        ("Nhặt được · chợ Huyện", "Ma túy, cờ bạc · chợ Huyện"),
        ("Nhặt được", "Ma túy, cờ bạc"),
        ("Bọc trắng ở chợ Huyện", "Bọc trắng ở chợ Huyện"),
        ("Nhặt được bọc trắng", "Nhặt được bọc trắng"),
    ],
)
def test_a_generated_title_names_the_category_and_a_typed_one_stays(
    officer: Make, unit: Make, now: dt.datetime, title: str, after: str
) -> None:
    assignee = officer()
    case = open_case(unit("18568"), category="found_item", title=title, place="chợ Huyện", now=now)
    set_urgency(case, assignee, 1, now, category="drugs_gambling")
    assert reload_case(case).title == after
    page_html = sign_in_browser(assignee).get("/ban-truc?q=ma+túy").content.decode()
    assert (case.code in page_html.replace("-", "")) == (after != title), "and search finds it"
