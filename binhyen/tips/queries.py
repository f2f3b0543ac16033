"""Reads of tips: for the holder of the receipt, and for the desk."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from binhyen.cases.choices import OPEN_STATES, State, get_state_text
from binhyen.cases.queries.case_page import has_single_reporter
from binhyen.kit import file_storage
from binhyen.kit.file_storage import LABELS
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.rules import compute_expiry
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.queries import DisclosureNotice, find_destroyed_keys, list_file_disclosures, open_texts

_CLOSED = ~Q(case__state__in=OPEN_STATES) & Q(case__closed_at__isnull=False)


@dataclass(frozen=True, slots=True)
class TipMessage:
    """One message of the conversation, as the reporter sees it."""

    ours: bool
    text: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class TipPhoto:
    """A picture that the reporter sent; `at`: to the hour. `label`: type of a file that is no picture."""

    id: str
    at: dt.datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class TipConversation:
    """Conversation opened by a receipt. `state`: in plain language; `result`: of a closed case."""

    words: tuple[TipMessage, ...]
    photos: tuple[TipPhoto, ...]
    opened: tuple[DisclosureNotice, ...]  # each disclosure of an original picture by two custodians
    carried: tuple[DisclosureNotice, ...]  # … or possible disclosure on a machine without network
    state: str
    result: str
    ends_at: dt.datetime | None  # None: a complaint without a conclusion


def get_scope(lookup: bytes) -> str:
    """Return the row-level-security scope of an open receipt (rls/policies.py)."""
    return f"tip:{bytes(lookup).hex()}"


def get_owner(tip: Tip) -> str:
    """Return the conversation's name in the vault."""
    return f"tip:{tip.public_id}"


def format_file_context(row: TipFile, column: str) -> str:
    return f"tips_tipfile.{column}:{row.public_id}"


def open_conversation(tip: Tip, pair: KeyPair) -> TipConversation:
    """Open the whole conversation with the receipt's key: four statements, seven once it is closed.

    Raises envelopes.EnvelopeError.
    """
    texts = open_texts(get_owner(tip), pair=pair)
    case, disclosures = tip.case, list_file_disclosures(get_owner(tip))
    state = State(case.state)
    return TipConversation(
        words=tuple(TipMessage(word.kind == "REPLY", word.text, word.at) for word in texts),
        photos=tuple(
            TipPhoto(str(row.public_id), row.at, LABELS.get(row.kind, "")) for row in tip.files.order_by("id")
        ),
        opened=tuple(disclosure for disclosure in disclosures if disclosure.until),
        carried=tuple(disclosure for disclosure in disclosures if not disclosure.until),
        state=get_state_text(state, is_assigned=case.assignee_id is not None),
        ends_at=ends_at(tip),
        result=case.result if state is State.CLOSED and case.result and has_single_reporter(case) else "",
    )


def open_photo(tip: Tip, chosen: str, pair: KeyPair) -> bytes | None:
    """Return the preview of one of the tip's pictures as JPEG; None where it is missing.

    Raises envelopes.EnvelopeError.
    """
    try:
        row = tip.files.filter(public_id=UUID(chosen)).first()
    except ValueError:
        return None
    return open_preview(row, pair) if row and row.preview else None


def open_preview(row: TipFile, pair: KeyPair) -> bytes | None:
    """Decrypt the preview without metadata, as JPEG; None where the file is lost. Raises envelopes.EnvelopeError."""
    data = file_storage.read_file_if_exists(row.preview)
    return (
        envelopes.open_envelope(data, pair=pair, context=format_file_context(row, "shown"))
        if data is not None
        else None
    )


def ends_at(tip: Tip) -> dt.datetime | None:
    """Return when its key is destroyed.

    A complaint's key lives as long as the complaint: conduct/services/retention.py.
    """
    closed = None if tip.case.state in OPEN_STATES else tip.case.closed_at
    if tip.case.is_restricted:
        return closed + get_retention_span("complaint") if closed else None
    return compute_expiry(
        last_word=tip.last_word_at,
        closed=closed,
        retention=get_retention_span("tip"),
        after_closing=get_retention_span("tip_closed"),
    )


def _list_living() -> QuerySet[Tip]:
    """Return living tips that are no complaint: the number of complaints is secret."""
    return Tip.objects.filter(gone_at=None, case__is_restricted=False).select_related("case")


def _list_expired(now: dt.datetime) -> "QuerySet[Tip]":
    """Return expired tips, the same rule as `ends_at` in SQL: waiting open ones do not hide expired ones."""
    is_silent = Q(last_word_at__lte=now - get_retention_span("tip"))
    closed = _CLOSED & Q(case__closed_at__lte=now - get_retention_span("tip_closed"))
    return _list_living().filter(is_silent | closed)


def list_expired_tips(*, now: dt.datetime, limit: int) -> Sequence[Tip]:
    """List expired tips, the oldest first."""
    return list(_list_expired(now).order_by("last_word_at")[:limit])


def list_of_deleted_complaints(*, limit: int) -> Sequence[Tip]:
    """List living rows whose complaint is deleted."""
    orphaned = Tip.objects.filter(gone_at=None, case__is_restricted=True, case__erased_at__isnull=False)
    return list(orphaned.select_related("case").order_by("pk")[:limit])


def list_keyless(*, limit: int) -> Sequence[Tip]:
    """List living rows without an openable key: withdrawn after a backup that was restored."""
    living = _list_living().filter(lock__isnull=False)
    destroyed_keys = find_destroyed_keys(living.values_list("lock_id", flat=True))
    return list(living.filter(lock__in=sorted(destroyed_keys)[:limit]).order_by("pk")) if destroyed_keys else []


def find_tip_files(names: Sequence[str]) -> list[str]:
    """Return those of these files that belong to a tip."""
    pairs = TipFile.objects.filter(Q(original__in=names) | Q(preview__in=names)).values_list("original", "preview")
    return [name for pair in pairs for name in pair if name]


def list_audit_subjects(case_id: int) -> list[str]:
    """List audit subjects of a case's tip, as used in disclosure requests."""
    return [f"tip:{key}" for key in Tip.objects.filter(case_id=case_id).values_list("public_id", flat=True)]


def get_tip_retention_status(now: dt.datetime) -> RetentionStatus:
    """Return how many tips can still be read."""
    totals = _list_living().aggregate(
        kept=Count("pk"),
        said=Min("last_word_at"),
        closed=Min("case__closed_at", filter=_CLOSED),
    )
    oldest_message, closed = totals["said"], totals["closed"]
    ends = [
        *([oldest_message + get_retention_span("tip")] if oldest_message else []),
        *([closed + get_retention_span("tip_closed")] if closed else []),
    ]
    late = _list_expired(now - dt.timedelta(hours=2)).count()
    return RetentionStatus(totals["kept"], late, oldest_message, min(ends, default=None))
