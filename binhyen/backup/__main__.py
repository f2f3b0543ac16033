"""Command line of `./dev backup` and `./dev restore`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from binhyen import settings
from binhyen.backup import load, save
from binhyen.backup.archives import head_of
from binhyen.embedded_postgres import EmbeddedError, Server
from binhyen.vault import encrypted_streams, envelopes
from binhyen.vault.envelopes import Pair
from binhyen.vault.offline import commands as station

_HINT = "Hint: does PostgreSQL run, and is there room on the disk? ./dev doctor"


def _opener(source: Path, key: Path | None, beside: Path | None) -> Pair | None:
    """Return the key pair for an encrypted archive; None for a plain one. Prompts for the passphrase."""
    head = head_of(source)
    if head is None:
        if key or source.name.endswith(encrypted_streams.SUFFIX):  # another archive was put in its place
            raise SystemExit(f"{source}: is not sealed.\nHint: take a file that ./dev backup wrote.")
        return None
    mark = envelopes.spelt(head.key_id)
    if key is None:
        raise SystemExit(f"{source}: sealed to the key {mark}.\nHint: ./dev restore FILE --key NAME.key")
    try:
        pair = station.open_key(key, beside)
    except (station.Stopped, OSError) as problem:
        raise SystemExit(f"{key}: {problem}\nHint: its passphrase, and --key-file if it was made with one.") from None
    if pair.public.id != head.key_id:
        raise SystemExit(f"{source}: sealed to the key {mark}, not to {key}.\nHint: take the .key of that mark.")
    return pair


def _parser() -> argparse.ArgumentParser:
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
    loading.add_argument("--key-file", type=Path, help="the file beside the passphrase, if NAME.key was made with one")
    loading.add_argument("--older", action="store_true", help="also an archive past the retention period")
    return parser


def main(arguments: list[str]) -> int:
    if arguments[:2] == ["save", "--new-key"]:
        return station.main(["key", *arguments[2:]])
    given = _parser().parse_args(arguments)
    path = given.file.resolve()
    if given.do == "load" and not path.is_file():
        raise SystemExit(f"{path}: no such file.\nHint: name one that ./dev backup wrote.")
    if given.do == "save" and not path.parent.is_dir():
        raise SystemExit(f"{path.parent}: no such folder.\nHint: mkdir -p {path.parent}, or name another place.")
    pair = _opener(path, given.key, given.key_file) if given.do == "load" else None
    try:
        if not os.environ.get("DATABASE_URL"):
            Server(settings.EMBEDDED_HOME).start()
        if given.do == "save":
            print(save(path, plain=given.plain))  # noqa: T201
        else:
            load(path, older=given.older, pair=pair)
    except (EmbeddedError, psycopg.OperationalError) as problem:
        raise SystemExit(f"{problem}\n{_HINT}") from None
    except subprocess.CalledProcessError as problem:  # pg_dump and pg_restore have printed the reason
        raise SystemExit(f"{Path(problem.cmd[0]).name} failed ({problem.returncode}).\n{_HINT}") from None
    except OSError as problem:  # a full disk: the same command continues the started work
        said = str(problem)[:300]  # of many files: the first ones
        raise SystemExit(f"{said}\n{_HINT}, then the same command again.") from None
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
