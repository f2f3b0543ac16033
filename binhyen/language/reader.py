"""One message → one `Reading`: named entities first, then the classifier, which may use them, then the items."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from binhyen.kit.text import drop_invisible, is_invisible
from binhyen.language import entities
from binhyen.language.classify import cries_for_help, fragment, language_id, short_replies
from binhyen.language.classify.classifier import Classifier, MessageClassification
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity, Reading

_ITEM_CATEGORIES: Final = frozenset(("theft", "lost_item", "found_item", "weapon_handover"))


class Model(Protocol):
    """Interface of a classifier: category, urgency and sensitivity of one message, given its entities."""

    def classify(self, text: str, entities: Sequence[Entity]) -> MessageClassification: ...


class Reader:
    """Reader of single messages. Holds the gazetteer and the model; safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer | None = None, model: Model | None = None) -> None:
        self.gazetteer = gazetteer or Gazetteer.load_default()
        self.model: Model = model or Classifier.load()

    def understand(self, text: str) -> Reading:
        """Category, urgency, sensitivity and entities of `text` as given; never raises for any string.

        Invisible characters are left out before reading: a Hangul filler between letters would be a foreign script.
        """
        visible = drop_invisible(text)
        if visible == text:
            return self._understand(text)
        reading = self._understand(visible)
        return replace(reading, entities=_relocate(reading.entities, text))

    def _understand(self, text: str) -> Reading:
        named_entities = entities.extract_named_entities(text, self.gazetteer)
        known = named_entities.entities()
        classification = (
            fragment.classify_fragment(text, known)
            or cries_for_help.classify_cry(text, known)
            or short_replies.classify_call(text)
            or language_id.classify_foreign(text, known)
            or self.model.classify(text, known)
        )
        entities.add_item_entities(named_entities, item_probability(classification))
        return Reading(
            category=classification.category,
            confidence=classification.confidence,
            top=classification.top,
            urgency=classification.urgency,
            sensitive=classification.sensitive,
            entities=named_entities.entities(),
            reasons=classification.reasons,
        )


def _relocate(visible_entities: Sequence[Entity], text: str) -> tuple[Entity, ...]:
    """Entities of the visible text, with their positions in `text`."""
    origins = [index for index, char in enumerate(text) if not is_invisible(char)]
    spans = [(entity, origins[entity.start], origins[entity.end - 1] + 1) for entity in visible_entities]
    return tuple(replace(entity, start=start, end=end, text=text[start:end]) for entity, start, end in spans)


def item_probability(classified: MessageClassification) -> float:
    """Return the probability that the message is about an item lost, found, stolen or handed over."""
    return sum(probability for category, probability in classified.top if category in _ITEM_CATEGORIES)
