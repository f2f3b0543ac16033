"""Pictures and files of complaints, from the web page, a chat and the page of sealed tips: encrypted, for the handlers."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.channels.models import Attachment
from binhyen.channels.services import media
from binhyen.channels.types import Media
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.services import attachments, seal_case
from binhyen.conduct.tests.scene import RUDE, HandlerClient, create_handler, submit_complaint
from binhyen.intake import web_reports
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, make_picture, parse_status_token, submit_report
from binhyen.kit.ids import generate_token
from binhyen.people.models import SignIn
from binhyen.tips.tests import page as tips
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff"
SAVES = {"why": "COURT", "reason": "Viện kiểm sát yêu cầu bản gốc tại văn bản số 12."}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def duty(officer: Callable[..., Any], now: dt.datetime) -> Iterator[Any]:
    yield create_handler(officer, "PROVINCE_DUTY", now)
    key_sessions.lock_all()


def list_disk_files(folder: Path) -> list[bytes]:
    return [p.read_bytes() for p in folder.rglob("*") if p.is_file()]


def list_readable_files(folder: Path) -> list[bytes]:
    """Return files that a person with access to the disk could view."""
    return [data for data in list_disk_files(folder) if data.startswith(JPEG) or b"GPS" in data or b"<!doctype" in data]


def open_custody_desk(duty: Any, complaint: Complaint) -> tuple[HandlerClient, File]:
    return HandlerClient(duty), File.objects.get(complaint=complaint)


def view_and_save(duty: Any, complaint: Complaint, original: bytes) -> None:
    """Let the handler view the clean copy and save the original; both are audited, the original under its own action."""
    with SCREENS:
        desk, file = open_custody_desk(duty, complaint)
        page = desk.read(complaint)[1]
        shown = desk.client.get(desk.url(complaint, f"/anh/{file.public_id}"))
        assert f"/anh/{file.public_id}" in page and f"/goc/{file.public_id}" in page
        assert shown.content.startswith(JPEG) and shown["Content-Type"] == "image/jpeg" and b"Exif" not in shown.content
        by_link = desk.client.get(desk.url(complaint, f"/goc/{file.public_id}"))
        assert by_link["Location"] == desk.url(complaint), "saved by the button only"
        assert not AuditEntry.objects.filter(verb="sealed_original").exists()
        original_url = desk.url(complaint, f"/goc/{file.public_id}")
        for less in ({}, SAVES | {"reason": "Cần."}, SAVES | {"why": "VÌ THẾ"}):
            refused = desk.client.post(original_url, less)
            assert refused.status_code == 422 and "ghi lý do" in refused.content.decode()
        assert not AuditEntry.objects.filter(verb="sealed_original").exists()
        saved_answer = desk.client.post(original_url, SAVES)
        assert saved_answer.content == original and saved_answer["Content-Type"] == "application/octet-stream"
        assert (
            saved_answer["Content-Disposition"].startswith("attachment")
            and "sandbox" in saved_answer["Content-Security-Policy"]
        )
    [entry] = AuditEntry.objects.filter(verb="sealed_original")
    assert entry.object == f"conduct:{complaint.case.public_id}" and entry.actor == f"officer:{duty.public_id}"
    assert entry.detail == {"file": str(file.public_id), "why": "COURT"}
    with SCREENS:
        page = desk.read(complaint)[1]
    assert SAVES["reason"] in page and "để theo yêu cầu của viện kiểm sát" in page


def test_from_the_web_page(duty: Any, client: Client, now: dt.datetime, folder: Path) -> None:
    sent = make_picture()
    data = sent.read()
    secret, complaint = submit_complaint(now=now, photos=(web_reports.UploadedPhoto("a.jpg", data),))
    assert not Attachment.objects.exists() and len(list_disk_files(folder)) == 2 and list_readable_files(folder) == []
    view_and_save(duty, complaint, data)
    own_page = client.get(f"/theo-doi/{secret}").content.decode()
    file = File.objects.get()
    assert f"/anh/{file.public_id}" in own_page
    assert "nguyên như bạn gửi" in own_page and SAVES["reason"] not in own_page, (
        "the person is informed that it was saved, and why"
    )
    assert client.get(f"/theo-doi/{secret}/anh/{file.public_id}").content.startswith(JPEG), "of the reporter"
    other = parse_status_token(submit_report(client, RUDE))
    assert client.get(f"/theo-doi/{other}/anh/{file.public_id}").status_code == 404


def test_an_old_second_step_saves_nothing(duty: Any, now: dt.datetime) -> None:
    submit_complaint(now=now, photos=(web_reports.UploadedPhoto("a.jpg", make_picture().read()),))
    complaint = Complaint.objects.get()
    with SCREENS:
        desk, file = open_custody_desk(duty, complaint)
        SignIn.objects.update(confirmed_at=now - dt.timedelta(hours=1))
        answer = desk.client.post(desk.url(complaint, f"/goc/{file.public_id}"), SAVES)
    assert answer.status_code == 303 and "/bao-mat/xac-nhan" in answer["Location"]
    assert not AuditEntry.objects.filter(verb="sealed_original").exists()


def test_of_an_ordinary_report_they_stay_as_they_were(client: Client, folder: Path) -> None:
    """The control: pictures of an ordinary report are readable for its officers."""
    submit_report(client, NOISE, photos=[make_picture()])
    assert (
        Attachment.objects.get().state == "READY"
        and len(list_readable_files(folder)) == 1
        and not File.objects.exists()
    )


def test_of_a_further_word(duty: Any, client: Client, now: dt.datetime, folder: Path) -> None:
    secret, complaint = submit_complaint(now=now)
    assert client.post(f"/theo-doi/{secret}", {"text": "Ảnh đây", "photos": [make_picture()]}).status_code == 303
    assert not Attachment.objects.exists() and list_readable_files(folder) == [] and complaint.files.count() == 1
    film = SimpleUploadedFile("phim.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(40), "video/mp4")
    assert client.post(f"/theo-doi/{secret}", {"text": "", "photos": [film]}).status_code == 303
    assert "Video: đã niêm phong" in client.get(f"/theo-doi/{secret}").content.decode(), "it arrived"


def send_chat_complaint(now: dt.datetime, kind: str = "image") -> Complaint:
    run_pipeline((create_person(), RUDE), media=(Media(kind=kind, url="https://example.test/a.jpg", name="a.jpg"),))
    return Complaint.objects.get()


@pytest.mark.parametrize("data", ["picture", "film"])
def test_from_a_chat(duty: Any, now: dt.datetime, folder: Path, data: str) -> None:
    """The sender process fetches and encrypts in one step; a file that is no picture is opened unchanged."""
    complaint = send_chat_complaint(now)
    row = Attachment.objects.get()
    assert row.state == "WAITING" and row.restricted_key_id == complaint.lock_id
    received_bytes = make_picture().read() if data == "picture" else b"\x00\x00\x00 ftypisom GPS film"
    media._store_result(row, received_bytes, since=now, now=now)
    assert Attachment.objects.get().url == "" and list_readable_files(folder) == []
    assert attachments.import_sealed_files(now=now) == 1 and attachments.import_sealed_files(now=now) == 0
    assert not Attachment.objects.exists()
    if data == "picture":
        return view_and_save(duty, complaint, received_bytes)
    with SCREENS:
        desk, file = open_custody_desk(duty, complaint)
        assert f"/anh/{file.public_id}" not in desk.read(complaint)[1]
        assert desk.client.get(desk.url(complaint, f"/anh/{file.public_id}")).status_code == 404
        assert desk.client.post(desk.url(complaint, f"/goc/{file.public_id}"), SAVES).content == received_bytes
    return None


def test_control_a_sender_that_forgets_leaves_it_readable(
    now: dt.datetime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_chat_complaint(now)
    Attachment.objects.update(restricted_key=None)
    media._store_result(Attachment.objects.get(), make_picture().read(), since=now, now=now)
    assert list_readable_files(folder) != []


def test_from_the_page_of_sealed_tips(duty: Any, client: Client, now: dt.datetime, folder: Path) -> None:
    sent = tips.make_picture()
    data = sent.read()
    sent.seek(0)
    receipt_answer = tips.submit_tip(client, RUDE, photos=[sent])
    complaint = Complaint.objects.get()
    assert list_readable_files(folder) == [] and tips.TAG not in b"".join(list_disk_files(folder))
    with SCREENS:
        desk = HandlerClient(duty)
        [file] = list_desk_files(desk, complaint)
        shown = desk.client.get(desk.url(complaint, f"/anh/{file}"))
        assert shown.content.startswith(JPEG) and tips.TAG not in shown.content
        assert desk.client.post(desk.url(complaint, f"/goc/{file}"), SAVES).content == data
    opened = tips.enter_code(client, tips.read_receipt(receipt_answer))
    assert tips.submit_step(client, opened, text="Anh ấy lại đòi nữa").status_code == 200
    with SCREENS:
        assert "lại đòi nữa" in HandlerClient(duty).read(complaint)[1]
    before = complaint.last_message_at
    complaint.refresh_from_db()
    assert complaint.last_message_at > before, "the desk shows that there is a new message"


def list_desk_files(desk: HandlerClient, complaint: Complaint) -> list[str]:
    import re

    return sorted(set(re.findall(r"/anh/([0-9a-f-]{36})", desk.read(complaint)[1])))


def test_pictures_of_a_case_that_an_officer_recognised(
    duty: Any, officer: Callable[..., Any], client: Client, now: dt.datetime, folder: Path
) -> None:
    submit_report(client, NOISE, photos=[make_picture()])
    case, someone = Case.objects.get(), officer("OFFICER", "18568")
    url = f"/tep/{Attachment.objects.get().public_id}"
    officer_actions.reclassify_case(
        code=case.code, officer=someone, category="officer_complaint", urgency=1, version=case.version, now=now
    )
    seal_case.seal_complaint_case(case.pk, now=now)
    row = Attachment.objects.get()
    assert row.preview == "" and row.state == "KEPT" and row.original, "the evidence stays with the custodians"
    browser_client = Client()
    browser_client.force_login(someone)
    assert browser_client.get(url).status_code == 404
    with SCREENS:
        complaint = Complaint.objects.get()
        desk, file = open_custody_desk(duty, complaint)
        assert desk.client.get(desk.url(complaint, f"/anh/{file.public_id}")).content.startswith(JPEG)
        assert desk.client.post(desk.url(complaint, f"/goc/{file.public_id}"), SAVES).status_code == 404


def test_nobody_else_opens_them(duty: Any, officer: Callable[..., Any], client: Client, now: dt.datetime) -> None:
    submit_complaint(now=now, photos=(web_reports.UploadedPhoto("a.jpg", make_picture().read()),))
    complaint, file = Complaint.objects.get(), File.objects.get()
    stranger = create_handler(officer, "DIRECTOR", now)
    complaint.veto.conflict_keys = sorted({*complaint.veto.conflict_keys, "office:DIRECTOR"})
    complaint.veto.save()
    with SCREENS:
        for desk in (HandlerClient(stranger),):
            for more in (f"/anh/{file.public_id}", ""):
                assert desk.client.get(desk.url(complaint, more)).status_code == 404
            assert desk.client.post(desk.url(complaint, f"/goc/{file.public_id}"), SAVES).status_code == 404
    assert AuditEntry.objects.filter(verb="sealed_original").count() == 0


def test_files_go_where_the_sending_fails(client: Client, now: dt.datetime, folder: Path) -> None:
    with pytest.raises(RuntimeError), pytest.MonkeyPatch.context() as patch:
        patch.setattr("binhyen.conduct.services.intake.restricted_cases.record_follow_up", None)
        patch.setattr("binhyen.conduct.services.intake.store_text", store_broken_file)
        web_reports.send_report(
            sending=web_reports.Submission(
                key=generate_token(), text=RUDE, photos=(web_reports.UploadedPhoto("a.jpg", make_picture().read()),)
            ),
            now=now,
        )
    assert list_disk_files(folder) == []


def store_broken_file(complaint: Complaint, words: str, *, now: dt.datetime) -> None:
    raise RuntimeError("the database went away")
