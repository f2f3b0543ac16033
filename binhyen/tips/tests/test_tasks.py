"""Proof-of-work tasks cannot be fetched ahead: those of one network become ready one after the other."""

import datetime as dt
import math

import pytest
from django.test import Client

from binhyen.kit import clock
from binhyen.tips import tasks
from binhyen.tips.rules import ProofOfWork, is_solution
from binhyen.tips.tasks import PageTask
from binhyen.tips.tests.page import enter_code, read_hidden_fields, read_page, read_receipt, submit_tip

WANTED = ProofOfWork(60, 15)  # no test finds that number: only the waiting time counts
EASY_TASK = ProofOfWork(4, 15)
PEER = "198.51.100.7"
WAIT = dt.timedelta(seconds=15)


def count_accepted(given: list[PageTask], now: dt.datetime, *, peer: str = PEER) -> int:
    return sum(tasks.done(item.token, "", wanted=WANTED, peer=peer, now=now) for item in given)


def count_hoarded(now: dt.datetime) -> list[int]:
    """Fetch two hundred tasks at once; return how many are accepted after one wait, and after each of the next two."""
    given = [tasks.issue_task(WANTED, peer=PEER, now=now) for _ in range(200)]
    return [count_accepted(given, now + n * WAIT) for n in (1, 2, 3)]


def test_tasks_fetched_ahead_are_ready_one_after_the_other() -> None:
    assert count_hoarded(clock.now()) == [1, 1, 1]


def test_control_without_the_queue_all_are_ready_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgets(dict[bytes, float]):
        def __setitem__(self, network: bytes, ready_at: float) -> None:
            pass

    monkeypatch.setattr(tasks, "_queues", Forgets())
    assert count_hoarded(clock.now())[0] == 200


def test_other_networks_do_not_wait_for_it_and_one_ipv6_site_is_one_network() -> None:
    now = clock.now()
    for _ in range(200):
        tasks.issue_task(WANTED, peer=PEER, now=now)
    assert tasks.issue_task(WANTED, peer="203.0.113.9", now=now).task.seconds == 15
    waits = [tasks.issue_task(WANTED, peer=f"2001:db8:1:{n}::/64", now=now).task.seconds for n in range(1, 4)]
    assert waits == [15, 30, 45]
    assert tasks.issue_task(WANTED, peer="2001:db8:2:1::/64", now=now).task.seconds == 15


def test_a_task_of_another_network_counts_for_nothing() -> None:
    now = clock.now()
    given = [tasks.issue_task(WANTED, peer=PEER, now=now)]
    assert count_accepted(given, now + WAIT, peer="203.0.113.9") == 0
    assert count_accepted(given, now + WAIT) == 1
    assert count_accepted(given, now + WAIT) == 0, "one task, one attempt"


def test_where_the_queue_is_long_work_alone_counts_and_never_for_long() -> None:
    now = clock.now()
    while (last := tasks.issue_task(EASY_TASK, peer=PEER, now=now)).task.seconds < tasks._LONGEST_QUEUE:
        pass
    last = tasks.issue_task(EASY_TASK, peer=PEER, now=now)
    later = now + dt.timedelta(seconds=math.floor(tasks._LONGEST_QUEUE) + 1)
    assert not tasks.done(last.token, "", wanted=EASY_TASK, peer=PEER, now=later)
    answer = next(str(n) for n in range(10_000) if is_solution(last.nonce, str(n), last.task.bits))
    assert not tasks.done(last.token, answer, wanted=EASY_TASK, peer=PEER, now=later), "solved too late"
    assert tasks.done(last.token, answer, wanted=EASY_TASK, peer=PEER, now=now + WAIT)


def test_a_task_that_was_waited_for_is_used_soon_or_never() -> None:
    now = clock.now()
    first, second = (tasks.issue_task(WANTED, peer=PEER, now=now) for _ in range(2))
    late = dt.timedelta(seconds=tasks._READY_LIFE)
    assert not tasks.done(first.token, "", wanted=WANTED, peer=PEER, now=now + WAIT + late + WAIT / 2)
    assert tasks.done(second.token, "", wanted=WANTED, peer=PEER, now=now + WAIT + late + WAIT / 2), "control"


@pytest.mark.django_db
def test_an_early_submission_keeps_the_task_and_its_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    code = read_receipt(submit_tip(client))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(tasks, "get_required_task", lambda peer: WANTED)
    first = enter_code(client, code)
    assert first.status_code == 429 and "cần chờ 15 giây" in read_page(first) and "Chờ 15 giây" in read_page(first)
    now += WAIT / 3
    early = enter_code(client, code, task=read_hidden_fields(first)["task"], answer="")
    assert early.status_code == 429 and "Chờ 10 giây" in read_page(early)
    now += WAIT
    assert enter_code(client, code, task=read_hidden_fields(early)["task"], answer="").status_code == 200


def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_MOST_QUEUES", 20)
    for n in range(100):
        tasks.issue_task(WANTED, peer=f"192.0.2.{n}", now=clock.now())
    assert len(tasks._queues) == 20
