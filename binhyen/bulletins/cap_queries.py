"""CAP messages of released bulletins, and the areas and bulletins that a foreign message is about."""

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from binhyen.areas import queries as areas
from binhyen.bulletins import queries
from binhyen.bulletins.cap.build import GEOCODE, OWN_GEOCODE, CapFacts, build_message, is_alert
from binhyen.bulletins.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapResource,
    format_time,
    parse_circle,
    parse_points,
)
from binhyen.bulletins.cap.signature import sign_document
from binhyen.bulletins.cap.validation import CapRule, list_problems
from binhyen.bulletins.media_texts import AREA_EXCEPT
from binhyen.bulletins.models import Bulletin, CapFeed
from binhyen.bulletins.queries import build_text
from binhyen.bulletins.rules import FILE_TYPES, LOCAL_ZONE, BulletinState

_MAX_DECIMALS = 5
_CERTIFICATE_END = "-----END CERTIFICATE-----"


def list_cap_bulletins(*, now: dt.datetime) -> list[Bulletin]:
    """List the feed's entries: current alerts and those withdrawn lately, newest first in each part."""
    rows = [*queries.list_current(now=now), *queries.list_recently_withdrawn(now=now)]
    return [row for row in rows if is_alert(row.topic, row.ground)]


def build_current_message(bulletin: Bulletin) -> CapMessage:
    """Return the alert or update of a released bulletin, or the cancellation of a withdrawn one."""
    chain = _load_chain(bulletin)
    is_cancellation = bulletin.state == BulletinState.WITHDRAWN
    earlier = chain if is_cancellation else chain[:-1]
    sent_at = (bulletin.ended_at if is_cancellation else bulletin.released_at) or bulletin.changed_at
    expires_at = bulletin.expires_at or sent_at
    if is_cancellation:
        expires_at = max(expires_at, sent_at + dt.timedelta(days=1))
    return build_message(
        CapFacts(
            identifier=f"{bulletin.public_id}{'.cancel' if is_cancellation else ''}",
            root_id=str(chain[0].public_id),
            sender=_get_sender(),
            sent_at=sent_at,
            expires_at=expires_at,
            topic=bulletin.topic,
            ground=bulletin.ground,
            text=build_text(bulletin),
            areas=list_cap_areas(bulletin),
            resources=tuple(
                CapResource(item.title, FILE_TYPES[item.extension], item.url)
                for item in queries.list_public_files([bulletin])[bulletin.pk]
            ),
            earlier=[(_build_key(row), row.expires_at or sent_at) for row in earlier],
            is_cancellation=is_cancellation,
            reason=bulletin.reason,
        )
    )


def _load_chain(bulletin: Bulletin) -> list[Bulletin]:
    """Return the bulletin with those it corrects, the oldest first."""
    ids = queries.list_chain(bulletin)
    rows = Bulletin.objects.select_related("unit").in_bulk(ids)
    return [rows[pk] for pk in reversed(ids)]


def _build_key(bulletin: Bulletin) -> str:
    sent_at = bulletin.released_at or bulletin.changed_at
    return f"{_get_sender()},{bulletin.public_id},{format_time(sent_at, LOCAL_ZONE)}"


def _get_sender() -> str:
    return f"binhyen@{urlsplit(settings.PUBLIC_URL).hostname}"


