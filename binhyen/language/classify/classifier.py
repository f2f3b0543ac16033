"""From scores to an explained decision: the lexicon may raise urgency, and doubt is made explicit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from binhyen.kit.i18n_markers import L_
from binhyen.language.classify.animal_age import of_an_animal
from binhyen.language.classify.labels import GUARD_TITLES, TITLES
from binhyen.language.classify.mask_places import shown, unplaced
from binhyen.language.classify.negation import ENDS, ends, settled
from binhyen.language.classify.short_messages import SHORT, untold
from binhyen.language.classify.strip_courtesy import comes_to, matters, mended, rest
from binhyen.language.classify.urgency_levels import (
    ALARMED,
    ASIDE,
    CALM,
    HARMLESS,
    IDLE,
    LOUD,
    LOUDEST,
    below,
    emergencies,
    loudness,
    sensitivity,
    urgency_of,
)
from binhyen.language.classify.urgency_reasons import pressing
from binhyen.language.lexicon import Hit, Lexicon, shipped
from binhyen.language.lostfound.attributes import ANIMALS
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import DATA, Words, words

if TYPE_CHECKING:
    from binhyen.language.classify.model import Model
    from binhyen.language.classify.scores import Scores

SHIPPED = DATA / "model.npz"
APART = 0.5
"""Added to the danger threshold if only the end of a message is read: less text requires more confidence."""
UNNAMED = 1.0
"""The same for a short message that names no danger."""
AS_WELL = 0.2
"""Minimum probability of a category to replace small talk in a dangerous message."""
THANKED = 0.05
"""Threshold of thanks beside a reported good outcome, which resembles thanks even without a word of thanks."""
WEIGHTIEST = "3"
TOP = 3
SMALL = 10
"""Age limit of a missing child in danger, regardless of the wording: names and ages mean little to a model."""
STRAYED = frozenset({("di", "lac"), ("mat", "tich")})
"""Alarm phrases of a missing person that are no alarm for an animal."""
PERSON_DECIDES = L_("chưa chắc, cần cán bộ xem")
PERHAPS = L_("chưa chắc, cần cán bộ xem (có thể là {what})")
UNREADABLE = L_("không có chữ nào đọc được")
_LOST_CHILD = L_("khẩn, trẻ nhỏ chưa tìm thấy")


@dataclass(frozen=True, slots=True)
class Classified:
    """Decision: `confidence` and `top` (three, the decision first) are probabilities; `urgency` 0..3.

    `reasons` are in Vietnamese.
    """

    category: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    urgency: int
    sensitive: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A decision without its reasons, and their inputs."""

    said: Words
    hits: list[Hit]
    scores: "Scores"
    top: tuple[tuple[str, float], ...]
    urgency: int
    alarms: list[Hit]
    lost: Entity | None


