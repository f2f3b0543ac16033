"""`./dev demo` for a new user: quiet start, sign-in, Ctrl-C at any moment, resuming, starting over."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from binhyen import cli, run, settings
from binhyen.embedded_postgres import EmbeddedPostgres
from tests.ports import free_port
from tests.process_harness import wait_until
from tests.stories.test_identity import PlainBrowser

pytestmark = pytest.mark.timeout(240)
READY = "Cụm mật khẩu chung"  # the last line that it prints
PASSWORD = "binh-yen-demo"


class DemoCommand:
    """The command in its own folder, started as by a shell: Ctrl-C reaches its whole process group."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.stand_in = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "console"

    @contextmanager
    def running(self, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        clean = {
            n: v
            for n, v in os.environ.items()
            if not n.startswith(("BINHYEN_", "DATABASE_URL")) or n == "BINHYEN_CLOCK_OFFSET"
        }
        environment = clean | {
            "BINHYEN_VAR": str(self.folder / "var"),
            "BINHYEN_PORT": str(self.port),
            "BINHYEN_EMULATOR_PORT": str(self.stand_in),
            "PYTHONPATH": str(settings.BASE_DIR),
        }
        with self.log.open("w") as console:
            program = subprocess.Popen(
                [sys.executable, "-m", "binhyen", "demo", *more],
                env=environment,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        try:
            yield program
        finally:
            if program.poll() is None:
                program.terminate()
                program.wait(60)

    def read_log(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self, program: subprocess.Popen[bytes]) -> str:
        wait_until(lambda: READY in self.read_log() or program.poll() is not None, 120, "the demo's greeting")
        assert program.poll() is None, self.read_log()
        return self.read_log()

    def list_processes(self) -> list[str]:
        """Return command lines of processes still running from the folder."""
        command_lines = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder / "var").encode() in command + environment:
                command_lines.append(command.replace(b"\0", b" ").decode())
        return command_lines

    def list_addresses(self) -> set[tuple[str, int]]:
        """Return addresses on which processes from the folder listen."""
        addresses = set()
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("BINHYEN_VAR") == str(self.folder / "var"):
                    listens = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
                    addresses |= {(c.laddr.ip, c.laddr.port) for c in listens}
        return addresses


def press_ctrl_c(program: subprocess.Popen[bytes]) -> int:
    os.killpg(program.pid, signal.SIGINT)
    return program.wait(60)


def test_a_newcomer_gets_in_and_what_was_done_is_there_again_until_one_starts_over(tmp_path: Path) -> None:
    demo = DemoCommand(tmp_path)
    with demo.running() as program:
        output = demo.wait_until_ready(program)
        for address in ("/bao-tin", "/ban-truc", "/giu-kin"):
            assert f"{demo.url}{address}" in output
        assert f"http://127.0.0.1:{demo.stand_in}/" in output and PASSWORD in output
        assert not re.search(r'"level": "(warning|error)"|Traceback|pages_unreachable', output), output
        assert "bước thứ hai trang tự điền sẵn mã" in output
        assert check_sign_in(demo)
        here = "127.0.0.1"
        with urllib.request.urlopen(f"http://{here}:{demo.stand_in}/_control/mail", timeout=20) as response:
            mail_port = json.load(response)["port"]
        ports = (demo.port, demo.stand_in, mail_port)
        assert demo.list_addresses() == {(here, port) for port in ports}, "loopback only"
        assert press_ctrl_c(program) == 0
    assert demo.list_processes() == [], "Ctrl-C leaves no process running"
    assert not re.search(r"Traceback|dừng đột ngột", demo.read_log())
    server = EmbeddedPostgres(tmp_path / "var" / "postgresql")
    server.start()
    with psycopg.connect(server.build_dsn()) as connection:
        connection.execute("UPDATE people_officer SET name = 'Người cũ' WHERE username = 'loc-ha.canbo2'")
    server.stop()
    with demo.running() as program:
        started = time.monotonic()
        demo.wait_until_ready(program)
        assert time.monotonic() - started < 60, "resuming loads nothing again"
        assert demo.read_log().count("areas +") == 0 and list_databases(server) == {"Người cũ"}
        first = int((server.data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGKILL)
        wait_until(
            lambda: not server.has_died() and check_sign_in(demo), 60, "the database again, and all that stand on it"
        )
        assert list_databases(server) == {"Người cũ"}
        assert press_ctrl_c(program) == 0
    with demo.running("--fresh") as program:
        demo.wait_until_ready(program)
        assert list_databases(server) == {"Lê Quang Dũng"}, "--fresh starts over"
        assert press_ctrl_c(program) == 0
    assert demo.list_processes() == []


def check_sign_in(demo: DemoCommand) -> bool:
    """Sign in with the password, then with the code shown on the second page, as the console explains."""
    person = PlainBrowser(demo.url)
    person.get_page("/dang-nhap")
    second = person.post_form("/dang-nhap", username="loc-ha.canbo1", password=PASSWORD)
    code = re.search(r'name="code"[^>]*value="(\d{6})"|value="(\d{6})"[^>]*name="code"', second)
    if code is None or "Tiếp tục" not in second:
        return False
    return "Bàn trực" in person.post_form("/dang-nhap/buoc-hai", code=code[1] or code[2])


def list_databases(server: EmbeddedPostgres) -> set[str]:
    with psycopg.connect(server.build_dsn()) as connection:
        rows = connection.execute("SELECT name FROM people_officer WHERE username = 'loc-ha.canbo2'").fetchall()
    return {row[0] for row in rows}


@pytest.mark.parametrize("interrupted", [True, False])
def test_an_error_that_follows_ctrl_c_is_no_error(monkeypatch: pytest.MonkeyPatch, *, interrupted: bool) -> None:
    """A query or a server start that Ctrl-C cuts short ends in its own error; control: the same error without it."""

    def fail(_: object) -> int:
        if interrupted:
            with suppress(KeyboardInterrupt):
                run._handle_interrupt(signal.SIGINT, None)
        raise psycopg.OperationalError("the connection is closed")

    monkeypatch.setattr(run, "_dispatch", fail)
    monkeypatch.setattr(run, "_stop", threading.Event())
    monkeypatch.setattr(run, "_interrupted", threading.Event())
    monkeypatch.setattr(run, "STOP_SIGNALS", ())
    assert cli.main(["database", "stop"]) == (130 if interrupted else 1)


def test_ctrl_c_while_it_prepares_ends_at_once_and_the_next_start_is_whole(tmp_path: Path) -> None:
    """The moments in which a half-made database could never start again: between its files and its settings."""
    demo = DemoCommand(tmp_path)
    home = tmp_path / "var" / "postgresql"
    moments = [
        lambda: (home / "data.new" / "PG_VERSION").exists() or (home / "data").exists(),
        (home / "data" / "postmaster.pid").exists,
        (tmp_path / "var" / "static").exists,
    ]
    for moment in moments:
        with demo.running() as program:
            wait_until(moment, why="its moment")
            assert press_ctrl_c(program) == 130
        assert demo.read_log().rstrip().endswith("Đã dừng.") and "Traceback" not in demo.read_log()
        wait_until(lambda: demo.list_processes() == [], why="nothing left running")
    with demo.running() as program:
        demo.wait_until_ready(program)
