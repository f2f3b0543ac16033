"""Command `./dev doctor`: every setting with its meaning, and problems of this machine with their solutions."""

import csv
import difflib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

from binhyen import backup, instance_lock, settings
from binhyen.audit.keys import read_keys
from binhyen.audit.rules.signed_notes import BadNote
from binhyen.backup import archives
from binhyen.doctor import accounts, clocks, key_checks, reachability
from binhyen.doctor.check_result import Finding
from binhyen.embedded_postgres import Server
from binhyen.env import VARIABLES, SettingsError
from binhyen.kit.erasure_log import BACKUPS_LIVE
from binhyen.privacy import config
from binhyen.rls import apply, db_roles
from binhyen.rls.grants import PROCESSES
from binhyen.vault.envelopes import fingerprint

_SECRET = {"DATABASE_URL", "BINHYEN_SECRET_KEY"}
# Read by ./dev and the tests, not by the program.
_ELSEWHERE = {
    "BINHYEN_PYTHON", "BINHYEN_PICTURES", "BINHYEN_TEST_OWN_DATABASE", "BINHYEN_A2", "BINHYEN_A12", "BINHYEN_FUZZ",
}  # fmt: skip


def report() -> int:
    """Print settings and check results; return 1 if a problem would keep the program from running."""
    assert config.CONTACT  # importing it registers its variables
    print("Cài đặt (biến môi trường):")  # noqa: T201
    for variable in VARIABLES:
        given = os.environ.get(variable.name)
        shown = "(đặt)" if given and variable.name in _SECRET else given
        text = shown or f"{variable.default or '(trống)'}  [mặc định]"
        print(f"  {variable.name} = {text}\n      {variable.meaning}")  # noqa: T201
    print("Kiểm tra:")  # noqa: T201
    found = list(findings())
    for finding in found:
        print(f"  {'✓' if finding.ok else '✗'} {finding.text}")  # noqa: T201
        if finding.hint and not finding.ok:
            print(f"      Hint: {finding.hint}")  # noqa: T201
    return 0 if all(finding.ok for finding in found) else 1


def findings() -> Iterator[Finding]:
    yield Finding(
        sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (cần 3.11 trở lên)", "export BINHYEN_PYTHON=…"
    )
    free = shutil.disk_usage(settings.VAR_DIR).free / 2**30
    yield Finding(
        free > 1, f"đĩa còn trống {free:.1f} GB (cần hơn 1 GB)", "xóa bớt, hoặc đặt BINHYEN_VAR sang đĩa khác"
    )
    yield Finding(
        os.access(settings.VAR_DIR, os.W_OK), f"ghi được vào {settings.VAR_DIR}", "chown cho người chạy chương trình"
    )
    yield from _secret_key()
    yield from _unknown()
    yield from reachability.address()
    yield from reachability.certificate()
    yield from _places()
    yield from _audit()
    yield from key_checks.first_keys()
    yield from key_checks.key_folders()
    yield from key_checks.identity_service()
    yield from _backups()
    yield from _database()
    yield from reachability.told_elsewhere()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    yield Finding(True, f"trình duyệt để thử giao diện: {'có' if browser else 'không có; apt install chromium'}")


def _secret_key() -> Iterator[Finding]:
    path = settings.VAR_DIR / "secret_key"
    if path.exists():  # an empty one stops every command at start, this one too (env.py)
        good = len(path.read_text()) >= 32 and not path.stat().st_mode & 0o037
        hint = f"chmod 600 {path}; cụt thì lấy lại từ bản sao lưu"
        yield Finding(good, f"{path}: đủ dài, chỉ người chạy chương trình đọc được", hint)


