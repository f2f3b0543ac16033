"""Key holders: keys created and unlocked with a passphrase, and shares of the groups they handle."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit.i18n_markers import N_
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.envelopes import Pair, PublicKey
from binhyen.vault.models import Group, GroupKey, Holder, KeyShare
from binhyen.vault.queries import holder_context, share_context
from binhyen.vault.rules import SPLIT, may_hold, passphrase_problem
from binhyen.vault.secret_sharing import SEATS, parts_of, split
from binhyen.vault.signing import verify_key

LAST = N_(
    "Chỉ còn người này giữ khóa của: {groups}. Trao cho người cùng việc trước; nếu không, chỉ hai phong bì khôi phục"
    " mở lại được."
)


@transaction.atomic
def make_holder(
    *,
    officer: Officer | None,
    passphrase: str,
    label: str = "",
    seat: int | None = None,
    file: bytes = b"",
    alone: bool = False,
    actor: str = "system:custody",
    cost: key_wrapping.Cost = key_wrapping.DEAR,
    now: dt.datetime,
) -> Holder:
    """Create a person's first key, or a new one that ends the old one and its shares.

    `confirm_last`: confirmed that no colleague has the keys that are lost; `actor`: creator of a recovery key. Raises
    `Refusal` for a weak passphrase.
    """
    names = (officer.username, officer.name) if officer else (label,)
    if problem := passphrase_problem(passphrase, *names):
        raise Refusal(problem)
    pair = envelopes.new_pair()
    if officer is not None:
        former = Holder.objects.select_for_update().filter(officer=officer, retired_at=None).first()
        if former is not None:
            seat = seat or former.seat
            replace_holder(former, alone=alone, actor=actor_of(officer), now=now)
    holder = Holder.objects.create(
        officer=officer, label=label, seat=seat, public=pair.public.raw, verify=verify_key(pair.private),
        created_at=now,
        wrapped=key_wrapping.wrap(
            pair.private, passphrase=passphrase, file=file, context=holder_context(pair.public.raw), cost=cost
        ),
    )  # fmt: skip
    who = actor_of(officer) if officer else actor
    detail = {"seat": seat, "file": bool(file)}
    record(
        [Act(who, "key_made", f"holder:{pair.public.id.hex()}", officer.unit_id if officer else None, detail)], now=now
    )
    return holder


def replace_holder(former: Holder, *, alone: bool, actor: str, now: dt.datetime, **said: object) -> None:
    """Retire a key before its owner's next one. Raises `Refusal` if the last share of a group is lost unconfirmed."""
    if (last := last_of(former)) and not alone:
        labels = ", ".join(str(Group(group).label) for group in last)
        raise Refusal(_(LAST).format(groups=labels))
    retire_holder(holder=former, actor=actor, now=now, **said, **({"last": last} if last else {}))


def retire_holder(*, holder: Holder, actor: str, now: dt.datetime, **said: object) -> None:
    """Retire a key and mark its groups for key rotation, because a copied share stays usable."""
    had = KeyShare.objects.filter(holder=holder)
    mark_stale(had.values_list("group_key_id", flat=True), now=now)
    had.delete()
    Holder.objects.filter(pk=holder.pk).update(retired_at=now)
    record([Act(actor, "key_retired", f"holder:{PublicKey(bytes(holder.public)).id.hex()}", detail=said)], now=now)


def mark_stale(key_ids: Iterable[int], *, now: dt.datetime) -> None:
    """Mark keys of a former holder for rotation."""
    GroupKey.objects.filter(pk__in=list(key_ids), retired_at=None, stale_at=None).update(stale_at=now)


def last_of(holder: Holder) -> list[str]:
    """List groups whose key no other colleague has: without this holder their desk cannot read anything."""
    mine = KeyShare.objects.filter(holder=holder, part=0, group_key__destroyed_at=None).select_related("group_key")
    kept = with_colleagues(holder, [share.group_key_id for share in mine])
    return sorted({share.group_key.group for share in mine if share.group_key_id not in kept})


def with_colleagues(holder: Holder, key_ids: Iterable[int]) -> set[int]:
    """Return the keys that a colleague also has whole. Recovery envelopes do not count."""
    others = KeyShare.objects.filter(group_key_id__in=list(key_ids), part=0, holder__officer__isnull=False)
    rows = others.exclude(holder=holder).select_related("holder__officer", "group_key")
    # the worker has no access to these columns
    rows = rows.defer("sealed", "holder__wrapped", "holder__label", "holder__verify")
    return {share.group_key_id for share in rows if handles(share.holder, share.group_key.group)}


@transaction.atomic
def rewrap_holder(*, holder: Holder, pair: Pair, passphrase: str, file: bytes = b"", now: dt.datetime) -> None:
    """Change the passphrase of a key. Raises `Refusal`."""
    names = (holder.officer.username, holder.officer.name) if holder.officer else (holder.label,)
    if problem := passphrase_problem(passphrase, *names):
        raise Refusal(problem)
    context = holder_context(bytes(holder.public))
    wrapped = key_wrapping.wrap(pair.private, passphrase=passphrase, file=file, context=context)
    Holder.objects.filter(pk=holder.pk).update(wrapped=wrapped)
    record([Act(f"holder:{pair.public.id.hex()}", "passphrase_changed")], now=now)


def open_holder(holder: Holder, *, passphrase: str, file: bytes = b"") -> Pair:
    """Unlock a person's key pair. Raises key_wrapping.WrongPassphrase."""
    context = holder_context(bytes(holder.public))
    return Pair.of(key_wrapping.unwrap(holder.wrapped, passphrase=passphrase, file=file, context=context))


def shares_for(key: GroupKey, private: bytes, holders: Iterable[Holder]) -> list[KeyShare]:
    """Build unsaved shares of a group's new key for every entitled holder.

    A key of a split group goes whole to the share indexes that hold its part. Any other goes whole to its handlers, and
    in three parts to the recovery share indexes.
    """
    shares = []
    recovery = dict(zip(SEATS, split(private), strict=True))
    for holder in holders:
        parts: tuple[int, ...] = ()
        if key.group in SPLIT:
            parts = (0,) if holder.seat and key.part in parts_of(holder.seat) else ()
        elif holder.officer_id is None:
            parts = parts_of(holder.seat) if holder.seat else ()
        elif handles(holder, key.group):
            parts = (0,)
        public = PublicKey(bytes(holder.public))
        shares += [
            KeyShare(
                group_key=key, holder=holder, part=part,
                sealed=envelopes.seal(
                    recovery.get(part, private), to=public, context=share_context(bytes(key.key_id), part)
                ),
            )
            for part in parts
        ]  # fmt: skip
    return shares


def handles(holder: Holder, group: str) -> bool:
    """Return whether this holder is entitled to a share of the group's key.

    Recovery keys get shares of all groups, officers those of their role. A key placed by a server command has none
    until its officer accepts it.
    """
    if holder.retired_at is not None or holder.placed_at is not None:
        return False
    if holder.officer is None:
        return True
    return holder.officer.is_active and may_hold(group, holder.officer.role)


def opened_share(share: KeyShare, pair: Pair) -> bytes:
    """Decrypt a share: the group's private key, or a part of it. Raises envelopes.EnvelopeError."""
    return envelopes.open_(share.sealed, pair=pair, context=share_context(bytes(share.group_key.key_id), share.part))
