"""The original photo of a tip posted in a group: the desk's handler requests it, two custodians open it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.services.disclosure_notice import notify_disclosure
from binhyen.channels.models import Attachment, Channel, Conversation, Message, Outgoing
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.test_pipeline_group_tips import PHOTO, TIP, create_photo
from binhyen.kit import clock, file_storage
from binhyen.tips.group_tip_desk import GroupTipDesk
from binhyen.vault import envelopes
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest, WrappedKey
from binhyen.vault.services import disclosure, key_rotation
from binhyen.vault.services.decrypt import open_conversation_key
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_custodians, create_key
from tests import rls

pytestmark = pytest.mark.django_db
REASON = "Cần nơi chụp trong ảnh gốc để xác minh địa điểm."


class PhotoPost:
    """A sealed post with one photo, a handler of the tip desk, three custodians."""

    def __init__(self, officer: Callable[..., Any], unit: Any) -> None:
        self.now = clock.now()
        self.custodians = create_custodians(officer, self.now)
        self.handler = officer("PROVINCE_DUTY", "42")
        self.key = create_key(self.handler, self.now)
        key_rotation.rotate_group_key("TIPS", actor="t", now=self.now)
        (result,) = run_pipeline((create_person(), TIP), group=create_group(unit("18568"), self.now), media=PHOTO)
        self.row, self.sent = create_photo(result.message)
        self.message = Message.objects.get()
        self.address = f"/giu-kin/tin/nhom/{self.message.public_id}"

    def send(self, method: str, path: str, data: dict[str, str] | None = None, user: Any = None) -> Any:
        with SCREENS, rls.acting_as("custody"):
            return getattr(CustodyClient().enter(user or self.handler, unlock=True), method)(path, data)

    def ask(self, user: Any = None) -> Any:
        form = {"file": str(self.row.public_id), "why": "INQUIRY", "reason": REASON, "hours": "4"}
        return self.send("post", f"{self.address}/xin-goc", form, user)

    def approve(self, *seats: int) -> None:
        for seat in seats:
            custodian, holder, pair = self.custodians[seat]
            asked = str(DisclosureRequest.objects.get().public_id)
            disclosure.approve_request(opening_id=asked, officer=custodian, holder=holder, pair=pair, now=self.now)

    def take(self) -> Any:
        return self.send("post", f"/giu-kin/xin/{DisclosureRequest.objects.get().public_id}/ban-goc")


@pytest.fixture
def post(officer: Callable[..., Any], unit: Any, settings: Any, tmp_path: Any) -> Iterator[PhotoPost]:
    settings.FILES_ROOT = tmp_path
    yield PhotoPost(officer, unit)
    key_sessions.lock_all()


def test_the_handler_requests_two_custodians_approve_and_the_original_is_saved(post: PhotoPost) -> None:
    page = post.send("get", post.address).content.decode()
    assert f'value="{post.row.public_id}"' in page and "chỉ được báo nếu đã từng nhắn riêng" in page
    assert "bằng mã của mình" not in page, "there is no receipt for it"
    assert "Người báo đọc được" not in page and "nếu được báo" in page, "not a person without a private chat with us"
    assert post.ask().status_code == 303
    assert DisclosureRequest.objects.get().reporter_id == post.message.reporter_id
    post.approve(0)
    assert post.take().status_code == 409, "one alone cannot open it"
    post.approve(1)
    got = post.take()
    assert got.status_code == 200 and got.content == post.sent
    entries = AuditEntry.objects.filter(object=f"group-tip:{post.message.public_id}", verb__startswith="original")
    assert list(entries.order_by("id").values_list("verb", flat=True)) == [
        "original_asked",
        "original_approved",
        "original_opened",
        "original.read",
    ]


def test_the_desks_own_key_opens_the_preview_and_not_the_original(post: PhotoPost) -> None:
    pair = open_conversation_key("TIPS", post.message.lock_id or 0, *post.key)
    [file] = GroupTipDesk().list_files(str(post.message.public_id))
    assert (
        envelopes.open_envelope(file_storage.read_file(file.path), pair=pair, context=file.context)[:2] == b"\xff\xd8"
    ), "control"
    with pytest.raises(envelopes.EnvelopeError):
        envelopes.open_envelope(file_storage.read_file(file.original), pair=pair, context=file.original_context)
    groups = WrappedKey.objects.filter(lock=file.original_lock).values_list("group_key__group", flat=True)
    assert set(groups) == {"IDENTITY"}


def test_other_roles_cannot_request_it(post: PhotoPost, officer: Callable[..., Any]) -> None:
    for role, commune in (("CHIEF", "18568"), ("PROVINCE_STAFF", "42"), ("CUSTODIAN", "42"), ("PROVINCE_DUTY", "42")):
        other = officer(role, commune)
        create_key(other, post.now)
        assert post.ask(other).status_code == 404, "no desk of theirs, or no share of its key"
    assert not DisclosureRequest.objects.exists()
    assert post.ask().status_code == 303, "control: the handler may"


def test_the_author_is_notified_only_in_a_private_chat(post: PhotoPost) -> None:
    def count_notices() -> int:
        Outgoing.objects.exclude(purpose="INVITE").delete()
        notify_disclosure(
            key=str(clock.now()),
            reporter_id=post.message.reporter_id,
            subject=f"group-tip:{post.message.public_id}",
            why="lý do",
            file=True,
            now=post.now,
        )
        assert not Outgoing.objects.filter(group__isnull=False).exists(), "never in the group"
        return Outgoing.objects.exclude(purpose="INVITE").count()

    chat = Channel.objects.create(kind="zalo_oa", name="OA")
    talk = Conversation.objects.create(channel=chat, reporter=post.message.reporter)
    assert count_notices() == 0
    talk.last_interaction_at = post.now
    talk.save()
    assert count_notices() == 1


def test_files_without_a_key_are_reported(post: PhotoPost) -> None:
    """A file from before its keys existed stays as it came; this screen does not pass it on."""
    Attachment.objects.update(lock=None)
    page = post.send("get", post.address).content.decode()
    assert "lưu từ trước khi có khóa" in page and "xin-goc" not in page
    assert post.ask().status_code == 422 and not DisclosureRequest.objects.exists()


def count_visible_rows() -> tuple[int, int]:
    """Count the messages and files that the login sees even when a query lacks a filter."""
    with rls.acting_as("custody"):
        return Message.objects.only("reporter_id").count(), Attachment.objects.only("original").count()


def test_custody_sees_authors_of_sealed_posts_only(post: PhotoPost, unit: Any) -> None:
    run_pipeline(
        (create_person(), "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được"),
        group=create_group(unit("18568"), post.now),
        media=PHOTO,
    )
    assert (Message.objects.count(), Attachment.objects.count()) == (2, 2), "control"
    assert count_visible_rows() == (1, 1)
    Attachment.objects.update(restricted_key=post.message.lock)
    assert count_visible_rows() == (1, 0), "the file of a complaint is not available here"