def list_cap_areas(bulletin: Bulletin) -> tuple[CapArea, ...]:
    """Return the areas of the audience, never larger ones; outlines and official codes for communes of today."""
    directory = areas.get_directory()
    codes = {entry.area_id: code for code, entry in directory.communes.items()}
    excluded, included = set(bulletin.excluded_areas), list(bulletin.areas)
    if excluded and directory.province_area_id in included:
        included = [area for area in included if area != directory.province_area_id] + sorted(codes)
    included = [area for area in included if area not in excluded]
    names = {place.area_id: place for place in areas.list_named_areas(area_ids=[*included, *excluded])}
    missing = [names[area].full_name for area in sorted(excluded) if area in names and area not in codes]
    result = []
    for area in dict.fromkeys(area for area in included if area in names):
        description, own_code = names[area].full_name, codes.get(area)
        if missing:
            description = AREA_EXCEPT.format(area=description, excluded=", ".join(missing))
        if area == directory.province_area_id:
            polygons = tuple(polygon for code in codes.values() for polygon in _list_polygons(code))
            result.append(CapArea(description, polygons, geocodes=((GEOCODE, settings.PROVINCE_CODE),)))
        elif own_code is not None:
            result.append(CapArea(description, _list_polygons(own_code), geocodes=((GEOCODE, own_code),)))
        else:
            result.append(CapArea(description, geocodes=((OWN_GEOCODE, str(names[area].public_id)),)))
    return tuple(result)


def _list_polygons(code: str) -> tuple[str, ...]:
    """Return the simplified outlines, latitude first; one that crosses itself is left out: the code stands for it."""
    polygons = (
        " ".join(f"{y:.{_MAX_DECIMALS}f},{x:.{_MAX_DECIMALS}f}" for x, y in ring)
        for ring in areas.list_commune_rings(code)
    )
    return tuple(polygon for polygon in polygons if is_sound(polygon))


def is_sound(polygon: str) -> bool:
    area = CapArea("x", (polygon,))
    info = CapInfo(("Met",), "x", "Immediate", "Severe", "Likely", areas=(area,))
    message = CapMessage("1", "x", "2026-01-01T00:00:00+07:00", "Actual", "Alert", "Public", infos=(info,))
    return all(problem.rule is not CapRule.POLYGON for problem in list_problems(message))


# Signatures.


def sign_if_configured(text: str) -> bytes:
    """Return the document, signed where the installation has a key for it."""
    if not settings.CAP_KEY:
        return text.encode()
    return sign_document(
        text, key=Path(settings.CAP_KEY).read_bytes(), certificate=Path(settings.CAP_CERTIFICATE).read_text()
    )


def list_trusted_certificates() -> list[str]:
    """Return the certificates of the senders that are trusted; none: signatures are not asked for."""
    if not settings.CAP_TRUSTED:
        return []
    text = Path(settings.CAP_TRUSTED).read_text()
    return [f"{part.strip()}\n{_CERTIFICATE_END}\n" for part in text.split(_CERTIFICATE_END) if part.strip()]


# Messages of other systems.


def find_touched_areas(info: CapInfo) -> set[int]:
    """Return the ids of today's communes that the message's areas touch: by official code, else by shape.

    The province as a whole where all of them are touched or it is named itself.
    """
    directory = areas.get_directory()
    codes: set[str] = set()
    for area in info.areas:
        values = [value for _, value in area.geocodes]
        if settings.PROVINCE_CODE in values:
            return {directory.province_area_id}
        known = {value for value in values if value in directory.communes}
        codes |= known or _find_by_shape(area)
    area_ids = {directory.communes[code].area_id for code in codes if code in directory.communes}
    return {directory.province_area_id} if len(area_ids) == len(directory.communes) else area_ids


def _find_by_shape(area: CapArea) -> set[str]:
    codes: set[str] = set()
    for text in area.polygons:
        codes.update(areas.find_communes_in_polygon(parse_points(text) or []))
    for text in area.circles:
        if circle := parse_circle(text):
            codes.update(areas.find_communes_in_circle(*circle))
    return codes


def find_by_source(officer: Any, keys: list[str]) -> Bulletin | None:
    """Return the newest visible bulletin that was proposed from one of these messages."""
    return queries.list_bulletins(officer).filter(cap_source__in=keys).order_by("-pk").first()


def list_failing_feeds() -> list[CapFeed]:
    return list(CapFeed.objects.filter(url__in=settings.CAP_FEEDS).exclude(failure="").order_by("url"))
