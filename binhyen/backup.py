"""`./dev backup FILE` and `./dev restore FILE`: database and files in one archive, checked when it is read back.

Usable while the program runs. The archive holds everything, personal data included: keep it as you keep the server.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path

import psycopg

from binhyen import settings
from binhyen.embedded import Server, binaries


def _digest(path: Path) -> str:
    value = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value.update(block)
    return value.hexdigest()


def _tool(name: str, *arguments: str) -> None:
    inside = binaries() / name
    program = str(inside) if inside.exists() else name
    subprocess.run([program, *arguments], check=True, env={**os.environ, "PGOPTIONS": "-c lock_timeout=5s"})


def save(target: Path) -> None:
    """Dump, pack with the files, write a checksum beside; the target appears only when it is whole."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        dump = Path(folder) / "database.dump"
        _tool("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", settings.database_url())
        part = Path(folder) / "archive"
        with tarfile.open(part, "w:gz") as archive:
            archive.add(dump, "database.dump")
            if settings.FILES_ROOT.exists():
                archive.add(settings.FILES_ROOT, "files")
            archive.add(settings.VAR_DIR / "secret_key", "secret_key")
        part.chmod(0o600)
        target.with_suffix(target.suffix + ".sha256").write_text(_digest(part) + "\n")
        part.replace(target)


def load(source: Path) -> None:
    """Into an empty database only; refuses a damaged archive."""
    expected = source.with_suffix(source.suffix + ".sha256")
    if expected.exists() and expected.read_text().strip() != _digest(source):
        raise SystemExit(f"{source}: damaged, its checksum differs.\nHint: take another copy.")
    with psycopg.connect(settings.database_url()) as connection:
        found = connection.execute("SELECT to_regclass('cases_case')").fetchone()
        if found and found[0]:
            raise SystemExit("The database is not empty.\nHint: restore into a new installation (BINHYEN_VAR=…).")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        dump = Path(folder) / "database.dump"
        _tool("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={settings.database_url()}", str(dump))
        if (Path(folder) / "files").exists():
            subprocess.run(["cp", "-a", f"{folder}/files", str(settings.VAR_DIR)], check=True)
        (settings.VAR_DIR / "secret_key").write_bytes((Path(folder) / "secret_key").read_bytes())


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in {"save", "load"}:
        print("usage: ./dev backup FILE | ./dev restore FILE", file=sys.stderr)  # noqa: T201
        return 2
    if not os.environ.get("DATABASE_URL"):
        Server(settings.EMBEDDED_HOME).start()
    path = Path(arguments[1]).resolve()
    (save if arguments[0] == "save" else load)(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
