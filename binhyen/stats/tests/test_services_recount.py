"""The incremental sums follow every change of a case and always equal a recount."""

import datetime as dt
import os
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.cases.choices import Grade, Lane, Outcome, State
from binhyen.cases.models import Case, StatsDirty
from binhyen.cases.rules import EscalationDelays
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.kit.clock import to_vietnam_day
from binhyen.stats import area_filter, queries, services
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import CaseFacts, Metric, get_contributions
from binhyen.stats.models import Contribution, Count
from binhyen.stats.periods import Period

LADDER = EscalationDelays(120, 300)
DAY = dt.date(2026, 11, 25)


def _open_case(officer: Any, now: dt.datetime, **more: Any) -> Case:
    given = {
        "kind": "tip",
        "lane": Lane.CRIME_REPORT,
        "category": "theft",
        "urgency": 1,
        "sensitive": False,
        "title": "Trộm",
        "unit_id": officer.unit_id,
        "actor": to_actor(officer),
        "commune_id": officer.unit.area_id,
        **more,
    }
    return create_cases([NewCase(**given)], ladder=LADDER, now=now)[0]


def _check_equal_recount(officer: Any, now: dt.datetime, ground: AreaFilter = ALL_AREAS) -> dict[Metric, int]:
    services.update_counts()
    period, results = Period(to_vietnam_day(now), to_vietnam_day(now)), {}
    for entry in queries.get_ledger(officer, period, ground=ground):
        if entry.line.metric:
            behind = queries.list_cases_behind(officer, entry.line.metric, period, ground=ground)
            again = queries.recount_from_cases(officer, entry.line.metric, period, ground=ground)
            assert entry.value == again == len(behind.rows)
            results[entry.line.metric] = entry.value
    return results


def _find_ground(text: str) -> AreaFilter:
    [place] = area_filter.search_areas(text)
    return place


