"""The events of each day of a simulated year. Pure: a random generator in, plain values out.

Volumes are those of the story (Hà Tĩnh, 2024): 200,000 members, 44,700 bulletins, 1,560 valuable tips, 300 returns.
"""

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

from binhyen.cases.choices import Lane, Outcome, State
from binhyen.cases.kinds import get_kind_for_category

DAYS = 365
VIETNAM = dt.timezone(dt.timedelta(hours=7))
# First day of the lunar year.
TET = {
    2024: dt.date(2024, 2, 10),
    2025: dt.date(2025, 1, 29),
    2026: dt.date(2026, 2, 17),
    2027: dt.date(2027, 2, 6),
    2028: dt.date(2028, 1, 26),
    2029: dt.date(2029, 2, 13),
    2030: dt.date(2030, 2, 3),
    2031: dt.date(2031, 1, 23),
    2032: dt.date(2032, 2, 11),
    2033: dt.date(2033, 1, 31),
}


@dataclass(frozen=True, slots=True)
class Volumes:
    """Numbers of rows of a year."""

    members: int = 200_000
    messages: int = 300_000
    cases: int = 16_000
    valuable_tips: int = 1_560
    bulletins: int = 44_700
    commune_groups: int = 219

    def scaled(self, factor: float) -> "Volumes":
        """Return the volumes of traffic times a factor; the groups stay."""
        names = ("members", "messages", "cases", "valuable_tips", "bulletins")
        return replace(self, **{name: max(1, round(getattr(self, name) * factor)) for name in names})


@dataclass(frozen=True, slots=True)
class CategoryProfile:
    """How often a category comes: share of all cases, of urgency 0 to 3, and factors by season."""

    share: float
    urgencies: tuple[float, float, float, float]
    months: tuple[float, ...] = (1,) * 12
    before_tet: float = 1
    at_tet: float = 1
    storm: float = 1
    is_nightly: bool = False


_SUMMER = (1, 1, 1, 1.1, 1.4, 1.6, 1.6, 1.4, 1.1, 1, 1, 1)
PROFILES = {
    "violence": CategoryProfile(6, (0, 10, 35, 55), _SUMMER, 1.2, 1.9, is_nightly=True),
    "theft": CategoryProfile(10, (0, 60, 35, 5), before_tet=1.8, is_nightly=True),
    "traffic": CategoryProfile(16, (5, 60, 25, 10), before_tet=1.4, at_tet=1.8, storm=1.3),
    "fire": CategoryProfile(3, (0, 5, 25, 70), _SUMMER, 1.2),
    "scam": CategoryProfile(12, (5, 70, 25, 0), before_tet=1.7),
    "lost_item": CategoryProfile(6, (10, 85, 5, 0), at_tet=1.3, storm=1.5),
    "found_item": CategoryProfile(4, (15, 85, 0, 0), at_tet=1.3),
    "missing_person": CategoryProfile(0.5, (0, 0, 30, 70), _SUMMER, at_tet=2),
    "found_person": CategoryProfile(0.3, (0, 0, 40, 60), _SUMMER, at_tet=2),
    "drugs_gambling": CategoryProfile(5.5, (0, 80, 20, 0), before_tet=1.3, at_tet=2.2, is_nightly=True),
    "public_order": CategoryProfile(9, (0, 55, 35, 10), before_tet=2, at_tet=2.4, is_nightly=True),
    "environment_noise": CategoryProfile(10, (25, 70, 5, 0), _SUMMER, at_tet=1.4),
    "admin_question": CategoryProfile(13, (70, 30, 0, 0), before_tet=0.7, at_tet=0.05),
    "welfare": CategoryProfile(1.5, (20, 60, 20, 0), before_tet=2, storm=9),
    "weapon_handover": CategoryProfile(1.2, (0, 70, 25, 5), (1, 1, 1.2, 1.6, 1, 1, 1, 1, 1, 1.4, 1.4, 1.2)),
    "other": CategoryProfile(2, (40, 60, 0, 0)),
}
WEEKDAYS = (1, 0.98, 1, 1.02, 1.08, 1.12, 1)
_DAY_HOURS = (1, 1, 1, 1, 2, 5, 8, 10, 9, 8, 7, 6, 6, 5, 6, 7, 8, 9, 11, 12, 10, 7, 4, 2)
_NIGHT_HOURS = (6, 5, 4, 2, 2, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 7, 9, 12, 14, 15, 13, 9)
_OUTCOMES: dict[str, tuple[tuple[Outcome, float], ...]] = {
    "crime": (
        (Outcome.HANDLED_ON_SITE, 35),
        (Outcome.RESOLVED, 25),
        (Outcome.ANSWERED, 15),
        (Outcome.PASSED_TO_OTHER, 5),
        (Outcome.UNFOUNDED, 12),
        (Outcome.NOT_FOUND, 8),
    ),
    "decision": ((Outcome.CASE_OPENED, 25), (Outcome.CASE_NOT_OPENED, 65), (Outcome.SUSPENDED, 10)),
    "scam": (
        (Outcome.FRAUD_STOPPED, 14),
        (Outcome.RESOLVED, 16),
        (Outcome.ANSWERED, 45),
        (Outcome.UNFOUNDED, 10),
        (Outcome.NOT_FOUND, 15),
    ),
    "tip": (
        (Outcome.HANDLED_ON_SITE, 40),
        (Outcome.RESOLVED, 30),
        (Outcome.ANSWERED, 20),
        (Outcome.UNFOUNDED, 6),
        (Outcome.NOT_FOUND, 4),
    ),
    "petition": (
        (Outcome.RESOLVED, 35),
        (Outcome.ANSWERED, 50),
        (Outcome.PASSED_TO_OTHER, 10),
        (Outcome.NO_ACTION, 5),
    ),
    "lost_item": (
        (Outcome.RETURNED, 6),
        (Outcome.RETURNED_ELSEWHERE, 5),
        (Outcome.NOT_FOUND, 59),
        (Outcome.ANSWERED, 30),
    ),
    "found_item": ((Outcome.RETURNED, 40), (Outcome.ANSWERED, 30), (Outcome.PASSED_TO_OTHER, 30)),
    "other": ((Outcome.ANSWERED, 80), (Outcome.NO_ACTION, 20)),
}
# Median of minutes until an officer takes notice, by urgency; spread as sigma of the logarithm.
_RESPONSE_MEDIANS, _RESPONSE_SPREAD = (240, 150, 22, 3.5), 1.0
# Median hours from notice to the end, by group of `_OUTCOMES`.
_CLOSING_MEDIANS = {
    "crime": 7,
    "scam": 9,
    "decision": 9 * 24,
    "tip": 16,
    "petition": 40,
    "lost_item": 40,
    "found_item": 44,
    "other": 20,
}
_CLOSING_SPREAD = {"decision": 0.55, "crime": 0.9}
_PASSED_ON_SHARE = 0.4  # of crime reports
_LONG_SHARE, _LONG_FACTOR = 0.04, 12  # some cases take much longer than others of their kind


