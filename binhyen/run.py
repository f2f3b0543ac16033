"""Commands that start processes: run, demo, work, database, play; with the preparation of each."""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import FrameType

import psycopg

from binhyen import instance_lock, settings
from binhyen.backup import key_inventory, lost_keys
from binhyen.embedded_postgres import EmbeddedError, EmbeddedPostgres
from binhyen.env import SettingsError
from binhyen.kit.process_setup import gc_frozen_startup
from binhyen.rls import apply
from binhyen.supervisor import (
    EMULATOR_PORT,
    READER_POOLS,
    SENDER_POOLS,
    STOP_SIGNALS,
    Child,
    Supervisor,
    build_custody,
    build_emulator,
    build_gateway,
    build_pages,
    build_sender,
    build_worker,
    is_port_free,
    run_worker,
    wait_for_url,
)
from binhyen.vault import process_keys

_BUILDERS: dict[str, Callable[[], Child]] = {
    "gateway": build_gateway,
    "pages": build_pages,
    "custody": build_custody,
    "worker": build_worker,
    "sender": build_sender,
}
DEMO_APPROVER = "tinh.thammuu"  # of the demo's accounts
_stop = threading.Event()
_interrupted = threading.Event()  # during preparation
_NO_DATABASE = """Không nối được PostgreSQL: {}
Hint: PostgreSQL có đang chạy không? Xem máy, cổng, tên, mật khẩu trong DATABASE_URL; ./dev doctor thử lại."""
_FIRST_KEYS = """! Chưa trao khóa ({}): ai vào được máy này thì mở đọc được tin kín, phản ánh và danh tính.
  Trang nói với dân như vậy cho tới khi làm lễ: ./dev binhyen custody ceremony"""
_GREETING = """
Bình Yên đang chạy (bản trình diễn, dữ liệu giả). Ctrl-C để dừng.
  Người dân báo tin:   {url}/bao-tin
  Bàn trực công an:    {url}/ban-truc
  Giữ danh tính:       {url}/giu-kin      (tinh.giukin, tinh.giukin2, tinh.giukin3: hai người cùng đồng ý)
  Zalo giả lập:        {stand_in}/
  Diễn lại câu chuyện: ./dev binhyen play     (ở một cửa sổ khác)

Đăng nhập: tên và mật khẩu ghi dưới đây; bước thứ hai trang tự điền sẵn mã, bấm «Tiếp tục» là vào.
Mở bàn trực bằng loc-ha.canbo1, rồi vào trang Zalo giả lập viết:
  Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu
"""


def _restart_program() -> None:
    """Restart the program: settings read the embedded server's password at import, missing at the first start."""
    os.execv(sys.executable, [sys.executable, "-m", "binhyen", *sys.argv[1:]])  # noqa: S606  this program, anew


def start_database() -> EmbeddedPostgres | None:
    """Start the embedded PostgreSQL, unless DATABASE_URL names another server."""
    if os.environ.get("DATABASE_URL"):
        return None
    server = EmbeddedPostgres(settings.EMBEDDED_HOME)
    is_first_start = not server.is_initialized()
    try:
        server.start()
    except (KeyboardInterrupt, EmbeddedError, psycopg.Error):
        server.stop()
        raise
    if is_first_start:
        _restart_program()
    return server


def _restart_database(server: EmbeddedPostgres | None) -> None:
    """Restart the embedded PostgreSQL if it was killed or stopped; the other processes wait for it."""
    if server is None or not server.has_died():
        return
    print("! cơ sở dữ liệu dừng đột ngột, đang khởi động lại", file=sys.stderr, flush=True)  # noqa: T201
    try:
        server.start()
    except (EmbeddedError, psycopg.Error) as error:  # its orphaned processes may still hold its memory
        print(error, file=sys.stderr, flush=True)  # noqa: T201
        _stop.wait(5)


def prepare_installation(*, demo: bool) -> None:
    """Migrate, load data, collect static files, apply row-level security; skipped if done before on this database."""
    instance_lock.check_installation_kind(demo=demo)
    has_logins = _ensure_logins()
    prepared_file, restored = instance_lock.PREPARED, instance_lock.RESTORED
    fingerprint = f"{_hash_program()} {_get_database_identity()} {demo} {has_logins}"
    if (
        prepared_file.exists()
        and prepared_file.read_text() == fingerprint
        and not restored.exists()
        and not key_inventory.list_missing_first_keys()
    ):
        key_inventory.require_keys()
        return
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("load_areas", *(["--demo"] if demo else []), verbosity=0)
    key_inventory.require_keys()
    call_command("set_up", verbosity=0)
    call_command("connect_webpush", stdout=io.StringIO())
    lost_keys.ensure_key_files()
    if demo:
        call_command("demo_people", stdout=io.StringIO())
        call_command("demo_keys", stdout=io.StringIO())
    approver = ["--approve-as", DEMO_APPROVER] if demo else []
    call_command("load_procedures", *approver, stdout=io.StringIO())
    apply.apply_rls(settings.get_database_url())
    if restored.exists():
        call_command("after_restore", restored.read_text().strip())
        restored.unlink()
    prepared_file.write_text(fingerprint)


