"""A search over rows that keep their words: those with the very marks first, however old, then all others; each newest
first, so that every page goes on where the one before it ended.

Both are questions to an index of their own (`search`: folded words; `marked`: words with marks), never a look through
what was found.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from binhyen.kit.pages import decode
from binhyen.kit.search import Wanted

# Of words with signs PostgreSQL would keep «a.b» and «12/5» as one, and «&lt;» as none: they become blanks, as they are
# in what is typed (`kit/search.py`).
_SIGNS = "-./_@:,+~&<>"
_PLATE, _PLATE_AND_FIGURES = r"\m([0-9]{2}[a-zđ]{1,2}[0-9]?)([0-9]{5})\M", r"\1\2 \2"

Key = tuple[int, int]  # part (0 exact, 1 others), id: what a cursor holds


def kept(column: str) -> SearchVector:
    """The words of a folded column, as an index keeps them; of a plate its five figures too."""
    text = TextField()
    blank = Func(F(column), Value(_SIGNS), Value(" " * len(_SIGNS)), function="translate", output_field=text)
    whole = Func(
        blank, Value(_PLATE), Value(_PLATE_AND_FIGURES), Value("g"), function="regexp_replace", output_field=text
    )
    return SearchVector(whole, config="simple")


class _Kept(SearchQuery):
    """Words as they are kept: no parser of PostgreSQL's takes them apart."""

    template = "%(expressions)s::tsquery"


def parts(looked_for: Wanted, *, also: Q | None = None, search: str = "search", marked: str = "marked") -> list[Q]:
    """Conditions that follow one another and share no row: one where nobody typed a mark, else two. `also`: what counts
    as exact besides, as a code. `search`, `marked`: the columns. None where there is nothing to look for.
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
    """After which a page of the list begins; None for the first page."""
    values = decode(of, cursor, 2)
    return (values[0], values[1]) if values and values[0] in (0, 1) else None


def keys(
    conditions: Sequence[Q], newest: Callable[[int, int | None, int], list[int]], *, after: Key | None = None, most: int
) -> list[Key]:
    """Of the next rows. `newest`: ids of a part, below an id if there is one, at most so many."""
    found: list[Key] = []
    part, before = after or (0, None)
    while part < len(conditions) and len(found) < most:
        found += [(part, pk) for pk in newest(part, before, most - len(found))]
        part, before = part + 1, None
    return found


def newest_first(rows: QuerySet[Any], conditions: Sequence[Q], *, after: Key | None = None, most: int) -> list[Key]:
    """The same of a table where the planner finds the way by itself."""

    def newest(part: int, before: int | None, most: int) -> list[int]:
        own = rows.filter(conditions[part])
        own = own if before is None else own.filter(pk__lt=before)
        return list(own.order_by("-pk").values_list("pk", flat=True)[:most])

    return keys(conditions, newest, after=after, most=most)
