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
from binhyen.vault.envelopes import get_fingerprint
from binhyen.vault.models import DisclosedShare, GroupKey, Holder, KeyShare
from binhyen.vault.offline import bundles
from binhyen.vault.rules import DisclosureState, get_disclosure_state
from binhyen.vault.services import expiry, key_ceremony, key_holders, key_rotation, offline_transfer
from binhyen.vault.signing import get_verify_key
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import PASSPHRASE, create_key
from binhyen.vault.tests.test_disclosure import NAME, DisclosureScene
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
GROUPS = ("TIPS", "CONDUCT")


def run_custody(*arguments: str) -> str:
    out = io.StringIO()
    call_command("custody", *arguments, stdout=out)
    return out.getvalue()


def create_duty_officer(officer: Make, now: dt.datetime) -> tuple[Any, Holder]:
    """Create a duty officer and three envelopes; all have the keys of both groups."""
    person = officer("PROVINCE_DUTY", "42")
    holder, _pair = create_key(person, now)
    for seat in (1, 2, 3):
        create_key(None, now, seat=seat, label=f"Phong bì {seat}")
    for group in GROUPS:
        key_rotation.rotate_group_key(group, actor="t", now=now)
    return person, holder


def make_public_key(name: str = "moi.pub") -> SimpleUploadedFile:
    pair = envelopes.generate_key_pair()
    text = bundles.format_public_key(pair.private, pair.public.raw, get_verify_key(pair.private))
    return SimpleUploadedFile(name, text.encode())


def get_envelope(label: str) -> Holder:
    return Holder.objects.get(label=label, retired_at=None)


def has_share(holder: Holder, group: str) -> bool:
    return holder in key_distribution.list_holders(group)


def test_a_stolen_envelope_gets_no_new_key_and_its_successor_all_of_them(officer: Make, now: dt.datetime) -> None:
    person, _holder = create_duty_officer(officer, now)
    stolen = get_envelope("Phong bì 3")
    output = run_custody("retire", "Phong bì 3")
    assert "TIPS: phần khôi phục chỉ ở phần khóa 1, 2" in output and not KeyShare.objects.filter(holder=stolen).exists()
    assert queries.list_stale_groups() == ["TIPS", "CONDUCT"], "it may have been copied"
    new, _pair = create_key(None, now, seat=3, label="Phong bì 3 mới")
    begins, _space, end = get_fingerprint(bytes(new.public)).rpartition(" ")
    field = f"mark-{begins.replace(' ', '')}"
    with SCREENS:
        client = CustodyClient().enter(person, unlock=True)
        for group in GROUPS:
            assert field in client.get("/giu-kin").content.decode(), group
            assert client.post("/giu-kin/doi-khoa", {"group": group, field: end}).status_code == 303
        assert field not in client.get("/giu-kin").content.decode()
    assert all(has_share(new, group) and not has_share(stolen, group) for group in GROUPS)
    assert queries.list_stale_groups() == [] and "phần khôi phục" not in run_custody("state")
    entry = AuditEntry.objects.get(verb="key_retired")
    assert entry.actor == "command:custody retire"


