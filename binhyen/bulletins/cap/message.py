"""A CAP 1.2 message as plain values. Times stay text, as written: a message is frozen once it is published."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
DEFAULT_LANGUAGE = "en-US"
STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
RESPONSE_TYPES = (
    "Shelter",
    "Evacuate",
    "Prepare",
    "Execute",
    "Avoid",
    "Monitor",
    "Assess",
    "AllClear",
    "None",
)
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class CapArea:
    """An area. `polygons`: «lat,lon lat,lon …» (WGS 84, latitude first); `circles`: «lat,lon radius in km»."""

    description: str
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()
    altitude: str = ""
    ceiling: str = ""


@dataclass(frozen=True, slots=True)
class CapResource:
    """A file that belongs to the message. `has_content`: it travels inside the message."""

    description: str
    mime_type: str
    uri: str = ""
    has_content: bool = False


@dataclass(frozen=True, slots=True)
class CapInfo:
    """The content in one language."""

    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    language: str = DEFAULT_LANGUAGE
    response_types: tuple[str, ...] = ()
    event_codes: tuple[tuple[str, str], ...] = ()
    effective: str = ""
    onset: str = ""
    expires: str = ""
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    resources: tuple[CapResource, ...] = ()
    areas: tuple[CapArea, ...] = ()


@dataclass(frozen=True, slots=True)
class CapMessage:
    """A message. `references`: «sender,identifier,sent» of earlier messages, separated by spaces."""

    identifier: str
    sender: str
    sent: str
    status: str
    message_type: str
    scope: str
    source: str = ""
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: str = ""
    incidents: str = ""
    infos: tuple[CapInfo, ...] = ()

    @property
    def key(self) -> str:
        """The triple by which later messages refer to this one."""
        return f"{self.sender},{self.identifier},{self.sent}"


def parse_time(text: str) -> dt.datetime | None:
    """Return the moment, None where the form is not that of CAP: no «Z», no fraction, always with an offset."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def format_time(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Return the moment as CAP writes it."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def parse_points(text: str) -> list[tuple[float, float]] | None:
    """Return (latitude, longitude) pairs; None where one is not a point on earth."""
    points = []
    for pair in text.split():
        latitude, comma, longitude = pair.partition(",")
        try:
            point = float(latitude), float(longitude)
        except ValueError:
            return None
        if not comma or not (-90 <= point[0] <= 90 and -180 <= point[1] <= 180):
            return None
        points.append(point)
    return points


def parse_circle(text: str) -> tuple[float, float, float] | None:
    """Return latitude, longitude and radius in kilometres."""
    centre, _, radius = text.strip().partition(" ")
    points = parse_points(centre)
    try:
        kilometres = float(radius)
    except ValueError:
        return None
    if points is None or len(points) != 1 or not 0 < kilometres < 20_100:
        return None
    return (*points[0], kilometres)


# Write a CAP 1.2 message as XML, elements in the order of the schema. Pure.

_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def format_message(message: CapMessage) -> str:
    """Return the message as XML."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<alert xmlns="{NAMESPACE}">',
        *_element("identifier", message.identifier),
        *_element("sender", message.sender),
        *_element("sent", message.sent),
        *_element("status", message.status),
        *_element("msgType", message.message_type),
        *_element("source", message.source),
        *_element("scope", message.scope),
        *_element("restriction", message.restriction),
        *_element("addresses", message.addresses),
        *_elements("code", message.codes),
        *_element("note", message.note),
        *_element("references", message.references),
        *_element("incidents", message.incidents),
    ]
    for info in message.infos:
        lines += _format_info(info)
    return "\n".join([*lines, "</alert>"]) + "\n"


def _format_info(info: CapInfo) -> Iterator[str]:
    yield "<info>"
    yield from _element("language", info.language)
    yield from _elements("category", info.categories)
    yield from _element("event", info.event)
    yield from _elements("responseType", info.response_types)
    yield from _element("urgency", info.urgency)
    yield from _element("severity", info.severity)
    yield from _element("certainty", info.certainty)
    yield from _pairs("eventCode", info.event_codes)
    yield from _element("effective", info.effective)
    yield from _element("onset", info.onset)
    yield from _element("expires", info.expires)
    yield from _element("senderName", info.sender_name)
    yield from _element("headline", info.headline)
    yield from _element("description", info.description)
    yield from _element("instruction", info.instruction)
    yield from _element("web", info.web)
    yield from _element("contact", info.contact)
    yield from _pairs("parameter", info.parameters)
    for resource in info.resources:
        yield from _format_resource(resource)
    for area in info.areas:
        yield from _format_area(area)
    yield "</info>"


def _format_resource(resource: CapResource) -> Iterator[str]:
    yield "<resource>"
    yield from _element("resourceDesc", resource.description)
    yield from _element("mimeType", resource.mime_type)
    yield from _element("uri", resource.uri)
    yield "</resource>"


def _format_area(area: CapArea) -> Iterator[str]:
    yield "<area>"
    yield from _element("areaDesc", area.description)
    yield from _elements("polygon", area.polygons)
    yield from _elements("circle", area.circles)
    yield from _pairs("geocode", area.geocodes)
    yield from _element("altitude", area.altitude)
    yield from _element("ceiling", area.ceiling)
    yield "</area>"


def _element(name: str, text: str) -> Iterator[str]:
    if text:
        yield f"<{name}>{escape(text.translate(_FORBIDDEN))}</{name}>"


def _elements(name: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _element(name, text)


def _pairs(name: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for value_name, value in pairs:
        yield f"<{name}>"
        yield from _element("valueName", value_name)
        yield from _element("value", value)
        yield f"</{name}>"
