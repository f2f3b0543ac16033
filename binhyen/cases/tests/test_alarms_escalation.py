"""Escalation of an urgent case: first the responding officers, then the chief if there is no response, then the duty desk
of the province."""

import datetime as dt
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Alarm, Case
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import escalate_alarms
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.kit import prepared_queries
from binhyen.kit.ids import format_code
from binhyen.kit.models import LiveEvent
from binhyen.people import access
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
TWO, FIVE = dt.timedelta(minutes=2), dt.timedelta(minutes=5)
EVERY = tuple(product(("OFFICER", "CHIEF", "VILLAGE_TEAM"), ("18568",))) + tuple(
    product(("PROVINCE_DUTY", "PROVINCE_STAFF"), ("42",))
)


@pytest.fixture
def people(officer: Make) -> dict[str, Officer]:
    return {role: officer(role, commune) for role, commune in EVERY}


def is_alarm_rendered(person: Officer, case: Case) -> bool:
    """Return the alarm recipients according to the rendered page: the strip and the card on the desk."""
    page = sign_in_browser(person).get("/so-viec").content.decode()
    on_desk = f'data-alarm="{case.code}"' in sign_in_browser(person).get("/ban-truc").content.decode()
    assert (case.code in page) == on_desk
    return on_desk


def is_called_live(person: Officer, case: Case) -> bool:
    """Return the alarm recipients according to the live feed since the last escalation."""
    newest = LiveEvent.objects.filter(name="alarm", data__case=case.code).order_by("id").last()
    return newest is not None and bool(set(newest.topics) & set(access.list_live_topics(person)))


def list_alarmed(people: dict[str, Officer], case: Case) -> set[str]:
    by_page = {role for role, person in people.items() if is_alarm_rendered(person, case)}
    assert by_page == {role for role, person in people.items() if is_called_live(person, case)}
    return by_page


def list_recipients_by_level(people: dict[str, Officer], case: Case, now: dt.datetime) -> list[set[str]]:
    """Return the recipients at the start, after two minutes and after five."""
    recipients_by_step = [list_alarmed(people, case)]
    for after in (TWO, FIVE):
        assert escalate_alarms(ladder=get_alarm_delays(), now=now + after) == 1
        recipients_by_step.append(list_alarmed(people, case))
    return recipients_by_step


STEPS = [{"OFFICER"}, {"OFFICER", "CHIEF"}, {"OFFICER", "CHIEF", "PROVINCE_DUTY"}]


