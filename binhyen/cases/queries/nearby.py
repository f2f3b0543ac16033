"""May two cases of neighbouring communes be one incident? Pure. People on both sides of a border tell of what they both
see, and each side's police open a case; this only says so to whoever sees both, nothing is joined.

Stricter than within a commune: a shared number, points close together, or telling words in both.
"""

import math
from dataclasses import dataclass

from binhyen.kit.wording import N_
from binhyen.language.reading import DANGER
from binhyen.language.together.rarity import common, weight

CLOSE = 1500.0  # metres between two points of what a crowd sees
TELLING = 0.5  # weight of the words in both: a bridge, a load of timber; not «đánh nhau» alone
_DAY = 8  # figures of a day without its strokes
_FIGURES = 7  # of a number that tells one thing from all others
WHYS = {
    "number": N_("cùng một số"), "point": N_("hai điểm gần nhau"), "words": N_("lời kể giống nhau"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """A case as far as this needs it. `said`: folded words of how it was told; `folded`: all of it, with its numbers;
    `home`: folded words of its commune's name."""

    said: str
    folded: str
    home: str
    sensitive: bool
    urgency: int
    point: tuple[float, float] | None


def why(one: Side, other: Side) -> str:
    """Why they may be one; "" where nothing says so."""
    if _secret(one) or _secret(other):
        return ""
    if _numbers(one) & _numbers(other):
        return "number"
    if one.point and other.point:
        return "point" if _metres(one.point, other.point) <= CLOSE else ""
    shared = set(one.said.split()) & set(other.said.split()) - set(one.home.split()) - set(other.home.split())
    told = [word for word in shared if not common(word) and not any(c.isdigit() for c in word)]
    return "words" if sum(map(weight, told)) >= TELLING else ""


def _secret(side: Side) -> bool:
    return side.sensitive and side.urgency < DANGER  # then the whole market tells of it, whoever is named in it


def _numbers(side: Side) -> set[str]:
    return {word for word in side.folded.split() if sum(c.isdigit() for c in word) >= _FIGURES and _one_thing(word)}


def _one_thing(word: str) -> bool:
    """A phone, a plate, an account: neither a day (26/11/2026, 26112026) nor a sum (5.000.000, 5000000d)."""
    day = len(word) == _DAY and word[4:6] == "20"
    return word.isalnum() and not day and not word.rstrip("d").endswith("000")


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = math.radians(other[0] - one[0])
    east = math.radians(other[1] - one[1]) * math.cos(math.radians(one[0]))
    return 6_371_000.0 * math.hypot(north, east)
