"""A tip posted in a group and its authors' private messages count as one: one report, one valuable tip; the unit's
figures are the same with and without a private message."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import Grade, Outcome
from binhyen.cases.models import Alarm, Case, StatsDirty
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.kit import clock
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.stats import area_filter, case_facts, queries, services
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.models import Count
from binhyen.stats.periods import Period
from tests import rls

pytestmark = pytest.mark.django_db
POST = "Quán cầm đồ đầu xóm của mụ Lài tiêu thụ xe gian, toàn xe trộm"
ALONE = "dạ em làm công ở đó hai tháng rồi"
MINUTES = dt.timedelta(minutes=20)


@pytest.fixture
def now() -> dt.datetime:
    """Return noon in Viet Nam: the private message twenty minutes later is of the same day at any hour of the test."""
    return clock.now().astimezone(VIETNAM).replace(hour=12, minute=0)


@pytest.fixture
def two(unit: Any, now: dt.datetime) -> tuple[Case, Case]:
    """Create the tip's case at the unit, and the case of the private message at the province."""
    group, reporter = create_group(unit("18568"), now), create_person()
    run_pipeline((reporter, POST), group=group, moment=now)
    run_pipeline((reporter, ALONE), moment=now + MINUTES)
    post, alone = Case.objects.order_by("pk")
    assert (post.unit, alone.unit, alone.snippet) == (unit("18568"), unit("42"), "Nhắn riêng về một tin kín trong nhóm")
    return post, alone


def list_figures(officer: Any, now: dt.datetime, ground: AreaFilter = ALL_AREAS) -> dict[str, int]:
    """Return the non-zero figures of the statistics, each equal to a recount and to the cases behind it, for today and
    for the year."""
    with rls.acting_as("worker"):
        services.update_counts()
    today = to_vietnam_day(now)
    results = {}
    for period in (Period(today.replace(month=1, day=1), today), Period(today, today)):
        for entry in queries.get_ledger(officer, period, ground=ground):
            if metric := entry.line.metric:
                behind = queries.list_cases_behind(officer, metric, period, ground=ground)
                assert (
                    entry.value
                    == queries.recount_from_cases(officer, metric, period, ground=ground)
                    == len(behind.rows)
                )
                results[metric.value] = entry.value
    sums = {
        tuple(row) for row in Count.objects.exclude(value=0).values_list("metric", "unit", "day", "commune", "value")
    }
    services.rebuild_counts()
    assert sums == {
        tuple(row) for row in Count.objects.exclude(value=0).values_list("metric", "unit", "day", "commune", "value")
    }
    return {metric: n for metric, n in results.items() if n}


def grade_tip(case: Case, officer: Any, now: dt.datetime, to: Grade = Grade.VALUABLE) -> None:
    officer_actions.grade_tip(code=case.code, officer=officer, grade=to, version=None, now=now)


def check_one_matter(two: tuple[Case, Case], officer: Any, now: dt.datetime) -> None:
    post, alone = two
    chief, duty = officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    places = [ALL_AREAS, *area_filter.search_areas("Lộc Hà")]
    for ground in places:
        assert list_figures(chief, now, ground) == list_figures(duty, now, ground) == {"REPORTS": 1}
    grade_tip(alone, duty, now)
    for ground in places:
        assert list_figures(duty, now, ground) == {"REPORTS": 1, "VALUABLE_TIPS": 1}
        assert list_figures(chief, now, ground) == {"REPORTS": 1}, "the unit's own figures are unchanged"
    grade_tip(post, chief, now)
    for ground in places:
        assert list_figures(duty, now, ground) == list_figures(chief, now, ground) == {"REPORTS": 1, "VALUABLE_TIPS": 1}
    grade_tip(post, chief, now, Grade.NONE)
    assert list_figures(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1} and list_figures(chief, now) == {"REPORTS": 1}
    grade_tip(alone, duty, now, Grade.NONE)
    assert list_figures(duty, now) == {"REPORTS": 1}


def test_they_count_as_one_report_and_one_valuable_tip(two: Any, officer: Any, now: dt.datetime) -> None:
    check_one_matter(two, officer, now)


