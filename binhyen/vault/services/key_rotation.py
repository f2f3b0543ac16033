"""Key rotation of groups: at the ceremony, when a holder leaves, or on schedule.

New writes use the new key at once. Data under the old one is re-encrypted by its key holders: machines in their own
jobs, people's groups while a holder works. The old key is destroyed when no data uses it any more.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit import key_files, logs
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import Lock, wait_for
from binhyen.people.services import Refusal
from binhyen.vault import encrypted_columns, envelopes, group_keys, process_keys
from binhyen.vault.envelopes import Pair
from binhyen.vault.key_distribution import holders_of
from binhyen.vault.models import GroupKey, Holder, KeyShare, LockCopy
from binhyen.vault.queries import lock_context, share_context
from binhyen.vault.rules import MACHINES, PEOPLES, SPLIT
from binhyen.vault.secret_sharing import SEATS, join
from binhyen.vault.services.encrypt import copies_of
from binhyen.vault.services.key_holders import handles, opened_share, shares_for

GRACE = dt.timedelta(minutes=2)  # processes cache a key for half a minute; data encrypted meanwhile must be counted
BATCH = 500
log = logs.get("vault")


@transaction.atomic
def renew(group: str, *, actor: str, newcomers: Collection[int] = (), now: dt.datetime) -> list[GroupKey]:
    """Rotate a group's key; the old one still decrypts but encrypts no new data.

    Of people, the new key goes to holders of the old one and to `newcomers`: ids of holders whose fingerprint was
    compared. Raises `Refusal` where too few are left.
    """
    wait_for(Lock.KEYS)
    old = GroupKey.objects.filter(group=group, retired_at=None)
    former = list(old.values_list("pk", flat=True))
    fresh = [group_keys.new_key(group, now=now)] if group in MACHINES else _peoples_keys(group, newcomers, now)
    GroupKey.objects.filter(pk__in=former).update(retired_at=now)
    group_keys.forget_current()
    record(
        [Act(actor, "key_renewed", f"key:{group}", detail={"keys": [bytes(k.key_id).hex() for k in fresh]})], now=now
    )
    wake([group])
    return fresh


@transaction.atomic
def give_up(key_ids: Iterable[bytes], *, now: dt.datetime) -> set[str]:
    """Replace lost key files and return their groups. Data under the lost keys can never be decrypted again."""
    wait_for(Lock.KEYS)
    lost = GroupKey.objects.filter(key_id__in=list(key_ids))
    groups = set(lost.values_list("group", flat=True))
    lost.filter(retired_at=None).update(retired_at=now)
    lost.update(destroyed_at=now)
    for group in sorted(groups):
        if not GroupKey.objects.filter(group=group, retired_at=None).exists():
            group_keys.new_key(group, now=now)
    return groups


REWRAPS = {
    "INTAKE": ("vault.rewrap_read", "bulk"),
    "DELIVERY": ("vault.rewrap_sent", "delivery"),
    "DOOR": ("vault.rewrap_sent", "delivery"),
}


def _peoples_keys(group: str, newcomers: Collection[int], now: dt.datetime) -> list[GroupKey]:
    holders = _receivers(group, newcomers)
    people = [h for h in holders if h.officer_id is not None]
    if group in SPLIT and len({h.seat for h in people if h.seat}) < 2:
        raise Refusal(_("Cần ít nhất hai người giữ danh tính ở hai ghế khác nhau."))
    if not people:
        raise Refusal(_("Chưa có ai có khóa riêng để nhận khóa của nhóm này."))
    made = []
    for part in SEATS if group in SPLIT else (0,):
        pair = envelopes.new_pair()
        row = GroupKey.objects.create(
            group=group, part=part, public=pair.public.raw, key_id=pair.public.id, created_at=now
        )
        KeyShare.objects.bulk_create(shares_for(row, pair.private, holders))
        made.append(row)
    return made


def _receivers(group: str, newcomers: Collection[int]) -> list[Holder]:
    """List recipients of a new key: holders of the old one, and compared newcomers.

    A rotation alone gives no access, because an attacker could place an own key in a colleague's name and wait for it.
    At the ceremony, or after the loss of all shares, there are no old holders and people meet in one room.
    """
    holders = [h for h in Holder.objects.filter(retired_at=None).select_related("officer") if handles(h, group)]
    known = {holder.pk for holder in holders_of(group)}
    return [h for h in holders if h.pk in known or h.pk in newcomers] if known else holders


@transaction.atomic
def rewrap_copies(old: GroupKey, pair: Pair, *, most: int = BATCH) -> int:
    """Re-encrypt wrapped keys under a retired people's key to the new one; return how many.

    Keys that were whole before the ceremony are split here, for a split group.
    """
    current = group_keys.current(old.group)
    same = [key for key in current if key.part == old.part]
    rows = list(LockCopy.objects.select_for_update(skip_locked=True).filter(group_key=old).order_by("id")[:most])
    fresh: list[LockCopy] = []
    for row in rows:
        if same:
            fresh.append(
                LockCopy(lock_id=row.lock_id, group_key_id=same[0].id,
                         sealed=envelopes.rewrap(row.sealed, pair=pair, to=same[0].public))
            )  # fmt: skip
        else:
            private = envelopes.open_(row.sealed, pair=pair, context=lock_context(row.lock_id, old.part))
            fresh += copies_of(row.lock_id, private, current)
    LockCopy.objects.bulk_create(fresh)
    LockCopy.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def rewrap_with(holder: Holder, pair: Pair, *, most: int = BATCH) -> int:
    """Re-encrypt with this holder's shares of retired people's keys; return how many."""
    shares = KeyShare.objects.filter(
        holder=holder, part=0, group_key__retired_at__isnull=False, group_key__destroyed_at=None
    ).select_related("group_key")
    done = 0
    for share in shares:
        if done < most:
            done += rewrap_copies(share.group_key, Pair.of(opened_share(share, pair)), most=most - done)
    return done


def rewrap_founding(*, most: int = BATCH) -> int:
    """Re-encrypt under the first keys, which lie in files until the ceremony. Raises key_files.KeyFileMissing."""
    done = 0
    for old in GroupKey.objects.filter(group__in=PEOPLES, founding=True, destroyed_at=None).exclude(retired_at=None):
        done += rewrap_copies(old, process_keys.pair_of(old.group, bytes(old.key_id)), most=most)
    return done


def rewrap_machine(group: str) -> int:
    """Re-encrypt this process's data under retired keys; return how many.

    Data under a key whose file is missing here stays, and blocks nothing else.
    """
    done = 0
    for old in GroupKey.objects.filter(group=group, destroyed_at=None).exclude(retired_at=None).order_by("id"):
        if uses(old):
            try:
                done += _rewrap_under(group, bytes(old.key_id))
            except key_files.NotHere:
                log.error("old_key_missing", group=group, key=bytes(old.key_id).hex())
    return done


def _rewrap_under(group: str, key_id: bytes) -> int:
    """Re-encrypt all columns under one key. Raises key_files.KeyFileMissing."""
    done = 0
    (to,) = group_keys.current(group)
    for column in encrypted_columns.columns(group):
        pair, after = None if column.reseal else process_keys.pair_of(group, key_id), 0
        while True:
            with transaction.atomic():
                count, after = encrypted_columns.rewrap(column, pair, key_id, to.public, after=after)
            done += count
            if not after:
                break
    return done


def left(groups: Iterable[str]) -> dict[str, int]:
    """Count values per retired key, by hex id; a key with 0 is destroyed soon."""
    retired = GroupKey.objects.filter(group__in=list(groups), destroyed_at=None).exclude(retired_at=None)
    return {bytes(key.key_id).hex(): uses(key) for key in retired.order_by("id")}


def wake(groups: Iterable[str]) -> None:
    """Defer the re-encryption jobs of these machine groups now, instead of at their next schedule."""
    for task, queue in {REWRAPS[group] for group in groups if group in REWRAPS}:
        defer_once(queue=queue, task=task, key=task)


def uses(key: GroupKey) -> int:
    """Count the values that still need this key."""
    if key.group in MACHINES:
        return encrypted_columns.uses(key.group, bytes(key.key_id))
    return LockCopy.objects.filter(group_key=key).count()


@transaction.atomic
def destroy_unused(
    groups: Iterable[str] = (*MACHINES, *PEOPLES), *, actor: str, now: dt.datetime, grace: dt.timedelta = GRACE
) -> list[GroupKey]:
    """Destroy retired keys without remaining data, as far as this process may; return them.

    The key's row is locked first: an insert of a copy under the key locks it too, so the count that follows is final.
    """
    gone = []
    retired = GroupKey.objects.select_for_update().filter(group__in=groups, destroyed_at=None)
    for key in retired.filter(retired_at__lte=now - grace).order_by("id"):
        if uses(key):
            continue
        try:
            if key.founding or key.group in MACHINES:
                process_keys.destroy(key.group, bytes(key.key_id))
        except (key_files.NotHere, PermissionError):
            continue  # the key file lies in another process's folder
        if key.group in PEOPLES:
            KeyShare.objects.filter(group_key=key).delete()
        GroupKey.objects.filter(pk=key.pk).update(destroyed_at=now)
        gone.append(key)
    record(
        [Act(actor, "key_destroyed", f"key:{k.group}", detail={"key": bytes(k.key_id).hex()}) for k in gone], now=now
    )
    return gone


@transaction.atomic
def grant(*, giver: Holder, pair: Pair, to: Holder, actor: str, now: dt.datetime) -> int:
    """Give another holder the shares they are entitled to and the giver has; return how many."""
    have = set(KeyShare.objects.filter(holder=to).values_list("group_key_id", "part"))
    given: list[KeyShare] = []
    for share in KeyShare.objects.filter(holder=giver, part=0, group_key__destroyed_at=None).select_related(
        "group_key"
    ):
        if handles(to, share.group_key.group):
            wanted = shares_for(share.group_key, opened_share(share, pair), [to])
            given += [s for s in wanted if (s.group_key_id, s.part) not in have and to.officer_id is not None]
    KeyShare.objects.bulk_create(given)
    if given:
        groups = sorted({share.group_key.group for share in given})
        record([Act(actor, "key_shared", _name(to), detail={"groups": groups, "shares": len(given)})], now=now)
    return len(given)


@transaction.atomic
def recover(group: str, given: list[tuple[Holder, Pair]], *, to: Holder, actor: str, now: dt.datetime) -> int:
    """Restore lost shares of a handler from two recovery holders of different share indexes; return how many.

    Raises `Refusal`.
    """
    if len({holder.seat for holder, _share in given if holder.seat}) < 2:
        raise Refusal(_("Cần hai người ở hai ghế khác nhau."))
    made = []
    for key in GroupKey.objects.filter(group=group, destroyed_at=None, founding=False):
        private = _assembled(key, given)
        if private is not None:
            KeyShare.objects.filter(group_key=key, holder=to).delete()
            made += shares_for(key, private, [to])
    if not made:
        raise Refusal(_("Hai người này không có phần khóa của nhóm."))
    KeyShare.objects.bulk_create(made)
    who = [_name(holder) for holder, _share in given]
    record([Act(actor, "key_recovered", f"key:{group}", detail={"to": _name(to), "by": who})], now=now)
    return len(made)


def _assembled(key: GroupKey, given: list[tuple[Holder, Pair]]) -> bytes | None:
    parts: dict[int, bytes] = {}
    for holder, pair in given:
        for share in KeyShare.objects.filter(group_key=key, holder=holder):
            parts[share.part] = envelopes.open_(
                share.sealed, pair=pair, context=share_context(bytes(key.key_id), share.part)
            )
    if 0 in parts:  # a whole key of one part of a split group, useless without the other two
        return parts[0]
    return join(parts) if set(parts) == set(SEATS) else None


def _name(holder: Holder) -> str:
    return f"holder:{envelopes.PublicKey(bytes(holder.public)).id.hex()}"
