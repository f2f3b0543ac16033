"""Global search: cases, unassigned messages, people and places visible to the officer."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory, Found, NotLoaded
from binhyen.cases.queries.case_list import Filters, Row, find
from binhyen.channels import queries as channels
from binhyen.channels.models import Message
from binhyen.kit.clock import vietnam_day
from binhyen.kit.search_terms import Wanted, wanted
from binhyen.people import queries as people
from binhyen.people.models import Officer

MOST_CASES = MOST_MESSAGES = 20
MOST_OTHERS = 8
_SHORTEST_NAME, _LONGEST_NAME = 3, 6  # letters, words
_REMEMBERED = 5000
_COLUMNS = (
    "id", "code", "title", "place", "snippet", "urgency", "state", "opened_at", "sensitive", "unit__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Everything:
    """Search results by section, best first. Cases are rows of columns."""

    looked_for: Wanted
    cases: list[Row]
    messages: list[Message]
    officers: list[Officer]
    places: tuple[Found, ...]

    @property
    def count(self) -> int:
        return len(self.cases) + len(self.messages) + len(self.officers) + len(self.places)


def everywhere(officer: Any, typed: str, *, now: dt.datetime) -> Everything:
    """Search all sections. An empty or unsearchable string finds nothing."""
    looked_for = wanted(typed)
    if not looked_for.query:
        return Everything(looked_for, [], [], [], ())
    return Everything(
        looked_for,
        find_cases(officer, looked_for.text, now=now),
        channels.find_messages(officer, looked_for, most=MOST_MESSAGES),
        people.find_officers(officer, looked_for.text, most=MOST_OTHERS),
        _places(officer, looked_for, now=now),
    )


def find_cases(officer: Any, typed: str, *, most: int = MOST_CASES, now: dt.datetime) -> list[Row]:
    """Find cases by code or full text: accent-exact matches first, each group newest first."""
    return [row for _, row in find(officer, Filters(view="all", q=typed), _COLUMNS, most=most, now=now)]


def _places(officer: Any, looked_for: Wanted, *, now: dt.datetime) -> tuple[Found, ...]:
    """Search places, which are public, but only for active officers. A name has three letters and few words."""
    words = looked_for.text.split()
    if not isinstance(officer, Officer) or not officer.is_active:
        return ()
    if len(words) > _LONGEST_NAME or sum(c.isalpha() for c in looked_for.text) < _SHORTEST_NAME:
        return ()
    return _known_places.search(looked_for.text, vietnam_day(now))


class _KnownPlaces:
    """Cache of place searches until the areas change: to search the history of places is slow."""

    def __init__(self) -> None:
        self._areas: Directory | None = None
        self._found: dict[tuple[str, dt.date], tuple[Found, ...]] = {}

    def search(self, name: str, today: dt.date) -> tuple[Found, ...]:
        try:
            current = areas.directory()
        except NotLoaded:
            return ()
        if current is not self._areas or len(self._found) > _REMEMBERED:
            self._areas, self._found = current, {}
        key = (name.lower(), today)
        if key not in self._found:
            self._found[key] = areas.search(name, today=today, limit=MOST_OTHERS)
        return self._found[key]

    def forget(self) -> None:
        self._areas = None


_known_places = _KnownPlaces()


def forget_places() -> None:
    _known_places.forget()
