"""The custody process's screens: the user's key, two approvals for an identity, encrypted texts for handlers."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse

from binhyen.audit.models import AuditEntry
from binhyen.kit import clock
from binhyen.kit.keyset_pagination import Page
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.models import SignIn
from binhyen.people.services import RuleViolation, sessions
from binhyen.ui.templatetags.ui import keep_together
from binhyen.vault import services
from binhyen.vault.envelopes import get_fingerprint
from binhyen.vault.key_session import KeySessions
from binhyen.vault.models import Holder
from binhyen.vault.pseudonyms import format_pseudonym
from binhyen.vault.queries import list_sealed_texts
from binhyen.vault.sealed_desks import SealedAttachment, SealedConversation, SealedDesk, SealedMessage, get_desks
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import PASSPHRASE, create_key
from binhyen.vault.tests.test_disclosure import NAME, REASON, ZALO, DisclosureScene

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("screens")]


def read_page(answer: HttpResponse) -> str:
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def test_a_key_is_made_opened_and_closed(officer: Callable[..., Any]) -> None:
    client = CustodyClient().enter(person := officer("PROVINCE_DUTY", "42"))
    assert "Tạo khóa riêng" in read_page(client.get("/giu-kin"))
    for bad in ({"passphrase": "ngắn", "again": "ngắn"}, {"passphrase": PASSPHRASE, "again": "khác"}):
        assert client.post("/giu-kin/khoa", bad).status_code == 422
    assert not Holder.objects.exists()
    assert client.post("/giu-kin/khoa", {"passphrase": PASSPHRASE, "again": PASSPHRASE}).status_code == 303
    assert "Mở khóa riêng" in read_page(client.get("/giu-kin"))
    assert client.get("/giu-kin/tin")["Location"] == "/giu-kin?next=/giu-kin/tin"
    assert client.post("/giu-kin/mo", {"passphrase": "sai", "next": "/giu-kin/tin"}).status_code == 422
    opened = client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": "/giu-kin/tin"})
    assert opened["Location"] == "/giu-kin/tin"
    assert "đang mở" in read_page(client.get("/giu-kin"))
    other = CustodyClient().enter(person)
    assert "Mở khóa riêng" in read_page(other.get("/giu-kin")), (
        "another session of the same person has to open it itself"
    )
    client.post("/giu-kin/dong")
    assert "Mở khóa riêng" in read_page(client.get("/giu-kin"))


def test_a_passphrase_is_changed_and_the_key_stays(officer: Callable[..., Any], now: dt.datetime) -> None:
    person, other = officer("PROVINCE_DUTY", "42"), "mot cau khac han dai hon ro rang"
    key_holder, _ = create_key(person, now)
    client = CustodyClient().enter(person)
    asked = {"passphrase": other, "again": other}
    assert client.post("/giu-kin/doi-cum", asked)["Location"] == "/giu-kin", "only with the key opened"
    client.post("/giu-kin/mo", {"passphrase": PASSPHRASE})
    for bad in (asked | {"again": "khác"}, {"passphrase": "ngắn", "again": "ngắn"}):
        assert client.post("/giu-kin/doi-cum", bad).status_code == 422
    assert client.post("/giu-kin/doi-cum", asked).status_code == 303
    assert "đang mở" in read_page(client.get("/giu-kin"))
    client.post("/giu-kin/dong")
    assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE}).status_code == 422
    assert client.post("/giu-kin/mo", {"passphrase": other}).status_code == 303
    assert Holder.objects.get(retired_at=None).public == key_holder.public, "the same key, so nothing is granted again"
    assert AuditEntry.objects.filter(verb="passphrase_changed").count() == 1


def test_a_new_confirmation_leaves_an_opened_key_open(
    officer: Callable[..., Any], now: dt.datetime, settings: Any
) -> None:
    """The session continues under a new id; it is the same sign-in, so the key stays open for its remaining time."""
    person = officer("PROVINCE_DUTY", "42")
    create_key(person, now)
    client = CustodyClient().enter(person, unlock=True)
    old = client.cookies[settings.SESSION_COOKIE_NAME].value
    session = client.session
    session.cycle_key()
    sessions.store_confirmation(
        sign_in=SignIn.objects.get(), session_key=session.session_key or "", how="webauthn", now=clock.now()
    )
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    assert "đang mở" in read_page(client.get("/giu-kin"))
    client.cookies[settings.SESSION_COOKIE_NAME] = old
    assert client.get("/giu-kin")["Location"].startswith("/dang-nhap"), "the old id belongs to no session"


def test_making_a_key_asks_for_the_second_step(officer: Callable[..., Any]) -> None:
    client = CustodyClient()
    client.force_login(officer("PROVINCE_DUTY", "42"))
    SignIn.objects.update(confirmed_at=None)
    answer = client.post("/giu-kin/khoa", {"passphrase": PASSPHRASE, "again": PASSPHRASE})
    assert answer["Location"].startswith("/bao-mat/xac-nhan") and not Holder.objects.exists()


def test_a_way_back_stays_inside(officer: Callable[..., Any], now: dt.datetime) -> None:
    person = officer("PROVINCE_DUTY", "42")
    create_key(person, now)
    client = CustodyClient().enter(person)
    for away in ("https://evil.example/giu-kin", "//evil.example", "/ban-truc"):
        assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": away})["Location"] == "/giu-kin"


def test_wrong_passphrases_wait_longer_and_longer() -> None:
    moment = [0.0]
    store = KeySessions(lambda: moment[0])
    waits = []
    for _ in range(10):
        store.record_failure(1)
        waits.append(store.get_retry_delay(1))
    assert waits[:2] == [0, 0] and waits[2:5] == [2, 4, 8] and max(waits) == 60
    assert store.get_retry_delay(2) == 0
    moment[0] += 60
    assert store.get_retry_delay(1) == 0


def test_an_opened_key_is_forgotten_and_overwritten(scene: DisclosureScene) -> None:
    moment = [0.0]
    store = KeySessions(lambda: moment[0])
    store.store_key(7, 1, scene.pair)
    buffer = store._kept[7].private
    assert store.get_key(7, 1) == scene.pair and store.get_key(7, 2) is None and store.get_key(8, 1) is None
    for _ in range(11):
        moment[0] += 599
        assert store.get_key(7, 1)
    moment[0] += 601
    store.sweep()
    assert store.get_key(7, 1) is None and bytes(buffer) == bytes(32)
    store.store_key(7, 1, scene.pair)
    for _ in range(13):
        moment[0] += 590
        store.get_key(7, 1)
    assert store.get_key(7, 1) is None, "two hours are the limit in any case"


def test_two_custodians_open_it_on_their_screens(scene: DisclosureScene) -> None:
    asked = scene.ask()
    address = f"/giu-kin/xin/{asked.public_id}"
    asker = CustodyClient().enter(scene.asker, unlock=True)
    assert asker.post(f"{address}/xem").status_code == 409
    for number in (0, 1):
        person = scene.custodians[number][0]
        client = CustodyClient().enter(person)
        shown = read_page(client.get(address))
        assert REASON not in shown and "Mở khóa riêng để đọc" in shown and 'name="passphrase"' not in shown
        assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})["Location"] == address
        shown = read_page(client.get(address))
        assert REASON in shown and NAME not in shown and 'name="passphrase"' in shown
        assert client.post(f"{address}/dong-y", {"passphrase": "sai"}).status_code == 422
        client.confirm(person)
        assert client.post(f"{address}/dong-y", {"passphrase": PASSPHRASE}).status_code == 303
        assert NAME not in read_page(client.get(address))
        client.confirm(person)  # the approval used it up
        assert client.post(f"{address}/xem").status_code == 409, "a custodian reads nothing"
    assert NAME not in read_page(asker.get(address)), "only on request, and with an audit entry"
    shown = read_page(asker.post(f"{address}/xem"))
    assert NAME in shown and ZALO in shown
    assert AuditEntry.objects.filter(verb="identity_read").count() == 1


@pytest.mark.parametrize("path", ["/giu-kin/mo", "/giu-kin/xin/{id}/xem"])
def test_opening_a_key_and_reading_an_identity_need_the_second_step(scene: DisclosureScene, path: str) -> None:
    """Also for the province's duty desk, whose session lasts a shift: its key is forgotten after ten minutes."""
    asked = scene.approve(scene.ask(), 0)
    scene.approve(asked, 1)
    client = CustodyClient().enter(scene.asker, unlock=True)
    SignIn.objects.update(confirmed_at=clock.now() - get_session_policy(scene.asker.role).confirmation_lifetime)
    sent = {"passphrase": PASSPHRASE}
    answer = client.post(path.format(id=asked.public_id), sent)
    assert answer["Location"].startswith("/bao-mat/xac-nhan") and NAME not in read_page(answer)
    assert not AuditEntry.objects.filter(verb="identity_read").exists()
    client.confirm(scene.asker)
    assert not client.post(path.format(id=asked.public_id), sent).headers.get("Location", "").startswith("/bao-mat")


