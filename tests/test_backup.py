"""Backup, destroy, restore: on a PostgreSQL of its own, with the commands an operator types."""

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
from binhyen.backup import __main__ as typed
from binhyen.backup import archives
from binhyen.embedded import Server
from binhyen.environment import SettingsError
from binhyen.kit import clock
from binhyen.vault import boxes, streams
from binhyen.vault.boxes import Pair
from binhyen.vault.offline import bundles
from binhyen.vault.offline import commands as station

KEY = "k" * 40
PASSPHRASE = "sáu từ này chỉ để thử thôi"
MAKE = """
import django; django.setup()
from binhyen.audit import services
from binhyen.audit.services import chaining, sealing
from binhyen.channels.models import Channel
from binhyen.kit import clock, files
from binhyen.vault import keys, services as vault
keys.found(now=clock.now())
for n in range(5):
    services.record([services.Act("test", f"deed_{n}")], now=clock.now())
vault.new_reporter({"NAME": "Nguyễn Thị Kín"}, now=clock.now())
chaining.chain()
sealing.checkpoint(now=clock.now(), at_once=True)
Channel.objects.create(kind="web", name=files.store("ảnh".encode(), "original"))
Channel.objects.create(kind="zalo_oa", name="OA tỉnh")
Channel.objects.create(kind="zalo_oa", name="OA cũ", is_active=False)
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
print(AuditEntry.objects.count(), files.read(Channel.objects.get(kind="web").name).decode(), settings.SECRET_KEY)
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
vault.forget([Reporter.objects.get().pk])
"""
OPENS = """
import django; django.setup()
from binhyen.vault.models import LockCopy
print(LockCopy.objects.count())
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

    def run(self, *arguments: str, key: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Without a terminal, so that a passphrase is read from what is said."""
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BINHYEN_SECRET_KEY"}}
        environment |= {"BINHYEN_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "binhyen.settings"} | more
        environment |= {"BINHYEN_SECRET_KEY": key} if key else {}
        return subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120,
            input=f"{PASSPHRASE}\n", start_new_session=True,
        )  # fmt: skip

    def do(self, *arguments: str, key: str = "", **more: str) -> str:
        done = self.run(*arguments, key=key, **more)
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


def packed(path: Path, *, days: float) -> Path:
    """An archive as ours begin, dumped so many days ago, with its checksum beside it."""
    dump = path.with_name("database.dump")
    dump.write_bytes(b"dump")
    made = clock.now().timestamp() - days * 86400
    os.utime(dump, (made, made))
    with tarfile.open(path, "w:gz") as archive:
        archive.add(dump, dump.name)
    Path(f"{path}.sha256").write_text(sha256(path.read_bytes()).hexdigest())
    return path


def test_a_backup_that_should_be_gone_is_not_loaded_by_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    young, old = packed(tmp_path / "a.tgz", days=34.9), packed(tmp_path / "b.tgz", days=35.1)
    assert list(archives.expired(tmp_path)) == [old]
    monkeypatch.setattr(backup, "_check_empty", lambda: None)
    with pytest.raises(SystemExit, match="older than 35 days"):
        backup.load(old)
    for archive, older in ((young, False), (old, True)):
        with pytest.raises(SystemExit, match="no backup of this program"):  # past the age, at its missing key
            backup.load(archive, older=older)


