"""Custody on an isolated machine: key made, request transferred, approved by two, read there and here; and every wrong
file."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.audit.models import AuditEntry
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosedShare, DisclosureRequest, Holder
from binhyen.vault.offline import airgapped, bundles, commands
from binhyen.vault.queries import list_disclosures
from binhyen.vault.services import disclosure, expiry, key_rotation, offline_transfer
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import CHEAP, CUSTODIANS, PASSPHRASE, create_key
from binhyen.vault.tests.test_disclosure import NAME, REASON, ZALO, DisclosureScene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def screens(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(commands, "getpass", lambda _: PASSPHRASE)
    monkeypatch.setattr("builtins.input", lambda _: "Đồng ý")
    monkeypatch.setattr(key_wrapping, "DEFAULT_COST", CHEAP)
    monkeypatch.setattr(key_wrapping.wrap_private_key, "__kwdefaults__", {"file": b"", "cost": CHEAP})
    with SCREENS:
        yield
    key_sessions.lock_all()


class Station:
    """The isolated machine: a folder, and the command that runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run_command(self, *arguments: str) -> int:
        return commands.main([str(self.folder / a) if "." in a and "/" not in a else a for a in arguments])

    def key(self, name: str) -> bytes:
        assert self.run_command("key", f"{name}.x") == 0
        return (self.folder / f"{name}.pub").read_bytes()


class OfflineScene(DisclosureScene):
    """Custodians whose private keys never reach the server."""

    def __init__(self, officer: Callable[..., Any], now: dt.datetime, machine: Station) -> None:
        self.machine, self.people = machine, []
        for seat in (1, 2, 3):
            person = officer("CUSTODIAN", "42")
            key = bundles.parse_public_key(machine.key(f"c{seat}").decode())
            holder = offline_transfer.import_public_key(officer=person, key=key, seat=seat, now=now)
            self.people.append((person, holder))
        super().__init__(officer, now)

    def carried(self, asked: DisclosureRequest) -> str:
        person = self.people[0][0]
        bundle = offline_transfer.export_request(opening_id=str(asked.public_id), officer=person, now=self.now)
        (self.machine.folder / "goi.json").write_text(bundles.format_bundle(bundle))
        return bundles.format_bundle(bundle)

    def approve(self, number: int) -> int:
        return self.machine.run_command("agree", "goi.json", "tra.json", "--key", f"c{number}.key")

    def answer(self) -> bundles.OfflineAnswer:
        return bundles.parse_answer((self.machine.folder / "tra.json").read_text())