def test_control_each_by_itself_is_two(two: Any, officer: Any, now: dt.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(case_facts, "_load_preceding", lambda ids: {})
    with pytest.raises(AssertionError):
        check_one_matter(two, officer, now)


def test_control_without_its_kin_a_change_of_the_tip_leaves_the_sums_wrong(
    two: Any, officer: Any, now: dt.datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(services, "list_counted_together", sorted)
    with pytest.raises(AssertionError):
        check_one_matter(two, officer, now)


def test_after_closing_only_the_tip_counts(two: Any, officer: Any, now: dt.datetime) -> None:
    post, alone = two
    chief, duty = officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    close_case(alone, now)
    assert list_figures(duty, now) == {"REPORTS": 1}, "work continues on the case of the tip"
    close_case(post, now)
    assert list_figures(duty, now) == list_figures(chief, now) == {"REPORTS": 1, "CLOSED": 1}


def close_case(case: Case, now: dt.datetime) -> None:
    Case.objects.filter(pk=case.pk).update(state="CLOSED", outcome=Outcome.NO_ACTION, closed_at=now)
    StatsDirty.objects.create(case=case)


def test_of_two_authors_private_messages_one_is_the_valuable_tip(two: Any, officer: Any, now: dt.datetime) -> None:
    post, alone = two
    duty, other = officer("PROVINCE_DUTY", "42"), create_person()
    Case.objects.filter(pk=alone.pk).update(tip_value=Grade.VALUABLE)
    run_pipeline((other, POST), group=post.case_messages.get().message.group, moment=now + MINUTES)
    run_pipeline((other, "tôi thấy chúng đục số khung ban đêm"), moment=now + 2 * MINUTES)
    second, third = Case.objects.order_by("pk")[2:]
    assert third.events.get(verb="opened").data["after"] == second.code
    linking.merge_cases(code=second.code, into=post.code, officer=officer("CHIEF"), version=None, now=now)
    grade_tip(third, duty, now)
    assert list_figures(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1}


def test_it_counts_within_the_case_that_the_tip_was_merged_into(two: Any, officer: Any, now: dt.datetime) -> None:
    post, alone = two
    chief, duty = officer("CHIEF"), officer("PROVINCE_DUTY", "42")
    run_pipeline((create_person(), "Tiệm cầm đồ đầu xóm Phú Mậu xã Lộc Hà tiêu thụ xe trộm, biển số giả"), moment=now)
    whole = Case.objects.latest("pk")
    assert whole.unit == post.unit
    linking.merge_cases(code=post.code, into=whole.code, officer=chief, version=None, now=now)
    grade_tip(alone, duty, now)
    assert list_figures(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1}
    grade_tip(whole, chief, now)
    assert list_figures(duty, now) == {"REPORTS": 1, "VALUABLE_TIPS": 1} == list_figures(chief, now)


def test_the_channel_and_the_arrival_of_officers_are_counted(
    two: tuple[Case, Case], officer: Any, unit: Any, now: dt.datetime
) -> None:
    urgent = open_case(unit("18568"), urgency=3, now=now)
    Alarm.objects.filter(case=urgent).update(acknowledged_at=now, arrived_at=now + dt.timedelta(minutes=12))
    with rls.acting_as("worker"):
        services.update_counts()
    keys = ["CHN.group", "CHN.web", "ARR.M15"]
    sums = dict(Count.objects.filter(metric__in=[*keys, "CHN.other"], value__gt=0).values_list("metric", "value"))
    assert sums == dict.fromkeys(keys, 1), "the private follow-up is no report of its own"
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    table = staff.get("/hoi-so-lieu?so=reports&hang=kenh&cot=linh-vuc&ky=nam-nay").content.decode()
    assert all(words in table for words in ("Trong nhóm", "Trang web"))
    page = staff.get("/tong-quan?ky=nam-nay").content.decode()
    assert "/ket-qua/arr--m15?" in page and "/ket-qua/chn--group?" in page and "Kênh báo tin" in page
    behind = staff.get("/ket-qua/arr--m15?ky=nam-nay").content.decode()
    assert format_code(urgent.code) in behind