def test_the_doctor_names_backups_that_should_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "PLACES", tmp_path / "backups")
    assert [f.ok for f in doctor._backups()] == [True], "nothing known, nothing wrong"
    (tmp_path / "backups").write_text(f"{tmp_path}\n")
    packed(tmp_path / "a.tgz", days=3)
    assert [f.ok for f in doctor._backups()][1:] == [True]
    old = packed(tmp_path / "b.tgz", days=36)
    finding = list(doctor._backups())[-1]
    assert not finding.ok and str(old) in finding.hint and "a.tgz" not in finding.hint


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NAME.key, made as an operator makes it; NAME.pub lies beside it."""
    name = tmp_path_factory.mktemp("safe") / "giu"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(station, "getpass", lambda _: PASSPHRASE)
        assert typed.main(["save", "--new-key", str(name)]) == 0
        assert typed.main(["save", "--new-key", str(name)]) == 1, "no key is overwritten"
    return name.with_suffix(".key")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """An installation whose dump is noise, which no compression hides: what is in clear would be found."""
    noise = os.urandom(200_000)

    def dump(name: str, *arguments: str) -> None:
        Path(arguments[-1].removeprefix("--file=")).write_bytes(noise)

    for folder in ("var", "files", "out"):
        (tmp_path / folder).mkdir()
    (tmp_path / "files" / "anh").write_bytes(noise[::-1])
    monkeypatch.setattr(backup, "_tool", dump)
    monkeypatch.setattr(backup, "_FOLDERS", {"files": tmp_path / "files"})
    monkeypatch.setattr(backup, "PLACES", tmp_path / "backups")
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path / "var")
    return noise


def opened(key: Path, monkeypatch: pytest.MonkeyPatch, said: str = PASSPHRASE) -> Pair:
    monkeypatch.setattr(station, "getpass", lambda _: said)
    return station.open_key(key, None)


def test_a_sealed_archive_says_nothing_and_comes_back_whole(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backup.save(tmp_path / "out" / "a.tgz")
    needles = [small[70_000:70_032], small[::-1][70_000:70_032]]
    assert all(needle in plain.read_bytes() for needle in needles), "control: in clear they are found"
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    before = int(clock.now().timestamp())
    sealed = backup.save(tmp_path / "out" / "a.tgz")
    assert sealed.name == "a.tgz.sealed1" and stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert backup.save(tmp_path / "out" / "b.sealed1").name == "b.sealed1"
    content = sealed.read_bytes()
    assert not any(needle in content for needle in needles) and settings.SECRET_KEY.encode() not in content
    assert Path(f"{sealed}.sha256").read_text().strip() == sha256(content).hexdigest()
    made = archives.made_at(sealed)
    assert made is not None and before - 1 <= made.timestamp() <= clock.now().timestamp(), "without any key"
    assert not list((tmp_path / "var").iterdir()) and len(list((tmp_path / "out").iterdir())) == 6, "nothing is left"

    pair = opened(key, monkeypatch)
    for archive, opens in ((sealed, pair), (plain, None)):
        folder = tmp_path / archive.suffix
        archives.unpack(archive, folder, opens)
        assert (folder / "database.dump").read_bytes() == small
        assert (folder / "files" / "anh").read_bytes() == small[::-1]
        assert (folder / "secret_key").read_text() == settings.SECRET_KEY
    for harmed in (content[:-1], content[: len(content) // 2], content + b"\0", content[:-9] + b"\0" + content[-8:]):
        sealed.write_bytes(harmed)
        with pytest.raises(SystemExit, match="damaged"):
            archives.unpack(sealed, tmp_path / "harmed", pair)
    sealed.write_bytes(content)
    with pytest.raises(SystemExit, match="damaged"):
        archives.unpack(sealed, tmp_path / "harmed", boxes.new_pair())
    with pytest.raises(SystemExit, match="damaged"):
        archives.unpack(sealed, tmp_path / "harmed", None)


def test_a_plain_archive_of_before_is_loaded_without_a_key(
    small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, done = backup.save(tmp_path / "out" / "a.tgz"), list[str]()
    (tmp_path / "files" / "anh").unlink()
    monkeypatch.setattr(backup, "_restore", lambda dump, _: done.append(sha256(dump.read_bytes()).hexdigest()))
    monkeypatch.setattr(backup, "RESTORED", tmp_path / "restored")
    for name in ("_check_empty", "_silence"):
        monkeypatch.setattr(backup, name, lambda name=name: done.append(name))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("BINHYEN_SECRET_KEY", raising=False)
    assert typed.main(["load", str(archive)]) == 0
    assert done == ["_check_empty", sha256(small).hexdigest(), "_silence"]
    assert (tmp_path / "files" / "anh").read_bytes() == small[::-1]
    whole = archive.read_bytes()
    done.clear()
    Path(f"{archive}.sha256").unlink()
    for content in (
        whole[: len(whole) // 2],
        whole[:1000] + b"\x00\xff" * 40 + whole[1080:],
        whole[:-8],
        b"no archive",
    ):
        archive.write_bytes(content)
        with pytest.raises(SystemExit, match="damaged"):
            typed.main(["load", str(archive)])
    assert set(done) == {"_check_empty"}, "nothing was written"


def test_restore_asks_for_the_right_key(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backup.save(tmp_path / "out" / "a.tgz")
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    sealed = backup.save(tmp_path / "out" / "a.tgz")
    mark = boxes.fingerprint(bundles.read_new_key(key.with_suffix(".pub").read_text()).public)
    with pytest.raises(SystemExit, match=f"sealed to the key {mark}"):
        typed.main(["load", str(sealed)])
    monkeypatch.setattr(station, "getpass", lambda _: "another sentence than that one")
    with pytest.raises(SystemExit, match="không đúng"):
        typed.main(["load", str(sealed), "--key", str(key)])
    monkeypatch.setattr(station, "open_key", lambda *_: boxes.new_pair())
    with pytest.raises(SystemExit, match=f"sealed to the key {mark}, not to"):
        typed.main(["load", str(sealed), "--key", str(key)])
    with pytest.raises(SystemExit, match="is not sealed"):  # somebody's own, put where a sealed one is looked for
        typed.main(["load", str(plain), "--key", str(key)])
    sealed.write_bytes(plain.read_bytes())
    with pytest.raises(SystemExit, match="is not sealed"):
        typed.main(["load", str(sealed)])


def test_without_its_key_nothing_is_written_in_clear_by_mistake(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="would not be sealed"):
        backup.save(tmp_path / "out" / "a.tgz.sealed1")
    torn = tmp_path / "torn.pub"
    torn.write_text(key.with_suffix(".pub").read_text()[:-40])
    for wrong in (torn, key, tmp_path / "missing.pub"):
        monkeypatch.setattr(settings, "BACKUP_KEY", str(wrong))
        with pytest.raises(SettingsError, match="BINHYEN_BACKUP_KEY"):
            backup.save(tmp_path / "out" / "a.tgz")
        assert [f.ok for f in doctor._backups()] == [False]
    assert not list((tmp_path / "out").iterdir())


def test_the_doctor_warns_while_backups_lie_in_clear(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.save(tmp_path / "out" / "a.tgz")
    warned = next(doctor._backups())
    assert not warned.ok and "--new-key" in warned.hint
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    fine = next(doctor._backups())
    public = bundles.read_new_key(key.with_suffix(".pub").read_text()).public
    assert fine.ok and boxes.fingerprint(public) in fine.text, "to be compared with the paper"


def test_the_next_start_erases_anew_before_it_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **_: done.append(words))
    monkeypatch.setattr("binhyen.people.factors.sealing.ensure_key", lambda: None)
    monkeypatch.setattr(run.settings, "VAR_DIR", tmp_path)
    for name in ("_logins", "_program_state", "_database_identity"):
        monkeypatch.setattr(run, name, lambda: "same")
    monkeypatch.setattr(run.building, "build", lambda _: done.append(("fence",)))
    run.prepare(demo=False)
    assert ("after_restore",) not in {words[:1] for words in done}, "control: nothing was restored"
    done.clear()
    (tmp_path / "restored").write_text("2026-11-26T10:00:00+00:00\n")
    run.prepare(demo=False)
    assert done[-2:] == [("fence",), ("after_restore", "2026-11-26T10:00:00+00:00")]
    done.clear()
    run.prepare(demo=False)
    assert done == [] and not (tmp_path / "restored").exists(), "once"


def refuses(two: Place, archive: Path, damaged: Path) -> None:
    """What is cut, changed, or of another secret key; nothing is written."""
    whole = archive.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    refused = two.run("-m", "binhyen.backup", "load", str(damaged))
    assert refused.returncode != 0 and "damaged" in refused.stderr and two.tables() == 0
    damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    shutil.copy(f"{archive}.sha256", f"{damaged}.sha256")
    assert "checksum" in two.run("-m", "binhyen.backup", "load", str(damaged)).stderr
    foreign = two.run("-m", "binhyen.backup", "load", str(archive), key="f" * 40)
    assert "BINHYEN_SECRET_KEY differs" in foreign.stderr and "Hint" in foreign.stderr and two.tables() == 0


def test_backup_destroy_restore(
    places: tuple[Place, Place], key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = places
    archive = tmp_path / "binhyen.tgz"
    one.do("-m", "binhyen", "database", "start")
    one.do("-m", "binhyen", "migrate", "-v0")
    one.do("-c", FENCE)
    one.do("-c", MAKE, key=KEY)
    before = one.do("-c", LOOK, key=KEY)
    one_pages = one.do("-c", PAGES)
    assert before == f"5 ảnh {KEY}"
    assert one.do("-c", ON) == "web zalo_oa", "control: what is packed is switched on"
    (one.var / "secret_key").write_text("an older key that nobody uses: the variable counts")
    old, foreign = packed(tmp_path / "old.tgz", days=36), tmp_path / "foreign.tgz"
    foreign.write_bytes(b"not ours")
    foreign.with_name("foreign.tgz.sha256").touch()
    public = str(key.with_suffix(".pub"))
    written = one.do("-m", "binhyen.backup", "save", str(archive), key=KEY, BINHYEN_BACKUP_KEY=public)
    sealed = Path(written.splitlines()[-1])
    assert sealed.name == "binhyen.tgz.sealed1" and stat.S_IMODE(sealed.stat().st_mode) == 0o600
    with sealed.open("rb") as file:  # as it was before archives were sealed
        archive.write_bytes(streams.Unsealing(file, opened(key, monkeypatch)).read())
    archive.with_name("binhyen.tgz.sha256").write_text(sha256(archive.read_bytes()).hexdigest())
    assert not old.exists() and not Path(f"{old}.sha256").exists() and foreign.exists(), (
        "too old goes, what is not ours stays"
    )
    assert one.do("-c", OPENS) != "0"
    one.do("-c", ERASE)
    assert one.do("-c", OPENS) == "0"
    noted = tmp_path / "erased"
    shutil.copytree(one.var / "erased", noted)
    one.destroy()

    refuses(two, archive, tmp_path / "damaged.tgz")
    said = two.do("-m", "binhyen.backup", "load", str(sealed), "--key", str(key))
    assert two.do("-c", ON) == "web", "a copy sends nothing, whatever is started next"
    assert "go_live" in said and "had erased after that is in it again" in said and (two.var / "restored").exists()
    assert two.do("-c", OPENS) != "0", "control: the backup brought the key back"
    shutil.copytree(noted, two.var / "erased")
    assert "1 keys" in two.do("-m", "binhyen", "after_restore", (two.var / "restored").read_text().strip())
    assert two.do("-c", OPENS) == "0"
    assert two.do("-c", LOOK) == before
    assert two.do("-c", LOOK, key=KEY) == before
    assert two.do("-c", PAGES) == "closed"  # no logins there yet: nobody but the owner sees anything
    two.do("-c", FENCE)
    assert two.do("-c", PAGES) == one_pages == "0"
    assert stat.S_IMODE((two.var / "secret_key").stat().st_mode) == 0o600

    again = two.run("-m", "binhyen.backup", "load", str(archive))
    assert again.returncode != 0 and "not empty" in again.stderr
    assert two.do("-c", LOOK) == before

    assert two.do("-m", "binhyen", "go_live") == "OA tỉnh" and two.do("-c", ON) == "web zalo_oa"
    assert "No channel" in two.do("-m", "binhyen", "go_live"), "what was off before stays off"