@dataclass(frozen=True, slots=True)
class SimulatedCase:
    """The course of one case. Times later than the end of the simulation have not happened: None.

    `outcome` empty while open. `is_rated`: whether it helped, by the reporter's answer; None: no answer.
    """

    category: str
    kind: str
    lane: Lane
    urgency: int
    opened_at: dt.datetime
    state: State
    acknowledged_at: dt.datetime | None
    passed_on_at: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: str
    is_rated: bool | None


def list_storms(rng: Random, first: dt.date) -> frozenset[dt.date]:
    """Return the days of four storms of the season, three days each."""
    season = [day for day in list_days(first) if 8 <= day.month <= 11]
    starts = rng.sample(season, min(4, len(season)))
    return frozenset(day + dt.timedelta(days=more) for day in starts for more in range(3))


def list_days(first: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range(DAYS)]


def weigh_day(profile: CategoryProfile, day: dt.date, storms: frozenset[dt.date]) -> float:
    """Return how many cases of a category come on a day, relative to other days."""
    weight = WEEKDAYS[day.weekday()] * profile.months[day.month - 1]
    for tet in (TET.get(day.year), TET.get(day.year + 1)):
        days_after = (day - tet).days if tet else None
        if days_after is not None and -21 <= days_after < -1:
            weight *= profile.before_tet
        elif days_after is not None and -1 <= days_after <= 5:
            weight *= profile.at_tet
    return weight * profile.storm if day in storms else weight


def plan_cases(rng: Random, volumes: Volumes, *, first: dt.date, until: dt.datetime) -> list[SimulatedCase]:
    """Return the cases of the year by opening time; none opens after `until`."""
    days, storms = list_days(first), list_storms(rng, first)
    total = sum(profile.share for profile in PROFILES.values())
    cases = []
    for category, profile in PROFILES.items():
        weights = list(accumulate(weigh_day(profile, day, storms) for day in days))
        hours = list(accumulate(_NIGHT_HOURS if profile.is_nightly else _DAY_HOURS))
        for _number in range(round(volumes.cases * profile.share / total)):
            opened_at = draw_moment(rng, days, weights, hours)
            if opened_at < until:
                cases.append(_plan_case(rng, category, profile, opened_at, until))
    cases.sort(key=lambda case: case.opened_at)
    return cases


