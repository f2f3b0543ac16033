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
from binhyen.audit.keys import parse_keys
from binhyen.audit.rules.signed_notes import InvalidNote
from binhyen.backup import archives
from binhyen.doctor import accounts, clocks, key_checks, reachability
from binhyen.doctor.check_result import CheckResult
from binhyen.embedded_postgres import EmbeddedPostgres
from binhyen.env import VARIABLES, SettingsError
from binhyen.kit.erasure_log import BACKUP_RETENTION
from binhyen.privacy import config
from binhyen.rls import apply, db_roles
from binhyen.rls.grants import PROCESSES

_SECRET_VARIABLES = {"DATABASE_URL", "BINHYEN_SECRET_KEY"}
# Read by ./dev and the tests, not by the program.
_OTHER_VARIABLES = {
    "BINHYEN_PYTHON",
    "BINHYEN_PICTURES",
    "BINHYEN_TEST_OWN_DATABASE",
    "BINHYEN_A2",
    "BINHYEN_A12",
    "BINHYEN_FUZZ",
}


def print_report() -> int:
    """Print settings and check results; return 1 if a problem would keep the program from running."""
    assert config.DATA_CONTACT  # importing it registers its variables
    print("Cài đặt (biến môi trường):")  # noqa: T201
    for variable in VARIABLES:
        value = os.environ.get(variable.name)
        displayed = "(đặt)" if value and variable.name in _SECRET_VARIABLES else value
        text = displayed or f"{variable.default or '(trống)'}  [mặc định]"
        print(f"  {variable.name} = {text}\n      {variable.meaning}")  # noqa: T201
    print("Kiểm tra:")  # noqa: T201
    results = list(iter_checks())
    for result in results:
        print(f"  {'✓' if result.ok else '✗'} {result.text}")  # noqa: T201
        if result.hint and not result.ok:
            print(f"      Hint: {result.hint}")  # noqa: T201
    return 0 if all(result.ok for result in results) else 1


def iter_checks() -> Iterator[CheckResult]:
    yield CheckResult(
        sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (cần 3.11 trở lên)", "export BINHYEN_PYTHON=…"
    )
    free = shutil.disk_usage(settings.VAR_DIR).free / 2**30
    yield CheckResult(
        free > 1, f"đĩa còn trống {free:.1f} GB (cần hơn 1 GB)", "xóa bớt, hoặc đặt BINHYEN_VAR sang đĩa khác"
    )
    yield CheckResult(
        os.access(settings.VAR_DIR, os.W_OK), f"ghi được vào {settings.VAR_DIR}", "chown cho người chạy chương trình"
    )
    yield from _check_secret_key()
    yield from _check_unknown_variables()
    yield from reachability.check_address()
    yield from reachability.check_certificate()
    yield from _check_province_and_keys()
    yield from _check_audit()
    yield from key_checks.check_ceremony()
    yield from key_checks.check_key_folders()
    yield from key_checks.check_identity_service()
    yield from _check_backups()
    yield from _check_database()
    yield from reachability.check_outside_contacts()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    yield CheckResult(True, f"trình duyệt để thử giao diện: {'có' if browser else 'không có; apt install chromium'}")


def _check_secret_key() -> Iterator[CheckResult]:
    path = settings.VAR_DIR / "secret_key"
    if path.exists():  # an empty one stops every command at start, this one too (env.py)
        is_ok = len(path.read_text()) >= 32 and not path.stat().st_mode & 0o037
        hint = f"chmod 600 {path}; cụt thì lấy lại từ bản sao lưu"
        yield CheckResult(is_ok, f"{path}: đủ dài, chỉ người chạy chương trình đọc được", hint)


def _check_unknown_variables() -> Iterator[CheckResult]:
    """Find misspelt variables: those that no setting reads."""
    names = {variable.name for variable in VARIABLES} | _OTHER_VARIABLES
    for name in sorted(os.environ):
        if name.startswith("BINHYEN_") and name not in names:
            similar = difflib.get_close_matches(name, names, n=1)
            yield CheckResult(
                False, f"{name}: không có biến này", f"ý bạn là {similar[0]}?" if similar else f"unset {name}"
            )


def _check_province_and_keys() -> Iterator[CheckResult]:
    yield CheckResult(
        settings.PROVINCE_CODE in _load_province_codes(),
        f"BINHYEN_PROVINCE: có tỉnh mã {settings.PROVINCE_CODE}",
        "mã hai chữ số, Hà Tĩnh là 42: export BINHYEN_PROVINCE=42",
    )
    unknown_folders = settings.KEY_FOLDERS.difference(PROCESSES)
    yield CheckResult(
        not unknown_folders,
        f"BINHYEN_KEYS: {', '.join(sorted(settings.KEY_FOLDERS)) or 'mọi thư mục đọc được'}",
        f"chỉ có {', '.join(PROCESSES)}",
    )


