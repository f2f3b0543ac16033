"""Lost key shares: an envelope, the last share of a desk, the key of a requester. Every loss is reported."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from binhyen.audit.models import AuditEntry
from binhyen.kit import clock
from binhyen.vault import envelopes, jobs, key_distribution, process_keys, queries, services
from binhyen.vault.envelopes import fingerprint
from binhyen.vault.models import GroupKey, Holder, KeyShare, OpenedPart
from binhyen.vault.offline import bundles
from binhyen.vault.rules import State, state_of
from binhyen.vault.services import expiry, key_ceremony, key_holders, key_rotation, offline_transfer
from binhyen.vault.signing import verify_key
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import PASSPHRASE, key_of
from binhyen.vault.tests.test_opening import NAME, Scene
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
GROUPS = ("TIPS", "CONDUCT")


def shell(*arguments: str) -> str:
    out = io.StringIO()
    call_command("custody", *arguments, stdout=out)
    return out.getvalue()


def duty(officer: Make, now: dt.datetime) -> tuple[Any, Holder]:
    """Create a duty officer and three envelopes; all have the keys of both groups."""
    person = officer("PROVINCE_DUTY", "42")
    holder, _pair = key_of(person, now)
    for seat in (1, 2, 3):
        key_of(None, now, seat=seat, label=f"Phong bì {seat}")
    for group in GROUPS:
        key_rotation.renew(group, actor="t", now=now)
    return person, holder


def pub(name: str = "moi.pub") -> SimpleUploadedFile:
    pair = envelopes.new_pair()
    text = bundles.new_key_text(pair.private, pair.public.raw, verify_key(pair.private))
    return SimpleUploadedFile(name, text.encode())


def envelope(label: str) -> Holder:
    return Holder.objects.get(label=label, retired_at=None)


def has(holder: Holder, group: str) -> bool:
    return holder in key_distribution.holders_of(group)


def test_a_stolen_envelope_gets_no_new_key_and_its_successor_all_of_them(officer: Make, now: dt.datetime) -> None:
    person, _holder = duty(officer, now)
    stolen = envelope("Phong bì 3")
    said = shell("retire", "Phong bì 3")
    assert "TIPS: phần khôi phục chỉ ở ghế 1, 2" in said and not KeyShare.objects.filter(holder=stolen).exists()
    assert queries.stale() == ["TIPS", "CONDUCT"], "it may have been copied"
    new, _pair = key_of(None, now, seat=3, label="Phong bì 3 mới")
    begins, _space, end = fingerprint(bytes(new.public)).rpartition(" ")
    field = f"mark-{begins.replace(' ', '')}"
    with SCREENS:
        client = CustodyClient().enter(person, unlock=True)
        for group in GROUPS:
            assert field in client.get("/giu-kin").content.decode(), group
            assert client.post("/giu-kin/doi-khoa", {"group": group, field: end}).status_code == 303
        assert field not in client.get("/giu-kin").content.decode()
    assert all(has(new, group) and not has(stolen, group) for group in GROUPS)
    assert queries.stale() == [] and "phần khôi phục" not in shell("state")
    entry = AuditEntry.objects.get(verb="key_retired")
    assert entry.actor == "command:custody retire"


def test_control_an_envelope_that_nobody_ends_goes_on_getting_keys(officer: Make, now: dt.datetime) -> None:
    duty(officer, now)
    key_rotation.renew("TIPS", actor="t", now=now)
    assert has(envelope("Phong bì 3"), "TIPS")


def test_one_envelope_is_meant_and_no_two_have_one_name(officer: Make, now: dt.datetime) -> None:
    duty(officer, now)
    twin, _pair = key_of(None, now, seat=1, label="Phong bì 1")
    for wrong in ("Phong bì 1", "Phong bì 9", ""):
        with pytest.raises(CommandError, match="Chọn một"):
            shell("retire", wrong)
    with pytest.raises(CommandError, match="Đã có khóa khôi phục tên này"):
        shell("spare", "Phong bì 2", "2")
    assert "Đã bỏ" in shell("retire", fingerprint(bytes(twin.public)))
    assert Holder.objects.filter(label="Phong bì 1", retired_at=None).count() == 1


@pytest.mark.parametrize("path", ["/giu-kin/khoa", "/giu-kin/khoa-ngoai"])
def test_the_last_share_of_a_desk_does_not_go_unsaid(officer: Make, now: dt.datetime, path: str) -> None:
    person, holder = duty(officer, now)
    new = {"passphrase": PASSPHRASE, "again": PASSPHRASE}
    with SCREENS:
        client = CustodyClient().enter(person)
        assert "Chỉ còn bạn giữ khóa của" in client.get("/giu-kin").content.decode()
        answer = client.post(path, new | ({"file": pub()} if "ngoai" in path else {}))
        told = answer.content.decode() + client.get("/giu-kin").content.decode()
        assert "Chỉ còn người này giữ khóa của" in told and has(holder, "TIPS")
        client.post(path, new | {"alone": "1"} | ({"file": pub()} if "ngoai" in path else {}))
        assert not has(holder, "TIPS")
    assert AuditEntry.objects.get(verb="key_retired").detail["last"] == ["CONDUCT", "TIPS"]
    assert "TIPS: không còn đủ người giữ" in shell("state")


def test_with_a_colleague_nothing_is_asked(officer: Make, now: dt.datetime) -> None:
    colleague = officer("PROVINCE_DUTY", "42")
    key_of(colleague, now)
    person, holder = duty(officer, now)
    assert key_holders.last_of(holder) == []
    key_holders.make_holder(officer=person, passphrase=PASSPHRASE, now=now)
    colleague.is_active = False  # a locked account cannot receive a key
    colleague.save()
    assert key_holders.last_of(Holder.objects.get(officer=colleague)) == ["CONDUCT", "TIPS"]


def test_a_command_takes_no_desk_its_last_share(officer: Make, now: dt.datetime, tmp_path: Path) -> None:
    person, holder = duty(officer, now)
    (tmp_path / "moi.pub").write_bytes(pub().read())
    with pytest.raises(CommandError, match="Chỉ còn người này"):
        shell("key", person.username, str(tmp_path / "moi.pub"))
    assert has(holder, "TIPS")


def test_envelopes_are_no_colleagues(officer: Make, now: dt.datetime) -> None:
    """A locked account's share stays until an officer of the desk has one; envelopes in safes do not count."""
    person, holder = duty(officer, now)
    person.is_active = False
    person.save()
    with rls.acting_as("worker"):
        assert expiry.take_back(now=now) == 0
    assert has(holder, "TIPS") and queries.stale() == ["TIPS", "CONDUCT"]


