"""A database without its key files: missing keys are named, and none is recreated before the operator declares it lost."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from binhyen import doctor, run, settings
from binhyen.audit.models import AuditEntry
from binhyen.backup import key_inventory, lost_keys
from binhyen.channels.models import Channel, Credential
from binhyen.kit import key_files
from binhyen.people.factors import secret_encryption
from binhyen.rls.grants import PROCESSES
from binhyen.vault import group_keys as vault
from binhyen.vault import process_keys
from binhyen.vault.models import Contact, GroupKey
from binhyen.vault.services import get_or_create_reporters, key_rotation, open_addresses
from conftest import restore_destroyed_key_files
from tests.rls import get_owner_dsn


@pytest.fixture
def known(real_db: None, monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> None:
    """Create a sender on a channel."""
    monkeypatch.setattr(settings, "get_database_url", get_owner_dsn)
    vault.create_missing_keys(now=now)
    get_or_create_reporters(Channel.objects.create(kind="zalo_oa", name="OA").pk, ["111"], now=now)


def list_lost_names() -> set[str]:
    return {
        need.name.partition("-")[0] if "tip" not in need.name else need.name for need in key_inventory.list_missing()
    }


def test_every_key_that_the_database_needs_is_named_where_it_is_not_here(
    known: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = settings.KEYS_DIR
    assert "worker/lookup" not in list_lost_names(), "control: it is here"
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    assert {"worker/lookup", "worker/intake", "sender/delivery", "gateway/gateway"} <= list_lost_names()
    with pytest.raises(SystemExit, match=r"worker/lookup\.key: người quen viết lại thành người lạ"):
        key_inventory.require_keys()
    (finding,) = doctor.check_key_files()
    assert not finding.ok and "sender/delivery-" in finding.hint and "keys_lost" in finding.hint
    (tmp_path / "pages").mkdir()
    assert [f.ok for f in doctor.check_key_files()] == [True], (
        "a host that serves pages only has no keys of other processes"
    )
    assert whole.is_dir()


def test_a_key_that_was_replaced_is_named_as_long_as_it_stands(
    known: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    """A backup in the middle of a rotation: it stops nothing, because no new key replaces it."""
    old = GroupKey.objects.get(group="DELIVERY", retired_at=None)
    file = f"delivery-{bytes(old.key_id).hex()}"
    key_rotation.rotate_group_key("DELIVERY", actor="test", now=now)
    assert file not in key_inventory.format_key_lines(key_inventory.list_missing()), "control: it is here"
    key_bytes = key_files.read_key("sender", file)
    key_files.destroy_key("sender", file)
    try:
        (need,) = key_inventory.list_missing()
        assert need.name == f"sender/{file}" and "chưa chuyển sang khóa mới" in need.loss
        key_inventory.require_keys()
        (finding,) = doctor.check_key_files()
        assert not finding.ok and file in finding.hint
        GroupKey.objects.filter(pk=old.pk).update(destroyed_at=now)
        assert key_inventory.list_missing() == []
    finally:
        key_files.write_key("sender", file, key_bytes)
        process_keys.load_key_pair.cache_clear()


def test_an_old_key_that_is_lost_keeps_nothing_else_from_moving(known: None, now: dt.datetime) -> None:
    """Otherwise every later rotation would stay incomplete, and its row without dependents would never be removed."""
    channel_id = Contact.objects.get().channel_id
    lost = GroupKey.objects.get(group="DELIVERY", retired_at=None)
    key_rotation.rotate_group_key("DELIVERY", actor="test", now=now)
    second = get_or_create_reporters(channel_id, ["222"], now=now)["222"]
    moved = GroupKey.objects.get(group="DELIVERY", retired_at=None)
    key_rotation.rotate_group_key("DELIVERY", actor="test", now=now)
    file = f"delivery-{bytes(lost.key_id).hex()}"
    key_bytes = key_files.read_key("sender", file)
    key_files.destroy_key("sender", file)
    process_keys.load_key_pair.cache_clear()

    def is_row_removed() -> list[int]:
        key_rotation.rewrap_machine("DELIVERY")
        return [k.pk for k in key_rotation.destroy_unused(["DELIVERY"], actor="t", now=now, grace=dt.timedelta(0))]

    try:
        assert is_row_removed() == [moved.pk] and key_rotation.count_uses(lost) == 1
        assert open_addresses(channel_id, [second]) == {second: "222"}
        Contact.objects.exclude(reporter_id=second).delete()
        assert is_row_removed() == [lost.pk], "no row depends on it any more"
    finally:
        key_files.write_key("sender", file, key_bytes)
        process_keys.load_key_pair.cache_clear()


def test_what_a_process_remembers_of_its_keys_belongs_to_their_folder(
    known: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    """A key cached regardless of the folder encrypts data that no key here can open: a second step that never succeeds
    again.
    """
    whole = settings.KEYS_DIR
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path / "other")
    vault.create_missing_keys(now=now)
    elsewhere = (
        secret_encryption.encrypt_secret("x"),
        process_keys.hash_external_id(1, "111"),
        process_keys.get_fingerprint_key(),
    )
    monkeypatch.setattr(settings, "KEYS_DIR", whole)
    with pytest.raises(secret_encryption.DecryptionError):
        secret_encryption.decrypt_secret(elsewhere[0])
    assert secret_encryption.decrypt_secret(secret_encryption.encrypt_secret("x")) == "x"
    assert (
        process_keys.hash_external_id(1, "111") != elsewhere[1] and process_keys.get_fingerprint_key() != elsewhere[2]
    )
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path / "other")
    assert (secret_encryption.decrypt_secret(elsewhere[0]), process_keys.hash_external_id(1, "111")) == (
        "x",
        elsewhere[1],
    )


def test_a_process_that_starts_alone_makes_no_key_of_its_own_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one lost file the pages silently created another salt: every earlier receipt became invalid."""
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    for name in ("pages/tip-lookup-salt", "pages/tip-wrap-salt", "pages/factors", "worker/lookup", "worker/prints"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.key").write_bytes(b"x")
    for process in PROCESSES:
        key_inventory.require_own_keys(process)
    assert key_inventory.list_missing_first_keys() == []
    (tmp_path / "pages" / "tip-wrap-salt.key").unlink()
    with pytest.raises(SystemExit, match=r"pages/tip-wrap-salt\.key: biên nhận"):
        key_inventory.require_own_keys("pages")
    key_inventory.require_own_keys("worker")
    monkeypatch.setattr(run.instance_lock, "acquire_part_lock", lambda _: None)
    with pytest.raises(SystemExit, match="tip-wrap-salt"):
        run.run_single_process("pages")


def test_nothing_is_made_anew_over_what_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **_: done.append(words[0]))
    monkeypatch.setattr("binhyen.people.factors.secret_encryption.ensure_key", lambda: done.append("factors"))
    for name in ("PREPARED", "RESTORED"):
        monkeypatch.setattr(run.instance_lock, name, tmp_path / name)
    monkeypatch.setattr(run.instance_lock, "check_installation_kind", lambda *, demo: None)
    for name in ("_ensure_logins", "_hash_program", "_get_database_identity"):
        monkeypatch.setattr(run, name, lambda: "same")
    monkeypatch.setattr(key_inventory, "list_missing", lambda: [key_inventory.KeyFile("worker/lookup", "…")])
    with pytest.raises(SystemExit, match="keys_lost"):
        run.prepare_installation(demo=False)
    assert "set_up" not in done and "factors" not in done
    monkeypatch.setattr(key_inventory, "list_missing", lambda: [key_inventory.KeyFile("worker/audit", "…")])
    monkeypatch.setattr(run.apply, "apply_rls", lambda _: True)
    monkeypatch.setattr("binhyen.tips.receipts.load_salts", lambda: done.append("salts"))
    run.prepare_installation(demo=False)
    assert {"set_up", "factors", "salts"} <= set(done), "only the audit log's key is never replaced silently"
    done.clear()
    monkeypatch.setattr(key_inventory, "list_missing_first_keys", list)
    run.prepare_installation(demo=False)
    assert done == [], "control: prepared already"
    monkeypatch.setattr(key_inventory, "list_missing", lambda: [key_inventory.KeyFile("worker/intake-0a", "…")])
    with pytest.raises(SystemExit, match="keys_lost"):
        run.prepare_installation(demo=False)


