"""Open cases that a new report may duplicate, for intake (which acts as the system, not for an officer).

Also the report texts of cases, with features extracted for comparing.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from django.db import connection

from binhyen.areas import queries as areas
from binhyen.cases.choices import COMPLAINTS, OPEN_STATES
from binhyen.cases.incident_features import Incident, Telling, ToldMessage, telling
from binhyen.language.places import Gazetteer
from binhyen.language.reading import DANGER, Entity

_KEPT = 8192  # report texts in the cache of this process
_read: dict[tuple[int, dt.datetime, str, str | None, str], Telling] = {}
_with: list[Gazetteer] = []

_OF_A_UNIT = 60  # the newest open cases of each unit, by index cases_unit_open: independent of the size of the register
_TELLINGS = 3  # besides the first of a case
_NEWEST = 8  # its newest messages, among them further messages of one reporter
_LONGEST = 1000  # characters of one report text
# Literals: with parameters the planner could not choose the partial index cases_unit_open.
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)
_INCIDENTS = f"""
SELECT c.id, c.category, c.urgency, c.sensitive, c.unit_id, c.commune_id, c.opened_at, c.folded, c.version
FROM unnest(%(units)s::bigint[]) AS u(id) CROSS JOIN LATERAL (
    SELECT * FROM cases_case
    WHERE unit_id = u.id AND state IN ({_OPEN}) AND opened_at >= %(since)s
        AND (urgency >= %(danger)s OR category = ANY(%(categories)s) AND NOT sensitive)
        AND NOT apart AND barred IS NULL AND lane <> ALL(%(complaints)s)
    ORDER BY id DESC LIMIT %(most)s
) AS c
"""  # noqa: S608  constants of this module
_TOLD = """
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


def incidents(*, units: Collection[int], categories: Collection[str], since: dt.datetime) -> list[Incident]:
    """Return the newest open cases of these units that a report may join: danger to life, or these categories.

    Sensitive cases only of danger; no complaints.
    """
    asked: dict[str, Any] = {
        "units": list(units), "categories": list(categories), "since": since, "most": _OF_A_UNIT,
        "complaints": sorted(COMPLAINTS), "danger": DANGER,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INCIDENTS, asked)
        rows = cursor.fetchall()
    return [
        Incident(pk, category, urgency, sensitive, complaint=False, unit_id=unit, commune_id=commune, at=at,
                 folded=folded, version=version)
        for pk, category, urgency, sensitive, unit, commune, at, folded, version in rows
    ]  # fmt: skip


def tellings(case_ids: Collection[int]) -> dict[int, list[ToldMessage]]:
    """Return the first message of each reporter: of the first reporter and of the latest ones, at most four a case."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"cases": list(case_ids), "most": _NEWEST, "longest": _LONGEST})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    found: dict[int, list[ToldMessage]] = {}
    for pk, message, opening, text, at, category, top, entities, north, east in rows:
        point = (north, east) if north is not None and east is not None else None
        said = ToldMessage(message, opening, text, at, category, top or "[]", entities or "[]", point)
        found.setdefault(pk, []).append(said)
    return {pk: [*told[:1], *told[1:][-_TELLINGS:]] for pk, told in found.items()}


def read_tellings(cases: Mapping[int, tuple[str, int | None]], gazetteer: Gazetteer) -> dict[int, list[Telling]]:
    """Return the features of the report texts of these cases. `cases`: id → category, commune."""
    if not cases:
        return {}
    if not _with or _with[0] is not gazetteer or len(_read) > _KEPT:
        _read.clear()
        _with[:] = [gazetteer]
    codes = {c.area_id: c.code for c in areas.directory().communes.values()}
    found = {}
    for pk, each in tellings(list(cases)).items():
        category, commune = cases[pk]
        found[pk] = [_read_one(message, category, codes.get(commune or 0), gazetteer) for message in each]
    return found


def _read_one(message: ToldMessage, category: str, commune: str | None, gazetteer: Gazetteer) -> Telling:
    """Extract the features of one message; the category set by an officer overrides the reader's."""
    moved = category if message.opening and message.category != category else ""
    # with the text, because it may have been erased
    key = (message.message_id, message.at, message.text, commune, moved)
    known = _read.get(key)
    if known is None:
        chances = {moved: 1.0} if moved else dict(orjson.loads(message.top)) or {message.category: 1.0}
        entities = [Entity(**each) for each in orjson.loads(message.entities)]
        known = telling(message.text, message.at, commune, chances, entities, gazetteer, message.point)
        _read[key] = known
    return known
