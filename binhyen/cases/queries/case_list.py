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

from binhyen.cases.choices import UnreadUpdate
from binhyen.cases.models import Case, Relation
from binhyen.cases.queries import alarm_recipients
from binhyen.cases.queries.overdue import select_overdue
from binhyen.kit import prepared_queries, ranked_search
from binhyen.kit.capped_counts import cached_counts
from binhyen.kit.ids import code_range
from binhyen.kit.keyset_pagination import Page, decode_cursor, encode_cursor
from binhyen.kit.search_terms import parse_search
from binhyen.people import access
from binhyen.people.roles import Permission

# Unread updates of open cases for an officer.


def build_unread_filter(officer: Any) -> Q:
    """Return the filter: assignments for the assignee; messages, notes and orphaned cases for officers of the unit."""
    given, here = Q(unread_reason=UnreadUpdate.ASSIGNED, assignee=officer), Q(unit=getattr(officer, "unit_id", None))
    if not access.officer_may(officer, Permission.WORK_CASES):
        return given
    return given | (
        here
        & (
            Q(unread_reason__in=(UnreadUpdate.MESSAGE, UnreadUpdate.NOTE, UnreadUpdate.ORPHANED))
            | Q(unread_reason=UnreadUpdate.ASSIGNED, assignee=None)
        )
    )


