"""Keys of people: only the passphrase opens them; two share indexes together are needed, one never suffices."""

import datetime as dt
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from binhyen.kit import key_files
from binhyen.people.services import RuleViolation
from binhyen.vault import envelopes, key_wrapping, process_keys, secret_sharing, services
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import GroupKey, Holder, KeyShare, WrappedKey
from binhyen.vault.queries import format_lock_context, is_group_ready, list_founding_groups
from binhyen.vault.rules import find_passphrase_problem
from binhyen.vault.services import key_holders, key_rotation
from binhyen.vault.tests.people import (
    CHEAP,
    PASSPHRASE,
    complete_ceremony,
    count_destroyed_keys,
    create_custodians,
    create_key,
    restore_first_keys,
)

NONE = dt.timedelta(0)


def test_a_secret_in_three_parts_needs_all_three() -> None:
    secret = bytes(range(32))
    parts = dict(zip(secret_sharing.SHARE_INDEXES, secret_sharing.split_secret(secret), strict=True))
    assert secret_sharing.join_parts(parts) == secret
    for gone in secret_sharing.SHARE_INDEXES:
        with pytest.raises(ValueError, match="three"):
            secret_sharing.join_parts({k: v for k, v in parts.items() if k != gone})
    for first_seat, two in combinations(secret_sharing.SHARE_INDEXES, 2):
        assert {*secret_sharing.get_parts(first_seat), *secret_sharing.get_parts(two)} == set(
            secret_sharing.SHARE_INDEXES
        )
    assert len({secret_sharing.split_secret(secret)[0] for _ in range(20)}) == 20


@pytest.mark.parametrize("file", [b"", b"a key file"])
def test_only_passphrase_and_file_together_open(file: bytes) -> None:
    blob = key_wrapping.wrap_private_key(b"k" * 32, passphrase=PASSPHRASE, file=file, context="a", cost=CHEAP)
    decomposed = PASSPHRASE.replace("ổ", "o\u0302\u0309")
    assert key_wrapping.unwrap_private_key(blob, passphrase=f" {decomposed} ", file=file, context="a") == b"k" * 32
    assert key_wrapping.needs_key_file(blob) is bool(file)
    for wrong in (
        {"passphrase": PASSPHRASE + "x"},
        {"context": "b"},
        {"file": b"another"},
        {"file": b"" if file else b"x"},
    ):
        with pytest.raises(key_wrapping.WrongPassphrase):
            key_wrapping.unwrap_private_key(blob, **{"passphrase": PASSPHRASE, "file": file, "context": "a"} | wrong)  # type: ignore[arg-type]
    for place in (0, 1, 3, 7, 20, 40, 60, len(blob) - 1):
        broken = bytearray(blob)
        broken[place] ^= 1
        with pytest.raises(key_wrapping.WrongPassphrase):
            key_wrapping.unwrap_private_key(bytes(broken), passphrase=PASSPHRASE, file=file, context="a")


def test_the_expensive_cost_is_as_documented() -> None:
    assert (key_wrapping.DEFAULT_COST.passes, key_wrapping.DEFAULT_COST.kibibytes) == (3, 256 * 1024)


@pytest.mark.parametrize("good", [PASSPHRASE, "mưa rơi trên mái nhà tranh cũ", "Kh0ng-ai-bi3t-duoc"])
def test_good_passphrases(good: str) -> None:
    assert find_passphrase_problem(good, "tinh.giukin") == ""


@pytest.mark.parametrize(
    "bad", ["", "mưa rơi", "aaaaaaaaaaaaaaaaaaaa", "la la la la la la la", "12345678", "tinh.giukin 2026 abcd"]
)
def test_bad_passphrases(bad: str) -> None:
    assert find_passphrase_problem(bad, "tinh.giukin")


@pytest.mark.django_db
def test_a_weak_passphrase_makes_no_key(officer: Callable[..., Any], now: dt.datetime) -> None:
    with pytest.raises(RuleViolation):
        key_holders.create_holder(officer=officer("CUSTODIAN", "42"), passphrase="ngắn quá", now=now)
    assert not Holder.objects.exists()


@pytest.mark.django_db
def test_one_share_index_alone_cannot_take_over(officer: Callable[..., Any], now: dt.datetime) -> None:
    for _ in range(2):
        create_key(officer("CUSTODIAN", "42"), now, seat=1)
    with pytest.raises(RuleViolation):
        key_rotation.rotate_group_key("IDENTITY", actor="t", now=now)
    assert list_founding_groups() == ["IDENTITY", "TIPS", "CONDUCT", "DIRECTOR", "INSPECT", "REASON"]


