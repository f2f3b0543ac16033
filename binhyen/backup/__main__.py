"""Command line of `./dev backup` and `./dev restore`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from pyrage.x25519 import Identity

from binhyen import settings
from binhyen.backup import age_files, archives, backup_keys, create_backup, restore_backup
from binhyen.embedded_postgres import EmbeddedError, EmbeddedPostgres

_HINT = "Hint: does PostgreSQL run, and is there room on the disk? ./dev doctor"


def _load_identity(source: Path, key: Path | None) -> Identity | None:
    """Return the private key for an encrypted archive; None for a plain one. Prompts for the passphrase."""
    if not archives.is_encrypted_archive(source):
        if key or source.name.endswith(age_files.SUFFIX):  # another archive was put in its place
            raise SystemExit(f"{source}: is not sealed.\nHint: take a file that ./dev backup wrote.")
        return None
    noted_keys = archives.read_noted_keys(source)
    sealed_to = f"sealed to the key {' or '.join(noted_keys)}" if noted_keys else "sealed"
    if key is None:
        raise SystemExit(f"{source}: {sealed_to}.\nHint: ./dev restore FILE --key NAME.key")
    try:
        identity = backup_keys.open_backup_key(key)
    except (backup_keys.KeyFileError, OSError, ValueError) as error:
        raise SystemExit(f"{key}: {error}\nHint: NAME.key of ./dev backup --new-key, and its passphrase.") from None
    if noted_keys and str(identity.to_public()) not in noted_keys:
        raise SystemExit(f"{source}: {sealed_to}, not to {key}.\nHint: take the .key of that public key.")
    return identity


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev backup|restore")
    commands = parser.add_subparsers(dest="do", required=True)
    saving = commands.add_parser(
        "save", prog="./dev backup", usage="./dev backup FILE [--plain] | ./dev backup --new-key NAME"
    )
    saving.add_argument("file", type=Path)
    saving.add_argument("--plain", action="store_true", help="in clear, without BINHYEN_BACKUP_KEY: anybody reads it")
    loading = commands.add_parser("load", prog="./dev restore")
    loading.add_argument("file", type=Path)
    loading.add_argument("--key", type=Path, help="NAME.key, for an encrypted archive")
    loading.add_argument("--older", action="store_true", help="also an archive past the retention period")
    return parser


def main(arguments: list[str]) -> int:
    if arguments[:2] == ["save", "--new-key"]:
        return backup_keys.main(arguments[2:])
    options = _build_parser().parse_args(arguments)
    path = options.file.resolve()
    if options.do == "load" and not path.is_file():
        raise SystemExit(f"{path}: no such file.\nHint: name one that ./dev backup wrote.")
    if options.do == "save" and not path.parent.is_dir():
        raise SystemExit(f"{path.parent}: no such folder.\nHint: mkdir -p {path.parent}, or name another place.")
    identity = _load_identity(path, options.key) if options.do == "load" else None
    try:
        if not os.environ.get("DATABASE_URL"):
            EmbeddedPostgres(settings.EMBEDDED_HOME).start()
        if options.do == "save":
            print(create_backup(path, plain=options.plain))  # noqa: T201
        else:
            restore_backup(path, older=options.older, identity=identity)
    except (EmbeddedError, psycopg.OperationalError) as error:
        raise SystemExit(f"{error}\n{_HINT}") from None
    except subprocess.CalledProcessError as error:  # pg_dump and pg_restore have printed the reason
        raise SystemExit(f"{Path(error.cmd[0]).name} failed ({error.returncode}).\n{_HINT}") from None
    except OSError as error:  # a full disk: the same command continues the started work
        message = str(error)[:300]  # of many files: the first ones
        raise SystemExit(f"{message}\n{_HINT}, then the same command again.") from None
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
