"""A tip posted in a group and its authors' private messages count as one: one report, one valuable tip; the unit's
figures are the same with and without a private message."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import Grade, Outcome
from binhyen.cases.models import Case, Uncounted
from binhyen.cases.services import linking, officer_actions
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.kit.clock import vietnam_day
from binhyen.stats import area_filter, case_facts, queries, services
from binhyen.stats.area_filter import EVERYWHERE, Ground
from binhyen.stats.models import Count
from binhyen.stats.periods import Period
from tests import rls

pytestmark = pytest.mark.django_db
POST = "Quán cầm đồ đầu xóm của mụ Lài tiêu thụ xe gian, toàn xe trộm"
ALONE = "dạ em làm công ở đó hai tháng rồi"
MINUTES = dt.timedelta(minutes=20)


@pytest.fixture
def two(unit: Any, now: dt.datetime) -> tuple[Case, Case]:
    """Create the tip's case at the unit, and the case of the private message at the province."""
    group, who = group_of(unit("18568"), now), person()
    say((who, POST), group=group, at=now)
    say((who, ALONE), at=now + MINUTES)
    post, alone = Case.objects.order_by("pk")
    assert (post.unit, alone.unit, alone.snippet) == (unit("18568"), unit("42"), "Nhắn riêng về một tin kín trong nhóm")
    return post, alone


def numbers(officer: Any, now: dt.datetime, ground: Ground = EVERYWHERE) -> dict[str, int]:
    """Return the non-zero figures of the statistics, each equal to a recount and to the cases behind it, for today and
    for the year."""
    with rls.acting_as("worker"):
        services.count()
    today = vietnam_day(now)
    found = {}
    for period in (Period(today.replace(month=1, day=1), today), Period(today, today)):
        for entry in queries.ledger(officer, period, ground=ground):
            if metric := entry.line.metric:
                behind = queries.cases_behind(officer, metric, period, ground=ground)
                assert entry.value == queries.recount(officer, metric, period, ground=ground) == len(behind.rows)
                found[metric.value] = entry.value
    sums = {
        tuple(row) for row in Count.objects.exclude(value=0).values_list("metric", "unit", "day", "commune", "value")
    }
    services.rebuild()
    assert sums == {
        tuple(row) for row in Count.objects.exclude(value=0).values_list("metric", "unit", "day", "commune", "value")
    }
    return {metric: n for metric, n in found.items() if n}


def grade(case: Case, officer: Any, now: dt.datetime, to: Grade = Grade.VALUABLE) -> None:
    officer_actions.grade(code=case.code, officer=officer, grade=to, version=None, now=now)


def check_one_matter(two: tuple[Case, Case], officer: Any, now: dt.datetime) -> None:
    post, alone = two
    chief, duty = officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    places = [EVERYWHERE, *area_filter.search("Lộc Hà")]
    for ground in places:
        assert numbers(chief, now, ground) == numbers(duty, now, ground) == {"REPORTS": 1}
    grade(alone, duty, now)
    for ground in places:
        assert numbers(duty, now, ground) == {"REPORTS": 1, "VALUABLE_TIPS": 1}
        assert numbers(chief, now, ground) == {"REPORTS": 1}, "the unit's own figures are unchanged"
    grade(post, chief, now)
    for ground in places:
        assert numbers(duty, now, ground) == numbers(chief, now, ground) == {"REPORTS": 1, "VALUABLE_TIPS": 1}
    grade(post, chief, now, Grade.NONE)
    assert numbers(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1} and numbers(chief, now) == {"REPORTS": 1}
    grade(alone, duty, now, Grade.NONE)
    assert numbers(duty, now) == {"REPORTS": 1}


def test_they_count_as_one_report_and_one_valuable_tip(two: Any, officer: Any, now: dt.datetime) -> None:
    check_one_matter(two, officer, now)


def test_control_each_by_itself_is_two(two: Any, officer: Any, now: dt.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(case_facts, "_beside", lambda ids: {})
    with pytest.raises(AssertionError):
        check_one_matter(two, officer, now)


def test_control_without_its_kin_a_change_of_the_tip_leaves_the_sums_wrong(
    two: Any, officer: Any, now: dt.datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(services, "together", sorted)
    with pytest.raises(AssertionError):
        check_one_matter(two, officer, now)


def test_when_it_ends_the_tip_says_so_alone(two: Any, officer: Any, now: dt.datetime) -> None:
    post, alone = two
    chief, duty = officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    close(alone, now)
    assert numbers(duty, now) == {"REPORTS": 1}, "work continues on the case of the tip"
    close(post, now)
    assert numbers(duty, now) == numbers(chief, now) == {"REPORTS": 1, "CLOSED": 1}


def close(case: Case, now: dt.datetime) -> None:
    Case.objects.filter(pk=case.pk).update(state="CLOSED", outcome=Outcome.NO_ACTION, closed_at=now)
    Uncounted.objects.create(case=case)


def test_of_two_authors_private_words_one_is_the_valuable_tip(two: Any, officer: Any, now: dt.datetime) -> None:
    post, alone = two
    duty, other = officer("PROVINCE_DUTY", "42"), person()
    Case.objects.filter(pk=alone.pk).update(grade=Grade.VALUABLE)
    say((other, POST), group=post.case_messages.get().message.group, at=now + MINUTES)
    say((other, "tôi thấy chúng đục số khung ban đêm"), at=now + 2 * MINUTES)
    second, third = Case.objects.order_by("pk")[2:]
    assert third.events.get(verb="opened").data["after"] == second.code
    linking.merge(code=second.code, into=post.code, officer=officer("CHIEF"), version=None, now=now)
    grade(third, duty, now)
    assert numbers(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1}


def test_it_counts_within_the_case_that_the_tip_was_merged_into(two: Any, officer: Any, now: dt.datetime) -> None:
    post, alone = two
    chief, duty = officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    say((person(), "Tiệm cầm đồ đầu xóm Phú Mậu xã Lộc Hà tiêu thụ xe trộm, biển số giả"), at=now)
    whole = Case.objects.latest("pk")
    assert whole.unit == post.unit
    linking.merge(code=post.code, into=whole.code, officer=chief, version=None, now=now)
    grade(alone, duty, now)
    assert numbers(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1}
    grade(whole, chief, now)
    assert numbers(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1} == numbers(chief, now)
