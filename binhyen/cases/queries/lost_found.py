"""Lost and found matching, limited to the visibility of the officer.

The open posts of the province are ranked by `language.lostfound`.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson

from binhyen.areas.queries import directory, gazetteer
from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Relation
from binhyen.kit import prepared_queries
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.language.lostfound import FOUND, LOST, Matcher, Post, Ranked, rank
from binhyen.language.places import Gazetteer
from binhyen.people import access

SIDES = {"lost_item": LOST, "found_item": FOUND}
LASTS = dt.timedelta(days=60)
LIKELY = 0.6  # minimum score to notify the desks
MOST = 5  # matches of one new post
_LOOK_AGAIN = dt.timedelta(minutes=1)
_LATE = 500  # ids below the newest that may have been committed after it
_CHUNK = 1000
_LONGEST = 2000
_COLUMNS = ("pk", "category", "opened_at", "commune_id")
_THING = ("ITEM", "COLOR", "BRAND")  # of the entities of the reader: words of its lists, never a name or a number
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Likely:
    """A case of the other side that may be about the same item; `score` 0..1, reasons strongest first."""

    case: Case
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """Matches of a case: `visible_matches`, best first; `elsewhere`: the number of matches in other units."""

    seen: tuple[Likely, ...] = ()
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Linked:
    """The linked case of the other side, confirmed by an officer with access to both.

    Where it is not visible (`is_visible` is false) a page may show only these fields: code, unit, category, and the
    item in words of the reader's lists.
    """

    code: str
    unit: str
    category: str
    thing: str
    is_open: bool
    seen: bool


class Board:
    """In-memory index of open posts in the process that matches; closed posts leave it within a minute.

    A caller that writes a match must check again whether the cases are open.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._matcher: Matcher | None = None
        self._gazetteer: Gazetteer | None = None
        self._posts: dict[int, Post] = {}
        self._looked: dt.datetime | None = None

    def __len__(self) -> int:
        return len(self._posts)

    def matches(self, case_ids: Sequence[int], *, now: dt.datetime) -> list[tuple[int, list[Ranked]]]:
        """Return the likely posts of the other side for each of these cases (new ones, or with new messages)."""
        with self._lock:
            for pk in self._posts.keys() & set(case_ids):  # its text has changed since
                assert self._matcher is not None
                self._matcher.remove(str(pk))
                del self._posts[pk]
            matcher = self._fresh(case_ids, now=now)
            found = [(pk, matcher.candidates(self._posts[pk], limit=MOST)) for pk in case_ids if pk in self._posts]
        return [(pk, [r for r in ranked if r.score >= LIKELY]) for pk, ranked in found]

    def _fresh(self, case_ids: Sequence[int], *, now: dt.datetime) -> Matcher:
        if self._matcher is None or self._gazetteer is not gazetteer():
            self._gazetteer, self._posts, self._looked = gazetteer(), {}, None
            self._matcher = Matcher(self._gazetteer)
        newest = max(self._posts, default=0) - _LATE  # opened by another worker in the meantime
        wanted = {*case_ids, *_open(now=now).filter(pk__gt=newest).values_list("pk", flat=True)}
        if self._looked is None or not dt.timedelta() <= now - self._looked < _LOOK_AGAIN:
            self._looked, wanted = now, set(_open(now=now).values_list("pk", flat=True))
            for gone in self._posts.keys() - wanted:
                self._matcher.remove(str(gone))
                del self._posts[gone]
        missing = sorted(wanted - self._posts.keys())
        for start in range(0, len(missing), _CHUNK):
            for pk, post in posts(_open(now=now).filter(pk__in=missing[start : start + _CHUNK])).items():
                self._posts[pk] = post
                self._matcher.add(post)
        return self._matcher


board = Board()


def _open(*, now: dt.datetime) -> Any:
    """Return lost and found cases of the last weeks; nothing sensitive is ever matched."""
    # nosemgrep: query-without-sight  matching is over all units; the output is limited to visible cases below
    return Case.objects.filter(category__in=SIDES, is_open=True, sensitive=False, opened_at__gte=now - LASTS)