def _unknown() -> Iterator[Finding]:
    """Find misspelt variables: those that no setting reads."""
    known = {variable.name for variable in VARIABLES} | _ELSEWHERE
    for name in sorted(os.environ):
        if name.startswith("BINHYEN_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            yield Finding(False, f"{name}: không có biến này", f"ý bạn là {near[0]}?" if near else f"unset {name}")


def _places() -> Iterator[Finding]:
    yield Finding(
        settings.PROVINCE_CODE in _provinces(), f"BINHYEN_PROVINCE: có tỉnh mã {settings.PROVINCE_CODE}",
        "mã hai chữ số, Hà Tĩnh là 42: export BINHYEN_PROVINCE=42",
    )  # fmt: skip
    strange = settings.KEY_FOLDERS.difference(PROCESSES)
    yield Finding(
        not strange, f"BINHYEN_KEYS: {', '.join(sorted(settings.KEY_FOLDERS)) or 'mọi thư mục đọc được'}",
        f"chỉ có {', '.join(PROCESSES)}",
    )  # fmt: skip


def _provinces() -> set[str]:
    """Return codes of the present provinces, as shipped."""
    with (settings.BASE_DIR / "binhyen" / "data" / "units" / "units.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file) if row["level"] == "1" and not row["valid_to"]}


def _audit() -> Iterator[Finding]:
    place = settings.AUDIT_FOLDER
    if place:
        usable = os.path.isdir(place) and os.access(place, os.W_OK)
        yield Finding(
            usable, f"BINHYEN_AUDIT_FOLDER: ghi được vào {place}", f"mkdir -p {place}, cho người chạy ghi vào"
        )
    if settings.AUDIT_WITNESS or settings.AUDIT_WITNESS_KEY:
        try:
            known = bool(read_keys(settings.AUDIT_WITNESS_KEY))
        except BadNote:
            known = False
        yield Finding(
            known and bool(settings.AUDIT_WITNESS), "BINHYEN_AUDIT_WITNESS và khóa công khai của máy làm chứng",
            "đặt cả hai; khóa là dòng mà `audit witness` in ra khi khởi động",
        )  # fmt: skip


def _backups() -> Iterator[Finding]:
    """Check backups: encrypted, and none older than 35 days in the last folder, or deleted data are not gone."""
    try:
        key = archives.sealed_to()
    except SettingsError as problem:
        yield Finding(False, "BINHYEN_BACKUP_KEY: đọc được khóa công khai", str(problem).partition("Hint: ")[2])
    else:
        mark = (
            f"niêm phong bằng khóa {fingerprint(key.raw)} (so với giấy)"
            if key
            else "chưa có khóa, ./dev backup từ chối; ghi không niêm phong chỉ khi gõ --plain"
        )
        yield Finding(
            bool(key) or not backup.PLACES.exists(), f"bản sao lưu (BINHYEN_BACKUP_KEY): {mark}",
            "ở máy khác: ./dev backup --new-key NAME, mang NAME.pub về, export BINHYEN_BACKUP_KEY=NAME.pub",
        )  # fmt: skip
    if backup.PLACES.exists():
        place = Path(backup.PLACES.read_text().strip())
        plain = archives.list_plain(place) if place.is_dir() else []
        yield Finding(
            not plain, f"bản sao lưu ở {place}: bản nào cũng niêm phong",
            f"ai lấy được tệp thì đọc được. Sao lưu lại có khóa, rồi xóa {' '.join(str(path) for path in plain[:5])}",
        )  # fmt: skip
        old = list(archives.expired(place)) if place.is_dir() else []
        yield Finding(
            not old, f"bản sao lưu ở {place}: không bản nào quá {BACKUPS_LIVE.days} ngày",
            f"xóa {' '.join(str(path) for path in old[:5])}",
        )  # fmt: skip


def _database() -> Iterator[Finding]:
    if not os.environ.get("DATABASE_URL"):
        server = Server(settings.EMBEDDED_HOME)
        yield Finding(True, "PostgreSQL đi kèm: " + ("đang chạy" if server.is_running() else "sẽ tự khởi động"))
        if not server.is_running():
            return
    try:
        with psycopg.connect(settings.database_url(), connect_timeout=5) as connection:
            yield from _server(connection)
        yield from key_checks.keys_here()
    except psycopg.Error as error:
        yield Finding(
            False, f"không nối được PostgreSQL ({type(error).__name__})",
            "PostgreSQL có đang chạy không? Xem máy, cổng, tên, mật khẩu trong DATABASE_URL",
        )  # fmt: skip


def _server(connection: "psycopg.Connection[tuple[str, ...]]") -> Iterator[Finding]:
    version = connection.info.server_version // 10000
    yield Finding(version >= 15, f"PostgreSQL {version} (cần 15 trở lên)", "nâng cấp PostgreSQL")
    lasting = ("fsync", "synchronous_commit", "full_page_writes")
    off = connection.execute(
        "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting <> 'on'", [list(lasting)]
    ).fetchall()
    yield Finding(
        not off, f"PostgreSQL ghi bền ({', '.join(lasting)} đều bật)",
        f"bật lại trong postgresql.conf: {', '.join(row[0] for row in off)}",
    )  # fmt: skip
    yield clocks.apart(connection)
    others = instance_lock.of_others(connection)
    what = f"là của chương trình khác ({', '.join(others[:3])}): {instance_lock.OWN_DATABASE}"
    yield Finding(not others, "cơ sở dữ liệu của riêng Bình Yên", what)
    yield from accounts.unsure(connection)
    lacking = db_roles.missing(connection)
    yield Finding(
        not lacking, "mỗi tiến trình có tài khoản riêng trong cơ sở dữ liệu",
        f"thiếu {', '.join(lacking)}. Cho chủ cơ sở dữ liệu quyền tạo tài khoản rồi chạy ./dev run: "
        f'ALTER ROLE "{connection.info.user}" CREATEROLE',
    )  # fmt: skip
    yield Finding(
        apply.search_is_fast(connection), "tìm chữ dùng được chỉ mục",
        f"tìm sẽ chậm khi có nhiều vụ việc. Quản trị PostgreSQL chạy trong cơ sở dữ liệu này: {apply.SEARCH}",
    )  # fmt: skip
