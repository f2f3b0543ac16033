"""A clock that jumps ahead erases nothing in the next night: operators have a day to correct it."""

import datetime as dt

import pytest

from binhyen.api import jobs as api
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels import jobs as channels
from binhyen.channels.models import Message
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.kit import clock, pruning
from binhyen.kit import jobs as kit
from binhyen.people import jobs as people
from binhyen.people.models import LoginAttempts
from binhyen.privacy import queries
from binhyen.privacy.models import Sweep
from binhyen.privacy.retention_registry import Retention
from binhyen.privacy.rules.retention import can_trust_clock
from binhyen.privacy.services import retention
from binhyen.privacy.tests.scene import DAY, WORDS, create_closed_case
from binhyen.tips import jobs as tips
from tests import rls

pytestmark = pytest.mark.django_db
YEAR = 400 * DAY


def run_night(now):
    with rls.acting_as("worker"):
        return retention.sweep_night(now=now)


def test_intervals_that_count_as_a_gap(now):
    def holds(waited: bool = False, **ago: int) -> bool:
        return can_trust_clock(now - dt.timedelta(**ago), waited=waited, now=now)

    assert can_trust_clock(None, waited=False, now=now), "a new installation has nothing to lose"
    assert holds(hours=24) and holds(minutes=1) and holds(days=3)
    assert not holds(days=400) and not holds(days=3, seconds=1)
    assert not holds(days=-400), "set back again: it waits one night too"
    assert holds(True, hours=20) and not holds(True, hours=19) and not holds(True, days=4)


def check_clock_jump(unit, officer, now):
    """Check that a dead battery does not end yesterday's data; expired data is erased one night later."""
    case = create_closed_case(unit("18568"), "noise", moment=now - 3 * DAY)
    assert run_night(now - DAY)["reflection"] == 0
    jumped = now + YEAR
    assert run_night(jumped)["reflection"] == 0 and Message.objects.get().text == WORDS
    assert not queries.is_clock_trusted(now=jumped + dt.timedelta(minutes=30)), "nor an hour after the night's work"
    page = sign_in_browser(officer("PROVINCE_STAFF", "42")).get("/luu-giu").content.decode()
    assert "Đồng hồ máy chủ nhảy" in page
    assert run_night(now)["reflection"] == 0 and Case.objects.get(pk=case.pk).erased_at is None, "set right"
    assert run_night(now + DAY)["reflection"] == 0 and "Clock" not in Sweep.objects.latest("pk").failed
    assert run_night(now + 2 * DAY + YEAR)["reflection"] == 0, "jumps again, and is not corrected"
    assert run_night(now + 3 * DAY + YEAR)["reflection"] == 1 and Message.objects.count() == 0


def test_a_jump_ahead_waits_for_a_night(unit, officer, now):
    check_clock_jump(unit, officer, now)


def test_control_trusting_the_clock_erases_the_text(unit, officer, now, monkeypatch):
    monkeypatch.setattr(queries, "is_clock_trusted", lambda *, now: True)
    with pytest.raises(AssertionError):
        check_clock_jump(unit, officer, now)


def test_a_machine_that_is_off_at_night_does_it_by_day(unit, now):
    """From eight to five, every day; the jump of its clock is accepted no sooner than at night."""
    create_closed_case(unit("18568"), "noise", moment=now - YEAR)
    hours = lambda day: [now + day * DAY + dt.timedelta(hours=hour) for hour in range(9)]  # noqa: E731
    with rls.acting_as("worker"):
        assert [retention.sweep_missed(now=moment) for moment in hours(0)] == [True, *[False] * 8]
        assert Message.objects.count() == 0
        create_closed_case(unit("18568"), "noise", moment=now + DAY - YEAR)
        assert sum(retention.sweep_missed(now=moment) for day in (1, 2) for moment in hours(day)) == 2
        assert Message.objects.count() == 0
        create_closed_case(unit("18568"), "noise", moment=now)
        jumped = now + 3 * DAY + YEAR
        assert retention.sweep_missed(now=jumped) and Message.objects.count() == 1, "it waits"
        assert not any(retention.sweep_missed(now=jumped + dt.timedelta(hours=n)) for n in range(27))
        assert Message.objects.count() == 1


def run_all_pruning():
    """Run every small pruning job like the worker."""
    for clean_function in (
        tips.destroy_expired,
        channels.purge_messages,
        channels.prune_inbound,
        channels.prune_fingerprints,
        people.prune_people,
        kit.prune_kit,
        api.forget_answers,
    ):
        clean_function()


def check_pruning_waits(now, monkeypatch, settings, tmp_path):
    settings.ERASED_DIR, settings.FILES_ROOT = tmp_path / "erased", tmp_path / "files"
    settings.ERASED_DIR.mkdir()
    (settings.ERASED_DIR / f"{now:%Y-%m-%d}").write_text("person 1\n")
    run_pipeline((create_person(), "Chào các chú, hôm nay trời đẹp"), moment=now)
    tried = LoginAttempts.objects.create(key_hash="k", failures=1, last_at=now, next_at=now)
    jumped = now + YEAR
    asked = []
    monkeypatch.setattr(tips.services, "destroy_expired_tips", lambda *, now: asked.append(now))
    monkeypatch.setattr(clock, "now", lambda: jumped)
    Sweep.objects.create(group="talk", at=now)
    run_all_pruning()
    assert asked == [] and Message.objects.count() == 1 and len(list(settings.ERASED_DIR.iterdir())) == 1
    assert LoginAttempts.objects.get() == tried
    Sweep.objects.create(group="talk", at=jumped - DAY)
    run_all_pruning()
    assert asked == [jumped] and Message.objects.count() == 0
    assert not list(settings.ERASED_DIR.glob(f"{now:%Y-%m-%d}*")), "only the mark of the night itself is left"
    assert not LoginAttempts.objects.exists()


def test_tips_and_every_small_cleaner_wait_with_it(now, monkeypatch, settings, tmp_path):
    check_pruning_waits(now, monkeypatch, settings, tmp_path)


def test_control_without_the_check_it_is_erased_at_once(now, monkeypatch, settings, tmp_path):
    monkeypatch.setattr(pruning, "_clock_checks", [])
    with pytest.raises(AssertionError):
        check_pruning_waits(now, monkeypatch, settings, tmp_path)


def test_a_class_that_cannot_be_counted_blocks_no_other(unit, now, monkeypatch):
    def raise_error(now: dt.datetime) -> None:
        raise RuntimeError

    create_closed_case(unit("18568"), "noise", moment=now - YEAR)
    whole = {r.group: r for r in retention.list_retentions()} | {"crime": Retention("crime", raise_error)}
    monkeypatch.setattr(retention, "list_retentions", lambda: [whole["crime"], whole["reflection"]])
    assert retention.sweep_all(now=now) == {"crime": 0, "reflection": 1}
    assert Sweep.objects.get(group="crime").failed == "RuntimeError"