PAGE_SIZE = 50
CURSOR, FOUND = "cases", "cases found"
COUNT_CAP = 200
MAX_EXPORTED = 10_000
SCAN_LIMIT = 5000  # cases that a search scans from the newest before it uses the index
_COLUMNS = (
    "id",
    "code",
    "title",
    "place",
    "snippet",
    "urgency",
    "kind",
    "category",
    "state",
    "due_at",
    "opened_at",
    "version",
    "assignee_id",
    "assignee__name",
    "unit__name",
    "acknowledged_at",
    "sensitive",
    "outcome",
    "tip_value",
    "reporter_unsatisfied",
    "lane",
    "unread_reason",
)
_MAX_HITS = 100_000
# Expressions, so that no index can be used for them.
_SEARCH_EXPRESSION = RawSQL("cases_case.search || ''::tsvector", [], output_field=SearchVectorField())
_ACCENTED_EXPRESSION = RawSQL("cases_case.search_accented || ''::tsvector", [], output_field=SearchVectorField())
CaseListRow = prepared_queries.Row


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """Filters of the case list; empty values do not filter.

    `view`: open, closed, all, unhelped (closed, but a reporter says that it did not help) or news (open, with unread
    updates); `owner`: me, `nobody` (unassigned), or left (the case holder left).
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
    needs_acknowledgement: bool = False  # with an overdue or expiring clock to acknowledge (overdue.py)


def select_cases(officer: Any, filters: CaseFilters, *, now: dt.datetime) -> QuerySet[Case]:
    """Select visible cases by filters; the common base of list, counts, export and API."""
    rows = Case.objects.filter(access.filter_cases(officer))
    if filters.view != "all" and not filters.state:
        rows = rows.filter(is_open=filters.view in ("open", "news"))
    if filters.view == "unhelped":
        rows = rows.filter(reporter_unsatisfied=True)
    if filters.view == "news":
        rows = rows.filter(
            build_unread_filter(officer), unread_reason__gt=UnreadUpdate.NONE
        )  # the second condition lets PostgreSQL use the index
    exact = {
        "state": filters.state,
        "kind": filters.kind,
        "category": filters.category,
        "urgency": filters.urgency,
        "commune_id": filters.commune,
        "unit_id": filters.unit,
    }
    rows = rows.filter(**{column: value for column, value in exact.items() if value not in ("", None)})
    if filters.owner == "left":
        rows = rows.filter(unread_reason=UnreadUpdate.ORPHANED)
    elif filters.owner:
        rows = rows.filter(assignee=officer if filters.owner == "me" else None)
    if filters.overdue:
        rows = rows.filter(is_open=True, due_at__lt=now)
    if filters.needs_acknowledgement:
        rows = rows.filter(pk__in=select_overdue(officer).values("case_id"))
    if filters.q:
        rows = rows.filter(reduce(or_, _build_search_conditions(filters.q), access.NOTHING))
    return rows


def _build_search_conditions(typed: str, **columns: str) -> list[Q]:
    """Return the search conditions: these words, or a code with this prefix.

    The prefix is a range, which an index can answer under row-level security too.
    """
    codes = code_range(typed)
    return ranked_search.ranked_conditions(parse_search(typed), also=Q(code__range=codes) if codes else None, **columns)


def search_cases(
    officer: Any,
    filters: CaseFilters,
    columns: Sequence[str],
    *,
    after_key: ranked_search.Key | None = None,
    max_rows: int,
    now: dt.datetime,
) -> list[tuple[ranked_search.Key, CaseListRow]]:
    """Return the next rows of a search: accent-exact matches first, each group newest first.

    Common words are found by scanning back from the newest case; only words that are rare there use the index, which
    then has few rows to fetch. Without the scan a common word fetches every case that contains it (50,000 of a million:
    300 ms).
    """
    rows = select_cases(officer, replace(filters, q=""), now=now)
    walked = rows.order_by("-id").annotate(told=_SEARCH_EXPRESSION, as_typed=_ACCENTED_EXPRESSION)
    near, everywhere = (
        _build_search_conditions(filters.q, search="told", marked="as_typed"),
        _build_search_conditions(filters.q),
    )
    floors: dict[int | None, int] = {}

    def fetch_newest_ids(part: int, before_id: int | None, max_ids: int) -> list[int]:
        limit = Q() if before_id is None else Q(id__lt=before_id)
        if before_id not in floors:
            # A separate statement: only a literal id stops the planner from reading the whole register.
            deep = rows.filter(limit).order_by("-id").values_list("id", flat=True)[SCAN_LIMIT : SCAN_LIMIT + 1]
            floors[before_id] = next(iter(deep), 0)
        close = walked.filter(limit, near[part], id__gt=floors[before_id])
        ids = list(close.values_list("id", flat=True)[:max_ids])
        if len(ids) == max_ids or not floors[before_id]:
            return ids
        # Without ORDER BY: with it the planner may scan the whole register for a single hit.
        hits = rows.filter(limit, everywhere[part]).order_by().values_list("id", flat=True)[:_MAX_HITS]
        return nlargest(max_ids, hits)

    keys = ranked_search.list_keys(everywhere, fetch_newest_ids, position=after_key, limit=max_rows)
    # nosemgrep: query-without-sight  ids of `rows`, already limited to visible cases
    whole = _with_columns(Case.objects.filter(id__in=[pk for _, pk in keys]), columns)
    by_id = {row["id"]: row for row in whole}
    return [(key, by_id[key[1]]) for key in keys if key[1] in by_id]


def _with_columns(rows: QuerySet[Case], columns: Sequence[str]) -> QuerySet[Case, CaseListRow]:
    """Select the columns of a row, and whether it is linked with its lost or found counterpart in any unit."""
    links = Relation.objects.filter(case=OuterRef("pk"), kind=Relation.Kind.MATCH)
    page: QuerySet[Case, CaseListRow] = rows.annotate(matched=Exists(links)).values(*columns, "matched")
    return page


def get_case_page(officer: Any, filters: CaseFilters, *, cursor: str = "", now: dt.datetime) -> Page[CaseListRow]:
    """Return a page of the list.

    Open cases by urgency, then newest first; other views newest first; searches by rank.
    """
    if filters.q:
        matches = search_cases(
            officer,
            filters,
            _COLUMNS,
            after_key=ranked_search.decode_search_key(FOUND, cursor),
            max_rows=PAGE_SIZE + 1,
            now=now,
        )
        return Page(
            [row for _, row in matches[:PAGE_SIZE]],
            encode_cursor(FOUND, matches[PAGE_SIZE - 1][0]) if len(matches) > PAGE_SIZE else "",
        )
    urgent_first = filters.view == "open" and not filters.state
    last_key = decode_cursor(CURSOR, cursor, 2 if urgent_first else 1)
    level = last_key[0] if last_key and urgent_first else None
    rows = prepared_queries.fetch_rows(
        ("desk", access.get_visibility_key(officer), filters, level, last_key is not None),
        lambda: _select_page(officer, filters, below=level, deep=last_key is not None),
        {prepared_queries.NOW_PARAM: now, prepared_queries.ID_PARAM: last_key[-1] if last_key else None},
    )
    return _to_page(rows, urgent_first=urgent_first)


def _select_page(officer: Any, filters: CaseFilters, *, below: int | None, deep: bool) -> QuerySet[Case, CaseListRow]:
    """Return the query of a list page, with parameters for the time and for the last id of the previous page.

    `below`: the urgency of that last row where urgency orders.
    """
    rows = select_cases(officer, filters, now=prepared_queries.NOW_PARAM)
    if filters.view != "open" or filters.state:
        rows = (rows.filter(id__lt=prepared_queries.ID_PARAM) if deep else rows).order_by("-id")
    elif below is None:
        rows = rows.order_by("-urgency", "-id")
    else:
        further = Q(urgency__lt=below) | Q(urgency=below, id__lt=prepared_queries.ID_PARAM)
        rows = rows.filter(further).order_by("-urgency", "-id")
    return _with_columns(rows, _COLUMNS)[: PAGE_SIZE + 1]


def _to_page(rows: list[CaseListRow], *, urgent_first: bool) -> Page[CaseListRow]:
    page = rows[:PAGE_SIZE]
    if len(rows) <= PAGE_SIZE:
        return Page(page, "")
    last = page[-1]
    return Page(page, encode_cursor(CURSOR, (last["urgency"], last["id"]) if urgent_first else (last["id"],)))


def list_export_rows(officer: Any, filters: CaseFilters, *, now: dt.datetime) -> list[CaseListRow]:
    """Return all rows for an export, newest first, at most MAX_EXPORTED; one more where the list is longer."""
    return list(select_cases(officer, filters, now=now).order_by("-id").values(*_COLUMNS)[: MAX_EXPORTED + 1])


_TABS = {
    "open": CaseFilters(),
    "mine": CaseFilters(owner="me"),
    "free": CaseFilters(owner="nobody"),
    "overdue": CaseFilters(overdue=True),
    "closed": CaseFilters(view="closed"),
    "unhelped": CaseFilters(view="unhelped"),
    "told": CaseFilters(needs_acknowledgement=True),
    "news": CaseFilters(view="news"),
    "left": CaseFilters(owner="left"),
}


def count_tabs(officer: Any, *, now: dt.datetime) -> dict[str, int]:
    """Return the counts of the tabs and of ringing alarms in one statement.

    They are capped: an exact count would need a scan.
    """
    return cached_counts(
        ("tabs", access.get_visibility_key(officer)),
        lambda: (
            {
                name: select_cases(officer, tab_filters, now=prepared_queries.NOW_PARAM)
                for name, tab_filters in _TABS.items()
            }
            | {"ringing": alarm_recipients.select_ringing(officer)}
        ),
        {prepared_queries.NOW_PARAM: now},
        cap=COUNT_CAP,
    )
