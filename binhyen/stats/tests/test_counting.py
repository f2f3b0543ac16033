"""The incremental sums follow every change of a case and always equal a recount."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.cases.choices import Grade, Lane, Outcome, State
from binhyen.cases.models import Case
from binhyen.cases.rules import Ladder
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.unit_of_work import acting
from binhyen.kit.clock import vietnam_day
from binhyen.stats import area_filter, queries, services
from binhyen.stats.area_filter import EVERYWHERE, Ground
from binhyen.stats.metrics import CaseFacts, Metric, contributions
from binhyen.stats.models import Contribution, Count
from binhyen.stats.periods import Period

LADDER = Ladder(120, 300)
DAY = dt.date(2026, 11, 25)


def _open(officer: Any, now: dt.datetime, **more: Any) -> Case:
    given = {
        "kind": "tip", "lane": Lane.CRIME_REPORT, "category": "theft", "urgency": 1, "sensitive": False, "title": "Trộm",
        "unit_id": officer.unit_id, "actor": acting(officer), "commune_id": officer.unit.area_id, **more,
    }  # fmt: skip
    return open_cases([Opening(**given)], ladder=LADDER, now=now)[0]


def _equal(officer: Any, now: dt.datetime, ground: Ground = EVERYWHERE) -> dict[Metric, int]:
    services.count()
    period, found = Period(vietnam_day(now), vietnam_day(now)), {}
    for entry in queries.ledger(officer, period, ground=ground):
        if entry.line.metric:
            behind = queries.cases_behind(officer, entry.line.metric, period, ground=ground)
            again = queries.recount(officer, entry.line.metric, period, ground=ground)
            assert entry.value == again == len(behind.rows)
            found[entry.line.metric] = entry.value
    return found


def _place(text: str) -> Ground:
    [place] = area_filter.search(text)
    return place


@pytest.mark.django_db
def test_each_change_of_a_case_moves_the_sums(officer: Any, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    case = _open(chief, now, urgency=3)
    _equal(chief, now)
    officer_actions.grade(code=case.code, officer=chief, grade=Grade.VALUABLE, version=None, now=now)
    _equal(chief, now)
    officer_actions.grade(code=case.code, officer=chief, grade=Grade.NONE, version=None, now=now)
    _equal(chief, now)
    assert Count.objects.get(metric=Metric.VALUABLE_TIPS).value == 0
    closing.close(code=case.code, officer=chief, outcome=Outcome.ANSWERED, result="Đã xong việc", version=None, now=now)
    _equal(chief, now)
    closing.reopen(code=case.code, officer=chief, reason="chưa xong đâu", version=None, now=now)
    other = _open(chief, now)
    linking.merge(code=case.code, into=other.code, officer=chief, version=None, now=now)
    _equal(chief, now)
    linking.unmerge(code=case.code, officer=chief, version=None, now=now)
    _equal(chief, now)


@pytest.mark.django_db
def test_a_case_handed_on_counts_where_it_is(officer: Any, unit: Any, now: dt.datetime) -> None:
    here, there, province = officer("CHIEF"), officer("CHIEF", "18073"), officer("PROVINCE_STAFF", "42")
    case = _open(here, now)
    _equal(here, now)
    officer_actions.hand_on(
        code=case.code, officer=here, unit=unit("18073"), reason="đúng địa bàn", version=None, now=now
    )
    for person in (here, there, province):
        _equal(person, now)
    assert Contribution.objects.get(metric=Metric.REPORTS).unit_id == there.unit_id


@pytest.mark.django_db
def test_a_commune_a_village_and_a_commune_of_before_equal_a_recount(officer: Any, now: dt.datetime) -> None:
    here, there, province = officer("CHIEF"), officer("CHIEF", "18073"), officer("PROVINCE_STAFF", "42")
    village = _place("TDP Phú Mậu")
    for n, area in enumerate((village.village_id, village.village_id, here.unit.area_id)):
        _open(here, now, area_id=area, urgency=3 * (n == 0))
    _open(there, now, area_id=there.unit.area_id)
    commune = _place("Xã Lộc Hà")
    before = _place("thi tran Loc Ha")
    told = {None: 4, commune: 3, before: 3, village: 2, _place("Phường Thành Sen"): 1}
    for ground, n in told.items():
        counted = _equal(province, now, ground or EVERYWHERE)
        assert (counted[Metric.REPORTS], counted[Metric.URGENT]) == (n, n > 1), ground
    assert _equal(here, now, village)[Metric.REPORTS] == 2 and _equal(there, now, village)[Metric.REPORTS] == 0
    assert (before.now_in, commune.now_in, village.commune_ids) == ("Xã Lộc Hà", "", commune.commune_ids)


@pytest.mark.django_db
def test_a_rebuild_gives_the_same_sums(officer: Any, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    for n in range(5):
        _open(chief, now, urgency=n % 4)
    services.count()
    before = sorted(Count.objects.values_list("metric", "unit_id", "day", "commune_id", "value"))
    services.rebuild()
    assert sorted(Count.objects.values_list("metric", "unit_id", "day", "commune_id", "value")) == before


@pytest.mark.django_db
def test_a_counter_that_only_adds_is_found_out(officer: Any, now: dt.datetime, monkeypatch: Any) -> None:
    """Negative control: without the subtraction the sums no longer equal a recount."""
    chief = officer("CHIEF")
    case = _open(chief, now)
    officer_actions.grade(code=case.code, officer=chief, grade=Grade.VALUABLE, version=None, now=now)
    services.count()
    add = services._add
    monkeypatch.setattr(services, "_add", lambda delta: add({k: v for k, v in delta.items() if v > 0}))
    officer_actions.grade(code=case.code, officer=chief, grade=Grade.NONE, version=None, now=now)
    with pytest.raises(AssertionError):
        _equal(chief, now)


@given(
    st.builds(
        CaseFacts, kind=st.sampled_from(["tip", "petition", "other"]), state=st.sampled_from([s.value for s in State]),
        category=st.sampled_from(["theft", "environment_noise", "admin_question"]),
        lane=st.sampled_from([lane.value for lane in Lane]), outcome=st.sampled_from(["", *(o.value for o in Outcome)]),
        urgency=st.integers(0, 3), grade=st.sampled_from([g.value for g in Grade]), opened_on=st.just(DAY),
        closed_on=st.none() | st.just(DAY), passed_on=st.booleans(),
    )
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_goes_on_as_another_case_counts_for_nothing_and_every_other_once(case: CaseFacts) -> None:
    counted = contributions(case)
    within_another = case.state == State.MERGED or case.passed_on
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
def test_what_is_a_petition_and_what_a_valuable_tip(facts: dict[str, str], counted: set[Metric]) -> None:
    case = {
        "category": "theft", "lane": "REFLECTION", "state": "NEW", "outcome": "", "urgency": 0, "grade": "NONE",
        "opened_on": DAY, "closed_on": None,
    }  # fmt: skip
    found = contributions(CaseFacts(**{**case, **facts}))
    assert found.keys() - {Metric.REPORTS, Metric.CLOSED} == counted
