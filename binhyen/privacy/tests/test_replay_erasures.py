"""After a restore: data erased since the backup is erased again, from the erasure log outside the database."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, Report
from binhyen.kit import erasure_log
from binhyen.privacy.services.fulfilment import erase_person
from binhyen.privacy.services.replay_erasures import replay_erasures
from binhyen.privacy.tests.scene import DAY, SECRETS, create_closed_case, find_remaining_words
from binhyen.vault import services as vault
from binhyen.vault.models import Reporter, WrappedKey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.ERASED_DIR = tmp_path / "erased"


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def copy_all_rows():
    return [
        WrappedKey(lock_id=c.lock_id, group_key_id=c.group_key_id, ciphertext=c.ciphertext)
        for c in WrappedKey.objects.all()
    ]


def test_a_key_that_a_restore_brought_back_is_destroyed_again(now, committed):
    gone = Reporter.objects.get(pk=vault.create_reporter({"NAME": SECRETS[0]}, now=now))
    remaining_reporter = Reporter.objects.get(pk=vault.create_reporter({"NAME": "Người Khác"}, now=now))
    saved = [c for c in copy_all_rows() if c.lock_id == gone.lock_id]
    with committed():
        vault.erase_reporter_data([gone.pk])
    assert not WrappedKey.objects.filter(lock=gone.lock_id).exists()
    WrappedKey.objects.bulk_create(saved)  # the state in the backup
    assert replay_erasures(made_at=now, now=now)["keys"] == 1
    assert not WrappedKey.objects.filter(lock=gone.lock_id).exists()
    assert WrappedKey.objects.filter(lock=remaining_reporter.lock_id).exists()


def test_control_without_the_note_it_would_open(now, committed, monkeypatch):
    gone = Reporter.objects.get(pk=vault.create_reporter({"NAME": SECRETS[0]}, now=now))
    saved = copy_all_rows()
    monkeypatch.setattr(erasure_log, "_append_lines", lambda lines: None)
    with committed():
        vault.erase_reporter_data([gone.pk])
    WrappedKey.objects.bulk_create(saved)
    assert replay_erasures(made_at=now, now=now)["keys"] == 0
    assert WrappedKey.objects.filter(lock=gone.lock_id).exists()


def test_rolled_back_erasures_are_not_logged(now, django_capture_on_commit_callbacks):
    gone = vault.create_reporter({"NAME": SECRETS[0]}, now=now)
    with django_capture_on_commit_callbacks(execute=False):
        vault.erase_reporter_data([gone])
    assert list(erasure_log.iter_erasures(vault.ERASURE_KIND)) == []


def test_an_erasure_on_request_is_repeated(unit, now, committed):
    case = create_closed_case(unit("18568"), "noise", moment=now)
    person = Report.objects.get(case=case).reporter
    (erased_dir := erasure_log.settings.ERASED_DIR).mkdir()
    (erased_dir / f"{now:%Y-%m-%d}").write_text(f"person {person.public_id}\nperson nobody\nperson \nrubbish\n")
    assert find_remaining_words() != [], "control: the backup brought the text back"
    assert replay_erasures(made_at=now, now=now)["persons"] == 1
    assert find_remaining_words() == [] and Case.objects.get(pk=case.pk).erased_at is not None


def test_an_erasure_is_noted_by_random_ids_alone(unit, now, committed):
    case = create_closed_case(unit("18568"), "noise", moment=now)
    person = Report.objects.get(case=case).reporter
    with committed():
        erase_person(person.pk, until=now, now=now)
    assert f"{person.public_id} {now.isoformat()}" in list(erasure_log.iter_erasures("person"))
    [file] = erasure_log.settings.ERASED_DIR.iterdir()
    assert not any(secret in file.read_text() for secret in SECRETS) and file.stat().st_mode & 0o077 == 0


def test_expired_data_is_erased_and_an_old_backup_is_an_entry(unit, now):
    case = create_closed_case(unit("18568"), "noise", moment=now - 400 * DAY)
    assert replay_erasures(made_at=now - 34 * DAY, now=now)["over"] >= 1
    assert Case.objects.get(pk=case.pk).erased_at is not None
    assert not AuditEntry.objects.filter(verb="backup.restored_old").exists()
    replay_erasures(made_at=now - 36 * DAY, now=now)
    [entry] = AuditEntry.objects.filter(verb="backup.restored_old")
    assert entry.detail == {"days": 36} and entry.object == f"backup:{now - 36 * DAY:%Y-%m-%d}"


def test_days_before_the_oldest_backup_are_dropped(now):
    folder = erasure_log.settings.ERASED_DIR
    folder.mkdir()
    for days in (0, 35, 37, 38, 90):
        (folder / f"{now - dt.timedelta(days=days):%Y-%m-%d}").write_text("lock 00\n")
    assert erasure_log.delete_old_files(now=now) == 2 and len(list(folder.iterdir())) == 3


def test_a_full_disk_does_not_stop_an_erasure(now, committed, settings, tmp_path):
    (tmp_path / "taken").write_text("")
    settings.ERASED_DIR = tmp_path / "taken" / "erased"
    gone = vault.create_reporter({"NAME": SECRETS[0]}, now=now)
    with committed():
        vault.erase_reporter_data([gone])
    assert WrappedKey.objects.count() == 0


def test_the_command_wants_a_moment(now):
    for wrong in ("hôm qua", "2026-11-26T10:00:00"):
        with pytest.raises(CommandError):
            call_command("after_restore", wrong)
