"""Permissions and login backoff: by table, and for generated requests."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.people.login_backoff import CODES, PASSWORDS, Tries, claim, wait_after
from binhyen.people.roles import (
    ABILITIES,
    May,
    Role,
    Sight,
    fits,
    may,
    may_manage_roster,
    sees,
    topics,
    works_with,
)

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
_ANY_ROLE = st.one_of(st.sampled_from(list(Role)), st.text(max_size=16))


@pytest.mark.parametrize(
    ("role", "sight"),
    [
        ("VILLAGE_TEAM", Sight(own_tasks_of=7)),
        ("OFFICER", Sight(unit_id=3)),
        ("CHIEF", Sight(unit_id=3)),
        ("PROVINCE_DUTY", Sight(province=True)),
        ("PROVINCE_STAFF", Sight(province=True)),
        ("OPERATOR", Sight()),
        ("INSPECTOR", Sight()),
        ("CUSTODIAN", Sight()),
        ("", Sight()),
        ("officer", Sight()),
    ],
)
def test_how_far_each_role_sees(role: str, sight: Sight) -> None:
    assert sees(role, unit_id=3, officer_id=7) == sight


@pytest.mark.parametrize(
    ("role", "levels"),
    [
        ("VILLAGE_TEAM", {"COMMUNE", "VILLAGE"}),
        ("OFFICER", {"COMMUNE"}),
        ("CHIEF", {"COMMUNE"}),
        ("PROVINCE_DUTY", {"PROVINCE"}),
        ("PROVINCE_STAFF", {"PROVINCE"}),
        ("OPERATOR", {"PROVINCE"}),
        ("INSPECTOR", {"PROVINCE"}),
        ("CUSTODIAN", {"PROVINCE"}),
        ("KING", set()),
    ],
)
def test_where_each_role_has_a_seat(role: str, levels: set[str]) -> None:
    assert {level for level in ("PROVINCE", "COMMUNE", "VILLAGE", "") if fits(role, level)} == levels


@given(_ANY_ROLE, st.sampled_from(list(May)))
def test_abilities_are_total_and_fail_closed(role: str, ability: May) -> None:
    assert may(role, ability) == (role in ABILITIES and ability in ABILITIES[Role(role)])


@given(_ANY_ROLE, st.integers(1, 9), st.integers(1, 9))
def test_nobody_hears_more_than_they_see(role: str, unit_id: int, officer_id: int) -> None:
    sight = sees(role, unit_id=unit_id, officer_id=officer_id)
    heard = set(topics(role, unit_id=unit_id, officer_id=officer_id))
    assert ("province" in heard) == sight.province
    assert {t for t in heard if t.startswith("unit:")} == ({f"unit:{unit_id}"} if sight.unit_id else set())
    assert not heard - {f"officer:{officer_id}"} or sight != Sight()  # of no case except their own activity
    assert heard or sight == Sight()


@given(_ANY_ROLE, st.integers(1, 3), st.integers(1, 3))
def test_who_keeps_a_roster(role: str, unit_id: int, own: int) -> None:
    allowed = may_manage_roster(role, unit_id=unit_id, own_unit_id=own)
    assert allowed == (role == "PROVINCE_STAFF" or (role == "CHIEF" and unit_id == own))


def test_to_whom_a_case_may_be_handed() -> None:
    assert works_with("OFFICER", "VILLAGE_TEAM") and works_with("CHIEF", "OFFICER")
    assert not works_with("VILLAGE_TEAM", "OFFICER") and not works_with("OFFICER", "OPERATOR")


def test_the_wait_grows_and_has_an_end() -> None:
    waits = [int(wait_after(n).total_seconds()) for n in range(10)]
    assert waits == [0, 0, 0, 2, 4, 8, 16, 30, 30, 30]
    assert wait_after(10**6) == PASSWORDS.longest


@given(st.lists(st.integers(0, 40), max_size=60))
def test_slowed_but_never_locked_out(steps: list[int]) -> None:
    """However many attempts are made, half a minute of waiting is always enough to be accepted."""
    tries: Tries | None = None
    now = NOW
    for step in steps:
        now += step * SECOND
        tries = claim(tries, now) or tries
    assert claim(tries, now + PASSWORDS.longest) is not None


@pytest.mark.parametrize("seconds", [3, 60, 300])
def test_a_hammerer_gets_two_tries_a_minute(seconds: int) -> None:
    tries: Tries | None = None
    heard = 0
    for tick in range(seconds * 10):
        found = claim(tries, NOW + dt.timedelta(milliseconds=100 * tick))
        if found is not None:
            tries, heard = found, heard + 1
    assert heard <= 3 + 5 + seconds / 30


def test_codes_are_slowed_until_guessing_is_hopeless() -> None:
    """With the password known, guessing codes gets about a hundred attempts a day; three of a million are
    right."""
    tries, heard, moment = None, 0, NOW
    while moment < NOW + dt.timedelta(days=1):
        tries = claim(tries, moment, CODES)
        assert tries is not None
        heard, moment = heard + 1, max(tries.next_at, moment + SECOND)
    assert heard <= 110
    assert wait_after(50, CODES) == CODES.longest


def test_old_tries_are_forgotten() -> None:
    assert claim(Tries(50, NOW, NOW + PASSWORDS.longest), NOW + PASSWORDS.forgotten_after + SECOND) == Tries(
        1, NOW + PASSWORDS.forgotten_after + SECOND, NOW + PASSWORDS.forgotten_after + SECOND
    )


def test_a_clock_set_back_makes_nobody_wait_for_the_step_and_forgives_nothing() -> None:
    """Before, an officer with a quarter of an hour to wait also waited for the hour of the step."""
    ahead = NOW + dt.timedelta(hours=1)
    tries = Tries(50, ahead, ahead + CODES.longest)
    found = claim(tries, NOW, CODES)
    assert found == Tries(51, NOW, NOW + CODES.longest), "accepted once, and the count stays"
    assert claim(found, NOW + SECOND, CODES) is None, "control: then it waits as usual"


def test_requests_side_by_side_are_no_clock_set_back() -> None:
    """Control: concurrent requests read the time in any order, or each request of a flood would be accepted."""
    tries = Tries(50, NOW, NOW + CODES.longest)
    for late in (dt.timedelta(milliseconds=1), SECOND, dt.timedelta(minutes=1)):
        assert claim(tries, NOW - late, CODES) is None