def posts(cases: Any) -> dict[int, Post]:
    """Return the report text of each case as a post. `cases`: a query set."""
    rows = list(cases.values_list(*_COLUMNS))
    told: dict[int, list[str]] = {}
    links = CaseMessage.objects.filter(case_id__in=[r[0] for r in rows], detached_at=None).order_by("pk")
    for pk, text in links.values_list("case_id", "message__text"):
        told.setdefault(pk, []).append(text)
    codes = {c.area_id: c.code for c in directory().communes.values()}
    return {
        pk: Post(str(pk), SIDES[category], "\n".join(told.get(pk, ()))[:_LONGEST], opened_at, codes.get(commune))
        for pk, category, opened_at, commune in rows
    }


def opposite(one: Case, other: Case) -> bool:
    """Return whether one case is lost and the other found, and neither is sensitive or restricted."""
    open_ = not (one.sensitive or other.sensitive or one.apart or other.apart)
    return open_ and {one.category, other.category} == set(SIDES)


def partners(case: Case) -> list[Case]:
    """Return cases linked with this one as the same item, in any unit. For services, and for `list_linked`."""
    if case.category not in SIDES or case.sensitive:
        return []
    with entered(PROGRAM):
        rows = Relation.objects.filter(case=case, kind=Relation.Kind.MATCH).select_related("other__unit")
        return [row.other for row in rows.order_by("id") if opposite(case, row.other)]


def linked(officer: Any, case: Case) -> list[Linked]:
    """List the linked cases. Takes the officer: the case must be visible to them."""
    others = partners(case)
    if not others:
        return []
    ids = [other.pk for other in others]
    seen = set(Case.objects.filter(access.cases(officer), pk__in=ids).values_list("pk", flat=True))
    with entered(PROGRAM):  # only words of the reader's lists leave this function, no text
        things = _things(ids)
    return [
        Linked(o.code, o.unit.name, o.category, things.get(o.pk, ""), o.is_open, o.pk in seen) for o in others
    ]  # fmt: skip


def _things(case_ids: Sequence[int]) -> dict[int, str]:
    """Return by case the item, its colours and its brand as the reader found them: «ví da, nâu»."""
    found: dict[int, list[str]] = {}
    links = CaseMessage.objects.filter(case_id__in=case_ids, detached_at=None).order_by("pk")
    for pk, entities in links.values_list("case_id", "message__reading__entities"):
        found.setdefault(pk, []).extend(str(e["text"]).lower() for e in entities or () if e.get("type") in _THING)
    return {pk: ", ".join(list(dict.fromkeys(words))[:_MOST_WORDS])[:80] for pk, words in found.items()}


def matches(officer: Any, case: Case, *, without: Collection[str] = (), now: dt.datetime) -> Matches:
    """Return the open matches of this case; of those in other units only the number.

    `without`: codes of cases already linked.
    """
    if case.category not in SIDES or case.sensitive:
        return Matches()
    codes = named([case.pk]).get(case.pk, set()) - set(without)
    others = _open(now=now).filter(code__in=codes).exclude(category=case.category)
    with entered(PROGRAM):  # of matches in other units only the number leaves this function
        told = posts(others)
    # nosemgrep: query-without-sight  the case that the officer has open
    mine = posts(Case.objects.filter(pk=case.pk)).get(case.pk)
    if mine is None or not told:
        return Matches()
    seen = {c.pk: c for c in others.filter(access.cases(officer))}
    ranked = rank(mine, [post for pk, post in told.items() if pk in seen], gazetteer())
    likely = tuple(Likely(seen[int(r.id)], r.score, r.reasons) for r in ranked)
    return Matches(likely, len(told) - len(seen))


def likely(officer: Any, categories: Mapping[int, str], *, now: dt.datetime) -> set[int]:
    """Return which cases (id → category) matched a visible open case of the other side.

    One statement for all, a second where something matched.
    """
    codes = named(categories) if categories else {}
    if not codes:
        return set()
    wanted = set().union(*codes.values())
    others = dict(_open(now=now).filter(access.cases(officer), code__in=wanted).values_list("code", "category"))
    return {pk for pk in codes if any(others.get(code, categories[pk]) != categories[pk] for code in codes[pk])}


def named(case_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return by case the codes of its matches so far."""
    found: dict[int, set[str]] = {}
    events = CaseEvent.objects.filter(case_id__in=prepared_queries.among(), verb=Verb.MATCHED).values("case_id", "data")
    for row in prepared_queries.rows("matched", lambda: events, {prepared_queries.NUMBERS: list(case_ids)}):
        data: event_data.Matched = orjson.loads(row["data"])
        found.setdefault(row["case_id"], set()).update(data.get("cases", ()))
    return found
