"""How likely two reports are about one incident: exact numbers and copied texts decide, else the learnt weights."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.language.entities.tables import rows
from binhyen.language.together.rarity import weight
from binhyen.language.together.signs import signs
from binhyen.language.together.told import Told

# Hours within which reports of a category can be about one incident.
WINDOWS: Final[dict[str, float]] = {
    "violence": 3,
    "theft": 24,
    "traffic": 4,
    "fire": 4,
    "scam": 168,
    "missing_person": 72,
    "found_person": 48,
    "drugs_gambling": 48,
    "public_order": 24,
    "environment_noise": 12,
    "officer_complaint": 48,
    "weapon_handover": 24,
    "welfare": 96,
    "lost_item": 72,
    "found_item": 72,
    "other": 72,
    "admin_question": 6,
    "thanks": 24,
}
TABLE: Final = "together.tsv"
LONGEST: Final = max(WINDOWS.values())
_COPIED = 0.8  # so alike that one was copied from the other
_FEWEST_WORDS = 4
_LOSSES: Final = ("lost_item", "found_item")
_SURE = 0.5
_RARE = 0.3  # weight of a word that alone makes it worth comparing two reports of places far apart


@dataclass(frozen=True, slots=True)
class Pair:
    """The weights of the signs, and the chance from which reports are joined."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def chance(self, one: Told, other: Told) -> float:
        """0..1 that `one` and `other`, the later, are about one incident."""
        hours = abs((other.at - one.at).total_seconds()) / 3600
        window = max(window_of(one), window_of(other))
        if exact(one, other):
            return 1.0 if hours <= 2 * LONGEST else 0.0
        if hours > 2 * window or not comparable(one, other) or two_things(one, other):
            return 0.0
        found = signs(one, other, hours, window)
        if found["words"] >= _COPIED and hours <= window and len(one.words & other.words) >= _FEWEST_WORDS:
            return 1.0
        return self.of(found)

    def of(self, found: Mapping[str, float]) -> float:
        """The chance by the signs alone. Raises KeyError for a sign without a weight."""
        total = self.bias + sum(self.weights[name] * value for name, value in found.items() if value)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def window_of(told: Told) -> float:
    """Hours, between those of the likely categories: a doubtful category must not stretch a fight to a week."""
    total = sum(told.chances.values()) or 1.0
    return math.exp(sum(p * math.log(WINDOWS.get(name, 24)) for name, p in told.chances.items()) / total)


def exact(one: Told, other: Told) -> bool:
    """Both name the same plate, account, link, paper or full phone number."""
    shared = one.profile.keys & other.profile.keys
    return any(not (key.startswith("PHONE:") and len(key) < len("PHONE:") + 9) for key in shared)


def comparable(one: Told, other: Told) -> bool:
    """Worth reading the signs: the places may be one, or a rare word is in both. Cheap, as most pairs fail it."""
    if one.communes & other.area or other.communes & one.area or not one.communes or not other.communes:
        return True
    return any(weight(word) > _RARE for word in one.words & other.words)


def two_things(one: Told, other: Told) -> bool:
    """Both lost, or found, a thing of one kind, and say it has other colours: a black wallet and a brown one."""
    mine, yours = one.profile, other.profile
    lost = any(one.chances.get(name, 0.0) > _SURE and other.chances.get(name, 0.0) > _SURE for name in _LOSSES)
    return lost and bool(mine.colors and yours.colors) and not mine.colors & yours.colors


@lru_cache(maxsize=1)
def shipped() -> Pair:
    """The weights that come with the program."""
    weights = {row[0]: float(row[1]) for row in rows(TABLE)}
    return Pair(weights, weights.pop("bias"), weights.pop("threshold"))
