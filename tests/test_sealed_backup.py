"""Archives sealed to a key that the server never has: they reveal nothing, are restored completely or refused. Without
a database: the dump is random data.
"""

import os
import stat
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from binhyen import backup, doctor, instance_lock, settings
from binhyen.backup import __main__ as typed
from binhyen.backup import age_files, archives, backup_keys
from binhyen.env import SettingsError
from binhyen.kit import clock
from tests.sealed import backup_key, open_archive  # noqa: F401  a fixture


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Create an installation whose dump is random data, which no compression hides: plaintext would be found."""
    noise = os.urandom(200_000)

    def write_dump(name: str, *arguments: str) -> None:
        Path(arguments[-1].removeprefix("--file=")).write_bytes(noise)

    for name in ("var", "files", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "files" / "anh").write_bytes(noise[::-1])
    monkeypatch.setattr(backup, "run_pg_tool", write_dump)
    monkeypatch.setattr(backup, "_FOLDERS", {"files": tmp_path / "files"})
    monkeypatch.setattr(backup, "LAST_BACKUP_FOLDER", tmp_path / "backups")
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path / "var")
    monkeypatch.setattr(settings, "ERASED_DIR", tmp_path / "erased")
    return noise


def test_a_sealed_archive_says_nothing_and_comes_back_whole(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backup.create_backup(tmp_path / "out" / "a.tgz", plain=True)
    needles = [small[70_000:70_032], small[::-1][70_000:70_032]]
    assert all(needle in plain.read_bytes() for needle in needles), "control: in clear they are found"
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    before = int(clock.now().timestamp())
    sealed = backup.create_backup(tmp_path / "out" / "a.tgz")
    assert sealed.name == "a.tgz.age" and stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert backup.create_backup(tmp_path / "out" / "b.age").name == "b.age"
    content = sealed.read_bytes()
    assert not any(needle in content for needle in needles) and settings.SECRET_KEY.encode() not in content
    assert archives.read_checksum(sealed) == sha256(content).hexdigest()
    subprocess.run(["sha256sum", "--check", "--strict", f"{sealed.name}.sha256"], cwd=sealed.parent, check=True)
    made = archives.read_dump_time(sealed)
    assert made is not None and before - 1 <= made.timestamp() <= clock.now().timestamp(), "without any key"
    assert not list((tmp_path / "var").iterdir()) and len(list((tmp_path / "out").iterdir())) == 6, "nothing is left"

    identity = open_archive(key, monkeypatch)
    inside = archives.read_dump_time(sealed, identity)
    assert inside is not None and inside.replace(microsecond=0) == made, "the same date is inside"
    for archive, opens in ((sealed, identity), (plain, None)):
        folder = tmp_path / archive.suffix
        archives.unpack_archive(archive, folder, opens)
        assert (folder / "database.dump").read_bytes() == small
        assert (folder / "files" / "anh").read_bytes() == small[::-1]
        assert (folder / "secret_key").read_text() == settings.SECRET_KEY
    flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    for harmed in (content[:-1], content[: len(content) // 2], content + b"\0", flipped):
        sealed.write_bytes(harmed)
        with pytest.raises(SystemExit, match="damaged"):
            archives.unpack_archive(sealed, tmp_path / "harmed", identity)
    sealed.write_bytes(content)
    with pytest.raises(SystemExit, match="sealed to another key"):
        archives.unpack_archive(sealed, tmp_path / "harmed", Identity.generate())
    with pytest.raises(SystemExit, match="damaged"):
        archives.unpack_archive(sealed, tmp_path / "harmed", None)


def test_a_plain_archive_of_before_is_loaded_without_a_key(
    small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, done = backup.create_backup(tmp_path / "out" / "a.tgz", plain=True), list[str]()
    (tmp_path / "files" / "anh").unlink()
    monkeypatch.setattr(backup, "restore_dump", lambda dump, _: done.append(sha256(dump.read_bytes()).hexdigest()))
    for name in ("restored", "restoring"):
        monkeypatch.setattr(instance_lock, name.upper(), tmp_path / name)
    monkeypatch.setattr(backup, "_has_tables", lambda: done.append("_tables"))
    monkeypatch.setattr(backup, "_disable_channels", lambda: done.append("_silence"))
    monkeypatch.setattr(backup.access, "end", lambda: done.append("_end_access"))
    monkeypatch.setattr(backup.key_inventory, "list_missing", list)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("BINHYEN_SECRET_KEY", raising=False)
    assert typed.main(["load", str(archive)]) == 0
    assert done == ["_tables", sha256(small).hexdigest(), "_silence", "_end_access"]
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
    assert set(done) == {"_tables"}, "nothing was written"


def test_restore_asks_for_the_right_key(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backup.create_backup(tmp_path / "out" / "a.tgz", plain=True)
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    sealed = backup.create_backup(tmp_path / "out" / "a.tgz")
    (public_key,) = age_files.read_recipients(key.with_suffix(".pub").read_text())
    with pytest.raises(SystemExit, match=f"sealed to the key {public_key}"):
        typed.main(["load", str(sealed)])
    monkeypatch.setattr(backup_keys, "getpass", lambda _: "another sentence than that one")
    with pytest.raises(SystemExit, match="không đúng"):
        typed.main(["load", str(sealed), "--key", str(key)])
    foreign = tmp_path / "foreign.key"
    foreign.write_text(str(Identity.generate()))  # as `age-keygen` writes it, without a passphrase
    with pytest.raises(SystemExit, match=f"sealed to the key {public_key}, not to"):
        typed.main(["load", str(sealed), "--key", str(foreign)])
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_has_tables", lambda: False)
        patch.setattr(instance_lock, "RESTORING", tmp_path / "restoring")
        patch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        Path(f"{sealed}.sha256").unlink()
        with pytest.raises(SystemExit, match="sealed to another key"):
            typed.main(["load", str(sealed), "--key", str(foreign)])
    with pytest.raises(SystemExit, match="is not sealed"):  # a foreign file in the place of a sealed archive
        typed.main(["load", str(plain), "--key", str(key)])
    sealed.write_bytes(plain.read_bytes())
    with pytest.raises(SystemExit, match="is not sealed"):
        typed.main(["load", str(sealed)])


def test_without_its_key_nothing_is_written_in_clear_by_mistake(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="would not be sealed"):
        backup.create_backup(tmp_path / "out" / "a.tgz.age", plain=True)
    torn = tmp_path / "torn.pub"
    torn.write_text(key.with_suffix(".pub").read_text()[:-40])
    for wrong in (torn, key, tmp_path / "missing.pub"):
        monkeypatch.setattr(settings, "BACKUP_KEY", str(wrong))
        with pytest.raises(SettingsError, match="BINHYEN_BACKUP_KEY"):
            backup.create_backup(tmp_path / "out" / "a.tgz")
        assert [f.ok for f in doctor._check_backups()] == [False]
    assert not list((tmp_path / "out").iterdir())


def test_a_backup_without_a_key_is_refused_unless_plain_is_asked_for(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    target = str(tmp_path / "out" / "a.tgz")
    with pytest.raises(SettingsError, match=r"in clear(.|\n)*Hint(.|\n)*--new-key(.|\n)*--plain"):
        typed.main(["save", target])
    assert not list((tmp_path / "out").iterdir())
    assert typed.main(["save", target, "--plain"]) == 0 and Path(target).exists(), "control: the explicit word"
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    assert typed.main(["save", target]) == 0 and Path(f"{target}.age").exists()
    assert archives.list_plain(tmp_path / "out") == [Path(target)]


def test_a_dump_holds_no_sessions(small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[str] = []
    write = backup.run_pg_tool
    monkeypatch.setattr(backup, "run_pg_tool", lambda name, *words: (options.extend(words), write(name, *words)))
    backup.create_backup(tmp_path / "out" / "a.tgz", plain=True)
    assert "--exclude-table-data=django_session" in options


def test_what_a_killed_backup_left_in_clear_goes_with_the_next(small: bytes, tmp_path: Path) -> None:
    left, running = (tmp_path / "var" / f"unfinished-backup-{name}" for name in ("left", "running"))
    for leftover in (left, running):
        leftover.mkdir()
        (leftover / "database.dump").write_bytes(small)
    two_days_ago = running.stat().st_mtime - 2 * 86400
    os.utime(left, (two_days_ago, two_days_ago))
    backup.create_backup(tmp_path / "out" / "a.tgz", plain=True)
    assert not left.exists() and running.exists()


def test_the_doctor_warns_while_backups_lie_in_clear(
    small: bytes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying = backup.create_backup(tmp_path / "out" / "a.tgz", plain=True)
    warned, backup_finding, _ = doctor._check_backups()
    assert not warned.ok and "--new-key" in warned.hint
    assert not backup_finding.ok and str(lying) in backup_finding.hint
    monkeypatch.setattr(settings, "BACKUP_KEY", str(key.with_suffix(".pub")))
    fine = next(doctor._check_backups())
    (public_key,) = age_files.read_recipients(key.with_suffix(".pub").read_text())
    assert fine.ok and str(public_key) in fine.text, "to be compared with the paper"
    lying.unlink()
    backup.create_backup(tmp_path / "out" / "a.tgz")
    assert all(finding.ok for finding in doctor._check_backups())