@pytest.fixture
def away(
    officer: Callable[..., Any], now: dt.datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OfflineScene:
    def renewed(_: Any, now: dt.datetime) -> list[Any]:
        for group in CUSTODIANS:
            key_rotation.rotate_group_key(group, actor="system:test", now=now)
        return []

    monkeypatch.setattr("binhyen.vault.tests.test_disclosure.create_custodians", renewed)
    return OfflineScene(officer, now, Station(tmp_path))


def test_two_custodians_approve_there_and_the_requester_reads_here(away: OfflineScene) -> None:
    asked = away.ask()
    text = away.carried(asked)
    assert NAME not in text and ZALO not in text and REASON not in text
    assert away.approve(1) == 0 and away.approve(1) == 1, "the same person twice counts once"
    half = offline_transfer.import_answer(answer=away.answer(), officer=away.people[2][0], now=away.now)
    assert half.opened_at is None
    assert away.approve(3) == 0
    whole = offline_transfer.import_answer(answer=away.answer(), officer=away.people[2][0], now=away.now)
    assert whole.opened_at and [a.officer for a in whole.approvals.order_by("id")] == [
        away.people[0][0],
        away.people[2][0],
    ]
    assert away.read(asked) == {"họ tên": NAME, "mã tài khoản trên kênh chat": ZALO}
    verbs = list(AuditEntry.objects.filter(object=asked.subject).order_by("id").values_list("verb", flat=True))
    assert verbs == ["identity_asked", "identity_carried", "identity_approved", "identity_opened", "identity_read"]


def test_a_transferred_request_counts_as_opened_until_the_answer_gives_the_time(away: OfflineScene) -> None:
    """Two of them can open it there and bring nothing back: the person is informed of the download itself, once."""
    asked = away.ask()
    assert list_disclosures(away.reporter) == []
    away.carried(asked)
    away.carried(asked)
    (maybe,) = list_disclosures(away.reporter)
    assert (maybe.at, maybe.until) == (away.now, None)
    alarm_jobs = ProcrastinateJob.objects.filter(task_name="cases.notify_disclosure").order_by("id")
    assert [item.args["carried"] for item in alarm_jobs] == [True]
    disclosure.refuse_request(
        opening_id=str(asked.public_id), officer=away.people[0][0], text="Chưa đủ lý do", now=away.now
    )
    assert list_disclosures(away.reporter) == [maybe], "a refusal here revokes nothing there"


def test_the_answer_gives_the_opening_time(away: OfflineScene) -> None:
    asked = away.ask()
    away.carried(asked)
    assert [away.approve(1), away.approve(3)] == [0, 0]
    later = away.now + dt.timedelta(hours=2)
    offline_transfer.import_answer(answer=away.answer(), officer=away.people[2][0], now=later)
    (sure,) = list_disclosures(away.reporter)
    assert sure.at == later and sure.until is not None
    assert ProcrastinateJob.objects.filter(task_name="cases.notify_disclosure").count() == 2


def test_a_third_approval_there_does_no_harm(away: OfflineScene) -> None:
    asked = away.ask()
    away.carried(asked)
    assert [away.approve(n) for n in (1, 2, 3)] == [0, 0, 0]
    whole = offline_transfer.import_answer(answer=away.answer(), officer=away.people[0][0], now=away.now)
    assert whole.opened_at and whole.approvals.count() == 2
    assert away.read(asked)["họ tên"] == NAME


def test_the_same_key_uploaded_again_keeps_its_shares(away: OfflineScene, now: dt.datetime) -> None:
    """Regression: a second click removed the person's shares; for the last holder of a key the
    encrypted data was lost."""
    person, holder = away.people[0]
    share_count, public = holder.shares.count(), (away.machine.folder / "c1.pub").read_text()
    assert (
        share_count
        and offline_transfer.import_public_key(officer=person, key=bundles.parse_public_key(public), now=now) == holder
    )
    assert holder.shares.count() == share_count and Holder.objects.filter(officer=person).count() == 1
    other = offline_transfer.import_public_key(
        officer=person, key=bundles.parse_public_key(away.machine.key("moi").decode()), now=now
    )
    assert other.seat == 1 and holder.shares.count() == 0, "another one ends the former"


def test_the_reason_is_read_there_before_anybody_agrees(
    away: OfflineScene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away.carried(away.ask())
    monkeypatch.setattr("builtins.input", lambda _: "không")
    assert away.approve(1) == 1 and REASON in capsys.readouterr().out
    assert not (away.machine.folder / "tra.json").exists()
    moved = json.loads((away.machine.folder / "goi.json").read_text())
    moved["reason"]["context"] = "vault_disclosurerequest.sealed_reason:x"
    (away.machine.folder / "goi.json").write_text(json.dumps(moved))
    assert away.approve(1) == 1 and REASON not in capsys.readouterr().out


def test_a_file_of_before_has_its_reason_on_the_cover(away: OfflineScene) -> None:
    bundle = json.loads(away.carried(away.ask()))
    del bundle["reason"], bundle["reason_copies"]
    (away.machine.folder / "goi.json").write_text(json.dumps(bundle))
    assert away.approve(1) == 0


def test_the_requester_may_read_it_on_the_isolated_machine_too(
    away: OfflineScene, capsys: pytest.CaptureFixture[str], now: dt.datetime
) -> None:
    key = bundles.parse_public_key(away.machine.key("asker").decode())
    offline_transfer.import_public_key(officer=away.asker, key=key, now=now)
    away.carried(away.ask())
    read = ("read", "goi.json", "tra.json", "--key", "asker.key")
    away.approve(1)
    assert away.machine.run_command(*read) == 1 and "hai người" in capsys.readouterr().err
    away.approve(2)
    capsys.readouterr()
    assert away.machine.run_command(*read) == 0
    shown = capsys.readouterr().out
    assert NAME in shown and ZALO in shown
    assert away.machine.run_command("read", "goi.json", "tra.json", "--key", "c3.key") == 1, "a custodian reads nothing"
    assert NAME not in capsys.readouterr().out


def test_the_server_opens_nothing_with_such_keys(away: OfflineScene) -> None:
    asked = away.ask()
    person, holder = away.people[0]
    client = CustodyClient().enter(person)
    assert "máy cô lập" in client.get("/giu-kin").content.decode()
    assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE}).status_code == 303
    assert client.post(f"/giu-kin/xin/{asked.public_id}/dong-y", {"passphrase": PASSPHRASE}).status_code == 422
    assert Holder.objects.get(pk=holder.pk).wrapped_key == b"" and not DisclosedShare.objects.exists()


