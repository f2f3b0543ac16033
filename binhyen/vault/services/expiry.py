"""Expiry of disclosures, and revocation after a change of unit, role or key, or a locked account.

Shares of keys that an officer's work no longer needs are deleted, and their groups are marked for key rotation.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from binhyen.audit.services import AuditAction, record_actions
from binhyen.vault.envelopes import PublicKey
from binhyen.vault.models import Contact, DisclosedShare, DisclosureRequest, Holder, KeyShare, Reporter
from binhyen.vault.rules import REQUEST_TTL
from binhyen.vault.services import erase_reporter_data
from binhyen.vault.services.key_holders import find_shared_keys, is_entitled, mark_stale

# Erasure of a person: the key to their data, the encrypted facts, and their addresses.


@transaction.atomic
def erase_reporters(
    reporter_ids: Collection[int], *, staying: Collection[int] = (), now: dt.datetime
) -> dict[int, int]:
    """Erase the link between pseudonyms and persons; return old → new reporter of `staying_ids`.

    These are members of a group: their channel goes on working, and the old and new reporter cannot be linked. The
    custodians' copy of their channel id goes with the old key; the sender process still has its own copy.
    """
    erase_reporter_data(reporter_ids)
    new_ids: dict[int, int] = {}
    for old_id in sorted(set(staying) & set(reporter_ids)):
        new_reporter = Reporter.objects.create(created_at=now)
        Contact.objects.filter(reporter=old_id).update(reporter=new_reporter, custody_sealed=b"")
        new_ids[old_id] = new_reporter.pk
    Contact.objects.filter(reporter__in=set(reporter_ids) - new_ids.keys()).delete()
    return new_ids


SYSTEM_ACTOR = "system:custody"


def delete_expired_parts(*, now: dt.datetime) -> int:
    """Delete the disclosed parts of expired requests; return how many requests."""
    expired = Q(ends_at__lte=now) | Q(ends_at=None, asked_at__lte=now - REQUEST_TTL)
    expired_ids = list(
        DisclosureRequest.objects.filter(expired, parts__isnull=False).distinct().values_list("pk", flat=True)
    )
    DisclosedShare.objects.filter(opening_id__in=expired_ids).delete()
    return len(expired_ids)


def end_requests(subjects: Sequence[str], *, now: dt.datetime) -> int:
    """End requests on these subjects, approved ones too, because they moved to other officers; return how many."""
    running = DisclosureRequest.objects.filter(subject__in=subjects, refused_at=None).exclude(ends_at__lte=now)
    request_ids = list(running.values_list("pk", flat=True))
    DisclosureRequest.objects.filter(pk__in=request_ids).update(refused_at=now)
    DisclosedShare.objects.filter(opening__in=request_ids).delete()
    return len(request_ids)


def list_ended_requests() -> "QuerySet[DisclosureRequest]":
    """Return requests without disclosed parts, for retention."""
    return DisclosureRequest.objects.filter(parts__isnull=True)


@transaction.atomic
def revoke_lost_rights(*, now: dt.datetime) -> int:
    """End requests and revoke keys, as a job of each minute; return how many.

    Until then rules refuse (`queries.is_still_entitled`).
    """
    return _end_requests(now) + sum(_revoke_shares(holder, now) for holder in _list_holders())


def _end_requests(now: dt.datetime) -> int:
    is_unchanged = Q(requester__is_active=True, requester__role=F("asked_as"), requester__unit=F("asked_unit"))
    is_unchanged &= Q(holder__retired_at=None)  # a disclosure is encrypted to this key, which its officer has replaced
    running = DisclosureRequest.objects.filter(
        Q(ends_at__gt=now) | Q(ends_at=None, asked_at__gt=now - REQUEST_TTL), refused_at=None
    )
    changed = running.exclude(is_unchanged)
    rows = list(changed.values_list("pk", "subject", "public_id", "file"))
    DisclosureRequest.objects.filter(pk__in=[pk for pk, *_ in rows]).update(refused_at=now)
    DisclosedShare.objects.filter(opening__in=[pk for pk, *_ in rows]).delete()
    record_actions(
        [
            AuditAction(
                SYSTEM_ACTOR, f"{'original' if file else 'identity'}_ended", subject, None, {"opening": str(public_id)}
            )
            for _, subject, public_id, file in rows
        ],
        now=now,
    )
    return len(rows)


def _list_holders() -> Iterable[Holder]:
    has_share = Exists(KeyShare.objects.filter(holder=OuterRef("pk")))
    rows = Holder.objects.filter(has_share, officer__isnull=False).defer("wrapped_key", "label", "verify")
    return rows.select_related("officer").order_by("pk")


def _revoke_shares(holder: Holder, now: dt.datetime) -> int:
    """Revoke shares of one holder.

    The last share of a key stays until a colleague has one, because otherwise the desk could not read anything.
    """
    shares = KeyShare.objects.filter(holder=holder).defer("ciphertext").select_related("group_key")
    unneeded = [share for share in shares if not is_entitled(holder, share.group_key.group)]
    shared_key_ids = find_shared_keys(holder, [share_row.group_key_id for share_row in unneeded])
    revoked = [share for share in unneeded if share.group_key_id in shared_key_ids]
    mark_stale([share_row.group_key_id for share_row in unneeded], now=now)
    KeyShare.objects.filter(pk__in=[share_row.pk for share_row in revoked]).delete()
    if revoked:
        groups = sorted({share.group_key.group for share in revoked})
        name = f"holder:{PublicKey(bytes(holder.public)).id.hex()}"
        record_actions(
            [AuditAction(SYSTEM_ACTOR, "key_taken_back", name, detail={"groups": groups, "shares": len(revoked)})],
            now=now,
        )
    return len(revoked)
