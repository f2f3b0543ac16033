"""Command `./dev doctor`: every setting with its meaning, and problems of this machine with their solutions."""

import csv
import difflib
import os
import pwd
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from binhyen import backup, instance_lock, settings, supervisor
from binhyen.audit.keys import parse_keys
from binhyen.audit.rules.signed_notes import InvalidNote
from binhyen.backup import archives
from binhyen.backup import key_inventory as needed_keys
from binhyen.embedded_postgres import EmbeddedPostgres
from binhyen.env import VARIABLES, SettingsError
from binhyen.kit import clock
from binhyen.kit.erasure_log import BACKUP_RETENTION
from binhyen.privacy import config
from binhyen.rls import apply
from binhyen.rls.grants import PROCESSES
from binhyen.vault import process_keys

# Result of one check of `./dev doctor`.


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Check result. `hint`: solution if it is not `ok`."""

    ok: bool
    text: str
    hint: str = ""


# Accounts whose state a restore left unknown.

_HAS_UNSURE = """
SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('public.people_officer') AND attname = 'unsure_since'
"""


def check_unsure_accounts(connection: "psycopg.Connection[tuple[str, ...]]") -> Iterator[CheckResult]:
    """After a restore whose notes had a gap (people/services/replaying.py)."""
    if connection.execute(_HAS_UNSURE).fetchone() is None:
        return
    row = connection.execute(
        "SELECT count(*) FROM people_officer WHERE is_active AND unsure_since IS NOT NULL"
    ).fetchone()
    count = int(row[0]) if row else 0
    yield CheckResult(
        not count,
        f"tài khoản chưa rõ sau phục hồi: {count}",
        "bản sao lưu không biết ai bị khóa, mất bước thứ hai hay đổi mật khẩu sau đó: xem từng người trên /can-bo",
    )


# Accounts on Zalo: one of the province, one a commune, or both.

_HAS_PLANS = """
SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('public.channels_channel') AND attname = 'plan_read_at'
"""
_ZALO_ACCOUNTS = """
SELECT c.name, coalesce(c.settings->>'oa_id', ''), k.lost_at IS NOT NULL,
    coalesce(c.settings->'oa_admins', '[]'::jsonb) <> '[]'::jsonb,
    coalesce(c.plan->>'ends_on', '')
FROM channels_channel c JOIN channels_credential k ON k.channel_id = c.id WHERE c.kind = 'zalo_oa' ORDER BY c.id
"""


def check_zalo_accounts(connection: "psycopg.Connection[Any]") -> Iterator[CheckResult]:
    """Check each account's grant, its founders of groups and its package, by what was last read."""
    if connection.execute(_HAS_PLANS).fetchone() is None:
        return
    today, rows = clock.to_vietnam_day(clock.now()).isoformat(), connection.execute(_ZALO_ACCOUNTS).fetchall()
    problems = []
    for name, oa_id, is_lost, has_admin, ends_on in rows:
        command = f"./dev binhyen connect_zalo --oa-id {oa_id}"
        if is_lost:
            problems.append(CheckResult(False, f"{name}: mất quyền gửi", f"cấp quyền lại: {command}"))
        if not has_admin:
            hint = f"chưa mở được nhóm: {command} --find-admin"
            problems.append(CheckResult(False, f"{name}: chưa có quản trị viên", hint))
        if ends_on and ends_on < today:
            hint = "gia hạn ở trang quản lý Zalo OA; xem /van-hanh"
            problems.append(CheckResult(False, f"{name}: gói hết hạn ngày {ends_on}", hint))
    if rows and not problems:
        yield CheckResult(True, f"tài khoản Zalo: {len(rows)}, đều nối được")
    yield from problems


# Two machines, two clocks: alarms, deadlines and sign-ins are written by one and compared with the other.

APART = 5  # seconds


def compare_clocks(connection: psycopg.Connection[Any]) -> CheckResult:
    """Compare this machine's clock with the database's."""
    there: Any = connection.execute("SELECT clock_timestamp()").fetchone()
    seconds = abs((clock.now() - clock.OFFSET - there[0]).total_seconds())
    return CheckResult(
        seconds < APART,
        f"đồng hồ máy này và của PostgreSQL lệch nhau {seconds:.0f} giây (cần dưới {APART})",
        "cho cả hai máy theo giờ mạng: apt install chrony; xem bằng chronyc tracking",
    )


