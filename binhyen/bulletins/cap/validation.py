"""Rules of CAP 1.2 that its XML schema lets through: references, scopes, times, languages, shapes. Pure.

Reasons as in Google's cap-library (CapException, CapValidator) and its public profile; ours for Viet Nam's bounds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from urllib.parse import urlsplit

from binhyen.bulletins.cap.message import (
    CATEGORIES,
    CERTAINTIES,
    MESSAGE_TYPES,
    RESPONSE_TYPES,
    SCOPES,
    SEVERITIES,
    STATUSES,
    URGENCIES,
    CapArea,
    CapInfo,
    CapMessage,
    parse_circle,
    parse_points,
    parse_time,
)
from binhyen.kit.i18n_markers import N_

MAX_HEADLINE = 140
_NO_SEPARATORS = re.compile(r"[^\s,<&]+")
# nosemgrep: pattern-that-hangs  at most nine parts of eight letters, each ended by a hyphen
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}")
_LONG_PRIMARY = 8  # letters of a primary subtag
_MIME_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_MARKUP = re.compile(r"</?[A-Za-z][^>]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});")
_SOUTH, _NORTH, _WEST, _EAST = 8, 24, 102, 118  # Viet Nam with its sea


class CapRule(StrEnum):
    """A rule that a message breaks."""

    IDENTIFIER = "IDENTIFIER"
    VALUE = "VALUE"
    TIME = "TIME"
    TIME_ORDER = "TIME_ORDER"
    REFERENCES = "REFERENCES"
    OWN_REFERENCE = "OWN_REFERENCE"
    LATER_REFERENCE = "LATER_REFERENCE"
    SCOPE = "SCOPE"
    NOTE = "NOTE"
    NO_INFO = "NO_INFO"
    CATEGORIES_DIFFER = "CATEGORIES_DIFFER"
    LANGUAGE = "LANGUAGE"
    TEXT = "TEXT"
    WEB = "WEB"
    RESOURCE = "RESOURCE"
    NO_SHAPE = "NO_SHAPE"
    POLYGON = "POLYGON"
    CIRCLE = "CIRCLE"
    ALTITUDE = "ALTITUDE"
    NO_EXPIRY = "NO_EXPIRY"
    UNKNOWN = "UNKNOWN"
    MARKUP = "MARKUP"
    FAR_AWAY = "FAR_AWAY"


RULE_LABELS = {
    CapRule.IDENTIFIER: N_("mã bản tin, nơi gửi không được có dấu cách, dấu phẩy"),
    CapRule.VALUE: N_("giá trị không có trong danh mục"),
    CapRule.TIME: N_("giờ viết sai"),
    CapRule.TIME_ORDER: N_("giờ hết hiệu lực không sau giờ phát"),
    CapRule.REFERENCES: N_("thiếu hoặc sai bản tin được nhắc tới"),
    CapRule.OWN_REFERENCE: N_("bản tin nhắc tới chính nó"),
    CapRule.LATER_REFERENCE: N_("nhắc tới bản tin phát sau"),
    CapRule.SCOPE: N_("phạm vi phát và người nhận không khớp"),
    CapRule.NOTE: N_("thiếu ghi chú"),
    CapRule.NO_INFO: N_("không có nội dung"),
    CapRule.CATEGORIES_DIFFER: N_("loại khác nhau giữa các ngôn ngữ"),
    CapRule.LANGUAGE: N_("mã ngôn ngữ sai"),
    CapRule.TEXT: N_("tiêu đề quá dài hoặc trùng nội dung"),
    CapRule.WEB: N_("đường dẫn không đầy đủ"),
    CapRule.RESOURCE: N_("tệp kèm ghi sai"),
    CapRule.NO_SHAPE: N_("địa bàn không có hình hoặc mã"),
    CapRule.POLYGON: N_("hình đa giác sai"),
    CapRule.CIRCLE: N_("hình tròn sai"),
    CapRule.ALTITUDE: N_("độ cao sai"),
    CapRule.NO_EXPIRY: N_("không có giờ hết hiệu lực"),
    CapRule.UNKNOWN: N_("mức độ ghi là chưa rõ"),
    CapRule.MARKUP: N_("có mã trang web trong lời"),
    CapRule.FAR_AWAY: N_("điểm ở ngoài Việt Nam, có thể đảo kinh độ và vĩ độ"),
}


@dataclass(frozen=True, slots=True)
class CapProblem:
    """A broken rule at an element: `/alert/info[0]/area[1]/polygon[0]`."""

    rule: CapRule
    path: str


def list_problems(message: CapMessage, *, is_own: bool = False) -> list[CapProblem]:
    """List the faults. `is_own`: also rules for a public alert of ours beyond the standard."""
    return [*_check_head(message), *_check_references(message), *_check_infos(message, is_own)]


def _check_head(message: CapMessage) -> Iterator[CapProblem]:
    for name, text in (("identifier", message.identifier), ("sender", message.sender)):
        if not _NO_SEPARATORS.fullmatch(text):
            yield CapProblem(CapRule.IDENTIFIER, f"/alert/{name}")
    if parse_time(message.sent) is None:
        yield CapProblem(CapRule.TIME, "/alert/sent")
    for name, text, choices in (
        ("status", message.status, STATUSES),
        ("msgType", message.message_type, MESSAGE_TYPES),
        ("scope", message.scope, SCOPES),
    ):
        if text not in choices:
            yield CapProblem(CapRule.VALUE, f"/alert/{name}")
    if bool(message.restriction) != (message.scope == "Restricted"):
        yield CapProblem(CapRule.SCOPE, "/alert/restriction")
    if message.scope == "Private" and not message.addresses:
        yield CapProblem(CapRule.SCOPE, "/alert/addresses")
    if (message.message_type == "Error" or message.status == "Exercise") and not message.note:
        yield CapProblem(CapRule.NOTE, "/alert/note")


def _check_references(message: CapMessage) -> Iterator[CapProblem]:
    path = "/alert/references"
    if message.message_type in ("Update", "Cancel", "Ack", "Error") and not message.references:
        yield CapProblem(CapRule.REFERENCES, path)
    sent = parse_time(message.sent)
    for reference in message.references.split():
        parts = reference.split(",")
        moment = parse_time(parts[-1])
        if len(parts) != 3 or not all(parts) or moment is None:
            yield CapProblem(CapRule.REFERENCES, path)
        elif reference == message.key:
            yield CapProblem(CapRule.OWN_REFERENCE, path)
        elif sent is not None and moment > sent:
            yield CapProblem(CapRule.LATER_REFERENCE, path)


def _check_infos(message: CapMessage, is_own: bool) -> Iterator[CapProblem]:
    if not message.infos and message.scope == "Public" and message.message_type in ("Alert", "Update"):
        yield CapProblem(CapRule.NO_INFO, "/alert")
    if len({frozenset(info.categories) for info in message.infos}) > 1:
        yield CapProblem(CapRule.CATEGORIES_DIFFER, "/alert/info")
    for number, info in enumerate(message.infos):
        path = f"/alert/info[{number}]"
        yield from _check_info(info, path, message.sent)
        if is_own:
            yield from _check_own_info(info, path)
        for area_number, area in enumerate(info.areas):
            yield from _check_area(area, f"{path}/area[{area_number}]", is_own)


def _check_info(info: CapInfo, path: str, sent: str) -> Iterator[CapProblem]:
    primary = info.language.partition("-")[0]
    if not _LANGUAGE.fullmatch(info.language) or len(primary) > _LONG_PRIMARY:
        yield CapProblem(CapRule.LANGUAGE, f"{path}/language")
    choices = (
        ("category", info.categories, CATEGORIES),
        ("responseType", info.response_types, RESPONSE_TYPES),
        ("urgency", (info.urgency,), URGENCIES),
        ("severity", (info.severity,), SEVERITIES),
        ("certainty", (info.certainty,), CERTAINTIES),
    )
    for name, texts, allowed in choices:
        if not set(texts) <= set(allowed):
            yield CapProblem(CapRule.VALUE, f"{path}/{name}")
    if not info.categories or not info.event:
        yield CapProblem(CapRule.VALUE, f"{path}/event")
    for name, text in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        if text and parse_time(text) is None:
            yield CapProblem(CapRule.TIME, f"{path}/{name}")
    begins, expires = parse_time(info.effective or sent), parse_time(info.expires)
    if begins is not None and expires is not None and expires <= begins:
        yield CapProblem(CapRule.TIME_ORDER, f"{path}/expires")
    if info.web and not _is_absolute(info.web):
        yield CapProblem(CapRule.WEB, f"{path}/web")
    for number, resource in enumerate(info.resources):
        is_complete = not resource.uri or _is_absolute(resource.uri) or resource.has_content
        if not _MIME_TYPE.fullmatch(resource.mime_type) or not is_complete:
            yield CapProblem(CapRule.RESOURCE, f"{path}/resource[{number}]")


def _check_own_info(info: CapInfo, path: str) -> Iterator[CapProblem]:
    if not info.expires:
        yield CapProblem(CapRule.NO_EXPIRY, f"{path}/expires")
    if "Unknown" in (info.urgency, info.severity, info.certainty):
        yield CapProblem(CapRule.UNKNOWN, path)
    if len(info.headline) > MAX_HEADLINE or info.headline == info.description:
        yield CapProblem(CapRule.TEXT, f"{path}/headline")
    if not info.areas:
        yield CapProblem(CapRule.NO_SHAPE, path)
    if any(_MARKUP.search(text) for text in (info.headline, info.description, info.instruction)):
        yield CapProblem(CapRule.MARKUP, path)


def _check_area(area: CapArea, path: str, is_own: bool) -> Iterator[CapProblem]:
    if not area.polygons and not area.circles and not area.geocodes:
        yield CapProblem(CapRule.NO_SHAPE, path)
    for number, text in enumerate(area.polygons):
        points = parse_points(text)
        if points is None or len(points) < 4 or points[0] != points[-1] or _crosses_itself(points):
            yield CapProblem(CapRule.POLYGON, f"{path}/polygon[{number}]")
        elif is_own and any(not _is_near(*point) for point in points):
            yield CapProblem(CapRule.FAR_AWAY, f"{path}/polygon[{number}]")
    for number, text in enumerate(area.circles):
        circle = parse_circle(text)
        if circle is None:
            yield CapProblem(CapRule.CIRCLE, f"{path}/circle[{number}]")
        elif is_own and not _is_near(circle[0], circle[1]):
            yield CapProblem(CapRule.FAR_AWAY, f"{path}/circle[{number}]")
    if area.altitude or area.ceiling:
        yield from _check_altitude(area, path)


def _check_altitude(area: CapArea, path: str) -> Iterator[CapProblem]:
    try:
        lowest, highest = float(area.altitude), float(area.ceiling or "inf")
    except ValueError:  # also a ceiling without altitude
        yield CapProblem(CapRule.ALTITUDE, f"{path}/altitude")
        return
    if highest < lowest:
        yield CapProblem(CapRule.ALTITUDE, f"{path}/ceiling")


def _is_near(latitude: float, longitude: float) -> bool:
    return _SOUTH <= latitude <= _NORTH and _WEST <= longitude <= _EAST


def _is_absolute(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def _crosses_itself(points: list[tuple[float, float]]) -> bool:
    """Return whether two sides that are not neighbours cross; in quadratic time, so only for 500 points."""
    sides = list(pairwise(points))[:500]
    return any(
        _cross(*sides[first], *sides[second])
        for first in range(len(sides))
        for second in range(first + 2, len(sides))
        if not (first == 0 and second == len(sides) - 1)
    )


_Point = tuple[float, float]


def _cross(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: _Point, b: _Point, c: _Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
