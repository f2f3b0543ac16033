"""After a restore: sessions and tokens end, and everything ended since the backup ends again."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict
from django.test import Client

from binhyen.api.models import Token
from binhyen.api.queries import find_active_token
from binhyen.api.scopes import Scope
from binhyen.api.services import create_token
from binhyen.audit.models import AuditEntry
from binhyen.kit import clock, erasure_log
from binhyen.people.factors import secret_encryption
from binhyen.people.models import Activation, Officer, SignIn
from binhyen.people.services import accounts, changes, factors, officers
from binhyen.people.services.activation import check_activation_code, create_activation_code
from binhyen.people.services.replaying import ReplayResult, replay_access

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
OLD, NEW = "mot-mat-khau-cu-dai", "mot-mat-khau-moi-dai"
Make = Callable[..., Officer]
Committed = Callable[..., Any]


@pytest.fixture(autouse=True)
def notes(settings: Any, tmp_path: Path) -> Path:
    """Create the folder of notes as it was at the backup an hour ago."""
    settings.ERASED_DIR = tmp_path / "erased"
    return tmp_path / "erased"


@pytest.fixture
def made(now: dt.datetime, notes: Path) -> dt.datetime:
    made = now - HOUR
    erasure_log.mark_backup(notes, made)
    erasure_log.mark_alive(now=now)
    return made


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Committed:
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def operator(officer: Make) -> Officer:
    return officer("OPERATOR", "42")


class Backup:
    """Rows of officers and their factors as they are now, put back like a restore."""

    def __init__(self) -> None:
        self._officers = {
            colleague.pk: model_to_dict(colleague, exclude=["id", "search_text", "unit"])
            | {"unit_id": colleague.unit_id}
            for colleague in Officer.objects.all()
        }
        self._factors = list(Authenticator.objects.all())

    def restore(self) -> None:
        for pk, values in self._officers.items():
            Officer.objects.filter(pk=pk).update(**values)
        Authenticator.objects.all().delete()
        Authenticator.objects.bulk_create(self._factors)


def restore_backup(backup: Backup, made: dt.datetime) -> ReplayResult:
    backup.restore()
    return replay_access(made_at=made, now=clock.now())


def check_locked_again(officer: Make, operator: Officer, committed: Committed, made: dt.datetime) -> None:
    person, other = officer(), officer()
    backup = Backup()
    with committed():
        accounts.lock_account(manager=operator, officer_id=person.pk, now=clock.now())
    done = restore_backup(backup, made)
    person.refresh_from_db()
    other.refresh_from_db()
    assert (done.locked, person.is_active, other.is_active) == (1, False, True)


def test_accounts_locked_since_are_locked_again(
    officer: Make, operator: Officer, committed: Committed, made: dt.datetime
) -> None:
    check_locked_again(officer, operator, committed, made)


def test_control_without_the_note_they_would_be_back(
    officer: Make, operator: Officer, committed: Committed, made: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure_log, "_append_lines", lambda lines: None)
    with pytest.raises(AssertionError):
        check_locked_again(officer, operator, committed, made)


def test_accounts_unlocked_since_stay_as_in_the_backup(
    officer: Make, operator: Officer, committed: Committed, made: dt.datetime, now: dt.datetime
) -> None:
    person = officer()
    backup = Backup()
    with committed():
        accounts.lock_account(manager=operator, officer_id=person.pk, now=now)
        accounts.unlock_account(manager=operator, officer_id=person.pk, now=now + HOUR)
    assert restore_backup(backup, made).locked == 0
    person.refresh_from_db()
    assert person.is_active


def test_a_removed_factor_is_not_restored(
    officer: Make, operator: Officer, committed: Committed, made: dt.datetime
) -> None:
    person, other = officer(), officer()
    backup = Backup()
    with committed():
        accounts.reset_factors(manager=operator, officer_id=person.pk, now=clock.now())
    backup.restore()
    assert Authenticator.objects.filter(user_id=person.pk).exists(), "control: the backup brought it back"
    done = replay_access(made_at=made, now=clock.now())
    assert done.factors == 1 and not Authenticator.objects.filter(user_id=person.pk).exists()
    assert Authenticator.objects.filter(user_id=other.pk).exists()


def create_spare_codes(person: Officer) -> list[str]:
    seed = secret_encryption.encrypt_secret(secret_encryption.bind_to_owner(person.public_id, "a" * 80))
    row = Authenticator.objects.create(
        user=person, type="recovery_codes", data={"id": "f" * 32, "seed": seed, "used_mask": 0}
    )
    return list(factors.RecoveryCodes(row).generate_codes())


def test_a_spare_code_that_was_used_stays_used(officer: Make, committed: Committed, made: dt.datetime) -> None:
    person = officer()
    codes = create_spare_codes(person)
    backup = Backup()
    with committed():
        assert factors.verify_code(officer=person, code=codes[3], now=clock.now()) == "recovery_codes"
    backup.restore()
    row = Authenticator.objects.get(type="recovery_codes")
    assert factors.RecoveryCodes(row).validate_code(codes[3]), "control: the backup would accept it again"
    backup.restore()
    replay_access(made_at=made, now=clock.now())
    assert factors.verify_code(officer=person, code=codes[3], now=clock.now()) is None
    assert factors.verify_code(officer=person, code=codes[4], now=clock.now() + HOUR) == "recovery_codes"


def test_a_removed_share_index_is_removed_again(
    officer: Make, operator: Officer, committed: Committed, made: dt.datetime, unit: Any, now: dt.datetime
) -> None:
    person, gone = officer("CHIEF", "18568"), officer("CHIEF", "18073")
    backup = Backup()
    with committed():
        officers.transfer_officer(officer_id=person.pk, unit_id=unit("18073").pk, role="OFFICER", actor="test", now=now)
    (erasure_log.settings.ERASED_DIR / f"{now:%Y-%m-%d}.other").write_text(
        f"seat {gone.public_id} {now.isoformat()} 999999999:OFFICER\nseat {gone.public_id} yesterday 1:CHIEF\nseat x\n"
    )
    assert restore_backup(backup, made).moved == 2
    person.refresh_from_db()
    gone.refresh_from_db()
    assert (person.unit_id, person.role) == (unit("18073").pk, "OFFICER")
    assert not gone.is_active, "a unit missing in the backup: locked, and a person decides"
    assert restore_backup(Backup(), made).moved == 0, "as it is already"


def test_an_old_password_or_identity_is_reported_to_the_account_manager(
    officer: Make, operator: Officer, committed: Committed, made: dt.datetime
) -> None:
    person, linked, other = officer(), officer(), officer()
    for colleague in (person, other):
        colleague.set_password(OLD)
        colleague.save()
    Officer.objects.filter(pk=linked.pk).update(subject="old-subject")
    with committed():  # before the backup: it has these already
        officers.change_password(officer_id=other.pk, old=OLD, new=NEW, now=clock.now())
    backup = Backup()
    with committed():
        officers.change_password(officer_id=person.pk, old=OLD, new=NEW, now=clock.now())
        call_command("link_identity", linked.username, "new-subject")
    done = restore_backup(backup, made)
    assert (done.unsure, done.complete) == (2, True)
    assert set(Officer.objects.exclude(unsure_since=None)) == {person, linked}
    linked.refresh_from_db()
    assert linked.subject is None, "the old subject's identity is unknown"
    assert not any(NEW in path.read_text() or "subject\n" in path.read_text() for path in list_note_files())


def list_note_files() -> Iterator[Path]:
    yield from erasure_log.settings.ERASED_DIR.iterdir()


def test_sessions_codes_and_tokens_end(officer: Make, made: dt.datetime, now: dt.datetime) -> None:
    person = officer()
    client = Client()
    client.force_login(person)
    new = create_token(officer=person, name="x", scopes=frozenset({Scope.READ}), days=9, actor="test", now=now - HOUR)
    Token.objects.update(created_at=now - HOUR)
    Officer.objects.update(permissions_changed_at=now - 2 * HOUR)
    code = create_activation_code(officer=person, actor="test", now=now)
    backup = Backup()
    assert client.get("/bao-mat").status_code == 200 and find_active_token(new.value, now=clock.now()), (
        "control: all open"
    )
    restore_backup(backup, made)
    assert client.get("/bao-mat").status_code == 302 and find_active_token(new.value, now=clock.now()) is None
    assert not Session.objects.exists() and not SignIn.objects.filter(ended_at=None).exists()
    assert check_activation_code(officer=person, typed_code=code, now=clock.now()) is None
    assert not Activation.objects.filter(used_at=None).exists()


@pytest.mark.parametrize("gap", ["missing", "another backup's", "cut off"])
def test_where_the_notes_have_a_gap_every_account_is_marked(
    gap: str, officer: Make, operator: Officer, notes: Path, now: dt.datetime
) -> None:
    person, locked = officer(), officer()
    Officer.objects.filter(pk=locked.pk).update(is_active=False)
    create_spare_codes(person)
    made = now - 40 * HOUR
    if gap != "missing":
        erasure_log.mark_backup(notes, made - (HOUR if gap == "another backup's" else dt.timedelta()))
    done = replay_access(made_at=made, now=clock.now())
    assert (done.complete, done.unsure) == (False, 2)
    assert set(Officer.objects.exclude(unsure_since=None)) == {person, operator}
    assert not Authenticator.objects.filter(type="recovery_codes").exists(), "used ones would work again"
    [entry] = AuditEntry.objects.filter(verb="backup.access_ended")
    assert entry.detail["complete"] == 0 and entry.detail["unsure"] == 2
    erasure_log.mark_backup(notes, made)
    erasure_log.mark_alive(now=now)
    assert replay_access(made_at=made, now=clock.now()).complete, "control: with the notes nothing is unsure"


def test_the_page_lists_them_until_reviewed(officer: Make, operator: Officer, now: dt.datetime) -> None:
    person, client = officer(), Client()
    client.force_login(operator)
    SignIn.objects.update(confirmed_at=clock.now(), factor="webauthn")
    marked = "Máy chủ vừa được phục hồi"
    assert marked not in client.get("/can-bo").content.decode(), "control: nothing was restored"
    Officer.objects.update(unsure_since=now)
    page_html = client.get("/can-bo").content.decode()
    assert (
        marked in page_html
        and person.name in page_html
        and operator.name not in page_html.split(marked)[1].split("</ul>")[0]
    )
    url = f"/can-bo/{person.public_id}"
    assert "Xác nhận đúng như hiện nay" in client.get(url).content.decode()
    assert client.post(f"{url}/xac-nhan").status_code == 303
    person.refresh_from_db()
    assert person.unsure_since is None and person.is_active
    assert AuditEntry.objects.filter(verb="officer_confirmed").count() == 1
    assert marked not in client.get("/can-bo").content.decode()


def test_a_chief_sees_only_those_of_the_own_unit(officer: Make, now: dt.datetime) -> None:
    chief, assignee, stranger = officer("CHIEF"), officer(), officer("OFFICER", "18073")
    Officer.objects.update(unsure_since=now)
    assert [colleague.pk for colleague in list_unreviewed(chief)] == [assignee.pk] and stranger.unsure_since is None
    assert list_unreviewed(assignee) == []


def list_unreviewed(manager: Officer) -> list[Officer]:
    from binhyen.people.queries import list_unsure

    return list_unsure(manager)


def test_the_only_operator_is_confirmed_on_the_server(operator: Officer, now: dt.datetime) -> None:
    with pytest.raises(CommandError):
        call_command("confirm_officer", operator.username)
    Officer.objects.update(unsure_since=now)
    call_command("confirm_officer", operator.username)
    operator.refresh_from_db()
    assert operator.unsure_since is None


def test_the_command_reports_its_findings(
    operator: Officer, made: dt.datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("after_restore", made.isoformat())
    output = capsys.readouterr().out
    assert "API token is ended" in output and "/can-bo" not in output
    call_command("after_restore", (made - 3 * HOUR).isoformat())
    output = capsys.readouterr().out
    assert "not known. 1 accounts are marked" in output.replace("\n  ", " ") and "confirm_officer" in output


def test_notes_contain_no_names_and_each_user_has_a_file(
    officer: Make, operator: Officer, committed: Committed, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = officer()
    for uid in (1001, 1002):
        monkeypatch.setattr(erasure_log.os, "geteuid", lambda uid=uid: uid)
        with committed():
            accounts.reset_factors(manager=operator, officer_id=person.pk, now=clock.now())
            accounts.lock_account(manager=operator, officer_id=person.pk, now=clock.now())
            accounts.unlock_account(manager=operator, officer_id=person.pk, now=clock.now())
    files = sorted(notes.iterdir())
    assert [path.suffix for path in files] == [".1001", ".1002"] and all(not p.stat().st_mode & 0o077 for p in files)
    text = "".join(path.read_text() for path in files)
    assert person.username not in text and person.name not in text and changes.LOCKED in text
