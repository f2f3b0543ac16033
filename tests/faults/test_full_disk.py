"""A full disk, of the files or of the database: the writer gets an error, and nothing that was acknowledged is lost.

The database raises the error of a full disk (SQLSTATE 53100) from a trigger on the table that cannot grow; flushing the
folder of files fails with ENOSPC.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from binhyen.cases.models import Case, Evidence
from binhyen.channels.models import Attachment, Channel, Inbound, Message
from binhyen.channels.retry_policy import MAX_INBOUND_ATTEMPTS
from binhyen.channels.services import media
from binhyen.intake import inbox_worker
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.intake.tests.web import FIGHT, make_picture, parse_status_token, submit_report
from binhyen.vault.models import ConversationKey
from tests.faults.doorway import build_text_event, post_events
from tests.faults.test_arbitrary_text import host, send_photo

assert host  # a fixture
pytestmark = pytest.mark.fault


@contextmanager
def fill_database_disk(table: str) -> Iterator[None]:
    """Refuse any further row in `table`, as on a full disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$"
        )
        cursor.execute(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_room CASCADE")


@contextmanager
def fill_file_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse_flush(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse_flush)
        yield


@pytest.fixture
def citizen() -> Client:
    return Client(raise_request_exception=False)


def list_leftover_files(root: str) -> list[str]:
    return [p.name for p in Path(root).rglob("*") if p.is_file()]


@pytest.mark.django_db
def test_a_photo_that_finds_no_room_is_said_so_and_the_words_go_without_it(
    citizen: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_ROOT = tmp_path
    with fill_file_disk(monkeypatch):
        answer = submit_report(citizen, photos=[make_picture()])
        page = answer.content.decode()
        assert answer.status_code == 422 and "hết chỗ chứa ảnh" in page and FIGHT in page, (
            "the text is kept in the form"
        )
        assert not Case.objects.exists() and not ConversationKey.objects.exists()
        assert list_leftover_files(str(tmp_path)) == []
        parse_status_token(submit_report(citizen))
    assert Case.objects.get().category == "violence"
    parse_status_token(submit_report(citizen, "Thêm ảnh của vụ đánh nhau ở TDP Phú Mậu", photos=[make_picture()]))
    assert Attachment.objects.get().state == "READY", "the control: with free space the same photo is accepted"


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["cases_case", "channels_message", "audit_auditentry"])
def test_a_report_that_finds_no_room_in_the_database_is_not_called_received(citizen: Client, table: str) -> None:
    with fill_database_disk(table):
        answer = submit_report(citizen)
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "bấm «Gửi lại»" in page and FIGHT in page and "113" in page and "Số tin" not in page
    assert not Message.objects.exists() and not Case.objects.exists(), "no partial report is stored"
    parse_status_token(submit_report(citizen))
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_control_a_fault_of_ours_is_not_called_a_full_disk(citizen: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_other_error(**_: Any) -> None:
        raise LookupError("ours")

    monkeypatch.setattr("binhyen.intake.web_reports.send_report", raise_other_error)
    answer = submit_report(citizen)
    assert answer.status_code == 500 and "Retry-After" not in answer.headers


@pytest.mark.django_db
def test_evidence_that_finds_no_room_leaves_the_case_open(
    client: Client, officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_status_token(submit_report(client))
    case, duty = Case.objects.get(), officer("OFFICER", "18568")
    client.force_login(duty)
    form = {"outcome": "RESOLVED", "answer": "Đã giải quyết xong.", "evidence": "Biên bản", "version": case.version}
    with fill_file_disk(monkeypatch):
        photo = SimpleUploadedFile("bien-ban.jpg", make_picture().read(), "image/jpeg")
        answer = client.post(f"/vu-viec/{case.code}/ket-thuc", form | {"photos": photo})
    assert "hết chỗ chứa ảnh" in answer.content.decode(), answer.status_code
    case.refresh_from_db()
    assert case.state != "CLOSED" and not Evidence.objects.exists()


def test_a_webhook_that_finds_no_room_is_asked_for_again(oa: Channel) -> None:
    with fill_database_disk("channels_inbound"):
        assert post_events(oa, build_text_event(msg_id="full")) == [503]
    assert post_events(oa, build_text_event(msg_id="full")) == [200]
    drain_inbox()
    assert Message.objects.get().text == FIGHT


def retry_jobs(times: int) -> None:
    for _ in range(times):
        try:
            drain_inbox()
        except Exception as problem:  # the job fails, its retry starts it again
            assert "No space left" in str(problem)
        Inbound.objects.update(due_at="2020-01-01T00:00Z")


def test_what_was_answered_waits_for_room_and_is_read_once(oa: Channel) -> None:
    assert post_events(
        oa, build_text_event(msg_id="a"), build_text_event("Cháy nhà ở TDP Phú Mậu", msg_id="b", user="9002")
    ) == [200, 200]
    with fill_database_disk("cases_case"):
        retry_jobs(MAX_INBOUND_ATTEMPTS + 2)
    assert set(Inbound.objects.values_list("state", "attempts")) == {("PENDING", 0)}, "no row counts a failed attempt"
    drain_inbox()
    drain_inbox()
    assert Case.objects.count() == 2 and set(Inbound.objects.values_list("state", flat=True)) == {"DONE"}


def test_control_rows_blamed_for_a_full_disk_are_given_up(oa: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_worker, "is_infrastructure_error", lambda problem: False)
    post_events(oa, build_text_event(msg_id="a"))
    with fill_database_disk("cases_case"):
        retry_jobs(MAX_INBOUND_ATTEMPTS + 2)
    assert set(Inbound.objects.values_list("state", flat=True)) == {"DEAD"}


def test_a_photo_of_zalo_waits_for_room(
    oa: Channel, host: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_ROOT = tmp_path
    with fill_file_disk(monkeypatch):
        attachment = send_photo(oa, f"{host}/good.jpg")
    assert (attachment.state, attachment.preview, attachment.reason) == ("WAITING", "", "Máy đang hết chỗ chứa ảnh.")
    assert attachment.url and Case.objects.count() == 1 and list_leftover_files(str(tmp_path)) == []
    assert media.fetch_waiting_files(channel_id=oa.pk) == 1
    attachment.refresh_from_db()
    assert (attachment.state, attachment.reason) == ("READY", "")