@pytest.mark.django_db
def test_each_change_of_a_case_moves_the_sums(officer: Any, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    case = _open_case(chief, now, urgency=3)
    _check_equal_recount(chief, now)
    officer_actions.grade_tip(code=case.code, officer=chief, grade=Grade.VALUABLE, version=None, now=now)
    _check_equal_recount(chief, now)
    officer_actions.grade_tip(code=case.code, officer=chief, grade=Grade.NONE, version=None, now=now)
    _check_equal_recount(chief, now)
    assert Count.objects.get(metric=Metric.VALUABLE_TIPS).value == 0
    closing.close_case(
        code=case.code, officer=chief, outcome=Outcome.ANSWERED, result="Đã xong việc", version=None, now=now
    )
    _check_equal_recount(chief, now)
    closing.reopen_closed_case(code=case.code, officer=chief, reason="chưa xong đâu", version=None, now=now)
    other = _open_case(chief, now)
    linking.merge_cases(code=case.code, into=other.code, officer=chief, version=None, now=now)
    _check_equal_recount(chief, now)
    linking.unmerge_case(code=case.code, officer=chief, version=None, now=now)
    _check_equal_recount(chief, now)


@pytest.mark.django_db
def test_a_transferred_case_counts_at_its_present_unit(officer: Any, unit: Any, now: dt.datetime) -> None:
    here, there, province = officer("CHIEF"), officer("CHIEF", "18073"), officer("PROVINCE_STAFF", "42")
    case = _open_case(here, now)
    _check_equal_recount(here, now)
    officer_actions.transfer(
        code=case.code, officer=here, unit=unit("18073"), reason="đúng địa bàn", version=None, now=now
    )
    for person in (here, there, province):
        _check_equal_recount(person, now)
    assert Contribution.objects.get(metric=Metric.REPORTS).unit_id == there.unit_id


@pytest.mark.django_db
def test_a_commune_a_village_and_a_commune_of_before_equal_a_recount(officer: Any, now: dt.datetime) -> None:
    here, there, province = officer("CHIEF"), officer("CHIEF", "18073"), officer("PROVINCE_STAFF", "42")
    village = _find_ground("TDP Phú Mậu")
    for n, area in enumerate((village.village_id, village.village_id, here.unit.area_id)):
        _open_case(here, now, area_id=area, urgency=3 * (n == 0))
    _open_case(there, now, area_id=there.unit.area_id)
    commune = _find_ground("Xã Lộc Hà")
    before = _find_ground("thi tran Loc Ha")
    expected_counts = {None: 4, commune: 3, before: 3, village: 2, _find_ground("Phường Thành Sen"): 1}
    for ground, n in expected_counts.items():
        counted = _check_equal_recount(province, now, ground or ALL_AREAS)
        assert (counted[Metric.REPORTS], counted[Metric.URGENT]) == (n, n > 1), ground
    assert (
        _check_equal_recount(here, now, village)[Metric.REPORTS] == 2
        and _check_equal_recount(there, now, village)[Metric.REPORTS] == 0
    )
    assert (before.now_in, commune.now_in, village.commune_ids) == ("Xã Lộc Hà", "", commune.commune_ids)


@pytest.mark.django_db
def test_random_late_corrections_equal_a_recount(officer: Any, unit: Any, now: dt.datetime) -> None:
    """Corrections of any day, in batches as they happen to be counted; BINHYEN_CORRECTIONS=10000 before a release."""
    rng, steps = Random(19), int(os.environ.get("BINHYEN_CORRECTIONS", "60"))
    chief, staff = officer("CHIEF"), officer("PROVINCE_STAFF", "42")
    units = [unit(code) for code in ("18568", "18073", "18100")]
    ids = [_open_case(chief, now).pk for _number in range(20)]
    for step in range(1, steps + 1):
        case, owner = rng.choice(ids), rng.choice(units)
        opened = now - dt.timedelta(days=rng.randrange(40))
        changes: dict[str, Any] = rng.choice(
            (
                {"category": rng.choice(("theft", "fire", "environment_noise"))},
                {"urgency": rng.randrange(4)},
                {"unit": owner, "commune": owner.area_id},
                {"opened_at": opened},
                {"tip_value": rng.choice((Grade.VALUABLE, Grade.NONE))},
                {"state": State.CLOSED, "outcome": Outcome.ANSWERED, "closed_at": opened + dt.timedelta(hours=3)},
                {"state": State.WORKING, "outcome": "", "closed_at": None},
                {"is_restricted": rng.random() < 0.2},
            )
        )
        Case.objects.filter(pk=case).update(**changes)
        StatsDirty.objects.create(case_id=case)
        if rng.random() < 0.1 or step == steps:
            services.update_counts()
    assert services.reconcile_counts(since=now) == 0
    month = Period(to_vietnam_day(now) - dt.timedelta(days=41), to_vietnam_day(now))
    for metric in (Metric.REPORTS, Metric.URGENT, Metric.CLOSED, Metric.VALUABLE_TIPS):
        assert queries.count_cases_behind(staff, metric, month) == queries.recount_from_cases(staff, metric, month)
    counted = sorted(Count.objects.filter(value__gt=0).values_list("metric", "unit", "day", "commune", "value"))
    services.rebuild_counts()
    assert sorted(Count.objects.filter(value__gt=0).values_list("metric", "unit", "day", "commune", "value")) == counted


@pytest.mark.django_db
def test_a_rebuild_gives_the_same_sums(officer: Any, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    for n in range(5):
        _open_case(chief, now, urgency=n % 4)
    services.update_counts()
    before = sorted(Count.objects.values_list("metric", "unit_id", "day", "commune_id", "value"))
    services.rebuild_counts()
    assert sorted(Count.objects.values_list("metric", "unit_id", "day", "commune_id", "value")) == before


@pytest.mark.django_db
def test_a_counter_that_only_adds_is_found_out(officer: Any, now: dt.datetime, monkeypatch: Any) -> None:
    """Negative control: without the subtraction the sums no longer equal a recount."""
    chief = officer("CHIEF")
    case = _open_case(chief, now)
    officer_actions.grade_tip(code=case.code, officer=chief, grade=Grade.VALUABLE, version=None, now=now)
    services.update_counts()
    add = services._apply_delta
    monkeypatch.setattr(services, "_apply_delta", lambda delta: add({k: v for k, v in delta.items() if v > 0}))
    officer_actions.grade_tip(code=case.code, officer=chief, grade=Grade.NONE, version=None, now=now)
    with pytest.raises(AssertionError):
        _check_equal_recount(chief, now)


@given(
    st.builds(
        CaseFacts,
        kind=st.sampled_from(["tip", "petition", "other"]),
        state=st.sampled_from([s.value for s in State]),
        category=st.sampled_from(["theft", "environment_noise", "admin_question"]),
        lane=st.sampled_from([lane.value for lane in Lane]),
        outcome=st.sampled_from(["", *(o.value for o in Outcome)]),
        urgency=st.integers(0, 3),
        grade=st.sampled_from([g.value for g in Grade]),
        opened_on=st.just(DAY),
        closed_on=st.none() | st.just(DAY),
        was_extracted=st.booleans(),
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_cases_continued_as_another_are_not_counted_and_others_once(case: CaseFacts) -> None:
    counted = get_contributions(case)
    within_another = case.state == State.MERGED or case.was_extracted
    assert (Metric.REPORTS in counted) == (not within_another)
    if within_another:
        assert counted == {}


@pytest.mark.parametrize(
    ("facts", "counted"),
    [
        ({"kind": "petition", "category": "environment_noise"}, {Metric.PETITIONS}),
        ({"kind": "petition", "category": "admin_question"}, set()),
        ({"kind": "petition", "category": "welfare"}, set()),
        ({"kind": "petition", "category": "admin_question", "lane": "COMPLAINT"}, {Metric.PETITIONS}),
        ({"kind": "tip", "grade": "VALUABLE"}, {Metric.VALUABLE_TIPS}),
        ({"kind": "tip", "grade": "VALUABLE", "state": "CLOSED", "outcome": "RESOLVED"}, {Metric.VALUABLE_TIPS}),
        ({"kind": "tip", "grade": "VALUABLE", "state": "CLOSED", "outcome": "UNFOUNDED"}, set()),
    ],
)
def test_petitions_and_valuable_tips(facts: dict[str, str], counted: set[Metric]) -> None:
    case = {
        "category": "theft",
        "lane": "REFLECTION",
        "state": "NEW",
        "outcome": "",
        "urgency": 0,
        "grade": "NONE",
        "opened_on": DAY,
        "closed_on": None,
    }
    contributed = get_contributions(CaseFacts(**{**case, **facts}))
    assert contributed.keys() - {Metric.REPORTS, Metric.CLOSED} == counted
