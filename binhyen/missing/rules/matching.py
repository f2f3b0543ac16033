"""Matching of unidentified people with missing ones, both ways, with the reasons. Pure."""

import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text
from binhyen.missing.rules.names import compare_names
from binhyen.missing.rules.records import ADULT_AGE, Movement, PersonKind, RecordSide, Sex

NOTIFY_SCORE = 0.6  # both desks are notified from here on
LIST_SCORE = 0.35
SAME_PERSON_SCORE = 0.8  # of two records of one side: reported twice by two relatives
_SPARE_KM = 5.0  # communes are points


# The search radius of an appeal: it grows with the time gone and the way of moving. Pure.
#
# House rule until the province names its own. A person walks few hours a day: pace × hours on the way, up to a limit.

_EARTH_KM = 6371.0
MIN_RADIUS_KM = 1.0
_STEP_KM = 0.5
STEP_HOURS = (1, 3, 6, 12, 24, 48, 72, 168)


@dataclass(frozen=True, slots=True)
class Pace:
    """Kilometres an hour on the way, hours on the way each day, and the largest radius."""

    km_per_hour: float
    hours_per_day: float
    limit_km: float


_WALKING = {
    PersonKind.CHILD: Pace(2.0, 8, 10),
    PersonKind.ELDER: Pace(2.0, 8, 15),
    PersonKind.DEMENTIA: Pace(2.5, 10, 20),
    PersonKind.PATIENT: Pace(2.5, 8, 20),
    PersonKind.OTHER: Pace(4.0, 10, 40),
}
_RIDING = {
    Movement.BICYCLE: Pace(9.0, 8, 80),
    Movement.MOTORBIKE: Pace(30.0, 10, 400),
    Movement.BUS: Pace(40.0, 12, 1500),
    Movement.UNKNOWN: Pace(6.0, 8, 100),  # means of transport unknown: a vehicle is possible
}


def get_pace(kind: PersonKind, movement: Movement) -> Pace:
    return _WALKING[kind] if movement is Movement.WALK else _RIDING[movement]


def compute_radius_km(kind: PersonKind, movement: Movement, gone: dt.timedelta) -> float:
    """Return the radius in kilometres after a time, rounded up to half a kilometre."""
    pace, hours = get_pace(kind, movement), max(0.0, gone.total_seconds() / 3600)
    days, rest = divmod(hours, 24)
    on_the_way = days * pace.hours_per_day + min(rest, pace.hours_per_day)
    radius = min(pace.limit_km, max(MIN_RADIUS_KM, pace.km_per_hour * on_the_way))
    return math.ceil(round(radius / _STEP_KM, 6)) * _STEP_KM


def list_next_steps(
    kind: PersonKind, movement: Movement, last_seen: dt.datetime, now: dt.datetime, *, limit: int = 3
) -> list[tuple[dt.datetime, float]]:
    """Return the next moments at which the radius is larger: (moment, kilometres)."""
    radius, steps = compute_radius_km(kind, movement, now - last_seen), []
    for hours in STEP_HOURS:
        moment = last_seen + dt.timedelta(hours=hours)
        larger = compute_radius_km(kind, movement, moment - last_seen)
        if moment > now and larger > radius:
            steps.append((moment, larger))
            radius = larger
    return steps[:limit]


def compute_distance_km(left: tuple[float, float], right: tuple[float, float]) -> float:
    """Return the great-circle distance of two points (latitude, longitude)."""
    (lat_1, lon_1), (lat_2, lon_2) = left, right
    phi_1, phi_2 = math.radians(lat_1), math.radians(lat_2)
    half_lat, half_lon = (phi_2 - phi_1) / 2, math.radians(lon_2 - lon_1) / 2
    a = math.sin(half_lat) ** 2 + math.cos(phi_1) * math.cos(phi_2) * math.sin(half_lon) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, a)))


