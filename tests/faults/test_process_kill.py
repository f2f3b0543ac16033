"""SIGKILL of gateway, pages, worker and database during intake and delivery loses nothing and duplicates nothing (F1,
F2, F7).

Each person reports once; a message answered 200 must be one message, in one case, answered by one letter; a form whose
sender was given a link must be one report, with its photo. Requests without an answer are sent again, as Zalo and
people do. The defects that the harness must detect are in defects.py and load_generator.py.
"""

import json
import os
import random
from collections import Counter
from typing import Any

import pytest

from binhyen.kit import clock
from tests.faults import load_generator
from tests.faults.crash_points import POINTS
from tests.faults.forms import Form, FormSenders
from tests.faults.harness import LEASE_SECONDS, FaultHarness, Letter, run_senders
from tests.process_harness import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(280)]

TOTAL_KILLS = int(os.environ.get("BINHYEN_KILLS", "20"))  # 60 before a release
KILLS_OF_SIXTY = {"gateway": 22, "pages": 4, "worker": 6, "sender": 6, "postmaster": 12, "backend": 10}
KILLS = {name: max(2, count * TOTAL_KILLS // 60) for name, count in KILLS_OF_SIXTY.items()}
PEOPLE, AT_FORMS = 8, 2
# What a killed process had claimed waits for its lease before another process continues.
RECOVERY_SECONDS = LEASE_SECONDS + 10


class Progress:
    """Progress of a process since it last started. Only after progress does its death interrupt work."""

    TABLES = {
        "worker": "SELECT count(*) FROM channels_message",
        "sender": "SELECT count(*) FROM channels_outgoing WHERE state = 'SENT'",
    }
    JOBS = {"worker": "intake.drain", "sender": "channels.deliver"}

    def __init__(self, machine: FaultHarness, answered: list[Letter], web: FormSenders, sent: list[Form]) -> None:
        self.machine, self.answered, self.web, self.sent = machine, answered, web, sent
        self.seen: dict[str, int] = {}

    def of(self, name: str) -> int:
        if name in self.TABLES:
            rows = self.machine.ask(self.TABLES[name])
            return int(rows[0][0]) if rows else 0
        return len(self.sent if name == "pages" else self.answered)

    def made(self, name: str) -> bool:
        self.machine.restart_dead()
        return self.of(name) > self.seen.get(name, 0)

    def is_busy(self, name: str) -> bool:
        """Return whether the process is inside a job that reads or sends, or handles a form."""
        if name == "pages":
            return self.web.open > 0
        return bool(
            self.machine.ask(
                "SELECT 1 FROM procrastinate_jobs j JOIN procrastinate_workers w ON w.id = j.worker_id WHERE "
                "j.status = 'doing' AND j.task_name = %s AND w.last_heartbeat > now() - interval '10 seconds'",
                self.JOBS[name],
            )
        )


def kill_process(own_machine: FaultHarness, name: str, progress: Progress, chance: random.Random) -> None:
    wait_until(lambda: progress.made(name), RECOVERY_SECONDS, f"{name} works again")
    if name in (*progress.JOBS, "pages"):
        wait_until(
            lambda: own_machine.restart_dead() or progress.is_busy(name), RECOVERY_SECONDS, f"{name} amid its work"
        )  # type: ignore[func-returns-value]
    if name == "postmaster":
        own_machine.kill_postmaster()
    elif name == "backend":
        own_machine.kill_backend(chance)
    else:
        own_machine.stack.kill_process(name)
        own_machine.stack.children[name].start()
    progress.seen[name] = progress.of(name)


def test_kills_amid_intake_and_delivery_lose_and_double_nothing(own_machine: FaultHarness) -> None:
    chance = random.Random(7304)
    order = [name for name, count in KILLS.items() for _ in range(count)]
    chance.shuffle(order)
    order.append(order.pop(order.index("sender")))  # killed last, so that its open sends are known to be dead
    died: Counter[str] = Counter()
    own_machine.start_processes("gateway", "pages", "worker", "sender")
    web = FormSenders(own_machine)
    with (
        run_senders(own_machine.generate_letters(), own_machine.post_letter, people=PEOPLE, pace=0.3) as answered,
        run_senders(web.generate_forms(), web.post_form, people=AT_FORMS, pace=0.3, again=0.2) as sent,
    ):
        progress = Progress(own_machine, answered, web, sent)
        for name in order:
            kill_process(own_machine, name, progress, chance)
            died[name] += 1
        last = clock.now().timestamp()
    assert died == KILLS and died.total() >= 20
    own_machine.wait_until_settled(last)
    assert own_machine.find_problems(answered, sent=[{"key": form.key, "link": form.link} for form in sent]) == []
    assert len(answered) > 2 * died.total() and len(sent) > died.total() // 8
    for accepted in (answered, sent):
        assert any(submission.tries > 1 for submission in accepted), "no process was ever killed in the middle of work"


def run_one_death(own_machine: FaultHarness, *, gateway: str = "", worker: str = "") -> list[str]:
    """Let two people report while one process is replaced by a defective one that dies once at its chosen moment."""
    children = own_machine.stack.children
    commands = {name: list(children[name].command) for name in ("gateway", "worker")}
    if gateway:
        children["gateway"].command = [
            f"tests.faults.defects:{gateway}" if part == "binhyen.gateway:create" else part
            for part in commands["gateway"]
        ]
    if worker:
        children["worker"].command = [commands["worker"][0], "-m", "tests.faults.defects", worker]
        children["worker"].environment |= {"BINHYEN_KEYS": ""}  # it reads and sends in one process
    try:
        own_machine.start_processes("gateway", "worker", *([] if worker else ["sender"]))
        wait_until(lambda: own_machine.post_letter(Letter("", "", b"{}", "")) == 400, why="gateway")
        letters = own_machine.build_letters(2)
        with run_senders(letters, own_machine.post_letter, people=2, pace=0.0) as answered:
            wait_until(lambda: own_machine.restart_dead() or len(answered) == 2, why="answers")  # type: ignore[func-returns-value]
            wait_until(lambda: own_machine.restart_dead() or list(own_machine.folder.glob("died-*")), why="death")  # type: ignore[func-returns-value]
            died = clock.now().timestamp()
        own_machine.wait_until_settled(died)
        return own_machine.find_problems(answered)
    finally:
        children["worker"].environment |= {"BINHYEN_KEYS": "worker"}
        for name, command in commands.items():
            children[name].command = command


def test_death_between_commit_and_answer_doubles_nothing(own_machine: FaultHarness) -> None:
    assert run_one_death(own_machine, gateway="gateway_dies_after_commit") == []


def test_death_between_send_and_mark_sends_nothing_twice(own_machine: FaultHarness) -> None:
    assert run_one_death(own_machine, worker="worker_dies_after_send") == []


def test_control_a_gateway_that_answers_early_is_seen_to_lose(own_machine: FaultHarness) -> None:
    problems = run_one_death(own_machine, gateway="gateway_answers_early")
    assert any(problem.startswith("lost") for problem in problems), problems


def test_control_a_worker_that_never_asks_is_seen_to_send_twice(own_machine: FaultHarness) -> None:
    problems = run_one_death(own_machine, worker="worker_never_asks")
    assert any(problem.startswith("letter doubled") for problem in problems), problems


def test_control_without_the_check_for_known_messages_doubles_are_seen(own_machine: FaultHarness) -> None:
    problems = run_one_death(
        own_machine, gateway="gateway_knows_no_message_again", worker="worker_knows_no_message_again"
    )
    assert any(problem.startswith("doubled") for problem in problems), problems


def run_dying_deliverers(
    own_machine: FaultHarness, point: str, rounds: int
) -> tuple[list[str], Counter[str], set[str]]:
    """Return (how the children ended, how often each text arrived, states of the letters). The last person is
    unreachable.
    """
    citizen_messages = [{"citizen": f"Người {i}", "text": "Chào", "create": True} for i in range(3)]
    own_machine.stack.call_control("say", {"many": citizen_messages})
    own_machine.stack.call_control("citizen", {"citizen": "Người 2", "last_interaction": 1})
    rows = own_machine.stack.call_control("citizens")["citizens"]
    people = [c["user_id"] for i in range(3) for c in rows if c["name"] == f"Người {i}"]
    ends = own_machine.run_module("crash_points", point, str(rounds), *people).split("\n")[:-1]
    states = {f"{row[0]}:{row[1]}" for row in own_machine.ask("SELECT state, code FROM channels_outgoing")}
    return ends, Counter(letter["text"] for letter in own_machine.list_received_texts()), states


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_at_a_marked_point_sends_each_letter_once(own_machine: FaultHarness, point: str) -> None:
    ends, arrivals, states = run_dying_deliverers(own_machine, point, 3)
    assert ends == ["SIGKILL done"] * 3
    assert len(arrivals) == 6 and set(arrivals.values()) == {1}
    assert states == {"SENT:", "DEAD:-230"}


def test_control_a_deliverer_that_never_asks_sends_twice(own_machine: FaultHarness) -> None:
    ends, arrivals, _ = run_dying_deliverers(own_machine, "blind", 2)
    assert ends == ["SIGKILL done"] * 2
    assert set(arrivals.values()) == {2}


def run_dying_pages(own_machine: FaultHarness, *points: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return (each form sent while page processes died, the resulting entries of the register)."""
    results = json.loads(own_machine.run_module("load_generator", *points))
    links = [
        {"key": result["key"], "link": result["answered"]["link"]} for result in results if result["kind"] != "more"
    ]
    return results, own_machine.find_problems(
        [], sent=links, more=[result["key"] for result in results if result["kind"] == "more"], alone=True
    )


def test_pages_that_die_at_a_marked_point_take_each_form_once(own_machine: FaultHarness) -> None:
    """An acknowledged form is stored; one without an answer that is sent again is one report, or one further message."""
    (early, *results), problems = run_dying_pages(own_machine, *load_generator.POINTS)
    assert early["answered"]["status"] == 303
    assert {result["answered"]["status"] for result in results} == {303}
    for result in results:
        assert result["ends"] == ["SIGKILL", "done"], result
        assert result["left"] - result["before"] == (result["point"] in load_generator.STORED_POINTS), result
    assert len(results) == sum(map(len, load_generator.POINTS.values()))
    assert problems == []


def test_control_pages_that_answer_before_the_commit_are_seen_to_lose(own_machine: FaultHarness) -> None:
    _, problems = run_dying_pages(own_machine, "early")
    assert [problem for problem in problems if problem.startswith(("lost", "no report"))], problems


def test_control_pages_that_know_no_form_again_are_seen_to_double(own_machine: FaultHarness) -> None:
    _, problems = run_dying_pages(own_machine, "forgetful")
    assert [problem for problem in problems if problem.startswith("doubled")], problems


def test_without_its_database_the_gateway_says_so_and_takes_the_message_later(own_machine: FaultHarness) -> None:
    own_machine.start_processes("gateway")
    wait_until(lambda: own_machine.post_letter(Letter("", "", b"{}", "")) == 400, why="gateway")
    first, second = own_machine.build_letters(2)
    assert own_machine.post_letter(first) == 200
    own_machine.close_connection()
    own_machine.server.stop()
    try:
        status, headers = own_machine.answer(second)
        assert (status, headers.get("Retry-After")) == (503, "5")
    finally:
        own_machine.server.start()
    wait_until(lambda: own_machine.post_letter(second) == 200, why="the gateway after its database came back")
    assert own_machine.post_letter(first) == 200, "again, so that Zalo stops retrying"
    assert own_machine.ask("SELECT count(*) FROM channels_inbound") == [(2,)]
