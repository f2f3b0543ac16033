"""Keys of people: only the passphrase opens them; two share indexes together are needed, one never suffices."""

import datetime as dt
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from binhyen.kit import key_files
from binhyen.people.services import Refusal
from binhyen.vault import envelopes, key_wrapping, process_keys, secret_sharing, services
from binhyen.vault.envelopes import Pair
from binhyen.vault.models import GroupKey, Holder, KeyShare, LockCopy
from binhyen.vault.queries import lock_context, ready, waiting_for_people
from binhyen.vault.rules import passphrase_problem
from binhyen.vault.services import key_holders, key_rotation
from binhyen.vault.tests.people import CHEAP, PASSPHRASE, custodians, destroyed, found_again, hand_over, key_of

NONE = dt.timedelta(0)


def test_a_secret_in_three_parts_needs_all_three() -> None:
    secret = bytes(range(32))
    parts = dict(zip(secret_sharing.SEATS, secret_sharing.split(secret), strict=True))
    assert secret_sharing.join(parts) == secret
    for gone in secret_sharing.SEATS:
        with pytest.raises(ValueError, match="three"):
            secret_sharing.join({k: v for k, v in parts.items() if k != gone})
    for one, two in combinations(secret_sharing.SEATS, 2):
        assert {*secret_sharing.parts_of(one), *secret_sharing.parts_of(two)} == set(secret_sharing.SEATS)
    assert len({secret_sharing.split(secret)[0] for _ in range(20)}) == 20


@pytest.mark.parametrize("file", [b"", b"a key file"])
def test_only_passphrase_and_file_together_open(file: bytes) -> None:
    blob = key_wrapping.wrap(b"k" * 32, passphrase=PASSPHRASE, file=file, context="a", cost=CHEAP)
    decomposed = PASSPHRASE.replace("ổ", "o\u0302\u0309")
    assert key_wrapping.unwrap(blob, passphrase=f" {decomposed} ", file=file, context="a") == b"k" * 32
    assert key_wrapping.needs_file(blob) is bool(file)
    for wrong in (
        {"passphrase": PASSPHRASE + "x"}, {"context": "b"}, {"file": b"another"}, {"file": b"" if file else b"x"},
    ):  # fmt: skip
        with pytest.raises(key_wrapping.WrongPassphrase):
            key_wrapping.unwrap(blob, **{"passphrase": PASSPHRASE, "file": file, "context": "a"} | wrong)  # type: ignore[arg-type]
    for place in (0, 1, 3, 7, 20, 40, 60, len(blob) - 1):
        broken = bytearray(blob)
        broken[place] ^= 1
        with pytest.raises(key_wrapping.WrongPassphrase):
            key_wrapping.unwrap(bytes(broken), passphrase=PASSPHRASE, file=file, context="a")


def test_the_dear_cost_is_what_is_promised() -> None:
    assert (key_wrapping.DEAR.passes, key_wrapping.DEAR.kibibytes) == (3, 256 * 1024)


@pytest.mark.parametrize("good", [PASSPHRASE, "mưa rơi trên mái nhà tranh cũ", "Kh0ng-ai-bi3t-duoc"])
def test_good_passphrases(good: str) -> None:
    assert passphrase_problem(good, "tinh.giukin") == ""


@pytest.mark.parametrize(
    "bad", ["", "mưa rơi", "aaaaaaaaaaaaaaaaaaaa", "la la la la la la la", "12345678", "tinh.giukin 2026 abcd"]
)
def test_bad_passphrases(bad: str) -> None:
    assert passphrase_problem(bad, "tinh.giukin")


@pytest.mark.django_db
def test_a_weak_passphrase_makes_no_key(officer: Callable[..., Any], now: dt.datetime) -> None:
    with pytest.raises(Refusal):
        key_holders.make_holder(officer=officer("CUSTODIAN", "42"), passphrase="ngắn quá", now=now)
    assert not Holder.objects.exists()


@pytest.mark.django_db
def test_nobody_takes_over_with_one_seat_only(officer: Callable[..., Any], now: dt.datetime) -> None:
    for _ in range(2):
        key_of(officer("CUSTODIAN", "42"), now, seat=1)
    with pytest.raises(Refusal):
        key_rotation.renew("IDENTITY", actor="t", now=now)
    assert waiting_for_people() == ["IDENTITY", "TIPS", "CONDUCT", "DIRECTOR", "INSPECT", "REASON"]


