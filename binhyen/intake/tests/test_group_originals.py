"""The original photo of a tip posted in a group: the desk's handler requests it, two custodians open it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.group_tip_desk import GroupTips
from binhyen.cases.services.disclosure_notice import tell_opened
from binhyen.channels.models import Attachment, Channel, Conversation, Message, Outgoing
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.intake.tests.test_group_tips import PHOTO, TIP, photo_of
from binhyen.kit import clock, file_storage
from binhyen.vault import envelopes
from binhyen.vault.key_session import keys
from binhyen.vault.models import LockCopy, Opening
from binhyen.vault.services import disclosure, key_rotation
from binhyen.vault.services.decrypt import lock_of
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import custodians, key_of
from tests import rls

pytestmark = pytest.mark.django_db
REASON = "Cần nơi chụp trong ảnh gốc để xác minh địa điểm."


class Post:
    """A sealed post with one photo, a handler of the tip desk, three custodians."""

    def __init__(self, officer: Callable[..., Any], unit: Any) -> None:
        self.now = clock.now()
        self.custodians = custodians(officer, self.now)
        self.handler = officer("PROVINCE_DUTY", "42")
        self.key = key_of(self.handler, self.now)
        key_rotation.renew("TIPS", actor="t", now=self.now)
        (result,) = say((person(), TIP), group=group_of(unit("18568"), self.now), media=PHOTO)
        self.row, self.sent = photo_of(result.message)
        self.message = Message.objects.get()
        self.address = f"/giu-kin/tin/nhom/{self.message.public_id}"

    def send(self, method: str, path: str, data: dict[str, str] | None = None, who: Any = None) -> Any:
        with SCREENS, rls.acting_as("custody"):
            return getattr(CustodyClient().enter(who or self.handler, unlock=True), method)(path, data)

    def ask(self, who: Any = None) -> Any:
        form = {"file": str(self.row.public_id), "why": "INQUIRY", "reason": REASON, "hours": "4"}
        return self.send("post", f"{self.address}/xin-goc", form, who)

    def agree(self, *seats: int) -> None:
        for seat in seats:
            who, holder, pair = self.custodians[seat]
            asked = str(Opening.objects.get().public_id)
            disclosure.approve(opening_id=asked, officer=who, holder=holder, pair=pair, now=self.now)

    def take(self) -> Any:
        return self.send("post", f"/giu-kin/xin/{Opening.objects.get().public_id}/ban-goc")


@pytest.fixture
def post(officer: Callable[..., Any], unit: Any, settings: Any, tmp_path: Any) -> Iterator[Post]:
    settings.FILES_ROOT = tmp_path
    yield Post(officer, unit)
    keys.lock_all()


def test_the_handler_asks_two_custodians_agree_and_it_is_saved_as_it_came(post: Post) -> None:
    page = post.send("get", post.address).content.decode()
    assert f'value="{post.row.public_id}"' in page and "chỉ được báo nếu đã từng nhắn riêng" in page
    assert "bằng mã của mình" not in page, "there is no receipt for it"
    assert "Người báo đọc được" not in page and "nếu được báo" in page, "not a person without a private chat with us"
    assert post.ask().status_code == 303
    assert Opening.objects.get().reporter_id == post.message.reporter_id
    post.agree(0)
    assert post.take().status_code == 409, "one alone cannot open it"
    post.agree(1)
    got = post.take()
    assert got.status_code == 200 and got.content == post.sent
    entries = AuditEntry.objects.filter(object=f"group-tip:{post.message.public_id}", verb__startswith="original")
    assert list(entries.order_by("id").values_list("verb", flat=True)) == [
        "original_asked", "original_approved", "original_opened", "original.read",
    ]  # fmt: skip


def test_the_desks_own_key_opens_the_copy_and_not_the_original(post: Post) -> None:
    pair = lock_of("TIPS", post.message.lock_id or 0, *post.key)
    [file] = GroupTips().files(str(post.message.public_id))
    assert envelopes.open_(file_storage.read(file.path), pair=pair, context=file.context)[:2] == b"\xff\xd8", "control"
    with pytest.raises(envelopes.Refused):
        envelopes.open_(file_storage.read(file.original), pair=pair, context=file.original_context)
    groups = LockCopy.objects.filter(lock=file.original_lock).values_list("group_key__group", flat=True)
    assert set(groups) == {"IDENTITY"}


def test_nobody_else_asks(post: Post, officer: Callable[..., Any]) -> None:
    for role, commune in (("CHIEF", "18568"), ("PROVINCE_STAFF", "42"), ("CUSTODIAN", "42"), ("PROVINCE_DUTY", "42")):
        other = officer(role, commune)
        key_of(other, post.now)
        assert post.ask(other).status_code == 404, "no desk of theirs, or no share of its key"
    assert not Opening.objects.exists()
    assert post.ask().status_code == 303, "control: the handler may"


def test_the_author_hears_of_it_only_where_they_wrote_alone(post: Post) -> None:
    def told() -> int:
        Outgoing.objects.exclude(purpose="INVITE").delete()
        tell_opened(
            key=str(clock.now()), reporter_id=post.message.reporter_id, subject=f"group-tip:{post.message.public_id}",
            why="lý do", file=True, now=post.now,
        )  # fmt: skip
        assert not Outgoing.objects.filter(group__isnull=False).exists(), "never in the group"
        return Outgoing.objects.exclude(purpose="INVITE").count()

    chat = Channel.objects.create(kind="zalo_oa", name="OA")
    talk = Conversation.objects.create(channel=chat, reporter=post.message.reporter)
    assert told() == 0
    talk.last_interaction_at = post.now
    talk.save()
    assert told() == 1


def test_what_nobody_has_a_key_for_is_said(post: Post) -> None:
    """A file from before its keys existed stays as it came; this screen does not pass it on."""
    Attachment.objects.update(lock=None)
    page = post.send("get", post.address).content.decode()
    assert "lưu từ trước khi có khóa" in page and "xin-goc" not in page
    assert post.ask().status_code == 422 and not Opening.objects.exists()


def seen_by_custody() -> tuple[int, int]:
    """Count the messages and files that the login sees even when a query lacks a filter."""
    with rls.acting_as("custody"):
        return Message.objects.only("reporter_id").count(), Attachment.objects.only("original").count()


def test_custody_sees_who_posted_what_is_sealed_and_of_no_other_message(post: Post, unit: Any) -> None:
    say(
        (person(), "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được"),
        group=group_of(unit("18568"), post.now),
        media=PHOTO,
    )
    assert (Message.objects.count(), Attachment.objects.count()) == (2, 2), "control"
    assert seen_by_custody() == (1, 1)
    Attachment.objects.update(apart=post.message.lock)
    assert seen_by_custody() == (1, 0), "the file of a complaint is not available here"