def test_through_the_screens(away: OfflineScene, now: dt.datetime) -> None:
    asked = away.ask()
    client = CustodyClient().enter(away.people[1][0])
    sent = client.post(f"/giu-kin/xin/{asked.public_id}/goi")
    assert sent.status_code == 200 and "attachment" in sent["Content-Disposition"]
    (away.machine.folder / "goi.json").write_bytes(sent.content)
    away.approve(2)
    away.approve(3)
    assert client.post("/giu-kin/tra-loi-ngoai").status_code == 303, "no file: reported, nothing done"
    file = SimpleUploadedFile("tra.json", (away.machine.folder / "tra.json").read_bytes())
    assert client.post("/giu-kin/tra-loi-ngoai", {"file": file})["Location"].endswith(str(asked.public_id))
    assert away.read(asked)["họ tên"] == NAME
    stranger = CustodyClient().enter(away.asker)
    assert stranger.post(f"/giu-kin/xin/{asked.public_id}/goi").status_code == 404
    assert stranger.post("/giu-kin/tra-loi-ngoai").status_code == 404
    assert client.post(f"/giu-kin/xin/{asked.public_id}/goi").status_code == 404, "it is no longer pending"


def test_a_public_key_is_uploaded_on_the_screen(officer: Callable[..., Any], tmp_path: Path) -> None:
    person = officer("CUSTODIAN", "42")
    client = CustodyClient().enter(person)
    public = Station(tmp_path).key("moi")
    forged = json.loads(public)
    forged["public"] = forged["verify"]
    for bad in (b"x", json.dumps(forged).encode(), b"\xff"):
        client.post("/giu-kin/khoa-ngoai", {"file": SimpleUploadedFile("x.pub", bad)})
        assert not Holder.objects.exists()
    client.post("/giu-kin/khoa-ngoai", {"file": SimpleUploadedFile("x.pub", public)})
    mark = envelopes.get_fingerprint(bytes(Holder.objects.get().public))
    assert mark in client.get("/giu-kin").content.decode()


def test_a_forged_answer_is_refused(away: OfflineScene, officer: Callable[..., Any], now: dt.datetime) -> None:
    """Another person's signature, a swapped share, the approval of another request: nothing is accepted."""
    asked = away.ask()
    away.carried(asked)
    away.approve(1)
    good = away.answer()
    approval = good.approvals[0]
    other = officer("CHIEF")
    _, pair = create_key(other, now)
    from binhyen.vault.signing import get_verify_key

    wrong = [
        bundles.sign_approval(good.opening, approval.parts, private=pair.private, verify=get_verify_key(pair.private)),
        bundles.SignedApproval(approval.verify, {2: approval.parts[3], 3: approval.parts[2]}, approval.signature),
        bundles.SignedApproval(approval.verify, {2: approval.parts[2]}, approval.signature),
        bundles.SignedApproval(get_verify_key(pair.private), approval.parts, approval.signature),
    ]
    for bad in wrong:
        with pytest.raises(Exception, match="Chữ ký"):
            offline_transfer.import_answer(
                answer=bundles.OfflineAnswer(good.opening, [bad]), officer=away.people[0][0], now=now
            )
    second = away.ask(officer=_create_officer_with_key(officer, now))
    with pytest.raises(Exception, match="Chữ ký"):
        offline_transfer.import_answer(
            answer=bundles.OfflineAnswer(str(second.public_id), [approval]), officer=away.people[0][0], now=now
        )
    assert not DisclosedShare.objects.exists()
    assert offline_transfer.import_answer(answer=good, officer=away.people[0][0], now=now).approvals.count() == 1


def _create_officer_with_key(officer: Callable[..., Any], now: dt.datetime) -> Any:
    person = officer("CHIEF", "18073")
    create_key(person, now)
    return person


