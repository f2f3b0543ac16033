"""Key holders: keys created and unlocked with a passphrase, and shares of the groups they handle."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.i18n_markers import N_
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.models import GroupKey, Holder, KeyGroup, KeyShare
from binhyen.vault.queries import format_holder_context, format_share_context
from binhyen.vault.rules import SPLIT_GROUPS, can_hold_key, find_passphrase_problem
from binhyen.vault.secret_sharing import SHARE_INDEXES, get_parts, split_secret
from binhyen.vault.signing import get_verify_key

LAST_HOLDER_WARNING = N_(
    "Chỉ còn người này giữ khóa của: {groups}. Trao cho người cùng việc trước; nếu không, chỉ hai phong bì khôi phục"
    " mở lại được."
)


@transaction.atomic
def create_holder(
    *,
    officer: Officer | None,
    passphrase: str,
    label: str = "",
    seat: int | None = None,
    file: bytes = b"",
    alone: bool = False,
    actor: str = "system:custody",
    cost: key_wrapping.KdfCost = key_wrapping.DEFAULT_COST,
    now: dt.datetime,
) -> Holder:
    """Create a person's first key, or a new one that ends the old one and its shares.

    `confirm_last`: confirmed that no colleague has the keys that are lost; `actor`: creator of a recovery key. Raises
    `Refusal` for a weak passphrase.
    """
    names = (officer.username, officer.name) if officer else (label,)
    if problem := find_passphrase_problem(passphrase, *names):
        raise RuleViolation(problem)
    pair = envelopes.generate_key_pair()
    if officer is not None:
        former = Holder.objects.select_for_update().filter(officer=officer, retired_at=None).first()
        if former is not None:
            seat = seat or former.seat
            replace_holder(former, confirm_last=alone, actor=get_audit_actor(officer), now=now)
    holder = Holder.objects.create(
        officer=officer,
        label=label,
        seat=seat,
        public=pair.public.raw,
        verify=get_verify_key(pair.private),
        created_at=now,
        wrapped_key=key_wrapping.wrap_private_key(
            pair.private, passphrase=passphrase, file=file, context=format_holder_context(pair.public.raw), cost=cost
        ),
    )
    actor_name = get_audit_actor(officer) if officer else actor
    detail = {"seat": seat, "file": bool(file)}
    record_actions(
        [
            AuditAction(
                actor_name, "key_made", f"holder:{pair.public.id.hex()}", officer.unit_id if officer else None, detail
            )
        ],
        now=now,
    )
    return holder


def replace_holder(former: Holder, *, confirm_last: bool, actor: str, now: dt.datetime, **extra_detail: object) -> None:
    """Retire a key before its owner's next one. Raises `Refusal` if the last share of a group is lost unconfirmed."""
    if (last := find_sole_groups(former)) and not confirm_last:
        labels = ", ".join(str(KeyGroup(group).label) for group in last)
        raise RuleViolation(_(LAST_HOLDER_WARNING).format(groups=labels))
    retire_holder(holder=former, actor=actor, now=now, **extra_detail, **({"last": last} if last else {}))


def retire_holder(*, holder: Holder, actor: str, now: dt.datetime, **extra_detail: object) -> None:
    """Retire a key and mark its groups for key rotation, because a copied share stays usable."""
    former_shares = KeyShare.objects.filter(holder=holder)
    mark_stale(former_shares.values_list("group_key_id", flat=True), now=now)
    former_shares.delete()
    Holder.objects.filter(pk=holder.pk).update(retired_at=now)
    record_actions(
        [AuditAction(actor, "key_retired", f"holder:{PublicKey(bytes(holder.public)).id.hex()}", detail=extra_detail)],
        now=now,
    )


def mark_stale(key_ids: Iterable[int], *, now: dt.datetime) -> None:
    """Mark keys of a former holder for rotation."""
    GroupKey.objects.filter(pk__in=list(key_ids), retired_at=None, stale_at=None).update(stale_at=now)


