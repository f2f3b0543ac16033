"""Transferred, locked and reassigned officers can open nothing: neither earlier requests nor with their keys."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.areas.models import Unit
from binhyen.audit.models import AuditEntry
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import open_case
from binhyen.people.models import ConflictRule
from binhyen.people.services import RuleViolation, deactivate_officer, transfer_officer
from binhyen.vault import queries
from binhyen.vault.models import DisclosedShare, GroupKey, KeyShare
from binhyen.vault.services import disclosure, expiry, key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_key
from binhyen.vault.tests.test_disclosure import NAME, DisclosureScene
from tests import rls

pytestmark = pytest.mark.django_db
AWAY = "18073"
Find = Callable[[str], Any]


def transfer_to_unit(scene: DisclosureScene, unit: Find, user: Any = None, role: str = "OFFICER") -> None:
    person = user or scene.asker
    moved = transfer_officer(officer_id=person.pk, unit_id=unit(AWAY).pk, role=role, actor="test", now=scene.now)
    if user is None:
        scene.asker = moved


def read_disclosed(scene: DisclosureScene, **other: Any) -> Any:
    asked = scene.ask(**other)
    scene.approve(asked, 0)
    return scene.approve(asked, 1)


def run_worker(now: dt.datetime) -> int:
    with rls.acting_as("worker"):
        return expiry.revoke_lost_rights(now=now)


def test_a_transferred_officer_reads_no_disclosure(scene: DisclosureScene, unit: Find) -> None:
    asked = read_disclosed(scene)
    assert scene.read(asked)["họ tên"] == NAME
    transfer_to_unit(scene, unit)
    with pytest.raises(RuleViolation, match="đổi đơn vị"):
        scene.read(asked)
    assert run_worker(scene.now) == 1 and not DisclosedShare.objects.exists()
    transfer_to_unit(
        scene, lambda _code: scene.holder.officer.unit, role="CHIEF"
    )  # back again: ended requests stay ended
    with pytest.raises(RuleViolation):
        scene.read(asked)
    assert AuditEntry.objects.filter(verb="identity_ended", object="case:K7M29QXD").count() == 1


def test_control_without_the_rule_they_go_on_reading(
    scene: DisclosureScene, unit: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "is_still_entitled", lambda _asked: True)
    asked = read_disclosed(scene)
    transfer_to_unit(scene, unit)
    assert scene.read(asked)["họ tên"] == NAME


@pytest.mark.parametrize("agreed", [0, 1])
def test_no_approval_for_an_officer_transferred_meanwhile(scene: DisclosureScene, unit: Find, agreed: int) -> None:
    asked = scene.ask()
    for number in range(agreed):
        scene.approve(asked, number)
    transfer_to_unit(scene, unit, role="CHIEF")
    with pytest.raises(RuleViolation, match="đổi đơn vị"):
        scene.approve(asked, 2)
    assert run_worker(scene.now) == 1 and scene.ask(officer=scene.asker).pk != asked.pk


def test_a_locked_account_and_back(scene: DisclosureScene) -> None:
    asked = read_disclosed(scene)
    scene.asker = deactivate_officer(officer_id=scene.asker.pk, actor="test", now=scene.now)
    assert run_worker(scene.now) == 1
    scene.asker.is_active = True
    scene.asker.save()
    with pytest.raises(RuleViolation):
        scene.read(asked)


@SCREENS
def test_a_transferred_case_is_no_longer_theirs(scene: DisclosureScene, unit: Find) -> None:
    """Custody sees no ordinary case: it learns only that this one is elsewhere."""
    case = open_case(scene.asker.unit, now=scene.now)
    asked = read_disclosed(scene, subject=f"case:{case.code}")
    colleague = scene.officer("OFFICER")
    create_key(colleague, scene.now)
    waits = scene.ask(subject=f"case:{case.code}", officer=colleague)
    client = CustodyClient().enter(scene.asker, unlock=True)
    url = f"/giu-kin/xin/{asked.public_id}"
    assert NAME in client.post(f"{url}/xem").content.decode()
    officer_actions.transfer(
        code=case.code, officer=scene.asker, unit=unit(AWAY), reason="Ở bên ấy", version=None, now=scene.now
    )
    answer = client.post(f"{url}/xem")
    assert answer.status_code == 409 and NAME not in answer.content.decode()
    with pytest.raises(RuleViolation, match="nơi khác"):
        scene.approve(waits, 0)


def test_an_escalated_complaint_is_no_longer_theirs(scene: DisclosureScene, now: dt.datetime) -> None:
    duty = scene.officer("PROVINCE_DUTY", "42")
    holder, pair = create_key(duty, now)
    veto = ConflictRule.objects.create(subject_ref="conduct:x", desk="PROVINCE", conflict_keys=[])
    asked = read_disclosed(scene, officer=duty, subject="conduct:x")
    assert scene.read(asked, officer=duty, holder=holder, pair=pair)
    ConflictRule.objects.filter(pk=veto.pk).update(desk="DIRECTOR")
    with pytest.raises(RuleViolation):
        scene.read(asked, officer=duty, holder=holder, pair=pair)


def test_a_former_custodian_does_not_count(scene: DisclosureScene, unit: Find) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    transfer_to_unit(scene, unit, scene.custodians[0][0])
    with pytest.raises(RuleViolation, match="không còn giữ danh tính"):
        scene.approve(asked, 1)


@SCREENS
def test_shares_of_keys_go_with_the_work(scene: DisclosureScene, unit: Find, now: dt.datetime) -> None:
    duty, colleague = scene.officer("PROVINCE_DUTY", "42"), scene.officer("PROVINCE_DUTY", "42")
    holders = [create_key(person, now)[0] for person in (duty, colleague)]
    for group in ("TIPS", "CONDUCT"):
        key_rotation.rotate_group_key(group, actor="system:test", now=now)
    assert queries.list_holder_groups(holders[0]) == {"TIPS", "CONDUCT"} and run_worker(now) == 0
    transfer_to_unit(scene, unit, duty)
    assert run_worker(now) == 2 and queries.list_holder_groups(holders[0]) == set()
    assert queries.list_holder_groups(holders[1]) == {"TIPS", "CONDUCT"} and queries.list_stale_groups() == [
        "TIPS",
        "CONDUCT",
    ]
    page = CustodyClient().enter(colleague, unlock=True).get("/giu-kin").content.decode()
    assert "Nên thay khóa" in page and "bàn tin kín" in page
    assert AuditEntry.objects.get(verb="key_taken_back").detail == {"groups": ["CONDUCT", "TIPS"], "shares": 2}
    key_rotation.rotate_group_key("TIPS", actor="system:test", now=now)
    assert queries.list_stale_groups() == ["CONDUCT"] and run_worker(now) == 0


def test_the_last_share_stays_until_a_colleague_has_one(scene: DisclosureScene, unit: Find, now: dt.datetime) -> None:
    """The data encrypted with it would be lost too; no officer of another role gets access to the desk meanwhile."""
    duty = scene.officer("PROVINCE_DUTY", "42")
    holder, pair = create_key(duty, now)
    key_rotation.rotate_group_key("TIPS", actor="system:test", now=now)
    transfer_to_unit(scene, unit, duty)
    assert run_worker(now) == 0 and KeyShare.objects.filter(holder=holder).exists()
    assert queries.list_stale_groups() == ["TIPS"] and GroupKey.objects.filter(group="TIPS", retired_at=None).exists()
    colleague, _pair = create_key(scene.officer("PROVINCE_DUTY", "42"), now)
    assert key_rotation.grant_shares(giver=holder, pair=pair, to=colleague, actor="test", now=now) == 1
    assert run_worker(now) == 1 and not KeyShare.objects.filter(holder=holder).exists()


def test_the_unit_of_the_province_is_no_commune(scene: DisclosureScene) -> None:
    """An officer with the province's visibility keeps requests about any of its cases."""
    staff = scene.officer("PROVINCE_DUTY", "42")
    case = open_case(Unit.objects.get(code=scene.asker.unit.code), now=scene.now)
    holder, pair = create_key(staff, scene.now)
    asked = read_disclosed(scene, officer=staff, subject=f"case:{case.code}")
    assert scene.read(asked, officer=staff, holder=holder, pair=pair)["họ tên"] == NAME