def _load_province_codes() -> set[str]:
    """Return codes of the present provinces, as shipped."""
    with (settings.BASE_DIR / "binhyen" / "data" / "units" / "units.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file) if row["level"] == "1" and not row["valid_to"]}


def _check_audit() -> Iterator[CheckResult]:
    folder_path = settings.AUDIT_FOLDER
    if folder_path:
        usable = os.path.isdir(folder_path) and os.access(folder_path, os.W_OK)
        yield CheckResult(
            usable,
            f"BINHYEN_AUDIT_FOLDER: ghi được vào {folder_path}",
            f"mkdir -p {folder_path}, cho người chạy ghi vào",
        )
    if settings.AUDIT_WITNESS or settings.AUDIT_WITNESS_KEY:
        try:
            has_key = bool(parse_keys(settings.AUDIT_WITNESS_KEY))
        except InvalidNote:
            has_key = False
        yield CheckResult(
            has_key and bool(settings.AUDIT_WITNESS),
            "BINHYEN_AUDIT_WITNESS và khóa công khai của máy làm chứng",
            "đặt cả hai; khóa là dòng mà `audit witness` in ra khi khởi động",
        )


def _check_backups() -> Iterator[CheckResult]:
    """Check backups: encrypted, and none older than 35 days in the last folder, or deleted data are not gone."""
    try:
        keys = archives.load_backup_keys()
    except SettingsError as error:
        yield CheckResult(False, "BINHYEN_BACKUP_KEY: đọc được khóa công khai", str(error).partition("Hint: ")[2])
    else:
        description = (
            f"niêm phong bằng khóa {', '.join(str(key) for key in keys)} (so với giấy)"
            if keys
            else "chưa có khóa, ./dev backup từ chối; ghi không niêm phong chỉ khi gõ --plain"
        )
        yield CheckResult(
            bool(keys) or not backup.LAST_BACKUP_FOLDER.exists(),
            f"bản sao lưu (BINHYEN_BACKUP_KEY): {description}",
            "ở máy khác: ./dev backup --new-key NAME, mang NAME.pub về, export BINHYEN_BACKUP_KEY=NAME.pub",
        )
    if backup.LAST_BACKUP_FOLDER.exists():
        backup_folder = Path(backup.LAST_BACKUP_FOLDER.read_text().strip())
        plain = archives.list_plain(backup_folder) if backup_folder.is_dir() else []
        yield CheckResult(
            not plain,
            f"bản sao lưu ở {backup_folder}: bản nào cũng niêm phong",
            f"ai lấy được tệp thì đọc được. Sao lưu lại có khóa, rồi xóa {' '.join(str(path) for path in plain[:5])}",
        )
        expired = list(archives.iter_expired(backup_folder)) if backup_folder.is_dir() else []
        yield CheckResult(
            not expired,
            f"bản sao lưu ở {backup_folder}: không bản nào quá {BACKUP_RETENTION.days} ngày",
            f"xóa {' '.join(str(path) for path in expired[:5])}",
        )


def _check_database() -> Iterator[CheckResult]:
    if not os.environ.get("DATABASE_URL"):
        server = EmbeddedPostgres(settings.EMBEDDED_HOME)
        yield CheckResult(True, "PostgreSQL đi kèm: " + ("đang chạy" if server.is_running() else "sẽ tự khởi động"))
        if not server.is_running():
            return
    try:
        with psycopg.connect(settings.get_database_url(), connect_timeout=5) as connection:
            yield from _check_server(connection)
        yield from key_checks.check_key_files()
    except psycopg.Error as error:
        yield CheckResult(
            False,
            f"không nối được PostgreSQL ({type(error).__name__})",
            "PostgreSQL có đang chạy không? Xem máy, cổng, tên, mật khẩu trong DATABASE_URL",
        )


def _check_server(connection: "psycopg.Connection[tuple[str, ...]]") -> Iterator[CheckResult]:
    version = connection.info.server_version // 10000
    yield CheckResult(version >= 15, f"PostgreSQL {version} (cần 15 trở lên)", "nâng cấp PostgreSQL")
    durability_settings = ("fsync", "synchronous_commit", "full_page_writes")
    disabled = connection.execute(
        "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting <> 'on'", [list(durability_settings)]
    ).fetchall()
    yield CheckResult(
        not disabled,
        f"PostgreSQL ghi bền ({', '.join(durability_settings)} đều bật)",
        f"bật lại trong postgresql.conf: {', '.join(row[0] for row in disabled)}",
    )
    yield clocks.apart(connection)
    foreign_tables = instance_lock.list_foreign_tables(connection)
    hint = f"là của chương trình khác ({', '.join(foreign_tables[:3])}): {instance_lock.OWN_DATABASE_HINT}"
    yield CheckResult(not foreign_tables, "cơ sở dữ liệu của riêng Bình Yên", hint)
    yield from accounts.unsure(connection)
    lacking = db_roles.list_missing_logins(connection)
    yield CheckResult(
        not lacking,
        "mỗi tiến trình có tài khoản riêng trong cơ sở dữ liệu",
        f"thiếu {', '.join(lacking)}. Cho chủ cơ sở dữ liệu quyền tạo tài khoản rồi chạy ./dev run: "
        f'ALTER ROLE "{connection.info.user}" CREATEROLE',
    )
    yield CheckResult(
        apply.is_search_leakproof(connection),
        "tìm chữ dùng được chỉ mục",
        f"tìm sẽ chậm khi có nhiều vụ việc. "
        f"Quản trị PostgreSQL chạy trong cơ sở dữ liệu này: {apply.MARK_SEARCH_LEAKPROOF}",
    )
