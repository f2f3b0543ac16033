"""Result of reading one message. The labels and their rules are those of the project's labelling guide.

`start` and `end` are code points in the text as given (which may be NFD); `norm` is the canonical value or None.
"""

from dataclasses import dataclass

CATEGORIES = (
    "violence",
    "theft",
    "traffic",
    "fire",
    "scam",
    "lost_item",
    "found_item",
    "missing_person",
    "found_person",
    "drugs_gambling",
    "public_order",
    "environment_noise",
    "admin_question",
    "officer_complaint",
    "welfare",
    "weapon_handover",
    "thanks",
    "other",
)

ENTITY_TYPES = (
    "PHONE",
    "BANK_ACCOUNT",
    "ID_NUMBER",
    "PLATE",
    "URL",
    "MONEY",
    "AGE",
    "TIME",
    "PLACE",
    "ITEM",
    "COLOR",
    "BRAND",
    "PERSON",
)


MIN_CONFIDENCE = 0.5
"""Confidence threshold of a category: below it the reader says «chưa chắc», and a person classifies the message."""
MIN_GROUP_CONFIDENCE = 0.4
"""Confidence from which a group message of a case category opens a case; below it a person decides."""
DANGER = 3  # the urgency of danger to life: act now
IDLE_CATEGORIES = frozenset({"thanks", "other"})
"""Categories of which a group message opens no case."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A span of the message. `text == message[start:end]`."""

    type: str
    text: str
    start: int
    end: int
    norm: str | int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading of one message. `confidence` and the scores in `top` are probabilities in 0..1, best first.

    `urgency`: 3 act now (DANGER), 2 today, 1 normal, 0 information. `reasons`: short Vietnamese phrases for an officer.
    `is_talk`: worded like talk of a social network and not like a report. `learnt_alarm`: of a danger that only the
    model finds, how surely it is no talk, in log-odds, also where it is too little for an alarm; else None.
    """

    category: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    urgency: int
    sensitive: bool
    entities: tuple[Entity, ...]
    reasons: tuple[str, ...]
    is_talk: bool = False
    learnt_alarm: float | None = None


def would_open_case_in_group(reading: Reading) -> bool:
    """Return whether a group message with this reading opens a case, unless it accuses or names somebody."""
    if reading.urgency >= DANGER:
        return True
    if reading.category in IDLE_CATEGORIES or reading.is_talk:
        return False
    return reading.confidence >= MIN_GROUP_CONFIDENCE or reading.urgency >= DANGER - 1
