"""How urgent and how discreet: from scores, the category and what the lexicon heard. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from binhyen.kit.wording import L_
from binhyen.language.classify.labels import TITLES
from binhyen.language.lexicon import TIP, Hit
from binhyen.language.reading import Entity

if TYPE_CHECKING:
    from binhyen.language.classify.scores import Scores

ALWAYS_SENSITIVE = frozenset({"officer_complaint", "drugs_gambling"})
ABOUT_PEOPLE = frozenset({"violence", "public_order", "theft", "scam", "missing_person", "found_person", "welfare"})
CALM = frozenset({"thanks", "other", "admin_question"})
ACCUSING = frozenset({"violence", "public_order"})
"""Who is named there is hardly ever named for anything but a deed."""
ASIDE = frozenset({"admin_question", "lost_item", "found_item"})
"""What may be asked or told besides, after a danger."""
HARMLESS = CALM | ASIDE
"""Where nobody's life is at stake unless the words say so."""
IDLE = frozenset({"thanks", "other"})
ALARMED, LOUD, PLAIN, SETTLED = -0.2, -1.0, 0.7, 2.0
"""What an alarm phrase or a loud one takes from the bar of level 3, and a plainly harmless or a settled message adds to
it, in log-odds. Where danger is told that loudly it goes on, in words that no guard knows.
"""
LOUDEST = 4
"""Level of the alarm phrases that hardly anybody says of anything else; few rows of a machine's have them."""
DENIED = 2
"""Words after which a denial ends."""
ADULT = 18
DISCREET = L_("kín")
_OF_A_CHILD = L_("chi tiết của trẻ em")
_OF_SOMEBODY = L_("tin về một người")


def emergencies(hits: Sequence[Hit]) -> list[Hit]:
    """Alarm phrases of level 3 and above that are meant: no figure of speech, not denied."""
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
    """The highest level of the alarms, 0 where there is none."""
    return max((int(h.phrase.value) for h in alarms), default=0)


def alarmed(scores: "Scores", category: str, alarm: int) -> bool:
    """An alarm phrase, a danger sign or somebody missing, in a message that is not plainly calm."""
    return category not in CALM and (bool(alarm) or bool(scores.dangers) or category == "missing_person")


def leaning(scores: "Scores", category: str, alarm: int, calm: bool, sure: float) -> float:
    """What is added to the bar of level 3: less after an alarm, more where all looks calm, most where guards say so.
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
    """The model's level; an alarm lowers the bar for level 3 and can only raise. Politeness has no say.

    Below 3: thanks and small talk ask for nothing (0), whatever else somebody writes is at least to be handled (1).
    """
    if scores.danger >= thresholds["danger"] + apart + leaning(scores, category, alarm, calm, thresholds["sure"]):
        return 3
    return below(scores, category, thresholds["sure"])


def below(scores: "Scores", category: str, sure: float) -> int:
    """The level of what is no danger."""
    level = scores.urgency.index(max(scores.urgency))
    if max(scores.category) < sure:
        return level
    return 0 if category in IDLE else max(level, 1)


def sensitivity(
    scores: "Scores", category: str, hits: Sequence[Hit], entities: Sequence[Entity]
) -> tuple[bool, tuple[str, ...]]:
    """Whether naming the writer or showing the text could harm, and why. Rules can only add to the model."""
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