def _ensure_logins() -> bool:
    """Make a login for each process. False in a demonstration whose owner may make none; elsewhere SystemExit."""
    missing_names = apply.ensure_logins(settings.get_database_url())
    if missing_names:
        print(instance_lock.warn_or_refuse(missing_names, is_demo=settings.DEMO), file=sys.stderr, flush=True)  # noqa: T201
    return not missing_names


def _hash_program() -> str:
    """Return a hash that changes with any file of the program."""
    package = Path(__file__).resolve().parent
    files = sorted(file_path for file_path in package.rglob("*") if file_path.is_file() and file_path.suffix != ".pyc")
    facts = [
        f"{file_path.relative_to(package)} {file_path.stat().st_mtime_ns} {file_path.stat().st_size}"
        for file_path in files
    ]
    return sha256("\n".join(facts).encode()).hexdigest()


def _get_database_identity() -> str:
    """Return a value that changes with the database: a restored or emptied one has another identity."""
    with psycopg.connect(settings.get_database_url(), connect_timeout=10) as connection:
        row = connection.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
    return str(row)


def _check_port(port: int, variable: str) -> None:
    if not is_port_free(0):
        raise SettingsError(
            "BINHYEN_HOST", f"this machine has no address {settings.HOST}", "export BINHYEN_HOST=127.0.0.1"
        )
    if not is_port_free(port):
        raise SettingsError(variable, f"port {port} is taken", f"export {variable}=<another port>")


def run_program(*, as_is: bool) -> int:
    """`binhyen run`: everything but the stand-in, until stopped. `as_is`: a second host, nothing to migrate or load."""
    instance_lock.acquire_instance_lock(instance_lock.AS_IS if as_is else "run", _BUILDERS)
    _check_port(settings.PORT, "BINHYEN_PORT")
    server = start_database()
    try:
        if not as_is:
            prepare_installation(demo=settings.DEMO)
        elif lacking := apply.find_unusable(settings.get_database_url()):
            print(instance_lock.warn_or_refuse(lacking, is_demo=settings.DEMO), file=sys.stderr, flush=True)  # noqa: T201
        if not settings.DEMO and instance_lock.detect_installation_kind() == "demo":
            print(instance_lock.DEMO_DATA, file=sys.stderr, flush=True)  # noqa: T201
        if groups := process_keys.list_file_key_groups():
            print(_FIRST_KEYS.format(", ".join(groups)), file=sys.stderr, flush=True)  # noqa: T201
        print(f"Bình Yên: {settings.PUBLIC_URL}", flush=True)  # noqa: T201
        Supervisor([build() for build in _BUILDERS.values()], _stop, partial(_restart_database, server)).run()
    finally:
        if server:
            server.stop()
    return 0


def run_single_process(name: str) -> int:
    """Run `binhyen run --only NAME`: one process as the current user; the others are started separately."""
    instance_lock.acquire_part_lock(name)
    key_inventory.require_own_keys(name)
    if name == "gateway":
        _check_port(settings.PORT, "BINHYEN_PORT")
    Supervisor([_BUILDERS[name]()], _stop).run()
    return 0


def run_demo(*, fresh: bool, year: bool = False) -> int:
    """Run `binhyen demo`: everything with the Zalo emulator, fictitious villages and fixed passwords.

    `year`: fill an empty register with a simulated year first.
    """
    if not settings.DEMO:
        os.environ["BINHYEN_DEMO"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "binhyen", *sys.argv[1:]])  # noqa: S606  this program, anew
    instance_lock.acquire_instance_lock("demo", _BUILDERS)
    _check_port(settings.PORT, "BINHYEN_PORT")
    _check_port(EMULATOR_PORT, "BINHYEN_EMULATOR_PORT")
    if fresh:
        instance_lock.delete_demo_data(EmbeddedPostgres(settings.EMBEDDED_HOME).stop)
        arguments = ["demo", *(["--year"] if year else [])]
        os.execv(sys.executable, [sys.executable, "-m", "binhyen", *arguments])  # noqa: S606  this program, anew
    server = start_database()
    try:
        prepare_installation(demo=True)
        if year:
            _simulate_year()
        emulator_child = build_emulator()
        threading.Thread(target=_connect_emulator, daemon=True).start()
        Supervisor(
            [emulator_child, *(make() for make in _BUILDERS.values())], _stop, partial(_restart_database, server)
        ).run()
    finally:
        if server:
            server.stop()
    return 0


