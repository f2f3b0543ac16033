"""Audit entries for display: filters, keyset pagination, newest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from binhyen.audit.models import AuditEntry
from binhyen.audit.rules.action_families import COVER, FAMILIES, LOOKS, REFUSED
from binhyen.kit.keyset_pagination import Page, decode, encode

PAGE = 50
MOST_EXPORTED = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as other packages read it."""

    at: dt.datetime
    actor: str
    verb: str
    object: str
    unit_id: int | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """Read events of one actor on an object; `actor` as in entries."""

    actor: str
    times: int
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters. `actors`: any of these, None for all; `family`: of verbs; `since`, `until`: timestamps, half open."""

    actors: Sequence[str] | None = None
    unit_id: int | None = None
    family: str = ""
    object: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    outcome: str = ""  # "done", "refused" or both


def page(filters: Filters, *, seen: Q, cursor: str = "") -> Page[Line]:
    """Return a page of entries. `seen`: the reader's filter from people/access.py."""
    rows = _matching(filters, seen)
    if last := decode("entries", cursor, 1):
        rows = rows.filter(id__lt=last[0])
    found = list(rows[: PAGE + 1])
    lines = [_line(row) for row in found[:PAGE]]
    return Page(lines, encode("entries", (found[PAGE - 1].pk,)) if len(found) > PAGE else "")


def every(filters: Filters, *, seen: Q) -> list[Line]:
    """Return all matching entries for an export, at most 10,000."""
    return [_line(row) for row in _matching(filters, seen)[:MOST_EXPORTED]]


def looks(objects: Sequence[str]) -> list[Look]:
    """Return readers of these objects, the latest first; a page may show them to any reader of the object itself."""
    rows = AuditEntry.objects.filter(object__in=objects, verb__in=LOOKS).values_list("actor")
    found = rows.annotate(times=Count("id"), first=Min("at"), last=Max("at")).order_by("-last")
    return [Look(*row) for row in found]


def _matching(filters: Filters, seen: Q) -> QuerySet[AuditEntry]:
    wanted = Q()
    if filters.actors is not None:
        wanted &= Q(actor__in=filters.actors)
    if filters.unit_id is not None:
        wanted &= Q(unit_id=filters.unit_id)
    if filters.family:
        wanted &= _of(FAMILIES[filters.family].verbs)
    if filters.object:
        wanted &= Q(object=filters.object)
    if filters.since:
        wanted &= Q(at__gte=filters.since)
    if filters.until:
        wanted &= Q(at__lt=filters.until)
    if filters.outcome:
        refused = Q(verb__in=REFUSED) | Q(detail__contains={"outcome": "refused"})
        wanted &= refused if filters.outcome == "refused" else ~refused
    return AuditEntry.objects.filter(seen, wanted).exclude(verb=COVER).order_by("-id")


def _line(row: AuditEntry) -> Line:
    return Line(row.at, row.actor, row.verb, row.object, row.unit_id, row.detail)


def _of(verbs: Sequence[str]) -> Q:
    """Build a filter for verbs by name, or by prefix if the name ends with a dot."""
    exact = [verb for verb in verbs if not verb.endswith(".")]
    wanted = Q(verb__in=exact)
    for start in verbs:
        if start.endswith("."):
            wanted |= Q(verb__gte=start, verb__lt=f"{start[:-1]}/")  # "/" follows "." in every byte order
    return wanted
