"""`./dev doctor`: every setting with its meaning, and what is wrong with this machine, each with a hint."""

import os
import shutil
import sys
from collections.abc import Iterator

import psycopg

from binhyen import processes, settings
from binhyen.embedded import Server
from binhyen.privacy import config


def report() -> int:
    """Print settings and findings; 1 where something would keep the program from running."""
    assert config.CONTACT  # importing it registers its variables
    print("Cài đặt (biến môi trường):")  # noqa: T201
    for variable in settings.VARIABLES:
        given = os.environ.get(variable.name)
        secret = variable.name in {"DATABASE_URL", "BINHYEN_SECRET_KEY"}
        shown = "(đặt)" if given and secret else given or f"{variable.default or '(trống)'}  [mặc định]"
        print(f"  {variable.name} = {shown}\n      {variable.meaning}")  # noqa: T201
    bad = 0
    print("Kiểm tra:")  # noqa: T201
    for ok, text in _findings():
        bad += not ok
        print(f"  {'✓' if ok else '✗'} {text}")  # noqa: T201
    return 1 if bad else 0


def _findings() -> Iterator[tuple[bool, str]]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (cần 3.11 trở lên)"
    free = shutil.disk_usage(settings.VAR_DIR.parent).free / 2**30
    yield free > 1, f"đĩa còn trống {free:.1f} GB (cần hơn 1 GB)"
    yield os.access(settings.VAR_DIR.parent, os.W_OK), f"ghi được vào {settings.VAR_DIR.parent}"
    taken = not processes.port_free(settings.PORT)
    yield True, f"cổng {settings.PORT} {'đang có chương trình dùng' if taken else 'còn trống'} (BINHYEN_PORT)"
    yield from _database()
    yield (not settings.DEMO or not settings.HTTPS), "chế độ trình diễn không dùng với địa chỉ thật"
    yield from _told_elsewhere()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    yield True, f"trình duyệt để thử giao diện: {'có' if browser else 'không có; apt install chromium'}"


def _told_elsewhere() -> Iterator[tuple[bool, str]]:
    """Where people turn with a complaint about the province's own leaders: nobody here may invent that address."""
    for name, whose in (("MINISTRY", "Bộ Công an"), ("INSPECTORATE", "cơ quan thanh tra ngoài công an tỉnh")):
        given = bool(getattr(settings, name).strip())
        hint = f'chưa đặt, câu ấy không hiện; hỏi văn phòng rồi export BINHYEN_{name}="<nơi nhận, địa chỉ, điện thoại>"'
        yield True, f"nơi nhận phản ánh về lãnh đạo công an tỉnh, {whose}: {'có' if given else hint}"


def _database() -> Iterator[tuple[bool, str]]:
    if not os.environ.get("DATABASE_URL"):
        server = Server(settings.EMBEDDED_HOME)
        yield True, "PostgreSQL đi kèm: " + ("đang chạy" if server.is_running() else "sẽ tự khởi động")
        if not server.is_running():
            return
    try:
        with psycopg.connect(settings.database_url(), connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            settings_now: dict[str, str] = dict(
                connection.execute(
                    "SELECT name, setting FROM pg_settings "
                    "WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
                ).fetchall()
            )
    except psycopg.OperationalError as error:
        yield False, f"không nối được PostgreSQL ({type(error).__name__}); xem DATABASE_URL"
        return
    yield version >= 15, f"PostgreSQL {version} (cần 15 trở lên)"
    durable = all(settings_now.get(n) == "on" for n in ("fsync", "synchronous_commit", "full_page_writes"))
    yield durable, "PostgreSQL ghi bền (fsync, synchronous_commit, full_page_writes đều bật)"
