"""An interrupted restore: nothing starts on a partial restore, the same command resumes it; and an interrupted backup
leaves the previous one intact.
"""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from binhyen import backup, instance_lock, settings
from binhyen.backup import __main__ as typed
from binhyen.backup import archives

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create an installation's folder with one file, a backup of it beside, and no database behind."""
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    monkeypatch.setattr(settings, "ERASED_DIR", tmp_path / "erased")
    monkeypatch.setattr(backup, "LAST_BACKUP_FOLDER", tmp_path / "backups")
    monkeypatch.setattr(backup, "_FOLDERS", {"files": tmp_path / "files"})
    for name in ("restored", "restoring"):
        monkeypatch.setattr(instance_lock, name.upper(), tmp_path / name)
    monkeypatch.setattr(
        backup, "run_pg_tool", lambda _name, *words: Path(words[-1].partition("=")[2]).write_bytes(b"dump")
    )
    monkeypatch.setattr(settings, "SECRET_KEY", "k" * 40)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("BINHYEN_SECRET_KEY", raising=False)
    monkeypatch.setattr(backup.key_inventory, "list_missing", list)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "anh").write_bytes(b"photo")
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record operations on the database, which is not empty after a restore."""
    deeds: list[str] = []
    monkeypatch.setattr(backup, "restore_dump", lambda *_: deeds.append("restored"))
    monkeypatch.setattr(backup, "_disable_channels", lambda: deeds.append("silenced"))
    monkeypatch.setattr(backup.access, "end", lambda: deeds.append("access ended"))
    monkeypatch.setattr(backup, "_has_tables", lambda: "restored" in deeds)
    return deeds


def raise_disk_full(*_: object, **__: object) -> None:
    raise FULL


def break_restore(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a full disk when the files are restored."""
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", raise_disk_full)
        with pytest.raises(SystemExit, match=r"No space left(.|\n)*the same command again"):
            typed.main(["load", str(archive)])


def check_start_refused(here: Path, program: Callable[[], None]) -> None:
    assert (here / "restoring").exists() and not (here / "restored").exists() and not (here / "secret_key").exists()
    with pytest.raises(SystemExit, match="dở dang"):
        program()


def test_nothing_starts_on_half_a_restore_and_the_same_command_goes_on(
    here: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise erased data is back, every status link is dead and channels may send."""
    archive = backup.create_backup(here / "out" / "a.tgz", plain=True)
    shutil.rmtree(here / "files")
    break_restore(archive, monkeypatch)
    for command in ("run", "prepare", "demo"):
        check_start_refused(here, lambda command=command: instance_lock.acquire_instance_lock(command))
    check_start_refused(here, lambda: instance_lock.acquire_part_lock("pages"))
    other = here / "out" / "b.tgz"
    shutil.copy(archive, other)
    other.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(SystemExit, match="broke off here, of another archive"):
        backup.restore_backup(other)
    assert typed.main(["load", str(archive)]) == 0
    again = ["silenced", "access ended"]
    assert done == ["restored", *again, *again], "the database once, then the remaining steps"
    assert (here / "files" / "anh").read_bytes() == b"photo" and (here / "secret_key").read_text() == "k" * 40
    assert (here / "restored").exists() and not (here / "restoring").exists()
    with pytest.raises(SystemExit, match="not empty"):
        backup.restore_backup(archive)


def test_nothing_serves_before_what_ended_since_the_backup_ends_again(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run --only` and a further host run no preparation: an account locked since the backup could sign in."""
    monkeypatch.setattr(instance_lock, "_LOCK", here / "running")
    monkeypatch.setattr(settings, "KEYS_DIR", here / "keys")
    instance_lock.acquire_part_lock("worker")  # control: nothing was restored
    (here / "restored").write_text("2026-11-26T10:00:00+00:00\n")
    for start in (
        lambda: instance_lock.acquire_part_lock("pages"),
        lambda: instance_lock.acquire_instance_lock(instance_lock.AS_IS),
    ):
        with pytest.raises(SystemExit, match=r"Vừa phục hồi(.|\n)*binhyen prepare"):
            start()
    instance_lock.acquire_instance_lock("prepare")


def test_a_full_disk_is_not_called_a_damaged_archive(
    here: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = backup.create_backup(here / "out" / "a.tgz", plain=True)
    monkeypatch.setattr(archives.tarfile.TarFile, "extractall", raise_disk_full)
    with pytest.raises(SystemExit) as error:
        typed.main(["load", str(archive)])
    assert "room on the disk" in str(error.value) and "damaged" not in str(error.value)
    assert done == [] and not (here / "restoring").exists()


@pytest.mark.parametrize("where", ["compute_digest", "fsync", "replace"])
def test_a_backup_that_breaks_off_leaves_the_one_of_before_whole(
    where: str, here: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = backup.create_backup(here / "out" / "a.tgz", plain=True)
    before = archive.read_bytes()
    (here / "files" / "anh").write_bytes(b"another photo")
    patched_owner = {"compute_digest": archives, "fsync": backup.os, "replace": Path}[where]
    with monkeypatch.context() as patch:
        patch.setattr(patched_owner, where, raise_disk_full)
        with pytest.raises(SystemExit, match="room on the disk"):
            typed.main(["save", str(archive), "--plain"])
    assert archive.read_bytes() == before and list((here / "out").glob("unfinished*")) == []
    backup.restore_backup(archive)
    assert done[0] == "restored"
    assert "another" not in (here / "files" / "anh").read_text()


def test_control_the_checksum_first_calls_it_damaged(
    here: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_first(part: Path, target: Path, *_: object) -> None:
        archives.get_checksum_path(target).write_text(archives.compute_digest(part) + "\n")
        part.replace(target)

    monkeypatch.setattr(backup, "_move_into_place", check_first)
    with pytest.raises(SystemExit, match="damaged"):
        test_a_backup_that_breaks_off_leaves_the_one_of_before_whole("replace", here, done, monkeypatch)
