"""PostgreSQL client programs of the wheel for our database, whose server may be older."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from binhyen import settings
from binhyen.embedded_postgres import binaries

# Statements unknown to an older or other server and not needed by any row: a session setting (new in PostgreSQL 17),
# and a planner option of a column, of which we set none.
_STRANGE = re.compile(rb"SET transaction_timeout = \d+;|ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \([^()']*\);")
_COPY, _END = re.compile(rb"COPY .* FROM stdin;"), b"\\."


def tool(name: str, *arguments: str) -> None:
    """Run a program. Raises CalledProcessError; the program has printed the reason."""
    command, environment = _called(name, *arguments)
    subprocess.run(command, check=True, env=environment)


def restore(dump: Path, chosen: Path) -> None:
    """Restore a dump in one transaction, without policies: they name logins that may not exist here.

    The next start applies them. `chosen`: a file for the list of restored items. Raises CalledProcessError.
    """
    reading = [_program("pg_restore"), "--no-owner", "--no-privileges", f"--use-list={chosen}"]
    subprocess.run([reading[0], "--list", f"--file={chosen}", str(dump)], check=True)
    kept = [line for line in chosen.read_text().splitlines(keepends=True) if " POLICY " not in line]
    chosen.write_text("".join(kept))
    writing, environment = _called("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    with (
        subprocess.Popen([*reading, "--file=-", str(dump)], stdout=subprocess.PIPE) as script,
        subprocess.Popen(writing, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as server,
    ):
        assert script.stdout is not None and server.stdin is not None
        try:
            server.stdin.writelines(plain(script.stdout))
            if status := script.wait():
                raise subprocess.CalledProcessError(status, reading)
        except BaseException as problem:
            server.kill()  # kill before it reads EOF: it would take half a dump as complete, and commit
            script.kill()
            with suppress(BrokenPipeError):
                server.stdin.close()
            if not isinstance(problem, BrokenPipeError):  # it ended by itself and has printed the reason
                raise
        else:
            server.stdin.close()
        if status := server.wait():
            raise subprocess.CalledProcessError(status, writing)


def plain(script: Iterable[bytes]) -> Iterator[bytes]:
    """Filter the lines of a dump: drop statements unknown to another server; table rows pass unchanged."""
    rows = False
    for line in script:
        bare = line.rstrip(b"\n")
        if rows:
            rows = bare != _END
        elif _STRANGE.fullmatch(bare):
            continue
        else:
            rows = _COPY.fullmatch(bare) is not None
        yield line


def _called(name: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Build a command line. The password is passed in the environment: other users can read command lines."""
    known = {k: str(v) for k, v in conninfo_to_dict(settings.database_url()).items() if v is not None}
    password = known.pop("password", "")
    environment = {**os.environ, "PGOPTIONS": "-c lock_timeout=5s", **({"PGPASSWORD": password} if password else {})}
    return [_program(name), f"--dbname={make_conninfo('', **known)}", *arguments], environment


def _program(name: str) -> str:
    inside = binaries() / name
    return str(inside) if inside.exists() else name
