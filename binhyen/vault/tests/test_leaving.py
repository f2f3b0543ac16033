"""Transferred, locked and reassigned officers can open nothing: neither earlier requests nor with their keys."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.areas.models import Unit
from binhyen.audit.models import AuditEntry
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import open_case
from binhyen.people.models import Veto
from binhyen.people.services import Refusal, deactivate, transfer
from binhyen.vault import queries
from binhyen.vault.models import GroupKey, KeyShare, OpenedPart
from binhyen.vault.services import disclosure, expiry, key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import key_of
from binhyen.vault.tests.test_opening import NAME, Scene
from tests import rls

pytestmark = pytest.mark.django_db
AWAY = "18073"
Find = Callable[[str], Any]


def moves(scene: Scene, unit: Find, who: Any = None, role: str = "OFFICER") -> None:
    person = who or scene.asker
    moved = transfer(officer_id=person.pk, unit_id=unit(AWAY).pk, role=role, actor="test", now=scene.now)
    if who is None:
        scene.asker = moved


def opened(scene: Scene, **other: Any) -> Any:
    asked = scene.ask(**other)
    scene.approve(asked, 0)
    return scene.approve(asked, 1)


def by_the_worker(now: dt.datetime) -> int:
    with rls.acting_as("worker"):
        return expiry.take_back(now=now)


def test_who_moved_reads_nothing_that_was_opened_for_them(scene: Scene, unit: Find) -> None:
    asked = opened(scene)
    assert scene.read(asked)["họ tên"] == NAME
    moves(scene, unit)
    with pytest.raises(Refusal, match="đổi đơn vị"):
        scene.read(asked)
    assert by_the_worker(scene.now) == 1 and not OpenedPart.objects.exists()
    moves(scene, lambda _code: scene.holder.officer.unit, role="CHIEF")  # back again: ended requests stay ended
    with pytest.raises(Refusal):
        scene.read(asked)
    assert AuditEntry.objects.filter(verb="identity_ended", object="case:K7M29QXD").count() == 1


def test_control_without_the_rule_they_go_on_reading(scene: Scene, unit: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "still_theirs", lambda _asked: True)
    asked = opened(scene)
    moves(scene, unit)
    assert scene.read(asked)["họ tên"] == NAME


@pytest.mark.parametrize("agreed", [0, 1])
def test_nobody_agrees_for_who_moved_meanwhile(scene: Scene, unit: Find, agreed: int) -> None:
    asked = scene.ask()
    for number in range(agreed):
        scene.approve(asked, number)
    moves(scene, unit, role="CHIEF")
    with pytest.raises(Refusal, match="đổi đơn vị"):
        scene.approve(asked, 2)
    assert by_the_worker(scene.now) == 1 and scene.ask(officer=scene.asker).pk != asked.pk


def test_a_locked_account_and_back(scene: Scene) -> None:
    asked = opened(scene)
    scene.asker = deactivate(officer_id=scene.asker.pk, actor="test", now=scene.now)
    assert by_the_worker(scene.now) == 1
    scene.asker.is_active = True
    scene.asker.save()
    with pytest.raises(Refusal):
        scene.read(asked)


@SCREENS
def test_a_case_that_was_handed_on_is_no_longer_theirs(scene: Scene, unit: Find) -> None:
    """Custody sees no ordinary case: it learns only that this one is elsewhere."""
    case = open_case(scene.asker.unit, now=scene.now)
    asked = opened(scene, subject=f"case:{case.code}")
    colleague = scene.officer("OFFICER")
    key_of(colleague, scene.now)
    waits = scene.ask(subject=f"case:{case.code}", officer=colleague)
    client = CustodyClient().enter(scene.asker, unlock=True)
    url = f"/giu-kin/xin/{asked.public_id}"
    assert NAME in client.post(f"{url}/xem").content.decode()
    officer_actions.hand_on(
        code=case.code, officer=scene.asker, unit=unit(AWAY), reason="Ở bên ấy", version=None, now=scene.now
    )
    answer = client.post(f"{url}/xem")
    assert answer.status_code == 409 and NAME not in answer.content.decode()
    with pytest.raises(Refusal, match="nơi khác"):
        scene.approve(waits, 0)


def test_a_complaint_that_went_up_is_no_longer_theirs(scene: Scene, now: dt.datetime) -> None:
    duty = scene.officer("PROVINCE_DUTY", "42")
    holder, pair = key_of(duty, now)
    veto = Veto.objects.create(matter="conduct:x", desk="PROVINCE", kept_from=[])
    asked = opened(scene, officer=duty, subject="conduct:x")
    assert scene.read(asked, officer=duty, holder=holder, pair=pair)
    Veto.objects.filter(pk=veto.pk).update(desk="DIRECTOR")
    with pytest.raises(Refusal):
        scene.read(asked, officer=duty, holder=holder, pair=pair)


def test_a_custodian_who_left_counts_no_more(scene: Scene, unit: Find) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    moves(scene, unit, scene.custodians[0][0])
    with pytest.raises(Refusal, match="không còn giữ danh tính"):
        scene.approve(asked, 1)


@SCREENS
def test_shares_of_keys_go_with_the_work(scene: Scene, unit: Find, now: dt.datetime) -> None:
    duty, colleague = scene.officer("PROVINCE_DUTY", "42"), scene.officer("PROVINCE_DUTY", "42")
    holders = [key_of(person, now)[0] for person in (duty, colleague)]
    for group in ("TIPS", "CONDUCT"):
        key_rotation.renew(group, actor="system:test", now=now)
    assert queries.groups_of(holders[0]) == {"TIPS", "CONDUCT"} and by_the_worker(now) == 0
    moves(scene, unit, duty)
    assert by_the_worker(now) == 2 and queries.groups_of(holders[0]) == set()
    assert queries.groups_of(holders[1]) == {"TIPS", "CONDUCT"} and queries.stale() == ["TIPS", "CONDUCT"]
    page = CustodyClient().enter(colleague, unlock=True).get("/giu-kin").content.decode()
    assert "Nên thay khóa" in page and "bàn tin kín" in page
    assert AuditEntry.objects.get(verb="key_taken_back").detail == {"groups": ["CONDUCT", "TIPS"], "shares": 2}
    key_rotation.renew("TIPS", actor="system:test", now=now)
    assert queries.stale() == ["CONDUCT"] and by_the_worker(now) == 0


def test_the_last_share_stays_until_a_colleague_has_one(scene: Scene, unit: Find, now: dt.datetime) -> None:
    """The data encrypted with it would be lost too; no officer of another role gets access to the desk meanwhile."""
    duty = scene.officer("PROVINCE_DUTY", "42")
    holder, pair = key_of(duty, now)
    key_rotation.renew("TIPS", actor="system:test", now=now)
    moves(scene, unit, duty)
    assert by_the_worker(now) == 0 and KeyShare.objects.filter(holder=holder).exists()
    assert queries.stale() == ["TIPS"] and GroupKey.objects.filter(group="TIPS", retired_at=None).exists()
    colleague, _pair = key_of(scene.officer("PROVINCE_DUTY", "42"), now)
    assert key_rotation.grant(giver=holder, pair=pair, to=colleague, actor="test", now=now) == 1
    assert by_the_worker(now) == 1 and not KeyShare.objects.filter(holder=holder).exists()


def test_the_unit_of_the_province_is_no_commune(scene: Scene) -> None:
    """An officer with the province's visibility keeps requests about any of its cases."""
    staff = scene.officer("PROVINCE_DUTY", "42")
    case = open_case(Unit.objects.get(code=scene.asker.unit.code), now=scene.now)
    holder, pair = key_of(staff, scene.now)
    asked = opened(scene, officer=staff, subject=f"case:{case.code}")
    assert scene.read(asked, officer=staff, holder=holder, pair=pair)["họ tên"] == NAME
