"""An officer corrects urgency and category of a case: the alarm follows the urgency, the title the category."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Alarm, Case
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import escalate
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.kit.models import LiveEvent
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = dt.timedelta(hours=1)


def weigh(case: Case, person: Officer, urgency: int, now: dt.datetime, category: str = "violence") -> Case:
    given = {"category": category, "urgency": urgency, "version": None, "now": now}
    return officer_actions.reclassify(code=case.code, officer=person, **given)


def rings(person: Officer, case: Case) -> bool:
    return f'data-alarm="{case.code}"' in browser(person).get("/ban-truc").content.decode()


def called(case: Case) -> set[str]:
    """Return the officers whom the live feed alerted."""
    return {t for e in LiveEvent.objects.filter(name="alarm", data__case=case.code) for t in e.topics}


def test_what_an_officer_makes_urgent_rings_from_that_moment_and_climbs(
    officer: Make, unit: Make, now: dt.datetime
) -> None:
    mine, mate, chief, duty = officer(), officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    case = open_case(unit("18568"), now=now)
    officer_actions.acknowledge(code=case.code, officer=mine, now=now)  # as an ordinary case
    weigh(case, duty, 3, now + HOUR)
    assert called(case) == {f"officer:{mine.pk}", f"officer:{mate.pk}"}
    assert rings(mine, case) and rings(mate, case) and not rings(chief, case)
    assert escalate(ladder=ladder(), now=now + HOUR + dt.timedelta(minutes=2)) == 1
    assert rings(chief, case)


def test_whoever_has_it_and_says_so_has_heard_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    mine, mate = officer(), officer()
    case = open_case(unit("18568"), now=now)
    officer_actions.assign(code=case.code, officer=officer("CHIEF"), to=mine, version=None, now=now)
    assert fresh(case).acknowledged_at is None
    weigh(case, mine, 3, now)
    assert not called(case) and not rings(mate, case) and not Alarm.objects.filter(case=case).exists()
    assert fresh(case).acknowledged_at == now, "the list does not show it as unassigned"


def test_whoever_has_it_far_away_does_not_go_there(officer: Make, unit: Make, now: dt.datetime) -> None:
    mine, duty = officer(), officer("PROVINCE_DUTY", "42")
    case = open_case(unit("18568"), now=now)
    officer_actions.take(code=case.code, officer=duty, version=None, now=now)
    weigh(case, duty, 3, now)
    assert rings(mine, case)


def test_what_is_no_danger_any_more_rings_for_nobody_and_climbs_no_further(
    officer: Make, unit: Make, now: dt.datetime
) -> None:
    mine, mate, chief = officer(), officer(), officer("CHIEF")
    case = open_case(unit("18568"), urgency=3, now=now)
    assert rings(mate, case)
    weigh(case, mine, 1, now)
    assert not rings(mate, case)
    assert escalate(ladder=ladder(), now=now + HOUR) == 0 and not rings(chief, case)
    weigh(case, mine, 3, now + HOUR)
    assert rings(mate, case), "and again where it was danger after all"


def test_nobody_lowers_what_rings_for_others_who_have_not_heard_it(officer: Make, unit: Make, now: dt.datetime) -> None:
    mine, duty = officer(), officer("PROVINCE_DUTY", "42")
    case = open_case(unit("18568"), urgency=3, now=now)
    with pytest.raises(NotAllowed, match="Chuông đang reo ở xã"):
        weigh(case, duty, 1, now)
    assert rings(mine, case)
    officer_actions.acknowledge(code=case.code, officer=mine, now=now)
    assert weigh(case, duty, 1, now).urgency == 1


def test_the_page_says_that_it_rings_now(officer: Make, unit: Make) -> None:
    client = browser(officer())
    case = open_case(unit("18568"))
    sent = {"category": "violence", "urgency": "3", "version": fresh(case).version}
    assert client.post(url(case, "phan-loai"), sent).status_code == 303
    assert "Chuông đang reo ở Công an xã Lộc Hà." in client.get(url(case)).content.decode()


@pytest.mark.parametrize(
    ("title", "after"),
    [("Nhặt được · chợ Huyện", "Ma túy, cờ bạc · chợ Huyện"), ("Nhặt được", "Ma túy, cờ bạc"),
     ("Bọc trắng ở chợ Huyện", "Bọc trắng ở chợ Huyện"), ("Nhặt được bọc trắng", "Nhặt được bọc trắng")],
)  # fmt: skip
def test_a_title_of_the_program_names_the_category_one_of_a_person_stays(
    officer: Make, unit: Make, now: dt.datetime, title: str, after: str
) -> None:
    mine = officer()
    case = open_case(unit("18568"), category="found_item", title=title, place="chợ Huyện", now=now)
    weigh(case, mine, 1, now, category="drugs_gambling")
    assert fresh(case).title == after
    found = browser(mine).get("/ban-truc?q=ma+túy").content.decode()
    assert (case.code in found.replace("-", "")) == (after != title), "and search finds it"
