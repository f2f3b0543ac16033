"""Instance lock: one program at a time for a data folder and its database.

Also keeps demo data out of a real installation, and our tables out of another program's database.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import psycopg

from binhyen import settings
from binhyen.env import SettingsError

PREPARED = settings.VAR_DIR / "prepared"  # which program prepared which database; marks a non-demo installation
RESTORED = settings.VAR_DIR / "restored"  # left by a restore (backup/__init__.py)
RESTORING = settings.VAR_DIR / "restoring"  # exists during a restore; stays after an interrupted one
_LOCK = settings.VAR_DIR / "running"
_lock_descriptors: list[
    int
] = []  # open as long as this process lives: the kernel releases the lock at its end, in any case
_TAKEN = """Thư mục {folder} đang có chương trình Bình Yên chạy ({who}).
Hint: dừng chương trình ấy trước (Ctrl-C, hoặc systemctl stop binhyen), hay đặt BINHYEN_VAR sang thư mục khác."""
_REAL = """{folder} là bản cài thật (./dev run đã dựng), không phải bản trình diễn: {harm}
Hint: để yên nó; trình diễn ở thư mục khác: BINHYEN_VAR=/thư/mục/khác ./dev demo"""
_BROKEN = """Lần phục hồi vào {folder} dở dang ({file}): thiếu tệp, khóa bí mật, và những gì dân đã xin xóa còn nguyên.
Hint: dọn đĩa rồi chạy lại đúng lệnh ./dev restore ấy, nó làm tiếp; hay phục hồi vào một thư mục mới."""
_NOT_REPLAYED = """Vừa phục hồi vào {folder} ({file}): ai bị khóa và những gì dân xin xóa sau bản sao lưu đang trở lại.
Hint: chạy ./dev binhyen prepare (hoặc ./dev run) một lần trước; các tiến trình riêng lẻ chạy sau đó."""
AS_IS = "run --as-is"
_REAL_BASE = """Cơ sở dữ liệu trong DATABASE_URL là của bản cài thật, không phải bản trình diễn: {harm}
Hint: để yên nó; trình diễn thì bỏ biến ấy: unset DATABASE_URL"""
_OTHERS = """Cơ sở dữ liệu trong DATABASE_URL là của chương trình khác (bảng {tables}). Chưa ghi gì vào đó.
Hint: {hint}"""
OWN_DATABASE_HINT = "tạo cơ sở dữ liệu riêng (createdb --encoding UTF8 binhyen) rồi ghi tên nó vào DATABASE_URL"
_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'django_migrations'
    AND to_regclass('public.areas_area') IS NULL
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
_ADDS = "trình diễn sẽ thêm thôn, tài khoản, mật khẩu ai cũng biết và hủy khóa đầu tiên."
_DELETES = "--fresh sẽ xóa hết."
DEMO_DATA = """! Thư mục này là bản trình diễn: thôn, tài khoản và khóa trong đó là giả, mật khẩu ai cũng biết.
  Bản thật cần thư mục riêng: BINHYEN_VAR=/thư/mục/khác ./dev run"""

_ONE_LOGIN = """Cơ sở dữ liệu chưa có, hoặc máy này không mở được, các tài khoản riêng: {}.
  Mọi tiến trình sẽ dùng chung một tài khoản, và hàng rào trong cơ sở dữ liệu không có tác dụng."""
_OWN_LOGINS = """
Hint: cho chủ cơ sở dữ liệu quyền tạo tài khoản rồi chạy lại: ALTER ROLE … CREATEROLE (xem ./dev doctor). Máy thứ hai
  (run --as-is): chép các tệp keys/*/database.key của máy thứ nhất sang."""


def acquire_instance_lock(command: str, parts: Iterable[str] = ()) -> None:
    """Acquire the lock of the folder, and of `parts`, until this process ends. Raises SystemExit if it is taken."""
    if RESTORING.exists() and command != "database stop":
        raise SystemExit(_BROKEN.format(folder=settings.VAR_DIR, file=RESTORING.name))
    if command == AS_IS:
        demand_replayed()
    descriptor = _open_lock_file()
    if not _try_lock(descriptor):
        with os.fdopen(descriptor) as file:
            owner = file.read(200).strip() or "?"
        raise SystemExit(_TAKEN.format(folder=settings.VAR_DIR, who=owner)) from None
    for part in parts:
        _hold_part(part)
    with suppress(OSError):  # a full disk, or another user's file: then no process is named
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{command}, tiến trình {os.getpid()}\n".encode())


def demand_replayed() -> None:
    """Raise SystemExit while a restore waits for `prepare` or `run` to end again what ended since the backup."""
    if RESTORED.exists():
        raise SystemExit(_NOT_REPLAYED.format(folder=settings.VAR_DIR, file=RESTORED.name))


def acquire_part_lock(name: str) -> None:
    """Hold one process for `run --only`, which prepares nothing. Raises SystemExit."""
    demand_replayed()
    _hold_part(name)


def _hold_part(name: str) -> None:
    """Lock one part (`run --only`) for this process: a second start would take the socket of the first away. Held at
    the folder of its keys, the one place of everybody's where its own system user comes in. Raises SystemExit.
    """
    if RESTORING.exists():
        raise SystemExit(_BROKEN.format(folder=settings.VAR_DIR, file=RESTORING.name))
    place = settings.KEYS_DIR / name
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        hint = "run it as the user whose folder that is"
        raise SettingsError("BINHYEN_KEYS_DIR", f"{error.strerror} at {place}", hint) from None
    if not _try_lock(descriptor):
        raise SystemExit(_TAKEN.format(folder=settings.VAR_DIR, who=f"run --only {name}"))


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    _lock_descriptors.append(descriptor)
    return True


def _open_lock_file() -> int:
    try:
        return os.open(_LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:  # created by another user of this machine
        with suppress(OSError):
            return os.open(_LOCK, os.O_RDONLY)
        raise SettingsError("BINHYEN_VAR", f"not yours: {_LOCK}", "run it as the user of that folder") from None
    except OSError as error:
        raise SettingsError(
            "BINHYEN_VAR", f"{error.strerror} at {_LOCK}", "make room, or name another folder"
        ) from None


def detect_installation_kind() -> str:
    """Return «demo», «real», or "" if nothing is loaded yet. Requires the database."""
    with psycopg.connect(settings.get_database_url(), connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('public.areas_area')").fetchone() == (None,):
            return ""
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM areas_area), EXISTS (SELECT 1 FROM areas_area WHERE demo)"
        ).fetchone()
    has_areas, is_demo = row or (False, False)
    return "demo" if is_demo else "real" if has_areas else ""


def list_foreign_tables(connection: "psycopg.Connection[Any]") -> list[str]:
    """List tables of a database in which our first migration (with `areas_area`) never ran."""
    return [name for (name,) in connection.execute(_TABLES)]


def check_installation_kind(*, demo: bool) -> None:
    """Refuse demo data in a real installation, and any data in another program's database."""
    with psycopg.connect(settings.get_database_url(), connect_timeout=10) as connection:
        foreign_tables = list_foreign_tables(connection)
    if foreign_tables:
        raise SystemExit(_OTHERS.format(tables=", ".join(foreign_tables[:3]), hint=OWN_DATABASE_HINT))
    if demo and detect_installation_kind() == "real":
        # nosemgrep: environment-outside-settings  only whether it is set; its value is not read here
        message = _REAL_BASE if os.environ.get("DATABASE_URL") else _REAL
        raise SystemExit(message.format(folder=settings.VAR_DIR, harm=_ADDS))


def delete_demo_data(stop: Callable[[], None]) -> None:
    """Delete the demo's data: the embedded database (`stop` stops it), files and the emulator's state."""
    # nosemgrep: environment-outside-settings  only whether it is set; its value is not read here
    if os.environ.get("DATABASE_URL"):
        raise SettingsError("DATABASE_URL", "is set; --fresh deletes the embedded database only", "unset it")
    if RESTORED.exists() or (PREPARED.exists() and PREPARED.read_text().split()[-2:-1] != ["True"]):
        raise SystemExit(_REAL.format(folder=settings.VAR_DIR, harm=_DELETES))
    stop()
    for name in ("postgresql", "files", "keys", "models", "static", "run"):
        shutil.rmtree(settings.VAR_DIR / name, ignore_errors=True)
    for name in ("emulator.json", "prepared"):
        (settings.VAR_DIR / name).unlink(missing_ok=True)


def warn_or_refuse(lacking: list[str], *, is_demo: bool) -> str:
    """Return the warning of a demonstration whose processes share one login; SystemExit for a real installation."""
    shared = _ONE_LOGIN.format(", ".join(lacking))
    if not is_demo:
        raise SystemExit(shared + _OWN_LOGINS)
    return f"! {shared}"
