"""Backup, destroy, restore: on a PostgreSQL of its own, with the commands an operator types."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from binhyen.embedded import Server

KEY = "k" * 40
MAKE = """
import django; django.setup()
from binhyen.audit import services
from binhyen.audit.services import chaining, sealing
from binhyen.channels.models import Channel
from binhyen.kit import clock, files
for n in range(5):
    services.record([services.Act("test", f"deed_{n}")], now=clock.now())
chaining.chain()
sealing.checkpoint(now=clock.now(), at_once=True)
Channel.objects.create(kind="web", name=files.store("ảnh".encode(), "original"))
"""
LOOK = """
import django; django.setup()
from django.conf import settings
from binhyen.audit.models import AuditEntry
from binhyen.audit.queries.chain import verify
from binhyen.channels.models import Channel
from binhyen.kit import clock, files
verdict = verify(now=clock.now())
assert not verdict.faults and verdict.confirmed == 5, "the chain does not hold to its checkpoint"
print(AuditEntry.objects.count(), files.read(Channel.objects.get().name).decode(), settings.SECRET_KEY)
"""
FENCE = """
from binhyen import settings
from binhyen.fence import building, logins
assert not logins.ensure(settings.database_url()) and building.build(settings.database_url())
"""
PAGES = """
import psycopg
from binhyen import settings
from binhyen.fence import logins
try:
    own = psycopg.connect(settings.dsn_for(settings.database_url(), "binhyen_pages", logins.password_of("pages")))
    print(own.execute("SELECT count(*) FROM cases_case").fetchone()[0])
except psycopg.Error:
    print("closed")
"""


@dataclass(frozen=True, slots=True)
class Place:
    """An installation in a folder of its own."""

    var: Path

    def run(self, *arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BINHYEN_SECRET_KEY"}}
        environment |= {"BINHYEN_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "binhyen.settings"}
        environment |= {"BINHYEN_SECRET_KEY": key} if key else {}
        return subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    def do(self, *arguments: str, key: str = "") -> str:
        done = self.run(*arguments, key=key)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def tables(self) -> int:
        import psycopg

        with psycopg.connect(Server(self.var / "postgresql").dsn()) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        return int(row[0]) if row else 0

    def destroy(self) -> None:
        Server(self.var / "postgresql").stop()
        shutil.rmtree(self.var, ignore_errors=True)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    both = Place(tmp_path / "one"), Place(tmp_path / "two")
    yield both
    for place in both:
        place.destroy()


def test_backup_destroy_restore(places: tuple[Place, Place], tmp_path: Path) -> None:
    one, two = places
    archive = tmp_path / "binhyen.tgz"
    one.do("-m", "binhyen", "database", "start")
    one.do("-m", "binhyen", "migrate", "-v0")
    one.do("-c", FENCE)
    one.do("-c", MAKE, key=KEY)
    before = one.do("-c", LOOK, key=KEY)
    one_pages = one.do("-c", PAGES)
    assert before == f"5 ảnh {KEY}"
    (one.var / "secret_key").write_text("an older key that nobody uses: the variable counts")
    one.do("-m", "binhyen.backup", "save", str(archive), key=KEY)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    one.destroy()

    damaged = tmp_path / "damaged.tgz"
    whole = archive.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:1000] + b"\x00\xff" * 40 + whole[1080:], b"no archive"):
        damaged.write_bytes(content)
        refused = two.run("-m", "binhyen.backup", "load", str(damaged))
        assert refused.returncode != 0 and "damaged" in refused.stderr and two.tables() == 0
    damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    shutil.copy(f"{archive}.sha256", f"{damaged}.sha256")
    assert "checksum" in two.run("-m", "binhyen.backup", "load", str(damaged)).stderr

    foreign = two.run("-m", "binhyen.backup", "load", str(archive), key="f" * 40)
    assert "BINHYEN_SECRET_KEY differs" in foreign.stderr and "Hint" in foreign.stderr and two.tables() == 0

    two.do("-m", "binhyen.backup", "load", str(archive))
    assert two.do("-c", LOOK) == before
    assert two.do("-c", LOOK, key=KEY) == before
    assert two.do("-c", PAGES) == "closed"  # no logins there yet: nobody but the owner sees anything
    two.do("-c", FENCE)
    assert two.do("-c", PAGES) == one_pages == "0"
    assert stat.S_IMODE((two.var / "secret_key").stat().st_mode) == 0o600

    again = two.run("-m", "binhyen.backup", "load", str(archive))
    assert again.returncode != 0 and "not empty" in again.stderr
    assert two.do("-c", LOOK) == before
