"""One message → one `Reading`: named entities first, then the classifier, which may use them, then the items."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final, Protocol

from binhyen.kit.text import drop_invisible, is_invisible
from binhyen.language import entities
from binhyen.language.classify import cries_for_help, fragment, language_id, short_replies
from binhyen.language.classify.classifier import Classifier, MessageClassification
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity, Reading
from binhyen.language.typed_text import make_readable

_ITEM_CATEGORIES: Final = frozenset(("theft", "lost_item", "found_item", "weapon_handover"))


class Model(Protocol):
    """Interface of a classifier: category, urgency and sensitivity of one message, given its entities."""

    def classify(self, text: str, entities: Sequence[Entity]) -> MessageClassification: ...


@cache
def load_shipped_model() -> Classifier:
    """Return the shipped model, loaded once in a process: its 30 MiB are shared by all readers."""
    return Classifier.load()


class Reader:
    """Reader of single messages. Holds the gazetteer and the model; safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer | None = None, model: Model | None = None) -> None:
        self.gazetteer = gazetteer or Gazetteer.load_default()
        self.model: Model = model or load_shipped_model()

    def understand(self, text: str) -> Reading:
        """Category, urgency, sensitivity and entities of `text` as given; never raises for any string.

        Invisible characters are left out before reading: a Hangul filler between letters would be a foreign script.
        Styled letters and raw keys are read as the words they stand for.
        """
        visible = drop_invisible(text)
        readable = make_readable(visible)
        if visible == text and readable is None:
            return self._understand(text)
        reading = self._understand(readable.text if readable else visible)
        entities_found = reading.entities
        if readable:
            entities_found = _relocate(entities_found, visible, readable.starts, readable.ends)
        if visible != text:
            length = max((entity.end for entity in entities_found), default=0)
            origins = [*islice((index for index, char in enumerate(text) if not is_invisible(char)), length)]
            entities_found = _relocate(entities_found, text, origins, [origin + 1 for origin in origins])
        return replace(reading, entities=entities_found)

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
        span_count = len(named_entities.spans)
        entities.add_item_entities(named_entities, item_probability(classification))
        has_items = len(named_entities.spans) > span_count
        return Reading(
            category=classification.category,
            confidence=classification.confidence,
            top=classification.top,
            urgency=classification.urgency,
            sensitive=classification.sensitive,
            entities=named_entities.entities() if has_items else known,
            reasons=classification.reasons,
            is_talk=classification.is_talk,
            learnt_alarm=classification.learnt_alarm,
        )


def _relocate(known: Sequence[Entity], text: str, starts: Sequence[int], ends: Sequence[int]) -> tuple[Entity, ...]:
    """Return entities with their positions in `text`, of which code point i stands for `starts[i]` to `ends[i]`."""
    spans = [(entity, starts[entity.start], ends[entity.end - 1]) for entity in known]
    return tuple(replace(entity, start=start, end=end, text=text[start:end]) for entity, start, end in spans)


def item_probability(classified: MessageClassification) -> float:
    """Return the probability that the message is about an item lost, found, stolen or handed over."""
    return sum(probability for category, probability in classified.top if category in _ITEM_CATEGORIES)
