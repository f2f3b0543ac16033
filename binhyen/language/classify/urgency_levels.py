"""Urgency and sensitivity from scores, the category and lexicon hits. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from binhyen.kit.i18n_markers import L_
from binhyen.language.classify.labels import TITLES
from binhyen.language.lexicon import TIP_REASON, Hit
from binhyen.language.reading import Entity

if TYPE_CHECKING:
    from binhyen.language.classify.scores import Scores

ALWAYS_SENSITIVE = frozenset({"officer_complaint", "drugs_gambling"})
ABOUT_PEOPLE = frozenset({"violence", "public_order", "theft", "scam", "missing_person", "found_person", "welfare"})
CALM_CATEGORIES = frozenset({"thanks", "other", "admin_question"})
ACCUSING_CATEGORIES = frozenset({"violence", "public_order"})
"""A person named there is almost always accused of a deed."""
SIDE_CATEGORIES = frozenset({"admin_question", "lost_item", "found_item"})
"""Subjects that may be asked or reported besides, after a danger."""
HARMLESS_CATEGORIES = CALM_CATEGORIES | SIDE_CATEGORIES
"""Categories without danger to life unless the words say so."""
IDLE_CATEGORIES = frozenset({"thanks", "other"})
ALARM_SHIFT, LOUD_ALARM_SHIFT, HARMLESS_SHIFT, SETTLED_SHIFT = -0.2, -1.0, 0.7, 2.0
"""Change of the level-3 threshold in log-odds, after an alarm phrase or a loud one, and for plain or settled messages.

An alarm lowers it; a plainly harmless or a settled message raises it. From LOUD_ALARM_SHIFT on, the search for danger
continues in parts of the message that no guard covers.
"""
MAX_ALARM_LEVEL = 4
"""Level of alarm phrases with hardly any other meaning; few training rows contain them."""
NEGATION_REACH = 2
"""Words after which a negation ends."""
ADULT_AGE = 18
SENSITIVE_REASON = L_("kín")
_CHILD_REASON = L_("chi tiết của trẻ em")
_PERSON_REASON = L_("tin về một người")


def literal_emergencies(hits: Sequence[Hit]) -> list[Hit]:
    """Return alarm phrases of level 3 and above that are literal: no figure of speech, not denied."""
    alarms = [hit for hit in hits if hit.phrase.kind == "emergency" and hit.phrase.value != "2"]
    guards = [hit for hit in hits if hit.phrase.kind == "guard"]
    if not alarms or not guards:
        return alarms
    doubtful = [guard for guard in guards if guard.phrase.value == "figure"]
    denied = [guard.last for guard in guards if guard.phrase.value == "negation"]
    return [
        hit
        for hit in alarms
        if not any(hit.overlaps(guard) for guard in doubtful)
        and not any(0 <= hit.first - last <= NEGATION_REACH for last in denied)
    ]


def max_alarm_level(alarms: Sequence[Hit]) -> int:
    """Return the highest level of the alarms, 0 if there is none."""
    return max((int(hit.phrase.value) for hit in alarms), default=0)


def has_alarm(scores: "Scores", category: str, alarm: int) -> bool:
    """Return True for an alarm phrase, a danger pattern or a missing person, in a message that is not plainly calm."""
    return category not in CALM_CATEGORIES and (bool(alarm) or bool(scores.dangers) or category == "missing_person")


def threshold_shift(scores: "Scores", category: str, alarm: int, calm: bool, sure: float) -> float:
    """Return the change of the level-3 threshold: lower after an alarm, higher if calm, highest if guards settle it.

    `alarm`: its loudness, 0 for none.
    """
    if calm:
        return SETTLED_SHIFT
    if alarm >= MAX_ALARM_LEVEL and category != "thanks":
        return LOUD_ALARM_SHIFT
    if has_alarm(scores, category, alarm):
        return ALARM_SHIFT
    plain = category in HARMLESS_CATEGORIES and max(scores.category) >= sure and not alarm
    return HARMLESS_SHIFT if plain and not scores.dangers else 0.0


def decide_urgency(
    scores: "Scores", category: str, alarm: int, calm: bool, thresholds: dict[str, float], apart: float = 0.0
) -> int:
    """Return the model's level; an alarm lowers the threshold of level 3 and can only raise.

    Politeness has no influence.
    Below 3: thanks and small talk need no action (0), anything else at least normal handling (1).
    """
    if scores.danger >= thresholds["danger"] + apart + threshold_shift(
        scores, category, alarm, calm, thresholds["sure"]
    ):
        return 3
    return decide_lower_urgency(scores, category, thresholds["sure"])


def decide_lower_urgency(scores: "Scores", category: str, sure: float) -> int:
    """Return the level of a message without danger."""
    level = scores.urgency.index(max(scores.urgency))
    if max(scores.category) < sure:
        return level
    return 0 if category in IDLE_CATEGORIES else max(level, 1)


def decide_sensitivity(
    scores: "Scores", category: str, hits: Sequence[Hit], entities: Sequence[Entity]
) -> tuple[bool, tuple[str, ...]]:
    """Return whether exposing the writer or the text could harm, and why. Rules can only add to the model."""
    phrase_reason = next((hit.phrase.value for hit in hits if hit.phrase.kind == "sensitive"), None)
    if category in ALWAYS_SENSITIVE:
        return True, (f"{SENSITIVE_REASON}: {TITLES[category]}",)
    child = any(
        entity.type == "AGE" and isinstance(entity.norm, int) and entity.norm < ADULT_AGE for entity in entities
    )
    if child and category in ABOUT_PEOPLE:
        return True, (f"{SENSITIVE_REASON}: {_CHILD_REASON}",)
    if scores.sensitive >= 0.5 or (
        category in ACCUSING_CATEGORIES and any(entity.type == "PERSON" for entity in entities)
    ):
        return True, (f"{SENSITIVE_REASON}: {phrase_reason or _PERSON_REASON}",)
    if phrase_reason == TIP_REASON and category == "public_order":
        return True, (f"{SENSITIVE_REASON}: {phrase_reason}",)
    if phrase_reason and phrase_reason.startswith(("xin", "sợ")) and category not in CALM_CATEGORIES:
        return True, (f"{SENSITIVE_REASON}: {phrase_reason}",)
    return False, ()
