"""Permissions and login backoff: by table, and for generated requests."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.people.login_backoff import CODE_POLICY, PASSWORD_POLICY, AttemptState, compute_wait, register_attempt
from binhyen.people.roles import (
    ABILITIES,
    Permission,
    Role,
    Visibility,
    can_assign_to,
    get_role_visibility,
    list_role_topics,
    may_manage_roster,
    role_allowed_in_unit,
    role_may,
)

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
_ANY_ROLE = st.one_of(st.sampled_from(list(Role)), st.text(max_size=16))


@pytest.mark.parametrize(
    ("role", "sight"),
    [
        ("VILLAGE_TEAM", Visibility(assignee_id=7)),
        ("OFFICER", Visibility(unit_id=3)),
        ("CHIEF", Visibility(unit_id=3)),
        ("PROVINCE_DUTY", Visibility(province=True)),
        ("PROVINCE_STAFF", Visibility(province=True)),
        ("OPERATOR", Visibility()),
        ("INSPECTOR", Visibility()),
        ("CUSTODIAN", Visibility()),
        ("", Visibility()),
        ("officer", Visibility()),
    ],
)
def test_how_far_each_role_sees(role: str, sight: Visibility) -> None:
    assert get_role_visibility(role, unit_id=3, officer_id=7) == sight


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
    assert {level for level in ("PROVINCE", "COMMUNE", "VILLAGE", "") if role_allowed_in_unit(role, level)} == levels


@given(_ANY_ROLE, st.sampled_from(list(Permission)))
def test_abilities_are_total_and_fail_closed(role: str, ability: Permission) -> None:
    assert role_may(role, ability) == (role in ABILITIES and ability in ABILITIES[Role(role)])


@given(_ANY_ROLE, st.integers(1, 9), st.integers(1, 9))
def test_live_topics_are_limited_by_visibility(role: str, unit_id: int, officer_id: int) -> None:
    sight = get_role_visibility(role, unit_id=unit_id, officer_id=officer_id)
    topics_seen = set(list_role_topics(role, unit_id=unit_id, officer_id=officer_id))
    assert ("province" in topics_seen) == sight.province
    assert {t for t in topics_seen if t.startswith("unit:")} == ({f"unit:{unit_id}"} if sight.unit_id else set())
    assert not topics_seen - {f"officer:{officer_id}"} or sight != Visibility()  # of no case except their own activity
    assert topics_seen or sight == Visibility()


@given(_ANY_ROLE, st.integers(1, 3), st.integers(1, 3))
def test_permissions_on_the_roster(role: str, unit_id: int, own_unit_id: int) -> None:
    allowed = may_manage_roster(role, unit_id=unit_id, own_unit_id=own_unit_id)
    assert allowed == (role == "PROVINCE_STAFF" or (role == "CHIEF" and unit_id == own_unit_id))


def test_possible_assignees() -> None:
    assert can_assign_to("OFFICER", "VILLAGE_TEAM") and can_assign_to("CHIEF", "OFFICER")
    assert not can_assign_to("VILLAGE_TEAM", "OFFICER") and not can_assign_to("OFFICER", "OPERATOR")


def test_the_wait_grows_and_has_an_end() -> None:
    waits = [int(compute_wait(n).total_seconds()) for n in range(10)]
    assert waits == [0, 0, 0, 2, 4, 8, 16, 30, 30, 30]
    assert compute_wait(10**6) == PASSWORD_POLICY.longest


@given(st.lists(st.integers(0, 40), max_size=60))
def test_slowed_but_never_locked_out(steps: list[int]) -> None:
    """However many attempts are made, half a minute of waiting is always enough to be accepted."""
    tries: AttemptState | None = None
    now = NOW
    for step in steps:
        now += step * SECOND
        tries = register_attempt(tries, now) or tries
    assert register_attempt(tries, now + PASSWORD_POLICY.longest) is not None


@pytest.mark.parametrize("seconds", [3, 60, 300])
def test_a_hammerer_gets_two_tries_a_minute(seconds: int) -> None:
    tries: AttemptState | None = None
    accepted = 0
    for tick in range(seconds * 10):
        outcome = register_attempt(tries, NOW + dt.timedelta(milliseconds=100 * tick))
        if outcome is not None:
            tries, accepted = outcome, accepted + 1
    assert accepted <= 3 + 5 + seconds / 30


def test_codes_are_slowed_until_guessing_is_hopeless() -> None:
    """With the password known, guessing codes gets about a hundred attempts a day; three of a million are
    right."""
    tries, accepted, moment = None, 0, NOW
    while moment < NOW + dt.timedelta(days=1):
        tries = register_attempt(tries, moment, CODE_POLICY)
        assert tries is not None
        accepted, moment = accepted + 1, max(tries.next_at, moment + SECOND)
    assert accepted <= 110
    assert compute_wait(50, CODE_POLICY) == CODE_POLICY.longest


def test_old_tries_are_forgotten() -> None:
    assert register_attempt(
        AttemptState(50, NOW, NOW + PASSWORD_POLICY.longest), NOW + PASSWORD_POLICY.reset_after + SECOND
    ) == AttemptState(1, NOW + PASSWORD_POLICY.reset_after + SECOND, NOW + PASSWORD_POLICY.reset_after + SECOND)


def test_a_clock_set_back_neither_extends_the_wait_nor_resets_the_count() -> None:
    """Before, an officer with a quarter of an hour to wait also waited for the hour of the step."""
    ahead = NOW + dt.timedelta(hours=1)
    tries = AttemptState(50, ahead, ahead + CODE_POLICY.longest)
    outcome = register_attempt(tries, NOW, CODE_POLICY)
    assert outcome == AttemptState(51, NOW, NOW + CODE_POLICY.longest), "accepted once, and the count stays"
    assert register_attempt(outcome, NOW + SECOND, CODE_POLICY) is None, "control: then it waits as usual"


def test_requests_side_by_side_are_no_clock_set_back() -> None:
    """Control: concurrent requests read the time in any order, or each request of a flood would be accepted."""
    tries = AttemptState(50, NOW, NOW + CODE_POLICY.longest)
    for late in (dt.timedelta(milliseconds=1), SECOND, dt.timedelta(minutes=1)):
        assert register_attempt(tries, NOW - late, CODE_POLICY) is None
