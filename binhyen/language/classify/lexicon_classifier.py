"""Fallback classifier without a model: lexicon phrases alone, and a person for everything they do not decide.

Used while no model file can be read. It knows less and says so; an urgent wording stays urgent.
"""

from collections.abc import Sequence

from binhyen.language.classify.classifier import NEEDS_PERSON_REASON, UNREADABLE_REASON, MessageClassification
from binhyen.language.classify.labels import TITLES
from binhyen.language.classify.urgency import (
    ABOUT_PEOPLE,
    ADULT_AGE,
    ALWAYS_SENSITIVE,
    CALM_CATEGORIES,
    URGENT_REASON,
    is_negated_or_past,
    literal_emergencies,
)
from binhyen.language.lexicon import Hit, Lexicon
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import tokenize

PHRASE_CONFIDENCE, NO_PHRASE_CONFIDENCE = 0.45, 0.2
"""Confidence of a category named by phrases, and of «other» without any: a person checks both."""


class LexiconClassifier:
    """Classifier by lexicon.

    With `lexicon` None not even the phrases could be read; everything is then «other», for a person.
    """

    def __init__(self, lexicon: Lexicon | None) -> None:
        self._lexicon = lexicon

    def classify(self, text: str, entities: Sequence[Entity]) -> MessageClassification:
        """Classify one message. Never raises, for any string."""
        tokenized = tokenize(text)
        if not tokenized.tokens:
            return MessageClassification("other", 1.0, (("other", 1.0),), 0, False, (UNREADABLE_REASON,))
        hits = self._lexicon.find(tokenized) if self._lexicon else []
        category = _choose_category(hits)
        alarms = [] if is_negated_or_past(tokenized, hits) else literal_emergencies(hits)
        urgency = 3 if alarms else 0 if category in {"thanks", "other"} else 1
        confidence = PHRASE_CONFIDENCE if category != "other" else NO_PHRASE_CONFIDENCE
        reasons = [
            TITLES[category],
            *(f"{URGENT_REASON}: «{tokenized.quote(hit.first, hit.last)}»" for hit in alarms[:1]),
            NEEDS_PERSON_REASON,
        ]
        return MessageClassification(
            category,
            confidence,
            ((category, confidence),),
            urgency,
            _is_sensitive(category, hits, entities),
            tuple(reasons),
        )


def _choose_category(hits: Sequence[Hit]) -> str:
    """Return the category whose phrases have most weight; «other» if there are none."""
    sums: dict[str, float] = {}
    for hit in hits:
        if hit.phrase.kind in CATEGORIES:
            sums[hit.phrase.kind] = sums.get(hit.phrase.kind, 0.0) + float(hit.phrase.value)
    return max(CATEGORIES, key=lambda name: sums.get(name, 0.0)) if sums else "other"


def _is_sensitive(category: str, hits: Sequence[Hit], entities: Sequence[Entity]) -> bool:
    """Return True in doubt: people must not be exposed because a file was missing."""
    child = any(
        entity.type == "AGE" and isinstance(entity.norm, int) and entity.norm < ADULT_AGE for entity in entities
    )
    has_sensitive_phrase = any(hit.phrase.kind == "sensitive" for hit in hits) and category not in CALM_CATEGORIES
    return category in ALWAYS_SENSITIVE or has_sensitive_phrase or (child and category in ABOUT_PEOPLE)
