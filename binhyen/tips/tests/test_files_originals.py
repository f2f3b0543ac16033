"""The original of a tip's picture: neither the desk nor the receipt opens it; two custodians do, and the person is
informed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.kit import clock, file_storage
from binhyen.people.services import RuleViolation
from binhyen.tips import queries, services
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.tests.page import TAG, enter_code, make_picture, read_page, read_receipt, submit_step, submit_tip
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest, WrappedKey
from binhyen.vault.services import disclosure, key_rotation
from binhyen.vault.services.decrypt import open_conversation_key
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_custodians, create_key
from tests import rls

pytestmark = pytest.mark.django_db
REASON = "Cần nơi chụp để xác minh, hỏi bằng mã chưa đủ."


class OriginalScene:
    """A tip with one picture, a handler of the desk, and three custodians."""

    def __init__(self, client: Client, officer: Callable[..., Any]) -> None:
        self.now = clock.now()
        self.custodians = create_custodians(officer, self.now)
        self.handler = officer("PROVINCE_DUTY", "42")
        self.key = create_key(self.handler, self.now)
        key_rotation.rotate_group_key("TIPS", actor="t", now=self.now)
        self.sent = make_picture()
        self.code = read_receipt(submit_tip(client, photos=self.sent))
        self.tip, self.row = Tip.objects.get(), TipFile.objects.get()
        self.address = f"/giu-kin/tin/tip/{self.tip.public_id}"

    def get_conversation_key(self) -> KeyPair:
        """Return the tip's conversation key, opened by the handler's own key."""
        return open_conversation_key("TIPS", self.tip.lock_id or 0, *self.key)

    def send(self, method: str, path: str, data: dict[str, str] | None = None, person: Any = None) -> Any:
        with SCREENS:
            return getattr(CustodyClient().enter(person or self.handler, unlock=True), method)(path, data)

    def ask(self, person: Any = None, **more: str) -> Any:
        form = {"file": str(self.row.public_id), "why": "INQUIRY", "reason": REASON, "hours": "4"} | more
        return self.send("post", f"{self.address}/xin-goc", form, person)

    def approve(self, *seats: int) -> None:
        for seat in seats:
            person, holder, pair = self.custodians[seat]
            disclosure.approve_request(
                opening_id=str(DisclosureRequest.objects.get().public_id),
                officer=person,
                holder=holder,
                pair=pair,
                now=self.now,
            )

    def take(self, person: Any = None) -> Any:
        return self.send("post", f"/giu-kin/xin/{DisclosureRequest.objects.get().public_id}/ban-goc", person=person)


@pytest.fixture
def room(client: Client, officer: Callable[..., Any]) -> Iterator[OriginalScene]:
    yield OriginalScene(client, officer)
    key_sessions.lock_all()


def test_two_custodians_open_it_and_the_person_reads_that(room: OriginalScene, client: Client) -> None:
    page = read_page(room.send("get", room.address))
    assert f"{room.address}/xin-goc" in page and f"{room.address}/goc/" not in page
    assert "Người báo đọc được dòng này." in page and "nếu được báo" not in page
    assert room.send("post", f"{room.address}/goc/{room.row.public_id}").status_code == 404, "no way past the two"
    assert room.ask().status_code == 303
    room.approve(0)
    assert room.take().status_code == 409, "one custodian alone cannot open it"
    notice_text = "Bản gốc ảnh, tệp của bạn đã được mở"
    assert notice_text not in read_page(enter_code(client, room.code))
    room.approve(2)
    got = room.take()
    assert got.status_code == 200 and TAG in got.content and got.content[:2] == b"\xff\xd8"
    assert got["Content-Disposition"].startswith("attachment") and got["Content-Type"] == "application/octet-stream"
    page = read_page(enter_code(client, room.code))
    assert notice_text in page and "xác minh, điều tra vụ việc" in page
    assert room.handler.name not in page and REASON not in page, "the general reason; never by whom"
    entries = AuditEntry.objects.filter(object=f"tip:{room.tip.public_id}", verb__startswith="original").order_by("id")
    assert [e.verb for e in entries] == ["original_asked", "original_approved", "original_opened", "original.read"]
    assert "Đang mở" in read_page(room.send("get", room.address)), "the handler's page leads to the request"


def test_neither_the_desks_key_nor_the_receipts_opens_it(room: OriginalScene) -> None:
    sealed, context = file_storage.read_file(room.row.original), queries.format_file_context(room.row, "original")
    with pytest.raises(envelopes.EnvelopeError):
        envelopes.open_envelope(sealed, pair=room.get_conversation_key(), context=context)
    copies = WrappedKey.objects.filter(lock=room.row.original_lock_id)
    assert sorted(copies.values_list("group_key__group", "group_key__part")) == [("IDENTITY", n) for n in (1, 2, 3)]


def test_control_under_the_tips_own_key_the_desk_would_open_it(room: OriginalScene) -> None:
    """Previous behaviour, and still that of a complaint: the checks above would fail."""
    context = queries.format_file_context(room.row, "original")
    lock = room.tip.lock
    assert lock is not None
    sealed = envelopes.seal_envelope(TAG, to=envelopes.PublicKey(bytes(lock.public)), context=context)
    assert envelopes.open_envelope(sealed, pair=room.get_conversation_key(), context=context) == TAG


def list_files() -> set[str]:
    """List file names as rows store them."""
    root = Path(settings.FILES_ROOT)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


class OldPicture(OriginalScene):
    """A picture from before the custodians had a key for it: its original is encrypted with the tip's own key."""

    def __init__(self, client: Client, officer: Callable[..., Any]) -> None:
        super().__init__(client, officer)
        lock, data = self.tip.lock, make_picture().read()
        assert lock is not None
        to = envelopes.PublicKey(bytes(lock.public))
        self.old = file_storage.store_file(
            envelopes.seal_envelope(data, to=to, context=queries.format_file_context(self.row, "original")), "tips"
        )
        TipFile.objects.update(original=self.old, original_lock=None)
        self.row.refresh_from_db()


