"""A stack on the test's own PostgreSQL, which may be killed, and senders that never give up."""

import http.client
import itertools
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

from binhyen.channels.kinds.zalo_oa.protocol import compute_webhook_mac
from binhyen.embedded_postgres import EmbeddedError, EmbeddedPostgres
from binhyen.kit import clock
from tests.process_harness import ProcessHarness, stop_without_flush, wait_until
from tests.truncate_db import EMPTY_TABLES_SQL

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
# a question of one person only: matches no report of others
UNRELATED_QUESTION = "Cho hỏi làm lại căn cước ở xã Lộc Hà cần giấy tờ gì"
LEASE_SECONDS = 60
_LEFT = """
SELECT (SELECT count(*) FROM channels_inbound WHERE state = 'PENDING'),
       (SELECT count(*) FROM channels_outgoing WHERE state <> 'SENT'),
       (SELECT count(*) FROM cases_statsdirty), (SELECT count(*) FROM audit_waiting)
"""
_DEAD_LEASES = """
UPDATE channels_outgoing SET lease_until = %s
WHERE state = 'SENDING' AND lease_until > %s AND lease_until < to_timestamp(%s)
"""


@dataclass(slots=True)
class Letter:
    """One webhook as Zalo would send it, repeated with the same bytes until it is answered 200."""

    msg_id: str
    user: str
    body: bytes
    mac: str
    tries: int = 0


