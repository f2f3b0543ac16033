"""A clock that jumps ahead erases nothing in the next night: operators have a day to correct it."""

import datetime as dt

import pytest

from binhyen.api import jobs as api
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser
from binhyen.channels import jobs as channels
from binhyen.channels.models import Message
from binhyen.intake.tests.telling import person, say
from binhyen.kit import clock, pruning
from binhyen.kit import jobs as kit
from binhyen.people import jobs as people
from binhyen.people.models import SignInTry
from binhyen.privacy import queries
from binhyen.privacy.models import Sweep
from binhyen.privacy.retention_registry import Retention
from binhyen.privacy.rules.retention import clock_holds
from binhyen.privacy.services import retention
from binhyen.privacy.tests.scene import DAY, WORDS, closed
from binhyen.tips import jobs as tips
from tests import rls

pytestmark = pytest.mark.django_db
YEAR = 400 * DAY


def night(now):
    with rls.acting_as("worker"):
        return retention.sweep_night(now=now)


def test_what_counts_as_a_gap(now):
    def holds(waited: bool = False, **ago: int) -> bool:
        return clock_holds(now - dt.timedelta(**ago), waited=waited, now=now)

    assert clock_holds(None, waited=False, now=now), "a new installation has nothing to lose"
    assert holds(hours=24) and holds(minutes=1) and holds(days=3)
    assert not holds(days=400) and not holds(days=3, seconds=1)
    assert not holds(days=-400), "set back again: it waits one night too"
    assert holds(True, hours=20) and not holds(True, hours=19) and not holds(True, days=4)


def check_a_jump(unit, officer, now):
    """Check that a dead battery does not end yesterday's data; expired data is erased one night later."""
    case = closed(unit("18568"), "noise", at=now - 3 * DAY)
    assert night(now - DAY)["reflection"] == 0
    jumped = now + YEAR
    assert night(jumped)["reflection"] == 0 and Message.objects.get().text == WORDS
    assert not queries.clock_holds(now=jumped + dt.timedelta(minutes=30)), "nor an hour after the night's work"
    page = browser(officer("PROVINCE_STAFF", "42")).get("/luu-giu").content.decode()
    assert "Đồng hồ máy chủ nhảy" in page
    assert night(now)["reflection"] == 0 and Case.objects.get(pk=case.pk).forgotten_at is None, "set right"
    assert night(now + DAY)["reflection"] == 0 and "Clock" not in Sweep.objects.latest("pk").failed
    assert night(now + 2 * DAY + YEAR)["reflection"] == 0, "jumps again, and is not corrected"
    assert night(now + 3 * DAY + YEAR)["reflection"] == 1 and Message.objects.count() == 0


def test_a_jump_ahead_waits_for_a_night(unit, officer, now):
    check_a_jump(unit, officer, now)


def test_control_believing_it_takes_the_words(unit, officer, now, monkeypatch):
    monkeypatch.setattr(queries, "clock_holds", lambda *, now: True)
    with pytest.raises(AssertionError):
        check_a_jump(unit, officer, now)


def test_a_machine_that_is_off_at_night_does_it_by_day(unit, now):
    """From eight to five, every day; the jump of its clock is accepted no sooner than at night."""
    closed(unit("18568"), "noise", at=now - YEAR)
    hours = lambda day: [now + day * DAY + dt.timedelta(hours=hour) for hour in range(9)]  # noqa: E731
    with rls.acting_as("worker"):
        assert [retention.sweep_missed(now=at) for at in hours(0)] == [True, *[False] * 8]
        assert Message.objects.count() == 0
        closed(unit("18568"), "noise", at=now + DAY - YEAR)
        assert sum(retention.sweep_missed(now=at) for day in (1, 2) for at in hours(day)) == 2
        assert Message.objects.count() == 0
        closed(unit("18568"), "noise", at=now)
        jumped = now + 3 * DAY + YEAR
        assert retention.sweep_missed(now=jumped) and Message.objects.count() == 1, "it waits"
        assert not any(retention.sweep_missed(now=jumped + dt.timedelta(hours=n)) for n in range(27))
        assert Message.objects.count() == 1


def clean_all():
    """Run every small pruning job like the worker."""
    for each in (tips.clean, channels.purge, channels.clean, channels.clean_imprints, people.clean, kit.clean,
                 api.forget_answers):  # fmt: skip
        each()


def check_they_wait(now, monkeypatch, settings, tmp_path):
    settings.ERASED_DIR, settings.FILES_ROOT = tmp_path / "erased", tmp_path / "files"
    settings.ERASED_DIR.mkdir()
    (settings.ERASED_DIR / f"{now:%Y-%m-%d}").write_text("person 1\n")
    say((person(), "Chào các chú, hôm nay trời đẹp"), at=now)
    tried = SignInTry.objects.create(key_hash="k", failures=1, last_at=now, next_at=now)
    jumped = now + YEAR
    asked = []
    monkeypatch.setattr(tips.services, "clean", lambda *, now: asked.append(now))
    monkeypatch.setattr(clock, "now", lambda: jumped)
    Sweep.objects.create(group="talk", at=now)
    clean_all()
    assert asked == [] and Message.objects.count() == 1 and len(list(settings.ERASED_DIR.iterdir())) == 1
    assert SignInTry.objects.get() == tried
    Sweep.objects.create(group="talk", at=jumped - DAY)
    clean_all()
    assert asked == [jumped] and Message.objects.count() == 0 and not list(settings.ERASED_DIR.iterdir())
    assert not SignInTry.objects.exists()


def test_tips_and_every_small_cleaner_wait_with_it(now, monkeypatch, settings, tmp_path):
    check_they_wait(now, monkeypatch, settings, tmp_path)


def test_control_nobody_asked_they_take_it_at_once(now, monkeypatch, settings, tmp_path):
    monkeypatch.setattr(pruning, "_asked", [])
    with pytest.raises(AssertionError):
        check_they_wait(now, monkeypatch, settings, tmp_path)


def test_a_class_that_cannot_be_counted_keeps_no_other_from_its_turn(unit, now, monkeypatch):
    def fails(now: dt.datetime) -> None:
        raise RuntimeError

    closed(unit("18568"), "noise", at=now - YEAR)
    whole = {r.group: r for r in retention.retentions()} | {"crime": Retention("crime", fails)}
    monkeypatch.setattr(retention, "retentions", lambda: [whole["crime"], whole["reflection"]])
    assert retention.sweep_all(now=now) == {"crime": 0, "reflection": 1}
    assert Sweep.objects.get(group="crime").failed == "RuntimeError"
