"""Ranked full-text search: rows with the exact accents first, however old, then all others; each part newest first.

Every page continues where the one before ended. Each part is answered by an index of its own (`search`: words without
accents; `marked`: words with accents), never by a scan of the matches.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from binhyen.kit.keyset_pagination import decode
from binhyen.kit.search_terms import Wanted

# PostgreSQL would index «a.b» and «12/5» as one word, and «&lt;» as none: these signs become blanks, as in the typed
# query (`kit/search_terms.py`).
_SIGNS = "-./_@:,+~&<>"
_PLATE, _PLATE_AND_FIGURES = r"\m([0-9]{2}[a-zđ]{1,2}[0-9]?)([0-9]{5})\M", r"\1\2 \2"

Key = tuple[int, int]  # part (0 exact, 1 others), id: the content of a cursor


def kept(column: str) -> SearchVector:
    """Return the search vector of an accent-free column as indexed; a plate is also indexed by its five digits."""
    text = TextField()
    blank = Func(F(column), Value(_SIGNS), Value(" " * len(_SIGNS)), function="translate", output_field=text)
    whole = Func(
        blank, Value(_PLATE), Value(_PLATE_AND_FIGURES), Value("g"), function="regexp_replace", output_field=text
    )
    return SearchVector(whole, config="simple")


class _Kept(SearchQuery):
    """A tsquery of words in their stored form, which PostgreSQL must not parse."""

    template = "%(expressions)s::tsquery"


def parts(looked_for: Wanted, *, also: Q | None = None, search: str = "search", marked: str = "marked") -> list[Q]:
    """Return disjoint conditions in ranking order: one if no accent was typed, else two; none for an empty search.

    `also`: a further exact match, e.g. a code. `search`, `marked`: the columns.
    """
    if not looked_for.query:
        return [also] if also else []
    told = Q(**{search: SearchQuery(looked_for.query, config="simple", search_type="raw")})
    if not looked_for.marks:
        return [told | also if also else told]
    exact = Q(**{marked: _Kept(looked_for.marks)})
    first = exact & told if looked_for.mixed else exact
    return [first | also, told & ~exact & ~also] if also else [first, told & ~exact]


def key(of: str, cursor: str) -> Key | None:
    """Return the position after which a page begins; None for the first page."""
    values = decode(of, cursor, 2)
    return (values[0], values[1]) if values and values[0] in (0, 1) else None


def keys(
    conditions: Sequence[Q], newest: Callable[[int, int | None, int], list[int]], *, after: Key | None = None, most: int
) -> list[Key]:
    """Return the keys of the next rows. `list_newest(part, below_id, limit)` returns ids of one part."""
    found: list[Key] = []
    part, before = after or (0, None)
    while part < len(conditions) and len(found) < most:
        found += [(part, pk) for pk in newest(part, before, most - len(found))]
        part, before = part + 1, None
    return found


def newest_first(rows: QuerySet[Any], conditions: Sequence[Q], *, after: Key | None = None, most: int) -> list[Key]:
    """Return the next keys of a table where the planner finds the index by itself."""

    def newest(part: int, before: int | None, most: int) -> list[int]:
        own = rows.filter(conditions[part])
        own = own if before is None else own.filter(pk__lt=before)
        return list(own.order_by("-pk").values_list("pk", flat=True)[:most])

    return keys(conditions, newest, after=after, most=most)
