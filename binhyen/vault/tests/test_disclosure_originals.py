"""An original picture: sealed for the custodians, opened by two of them for one requester, downloaded and never
displayed."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, Evidence
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.cases.views.list_rows import build_case_url
from binhyen.channels.models import Attachment, Channel, Outgoing
from binhyen.channels.services.media import store_upload
from binhyen.intake import web_reports
from binhyen.intake.tests.web import FIGHT, make_picture
from binhyen.kit import clock, file_storage
from binhyen.kit.ids import generate_token
from binhyen.people.models import SignIn
from binhyen.people.services import RuleViolation
from binhyen.vault import services as vault
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest
from binhyen.vault.services import disclosure
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_custodians, create_key
from tests import rls
from tests.security.corpus import PDF
from tests.security.test_files import list_markers

pytestmark = pytest.mark.django_db
REASON = "Cần vị trí trong ảnh gốc để xác minh nơi chụp."


class OriginalScene:
    """A report with one picture, the officer of its unit with a key of their own, and three custodians."""

    def __init__(self, officer: Callable[..., Any]) -> None:
        self.now = clock.now()
        self.custodians = create_custodians(officer, self.now)
        self.asker = officer("CHIEF", "18568")
        create_key(self.asker, self.now)
        self.sent = make_picture().read()
        Channel.objects.get_or_create(kind="web", defaults={"name": "Trang báo tin"})
        sending = web_reports.Submission(
            key=generate_token(), text=FIGHT, photos=(web_reports.UploadedPhoto("a.jpg", self.sent),)
        )
        self.link = web_reports.send_report(sending=sending, now=self.now)
        self.case, self.row = Case.objects.get(), Attachment.objects.get()
        self.page = sign_in_browser(self.asker)

    @property
    def get_file_url(self) -> str:
        return f"{build_case_url(self.case.code)}/danh-tinh"

    def ask(self, **more: str) -> Any:
        form = {"who": f"anh:{self.row.public_id}", "why": "INQUIRY", "reason": REASON, "hours": "4"} | more
        return self.page.post(self.get_file_url, form)

    def approve(self, *seats: int) -> DisclosureRequest:
        asked = DisclosureRequest.objects.get()
        for seat in seats:
            person, holder, pair = self.custodians[seat]
            asked = disclosure.approve_request(
                opening_id=str(asked.public_id), officer=person, holder=holder, pair=pair, now=self.now
            )
        return asked

    def take(self, person: Any = None, *, confirmed: bool = True, unlock: bool = True) -> Any:
        viewer = person or self.asker
        with SCREENS:
            client = CustodyClient().enter(viewer, unlock=unlock)
            if not confirmed:
                SignIn.objects.filter(officer=viewer).update(confirmed_at=self.now - dt.timedelta(hours=1))
            return client.post(f"/giu-kin/xin/{DisclosureRequest.objects.get().public_id}/ban-goc")


@pytest.fixture
def original_scene(officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Iterator[OriginalScene]:
    settings.FILES_ROOT = tmp_path
    yield OriginalScene(officer)
    key_sessions.lock_all()


def test_two_custodians_open_it_and_it_is_saved_byte_for_byte(original_scene: OriginalScene, client: Client) -> None:
    page = original_scene.page.get(original_scene.get_file_url).content.decode()
    assert f"anh:{original_scene.row.public_id}" in page and "Ảnh 1" in page
    assert original_scene.ask().status_code == 303
    original_scene.approve(0)
    assert original_scene.take().status_code == 409, "one custodian alone cannot open it"
    original_scene.approve(2)
    got = original_scene.take()
    assert got.status_code == 200 and got.content == original_scene.sent
    assert got["Content-Type"] == "application/octet-stream" and got["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got["Content-Security-Policy"] and got["X-Content-Type-Options"] == "nosniff"
    assert got["Cache-Control"] == "no-store"
    assert file_storage.read_file(original_scene.row.original) != original_scene.sent, (
        "control: the bytes on disk are not the file"
    )
    entries = AuditEntry.objects.filter(
        object=f"case:{original_scene.case.code}", verb__startswith="original"
    ).order_by("id")
    assert [e.verb for e in entries] == ["original_asked", "original_approved", "original_opened", "original.read"]
    assert not AuditEntry.objects.filter(verb__startswith="identity_").exists(), "no identity was opened"


def test_the_person_reads_that_it_was_opened(original_scene: OriginalScene, client: Client) -> None:
    original_scene.ask()
    original_scene.approve(0)
    status = f"/theo-doi/{original_scene.link}"
    assert "Bản gốc ảnh của bạn đã được mở" not in client.get(status).content.decode()
    original_scene.approve(1)
    page = client.get(status).content.decode()
    assert "Bản gốc ảnh của bạn đã được mở" in page and "xác minh, điều tra vụ việc" in page
    assert "Danh tính của bạn đã được mở" not in page
    assert original_scene.asker.name not in page and REASON not in page


def test_a_chat_reporter_is_notified_there(original_scene: OriginalScene) -> None:
    from binhyen.cases.services.disclosure_notice import notify_disclosure
    from binhyen.channels.models import Conversation

    report = original_scene.case.reports.get()
    talk = Conversation.objects.create(
        channel=Channel.objects.create(kind="zalo_oa", name="OA"), reporter=report.reporter
    )
    report.conversation = talk
    report.save()
    for file in (True, False):
        notify_disclosure(
            key=f"k{file}",
            reporter_id=report.reporter_id,
            subject=f"case:{original_scene.case.code}",
            why="lý do",
            file=file,
            now=original_scene.now,
        )
    texts = list(Outgoing.objects.filter(conversation=talk).order_by("id").values_list("text", flat=True))
    assert "Bản gốc một ảnh" in texts[0] and "Thông tin liên lạc" in texts[1]


def test_only_the_requester_with_key_and_a_fresh_second_step(
    original_scene: OriginalScene, officer: Callable[..., Any]
) -> None:
    original_scene.ask()
    original_scene.approve(0, 1)
    assert "/bao-mat/xac-nhan" in original_scene.take(confirmed=False)["Location"]
    assert (
        original_scene.take(unlock=False)["Location"]
        == f"/giu-kin?next=/giu-kin/xin/{DisclosureRequest.objects.get().public_id}"
    )
    other = officer("CHIEF", "18568")
    create_key(other, original_scene.now)
    assert original_scene.take(other).status_code == 404
    assert original_scene.take(original_scene.custodians[0][0]).status_code == 409, (
        "a custodian sees the request and reads nothing"
    )
    assert original_scene.take().status_code == 200, "control"


def test_another_unit_and_another_case_ask_for_nothing(
    original_scene: OriginalScene, officer: Callable[..., Any]
) -> None:
    assert original_scene.ask(who=f"anh:{generate_token()}").status_code == 422
    stranger = sign_in_browser(officer("CHIEF", "18073"))
    assert stranger.post(original_scene.get_file_url, {"who": f"anh:{original_scene.row.public_id}"}).status_code == 404
    assert not DisclosureRequest.objects.exists()
    original_scene.ask()
    assert original_scene.ask().status_code == 422, "it is already pending"


def test_an_erased_file_cannot_be_opened(original_scene: OriginalScene) -> None:
    original_scene.ask()
    original_scene.approve(0, 1)
    vault.destroy_conversation_keys([original_scene.row.lock_id])
    answer = original_scene.take()
    assert answer.status_code == 409 and "đã được xóa" in answer.content.decode()
    file_storage.delete_file(original_scene.row.original)
    assert original_scene.take().status_code == 409


def test_a_file_over_the_limit_is_not_served(original_scene: OriginalScene, monkeypatch: pytest.MonkeyPatch) -> None:
    original_scene.ask()
    original_scene.approve(0, 1)
    monkeypatch.setattr(file_storage, "MAX_BYTES", 10)
    assert original_scene.take().status_code == 409


def test_its_time_ends(original_scene: OriginalScene, monkeypatch: pytest.MonkeyPatch) -> None:
    original_scene.ask()
    asked = original_scene.approve(0, 1)
    person, holder, pair = original_scene.asker, asked.holder, None
    with pytest.raises(RuleViolation):
        disclosure.read_disclosed_original(
            opening_id=str(asked.public_id),
            officer=person,
            holder=holder,
            pair=pair,
            now=original_scene.now + dt.timedelta(hours=4),
        )


@pytest.mark.parametrize(("name", "sent"), [("hiện trường.png", make_picture().read()), ("Biên bản.pdf", PDF)])
def test_evidence_of_an_officer_is_asked_for_like_a_citizens(
    original_scene: OriginalScene, name: str, sent: bytes
) -> None:
    own_answer = store_upload(sent, name=name)
    Evidence.objects.create(
        case=original_scene.case, officer=original_scene.asker, attachment=own_answer, at=original_scene.now
    )
    page = original_scene.page.get(original_scene.get_file_url).content.decode()
    assert f"anh:{own_answer.public_id}" in page and "Cán bộ đưa lên" in page
    assert original_scene.ask(who=f"anh:{own_answer.public_id}").status_code == 303
    original_scene.approve(1, 2)
    assert original_scene.take().content == sent
    with SCREENS:
        listed = CustodyClient().enter(original_scene.custodians[0][0]).get("/giu-kin/xin").content.decode()
    assert "Cán bộ đưa lên" in listed


def test_the_pages_cannot_open_it(original_scene: OriginalScene) -> None:
    """The requesting process has neither key nor shares: row-level security treats requests for identity and file
    alike."""
    original_scene.ask()
    original_scene.approve(0, 1)
    with rls.acting_as("custody"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_disclosedshare")
        assert cursor.fetchone() == (3,), "control: the custody process does"
    with pytest.raises(ProgrammingError), rls.acting_as("pages"), connection.cursor() as cursor:
        cursor.execute("SELECT ciphertext FROM vault_disclosedshare")


def test_the_preview_has_less_data_than_the_original(original_scene: OriginalScene) -> None:
    assert 0xE1 in list_markers(original_scene.sent), "control: the sent file contains a location"
    assert 0xE1 not in list_markers(file_storage.read_file(original_scene.row.preview))
