"""Backup, destroy, restore: on a separate PostgreSQL, with the commands an operator types."""

import datetime as dt
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from binhyen import backup, doctor, run, settings
from binhyen.backup import age_files, archives
from binhyen.embedded_postgres import EmbeddedPostgres
from binhyen.kit import clock
from tests.process_harness import stop_without_flush
from tests.sealed import PASSPHRASE, backup_key, open_archive  # noqa: F401  a fixture

KEY = "k" * 40
MARK = "=" * 20
MIGRATE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
MAKE = """
import django; django.setup()
from binhyen.audit import services
from binhyen.audit.services import checkpoints
from django.contrib.sessions.models import Session
from binhyen.channels.models import Channel
from binhyen.kit import clock, file_storage
from binhyen.kit.sessions import hash_key
from binhyen.vault import group_keys, services as vault
group_keys.create_missing_keys(now=clock.now())
for n in range(5):
    services.record_actions([services.AuditAction("test", f"deed_{n}")], now=clock.now())
vault.create_reporter({"NAME": "Nguyễn Thị Kín"}, now=clock.now())
services.chain_waiting()
checkpoints.sign_if_due(now=clock.now(), at_once=True)
Session.objects.create(session_key=hash_key("k" * 32), session_data="", expire_date=clock.now())
Channel.objects.create(kind="web", name=file_storage.store_file("ảnh".encode(), "original"))
Channel.objects.create(kind="zalo_oa", name="OA tỉnh")
Channel.objects.create(kind="zalo_oa", name="OA cũ", is_active=False)
"""
LOOK = """
import django; django.setup()
from django.conf import settings
from binhyen.audit.models import AuditEntry
from binhyen.audit.queries.chain import verify_all
from binhyen.channels.models import Channel
from binhyen.kit import clock, file_storage
verdict = verify_all(now=clock.now())
assert not verdict.faults and verdict.confirmed == 5, "the chain does not hold to its checkpoint"
print(AuditEntry.objects.count(), file_storage.read_file(Channel.objects.get(kind="web").name).decode(), settings.SECRET_KEY)
"""
ON = """
import django; django.setup()
from binhyen.channels.models import Channel
print(*Channel.objects.filter(is_active=True).order_by("id").values_list("kind", flat=True))
"""
ERASE = """
import django; django.setup()
from binhyen.vault import services as vault
from binhyen.vault.models import Reporter
vault.erase_reporter_data([Reporter.objects.get().pk])
"""
OPENS = """
import django; django.setup()
from binhyen.vault.models import WrappedKey
print(WrappedKey.objects.count())
"""
SESSIONS = """
import django; django.setup()
from django.contrib.sessions.models import Session
print(Session.objects.count())
"""
FENCE = """
from binhyen import settings
from binhyen.rls import apply
assert not apply.ensure_logins(settings.get_database_url()) and apply.apply_rls(settings.get_database_url())
"""
PAGES = """
import psycopg
from binhyen import settings
from binhyen.rls import apply
try:
    own = psycopg.connect(settings.build_dsn(settings.get_database_url(), "binhyen_pages", apply.get_login_password("pages")))
    print(own.execute("SELECT count(*) FROM cases_case").fetchone()[0])
except psycopg.Error:
    print("closed")
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation in a folder of its own."""

    var: Path

    def run_command(self, *arguments: str, key: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command without a terminal, so that a passphrase is read from stdin."""
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BINHYEN_SECRET_KEY"}}
        environment |= {"BINHYEN_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "binhyen.settings"} | more
        environment |= {"BINHYEN_SECRET_KEY": key} if key else {}
        return subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            input=f"{PASSPHRASE}\n",
            start_new_session=True,
        )

    def get_output(self, *arguments: str, key: str = "", **more: str) -> str:
        done = self.run_command(*arguments, key=key, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def get_outputs(self, *programs: str, key: str = "") -> list[str]:
        """Return the output of each command, run one after the other in one process: loading the program costs a
        second.
        """
        printed = self.get_output("-c", f"\nprint({MARK!r})\n".join(programs), key=key)
        return [output.strip() for output in printed.split(MARK)]

    def list_tables(self) -> int:
        import psycopg

        with psycopg.connect(EmbeddedPostgres(self.var / "postgresql").build_dsn()) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        return int(row[0]) if row else 0

    def destroy_data(self) -> None:
        stop_without_flush(EmbeddedPostgres(self.var / "postgresql"))
        shutil.rmtree(self.var, ignore_errors=True)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Installation, Installation]]:
    both = Installation(tmp_path / "one"), Installation(tmp_path / "two")
    yield both
    for place in both:
        place.destroy_data()


def make_archive(path: Path, *, days: float) -> Path:
    """Create an archive with our header, dumped so many days ago, with its checksum beside it."""
    dump = path.with_name("database.dump")
    dump.write_bytes(b"dump")
    made = clock.now().timestamp() - days * 86400
    os.utime(dump, (made, made))
    with tarfile.open(path, "w:gz") as archive:
        archive.add(dump, dump.name)
    Path(f"{path}.sha256").write_text(sha256(path.read_bytes()).hexdigest())
    return path


def test_a_backup_that_should_be_gone_is_not_loaded_by_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    young, old = make_archive(tmp_path / "a.tgz", days=34.9), make_archive(tmp_path / "b.tgz", days=35.1)
    assert list(archives.iter_expired(tmp_path)) == [old]
    monkeypatch.setattr(backup, "_has_tables", lambda: False)
    with pytest.raises(SystemExit, match="older than 35 days"):
        backup.restore_backup(old)
    for archive, older in ((young, False), (old, True)):
        with pytest.raises(SystemExit, match="no backup of this program"):  # past the age, at its missing key
            backup.restore_backup(archive, older=older)


def list_archives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names of the archives after one more backup."""
    monkeypatch.setattr(backup, "LAST_BACKUP_FOLDER", folder / "places")
    monkeypatch.setattr(
        backup, "run_pg_tool", lambda _, *options: Path(options[-1].partition("=")[2]).write_bytes(b"dump")
    )
    monkeypatch.setattr(backup, "_FOLDERS", {})
    monkeypatch.setattr(settings, "ERASED_DIR", folder / "erased")
    backup.create_backup(folder / "new.tgz", plain=True)
    return {path.name for path in folder.glob("*.tgz")}


def test_a_clock_that_jumped_removes_no_backup_before_the_second_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, days in (("a.tgz", 60), ("b.tgz", 40)):
        make_archive(tmp_path / name, days=days)
    assert list_archives(tmp_path, monkeypatch) == {"a.tgz", "b.tgz", "new.tgz"}, (
        "nothing for forty days, says this clock"
    )
    assert list_archives(tmp_path, monkeypatch) == {"new.tgz"}, "the next one, even with the same name, deletes them"


def test_control_by_the_clock_alone_all_older_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_PAUSE", dt.timedelta.max)
    with pytest.raises(AssertionError, match="forty days"):
        test_a_clock_that_jumped_removes_no_backup_before_the_second_one(tmp_path, monkeypatch)


def test_the_doctor_names_backups_that_should_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "LAST_BACKUP_FOLDER", tmp_path / "backups")
    assert [f.ok for f in doctor._check_backups()] == [True], "nothing known, nothing wrong"
    (tmp_path / "backups").write_text(f"{tmp_path}\n")
    make_archive(tmp_path / "a.tgz", days=3)
    assert [f.ok for f in doctor._check_backups()][2:] == [True], "not too old, whether sealed or not"
    old = make_archive(tmp_path / "b.tgz", days=36)
    finding = list(doctor._check_backups())[-1]
    assert not finding.ok and str(old) in finding.hint and "a.tgz" not in finding.hint


