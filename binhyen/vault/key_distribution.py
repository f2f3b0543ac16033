"""Key distribution: holders of a group's key, waiting holders, and keys placed by a server command."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from binhyen.people.models import Officer
from binhyen.vault.models import GroupKey, Holder, KeyShare
from binhyen.vault.rules import KEY_ROLES
from binhyen.vault.secret_sharing import get_parts


def list_holders_without_shares(giver: Holder) -> list[Holder]:
    """List colleagues with an own key that are entitled to a share of the giver, and lack it."""
    live_shares = KeyShare.objects.filter(holder=giver, part=0, group_key__destroyed_at=None).select_related(
        "group_key"
    )
    group_keys = [share.group_key for share in live_shares]
    existing_shares = set(
        KeyShare.objects.filter(group_key__in=group_keys, part=0).values_list("holder_id", "group_key_id")
    )
    candidates = Holder.objects.filter(retired_at=None, placed_at=None, officer__is_active=True).exclude(pk=giver.pk)
    return [
        candidate
        for candidate in candidates.select_related("officer")
        if any(
            (candidate.pk, key.pk) not in existing_shares and is_entitled_to_key(candidate, key) for key in group_keys
        )
    ]


def is_entitled_to_key(holder: Holder, key: GroupKey) -> bool:
    """Return whether this person is entitled to the whole of this key."""
    if holder.officer is None or holder.officer.role not in KEY_ROLES[key.group]:
        return False
    return not key.part or (holder.seat is not None and key.part in get_parts(holder.seat))


def list_holders(group: str) -> list[Holder]:
    """List holders of a share of the group's current key."""
    holder_ids = KeyShare.objects.filter(group_key__group=group, group_key__retired_at=None).values("holder_id")
    return list(Holder.objects.filter(pk__in=holder_ids, retired_at=None).select_related("officer").order_by("id"))


def list_new_recovery_keys(groups: Collection[str]) -> list[Holder]:
    """List recovery keys that lack a share of the current key of one of these groups."""
    complete_ids = (
        set.intersection(*({holder.pk for holder in list_holders(group)} for group in groups)) if groups else set()
    )
    return list(Holder.objects.filter(officer=None, retired_at=None).exclude(pk__in=complete_ids).order_by("id"))


def find_placed_keys(officer: Officer) -> QuerySet[Holder]:
    """Return keys placed by a server command and not yet accepted by their officers.

    Included are those of the officer and of everyone entitled to the same groups: all of them should know.
    """
    colleague_roles = {role for roles in KEY_ROLES.values() if officer.role in roles for role in roles}
    rows = Holder.objects.filter(Q(officer=officer) | Q(officer__role__in=colleague_roles), retired_at=None)
    return rows.filter(placed_at__isnull=False)
