"""Lost and found matching, limited to the visibility of the officer.

The open posts of the province are ranked by `language.lostfound`.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from binhyen.areas.queries import get_directory, get_gazetteer
from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Relation
from binhyen.kit import prepared_queries
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.language.lostfound.match import FOUND, LOST, Matcher, Post, RankedPost, rank_posts
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.people import access

SIDES = {"lost_item": LOST, "found_item": FOUND}
PERSON_SIDES = ("missing_person", "found_person")  # matched by the feature of missing people
POST_LIFETIME = dt.timedelta(days=60)
MIN_SCORE = 0.6  # minimum score to notify the desks
MAX_MATCHES = 5  # matches of one new post
_REFRESH_INTERVAL = dt.timedelta(minutes=1)
_COMMIT_LAG = 500  # ids below the newest that may have been committed after it
_CHUNK = 1000
_MAX_CHARS = 2000
_MAX_REGISTER_CHARS = 600
_COLUMNS = ("pk", "category", "opened_at", "commune_id", "snippet")
_ITEM_ENTITIES = (
    "ITEM",
    "COLOR",
    "BRAND",
)  # of the entities of the reader: words of its lists, never a name or a number
_MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class LikelyMatch:
    """A case of the other side that may be about the same item; `score` 0..1, reasons strongest first."""

    case: Case
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Matches of a case: `visible_matches`, best first; `elsewhere`: the number of matches in other units."""

    visible_matches: tuple[LikelyMatch, ...] = ()
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """The linked case of the other side, confirmed by an officer with access to both.

    Where it is not visible (`is_visible` is false) a page may show only these fields: code, unit, category, and the
    item in words of the reader's lists.
    """

    code: str
    unit: str
    category: str
    item: str
    is_open: bool
    is_visible: bool


class PostIndex:
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

    def matches(self, case_ids: Sequence[int], *, now: dt.datetime) -> list[tuple[int, list[RankedPost]]]:
        """Return the likely posts of the other side for each of these cases (new ones, or with new messages)."""
        with self._lock:
            for pk in self._posts.keys() & set(case_ids):  # its text has changed since
                assert self._matcher is not None
                self._matcher.remove(str(pk))
                del self._posts[pk]
            matcher = self._refresh(case_ids, now=now)
            ranked_posts = [
                (pk, matcher.find_candidates(self._posts[pk], limit=MAX_MATCHES))
                for pk in case_ids
                if pk in self._posts
            ]
        return [(pk, [match for match in ranked if match.score >= MIN_SCORE]) for pk, ranked in ranked_posts]

    def _refresh(self, case_ids: Sequence[int], *, now: dt.datetime) -> Matcher:
        if self._matcher is None or self._gazetteer is not get_gazetteer():
            self._gazetteer, self._posts, self._looked = get_gazetteer(), {}, None
            self._matcher = Matcher(self._gazetteer)
        newest = max(self._posts, default=0) - _COMMIT_LAG  # opened by another worker in the meantime
        wanted = {*case_ids, *_select_open(now=now).filter(pk__gt=newest).values_list("pk", flat=True)}
        if self._looked is None or not dt.timedelta() <= now - self._looked < _REFRESH_INTERVAL:
            self._looked, wanted = now, set(_select_open(now=now).values_list("pk", flat=True))
            for gone in self._posts.keys() - wanted:
                self._matcher.remove(str(gone))
                del self._posts[gone]
        missing = sorted(wanted - self._posts.keys())
        for start in range(0, len(missing), _CHUNK):
            for pk, post in load_posts(_select_open(now=now).filter(pk__in=missing[start : start + _CHUNK])).items():
                self._posts[pk] = post
                self._matcher.add(post)
        return self._matcher


post_index = PostIndex()


def _select_open(*, now: dt.datetime) -> Any:
    """Return lost and found cases of the last weeks; nothing sensitive is ever matched."""
    # nosemgrep: query-without-sight  matching is over all units; the output is limited to visible cases below
    return Case.objects.filter(category__in=SIDES, is_open=True, sensitive=False, opened_at__gte=now - POST_LIFETIME)


def load_posts(cases: Any) -> dict[int, Post]:
    """Return each case as a post: the text of its report, or its own words from the counter, and those of its register.

    Takes a query set. The register's words may hold hidden details: a post is compared, never shown.
    """
    rows = list(cases.values_list(*_COLUMNS))
    register_texts = _load_register_texts([row[0] for row in rows if SIDES[row[1]] == FOUND])
    texts: dict[int, list[str]] = {}
    links = CaseMessage.objects.filter(case_id__in=[row[0] for row in rows], detached_at=None).order_by("pk")
    for pk, text in links.values_list("case_id", "message__text"):
        texts.setdefault(pk, []).append(text)
    codes = {commune_entry.area_id: commune_entry.code for commune_entry in get_directory().communes.values()}
    return {
        pk: Post(
            str(pk),
            SIDES[category],
            "\n".join(texts.get(pk, (snippet,)))[:_MAX_CHARS] + register_texts.get(pk, ""),
            opened_at,
            codes.get(commune),
        )
        for pk, category, opened_at, commune, snippet in rows
    }