# Health checks of the key files of this machine.


def check_ceremony() -> Iterator[CheckResult]:
    """Check that the key ceremony was held: else tips, complaints and identities are encrypted to keys on this
    machine.
    """
    groups = process_keys.list_file_key_groups()
    yield CheckResult(
        not groups,
        "khóa của danh tính, tin kín, phản ánh nằm ở người, không ở máy này",
        f"còn trong tệp: {', '.join(groups)}. Ai vào được máy thì mở đọc được, và trang nói với dân như vậy. "
        "Làm lễ trao khóa: ./dev binhyen custody ceremony (docs/operations.md)",
    )


def check_key_folders() -> Iterator[CheckResult]:
    """Check folder permissions: an attacker in the pages process can read all that its system user can read.

    See docs/threat-model.md: one process falls.
    """
    folders = {name: settings.KEYS_DIR / name for name in PROCESSES if (settings.KEYS_DIR / name).is_dir()}
    too_open = [path for path in folders.values() if path.stat().st_mode & 0o077]
    yield CheckResult(
        not too_open,
        "thư mục khóa chỉ người dùng của mình đọc được",
        f"chmod 700 {' '.join(str(path) for path in too_open)}",
    )
    owners = {name: path.stat().st_uid for name, path in folders.items()}
    same_user = [name for name, owner in owners.items() if name != "pages" and owner == owners.get("pages")]
    if same_user:
        yield CheckResult(
            True, f"pages chạy cùng người dùng với {', '.join(same_user)}: ai chiếm pages đọc được khóa của chúng"
        )
    elif "pages" in folders:
        keys = [path for path in settings.KEYS_DIR.glob("*/*.key") if path.parent.name != "pages"]
        readable = [str(path) for path in keys if _can_read(folders["pages"], path)]
        yield CheckResult(
            not readable,
            "pages không đọc được khóa của tiến trình khác",
            f"pages đọc được {', '.join(readable[:3])}. Chạy docs/users.sh (docs/operations.md)",
        )
    unreadable = [str(file) for path in folders.values() for file in path.glob("*.key") if not _can_read(path, file)]
    yield CheckResult(
        not unreadable,
        "tiến trình nào đọc được khóa của tiến trình ấy",
        "; ".join(f"chown --reference={Path(file).parent} {file}" for file in unreadable[:3]),
    )


def _can_read(folder_path: Path, key: Path) -> bool:
    """Tell whether the system user that owns a key folder can read this key."""
    owner = folder_path.stat()
    try:
        groups = os.getgrouplist(pwd.getpwuid(owner.st_uid).pw_name, owner.st_gid)
    except KeyError:  # a user without a name on this machine
        groups = [owner.st_gid]

    def may(path: Path, bit: int) -> bool:
        status = path.stat()
        shift = 6 if status.st_uid == owner.st_uid else 3 if status.st_gid in groups else 0
        return bool(status.st_mode >> shift & bit)

    return owner.st_uid == 0 or (may(key, 4) and all(may(path, 1) for path in key.parents))


def check_key_files() -> Iterator[CheckResult]:
    """Check the key files of the processes that this machine has keys for; of all without any, as after a restore."""
    local_folders = {name for name in (*PROCESSES, process_keys.CEREMONY_FOLDER) if (settings.KEYS_DIR / name).is_dir()}
    needed = [
        key_file
        for key_file in needed_keys.list_missing()
        if not local_folders or key_file.name.partition("/")[0] in local_folders
    ]
    hint = f"thiếu\n{needed_keys.format_key_lines(needed)}\n  {needed_keys.format_recovery_hint()}"
    yield CheckResult(not needed, "có đủ tệp khóa mà cơ sở dữ liệu cần", hint)


def check_identity_service() -> Iterator[CheckResult]:
    """Check the identity service: its button is shown as soon as a service is named, but does not work without the
    rest.
    """
    if not settings.OIDC_ISSUER:
        return
    yield CheckResult(
        bool(settings.OIDC_CLIENT),
        f"dịch vụ định danh: {settings.OIDC_ISSUER}",
        "thiếu tên của ta ở đó: export BINHYEN_OIDC_CLIENT=…; không dùng dịch vụ này thì unset BINHYEN_OIDC_ISSUER",
    )
    path = settings.KEYS_DIR / "pages" / "oidc.key"
    if not settings.KEYS_DIR.is_dir() or (settings.KEYS_DIR / "pages").is_dir():  # a host without pages needs none
        is_ok = path.is_file() and path.stat().st_size > 1 and not path.stat().st_mode & 0o077
        yield CheckResult(
            is_ok,
            f"{path}: có mã bí mật của dịch vụ định danh, chỉ pages đọc được",
            f"xin dịch vụ ấy cấp, ghi vào {path}, chmod 400, chown --reference={path.parent}",
        )