def test_control_an_unretired_envelope_still_gets_keys(officer: Make, now: dt.datetime) -> None:
    create_duty_officer(officer, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    assert has_share(get_envelope("Phong bì 3"), "TIPS")


def test_an_envelope_name_is_unique(officer: Make, now: dt.datetime) -> None:
    create_duty_officer(officer, now)
    twin, _pair = create_key(None, now, seat=1, label="Phong bì 1")
    for wrong in ("Phong bì 1", "Phong bì 9", ""):
        with pytest.raises(CommandError, match="Chọn một"):
            run_custody("retire", wrong)
    with pytest.raises(CommandError, match="Đã có khóa khôi phục tên này"):
        run_custody("spare", "Phong bì 2", "2")
    assert "Đã bỏ" in run_custody("retire", get_fingerprint(bytes(twin.public)))
    assert Holder.objects.filter(label="Phong bì 1", retired_at=None).count() == 1


@pytest.mark.parametrize("path", ["/giu-kin/khoa", "/giu-kin/khoa-ngoai"])
def test_the_last_share_of_a_desk_does_not_go_unsaid(officer: Make, now: dt.datetime, path: str) -> None:
    person, holder = create_duty_officer(officer, now)
    new = {"passphrase": PASSPHRASE, "again": PASSPHRASE}
    with SCREENS:
        client = CustodyClient().enter(person)
        assert "Chỉ còn bạn giữ khóa của" in client.get("/giu-kin").content.decode()
        answer = client.post(path, new | ({"file": make_public_key()} if "ngoai" in path else {}))
        page_text = answer.content.decode() + client.get("/giu-kin").content.decode()
        assert "Chỉ còn người này giữ khóa của" in page_text and has_share(holder, "TIPS")
        client.post(path, new | {"alone": "1"} | ({"file": make_public_key()} if "ngoai" in path else {}))
        assert not has_share(holder, "TIPS")
    assert AuditEntry.objects.get(verb="key_retired").detail["last"] == ["CONDUCT", "TIPS"]
    assert "TIPS: không còn đủ người giữ" in run_custody("state")


def test_with_a_colleague_nothing_is_asked(officer: Make, now: dt.datetime) -> None:
    colleague = officer("PROVINCE_DUTY", "42")
    create_key(colleague, now)
    person, holder = create_duty_officer(officer, now)
    assert key_holders.find_sole_groups(holder) == []
    key_holders.create_holder(officer=person, passphrase=PASSPHRASE, now=now)
    colleague.is_active = False  # a locked account cannot receive a key
    colleague.save()
    assert key_holders.find_sole_groups(Holder.objects.get(officer=colleague)) == ["CONDUCT", "TIPS"]


def test_a_command_cannot_remove_the_last_share_of_a_desk(officer: Make, now: dt.datetime, tmp_path: Path) -> None:
    person, holder = create_duty_officer(officer, now)
    (tmp_path / "moi.pub").write_bytes(make_public_key().read())
    with pytest.raises(CommandError, match="Chỉ còn người này"):
        run_custody("key", person.username, str(tmp_path / "moi.pub"))
    assert has_share(holder, "TIPS")


def test_envelopes_are_no_colleagues(officer: Make, now: dt.datetime) -> None:
    """A locked account's share stays until an officer of the desk has one; envelopes in safes do not count."""
    person, holder = create_duty_officer(officer, now)
    person.is_active = False
    person.save()
    with rls.acting_as("worker"):
        assert expiry.revoke_lost_rights(now=now) == 0
    assert has_share(holder, "TIPS") and queries.list_stale_groups() == ["TIPS", "CONDUCT"]


def test_a_request_ends_with_its_key(scene: DisclosureScene) -> None:
    """It could not be opened by anyone, and blocked the next request for days."""
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    assert scene.read(asked)["họ tên"] == NAME
    create_key(scene.asker, scene.now)
    with rls.acting_as("worker"):
        assert expiry.revoke_lost_rights(now=scene.now) == 1
    asked.refresh_from_db()
    assert (
        get_disclosure_state(queries.get_request_facts(asked), scene.now) is DisclosureState.STOPPED
        and not DisclosedShare.objects.exists()
    )
    assert scene.ask().pk != asked.pk


def test_an_old_key_is_destroyed_though_its_last_row_moved_within_the_grace(officer: Make, now: dt.datetime) -> None:
    """«Chuyển» pressed right after «Thay khóa»: no further button was left, and the key stayed for ever."""
    person, holder = create_duty_officer(officer, now)
    services.create_conversation_key(["TIPS"], now=now)
    old = GroupKey.objects.get(group="TIPS", retired_at=None)
    key_rotation.rotate_group_key("TIPS", actor="t", now=clock.now() - dt.timedelta(minutes=3))
    with SCREENS:
        client = CustodyClient().enter(person, unlock=True)
        GroupKey.objects.filter(pk=old.pk).update(retired_at=clock.now())
        client.post("/giu-kin/chuyen-khoa")
        assert "Còn tin nằm dưới khóa cũ" not in client.get("/giu-kin").content.decode()
    assert KeyShare.objects.filter(group_key=old, holder=holder).exists(), "the grace period"
    GroupKey.objects.filter(pk=old.pk).update(retired_at=clock.now() - dt.timedelta(minutes=3))
    with rls.acting_as("worker"):
        jobs.rewrap_intake_keys()
    assert GroupKey.objects.get(pk=old.pk).destroyed_at and not KeyShare.objects.filter(group_key=old).exists()


def test_a_start_removes_the_gateways_old_key(now: dt.datetime, monkeypatch: Any) -> None:
    """The command may not have waited for it, and the process with the file runs no jobs."""
    monkeypatch.setattr(process_keys, "delete_key_file", lambda *_: None)
    old = GroupKey.objects.get(group="GATEWAY", retired_at=None)
    key_rotation.rotate_group_key("GATEWAY", actor="t", now=now)
    key_ceremony.run_start_tasks(now=now)
    assert GroupKey.objects.get(pk=old.pk).destroyed_at is None, "the grace period"
    key_ceremony.run_start_tasks(now=now + key_rotation.GRACE)
    assert GroupKey.objects.get(pk=old.pk).destroyed_at


def test_recovery_names_unable_receivers_before_envelopes_are_opened(scene: DisclosureScene, monkeypatch: Any) -> None:
    monkeypatch.setattr("binhyen.vault.management.commands.custody.getpass", lambda _: pytest.fail("envelope opened"))
    for seat in (1, 2):
        create_key(None, scene.now, seat=seat, label=f"Phong bì {seat}")
    new, other = scene.officer("CUSTODIAN", "42"), scene.officer("PROVINCE_DUTY", "42")
    create_key(new, scene.now)
    create_key(other, scene.now)
    by = ("--by", "Phong bì 1", "--by", "Phong bì 2")
    with pytest.raises(CommandError, match="chưa có phần khóa"):
        run_custody("recover", "IDENTITY", "--to", new.username, *by)
    with pytest.raises(CommandError, match="không làm việc"):
        run_custody("recover", "IDENTITY", "--to", other.username, *by)


def test_readers_at_the_isolated_machine_are_referred_there(scene: DisclosureScene) -> None:
    key = bundles.parse_public_key(make_public_key().read().decode())
    offline_transfer.import_public_key(officer=scene.asker, key=key, now=scene.now)
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    with SCREENS:
        page = CustodyClient().enter(scene.asker).get(f"/giu-kin/xin/{asked.public_id}").content.decode()
    assert "chỉ đọc được tại đó" in page and 'action="/giu-kin/xin/' not in page
