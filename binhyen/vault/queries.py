"""Reads of the vault: pseudonyms, public keys, visible disclosure requests, and sealed texts for key holders."""

import datetime as dt
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from binhyen.kit import rls_scope
from binhyen.people import access
from binhyen.people.models import ConflictRule, Officer
from binhyen.people.roles import Permission
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import (
    DisclosureRequest,
    GroupKey,
    Holder,
    Identity,
    KeyGroup,
    KeyShare,
    Reporter,
    SealedText,
    WrappedKey,
)
from binhyen.vault.rules import (
    KEY_ROLES,
    PURPOSE_LABELS,
    REQUEST_TTL,
    DisclosurePurpose,
    DisclosureState,
    RequestFacts,
    find_approval_problem,
    get_disclosure_state,
)
from binhyen.vault.sealed_desks import SealedMessage


@dataclass(frozen=True, slots=True)
class OpenedText:
    """A decrypted text of a sealed conversation. `kind`: `TOLD` or `REPLY`; `author`: "" for the reporter."""

    id: str
    kind: str
    author: str
    text: str
    at: dt.datetime


def list_sealed_texts(owner: str) -> list[SealedMessage]:
    """List the texts of a conversation, still encrypted, oldest first."""
    rows = SealedText.objects.filter(owner=owner).order_by("id")
    return [
        SealedMessage(bytes(row.ciphertext), format_text_context(str(row.public_id)), row.at, row.author)
        for row in rows
    ]


def open_texts(owner: str, *, pair: KeyPair) -> list[OpenedText]:
    """Decrypt the texts of a conversation with its key pair, oldest first. Raises envelopes.EnvelopeError."""
    return [
        OpenedText(
            str(row.public_id),
            row.kind,
            row.author,
            envelopes.open_envelope(
                row.ciphertext, pair=pair, context=format_text_context(str(row.public_id))
            ).decode(),
            row.at,
        )
        for row in SealedText.objects.filter(owner=owner).order_by("id")
    ]


def format_text_context(public_id: str) -> str:
    return f"vault_sealedtext.ciphertext:{public_id}"


def get_holder(officer: Officer) -> Holder | None:
    """Return the officer's own key, if there is one."""
    return Holder.objects.filter(officer=officer, retired_at=None).first()


def has_recovery_holders() -> bool:
    """Return whether shares are held without an officer, in envelopes."""
    return Holder.objects.filter(officer=None).exists()


def get_holder_id(officer: Officer) -> int | None:
    """Return the id of the officer's key, for a process without access to wrapped keys.

    None while only a server command claims the key for them: its real owner could read the disclosure.
    """
    rows = Holder.objects.filter(officer=officer, retired_at=None, placed_at=None)
    return rows.values_list("id", flat=True).first()


def is_group_ready(group: str) -> bool:
    """Return whether the ceremony has given the group's key to people."""
    keys = GroupKey.objects.filter(group=group, retired_at=None)
    return keys.exists() and not keys.filter(founding=True).exists()


def list_founding_groups() -> list[str]:
    """List people's groups whose first key still lies in a file: «chưa trao khóa»."""
    rows = GroupKey.objects.filter(founding=True, destroyed_at=None).order_by("id")
    return list(dict.fromkeys(rows.values_list("group", flat=True)))


def get_group_label(name: str) -> str:
    """Return the label of a key group; "" for an unknown name."""
    return str(KeyGroup(name).label) if name in KeyGroup.values else ""


def list_holder_groups(holder: Holder) -> set[str]:
    """Return the groups whose keys this holder has a share of."""
    return set(KeyShare.objects.filter(holder=holder).values_list("group_key__group", flat=True))


def list_old_keys(holder: Holder) -> QuerySet[GroupKey]:
    """Return retired keys that this holder can still open."""
    return GroupKey.objects.filter(shares__holder=holder, shares__part=0, retired_at__isnull=False, destroyed_at=None)


def has_wrapped_keys(keys: QuerySet[GroupKey]) -> bool:
    """Return whether wrapped keys still use these keys.

    It is not a count: compared with the own list, a count would reveal the number of subjects hidden from the officer.
    """
    return WrappedKey.objects.filter(group_key__in=keys).exists()


