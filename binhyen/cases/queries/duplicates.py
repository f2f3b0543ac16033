"""Cheap test whether two cases may be the same incident. Pure.

People on both sides of a commune border report the same event, and the police of each side open a case; this only
informs officers with access to both, nothing is merged. Stricter than within a commune: a shared number, points close
together, or distinctive words in both.
"""

import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import orjson
from django.db import connection

from binhyen.areas import queries as areas
from binhyen.cases.choices import COMPLAINT_LANES, OPEN_STATES
from binhyen.cases.incident_features import Incident, ReportMessage
from binhyen.kit.i18n_markers import N_
from binhyen.language.dedup.judgement import IncidentFeatures, extract_features
from binhyen.language.dedup.report_features import idf_weight, is_common
from binhyen.language.distinctive_ids import is_public_phone
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import DANGER, Entity

# Open cases that a new report may duplicate, for intake (which acts as the system, not for an officer).
#
# Also the report texts of cases, with features extracted for comparing.

_CACHE_SIZE = 8192  # report texts in the cache of this process
_feature_cache: dict[tuple[int, dt.datetime, str, str | None, str], IncidentFeatures] = {}
_cache_gazetteer: list[Gazetteer] = []

_MAX_PER_UNIT = (
    60  # the newest open cases of each unit, by index cases_unit_open: independent of the size of the register
)
_MAX_LATER_REPORTS = 3  # besides the first of a case
_MAX_NEWEST = 8  # its newest messages, among them further messages of one reporter
_MAX_CHARS = 1000  # characters of one report text
# Literals: with parameters the planner could not choose the partial index cases_unit_open.
_OPEN_STATES_SQL = ", ".join(f"'{state}'" for state in OPEN_STATES)
_INCIDENTS_SQL = f"""
SELECT c.id, c.category, c.urgency, c.sensitive, c.unit_id, c.commune_id, c.opened_at, c.search_text, c.version
FROM unnest(%(units)s::bigint[]) AS u(id) CROSS JOIN LATERAL (
    SELECT * FROM cases_case
    WHERE unit_id = u.id AND state IN ({_OPEN_STATES_SQL}) AND opened_at >= %(since)s
        AND (urgency >= %(danger)s OR category = ANY(%(categories)s) AND NOT sensitive)
        AND NOT is_restricted AND excluded_officers IS NULL AND lane <> ALL(%(complaints)s)
    ORDER BY id DESC LIMIT %(most)s
) AS c
"""  # noqa: S608  constants of this module
_REPORTS_SQL = """
SELECT w.id, m.id, t.first, left(m.text, %(longest)s), m.sent_at, m.category, m.reading ->> 'top',
    m.reading ->> 'entities', m.latitude, m.longitude
FROM unnest(%(cases)s::bigint[]) AS w(id)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (s.reporter_id) l.message_id, l.first FROM (
        (SELECT id, message_id, true AS first FROM cases_casemessage
        WHERE case_id = w.id AND detached_at IS NULL ORDER BY id LIMIT 1)
        UNION ALL
        (SELECT id, message_id, false FROM cases_casemessage
        WHERE case_id = w.id AND detached_at IS NULL ORDER BY id DESC LIMIT %(most)s)
    ) AS l JOIN channels_message AS s ON s.id = l.message_id
    ORDER BY s.reporter_id, l.id, l.first DESC
) AS t
JOIN channels_message AS m ON m.id = t.message_id
WHERE m.ciphertext IS NULL AND m.text <> ''
ORDER BY w.id, t.message_id
"""


