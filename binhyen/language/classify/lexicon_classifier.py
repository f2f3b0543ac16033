"""Fallback classifier without a model: lexicon phrases alone, and a person for everything they do not decide.

Used while no model file can be read. It knows less and says so; an urgent wording stays urgent.
"""

from collections.abc import Sequence

from binhyen.language.classify.classifier import PERSON_DECIDES, UNREADABLE, Classified
from binhyen.language.classify.labels import TITLES
from binhyen.language.classify.negation import settled
from binhyen.language.classify.urgency_levels import ABOUT_PEOPLE, ADULT, ALWAYS_SENSITIVE, CALM, emergencies
from binhyen.language.classify.urgency_reasons import URGENT
from binhyen.language.lexicon import Hit, Lexicon
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import words

TOLD, UNTOLD = 0.45, 0.2
"""Confidence of a category named by phrases, and of «other» without any: a person checks both."""


class PlainClassifier:
    """Classifier by lexicon.

    With `lexicon` None not even the phrases could be read; everything is then «other», for a person.
    """

    def __init__(self, lexicon: Lexicon | None) -> None:
        self._lexicon = lexicon

    def classify(self, text: str, entities: Sequence[Entity]) -> Classified:
        """Classify one message. Never raises, for any string."""
        said = words(text)
        if not said.tokens:
            return Classified("other", 1.0, (("other", 1.0),), 0, False, (UNREADABLE,))
        hits = self._lexicon.find(said) if self._lexicon else []
        category = _category(hits)
        alarms = [] if settled(said, hits) else emergencies(hits)
        urgency = 3 if alarms else 0 if category in {"thanks", "other"} else 1
        confidence = TOLD if category != "other" else UNTOLD
        reasons = [
            TITLES[category],
            *(f"{URGENT}: «{said.quote(h.first, h.last)}»" for h in alarms[:1]),
            PERSON_DECIDES,
        ]
        return Classified(
            category, confidence, ((category, confidence),), urgency, _sensitive(category, hits, entities),
            tuple(reasons),
        )  # fmt: skip


def _category(hits: Sequence[Hit]) -> str:
    """Return the category whose phrases have most weight; «other» if there are none."""
    sums: dict[str, float] = {}
    for hit in hits:
        if hit.phrase.kind in CATEGORIES:
            sums[hit.phrase.kind] = sums.get(hit.phrase.kind, 0.0) + float(hit.phrase.value)
    return max(CATEGORIES, key=lambda name: sums.get(name, 0.0)) if sums else "other"


def _sensitive(category: str, hits: Sequence[Hit], entities: Sequence[Entity]) -> bool:
    """Return True in doubt: people must not be exposed because a file was missing."""
    child = any(e.type == "AGE" and isinstance(e.norm, int) and e.norm < ADULT for e in entities)
    asked = any(h.phrase.kind == "sensitive" for h in hits) and category not in CALM
    return category in ALWAYS_SENSITIVE or asked or (child and category in ABOUT_PEOPLE)