def find_sole_groups(holder: Holder) -> list[str]:
    """List groups whose key no other colleague has: without this holder their desk cannot read anything."""
    own_shares = KeyShare.objects.filter(holder=holder, part=0, group_key__destroyed_at=None).select_related(
        "group_key"
    )
    shared_key_ids = find_shared_keys(holder, [share.group_key_id for share in own_shares])
    return sorted({share.group_key.group for share in own_shares if share.group_key_id not in shared_key_ids})


def find_shared_keys(holder: Holder, key_ids: Iterable[int]) -> set[int]:
    """Return the keys that a colleague also has whole. Recovery envelopes do not count."""
    colleague_shares = KeyShare.objects.filter(group_key_id__in=list(key_ids), part=0, holder__officer__isnull=False)
    rows = colleague_shares.exclude(holder=holder).select_related("holder__officer", "group_key")
    # the worker has no access to these columns
    rows = rows.defer("ciphertext", "holder__wrapped_key", "holder__label", "holder__verify")
    return {share.group_key_id for share in rows if is_entitled(share.holder, share.group_key.group)}


@transaction.atomic
def change_passphrase(*, holder: Holder, pair: KeyPair, passphrase: str, file: bytes = b"", now: dt.datetime) -> None:
    """Change the passphrase of a key. Raises `Refusal`."""
    names = (holder.officer.username, holder.officer.name) if holder.officer else (holder.label,)
    if problem := find_passphrase_problem(passphrase, *names):
        raise RuleViolation(problem)
    context = format_holder_context(bytes(holder.public))
    wrapped = key_wrapping.wrap_private_key(pair.private, passphrase=passphrase, file=file, context=context)
    Holder.objects.filter(pk=holder.pk).update(wrapped_key=wrapped)
    record_actions([AuditAction(f"holder:{pair.public.id.hex()}", "passphrase_changed")], now=now)


def unlock_holder(holder: Holder, *, passphrase: str, file: bytes = b"") -> KeyPair:
    """Unlock a person's key pair. Raises key_wrapping.WrongPassphrase."""
    context = format_holder_context(bytes(holder.public))
    return KeyPair.of(
        key_wrapping.unwrap_private_key(holder.wrapped_key, passphrase=passphrase, file=file, context=context)
    )


def build_shares(key: GroupKey, private: bytes, holders: Iterable[Holder]) -> list[KeyShare]:
    """Build unsaved shares of a group's new key for every entitled holder.

    A key of a split group goes whole to the share indexes that hold its part. Any other goes whole to its handlers, and
    in three parts to the recovery share indexes.
    """
    shares = []
    recovery = dict(zip(SHARE_INDEXES, split_secret(private), strict=True))
    for holder in holders:
        parts: tuple[int, ...] = ()
        if key.group in SPLIT_GROUPS:
            parts = (0,) if holder.seat and key.part in get_parts(holder.seat) else ()
        elif holder.officer_id is None:
            parts = get_parts(holder.seat) if holder.seat else ()
        elif is_entitled(holder, key.group):
            parts = (0,)
        public = PublicKey(bytes(holder.public))
        shares += [
            KeyShare(
                group_key=key,
                holder=holder,
                part=part,
                ciphertext=envelopes.seal_envelope(
                    recovery.get(part, private), to=public, context=format_share_context(bytes(key.key_id), part)
                ),
            )
            for part in parts
        ]
    return shares


def is_entitled(holder: Holder, group: str) -> bool:
    """Return whether this holder is entitled to a share of the group's key.

    Recovery keys get shares of all groups, officers those of their role. A key placed by a server command has none
    until its officer accepts it.
    """
    if holder.retired_at is not None or holder.placed_at is not None:
        return False
    if holder.officer is None:
        return True
    return holder.officer.is_active and can_hold_key(group, holder.officer.role)


def open_share(share: KeyShare, pair: KeyPair) -> bytes:
    """Decrypt a share: the group's private key, or a part of it. Raises envelopes.EnvelopeError."""
    return envelopes.open_envelope(
        share.ciphertext, pair=pair, context=format_share_context(bytes(share.group_key.key_id), share.part)
    )
