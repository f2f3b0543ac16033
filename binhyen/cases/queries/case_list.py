"""Case list with its filters, and the counts on its tabs. A constant number of statements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from heapq import nlargest
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from binhyen.cases.choices import News
from binhyen.cases.models import Case, Relation
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.queries.overdue import late
from binhyen.cases.queries.unread_updates import news_for
from binhyen.kit import prepared_queries, ranked_search
from binhyen.kit.capped_counts import counts_of
from binhyen.kit.ids import codes_from
from binhyen.kit.keyset_pagination import Page, decode, encode
from binhyen.kit.search_terms import wanted
from binhyen.people import access

PAGE = 50
CURSOR, FOUND = "cases", "cases found"
COUNT_CAP = 200
MOST_EXPORTED = 10_000
WALK = 5000  # cases that a search scans from the newest before it uses the index
_COLUMNS = (
    "id", "code", "title", "place", "snippet", "urgency", "kind", "category", "state", "due_at", "opened_at", "version",
    "assignee_id", "assignee__name", "unit__name", "acknowledged_at", "sensitive", "outcome", "grade",
    "unhelped", "lane", "news",
)  # fmt: skip
_MOST_HITS = 100_000
# Expressions, so that no index can be used for them.
_TOLD = RawSQL("cases_case.search || ''::tsvector", [], output_field=SearchVectorField())
_AS_TYPED = RawSQL("cases_case.marked || ''::tsvector", [], output_field=SearchVectorField())
Row = prepared_queries.Row


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the case list; empty values do not filter.

    `view`: open, closed, all, unhelped (closed, but a reporter says that it did not help) or news (open, with unread
    updates); `owner`: me, nobody (unassigned), or left (the case holder left).
    """

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
    told: bool = False  # with an overdue or expiring clock to acknowledge (overdue.py)


def select(officer: Any, filters: Filters, *, now: dt.datetime) -> QuerySet[Case]:
    """Select visible cases by filters; the common base of list, counts, export and API."""
    rows = Case.objects.filter(access.cases(officer))
    if filters.view != "all" and not filters.state:
        rows = rows.filter(is_open=filters.view in ("open", "news"))
    if filters.view == "unhelped":
        rows = rows.filter(unhelped=True)
    if filters.view == "news":
        rows = rows.filter(news_for(officer), news__gt=News.NONE)  # the second condition lets PostgreSQL use the index
    exact = {
        "state": filters.state, "kind": filters.kind, "category": filters.category, "urgency": filters.urgency,
        "commune_id": filters.commune, "unit_id": filters.unit,
    }  # fmt: skip
    rows = rows.filter(**{k: v for k, v in exact.items() if v not in ("", None)})
    if filters.owner == "left":
        rows = rows.filter(news=News.LEFT)
    elif filters.owner:
        rows = rows.filter(assignee=officer if filters.owner == "me" else None)
    if filters.overdue:
        rows = rows.filter(is_open=True, due_at__lt=now)
    if filters.told:
        rows = rows.filter(pk__in=late(officer).values("case_id"))
    if filters.q:
        rows = rows.filter(reduce(or_, _parts(filters.q), access.NOTHING))
    return rows


def _parts(typed: str, **columns: str) -> list[Q]:
    """Return the search conditions: these words, or a code with this prefix.

    The prefix is a range, which an index can answer under row-level security too.
    """
    codes = codes_from(typed)
    return ranked_search.parts(wanted(typed), also=Q(code__range=codes) if codes else None, **columns)


def find(
    officer: Any, filters: Filters, columns: Sequence[str], *, after: ranked_search.Key | None = None, most: int,
    now: dt.datetime,
) -> list[tuple[ranked_search.Key, Row]]:  # fmt: skip
    """Return the next rows of a search: accent-exact matches first, each group newest first.

    Common words are found by scanning back from the newest case; only words that are rare there use the index, which
    then has few rows to fetch. Without the scan a common word fetches every case that contains it (50,000 of a million:
    300 ms).
    """
    rows = select(officer, replace(filters, q=""), now=now)
    walked = rows.order_by("-id").annotate(told=_TOLD, as_typed=_AS_TYPED)
    near, everywhere = _parts(filters.q, search="told", marked="as_typed"), _parts(filters.q)
    floors: dict[int | None, int] = {}

    def newest(part: int, before: int | None, most: int) -> list[int]:
        limit = Q() if before is None else Q(id__lt=before)
        if before not in floors:
            # A separate statement: only a literal id stops the planner from reading the whole register.
            deep = rows.filter(limit).order_by("-id").values_list("id", flat=True)[WALK : WALK + 1]
            floors[before] = next(iter(deep), 0)
        close = walked.filter(limit, near[part], id__gt=floors[before])
        found = list(close.values_list("id", flat=True)[:most])
        if len(found) == most or not floors[before]:
            return found
        # Without ORDER BY: with it the planner may scan the whole register for a single hit.
        hits = rows.filter(limit, everywhere[part]).order_by().values_list("id", flat=True)[:_MOST_HITS]
        return nlargest(most, hits)

    keys = ranked_search.keys(everywhere, newest, after=after, most=most)
    # nosemgrep: query-without-sight  ids of `rows`, already limited to visible cases
    whole = _shown(Case.objects.filter(id__in=[pk for _, pk in keys]), columns)
    by_id = {row["id"]: row for row in whole}
    return [(key, by_id[key[1]]) for key in keys if key[1] in by_id]


