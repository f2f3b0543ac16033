"""Running the tool: `./dev test` without Chromium explains how to get it and skips; processes write nothing into a
command's output.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from binhyen import settings
from binhyen.supervisor import Child, build_custody, build_pages
from tests.collection_order import LONG_FILES, get_position
from tests.process_harness import wait_until


def hide_chromium(tools: Path) -> None:
    """Create a folder with every program of this machine except that one."""
    tools.mkdir()
    for folder in os.get_exec_path():
        for program in Path(folder).iterdir() if Path(folder).is_dir() else ():
            link = tools / program.name
            if "chromium" not in program.name and not link.is_symlink():
                link.symlink_to(program)


def test_without_chromium_the_browser_tests_are_skipped_with_the_hint(tmp_path: Path) -> None:
    home, tools, var = (tmp_path / name for name in ("home", "bin", "var"))
    home.mkdir()
    hide_chromium(tools)
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("BINHYEN_", "DATABASE_URL", "PYTEST_"))}
    bare = clean | {"PATH": str(tools), "HOME": str(home), "BINHYEN_VAR": str(var)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.run", "-q", "-rs", "tests/stories/test_browser.py"],
        env=bare,
        capture_output=True,
        cwd=settings.BASE_DIR,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hint: apt install chromium" in done.stderr
    assert "6 skipped" in done.stdout and "apt install chromium" in done.stdout
    assert list(home.iterdir()) == [], "nothing is left in the user's home"


def test_what_a_process_of_the_program_says_is_no_output_of_the_command_that_started_it() -> None:
    """A server's message during its shutdown once appeared between the figures of a bench."""
    start = (
        "import sys; from binhyen.supervisor import Child; child = Child('x', [sys.executable, '-c', 'print(\"loud\")']); "
        "child.start(); child.wait(20); print('figure')"
    )
    done = subprocess.run(
        [sys.executable, "-c", start], capture_output=True, cwd=settings.BASE_DIR, text=True, timeout=60, check=False
    )
    assert done.stdout == "figure\n" and "loud" in done.stderr


def test_what_a_killed_process_left_goes_before_the_next(tmp_path: Path) -> None:
    """After a SIGKILL the pages once failed to restart: their socket still existed, and their workers were still
    running.
    """
    listening, pid_file = tmp_path / "socket", tmp_path / "worker"
    begin = (
        "import pathlib, subprocess, sys; worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(90)']); "
        f"pathlib.Path({str(pid_file)!r}).write_text(str(worker.pid)); worker.wait()"
    )
    child = Child("x", [sys.executable, "-c", begin], socket=listening)
    listening.touch()
    child.start()
    assert child.process is not None and not listening.exists()
    worker = int(wait_until(lambda: pid_file.exists() and pid_file.read_text(), why="its worker"))
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert is_running(worker), "control: it outlives its parent"
    child.start()
    wait_until(lambda: not is_running(worker), why="the worker gone")
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


@pytest.mark.parametrize("make", [build_pages, build_custody])
def test_no_worker_outlives_its_server(tmp_path: Path, make: Callable[[Path], Child]) -> None:
    """If its parent is killed: custody's workers would hold opened keys that no process closes."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    child = make(tmp_path / "listening")
    child.environment |= {"BINHYEN_VAR": str(tmp_path)}
    child.start()
    assert child.process is not None
    try:
        wait_until(lambda: is_answering(tmp_path / "listening"), why="its first answer")
        workers = [worker.pid for worker in psutil.Process(child.process.pid).children(recursive=True)]
        assert workers and all(map(is_running, workers))
        os.kill(child.process.pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, workers)), why="its workers gone")
    finally:
        os.killpg(child.process.pid, signal.SIGKILL) if psutil.pid_exists(child.process.pid) else None
        child.process.wait()


def is_answering(path: Path) -> bool:
    """Return whether a worker answers. An unknown host name is refused before anything else is done."""
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.settimeout(5)
        line.connect(str(path))
        line.sendall(b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n")
        return line.recv(12) == b"HTTP/1.1 400"
    return False


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_no_process_carries_from_its_start_what_few_need() -> None:
    """An import for one screen once loaded scikit-learn and scipy into every page process: 80 MiB and a second each.
    numpy is loaded with the first message, an HTTP client with the first outgoing call.
    """
    start = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'binhyen.settings'; import django; django.setup(); "
    look = "import sys, binhyen.urls, binhyen.supervisor, binhyen.intake.jobs; print(sorted({'sklearn', 'scipy', 'numpy', 'aiohttp', 'procrastinate', 'pyarrow'} & set(sys.modules)))"
    assert get_output(start + look) == "['procrastinate']\n"
    assert "scipy" in get_output(f"{start}import scipy; {look}"), "the check would see it"


def get_output(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_long_files_start_a_run_and_files_of_short_tests_end_it() -> None:
    root = settings.BASE_DIR
    short, other = "binhyen/language/tests/test_classify.py", "binhyen/cases/tests/test_rules.py"
    assert all((root / name).is_file() for name in (*LONG_FILES, short, other))
    names = sorted([short, other, *reversed(LONG_FILES)], key=lambda name: get_position(root / name, root))
    assert names == [*LONG_FILES, other, short]
