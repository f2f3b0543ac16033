"""Audit entries for display: filters, keyset pagination, newest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from binhyen.audit.models import AuditEntry
from binhyen.audit.rules.action_families import COVER_VERB, READ_VERBS, REFUSED_VERBS, VERB_FAMILIES
from binhyen.kit.keyset_pagination import Page, decode_cursor, encode_cursor

PAGE_SIZE = 50
MAX_EXPORTED = 10_000


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as other packages read it."""

    at: dt.datetime
    actor: str
    verb: str
    object: str
    unit_id: int | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """Read events of one actor on an object; `actor` as in entries."""

    actor: str
    times: int
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class EntryFilters:
    """Filters. `actors`: any of these, None for all; `family`: of verbs; `since`, `until`: timestamps, half open."""

    actors: Sequence[str] | None = None
    unit_id: int | None = None
    family: str = ""
    object: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    outcome: str = ""  # "done", "refused" or both


def get_entry_page(filters: EntryFilters, *, visible: Q, cursor: str = "") -> Page[EntryLine]:
    """Return a page of entries. `seen`: the reader's filter from people/access.py."""
    rows = _filter_entries(filters, visible)
    if last_key := decode_cursor("entries", cursor, 1):
        rows = rows.filter(id__lt=last_key[0])
    rows_found = list(rows[: PAGE_SIZE + 1])
    lines = [_to_line(row) for row in rows_found[:PAGE_SIZE]]
    return Page(lines, encode_cursor("entries", (rows_found[PAGE_SIZE - 1].pk,)) if len(rows_found) > PAGE_SIZE else "")


def count_entries(filters: EntryFilters, *, visible: Q) -> int:
    """Count matching entries, up to a page."""
    return len(_filter_entries(filters, visible).values_list("pk", flat=True)[:PAGE_SIZE])


def list_entries_for_export(filters: EntryFilters, *, visible: Q) -> list[EntryLine]:
    """Return all matching entries for an export, at most 10,000."""
    return [_to_line(row) for row in _filter_entries(filters, visible)[:MAX_EXPORTED]]


def list_read_events(objects: Sequence[str]) -> list[ReadSummary]:
    """Return readers of these objects, the latest first; a page may show them to any reader of the object itself."""
    rows = AuditEntry.objects.filter(object__in=objects, verb__in=READ_VERBS).values_list("actor")
    summaries = rows.annotate(times=Count("id"), first=Min("at"), last=Max("at")).order_by("-last")
    return [ReadSummary(*row) for row in summaries]


def _filter_entries(filters: EntryFilters, visible: Q) -> QuerySet[AuditEntry]:
    conditions = Q()
    if filters.actors is not None:
        conditions &= Q(actor__in=filters.actors)
    if filters.unit_id is not None:
        conditions &= Q(unit_id=filters.unit_id)
    if filters.family:
        conditions &= _filter_verbs(VERB_FAMILIES[filters.family].verbs)
    if filters.object:
        conditions &= Q(object=filters.object)
    if filters.since:
        conditions &= Q(at__gte=filters.since)
    if filters.until:
        conditions &= Q(at__lt=filters.until)
    if filters.outcome:
        is_refused = Q(verb__in=REFUSED_VERBS) | Q(detail__contains={"outcome": "refused"})
        conditions &= is_refused if filters.outcome == "refused" else ~is_refused
    return AuditEntry.objects.filter(visible, conditions).exclude(verb=COVER_VERB).order_by("-id")


def _to_line(row: AuditEntry) -> EntryLine:
    return EntryLine(row.at, row.actor, row.verb, row.object, row.unit_id, row.detail)


def _filter_verbs(verbs: Sequence[str]) -> Q:
    """Build a filter for verbs by name, or by prefix if the name ends with a dot."""
    exact = [verb for verb in verbs if not verb.endswith(".")]
    condition = Q(verb__in=exact)
    for prefix in verbs:
        if prefix.endswith("."):
            condition |= Q(verb__gte=prefix, verb__lt=f"{prefix[:-1]}/")  # "/" follows "." in every byte order
    return condition