def test_the_next_start_erases_anew_before_it_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **_: done.append(words))
    monkeypatch.setattr("binhyen.people.factors.secret_encryption.ensure_key", lambda: None)
    monkeypatch.setattr(run.instance_lock, "PREPARED", tmp_path / "prepared")
    monkeypatch.setattr(run.instance_lock, "RESTORED", tmp_path / "restored")
    monkeypatch.setattr(run.instance_lock, "check_installation_kind", lambda *, demo: None)
    monkeypatch.setattr(run.key_inventory, "require_keys", lambda: None)
    monkeypatch.setattr(run.key_inventory, "list_missing_first_keys", list)
    for name in ("_ensure_logins", "_hash_program", "_get_database_identity"):
        monkeypatch.setattr(run, name, lambda: "same")
    monkeypatch.setattr(run.apply, "apply_rls", lambda _: done.append(("fence",)))
    run.prepare_installation(demo=False)
    assert ("after_restore",) not in {words[:1] for words in done}, "control: nothing was restored"
    done.clear()
    (tmp_path / "restored").write_text("2026-11-26T10:00:00+00:00\n")
    run.prepare_installation(demo=False)
    assert done[-2:] == [("fence",), ("after_restore", "2026-11-26T10:00:00+00:00")]
    done.clear()
    run.prepare_installation(demo=False)
    assert done == [] and not (tmp_path / "restored").exists(), "once"


def check_refused(two: Installation, archive: Path, damaged: Path) -> None:
    """Check that truncated and altered archives, and those of another secret key, are refused; nothing is written."""
    whole = archive.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    refused = two.run_command("-m", "binhyen.backup", "load", str(damaged))
    assert refused.returncode != 0 and "damaged" in refused.stderr and two.list_tables() == 0
    damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    shutil.copy(f"{archive}.sha256", f"{damaged}.sha256")
    assert "checksum" in two.run_command("-m", "binhyen.backup", "load", str(damaged)).stderr
    foreign = two.run_command("-m", "binhyen.backup", "load", str(archive), key="f" * 40)
    assert "BINHYEN_SECRET_KEY differs" in foreign.stderr and "Hint" in foreign.stderr and two.list_tables() == 0


