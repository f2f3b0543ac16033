"""The desk: alarms, the list with its filters, and the numbers on its tabs. A constant number of statements."""

import datetime as dt
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from binhyen.cases.models import Alarm, Case, Relation
from binhyen.kit import compiled
from binhyen.kit.counts import counts_of
from binhyen.kit.pages import Page, decode, encode
from binhyen.kit.text import fold
from binhyen.people import access

PAGE = 50
COUNT_CAP = 200
MOST_ALARMS = 20
MOST_EXPORTED = 10_000
WALK = 5000  # cases that a search walks back over before it asks the index
_COLUMNS = (
    "id", "code", "title", "place", "snippet", "urgency", "kind", "category", "state", "due_at", "opened_at", "version",
    "assignee_id", "assignee__name", "unit_id", "unit__name", "acknowledged_at", "sensitive", "outcome", "grade",
)  # fmt: skip
_ALARM_COLUMNS = (
    "stage", "next_at", "case__id", "case__code", "case__title", "case__place", "case__snippet", "case__urgency",
    "case__opened_at", "case__unit__name",
)  # fmt: skip
_MOST_HITS = 100_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows. Empty values do not filter; `view`: open, closed or all; `owner`: me or nobody."""

    view: str = "open"
    q: str = ""
    state: str = ""
    kind: str = ""
    category: str = ""
    urgency: int | None = None
    commune: int | None = None
    unit: int | None = None
    owner: str = ""
    overdue: bool = False


def tsquery(words: str) -> SearchQuery | None:
    """Every word, folded, the last as a prefix (it may still be being typed); None where nothing searchable is left.

    Only the last: a prefix makes the index gather all words that begin so, which costs ten times an exact word.
    """
    tokens = ["".join(c for c in token if c.isalnum()) for token in fold(words).split()]
    tokens = [t for t in tokens if t][:8]
    digits = "".join(c for c in words if c.isdigit())
    if len(digits) >= 8 and len(digits) >= len("".join(tokens)) - 2:  # a phone or account, however it is broken up
        tokens = ["0" + digits[2:] if digits.startswith("84") else digits]
    if not tokens:
        return None
    last = f"{tokens[-1]}:*" if 2 <= len(tokens[-1]) < 10 else tokens[-1]
    return SearchQuery(" & ".join([*tokens[:-1], last]), config="simple", search_type="raw")


def select(officer: Any, filters: Filters, *, now: dt.datetime) -> QuerySet[Case]:
    """Cases the officer sees, filtered; the one start of list, counts, export and API."""
    rows = Case.objects.filter(access.cases(officer))
    if filters.view != "all" and not filters.state:
        rows = rows.filter(is_open=filters.view == "open")
    exact = {
        "state": filters.state, "kind": filters.kind, "category": filters.category, "urgency": filters.urgency,
        "commune_id": filters.commune, "unit_id": filters.unit,
    }  # fmt: skip
    rows = rows.filter(**{k: v for k, v in exact.items() if v not in ("", None)})
    if filters.owner:
        rows = rows.filter(assignee=officer if filters.owner == "me" else None)
    if filters.overdue:
        rows = rows.filter(is_open=True, due_at__lt=now)
    if filters.q:
        rows = rows.filter(_told(filters.q))
    return rows


def _told(words: str, column: str = "search") -> Q:
    """Cases with these words, or of this code."""
    query = tsquery(words)
    if query is None:
        return access.NOTHING
    code = "".join(c for c in words.upper() if c.isalnum())
    return Q(**{column: query}) | Q(code=code) if len(code) == 8 else Q(**{column: query})


def _newest_told(officer: Any, filters: Filters, *, before: int | None, now: dt.datetime) -> list[Row]:
    """A page of a search. Common words are found among the newest cases by walking back from the newest; only words
    that are rare there go through the index, which then has few cases to fetch. Without the walk a common word fetches
    every case it ever stood in (50,000 of a million: 300 ms).
    """
    rows = select(officer, replace(filters, q=""), now=now).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    # A statement of its own: only a number that the planner sees keeps it from reading the whole register.
    floor = next(iter(rows.values_list("id", flat=True)[WALK : WALK + 1]), 0)
    # An expression, so that the index cannot be used for it.
    walked = RawSQL("cases_case.search || ''::tsvector", [], output_field=SearchVectorField())
    near = rows.annotate(walked=walked).filter(_told(filters.q, "walked"), id__gt=floor)
    found = list(_shown(near)[: PAGE + 1])
    if len(found) > PAGE:
        return found
    # Ids first and without an order: an order tempts the planner to walk the whole register for a single hit.
    hits = rows.filter(_told(filters.q)).order_by().values_list("id", flat=True)[:_MOST_HITS]
    newest = nlargest(PAGE + 1, hits)
    # nosemgrep: query-without-sight  ids of `rows`, which sight has filtered
    return list(_shown(Case.objects.filter(id__in=newest).order_by("-id")))


def _shown(rows: QuerySet[Case]) -> QuerySet[Case, Row]:
    """The columns of a row, and whether it is linked with its lost or found counterpart, wherever that lies."""
    links = Relation.objects.filter(case=OuterRef("pk"), kind=Relation.Kind.MATCH)
    page: QuerySet[Case, Row] = rows.annotate(matched=Exists(links)).values(*_COLUMNS, "matched")
    return page


def desk_page(officer: Any, filters: Filters, *, cursor: str = "", now: dt.datetime) -> Page[Row]:
    """Open cases by urgency, then newest first; other views newest first."""
    if filters.q:
        after = decode(cursor, 1)
        return _page(_newest_told(officer, filters, before=after[0] if after else None, now=now), urgent_first=False)
    urgent_first = filters.view == "open" and not filters.state
    after = decode(cursor, 2 if urgent_first else 1)
    level = after[0] if after and urgent_first else None
    found = compiled.rows(
        ("desk", access.sight_key(officer), filters, level, after is not None),
        lambda: _list(officer, filters, below=level, deep=after is not None),
        {compiled.NOW: now, compiled.NUMBER: after[-1] if after else None},
    )
    return _page(found, urgent_first=urgent_first)


def _list(officer: Any, filters: Filters, *, below: int | None, deep: bool) -> QuerySet[Case, Row]:
    """A page of a list, with stand-ins for the moment and for the id after which a deep page begins; `below`: the
    urgency of that row where urgency orders.
    """
    rows = select(officer, filters, now=compiled.NOW)
    if filters.view != "open" or filters.state:
        rows = (rows.filter(id__lt=compiled.NUMBER) if deep else rows).order_by("-id")
    elif below is None:
        rows = rows.order_by("-urgency", "-id")
    else:
        further = Q(urgency__lt=below) | Q(urgency=below, id__lt=compiled.NUMBER)
        rows = rows.filter(further).order_by("-urgency", "-id")
    return _shown(rows)[: PAGE + 1]


def _page(found: list[Row], *, urgent_first: bool) -> Page[Row]:
    page = found[:PAGE]
    if len(found) <= PAGE:
        return Page(page, "")
    last = page[-1]
    return Page(page, encode((last["urgency"], last["id"]) if urgent_first else (last["id"],)))


def every_row(officer: Any, filters: Filters, *, now: dt.datetime) -> list[Row]:
    """For an export: all rows of a list, newest first, at most MOST_EXPORTED."""
    return list(select(officer, filters, now=now).order_by("-id").values(*_COLUMNS)[:MOST_EXPORTED])


def ringing(officer: Any) -> QuerySet[Alarm]:
    """Alarms of what the officer sees that nobody acknowledged."""
    return Alarm.objects.filter(access.cases(officer, prefix="case__"), acknowledged_at=None)


def alarms(officer: Any) -> list[Row]:
    """Urgent cases nobody acknowledged, the oldest first: their columns, and how far each alarm has gone."""
    found = compiled.rows(
        ("alarms", access.sight_key(officer)),
        lambda: ringing(officer).order_by("raised_at").values(*_ALARM_COLUMNS)[:MOST_ALARMS],
        {},
    )
    return [{name.removeprefix("case__"): value for name, value in row.items()} for row in found]


_TABS = {
    "open": Filters(), "mine": Filters(owner="me"), "free": Filters(owner="nobody"), "overdue": Filters(overdue=True),
    "closed": Filters(view="closed"),
}  # fmt: skip


def tab_counts(officer: Any, *, now: dt.datetime) -> dict[str, int]:
    """Numbers on the tabs, in one statement; above the cap exactness is of no use to anybody and costs a scan."""
    return counts_of(
        ("tabs", access.sight_key(officer)),
        lambda: {name: select(officer, f, now=compiled.NOW) for name, f in _TABS.items()},
        {compiled.NOW: now},
        cap=COUNT_CAP,
    )
