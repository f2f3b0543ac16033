"""One message → one `Reading`: entities first, then the classifier, which may look at them."""

from collections.abc import Sequence
from typing import Protocol

from binhyen.language import entities
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity, Reading


class Said(Protocol):
    """What a classifier says about a message; the fields are those of `Reading`."""

    category: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    urgency: int
    sensitive: bool
    reasons: tuple[str, ...]


class Model(Protocol):
    """Anything that decides category, urgency and sensitivity."""

    def classify(self, text: str, entities: Sequence[Entity]) -> Said:
        """Decide about one message, given its entities."""
        ...


class Reader:
    """Reads messages one at a time. Holds the gazetteer and the model; safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer | None = None, model: Model | None = None) -> None:
        self.gazetteer = gazetteer or Gazetteer.load_default()
        self.model = model or _shipped()

    def understand(self, text: str) -> Reading:
        """Category, urgency, sensitivity and entities of `text` as given; never raises for any string."""
        found = entities.extract(text, self.gazetteer)
        said = self.model.classify(text, found)
        return Reading(
            category=said.category,
            confidence=said.confidence,
            top=said.top,
            urgency=said.urgency,
            sensitive=said.sensitive,
            entities=found,
            reasons=said.reasons,
        )


def _shipped() -> Model:
    try:
        from binhyen.language.classify import Classifier
    except ModuleNotFoundError:
        return _Undecided()
    return Classifier.load()


class _Undecided:
    """Stands in until the classifier is there: no opinion."""

    def classify(self, text: str, entities: Sequence[Entity]) -> Said:
        return Reading("other", 0.0, (("other", 0.0),), 1, False, (), ("chưa có bộ phân loại",))
