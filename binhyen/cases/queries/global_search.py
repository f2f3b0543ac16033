"""Global search: cases, unassigned messages, people and places visible to the officer."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from binhyen.areas import queries as areas
from binhyen.areas.queries import AreasNotLoadedError, Directory, PlaceMatch
from binhyen.cases.queries.case_list import CaseFilters, CaseListRow, search_cases
from binhyen.channels import queries as channels
from binhyen.channels.models import Message
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.search_terms import SearchTerms, parse_search
from binhyen.people import queries as people
from binhyen.people.models import Officer

MAX_CASES = MAX_MESSAGES = 20
MAX_OTHERS = 8
_MAX_RANKED = 60  # places looked through for those of the own province
_SHORTEST_NAME, _LONGEST_NAME = 3, 6  # letters, words
_CACHE_SIZE = 5000
_COLUMNS = (
    "id",
    "code",
    "title",
    "place",
    "snippet",
    "urgency",
    "state",
    "opened_at",
    "sensitive",
    "unit__name",
    "assignee_id",
)


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Search results by section, best first. Cases are rows of columns."""

    terms: SearchTerms
    cases: list[CaseListRow]
    messages: list[Message]
    officers: list[Officer]
    places: tuple[PlaceMatch, ...]

    @property
    def count(self) -> int:
        return len(self.cases) + len(self.messages) + len(self.officers) + len(self.places)


def search_everything(officer: Any, typed: str, *, now: dt.datetime) -> SearchResults:
    """Search all sections. An empty or unsearchable string finds nothing."""
    terms = parse_search(typed)
    if not terms.query:
        return SearchResults(terms, [], [], [], ())
    return SearchResults(
        terms,
        find_cases(officer, terms.text, now=now),
        channels.search_unassigned_messages(officer, terms, limit=MAX_MESSAGES),
        people.find_officers(officer, terms.text, limit=MAX_OTHERS),
        _find_places(officer, terms, now=now),
    )


def find_cases(officer: Any, typed: str, *, limit: int = MAX_CASES, now: dt.datetime) -> list[CaseListRow]:
    """Find cases by code or full text: accent-exact matches first, each group newest first."""
    return [
        row for _, row in search_cases(officer, CaseFilters(view="all", q=typed), _COLUMNS, max_rows=limit, now=now)
    ]


def _find_places(officer: Any, terms: SearchTerms, *, now: dt.datetime) -> tuple[PlaceMatch, ...]:
    """Search places, which are public, but only for active officers. A name has three letters and few words."""
    words = terms.text.split()
    if not isinstance(officer, Officer) or not officer.is_active:
        return ()
    if len(words) > _LONGEST_NAME or sum(char.isalpha() for char in terms.text) < _SHORTEST_NAME:
        return ()
    return _place_cache.search(terms.text, to_vietnam_day(now))


class _PlaceCache:
    """Cache of place searches until the areas change: to search the history of places is slow."""

    def __init__(self) -> None:
        self._areas: Directory | None = None
        self._found: dict[tuple[str, dt.date], tuple[PlaceMatch, ...]] = {}

    def search(self, name: str, today: dt.date) -> tuple[PlaceMatch, ...]:
        try:
            current = areas.get_directory()
        except AreasNotLoadedError:
            return ()
        if current is not self._areas or len(self._found) > _CACHE_SIZE:
            self._areas, self._found = current, {}
        key = (name.lower(), today)
        if key not in self._found:
            matches = areas.search_places(name, today=today, limit=_MAX_RANKED)
            # Places of other provinces lead nowhere here.
            own_matches = [match for match in matches if not current.communes.keys().isdisjoint(match.today)]
            self._found[key] = tuple(own_matches[:MAX_OTHERS])
        return self._found[key]

    def clear(self) -> None:
        self._areas = None


_place_cache = _PlaceCache()


def clear_place_cache() -> None:
    _place_cache.clear()
