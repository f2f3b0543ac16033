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
from binhyen.audit.queries.entries import Line
from binhyen.inspection import entry_labels
from binhyen.people.services import Refusal, actor_of
from binhyen.vault import envelopes, queries
from binhyen.vault.envelopes import fingerprint
from binhyen.vault.key_session import keys
from binhyen.vault.models import Holder, KeyShare
from binhyen.vault.offline import bundles
from binhyen.vault.services import disclosure, key_rotation, offline_transfer
from binhyen.vault.signing import verify_key
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import key_of
from binhyen.vault.tests.test_opening import Scene
from binhyen.vault.views import my_key

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
GROUPS = ("TIPS", "CONDUCT")


class Desk:
    """Two officers of the province's duty desk with keys of both groups; an attacker at the server's shell."""

    def __init__(self, officer: Make, now: dt.datetime, folder: Path) -> None:
        self.now, self.folder = now, folder
        self.phuong, self.colleague = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_DUTY", "42")
        for person in (self.phuong, self.colleague):
            key_of(person, now)
        for group in GROUPS:
            key_rotation.renew(group, actor="t", now=now)

    def pub(self, name: str) -> tuple[Path, envelopes.Pair]:
        """Return a key as the isolated machine makes it, or an operator at home."""
        pair, file = envelopes.new_pair(), self.folder / f"{name}.pub"
        file.write_text(bundles.new_key_text(pair.private, pair.public.raw, verify_key(pair.private)))
        return file, pair

    def shell(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("custody", *arguments, stdout=out)
        return out.getvalue()

    def gives(self, to: Any, mark: str = "") -> Any:
        """Press «Trao khóa» for this person as the colleague."""
        client = CustodyClient().enter(self.colleague, unlock=True)
        return client.post("/giu-kin/trao-khoa", {"officer": str(to.public_id), "mark": mark})

    def page(self, officer: Any, *, unlock: bool = False) -> str:
        return unescape(CustodyClient().enter(officer, unlock=unlock).get("/giu-kin").content.decode())

    def new_key(self) -> Holder:
        """Make a new key on Phương's page: she forgot the passphrase, or an attacker uses her session."""
        return key_of(self.phuong, self.now)[0]


@pytest.fixture
def desk(officer: Make, now: dt.datetime, tmp_path: Path) -> Any:
    yield Desk(officer, now, tmp_path)
    keys.lock_all()


def held(holder: Holder) -> set[str]:
    return set(KeyShare.objects.filter(holder=holder).values_list("group_key__group", flat=True))


def last(public: Any) -> str:
    return fingerprint(bytes(public)).rpartition(" ")[2]


def attacked(desk: Desk) -> set[str]:
    """Run `custody key` in an officer's name, let a colleague click everything, replace a key: return everything the
    operator's key can open in the end."""
    file, _pair = desk.pub("mine")
    desk.shell("key", desk.phuong.username, str(file))
    with SCREENS:
        desk.gives(desk.phuong)
    desk.shell("rotate", "TIPS", "--no-wait")
    client = CustodyClient()
    with SCREENS:
        client.enter(desk.colleague, unlock=True).post("/giu-kin/doi-khoa", {"group": "CONDUCT"})
        client.post("/giu-kin/chuyen-khoa")
    return held(Holder.objects.get(officer=desk.phuong, retired_at=None))


def test_the_shell_and_one_click_open_nothing(desk: Desk) -> None:
    assert attacked(desk) == set()
    assert not KeyShare.objects.exclude(holder__officer=desk.colleague).exists()


def test_control_a_key_that_counts_as_taken_in_still_needs_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _taken_in(monkeypatch)
    assert attacked(desk) == set()
    monkeypatch.setattr(my_key, "told", lambda public, typed: True)
    assert attacked(desk) == set(GROUPS), "the old behaviour: one click"


def test_control_a_key_replaced_for_everybody_of_the_desk_goes_to_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _taken_in(monkeypatch)
    monkeypatch.setattr(key_rotation, "holders_of", lambda group: [])
    assert attacked(desk) == set(GROUPS)


def _taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark the key as taken in by the officer."""

    def take(*, command: str = "", **given: Any) -> Holder:
        return kept(**given)

    kept = offline_transfer.take_key
    monkeypatch.setattr(offline_transfer, "take_key", take)


def test_what_a_command_puts_there_waits_for_its_officer(desk: Desk) -> None:
    file, pair = desk.pub("phuong")
    assert desk.phuong.name in desk.shell("key", desk.phuong.username, str(file))
    with SCREENS:
        mine, theirs = desk.page(desk.phuong), desk.page(desk.colleague, unlock=True)
        assert "đã đặt khóa khác đứng tên bạn" in mine and "gọi ngay thanh tra" in mine
        assert f"đã đặt khóa khác đứng tên {desk.phuong.name}" in theirs and "Chờ được trao khóa" not in theirs
        assert desk.gives(desk.phuong, last(pair.public.raw)).status_code == 303
        assert held(Holder.objects.get(officer=desk.phuong, retired_at=None)) == set()
        client = CustodyClient().enter(desk.phuong)
        client.post("/giu-kin/khoa-ngoai", {"file": SimpleUploadedFile("phuong.pub", file.read_bytes())})
        assert "đứng tên" not in desk.page(desk.phuong) and "đứng tên" not in desk.page(desk.colleague)
        assert desk.gives(desk.phuong, last(pair.public.raw)).status_code == 303
    assert held(Holder.objects.get(officer=desk.phuong, retired_at=None)) == set(GROUPS)


def test_every_page_tells_whose_keys_were_replaced(desk: Desk, officer: Make) -> None:
    """Those officers and holders of the same keys; no others."""
    stranger, told = officer("OFFICER"), "vừa đặt khóa khác đứng tên"
    for name in ("a", "b"):  # and it does not wait for a second visit
        desk.shell("key", desk.phuong.username, str(desk.pub(name)[0]))
    for person, hears in ((desk.phuong, True), (desk.colleague, True), (stranger, False)):
        client = Client()
        client.force_login(person)
        assert (told in client.get("/ban-truc").content.decode()) is hears, person
    with SCREENS:
        assert told in CustodyClient().enter(desk.colleague, unlock=True).get("/giu-kin/tin").content.decode()
    desk.new_key()
    client = Client()
    client.force_login(desk.colleague)
    assert told not in client.get("/ban-truc").content.decode()


def test_the_book_names_the_command_and_not_the_officer(desk: Desk) -> None:
    desk.shell("key", desk.phuong.username, str(desk.pub("mine")[0]))
    entries = AuditEntry.objects.filter(verb__in=["key_retired", "key_made"]).order_by("-id")[:2]
    assert {e.actor for e in entries} == {"command:custody key"}
    rows = entry_labels.rows([Line(e.at, e.actor, e.verb, e.object, e.unit_id, e.detail) for e in entries])
    assert {(row["who"], row["more"]) for row in rows} == {
        ("Máy chủ: lệnh custody key", f"đứng tên {desk.phuong.name}")
    }


def test_a_bundle_carried_out_by_a_command_is_nobodys_deed(scene: Scene, tmp_path: Path) -> None:
    asked = scene.ask()
    person = scene.custodians[0][0]
    call_command("custody", "export", str(asked.public_id), str(tmp_path / "goi"), "--as", person.username)
    entry = AuditEntry.objects.get(verb="identity_carried")
    assert (entry.actor, entry.detail["of"]) == ("command:custody export", actor_of(person))


def test_the_end_of_the_fingerprint_comes_from_who_receives(desk: Desk) -> None:
    new = desk.new_key()
    mark = fingerprint(bytes(new.public))
    begins, _space, end = mark.rpartition(" ")
    with SCREENS:
        shown = desk.page(desk.colleague, unlock=True)
        assert begins in shown and mark not in shown and "Gọi điện cho" in shown
        wrong = "0000" if end != "0000" else "1111"
        for typed in ("", wrong, begins, wrong + end):
            assert (answer := desk.gives(desk.phuong, typed)).status_code == 422 and held(new) == set(), typed
            assert "Nhóm cuối không khớp" in answer.content.decode()
        assert desk.gives(desk.phuong, f" {end.lower()} ").status_code == 303
        assert held(new) == set(GROUPS)
        assert f"Trao khóa cho {desk.phuong.name}" not in desk.page(desk.colleague, unlock=True)


def test_ones_own_page_reads_the_mark_of_the_key_that_was_opened(desk: Desk) -> None:
    """For an unopened key, the database may show another person's fingerprint."""
    holder = Holder.objects.get(officer=desk.phuong, retired_at=None)
    mark = fingerprint(bytes(holder.public))
    with SCREENS:
        assert mark not in desk.page(desk.phuong) and mark in desk.page(desk.phuong, unlock=True)
        file, pair = desk.pub("phuong")
        client = CustodyClient().enter(desk.phuong)
        client.post("/giu-kin/khoa-ngoai", {"file": SimpleUploadedFile("phuong.pub", file.read_bytes())})
        shown = desk.page(desk.phuong)
        assert fingerprint(pair.public.raw) not in shown and "tờ giấy bạn ghi ở máy ấy" in shown


def test_a_custodians_seat_goes_the_same_way(scene: Scene, tmp_path: Path) -> None:
    """A key of the operator's own inherits the share index of the replaced one, and gets no share for it."""
    person, *_key = scene.custodians[2]
    pair, file = envelopes.new_pair(), tmp_path / "mine.pub"
    file.write_text(bundles.new_key_text(pair.private, pair.public.raw, verify_key(pair.private)))
    call_command("custody", "key", person.username, str(file), stdout=io.StringIO())
    call_command("custody", "seat", person.username, "3", stdout=io.StringIO())
    placed = Holder.objects.get(officer=person, retired_at=None)
    giver = scene.custodians[0][0]
    with SCREENS:
        client = CustodyClient().enter(giver, unlock=True)
        client.post("/giu-kin/trao-khoa", {"officer": str(person.public_id), "mark": last(placed.public)})
        told = client.get("/giu-kin").content.decode()
        keys.lock_all()
    for group in ("IDENTITY", "REASON"):
        key_rotation.renew(group, actor="t", now=scene.now)
    assert placed.seat == 3 and held(placed) == set() and "đặt khóa khác đứng tên" in told
    asked = scene.ask()
    signed = bundles.approve(
        str(asked.public_id), {2: b"x", 3: b"y"}, private=pair.private, verify=verify_key(pair.private)
    )
    with pytest.raises(Refusal, match="không phải của người giữ danh tính"):
        offline_transfer.take_answer(
            answer=bundles.Answer(str(asked.public_id), [signed]), officer=giver, now=scene.now
        )


def test_nobody_asks_with_a_key_that_a_command_put_there(scene: Scene, tmp_path: Path) -> None:
    """Custodians seal opened data for that key."""
    pair, file = envelopes.new_pair(), tmp_path / "mine.pub"
    file.write_text(bundles.new_key_text(pair.private, pair.public.raw, verify_key(pair.private)))
    call_command("custody", "key", scene.asker.username, str(file), stdout=io.StringIO())
    with pytest.raises(Refusal, match="tạo khóa riêng"):
        scene.ask()
    assert disclosure.NO_KEY and queries.holder_id_of(scene.asker) is None


def test_a_new_key_of_the_group_goes_to_new_envelopes_whose_mark_was_read(desk: Desk, now: dt.datetime) -> None:
    made = [key_of(None, now, seat=seat, label=f"Phong bì {seat}")[0] for seat in (1, 2)]
    with SCREENS:
        client = CustodyClient().enter(desk.colleague, unlock=True)
        begins = {one.pk: fingerprint(bytes(one.public)).rpartition(" ")[0] for one in made}
        shown = client.get("/giu-kin").content.decode()
        assert all(start in shown for start in begins.values()) and "Phong bì 2" in shown
        assert not any(fingerprint(bytes(one.public)) in shown for one in made)
        field = f"mark-{begins[made[0].pk].replace(' ', '')}"
        assert client.post("/giu-kin/doi-khoa", {"group": "TIPS", field: "zzzz"}).status_code == 422
        assert client.post("/giu-kin/doi-khoa", {"group": "TIPS", field: last(made[0].public)}).status_code == 303
    assert [held(one) for one in made] == [{"TIPS"}, set()]


def test_two_envelopes_recover_for_no_key_that_a_command_put_there(
    desk: Desk,
) -> None:
    desk.shell("key", desk.phuong.username, str(desk.pub("mine")[0]))
    with pytest.raises(CommandError, match="tự gửi tệp khóa"):
        desk.shell("recover", "TIPS", "--to", desk.phuong.username, "--by", "x")
