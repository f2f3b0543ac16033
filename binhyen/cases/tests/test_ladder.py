"""Escalation of an urgent case: first the officers who can respond, then the chief if there is no response, then the duty desk
of the province."""

import datetime as dt
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Alarm, Case
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import escalate
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.kit import prepared_queries
from binhyen.kit.ids import show_code
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


def drawn(person: Officer, case: Case) -> bool:
    """Return the alarm recipients according to the rendered page: the strip and the card on the desk."""
    page = browser(person).get("/so-viec").content.decode()
    on_desk = f'data-alarm="{case.code}"' in browser(person).get("/ban-truc").content.decode()
    assert (case.code in page) == on_desk
    return on_desk


def called(person: Officer, case: Case) -> bool:
    """Return the alarm recipients according to the live feed since the last escalation."""
    newest = LiveEvent.objects.filter(name="alarm", data__case=case.code).order_by("id").last()
    return newest is not None and bool(set(newest.topics) & set(access.live_topics(person)))


def rung(people: dict[str, Officer], case: Case) -> set[str]:
    by_page = {role for role, person in people.items() if drawn(person, case)}
    assert by_page == {role for role, person in people.items() if called(person, case)}
    return by_page


def climb(people: dict[str, Officer], case: Case, now: dt.datetime) -> list[set[str]]:
    """Return the recipients at the start, after two minutes and after five."""
    heard = [rung(people, case)]
    for after in (TWO, FIVE):
        assert escalate(ladder=ladder(), now=now + after) == 1
        heard.append(rung(people, case))
    return heard


STEPS = [{"OFFICER"}, {"OFFICER", "CHIEF"}, {"OFFICER", "CHIEF", "PROVINCE_DUTY"}]


