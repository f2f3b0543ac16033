"""SIGKILL of gateway, pages, worker and database during intake and delivery loses nothing and duplicates nothing (F1,
F2, F7).

Each person reports once; a message answered 200 must be one message, in one case, answered by one letter; a form whose
sender was given a link must be one report, with its photo. Requests without an answer are sent again, as Zalo and
people do. The defects that the harness must detect are in defects.py and teller.py.
"""

import json
import random
from collections import Counter
from typing import Any

import pytest

from binhyen.kit import clock
from tests.faults import load_generator
from tests.faults.crash_points import POINTS
from tests.faults.forms import Form, FormSenders
from tests.faults.harness import Letter, Own, senders
from tests.process_harness import until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(280)]

KILLS = {"door": 22, "pages": 4, "worker": 6, "courier": 6, "postmaster": 12, "backend": 10}
PEOPLE, AT_FORMS = 8, 2


class Progress:
    """Progress of a process since it last started. Only after progress does its death interrupt work."""

    TABLES = {
        "worker": "SELECT count(*) FROM channels_message",
        "courier": "SELECT count(*) FROM channels_outgoing WHERE state = 'SENT'",
    }
    JOBS = {"worker": "intake.drain", "courier": "channels.deliver"}

    def __init__(self, own: Own, answered: list[Letter], web: FormSenders, sent: list[Form]) -> None:
        self.own, self.answered, self.web, self.sent = own, answered, web, sent
        self.seen: dict[str, int] = {}

    def of(self, name: str) -> int:
        if name in self.TABLES:
            rows = self.own.ask(self.TABLES[name])
            return int(rows[0][0]) if rows else 0
        return len(self.sent if name == "pages" else self.answered)

    def made(self, name: str) -> bool:
        self.own.revive()
        return self.of(name) > self.seen.get(name, 0)

    def busy(self, name: str) -> bool:
        """Return whether the process is inside a job that reads or sends, or handles a form."""
        if name == "pages":
            return self.web.open > 0
        return bool(
            self.own.ask(
                "SELECT 1 FROM procrastinate_jobs j JOIN procrastinate_workers w ON w.id = j.worker_id WHERE "
                "j.status = 'doing' AND j.task_name = %s AND w.last_heartbeat > now() - interval '10 seconds'",
                self.JOBS[name],
            )
        )


def kill(own: Own, name: str, progress: Progress, chance: random.Random) -> None:
    until(lambda: progress.made(name), 70, f"{name} works again")
    if name in (*progress.JOBS, "pages"):
        until(lambda: own.revive() or progress.busy(name), 70, f"{name} amid its work")  # type: ignore[func-returns-value]
    if name == "postmaster":
        own.kill_postmaster()
    elif name == "backend":
        own.kill_backend(chance)
    else:
        own.stack.kill(name)
        own.stack.children[name].start()
    progress.seen[name] = progress.of(name)


def test_sixty_deaths_lose_and_double_nothing(own: Own) -> None:
    chance = random.Random(7304)
    order = [name for name, count in KILLS.items() for _ in range(count)]
    chance.shuffle(order)
    order.append(order.pop(order.index("courier")))  # killed last, so that its open sends are known to be dead
    died: Counter[str] = Counter()
    own.start("door", "pages", "worker", "courier")
    web = FormSenders(own)
    with (
        senders(own.letters(2500), own.post, people=PEOPLE, pace=0.3) as answered,
        senders(web.forms(1000), web.post, people=AT_FORMS, pace=0.3, again=0.2) as sent,
    ):
        progress = Progress(own, answered, web, sent)
        for name in order:
            kill(own, name, progress, chance)
            died[name] += 1
        last = clock.now().timestamp()
    assert died == KILLS and died.total() == 60
    own.settle(last)
    assert own.verdict(answered, sent=[{"key": form.key, "link": form.link} for form in sent]) == []
    assert len(answered) > 100 and len(sent) > 8
    for told in (answered, sent):
        assert any(each.tries > 1 for each in told), "no process was ever killed in the middle of work"


def one_death(own: Own, *, door: str = "", worker: str = "") -> list[str]:
    """Let two people report while one process is replaced by a defective one that dies once at its chosen moment."""
    children = own.stack.children
    commands = {name: list(children[name].command) for name in ("door", "worker")}
    if door:
        children["door"].command = [
            f"tests.faults.defects:{door}" if part == "binhyen.gateway:create" else part for part in commands["door"]
        ]
    if worker:
        children["worker"].command = [commands["worker"][0], "-m", "tests.faults.defects", worker]
        children["worker"].environment |= {"BINHYEN_KEYS": ""}  # it reads and sends in one process
    try:
        own.start("door", "worker", *([] if worker else ["courier"]))
        until(lambda: own.post(Letter("", "", b"{}", "")) == 400, 20, "door")
        letters = own.letters(2)
        with senders(letters, own.post, people=2, pace=0.0) as answered:
            until(lambda: own.revive() or len(answered) == 2, 40, "answers")  # type: ignore[func-returns-value]
            until(lambda: own.revive() or list(own.folder.glob("died-*")), 30, "death")  # type: ignore[func-returns-value]
            died = clock.now().timestamp()
        own.settle(died)
        return own.verdict(answered)
    finally:
        children["worker"].environment |= {"BINHYEN_KEYS": "worker"}
        for name, command in commands.items():
            children[name].command = command