def check_keys_required(place: Installation, keys: Path) -> None:
    shutil.rmtree(place.var / "keys")
    refused = place.run_command("-m", "binhyen", "prepare")
    assert refused.returncode == 1 and "sender/delivery-" in refused.stderr and "Hint" in refused.stderr
    assert not (place.var / "keys" / "worker" / "lookup.key").exists(), "existing keys are never replaced"
    shutil.copytree(keys, place.var / "keys", dirs_exist_ok=True)
    place.get_output("-m", "binhyen", "prepare")


def test_backup_destroy_restore(
    places: tuple[Installation, Installation], key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, restored = places
    archive = tmp_path / "binhyen.tgz"
    original.get_output("-m", "binhyen", "database", "start")
    _, _, _, before, one_pages, on, sessions = original.get_outputs(
        MIGRATE, FENCE, MAKE, LOOK, PAGES, ON, SESSIONS, key=KEY
    )
    assert before == f"5 ảnh {KEY}"
    assert (on, sessions) == ("web zalo_oa", "1"), "control: the archived channel is switched on, a user is signed in"
    (original.var / "secret_key").write_text("an unused older key: the variable counts")
    old, foreign = make_archive(tmp_path / "old.tgz", days=36), tmp_path / "foreign.tgz"
    make_archive(tmp_path / "yesterday.tgz", days=1)
    foreign.write_bytes(b"not ours")
    foreign.with_name("foreign.tgz.sha256").touch()
    public = str(key.with_suffix(".pub"))
    written = original.get_output("-m", "binhyen.backup", "save", str(archive), key=KEY, BINHYEN_BACKUP_KEY=public)
    sealed = Path(written.splitlines()[-1])
    assert sealed.name == "binhyen.tgz.age" and stat.S_IMODE(sealed.stat().st_mode) == 0o600
    with (
        sealed.open("rb") as file,
        age_files.open_decrypting_reader(file, open_archive(key, monkeypatch)) as content,
    ):
        archive.write_bytes(content.read())
    archive.with_name("binhyen.tgz.sha256").write_text(sha256(archive.read_bytes()).hexdigest())
    assert not old.exists() and not Path(f"{old}.sha256").exists() and foreign.exists(), (
        "expired archives are deleted, foreign files are kept"
    )
    keys, _, left = original.get_outputs(OPENS, ERASE, OPENS)
    assert keys != "0" == left
    noted = tmp_path / "erased"
    shutil.copytree(original.var / "erased", noted)
    shutil.copytree(original.var / "keys", tmp_path / "keys")
    original.destroy_data()

    check_refused(restored, archive, tmp_path / "damaged.tgz")
    load_output = restored.get_output("-m", "binhyen.backup", "load", str(sealed), "--key", str(key))
    on, keys, sessions = restored.get_outputs(ON, OPENS, SESSIONS)
    assert (on, sessions) == ("web", "0"), "a copy sends nothing, whichever process starts next; no session is valid"
    for words in ("do not reach", "go_live", "had erased after that is in it again"):
        assert words in load_output and (restored.var / "restored").exists()
    assert "sender/delivery-" in load_output and "worker/intake-" in load_output and "keys_lost" in load_output, (
        "no backup contains key files"
    )
    assert keys != "0", "control: the backup restored the key"
    shutil.copytree(noted, restored.var / "erased")
    done = restored.get_output("-m", "binhyen", "after_restore", (restored.var / "restored").read_text().strip())
    assert "1 keys" in done and "/can-bo" not in done
    keys, looked, pages, _, fenced = restored.get_outputs(OPENS, LOOK, PAGES, FENCE, PAGES)
    assert keys == "0"
    assert looked == restored.get_output("-c", LOOK, key=KEY) == before.replace("5", "6", 1), (
        "one more entry: the restore itself"
    )
    assert pages == "closed"  # no database roles exist there yet: only the owner sees anything
    assert fenced == one_pages == "0"
    assert stat.S_IMODE((restored.var / "secret_key").stat().st_mode) == 0o600

    again = restored.run_command("-m", "binhyen.backup", "load", str(archive))
    assert again.returncode != 0 and "not empty" in again.stderr
    assert restored.get_output("-c", LOOK) == looked

    assert (
        restored.get_output("-m", "binhyen", "go_live") == "OA tỉnh" and restored.get_output("-c", ON) == "web zalo_oa"
    )
    assert "No channel" in restored.get_output("-m", "binhyen", "go_live"), "channels that were off stay off"

    check_keys_required(restored, tmp_path / "keys")
