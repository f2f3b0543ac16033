"""A simulated year: within every constraint, the same for a seed, equal to a recount; the pages work on it."""

import datetime as dt
import io
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count as Number
from django.db.models import F, Q

from binhyen.bulletins.coverage_queries import list_by_commune, list_covered_groups
from binhyen.bulletins.models import Bulletin, GroupDelivery
from binhyen.cases.choices import Grade, State
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case, CaseEvent, Clock
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Group, GroupSize, Membership, Message
from binhyen.kit.clock import to_vietnam_day
from binhyen.stats import queries
from binhyen.stats.metrics import Metric
from binhyen.stats.periods import Period
from binhyen.stats.simulate import plan
from binhyen.stats.simulate.write import RegisterNotEmpty, simulate_year

Make = Callable[..., Any]
SCALE = 0.01


@pytest.mark.django_db
def test_a_year_fills_the_register_and_the_pages_work_on_it(officer: Make, now: dt.datetime) -> None:
    counts = simulate_year(seed=19, scale=SCALE, until=now)
    assert (counts["groups"], counts["members"], counts["bulletins"]) == (Group.objects.count(), 2000, 447)
    assert Membership.objects.count() == 2000 and Message.objects.count() == counts["messages"] == 3000
    assert GroupDelivery.objects.count() == counts["deliveries"] >= Bulletin.objects.count() == 447
    cases = Case.objects.all()
    assert 140 <= cases.count() == counts["cases"] <= 160 and cases.filter(tip_value=Grade.VALUABLE).count() == 16
    assert cases.filter(state=State.CLOSED).count() > 0.9 * cases.count()
    assert not cases.filter(Q(opened_at__gt=now) | Q(closed_at__gt=now) | Q(closed_at__lt=F("opened_at"))).exists()
    for case in cases:
        kind = get_kind(case.kind)
        assert case.category in kind.categories and case.lane == kind.get_lane(case.category)
        allowed = {"", *kind.outcomes, *kind.outcomes_by_category.get(case.category, ())}
        assert case.outcome in allowed, (case.category, case.outcome)
    assert CaseEvent.objects.values("case").annotate(n=Number("pk")).exclude(case__version=F("n")).count() == 0
    assert not Clock.objects.filter(case__state=State.CLOSED, stopped_at=None).exists()
    assert GroupSize.objects.filter(day=to_vietnam_day(now)).count() == Group.objects.count()
    staff = officer("PROVINCE_STAFF", "42")
    period = Period(to_vietnam_day(now) - dt.timedelta(days=364), to_vietnam_day(now))
    for entry in queries.get_ledger(staff, period):
        if entry.line.metric in (Metric.REPORTS, Metric.CLOSED, Metric.VALUABLE_TIPS, Metric.ITEMS_RETURNED):
            assert entry.value == queries.recount_from_cases(staff, entry.line.metric, period)
    client = sign_in_browser(staff)
    code = cases.order_by("pk")[0].code
    for address in (
        "/ban-truc",
        "/tong-quan?ky=nam-nay",
        "/ket-qua",
        "/nhom",
        "/ban-tin",
        "/do-phu",
        f"/vu-viec/{code}",
        "/tin-nhan",
    ):
        assert client.get(address, follow=True).status_code == 200, address
    groups = list_covered_groups(staff)
    assert any(group.is_silent(now) for group in groups) and any(group.last_bulletin_at for group in groups)
    coverage = list_by_commune(staff, groups, now).values()
    assert sum(row.people for row in coverage) == 1_320_000 and all(row.members_percent is not None for row in coverage)
    assert not Bulletin.objects.filter(released_at__gt=now).exists()
    with pytest.raises(RegisterNotEmpty):
        simulate_year(seed=19, scale=SCALE, until=now)


def test_a_seed_gives_the_same_year_with_its_seasons() -> None:
    until = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    volumes, first = plan.Volumes().scaled(0.3), dt.date(2025, 12, 1)
    cases = plan.plan_cases(Random(7), volumes, first=first, until=until)
    assert cases == plan.plan_cases(Random(7), volumes, first=first, until=until)
    assert cases != plan.plan_cases(Random(8), volumes, first=first, until=until)
    tet, week = plan.TET[2026], dt.timedelta(days=5)
    days = [case.opened_at.date() for case in cases if case.category == "admin_question"]
    assert sum(tet <= day < tet + week for day in days) < 0.3 * sum(
        tet - 6 * week <= day < tet - 5 * week for day in days
    )
    disorder = [case.opened_at.date() for case in cases if case.category == "public_order"]
    assert sum(tet - week <= day < tet + week for day in disorder) > 20 / 365 * len(disorder) > 0
    assert plan.share_out(10, [1, 1, 1]) == [3, 4, 3] and sum(plan.share_out(1000, [0.1, 5, 2.7])) == 1000


@pytest.mark.django_db
def test_the_command_refuses_a_real_installation_and_bad_numbers(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="Not a demonstration"):
        call_command("simulate", stdout=io.StringIO())
    settings.DEMO = True
    for scale in ("0", "-1", "101"):
        with pytest.raises(CommandError, match="--scale"):
            call_command("simulate", "--scale", scale, stdout=io.StringIO())
