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
DANGER = 3  # the urgency of danger to life: act now


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
    """

    category: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    urgency: int
    sensitive: bool
    entities: tuple[Entity, ...]
    reasons: tuple[str, ...]