def test_the_commune_is_alerted_first_then_its_chief_then_the_province(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    for role in ("CHIEF", "PROVINCE_DUTY", "PROVINCE_STAFF"):  # a case without an alarm is only in the list
        assert format_code(case.code) in sign_in_browser(people[role]).get("/ban-truc").content.decode(), role
    assert list_recipients_by_level(people, case, now) == STEPS
    officer_actions.acknowledge_alarm(code=case.code, officer=people["OFFICER"], now=now + FIVE)
    assert not any(is_alarm_rendered(person, case) for person in people.values())


def test_steps_are_read_in_the_order_of_their_ids(unit: Make, now: dt.datetime) -> None:
    """Each step is written under the lock of the alarm, so ids follow the escalation order. Times do not: a job may
    read its clock before another and write after it, and PostgreSQL returns rows without ORDER BY in any order."""
    case = open_case(unit("18568"), urgency=3, now=now)
    for read_after in (dt.timedelta(seconds=2), dt.timedelta(seconds=1)):
        assert escalate_alarms(ladder=get_alarm_delays(), now=now + FIVE + read_after) == 1
    steps = case.events.filter(verb="alarmed").values_list("data__stage", flat=True)
    assert list(steps.order_by("id")) == [1, 2]
    assert list(steps.order_by("at")) == [2, 1], "control: the two clocks cross"


def test_control_without_the_filter_it_alarms_every_desk_that_lists_it(
    people: dict[str, Officer], unit: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(officer: Officer) -> Any:
        return Alarm.objects.filter(access.filter_cases(officer, prefix="case__"), acknowledged_at=None)

    monkeypatch.setattr(prepared_queries, "_cache", {})
    monkeypatch.setattr(alarm_recipients, "select_ringing", everything)
    case = open_case(unit("18568"), urgency=3)
    assert {role for role, person in people.items() if is_alarm_rendered(person, case)} == people.keys() - {
        "VILLAGE_TEAM"
    }


def test_control_a_feed_that_alerts_every_viewer_is_detected(
    people: dict[str, Officer], unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = tuple(person.pk for person in people.values())
    monkeypatch.setattr(
        "binhyen.cases.services.unit_of_work.list_recipients", lambda alarms: [everybody for _ in alarms]
    )
    with pytest.raises(AssertionError):
        list_alarmed(people, open_case(unit("18568"), urgency=3, now=now))


def test_where_no_officer_is_below_the_next_level_is_alerted_at_once(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    people["OFFICER"].authenticator_set.all().delete()  # the account waits for its activation
    case = open_case(unit("18568"), urgency=3, now=now)
    assert is_called_live(people["CHIEF"], case) and is_alarm_rendered(people["CHIEF"], case)
    assert "Đã báo trưởng công an xã." in sign_in_browser(people["CHIEF"]).get("/ban-truc").content.decode()
    assert not is_called_live(people["PROVINCE_DUTY"], case) and not is_alarm_rendered(people["PROVINCE_DUTY"], case)
    far = open_case(unit("18073"), urgency=3, now=now)
    assert list_alarmed(people, far) == {"PROVINCE_DUTY"}, "the commune has no officers"


def test_cases_of_the_province_alert_the_province_at_once(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    assert list_alarmed(people, open_case(unit("42"), urgency=3, now=now)) == {"PROVINCE_DUTY"}


def test_an_assigned_chief_is_alerted_when_it_becomes_urgent(people: dict[str, Officer], unit: Make) -> None:
    case = open_case(unit("18568"), urgency=3, assignee_id=people["CHIEF"].pk)
    assert list_alarmed(people, case) == {"OFFICER", "CHIEF"}


def test_page_and_feed_agree_for_every_staffing(officer: Make, unit: Make, now: dt.datetime) -> None:
    """The filter for one officer and the list of all recipients are two implementations of one rule."""
    case = open_case(unit("18568"), urgency=3, now=now)
    crew = [officer(role, place) for role, place in (*EVERY, *EVERY, ("OFFICER", "18073"), ("CHIEF", "18073"))]
    bar = {
        None: None,
        "one": [crew[0].pk],
        "the officers": [p.pk for p in crew if p.role == "OFFICER"],
        "the unit": [p.pk for p in crew if p.unit_id == case.unit_id],
    }
    visited = set()
    for stage, place, excluded_officers, owner in product(
        (0, 1, 2), ("18568", "18073", "42"), bar.values(), (None, crew[1].pk)
    ):
        Case.objects.filter(pk=case.pk).update(unit=unit(place), excluded_officers=excluded_officers, assignee=owner)
        Alarm.objects.update(escalation_level=stage)
        ((*listed,),) = alarm_recipients.list_recipients([(reload_case(case), stage)])
        one_by_one = [p.pk for p in crew if alarm_recipients.select_ringing(p).exists()]
        assert sorted(listed) == sorted(one_by_one), (stage, place, excluded_officers, owner)
        visited.add(tuple(listed))
    assert len(visited) >= 8 and () not in visited


def test_early_action_of_the_province_does_not_silence_the_commune(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    duty, client = people["PROVINCE_DUTY"], sign_in_browser(people["PROVINCE_DUTY"])
    assert "data-acknowledge" not in client.get(build_case_url(case)).content.decode()
    refused = client.post(build_case_url(case, "da-nhan"))
    assert refused.status_code == 422 and "Chuông đang reo ở xã" in refused.content.decode()
    officer_actions.assign_to_self(code=case.code, officer=duty, version=None, now=now)
    officer_actions.answer_reporters(code=case.code, officer=duty, text="Công an đang tới.", version=None, now=now)
    assert list_alarmed(people, case) == {"OFFICER"} and reload_case(case).acknowledged_at is None
    assert list_recipients_by_level(people, case, now)[-1] == STEPS[-1]
    assert "data-acknowledge" in client.get(build_case_url(case)).content.decode()
    officer_actions.acknowledge_alarm(code=case.code, officer=duty, now=now + FIVE)
    assert not any(is_alarm_rendered(person, case) for person in people.values())


def test_a_chief_may_stop_an_alarm_before_being_alerted(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    officer_actions.acknowledge_alarm(code=case.code, officer=people["CHIEF"], now=now)
    assert not any(is_alarm_rendered(person, case) for person in people.values())


def test_only_recipients_may_stop_an_alarm(people: dict[str, Officer], unit: Make, now: dt.datetime) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    with pytest.raises(NotAllowed):
        officer_actions.acknowledge_alarm(code=case.code, officer=people["PROVINCE_STAFF"], now=now)
    with pytest.raises(NotAllowed):
        officer_actions.acknowledge_alarm(code=case.code, officer=people["PROVINCE_DUTY"], now=now)
    assert Alarm.objects.get().acknowledged_at is None
