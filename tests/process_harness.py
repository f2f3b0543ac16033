"""The real program for tests: gateway, pages, worker and the Zalo emulator as processes on the test database."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.management import call_command

from binhyen import settings, supervisor
from binhyen.channels.models import Channel
from binhyen.embedded_postgres import EmbeddedPostgres
from tests.ports import free_port
from tests.rls import get_owner_dsn


def wait_until(what: Callable[[], Any], seconds: float = 60.0, why: str = "") -> Any:
    """Poll until `what` returns a true value and return it; fail with `why` on timeout.

    Processes start within seconds; the default is for a machine that runs other tests meanwhile.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {why or what}")
        time.sleep(0.02)  # between two polls, not instead of one


def stop_without_flush(server: EmbeddedPostgres) -> None:
    """Stop a server whose folder is deleted next: its memory need not be flushed."""
    with suppress(OSError, ValueError):
        os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    wait_until(lambda: not server.is_running(), why="the server gone")
    server.stop()  # files that it left outside its folder


class ProcessHarness:
    """Processes by name, and the emulator's control API."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.port, self.emulator_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.zalo = f"http://127.0.0.1:{self.emulator_port}"
        self.environment = {
            "BINHYEN_VAR": str(folder),
            "DATABASE_URL": get_owner_dsn(),
            "BINHYEN_PORT": str(self.port),
            "BINHYEN_DEMO": "1",
            "BINHYEN_URL": self.url,
            "BINHYEN_LOG": "ERROR",
            "BINHYEN_SECRET_KEY": "s" * 40,
            "BINHYEN_PAGE_PROCESSES": "1",
            "BINHYEN_KEYS_DIR": str(settings.KEYS_DIR),
            **(environment or {}),
        }
        sock = folder / "run" / "pages.sock"
        self.children = {
            "emulator": supervisor.build_emulator(self.emulator_port, folder / "emulator.json"),
            "gateway": supervisor.build_gateway(self.port),
            "pages": supervisor.build_pages(sock),
            "custody": supervisor.build_custody(sock.with_name("custody.sock")),
            "worker": supervisor.build_worker(),
            "sender": supervisor.build_sender(),
        }
        for child in self.children.values():
            child.environment = self.environment | child.environment

    def start_processes(self, *names: str) -> None:
        chosen = names or tuple(self.children)
        if "pages" in chosen:
            call_command("collectstatic", verbosity=0, interactive=False)
        for name in chosen:
            self.children[name].start()

    def stop_processes(self, *names: str) -> None:
        chosen = [self.children[n] for n in names or tuple(self.children)]
        for child in chosen:
            child.stop()
        for child in chosen:
            child.wait(10)

    def kill_process(self, name: str) -> None:
        """Kill the process and its children (SIGKILL)."""
        process = self.children[name].process
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def connect_emulator(self) -> Channel:
        """Point the emulator's webhooks to the gateway."""
        wait_until(lambda: is_reachable(f"{self.zalo}/_control/setup"), why="stand-in")
        wait_until(lambda: is_reachable(f"{self.url}/webhooks/0"), why="gateway")
        call_command("connect_stand_in", self.zalo, verbosity=0)
        channel = Channel.objects.get(kind="zalo_oa")
        self.call_control("setup", {"webhook_url": f"{self.url}/webhooks/{channel.public_id.hex}"})
        return channel

    def call_control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.zalo}/_control/{path}", data=data, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def create_citizen(self, name: str, **more: Any) -> str:
        """Create a follower of the account; return the user id."""
        made = self.call_control("citizens", {"name": name, "follower": True, **more})
        return str(made.get("user_id") or made["citizen"]["user_id"])

    def send_message(self, citizen: str, text: str, **more: Any) -> Any:
        return self.call_control("say", {"citizen": citizen, "text": text, **more})

    def list_received_texts(self, citizen: str) -> list[str]:
        """Return texts that the account sent to a citizen, oldest first."""
        sent = self.call_control("sent")
        rows = sent["sent"] if isinstance(sent, dict) else sent
        return [r.get("text", "") for r in rows if r.get("user_id") == citizen or r.get("to") == citizen]


def is_reachable(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def run_processes(folder: Path, *names: str, environment: dict[str, str] | None = None) -> Iterator[ProcessHarness]:
    """Run a stack with these processes (all by default), connected; stop it at the end."""
    stack = ProcessHarness(folder, environment)
    try:
        stack.start_processes(*names)
        stack.connect_emulator()
        yield stack
    finally:
        stack.stop_processes()