def draw_moment(rng: Random, days: Sequence[dt.date], weights: Sequence[float], hours: Sequence[float]) -> dt.datetime:
    """Draw a moment from cumulative weights of days and hours."""
    day = days[min(bisect_right(weights, rng.random() * weights[-1]), len(days) - 1)]
    hour = min(bisect_right(hours, rng.random() * hours[-1]), 23)
    return dt.datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=VIETNAM)


def list_talk_weights(days: Sequence[dt.date]) -> tuple[list[float], list[float]]:
    """Return cumulative weights of days and hours of small talk: more at Tết, none special in storms."""
    profile = CategoryProfile(1, (1, 0, 0, 0), before_tet=1.2, at_tet=2)
    return list(accumulate(weigh_day(profile, day, frozenset()) for day in days)), list(accumulate(_DAY_HOURS))


def _plan_case(
    rng: Random, category: str, profile: CategoryProfile, opened_at: dt.datetime, until: dt.datetime
) -> SimulatedCase:
    kind = get_kind_for_category(category)
    lane = kind.get_lane(category)
    urgency = rng.choices((0, 1, 2, 3), profile.urgencies)[0]
    acknowledged = opened_at + dt.timedelta(minutes=_draw_time(rng, _RESPONSE_MEDIANS[urgency], _RESPONSE_SPREAD))
    is_passed_on = lane is Lane.CRIME_REPORT and rng.random() < _PASSED_ON_SHARE
    group = "decision" if is_passed_on else _get_outcome_group(kind.code, category, lane)
    hours = _draw_time(rng, _CLOSING_MEDIANS[group], _CLOSING_SPREAD.get(group, 1.0))
    if rng.random() < _LONG_SHARE:
        hours *= _LONG_FACTOR
    closed = acknowledged + dt.timedelta(hours=max(0.2, hours))
    passed_on = acknowledged + dt.timedelta(hours=_draw_time(rng, 8, 0.7)) if is_passed_on else None
    if passed_on is not None:
        closed = max(closed, passed_on + dt.timedelta(hours=20))
    happened = {
        "acknowledged_at": acknowledged if acknowledged < until else None,
        "passed_on_at": passed_on if passed_on is not None and passed_on < until else None,
        "closed_at": closed if closed < until else None,
    }
    state = _get_state(rng, happened)
    outcome = _draw_outcome(rng, group) if state is State.CLOSED else ""
    rated = rng.random() < 0.82 if state is State.CLOSED and rng.random() < 0.35 else None
    return SimulatedCase(
        category, kind.code, lane, urgency, opened_at, state, outcome=outcome, is_rated=rated, **happened
    )


def _get_outcome_group(kind: str, category: str, lane: Lane) -> str:
    if category in _OUTCOMES:
        return category
    return "crime" if lane is Lane.CRIME_REPORT else kind


def _get_state(rng: Random, happened: dict[str, dt.datetime | None]) -> State:
    if happened["closed_at"] is not None:
        return State.CLOSED
    if happened["passed_on_at"] is not None:
        return State.PASSED_ON
    if happened["acknowledged_at"] is None:
        return State.NEW
    return rng.choices((State.RECEIVED, State.WORKING, State.WAITING), (25, 60, 15))[0]


def _draw_outcome(rng: Random, group: str) -> Outcome:
    outcomes = _OUTCOMES[group]
    return rng.choices([outcome for outcome, _ in outcomes], [weight for _, weight in outcomes])[0]


def _draw_time(rng: Random, median: float, spread: float) -> float:
    return rng.lognormvariate(math.log(median), spread)


def choose_valuable(rng: Random, cases: Sequence[SimulatedCase], number: int) -> frozenset[int]:
    """Choose the indices of valuable tips among the graded kinds; never an unfounded one."""
    candidates = [
        index
        for index, case in enumerate(cases)
        if case.kind == "tip" and case.state is State.CLOSED and case.outcome != Outcome.UNFOUNDED
    ]
    return frozenset(rng.sample(candidates, min(number, len(candidates))))


def draw_weights(rng: Random, count: int, *, spread: float) -> list[float]:
    """Return relative sizes of places: a few large ones, many small ones."""
    return [rng.lognormvariate(0, spread) for _ in range(count)]


def share_out(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a number by weights into whole parts that add up to it."""
    whole, parts, given = sum(weights), [], 0
    running = 0.0
    for weight in weights:
        running += weight
        target = round(total * running / whole)
        parts.append(target - given)
        given = target
    return parts
