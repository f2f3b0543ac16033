"""A CAP 1.2 message as plain values. Times stay text, as written: a message is frozen once it is published."""

import datetime as dt
import re
from dataclasses import dataclass

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