def _shown(rows: QuerySet[Case], columns: Sequence[str]) -> QuerySet[Case, Row]:
    """Select the columns of a row, and whether it is linked with its lost or found counterpart in any unit."""
    links = Relation.objects.filter(case=OuterRef("pk"), kind=Relation.Kind.MATCH)
    page: QuerySet[Case, Row] = rows.annotate(matched=Exists(links)).values(*columns, "matched")
    return page


def desk_page(officer: Any, filters: Filters, *, cursor: str = "", now: dt.datetime) -> Page[Row]:
    """Return a page of the list.

    Open cases by urgency, then newest first; other views newest first; searches by rank.
    """
    if filters.q:
        told = find(officer, filters, _COLUMNS, after=ranked_search.key(FOUND, cursor), most=PAGE + 1, now=now)
        return Page([row for _, row in told[:PAGE]], encode(FOUND, told[PAGE - 1][0]) if len(told) > PAGE else "")
    urgent_first = filters.view == "open" and not filters.state
    after = decode(CURSOR, cursor, 2 if urgent_first else 1)
    level = after[0] if after and urgent_first else None
    found = prepared_queries.rows(
        ("desk", access.sight_key(officer), filters, level, after is not None),
        lambda: _list(officer, filters, below=level, deep=after is not None),
        {prepared_queries.NOW: now, prepared_queries.NUMBER: after[-1] if after else None},
    )
    return _page(found, urgent_first=urgent_first)


def _list(officer: Any, filters: Filters, *, below: int | None, deep: bool) -> QuerySet[Case, Row]:
    """Return the query of a list page, with parameters for the time and for the last id of the previous page.

    `below`: the urgency of that last row where urgency orders.
    """
    rows = select(officer, filters, now=prepared_queries.NOW)
    if filters.view != "open" or filters.state:
        rows = (rows.filter(id__lt=prepared_queries.NUMBER) if deep else rows).order_by("-id")
    elif below is None:
        rows = rows.order_by("-urgency", "-id")
    else:
        further = Q(urgency__lt=below) | Q(urgency=below, id__lt=prepared_queries.NUMBER)
        rows = rows.filter(further).order_by("-urgency", "-id")
    return _shown(rows, _COLUMNS)[: PAGE + 1]


def _page(found: list[Row], *, urgent_first: bool) -> Page[Row]:
    page = found[:PAGE]
    if len(found) <= PAGE:
        return Page(page, "")
    last = page[-1]
    return Page(page, encode(CURSOR, (last["urgency"], last["id"]) if urgent_first else (last["id"],)))


def every_row(officer: Any, filters: Filters, *, now: dt.datetime) -> list[Row]:
    """Return all rows for an export, newest first, at most MAX_EXPORTED; one more where the list is longer."""
    return list(select(officer, filters, now=now).order_by("-id").values(*_COLUMNS)[: MOST_EXPORTED + 1])


_TABS = {
    "open": Filters(), "mine": Filters(owner="me"), "free": Filters(owner="nobody"), "overdue": Filters(overdue=True),
    "closed": Filters(view="closed"), "unhelped": Filters(view="unhelped"), "told": Filters(told=True),
    "news": Filters(view="news"), "left": Filters(owner="left"),
}  # fmt: skip


def tab_counts(officer: Any, *, now: dt.datetime) -> dict[str, int]:
    """Return the counts of the tabs and of ringing alarms in one statement.

    They are capped: an exact count would need a scan.
    """
    return counts_of(
        ("tabs", access.sight_key(officer)),
        lambda: (
            {name: select(officer, f, now=prepared_queries.NOW) for name, f in _TABS.items()}
            | {"ringing": alarm_recipients.ringing(officer)}
        ),
        {prepared_queries.NOW: now},
        cap=COUNT_CAP,
    )
