"""Reasons of disclosure requests are encrypted: each custodian reads them separately, the requester reads a refusal, no
one else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from binhyen.people.models import Officer
from binhyen.privacy.services import retention
from binhyen.vault.models import DisclosureRequest, GroupKey, KeyShare, WrappedKey
from binhyen.vault.queries import is_group_ready
from binhyen.vault.services import disclosure, key_rotation, sealed_reasons
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import create_key
from binhyen.vault.tests.test_disclosure import REASON, DisclosureScene

pytestmark = pytest.mark.django_db
NO = "Hỏi qua bí danh được, chưa cần biết là ai."


def read_reason(asked: DisclosureRequest, user: tuple[Any, Any]) -> sealed_reasons.OpenedReason | None:
    return sealed_reasons.open_reason(DisclosureRequest.objects.get(pk=asked.pk), holder=user[0], pair=user[1])


def refuse_request(scene: DisclosureScene) -> DisclosureRequest:
    asked = scene.ask()
    disclosure.refuse_request(opening_id=str(asked.public_id), officer=scene.custodians[1][0], text=NO, now=scene.now)
    return DisclosureRequest.objects.get(pk=asked.pk)


def is_plaintext_stored(words: str) -> bool:
    """Search the whole row of the request, bytes included."""
    with connection.cursor() as cursor:
        like = [f"%{words}%", f"%{words.encode().hex()}%"]
        # nosemgrep: vault-in-sql  a thief of the database would search this
        cursor.execute("SELECT 1 FROM vault_disclosurerequest r WHERE r::text LIKE %s OR r::text LIKE %s", like)
        return cursor.fetchone() is not None


def test_each_custodian_reads_it_and_the_requester_reads_the_refusal(scene: DisclosureScene) -> None:
    asked = refuse_request(scene)
    everybody = [*((holder, pair) for _, holder, pair in scene.custodians), (scene.holder, scene.pair)]
    assert [read_reason(asked, reporter) for reporter in everybody] == [sealed_reasons.OpenedReason(REASON, NO)] * 4
    assert not is_plaintext_stored(REASON) and not is_plaintext_stored(NO)


def test_control_words_left_in_clear_are_found(scene: DisclosureScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "seal_reason", lambda row, reason, **_: setattr(row, "reason", reason))
    monkeypatch.setattr(disclosure, "seal_refusal", lambda row, text, **_: setattr(row, "refusal", text))
    refuse_request(scene)
    assert is_plaintext_stored(REASON) and is_plaintext_stored(NO)


def test_other_officers_cannot_read_them(scene: DisclosureScene) -> None:
    asked = refuse_request(scene)
    for role in ("CHIEF", "PROVINCE_DUTY", "INSPECTOR", "CUSTODIAN"):  # the last one was given no key yet
        assert read_reason(asked, create_key(scene.officer(role, "42"), scene.now)) is None
    forged = scene.ask(officer=_create_officer_with_key(scene))
    assert read_reason(forged, (scene.holder, scene.pair)) is None
    assert WrappedKey.objects.filter(lock=asked.words_lock).values_list("group_key__group").get() == ("REASON",)


def _create_officer_with_key(scene: DisclosureScene) -> Officer:
    person: Officer = scene.officer("CHIEF")
    create_key(person, scene.now)
    return person


def test_text_moved_to_another_request_is_refused(scene: DisclosureScene) -> None:
    """The database owner puts the text of one request into the row of another."""
    asked, other = refuse_request(scene), scene.ask(officer=_create_officer_with_key(scene))
    moved = {name: getattr(asked, name) for name in ("words_lock_id", "words_key", "sealed_reason")}
    DisclosureRequest.objects.filter(pk=other.pk).update(**moved)
    with pytest.raises(sealed_reasons.envelopes.EnvelopeError):
        read_reason(other, scene.custodians[0][1:])


def test_a_later_custodian_reads_them_and_a_new_key_loses_none(
    scene: DisclosureScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        key_rotation.process_keys, "delete_key_file", lambda *_: None
    )  # other tests use the first key's file too
    asked = refuse_request(scene)
    _, giver, pair = scene.custodians[0]
    newcomer = create_key(scene.officer("CUSTODIAN", "42"), scene.now, seat=1)
    key_rotation.grant_shares(giver=giver, pair=pair, to=newcomer[0], actor="t", now=scene.now)
    assert read_reason(asked, newcomer) == sealed_reasons.OpenedReason(REASON, NO)
    key_rotation.rotate_group_key("REASON", actor="t", now=scene.now)
    old = GroupKey.objects.exclude(retired_at=None).filter(group="REASON", founding=False)
    while key_rotation.rewrap_with_holder(*newcomer):
        pass
    key_rotation.destroy_unused(["REASON"], actor="t", now=scene.now, grace=dt.timedelta(0))
    assert not old.filter(destroyed_at=None).exists()
    assert [read_reason(asked, custodian[1:]) for custodian in scene.custodians] == [
        sealed_reasons.OpenedReason(REASON, NO)
    ] * 3


def test_a_start_seals_plaintext_reasons_and_gives_the_custodians_their_key(scene: DisclosureScene) -> None:
    """An installation whose key ceremony took place before this key existed."""
    asked = refuse_request(scene)
    DisclosureRequest.objects.filter(pk=asked.pk).update(
        reason=REASON, refusal=NO, words_lock=None, words_key=None, sealed_reason=None, sealed_refusal=None
    )
    WrappedKey.objects.filter(group_key__group="REASON").delete()
    KeyShare.objects.filter(group_key__group="REASON").delete()
    GroupKey.objects.filter(group="REASON").delete()
    everybody = [*((holder, pair) for _, holder, pair in scene.custodians), (scene.holder, scene.pair)]
    assert read_reason(asked, everybody[0]) == sealed_reasons.OpenedReason(REASON, NO), (
        "until then it is shown as stored"
    )
    for _ in range(2):
        call_command("set_up")
    assert is_group_ready("REASON") and not is_plaintext_stored(REASON) and not is_plaintext_stored(NO)
    assert not GroupKey.objects.filter(group="REASON", founding=True, destroyed_at=None).exists()
    assert [read_reason(asked, reporter) for reporter in everybody] == [sealed_reasons.OpenedReason(REASON, NO)] * 4


def test_the_text_is_deleted_with_the_request(scene: DisclosureScene) -> None:
    lock = refuse_request(scene).words_lock
    late = scene.now + dt.timedelta(days=1827)
    rows = next(item for item in retention.TABLE_RETENTIONS if item.group == "opening")
    assert rows.delete_batch(late, 10) == 1 and not DisclosureRequest.objects.exists()
    assert not WrappedKey.objects.filter(lock=lock).exists(), "a copy of the row can no longer be decrypted"


@pytest.mark.usefixtures("screens")
def test_the_screen_shows_them_to_permitted_readers(scene: DisclosureScene, officer: Callable[..., Any]) -> None:
    address = f"/giu-kin/xin/{refuse_request(scene).public_id}"
    for person in (scene.asker, scene.custodians[2][0]):
        shown = CustodyClient().enter(person).get(address).content.decode()
        assert REASON not in shown and NO not in shown and "Mở khóa riêng để đọc" in shown
        shown = CustodyClient().enter(person, unlock=True).get(address).content.decode()
        assert REASON in shown and NO in shown
    late = officer("CUSTODIAN", "42")
    create_key(late, scene.now)
    shown = CustodyClient().enter(late, unlock=True).get(address).content.decode()
    assert REASON not in shown and "không mở được dòng này" in shown
