"""Expiry of disclosures, and revocation after a change of unit, role or key, or a locked account.

Shares of keys that an officer's work no longer needs are deleted, and their groups are marked for key rotation.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from binhyen.audit.services import Act, record
from binhyen.vault.envelopes import PublicKey
from binhyen.vault.models import Holder, KeyShare, OpenedPart, Opening
from binhyen.vault.rules import WAITS
from binhyen.vault.services.key_holders import handles, mark_stale, with_colleagues

SYSTEM = "system:custody"


def end_openings(*, now: dt.datetime) -> int:
    """Delete the disclosed parts of expired requests; return how many requests."""
    over = Q(ends_at__lte=now) | Q(ends_at=None, asked_at__lte=now - WAITS)
    ended = list(Opening.objects.filter(over, parts__isnull=False).distinct().values_list("pk", flat=True))
    OpenedPart.objects.filter(opening_id__in=ended).delete()
    return len(ended)


def end_matters(subjects: Sequence[str], *, now: dt.datetime) -> int:
    """End requests on these subjects, approved ones too, because they moved to other officers; return how many."""
    running = Opening.objects.filter(subject__in=subjects, refused_at=None).exclude(ends_at__lte=now)
    ended = list(running.values_list("pk", flat=True))
    Opening.objects.filter(pk__in=ended).update(refused_at=now)
    OpenedPart.objects.filter(opening__in=ended).delete()
    return len(ended)


def asked() -> "QuerySet[Opening]":
    """Return requests without disclosed parts, for retention."""
    return Opening.objects.filter(parts__isnull=True)


@transaction.atomic
def take_back(*, now: dt.datetime) -> int:
    """End requests and revoke keys, as a job of each minute; return how many.

    Until then rules refuse (`queries.is_still_entitled`).
    """
    return _end_requests(now) + sum(_take(holder, now) for holder in _holders())


def _end_requests(now: dt.datetime) -> int:
    same = Q(requester__is_active=True, requester__role=F("asked_as"), requester__unit=F("asked_unit"))
    same &= Q(holder__retired_at=None)  # a disclosure is encrypted to this key, which its officer has replaced
    running = Opening.objects.filter(Q(ends_at__gt=now) | Q(ends_at=None, asked_at__gt=now - WAITS), refused_at=None)
    left = running.exclude(same)
    rows = list(left.values_list("pk", "subject", "public_id", "file"))
    Opening.objects.filter(pk__in=[pk for pk, *_ in rows]).update(refused_at=now)
    OpenedPart.objects.filter(opening__in=[pk for pk, *_ in rows]).delete()
    record(
        [
            Act(SYSTEM, f"{'original' if file else 'identity'}_ended", subject, None, {"opening": str(public_id)})
            for _, subject, public_id, file in rows
        ],
        now=now,
    )
    return len(rows)


def _holders() -> Iterable[Holder]:
    having = Exists(KeyShare.objects.filter(holder=OuterRef("pk")))
    rows = Holder.objects.filter(having, officer__isnull=False).defer("wrapped", "label", "verify")
    return rows.select_related("officer").order_by("pk")


def _take(holder: Holder, now: dt.datetime) -> int:
    """Revoke shares of one holder.

    The last share of a key stays until a colleague has one, because otherwise the desk could not read anything.
    """
    shares = KeyShare.objects.filter(holder=holder).defer("sealed").select_related("group_key")
    lost = [share for share in shares if not handles(holder, share.group_key.group)]
    held = with_colleagues(holder, [s.group_key_id for s in lost])
    gone = [share for share in lost if share.group_key_id in held]
    mark_stale([s.group_key_id for s in lost], now=now)
    KeyShare.objects.filter(pk__in=[s.pk for s in gone]).delete()
    if gone:
        groups = sorted({share.group_key.group for share in gone})
        name = f"holder:{PublicKey(bytes(holder.public)).id.hex()}"
        record([Act(SYSTEM, "key_taken_back", name, detail={"groups": groups, "shares": len(gone)})], now=now)
    return len(gone)
