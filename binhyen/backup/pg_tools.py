"""PostgreSQL client programs of the wheel for our database, whose server may be older."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from binhyen import settings
from binhyen.embedded_postgres import find_binaries

# Statements unknown to an older or other server and not needed by any row: a session setting (new in PostgreSQL 17),
# and a planner option of a column, of which we set none.
_UNSUPPORTED = re.compile(rb"SET transaction_timeout = \d+;|ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \([^()']*\);")
_COPY, _END = re.compile(rb"COPY .* FROM stdin;"), b"\\."


def run_pg_tool(name: str, *arguments: str) -> None:
    """Run a program. Raises CalledProcessError; the program has printed the reason."""
    command, environment = _build_command(name, *arguments)
    subprocess.run(command, check=True, env=environment)


def restore_dump(dump: Path, chosen: Path) -> None:
    """Restore a dump in one transaction, without policies: they name logins that may not exist here.

    The next start applies them. `chosen`: a file for the list of restored items. Raises CalledProcessError.
    """
    read_command = [_find_program("pg_restore"), "--no-owner", "--no-privileges", f"--use-list={chosen}"]
    subprocess.run([read_command[0], "--list", f"--file={chosen}", str(dump)], check=True)
    included_lines = [line for line in chosen.read_text().splitlines(keepends=True) if " POLICY " not in line]
    chosen.write_text("".join(included_lines))
    write_command, environment = _build_command(
        "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"
    )
    with (
        subprocess.Popen([*read_command, "--file=-", str(dump)], stdout=subprocess.PIPE) as script,
        subprocess.Popen(write_command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as server,
    ):
        assert script.stdout is not None and server.stdin is not None
        try:
            server.stdin.writelines(filter_dump(script.stdout))
            if status := script.wait():
                raise subprocess.CalledProcessError(status, read_command)
        except BaseException as error:
            server.kill()  # kill before it reads EOF: it would take half a dump as complete, and commit
            script.kill()
            with suppress(BrokenPipeError):
                server.stdin.close()
            if not isinstance(error, BrokenPipeError):  # it ended by itself and has printed the reason
                raise
        else:
            server.stdin.close()
        if status := server.wait():
            raise subprocess.CalledProcessError(status, write_command)


def filter_dump(script: Iterable[bytes]) -> Iterator[bytes]:
    """Filter the lines of a dump: drop statements unknown to another server; table rows pass unchanged."""
    in_rows = False
    for line in script:
        statement = line.rstrip(b"\n")
        if in_rows:
            in_rows = statement != _END
        elif _UNSUPPORTED.fullmatch(statement):
            continue
        else:
            in_rows = _COPY.fullmatch(statement) is not None
        yield line


def _build_command(name: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Build a command line. The password is passed in the environment: other users can read command lines."""
    parameters = {
        key: str(value) for key, value in conninfo_to_dict(settings.get_database_url()).items() if value is not None
    }
    password = parameters.pop("password", "")
    environment = {**os.environ, "PGOPTIONS": "-c lock_timeout=5s", **({"PGPASSWORD": password} if password else {})}
    return [_find_program(name), f"--dbname={make_conninfo('', **parameters)}", *arguments], environment


def _find_program(name: str) -> str:
    bundled = find_binaries() / name
    return str(bundled) if bundled.exists() else name