def list_visible_requests(officer: Officer) -> QuerySet[DisclosureRequest]:
    """Return the requests that the officer may see: own ones; for a custodian all without a conflict of interest."""
    visibility = Q(requester=officer)
    if access.officer_may(officer, Permission.OPEN_IDENTITY):
        visibility = Q()
    return DisclosureRequest.objects.filter(visibility, access.filter_subjects(officer, "subject"))


def find_conflicted_officers(opening: DisclosureRequest, people: Iterable[int]) -> frozenset[int]:
    """Return which of these officers have a conflict of interest in the request's subject, or left the service."""
    request_rows = DisclosureRequest.objects.filter(pk=opening.pk)
    officers = Officer.objects.filter(pk__in=set(people))
    return frozenset(
        officer.pk
        for officer in officers
        if not request_rows.filter(access.filter_subjects(officer, "subject")).exists()
    )


def is_still_entitled(opening: DisclosureRequest) -> bool:
    """Return whether the requester still has the role and unit of the request, and access to its subject."""
    unchanged = Officer.objects.filter(pk=opening.requester_id, is_active=True, role=opening.asked_as)
    officer = unchanged.filter(unit=opening.asked_unit_id).first()
    return officer is not None and _is_in_sight(officer, opening.subject)


def _is_in_sight(officer: Officer, subject: str) -> bool:
    """Return whether the officer's desk or unit has the subject; the tip desk has every tip."""
    with rls_scope.rls_scope(rls_scope.PROGRAM_SCOPE):  # the scope is that of the requester, not of the caller
        complaint = ConflictRule.objects.filter(subject_ref=subject)
        if complaint.exists():
            return complaint.filter(access.filter_complaints(officer)[0]).exists()
    kind, _colon, code = subject.partition(":")
    if kind != "case":
        return True
    with connection.cursor() as cursor:  # custody sees no such case (a function of cases/sql, rls/grants.py)
        cursor.execute("SELECT cases_exists_elsewhere(%s, %s)", [code, access.visibility(officer).unit_id])
        (elsewhere,) = cursor.fetchone()
    return not elsewhere


def list_stale_groups() -> list[str]:
    """List groups whose current key has lost a holder: they need a key rotation."""
    rows = GroupKey.objects.filter(retired_at=None, stale_at__isnull=False).order_by("id")
    return list(dict.fromkeys(rows.values_list("group", flat=True)))


def count_waiting_requests(officer: Officer, seat: int | None, *, now: dt.datetime) -> int:
    """Count requests that this custodian can approve now."""
    rows = list_visible_requests(officer).filter(opened_at=None, refused_at=None, asked_at__gt=now - REQUEST_TTL)
    requests = rows.prefetch_related("approvals")
    return sum(
        not find_approval_problem(get_request_facts(row), officer_id=officer.pk, seat=seat, now=now) for row in requests
    )


def list_public_keys() -> list[tuple[str, int, str]]:
    """List (group, part, fingerprint) of the current people's keys, to compare with the paper of the ceremony.

    The owner of the database could put a key of their own there.
    """
    rows = GroupKey.objects.filter(group__in=KEY_ROLES, retired_at=None).order_by("group", "part", "-id")
    current_rows = rows.distinct("group", "part").values_list("group", "part", "public")
    return [(group, part, envelopes.get_fingerprint(bytes(public))) for group, part, public in current_rows]


def get_request_facts(opening: DisclosureRequest) -> RequestFacts:
    """Return the facts of a request that the rules need."""
    approvals = list(opening.approvals.all())
    return RequestFacts(
        opening.requester_id,
        opening.asked_at,
        frozenset(approval.officer_id for approval in approvals),
        frozenset(approval.seat for approval in approvals),
        opening.opened_at,
        opening.ends_at,
        opening.refused_by_id is not None,
        opening.refused_at is not None,
    )


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """A request as lists show it, without its reason."""

    id: str
    state: DisclosureState
    asked_at: dt.datetime
    ends_at: dt.datetime | None


