"""The dead-man's switch: silence is measured by a monotonic clock, and work is scheduled by the database's time."""

import datetime as dt
import threading

import pytest

from binhyen.kit import clock, periodic
from binhyen.kit.periodic import SILENT_SECONDS, DeadManSwitch
from tests import rls

pytestmark = pytest.mark.django_db
WORK = "test.work"


@pytest.fixture(autouse=True)
def every_beat_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "_last_beats", {})
    monkeypatch.setattr(periodic, "BEAT_SECONDS", 0.0)


class SwitchScene:
    """A switch on a monotonic clock that the test advances."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.done: list[dt.datetime] = []
        self.dog = DeadManSwitch({WORK: self.done.append}, lambda: self.seconds)

    def look(self, after: float) -> list[str]:
        self.seconds += after
        with rls.acting_as("pages"):
            return self.dog.run_silent_work()


def test_a_hanging_worker_is_replaced_and_a_beating_one_is_not() -> None:
    scene = SwitchScene()
    for _ in range(5):
        with rls.acting_as("worker"):
            periodic.record_heartbeat(WORK)
        assert scene.look(SILENT_SECONDS * 2) == [], "control: beats in between"
    assert scene.look(SILENT_SECONDS - 1) == []
    assert scene.look(1) == [WORK] and scene.look(5) == [WORK]
    assert len(scene.done) == 2
    with rls.acting_as("worker"):
        periodic.record_heartbeat(WORK)
    assert scene.look(5) == [] and len(scene.done) == 2


def test_one_that_never_started_is_replaced_too() -> None:
    scene = SwitchScene()
    assert scene.look(SILENT_SECONDS - 1) == [] and scene.look(2) == [WORK]


@pytest.mark.parametrize("hours", [-48, -1, 1, 48])
def test_no_setting_of_our_clock_deceives_it(hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = SwitchScene()
    periodic.record_heartbeat(WORK)
    assert scene.look(0) == []
    there = periodic.get_database_time()
    moment = clock.now() + dt.timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: moment)
    periodic.record_heartbeat(WORK)
    assert scene.look(SILENT_SECONDS) == [], "control: it still beats"
    assert scene.look(SILENT_SECONDS) == [WORK]
    assert abs(scene.done[0] - there) < dt.timedelta(minutes=10), "the database's time, not ours"


def test_an_error_of_one_check_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, stop, looks = SwitchScene(), threading.Event(), []

    def look() -> list[str]:
        looks.append(1)
        if len(looks) == 3:
            stop.set()
        raise ZeroDivisionError

    monkeypatch.setattr(scene.dog, "run_silent_work", look)
    monkeypatch.setattr("binhyen.kit.periodic.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("binhyen.kit.periodic.connections.close_all", lambda: None)
    scene.dog.run(stop)
    assert len(looks) == 3


def test_beats_are_written_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "BEAT_SECONDS", 1e9)
    for _ in range(3):
        periodic.record_heartbeat(WORK)
    assert periodic.count_heartbeats(WORK) == 1 and periodic.count_heartbeats("nobody") is None
