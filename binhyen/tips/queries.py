"""Reads of tips: for the holder of the receipt, and for the desk."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from binhyen.cases.choices import OPEN_STATES, STATE_FOR_CITIZEN, State
from binhyen.cases.queries.case_page import told_alone
from binhyen.kit import file_storage
from binhyen.kit.file_types import LABELS
from binhyen.privacy.config import span
from binhyen.privacy.retention_registry import Standing
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.rules import ends
from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair
from binhyen.vault.queries import OpenedOnce, opened_files, read_texts, unopenable

_CLOSED = ~Q(case__state__in=OPEN_STATES) & Q(case__closed_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Word:
    """One message of the conversation, as the reporter sees it."""

    ours: bool
    text: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that the reporter sent; `at`: to the hour. `label`: type of a file that is no picture."""

    id: str
    at: dt.datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """Conversation opened by a receipt. `state`: in plain language; `result`: of a closed case."""

    words: tuple[Word, ...]
    photos: tuple[Photo, ...]
    opened: tuple[OpenedOnce, ...]  # each disclosure of an original picture by two custodians
    carried: tuple[OpenedOnce, ...]  # … or possible disclosure on a machine without network
    state: str
    result: str
    ends_at: dt.datetime | None  # None: a complaint without a conclusion


def scope_of(lookup: bytes) -> str:
    """Return the row-level-security scope of an open receipt (rls/policies.py)."""
    return f"tip:{bytes(lookup).hex()}"


def owner(tip: Tip) -> str:
    """Return the conversation's name in the vault."""
    return f"tip:{tip.public_id}"


def file_context(row: TipFile, column: str) -> str:
    return f"tips_tipfile.{column}:{row.public_id}"


def talk(tip: Tip, pair: Pair) -> Talk:
    """Open the whole conversation with the receipt's key: four statements, seven once it is closed.

    Raises envelopes.EnvelopeError.
    """
    said = read_texts(owner(tip), pair=pair)
    case, known = tip.case, opened_files(owner(tip))
    state = State(case.state)
    return Talk(
        words=tuple(Word(word.kind == "REPLY", word.text, word.at) for word in said),
        photos=tuple(Photo(str(row.public_id), row.at, LABELS.get(row.kind, "")) for row in tip.files.order_by("id")),
        opened=tuple(o for o in known if o.until), carried=tuple(o for o in known if not o.until),
        state=STATE_FOR_CITIZEN[state], ends_at=ends_at(tip),
        result=case.result if state is State.CLOSED and case.result and told_alone(case) else "",
    )  # fmt: skip


def photo(tip: Tip, chosen: str, pair: Pair) -> bytes | None:
    """Return the preview of one of the tip's pictures as JPEG; None where it is missing.

    Raises envelopes.EnvelopeError.
    """
    try:
        row = tip.files.filter(public_id=UUID(chosen)).first()
    except ValueError:
        return None
    return shown(row, pair) if row and row.shown else None


def shown(row: TipFile, pair: Pair) -> bytes | None:
    """Decrypt the preview without metadata, as JPEG; None where the file is lost. Raises envelopes.EnvelopeError."""
    data = file_storage.still(row.shown)
    return envelopes.open_(data, pair=pair, context=file_context(row, "shown")) if data is not None else None


def ends_at(tip: Tip) -> dt.datetime | None:
    """Return when its key is destroyed.

    A complaint's key lives as long as the complaint: conduct/services/retention.py.
    """
    closed = None if tip.case.state in OPEN_STATES else tip.case.closed_at
    if tip.case.apart:
        return closed + span("complaint") if closed else None
    return ends(last_word=tip.last_word_at, closed=closed, kept=span("tip"), after_closing=span("tip_closed"))


def _tips() -> QuerySet[Tip]:
    """Return living tips that are no complaint: the number of complaints is secret."""
    return Tip.objects.filter(gone_at=None, case__apart=False).select_related("case")


def _over(now: dt.datetime) -> "QuerySet[Tip]":
    """Return expired tips, the same rule as `ends_at` in SQL: waiting open ones do not hide expired ones."""
    said = Q(last_word_at__lte=now - span("tip"))
    closed = _CLOSED & Q(case__closed_at__lte=now - span("tip_closed"))
    return _tips().filter(said | closed)


def over(*, now: dt.datetime, most: int) -> Sequence[Tip]:
    """List expired tips, the oldest first."""
    return list(_over(now).order_by("last_word_at")[:most])


def of_ended_complaints(*, most: int) -> Sequence[Tip]:
    """List living rows whose complaint is deleted."""
    gone = Tip.objects.filter(gone_at=None, case__apart=True, case__forgotten_at__isnull=False)
    return list(gone.select_related("case").order_by("pk")[:most])


def keyless(*, most: int) -> Sequence[Tip]:
    """List living rows without an openable key: withdrawn after a backup that was restored."""
    alive = _tips().filter(lock__isnull=False)
    lost = unopenable(alive.values_list("lock_id", flat=True))
    return list(alive.filter(lock__in=sorted(lost)[:most]).order_by("pk")) if lost else []


def named(names: Sequence[str]) -> list[str]:
    """Return those of these files that belong to a tip."""
    pairs = TipFile.objects.filter(Q(original__in=names) | Q(shown__in=names)).values_list("original", "shown")
    return [name for pair in pairs for name in pair if name]


def matters(case_id: int) -> list[str]:
    """List audit subjects of a case's tip, as used in disclosure requests."""
    return [f"tip:{key}" for key in Tip.objects.filter(case_id=case_id).values_list("public_id", flat=True)]


def standing(now: dt.datetime) -> Standing:
    """Return how many tips can still be read."""
    found = _tips().aggregate(
        kept=Count("pk"), said=Min("last_word_at"), closed=Min("case__closed_at", filter=_CLOSED),
    )  # fmt: skip
    said, closed = found["said"], found["closed"]
    ends = [*([said + span("tip")] if said else []), *([closed + span("tip_closed")] if closed else [])]
    late = _over(now - dt.timedelta(hours=2)).count()
    return Standing(found["kept"], late, said, min(ends, default=None))
