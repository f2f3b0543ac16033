"""Zalo reports a withdrawal of consent: reports, files, keys and all ways to the person are erased as if requested
here."""

import datetime as dt
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection

from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.services import linking
from binhyen.channels.models import Attachment, Channel, Message
from binhyen.channels.services import messages
from binhyen.channels.services.channel_events import ERASE_JOB, apply_events
from binhyen.channels.types import ChannelEvent, EventType
from binhyen.intake.tests.chat_reports import ChatPerson, run_pipeline
from binhyen.intake.tests.web import NOISE
from binhyen.kit import erasure_log, file_storage
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services.replay_erasures import handle_deletion_callback, replay_erasures
from binhyen.vault import services as vault
from binhyen.vault.models import Contact, Identity, Reporter, WrappedKey
from tests import rls

pytestmark = pytest.mark.django_db
ZALO, NAME = "246845883529197922", "Nguyễn Thị Kín Danh"
SMALL = "Chào các chú, hôm nay trời đẹp"
_WAITING = "SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id"


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT, settings.ERASED_DIR = tmp_path / "files", tmp_path / "erased"
    return tmp_path


@pytest.fixture
def who(now: dt.datetime) -> ChatPerson:
    """Create a Zalo user with private messages: small talk with a picture, and a noise report; the name is stored."""
    channel = Channel.objects.create(kind="zalo_oa", name="OA")
    reporter = vault.get_or_create_reporters(channel.pk, [ZALO], now=now)[ZALO]
    vault.seal_identity(reporter_id=reporter, field=vault.Field.NAME, value=NAME, now=now)
    talk = messages.get_or_create_conversations(channel.pk, [reporter])[reporter]
    person = ChatPerson(reporter, talk.pk, channel.pk)
    run_pipeline(
        (person, SMALL), moment=now - dt.timedelta(hours=1)
    )  # long before, so it is not part of the following events
    run_pipeline((person, NOISE), moment=now)
    small = Message.objects.get(text=SMALL)
    assert not small.in_case and Report.objects.filter(reporter=reporter).exists()
    lock = vault.create_conversation_key(["IDENTITY"], now=now)
    Attachment.objects.create(
        message=small,
        kind="image",
        original=file_storage.store_file(b"o", "original"),
        preview=file_storage.store_file(b"s", "shown"),
        lock=lock,
    )
    return person


def withdraw_consent(reporter: ChatPerson, now: dt.datetime) -> None:
    """Process the webhook and run the worker's waiting jobs."""
    channel = Channel.objects.get(pk=reporter.channel)
    with rls.acting_as("worker"):
        apply_events(channel, [ChannelEvent(EventType.ERASE_ME, now, people=(ZALO,))], now=now)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [ERASE_JOB])
        waiting = [orjson.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]
    assert waiting == [{"reporter": reporter.reporter}]
    with rls.acting_as("worker"):
        handle_deletion_callback(reporter_id=reporter.reporter, now=now)


def list_files(folder: Path) -> list[str]:
    return [path.name for path in (folder / "files").rglob("*") if path.is_file()]


def test_everything_of_them_is_erased_and_logged(
    who: ChatPerson, folders: Path, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    marked = str(Reporter.objects.get(pk=who.reporter).public_id)
    assert len(list_files(folders)) == 2 and WrappedKey.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(who, now)
    assert not Message.objects.exists() and not Attachment.objects.exists() and list_files(folders) == []
    assert not WrappedKey.objects.exists() and not Identity.objects.exists() and not Contact.objects.exists()
    assert Case.objects.get().erased_at is not None
    row = Request.objects.get()
    assert (row.kind, row.state, row.via, row.reporter_id) == ("ERASE", "DONE", "APP", None) and row.due_at > now
    assert (
        f"{marked} {now.isoformat()}" in list(erasure_log.iter_erasures("person"))
        and len(list(erasure_log.iter_erasures(vault.ERASURE_KIND))) == 2
    )


def test_a_duty_keeps_the_case_for_the_desk_and_nothing_else(
    who: ChatPerson, folders: Path, officer: Any, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    Case.objects.update(lane="CRIME_REPORT")
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(who, now)
    assert [m.text for m in Message.objects.all()] == [NOISE] and list_files(folders) == []
    assert not WrappedKey.objects.exists() and not Contact.objects.exists()
    row = Request.objects.get()
    assert row.state == "OPEN" and queries.list_open_requests(officer("PROVINCE_STAFF", "42")).get() == row
    Contact.objects.create(
        reporter_id=who.reporter, channel_id=who.channel, key="k", ciphertext=b"x"
    )  # a restored backup
    replay_erasures(made_at=now, now=now)
    assert not Contact.objects.exists() and Report.objects.exists()


def test_control_without_the_job_the_address_stays(
    who: ChatPerson, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.privacy.services.replay_erasures.erase_identities", lambda *_, **__: 0)
    Case.objects.update(lane="CRIME_REPORT")
    withdraw_consent(who, now)
    assert Contact.objects.exists()


def test_a_repeated_withdrawal_is_harmless(who: ChatPerson, now: dt.datetime) -> None:
    withdraw_consent(who, now)
    with rls.acting_as("worker"):
        handle_deletion_callback(reporter_id=who.reporter, now=now)
    assert not Message.objects.exists()


def test_a_detached_message_is_erased_in_its_time(
    who: ChatPerson, officer: Any, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    """With its own key, and the link that says where it once was."""
    run_pipeline((who, f"{NOISE} nữa"))
    case = Case.objects.get()
    link = CaseMessage.objects.filter(case=case).latest("pk")
    linking.detach_message(
        code=case.code, officer=officer("CHIEF"), message_id=str(link.message.public_id), version=None, now=now
    )
    lock = vault.create_conversation_key(["TIPS"], now=now)
    Message.objects.filter(pk=link.message_id).update(lock=lock)
    late = now + dt.timedelta(days=60)
    with rls.acting_as("worker"):
        while messages.delete_expired_messages(now=late):
            pass
    assert [m.text for m in Message.objects.all()] == [NOISE]
    assert not WrappedKey.objects.filter(lock=lock).exists()
