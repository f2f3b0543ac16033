"""Key rotation of groups: at the ceremony, when a holder leaves, or on schedule.

New writes use the new key at once. Data under the old one is re-encrypted by its key holders: machines in their own
jobs, people's groups while a holder works. The old key is destroyed when no data uses it any more.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import key_files, logs
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.people.services import RuleViolation
from binhyen.vault import encrypted_columns, envelopes, group_keys, process_keys
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.key_distribution import list_holders
from binhyen.vault.models import GroupKey, Holder, KeyShare, WrappedKey
from binhyen.vault.queries import format_lock_context, format_share_context
from binhyen.vault.rules import MACHINE_GROUPS, PEOPLE_GROUPS, SPLIT_GROUPS
from binhyen.vault.secret_sharing import SHARE_INDEXES, join_parts
from binhyen.vault.services import build_wrapped_keys
from binhyen.vault.services.key_holders import build_shares, is_entitled, open_share

GRACE = dt.timedelta(minutes=2)  # processes cache a key for half a minute; data encrypted meanwhile must be counted
BATCH = 500
log = logs.get_logger("vault")


@transaction.atomic
def rotate_group_key(group: str, *, actor: str, newcomers: Collection[int] = (), now: dt.datetime) -> list[GroupKey]:
    """Rotate a group's key; the old one still decrypts but encrypts no new data.

    Of people, the new key goes to holders of the old one and to `newcomers`: ids of holders whose fingerprint was
    compared. Raises `Refusal` where too few are left.
    """
    acquire_xact_lock(AdvisoryLock.KEYS)
    active_keys = GroupKey.objects.filter(group=group, retired_at=None)
    former_ids = list(active_keys.values_list("pk", flat=True))
    new_keys = (
        [group_keys.create_group_key(group, now=now)]
        if group in MACHINE_GROUPS
        else _create_people_keys(group, newcomers, now)
    )
    GroupKey.objects.filter(pk__in=former_ids).update(retired_at=now)
    group_keys.clear_key_cache()
    record_actions(
        [
            AuditAction(
                actor,
                "key_renewed",
                f"key:{group}",
                detail={"keys": [bytes(new_key.key_id).hex() for new_key in new_keys]},
            )
        ],
        now=now,
    )
    defer_rewrap([group])
    return new_keys


@transaction.atomic
def replace_lost_keys(key_ids: Iterable[bytes], *, now: dt.datetime) -> set[str]:
    """Replace lost key files and return their groups. Data under the lost keys can never be decrypted again."""
    acquire_xact_lock(AdvisoryLock.KEYS)
    lost = GroupKey.objects.filter(key_id__in=list(key_ids))
    groups = set(lost.values_list("group", flat=True))
    lost.filter(retired_at=None).update(retired_at=now)
    lost.update(destroyed_at=now)
    for group in sorted(groups):
        if not GroupKey.objects.filter(group=group, retired_at=None).exists():
            group_keys.create_group_key(group, now=now)
    return groups


REWRAP_JOBS = {
    "INTAKE": ("vault.rewrap_read", "bulk"),
    "DELIVERY": ("vault.rewrap_delivery", "delivery"),
    "GATEWAY": ("vault.rewrap_delivery", "delivery"),
}


def _create_people_keys(group: str, newcomers: Collection[int], now: dt.datetime) -> list[GroupKey]:
    holders = _list_recipients(group, newcomers)
    officer_holders = [holder for holder in holders if holder.officer_id is not None]
    if group in SPLIT_GROUPS and len({holder.seat for holder in officer_holders if holder.seat}) < 2:
        raise RuleViolation(_("Cần ít nhất hai người giữ danh tính, giữ hai phần khóa khác nhau."))
    if not officer_holders:
        raise RuleViolation(_("Chưa có ai có khóa riêng để nhận khóa của nhóm này."))
    created = []
    for part in SHARE_INDEXES if group in SPLIT_GROUPS else (0,):
        pair = envelopes.generate_key_pair()
        row = GroupKey.objects.create(
            group=group, part=part, public=pair.public.raw, key_id=pair.public.id, created_at=now
        )
        KeyShare.objects.bulk_create(build_shares(row, pair.private, holders))
        created.append(row)
    return created


def _list_recipients(group: str, newcomers: Collection[int]) -> list[Holder]:
    """List recipients of a new key: holders of the old one, and compared newcomers.

    A rotation alone gives no access, because an attacker could place an own key in a colleague's name and wait for it.
    At the ceremony, or after the loss of all shares, there are no old holders and people meet in one room.
    """
    holders = [
        candidate
        for candidate in Holder.objects.filter(retired_at=None).select_related("officer")
        if is_entitled(candidate, group)
    ]
    current_ids = {holder.pk for holder in list_holders(group)}
    return (
        [candidate for candidate in holders if candidate.pk in current_ids or candidate.pk in newcomers]
        if current_ids
        else holders
    )


@transaction.atomic
def rewrap_conversation_keys(old: GroupKey, pair: KeyPair, *, limit: int = BATCH) -> int:
    """Re-encrypt wrapped keys under a retired people's key to the new one; return how many.

    Keys that were whole before the ceremony are split here, for a split group.
    """
    current = group_keys.get_current_keys(old.group)
    matching = [key for key in current if key.part == old.part]
    rows = list(WrappedKey.objects.select_for_update(skip_locked=True).filter(group_key=old).order_by("id")[:limit])
    new_copies: list[WrappedKey] = []
    for row in rows:
        if matching:
            new_copies.append(
                WrappedKey(
                    lock_id=row.lock_id,
                    group_key_id=matching[0].id,
                    ciphertext=envelopes.rewrap_envelope(row.ciphertext, pair=pair, to=matching[0].public),
                )
            )
        else:
            private = envelopes.open_envelope(
                row.ciphertext, pair=pair, context=format_lock_context(row.lock_id, old.part)
            )
            new_copies += build_wrapped_keys(row.lock_id, private, current)
    WrappedKey.objects.bulk_create(new_copies)
    WrappedKey.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def rewrap_with_holder(holder: Holder, pair: KeyPair, *, limit: int = BATCH) -> int:
    """Re-encrypt with this holder's shares of retired people's keys; return how many."""
    shares = KeyShare.objects.filter(
        holder=holder, part=0, group_key__retired_at__isnull=False, group_key__destroyed_at=None
    ).select_related("group_key")
    done = 0
    for share in shares:
        if done < limit:
            done += rewrap_conversation_keys(share.group_key, KeyPair.of(open_share(share, pair)), limit=limit - done)
    return done


def rewrap_founding(*, limit: int = BATCH) -> int:
    """Re-encrypt under the first keys, which lie in files until the ceremony. Raises key_files.KeyFileMissing."""
    done = 0
    for old_key in GroupKey.objects.filter(group__in=PEOPLE_GROUPS, founding=True, destroyed_at=None).exclude(
        retired_at=None
    ):
        done += rewrap_conversation_keys(
            old_key, process_keys.load_key_pair(old_key.group, bytes(old_key.key_id)), limit=limit
        )
    return done


def rewrap_machine(group: str) -> int:
    """Re-encrypt this process's data under retired keys; return how many.

    Data under a key whose file is missing here stays, and blocks nothing else.
    """
    done = 0
    for old_key in GroupKey.objects.filter(group=group, destroyed_at=None).exclude(retired_at=None).order_by("id"):
        if count_uses(old_key):
            try:
                done += _rewrap_under(group, bytes(old_key.key_id))
            except key_files.KeyFileMissing:
                log.error("old_key_missing", group=group, key=bytes(old_key.key_id).hex())
    return done


def _rewrap_under(group: str, key_id: bytes) -> int:
    """Re-encrypt all columns under one key. Raises key_files.KeyFileMissing."""
    done = 0
    (current_key,) = group_keys.get_current_keys(group)
    for column in encrypted_columns.list_columns(group):
        pair, last_id = None if column.reseal else process_keys.load_key_pair(group, key_id), 0
        while True:
            with transaction.atomic():
                count, last_id = encrypted_columns.rewrap_column(
                    column, pair, key_id, current_key.public, last_key=last_id
                )
            done += count
            if not last_id:
                break
    return done


def count_left_by_key(groups: Iterable[str]) -> dict[str, int]:
    """Count values per retired key, by hex id; a key with 0 is destroyed soon."""
    retired = GroupKey.objects.filter(group__in=list(groups), destroyed_at=None).exclude(retired_at=None)
    return {bytes(key.key_id).hex(): count_uses(key) for key in retired.order_by("id")}


def defer_rewrap(groups: Iterable[str]) -> None:
    """Defer the re-encryption jobs of these machine groups now, instead of at their next schedule."""
    for task, queue in {REWRAP_JOBS[group] for group in groups if group in REWRAP_JOBS}:
        defer_once(queue=queue, task=task, key=task)


def count_uses(key: GroupKey) -> int:
    """Count the values that still need this key."""
    if key.group in MACHINE_GROUPS:
        return encrypted_columns.count_values_under(key.group, bytes(key.key_id))
    return WrappedKey.objects.filter(group_key=key).count()


@transaction.atomic
def destroy_unused(
    groups: Iterable[str] = (*MACHINE_GROUPS, *PEOPLE_GROUPS),
    *,
    actor: str,
    now: dt.datetime,
    grace: dt.timedelta = GRACE,
) -> list[GroupKey]:
    """Destroy retired keys without remaining data, as far as this process may; return them.

    The key's row is locked first: an insert of a copy under the key locks it too, so the count that follows is final.
    """
    destroyed = []
    retired = GroupKey.objects.select_for_update().filter(group__in=groups, destroyed_at=None)
    for key in retired.filter(retired_at__lte=now - grace).order_by("id"):
        if count_uses(key):
            continue
        try:
            if key.founding or key.group in MACHINE_GROUPS:
                process_keys.delete_key_file(key.group, bytes(key.key_id))
        except (key_files.KeyFileMissing, PermissionError):
            continue  # the key file lies in another process's folder
        if key.group in PEOPLE_GROUPS:
            KeyShare.objects.filter(group_key=key).delete()
        GroupKey.objects.filter(pk=key.pk).update(destroyed_at=now)
        destroyed.append(key)
    record_actions(
        [
            AuditAction(actor, "key_destroyed", f"key:{key_row.group}", detail={"key": bytes(key_row.key_id).hex()})
            for key_row in destroyed
        ],
        now=now,
    )
    return destroyed


@transaction.atomic
def grant_shares(*, giver: Holder, pair: KeyPair, to: Holder, actor: str, now: dt.datetime) -> int:
    """Give another holder the shares they are entitled to and the giver has; return how many."""
    existing = set(KeyShare.objects.filter(holder=to).values_list("group_key_id", "part"))
    new_shares: list[KeyShare] = []
    for share in KeyShare.objects.filter(holder=giver, part=0, group_key__destroyed_at=None).select_related(
        "group_key"
    ):
        if is_entitled(to, share.group_key.group):
            due = build_shares(share.group_key, open_share(share, pair), [to])
            new_shares += [
                candidate
                for candidate in due
                if (candidate.group_key_id, candidate.part) not in existing and to.officer_id is not None
            ]
    KeyShare.objects.bulk_create(new_shares)
    if new_shares:
        groups = sorted({share.group_key.group for share in new_shares})
        record_actions(
            [
                AuditAction(
                    actor, "key_shared", _format_holder_name(to), detail={"groups": groups, "shares": len(new_shares)}
                )
            ],
            now=now,
        )
    return len(new_shares)


@transaction.atomic
def recover_key(group: str, given: list[tuple[Holder, KeyPair]], *, to: Holder, actor: str, now: dt.datetime) -> int:
    """Restore lost shares of a handler from two recovery holders of different share indexes; return how many.

    Raises `Refusal`.
    """
    if len({holder.seat for holder, _share in given if holder.seat}) < 2:
        raise RuleViolation(_("Cần hai người giữ hai phần khóa khác nhau."))
    new_shares = []
    for key in GroupKey.objects.filter(group=group, destroyed_at=None, founding=False):
        private = _assemble_key(key, given)
        if private is not None:
            KeyShare.objects.filter(group_key=key, holder=to).delete()
            new_shares += build_shares(key, private, [to])
    if not new_shares:
        raise RuleViolation(_("Hai người này không có phần khóa của nhóm."))
    KeyShare.objects.bulk_create(new_shares)
    giver_names = [_format_holder_name(holder) for holder, _share in given]
    record_actions(
        [
            AuditAction(
                actor, "key_recovered", f"key:{group}", detail={"to": _format_holder_name(to), "by": giver_names}
            )
        ],
        now=now,
    )
    return len(new_shares)


def _assemble_key(key: GroupKey, given: list[tuple[Holder, KeyPair]]) -> bytes | None:
    parts: dict[int, bytes] = {}
    for holder, pair in given:
        for share in KeyShare.objects.filter(group_key=key, holder=holder):
            parts[share.part] = envelopes.open_envelope(
                share.ciphertext, pair=pair, context=format_share_context(bytes(key.key_id), share.part)
            )
    if 0 in parts:  # a whole key of one part of a split group, useless without the other two
        return parts[0]
    return join_parts(parts) if set(parts) == set(SHARE_INDEXES) else None


def _format_holder_name(holder: Holder) -> str:
    return f"holder:{envelopes.PublicKey(bytes(holder.public)).id.hex()}"
