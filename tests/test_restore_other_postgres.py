"""A restore works with any PostgreSQL that the guide allows, with the wheel's programs, and is all or nothing."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from binhyen import backup, settings
from binhyen.embedded_postgres import find_binaries
from binhyen.rls import apply
from tests.ports import free_port
from tests.rls import get_owner_dsn

# Every PostgreSQL that Debian installed on this machine; the choice is not ours. The wheel's own is tested in any case,
# and the first test covers settings that an older one does not know.
OLD = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
NO_OLD = pytest.param(
    None, id="debian", marks=pytest.mark.skip(reason="Debian's PostgreSQL is not installed: apt install postgresql")
)
SCRIPT = rb"""SET statement_timeout = 0;
SET transaction_timeout = 0;
ALTER TABLE ONLY public.a ALTER COLUMN b SET (n_distinct=5);
ALTER TABLE ONLY public.a ALTER COLUMN b SET DEFAULT nextval('c'::regclass);
COPY public.a (b) FROM stdin;
SET transaction_timeout = 0;
\.
SET transaction_timeout = 0;
"""


def test_what_an_older_server_may_not_know_is_left_out_and_no_row_is() -> None:
    lines = SCRIPT.splitlines(keepends=True)
    assert list(backup.filter_dump(lines)) == [lines[0], *lines[3:7]]


def test_the_guide_makes_a_database_of_which_doctor_finds_nothing_wrong() -> None:
    """Word for word the guide once left the owner without the right to create roles, so that no process with its own
    role started.
    """
    guide = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    made = [
        block
        for block in re.findall(r"^ *```\w*\n(.*?)^ *```$", guide, re.DOTALL | re.MULTILINE)
        if "createdb" in block
    ]
    assert len(made) == 2 and all(apply.MARK_SEARCH_LEAKPROOF in block for block in made), (
        "a new one, and one to go back to"
    )
    (user,) = re.findall(r"createuser .*", guide)
    assert "--createrole" in user


@pytest.fixture
def dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_setup: None) -> Path:
    monkeypatch.setattr(settings, "get_database_url", get_owner_dsn)
    backup.run_pg_tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={tmp_path / 'whole'}")
    return tmp_path / "whole"


@pytest.fixture(
    params=[
        *(pytest.param(path.parent, id=path.parent.parent.name) for path in OLD),
        *([] if OLD else [NO_OLD]),
        pytest.param(find_binaries(), id="wheel"),
    ],
)
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run an empty database on a separate server."""
    place: Path = request.param
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        os.chmod(folder, 0o777)
        # PostgreSQL does not run as root. A checkout under /root is closed to `nobody`: there it runs in a user
        # namespace, as binhyen/embedded_postgres.py does.
        prefix, whose = [], {}
        if os.geteuid() == 0:
            whose = {"user": "nobody"}
            if subprocess.run(["test", "-x", place], check=False, cwd="/", **whose).returncode:  # type: ignore[call-overload]
                prefix, whose = ["unshare", "--user", "--map-user=65534", "--map-group=65534"], {}
        make = [
            *prefix,
            place / "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "owner",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        subprocess.run(make, check=True, capture_output=True, cwd="/", **whose)  # type: ignore[call-overload]
        run = [*prefix, place / "postgres", "-D", f"{folder}/data", "-p", str(port), "-k", folder, "-c", "fsync=off"]
        with subprocess.Popen(run, stderr=subprocess.DEVNULL, cwd="/", **whose) as process:  # type: ignore[call-overload]
            url = f"postgresql://owner@127.0.0.1:{port}/postgres"
            while not is_answering(url):
                assert process.poll() is None
            monkeypatch.setattr(settings, "get_database_url", lambda: url)
            yield url
            process.terminate()


def is_answering(url: str) -> bool:
    try:
        with psycopg.connect(url):
            return True
    except psycopg.OperationalError:
        return False


def list_tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        (count,) = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() or (0,)
    return int(count)


def test_a_dump_comes_back_whole_or_not_at_all(dump: Path, server: str, tmp_path: Path) -> None:
    """Where the guide says `apt install postgresql` it was version 15 for years, into which no restore worked."""
    half = tmp_path / "half"
    half.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    with pytest.raises(subprocess.CalledProcessError):
        backup.restore_dump(half, tmp_path / "list")
    assert list_tables(server) == 0, "an interrupted restore commits nothing"
    backup.restore_dump(dump, tmp_path / "list")
    alike = {"options": "-c timezone=UTC"}
    with psycopg.connect(server, **alike) as there, psycopg.connect(get_owner_dsn(), **alike) as here:
        for table in ("areas_areaversion", "people_officer", "vault_groupkey"):
            asked = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
            assert there.execute(asked).fetchone() == here.execute(asked).fetchone()
    with pytest.raises(subprocess.CalledProcessError):
        backup.restore_dump(dump, tmp_path / "list")  # the database is not empty
