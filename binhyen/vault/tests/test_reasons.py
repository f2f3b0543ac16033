"""Reasons of disclosure requests are encrypted: each custodian reads them separately, the requester reads a refusal, no
one else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from binhyen.people.models import Officer
from binhyen.privacy.services import staff_retention
from binhyen.vault.models import GroupKey, KeyShare, LockCopy, Opening
from binhyen.vault.queries import ready
from binhyen.vault.services import disclosure, key_rotation, sealed_reasons
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import key_of
from binhyen.vault.tests.test_opening import REASON, Scene

pytestmark = pytest.mark.django_db
NO = "Hỏi qua bí danh được, chưa cần biết là ai."


def said(asked: Opening, who: tuple[Any, Any]) -> sealed_reasons.Said | None:
    return sealed_reasons.said(Opening.objects.get(pk=asked.pk), holder=who[0], pair=who[1])


def refused(scene: Scene) -> Opening:
    asked = scene.ask()
    disclosure.refuse(opening_id=str(asked.public_id), officer=scene.custodians[1][0], text=NO, now=scene.now)
    return Opening.objects.get(pk=asked.pk)


def stands_in_clear(words: str) -> bool:
    """Search the whole row of the request, bytes included."""
    with connection.cursor() as cursor:
        like = [f"%{words}%", f"%{words.encode().hex()}%"]
        # nosemgrep: vault-in-sql  what a thief of the database would search
        cursor.execute("SELECT 1 FROM vault_opening r WHERE r::text LIKE %s OR r::text LIKE %s", like)
        return cursor.fetchone() is not None


def test_each_custodian_reads_it_alone_and_who_asked_reads_why_not(scene: Scene) -> None:
    asked = refused(scene)
    everybody = [*((holder, pair) for _, holder, pair in scene.custodians), (scene.holder, scene.pair)]
    assert [said(asked, who) for who in everybody] == [sealed_reasons.Said(REASON, NO)] * 4
    assert not stands_in_clear(REASON) and not stands_in_clear(NO)


def test_control_words_left_in_clear_are_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "seal_reason", lambda row, reason, **_: setattr(row, "reason", reason))
    monkeypatch.setattr(disclosure, "seal_refusal", lambda row, text, **_: setattr(row, "refusal", text))
    refused(scene)
    assert stands_in_clear(REASON) and stands_in_clear(NO)


def test_nobody_else_reads_them(scene: Scene) -> None:
    asked = refused(scene)
    for role in ("CHIEF", "PROVINCE_DUTY", "INSPECTOR", "CUSTODIAN"):  # the last one was given no key yet
        assert said(asked, key_of(scene.officer(role, "42"), scene.now)) is None
    forged = scene.ask(officer=_with_key(scene))
    assert said(forged, (scene.holder, scene.pair)) is None
    assert LockCopy.objects.filter(lock=asked.words_lock).values_list("group_key__group").get() == ("REASON",)


def _with_key(scene: Scene) -> Officer:
    person: Officer = scene.officer("CHIEF")
    key_of(person, scene.now)
    return person


def test_words_moved_to_another_request_are_refused(scene: Scene) -> None:
    """The database owner puts the text of one request into the row of another."""
    asked, other = refused(scene), scene.ask(officer=_with_key(scene))
    moved = {name: getattr(asked, name) for name in ("words_lock_id", "words_key", "sealed_reason")}
    Opening.objects.filter(pk=other.pk).update(**moved)
    with pytest.raises(sealed_reasons.boxes.Refused):
        said(other, scene.custodians[0][1:])


def test_whoever_takes_the_seat_later_reads_them_and_a_new_key_loses_none(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation.machines, "destroy", lambda *_: None)  # other tests use the first key's file too
    asked = refused(scene)
    _, giver, pair = scene.custodians[0]
    newcomer = key_of(scene.officer("CUSTODIAN", "42"), scene.now, seat=1)
    key_rotation.grant(giver=giver, pair=pair, to=newcomer[0], actor="t", now=scene.now)
    assert said(asked, newcomer) == sealed_reasons.Said(REASON, NO)
    key_rotation.renew("REASON", actor="t", now=scene.now)
    old = GroupKey.objects.exclude(retired_at=None).filter(group="REASON", founding=False)
    while key_rotation.rewrap_with(*newcomer):
        pass
    key_rotation.destroy_unused(["REASON"], actor="t", now=scene.now, grace=dt.timedelta(0))
    assert not old.filter(destroyed_at=None).exists()
    assert [said(asked, who[1:]) for who in scene.custodians] == [sealed_reasons.Said(REASON, NO)] * 3


def test_a_start_seals_what_stood_in_clear_and_gives_the_custodians_their_key(scene: Scene) -> None:
    """An installation whose key ceremony took place before this key existed."""
    asked = refused(scene)
    Opening.objects.filter(pk=asked.pk).update(
        reason=REASON, refusal=NO, words_lock=None, words_key=None, sealed_reason=None, sealed_refusal=None
    )
    LockCopy.objects.filter(group_key__group="REASON").delete()
    KeyShare.objects.filter(group_key__group="REASON").delete()
    GroupKey.objects.filter(group="REASON").delete()
    everybody = [*((holder, pair) for _, holder, pair in scene.custodians), (scene.holder, scene.pair)]
    assert said(asked, everybody[0]) == sealed_reasons.Said(REASON, NO), "until then it is shown as stored"
    for _ in range(2):
        call_command("set_up")
    assert ready("REASON") and not stands_in_clear(REASON) and not stands_in_clear(NO)
    assert not GroupKey.objects.filter(group="REASON", founding=True, destroyed_at=None).exists()
    assert [said(asked, who) for who in everybody] == [sealed_reasons.Said(REASON, NO)] * 4


def test_words_go_with_the_request(scene: Scene) -> None:
    lock = refused(scene).words_lock
    late = scene.now + dt.timedelta(days=1827)
    rows = next(one for one in staff_retention.WHOLE if one.group == "opening")
    assert rows.sweep(late, 10) == 1 and not Opening.objects.exists()
    assert not LockCopy.objects.filter(lock=lock).exists(), "a copy of the row can no longer be decrypted"


@pytest.mark.usefixtures("screens")
def test_the_screen_shows_them_to_whom_they_open(scene: Scene, officer: Callable[..., Any]) -> None:
    address = f"/giu-kin/xin/{refused(scene).public_id}"
    for person in (scene.asker, scene.custodians[2][0]):
        shown = CustodyClient().enter(person).get(address).content.decode()
        assert REASON not in shown and NO not in shown and "Mở khóa riêng để đọc" in shown
        shown = CustodyClient().enter(person, unlock=True).get(address).content.decode()
        assert REASON in shown and NO in shown
    late = officer("CUSTODIAN", "42")
    key_of(late, scene.now)
    shown = CustodyClient().enter(late, unlock=True).get(address).content.decode()
    assert REASON not in shown and "không mở được dòng này" in shown
