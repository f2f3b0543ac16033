"""Ranked full-text search: rows with the exact accents first, however old, then all others; each part newest first.

Every page continues where the one before ended. Each part is answered by an index of its own (`search`: words without
accents; `marked`: words with accents), never by a scan of the matches.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from binhyen.kit.keyset_pagination import decode_cursor
from binhyen.kit.search_terms import SearchTerms

# PostgreSQL would index «a.b» and «12/5» as one word, and «&lt;» as none: these signs become blanks, as in the typed
# query (`kit/search_terms.py`).
_SIGNS = "-./_@:,+~&<>"
_PLATE, _PLATE_AND_DIGITS = r"\m([0-9]{2}[a-zđ]{1,2}[0-9]?)([0-9]{5})\M", r"\1\2 \2"

Key = tuple[int, int]  # part (0 exact, 1 others), id: the content of a cursor


def search_vector(column: str) -> SearchVector:
    """Return the search vector of an accent-free column as indexed; a plate is also indexed by its five digits."""
    text = TextField()
    without_signs = Func(F(column), Value(_SIGNS), Value(" " * len(_SIGNS)), function="translate", output_field=text)
    with_plate_digits = Func(
        without_signs, Value(_PLATE), Value(_PLATE_AND_DIGITS), Value("g"), function="regexp_replace", output_field=text
    )
    return SearchVector(with_plate_digits, config="simple")


class _StoredWordsQuery(SearchQuery):
    """A tsquery of words in their stored form, which PostgreSQL must not parse."""

    template = "%(expressions)s::tsquery"


def ranked_conditions(
    terms: SearchTerms, *, also: Q | None = None, search: str = "search", marked: str = "search_accented"
) -> list[Q]:
    """Return disjoint conditions in ranking order: one if no accent was typed, else two; none for an empty search.

    `also`: a further exact match, e.g. a code. `search`, `marked`: the columns.
    """
    if not terms.query:
        return [also] if also else []
    matches = Q(**{search: SearchQuery(terms.query, config="simple", search_type="raw")})
    if not terms.marks:
        return [matches | also if also else matches]
    exact = Q(**{marked: _StoredWordsQuery(terms.marks)})
    exact_first = exact & matches if terms.mixed else exact
    return [exact_first | also, matches & ~exact & ~also] if also else [exact_first, matches & ~exact]


def decode_search_key(list_name: str, cursor: str) -> Key | None:
    """Return the position after which a page begins; None for the first page."""
    values = decode_cursor(list_name, cursor, 2)
    return (values[0], values[1]) if values and values[0] in (0, 1) else None


def list_keys(
    conditions: Sequence[Q],
    list_newest: Callable[[int, int | None, int], list[int]],
    *,
    position: Key | None = None,
    limit: int,
) -> list[Key]:
    """Return the keys of the next rows. `list_newest(part, below_id, limit)` returns ids of one part."""
    result: list[Key] = []
    part, below_id = position or (0, None)
    while part < len(conditions) and len(result) < limit:
        result += [(part, pk) for pk in list_newest(part, below_id, limit - len(result))]
        part, below_id = part + 1, None
    return result


def list_newest_keys(
    rows: QuerySet[Any], conditions: Sequence[Q], *, position: Key | None = None, limit: int
) -> list[Key]:
    """Return the next keys of a table where the planner finds the index by itself."""

    def list_newest(part: int, before: int | None, count: int) -> list[int]:
        matching_rows = rows.filter(conditions[part])
        matching_rows = matching_rows if before is None else matching_rows.filter(pk__lt=before)
        return list(matching_rows.order_by("-pk").values_list("pk", flat=True)[:count])

    return list_keys(conditions, list_newest, position=position, limit=limit)