def test_an_approval_needs_the_second_step_each_time(scene: DisclosureScene) -> None:
    first, second = scene.ask(), scene.ask(officer=scene.custodians[2][0])
    person = scene.custodians[0][0]
    client = CustodyClient().enter(person)
    assert client.post(f"/giu-kin/xin/{first.public_id}/dong-y", {"passphrase": PASSPHRASE}).status_code == 303
    answer = client.post(f"/giu-kin/xin/{second.public_id}/dong-y", {"passphrase": PASSPHRASE})
    assert answer["Location"].startswith("/bao-mat/xac-nhan")
    assert second.approvals.count() == 0


def test_a_custodian_refuses_with_a_reason(scene: DisclosureScene) -> None:
    asked = scene.ask()
    client = CustodyClient().enter(scene.custodians[0][0])
    assert client.post(f"/giu-kin/xin/{asked.public_id}/tu-choi", {"text": "x"}).status_code == 409
    client.post(f"/giu-kin/xin/{asked.public_id}/tu-choi", {"text": "Lý do chưa đủ rõ."})
    shown = read_page(CustodyClient().enter(scene.asker, unlock=True).get(f"/giu-kin/xin/{asked.public_id}"))
    assert "Lý do chưa đủ rõ." in shown and "Không đồng ý" in shown


