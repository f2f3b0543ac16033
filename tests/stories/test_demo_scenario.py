"""The demo scenario: an empty installation fills up, and every line can be traced to the ledger."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binhyen.bulletins.models import Bulletin, GroupDelivery
from binhyen.cases.models import Case
from binhyen.channels.models import Membership, Outgoing
from binhyen.demo import scenario as played
from binhyen.demo.scenario import GROUPS, STORY, play_story
from binhyen.kit import clock
from binhyen.stats import queries, services
from binhyen.stats.metrics import Metric
from tests.process_harness import run_processes


def test_the_story_plays_to_the_ledger(real_db: None, tmp_path: Path, officer: Any) -> None:
    for commune in ("18568", "18406", "18652", "18586"):
        officer("CHIEF", commune)
    officer("PROVINCE_DUTY", "42")
    staff = officer("PROVINCE_STAFF", "42")
    printed: list[str] = []
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        assert play_story(emulator_url=stack.zalo, speed=1000, report=printed.append) == 0
    by_day = 5  # of the bulletins: warning, correction, withdrawal, storm, digest; at night the warning waits
    assert len(printed) - len(GROUPS) - len(STORY) in (by_day, by_day - 2)
    while services.update_counts():
        pass
    today = clock.to_vietnam_day(clock.now())
    period = queries.Period(today, today)
    ledger = {(e.line.metric or e.line.source): e.value for e in queries.get_ledger(staff, period)}
    ended = [line for line in STORY if line.end]
    # The wallet and the gun by their receipts, the stopped fraud, the helped household; the theft by its decision.
    in_registers = 5
    assert ledger["groups_commune"] == 2 and ledger["groups_village"] == 1
    assert ledger[Metric.CLOSED] == len(ended) + in_registers - 1, (
        "the private message about the group's tip belongs to that tip"
    )
    assert ledger[Metric.VALUABLE_TIPS] == sum(bool(line.end and line.end.grade) for line in ended) + 1
    assert ledger[Metric.GUIDED] >= 1, "the identity card of a child"
    assert (ledger[Metric.URGENT], ledger[Metric.PETITIONS]) == (2, 1), "the fight, the lost boy; the loud karaoke"
    once = (Metric.ITEMS_RETURNED, Metric.FRAUDS_STOPPED, Metric.PEOPLE_FOUND, Metric.WEAPONS, Metric.HELPED)
    once += (Metric.COMMENDED,)
    assert {ledger[metric] for metric in once} == {1}
    posts = GroupDelivery.objects.filter(kind=GroupDelivery.Kind.POST, outgoing__state="SENT")
    searches = posts.filter(bulletin__topic="MISSING", bulletin__state="WITHDRAWN", bulletin__text="")
    assert searches.count() == 1, "the lost boy: to the group of his commune, and recalled"
    warned = posts.filter(bulletin__topic="ONLINE_FRAUD").count()
    # Of the cluster and of the province, whose last posts may still be on their way when the scenario ends.
    assert warned == 0 or len(GROUPS) <= warned <= 2 * len(GROUPS), "at night they wait for the morning"
    released = Bulletin.objects.filter(state="RELEASED")
    assert released.filter(topic="WEATHER", ground="THREAT_TO_LIFE", unit=staff.unit).count() == 1, "the storm"
    assert Bulletin.objects.filter(digest_from__isnull=False).count() == 1
    frauds = Bulletin.objects.filter(topic="ONLINE_FRAUD", title__contains="điện lực")
    if frauds.filter(state="CORRECTED").exists():  # by day: corrected an hour later, withdrawn from one commune
        assert len(frauds.get(state="RELEASED", corrects__state="CORRECTED").excluded_areas) == 1
    assert ledger["bulletins"] == posts.count()
    assert ledger["members"] == Membership.objects.filter(left_at=None).count() > len(GROUPS)
    waits = (
        "the wallet is returned, the tip in the group is open, the private message of its author has its own outcome"
    )
    assert ledger[Metric.REPORTS] == len(ended) + 5, f"{waits} without a number; nor has a complaint about police"
    complaint = Case.objects.get(is_restricted=True)
    assert (complaint.category, complaint.outcome) == ("officer_complaint", "RESOLVED")
    assert Case.objects.filter(is_restricted=False).count() == len(ended) + 6
    assert Case.objects.get(outcome="CASE_OPENED").unit.level == "PROVINCE"
    answered = Outgoing.objects.filter(purpose="ACK").exclude(group=None).values_list("group__name", flat=True)
    assert sorted(answered) == ["ANTT thôn Nam Thượng", "ANTT xã Can Lộc"], "the lorries and the wallet"
    assert Outgoing.objects.filter(purpose="INVITE").count() == 1, (
        "the sender who mentioned drugs in the group, moved to a private chat"
    )
    for metric in Metric:
        assert (
            ledger[metric]
            == queries.recount_from_cases(staff, metric, period)
            == len(queries.list_cases_behind(staff, metric, period).rows)
        )


def test_a_second_play_tells_and_ends_everything_anew(
    real_db: None, tmp_path: Path, officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer("CHIEF", "18568")
    monkeypatch.setattr(played, "GROUPS", {})
    monkeypatch.setattr(played, "STORY", STORY[1:2])
    monkeypatch.setattr(played, "issue_bulletins", lambda *_: None)
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        for times in (1, 2):
            assert play_story(emulator_url=stack.zalo, speed=1000, report=lambda _: None) == 0
            assert Case.objects.filter(state="CLOSED").count() == Case.objects.count() == times


class FakeClock:
    """A clock that advances only while a caller sleeps; it records the waiting time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_each_line_comes_at_its_time(monkeypatch: pytest.MonkeyPatch, speed: float) -> None:
    watch, spoken = FakeClock(), []
    stage = SimpleNamespace(
        get_citizen=str,
        newest=lambda: 0,
        newest_case=lambda: 0,
        send_message=lambda line: spoken.append((watch.now, line)),
        find_case=lambda line, after_id: object(),
        until=None,
    )
    monkeypatch.setattr(played, "time", watch)
    monkeypatch.setattr(played, "_EmulatorClient", lambda address: stage)
    monkeypatch.setattr(played, "_open_groups", lambda *_: None)
    monkeypatch.setattr(played, "_act_as_officer", lambda *_: None)
    monkeypatch.setattr(played, "conclude_conduct_complaint", lambda *_: None)
    monkeypatch.setattr(played, "issue_bulletins", lambda *_: None)
    assert play_story(emulator_url="", speed=speed, report=lambda _: None) == 0
    assert [line for _, line in spoken] == list(STORY)
    assert [round(spoken_at * speed, 3) for spoken_at, _ in spoken] == [line.at for line in STORY]


def test_without_a_stand_in_it_says_what_to_do() -> None:
    with pytest.raises(SystemExit, match=r"không trả lời(.|\n)*Hint: ./dev demo"):
        play_story(emulator_url="http://127.0.0.1:1", speed=1000)


@pytest.mark.parametrize("speed", [0.0, -3.0, float("nan")])
def test_a_speed_that_is_none_is_refused_before_a_word_is_said(speed: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "_EmulatorClient", lambda address: pytest.fail("the scenario was started"))
    with pytest.raises(SystemExit, match=r"lớn hơn 0(.|\n)*Hint"):
        play_story(emulator_url="", speed=speed)