def _load_register_texts(case_ids: Sequence[int]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for path in settings.LOST_FOUND_TEXTS if case_ids else ():
        for pk, text in import_string(path)(case_ids).items():
            texts[pk] = f"{texts.get(pk, '')}\n{text[:_MAX_REGISTER_CHARS]}"
    return texts


def is_opposite(left: Case, right: Case) -> bool:
    """Return whether one case is lost or missing and the other found, and neither is sensitive or restricted."""
    open_ = not (left.sensitive or right.sensitive or left.is_restricted or right.is_restricted)
    return open_ and {left.category, right.category} in (set(SIDES), set(PERSON_SIDES))


def list_partners(case: Case) -> list[Case]:
    """Return cases linked with this one as the same item, in any unit. For services, and for `list_linked`."""
    if case.category not in (*SIDES, *PERSON_SIDES) or case.sensitive:
        return []
    with rls_scope(PROGRAM_SCOPE):
        rows = Relation.objects.filter(case=case, kind=Relation.Kind.MATCH).select_related("related_case__unit")
        return [row.related_case for row in rows.order_by("id") if is_opposite(case, row.related_case)]


def list_linked(officer: Any, case: Case) -> list[LinkedCase]:
    """List the linked cases. Takes the officer: the case must be visible to them."""
    others = list_partners(case)
    if not others:
        return []
    ids = [partner_case.pk for partner_case in others]
    visible_ids = set(Case.objects.filter(access.filter_cases(officer), pk__in=ids).values_list("pk", flat=True))
    with rls_scope(PROGRAM_SCOPE):  # only words of the reader's lists leave this function, no text
        items = _get_items(ids)
    return [
        LinkedCase(
            partner.code,
            partner.unit.name,
            partner.category,
            items.get(partner.pk, ""),
            partner.is_open,
            partner.pk in visible_ids,
        )
        for partner in others
    ]


def _get_items(case_ids: Sequence[int]) -> dict[int, str]:
    """Return by case the item, its colours and its brand as the reader found them: «ví da, nâu»."""
    items: dict[int, list[str]] = {}
    links = CaseMessage.objects.filter(case_id__in=case_ids, detached_at=None).order_by("pk")
    for pk, entities in links.values_list("case_id", "message__reading__entities"):
        items.setdefault(pk, []).extend(
            str(entity["text"]).lower() for entity in entities or () if entity.get("type") in _ITEM_ENTITIES
        )
    return {pk: ", ".join(list(dict.fromkeys(words))[:_MAX_WORDS])[:80] for pk, words in items.items()}


def list_matches(officer: Any, case: Case, *, without: Collection[str] = (), now: dt.datetime) -> MatchResult:
    """Return the open matches of this case; of those in other units only the number.

    `without`: codes of cases already linked.
    """
    if case.category not in SIDES or case.sensitive:
        return MatchResult()
    codes = get_matched_codes([case.pk]).get(case.pk, set()) - set(without)
    others = _select_open(now=now).filter(code__in=codes).exclude(category=case.category)
    with rls_scope(PROGRAM_SCOPE):  # of matches in other units only the number leaves this function
        posts_by_id = load_posts(others)
    # nosemgrep: query-without-sight  the case that the officer has open
    own_post = load_posts(Case.objects.filter(pk=case.pk)).get(case.pk)
    if own_post is None or not posts_by_id:
        return MatchResult()
    visible_cases = {candidate.pk: candidate for candidate in others.filter(access.filter_cases(officer))}
    ranked = rank_posts(own_post, [post for pk, post in posts_by_id.items() if pk in visible_cases], get_gazetteer())
    likely = tuple(LikelyMatch(visible_cases[int(match.id)], match.score, match.reasons) for match in ranked)
    return MatchResult(likely, len(posts_by_id) - len(visible_cases))


def find_cases_with_matches(officer: Any, categories: Mapping[int, str], *, now: dt.datetime) -> set[int]:
    """Return which cases (id → category) matched a visible open case of the other side.

    One statement for all, a second where something matched.
    """
    codes = get_matched_codes(categories) if categories else {}
    if not codes:
        return set()
    wanted = set().union(*codes.values())
    others = dict(
        _select_open(now=now).filter(access.filter_cases(officer), code__in=wanted).values_list("code", "category")
    )
    return {pk for pk in codes if any(others.get(code, categories[pk]) != categories[pk] for code in codes[pk])}


def get_matched_codes(case_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return by case the codes of its matches so far."""
    codes_by_case: dict[int, set[str]] = {}
    events = CaseEvent.objects.filter(case_id__in=prepared_queries.ids_subquery(), verb=Verb.MATCHED).values(
        "case_id", "data"
    )
    for row in prepared_queries.fetch_rows("matched", lambda: events, {prepared_queries.ID_LIST_PARAM: list(case_ids)}):
        data: event_data.MatchedData = orjson.loads(row["data"])
        codes_by_case.setdefault(row["case_id"], set()).update(data.get("cases", ()))
    return codes_by_case