def test_the_control_of_the_signature(
    away: OfflineScene, monkeypatch: pytest.MonkeyPatch, officer: Any, now: Any
) -> None:
    """Without the signature check, an answer with foreign shares under a custodian's name would be accepted."""
    asked = away.ask()
    away.carried(asked)
    away.approve(1)
    approval = away.answer().approvals[0]
    forged = bundles.SignedApproval(approval.verify, {2: b"noise", 3: b"noise"}, b"")
    monkeypatch.setattr(bundles.SignedApproval, "is_valid_for", lambda *_: True)
    offline_transfer.import_answer(
        answer=bundles.OfflineAnswer(str(asked.public_id), [forged]), officer=away.people[0][0], now=now
    )
    assert DisclosedShare.objects.count() == 2


def test_a_bundle_that_was_changed_opens_nothing(away: OfflineScene, capsys: pytest.CaptureFixture[str]) -> None:
    away.carried(away.ask())
    file = away.machine.folder / "goi.json"
    whole = json.loads(file.read_text())
    for change in (
        lambda b: b["copies"][1].update(sealed=b["copies"][2]["sealed"]),
        lambda b: b["copies"][1].update(context="vault_wrappedkey.ciphertext:1:3"),
        lambda b: b.update(shares=[]),
        lambda b: b.update(what="words"),
        lambda b: b.update(binhyen=2),
        lambda b: b.pop("rows"),
    ):
        broken = json.loads(json.dumps(whole))
        change(broken)
        file.write_text(json.dumps(broken))
        assert away.approve(1) == 1 and "✗" in capsys.readouterr().err
        assert not (away.machine.folder / "tra.json").exists()
    file.write_text(json.dumps(whole))
    assert away.approve(1) == 0


def test_rows_of_another_person_in_the_bundle_are_refused(away: OfflineScene) -> None:
    """The server swaps the transferred identity: the requester's machine refuses it."""
    text = json.loads(away.carried(away.ask()))
    text["rows"][0]["context"] = "vault_identity.ciphertext:999:NAME"
    bundle = bundles.parse_bundle(json.dumps(text))
    away.approve(1)
    away.approve(2)
    with pytest.raises(envelopes.EnvelopeError):
        airgapped.open_identity(bundle, away.answer(), away.pair)


def test_no_key_file_is_ever_overwritten_and_a_weak_passphrase_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Station(tmp_path)
    machine.key("a")
    before = (tmp_path / "a.key").read_bytes()
    assert machine.run_command("key", "a.x") == 1 and (tmp_path / "a.key").read_bytes() == before
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o400
    monkeypatch.setattr(commands, "getpass", lambda _: "ngắn")
    assert machine.run_command("key", "b.x") == 1 and not (tmp_path / "b.key").exists()
    assert machine.run_command("agree", "khong.json", "tra.json", "--key", "a.key") == 1


def test_by_the_operators_command(away: OfflineScene, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, username = away.ask(), away.people[0][0].username
    call_command("custody", "export", str(asked.public_id), str(tmp_path / "goi.json"), "--as", username)
    with pytest.raises(CommandError):
        call_command("custody", "export", str(asked.public_id), str(tmp_path / "goi.json"), "--as", username)
    away.approve(1)
    away.approve(2)
    call_command("custody", "import", str(tmp_path / "tra.json"), "--as", username)
    assert away.read(asked)["họ tên"] == NAME
    with pytest.raises(CommandError):
        call_command("custody", "import", str(tmp_path / "goi.json"), "--as", username)


def test_opening_it_needs_the_same_conditions(away: OfflineScene, now: dt.datetime) -> None:
    asked = away.ask()
    away.carried(asked)
    away.approve(1)
    away.approve(2)
    late = now + dt.timedelta(hours=73)
    with pytest.raises(Exception, match="không còn chờ"):
        offline_transfer.import_answer(answer=away.answer(), officer=away.people[0][0], now=late)
    type(away.people[1][0]).objects.filter(pk=away.people[1][0].pk).update(role="OFFICER")
    with pytest.raises(Exception, match="Chữ ký"):
        offline_transfer.import_answer(answer=away.answer(), officer=away.people[0][0], now=now)
    assert DisclosureRequest.objects.get(pk=asked.pk).approvals.count() == 0, "all or nothing"
    assert expiry.delete_expired_parts(now=late) == 0
