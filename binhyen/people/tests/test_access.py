"""The access module, for owner, colleague and another unit over real rows."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.models import DutyShift, Officer
from binhyen.people.roles import Permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(officer: Callable[..., Officer]) -> dict[str, Any]:
    """Create three rows with the columns that access filters: shifts of Lộc Hà (own, a colleague's)
    and of Thành Sen."""
    now = clock.now()
    people = {
        "owner": officer("OFFICER", "18568"),
        "colleague": officer("OFFICER", "18568"),
        "stranger": officer("OFFICER", "18073"),
    }
    for person in people.values():
        DutyShift.objects.create(
            unit_id=person.unit_id, officer=person, starts_at=now, ends_at=now + dt.timedelta(hours=8)
        )
    return people


def list_visible(person: Any) -> set[str]:
    shifts = DutyShift.objects.filter(access.visible_filter(person, unit="unit_id", assignee="officer_id"))
    return set(shifts.values_list("officer__username", flat=True))


def test_unit_sees_unit_and_province_sees_all(rows: dict[str, Officer], officer: Callable[..., Officer]) -> None:
    unit_usernames = {rows["owner"].username, rows["colleague"].username}
    everything = unit_usernames | {rows["stranger"].username}
    assert (
        list_visible(rows["owner"])
        == list_visible(rows["colleague"])
        == list_visible(officer("CHIEF", "18568"))
        == unit_usernames
    )
    assert list_visible(rows["stranger"]) == {rows["stranger"].username}
    assert list_visible(officer("PROVINCE_DUTY", "42")) == list_visible(officer("PROVINCE_STAFF", "42")) == everything


def test_a_village_team_sees_its_own_tasks_only(rows: dict[str, Officer], officer: Callable[..., Officer]) -> None:
    team = officer("VILLAGE_TEAM", "18568")
    assert list_visible(team) == set()
    shift = DutyShift.objects.get(officer=rows["owner"])
    DutyShift.objects.filter(pk=shift.pk).update(officer=team)
    assert list_visible(team) == {team.username}
    assert not DutyShift.objects.filter(access.visible_filter(team)).exists()  # a table without tasks


@pytest.mark.parametrize("role", ["OPERATOR", "INSPECTOR", "CUSTODIAN", "KING", ""])
def test_all_others_see_nothing(rows: dict[str, Officer], officer: Callable[..., Officer], role: str) -> None:
    person = officer(role, "42")
    own_action = (f"officer:{person.pk}",) if role == "INSPECTOR" else ()  # a call to the custody page
    assert list_visible(person) == set() and access.list_live_topics(person) == own_action
    assert not access.officer_may(person, Permission.WORK_CASES)


def test_anonymous_and_inactive_users_see_nothing(rows: dict[str, Officer], officer: Callable[..., Officer]) -> None:
    chief = officer("CHIEF", "18568")
    chief.is_active = False
    for person in (None, AnonymousUser(), "CHIEF", chief):
        assert list_visible(person) == set()
        assert access.list_live_topics(person) == ()
        assert not any(access.officer_may(person, ability) for ability in Permission)


def test_live_topics_follow_sight(rows: dict[str, Officer], officer: Callable[..., Officer]) -> None:
    owner, duty, team = rows["owner"], officer("PROVINCE_DUTY", "42"), officer("VILLAGE_TEAM", "18568")
    assert access.list_live_topics(owner) == (f"unit:{owner.unit_id}", f"officer:{owner.pk}")
    assert access.list_live_topics(duty) == ("province", f"officer:{duty.pk}")
    assert access.list_live_topics(team) == (f"officer:{team.pk}",)