@pytest.mark.django_db
def test_what_is_lost_for_good_is_given_up_out_loud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dt.datetime, settings: Any
) -> None:
    channel = Channel.objects.create(kind="zalo_oa", name="OA")
    old = get_or_create_reporters(channel.pk, ["111"], now=now)["111"]
    row = Credential(channel=channel)
    row.update_secrets(app_secret="a", webhook_secret="w")
    row.save()
    gone = [
        k for k in GroupKey.objects.filter(retired_at=None) if k.group in process_keys.PROCESS_FOLDERS or k.founding
    ]
    monkeypatch.setattr("binhyen.settings.KEYS_DIR", tmp_path)
    process_keys.load_key_pair.cache_clear()
    lost_keys.give_up_lost_keys(
        [
            key_inventory.KeyFile("worker/lookup", ""),
            *(key_inventory.KeyFile(k.group, "", bytes(k.key_id)) for k in gone),
        ]
    )
    assert GroupKey.objects.filter(pk__in=[k.pk for k in gone], destroyed_at=None).count() == 0
    vault.clear_key_cache()
    assert {k.group for k in gone} == set(GroupKey.objects.filter(retired_at=None).values_list("group", flat=True))
    stranger = get_or_create_reporters(channel.pk, ["111"], now=now)["111"]
    assert stranger != old and open_addresses(channel.pk, [stranger]) == {stranger: "111"}, "new writers are answered"
    again = Credential.objects.get()
    again.update_secrets(app_secret="new")
    assert again.opened() == {"app_secret": "new"}, "the channel is connected again"
    assert AuditEntry.objects.get(verb="keys_given_up").detail["keys"][0] == "worker/lookup"
    process_keys.load_key_pair.cache_clear()
    assert key_files.read_key("pages", "tip-wrap-salt")


def test_a_key_destroyed_inside_a_test_returns_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binhyen.settings.KEYS_DIR", tmp_path)
    key_files.write_key("sender", "old", b"x")
    with restore_destroyed_key_files():
        key_files.destroy_key("sender", "old")
        with pytest.raises(key_files.KeyFileMissing):
            key_files.read_key("sender", "old")
    assert key_files.read_key("sender", "old") == b"x"
    key_files.destroy_key("sender", "old")  # control: without it the key is gone
    with pytest.raises(key_files.KeyFileMissing):
        key_files.read_key("sender", "old")
