"""Health checks of the key files of this machine."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from binhyen import settings
from binhyen.backup import key_inventory as needed_keys
from binhyen.doctor.check_result import Finding
from binhyen.rls.grants import PROCESSES
from binhyen.vault import process_keys


def first_keys() -> Iterator[Finding]:
    """Check that the key ceremony was held: else tips, complaints and identities are encrypted to keys on this
    machine.
    """
    groups = process_keys.waiting()
    yield Finding(
        not groups, "khóa của danh tính, tin kín, phản ánh nằm ở người, không ở máy này",
        f"còn trong tệp: {', '.join(groups)}. Ai vào được máy thì mở đọc được, và trang nói với dân như vậy. "
        "Làm lễ trao khóa: ./dev binhyen custody ceremony (docs/operations.md)",
    )  # fmt: skip


def key_folders() -> Iterator[Finding]:
    """Check folder permissions: an attacker in the pages process can read all that its system user can read.

    See docs/threat-model.md: one process falls.
    """
    folders = {name: settings.KEYS_DIR / name for name in PROCESSES if (settings.KEYS_DIR / name).is_dir()}
    loose = [path for path in folders.values() if path.stat().st_mode & 0o077]
    yield Finding(
        not loose, "thư mục khóa chỉ người dùng của mình đọc được", f"chmod 700 {' '.join(str(path) for path in loose)}"
    )
    owners = {name: path.stat().st_uid for name, path in folders.items()}
    theirs = [name for name, owner in owners.items() if name != "pages" and owner == owners.get("pages")]
    if theirs:
        yield Finding(
            True, f"pages chạy cùng người dùng với {', '.join(theirs)}: ai chiếm pages đọc được khóa của chúng"
        )
    elif "pages" in folders:
        keys = [path for path in settings.KEYS_DIR.glob("*/*.key") if path.parent.name != "pages"]
        open_ = [str(path) for path in keys if _reads(folders["pages"], path)]
        yield Finding(
            not open_, "pages không đọc được khóa của tiến trình khác",
            f"pages đọc được {', '.join(open_[:3])}. Chạy docs/users.sh (docs/operations.md)",
        )  # fmt: skip
    shut = [str(file) for path in folders.values() for file in path.glob("*.key") if not _reads(path, file)]
    yield Finding(
        not shut, "tiến trình nào đọc được khóa của tiến trình ấy",
        "; ".join(f"chown --reference={Path(file).parent} {file}" for file in shut[:3]),
    )  # fmt: skip


def _reads(place: Path, key: Path) -> bool:
    """Tell whether the system user that owns a key folder can read this key."""
    whose = place.stat()
    try:
        groups = os.getgrouplist(pwd.getpwuid(whose.st_uid).pw_name, whose.st_gid)
    except KeyError:  # a user without a name on this machine
        groups = [whose.st_gid]

    def may(path: Path, bit: int) -> bool:
        found = path.stat()
        place = 6 if found.st_uid == whose.st_uid else 3 if found.st_gid in groups else 0
        return bool(found.st_mode >> place & bit)

    return whose.st_uid == 0 or (may(key, 4) and all(may(path, 1) for path in key.parents))


def keys_here() -> Iterator[Finding]:
    """Check the key files of the processes that this machine has keys for; of all without any, as after a restore."""
    here = {name for name in (*PROCESSES, process_keys.WAITING) if (settings.KEYS_DIR / name).is_dir()}
    needed = [need for need in needed_keys.lacking() if not here or need.name.partition("/")[0] in here]
    hint = f"thiếu\n{needed_keys.lines(needed)}\n  {needed_keys.way()}"
    yield Finding(not needed, "có đủ tệp khóa mà cơ sở dữ liệu cần", hint)


def identity_service() -> Iterator[Finding]:
    """Check the identity service: its button is shown as soon as a service is named, but does not work without the
    rest.
    """
    if not settings.OIDC_ISSUER:
        return
    yield Finding(
        bool(settings.OIDC_CLIENT), f"dịch vụ định danh: {settings.OIDC_ISSUER}",
        "thiếu tên của ta ở đó: export BINHYEN_OIDC_CLIENT=…; không dùng dịch vụ này thì unset BINHYEN_OIDC_ISSUER",
    )  # fmt: skip
    path = settings.KEYS_DIR / "pages" / "oidc.key"
    if not settings.KEYS_DIR.is_dir() or (settings.KEYS_DIR / "pages").is_dir():  # a host without pages needs none
        there = path.is_file() and path.stat().st_size > 1 and not path.stat().st_mode & 0o077
        yield Finding(
            there, f"{path}: có mã bí mật của dịch vụ định danh, chỉ pages đọc được",
            f"xin dịch vụ ấy cấp, ghi vào {path}, chmod 400, chown --reference={path.parent}",
        )  # fmt: skip
