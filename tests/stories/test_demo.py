"""`./dev demo` for a new user: quiet start, sign-in, Ctrl-C at any moment, resuming, starting over."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from binhyen import settings
from binhyen.embedded_postgres import Server
from tests.ports import free_port
from tests.process_harness import until
from tests.stories.test_identity import Browser

pytestmark = pytest.mark.timeout(240)
READY = "Cụm mật khẩu chung"  # the last line that it prints
PASSWORD = "binh-yen-demo"


class Demo:
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
            "BINHYEN_VAR": str(self.folder / "var"), "BINHYEN_PORT": str(self.port),
            "BINHYEN_EMULATOR_PORT": str(self.stand_in), "PYTHONPATH": str(settings.BASE_DIR),
        }  # fmt: skip
        with self.log.open("w") as console:
            program = subprocess.Popen(
                [sys.executable, "-m", "binhyen", "demo", *more], env=environment, stdout=console, stderr=console,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield program
        finally:
            if program.poll() is None:
                program.terminate()
                program.wait(60)

    def said(self) -> str:
        return self.log.read_text()

    def wait(self, program: subprocess.Popen[bytes]) -> str:
        until(lambda: READY in self.said() or program.poll() is not None, 120, "the demo's greeting")
        assert program.poll() is None, self.said()
        return self.said()

    def processes(self) -> list[str]:
        """Return command lines of processes still running from the folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder / "var").encode() in command + environment:
                found.append(command.replace(b"\0", b" ").decode())
        return found

    def listening(self) -> set[tuple[str, int]]:
        """Return addresses on which processes from the folder listen."""
        found = set()
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("BINHYEN_VAR") == str(self.folder / "var"):
                    listens = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
                    found |= {(c.laddr.ip, c.laddr.port) for c in listens}
        return found


def press_ctrl_c(program: subprocess.Popen[bytes]) -> int:
    os.killpg(program.pid, signal.SIGINT)
    return program.wait(60)


def test_a_newcomer_gets_in_and_what_was_done_is_there_again_until_one_starts_over(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    with demo.running() as program:
        said = demo.wait(program)
        for address in ("/bao-tin", "/ban-truc", "/giu-kin"):
            assert f"{demo.url}{address}" in said
        assert f"http://127.0.0.1:{demo.stand_in}/" in said and PASSWORD in said
        assert not re.search(r'"level": "(warning|error)"|Traceback|pages_unreachable', said), said
        assert "bước thứ hai trang tự điền sẵn mã" in said
        assert _a_desk_opens(demo)
        here = "127.0.0.1"
        assert demo.listening() == {(here, demo.port), (here, demo.stand_in)}, "two addresses, loopback only"
        assert press_ctrl_c(program) == 0
    assert demo.processes() == [], "Ctrl-C leaves no process running"
    assert not re.search(r"Traceback|dừng đột ngột", demo.said())
    server = Server(tmp_path / "var" / "postgresql")
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("UPDATE people_officer SET name = 'Người cũ' WHERE username = 'loc-ha.canbo2'")
    server.stop()
    with demo.running() as program:
        started = time.monotonic()
        demo.wait(program)
        assert time.monotonic() - started < 60, "resuming loads nothing again"
        assert demo.said().count("areas +") == 0 and _names(server) == {"Người cũ"}
        first = int((server.data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGKILL)
        until(lambda: not server.died() and _a_desk_opens(demo), 60, "the database again, and all that stand on it")
        assert _names(server) == {"Người cũ"}
        assert press_ctrl_c(program) == 0
    with demo.running("--fresh") as program:
        demo.wait(program)
        assert _names(server) == {"Lê Quang Dũng"}, "--fresh starts over"
        assert press_ctrl_c(program) == 0
    assert demo.processes() == []


def _a_desk_opens(demo: Demo) -> bool:
    """Sign in with the password, then with the code shown on the second page, as the console explains."""
    person = Browser(demo.url)
    person.get("/dang-nhap")
    second = person.post("/dang-nhap", username="loc-ha.canbo1", password=PASSWORD)
    code = re.search(r'name="code"[^>]*value="(\d{6})"|value="(\d{6})"[^>]*name="code"', second)
    if code is None or "Tiếp tục" not in second:
        return False
    return "Bàn trực" in person.post("/dang-nhap/buoc-hai", code=code[1] or code[2])


def _names(server: Server) -> set[str]:
    with psycopg.connect(server.dsn()) as connection:
        rows = connection.execute("SELECT name FROM people_officer WHERE username = 'loc-ha.canbo2'").fetchall()
    return {row[0] for row in rows}


def test_ctrl_c_while_it_prepares_ends_at_once_and_the_next_start_is_whole(tmp_path: Path) -> None:
    """The moments in which a half-made database could never start again: between its files and its settings."""
    demo = Demo(tmp_path)
    home = tmp_path / "var" / "postgresql"
    moments = [
        lambda: (home / "data.new" / "PG_VERSION").exists() or (home / "data").exists(),
        (home / "data" / "postmaster.pid").exists,
        (tmp_path / "var" / "static").exists,
    ]
    for moment in moments:
        with demo.running() as program:
            until(moment, 60, "its moment")
            assert press_ctrl_c(program) == 130
        assert demo.said().rstrip().endswith("Đã dừng.") and "Traceback" not in demo.said()
        until(lambda: demo.processes() == [], 20, "nothing left running")
    with demo.running() as program:
        demo.wait(program)