class Classifier:
    """Classifier with the model in memory; one instance serves every thread."""

    def __init__(self, model: "Model", lexicon: Lexicon) -> None:
        self._model = model
        self._lexicon = lexicon

    @classmethod
    def load(cls, path: Path | None = None) -> "Classifier":
        """Load the shipped model, or the one at `path`.

        Raises OSError or ValueError if it is missing or incompatible.
        """
        from binhyen.language.classify.model import Model  # numpy takes 6 MiB: imported only where messages are read

        return cls(Model.load(path or SHIPPED), shipped())

    def classify(self, text: str, entities: Sequence[Entity]) -> Classified:
        """Classify one message. Never raises, for any string."""
        told = unplaced(text, entities)
        found = self._decided(told, entities)
        return found if told == text else replace(found, reasons=tuple(map(shown, found.reasons)))

    def _decided(self, text: str, entities: Sequence[Entity]) -> Classified:
        said = words(text)
        hits = self._lexicon.find(said)
        if not said.tokens:
            return Classified("other", 1.0, (("other", 1.0),), 0, False, (UNREADABLE,))
        calm = settled(said, hits)
        scores = self._model.score(said, hits)
        few, short = untold(said, hits), untold(said, hits, SHORT)
        seen = self._weighed(
            said, hits, entities, scores, calm=calm is not None, few=few, apart=UNNAMED if short else 0.0
        )
        whole = self._explained(seen, entities)
        if whole.urgency == 3 and whole.category not in CALM:
            return whole
        settles = calm.phrase.value if calm else ""
        if whole.urgency < 3 and whole.category in IDLE:
            whole = self._beside_thanks(whole, said.text, entities)
        if short:
            return whole
        # Thanks for last year's help, removed from the remaining text, end nothing; «đã xong rồi ạ» does.
        told = rest(said.text, self._idle)
        found = self._endangered(whole, told, entities, ended=settles in ENDS)
        if found.urgency == 3 and found.category not in CALM:
            return found
        last = comes_to(told or said.text, self._calm, self._aside)
        return self._endangered(found, last, entities, ended=settles not in {"", "past"}, apart=APART)

    def _beside_thanks(self, whole: Classified, text: str, entities: Sequence[Entity]) -> Classified:
        """Classify by the content and not by its politeness, if it is neither small talk nor over."""
        for told in matters(text, self._idle):
            said = words(told)
            hits = self._lexicon.find(said)
            if ends(said, hits):
                continue
            scores = self._model.score(said, hits)
            thanked = whole.category == "thanks" and (scores.thanks > THANKED or mended(told))
            if scores.likely not in IDLE and not thanked:
                seen = self._weighed(said, hits, entities, scores, calm=settled(said, hits) is not None)
                found = self._explained(seen, entities)
                return replace(found, sensitive=found.sensitive or whole.sensitive)
        return whole

    def _endangered(
        self, whole: Classified, text: str, entities: Sequence[Entity], *, ended: bool, apart: float = 0.0
    ) -> Classified:
        """Raise urgency if this part is dangerous, despite any courtesy around it.

        If the whole is small talk or a question, this part decides the category.
        """
        said = words(text)
        if not said.tokens:
            return whole
        hits = self._lexicon.find(said)
        raw, risks = self._model.raw(said, hits)
        seems = self._model.danger(raw) - self._model.thresholds["danger"] - apart
        calmest = seems < LOUD or (seems < ALARMED and loudness(emergencies(hits)) < LOUDEST)
        if calmest and whole.urgency < 3 and not any(map(_young, entities)):
            return whole  # even if the full scores were computed
        calm = ended or settled(said, hits) is not None
        scores = self._model.scores(raw, risks)
        seen = self._weighed(said, hits, entities, scores, calm=calm, apart=apart)
        if max(seen.urgency, whole.urgency) < 3:
            return whole
        found = self._explained(seen, entities)
        if whole.category not in HARMLESS or found.category in HARMLESS:
            found = replace(found, category=whole.category, confidence=whole.confidence, top=whole.top)
        reasons = found.reasons if found.urgency == 3 else tuple(dict.fromkeys((*found.reasons, *whole.reasons)))
        return replace(found, urgency=3, reasons=reasons, sensitive=found.sensitive or whole.sensitive)

    def _idle(self, text: str) -> bool:
        return self._likely(text) in IDLE

    def _calm(self, text: str) -> bool:
        return self._likely(text) in CALM

    def _aside(self, text: str) -> bool:
        """Return True for another, harmless subject that does not end the event."""
        said = words(text)
        hits = self._lexicon.find(said)
        return self._model.likely(said, hits) in ASIDE and not ends(said, hits)

    def _likely(self, text: str) -> str:
        said = words(text)
        return self._model.likely(said, self._lexicon.find(said))

    def _weighed(
        self, said: Words, hits: list[Hit], entities: Sequence[Entity], scores: "Scores", *, calm: bool,
        apart: float = 0.0, few: bool = False,
    ) -> _Weighed:  # fmt: skip
        order = sorted(range(len(CATEGORIES)), key=scores.category.__getitem__, reverse=True)[:TOP]
        top = tuple((CATEGORIES[i], round(scores.category[i], 4)) for i in order)
        category, confidence = top[0]
        alarms = [] if calm else emergencies(hits)
        bars = self._model.thresholds
        if few:
            urgency = below(scores, category, bars["sure"])
        else:
            urgency = urgency_of(scores, category, loudness(alarms), calm, bars, apart)
        if category == "missing_person" and _pet(said.text, entities) and {h.phrase.words for h in alarms} <= STRAYED:
            top = (("lost_item", confidence), *(one for one in top[1:] if one[0] != "lost_item"))
            category, urgency = "lost_item", min(urgency, 1)
        lost = _small(said.text, entities) if category == "missing_person" and not calm else None
        urgency = 3 if lost else urgency
        if urgency == 3 or confidence < self._model.thresholds["sure"]:
            top = _serious(top, {h.phrase.kind for h in hits if h.phrase.value == WEIGHTIEST})
        return _Weighed(said, hits, scores, top, urgency, alarms, lost)

    def _explained(self, seen: _Weighed, entities: Sequence[Entity]) -> Classified:
        category, confidence = seen.top[0]
        if seen.lost:
            told = [f"{_LOST_CHILD}: «{seen.lost.text}»"]
        elif seen.urgency == 3:
            told = [pressing(seen.said, seen.alarms, self._model.weighed)]
        else:
            told = _guards(seen.said, seen.hits)
        reasons = [*self._why(seen.said, seen.hits, category), *told]
        whispered, why = sensitivity(seen.scores, category, seen.hits, entities)
        reasons += why if whispered else ()
        if confidence < self._model.thresholds["sure"]:
            reasons.append(PERHAPS.format(what=TITLES[seen.top[1][0]]))
        return Classified(category, confidence, seen.top, seen.urgency, whispered, tuple(reasons))

    def _why(self, said: Words, hits: Sequence[Hit], category: str) -> list[str]:
        """Return the two phrases of the lexicon with most weight, else the words with most weight in the model."""
        own = sorted((h for h in hits if h.phrase.kind == category), key=lambda h: (-float(h.phrase.value), h.first))
        quotes = list(dict.fromkeys(said.quote(h.first, h.last) for h in own))[:2]
        if not quotes:
            place = self._model.evidence(said, CATEGORIES.index(category))
            quotes = [said.quote(*place)] if place else []
        return [f"{TITLES[category]}: {', '.join(f'«{q}»' for q in quotes)}"] if quotes else [TITLES[category]]