def test_strangers_see_no_request(scene: DisclosureScene) -> None:
    asked = scene.ask()
    for role, commune in (("CHIEF", "18073"), ("OFFICER", "18568"), ("PROVINCE_DUTY", "42"), ("INSPECTOR", "42")):
        client = CustodyClient().enter(scene.officer(role, commune))
        assert client.get(f"/giu-kin/xin/{asked.public_id}").status_code == 404
        for action in ("dong-y", "tu-choi"):
            assert (
                client.post(f"/giu-kin/xin/{asked.public_id}/{action}", {"passphrase": PASSPHRASE}).status_code == 404
            )
        assert str(asked.public_id) not in read_page(client.get("/giu-kin/xin"))


class TipDesk(SealedDesk):
    """A desk with one conversation, for these tests."""

    name, group, label = "thu", "TIPS", "Bàn thử"
    lock_id, ref = 0, "0198c0de-0000-7000-8000-000000000000"
    seen_by: tuple[int, ...] = ()
    handed: list[str] = []

    def talks(
        self, officer: Any, *, over: bool = False, cursor: str = "", now: dt.datetime
    ) -> Page[SealedConversation]:
        if officer.pk not in self.seen_by or over:
            return Page([], "")
        conversation = SealedConversation(
            self.ref, f"tip:{self.ref}", self.lock_id, "Ma túy, cờ bạc", "Xã Lộc Hà", 2, "Mới", now, True
        )
        return Page([conversation], "")

    def talk(self, officer: Any, ref: str, *, now: dt.datetime) -> SealedConversation | None:
        return next((t for t in self.talks(officer, now=now).rows if t.ref == ref), None)

    def words(self, ref: str) -> list[SealedMessage]:
        return list_sealed_texts(f"tip:{ref}")

    def list_files(self, ref: str) -> list[SealedAttachment]:
        return []

    def reply(self, *, officer: Any, ref: str, text: str, now: dt.datetime) -> None:
        kind = services.Kind.REPLY
        services.seal_text(lock_id=self.lock_id, owner=f"tip:{ref}", kind=kind, text=text, author="officer:x", now=now)

    def hand_on(self, *, officer: Any, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        if "@" in extract:
            raise RuleViolation("Bỏ địa chỉ đi đã.")
        self.handed.append(extract)
        return "Đã chuyển."


@pytest.fixture
def desk(settings: Any, officer: Callable[..., Any], now: dt.datetime) -> Iterator[tuple[Any, Any]]:
    """Create two handlers; only the first sees the conversation."""
    settings.SEALED_DESKS = [f"{__name__}.TipDesk"]
    get_desks.cache_clear()
    handler, other = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_DUTY", "42")
    for person in (handler, other):
        create_key(person, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    TipDesk.lock_id, TipDesk.seen_by, TipDesk.handed = (
        services.create_conversation_key(["TIPS"], now=now).pk,
        (handler.pk,),
        [],
    )
    services.seal_text(
        lock_id=TipDesk.lock_id, owner=f"tip:{TipDesk.ref}", kind=services.Kind.TOLD, text="Nhà ông Sáu", now=now
    )
    yield handler, other
    get_desks.cache_clear()


def test_a_handler_reads_answers_and_passes_on(desk: tuple[Any, Any]) -> None:
    client = CustodyClient().enter(desk[0], unlock=True)
    address = f"/giu-kin/tin/thu/{TipDesk.ref}"
    assert address in read_page(client.get("/giu-kin/tin")) and "Nhà ông Sáu" not in read_page(
        client.get("/giu-kin/tin")
    )
    assert "Nhà ông Sáu" in read_page(client.get(address))
    entry = AuditEntry.objects.get(verb="sealed_read")
    assert (entry.object, entry.detail) == (f"tip:{TipDesk.ref}", {"words": 1})
    assert client.post(f"{address}/tra-loi", {"text": "  "}).status_code == 422
    assert client.post(f"{address}/tra-loi", {"text": "Ở đâu ạ?"}).status_code == 303
    assert "Ở đâu ạ?" in read_page(client.get(address))
    refused = client.post(f"{address}/chuyen", {"text": "a@b"})
    assert refused.status_code == 409 and "Bỏ địa chỉ" in read_page(refused) and "a@b" in read_page(refused)
    assert client.post(f"{address}/chuyen", {"text": "Nghi có tụ điểm."}).status_code == 303
    assert TipDesk.handed == ["Nghi có tụ điểm."]


def test_seeing_and_opening_are_two_walls(desk: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime) -> None:
    address = f"/giu-kin/tin/thu/{TipDesk.ref}"
    has_key = CustodyClient().enter(desk[1], unlock=True)
    assert (
        has_key.get(address).status_code == 404 and has_key.post(f"{address}/tra-loi", {"text": "x"}).status_code == 404
    )
    inspector = officer("INSPECTOR", "42")
    create_key(inspector, now)
    TipDesk.seen_by = (inspector.pk,)
    no_key = CustodyClient().enter(inspector, unlock=True)
    answer = no_key.get(address)
    assert answer.status_code == 403 and "Nhà ông Sáu" not in read_page(answer) and "không mở được" in read_page(answer)
    assert not AuditEntry.objects.filter(verb="sealed_read").exists()


def test_a_user_without_a_desk_key_sees_its_holders(
    desk: tuple[Any, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    """Before they click on a row that would only refuse them."""
    staff, newcomer = officer("PROVINCE_STAFF", "42"), officer("PROVINCE_DUTY", "42")
    for person in (staff, newcomer):
        create_key(person, now)
    TipDesk.seen_by, row = (desk[0].pk, staff.pk, newcomer.pk), f"/giu-kin/tin/thu/{TipDesk.ref}"
    words = ("Người giữ khóa: Trực ban công an tỉnh.", "Nhờ người cùng việc trao")
    for person, notice_text in ((staff, words[0]), (newcomer, words[1])):
        shown = read_page(CustodyClient().enter(person, unlock=True).get("/giu-kin/tin"))
        assert notice_text in shown and row not in shown and "Ma túy, cờ bạc" in shown, person.role
    shown = read_page(CustodyClient().enter(desk[0], unlock=True).get("/giu-kin/tin"))
    assert row in shown and not any(notice_text in shown for notice_text in words)
    shown = read_page(CustodyClient().enter(desk[1], unlock=True).get("/giu-kin/tin"))
    assert not any(notice_text in shown for notice_text in words), "an empty desk needs no explanation"


class EmptyDesk(TipDesk):
    name, label = "rong", "Bàn không có gì"

    def talks(
        self, officer: Any, *, over: bool = False, cursor: str = "", now: dt.datetime
    ) -> Page[SealedConversation]:
        return Page([], "")


def test_conversations_with_the_same_title_are_distinguished(desk: tuple[Any, Any], settings: Any) -> None:
    """By a number shown on the list and the page; desks with conversations are first."""
    settings.SEALED_DESKS = [f"{__name__}.EmptyDesk", f"{__name__}.TipDesk"]
    get_desks.cache_clear()
    client, number = CustodyClient().enter(desk[0], unlock=True), f"Số {TipDesk.ref[-4:].upper()}"
    listed = read_page(client.get("/giu-kin/tin"))
    assert number in listed and number in read_page(client.get(f"/giu-kin/tin/thu/{TipDesk.ref}"))
    assert listed.index("Bàn thử") < listed.index("Bàn không có gì")


def test_a_request_names_the_person_as_every_page_does(scene: DisclosureScene) -> None:
    asked = scene.ask()
    client = CustodyClient().enter(scene.asker)
    name = format_pseudonym(asked.reporter, asked.subject)
    assert keep_together(name) in read_page(client.get("/giu-kin/xin"))
    assert name in read_page(client.get(f"/giu-kin/xin/{asked.public_id}"))


def test_the_rest_of_the_program_is_not_served_here(scene: DisclosureScene) -> None:
    client = CustodyClient().enter(scene.asker)
    for path in ("/", "/ban-truc", "/dang-nhap", "/quan-tri/", "/giu-kin/khac"):
        assert client.get(path).status_code == 404, path


def test_every_address_sends_strangers_to_the_sign_in() -> None:
    from binhyen.vault.urls import urlpatterns

    for pattern in urlpatterns:
        path = "/" + str(pattern.pattern).replace("<uuid:public_id>", TipDesk.ref).replace(
            "<uuid:ref>", TipDesk.ref
        ).replace("<slug:desk>", "thu").replace("<uuid:file>", TipDesk.ref).replace("<slug:deed>", "viec")
        answers = [getattr(CustodyClient(), method)(path) for method in ("get", "post")]
        assert {a.status_code for a in answers} <= {302, 303, 405}, path
        assert all(a["Location"].startswith("/dang-nhap") for a in answers if a.status_code != 405), path


@pytest.mark.parametrize("role", ["VILLAGE_TEAM", "OPERATOR"])
def test_users_without_sealed_desks_are_refused(officer: Callable[..., Any], role: str) -> None:
    client = CustodyClient().enter(officer(role, "18568" if role == "VILLAGE_TEAM" else "42"))
    for path in ("/giu-kin", "/giu-kin/xin", "/giu-kin/tin"):
        assert client.get(path).status_code == 403


def test_a_custodian_grants_keys_and_re_encrypts_old_data(scene: DisclosureScene, now: dt.datetime) -> None:
    newcomer = scene.officer("CUSTODIAN", "42")
    key_holder, _ = create_key(newcomer, now, seat=1)
    giver = scene.custodians[0][0]
    client = CustodyClient().enter(giver, unlock=True)
    offers, end = f"Trao khóa cho {newcomer.name}", get_fingerprint(bytes(key_holder.public))[-4:]
    assert offers in read_page(client.get("/giu-kin"))
    client.post("/giu-kin/trao-khoa", {"officer": str(newcomer.public_id), "mark": end})
    assert offers not in read_page(client.get("/giu-kin"))
    key_rotation.rotate_group_key("IDENTITY", actor="t", now=clock.now() - dt.timedelta(minutes=5))
    assert "Còn tin nằm dưới khóa cũ" in read_page(client.get("/giu-kin"))
    client.post("/giu-kin/chuyen-khoa")
    assert "Còn tin nằm dưới khóa cũ" not in read_page(client.get("/giu-kin"))
