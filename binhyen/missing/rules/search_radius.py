"""The search radius of an appeal: it grows with the time gone and the way of moving. Pure.

House rule until the province names its own. A person walks few hours a day: pace × hours on the way, up to a limit.
"""

import datetime as dt
import math
from dataclasses import dataclass

from binhyen.missing.rules.records import Movement, PersonKind

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
    Movement.UNKNOWN: Pace(6.0, 8, 100),  # somebody may have taken the person along
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
