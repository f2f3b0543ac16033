"""A shell user plus one click of a colleague is not enough: keys go only to an officer who reads out the end of their
fingerprint."""

import datetime as dt
import io
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.audit.queries.entries import EntryLine
from binhyen.inspection import entry_labels
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault import envelopes, queries
from binhyen.vault.envelopes import get_fingerprint
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import Holder, KeyShare
from binhyen.vault.offline import bundles
from binhyen.vault.services import disclosure, key_rotation, offline_transfer
from binhyen.vault.signing import get_verify_key
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_key
from binhyen.vault.tests.test_disclosure import DisclosureScene
from binhyen.vault.views import my_key

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
GROUPS = ("TIPS", "CONDUCT")


class DutyDesk:
    """Two officers of the province's duty desk with keys of both groups; an attacker at the server's shell."""

    def __init__(self, officer: Make, now: dt.datetime, folder: Path) -> None:
        self.now, self.folder = now, folder
        self.phuong, self.colleague = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_DUTY", "42")
        for person in (self.phuong, self.colleague):
            create_key(person, now)
        for group in GROUPS:
            key_rotation.rotate_group_key(group, actor="t", now=now)

    def pub(self, name: str) -> tuple[Path, envelopes.KeyPair]:
        """Return a key as the isolated machine makes it, or an operator at home."""
        pair, file = envelopes.generate_key_pair(), self.folder / f"{name}.pub"
        file.write_text(bundles.format_public_key(pair.private, pair.public.raw, get_verify_key(pair.private)))
        return file, pair

    def shell(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("custody", *arguments, stdout=out)
        return out.getvalue()

    def grant_key(self, to: Any, mark: str = "") -> Any:
        """Press «Trao khóa» for this person as the colleague."""
        client = CustodyClient().enter(self.colleague, unlock=True)
        return client.post("/giu-kin/trao-khoa", {"officer": str(to.public_id), "mark": mark})

    def read_page(self, officer: Any, *, unlock: bool = False) -> str:
        return unescape(CustodyClient().enter(officer, unlock=unlock).get("/giu-kin").content.decode())

    def make_key(self) -> Holder:
        """Make a new key on Phương's page: she forgot the passphrase, or an attacker uses her session."""
        return create_key(self.phuong, self.now)[0]


@pytest.fixture
def desk(officer: Make, now: dt.datetime, tmp_path: Path) -> Any:
    yield DutyDesk(officer, now, tmp_path)
    key_sessions.lock_all()


def list_held_groups(holder: Holder) -> set[str]:
    return set(KeyShare.objects.filter(holder=holder).values_list("group_key__group", flat=True))


def get_fingerprint_end(public: Any) -> str:
    return get_fingerprint(bytes(public)).rpartition(" ")[2]


def run_attack(desk: DutyDesk) -> set[str]:
    """Run `custody key` in an officer's name, let a colleague click everything, replace a key: return everything the
    operator's key can open in the end."""
    file, _pair = desk.pub("mine")
    desk.shell("key", desk.phuong.username, str(file))
    with SCREENS:
        desk.grant_key(desk.phuong)
    desk.shell("rotate", "TIPS", "--no-wait")
    client = CustodyClient()
    with SCREENS:
        client.enter(desk.colleague, unlock=True).post("/giu-kin/doi-khoa", {"group": "CONDUCT"})
        client.post("/giu-kin/chuyen-khoa")
    return list_held_groups(Holder.objects.get(officer=desk.phuong, retired_at=None))


def test_the_shell_and_one_click_open_nothing(desk: DutyDesk) -> None:
    assert run_attack(desk) == set()
    assert not KeyShare.objects.exclude(holder__officer=desk.colleague).exists()


def test_control_a_key_that_counts_as_taken_in_still_needs_its_end(
    desk: DutyDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mark_taken_in(monkeypatch)
    assert run_attack(desk) == set()
    monkeypatch.setattr(my_key, "is_fingerprint_match", lambda public, typed: True)
    assert run_attack(desk) == set(GROUPS), "the old behaviour: one click"


def test_control_a_key_replaced_for_the_whole_desk_gets_the_shares(
    desk: DutyDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mark_taken_in(monkeypatch)
    monkeypatch.setattr(key_rotation, "list_holders", lambda group: [])
    assert run_attack(desk) == set(GROUPS)


def _mark_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark the key as taken in by the officer."""

    def take(*, command: str = "", **given: Any) -> Holder:
        return original_take_key(**given)

    original_take_key = offline_transfer.import_public_key
    monkeypatch.setattr(offline_transfer, "import_public_key", take)


def test_a_key_added_by_command_waits_for_its_officer(desk: DutyDesk) -> None:
    file, pair = desk.pub("phuong")
    assert desk.phuong.name in desk.shell("key", desk.phuong.username, str(file))
    with SCREENS:
        own_page, colleague_page = desk.read_page(desk.phuong), desk.read_page(desk.colleague, unlock=True)
        assert "đã đặt khóa khác đứng tên bạn" in own_page and "gọi ngay thanh tra" in own_page
        assert (
            f"đã đặt khóa khác đứng tên {desk.phuong.name}" in colleague_page
            and "Chờ được trao khóa" not in colleague_page
        )
        assert desk.grant_key(desk.phuong, get_fingerprint_end(pair.public.raw)).status_code == 303
        assert list_held_groups(Holder.objects.get(officer=desk.phuong, retired_at=None)) == set()
        client = CustodyClient().enter(desk.phuong)
        client.post("/giu-kin/khoa-ngoai", {"file": SimpleUploadedFile("phuong.pub", file.read_bytes())})
        assert "đứng tên" not in desk.read_page(desk.phuong) and "đứng tên" not in desk.read_page(desk.colleague)
        assert desk.grant_key(desk.phuong, get_fingerprint_end(pair.public.raw)).status_code == 303
    assert list_held_groups(Holder.objects.get(officer=desk.phuong, retired_at=None)) == set(GROUPS)


def test_every_page_names_the_replaced_keys(desk: DutyDesk, officer: Make) -> None:
    """Those officers and holders of the same keys; no others."""
    stranger, notice_text = officer("OFFICER"), "vừa đặt khóa khác đứng tên"
    for name in ("a", "b"):  # and it does not wait for a second visit
        desk.shell("key", desk.phuong.username, str(desk.pub(name)[0]))
    for person, hears in ((desk.phuong, True), (desk.colleague, True), (stranger, False)):
        client = Client()
        client.force_login(person)
        assert (notice_text in client.get("/ban-truc").content.decode()) is hears, person
    with SCREENS:
        assert notice_text in CustodyClient().enter(desk.colleague, unlock=True).get("/giu-kin/tin").content.decode()
    desk.make_key()
    client = Client()
    client.force_login(desk.colleague)
    assert notice_text not in client.get("/ban-truc").content.decode()


def test_the_log_names_the_command_and_not_the_officer(desk: DutyDesk) -> None:
    desk.shell("key", desk.phuong.username, str(desk.pub("mine")[0]))
    entries = AuditEntry.objects.filter(verb__in=["key_retired", "key_made"]).order_by("-id")[:2]
    assert {e.actor for e in entries} == {"command:custody key"}
    rows = entry_labels.format_rows([EntryLine(e.at, e.actor, e.verb, e.object, e.unit_id, e.detail) for e in entries])
    assert {(row["who"], row["more"]) for row in rows} == {
        ("Máy chủ: lệnh custody key", f"đứng tên {desk.phuong.name}")
    }


def test_a_bundle_exported_by_a_command_is_attributed_to_no_officer(scene: DisclosureScene, tmp_path: Path) -> None:
    asked = scene.ask()
    person = scene.custodians[0][0]
    call_command("custody", "export", str(asked.public_id), str(tmp_path / "goi"), "--as", person.username)
    entry = AuditEntry.objects.get(verb="identity_carried")
    assert (entry.actor, entry.detail["of"]) == ("command:custody export", get_audit_actor(person))


def test_the_fingerprint_end_comes_from_the_receiver(desk: DutyDesk) -> None:
    new = desk.make_key()
    mark = get_fingerprint(bytes(new.public))
    begins, _space, end = mark.rpartition(" ")
    with SCREENS:
        shown = desk.read_page(desk.colleague, unlock=True)
        assert begins in shown and mark not in shown and "Gọi điện cho" in shown
        wrong = "0000" if end != "0000" else "1111"
        for typed in ("", wrong, begins, wrong + end):
            assert (answer := desk.grant_key(desk.phuong, typed)).status_code == 422 and list_held_groups(
                new
            ) == set(), typed
            assert "Nhóm cuối không khớp" in answer.content.decode()
        assert desk.grant_key(desk.phuong, f" {end.lower()} ").status_code == 303
        assert list_held_groups(new) == set(GROUPS)
        assert f"Trao khóa cho {desk.phuong.name}" not in desk.read_page(desk.colleague, unlock=True)


def test_the_own_page_shows_the_fingerprint_of_the_opened_key(desk: DutyDesk) -> None:
    """For an unopened key, the database may show another person's fingerprint."""
    holder = Holder.objects.get(officer=desk.phuong, retired_at=None)
    mark = get_fingerprint(bytes(holder.public))
    with SCREENS:
        assert mark not in desk.read_page(desk.phuong) and mark in desk.read_page(desk.phuong, unlock=True)
        file, pair = desk.pub("phuong")
        client = CustodyClient().enter(desk.phuong)
        client.post("/giu-kin/khoa-ngoai", {"file": SimpleUploadedFile("phuong.pub", file.read_bytes())})
        shown = desk.read_page(desk.phuong)
        assert get_fingerprint(pair.public.raw) not in shown and "tờ giấy bạn ghi ở máy ấy" in shown


def test_a_custodians_share_index_is_inherited_the_same_way(scene: DisclosureScene, tmp_path: Path) -> None:
    """A key of the operator's own inherits the share index of the replaced one, and gets no share for it."""
    person, *_key = scene.custodians[2]
    pair, file = envelopes.generate_key_pair(), tmp_path / "mine.pub"
    file.write_text(bundles.format_public_key(pair.private, pair.public.raw, get_verify_key(pair.private)))
    call_command("custody", "key", person.username, str(file), stdout=io.StringIO())
    call_command("custody", "seat", person.username, "3", stdout=io.StringIO())
    placed = Holder.objects.get(officer=person, retired_at=None)
    giver = scene.custodians[0][0]
    with SCREENS:
        client = CustodyClient().enter(giver, unlock=True)
        client.post(
            "/giu-kin/trao-khoa", {"officer": str(person.public_id), "mark": get_fingerprint_end(placed.public)}
        )
        page_text = client.get("/giu-kin").content.decode()
        key_sessions.lock_all()
    for group in ("IDENTITY", "REASON"):
        key_rotation.rotate_group_key(group, actor="t", now=scene.now)
    assert placed.seat == 3 and list_held_groups(placed) == set() and "đặt khóa khác đứng tên" in page_text
    asked = scene.ask()
    signed = bundles.sign_approval(
        str(asked.public_id), {2: b"x", 3: b"y"}, private=pair.private, verify=get_verify_key(pair.private)
    )
    with pytest.raises(RuleViolation, match="không phải của người giữ danh tính"):
        offline_transfer.import_answer(
            answer=bundles.OfflineAnswer(str(asked.public_id), [signed]), officer=giver, now=scene.now
        )


def test_a_key_added_by_command_cannot_request(scene: DisclosureScene, tmp_path: Path) -> None:
    """Custodians seal opened data for that key."""
    pair, file = envelopes.generate_key_pair(), tmp_path / "mine.pub"
    file.write_text(bundles.format_public_key(pair.private, pair.public.raw, get_verify_key(pair.private)))
    call_command("custody", "key", scene.asker.username, str(file), stdout=io.StringIO())
    with pytest.raises(RuleViolation, match="tạo khóa riêng"):
        scene.ask()
    assert disclosure.NO_KEY and queries.get_holder_id(scene.asker) is None


def test_a_new_group_key_goes_to_new_envelopes_with_a_confirmed_fingerprint(desk: DutyDesk, now: dt.datetime) -> None:
    made = [create_key(None, now, seat=seat, label=f"Phong bì {seat}")[0] for seat in (1, 2)]
    with SCREENS:
        client = CustodyClient().enter(desk.colleague, unlock=True)
        begins = {item.pk: get_fingerprint(bytes(item.public)).rpartition(" ")[0] for item in made}
        shown = client.get("/giu-kin").content.decode()
        assert all(start in shown for start in begins.values()) and "Phong bì 2" in shown
        assert not any(get_fingerprint(bytes(item.public)) in shown for item in made)
        field = f"mark-{begins[made[0].pk].replace(' ', '')}"
        assert client.post("/giu-kin/doi-khoa", {"group": "TIPS", field: "zzzz"}).status_code == 422
        assert (
            client.post("/giu-kin/doi-khoa", {"group": "TIPS", field: get_fingerprint_end(made[0].public)}).status_code
            == 303
        )
    assert [list_held_groups(item) for item in made] == [{"TIPS"}, set()]


def test_two_envelopes_recover_for_no_key_that_a_command_put_there(
    desk: DutyDesk,
) -> None:
    desk.shell("key", desk.phuong.username, str(desk.pub("mine")[0]))
    with pytest.raises(CommandError, match="tự gửi tệp khóa"):
        desk.shell("recover", "TIPS", "--to", desk.phuong.username, "--by", "x")