def test_death_between_commit_and_answer_doubles_nothing(own: Own) -> None:
    assert one_death(own, door="door_dies_after_commit") == []


def test_death_between_send_and_mark_sends_nothing_twice(own: Own) -> None:
    assert one_death(own, worker="worker_dies_after_send") == []


def test_control_a_door_that_answers_early_is_seen_to_lose(own: Own) -> None:
    found = one_death(own, door="door_answers_early")
    assert any(problem.startswith("lost") for problem in found), found


def test_control_a_worker_that_never_asks_is_seen_to_send_twice(own: Own) -> None:
    found = one_death(own, worker="worker_never_asks")
    assert any(problem.startswith("letter doubled") for problem in found), found


def test_control_without_the_check_for_known_messages_doubles_are_seen(own: Own) -> None:
    found = one_death(own, door="door_knows_no_message_again", worker="worker_knows_no_message_again")
    assert any(problem.startswith("doubled") for problem in found), found


def dying_deliverers(own: Own, point: str, rounds: int) -> tuple[list[str], Counter[str], set[str]]:
    """Return (how the children ended, how often each text arrived, states of the letters). The last person is
    unreachable.
    """
    said = [{"citizen": f"Người {i}", "text": "Chào", "create": True} for i in range(3)]
    own.stack.control("say", {"many": said})
    own.stack.control("citizen", {"citizen": "Người 2", "last_interaction": 1})
    rows = own.stack.control("citizens")["citizens"]
    people = [c["user_id"] for i in range(3) for c in rows if c["name"] == f"Người {i}"]
    ends = own.run("deliverer", point, str(rounds), *people).split("\n")[:-1]
    states = {f"{row[0]}:{row[1]}" for row in own.ask("SELECT state, code FROM channels_outgoing")}
    return ends, Counter(letter["text"] for letter in own.heard()), states


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_at_a_marked_point_sends_each_letter_once(own: Own, point: str) -> None:
    ends, heard, states = dying_deliverers(own, point, 3)
    assert ends == ["SIGKILL done"] * 3
    assert len(heard) == 6 and set(heard.values()) == {1}
    assert states == {"SENT:", "DEAD:-230"}


def test_control_a_deliverer_that_never_asks_sends_twice(own: Own) -> None:
    ends, heard, _ = dying_deliverers(own, "blind", 2)
    assert ends == ["SIGKILL done"] * 2
    assert set(heard.values()) == {2}


def dying_pages(own: Own, *points: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return (each form sent while page processes died, the resulting entries of the register)."""
    told = json.loads(own.run("teller", *points))
    links = [{"key": each["key"], "link": each["answered"]["link"]} for each in told if each["kind"] != "more"]
    return told, own.verdict([], sent=links, more=[each["key"] for each in told if each["kind"] == "more"], alone=True)


def test_pages_that_die_at_a_marked_point_take_each_form_once(own: Own) -> None:
    """An acknowledged form is stored; one without an answer that is sent again is one report, or one further message."""
    (early, *told), problems = dying_pages(own, *load_generator.POINTS)
    assert early["answered"]["status"] == 303
    assert {each["answered"]["status"] for each in told} == {303}
    for each in told:
        assert each["ends"] == ["SIGKILL", "done"], each
        assert each["left"] - each["before"] == (each["point"] in load_generator.KEPT), each
    assert len(told) == sum(map(len, load_generator.POINTS.values()))
    assert problems == []


def test_control_pages_that_answer_before_the_commit_are_seen_to_lose(own: Own) -> None:
    _, problems = dying_pages(own, "early")
    assert [problem for problem in problems if problem.startswith(("lost", "no report"))], problems


def test_control_pages_that_know_no_form_again_are_seen_to_double(own: Own) -> None:
    _, problems = dying_pages(own, "forgetful")
    assert [problem for problem in problems if problem.startswith("doubled")], problems


def test_without_its_database_the_door_says_so_and_takes_the_message_later(own: Own) -> None:
    own.start("door")
    until(lambda: own.post(Letter("", "", b"{}", "")) == 400, 20, "door")
    first, second = own.letters(2)
    assert own.post(first) == 200
    own.hang_up()
    own.server.stop()
    try:
        status, headers = own.answer(second)
        assert (status, headers.get("Retry-After")) == (503, "5")
    finally:
        own.server.start()
    until(lambda: own.post(second) == 200, 20, "the gateway after its database came back")
    assert own.post(first) == 200, "again, so that Zalo stops retrying"
    assert own.ask("SELECT count(*) FROM channels_inbound") == [(2,)]