def test_the_ceremony_moves_everything_and_destroys_the_first_key(
    real_db: None, officer: Callable[..., Any], now: dt.datetime
) -> None:
    before = [
        services.create_conversation_key(["IDENTITY"], now=now, private_out=(stored := [])) and stored[0]
        for _ in range(3)
    ]
    founding = GroupKey.objects.get(group="IDENTITY", retired_at=None, founding=True)
    people = create_custodians(officer, now)
    try:
        stored: list[bytes] = []
        services.create_conversation_key(["IDENTITY"], now=now, private_out=stored)
        assert not count_destroyed_keys("IDENTITY"), "copies are still encrypted with it"
        key_rotation.destroy_unused(actor="t", now=now, grace=NONE)
        assert process_keys.load_key_pair("IDENTITY", bytes(founding.key_id)), "not while it is in use"
        complete_ceremony("IDENTITY", now)
        assert is_group_ready("IDENTITY") and count_destroyed_keys("IDENTITY") == 1
        with pytest.raises(key_files.KeyFileMissing):
            process_keys.load_key_pair("IDENTITY", bytes(founding.key_id))
        locks = sorted(set(WrappedKey.objects.values_list("lock_id", flat=True)))
        for lock, private in zip(locks, [*before, *stored], strict=True):
            for first_seat, two in combinations(people, 2):
                assert (
                    secret_sharing.join_parts(_open_shares(lock, *first_seat[1:]) | _open_shares(lock, *two[1:]))
                    == private
                )
            for first_seat in people:
                assert len(_open_shares(lock, *first_seat[1:])) == 2
                with pytest.raises(ValueError, match="three"):
                    secret_sharing.join_parts(_open_shares(lock, *first_seat[1:]))
    finally:
        restore_first_keys(now)


def _open_shares(lock_id: int, holder: Holder, pair: KeyPair) -> dict[int, bytes]:
    parts = {}
    for copy in WrappedKey.objects.filter(lock_id=lock_id).select_related("group_key"):
        share = KeyShare.objects.filter(group_key=copy.group_key, holder=holder).select_related("group_key").first()
        if share:
            group = KeyPair.of(key_holders.open_share(share, pair))
            part = copy.group_key.part
            parts[part] = envelopes.open_envelope(
                copy.ciphertext, pair=group, context=format_lock_context(lock_id, part)
            )
    return parts


@pytest.mark.django_db
def test_nothing_can_be_sealed_to_a_destroyed_key(officer: Callable[..., Any], now: dt.datetime) -> None:
    lock = services.create_conversation_key(["TIPS"], now=now)
    old = WrappedKey.objects.get(lock=lock)
    GroupKey.objects.filter(pk=old.group_key_id).update(destroyed_at=now)
    with pytest.raises(IntegrityError, match="destroyed"), transaction.atomic():
        services.create_conversation_key(["TIPS"], now=now)
    GroupKey.objects.filter(pk=old.group_key_id).update(destroyed_at=None)
    services.create_conversation_key(["TIPS"], now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("group", ["TIPS", "CONDUCT"])
def test_two_of_three_recover_and_one_alone_never(officer: Callable[..., Any], now: dt.datetime, group: str) -> None:
    handler, _ = create_key(officer("PROVINCE_DUTY", "42"), now)
    seats = [create_key(None, now, seat=seat, label=f"Ghế {seat}") for seat in (1, 2, 3)]
    key_rotation.rotate_group_key(group, actor="t", now=now)
    private = key_holders.open_share(KeyShare.objects.get(group_key__group=group, holder=handler), _)
    for first_seat, two in combinations(seats, 2):
        new, pair = create_key(officer("PROVINCE_DUTY", "42"), now)
        assert key_rotation.recover_key(group, [first_seat, two], to=new, actor="t", now=now) == 1
        assert key_holders.open_share(KeyShare.objects.get(group_key__group=group, holder=new), pair) == private
    for first_seat in seats:
        with pytest.raises(RuleViolation):
            key_rotation.recover_key(group, [first_seat, first_seat], to=new, actor="t", now=now)
        shares_held = KeyShare.objects.filter(holder=first_seat[0], group_key__group=group)
        assert all(share.part and key_holders.open_share(share, first_seat[1]) != private for share in shares_held)


@pytest.mark.django_db
def test_non_handlers_of_a_group_get_no_share(officer: Callable[..., Any], now: dt.datetime) -> None:
    inspector, pair = create_key(officer("INSPECTOR", "42"), now)
    duty, _ = create_key(officer("PROVINCE_DUTY", "42"), now)
    create_key(officer("CHIEF"), now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    key_rotation.rotate_group_key("CONDUCT", actor="t", now=now)
    have = set(KeyShare.objects.values_list("group_key__group", "holder_id"))
    key_rotation.rotate_group_key("INSPECT", actor="t", now=now)
    assert have == {("TIPS", duty.pk), ("CONDUCT", duty.pk)}
    assert KeyShare.objects.get(group_key__group="INSPECT").holder == inspector
    assert key_rotation.grant_shares(giver=inspector, pair=pair, to=duty, actor="t", now=now) == 0


@pytest.mark.django_db
def test_a_new_key_of_a_person_ends_the_old_one(officer: Callable[..., Any], now: dt.datetime) -> None:
    person = officer("PROVINCE_DUTY", "42")
    old, _ = create_key(person, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    new, pair = create_key(person, now)
    old.refresh_from_db()
    assert old.retired_at and not KeyShare.objects.filter(holder=old).exists()
    colleague, colleague_holder = create_key(officer("PROVINCE_DUTY", "42"), now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    KeyShare.objects.filter(holder=new).delete()
    assert key_rotation.grant_shares(giver=colleague, pair=colleague_holder, to=new, actor="t", now=now) == 1
    assert key_holders.open_share(KeyShare.objects.get(holder=new), pair)
