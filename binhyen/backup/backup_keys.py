"""Key pair of backups: made and opened on a machine that is not the server, without database and network.

NAME.key is an age identity file under a passphrase, NAME.pub an age recipients file.
"""

import os
import sys
from getpass import getpass
from pathlib import Path

from pyrage.x25519 import Identity

from binhyen.backup import age_files
from binhyen.vault.rules import find_passphrase_problem


class KeyFileError(Exception):
    """Error shown to the user of the machine; nothing was written."""


def main(arguments: list[str]) -> int:
    """Create NAME.key and NAME.pub (`./dev backup --new-key NAME`); return the exit status."""
    if len(arguments) != 1:
        print("usage: ./dev backup --new-key NAME", file=sys.stderr)  # noqa: T201
        return 2
    try:
        create_key_files(Path(arguments[0]).resolve())  # ./dev starts in the checkout: show the full path
    except (KeyFileError, OSError) as problem:
        print(f"✗ {problem}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def create_key_files(name: Path) -> None:
    private_file, public_file = name.with_suffix(".key"), name.with_suffix(".pub")
    if private_file.exists() or public_file.exists():
        raise KeyFileError(f"{private_file.name} hoặc {public_file.name} đã có; không khóa nào bị ghi đè.")
    passphrase = getpass("Cụm mật khẩu (ít nhất 6 từ): ")
    if problem := find_passphrase_problem(passphrase, name.stem):
        raise KeyFileError(problem)
    # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
    if getpass("Nhập lại: ") != passphrase:
        raise KeyFileError("Hai lần nhập không giống nhau.")
    identity_file, recipients_file, public_key = age_files.format_key_pair(passphrase)
    descriptor = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as key_file:
        key_file.write(identity_file)
        key_file.flush()
        os.fsync(key_file.fileno())
    public_file.write_text(recipients_file)
    print(f"{private_file}: giữ ở máy này, cất bản sao. {public_file}: mang ra máy chủ.")  # noqa: T201
    print(f"Khóa công khai: {public_key}. Ghi lại trên giấy; máy chủ phải hiện đúng khóa này.")  # noqa: T201


def open_backup_key(key: Path) -> Identity:
    """Open an age identity file; prompts for its passphrase if it has one. Raises KeyFileError, OSError, ValueError."""
    identity_file = key.read_text()
    if age_files.is_locked(identity_file):
        try:
            identity_file = age_files.unlock_identity_file(identity_file, getpass("Cụm mật khẩu: "))
        except age_files.AgeError:
            raise KeyFileError("Cụm mật khẩu không đúng.") from None
    return age_files.parse_age_identity(identity_file)