def test_the_ceremony_moves_everything_and_destroys_the_first_key(
    real_db: None, officer: Callable[..., Any], now: dt.datetime
) -> None:
    before = [services.new_lock(["IDENTITY"], now=now, keep=(kept := [])) and kept[0] for _ in range(3)]
    founding = GroupKey.objects.get(group="IDENTITY", retired_at=None, founding=True)
    people = custodians(officer, now)
    try:
        kept: list[bytes] = []
        services.new_lock(["IDENTITY"], now=now, keep=kept)
        assert not destroyed("IDENTITY"), "copies are still encrypted with it"
        key_rotation.destroy_unused(actor="t", now=now, grace=NONE)
        assert process_keys.pair_of("IDENTITY", bytes(founding.key_id)), "not while it is in use"
        hand_over("IDENTITY", now)
        assert ready("IDENTITY") and destroyed("IDENTITY") == 1
        with pytest.raises(key_files.NotHere):
            process_keys.pair_of("IDENTITY", bytes(founding.key_id))
        locks = sorted(set(LockCopy.objects.values_list("lock_id", flat=True)))
        for lock, private in zip(locks, [*before, *kept], strict=True):
            for one, two in combinations(people, 2):
                assert secret_sharing.join(_parts(lock, *one[1:]) | _parts(lock, *two[1:])) == private
            for one in people:
                assert len(_parts(lock, *one[1:])) == 2
                with pytest.raises(ValueError, match="three"):
                    secret_sharing.join(_parts(lock, *one[1:]))
    finally:
        found_again(now)


def _parts(lock_id: int, holder: Holder, pair: Pair) -> dict[int, bytes]:
    parts = {}
    for copy in LockCopy.objects.filter(lock_id=lock_id).select_related("group_key"):
        share = KeyShare.objects.filter(group_key=copy.group_key, holder=holder).select_related("group_key").first()
        if share:
            group = Pair.of(key_holders.opened_share(share, pair))
            part = copy.group_key.part
            parts[part] = envelopes.open_(copy.sealed, pair=group, context=lock_context(lock_id, part))
    return parts


@pytest.mark.django_db
def test_nothing_can_be_sealed_to_a_destroyed_key(officer: Callable[..., Any], now: dt.datetime) -> None:
    lock = services.new_lock(["TIPS"], now=now)
    old = LockCopy.objects.get(lock=lock)
    GroupKey.objects.filter(pk=old.group_key_id).update(destroyed_at=now)
    with pytest.raises(IntegrityError, match="destroyed"), transaction.atomic():
        services.new_lock(["TIPS"], now=now)
    GroupKey.objects.filter(pk=old.group_key_id).update(destroyed_at=None)
    services.new_lock(["TIPS"], now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("group", ["TIPS", "CONDUCT"])
def test_two_of_three_recover_and_no_one_alone(officer: Callable[..., Any], now: dt.datetime, group: str) -> None:
    handler, _ = key_of(officer("PROVINCE_DUTY", "42"), now)
    seats = [key_of(None, now, seat=seat, label=f"Ghế {seat}") for seat in (1, 2, 3)]
    key_rotation.renew(group, actor="t", now=now)
    private = key_holders.opened_share(KeyShare.objects.get(group_key__group=group, holder=handler), _)
    for one, two in combinations(seats, 2):
        new, pair = key_of(officer("PROVINCE_DUTY", "42"), now)
        assert key_rotation.recover(group, [one, two], to=new, actor="t", now=now) == 1
        assert key_holders.opened_share(KeyShare.objects.get(group_key__group=group, holder=new), pair) == private
    for one in seats:
        with pytest.raises(Refusal):
            key_rotation.recover(group, [one, one], to=new, actor="t", now=now)
        mine = KeyShare.objects.filter(holder=one[0], group_key__group=group)
        assert all(share.part and key_holders.opened_share(share, one[1]) != private for share in mine)


@pytest.mark.django_db
def test_who_does_not_handle_a_group_gets_no_share(officer: Callable[..., Any], now: dt.datetime) -> None:
    inspector, pair = key_of(officer("INSPECTOR", "42"), now)
    duty, _ = key_of(officer("PROVINCE_DUTY", "42"), now)
    key_of(officer("CHIEF"), now)
    key_rotation.renew("TIPS", actor="t", now=now)
    key_rotation.renew("CONDUCT", actor="t", now=now)
    have = set(KeyShare.objects.values_list("group_key__group", "holder_id"))
    key_rotation.renew("INSPECT", actor="t", now=now)
    assert have == {("TIPS", duty.pk), ("CONDUCT", duty.pk)}
    assert KeyShare.objects.get(group_key__group="INSPECT").holder == inspector
    assert key_rotation.grant(giver=inspector, pair=pair, to=duty, actor="t", now=now) == 0


@pytest.mark.django_db
def test_a_new_key_of_a_person_ends_the_old_one(officer: Callable[..., Any], now: dt.datetime) -> None:
    person = officer("PROVINCE_DUTY", "42")
    old, _ = key_of(person, now)
    key_rotation.renew("TIPS", actor="t", now=now)
    new, pair = key_of(person, now)
    old.refresh_from_db()
    assert old.retired_at and not KeyShare.objects.filter(holder=old).exists()
    colleague, theirs = key_of(officer("PROVINCE_DUTY", "42"), now)
    key_rotation.renew("TIPS", actor="t", now=now)
    KeyShare.objects.filter(holder=new).delete()
    assert key_rotation.grant(giver=colleague, pair=theirs, to=new, actor="t", now=now) == 1
    assert key_holders.opened_share(KeyShare.objects.get(holder=new), pair)