def test_what_was_asked_with_a_key_ends_with_it(scene: Scene) -> None:
    """It could not be opened by anyone, and blocked the next request for days."""
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    assert scene.read(asked)["họ tên"] == NAME
    key_of(scene.asker, scene.now)
    with rls.acting_as("worker"):
        assert expiry.take_back(now=scene.now) == 1
    asked.refresh_from_db()
    assert state_of(queries.asked_of(asked), scene.now) is State.STOPPED and not OpenedPart.objects.exists()
    assert scene.ask().pk != asked.pk


def test_an_old_key_goes_though_its_last_row_moved_within_the_grace(officer: Make, now: dt.datetime) -> None:
    """«Chuyển» pressed right after «Thay khóa»: no further button was left, and the key stayed for ever."""
    person, holder = duty(officer, now)
    services.new_lock(["TIPS"], now=now)
    old = GroupKey.objects.get(group="TIPS", retired_at=None)
    key_rotation.renew("TIPS", actor="t", now=clock.now() - dt.timedelta(minutes=3))
    with SCREENS:
        client = CustodyClient().enter(person, unlock=True)
        GroupKey.objects.filter(pk=old.pk).update(retired_at=clock.now())
        client.post("/giu-kin/chuyen-khoa")
        assert "Còn tin nằm dưới khóa cũ" not in client.get("/giu-kin").content.decode()
    assert KeyShare.objects.filter(group_key=old, holder=holder).exists(), "the grace period"
    GroupKey.objects.filter(pk=old.pk).update(retired_at=clock.now() - dt.timedelta(minutes=3))
    with rls.acting_as("worker"):
        jobs.rewrap_read()
    assert GroupKey.objects.get(pk=old.pk).destroyed_at and not KeyShare.objects.filter(group_key=old).exists()


def test_a_start_takes_away_the_doors_old_key(now: dt.datetime, monkeypatch: Any) -> None:
    """The command may not have waited for it, and the process with the file runs no jobs."""
    monkeypatch.setattr(process_keys, "destroy", lambda *_: None)
    old = GroupKey.objects.get(group="DOOR", retired_at=None)
    key_rotation.renew("DOOR", actor="t", now=now)
    key_ceremony.catch_up(now=now)
    assert GroupKey.objects.get(pk=old.pk).destroyed_at is None, "the grace period"
    key_ceremony.catch_up(now=now + key_rotation.GRACE)
    assert GroupKey.objects.get(pk=old.pk).destroyed_at


def test_recovery_says_who_cannot_receive_before_envelopes_are_opened(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("binhyen.vault.management.commands.custody.getpass", lambda _: pytest.fail("envelope opened"))
    for seat in (1, 2):
        key_of(None, scene.now, seat=seat, label=f"Phong bì {seat}")
    new, other = scene.officer("CUSTODIAN", "42"), scene.officer("PROVINCE_DUTY", "42")
    key_of(new, scene.now)
    key_of(other, scene.now)
    by = ("--by", "Phong bì 1", "--by", "Phong bì 2")
    with pytest.raises(CommandError, match="chưa có ghế"):
        shell("recover", "IDENTITY", "--to", new.username, *by)
    with pytest.raises(CommandError, match="không làm việc"):
        shell("recover", "IDENTITY", "--to", other.username, *by)


def test_who_reads_at_the_isolated_machine_is_sent_there(scene: Scene) -> None:
    key = bundles.read_new_key(pub().read().decode())
    offline_transfer.take_key(officer=scene.asker, key=key, now=scene.now)
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    with SCREENS:
        page = CustodyClient().enter(scene.asker).get(f"/giu-kin/xin/{asked.public_id}").content.decode()
    assert "chỉ đọc được tại đó" in page and 'action="/giu-kin/xin/' not in page