@pytest.fixture
def old(client: Client, officer: Callable[..., Any]) -> Iterator[OldPicture]:
    yield OldPicture(client, officer)
    key_sessions.lock_all()


def test_older_originals_move_to_the_custodians_on_request(
    old: OldPicture, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    context = queries.format_file_context(old.row, "original")
    assert TAG in envelopes.open_envelope(
        file_storage.read_file(old.old), pair=old.get_conversation_key(), context=context
    ), "control: its initial state"
    assert f'value="{old.row.public_id}"' in read_page(old.send("get", old.address)), "it is offered"
    with django_capture_on_commit_callbacks(execute=True):
        assert old.ask().status_code == 303
    old.row.refresh_from_db()
    with pytest.raises(FileNotFoundError):
        file_storage.read_file(old.old)
    test_neither_the_desks_key_nor_the_receipts_opens_it(old)
    old.approve(0)
    assert old.take().status_code == 409
    old.approve(2)
    assert TAG in old.take().content
    assert "Bản gốc ảnh, tệp của bạn đã được mở" in read_page(enter_code(client, old.code))
    entries = AuditEntry.objects.filter(object=f"tip:{old.tip.public_id}", verb__startswith="original").order_by("id")
    assert next(iter(entries)).verb == "original_sealed"


def test_a_request_that_is_refused_moves_nothing(old: OldPicture) -> None:
    before = list_files()
    assert old.ask(reason="ngắn").status_code == 422
    old.row.refresh_from_db()
    assert (old.row.original, old.row.original_lock_id) == (old.old, None)
    [left] = list_files() - before
    assert queries.find_tip_files([left, old.old]) == [old.old, old.row.preview], (
        "the sweep deletes it: no row names it"
    )


def test_a_request_refused_behind_another_leaves_the_others_file(
    old: OldPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests for the same old picture: the second read the list before the first had moved the file."""
    files_before = TipDesk().list_files(str(old.tip.public_id))
    assert old.ask().status_code == 303
    monkeypatch.setattr(TipDesk, "list_files", lambda *_: files_before)
    answer = old.ask()
    assert answer.status_code == 422 and "đang chờ" in read_page(answer)
    old.row.refresh_from_db()
    assert old.row.original in list_files(), "the only copy"
    old.approve(0, 1)
    assert TAG in old.take().content


def test_unavailable_files_give_the_reason(old: OldPicture) -> None:
    TipFile.objects.update(original="")
    page = read_page(old.send("get", old.address))
    assert "Không lưu bản gốc" in page and "xin-goc" not in page
    assert old.ask().status_code == 422 and not DisclosureRequest.objects.exists()
    TipFile.objects.update(original="tips/fort", original_lock=None)
    answer = old.ask()
    assert answer.status_code == 422 and "đã được xóa" in read_page(answer)


def test_officers_who_cannot_read_the_tip_cannot_request_it(room: OriginalScene, officer: Callable[..., Any]) -> None:
    keyless = officer("PROVINCE_DUTY", "42")
    create_key(keyless, room.now)
    assert room.ask(keyless).status_code == 404, "sees that the tip is there, has no key of the desk"
    for role, commune in (("CHIEF", "18568"), ("INSPECTOR", "42"), ("CUSTODIAN", "42")):
        other = officer(role, commune)
        create_key(other, room.now)
        assert room.ask(other).status_code == 404
    assert not DisclosureRequest.objects.exists()
    assert room.ask().status_code == 303, "control: the handler may"


def test_missing_fields_are_reported_and_the_input_is_preserved(room: OriginalScene) -> None:
    for wrong in ({"file": "x"}, {"why": "x"}, {"hours": "99"}, {"reason": "ngắn"}):
        answer = room.ask(**wrong)
        assert answer.status_code == 422 and 'role="alert"' in read_page(answer)
        assert wrong.get("reason", REASON) in read_page(answer)
    assert not DisclosureRequest.objects.exists()
    assert room.ask().status_code == 303
    assert room.ask().status_code == 422, "already requested"


def test_the_custodian_reads_that_it_is_a_tips_picture(room: OriginalScene) -> None:
    room.ask()
    [listed] = [read_page(room.send("get", "/giu-kin/xin", person=room.custodians[0][0]))]
    assert "Tin kín" in listed and "Không biết tên" in listed


def test_withdrawn_it_opens_no_more(
    room: OriginalScene, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    room.ask()
    room.approve(0, 1)
    path = room.row.original
    assert room.take().status_code == 200, "control: it was open"
    with django_capture_on_commit_callbacks(execute=True):
        submit_step(client, enter_code(client, room.code), "withdraw", sure="yes")
    assert not WrappedKey.objects.filter(lock=room.row.original_lock_id).exists(), "the page destroyed that key too"
    with pytest.raises(FileNotFoundError):
        file_storage.read_file(path)
    assert room.take().status_code == 409


def test_the_page_destroys_the_keys_of_its_own_tip_only(room: OriginalScene, client: Client) -> None:
    other = read_receipt(
        submit_tip(client, text="Chuyện khác ở xã Lộc Hà, có người buôn pháo lậu", photos=make_picture())
    )
    submit_step(client, enter_code(client, other), "withdraw", sure="yes")
    assert WrappedKey.objects.filter(lock=room.row.original_lock_id).count() == 3
    with rls.acting_as("pages"), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('binhyen.scope', %s, false)", [queries.get_scope(bytes(room.tip.lookup))])
        cursor.execute("SELECT count(id) FROM vault_wrappedkey WHERE lock_id = %s", [room.row.original_lock_id])
        assert cursor.fetchone() == (3,), "control: with its receipt it is visible"
        cursor.execute("SELECT set_config('binhyen.scope', 'province', false)")
        cursor.execute("SELECT count(id) FROM vault_wrappedkey")
        assert cursor.fetchone() == (0,)
    with pytest.raises(ProgrammingError), rls.acting_as("pages"), connection.cursor() as cursor:
        cursor.execute("SELECT ciphertext FROM vault_wrappedkey")


def test_nothing_of_a_withdrawn_tip_is_disclosed(old: OldPicture, client: Client) -> None:
    desk = {"ref": str(old.tip.public_id), "file": str(old.row.public_id), "data": TAG, "now": old.now}
    assert TipDesk().transfer_to_custodians(**desk).original_lock, "control"
    submit_step(client, enter_code(client, old.code), "withdraw", sure="yes")
    left = list_files()
    with pytest.raises(RuleViolation, match="đã được rút"):
        TipDesk().transfer_to_custodians(**desk)
    with pytest.raises(RuleViolation, match="đã được rút"):
        services.transfer_to_custodians(file=old.row, data=TAG, now=old.now)
    assert list_files() == left
