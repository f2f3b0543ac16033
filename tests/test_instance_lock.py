"""One data folder, one program: a second start does no harm, and a demonstration touches no real data."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from binhyen import doctor, embedded_postgres, instance_lock, run, settings
from binhyen.embedded_postgres import EmbeddedError, EmbeddedPostgres
from tests.ports import free_port
from tests.process_harness import stop_without_flush
from tests.rls import get_owner_dsn

HOLDS = (
    "from binhyen import instance_lock; instance_lock.acquire_instance_lock('run'); print('held', flush=True); input()"
)
REFUSED = "đang có chương trình Bình Yên chạy (run, tiến trình {})"


def start_program(var: Path, *arguments: str, **more: str) -> dict[str, Any]:
    clean = {
        n: v
        for n, v in os.environ.items()
        if not n.startswith(("BINHYEN_", "DATABASE_URL")) or n == "BINHYEN_CLOCK_OFFSET"
    }
    environment = clean | {"BINHYEN_VAR": str(var), "BINHYEN_PORT": str(free_port())} | more
    return {"args": [sys.executable, *arguments], "env": environment, "text": True, "cwd": settings.BASE_DIR}


def run_and_read(var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(**start_program(var, *arguments, **more), capture_output=True, check=False, timeout=60)


@contextmanager
def hold_lock(var: Path, holds: str = HOLDS) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(**start_program(var, "-c", holds), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdout is not None and program.stdout.readline() == "held\n"
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def test_a_second_start_is_refused_and_a_killed_one_leaves_the_folder_free(tmp_path: Path) -> None:
    """Its Ctrl-C once stopped the database of the first, whose pages then answered 503 permanently."""
    with hold_lock(tmp_path) as first:
        (tmp_path / "files").mkdir()
        for words in (["run"], ["run", "--as-is"], ["demo"], ["demo", "--fresh"], ["database", "stop"], ["prepare"]):
            done = run_and_read(tmp_path, "-m", "binhyen", *words)
            assert done.returncode == 1 and REFUSED.format(first.pid) in done.stderr, (words, done.stderr)
            assert "Hint" in done.stderr and "Traceback" not in done.stderr
        assert (tmp_path / "files").is_dir(), "--fresh deleted nothing"
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert run_and_read(tmp_path, "-m", "binhyen", "database", "stop").returncode == 0


ONE = "from binhyen import instance_lock; instance_lock.acquire_part_lock({!r}); print('held', flush=True); input()"


def test_each_process_alone_is_started_once(tmp_path: Path) -> None:
    """A second `run --only pages` removed the socket of the first, which kept running without requests."""
    with hold_lock(tmp_path, ONE.format("pages")) as first:
        for words in (["run", "--only", "pages"], ["run"], ["run", "--as-is"], ["demo"]):
            done = run_and_read(tmp_path, "-m", "binhyen", *words)
            assert done.returncode == 1 and "(run --only pages)" in done.stderr, (words, done.stderr)
            assert "Hint" in done.stderr and "Traceback" not in done.stderr
        with hold_lock(tmp_path, ONE.format("worker")), pytest.raises(SystemExit, match="run --only worker"):
            hold_part(tmp_path, "worker")  # the others start beside it
        assert not list((tmp_path / "keys" / "pages").iterdir()), (
            "the folder contains none of its data: only the key files count"
        )
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        hold_part(tmp_path, "pages")


def hold_part(var: Path, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instance_lock.settings, "KEYS_DIR", var / "keys")
        patch.setattr(instance_lock, "_lock_descriptors", held_here := list[int]())
        instance_lock.acquire_part_lock(name)
        for descriptor in held_here:
            os.close(descriptor)


def test_prepare_may_run_beside_them_and_they_not_beside_the_whole(tmp_path: Path) -> None:
    with hold_lock(tmp_path, ONE.format("pages")):
        assert (
            run_and_read(
                tmp_path, "-c", "from binhyen import instance_lock; instance_lock.acquire_instance_lock('prepare')"
            ).returncode
            == 0
        )
    whole = "from binhyen import instance_lock, run; instance_lock.acquire_instance_lock('run', run._BUILDERS); print('held', flush=True); input()"
    with hold_lock(tmp_path, whole):
        done = run_and_read(tmp_path, "-m", "binhyen", "run", "--only", "sender")
        assert done.returncode == 1 and "(run --only sender)" in done.stderr


@pytest.fixture
def data(django_db_setup: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Create a database that may contain an installation's villages."""
    whole, name = get_owner_dsn(), f"folder_{os.getpid()}"
    with psycopg.connect(whole, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    here = f"{whole.rpartition('/')[0]}/{name}"
    monkeypatch.setattr(instance_lock.settings, "get_database_url", lambda: here)
    yield here
    with psycopg.connect(whole, autocommit=True) as owner:
        owner.execute(f"DROP DATABASE {name}")  # type: ignore[arg-type]


def test_nothing_of_ours_goes_among_another_programs_tables(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **_: done.append(words))
    monkeypatch.setattr(instance_lock, "PREPARED", tmp_path / "prepared")
    monkeypatch.setattr(run, "_ensure_logins", lambda: done.append("logins"))
    with psycopg.connect(data, autocommit=True) as owner:
        owner.execute("CREATE EXTENSION pg_trgm")
        owner.execute("CREATE TABLE django_migrations (id int)")
        instance_lock.check_installation_kind(demo=False)  # interrupted before our first table
        owner.execute("CREATE TABLE shop_order (id int)")
        with pytest.raises(SystemExit, match="shop_order"):
            run.prepare_installation(demo=False)
        assert done == [], "no table, no database role"
        assert {f.text: f.ok for f in doctor._check_server(owner)}["cơ sở dữ liệu của riêng Bình Yên"] is False
        owner.execute("CREATE TABLE areas_area (demo boolean)")  # our table, and one of the administrator
        instance_lock.check_installation_kind(demo=False)


def test_a_real_installation_does_not_run_with_one_login_for_all(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the owner of the database may create no roles, a demonstration prints a notice and runs; everything else
    refuses before it writes anything. So does a second host without a key for the roles.
    """
    done: list[object] = []
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **_: done.append(words))
    monkeypatch.setattr(instance_lock, "PREPARED", tmp_path / "prepared")
    monkeypatch.setattr(run.key_inventory, "require_keys", lambda: None)
    monkeypatch.setattr(run.apply, "apply_rls", lambda _: True)
    monkeypatch.setattr(run.apply, "ensure_logins", lambda _: ["binhyen_gateway"])
    monkeypatch.setattr(run.settings, "DEMO", False)
    with pytest.raises(SystemExit, match="binhyen_gateway"):
        run.prepare_installation(demo=False)
    assert done == []
    assert run.apply.find_unusable(data) == []
    monkeypatch.setattr(run.settings, "KEYS_DIR", tmp_path)
    unusable = run.apply.find_unusable(data)
    assert "binhyen_gateway" in unusable and "binhyen_pages" in unusable and not list(tmp_path.iterdir()), (
        "and creates none"
    )
    monkeypatch.setattr(run.settings, "DEMO", True)
    run.prepare_installation(demo=True)
    assert "binhyen_gateway" in capsys.readouterr().err and ("migrate",) in done, "control: a demonstration runs"


def test_a_demonstration_puts_nothing_into_a_real_installation(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **_: done.append(words))
    monkeypatch.setattr("binhyen.people.factors.secret_encryption.ensure_key", lambda: None)
    monkeypatch.setattr(instance_lock, "PREPARED", tmp_path / "prepared")
    monkeypatch.setattr(run, "_ensure_logins", lambda: True)
    monkeypatch.setattr(run.apply, "apply_rls", lambda _: True)
    assert instance_lock.detect_installation_kind() == ""
    with psycopg.connect(data, autocommit=True) as owner:
        owner.execute("CREATE TABLE areas_area (demo boolean NOT NULL)")
        assert instance_lock.detect_installation_kind() == "", "interrupted"
        owner.execute("INSERT INTO areas_area VALUES (false)")
    assert instance_lock.detect_installation_kind() == "real"
    with pytest.raises(SystemExit, match="bản cài thật"):
        run.prepare_installation(demo=True)
    assert done == [], "no village, no account, no key"
    with psycopg.connect(data, autocommit=True) as owner:
        owner.execute("INSERT INTO areas_area VALUES (true)")
    assert instance_lock.detect_installation_kind() == "demo"
    run.prepare_installation(demo=True)
    assert ("demo_people",) in done


@pytest.mark.parametrize("left", [{"prepared": "abc (1, 5) False True"}, {"restored": "2026-11-26T10:00:00+00:00"}])
def test_starting_over_deletes_no_real_installation(
    left: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(instance_lock.settings, "VAR_DIR", tmp_path)
    for name in ("prepared", "restored"):
        monkeypatch.setattr(instance_lock, name.upper(), tmp_path / name)
    (tmp_path / "files").mkdir()
    for name, text in left.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SystemExit, match="bản cài thật"):
        instance_lock.delete_demo_data(EmbeddedPostgres(tmp_path / "postgresql").stop)
    assert (tmp_path / "files").is_dir()
    for name in left:
        (tmp_path / name).unlink()
    (tmp_path / "prepared").write_text("abc (1, 5) True True")
    instance_lock.delete_demo_data(EmbeddedPostgres(tmp_path / "postgresql").stop)
    assert not (tmp_path / "files").exists() and not (tmp_path / "prepared").exists()


def test_a_database_that_another_hand_stopped_is_started_again(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgresql")
    try:
        server.start()
        assert not server.has_died()
        server.stop()
        run._restart_database(server)
        assert server.is_running()
    finally:
        stop_without_flush(server)


@pytest.fixture
def zombie() -> Iterator[int]:
    """Create an ended process that was not waited for."""
    ended = subprocess.Popen(["true"])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    yield ended.pid
    ended.wait()


def write_stale_pid(server: EmbeddedPostgres, number: int) -> None:
    """Write the PID file of a killed server, as if its main process had had that number."""
    server.start()
    lines = server._pid_file.read_text().split("\n")
    server.stop()
    server._pid_file.write_text("\n".join([str(number), *lines[1:]]))
    server._give_to_nobody(server._pid_file)


def test_a_zombie_is_no_running_server(tmp_path: Path, zombie: int, monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedPostgres(tmp_path / "postgresql")
    try:
        write_stale_pid(server, zombie)
        with monkeypatch.context() as without:
            without.setattr(embedded_postgres, "_is_alive", lambda number: Path(f"/proc/{number}").exists())
            without.setattr(embedded_postgres, "_START_SECONDS", 0.0)
            assert server.is_running(), "control: PostgreSQL's tool takes it for one"
            with pytest.raises(psycopg.OperationalError):
                server.start()
        assert server.has_died() and not server.is_running()
        server.start()
        assert server.is_running() and not server.has_died() and server._pid() != zombie
    finally:
        stop_without_flush(server)


def test_a_start_waits_for_what_a_killed_server_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its main process is killed and the start follows at once, while the others still hold the shared memory."""
    server = EmbeddedPostgres(tmp_path / "postgresql")
    tries: list[bool] = []
    run_once = EmbeddedPostgres._start_once

    def fail_first(self: EmbeddedPostgres) -> None:
        tries.append(True)
        if len(tries) == 1:
            raise EmbeddedError("pre-existing shared memory block is still in use")
        run_once(self)

    try:
        server.start()
        monkeypatch.setattr(EmbeddedPostgres, "_start_once", fail_first)
        os.kill(server._pid(), signal.SIGKILL)
        server.start()
        assert server.is_running() and len(tries) >= 2
        server.stop()
        tries.clear()
        with pytest.raises(EmbeddedError):
            server.start()
        assert len(tries) == 1, "control: without a killed server, a failure is reported at once"
    finally:
        monkeypatch.undo()
        stop_without_flush(server)


def test_without_its_database_the_program_says_what_to_do(tmp_path: Path) -> None:
    url = f"postgresql://binhyen@127.0.0.1:{free_port()}/binhyen"
    for words in (["-m", "binhyen", "run"], ["-m", "binhyen.backup", "save", str(tmp_path / "b.tgz"), "--plain"]):
        done = run_and_read(tmp_path / "var", *words, DATABASE_URL=url)
        assert done.returncode == 1 and "Hint" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_backup_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run_and_read(tmp_path, "-m", "binhyen.backup", "load", str(tmp_path / "gone.tgz"))
    assert done.returncode == 1 and "gone.tgz: no such file.\nHint" in done.stderr and "Traceback" not in done.stderr


def test_a_full_disk_leaves_no_empty_secret_key(tmp_path: Path) -> None:
    look = start_program(tmp_path, "-c", "from binhyen import settings; print(len(settings.SECRET_KEY))")
    full = subprocess.run(
        **look,
        capture_output=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert full.returncode == 1 and "Hint: make room" in full.stderr and list(tmp_path.iterdir()) == []
    assert subprocess.run(**look, capture_output=True, check=False, timeout=60).stdout == "64\n"
    (tmp_path / "secret_key").write_text("")
    empty = subprocess.run(**look, capture_output=True, check=False, timeout=60)
    assert empty.returncode == 1 and "secret_key is empty\nHint" in empty.stderr, "as a full disk once left it"