def test_the_commune_hears_it_first_its_chief_next_the_province_last(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    for role in ("CHIEF", "PROVINCE_DUTY", "PROVINCE_STAFF"):  # a case without an alarm is only in the list
        assert show_code(case.code) in browser(people[role]).get("/ban-truc").content.decode(), role
    assert climb(people, case, now) == STEPS
    officer_actions.acknowledge(code=case.code, officer=people["OFFICER"], now=now + FIVE)
    assert not any(drawn(person, case) for person in people.values())


def test_steps_are_read_in_the_order_of_their_ids(unit: Make, now: dt.datetime) -> None:
    """Each step is written under the lock of the alarm, so ids follow the escalation order. Times do not: a job may
    read its clock before another and write after it, and PostgreSQL returns rows without ORDER BY in any order."""
    case = open_case(unit("18568"), urgency=3, now=now)
    for read_after in (dt.timedelta(seconds=2), dt.timedelta(seconds=1)):
        assert escalate(ladder=ladder(), now=now + FIVE + read_after) == 1
    steps = case.events.filter(verb="alarmed").values_list("data__stage", flat=True)
    assert list(steps.order_by("id")) == [1, 2]
    assert list(steps.order_by("at")) == [2, 1], "control: the two clocks cross"


def test_control_with_the_filter_taken_away_it_rings_on_every_desk_that_lists_it(
    people: dict[str, Officer], unit: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(officer: Officer) -> Any:
        return Alarm.objects.filter(access.cases(officer, prefix="case__"), acknowledged_at=None)

    monkeypatch.setattr(prepared_queries, "_known", {})
    monkeypatch.setattr(alarm_recipients, "ringing", everything)
    case = open_case(unit("18568"), urgency=3)
    assert {role for role, person in people.items() if drawn(person, case)} == people.keys() - {"VILLAGE_TEAM"}


def test_control_a_feed_that_calls_everybody_who_sees_the_case_is_found(
    people: dict[str, Officer], unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = tuple(person.pk for person in people.values())
    monkeypatch.setattr("binhyen.cases.services.unit_of_work.rung_of", lambda alarms: [everybody for _ in alarms])
    with pytest.raises(AssertionError):
        rung(people, open_case(unit("18568"), urgency=3, now=now))


def test_where_nobody_is_below_the_next_one_hears_it_at_once(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    people["OFFICER"].authenticator_set.all().delete()  # the account waits for its activation
    case = open_case(unit("18568"), urgency=3, now=now)
    assert called(people["CHIEF"], case) and drawn(people["CHIEF"], case)
    assert "Đã báo trưởng công an xã." in browser(people["CHIEF"]).get("/ban-truc").content.decode()
    assert not called(people["PROVINCE_DUTY"], case) and not drawn(people["PROVINCE_DUTY"], case)
    far = open_case(unit("18073"), urgency=3, now=now)
    assert rung(people, far) == {"PROVINCE_DUTY"}, "the commune has no officers"


def test_what_the_province_holds_rings_there_at_once(people: dict[str, Officer], unit: Make, now: dt.datetime) -> None:
    assert rung(people, open_case(unit("42"), urgency=3, now=now)) == {"PROVINCE_DUTY"}


def test_a_chief_who_has_the_case_hears_that_it_became_urgent(people: dict[str, Officer], unit: Make) -> None:
    case = open_case(unit("18568"), urgency=3, assignee_id=people["CHIEF"].pk)
    assert rung(people, case) == {"OFFICER", "CHIEF"}


def test_page_and_feed_agree_whoever_is_there(officer: Make, unit: Make, now: dt.datetime) -> None:
    """The filter for one officer and the list of all recipients are two implementations of one rule."""
    case = open_case(unit("18568"), urgency=3, now=now)
    crew = [officer(role, place) for role, place in (*EVERY, *EVERY, ("OFFICER", "18073"), ("CHIEF", "18073"))]
    bar = {None: None, "one": [crew[0].pk], "the officers": [p.pk for p in crew if p.role == "OFFICER"],
           "the unit": [p.pk for p in crew if p.unit_id == case.unit_id]}  # fmt: skip
    seen = set()
    for stage, place, barred, owner in product((0, 1, 2), ("18568", "18073", "42"), bar.values(), (None, crew[1].pk)):
        Case.objects.filter(pk=case.pk).update(unit=unit(place), barred=barred, assignee=owner)
        Alarm.objects.update(stage=stage)
        ((*listed,),) = alarm_recipients.rung_of([(fresh(case), stage)])
        one_by_one = [p.pk for p in crew if alarm_recipients.ringing(p).exists()]
        assert sorted(listed) == sorted(one_by_one), (stage, place, barred, owner)
        seen.add(tuple(listed))
    assert len(seen) >= 8 and () not in seen


def test_what_the_province_does_early_keeps_nobody_of_the_commune_from_hearing_it(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    duty, client = people["PROVINCE_DUTY"], browser(people["PROVINCE_DUTY"])
    assert "data-acknowledge" not in client.get(url(case)).content.decode()
    refused = client.post(url(case, "da-nhan"))
    assert refused.status_code == 422 and "Chuông đang reo ở xã" in refused.content.decode()
    officer_actions.take(code=case.code, officer=duty, version=None, now=now)
    officer_actions.answer(code=case.code, officer=duty, text="Công an đang tới.", version=None, now=now)
    assert rung(people, case) == {"OFFICER"} and fresh(case).acknowledged_at is None
    assert climb(people, case, now)[-1] == STEPS[-1]
    assert "data-acknowledge" in client.get(url(case)).content.decode()
    officer_actions.acknowledge(code=case.code, officer=duty, now=now + FIVE)
    assert not any(drawn(person, case) for person in people.values())


def test_a_chief_who_comes_before_it_rings_for_them_stops_it(
    people: dict[str, Officer], unit: Make, now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    officer_actions.acknowledge(code=case.code, officer=people["CHIEF"], now=now)
    assert not any(drawn(person, case) for person in people.values())


def test_nobody_stops_what_is_not_theirs_to_stop(people: dict[str, Officer], unit: Make, now: dt.datetime) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    with pytest.raises(NotAllowed):
        officer_actions.acknowledge(code=case.code, officer=people["PROVINCE_STAFF"], now=now)
    with pytest.raises(NotAllowed):
        officer_actions.acknowledge(code=case.code, officer=people["PROVINCE_DUTY"], now=now)
    assert Alarm.objects.get().acknowledged_at is None