# Health checks of the public address: listening port, served host names, TLS certificate.

_MIN_DAYS = 14  # days


def check_address() -> Iterator[CheckResult]:
    if not supervisor.is_port_free(0):
        yield CheckResult(
            False, f"BINHYEN_HOST: máy này không có địa chỉ {settings.HOST}", "export BINHYEN_HOST=127.0.0.1"
        )
    else:
        is_used = not supervisor.is_port_free(settings.PORT)
        yield CheckResult(
            True, f"cổng {settings.PORT} {'đang có chương trình dùng' if is_used else 'còn trống'} (BINHYEN_PORT)"
        )
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    is_served = any(
        name in {host, "*", f"[{host}]"} or (name.startswith(".") and host.endswith(name))
        for name in settings.ALLOWED_HOSTS
    )
    yield CheckResult(
        is_served, f"trang trả lời dưới tên {host} (BINHYEN_URL, BINHYEN_HOSTS)", f"export BINHYEN_HOSTS={host}"
    )
    yield CheckResult(
        not settings.DEMO or not settings.HTTPS,
        "chế độ trình diễn không dùng với địa chỉ thật",
        "export BINHYEN_DEMO=0",
    )


def check_certificate() -> Iterator[CheckResult]:
    """Check the certificate: with an expired one browsers and Zalo fail before the program sees a request, so no log
    shows it.
    """
    if not settings.HTTPS:
        return
    url_parts = urlsplit(settings.PUBLIC_URL)
    host = url_parts.hostname or ""
    renew = "gia hạn chứng chỉ (certbot renew, hoặc nơi cấp), rồi systemctl reload nginx"
    try:
        with (
            socket.create_connection((host, url_parts.port or 443), timeout=5) as raw_socket,
            ssl.create_default_context().wrap_socket(raw_socket, server_hostname=host) as tls,
        ):
            ends = str((tls.getpeercert() or {})["notAfter"])
    except ssl.SSLCertVerificationError as error:
        yield CheckResult(False, f"chứng chỉ của {host}: {error.verify_message}", renew)
    except OSError as error:
        yield CheckResult(True, f"chứng chỉ của {host}: từ máy này không hỏi được ({type(error).__name__})")
    else:
        days = int((ssl.cert_time_to_seconds(ends) - clock.now().timestamp()) // 86400)
        yield CheckResult(days >= _MIN_DAYS, f"chứng chỉ của {host} còn {days} ngày", renew)


def check_outside_contacts() -> Iterator[CheckResult]:
    """Check the addresses for complaints about the province's own leaders: the program must not invent them."""
    for name, authority in (("MINISTRY", "Bộ Công an"), ("INSPECTORATE", "cơ quan thanh tra ngoài công an tỉnh")):
        is_set = bool(getattr(settings, name).strip())
        hint = f'chưa đặt, câu ấy không hiện; hỏi văn phòng rồi export BINHYEN_{name}="<nơi nhận, địa chỉ, điện thoại>"'
        yield CheckResult(True, f"nơi nhận phản ánh về lãnh đạo công an tỉnh, {authority}: {'có' if is_set else hint}")


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
    yield from check_address()
    yield from check_certificate()
    yield from _check_province_and_keys()
    yield from _check_audit()
    yield from check_ceremony()
    yield from check_key_folders()
    yield from check_identity_service()
    yield from _check_backups()
    yield from _check_database()
    yield from check_outside_contacts()
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
        yield from check_key_files()
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
    yield compare_clocks(connection)
    foreign_tables = instance_lock.list_foreign_tables(connection)
    hint = f"là của chương trình khác ({', '.join(foreign_tables[:3])}): {instance_lock.OWN_DATABASE_HINT}"
    yield CheckResult(not foreign_tables, "cơ sở dữ liệu của riêng Bình Yên", hint)
    yield from check_unsure_accounts(connection)
    yield from check_zalo_accounts(connection)
    lacking = apply.list_missing_logins(connection)
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