def list_open_incidents(*, units: Collection[int], categories: Collection[str], since: dt.datetime) -> list[Incident]:
    """Return the newest open cases of these units that a report may join: danger to life, or these categories.

    Sensitive cases only of danger; no complaints.
    """
    params: dict[str, Any] = {
        "units": list(units),
        "categories": list(categories),
        "since": since,
        "most": _MAX_PER_UNIT,
        "complaints": sorted(COMPLAINT_LANES),
        "danger": DANGER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INCIDENTS_SQL, params)
        rows = cursor.fetchall()
    return [
        Incident(
            pk,
            category,
            urgency,
            sensitive,
            is_complaint=False,
            unit_id=unit,
            commune_id=commune,
            at=opened_at,
            folded=folded,
            version=version,
        )
        for pk, category, urgency, sensitive, unit, commune, opened_at, folded, version in rows
    ]


def list_report_messages(case_ids: Collection[int]) -> dict[int, list[ReportMessage]]:
    """Return the first message of each reporter: of the first reporter and of the latest ones, at most four a case."""
    with connection.cursor() as cursor:
        cursor.execute(_REPORTS_SQL, {"cases": list(case_ids), "most": _MAX_NEWEST, "longest": _MAX_CHARS})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    messages_by_case: dict[int, list[ReportMessage]] = {}
    for pk, message, opening, text, sent_at, category, top, entities, north, east in rows:
        point = (north, east) if north is not None and east is not None else None
        report = ReportMessage(message, opening, text, sent_at, category, top or "[]", entities or "[]", point)
        messages_by_case.setdefault(pk, []).append(report)
    return {
        pk: [*case_reports[:1], *case_reports[1:][-_MAX_LATER_REPORTS:]]
        for pk, case_reports in messages_by_case.items()
    }


def load_report_features(
    cases: Mapping[int, tuple[str, int | None]], gazetteer: Gazetteer
) -> dict[int, list[IncidentFeatures]]:
    """Return the features of the report texts of these cases. `cases`: id → category, commune."""
    if not cases:
        return {}
    if not _cache_gazetteer or _cache_gazetteer[0] is not gazetteer or len(_feature_cache) > _CACHE_SIZE:
        _feature_cache.clear()
        _cache_gazetteer[:] = [gazetteer]
    codes = {entry.area_id: entry.code for entry in areas.get_directory().communes.values()}
    features = {}
    for pk, case_messages in list_report_messages(list(cases)).items():
        category, commune = cases[pk]
        features[pk] = [
            _extract_cached(message, category, codes.get(commune or 0), gazetteer) for message in case_messages
        ]
    return features


def _extract_cached(
    message: ReportMessage, category: str, commune: str | None, gazetteer: Gazetteer
) -> IncidentFeatures:
    """Extract the features of one message; the category set by an officer overrides the reader's."""
    corrected_category = category if message.opening and message.category != category else ""
    # with the text, because it may have been erased
    key = (message.message_id, message.at, message.text, commune, corrected_category)
    features = _feature_cache.get(key)
    if features is None:
        chances = (
            {corrected_category: 1.0}
            if corrected_category
            else dict(orjson.loads(message.top)) or {message.category: 1.0}
        )
        entities = [Entity(**entity_data) for entity_data in orjson.loads(message.entities)]
        features = extract_features(message.text, message.at, commune, chances, entities, gazetteer, message.point)
        _feature_cache[key] = features
    return features