def _simulate_year() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    print("Đang dựng một năm giả lập, chừng một phút …", flush=True)  # noqa: T201
    call_command("simulate", "--if-empty")


def _connect_emulator() -> None:
    """Connect the emulator to the program as soon as both answer, then print the addresses."""
    emulator_url = f"http://127.0.0.1:{EMULATOR_PORT}"
    if not wait_for_url(f"{emulator_url}/_control/setup") or not wait_for_url(settings.PUBLIC_URL):
        print("! Chương trình chưa trả lời; xem thông báo phía trên.", file=sys.stderr, flush=True)  # noqa: T201
        return
    import django
    from django.core.management import call_command

    django.setup()
    call_command("connect_stand_in", emulator_url, stdout=io.StringIO())
    call_command("connect_webpush", stand_in=emulator_url, stdout=io.StringIO())
    call_command("connect_email", stand_in=emulator_url, stdout=io.StringIO())
    print(_GREETING.format(url=settings.PUBLIC_URL, stand_in=emulator_url), flush=True)  # noqa: T201
    call_command("demo_people")
    call_command("demo_keys")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="binhyen")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="everything, with the Zalo emulator and demo data")
    demo.add_argument("--fresh", action="store_true", help="start over: deletes the demo's data")
    demo.add_argument("--year", action="store_true", help="fill an empty register with a simulated year")
    program = commands.add_parser("run", help="everything but the emulator")
    program.add_argument("--as-is", action="store_true", help="neither migrate nor load: for a second host")
    program.add_argument("--only", choices=_BUILDERS, help="one process alone, under a system user of its own")
    commands.add_parser("prepare", help="preparation of `run`: migrate, load, keys, row-level security")
    worker = commands.add_parser("work", help="one worker process")
    worker.add_argument("--sender", action="store_true", help="the process that sends, instead of the one that reads")
    database = commands.add_parser("database", help="start or stop the embedded PostgreSQL")
    database.add_argument("what", choices=["start", "stop"])
    play = commands.add_parser("play", help="let the emulator play the story")
    play.add_argument("--speed", type=float, default=20.0, help="speed factor of the story (default 20)")
    options = parser.parse_args(arguments)
    for signum in STOP_SIGNALS:
        signal.signal(signum, _handle_interrupt)
    try:
        return _dispatch(options)
    except Exception as error:
        if _interrupted.is_set():  # an interrupted query, or the stop of a server just started, ends in its own error
            raise KeyboardInterrupt from error
        if isinstance(error, EmbeddedError):
            print(error, file=sys.stderr)  # noqa: T201
        elif isinstance(error, psycopg.OperationalError):
            print(_NO_DATABASE.format(str(error).partition("\n")[0]), file=sys.stderr)  # noqa: T201
        else:
            raise
    return 1


def _handle_interrupt(signum: int, frame: FrameType | None) -> None:
    """Handle a signal during preparation. The event stays set if the exception is lost in a weakref callback."""
    _interrupted.set()
    _stop.set()
    raise KeyboardInterrupt


def _dispatch(options: argparse.Namespace) -> int:
    match options.command:
        case "demo":
            return run_demo(fresh=options.fresh, year=options.year)
        case "prepare":
            instance_lock.acquire_instance_lock("prepare")
            prepare_installation(demo=settings.DEMO)
            return 0
        case "run" if options.only:
            return run_single_process(options.only)
        case "run":
            return run_program(as_is=options.as_is)
        case "database":
            server = EmbeddedPostgres(settings.EMBEDDED_HOME)
            if options.what == "stop":
                instance_lock.acquire_instance_lock("database stop")
            (server.start if options.what == "start" else server.stop)()
            return 0
    import django

    with gc_frozen_startup():
        django.setup()
    if options.command == "work":
        run_worker(SENDER_POOLS if options.sender else READER_POOLS)
        return 0
    from binhyen.demo.scenario import play_story

    return play_story(emulator_url=f"http://127.0.0.1:{EMULATOR_PORT}", speed=options.speed)
