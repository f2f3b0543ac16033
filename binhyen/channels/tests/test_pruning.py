"""Pruning of webhooks, files of purged messages, and files without a row."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binhyen.channels.models import Attachment, Channel, Conversation, Inbound, Message
from binhyen.channels.services import messages, pruning
from binhyen.kit import file_storage
from binhyen.kit.pruning import file_owners
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path
    return tmp_path


def age_file(folder: Path, name: str, moment: dt.datetime) -> str:
    os.utime(folder / name, (moment.timestamp(), moment.timestamp()))
    return name


def test_webhooks_after_thirty_days(now: dt.datetime) -> None:
    channel = Channel.objects.first()
    for state in Inbound.State:
        for days in (29, 31):
            Inbound.objects.create(
                channel=channel,
                external_id=f"{state}{days}",
                event="e",
                sealed_body=b"body",
                received_at=now - days * DAY,
                due_at=now,
                state=state,
            )
    assert pruning.prune_webhooks(now=now, batch=1) == 3
    left = {row.external_id: bytes(row.sealed_body) for row in Inbound.objects.all()}
    assert left == {
        "PENDING29": b"body",
        "PENDING31": b"body",
        "DONE29": b"body",
        "UNKNOWN29": b"body",
        "UNKNOWN31": b"",
        "DEAD29": b"body",
        "DEAD31": b"",
    }
    assert pruning.prune_webhooks(now=now) == 0


@pytest.fixture
def message(now: dt.datetime) -> Callable[[dt.datetime | None], Message]:
    channel, reporter = Channel.objects.get(kind="web"), Reporter.objects.create(created_at=now)
    talk = Conversation.objects.create(channel=channel, reporter=reporter)

    def make(expires_at: dt.datetime | None) -> Message:
        made = Message.objects.create(
            channel=channel,
            conversation=talk,
            reporter=reporter,
            external_id=str(Message.objects.count()),
            text="x",
            sent_at=now,
            received_at=now,
            expires_at=expires_at,
        )
        Attachment.objects.create(
            message=made,
            kind="image",
            original=file_storage.store_file(b"o", "original"),
            preview=file_storage.store_file(b"s", "shown"),
        )
        return made

    return make


def list_file_names(made: Message) -> list[str]:
    attachment = Attachment.objects.get(message=made)
    return [attachment.original, attachment.preview]


def test_purging_a_message_deletes_its_files(
    folder: Path, now: dt.datetime, message: Callable[..., Message], django_capture_on_commit_callbacks: Any
) -> None:
    gone, retained = list_file_names(message(now - DAY)), list_file_names(message(None))
    with django_capture_on_commit_callbacks() as after:
        assert messages.delete_expired_messages(now=now) == 1
        assert all((folder / name).exists() for name in gone)  # not before the commit: it may still be rolled back
    for callback in after:
        callback()
    assert not any((folder / name).exists() for name in gone)
    assert all((folder / name).exists() for name in retained)


def test_orphans_are_found_and_the_young_and_the_named_stay(
    folder: Path, now: dt.datetime, message: Callable[..., Message]
) -> None:
    named = [age_file(folder, name, now - 2 * DAY) for name in list_file_names(message(None))]
    lost = [age_file(folder, file_storage.store_file(b"x", kind), now - 2 * DAY) for kind in ("original", "shown")]
    part = folder / "original" / "half.part"
    part.write_bytes(b"x")
    age_file(folder, "original/half.part", now - 2 * DAY)
    young = age_file(folder, file_storage.store_file(b"y", "original"), now)
    assert pruning.remove_orphan_files(now=now, batch=1) == 3
    assert not any((folder / name).exists() for name in [*lost, "original/half.part"])
    assert all((folder / name).exists() for name in [*named, young])


def test_unreferenced_sealed_files_are_deleted_too(
    folder: Path, now: dt.datetime, message: Callable[..., Message]
) -> None:
    """A photo of an anonymous tip or a complaint whose row was never committed."""
    Attachment.objects.filter(message=message(None)).update(preview=(group := file_storage.store_file(b"s", "tips")))
    lost = [age_file(folder, file_storage.store_file(b"x", kind), now - 2 * DAY) for kind in ("tips", "conduct")]
    retained_files = [
        age_file(folder, group, now - 2 * DAY),
        age_file(folder, file_storage.store_file(b"y", "tips"), now),
    ]
    assert set(file_owners()) == {"tips", "conduct", "bulletins"}
    assert pruning.remove_orphan_files(now=now) == 2
    assert not any((folder / name).exists() for name in lost)
    assert all((folder / name).exists() for name in retained_files)


def test_control_a_folder_that_no_feature_claims_is_left_alone(
    folder: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.kit.pruning._file_owners", {})
    lost = age_file(folder, file_storage.store_file(b"x", "tips"), now - 2 * DAY)
    assert pruning.remove_orphan_files(now=now) == 0 and (folder / lost).exists()


def test_each_folder_is_judged_by_itself(
    folder: Path, now: dt.datetime, message: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of sealed files that this process cannot see must not cost their files, however many photos are visible."""
    monkeypatch.setattr(pruning, "_MIN_FILES_FOR_CHECK", 3)
    known_files = [age_file(folder, name, now - 2 * DAY) for _ in range(4) for name in list_file_names(message(None))]
    unseen = [age_file(folder, file_storage.store_file(b"x", "tips"), now - 2 * DAY) for _ in range(4)]
    assert pruning.remove_orphan_files(now=now) == 0
    assert all((folder / name).exists() for name in [*known_files, *unseen])


def test_the_folder_of_another_database_is_left_alone(folder: Path, now: dt.datetime) -> None:
    strange = [age_file(folder, file_storage.store_file(b"x", "original"), now - 2 * DAY) for _ in range(25)]
    assert pruning.remove_orphan_files(now=now) == 0
    assert all((folder / name).exists() for name in strange)