MAX_DISTANCE = 1500.0  # metres between two points of an event that a crowd sees
MIN_WORD_WEIGHT = 0.5  # weight of the words in both: a bridge, a load of timber; not «đánh nhau» alone
_MAX_COMPARED = 6  # cases of one commune whose text is compared, per page
_DATE_DIGITS = 8  # digits of a date without separators
_UNIQUE_DIGITS = 7  # digits that make a number unique
# events that a whole hamlet reports at once
_CROWDED, _AT_ONCE = frozenset(("fire", "traffic")), dt.timedelta(minutes=30)
REASON_LABELS = {
    "number": N_("cùng một số"),
    "point": N_("hai điểm gần nhau"),
    "spot": N_("cùng một chỗ"),
    "words": N_("lời kể giống nhau"),
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CaseFeatures:
    """Features of a case for this test.

    `text`: normalized report text; `search_text`: the search text with numbers; `commune_name`: normalized.
    """

    text: str
    folded: str
    home: str
    sensitive: bool
    urgency: int
    point: tuple[float, float] | None


def find_reason(left: CaseFeatures, right: CaseFeatures) -> str:
    """Return why two cases may be the same incident; "" where there is no reason."""
    if _is_confidential(left) or _is_confidential(right):
        return ""
    if shares_number(left, right):
        return "number"
    if left.point and right.point:
        return "point" if _compute_distance(left.point, right.point) <= MAX_DISTANCE else ""
    return "words" if _score_shared_words(left, right) >= MIN_WORD_WEIGHT else ""


def shares_number(left: CaseFeatures, right: CaseFeatures) -> bool:
    """Return whether both name the same plate, account or phone."""
    return bool(_extract_numbers(left) & _extract_numbers(right))


class ClusterCase(NamedTuple):
    """A case for clustering. `near_code`: the code of the case that it is offered to be merged with, or ""."""

    code: str
    near: str
    category: str
    commune_id: int | None
    at: dt.datetime


def cluster_cases(cases: Sequence[ClusterCase]) -> list[list[str]]:
    """Cluster the codes of cases that may be one incident.

    Connected are cases by the offers of intake, and fires or crashes of one commune within 30 minutes.
    Only to show them side by side, never to merge them. Clusters and their codes keep the input order; an offered case
    need not be among the cases.
    """
    leads: dict[str, str] = {}

    def find_root(code: str) -> str:
        while code in leads:
            code = leads[code]
        return code

    def unite(left: str, right: str) -> None:
        if find_root(left) != find_root(right):
            leads[find_root(left)] = find_root(right)

    latest: dict[tuple[str, int | None], ClusterCase] = {}
    for case in sorted(cases, key=lambda case: case.at):
        if case.near:
            unite(case.code, case.near)
        crowd = (case.category, case.commune_id)
        previous = latest.get(crowd)
        if previous is not None and case.at - previous.at <= _AT_ONCE:
            unite(case.code, previous.code)
        if case.category in _CROWDED and case.commune_id is not None:
            latest[crowd] = case
    clusters: dict[str, list[str]] = {}
    for case in cases:
        clusters.setdefault(find_root(case.code), []).append(case.code)
    return list(clusters.values())


def select_closest(features: CaseFeatures, others: Sequence[tuple[T, CaseFeatures]]) -> list[T]:
    """Return the few cases worth comparing by text.

    Most shared distinctive words first, then newest (the input order).
    """
    return [
        item for item, _ in sorted(others, key=lambda pair: -_score_shared_words(features, pair[1]))[:_MAX_COMPARED]
    ]


def _score_shared_words(left: CaseFeatures, right: CaseFeatures) -> float:
    """Return the weight of the shared words, without those of their communes' names."""
    shared = set(left.text.split()) & set(right.text.split()) - set(left.home.split()) - set(right.home.split())
    return sum(idf_weight(word) for word in shared if not is_common(word) and not any(char.isdigit() for char in word))


def _is_confidential(side: CaseFeatures) -> bool:
    return side.sensitive and side.urgency < DANGER  # a danger is public knowledge, even where a person is named in it


def _extract_numbers(side: CaseFeatures) -> set[str]:
    return {
        word
        for word in side.folded.split()
        if sum(char.isdigit() for char in word) >= _UNIQUE_DIGITS and _is_unique_number(word)
    }


def _is_unique_number(word: str) -> bool:
    """Return whether a word is a phone, plate or account: no date (26/11/2026, 26112026), sum (5.000.000), hotline."""
    day = len(word) == _DATE_DIGITS and word[4:6] == "20"
    return word.isalnum() and not day and not is_public_phone(word) and not word.rstrip("d").endswith("000")


def _compute_distance(left: tuple[float, float], right: tuple[float, float]) -> float:
    north = math.radians(right[0] - left[0])
    east = math.radians(right[1] - left[1]) * math.cos(math.radians(left[0]))
    return 6_371_000.0 * math.hypot(north, east)