def list_own_requests(
    officer: Officer, reporter_id: int | None, file: str = "", *, subject: str, now: dt.datetime
) -> list[RequestSummary]:
    """List the officer's own requests about an identity or a file, the newest first, within one audit subject.

    Requests of another subject would reveal that one person wrote both.
    """
    matching = DisclosureRequest.objects.filter(requester=officer, file=file, subject=subject)
    rows = matching if file else matching.filter(reporter_id=reporter_id or 0)
    rows = rows.order_by("-id").defer(
        "reason", "refusal", "file_context", "file_lock", "words_lock", "words_key", "sealed_reason", "sealed_refusal"
    )
    return [
        RequestSummary(str(row.public_id), get_disclosure_state(get_request_facts(row), now), row.asked_at, row.ends_at)
        for row in rows.prefetch_related("approvals")
    ]


@dataclass(frozen=True, slots=True)
class DisclosureNotice:
    """A disclosure for the reporter's own page: time, purpose and end, without the names of officers.

    `until` None: exported encrypted to a machine without network and not answered yet, so it may have been opened
    there. `file`: an original picture, not the identity.
    """

    at: dt.datetime
    why: str
    until: dt.datetime | None
    file: bool = False


def list_disclosures(reporter_id: int, *, excluded_subjects: Collection[str] = ()) -> list[DisclosureNotice]:
    """List all actual or possible disclosures of a reporter's identity or pictures, oldest first.

    `excluded_subjects`: audit subjects to omit.
    """
    return _to_notices(DisclosureRequest.objects.filter(reporter_id=reporter_id).exclude(subject__in=excluded_subjects))


def list_file_disclosures(subject: str) -> list[DisclosureNotice]:
    """List disclosures of original pictures for a subject without a reporter."""
    return _to_notices(DisclosureRequest.objects.filter(subject=subject).exclude(file=""))


def _to_notices(opening_rows: "QuerySet[DisclosureRequest]") -> list[DisclosureNotice]:
    rows = opening_rows.annotate(since=Coalesce("opened_at", "carried_at")).exclude(since=None).order_by("since")
    values = rows.values_list("since", "why", "ends_at", "file")
    return [
        DisclosureNotice(since, _(PURPOSE_LABELS[DisclosurePurpose(why)]), until, bool(file))
        for since, why, until, file in values
    ]


def find_destroyed_keys(lock_ids: Iterable[int | None]) -> set[int]:
    """Return which of these conversation keys were destroyed."""
    ids = {lock_id for lock_id in lock_ids if lock_id}
    return ids - set(WrappedKey.objects.filter(lock_id__in=ids).values_list("lock_id", flat=True))


def list_public_ids(reporter_ids: Iterable[int]) -> list[str]:
    """Return the random public ids of reporters, as used outside the database."""
    return [
        str(public_id)
        for public_id in Reporter.objects.filter(pk__in=set(reporter_ids)).values_list("public_id", flat=True)
    ]


def find_reporters(public_ids: Iterable[str]) -> list[int]:
    """Return reporter ids for public ids; malformed and unknown ones are left out."""
    valid_ids = set()
    for text in public_ids:
        with suppress(ValueError):
            valid_ids.add(UUID(text))
    return list(Reporter.objects.filter(public_id__in=valid_ids).order_by("pk").values_list("pk", flat=True))


def find_reporters_with_data(reporter_ids: Iterable[int]) -> set[int]:
    """Return which of these reporters still have encrypted data that can be opened."""
    return set(Reporter.objects.filter(pk__in=set(reporter_ids)).exclude(lock=None).values_list("pk", flat=True))


def list_sealed_facts(reporter_id: int) -> list[tuple[str, dt.datetime]]:
    """List kinds and times of the facts a person gave, without their values, for the person's own page."""
    rows = Identity.objects.filter(reporter_id=reporter_id).order_by("id").values_list("field", "at")
    labels = dict(Identity.Field.choices)
    return [(str(labels[field]), given_at) for field, given_at in rows]


def format_contact_context(channel_id: int, key: str) -> str:
    return f"vault_contact.ciphertext:{channel_id}:{key}"


def format_identity_context(reporter_id: int, field: str) -> str:
    return f"vault_identity.ciphertext:{reporter_id}:{field}"


def format_lock_context(lock_id: int, part: int = 0) -> str:
    return f"vault_wrappedkey.ciphertext:{lock_id}:{part}"


def format_holder_context(public: bytes) -> str:
    return f"vault_holder.wrapped_key:{public.hex()}"


def format_share_context(key_id: bytes, part: int) -> str:
    return f"vault_keyshare.ciphertext:{key_id.hex()}:{part}"
