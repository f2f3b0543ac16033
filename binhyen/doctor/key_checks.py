"""Health checks of the key files of this machine."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from binhyen import settings
from binhyen.backup import key_inventory as needed_keys
from binhyen.doctor.check_result import CheckResult
from binhyen.rls.grants import PROCESSES
from binhyen.vault import process_keys


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