_TIME_TOLERANCE = dt.timedelta(hours=12)  # families guess the hour
_BIAS = -2.4
_GARMENTS = {
    "ao": "ao",
    "quan": "quan",
    "vay": "vay",
    "dam": "vay",
    "mu": "mu",
    "non": "mu",
    "dep": "dep",
    "giay": "dep",
    "khan": "khan",
    "bo": "bo",
    "dobo": "bo",
    "dong": "ao",
}
_COLOURS = {
    "den": "den",
    "trang": "trang",
    "do": "do",
    "xanh": "xanh",
    "vang": "vang",
    "nau": "nau",
    "tim": "tim",
    "hong": "hong",
    "xam": "xam",
    "ghi": "xam",
    "cam": "cam",
    "kem": "kem",
    "be": "kem",
    "hoa": "hoa",
    "ke": "ke",
    "soc": "ke",
    "caro": "ke",
    "phuc": "dong phuc",
    "jean": "bo",
    "kaki": "kaki",
}
_MARKS = frozenset(
    ["seo", "ruoi", "xam", "nang", "gay", "kinh", "rang", "cut", "liet", "cam", "diec", "lac", "choc", "hoi", "bot"]
)
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A record as far as matching needs it. `names`: name and other names; `point`: latitude, longitude."""

    id: str
    side: str
    kind: str
    names: tuple[str, ...]
    sex: str
    age_low: int | None
    age_high: int | None
    clothes: str
    marks: str
    point: tuple[float, float] | None
    seen_at: dt.datetime
    movement: str


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """A likely pair: `score` 0 to 1, reasons strongest first, marked for translation."""

    id: str
    score: float
    reasons: tuple[str, ...]


def rank_people(query: PersonFacts, candidates: Iterable[PersonFacts], *, minimum: float) -> list[PersonMatch]:
    """Return the candidates that may be the same person, best first."""
    matches = [match for candidate in candidates if (match := compare_people(query, candidate)).score >= minimum]
    return sorted(matches, key=lambda match: (-match.score, match.id))


def compare_people(left: PersonFacts, right: PersonFacts) -> PersonMatch:
    """Compare two records of either side; score 0 where a fact excludes it."""
    parts = [
        _compare_sex(left, right),
        _compare_age(left, right),
        _compare_times(left, right),
        _compare_name(left, right),
        _compare_clothes(left, right),
        _compare_marks(left, right),
        _compare_places(left, right),
    ]
    if any(part is None for part in parts):
        return PersonMatch(right.id, 0.0, ())
    known = [part for part in parts if part is not None]
    score = 1 / (1 + math.exp(-(_BIAS + sum(weight for weight, _ in known))))
    reasons = sorted(((weight, reason) for weight, reason in known if weight > 0 and reason), reverse=True)
    return PersonMatch(right.id, score, tuple(reason for _, reason in reasons))


Part = tuple[float, str] | None  # weight and reason; None: excluded


def _compare_sex(left: PersonFacts, right: PersonFacts) -> Part:
    if Sex.UNKNOWN in (left.sex, right.sex):
        return 0.0, ""
    return (0.7, N_("cùng giới")) if left.sex == right.sex else None


def _compare_age(left: PersonFacts, right: PersonFacts) -> Part:
    if left.age_low is None or right.age_low is None or left.age_high is None or right.age_high is None:
        kinds = {left.kind, right.kind}
        if PersonKind.CHILD in kinds and kinds & {PersonKind.ELDER, PersonKind.DEMENTIA}:
            return None
        return (0.5, N_("cùng nhóm tuổi")) if len(kinds) == 1 else (0.0, "")
    gap = max(left.age_low, right.age_low) - min(left.age_high, right.age_high)
    tolerance = 2 if min(left.age_low, right.age_low) < ADULT_AGE else 9  # strangers guess the age of adults badly
    if gap <= 0:
        return 1.3, N_("cùng tuổi")
    if gap <= tolerance:
        return 0.8, N_("tuổi gần nhau")
    return (-1.0, "") if gap <= 2 * tolerance else None


def _compare_times(left: PersonFacts, right: PersonFacts) -> Part:
    """Exclude a person found before the other was last seen."""
    if left.side == right.side:
        return (0.6, N_("cùng ngày")) if abs(left.seen_at - right.seen_at) < dt.timedelta(days=1) else (-0.5, "")
    missing, present = _order_sides(left, right)
    return None if present.seen_at < missing.seen_at - _TIME_TOLERANCE else (0.0, "")


def _order_sides(left: PersonFacts, right: PersonFacts) -> tuple[PersonFacts, PersonFacts]:
    return (left, right) if left.side == RecordSide.MISSING else (right, left)


def _compare_name(left: PersonFacts, right: PersonFacts) -> Part:
    similarities = [compare_names(a, b) for a in left.names for b in right.names if a and b]
    if not similarities:
        return 0.0, ""
    best = max(similarities)
    if best >= 0.8:
        return 2.6, N_("tên giống nhau")
    if best >= 0.6:
        return 1.3, N_("tên gần giống")
    return -0.7, ""  # people in confusion give other names


def list_garments(text: str) -> frozenset[tuple[str, str]]:
    """Return pairs of garment and colour: «áo hoa, quần đen»; "" for a garment without a colour."""
    pairs: set[tuple[str, str]] = set()
    garment = ""
    for word in _WORD.findall(fold_text(text)):
        if word in _GARMENTS:
            garment = _GARMENTS[word]
            pairs.add((garment, ""))
        elif word in _COLOURS and garment:
            pairs.discard((garment, ""))
            pairs.add((garment, _COLOURS[word]))
    return frozenset(pairs)


def _compare_clothes(left: PersonFacts, right: PersonFacts) -> Part:
    left_pairs, right_pairs = list_garments(left.clothes), list_garments(right.clothes)
    coloured = {pair for pair in left_pairs if pair[1]}, {pair for pair in right_pairs if pair[1]}
    if not coloured[0] or not coloured[1]:
        return 0.0, ""
    common = coloured[0] & coloured[1]
    if not common:
        garments = {name for name, _ in coloured[0]} & {name for name, _ in coloured[1]}
        return (-0.8 if garments else 0.0), ""  # they may have changed clothes after some days
    share = len(common) / min(len(coloured[0]), len(coloured[1]))
    return 0.6 + 1.4 * share, N_("quần áo giống")


def _compare_marks(left: PersonFacts, right: PersonFacts) -> Part:
    left_words, right_words = (set(_WORD.findall(fold_text(person.marks))) & _MARKS for person in (left, right))
    return (1.2, N_("cùng đặc điểm nhận dạng")) if left_words & right_words else (0.0, "")


def _compare_places(left: PersonFacts, right: PersonFacts) -> Part:
    if left.point is None or right.point is None:
        return 0.0, ""
    missing, present = _order_sides(left, right)
    gone = abs(present.seen_at - missing.seen_at)
    radius = compute_radius_km(PersonKind(missing.kind), Movement(missing.movement), gone) + _SPARE_KM
    distance = compute_distance_km(left.point, right.point)
    if distance <= radius:
        return 1.3 - 0.8 * distance / radius, N_("nơi hợp với quãng đường")
    return max(-2.0, -0.8 * (distance / radius - 1)), ""