def _small(text: str, entities: Sequence[Entity]) -> Entity | None:
    """Return the age of a child too young to be out alone; None if an animal is missed."""
    if any(e.type == "ITEM" and e.norm in ANIMALS for e in entities):
        return None
    return next((age for age in filter(_young, entities) if not of_an_animal(text, age.start)), None)


def _young(entity: Entity) -> bool:
    return entity.type == "AGE" and isinstance(entity.norm, int) and entity.norm <= SMALL


def _pet(text: str, entities: Sequence[Entity]) -> bool:
    """Return True if ages are given, and all of them are of dogs or cats."""
    ages = [e for e in entities if e.type == "AGE"]
    return bool(ages) and all(of_an_animal(text, age.start) for age in ages)


def _serious(top: tuple[tuple[str, float], ...], told: Collection[str]) -> tuple[tuple[str, float], ...]:
    """Move a serious category to the front, since danger and possible reports are no small talk.

    It must be in `lexicon_categories`, the categories that the lexicon matched with full weight.
    """
    other = next((one for one in top[1:] if one[0] in told and one[1] >= AS_WELL), None)
    return (other, *(one for one in top if one != other)) if other and top[0][0] in IDLE else top


def _guards(said: Words, hits: Sequence[Hit]) -> list[str]:
    """Return why it is no danger: a figure of speech, and the guard that calms the message."""
    figure = next((h for h in hits if h.phrase.kind == "guard" and h.phrase.value == "figure"), None)
    found = filter(None, (figure, settled(said, hits)))
    return [f"{GUARD_TITLES[h.phrase.value]}: «{said.quote(h.first, h.last)}»" for h in found]
