"""Open cases that a new report may duplicate, for intake (which acts as the system, not for an officer).

Also the report texts of cases, with features extracted for comparing.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from django.db import connection

from binhyen.areas import queries as areas
from binhyen.cases.choices import COMPLAINT_LANES, OPEN_STATES
from binhyen.cases.incident_features import Incident, IncidentFeatures, ReportMessage, extract_features
from binhyen.language.places import Gazetteer
from binhyen.language.reading import DANGER, Entity

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
SELECT c.id, c.category, c.urgency, c.sensitive, c.unit_id, c.commune_id, c.opened_at, c.folded, c.version
FROM unnest(%(units)s::bigint[]) AS u(id) CROSS JOIN LATERAL (
    SELECT * FROM cases_case
    WHERE unit_id = u.id AND state IN ({_OPEN_STATES_SQL}) AND opened_at >= %(since)s
        AND (urgency >= %(danger)s OR category = ANY(%(categories)s) AND NOT sensitive)
        AND NOT apart AND barred IS NULL AND lane <> ALL(%(complaints)s)
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
WHERE m.sealed IS NULL AND m.text <> ''
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
