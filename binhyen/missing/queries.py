"""Reads of the register: an officer sees the records of visible cases; current appeals are public."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from binhyen.areas.models import Area
from binhyen.areas.queries import get_directory
from binhyen.cases.models import Case, CaseMessage
from binhyen.channels.models import Attachment
from binhyen.kit import file_storage
from binhyen.kit.clock import start_of_day, to_vietnam_day
from binhyen.kit.ids import normalize_code
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.missing.models import PersonRecord, SearchedArea, Sighting
from binhyen.missing.rules.matching import (
    LIST_SCORE,
    SAME_PERSON_SCORE,
    PersonFacts,
    PersonMatch,
    compute_distance_km,
    compute_radius_km,
    rank_people,
)
from binhyen.missing.rules.names import NameIndex
from binhyen.missing.rules.records import (
    MISSING_CATEGORY,
    UNIDENTIFIED_CATEGORY,
    Movement,
    PersonKind,
    RecordSide,
    SightingVerdict,
)
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.privacy.retention_registry import RetentionStatus

PAGE_SIZE = 30
MAX_APPEALS = 200
MAX_MATCHED = 2_000  # open records of the other side that are compared
MAX_MATCHES = 8
MIN_NAME_SCORE = 0.55
CATEGORIES = (MISSING_CATEGORY, UNIDENTIFIED_CATEGORY)


def list_records(officer: Any, *, tab: str = "", cursor: str = "") -> Page[PersonRecord]:
    """Return records of the visible cases, newest first. `tab`: «review» for releases that wait, «ended»; else open."""
    rows = _select_records(officer)
    if tab == "review":
        rows = rows.filter(pk__in=select_unreviewed(officer))
    else:
        rows = rows.filter(case__is_open=tab != "ended")
    waiting = Count("sightings", filter=Q(sightings__verdict=SightingVerdict.OPEN))
    return paginate_descending(
        f"missing/{tab}",
        rows.select_related("case", "photo").annotate(waiting=waiting),
        ("id",),
        cursor=cursor,
        limit=PAGE_SIZE,
    )


def _select_records(officer: Any) -> "QuerySet[PersonRecord]":
    return PersonRecord.objects.filter(access.filter_cases(officer, "case__"))


def select_unreviewed(officer: Officer) -> "QuerySet[PersonRecord]":
    """Return the released records that another officer than this one released and that wait for a review."""
    return (
        _select_records(officer)
        .filter(released_at__isnull=False, reviewed_at=None, case__is_open=True)
        .exclude(released_by=officer.pk)
    )


def find_similar_names(officer: Any, name: str) -> list[PersonRecord]:
    """Return visible open records with a similar name, best first: tones, order, dialect and typing errors allowed."""
    rows = list(
        _select_records(officer).filter(case__is_open=True).select_related("case").order_by("-id")[:MAX_MATCHED]
    )
    index, rows_by_id = NameIndex(), {row.pk: row for row in rows}
    for row in rows:
        for number, written in enumerate(filter(None, (row.name, *row.other_names.split(",")))):
            index.add(f"{row.pk}/{number}", written)
    similar = [int(id.partition("/")[0]) for id, score in index.find(name, limit=PAGE_SIZE) if score >= MIN_NAME_SCORE]
    return [rows_by_id[pk] for pk in dict.fromkeys(similar)]


def find_record(officer: Any, public_id: UUID) -> PersonRecord | None:
    """Return a record with its case; None where it is not visible to the officer."""
    rows = _select_records(officer).filter(public_id=public_id)
    return rows.select_related("case", "case__unit", "officer", "released_by", "reviewed_by", "photo").first()


def find_record_of_case(officer: Any, case_id: int) -> PersonRecord | None:
    return _select_records(officer).filter(case_id=case_id).first()


def is_record_registrable(case: Case) -> bool:
    """Return whether a record may be entered for this case."""
    return case.category in CATEGORIES and case.is_open and not case.is_restricted


def list_case_photos(officer: Any, case: Case) -> list[Attachment]:
    """Return the pictures of the messages of a visible case, newest first."""
    messages = CaseMessage.objects.filter(access.filter_cases(officer, "case__"), case=case, detached_at=None)
    rows = Attachment.objects.filter(
        message__in=messages.values("message_id"), state=Attachment.State.READY, restricted_key=None, shown_lock=None
    )
    return list(rows.exclude(preview="").order_by("-id")[:8])


def list_sightings(record: PersonRecord) -> Sequence[Sighting]:
    """Return the sightings of a record that the officer may see, the latest sighting first."""
    return list(record.sightings.select_related("officer", "photo").order_by("-seen_at", "-id"))


def list_searched_areas(record: PersonRecord) -> Sequence[SearchedArea]:
    return list(record.searched_areas.select_related("officer").order_by("-searched_at", "-id"))


def read_photo(photo: Attachment | None) -> bytes | None:
    """Return the re-encoded copy of a picture; None where there is none any more."""
    if photo is None or photo.state != Attachment.State.READY or not photo.preview:
        return None
    try:
        return file_storage.read_file(photo.preview)
    except FileNotFoundError:
        return None


# Places and areas.


@lru_cache(maxsize=4)
def _load_commune_points(token: str) -> dict[int, tuple[float, float]]:
    ids = [entry.area_id for entry in get_directory().communes.values()]
    rows = Area.objects.filter(pk__in=ids, latitude__isnull=False, longitude__isnull=False)
    points = rows.values_list("pk", "latitude", "longitude")
    return {pk: (lat, lon) for pk, lat, lon in points if lat is not None and lon is not None}


def get_commune_points() -> dict[int, tuple[float, float]]:
    """Return the point of each commune by its area: latitude, longitude."""
    return _load_commune_points(get_directory().token)


def list_commune_names() -> dict[int, str]:
    return {entry.area_id: entry.full_name for entry in get_directory().communes.values()}


def get_point(record: PersonRecord) -> tuple[float, float] | None:
    """Return the point of a record, or that of its commune."""
    if record.latitude is not None and record.longitude is not None:
        return record.latitude, record.longitude
    return get_commune_points().get(record.commune_id or 0)


def get_distance_km(record: PersonRecord, sighting: Sighting) -> float | None:
    """Return the distance of a sighting in another commune from the last place; None where one is not known."""
    start, end = get_point(record), get_commune_points().get(sighting.commune_id or 0)
    if start is None or end is None or sighting.commune_id == record.commune_id:
        return None
    return compute_distance_km(start, end)


def compute_radius(record: PersonRecord, *, now: dt.datetime) -> float:
    return compute_radius_km(PersonKind(record.kind), Movement(record.movement), now - record.seen_at)


def list_communes_within(record: PersonRecord, radius_km: float) -> list[int]:
    """Return the communes within a radius of the last place, nearest first; that of the record always."""
    point = get_point(record)
    if point is None:
        return [record.commune_id] if record.commune_id else []
    distances = {area: compute_distance_km(point, other) for area, other in get_commune_points().items()}
    near = sorted((km, area) for area, km in distances.items() if km <= radius_km)
    ids = [area for _, area in near]
    return ids if record.commune_id in ids or record.commune_id is None else [record.commune_id, *ids]


# Matching.


def to_person_facts(record: PersonRecord) -> PersonFacts:
    return PersonFacts(
        id=str(record.pk),
        side=record.side,
        kind=record.kind,
        names=tuple(filter(None, [record.name, *(name.strip() for name in record.other_names.split(","))])),
        sex=record.sex,
        age_low=record.age_low,
        age_high=record.age_high,
        clothes=record.clothes,
        marks=record.marks,
        point=get_point(record),
        seen_at=record.seen_at,
        movement=record.movement,
    )


@dataclass(frozen=True, slots=True)
class RecordMatch:
    """A likely pair. `record`: None where its case is not visible; then `unit` is the unit to call."""

    match: PersonMatch
    record: PersonRecord | None
    unit: str


def _select_comparable(record: PersonRecord, *, is_same_side: bool) -> "QuerySet[PersonRecord]":
    """Return the newest open records that no certain fact excludes."""
    rows = PersonRecord.objects.filter(case__is_open=True, case__is_restricted=False).exclude(pk=record.pk)
    rows = rows.filter(side=record.side) if is_same_side else rows.exclude(side=record.side)
    if record.sex in ("FEMALE", "MALE"):
        rows = rows.filter(sex__in=(record.sex, "UNKNOWN"))
    return rows.order_by("-id")[:MAX_MATCHED]


def rank_comparable(record: PersonRecord, *, minimum: float, is_same_side: bool = False) -> list[PersonMatch]:
    """Return the likely records over all units, best first. For services, and for `list_record_matches`."""
    with rls_scope(PROGRAM_SCOPE):
        others = [to_person_facts(other) for other in _select_comparable(record, is_same_side=is_same_side)]
    return rank_people(to_person_facts(record), others, minimum=minimum)[:MAX_MATCHES]


def list_record_matches(officer: Any, record: PersonRecord) -> list[RecordMatch]:
    """Return likely records of the other side; of those in other units only the unit and the reasons."""
    return _to_visible(officer, rank_comparable(record, minimum=LIST_SCORE))


def list_same_person(officer: Any, record: PersonRecord) -> list[RecordMatch]:
    """Return open records of the same side that are likely of the same person, e.g. reported by two relatives."""
    return _to_visible(officer, rank_comparable(record, minimum=SAME_PERSON_SCORE, is_same_side=True))


def _to_visible(officer: Any, matches: Iterable[PersonMatch]) -> list[RecordMatch]:
    matches = list(matches)
    ids = [int(match.id) for match in matches]
    visible = {row.pk: row for row in _select_records(officer).filter(pk__in=ids).select_related("case")} if ids else {}
    with rls_scope(PROGRAM_SCOPE):  # of the others only the unit leaves this function
        units = dict(PersonRecord.objects.filter(pk__in=ids).values_list("pk", "case__unit_id")) if ids else {}
    directory = get_directory()
    return [
        RecordMatch(match, visible.get(int(match.id)), directory.unit_name(units[int(match.id)]))
        for match in matches
        if int(match.id) in units
    ]


# Everybody: current appeals. Names the public columns only.


@dataclass(frozen=True, slots=True)
class Appeal:
    """A current appeal on the public page."""

    code: str
    side: str
    kind: str
    name: str
    age_low: int | None
    age_high: int | None
    sex: str
    clothes: str
    marks: str
    place: str
    commune: str
    seen_at: dt.datetime
    unit: str
    until: dt.date
    has_photo: bool


def _select_appeals(now: dt.datetime) -> "QuerySet[PersonRecord]":
    """Return the records that are public now: a consent withdrawn or a case ended recalls them at once."""
    return PersonRecord.objects.filter(
        released_at__isnull=False,
        recalled_at__isnull=True,
        public_until__gte=to_vietnam_day(now),
        case__is_open=True,
        consent__withdrawn_at__isnull=True,
    )


def is_appeal_public(record: PersonRecord, *, now: dt.datetime) -> bool:
    return record.pk in list_current_appeal_ids([record.pk], now=now)


def list_current_appeal_ids(record_ids: Iterable[int], *, now: dt.datetime) -> frozenset[int]:
    """Return which of these records are public now."""
    with rls_scope(PROGRAM_SCOPE):
        return frozenset(_select_appeals(now).filter(pk__in=list(record_ids)).values_list("pk", flat=True))


def list_appeals(*, now: dt.datetime, commune_code: str = "") -> list[Appeal]:
    """Return the current appeals, newest first; with a commune those whose search radius reaches it."""
    with rls_scope(PROGRAM_SCOPE):
        rows = list(_select_appeals(now).select_related("case", "photo").order_by("-released_at", "-pk")[:MAX_APPEALS])
    entry = get_directory().communes.get(commune_code)
    if entry is not None:
        rows = [row for row in rows if entry.area_id in list_communes_within(row, compute_radius(row, now=now))]
    names = list_commune_names()
    return [_to_appeal(row, names) for row in rows]


def find_appeal(code: str, *, now: dt.datetime) -> Appeal | None:
    """Return a current appeal by its code."""
    with rls_scope(PROGRAM_SCOPE):
        row = _select_appeals(now).filter(code=_to_code(code)).select_related("case", "photo").first()
    return None if row is None else _to_appeal(row, list_commune_names())


def has_ended_appeal(code: str) -> bool:
    """Return whether an appeal under this code was public once; its page then asks to delete copies."""
    with rls_scope(PROGRAM_SCOPE):
        return PersonRecord.objects.filter(code=_to_code(code), released_at__isnull=False).exists()


def find_appeal_photo(code: str, *, now: dt.datetime) -> bytes | None:
    """Return the picture of a current appeal; None from the moment of its recall."""
    with rls_scope(PROGRAM_SCOPE):
        row = _select_appeals(now).filter(code=_to_code(code), shows_photo=True).select_related("photo").first()
        return None if row is None else read_photo(row.photo)


def _to_code(code: str) -> str:
    return normalize_code(code[:24])[:8]


def _to_appeal(row: PersonRecord, names: dict[int, str]) -> Appeal:
    return Appeal(
        code=row.code,
        side=row.side,
        kind=row.kind,
        name=row.name if row.side == RecordSide.MISSING else "",
        age_low=row.age_low,
        age_high=row.age_high,
        sex=row.sex,
        clothes=row.clothes,
        marks=row.marks,
        place=row.place,
        commune=names.get(row.commune_id or 0, ""),
        seen_at=row.seen_at,
        unit=get_directory().unit_name(row.case.unit_id),
        until=row.public_until or row.seen_at.date(),
        has_photo=row.shows_photo and row.photo is not None and bool(row.photo.preview),
    )


TOMBSTONE_DAYS = 60


@dataclass(frozen=True, slots=True)
class PublishedAppeal:
    """A released record for other systems: the appeal, or only its dates once it ended."""

    public_id: UUID
    released_at: dt.datetime
    ended_at: dt.datetime
    appeal: Appeal | None


def list_published_appeals(*, now: dt.datetime) -> list[PublishedAppeal]:
    """Return current appeals and those ended lately, without details, so that mirrors delete them too."""
    with rls_scope(PROGRAM_SCOPE):
        released = PersonRecord.objects.filter(released_at__gte=now - dt.timedelta(days=TOMBSTONE_DAYS))
        rows = list(released.select_related("case", "photo").order_by("-released_at", "-pk")[:MAX_APPEALS])
    public_ids, names = list_current_appeal_ids([row.pk for row in rows], now=now), list_commune_names()
    return [
        PublishedAppeal(
            public_id=row.public_id,
            released_at=row.released_at or row.at,
            ended_at=_get_end(row, is_current=row.pk in public_ids, now=now),
            appeal=_to_appeal(row, names) if row.pk in public_ids else None,
        )
        for row in rows
    ]


def _get_end(row: PersonRecord, *, is_current: bool, now: dt.datetime) -> dt.datetime:
    last_day_ends = start_of_day((row.public_until or to_vietnam_day(now)) + dt.timedelta(days=1))
    return (
        last_day_ends if is_current else min(now, last_day_ends, *filter(None, (row.recalled_at, row.case.closed_at)))
    )


# Retention.


def select_erased_records() -> "QuerySet[PersonRecord]":
    """Return the records whose case lost its content: their own content goes too."""
    return PersonRecord.objects.filter(case__erased_at__isnull=False)


def get_record_retention_status(now: dt.datetime) -> RetentionStatus:
    oldest = PersonRecord.objects.order_by("at").values_list("at", flat=True).first()
    return RetentionStatus(PersonRecord.objects.count(), select_erased_records().count(), oldest)


def select_unrecalled() -> "QuerySet[PersonRecord]":
    """Return released records whose case ended while their recall was not done yet."""
    ended = Q(case__is_open=False) | Q(case__merged_into__isnull=False)
    return PersonRecord.objects.filter(ended, released_at__isnull=False, recalled_at__isnull=True).order_by("id")
