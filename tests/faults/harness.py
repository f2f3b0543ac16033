"""A stack on the test's own PostgreSQL, which may be killed, and senders that never give up."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from binhyen.channels.kinds.zalo_oa.protocol import webhook_mac
from binhyen.embedded_postgres import EmbeddedError, Server
from binhyen.kit import clock
from tests.process_harness import Stack, drop, until
from tests.truncate_db import EMPTYING

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
# a question of one person only: matches no report of others
ALONE = "Cho hỏi làm lại căn cước ở xã Lộc Hà cần giấy tờ gì"
LEASE_SECONDS = 60
_LEFT = """
SELECT (SELECT count(*) FROM channels_inbound WHERE state = 'PENDING'),
       (SELECT count(*) FROM channels_outgoing WHERE state <> 'SENT'),
       (SELECT count(*) FROM cases_uncounted), (SELECT count(*) FROM audit_waiting)
"""
_DEAD_LEASES = """
UPDATE channels_outgoing SET lease_until = %s WHERE state = 'SENDING' AND lease_until < to_timestamp(%s)
"""


@dataclass(slots=True)
class Letter:
    """One webhook as Zalo would send it, repeated with the same bytes until it is answered 200."""

    msg_id: str
    user: str
    body: bytes
    mac: str
    tries: int = 0


class Own:
    """Gateway, worker and emulator on a separate server; `start` once, `empty` between tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder / "postgresql")
        self.server.start()
        self.stack = self._stack()
        self._connection: psycopg.Connection[Any] | None = None
        self._helper: subprocess.Popen[str] | None = None
        self.path = ""
        self.setup: dict[str, Any] = {}
        self.alive: tuple[str, ...] = ()  # processes that are restarted when they die

    def start(self, *names: str) -> None:
        self.alive = names
        self.stack.start(*names)

    def _stack(self) -> Stack:
        more = {
            "DATABASE_URL": self.server.dsn(), "PYTHONPATH": str(ROOT), "BINHYEN_LOG": "CRITICAL",
            "FAULTS_FOLDER": str(self.folder), "DJANGO_SETTINGS_MODULE": "binhyen.settings",
            "BINHYEN_KEYS_DIR": str(self.folder / "keys"),
        }  # fmt: skip
        stack = Stack(self.folder, more)
        stack.children["worker"].nice = stack.children["courier"].nice = 0
        return stack

    def prepare(self) -> None:
        """Create tables, areas and the emulator's account; about ten seconds."""
        self.stack.start("emulator")
        until(self.stack_reachable, why="stand-in")
        self.run("prepare", self.stack.zalo)
        self.setup = self.stack.control("setup", {"webhook_url": ""})  # the senders below play Zalo
        self.path = "/webhooks/" + self.ask("SELECT public_id FROM channels_channel WHERE kind = 'zalo_oa'")[0][0].hex

    def stack_reachable(self) -> bool:
        try:
            return bool(self.stack.control("setup"))
        except OSError:
            return False

    def run(self, module: str, *arguments: str, given: str = "") -> str:
        """Return the output of one of our modules, run in a fork of the process that has Django loaded."""
        if self._helper is None:
            self._helper = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.helper"], cwd=ROOT, env=os.environ | self.stack.environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        assert self._helper.stdin and self._helper.stdout
        print(json.dumps([module, arguments, given]), file=self._helper.stdin, flush=True)
        status, said, complained = json.loads(self._helper.stdout.readline() or '[1, "", "the helper died"]')
        assert status == 0, complained[-3000:]
        return str(said)

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Return rows; [] while the database is down."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.server.dsn(), autocommit=True, connect_timeout=5)
            cursor = self._connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error:
            self.hang_up()
            return []

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def empty(self) -> None:
        """Reset the database and forget the deaths."""
        until(lambda: self.ask("SELECT 1"), why="database")
        assert self._connection is not None
        self._connection.execute(EMPTYING)
        self._connection.execute("UPDATE channels_channel SET paused_until = NULL")
        self.stack.control("reset", {"empty": True})
        self.run("reconnect", self.stack.zalo)
        self.setup = self.stack.control("setup", {"webhook_url": ""})
        for path in self.folder.glob("died-*"):
            path.unlink()

    def letters(self, count: int) -> list[Letter]:
        """Return letters of as many people, each with a request of their own."""
        wanted = [{"citizen": f"Người {i}", "text": ALONE, "create": True} for i in range(count)]
        said = self.stack.control("say", {"many": wanted})["said"]
        users = {c["name"]: c["user_id"] for c in self.stack.control("citizens")["citizens"]}
        return [self._letter(one["msg_id"], users[f"Người {i}"]) for i, one in enumerate(said)]

    def _letter(self, msg_id: str, user: str) -> Letter:
        moment = str(int(clock.now().timestamp() * 1000))
        event = {
            "app_id": self.setup["app_id"], "sender": {"id": user}, "recipient": {"id": self.setup["oa_id"]},
            "event_name": "user_send_text", "timestamp": moment, "message": {"text": ALONE, "msg_id": msg_id},
        }  # fmt: skip
        body = json.dumps(event).encode()
        return Letter(msg_id, user, body, webhook_mac(self.setup["app_id"], body, moment, self.setup["oa_secret_key"]))

    def post(self, letter: Letter) -> int:
        """Return the status, or 0 without an answer."""
        letter.tries += 1
        try:
            return self.answer(letter)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def answer(self, letter: Letter) -> tuple[int, dict[str, str]]:
        """Return status and headers."""
        door = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=10)
        try:
            door.request("POST", self.path, letter.body, {"X-ZEvent-Signature": f"mac={letter.mac}"})
            response = door.getresponse()
            return response.status, {name.title(): value for name, value in response.getheaders()}
        finally:
            door.close()

    def heard(self) -> list[dict[str, str]]:
        rows: list[dict[str, Any]] = []
        while fresh := self.stack.control(f"sent?after={rows[-1]['seq'] if rows else 0}")["sent"]:
            rows += fresh
        return [{"user": r["user_id"] or "", "text": r["text"]} for r in rows]

    def settle(self, since: float, seconds: float = 40) -> None:
        """Wait until everything is read and sent.

        Rows claimed by a sender process that died at `since` (epoch s) need not wait for their lease of a minute: the
        test expires it, because the claiming process is known to be dead.
        """

        def quiet() -> bool:
            self.revive()
            now = clock.now()
            self.ask(_DEAD_LEASES, now, since + LEASE_SECONDS)
            self.ask("UPDATE channels_outgoing SET due_at = %s WHERE state = 'QUEUED' AND due_at > %s", now, now)
            self.ask("UPDATE channels_inbound SET due_at = %s WHERE state = 'PENDING' AND due_at > %s", now, now)
            return self.ask(_LEFT) == [(0, 0, 0, 0)]

        try:
            until(quiet, seconds)
        except AssertionError as late:
            raise AssertionError(f"left over (inbound, outgoing, uncounted, unchained): {self.ask(_LEFT)}") from late

    def verdict(self, letters: Iterable[Letter], **more: Any) -> list[str]:
        """Return the problems found. `more`: web form submissions, in the format of verdict.py."""
        told = [{"msg_id": letter.msg_id, "user": letter.user} for letter in letters]
        return list(json.loads(self.run("verdict", given=json.dumps({"told": told, "heard": self.heard(), **more}))))

    def revive(self) -> None:
        """Restart processes that have ended, as the supervisor does."""
        for name in self.alive:
            child = self.stack.children[name]
            if child.crashed():
                child.start()

    def postmaster(self) -> int:
        return int((self.server.data / "postmaster.pid").read_text().split()[0])

    def kill_postmaster(self) -> None:
        os.kill(self.postmaster(), signal.SIGKILL)
        self.bring_back()

    def cut_power(self) -> None:
        """Kill every process of PostgreSQL at once (SIGKILL), so that none can write what it still had in memory."""
        head = self.postmaster()
        for pid in (head, *_children(head)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.hang_up()

    def bring_back(self) -> None:
        def back() -> bool:
            try:
                self.server.start()
            except (EmbeddedError, psycopg.Error):  # children of the killed server are still exiting
                return False
            return True

        until(back, 30, "database after its death")

    def kill_backend(self, chance: random.Random) -> None:
        """Kill the backend process of a connection (SIGKILL); PostgreSQL then restarts itself."""
        until(lambda: self._kill_one(chance), 20, "a connection to kill")

    def _kill_one(self, chance: random.Random) -> bool:
        pids = self.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY 1")
        if not pids:
            return False
        try:
            os.kill(chance.choice(pids)[0], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        self.hang_up()
        if self._helper is not None:
            self._helper.communicate()
        self.stack.stop()
        drop(self.server)


def _children(parent: int) -> list[int]:
    """Return the child processes of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


@contextmanager
def senders(
    letters: list[T], post: Callable[[T], int], *, people: int, pace: float, again: float = 0.05
) -> Iterator[list[T]]:
    """Post the letters from `people` threads, each until `post` returns 200; yield the list of the accepted ones.

    `pace`: seconds between two posts of one sender, `again`: delay before a retry. The end of the block waits until all
    started letters are answered; letters that were never started are left out.
    """
    rest, answered, stop, lock = list(reversed(letters)), list[T](), threading.Event(), threading.Lock()

    def work() -> None:
        while not stop.is_set():
            with lock:
                letter = rest.pop() if rest else None
            if letter is None:
                return
            deadline = time.monotonic() + 60
            while post(letter) != 200:
                assert time.monotonic() < deadline, "a letter was refused for a minute"
                stop.wait(again) if not stop.is_set() else threading.Event().wait(again)
            with lock:
                answered.append(letter)
            stop.wait(pace)

    threads = [threading.Thread(target=work) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        stop.set()
        for thread in threads:
            thread.join(90)
