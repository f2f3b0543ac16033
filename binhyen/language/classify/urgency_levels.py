"""Urgency and sensitivity from scores, the category and lexicon hits. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from binhyen.kit.i18n_markers import L_
from binhyen.language.classify.labels import TITLES
from binhyen.language.lexicon import TIP, Hit
from binhyen.language.reading import Entity

if TYPE_CHECKING:
    from binhyen.language.classify.scores import Scores

ALWAYS_SENSITIVE = frozenset({"officer_complaint", "drugs_gambling"})
ABOUT_PEOPLE = frozenset({"violence", "public_order", "theft", "scam", "missing_person", "found_person", "welfare"})
CALM = frozenset({"thanks", "other", "admin_question"})
ACCUSING = frozenset({"violence", "public_order"})
"""A person named there is almost always accused of a deed."""
ASIDE = frozenset({"admin_question", "lost_item", "found_item"})
"""Subjects that may be asked or reported besides, after a danger."""
HARMLESS = CALM | ASIDE
"""Categories without danger to life unless the words say so."""
IDLE = frozenset({"thanks", "other"})
ALARMED, LOUD, PLAIN, SETTLED = -0.2, -1.0, 0.7, 2.0
"""Change of the level-3 threshold in log-odds, after an alarm phrase or a loud one, and for plain or settled messages.

An alarm lowers it; a plainly harmless or a settled message raises it. From LOUD_ALARM_SHIFT on, the search for danger
continues in parts of the message that no guard covers.
"""
LOUDEST = 4
"""Level of alarm phrases with hardly any other meaning; few training rows contain them."""
DENIED = 2
"""Words after which a negation ends."""
ADULT = 18
DISCREET = L_("kín")
_OF_A_CHILD = L_("chi tiết của trẻ em")
_OF_SOMEBODY = L_("tin về một người")


def emergencies(hits: Sequence[Hit]) -> list[Hit]:
    """Return alarm phrases of level 3 and above that are literal: no figure of speech, not denied."""
    alarms = [h for h in hits if h.phrase.kind == "emergency" and h.phrase.value != "2"]
    guards = [h for h in hits if h.phrase.kind == "guard"]
    if not alarms or not guards:
        return alarms
    doubtful = [g for g in guards if g.phrase.value == "figure"]
    denied = [g.last for g in guards if g.phrase.value == "negation"]
    return [
        h
        for h in alarms
        if not any(h.overlaps(g) for g in doubtful) and not any(0 <= h.first - last <= DENIED for last in denied)
    ]


def loudness(alarms: Sequence[Hit]) -> int:
    """Return the highest level of the alarms, 0 if there is none."""
    return max((int(h.phrase.value) for h in alarms), default=0)


def alarmed(scores: "Scores", category: str, alarm: int) -> bool:
    """Return True for an alarm phrase, a danger pattern or a missing person, in a message that is not plainly calm."""
    return category not in CALM and (bool(alarm) or bool(scores.dangers) or category == "missing_person")


def leaning(scores: "Scores", category: str, alarm: int, calm: bool, sure: float) -> float:
    """Return the change of the level-3 threshold: lower after an alarm, higher if calm, highest if guards settle it.

    `alarm`: its loudness, 0 for none.
    """
    if calm:
        return SETTLED
    if alarm >= LOUDEST and category != "thanks":
        return LOUD
    if alarmed(scores, category, alarm):
        return ALARMED
    plain = category in HARMLESS and max(scores.category) >= sure and not alarm
    return PLAIN if plain and not scores.dangers else 0.0


def urgency_of(
    scores: "Scores", category: str, alarm: int, calm: bool, thresholds: dict[str, float], apart: float = 0.0
) -> int:
    """Return the model's level; an alarm lowers the threshold of level 3 and can only raise.

    Politeness has no influence.
    Below 3: thanks and small talk need no action (0), anything else at least normal handling (1).
    """
    if scores.danger >= thresholds["danger"] + apart + leaning(scores, category, alarm, calm, thresholds["sure"]):
        return 3
    return below(scores, category, thresholds["sure"])


def below(scores: "Scores", category: str, sure: float) -> int:
    """Return the level of a message without danger."""
    level = scores.urgency.index(max(scores.urgency))
    if max(scores.category) < sure:
        return level
    return 0 if category in IDLE else max(level, 1)


def sensitivity(
    scores: "Scores", category: str, hits: Sequence[Hit], entities: Sequence[Entity]
) -> tuple[bool, tuple[str, ...]]:
    """Return whether exposing the writer or the text could harm, and why. Rules can only add to the model."""
    told = next((h.phrase.value for h in hits if h.phrase.kind == "sensitive"), None)
    if category in ALWAYS_SENSITIVE:
        return True, (f"{DISCREET}: {TITLES[category]}",)
    child = any(e.type == "AGE" and isinstance(e.norm, int) and e.norm < ADULT for e in entities)
    if child and category in ABOUT_PEOPLE:
        return True, (f"{DISCREET}: {_OF_A_CHILD}",)
    if scores.sensitive >= 0.5 or (category in ACCUSING and any(e.type == "PERSON" for e in entities)):
        return True, (f"{DISCREET}: {told or _OF_SOMEBODY}",)
    if told == TIP and category == "public_order":
        return True, (f"{DISCREET}: {told}",)
    if told and told.startswith(("xin", "sợ")) and category not in CALM:
        return True, (f"{DISCREET}: {told}",)
    return False, ()