class FaultHarness:
    """Gateway, worker and emulator on a separate server; `start` once, `empty` between tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedPostgres(folder / "postgresql")
        self.server.start()
        self.stack = self._build_stack()
        self._connection: psycopg.Connection[Any] | None = None
        self._helper: subprocess.Popen[str] | None = None
        self.path = ""
        self.setup: dict[str, Any] = {}
        self.alive: tuple[str, ...] = ()  # processes that are restarted when they die

    def start_processes(self, *names: str) -> None:
        self.alive = names
        self.stack.start_processes(*names)

    def _build_stack(self) -> ProcessHarness:
        more = {
            "DATABASE_URL": self.server.build_dsn(),
            "PYTHONPATH": str(ROOT),
            "BINHYEN_LOG": "CRITICAL",
            "FAULTS_FOLDER": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "binhyen.settings",
            "BINHYEN_KEYS_DIR": str(self.folder / "keys"),
        }
        stack = ProcessHarness(self.folder, more)
        stack.children["worker"].nice = stack.children["sender"].nice = 0
        return stack

    def prepare_database(self) -> None:
        """Create tables, areas and the emulator's account; about ten seconds."""
        self.stack.start_processes("emulator")
        wait_until(self.is_reachable, why="stand-in")
        self.run_module("prepare", self.stack.zalo)
        self.setup = self.stack.call_control("setup", {"webhook_url": ""})  # the senders below play Zalo
        self.path = "/webhooks/" + self.ask("SELECT public_id FROM channels_channel WHERE kind = 'zalo_oa'")[0][0].hex

    def is_reachable(self) -> bool:
        try:
            return bool(self.stack.call_control("setup"))
        except OSError:
            return False

    def run_module(self, module: str, *arguments: str, given: str = "") -> str:
        """Return the output of one of our modules, run in a fork of the process that has Django loaded."""
        if self._helper is None:
            self._helper = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.helper"],
                cwd=ROOT,
                env=os.environ | self.stack.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._helper.stdin and self._helper.stdout
        print(json.dumps([module, arguments, given]), file=self._helper.stdin, flush=True)
        status, output, complained = json.loads(self._helper.stdout.readline() or '[1, "", "the helper died"]')
        assert status == 0, complained[-3000:]
        return str(output)

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Return rows; [] while the database is down."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.server.build_dsn(), autocommit=True, connect_timeout=5)
            cursor = self._connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error:
            self.close_connection()
            return []

    def close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def empty(self) -> None:
        """Reset the database and forget the deaths."""
        wait_until(lambda: self.ask("SELECT 1"), why="database")
        assert self._connection is not None
        self._connection.execute(EMPTY_TABLES_SQL)
        self._connection.execute("UPDATE channels_channel SET paused_until = NULL")
        self.stack.call_control("reset", {"empty": True})
        self.run_module("reconnect", self.stack.zalo)
        self.setup = self.stack.call_control("setup", {"webhook_url": ""})
        for path in self.folder.glob("died-*"):
            path.unlink()

    def build_letters(self, count: int, *, first: int = 0) -> list[Letter]:
        """Return letters of as many people, numbered from `first`, each with a request of their own."""
        numbers = range(first, first + count)
        wanted = [{"citizen": f"Người {i}", "text": UNRELATED_QUESTION, "create": True} for i in numbers]
        sent_messages = self.stack.call_control("say", {"many": wanted})["said"]
        users = {c["name"]: c["user_id"] for c in self.stack.call_control("citizens")["citizens"]}
        return [
            self._build_letter(sent["msg_id"], users[f"Người {i}"])
            for i, sent in zip(numbers, sent_messages, strict=True)
        ]

    def generate_letters(self) -> Iterator[Letter]:
        """Yield letters without end: a fixed number would run out before a slow test has ended."""
        for first in itertools.count(0, 200):
            yield from self.build_letters(200, first=first)

    def _build_letter(self, msg_id: str, user: str) -> Letter:
        moment = str(int(clock.now().timestamp() * 1000))
        event = {
            "app_id": self.setup["app_id"],
            "sender": {"id": user},
            "recipient": {"id": self.setup["oa_id"]},
            "event_name": "user_send_text",
            "timestamp": moment,
            "message": {"text": UNRELATED_QUESTION, "msg_id": msg_id},
        }
        body = json.dumps(event).encode()
        return Letter(
            msg_id, user, body, compute_webhook_mac(self.setup["app_id"], body, moment, self.setup["oa_secret_key"])
        )

    def post_letter(self, letter: Letter) -> int:
        """Return the status, or 0 without an answer."""
        letter.tries += 1
        try:
            return self.answer(letter)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def answer(self, letter: Letter) -> tuple[int, dict[str, str]]:
        """Return status and headers."""
        gateway = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=10)
        try:
            gateway.request("POST", self.path, letter.body, {"X-ZEvent-Signature": f"mac={letter.mac}"})
            response = gateway.getresponse()
            return response.status, {name.title(): value for name, value in response.getheaders()}
        finally:
            gateway.close()

    def list_received_texts(self) -> list[dict[str, str]]:
        rows: list[dict[str, Any]] = []
        while fresh := self.stack.call_control(f"sent?after={rows[-1]['seq'] if rows else 0}")["sent"]:
            rows += fresh
        return [{"user": r["user_id"] or "", "text": r["text"]} for r in rows]

    def wait_until_settled(self, since: float, seconds: float = 60) -> None:
        """Wait until everything is read and sent.

        Rows claimed by a sender process that died at `since` (epoch s) need not wait for their lease of a minute: the
        test expires it, because the claiming process is known to be dead.
        """

        def is_settled() -> bool:
            self.restart_dead()
            now = clock.now()
            # Once for each row: a sender compares leases with a time that it read before this poll.
            self.ask(_DEAD_LEASES, now, now, since + LEASE_SECONDS)
            self.ask("UPDATE channels_outgoing SET due_at = %s WHERE state = 'QUEUED' AND due_at > %s", now, now)
            self.ask("UPDATE channels_inbound SET due_at = %s WHERE state = 'PENDING' AND due_at > %s", now, now)
            return self.ask(_LEFT) == [(0, 0, 0, 0)]

        try:
            wait_until(is_settled, seconds)
        except AssertionError as late:
            raise AssertionError(f"left over (inbound, outgoing, uncounted, unchained): {self.ask(_LEFT)}") from late

    def find_problems(self, letters: Iterable[Letter], **more: Any) -> list[str]:
        """Return the problems found. `more`: web form submissions, in the format of verdict.py."""
        accepted = [{"msg_id": letter.msg_id, "user": letter.user} for letter in letters]
        return list(
            json.loads(
                self.run_module(
                    "verdict",
                    given=json.dumps(
                        {"sent_reports": accepted, "received_answers": self.list_received_texts(), **more}
                    ),
                )
            )
        )

    def restart_dead(self) -> None:
        """Restart processes that have ended, as the supervisor does."""
        for name in self.alive:
            child = self.stack.children[name]
            if child.has_crashed():
                child.start()

    def get_postmaster_pid(self) -> int:
        return int((self.server.data / "postmaster.pid").read_text().split()[0])

    def kill_postmaster(self) -> None:
        os.kill(self.get_postmaster_pid(), signal.SIGKILL)
        self.restart_server()

    def cut_power(self) -> None:
        """Kill every process of PostgreSQL at once (SIGKILL), so that none can write its memory to disk."""
        head = self.get_postmaster_pid()
        for pid in (head, *_list_children(head)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.close_connection()

    def restart_server(self) -> None:
        def is_back() -> bool:
            try:
                self.server.start()
            except (EmbeddedError, psycopg.Error):  # children of the killed server are still exiting
                return False
            return True

        wait_until(is_back, why="database after its death")

    def kill_backend(self, chance: random.Random) -> None:
        """Kill the backend process of a connection (SIGKILL); PostgreSQL then restarts itself."""
        wait_until(lambda: self._kill_one_backend(chance), why="a connection to kill")

    def _kill_one_backend(self, chance: random.Random) -> bool:
        pids = self.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY 1")
        if not pids:
            return False
        try:
            os.kill(chance.choice(pids)[0], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        self.close_connection()
        if self._helper is not None:
            self._helper.communicate()
        self.stack.stop_processes()
        stop_without_flush(self.server)


def _list_children(parent: int) -> list[int]:
    """Return the child processes of a process."""
    child_pids = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                child_pids.append(int(stat.parent.name))
    return child_pids


@contextmanager
def run_senders(
    letters: Iterable[T], post: Callable[[T], int], *, people: int, pace: float, again: float = 0.05
) -> Iterator[list[T]]:
    """Post the letters from `people` threads, each until `post` returns 200; yield the list of the accepted ones.

    `pace`: seconds between two posts of one sender, `again`: delay before a retry. The end of the block waits until all
    started letters are answered; letters that were never started are left out.
    """
    pending, answered, stop, lock = iter(letters), list[T](), threading.Event(), threading.Lock()

    def send_pending() -> None:
        while not stop.is_set():
            with lock:
                letter = next(pending, None)
            if letter is None:
                return
            deadline = time.monotonic() + 60
            while post(letter) != 200:
                assert time.monotonic() < deadline, "a letter was refused for a minute"
                stop.wait(again) if not stop.is_set() else threading.Event().wait(again)
            with lock:
                answered.append(letter)
            stop.wait(pace)

    threads = [threading.Thread(target=send_pending) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        stop.set()
        for thread in threads:
            thread.join(90)
